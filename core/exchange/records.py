r"""Where the records of a text lie: the exact reading of CSV, by which every other part goes.

The rules, in full:

- A line ends at ``\n``, ``\r\n`` or a lone ``\r``. A record ends with its line, unless a line end stands in quotes.
- A value is either without quotes, or begins and ends with one; inside, a quote is written twice.
- A line without a single character is no record and is not counted.
- A record whose quotes or number of columns are wrong is rejected *as its first line alone*; reading goes on at the
  next line. So a quote that is never closed costs one record and not the rest of the file.
- A record with a NUL byte or a character that cannot be decoded is rejected as a whole.
- A record of more than :data:`MAX_RECORD` bytes is rejected, without being held in memory.

Blocks in which nothing is wrong are proven so with numpy, as much at a time as a processor's cache holds; only
blocks with trouble in them are read record by record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from core.errors import DataError
from core.exchange.blocks import Piece, examine
from core.exchange.encoding import is_valid_utf8

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from core.exchange.blocks import Dialect

BLOCK = 1 << 18
SMALL_BLOCK = 1 << 15
MAX_RECORD = 16 << 20
_EXCERPT = 1000


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a record cannot be read. ``column`` counts from 0; ``None`` where it is about the whole record."""

    reason: str
    column: int | None = None
    value: bytes = b""


