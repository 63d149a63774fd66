"""An XML document held against a schema and lists of codes, in one pass and in memory that stays flat."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from core.errors import DataError
from core.exchange.formats.official.xsd import choose, read_xsd
from core.exchange.formats.xml_items import is_plain
from core.exchange.recognition.xml_head import read_xml_head
from core.exchange.sql_errors import disk_errors
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from lxml.etree import _Element as Element

    from core.exchange.formats.official.codes import CodeLists
    from core.exchange.formats.official.verdict import Verdict
    from core.exchange.formats.official.xsd import Xsd
    from core.exchange.recognition.xml_head import XmlHead
    from core.stop import StopToken

_HEAD = 1 << 20
"""Bytes in which the root and its children must begin, by which a schema is chosen."""
_OFTEN = 2_000
_LONGEST = 1 << 16
"""Bytes of a line."""
_NAMESPACE = re.compile(r"\{[^{}'\s]+\}")
_TAG = re.compile(rb"""<[^\s/>]+(?:\s+[^\s=<>]+\s*=\s*(?:"[^"]*"|'[^']*'))*""")
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\0<", b"<\0")


@dataclass(slots=True)
class XmlCheck:
    """How a document is looked at."""

    name: str
    """What it is called in messages."""
    schemas: Sequence[Path]
    codes: CodeLists
    exact: bool
    """It is held against schemas of its own namespace only."""
    stop: StopToken
    most: int | None = None
    """Bytes that are looked at; None for all."""
    advance: Callable[[int], None] = lambda _: None

    def check(self, document: Path, verdict: Verdict, place: str = "") -> None:
        """Note the first faults of a document; ``place`` is told before the line of each.

        What keeps a document from being read at all is not told here: whoever reads it does.

        Raises:
            EngineError: the document cannot be read.
            StopRequested: a stop was asked for.
        """
        with disk_errors(f"{self.name} cannot be read"), document.open("rb") as file:
            start = file.read(_HEAD)
        head = read_xml_head(start)
        if head is None or not head.root:
            return
        chosen, rules = self._schema(head, verdict)
        if rules is None and not self.codes:
            return
        if chosen is not None and chosen.namespace != head.namespace:
            renamed = _renamed(start, head.namespace, chosen.namespace)
            if renamed is None:
                verdict.unfitting = f"{clean(chosen.path.name)} is for another namespace, which cannot be put in place"
                rules = None
            else:
                start = renamed
        if chosen is not None and rules is not None:
            verdict.used(chosen.path.name)
        with disk_errors(f"{self.name} cannot be read"), document.open("rb") as file:
            file.seek(_HEAD)
            self._walk(_Source(start, file, self.most), document, rules, verdict, place)

    def _schema(self, head: XmlHead, verdict: Verdict) -> tuple[Xsd | None, Any]:
        usable = []
        for path in self.schemas:
            try:
                usable.append(read_xsd(path))
            except DataError as error:
                verdict.unusable.append(error.message)
        if not usable:
            return None, None
        chosen, why = choose(usable, head, exact=self.exact)
        verdict.unfitting = why
        if chosen is None:
            return None, None
        try:
            return chosen, chosen.compiled()
        except DataError as error:
            verdict.unusable.append(error.message)
            return None, None

    def _walk(self, source: _Source, document: Path, rules: Any, verdict: Verdict, place: str) -> None:
        from lxml import etree

        before = f"{place}, " if place else ""
        parser = etree.XMLPullParser(
            ("end",), schema=rules, resolve_entities=is_plain(document, self.name), no_network=True, load_dtd=False,
            remove_comments=True, remove_pis=True, huge_tree=False,
        )  # fmt: skip
        bound = set(self.codes.names())
        attributes = {name for name in bound if name.startswith("@")}
        line = told = 0
        try:
            # Line by line: libxml2 does not say where a fault is when it validates what it reads.
            for number, piece in enumerate(source.pieces()):
                line += 1
                parser.feed(piece)
                for _, element in parser.read_events():
                    if bound:
                        self._look(element, bound, attributes, verdict, before)
                    _forget(element)
                if len(parser.feed_error_log) > told:
                    for each in list(parser.feed_error_log)[told:]:
                        told += 1
                        if each.domain == etree.ErrorDomains.SCHEMASV:
                            verdict.add(f"{before}line {line:,}", _NAMESPACE.sub("", each.message))
                line -= not piece.endswith(b"\n")
                if number % _OFTEN == 0:
                    self.stop.check()
                    self.advance(source.read_bytes)
                if verdict.full:
                    return
        except etree.LxmlError:
            # It is not well-formed, which who reads it tells.
            return

    def _look(self, element: Element, bound: set[str], attributes: set[str], verdict: Verdict, before: str) -> None:
        local = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
        values = [(local, element.text or "", element.getparent())] if local in bound else []
        values += [(f"@{name}", element.get(name, ""), element) for each in attributes if (name := each[1:])]
        for name, value, within in values:
            if not value.strip():
                continue
            for above, codes in self.codes.paths(name):
                if _stands_in(within, above):
                    field = "/".join((*above, name))
                    self.codes.look(verdict, codes, f"{before}line {element.sourceline or 0:,}", field, value)


