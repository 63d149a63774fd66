"""How a text file seems to be written: a proposal for a layout, to be looked at by people, never used unseen."""

from __future__ import annotations

import codecs
import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import DataError
from core.exchange.blocks import Dialect
from core.exchange.encoding import open_text
from core.exchange.records import RecordReader, split_values
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from core.config.layouts import Encoding

_SAMPLE = 256 << 10
_ROWS = 200
DELIMITERS = (";", ",", "\t", "|", "¦", "§", "~", "^")
_DATES = {
    r"\d{4}-\d{1,2}-\d{1,2}": ("%Y-%m-%d",),
    r"\d{4}/\d{1,2}/\d{1,2}": ("%Y/%m/%d",),
    r"\d{8}": ("%Y%m%d",),
    r"\d{1,2}-\d{1,2}-\d{4}": ("%d-%m-%Y", "%m-%d-%Y"),
    r"\d{1,2}/\d{1,2}/\d{4}": ("%d/%m/%Y", "%m/%d/%Y"),
    r"\d{1,2}\.\d{1,2}\.\d{4}": ("%d.%m.%Y",),
}
_SPACES = " \u00a0\u2009\u202f"
_COMMA = re.compile(rf"[+-]?(?:\d{{1,3}}(?:[.'{_SPACES}]\d{{3}})+|\d+),\d+")
_POINT = re.compile(rf"[+-]?(?:\d{{1,3}}(?:[,'{_SPACES}]\d{{3}})+|\d+)\.\d+")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a file looks like, with its first records as they would be read."""

    encoding: Encoding
    delimiter: str
    quote: str
    header: bool
    decimal: str
    thousands: str
    date: str
    columns: tuple[str, ...]
    """The names of the header, or positions from 1."""
    rows: tuple[tuple[str, ...], ...]
    """The first records; cleaned, so that they may be shown."""
    doubts: tuple[str, ...]
    """What could be otherwise, in sentences."""


def propose(path: Path, *, rows: int = 10) -> Proposal:
    """Look at the beginning of a file and propose how it is to be read.

    Raises:
        DataError: the file is empty, cannot be read, or is no text.
    """
    encoding, doubts = _encoding(path)
    sample = _sample(path, encoding)
    delimiter, quote = _dialect(sample)
    records = list(_records(sample, delimiter, quote))
    if not records:
        raise DataError(f"{clean(path.name)} holds no records.", advice="Choose a file with content.")
    header = _has_header(records)
    body = records[1:] if header else records
    values = [value.strip() for record in body for value in record if value.strip()]
    written = written_values(values)
    _, date_doubts = _date(values)
    columns = records[0] if header else [str(position) for position in range(1, len(records[0]) + 1)]
    return Proposal(
        encoding=encoding,
        delimiter=delimiter,
        quote=quote,
        header=header,
        **written,
        columns=tuple(clean(name) for name in columns),
        rows=tuple(tuple(clean(value, limit=200) for value in record) for record in body[:rows]),
        doubts=(*doubts, *date_doubts),
    )


def written_values(values: Sequence[str]) -> dict[str, str]:
    """Return how numbers and dates are written in these values: ``decimal``, ``thousands`` and ``date`` of a layout."""
    decimal = "," if _count(_COMMA, values) > _count(_POINT, values) else "."
    return {"decimal": decimal, "thousands": _thousands(values, decimal), "date": _date(values)[0]}


def _encoding(path: Path) -> tuple[Encoding, list[str]]:
    try:
        with path.open("rb") as file:
            first = file.read(_SAMPLE)
    except OSError as error:
        raise DataError(f"{clean(path.name)} cannot be read: {clean(str(error.strerror))}.") from error
    if not first:
        raise DataError(f"{clean(path.name)} is empty.", advice="Choose a file with content.")
    if first.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", []
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", []
    if b"\0" in first:
        # Text of Latin letters has its zeros in every second byte.
        even, odd = first[0::2].count(0), first[1::2].count(0)
        if max(even, odd) < len(first) / 10 or min(even, odd) > max(even, odd) / 10:
            raise DataError(f"{clean(path.name)} is no text: it is full of NUL bytes.", advice="Choose a text file.")
        return ("utf-16-le" if odd > even else "utf-16-be"), ["UTF-16 without a byte order mark was told by its zeros."]
    try:
        codecs.getincrementaldecoder("utf-8")().decode(first)
    except UnicodeDecodeError:
        return _single_byte(first)
    return "utf-8", []


def _single_byte(data: bytes) -> tuple[Encoding, list[str]]:
    from charset_normalizer import from_bytes

    doubts = ["One byte a character: Windows-1252 and Latin-1 differ in few signs, such as € and typographic quotes."]
    guess = from_bytes(data, cp_isolation=["cp1252", "latin_1", "iso8859_15", "cp850", "cp1250", "mac_roman"]).best()
    if guess is not None and guess.encoding not in ("cp1252", "latin_1", "iso8859_15"):
        doubts.append(f"It may also be {guess.encoding}, which layouts do not know; ask the sender.")
    if any(0x80 <= code <= 0x9F for code in data):
        return "windows-1252", doubts
    return ("latin-1" if guess is not None and guess.encoding == "latin_1" else "windows-1252"), doubts


def _sample(path: Path, encoding: Encoding) -> bytes:
    sample = b""
    chunks = open_text(path, encoding).chunks()
    for chunk in chunks:
        sample += chunk
        if len(sample) >= _SAMPLE:
            # The last line is likely to be cut.
            return sample[: sample.rfind(b"\n") + 1] or sample
    return sample


def _records(sample: bytes, delimiter: str, quote: str) -> Iterator[list[str]]:
    """Yield the values of the first sound records."""
    dialect = Dialect(delimiter.encode(), quote.encode())
    try:
        reader = RecordReader([sample], dialect, skip_lines=0, header=False, name="The file")
    except DataError:
        return
    found = 0
    for block in reader.blocks():
        for record in block.pick(range(block.first_number, block.first_number + block.count)):
            if record.fault is None:
                yield [value.decode() for value in split_values(record.raw, dialect)]
                found += 1
            if found == _ROWS:
                return


def _dialect(sample: bytes) -> tuple[str, str]:
    """The delimiter and quote with which most is read: sound records times columns; with quotes where both do."""
    best, choice = 0, (",", '"')
    for quote in ('"', "", "'"):
        if quote and quote.encode() not in sample and quote != '"':
            continue
        for delimiter in DELIMITERS:
            rows = list(_records(sample, delimiter, quote))
            width = len(rows[0]) if rows else 0
            score = len(rows) * (width - 1)
            if score > best:
                best, choice = score, (delimiter, quote)
    return choice


def _has_header(records: Sequence[Sequence[str]]) -> bool:
    """A first line of different, filled names without a number or date among them."""
    names = [name.strip() for name in records[0]]
    numeric = re.compile(r"[+-]?[\d.,/:-]+")
    return all(names) and len(set(names)) == len(names) and not any(numeric.fullmatch(name) for name in names)


def _count(pattern: re.Pattern[str], values: Sequence[str]) -> int:
    return sum(1 for value in values if pattern.fullmatch(value))


def _thousands(values: Sequence[str], decimal: str) -> str:
    """The sign between groups of three digits, where a number has both it and decimals and so leaves no doubt."""
    for sign in (".", ",", "'", " "):
        written = f"[{_SPACES}]" if sign == " " else re.escape(sign)
        pattern = re.compile(rf"[+-]?\d{{1,3}}(?:{written}\d{{3}})+{re.escape(decimal)}\d+")
        if sign != decimal and _count(pattern, values):
            return sign
    return ""


def _date(values: Sequence[str]) -> tuple[str, list[str]]:
    """The format of most dates; the order of day and month by a number above 12."""
    best, found, doubts = 0, "%Y-%m-%d", list[str]()
    for shape, patterns in _DATES.items():
        like = [value for value in values if re.fullmatch(shape, value)]
        fits = {pattern: sum(1 for value in like if _is_date(value, pattern)) for pattern in patterns}
        pattern = max(fits, key=lambda each: fits[each])
        if fits[pattern] > best:
            best, found = fits[pattern], pattern
            ties = len(patterns) > 1 and len(set(fits.values())) == 1
            doubts = ["No date says whether the day or the month comes first."] if ties else []
    return found, doubts


def _is_date(value: str, pattern: str) -> bool:
    try:
        return 1900 <= dt.datetime.strptime(value, pattern).year < 2200  # noqa: DTZ007 - only whether it is a date
    except ValueError:
        return False