@dataclass(frozen=True, slots=True)
class Record:
    """A record where it lies in the text: ``raw`` without its line end, ``line`` counted from 1."""

    number: int
    line: int
    raw: bytes
    end: bytes
    fault: Fault | None = None
    whole: bool = True
    """Whether ``raw`` is all of it, and not the beginning of a record too long to be held."""


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the first record."""

    names: tuple[str, ...]
    """Of the header line; empty where the layout has none."""
    width: int
    """The number of columns that every record must have."""
    text: bytes
    """All of it, as it stands."""
    line_end: bytes
    simple: bool
    """Whether it is the header line and nothing else."""


@dataclass(frozen=True, slots=True)
class Block:
    """Records that follow one another: either all proven sound (``piece``), or each looked at (``records``)."""

    first_number: int
    first_line: int
    count: int
    size: int
    """Bytes of text, with line ends and blank lines."""
    piece: Piece | None = None
    records: Sequence[Record] = field(default=())

    def places(self, position: int) -> bytes:
        """Return where what follows each record begins, as the bytes of 64-bit integers.

        ``position`` is where the block begins, in which there must be no blank lines.
        """
        import numpy as np

        if self.piece is not None:
            following = self.piece.ends + (position + len(self.piece.line_end))
            following[-1] = position + len(self.piece.data)
        else:
            sizes = [len(record.raw) + len(record.end) for record in self.records]
            following = position + np.cumsum(sizes, dtype=np.int64)
        return following.astype(np.int64, copy=False).tobytes()

    def pick(self, wanted: Sequence[int]) -> Iterator[Record]:
        """Yield the records with these numbers, which must be rising and lie in this block."""
        if self.piece is None:
            for number in wanted:
                yield self.records[number - self.first_number]
            return
        line, position = self.first_line, 0
        for number in wanted:
            start, end, following = self.piece.bounds(number - self.first_number)
            line += count_line_ends(self.piece.data[position:start])
            position = start
            yield Record(number, line, self.piece.data[start:end], self.piece.data[end:following])


_LINE_END = re.compile(rb"\r\n|\n|\r")


def count_line_ends(data: bytes) -> int:
    """Return how many lines end in ``data``."""
    returns = data.count(b"\r")
    return data.count(b"\n") + (returns - data.count(b"\r\n") if returns else 0)


class RecordReader:
    """Cuts a text, given as chunks of UTF-8, into blocks of records."""

    def __init__(
        self,
        chunks: Iterable[bytes],
        dialect: Dialect,
        *,
        skip_lines: int,
        header: bool,
        name: str,
        width: int | None = None,
    ) -> None:
        """``width`` is the number of columns, where the first line of the file is not to tell it."""
        self._chunks = iter(chunks)
        self._dialect = dialect
        self._buffer = b""
        self._position = 0
        self._ended = False
        self._line = 1
        self._number = 1
        self._step = BLOCK
        self._width = width
        quote = re.escape(dialect.quote)
        self._closing = re.compile(b"[^%b]*+(?:%b%b[^%b]*+)*+%b" % ((quote,) * 5)) if quote else None
        self._plain = re.compile(b"(?:(?!%b)[^\r\n%b])*+" % (re.escape(dialect.delimiter), quote))
        self.head = self._read_head(skip_lines, header=header, name=name)
        self._width = self.head.width

    # -- the text ahead -------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        """Take in as much again as there is left, so that a long record is not gone over too often."""
        parts = [self._buffer[self._position :]]
        wanted, taken = len(parts[0]), 0
        while taken <= wanted and not self._ended:
            chunk = next(self._chunks, None)
            self._ended = chunk is None
            parts.append(chunk or b"")
            taken += len(parts[-1])
        self._buffer = b"".join(parts)
        self._position = 0

    def _may_grow(self) -> bool:
        return not self._ended and len(self._buffer) - self._position <= MAX_RECORD

    def _end_of_line(self, start: int) -> tuple[int, int] | None:
        """Return where the line's text ends and where the next line begins; None where that is not in the buffer."""
        match = _LINE_END.search(self._buffer, start)
        if match is None:
            return (len(self._buffer), len(self._buffer)) if self._ended else None
        if match.end() == len(self._buffer) and match.group() == b"\r" and not self._ended:
            return None
        return match.span()

    # -- the head -------------------------------------------------------------------------------------------------

    def _read_head(self, skip_lines: int, *, header: bool, name: str) -> Head:
        text = b""
        for _ in range(skip_lines):
            text += self._take_line()
        while (first := self._peek()) is not None and not first.raw:
            text += self._take_line()
        if first is None:
            raise DataError(
                f"{name} holds no {'header line' if header else 'record'}.",
                advice="Ask the sender for a file with content, or look at skip_lines in the layout.",
            )
        if self._width is not None and not header:
            return Head((), self._width, text, first.end or b"\n", simple=not text)
        if not header:
            if first.fault:
                raise DataError(
                    f"The first record of {name}, in line {first.line}, cannot be read: {first.fault.reason}.",
                    advice="It says how many columns the file has; mend it, or look at delimiter and quote.",
                )
            width = len(split_values(first.raw, self._dialect))
            return Head((), width, text, first.end or b"\n", simple=not text)
        if first.fault:
            raise DataError(
                f"The header of {name}, in line {first.line}, cannot be read: {first.fault.reason}.",
                advice="Look at delimiter, quote and encoding in the layout.",
            )
        simple = not text and count_line_ends(first.raw) == 0
        line = first.raw + first.end
        self._position += len(line)
        self._line += count_line_ends(line)
        names = tuple(value.decode() for value in split_values(first.raw, self._dialect))
        return Head(names, len(names), text + line, first.end or b"\n", simple)

    def _take_line(self) -> bytes:
        while (span := self._end_of_line(self._position)) is None:
            self._fill()
        line = self._buffer[self._position : span[1]]
        self._position = span[1]
        self._line += count_line_ends(line)
        return line

    def _peek(self) -> Record | None:
        """Return the next record, blank or not, without going past it; None at the end of the text."""
        while True:
            if self._position == len(self._buffer) and self._ended:
                return None
            if self._position < len(self._buffer) and (found := self._next()) is not None:
                return found
            self._fill()

    # -- the records ----------------------------------------------------------------------------------------------

    def blocks(self) -> Iterator[Block]:
        """Yield all records, in order. Two readers of one text yield the same records."""
        while True:
            while len(self._buffer) - self._position < BLOCK and not self._ended:
                self._fill()
            if self._position == len(self._buffer):
                return
            block = self._sound_block() or self._doubtful_block()
            if block is None:
                self._fill()
            else:
                self._number += block.count
                yield block

    def _sound_block(self) -> Block | None:
        """Return a block that is proven sound, or None where the text ahead is not, as far as can be seen quickly."""
        while True:
            start, limit = self._position, min(self._position + self._step, len(self._buffer))
            last = self._ended and limit == len(self._buffer)
            cut = limit if last else self._buffer.rfind(b"\n", start, limit) + 1
            piece = None
            if cut > start:
                piece = examine(self._buffer[start:cut], self._dialect, self.head.width, self.head.line_end)
            if piece is not None:
                break
            if self._step == SMALL_BLOCK:
                return None
            self._step = SMALL_BLOCK
        block = Block(self._number, self._line, piece.count, len(piece.data), piece)
        self._position += len(piece.data)
        self._line += piece.line_ends
        self._step = min(self._step * 2, BLOCK)
        return block

    def _doubtful_block(self) -> Block | None:
        """Return a block of records that were each looked at; None where the first needs more text than there is."""
        records: list[Record] = []
        stop = min(self._position + SMALL_BLOCK, len(self._buffer))
        line, number, size = self._line, self._number, 0
        while self._position < stop:
            found = self._next()
            if found is None:
                if not size:
                    return None
                break
            self._position += len(found.raw) + len(found.end)
            size += len(found.raw) + len(found.end)
            self._line += count_line_ends(found.raw) + bool(found.end)
            if found.fault is not None and len(found.raw) > MAX_RECORD:
                found = replace(found, raw=found.raw[:_EXCERPT], whole=False)
                self._leave_line()
            if found.raw or found.fault:
                records.append(replace(found, number=number))
                number += 1
        return Block(self._number, line, len(records), size, records=records)

    def _leave_line(self) -> None:
        """Go to the beginning of the next line where the line at hand was too long to be held in memory."""
        while self._buffer[self._position - 1 : self._position] not in (b"\n", b"\r"):
            span = self._end_of_line(self._position)
            if span is not None:
                self._line += span[1] > span[0]
                self._position = span[1]
                return
            # A carriage return at the very end may have its line feed in the next chunk.
            self._position = len(self._buffer) - self._buffer.endswith(b"\r")
            self._fill()

    def _next(self) -> Record | None:
        """Look at the record that begins at the position, blank or not; None where the buffer does not hold it."""
        start = self._position
        span = self._end_of_line(start)
        if span is None:
            return None if self._may_grow() else self._first_line((len(self._buffer), len(self._buffer)), _too_long())
        end, following = span
        if end - start > MAX_RECORD:
            return self._first_line(span, _too_long())
        columns: int | Fault | None
        if self._closing and self._buffer.find(self._dialect.quote, start, end) >= 0:
            outcome = self._quoted(start)
            if outcome is None:
                return None
            if isinstance(outcome, Fault):
                return self._first_line(span, outcome)
            columns, end, following = outcome
        else:
            columns = self._buffer.count(self._dialect.delimiter, start, end) + 1
        raw = self._buffer[start:end]
        fault = None
        if raw and self._width is not None and columns != self._width:
            few = "too few" if columns < self._width else "too many"
            return self._first_line(span, Fault(f"{few} columns: {columns} instead of {self._width}"))
        if b"\0" in raw or not is_valid_utf8(raw):
            fault = _bad_character(raw, self._dialect)
        return Record(self._number, self._line, raw, self._buffer[end:following], fault)

    def _first_line(self, span: tuple[int, int], fault: Fault) -> Record:
        raw = self._buffer[self._position : span[0]]
        return Record(self._number, self._line, raw, self._buffer[span[0] : span[1]], fault)

    def _quoted(self, start: int) -> tuple[int, int, int] | Fault | None:
        """Follow a record with quotes; return its columns, its end and the beginning of the next.

        None where the record goes on behind the end of the buffer.
        """
        buffer, delimiter, quote = self._buffer, self._dialect.delimiter, self._dialect.quote
        position, columns = start, 1
        while True:
            value_start = position
            quoted = buffer.startswith(quote, position)
            if quoted:
                match = self._closing.match(buffer, position + 1) if self._closing else None
                position = match.end() if match else len(buffer)
            else:
                match = self._plain.match(buffer, position)
                position = match.end() if match else position
            if len(buffer) - position < max(len(delimiter), 2) and self._may_grow():
                return None
            if quoted and match is None:
                return Fault("a quote is opened and never closed", columns - 1, buffer[value_start : value_start + 80])
            if position - start > MAX_RECORD:
                return _too_long()
            if buffer.startswith(delimiter, position):
                position += len(delimiter)
                columns += 1
                continue
            ending = _LINE_END.match(buffer, position)
            if ending or position == len(buffer):
                return columns, position, ending.end() if ending else position
            excerpt = buffer[value_start : position + 80].partition(b"\n")[0]
            reason = "text stands behind a closing quote" if quoted else "a quote stands inside a value without quotes"
            return Fault(reason, columns - 1, excerpt)


def _too_long() -> Fault:
    return Fault(f"longer than {MAX_RECORD >> 20} MB")


def _bad_character(raw: bytes, dialect: Dialect) -> Fault:
    for column, value in enumerate(split_values(raw, dialect)):
        if b"\0" in value:
            return Fault("holds a NUL byte", column, value)
        if not is_valid_utf8(value):
            return Fault("holds a character that the encoding does not know", column, value)
    return Fault("holds a character that the encoding does not know")


def split_values(raw: bytes, dialect: Dialect) -> list[bytes]:
    """Return the values of a sound record, without their quotes."""
    quote, delimiter = dialect.quote, dialect.delimiter
    if not quote or quote not in raw:
        return raw.split(delimiter)
    values: list[bytes] = []
    position = 0
    while True:
        if raw.startswith(quote, position):
            end = position + 1
            while raw.startswith(quote * 2, at := raw.index(quote, end)):
                end = at + 2
            values.append(raw[position + 1 : at].replace(quote * 2, quote))
            position = at + 1
        else:
            at = raw.find(delimiter, position)
            values.append(raw[position : at if at >= 0 else len(raw)])
            position = at if at >= 0 else len(raw)
        if position >= len(raw):
            return values
        position += len(delimiter)
