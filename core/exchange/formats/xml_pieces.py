"""Where a large XML document can be cut, without parsing it: between two items of the same name that follow each other.

In the content of a document each ``<`` begins markup, and an attribute has none (XML 1.0, productions 10 and 43). So an
end tag that stands in no comment, CDATA section or processing instruction is one; what is parsed later, piece by piece,
shows whether a piece is as many whole items as were counted here. Who finds it otherwise has the document read whole.
"""

from __future__ import annotations

import io
import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.parsers import expat

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Iterator
    from pathlib import Path

_STEP = 1 << 16
_LARGEST_HEAD = 1 << 26
_LARGEST_PIECE = 1 << 24
_AT_ONCE = 1 << 15
"""Bytes that a parser is given at a time: what it makes of more would have left the cache of the processor by then."""
_TRIES = 20
_ENCODING = re.compile(r"utf-8|us-ascii|iso-8859-\d+|windows-125\d", re.IGNORECASE)
"""Those in which an ASCII byte is never a part of another character."""
_HIDING = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)
_HIDES = re.compile(rb"<[!?]")


@dataclass(frozen=True, slots=True)
class Cut:
    """Where the first item begins of those that a document has many of."""

    path: Path
    start: int
    name: bytes
    """Of the item, as its tags have it."""

    def pieces(self, size: int) -> Iterator[Piece]:
        """Yield pieces of whole items, of about this size, from the first one on; the last item is in none of them."""
        closing, opening = b"</" + self.name + b">", re.compile(rb"\s*<" + re.escape(self.name) + rb"[\s/>]")
        with self.path.open("rb") as file:
            start, number, wanted = self.start, 0, size
            while True:
                file.seek(start)
                data = file.read(wanted)
                shown = _shown(data)
                if end := _last_between(shown, closing, opening):
                    number += 1
                    yield Piece(number, start, data[:end], shown.count(closing, 0, end))
                    start, wanted = start + end, size
                elif len(data) == wanted and wanted < _LARGEST_PIECE:
                    wanted *= 4
                else:
                    return


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole items that follow each other."""

    number: int
    """From 1."""
    start: int
    text: bytes
    items: int

    @property
    def end(self) -> int:
        """Where the next one begins."""
        return self.start + len(self.text)


class _Met(Exception):
    """The first item begins."""


def find_cut(path: Path, names: Collection[str]) -> Cut | None:
    """Return where the first item begins; None where the document must be read whole.

    That is one with a document type, whose entities and limits are those of a whole document; in an encoding in which
    tags cannot be found as bytes; and one that is broken, or has no such item soon enough.
    """
    parser = expat.ParserCreate()
    found: list[Cut] = []

    def declared(_: str, encoding: str | None, __: int) -> None:
        if encoding is not None and not _ENCODING.fullmatch(encoding):
            raise _Met

    def doctype(*_: object) -> None:
        raise _Met

    def begins(name: str, _: object) -> None:
        if name.rpartition(":")[2] in names:
            found.append(Cut(path, parser.CurrentByteIndex, name.encode()))
            raise _Met

    parser.XmlDeclHandler = declared
    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = begins
    with path.open("rb") as file:
        try:
            for _ in range(0, _LARGEST_HEAD, _STEP):
                data = file.read(_STEP)
                parser.Parse(data, not data)
                if not data:
                    break
        except (_Met, expat.ExpatError, LookupError, ValueError):
            pass
        if not found:
            return None
        file.seek(found[0].start)
        # Not so in UTF-16, which expat reads without a declaration.
        beginning = b"<" + found[0].name
        return found[0] if file.read(len(beginning)) == beginning else None


def _shown(data: bytes) -> bytes:
    """Return the text with blanks for what tags may hide in, up to where such a thing does not end."""
    if not _hides(data, b"!") and not _hides(data, b"?"):
        return data
    shown = _HIDING.sub(lambda found: b" " * len(found[0]), data)
    left = _HIDES.search(shown)
    return shown[: left.start()] if left else shown


def _hides(data: bytes, mark: bytes) -> bool:
    """Whether ``<`` stands before a character anywhere; it takes a tenth of the time of looking for both together."""
    at = data.find(mark)
    while at >= 0:
        if data[at - 1 : at] == b"<":
            return True
        at = data.find(mark, at + 1)
    return False


def _last_between(shown: bytes, closing: bytes, opening: re.Pattern[bytes]) -> int:
    """Return the last place between two items; 0 where there is none."""
    end = len(shown)
    for _ in range(_TRIES):
        end = shown.rfind(closing, 0, end)
        if end < 0:
            return 0
        after = end + len(closing)
        if opening.match(shown, after):
            return after
    return 0


class Shares(io.BufferedIOBase):
    """A document for a parser, in which some pieces are nothing but as many line ends, and each ends with a marker.

    So lines are those of the whole document, and the parser meets the pieces in their order, among all else.
    """

    def __init__(self, cut: Cut, size: int, marker: str, mine: Callable[[int], bool], *, to_end: bool) -> None:
        """``mine`` says by its number whether a piece is to be there; without ``to_end``, what follows is not."""
        super().__init__()
        self.at = 0
        """How many bytes of the document were given, or passed over."""
        self.ended: deque[Piece | None] = deque()
        """What the next markers stand behind: all before the first item, each of the pieces, and all of them (None).
        Whoever meets a marker takes it."""
        self._marker = marker
        self._texts = self._all(cut, size, mine, to_end=to_end)

    def read(self, _: int | None = -1, /) -> bytes:
        """Return some bytes, however many are asked for; none at the end."""
        return next(self._texts, b"")

    def tell(self) -> int:
        """Return how many bytes were given."""
        return self.at

    def close(self) -> None:
        """Close the file."""
        self._texts.close()
        super().close()

    def _all(self, cut: Cut, size: int, mine: Callable[[int], bool], *, to_end: bool) -> Generator[bytes, None, None]:
        with cut.path.open("rb") as file:
            while self.at < cut.start and (data := file.read(min(_AT_ONCE, cut.start - self.at))):
                self.at += len(data)
                yield data
            yield self._marked(Piece(0, 0, b"", 0))
            for piece in cut.pieces(size):
                text = piece.text if mine(piece.number) else b"\n" * piece.text.count(b"\n")
                for place in range(0, len(text), _AT_ONCE):
                    yield text[place : place + _AT_ONCE]
                self.at = piece.end
                yield self._marked(piece)
            yield self._marked(None)
            file.seek(self.at)
            while to_end and (data := file.read(_AT_ONCE)):
                self.at += len(data)
                yield data

    def _marked(self, piece: Piece | None) -> bytes:
        self.ended.append(piece)
        return f'<{self._marker} piece="{piece.number if piece else ""}"/>'.encode()
