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
    newlines = codes == _NEWLINE
    delimiters = _places(codes, dialect.delimiter)
    separators = np.flatnonzero(newlines | delimiters)
    returns = np.flatnonzero(codes == _RETURN) if b"\r" in data else np.zeros(0, np.intp)
    quoted = bool(dialect.quote) and dialect.quote in data
    if quoted:
        quotes = np.flatnonzero(codes == dialect.quote[0])
        if len(quotes) % 2:
            whole = _before_open_quote(newlines, separators, quotes)
            return examine(data[:whole], dialect, width, line_end) if whole else None
        if not _quotes_fit(codes, quotes, delimiters, len(dialect.delimiter)):
            return None
        separators = separators[_outside(separators, quotes)]
        returns = returns[_outside(returns, quotes)]
    ends = _ends_of_records(separators, newlines, width, None if data.endswith(line_end) else len(data))
    if ends is None:
        return None
    lines = ends if data.endswith(line_end) else ends[:-1]
    if not _line_ends_fit(codes, lines, returns, line_end):
        return None
    if line_end == b"\r\n":
        ends = np.concatenate([lines - 1, ends[len(lines) :]])
    starts = np.concatenate([np.zeros(1, ends.dtype), ends[:-1] + len(line_end)])
    lengths = ends - starts
    if lengths.min() <= 0:
        return None
    # Inside quotes, too, lines end, and in any of the ways.
    line_ends = len(lines)
    if quoted:
        line_ends = data.count(b"\n") + (data.count(b"\r") - data.count(b"\r\n") if b"\r" in data else 0)
    return Piece(data, ends, line_end, line_ends, int(lengths.max()))


def _ends_of_records(
    separators: NDArray[np.intp], newlines: NDArray[np.bool_], width: int, last_end: int | None
) -> NDArray[np.intp] | None:
    """Return the ends of records of ``width`` columns; None where they have other numbers of columns.

    Of all separators in their order, every ``width``-th must be a newline, and no other may be one. ``last_end`` is
    that of a last record without a line end.
    """
    import numpy as np

    breaks = newlines[separators]
    if last_end is not None:
        separators, breaks = np.append(separators, last_end), np.append(breaks, True)
    if len(separators) % width or int(np.count_nonzero(breaks)) * width != len(separators):
        return None
    return separators[width - 1 :: width] if breaks[width - 1 :: width].all() else None


def _outside(places: NDArray[np.intp], quotes: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether each of these places, in rising order, has an even number of quotes before it."""
    import numpy as np

    # Quotes are fewer than separators: each is looked for among the places, and not the other way round.
    turns = np.bincount(np.searchsorted(places, quotes), minlength=len(places) + 1)[: len(places)]
    even: NDArray[np.bool_] = np.cumsum(turns) % 2 == 0
    return even


def _before_open_quote(newlines: NDArray[np.bool_], separators: NDArray[np.intp], quotes: NDArray[np.intp]) -> int:
    """Return the size of the whole records before the quote that nothing closes; 0 where there are none."""
    outside = separators[_outside(separators, quotes)]
    lines = outside[newlines[outside]]
    return int(lines[-1]) + 1 if len(lines) else 0


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
