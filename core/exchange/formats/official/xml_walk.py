"""The walk through an XML document that is held against a schema and lists of codes; memory stays flat."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from core.exchange.formats.official.verdict import MOST_FAULTS, Verdict
from core.exchange.formats.xml_items import is_plain
from core.exchange.sql_errors import disk_errors
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
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
    records: Mapping[str, str]
    """The elements that are records, each with the one in it that says which."""
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
        count = 0
        for _, messages in self._pieces_with_faults(of_codes, None):
            count += len(messages)
            if count >= MOST_FAULTS:
                break
        # libxml2 does not say where a fault is when it validates what it reads. To go line by line takes three times as
        # long, and is done as far as there are faults.
        for line, message, record in self._located(min(count, MOST_FAULTS)):
            verdict.add(f"{self.before}line {line:,}{record.in_words() if record else ''}", message)
        verdict.faults += of_codes.faults[: MOST_FAULTS - len(verdict.faults)]

    def _located(self, count: int) -> list[tuple[int, str, _Record | None]]:
        """Return the first faults by the schema with their lines, and each with the record that it is in."""
        found: list[tuple[int, str, _Record | None]] = []
        records = _Records(self.records)
        for line, messages in self._pieces_with_faults(None, records) if count else ():
            record = records.only()
            found += [(line, message, record) for message in messages]
            # What a record is called may stand behind what is wrong with it.
            if len(found) >= count and not any(each and each.is_waited_for for _, _, each in found[:count]):
                break
        return found[:count]

    def _pieces_with_faults(
        self, of_codes: Verdict | None, records: _Records | None
    ) -> Iterator[tuple[int, list[str]]]:
        """Yield for each piece its line and the faults by the schema, and note those of codes.

        With ``records`` a piece is a line, and they are told which records it is about.
        """
        from lxml import etree

        lines = records is not None
        bound = set(self.codes.names()) if of_codes is not None else set()
        names = bound if records is None else records.names
        # Only for elements that are looked at, Python is asked; attributes may be of any.
        every = any(each.startswith("@") for each in bound)
        parser = etree.XMLPullParser(
            ("start", "end"), tag=None if every else [f"{{*}}{each}" for each in (self.root, *names)],
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
            if records is not None:
                records.begin_piece()
            for event, element in parser.read_events() if well_formed else ():
                root = element if root is None else root
                if records is not None:
                    records.take(event, element)
                elif of_codes is not None and event == "end":
                    self._look(element, bound, of_codes)
            messages = []
            if len(parser.feed_error_log) > told:
                faults = list(parser.feed_error_log)[told:]
                told += len(faults)
                messages = [_in_words(each.message) for each in faults if each.domain == etree.ErrorDomains.SCHEMASV]
            yield line, messages
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
                    place += _record_around(element, self.records)
                    self.codes.look(verdict, codes, place, field, value)


@dataclass(slots=True)
class _Record:
    """A record that is open, or was."""

    name: str
    key: str = ""
    ended: bool = False

    @property
    def is_waited_for(self) -> bool:
        """Whether it is not known yet what it is called."""
        return not self.key and not self.ended

    def in_words(self) -> str:
        """Return which it is, as it stands behind a line; empty where it does not say."""
        return f", {self.name} {clean(self.key, limit=40)}" if self.key else ""


class _Records:
    """Which record is open, and which ones a piece of a document is about."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self.names = {*keys, *keys.values()}
        self._keys = keys
        self._open: _Record | None = None
        self._depth = 0
        self._met: list[_Record] = []

    def begin_piece(self) -> None:
        """Forget those of the piece before."""
        self._met = [self._open] if self._open is not None else []

    def only(self) -> _Record | None:
        """Return the record that the piece is about; None where it is about none, or several."""
        return self._met[0] if len(self._met) == 1 else None

    def take(self, event: str, element: Element) -> None:
        """Take in that an element begins or ends."""
        name = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
        if name in self._keys and event == "start":
            self._depth += 1
            if self._open is None:
                self._open = _Record(name)
                self._met.append(self._open)
        elif name in self._keys:
            self._depth -= 1
            if not self._depth and self._open is not None:
                self._open.ended, self._open = True, None
        elif event == "end" and (found := self._open) is not None and not found.key:
            found.key = (element.text or "").strip() if name == self._keys[found.name] else ""


def _record_around(element: Element, keys: Mapping[str, str]) -> str:
    """Return in which record an element is, as it stands behind a line; the key of one stands before what it says."""
    around: Element | None = element
    while around is not None:
        name = around.tag.rpartition("}")[2] if isinstance(around.tag, str) else ""
        if name in keys:
            key = next((each.text or "" for each in around.iter(f"{{*}}{keys[name]}")), "")
            return _Record(name, key.strip()).in_words()
        around = around.getparent()
    return ""


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
