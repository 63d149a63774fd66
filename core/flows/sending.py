"""One record sent: what it refers to is found or made at the target, and then the record itself (FL2 to FL5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from core.config.flow_kinds import KINDS
from core.flows.record import LINES, NOT_YET, Record, Unfit
from core.flows.rules import completed, customer_of
from core.links.faults import CallFailed
from core.links.memory import Memory
from core.text import clean, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from core.config.flow_kinds import KindName
    from core.config.flows import FlowTask
    from core.flows.sides import Records, Sent, Target
    from core.flows.twins import Twins

    BeforeWriting = Callable[[KindName, str], None]
    """Is told of what is about to be created, and by which hash it is known when it comes back."""

Outcome = Literal["created", "updated", "found"]
_MOST_REMEMBERED = 20_000


@dataclass(slots=True)
class Known:
    """What is known of a record before it is sent."""

    target_key: str = ""
    """The id that it has at the target, where it was sent before."""
    begun: str = ""
    """The kind of what an attempt before this one was about to create, and may have ended halfway."""
    cut_off: bool = False
    """That attempt was cut off: nobody knows how far it came."""
    ended: str = ""
    """By what, where that is known; else Pendel was ended."""
    chosen: str = ""
    """The id of the record at the target that is meant where several fit: this one, or one that it refers to."""
    gone: bool = False
    """It is out of use at the source: a target that does not have it is not given it."""


@dataclass(slots=True)
class Dispatch:
    """What became of a record."""

    outcome: Outcome
    key: str
    echo: str = ""
    """By which it is known when it comes back."""


@dataclass(slots=True)
class Sender:
    """Sends the records of a flow to its target."""

    task: FlowTask
    target: Target
    twins: Twins
    brings_articles: str = ""
    """Of a dry run: the flow that is to bring articles to the target before, so that none is missing then."""
    _articles: Memory[str, str] = field(default_factory=lambda: Memory(_MOST_REMEMBERED))
    _customers: Memory[str, str] = field(default_factory=lambda: Memory(_MOST_REMEMBERED))

    def send(self, record: Record, known: Known, sent: Sent, *, before_writing: BeforeWriting) -> Dispatch:
        """Send a record; ``before_writing`` is told of what is about to be created, before the first request for it.

        Raises:
            Unfit: the record is not what the target takes; nothing was sent.
            CallFailed: the target refuses, several records fit one that is looked for, or an answer got lost.
            ConnectionFailed, StopRequested: as the target's.
        """
        kind = KINDS[self.task.kind]
        records = self.target.of(kind.name)
        if records is None:
            raise Unfit(f"{self.target.name} takes no {kind.title.lower()}.", advice="Choose another target or kind.")
        record = completed(record, kind, self.task)
        self.target.chosen = {known.chosen} if known.chosen else ()
        key = known.target_key or records.find(record)
        begun = known.begun == kind.name
        if key and begun:
            if records.looks_back:
                # An attempt that ended halfway has not done that, and one that failed may have failed by it.
                self._resolve(record, known, sent, before_writing)
                records.look_back(key, record)
            records.complete(key, record, sent)
        if key and not (self.task.updates and records.updates):
            return Dispatch("found", key)
        if not key and known.gone:
            return Dispatch("found", "")
        if not key and begun and known.cut_off and not records.shows_at_once(record):
            ended = f"the attempt ended with: {known.ended}" if known.ended else "Pendel was ended meanwhile."
            raise CallFailed(
                f"Whether it was created is not known, and it cannot be looked for; {ended}",
                kind="unclear",
                advice="Look there. If it is not there, send it again from the list of failures.",
            )
        self._resolve(record, known, sent, before_writing)
        if kind.name in ("stock", "order-status") and not key:
            what = "article" if kind.name == "stock" else "order"
            named = clean(str(record.get(kind.key, "")), limit=60)
            raise Unfit(f"{self.target.name} has no {what} {named}.", advice=f"Send the {what} first.")
        echo = self.twins.echo_of(records, record)
        if key and (key := self._updated(records, key, record, sent, sought=not known.target_key)):
            return Dispatch("updated", key, echo)
        before_writing(kind.name, echo)
        sent.begun, sent.made = True, None
        return Dispatch("created", records.create(record, sent), echo)

    def _updated(self, records: Records, key: str, record: Record, sent: Sent, *, sought: bool) -> str:
        """Update a record and return its id; empty where somebody has deleted it since it was sent."""
        try:
            records.update(key, record, sent)
        except CallFailed as error:
            if error.kind != "gone" or sought:
                raise
            # It may be there under another id.
            key = records.find(record) or ""
            if key:
                records.update(key, record, sent)
        return key

    def _resolve(self, record: Record, known: Known, sent: Sent, before_writing: BeforeWriting) -> None:
        """Find or make what a document refers to, and note the ids in it; nothing else refers to anything."""
        if not KINDS[self.task.kind].lines:
            return
        self._find_articles(record, sent, before_writing)
        customers = self.target.of("customers")
        if customers is not None:
            record["customer.key"] = self._customer(record, customers, known, sent, before_writing)

    def _find_articles(self, record: Record, sent: Sent, before_writing: BeforeWriting) -> None:
        products = self.target.of("products")
        if products is None:
            return
        lines = [line for line in record.get(LINES, ()) if line.get("article")]
        keys = self._known_articles(lines, products)
        missing = {line["article"]: line for line in lines if line["article"] not in keys}
        names = listed([clean(number, limit=40) for number in missing], last="and")
        lacks = f"{self.target.name} does not have the article {names}"
        if missing and self.brings_articles:
            sent.notes.append(f"{lacks} yet: the flow {self.brings_articles} has to bring it first.")
        elif missing and self.task.documents.missing_products == "fail":
            advice = "Nothing was sent. Send the products first, or let missing ones be created."
            raise Unfit(f"{lacks}.", advice=advice)
        for number, line in missing.items():
            if self.brings_articles:
                self._articles[number] = keys[number] = NOT_YET
                continue
            before_writing("products", "")
            keys[number] = self._articles[number] = products.reference(products.create(_product_of(line), sent))
        for line in lines:
            line["article_key"] = keys[line["article"]]

    def _known_articles(self, lines: Sequence[Record], products: Records) -> dict[str, str]:
        """Return the keys of the articles of lines that the target has."""
        keys: dict[str, str] = {}
        for number in dict.fromkeys(line["article"] for line in lines):
            if number in self._articles:
                keys[number] = self._articles[number]
            elif (found := products.find({"number": number})) is not None:
                keys[number] = self._articles[number] = products.reference(found)
        return keys

    def _customer(
        self,
        record: Mapping[str, Any],
        customers: Records,
        known: Known,
        sent: Sent,
        before_writing: BeforeWriting,
    ) -> str:
        rules, begun = self.task.documents, known.begun == "customers"
        if rules.force_default and rules.default_customer:
            return rules.default_customer
        customer = customer_of(record)
        email = str(customer.get("email", "")).strip().casefold()
        told = email or f"number {customer.get('number', '')}"
        if not email and not customers.findable(customer):
            if rules.default_customer:
                return rules.default_customer
            raise Unfit(
                "Its customer has no e-mail address to be found by.",
                advice="Nothing was sent. Add it at the source, or set a default customer.",
            )
        if told in self._customers and not begun and not known.chosen:
            return self._customers[told]
        key = customers.find(customer)
        if key is None:
            before_writing("customers", "")
            key = customers.create(customer, sent)
        else:
            if rules.update_customer and customers.updates:
                customers.update(key, customer, sent)
            if begun:
                # What goes along with a customer that was there before is not its document's business.
                customers.complete(key, customer, sent)
        found = customers.reference(key)
        if not known.chosen:
            # What was chosen for this document holds for no other.
            self._customers[told] = found
        return found


def _product_of(line: Mapping[str, Any]) -> Record:
    """Return the least that a product is, by a line that names it."""
    name = line.get("description") or line["article"]
    product: Record = {"number": line["article"], "name": name, "description": name, "active": True}
    for mine, theirs in (("gtin", "gtin"), ("unit", "unit"), ("vat_code", "vat_code"), ("price", "gross_price")):
        if line.get(mine) is not None:
            product[theirs] = line[mine]
    return product
