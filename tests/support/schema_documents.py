"""Documents that have everything a schema knows: each element that may stand somewhere, and each attribute, once.

Of what is a choice, one is taken; ``turn`` says which, so that a few documents have them all. It is only as much of XML
Schema as the schemas of catalogues need: sequences and choices, no groups and no wildcards.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from lxml.etree import _Element as Element

XSD = "{http://www.w3.org/2001/XMLSchema}"
_VALUES = {
    "decimal": "{n}.5", "float": "{n}.5", "integer": "{n}", "positiveInteger": "{n}", "nonNegativeInteger": "{n}",
    "int": "{n}", "boolean": "true", "date": "2026-01-{day:02}", "time": "10:11:12", "duration": "P1D",
    "dateTime": "2026-01-02T10:11:12", "dtDATETIME": "2026-01-{day:02}",
}  # fmt: skip


@dataclass
class SchemaDocuments:
    """Makes documents of a schema."""

    schema: Path
    values: Mapping[str, str]
    """What stands in elements and attributes (``ELEMENT@attribute``) whose values must mean something; ``{n}`` becomes
    a number. An attribute of nothing is left out."""
    turns: Mapping[str, int] = field(default_factory=dict)
    """Elements of whose choices only so many are taken, from the first."""
    without: frozenset[str] = frozenset()
    """Elements that are left out; with the one around it where only there: ``MIME/MIME_ORDER``."""
    once: frozenset[str] | None = None
    """Where given, what a schema allows several of comes twice, but for these."""
    second: Mapping[str, str] = field(default_factory=dict)
    """What stands in the second of two, in place of :attr:`values`."""
    _known: dict[tuple[str, str], Element] = field(default_factory=dict)
    _number: int = 0
    _again: bool = False

    def __post_init__(self) -> None:
        self._take(self.schema)

    def _take(self, path: Path) -> None:
        for each in etree.parse(path).getroot():
            if each.tag == f"{XSD}include":
                self._take(path.parent / each.get("schemaLocation", ""))
            elif isinstance(each.tag, str) and each.get("name"):
                kind = "element" if each.tag == f"{XSD}element" else "type"
                self._known.setdefault((kind, each.get("name", "")), each)

    def document(self, root: str, turn: int) -> Element:
        """Return a document in no namespace."""
        self._number = 0
        return self._element(self._known["element", root], root, turn, Counter())

    def _element(self, said: Element, name: str, turn: int, above: Counter[str]) -> Element:
        made = etree.Element(name)
        inner = above + Counter([name])
        kind = said.find(f"{XSD}complexType")
        if kind is None:
            kind = said.find(f"{XSD}simpleType")
        if kind is None and (named := _local(said.get("type", ""))):
            kind = self._known.get(("type", named))
        if kind is None or kind.tag == f"{XSD}simpleType":
            made.text = self._value(name, kind, _local(said.get("type", "string")))
        else:
            self._fill(made, kind, turn, inner)
        return made

    def _fill(self, made: Element, kind: Element, turn: int, above: Counter[str]) -> None:
        """Put what a complex type has into an element."""
        for each in kind:
            if each.tag in (f"{XSD}sequence", f"{XSD}choice"):
                made.extend(self._content(each, str(made.tag), turn, above))
            elif each.tag == f"{XSD}attribute":
                self._attribute(made, each)
            elif each.tag in (f"{XSD}simpleContent", f"{XSD}complexContent"):
                derived = next(iter(each.iter(f"{XSD}extension", f"{XSD}restriction")))
                self._derive(made, derived, turn, above)

    def _derive(self, made: Element, derived: Element, turn: int, above: Counter[str]) -> None:
        base = _local(derived.get("base", ""))
        known = self._known.get(("type", base))
        if known is not None and known.tag == f"{XSD}complexType":
            self._fill(made, known, turn, above)
        else:
            made.text = self._value(str(made.tag), known, base)
        if derived.tag == f"{XSD}extension":
            self._fill(made, derived, turn, above)

    def _content(self, group: Element, parent: str, turn: int, above: Counter[str]) -> Iterator[Element]:
        members = [each for each in group if isinstance(each.tag, str) and each.get("maxOccurs") != "0"]
        if group.tag == f"{XSD}choice" and members:
            members = [members[turn % min(len(members), self.turns.get(parent, len(members)))]]
        for each in members:
            if each.tag != f"{XSD}element":
                yield from self._content(each, parent, turn, above)
                continue
            name = each.get("ref", each.get("name", ""))
            if above[name] or {name, f"{parent}/{name}"} & self.without:
                continue
            declared = self._known["element", name] if each.get("ref") else each
            before, self._again = self._again, False
            yield self._element(declared, name, turn, above)
            several = each.get("maxOccurs", "1") != "1" or group.get("maxOccurs", "1") != "1"
            if several and self.once is not None and not {name, f"{parent}/{name}"} & self.once:
                self._again = True
                yield self._element(declared, name, turn, above)
            self._again = before

    def _attribute(self, made: Element, said: Element) -> None:
        name = said.get("name", "")
        key = f"{made.tag!s}@{name}"
        value = self.values.get(key, self.values.get(f"@{name}"))
        if self._again:
            value = self.second.get(key, self.second.get(f"@{name}", value))
        if value is None:
            value = said.get("fixed") or self._value(key, said.find(f"{XSD}simpleType"), _local(said.get("type", "")))
        if value:
            made.set(name, value)

    def _value(self, name: str, kind: Element | None, base: str) -> str:
        self._number += 1
        written = self.second.get(name) if self._again else None
        written = written if written is not None else self.values.get(name)
        while written is None and base not in _VALUES and (kind is not None or ("type", base) in self._known):
            kind = kind if kind is not None else self._known["type", base]
            listed = next(kind.iter(f"{XSD}enumeration"), None)
            if listed is not None:
                return listed.get("value", "")
            derived = next(iter(kind.iter(f"{XSD}restriction", f"{XSD}extension")), None)
            base, kind = _local(derived.get("base", "") if derived is not None else "string"), None
        written = written if written is not None else _VALUES.get(base, "t{n}")
        return written.format(n=self._number, day=1 + self._number % 28)


def _local(name: str) -> str:
    return name.rpartition(":")[2]
