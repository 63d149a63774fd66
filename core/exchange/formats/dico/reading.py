"""Messages as records of ours: a document, and its lines."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from core.errors import DataError
from core.exchange.codes.dates import iso_date
from core.exchange.codes.identifiers import gln, gtin
from core.exchange.codes.numbers import decimal_text, integer_text
from core.exchange.codes.unfit import Unfit
from core.exchange.codes.units import Units
from core.exchange.formats.contract import Facts, Part
from core.exchange.formats.dico.fields import MESSAGES, Message, header_of
from core.exchange.formats.dico.nodes import message
from core.exchange.formats.dico.trees import Tree, as_extension, read_tree, taken
from core.exchange.formats.xml_items import local_name, xml_items
from core.text import clean, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lxml.etree import _Element as Element

    from core.config.formats import FormatId
    from core.exchange.formats.contract import Reading
    from core.exchange.formats.dico.fields import Entry
    from core.exchange.formats.dico.nodes import Node, Profile
    from core.exchange.formats.dico.sources import Document
    from core.exchange.formats.rawfile import RawFile

NOT_VALIDATED: Final = "not held against the schema, which is for members only"
TITLES: Final[dict[Profile, tuple[FormatId, str, str]]] = {
    "insbou": ("dico-insbou", "DICO/INSBOU003", "003"),
    "sales": ("dico-sales", "DICO/SALES005", "005"),
}


@dataclass(slots=True)
class _Raws:
    """Where the records of one kind of message go."""

    documents: RawFile
    lines: RawFile
    facts: list[Facts] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Line:
    """The group of a line, and where it stands."""

    element: Element
    unit: str
    """The number of the group around it, where there is one."""
    rest: Tree
    """What else that group has; of its first line only."""


class MessageReader:
    """Takes messages into raw files, a pair for each kind."""

    def __init__(self, reading: Reading, profile: Profile) -> None:
        self.warnings: list[str] = []
        self.problems: list[str] = []
        self._reading = reading
        self._profile = profile
        self._raws: dict[str, _Raws] = {}
        self._units = Units()
        self._unknown: Counter[str] = Counter()
        self._kinds: dict[str, Callable[[str], str]] = {
            "text": str,
            "lines": str,
            "date": iso_date,
            "number": decimal_text,
            "whole": integer_text,
            "gln": gln,
            "gtin": gtin,
            "unit": self._units.read,
        }

    def take(self, document: Document) -> None:
        """Read a document.

        Raises:
            DataError: it has none of the four messages, or is broken.
        """
        reading = self._reading
        name = document.place or reading.name
        document.refuse_large(name)
        number = 0
        items = xml_items(document.member.path, MESSAGES, name=name, stop=reading.stop, advance=reading.advance)
        found = False
        for item in items:
            found = True
            number = self._message(document, MESSAGES[item.name], item.element, number)
        if not found:
            raise DataError(
                f"{name} is no message of {TITLES[self._profile][1]}: it has none of {', '.join(MESSAGES)}.",
                advice="Look at what it is with pendel inspect.",
            )

    def parts(self) -> list[Part]:
        """Return what was read. Of a document that is there already, all lines are replaced."""
        parts: list[Part] = []
        for root, of in MESSAGES.items():
            if raws := self._raws.get(root):
                raws.documents.close()
                raws.lines.close()
                parts.append(Part(raws.documents, "listed"))
                parts.append(Part(raws.lines, "owners", (of.line_field,), references={"article": "stub"}))
        self.warnings += [
            f"The element {clean(name, limit=60)} is not known, and was not read: {counted(count, 'time')}."
            for name, count in self._unknown.most_common(10)
        ]
        self.warnings += self._units.warnings()
        return parts

    def facts(self) -> Facts:
        """Return what the one document says; of several, what they are."""
        found = [facts for raws in self._raws.values() for facts in raws.facts]
        if len(found) == 1:
            return found[0]
        form, title, version = TITLES[self._profile]
        kinds = Counter(facts.kind for facts in found)
        said = ", ".join(counted(count, kind) for kind, count in kinds.items())
        return Facts(form, title, version, said, more={"checked": NOT_VALIDATED})

    def counts(self) -> dict[str, str]:
        """Return how many records there are, by what they are."""
        return {
            raw.entity.title: f"{raw.records:,}" for raws in self._raws.values() for raw in (raws.documents, raws.lines)
        }

    def _of(self, of: Message) -> _Raws:
        if of.root not in self._raws:
            header = [entry.field for entry in header_of(of, self._profile)]
            lines = [entry.field for entry in of.lines]
            unit = ["unit_number"] if "/" in of.line_path else []
            self._raws[of.root] = _Raws(
                self._reading.part(of.entity, [*header, "extension"]),
                self._reading.part(of.line_entity, [of.line_field, *unit, *lines, "extension"]),
            )
        return self._raws[of.root]

    def _message(self, document: Document, of: Message, element: Element, before: int) -> int:
        """Take one message; return the number of the last of its line groups, counted on from those ``before``."""
        raws, node = self._of(of), message(of.root, self._profile)
        group = of.line_path.partition("/")[0]
        tree = read_tree(element, node, self._unknown, without=group)
        raws.facts.append(self._facts(of, tree))
        values: dict[str, str] = {}
        line, place = element.sourceline or 0, _place(document, of.root)
        try:
            values = self._values(tree, header_of(of, self._profile))
            key = values.get("number", "")
            if of.root == "OrderResponse" and not key:
                key = values["number"] = values.get("buyer_order_number", "")
            raws.documents.add(values | {"extension": as_extension(tree)}, line=line, place=place)
        except _Unread as unread:
            key = taken(tree, of.header[0].path) or unread.key
            self.problems.append(f"{place}/{unread.path}, line {line:,}: {unread.reason}.")
            raws.documents.reject(
                unread.reason, column=unread.path, value=unread.value, line=line, place=f"{place}/{unread.path}"
            )
        number, total = before, Decimal(0)
        for child in element:
            if node.find(local_name(child)) is not node.children[group]:
                continue
            number += 1
            for count, found in enumerate(self._lines(of, child, node.children[group]), start=1):
                total += self._line(document, of, node, found, key, number, count)
        self._hold_against(of, key, values, total)
        return number

    def _lines(self, of: Message, element: Element, group: Node) -> Iterator[_Line]:
        inner = of.line_path.partition("/")[2]
        if not inner:
            yield _Line(element, "", {})
            return
        around = read_tree(element, group, self._unknown, without=inner)
        unit = taken(around, "DespatchLineNumber")
        for child in element:
            if group.find(local_name(child)) is group.children[inner]:
                yield _Line(child, unit, around)
                around = {}

    def _line(
        self, document: Document, of: Message, node: Node, found: _Line, key: str, number: int, count: int
    ) -> Decimal:
        """Take a line; return what it comes to."""
        raws, line = self._of(of), found.element.sourceline or 0
        place = f"{_place(document, of.root)}/{of.line_path.partition('/')[0]}[{number}]"
        item = document.first_item + number
        tree = read_tree(found.element, node.at(of.line_path), self._unknown)
        try:
            values = self._values(tree, of.lines)
        except _Unread as unread:
            self.problems.append(f"{place}/{unread.path}, line {line:,}: {unread.reason}.")
            raws.lines.reject(
                unread.reason,
                column=unread.path,
                value=unread.value,
                line=line,
                item=item,
                place=f"{place}/{unread.path}",
            )
            return Decimal(0)
        values.setdefault("line", str(number if "/" not in of.line_path else count))
        values[of.line_field] = key
        values["extension"] = as_extension(found.rest | tree)
        if found.unit or "/" in of.line_path:
            values["unit_number"] = found.unit or str(number)
        raws.lines.add(values, line=line, item=item, place=place)
        return Decimal(values.get("total") or 0)

    def _values(self, tree: Tree, entries: Iterable[Entry]) -> dict[str, str]:
        """Take the values that have fields out of a tree. Raises _Unread."""
        values: dict[str, str] = {}
        for entry in entries:
            if text := taken(tree, entry.path):
                try:
                    values[entry.field] = self._kinds[entry.kind](text)
                except Unfit as unfit:
                    raise _Unread(entry.path, text, str(unfit), values.get("number", "")) from unfit
        return values

    def _facts(self, of: Message, tree: Tree) -> Facts:
        form, title, version = TITLES[self._profile]
        peek = {entry.field: entry.path for entry in of.header}
        date = next(entry.path for entry in of.header if entry.kind == "date")
        return Facts(
            form,
            title,
            version,
            of.word,
            supplier=_at(tree, "Supplier/Name"),
            supplier_gln=_at(tree, "Supplier/GLN"),
            buyer=_at(tree, "Buyer/Name"),
            buyer_gln=_at(tree, "Buyer/GLN"),
            currency=_at(tree, "Currency"),
            made_at=_at(tree, date),
            more={"number": _at(tree, peek["number"]), "checked": NOT_VALIDATED},
        )

    def _hold_against(self, of: Message, key: str, values: dict[str, str], total: Decimal) -> None:
        """Warn where the lines of an invoice do not come to what it says."""
        said = values.get("total_net", "") if of.root == "Invoice" else ""
        if said and Decimal(said) != total:
            self.warnings.append(
                f"The lines of invoice {clean(key, limit=40)} come to {total}, but it says {said} (TotalNetLineAmount)."
            )


class _Unread(Exception):
    """A value is not what its place calls for."""

    def __init__(self, path: str, value: str, reason: str, key: str) -> None:
        super().__init__(reason)
        self.path, self.value, self.reason, self.key = path, value, reason, key


def _place(document: Document, root: str) -> str:
    return f"{document.place}: {root}" if document.place else root


def _at(tree: Tree, path: str) -> str:
    found: object = tree
    for name in path.split("/"):
        found = found.get(name, "") if isinstance(found, dict) else ""
    return found if isinstance(found, str) else ""
