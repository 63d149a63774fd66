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
    returns = codes == _RETURN if b"\r" in data else None
    if dialect.quote and dialect.quote in data:
        quotes = codes == dialect.quote[0]
        inside = np.logical_xor.accumulate(quotes)
        newlines &= ~inside
        if inside[-1]:
            cut = int(np.flatnonzero(newlines)[-1]) + 1 if newlines.any() else 0
            return examine(data[:cut], dialect, width, line_end) if cut else None
        if not _quotes_fit(codes, np.flatnonzero(quotes), delimiters, len(dialect.delimiter)):
            return None
        delimiters &= ~inside
        if returns is not None:
            returns &= ~inside
    ends = np.flatnonzero(newlines)
    if not _line_ends_fit(codes, ends, returns, line_end):
        return None
    if line_end == b"\r\n":
        ends = ends - 1
    if not data.endswith(line_end):
        ends = np.append(ends, len(data))
    starts = np.concatenate([np.zeros(1, ends.dtype), ends[:-1] + len(line_end)])
    lengths = ends - starts
    if lengths.min() <= 0 or not _columns_fit(np.flatnonzero(delimiters), starts, ends, width):
        return None
    # Line ends inside quotes may be of any kind; a carriage return there counts when no line feed follows it.
    line_ends = data.count(b"\n") + (data.count(b"\r") - data.count(b"\r\n") if returns is not None else 0)
    return Piece(data, ends, line_end, line_ends, int(lengths.max()))


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
    codes: NDArray[np.uint8], newlines: NDArray[np.intp], returns: NDArray[np.bool_] | None, line_end: bytes
) -> bool:
    import numpy as np

    if line_end == b"\n":
        return returns is None or not returns.any()
    if returns is None:
        return len(newlines) == 0
    if len(newlines) and newlines[0] == 0:
        return False
    return int(np.count_nonzero(returns)) == len(newlines) and bool((codes[newlines - 1] == _RETURN).all())


def _columns_fit(delimiters: NDArray[np.intp], starts: NDArray[np.intp], ends: NDArray[np.intp], width: int) -> bool:
    """Whether each record holds ``width - 1`` delimiters."""
    between = width - 1
    if len(delimiters) != len(ends) * between:
        return False
    if not between:
        return True
    return bool((delimiters[::between] >= starts).all() and (delimiters[between - 1 :: between] < ends).all())
