"""The elements of a file that is written: put in the order of the schema, without empty ones, as XML.

What an extension has kept is merged in where it stood; what the version has no room for is left out, and counted.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from core.exchange.codes import Unfit
from core.exchange.codes.languages import fitting_or_none, terminological
from core.exchange.formats.bmecat.dialect import CUT
from core.exchange.formats.bmecat.extension import parsed
from core.exchange.formats.bmecat.texts import language_of
from core.exchange.formats.xml_items import local_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.etree import _Element as Element

    from core.exchange.formats.bmecat.dialect import Dialect
    from core.exchange.formats.contract import Writing

MERGED: Final = frozenset((
    "CATALOG", "BUYER", "SUPPLIER", "PRODUCT_DETAILS", "PRODUCT_ORDER_DETAILS", "PRODUCT_LOGISTIC_DETAILS",
    "PRODUCT_DIMENSIONS", "USER_DEFINED_EXTENSIONS", "UDX.EDXF.PRODUCT_LOGISTIC_DETAILS", "MIME_INFO",
    "UDX.EDXF.MIME_INFO", "FTEMPLATE",
))  # fmt: skip
"""Elements that there is one of: what an extension has of one goes into the one that is written."""

_IDS: Final = frozenset(("BUYER_ID", "SUPPLIER_ID"))
"""Of which a type that is not the usual one is kept with the id, for a party has several."""

_OF_NO_LANGUAGE: Final = frozenset(("MIME_ROOT", "UDX.EDXF.MIME_FILENAME"))
"""Whose field has one text, whatever language the element says."""
_ETIM_IDS: Final = ("buyer_specific", "duns", "gln")

_ESCAPED: Final = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord("\r"): "&#13;"}
_QUOTED: Final = {**_ESCAPED, ord('"'): "&quot;", ord("\t"): "&#9;", ord("\n"): "&#10;"}
# Characters that XML 1.0 cannot have in any form (production 2).
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(slots=True)
class Node:
    """An element; its name is that of BMEcat 2005."""

    name: str
    text: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)
    demanded: bool = False
    """The schema wants it even where there is nothing in it."""

    def __bool__(self) -> bool:
        """Whether it is written: empty elements are not."""
        return bool(self.text or self.demanded or any(self.children))

    def add(self, *nodes: Node | None) -> Node:
        """Add children, without those that are empty; return the node itself."""
        self.children += [node for node in nodes if node is not None and node]
        return self

    def child(self, name: str) -> Node | None:
        """Return the first child with a name."""
        return next((node for node in self.children if node.name == name), None)


class TooLong(Unfit):
    """A text is longer than the format has room for, and is not to be cut."""

    def __init__(self, name: str, text: str, most: int) -> None:
        super().__init__(f"is longer than the {most:,} characters that {name} has")
        self.name = name
        self.text = text


@dataclass(slots=True)
class Maker:
    """Makes the elements of one version, and heeds the lengths of their texts."""

    dialect: Dialect
    writing: Writing
    languages: Mapping[str, dict[str, str]] = field(default_factory=dict)
    """Those that are written, the default before all, with the attributes of their texts."""

    def leaf(self, name: str, text: str | None, **attributes: str) -> Node | None:
        """Return an element with a text; None where there is none.

        Raises:
            TooLong: it has no room, and must not be cut.
        """
        text = _FORBIDDEN.sub("", text or "").strip()
        if not text:
            return None
        most = self.dialect.lengths.get(name)
        if most is not None and len(text) > most:
            fitted = self.writing.fitted(text, most, self.dialect.name(name)) if name in CUT else None
            if not fitted:
                raise TooLong(self.dialect.name(name), text, most)
            text = fitted
        return Node(name, text, attributes)

    def leaves(self, name: str, lines: str | None, **attributes: str) -> list[Node]:
        """Return an element for each line of a text: each text once, but for the values of BMEcat 2005."""
        texts = (lines or "").split("\n")
        once = texts if name == "FVALUE" and not self.dialect.old else dict.fromkeys(texts)
        found = [self.leaf(name, line.strip(), **attributes) for line in once]
        return [node for node in found if node is not None]

    def merge(self, node: Node, extension: str | None) -> None:
        """Put what an extension has kept into an element, where the version has it."""
        if extension and (kept := parsed(extension)) is not None:
            for element in kept:
                self.merge_one(node, element)

    def merge_one(self, node: Node, element: Element) -> None:
        """Put one element that was kept into another, where the version has it."""
        name = local_name(element)
        if name in _IDS and self.dialect.etim and element.get("type") not in _ETIM_IDS:
            self.writing.warn(f"elements {name} of a type that this version does not have were left out")
            return
        if self._said_of_own(node, name, element):
            return
        if not self.dialect.has(name, node.name):
            self.writing.warn(f"elements {name} that this version does not have were left out")
            return
        if name in self.dialect.once and node.child(name) is not None:
            self.writing.warn(f"elements {name} beyond the first, of which this version has one, were left out")
            return
        into = node.child(name) if name in MERGED else None
        if into is None and name in MERGED:
            into = Node(name)
            node.children.append(into)
        if into is None:
            kept = kept_node(element)
            self._fit(kept)
            if name == "REMARKS" and (self.dialect.old or self.dialect.etim):
                kept.attributes.pop("type", None)
            node.add(kept)
            return
        for child in element:
            self.merge_one(into, child)

    def _said_of_own(self, node: Node, name: str, element: Element) -> bool:
        """Put the attributes that were kept into the element that is written already; say whether there was such."""
        if element.get("locale") and name not in _OF_NO_LANGUAGE and self._locate(node, name, element):
            return True
        own = self._own(node, name, element)
        if own is not None and (self.dialect.typed is None or name in self.dialect.typed):
            own.attributes |= {str(key): str(value) for key, value in element.attrib.items()}
        return own is not None

    def _locate(self, node: Node, name: str, element: Element) -> bool:
        """Say of a text in which locale it is, where that was kept of it; say whether there is nothing left to do."""
        if self.dialect.locales:
            said = {str(key): str(value) for key, value in element.attrib.items()}
            if (element.text or "").strip() or len(element):
                return False
            for child in node.children:
                if child.name == name and self._said_alike(child.attributes, said, element):
                    child.attributes = said
                    break
            return True
        if (element.text or "").strip() and not len(element):
            self.writing.warn("texts of a second locale, which this version does not have, were left out")
            return True
        return not len(element)

    def _said_alike(self, attributes: Mapping[str, str], said: Mapping[str, str], element: Element) -> bool:
        ours = fitting_or_none(language_of(element) or "", self.languages)
        plain = {key: value for key, value in attributes.items() if key not in ("lang", "locale")}
        language = {key: value for key, value in attributes.items() if key not in plain}
        return language == self.languages.get(ours or "") and plain.items() <= said.items()

    def _own(self, node: Node, name: str, element: Element) -> Node | None:
        """Return the element that is written already, where only its attributes were kept."""
        if len(element) or not element.attrib:
            return None
        if name == node.name:
            return node
        written = (element.text or "").strip()
        if not written or name in _IDS:
            same = (child for child in node.children if child.name == name and (not written or child.text == written))
            return next(same, None)
        return None

    def _fit(self, node: Node) -> None:
        """Take out of what was kept the elements, and the types of files, that this version does not know."""
        pattern = self.dialect.media_types
        node.children = [
            child
            for child in node.children
            if self.dialect.has(child.name, node.name)
            and (child.name != "MIME_TYPE" or pattern.fullmatch(child.text.strip()))
        ]
        for child in node.children:
            self._fit(child)

    def xml(self, node: Node, depth: int) -> str:
        """Return an element as XML, indented, with a line end behind it."""
        lines: list[str] = []
        self._lines(node, "  " * depth, lines)
        return "".join(lines)

    def opened(self, node: Node, depth: int) -> tuple[str, str]:
        """Return an element as XML up to where more may go into it, and its end."""
        lines: list[str] = []
        self._lines(Node(node.name, node.text, node.attributes, node.children or [Node("")]), "  " * depth, lines)
        return "".join(lines[:-1]), lines[-1]

    def _lines(self, node: Node, indent: str, lines: list[str]) -> None:
        name = self.dialect.name(node.name)
        said = node.attributes
        if "locale" in said and not self.dialect.locales:
            said = _without_locale(said)
        attributes = "".join(f' {key}="{_written(value, _QUOTED)}"' for key, value in said.items())
        if not node.children:
            body = f">{_written(node.text, _ESCAPED)}</{name}>" if node.text else "/>"
            lines.append(f"{indent}<{name}{attributes}{body}\n")
            return
        lines.append(f"{indent}<{name}{attributes}>{_written(node.text, _ESCAPED)}\n")
        places = self.dialect.order.get(node.name)
        ordered = node.children
        if places is not None:
            ordered = sorted((child for child in ordered if child.name in places), key=lambda child: places[child.name])
        for child in ordered:
            if child:
                self._lines(child, f"{indent}  ", lines)
        lines.append(f"{indent}</{name}>\n")


def _without_locale(attributes: Mapping[str, str]) -> dict[str, str]:
    """Return attributes with the language in place of a locale."""
    found = {key: value for key, value in attributes.items() if key != "locale"}
    if "lang" not in found:
        with suppress(Unfit):
            found["lang"] = terminological(attributes["locale"])
    return found


def kept_node(element: Element) -> Node:
    """Return an element of an extension as it is."""
    node = Node(local_name(element), (element.text or "").strip() if len(element) else element.text or "")
    node.attributes = {str(key): str(value) for key, value in element.attrib.items()}
    node.children = [kept_node(child) for child in element]
    node.demanded = bool(node.attributes)
    return node


def _written(text: str, escaped: dict[int, str]) -> str:
    return _FORBIDDEN.sub("", text).translate(escaped)
