"""The quick proof, with numpy, that a piece of text holds nothing but sound records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.exchange.encoding import is_valid_utf8

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NEWLINE, _RETURN = 10, 13


@dataclass(frozen=True, slots=True)
class Dialect:
    """How values are separated and quoted: ``quote`` is one byte, or empty where quotes are plain text."""

    delimiter: bytes
    quote: bytes


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole records, proven sound: ``ends`` is where the text of each ends, without its line end."""

    data: bytes
    ends: NDArray[np.intp]
    line_end: bytes
    line_ends: int
    longest: int

    @property
    def count(self) -> int:
        """The number of records."""
        return len(self.ends)

    def bounds(self, index: int) -> tuple[int, int, int]:
        """Return where a record begins, where its text ends and where the next begins."""
        start = int(self.ends[index - 1]) + len(self.line_end) if index else 0
        end = int(self.ends[index])
        return start, end, min(end + len(self.line_end), len(self.data))


def examine(data: bytes, dialect: Dialect, width: int, line_end: bytes) -> Piece | None:
    """Return the sound records with which ``data`` begins, or None where they are not proven sound.

    ``data`` begins with a record and ends with a line end, or with the text. All lines must end with ``line_end``,
    none may be blank, and each record must have ``width`` columns. Where the last lines stand in open quotes, they are
    left to the next piece.
    """
    import numpy as np

    if b"\0" in data or line_end == b"\r" or not is_valid_utf8(data):
        return None
    codes = np.frombuffer(data, np.uint8)
    newlines = all_newlines = np.flatnonzero(codes == _NEWLINE)
    returns = np.flatnonzero(codes == _RETURN) if b"\r" in data else np.zeros(0, np.intp)
    quotes = np.flatnonzero(codes == dialect.quote[0]) if dialect.quote else np.zeros(0, np.intp)
    delimiters = _places(codes, dialect.delimiter)
    if len(quotes):
        newlines = newlines[_outside(newlines, quotes)]
        if len(quotes) % 2:
            return examine(data[: int(newlines[-1]) + 1], dialect, width, line_end) if len(newlines) else None
        if not _quotes_fit(codes, quotes, delimiters, len(dialect.delimiter)):
            return None
        returns = returns[_outside(returns, quotes)]
    if not _line_ends_fit(codes, newlines, returns, line_end):
        return None
    ends = newlines if data.endswith(b"\n") else np.append(newlines, len(data))
    starts = np.concatenate([np.zeros(1, ends.dtype), ends[:-1] + 1])
    if (_counted(delimiters, starts, quotes) != width - 1).any():
        return None
    if line_end == b"\r\n":
        ends = np.concatenate([newlines - 1, ends[len(newlines) :]])
    lengths = ends - starts
    if lengths.min() <= 0:
        return None
    line_ends = len(newlines)
    if len(quotes):
        # Inside quotes, too, lines end, and in any of the ways.
        line_ends = len(all_newlines) + (data.count(b"\r") - data.count(b"\r\n") if b"\r" in data else 0)
    return Piece(data, ends, line_end, line_ends, int(lengths.max()))


def _counted(delimiters: NDArray[np.bool_], starts: NDArray[np.intp], quotes: NDArray[np.intp]) -> NDArray[np.uint32]:
    """Return how many delimiters each record has outside of quotes."""
    import numpy as np

    marks = delimiters.view(np.uint8)
    if not len(quotes):
        return np.add.reduceat(marks, starts, dtype=np.uint32)
    # Counted from each place that matters to the next. No quote is a delimiter, so that where a record begins with one,
    # the nothing between the two counts as none.
    borders = np.sort(np.concatenate([starts, quotes]), kind="stable")
    counts: NDArray[np.uint32] = np.add.reduceat(marks, borders, dtype=np.uint32)
    counts[np.searchsorted(quotes, borders, side="right") % 2 == 1] = 0
    return np.add.reduceat(counts, np.searchsorted(borders, starts))


def _outside(places: NDArray[np.intp], quotes: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether each of these places has an even number of quotes before it."""
    import numpy as np

    even: NDArray[np.bool_] = np.searchsorted(quotes, places) % 2 == 0
    return even


def _places(codes: NDArray[np.uint8], delimiter: bytes) -> NDArray[np.bool_]:
    """Return at which bytes a delimiter begins."""
    found: NDArray[np.bool_] = codes == delimiter[0]
    for offset, code in enumerate(delimiter[1:], start=1):
        found[:-offset] &= codes[offset:] == code
        found[-offset:] = False
    return found


def _quotes_fit(codes: NDArray[np.uint8], quotes: NDArray[np.intp], delimiters: NDArray[np.bool_], width: int) -> bool:
    """Whether every opening quote begins a value and every closing one ends it, or both are a doubled quote."""
    opening, closing = quotes[0::2], quotes[1::2]
    begins = opening == 0
    before = codes[opening - 1]
    begins |= (before == _NEWLINE) | (before == codes[quotes[0]])
    begins |= delimiters[opening - width] & (opening >= width)
    if not begins.all():
        return False
    last = len(codes) - 1
    following = closing[closing < last] + 1
    after = codes[following]
    ends = (after == _NEWLINE) | (after == _RETURN) | (after == codes[quotes[0]]) | delimiters[following]
    return bool(ends.all())


def _line_ends_fit(
    codes: NDArray[np.uint8], newlines: NDArray[np.intp], returns: NDArray[np.intp], line_end: bytes
) -> bool:
    if line_end == b"\n":
        return not len(returns)
    if len(newlines) and newlines[0] == 0:
        return False
    return len(returns) == len(newlines) and bool((codes[newlines - 1] == _RETURN).all())
