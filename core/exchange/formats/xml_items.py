"""XML documents as a stream of items: the elements that are records, one after another, in memory that stays flat.

Names are local names, whatever the namespace: files in the field have another than their schema, or none. Nothing is
fetched, no document type is loaded, and entities of the document's own are put in place only where they are plain text:
what builds entities out of entities, or points elsewhere, is refused.

    for item in xml_items(path, {"HEADER", "ARTICLE"}, openings={"T_UPDATE_PRICES"}, name=name, stop=stop):
        if item.name == "ARTICLE":
            number = text_at(item.element, "SUPPLIER_AID")

An element that is not named, and stands beside items, is forgotten when the next item ends: name all that matter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from core.errors import DataError
from core.exchange.sql_errors import disk_errors
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from io import BufferedIOBase
    from pathlib import Path

    from lxml.etree import _Element as Element

    from core.stop import StopToken

_OFTEN = 500
_LONGEST_TAG = 200
_STEP = 1 << 20
_PROLOG = 4 << 20
"""Bytes in which the root element must begin."""
_PIECE = 1 << 16
_LONGEST_ENTITY = 1000
_PREDEFINED = ("amp", "lt", "gt", "quot", "apos")
_NO_MEMORY = expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]
_AT = re.compile(r",? line \d+, column \d+( \(.*\))?$")


@dataclass(slots=True)
class XmlItem:
    """An element that was asked for. It is emptied when the next one is asked for."""

    element: Element
    name: str
    """Its local name."""
    line: int
    number: int
    """Which of all items of the document it is, from 1; 0 for an opening."""
    opening: bool = False
    """Only its tag with the attributes was read yet."""


def xml_items(
    path: Path,
    names: Collection[str],
    *,
    name: str,
    stop: StopToken,
    openings: Collection[str] = (),
    advance: Callable[[int], None] = lambda _: None,
    opened: BufferedIOBase | None = None,
) -> Iterator[XmlItem]:
    """Yield each outermost element with one of these local names, whole; and of ``openings``, the tag as it is met.

    ``name`` is what the file is called in messages; ``advance`` is told how many bytes were read. An item inside an
    item is part of it, and not yielded. ``opened`` is read in place of the file itself, where a part of it is wanted.

    Raises:
        DataError: it is no XML, not well-formed, cut off, nested too deep, or builds entities; with the line.
        EngineError: the file cannot be read.
        MemoryError: it takes more memory than there is.
        StopRequested: a stop was asked for.
    """
    from lxml import etree

    resolve = is_plain(path, name)
    tags = tuple(f"{{*}}{each}" for each in {*names, *openings})
    wanted = set(names)
    number, inside = 0, None
    with disk_errors(f"{name} cannot be read"), opened or path.open("rb") as file:
        stream = etree.iterparse(
            file,
            ("start", "end"),
            tag=tags,
            resolve_entities=resolve,
            no_network=True,
            load_dtd=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            for event, element in stream:
                if inside is not None and element is not inside:
                    continue
                local = local_name(element)
                if event == "start":
                    if local in wanted:
                        inside = element
                    else:
                        yield XmlItem(element, local, element.sourceline or 0, 0, opening=True)
                elif inside is not None:
                    number += 1
                    if not resolve and (left := next(element.iter(etree.Entity), None)) is not None:
                        raise _unresolved(left, name)
                    if number % _OFTEN == 1:
                        stop.check()
                        advance(file.tell())
                    yield XmlItem(element, local, element.sourceline or 0, number)
                    inside = None
                    _forget(element)
        except etree.XMLSyntaxError as error:
            if error.code == etree.ErrorTypes.ERR_NO_MEMORY:
                # It is no fault of the document.
                raise MemoryError from error
            raise _broken(error, name) from error


def _forget(element: Element) -> None:
    """Give back the memory of an item, and of what stands before it."""
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]


def _broken(error: Any, name: str) -> DataError:
    line = error.lineno or 1
    reason = clean(_AT.sub("", str(error.msg or error)), limit=200)
    if "Excessive depth" in reason:
        return DataError(f"{name} is nested too deep, at line {line:,}.", advice="No such file is meant to be.")
    if "amplification" in reason or "entity loop" in reason.lower() or "entity reference loop" in reason.lower():
        return _bomb(name, line)
    if "too long" in reason or "huge" in reason.lower():
        return DataError(
            f"{name} has a single text of more than 10 MB, at line {line:,}.", advice="Ask the sender for one without."
        )
    return DataError(
        f"{name} is not well-formed XML, at line {line:,}: {reason}.", advice="Ask the sender for the complete file."
    )


def _bomb(name: str, line: int) -> DataError:
    return DataError(
        f"{name} declares entities that are made of others, or of other files, at line {line:,}; nothing was read.",
        advice="No exchange file needs that: ask the sender what it is.",
    )


def _unresolved(entity: Any, name: str) -> DataError:
    return DataError(
        f"{name} has a text with the entity {clean(entity.text, limit=40)}, at line {entity.sourceline or 0:,}, "
        "whose meaning it does not plainly say.",
        advice="Ask the sender to write the characters themselves.",
    )


class _RootMet(Exception):
    """The root element begins."""


def is_plain(path: Path, name: str) -> bool:
    """Whether the entities of a document, if it has any, are known to be nothing but text, and may be put in place.

    Where it is not known (the document type has parameter entities, or an encoding that is not known here), entities
    are left alone, and an item in which one stands is refused.

    Raises:
        DataError: entities are made of entities, or of other files; or no root element is found.
        EngineError: the file cannot be read.
        MemoryError: it takes more memory than there is.
    """
    parser = expat.ParserCreate()
    plain = True

    def declared(entity: str, parameter: int, value: str | None, *_: object) -> None:
        nonlocal plain
        if parameter:
            plain = False
        elif entity not in _PREDEFINED and (value is None or "&" in value or len(value) > _LONGEST_ENTITY):
            raise _bomb(name, parser.CurrentLineNumber)

    def met(*_: object) -> None:
        raise _RootMet

    parser.EntityDeclHandler = declared
    parser.StartElementHandler = met
    with disk_errors(f"{name} cannot be read"), path.open("rb") as file:
        try:
            for _ in range(0, _PROLOG, _PIECE):
                data = file.read(_PIECE)
                parser.Parse(data, not data)
                if not data:
                    break
        except _RootMet:
            return plain
        except expat.ExpatError as error:
            raise _no_document(error, name) from error
        except (LookupError, ValueError):
            return False
    raise DataError(f"{name} is no XML document: no element was found at its beginning.")


def _no_document(error: expat.ExpatError, name: str) -> DataError | MemoryError:
    if error.code == _NO_MEMORY:
        return MemoryError()
    reason = clean(expat.errors.messages.get(error.code, "fault"), limit=100)
    return DataError(
        f"{name} is not well-formed XML, at line {error.lineno:,}: {reason}.",
        advice="Ask the sender for the complete file.",
    )


def count_items(path: Path, names: Collection[str], *, most: int = 1 << 26) -> tuple[dict[str, int], bool]:
    """Count elements that are not empty by local name, quickly and without parsing; say whether the file is not longer.

    They are counted by their end tags, also those in comments or CDATA; in UTF-16 nothing is found. Of a file of more
    than ``most`` bytes, that much is looked at, and of what was met in its latter half, the rest is estimated: the
    others stand at the beginning, such as groups before articles.
    """
    size, read, rest = path.stat().st_size, 0, b""
    tags: dict[str, bytes] = {}
    counts, met = dict.fromkeys(names, 0), dict.fromkeys(names, 0)
    with disk_errors(f"{clean(path.name)} cannot be read"), path.open("rb") as file:
        while read < most and (data := file.read(_STEP)):
            read += len(data)
            text = rest + data
            for name in names:
                if name not in tags and name.encode() in text and (first := _end_tag(name).search(text)):
                    tags[name] = first[0]
                if name in tags and (found := text.count(tags[name])):
                    counts[name] += found
                    met[name] = read
            # A tag may go on in the next piece; what is kept of this one is no whole tag.
            tail = text[-_LONGEST_TAG:]
            start = tail.rfind(b"<")
            rest = tail[start:] if start >= 0 and b">" not in tail[start:] else b""
    if read < size:
        going_on = {name for name, last in met.items() if last > read / 2}
        return {
            name: round(count * size / read) if name in going_on else count for name, count in counts.items()
        }, False
    return counts, True


def _end_tag(name: str) -> re.Pattern[bytes]:
    return re.compile(rb"</(?:[\w.-]+:)?" + name.encode() + rb">")


def rewrite_items(
    path: Path,
    names: Collection[str],
    keep: Collection[int],
    target: Path,
    *,
    repeated: Collection[str],
    stop: StopToken,
) -> None:
    """Copy a document, byte for byte, without the items that are ``repeated`` and not among the numbers to ``keep``.

    ``names`` are those that :func:`xml_items` was asked for, so that the numbers are the same. What is no item, and
    items of other names, such as the header, are kept.

    Raises:
        DataError: the document is not well-formed.
        EngineError: a file cannot be read or written.
        StopRequested: a stop was asked for.
    """
    with (
        disk_errors(f"{clean(target.name)} cannot be written"),
        path.open("rb") as file,
        target.open("wb") as out,
    ):
        dropped = _Dropped(set(names), set(keep), set(repeated))
        copied = 0
        with path.open("rb") as source:
            while True:
                stop.check()
                data = source.read(_STEP)
                dropped.parse(data, done=not data)
                for start, end in dropped.take():
                    _copy(file, out, start - copied)
                    file.seek(end - start, 1)
                    copied = end
                if not data:
                    break
        _copy(file, out, None)


def _copy(file: Any, out: Any, count: int | None) -> None:
    while count is None or count > 0:
        data = file.read(_STEP if count is None else min(count, _STEP))
        if not data:
            return
        out.write(data)
        if count is not None:
            count -= len(data)


class _Dropped:
    """Finds the bytes of the items that are left out."""

    def __init__(self, names: set[str], keep: set[int], repeated: set[str]) -> None:
        self._names, self._keep, self._repeated = names, keep, repeated
        self._number = 0
        self._depth = 0
        self._start: int | None = None
        """Where an item begins that is left out."""
        self._ended = False
        self._ranges: list[tuple[int, int]] = []
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = False
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.DefaultHandler = self._other

    def parse(self, data: bytes, *, done: bool) -> None:
        try:
            self._parser.Parse(data, done)
        except expat.ExpatError as error:
            raise DataError(f"The source is not well-formed XML, at line {error.lineno:,}.") from error
        if done:
            self._finish(self._parser.CurrentByteIndex)

    def take(self) -> list[tuple[int, int]]:
        """Return the ranges that were found since."""
        ranges, self._ranges = self._ranges, []
        return ranges

    def _finish(self, end: int) -> None:
        if self._ended and self._start is not None:
            self._ranges.append((self._start, end))
            self._start, self._ended = None, False

    def _begin(self, name: str, _: object) -> None:
        self._finish(self._parser.CurrentByteIndex)
        if self._depth:
            self._depth += 1
            return
        local = name.rpartition(":")[2]
        if local in self._names:
            self._depth = 1
            self._number += 1
            if local in self._repeated and self._number not in self._keep:
                self._start = self._parser.CurrentByteIndex

    def _end(self, _: str) -> None:
        self._finish(self._parser.CurrentByteIndex)
        if self._depth:
            self._depth -= 1
            # Where the end tag ends, the next event says; blanks behind it go with it.
            self._ended = self._depth == 0 and self._start is not None

    def _text(self, text: str) -> None:
        if self._ended and not text.isspace():
            self._finish(self._parser.CurrentByteIndex)

    def _other(self, _: str) -> None:
        self._finish(self._parser.CurrentByteIndex)


def local_name(element: Element) -> str:
    """Return the name of an element without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Element, *names: str) -> Iterator[Element]:
    """Yield the children with one of these local names, in their order."""
    for child in element:
        if local_name(child) in names:
            yield child


def text_of(element: Element | None) -> str:
    """Return the text of an element without the blanks around it; CDATA and entities are text as any."""
    return "" if element is None else (element.text or "").strip()


def text_at(element: Element, *path: str) -> str:
    """Return the text at a path of local names, of the first element at each step; empty where there is none."""
    for name in path:
        found = next(children(element, name), None)
        if found is None:
            return ""
        element = found
    return text_of(element)


def fragment(element: Element) -> str:
    """Return an element as XML by itself, without what stands behind it: for the field ``extension``."""
    from lxml import etree

    return etree.tostring(element, encoding="unicode", with_tail=False)
