"""XML Schemas: which of those that are there is for a file.

A schema is told by the namespace and the name of the root. Files in the field have namespaces that are none of the
schemas (BMEcat 1.2 always): then it is told by the root, its version and its children, if only one remains.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.errors import DataError
from core.exchange.formats.official.dropped import content_of
from core.text import clean, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from lxml.etree import _Element as Element

    from core.exchange.recognition.xml_head import XmlHead

_XS = "{http://www.w3.org/2001/XMLSchema}"


@dataclass(frozen=True, slots=True)
class Root:
    """An element that a document by a schema may begin with."""

    children: frozenset[str]
    """Their local names; none where they are not written down with the element."""
    versions: frozenset[str]
    """That its attribute ``version`` may have; none where that is not said."""


@dataclass(frozen=True, slots=True)
class Xsd:
    """A schema that was looked at."""

    path: Path
    tree: Element
    namespace: str
    roots: dict[str, Root]

    def includes(self) -> Iterator[str]:
        """Yield the names of the files beside it that it takes in (XML Schema 1.0 part 1, 4.2)."""
        for element in self.tree.iterchildren(f"{_XS}include", f"{_XS}import", f"{_XS}redefine"):
            yield element.get("schemaLocation", "").rpartition("/")[2]

    def compiled(self) -> Any:
        """Return the schema as lxml wants it. What it includes is found beside it, never in the network.

        Raises:
            DataError: it is no schema, or what it includes is not there.
        """
        from lxml import etree

        try:
            return etree.XMLSchema(self.tree)
        except etree.LxmlError as error:
            raise _no_schema(self.path, error) from error


def read_xsd(path: Path) -> Xsd:
    """Look at a schema.

    Raises:
        DataError: it is none, or too large.
        EngineError: it cannot be read.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        # With the address of the file, what it includes is found beside it.
        tree = etree.fromstring(content_of(path), parser, base_url=path.absolute().as_uri())
    except etree.LxmlError as error:
        raise _no_schema(path, error) from error
    if tree.tag != f"{_XS}schema":
        raise DataError(f"{clean(path.name)} is no XML Schema: its root is {clean(str(tree.tag), limit=80)}.")
    roots = {each.get("name", ""): _root(each, tree) for each in tree.iterchildren(f"{_XS}element")}
    return Xsd(path, tree, tree.get("targetNamespace", ""), roots)


def _no_schema(path: Path, error: Exception) -> DataError:
    reason = clean(str(error), limit=200).replace(_XS, "").rstrip(".")
    return DataError(f"{clean(path.name)} is no XML Schema that can be used: {reason}.")


def _root(element: Element, tree: Element) -> Root:
    names = frozenset(
        (child.get("ref") or child.get("name") or "").rpartition(":")[2] for child in _outermost_elements(element)
    )
    versions: set[str] = set()
    for attribute in element.iter(f"{_XS}attribute"):
        if attribute.get("name") == "version":
            kind = (attribute.get("type") or "").rpartition(":")[2]
            of = next((each for each in tree.iterchildren(f"{_XS}simpleType") if each.get("name") == kind), attribute)
            versions.update(each.get("value", "") for each in of.iter(f"{_XS}enumeration"))
            versions.update(filter(None, [attribute.get("fixed")]))
            break
    return Root(names - {""}, frozenset(versions - {""}))


def _outermost_elements(element: Element) -> Iterator[Element]:
    for child in element:
        if child.tag == f"{_XS}element":
            yield child
        else:
            yield from _outermost_elements(child)


def choose(schemas: Sequence[Xsd], head: XmlHead, *, exact: bool) -> tuple[Xsd | None, str]:
    """Return the schema that a document is to be held against; or None, and why.

    With ``exact``, one for another namespace is none for it.
    """
    rooted = [each for each in schemas if head.root in each.roots]
    if not rooted:
        return None, f"no schema is for a document of {clean(head.root, limit=60)}"
    found = [each for each in rooted if each.namespace == head.namespace]
    if not found and exact:
        return None, f"no schema is for the namespace {clean(head.namespace, limit=100) or 'none'}"
    fitting = [each for each in found or rooted if _fits(each.roots[head.root], head)]
    version = head.attributes.get("version", "")
    # A later schema takes earlier versions, too.
    fitting = [each for each in fitting if max(each.roots[head.root].versions, default="") == version] or fitting
    # By its namespace it is for the file, even where that has another version or other children: that is a fault.
    left = fitting or found
    if len(left) == 1:
        return left[0], ""
    if not left:
        return None, f"no schema is for the version and the namespace {clean(head.namespace, limit=100) or 'none'}"
    names = listed([clean(each.path.name, limit=80) for each in left], last="and")
    return None, f"{names} are for such a document alike"


def _fits(root: Root, head: XmlHead) -> bool:
    version = head.attributes.get("version", "")
    if root.versions and version and version not in root.versions:
        return False
    return not root.children or {name for name, _ in head.children} <= root.children
