"""What a file has and no field is made for: kept as XML, with the way to its place, and put back there.

``<PRODUCT_DETAILS><INTERNATIONAL_RESTRICTIONS>…</INTERNATIONAL_RESTRICTIONS></PRODUCT_DETAILS>`` is an element that
stood in the details of an article. What is below an element that is not known is kept as it is, without namespaces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from core.exchange.formats.bmecat.names import NEW_NAMES
from core.exchange.formats.xml_items import local_name

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

LONGEST = 1 << 20
"""Characters of an extension; more is no remainder, but a matter of its own."""
TRANSACTION = "T_NEW_CATALOG"
"""Around what is kept of the transaction, whatever its name is."""


class Rest:
    """Gathers the elements of one record that are not known."""

    __slots__ = ("_kept", "size")

    def __init__(self) -> None:
        self._kept: dict[tuple[str, ...], list[str]] = {}
        self.size = 0
        """In characters, about."""

    def add(self, element: Element, *path: str) -> None:
        """Keep an element that stands at a path below the record."""
        text = plain_xml(element)
        if text:
            self.add_xml(text, *path)

    def add_attributes(self, element: Element, *path: str) -> None:
        """Keep only what an element says in attributes: that of the record itself, or one whose text has a field."""
        if element.attrib:
            self.add_xml(attributes_only(element), *path)

    def add_xml(self, written: str, *path: str) -> None:
        """Keep what is written already, if anything is."""
        if not written:
            return
        self._kept.setdefault(path, []).append(written)
        self.size += len(written)

    def text(self) -> str:
        """Return all of it; empty where everything is known."""
        if not self._kept:
            return ""
        parts: list[str] = []
        for path, kept in self._kept.items():
            opened = "".join(f"<{name}>" for name in path)
            closed = "".join(f"</{name.partition(' ')[0]}>" for name in reversed(path))
            parts.append(f"{opened}{''.join(kept)}{closed}")
        return "".join(parts)


def of_transaction(extension: str) -> str:
    """Return what the extension of a catalogue has kept of its transaction and its groups."""
    kept = parsed(extension)
    if kept is None:
        return ""
    return "".join(plain_xml(each) for each in kept if local_name(each) in (TRANSACTION, "CATALOG_GROUP_SYSTEM"))


def plain_xml(element: Element) -> str:
    """Return an element as XML without namespaces, comments and blanks between elements; empty for an empty one."""
    name = local_name(element)
    if not name:
        return ""
    inner = "".join(plain_xml(child) for child in element)
    text = element.text or ""
    if text.strip():
        inner = escape(text.strip() if len(element) else text) + inner
    if not inner and not element.attrib:
        return ""
    name = NEW_NAMES.get(name, name)
    return f"<{name}{attributes_of(element)}>{inner}</{name}>"


def attributes_only(element: Element) -> str:
    """Return an element as XML with its attributes, and without what is in it."""
    name = local_name(element)
    return f"<{NEW_NAMES.get(name, name)}{attributes_of(element)}/>"


def attributes_of(element: Element) -> str:
    """Return the attributes of an element as they stand behind its name."""
    return "".join(f" {key.rpartition('}')[2]}={quoteattr(value)}" for key, value in element.attrib.items())


def parsed(extension: str) -> Element | None:
    """Return an element around all that an extension holds; None where it is empty, or not ours."""
    from lxml import etree

    if not extension.startswith("<"):
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(f"<x>{extension}</x>", parser)
    except etree.XMLSyntaxError:
        return None
