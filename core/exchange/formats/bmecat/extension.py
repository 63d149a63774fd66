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


class Rest:
    """Gathers the elements of one record that are not known."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[tuple[str, ...], list[str]] = {}

    def add(self, element: Element, *path: str) -> None:
        """Keep an element that stands at a path below the record."""
        text = plain_xml(element)
        if text:
            self._kept.setdefault(path, []).append(text)

    def text(self) -> str:
        """Return all of it; empty where everything is known."""
        if not self._kept:
            return ""
        parts: list[str] = []
        for path, kept in self._kept.items():
            opened = "".join(f"<{name}>" for name in path)
            closed = "".join(f"</{name}>" for name in reversed(path))
            parts.append(f"{opened}{''.join(kept)}{closed}")
        return "".join(parts)


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
    attributes = "".join(f" {key.rpartition('}')[2]}={quoteattr(value)}" for key, value in element.attrib.items())
    return f"<{name}{attributes}>{inner}</{name}>"


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
