"""The walk through an XML document that is held against a schema and lists of codes; memory stays flat."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Any

from core.exchange.formats.official.verdict import MOST_FAULTS, Verdict
from core.exchange.formats.xml_items import is_plain
from core.exchange.sql_errors import disk_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from lxml.etree import _Element as Element

    from core.exchange.formats.official.codes import CodeLists
    from core.stop import StopToken

_STEP = 1 << 18
"""Bytes, after which what was read is forgotten."""
_PIECE = 1 << 16
"""Bytes that are read at once; of a line, at most."""
_NAMESPACE = re.compile(r"\{[^{}'\s]+\}")
_VALUES = re.compile(r"is not an element of the set \{.{100,}", re.DOTALL)


@dataclass(slots=True)
class XmlWalk:
    """A document, and what it is held against."""

    document: Path
    name: str
    """What it is called in messages."""
    replaced: int
    """Bytes of the document on disk for which ``start`` stands."""
    start: bytes
    """The beginning of the document, which may be another than on disk."""
    root: str
    """The local name of its root."""
    rules: Any
    """The schema of lxml, or None."""
    codes: CodeLists
    before: str
    """What is told before the line of a fault."""
    stop: StopToken
    most: int | None
    """Bytes that are looked at; None for all."""
    advance: Callable[[int], None]

    def look(self, verdict: Verdict) -> None:
        """Note the first faults: of the schema, and of codes.

        Raises:
            EngineError: the document cannot be read.
            StopRequested: a stop was asked for.
        """
        of_codes = Verdict()
        found = sum(1 for _ in islice(self._faults(of_codes, lines=False), MOST_FAULTS))
        # libxml2 does not say where a fault is when it validates what it reads. To go line by line takes three times as
        # long, and is done as far as there are faults.
        for line, message in islice(self._faults(None, lines=True), found):
            verdict.add(f"{self.before}line {line:,}", message)
        verdict.faults += of_codes.faults[: MOST_FAULTS - len(verdict.faults)]

    def _faults(self, of_codes: Verdict | None, *, lines: bool) -> Iterator[tuple[int, str]]:
        """Yield the faults by the schema, with their lines if these are wanted; note those of codes."""
        from lxml import etree

        bound = set(self.codes.names()) if of_codes is not None else set()
        # Only for elements that are looked at, Python is asked; attributes may be of any.
        every = any(each.startswith("@") for each in bound)
        parser = etree.XMLPullParser(
            ("start", "end"), tag=None if every else [f"{{*}}{each}" for each in (self.root, *bound)],
            schema=self.rules, resolve_entities=is_plain(self.document, self.name), no_network=True, load_dtd=False,
            remove_comments=True, remove_pis=True, huge_tree=False,
        )  # fmt: skip
        root: Element | None = None
        told, read, cleared, well_formed = 0, 0, 0, True
        for line, piece in self._pieces(lines=lines):
            try:
                parser.feed(piece)
            except etree.LxmlError:
                # That it is not well-formed, who reads it tells.
                well_formed = False
            for event, element in parser.read_events() if well_formed else ():
                root = element if root is None else root
                if of_codes is not None and event == "end":
                    self._look(element, bound, of_codes)
            if len(parser.feed_error_log) > told:
                faults = list(parser.feed_error_log)[told:]
                told += len(faults)
                yield from (
                    (line, _in_words(each.message)) for each in faults if each.domain == etree.ErrorDomains.SCHEMASV
                )
            read += len(piece)
            if read - cleared >= _STEP:
                cleared = read
                self.stop.check()
                self.advance(read)
                _forget(root)
            if not well_formed or (of_codes is not None and of_codes.full):
                return

    def _pieces(self, *, lines: bool) -> Iterator[tuple[int, bytes]]:
        """Yield the lines, or pieces of a size, with the number of the line."""
        line, read = 1, 0
        with disk_errors(f"{self.name} cannot be read"), self.document.open("rb") as rest:
            rest.seek(self.replaced)
            for file in (BytesIO(self.start), rest):
                while piece := file.readline(_PIECE) if lines else file.read(_PIECE):
                    read += len(piece)
                    if self.most is not None and read > self.most:
                        return
                    yield line, piece
                    line += piece.endswith(b"\n")

    def _look(self, element: Element, bound: set[str], verdict: Verdict) -> None:
        local = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
        values = [(local, element.text or "", element.getparent())] if local in bound else []
        values += [(f"@{each}", value, element) for each, value in element.items() if f"@{each}" in bound]
        for name, value, within in values:
            for above, codes in self.codes.paths(name):
                if _stands_in(within, above):
                    place, field = f"{self.before}line {element.sourceline or 0:,}", "/".join((*above, name))
                    self.codes.look(verdict, codes, place, field, value)


def _in_words(message: str) -> str:
    """Return what libxml2 says of a fault, without namespaces, and without all the values that there may be."""
    return _VALUES.sub("is none of those that it may have.", _NAMESPACE.sub("", message))


def _forget(root: Element | None) -> None:
    """Give back the memory of what was read: but for the last, the children of the root, and the children of that."""
    element = root
    for _ in range(2):
        if element is None or not len(element):
            return
        del element[:-1]
        element = element[0]


def _stands_in(element: Element | None, names: Sequence[str]) -> bool:
    for name in reversed(names):
        if element is None or not isinstance(element.tag, str) or element.tag.rpartition("}")[2] != name:
            return False
        element = element.getparent()
    return True
