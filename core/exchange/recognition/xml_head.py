"""The head of an XML file, read without expanding an entity or opening anything that it names.

Internal subsets are legal here (BMEcat has them), so that a document type does not end the reading; one that builds
entities out of entities does, for nothing but an attack does that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

_DEEPEST = 8
"""Text is kept of elements down to this level below the root."""
_MOST_VALUES = 4000
_LONGEST = 200
_STEP = 64 << 10
_PREDEFINED = ("amp", "lt", "gt", "quot", "apos")
"""That a document type may declare once more (XML 1.0, section 4.6)."""
_KINDS = ("type", "role")
"""Attributes that tell elements of one name apart."""


@dataclass(slots=True)
class XmlHead:
    """What stands at the beginning of an XML file."""

    root: str = ""
    """The local name of the root element."""
    namespace: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    """Of the root, by local name."""
    doctype: str = ""
    """The system id of the document type."""
    children: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """The first elements below the root, with their attributes."""
    values: list[tuple[str, str]] = field(default_factory=list)
    """The text of elements by their path below the root: ``HEADER/CATALOG/DATETIME[generation_date]/DATE``."""
    names: set[str] = field(default_factory=set)
    """The local names of the elements that occur."""
    encoding: str = ""
    """As declared."""
    fault: str = ""
    """Why reading ended early, as the end of a sentence; empty where it did not."""

    def first(self, *paths: str) -> str:
        """Return the first text at any of these paths, in their order of preference; empty where there is none."""
        for wanted in paths:
            for path, text in self.values:
                if path == wanted and text:
                    return text
        return ""

    def every(self, wanted: str) -> list[str]:
        """Return the texts at a path, each once."""
        return list(dict.fromkeys(text for path, text in self.values if path == wanted and text))


class _Attack(Exception):
    """The document type declares what only an attack needs."""


class _Reader:
    """Fills an :class:`XmlHead` from the events of a parser."""

    def __init__(self) -> None:
        self.head = XmlHead()
        self._path: list[str] = []
        self._depth = 0
        self._text: list[str] = []

    def declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.head.encoding = encoding or ""

    def doctype(self, _name: str, system: str | None, _public: str | None, _internal: int) -> None:
        self.head.doctype = system or ""

    def entity(self, name: str, parameter: int, value: str | None, *_: object) -> None:
        if not parameter and value and "&" in value and name not in _PREDEFINED:
            raise _Attack

    def start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        plain = {key.rpartition(" ")[2]: value[:_LONGEST] for key, value in attributes.items()}
        self._depth += 1
        self._text = []
        if self._depth == 1:
            self.head.root, self.head.namespace, self.head.attributes = local, namespace, plain
            return
        if self._depth == 2 and len(self.head.children) < _MOST_VALUES:
            self.head.children.append((local, plain))
        if len(self.head.names) < _MOST_VALUES:
            self.head.names.add(local)
        if self._depth <= _DEEPEST + 1:
            kind = next((plain[key] for key in _KINDS if key in plain), "")
            self._path.append(f"{local}[{kind}]" if kind else local)

    def characters(self, text: str) -> None:
        if self._depth <= _DEEPEST + 1 and len(self._text) < _LONGEST:
            self._text.append(text[:_LONGEST])

    def end(self, _name: str) -> None:
        if 1 < self._depth <= _DEEPEST + 1:
            text = "".join(self._text).strip()[:_LONGEST]
            if text and len(self.head.values) < _MOST_VALUES:
                self.head.values.append(("/".join(self._path), text))
            self._path.pop()
        self._depth -= 1
        self._text = []


def read_xml_head(data: bytes) -> XmlHead | None:
    """Read the beginning of an XML file as far as ``data`` reaches; None where no root element stands in it."""
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.XmlDeclHandler = reader.declaration
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.EntityDeclHandler = reader.entity
    parser.StartElementHandler = reader.start
    parser.CharacterDataHandler = reader.characters
    parser.EndElementHandler = reader.end
    # That there is a handler keeps expat from putting the text of entities in their place.
    parser.DefaultHandler = _ignore
    start = data.lstrip(b" \t\r\n") if not data.startswith((b"\xff\xfe", b"\xfe\xff")) else data
    try:
        for position in range(0, len(start), _STEP):
            parser.Parse(start[position : position + _STEP], False)
    except _Attack:
        reader.head.fault = "its document type declares entities that are made of entities"
    except expat.ExpatError as error:
        reader.head.fault = f"line {error.lineno} is not well-formed: {expat.errors.messages.get(error.code, 'fault')}"
    except (ValueError, LookupError):
        # The encoding that it declares is none that Python has, or not one of single bytes.
        reader.head.fault = "it declares an encoding that cannot be read"
    return reader.head if reader.head.root or reader.head.doctype or reader.head.fault else None


def _ignore(_data: Any) -> None:
    """Take in what no other handler wants."""
