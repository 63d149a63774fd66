"""A classification that a catalogue brings along (CLASSIFICATION_SYSTEM): its classes, features, values and units.

They come one by one, for a catalogue may have all of ECLASS in it, and are written one by one. What a system, a class
or a feature has beside its fields, such as which features a class has, is kept in ``extension``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from core.exchange.codes import Unfit
from core.exchange.formats.bmecat.extension import Rest
from core.exchange.formats.bmecat.nodes import Node
from core.exchange.formats.bmecat.texts import text
from core.exchange.formats.xml_items import local_name
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from core.exchange.formats.bmecat.gathered import Catalogue
    from core.exchange.formats.bmecat.nodes import Maker
    from core.exchange.formats.bmecat.texts import Values
    from core.exchange.formats.bmecat.wording import Wording
    from core.exchange.formats.contract import Row, Writing
    from core.exchange.formats.rawfile import RawFile
    from core.exchange.formats.xml_items import XmlItem

SYSTEM: Final = "CLASSIFICATION_SYSTEM"
SYSTEM_NAME: Final = f"{SYSTEM}_NAME"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of thing that a classification has."""

    entity: str
    around: str
    """The element around all of the kind."""
    code: str
    words: Mapping[str, str]
    """Fields that are translated, by element."""
    plain: Mapping[str, str] = field(default_factory=dict)
    """Other fields, by element."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Those that are not translated."""
        return ("system", "code", *self.plain.values(), "extension")


KINDS: Final[Mapping[str, Kind]] = {
    "ALLOWED_VALUE": Kind(
        "classification_value",
        "ALLOWED_VALUES",
        "ALLOWED_VALUE_ID",
        {"ALLOWED_VALUE_NAME": "name", "ALLOWED_VALUE_DESCR": "description"},
    ),
    "UNIT": Kind("classification_unit", "UNITS", "UNIT_ID", {"UNIT_NAME": "name", "UNIT_SHORTNAME": "abbreviation"}),
    "FT_GROUP": Kind(
        "classification_group", "FT_GROUPS", "FT_GROUP_ID", {"FT_GROUP_NAME": "name"}, {"FT_GROUP_PARENT_ID": "parent"}
    ),
    f"{SYSTEM}_FEATURE_TEMPLATE": Kind(
        "classification_feature",
        f"{SYSTEM}_FEATURE_TEMPLATES",
        "FT_ID",
        {"FT_NAME": "name", "FT_DESCR": "description"},
        {"FT_GROUP_IDREF": "feature_group"},
    ),
    "CLASSIFICATION_GROUP": Kind(
        "classification_class",
        "CLASSIFICATION_GROUPS",
        "CLASSIFICATION_GROUP_ID",
        {"CLASSIFICATION_GROUP_NAME": "name", "CLASSIFICATION_GROUP_DESCR": "description"},
        {"CLASSIFICATION_GROUP_PARENT_ID": "parent"},
    ),
}
"""What a classification has, by the element of each, in the order of the schema."""
_OF_SYSTEM: Final = (
    "FULLNAME", "VERSION", "VERSION_DETAILS", "DESCR", "PARTY_IDREF", "LEVELS", "LEVEL_NAMES", "TYPE",
)  # fmt: skip
CLASSIFICATION_ITEMS: Final = (SYSTEM_NAME, *(f"{SYSTEM}_{name}" for name in _OF_SYSTEM), *KINDS)
SYSTEM_FIELDS: Final = ("code", "version", "extension")