def _forget(element: Element) -> None:
    """Give back the memory of the children of the root's children: what they were is of no interest any more."""
    parent = element.getparent()
    above = None if parent is None else parent.getparent()
    if parent is not None and above is not None and above.getparent() is None:
        element.clear()
        while element.getprevious() is not None:
            del parent[0]


def _stands_in(element: Element | None, names: Sequence[str]) -> bool:
    for name in reversed(names):
        if element is None or not isinstance(element.tag, str) or element.tag.rpartition("}")[2] != name:
            return False
        element = element.getparent()
    return True


class _Source:
    """A file of which the beginning may be another than on disk, and the end nearer."""

    def __init__(self, start: bytes, file: BinaryIO, most: int | None) -> None:
        self._start, self._file = start, file
        self._most = most
        self.read_bytes = 0

    def pieces(self) -> Iterator[bytes]:
        """Yield the lines, and of what is longer than any line the pieces."""
        head = BytesIO(self._start)
        del self._start
        for file in (head, self._file):
            while piece := file.readline(_LONGEST):
                self.read_bytes += len(piece)
                if self._most is not None and self.read_bytes > self._most:
                    return
                yield piece


def _renamed(start: bytes, namespace: str, wanted: str) -> bytes | None:
    """Return the beginning of a document with another namespace in the tag of its root; None where that is too hard."""
    if start.startswith(_WIDE):
        return None
    at = _root_at(start)
    tag = None if at is None else _TAG.match(start, at)
    if at is None or tag is None:
        return None
    text = tag[0]
    if not namespace:
        name = re.match(rb"<[^\s/>]+", text)
        cut = name.end() if name else 0
        changed = text[:cut] + b' xmlns="' + wanted.encode() + b'"' + text[cut:]
    else:
        declared = re.compile(
            rb"""(xmlns(?::[^\s=]+)?\s*=\s*["'])""" + re.escape(namespace.encode()) + rb"""(?=["'])"""
        )
        changed = declared.sub(lambda match: match[1] + wanted.encode(), text)
        if wanted == "" or changed == text:
            return None
    return start[:at] + changed + start[tag.end() :]


class _Met(Exception):
    """The root begins."""


def _root_at(start: bytes) -> int | None:
    parser = expat.ParserCreate()
    found = None

    def met(*_: object) -> None:
        nonlocal found
        found = parser.CurrentByteIndex
        raise _Met

    parser.StartElementHandler = met
    try:
        parser.Parse(start, False)
    except _Met:
        return found
    except (expat.ExpatError, LookupError, ValueError):
        return None
    return None
