"""An XML document held against lists of codes, and the schema that is for it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from core.errors import DataError
from core.exchange.formats.official.xml_walk import XmlWalk
from core.exchange.formats.official.xsd import choose, read_xsd
from core.exchange.recognition.xml_head import read_xml_head
from core.exchange.sql_errors import disk_errors
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from core.exchange.formats.official.codes import CodeLists
    from core.exchange.formats.official.verdict import Verdict
    from core.exchange.formats.official.xsd import Xsd
    from core.exchange.recognition.xml_head import XmlHead
    from core.stop import StopToken

_HEAD = 1 << 20
"""Bytes in which the root and its children must begin, by which a schema is chosen."""
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
    records: Mapping[str, str] = field(default_factory=dict)
    """The elements that are records, each with the one in it that says which."""
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
        XmlWalk(
            document, self.name, _HEAD, start, head.root, rules, self.codes, f"{place}, " if place else "", self.stop,
            self.records, self.most, self.advance,
        ).look(verdict)  # fmt: skip

    def _schema(self, head: XmlHead, verdict: Verdict) -> tuple[Xsd | None, Any]:
        usable, broken = [], list[str]()
        for path in self.schemas:
            try:
                usable.append(read_xsd(path))
            except DataError as error:
                broken.append(error.message)
        chosen, rules = None, None
        if usable:
            chosen, verdict.unfitting = choose(usable, head, exact=self.exact)
        if chosen is not None:
            try:
                rules = chosen.compiled()
            except DataError as error:
                broken.append(error.message)
        # One that is broken may be the one for the file, unless another one is.
        told = verdict.unusable if rules is None else verdict.spare
        told += [each for each in broken if each not in told]
        return (None, None) if rules is None else (chosen, rules)


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