@dataclass(slots=True)
class Classifications:
    """Takes in the systems of a catalogue, one after another."""

    systems: RawFile
    parts: Mapping[str, RawFile]
    """By element, as :data:`KINDS`."""
    _system: Values | None = None
    _line: int = 0
    _rest: Rest = field(default_factory=Rest)

    def take(self, item: XmlItem, catalogue: Catalogue) -> None:
        """Take in one of :data:`CLASSIFICATION_ITEMS`."""
        if item.name == SYSTEM_NAME:
            self.end()
            self._system, self._line, self._rest = {"code": text(item.element)}, item.line, Rest()
        elif self._system is None:
            return
        elif kind := KINDS.get(item.name):
            self._take(kind, item, catalogue, self._system["code"])
        elif item.name == f"{SYSTEM}_VERSION":
            self._system["version"] = text(item.element)
        elif item.name == f"{SYSTEM}_FULLNAME":
            self._rest.add_xml(catalogue.texts.put(self._system, "name", item.element))
        else:
            self._rest.add(item.element)

    def end(self) -> None:
        """Add the system that was met last."""
        if self._system is not None and self._system["code"]:
            self._system["extension"] = self._rest.text()
            self.systems.add(
                self._system, line=self._line, place=f"{SYSTEM_NAME} {clean(self._system['code'], limit=40)}"
            )
        self._system = None

    def _take(self, kind: Kind, item: XmlItem, catalogue: Catalogue, system: str) -> None:
        values: Values = {"system": system}
        rest = Rest()
        rest.add_attributes(item.element)
        for child in item.element:
            name = local_name(child)
            if name == kind.code:
                values["code"] = text(child)
                rest.add_attributes(child)
            elif (plain := kind.plain.get(name)) and plain not in values:
                values[plain] = text(child)
            elif word := kind.words.get(name):
                rest.add_xml(catalogue.texts.put(values, word, child))
            else:
                rest.add(child)
        values["extension"] = rest.text()
        place = f"{item.name} {clean(values.get('code', ''), limit=40)}"
        self.parts[item.name].add(values, line=item.line, item=item.number, place=place)


@dataclass(frozen=True, slots=True)
class ClassificationWriter:
    """Writes the systems that came with a catalogue."""

    maker: Maker
    wording: Wording
    writing: Writing
    systems: frozenset[str]
    """Their names: others may lie in the same assortment."""

    def write(self, write: Callable[[str], object], depth: int) -> int:
        """Write them all; return how many there were."""
        written = 0
        for item in self.writing.items("classification_system") if self.systems else ():
            if item.row["code"] not in self.systems or item.change == "deleted":
                continue
            head, end = self.maker.opened(self._system(item.row), depth)
            write(head)
            for name, kind in KINDS.items():
                if self.maker.dialect.has(kind.around, SYSTEM):
                    self._kind(write, name, kind, item.row["code"], depth + 1)
            write(end)
            written += 1
        return written

    def _kind(self, write: Callable[[str], object], name: str, kind: Kind, system: str, depth: int) -> None:
        begun, end = self.maker.opened(Node(kind.around), depth)
        opened = False
        for text_of_one in self._records(name, kind, system, depth + 1):
            if not opened:
                write(begun)
                opened = True
            write(text_of_one)
        if opened:
            write(end)

    def _records(self, name: str, kind: Kind, system: str, depth: int) -> Iterator[str]:
        for item in self.writing.items(kind.entity):
            row = item.row
            if row["system"] != system or item.change == "deleted":
                continue
            try:
                yield self.maker.xml(self._record(name, kind, row), depth)
            except Unfit as unfit:
                self.writing.refuse(kind.entity, f"{system} {row['code']}", str(unfit))

    def _system(self, row: Row) -> Node:
        node = Node(SYSTEM).add(self.maker.leaf(SYSTEM_NAME, row["code"]))
        node.add(*self.wording.nodes(f"{SYSTEM}_FULLNAME", row, "name"))
        node.add(self.maker.leaf(f"{SYSTEM}_VERSION", row.get("version")))
        self.maker.merge(node, row.get("extension"))
        return node

    def _record(self, name: str, kind: Kind, row: Row) -> Node:
        node = Node(name).add(self.maker.leaf(kind.code, row["code"]))
        if name == "CLASSIFICATION_GROUP" and self.maker.dialect.old:
            node.attributes["type"] = "leaf"
        for element, plain in kind.plain.items():
            if self.maker.dialect.has(element, name):
                node.add(self.maker.leaf(element, row.get(plain)))
        for element, word in kind.words.items():
            if self.maker.dialect.has(element, name):
                node.add(*self.wording.nodes(element, row, word))
        self.maker.merge(node, row.get("extension"))
        return node
