"""XML from outside: SOAP envelopes and descriptions of services, read by local names.

Nothing that a document could do is done: no DTD is taken (SOAP 1.1, section 3, forbids one), no entity is replaced,
nothing is fetched, and the limits of libxml2 on depth and length hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"


class BadXml(ValueError):
    """A document cannot be read; the text says why, and holds nothing of it but names."""


def parsed(content: bytes) -> etree._Element:
    """Return the root of a document.

    Raises:
        BadXml: it is none, or has a DTD.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadXml(f"it is no well-formed XML: {clean(str(error), limit=160)}") from None
    if root.getroottree().docinfo.doctype:
        raise BadXml("it has a DTD, which no SOAP message may have")
    return root


def local(element: etree._Element) -> str:
    """Return the name of an element without its namespace; empty for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: etree._Element) -> Iterator[etree._Element]:
    """Yield the elements in an element."""
    return (child for child in element if isinstance(child.tag, str))


def child(element: etree._Element, name: str) -> etree._Element | None:
    """Return the first element with this local name; None where it is absent or nil."""
    found = next((each for each in children(element) if local(each) == name), None)
    return None if found is None or nil(found) else found


def nil(element: etree._Element) -> bool:
    """Whether an element says that it has no value."""
    return element.get(f"{{{XSI}}}nil", "").strip() in ("true", "1")


def text(element: etree._Element | None) -> str:
    """Return the text of an element; empty where there is none."""
    if element is None or nil(element):
        return ""
    return "".join(element.itertext())


def body_of(root: etree._Element) -> etree._Element:
    """Return the body of an envelope.

    Raises:
        BadXml: it is no SOAP envelope.
    """
    body = child(root, "Body") if local(root) == "Envelope" else None
    if body is None:
        raise BadXml(f"it is no SOAP envelope, but {clean(local(root), limit=60) or 'something else'}")
    return body


def first_in(element: etree._Element) -> etree._Element | None:
    """Return the first element in an element."""
    return next(children(element), None)
