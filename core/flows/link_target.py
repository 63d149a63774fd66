"""Records that go to a link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.config.flow_kinds import KINDS
from core.flows.deciding import decided
from core.flows.incoming import Incoming
from core.flows.link_parts import LinkParts
from core.flows.link_source import echoed, row_of
from core.flows.outgoing import Outgoing
from core.flows.record import NOT_YET, Record, Unfit, digest
from core.flows.watching import request_told, watched
from core.links.faults import CannotTell
from core.links.judging import MISSING, member
from core.links.memory import Memory
from core.links.values import plain
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from core.config.flow_kinds import KindName
    from core.flows.sides import Sent
    from core.flows.value_lists import ValueLists
    from core.links.contract import Link, RecordWriter
    from core.links.model.kinds import CompanyWrite, ContactWrite, KindMapping, KindWrite, PartWrite, WriteField

_MOST_REMEMBERED = 5_000
_ORGANISATION = "organisation."
COMPANY = "organisation.key"
"""What a contact writes the id of its company from."""


class LinkTarget:
    """A link that records are written to (:class:`core.flows.sides.Target`)."""

    at_once = True

    def __init__(
        self,
        name: str,
        link: Link,
        kinds: Mapping[KindName, KindMapping],
        lists: ValueLists,
        *,
        dry_run: bool = False,
    ) -> None:
        """``name`` is that of the link; ``kinds`` are those of its connector, as the link has them."""
        self.name = name
        self.link, self.kinds, self.lists, self.dry_run = link, kinds, lists, dry_run
        self.chosen: Collection[str] = ()
        self._made: dict[KindName, LinkRecords | None] = {}

    def of(self, kind: KindName) -> LinkRecords | None:
        """Return the records of a kind (:class:`core.flows.sides.Target`)."""
        if kind not in self._made:
            mapping = self.kinds.get(kind)
            write: KindWrite | None = mapping.write if mapping is not None else None
            self._made[kind] = LinkRecords(self, kind, write) if write is not None else None
        return self._made[kind]

    def expect(self, kind: KindName, records: Sequence[Record]) -> None:
        """A system is asked record by record (:class:`core.flows.sides.Target`)."""

    def settle(self) -> Mapping[str, str]:
        """What a system took is kept there already (:class:`core.flows.sides.Target`)."""
        return {}


class LinkRecords:
    """The records of one kind at a link (:class:`core.flows.sides.Records`)."""

    def __init__(self, target: LinkTarget, kind: KindName, write: KindWrite) -> None:
        self._target, self._kind, self._write = target, kind, write
        self._outgoing = Outgoing(KINDS[kind], write, target.lists)
        self._writer: RecordWriter = target.link.writer(write.resource)
        self._parts = LinkParts(target.link, target.name, write, self._outgoing, target.dry_run)
        self._companies: Memory[str, str] = Memory(_MOST_REMEMBERED)

    @property
    def looks(self) -> bool:
        """Whether what is there can be looked for."""
        return self._writer.looks

    @property
    def updates(self) -> bool:
        """Whether a record that is there can be updated."""
        return self._writer.updates

    @property
    def takes(self) -> Collection[str]:
        """What of a product it takes besides its own fields (:class:`core.flows.sides.Records`)."""
        write = self._write
        rules = [*write.fields.values(), *(rule for part in write.parts.values() for rule in _rules_of(part))]
        fields = {name for rule in rules for name in (rule.field, rule.instead) if name is not None}
        named = {"attribute", "characteristic"} & {name.partition(".")[0] for name in fields}
        by_name = {prefix for part in write.parts.values() for prefix in part.named}
        main = {"categories"} if "category.key" in fields else set()
        parts = {name for name, part in write.parts.items() if name != "categories" or part.member is not None}
        told = {"active"} & fields
        return {*named, *by_name, *main, *told, *write.named, *parts}

    def shows_at_once(self, record: Mapping[str, Any]) -> bool:
        """Whether a look-up finds a record that was created a moment ago (:class:`core.flows.sides.Records`)."""
        if self._names_company(record, new=True):
            # Whoever has nothing of his own is looked for in his company, once that is found.
            record = {**record, COMPANY: NOT_YET}
        sought = self._outgoing.sought(record)
        return self._writer.shows_at_once(sought) or self._writer.was_not_sent(sought)

    def find(self, record: Mapping[str, Any]) -> str | None:
        """Return the id of a record that is there; None where there is none, or nobody can tell."""
        if not self.looks:
            return None
        found = self._found(self._writer, self._outgoing.sought(record))
        return found.strip() if found is not None else None

    def _found(self, writer: RecordWriter, sought: Mapping[str, Any]) -> str | None:
        return decided(lambda: writer.find(sought), self._target.chosen)

    def findable(self, record: Mapping[str, Any]) -> bool:
        """Whether a record has anything that it is looked for by (:class:`core.flows.sides.Records`)."""
        return self._writer.can_be_found(self._outgoing.sought(record))

    def create(self, record: Mapping[str, Any], sent: Sent) -> str:
        """Create a record that was looked for (:class:`core.flows.sides.Records`)."""
        # What can be looked for only when its company is known was not looked for.
        looked_for = self.findable(record)
        # What cannot be sent is told before a company is made for it.
        written = self._outgoing.created(record)
        whole = self._with_company(self._ready(record, sent), sent, new=True)
        if whole is not record:
            written = self._outgoing.created(whole)
        if self._target.dry_run:
            # Where lines go by themselves, they are requests, too.
            sent.requests += [request_told(call, None) for call in self._writer.requests_for(written)]
            key = NOT_YET
        else:
            with watched(self._target.link, sent):
                key = sent.made = self._created(self._writer, written, sent, looked_for=looked_for, itself=True)
        self.complete(key, whole, sent)
        return key

    def update(self, key: str, record: Mapping[str, Any], sent: Sent) -> None:
        """Update a record by its id (:class:`core.flows.sides.Records`)."""
        current = self.current(key, keys=True) if self._outgoing.looks_before_updates else None
        record = self._with_company(self._ready(record, sent), sent, new=False)
        written = self._outgoing.updated(record, current)
        if written and self._target.dry_run:
            sent.requests.append(request_told(self._writer.request_to_update(key, written), None))
        elif written:
            with watched(self._target.link, sent):
                self._writer.update(key, written)
        self._parts.write_variants(key, record, current, sent)

    def _ready(self, record: Mapping[str, Any], sent: Sent) -> Mapping[str, Any]:
        """Return a record with the ids that the system has for what it refers to."""
        result = self._parts.with_categories(record, sent)
        parent = record.get("parent")
        if parent and any(rule.field == "parent.key" for rule in self._write.fields.values()):
            found = self.find({"number": parent})
            if found is None:
                raise Unfit(
                    f"{self._target.name} does not have the product {clean(str(parent), limit=60)}, of which this is a "
                    "variant.",
                    advice="Nothing was sent. It is tried again when that may have come.",
                )
            return {**result, "parent.key": found}
        return result

    def complete(self, key: str, record: Mapping[str, Any], sent: Sent) -> None:
        """See that the contact of a company, or the variants of a product, are there, too.

        (:class:`core.flows.sides.Records`)
        """
        if key != NOT_YET:
            sent.notes += self._writer.joined(self._outgoing.sought(record))
        self._parts.write_variants(key, record, None, sent)
        contact = self._write.contact
        if contact is None or not record.get("company") or not _names_person(record):
            return
        told = self._contact(contact, key, record)
        writer = self._target.link.writer(contact.resource)
        if self._target.dry_run:
            sent.requests.append(request_told(writer.request_for(told), None))
            return
        if self._target.chosen and self._found(writer, told) is not None:
            return
        with watched(self._target.link, sent):
            writer.create(told)

    @property
    def looks_back(self) -> bool:
        """Whether the definition says how to see what the system kept (:class:`core.flows.sides.Records`)."""
        return self._writer.looks_back

    def look_back(self, key: str, record: Mapping[str, Any]) -> None:
        """See that a record was kept as it was sent by an attempt before (:class:`core.flows.sides.Records`)."""
        self._writer.look_back(key, self._outgoing.created(record))

    @property
    def fields(self) -> Collection[str]:
        """The fields that the system shows of a record."""
        read = self._target.kinds[self._kind].read
        return read.fields.keys() if read is not None else ()

    @property
    def echoed(self) -> Collection[str]:
        """Of these, the ones that it is written by."""
        return echoed(self._target.kinds[self._kind])

    def echo(self, record: Mapping[str, Any], fields: Collection[str]) -> str:
        """Return a hash of what the system will show of a record: written and read again, in thought."""
        read = self._target.kinds[self._kind].read
        if read is None:
            return ""
        try:
            shown = Incoming(KINDS[self._kind], read, self._target.lists).record(self._outgoing.created(record))
        except Unfit:
            return ""
        return digest(shown, only=fields)

    def reference(self, key: str) -> str:
        """Return by what documents refer to a record (:class:`core.flows.sides.Records`)."""
        refer = self._write.refer
        if refer is None or key == NOT_YET:
            return key
        row = row_of(self._target.link, self._target.kinds, self._kind, key)
        found = MISSING if row is None else member(row, refer)
        if found is MISSING or found is None or not plain(found).strip():
            raise Unfit(
                f"{clean(key, limit=60)} of {self._target.name} has no {refer}, by which documents would name it.",
                advice="Give it one there.",
            )
        return plain(found).strip()

    def _with_company(self, record: Mapping[str, Any], sent: Sent, *, new: bool) -> Mapping[str, Any]:
        """Return a contact with the id of its company at the target, which is made where it is not there.

        Raises:
            Unfit: it is not there, and is not to be made.
        """
        company = self._write.company
        if company is None or not self._names_company(record, new=new):
            return record
        told = self._outgoing.members(record, company.fields)
        seen = digest(told)
        if self._target.chosen:
            return {**record, COMPANY: self._company(company, told, sent)}
        if seen not in self._companies:
            self._companies[seen] = self._company(company, told, sent)
        return {**record, COMPANY: self._companies[seen]}

    def _names_company(self, record: Mapping[str, Any], *, new: bool) -> bool:
        """Whether the id of its company would be written with a contact."""
        if self._write.company is None or not any(name.startswith(_ORGANISATION) for name in record):
            return False
        return any(rule.field == COMPANY and (new or rule.mode != "on_create") for rule in self._write.fields.values())

    def _company(self, company: CompanyWrite, told: Mapping[str, Any], sent: Sent) -> str:
        link, key = self._target.link, None
        for look_up in company.look_up or (None,):
            key = key or self._found(link.writer(company.resource, look_up=look_up), told)
        if key is None and not company.create:
            raise Unfit(
                f"{self._target.name} does not have the company that it belongs to.",
                advice="Nothing was sent. Create it there, then send this again.",
            )
        if key is None:
            writer = link.writer(company.resource, look_up=next(iter(company.look_up), None))
            if self._target.dry_run:
                sent.requests.append(request_told(writer.request_for(told), None))
                key = NOT_YET
            else:
                with watched(link, sent):
                    key = self._created(writer, told, sent)
        return key.strip()

    def _contact(self, contact: ContactWrite, key: str, record: Mapping[str, Any]) -> dict[str, Any]:
        return self._outgoing.members({**record, "customer.key": key}, contact.fields)

    def _created(
        self,
        writer: RecordWriter,
        written: Mapping[str, Any],
        sent: Sent,
        *,
        looked_for: bool = True,
        itself: bool = False,
    ) -> str:
        """Create a record and return its id; ``itself``: it is the one that is sent, and not what it refers to."""

        def made(key: str | None) -> None:
            if itself:
                sent.made = key.strip() if key else key

        found = writer.create(written, looked_for=looked_for, made=made)
        sent.notes += found.notes
        return found.key.strip()

    def shown(self, keys: Collection[str], takes: Collection[str]) -> dict[str, Record]:  # noqa: ARG002 - all is shown
        """Return records as the system has them (:class:`core.flows.sides.Records`)."""
        found = {key: self.current(key) for key in keys}
        return {key: each for key, each in found.items() if each is not None}

    def current(self, key: str, *, keys: bool = False) -> Record | None:
        """Return a record as the system has it (:class:`core.flows.sides.Records`).

        With ``keys``, its parts have the ids that they have there.
        """
        mapping = self._target.kinds.get(self._kind)
        try:
            row = row_of(self._target.link, self._target.kinds, self._kind, key)
            if row is None or mapping is None or mapping.read is None:
                return None
            return Incoming(KINDS[self._kind], mapping.read, self._target.lists).record(row, keys=keys)
        except (CannotTell, Unfit):
            return None


def _rules_of(part: PartWrite) -> Iterable[WriteField]:
    return (*part.fields.values(), *part.items.values())


def _names_person(record: Mapping[str, Any]) -> bool:
    return any(record.get(name) for name in ("last_name", "first_name", "email"))
