"""Lines of fixed width, as PAB and ICC have them: every field at its positions, without a separator.

Text is ISO 8859-1 by the book; in the field it is Windows-1252, or UTF-8. A line is decoded by itself: as UTF-8 where
it is that and not plain ASCII, else as Windows-1252, with ISO 8859-1 for the bytes that have no meaning there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.exchange.codes.unfit import Unfit
from core.exchange.sql_errors import disk_errors
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from core.stop import StopToken

_STEP = 1 << 20
_OFTEN = 5000
_LINE_END = re.compile(rb"\r\n|\n|\r")
_LONGEST = 1 << 20
"""Bytes after which what has no line end is taken for a line all the same, so that memory stays flat."""
_DIGITS = re.compile(r"[0-9]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file that is not blank."""

    number: int
    """From 1, blank ones counted."""
    text: str
    """Without its line end and the blanks before that."""
    data: bytes
    """As it stands in the file, without its line end."""


@dataclass(frozen=True, slots=True)
class FixedField:
    """A field by its first and last position, from 1, as the standards count."""

    name: str
    first: int
    last: int
    numeric: bool = False
    """Numbers are written with zeros before them, text with blanks behind it."""

    @property
    def width(self) -> int:
        """How many characters it has."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class FixedRecord:
    """A kind of line."""

    name: str
    width: int
    fields: tuple[FixedField, ...]

    def values(self, text: str) -> dict[str, str]:
        """Return the text of each field without the blanks around it.

        Raises:
            Unfit: something stands behind the last position.
        """
        if len(text) > self.width and text[self.width :].strip():
            raise Unfit(f"is longer than the {self.width} characters of a line: {len(text):,}")
        return {field.name: text[field.first - 1 : field.last].strip() for field in self.fields}

    def line(self, values: Mapping[str, str]) -> str:
        """Return a line with these values; a field without one is blank.

        Raises:
            Unfit: a value is longer than its field, by the name of which the message begins.
        """
        cells = [" "] * self.width
        for field in self.fields:
            text = values.get(field.name, "")
            if len(text) > field.width:
                raise Unfit(f"{field.name} is longer than its {field.width} characters")
            if text:
                padded = text.rjust(field.width, "0") if field.numeric else text.ljust(field.width)
                cells[field.first - 1 : field.last] = padded
        return "".join(cells)


def fixed_lines(
    path: Path, *, name: str, stop: StopToken, advance: Callable[[int], None] = lambda _: None
) -> Iterator[Line]:
    """Yield the lines of a file that are not blank, whichever way they end.

    Raises:
        EngineError: the file cannot be read.
        StopRequested: a stop was asked for.
    """
    number, rest, read = 0, b"", 0
    with disk_errors(f"{name} cannot be read"), path.open("rb") as file:
        while True:
            stop.check()
            data = file.read(_STEP)
            read += len(data)
            text = rest + data
            # Whether a return at the end is followed by a line feed, the next piece says.
            held = b"\r" if data and text.endswith(b"\r") else b""
            pieces = _LINE_END.split(text[: len(text) - len(held)])
            rest = pieces.pop() + held
            if not data or len(rest) > _LONGEST:
                pieces.append(rest)
                rest = b""
            for piece in pieces:
                number += 1
                # The end of a file was once marked by Ctrl-Z.
                if (plain := piece.rstrip(b" \x1a\x00\r")) and (line := _decoded(plain, first=number == 1)):
                    yield Line(number, line, piece)
            advance(read)
            if not data:
                return


def _decoded(data: bytes, *, first: bool) -> str:
    if first and data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    if data.isascii():
        return data.decode("ascii")
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def count_lines(path: Path, *, most: int = 1 << 28) -> tuple[int, bool]:
    """Count the lines of a file, quickly; of a longer one than ``most`` bytes the number is estimated, and False."""
    size, read, lines, last = path.stat().st_size, 0, 0, b""
    with disk_errors(f"{clean(path.name)} cannot be read"), path.open("rb") as file:
        while read < most and (data := file.read(_STEP)):
            read += len(data)
            lines += data.count(b"\n")
            last = data[-1:]
    if read < size:
        return round(lines * size / read), False
    return lines + (last not in (b"", b"\n", b"\x1a")), True


def copy_lines(path: Path, target: Path, keep: Collection[int], *, stop: StopToken) -> None:
    """Copy the lines of these numbers, byte for byte, each with CR LF behind it.

    Raises:
        EngineError: a file cannot be read or written.
        StopRequested: a stop was asked for.
    """
    with disk_errors(f"{clean(target.name)} cannot be written"), target.open("wb") as out:
        for line in fixed_lines(path, name=clean(path.name), stop=stop):
            if line.number in keep:
                out.write(line.data.rstrip(b"\r") + b"\r\n")


def is_latin(text: str) -> bool:
    """Whether a text can be written in ISO 8859-1."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def implied(text: str, decimals: int) -> str:
    """Return a number whose decimal point is left out: ``05220`` with two decimals is ``52.2``; blank stays blank.

    Raises:
        Unfit: it has anything but digits.
    """
    if not text:
        return ""
    if not _DIGITS.fullmatch(text):
        raise Unfit("is no number of digits only")
    padded = text.rjust(decimals + 1, "0")
    whole, part = padded[: len(padded) - decimals].lstrip("0") or "0", padded[len(padded) - decimals :].rstrip("0")
    return f"{whole}.{part}" if part else whole


def without_point(number: str, decimals: int, width: int) -> str:
    """Return a number with so many decimals, and without its point: the opposite of :func:`implied`.

    Raises:
        Unfit: it is negative, has more decimals, or more digits than there is room for.
    """
    whole, _, part = number.partition(".")
    part = part.rstrip("0")
    if number.startswith("-"):
        raise Unfit("is negative")
    if len(part) > decimals:
        raise Unfit(f"has more than {decimals} decimals")
    digits = f"{whole}{part.ljust(decimals, '0')}".lstrip("0").rjust(width, "0")
    if len(digits) > width:
        raise Unfit(f"has more than {width - decimals} digits before the point")
    return digits
