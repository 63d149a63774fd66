"""A sample of a file as it is recognised: its first records as cells, and what stands in its columns."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from core.config.layouts import FileSettings, TextFileSettings
from core.engine.api.files import LOOKED_AT, ColumnView, RawRow, RawRows, Recognised
from core.errors import DataError
from core.text import clean, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pydantic import JsonValue

    from core.exchange.encoding import TextFile
    from core.exchange.records import Head, Record, RecordReader

SHOWN_ROWS = 100
_SHOWN_VALUES = 40
_CELL = 200
_LINE_END = re.compile(rb"\r\n|\n|\r")


def recognise(path: Path) -> Recognised:
    """Return how a file seems to be written, as settings that say nothing but what differs from the usual.

    Raises:
        DataError: it is empty, or no text.
    """
    from core.exchange.detecting import propose

    found = propose(path, rows=1)
    kind = "text" if found.encoding.startswith("utf-16") and found.delimiter == "\t" else "csv"
    usual = TextFileSettings() if kind == "text" else FileSettings()
    values: dict[str, JsonValue] = {"delimiter": found.delimiter, "encoding": found.encoding, "decimal": found.decimal}
    more: dict[str, JsonValue] = {
        "quote": found.quote,
        "header": found.header,
        "thousands": found.thousands,
        "date": found.date,
    }
    values |= {key: value for key, value in more.items() if value != getattr(usual, key)}
    return Recognised(values, kind, found.doubts)


def file_settings(file: Mapping[str, Any], kind: str) -> FileSettings:
    """Return settings of a file.

    Raises:
        DataError: they are none; the message says what is wrong with each.
    """
    from core.config.model import ConfigFile
    from core.config.problems import findings

    # In a configuration around it, so that what is wrong is said as it is said of a layout.
    columns = [{"column": 1, "field": "number"}]
    layout = {"direction": "import", "entity": "article", "format": kind, "file": dict(file), "columns": columns}
    data = {"version": 1, "engine": {}, "layouts": {"layout": layout}}
    try:
        found = ConfigFile.model_validate(data).layouts["layout"]
        assert found.direction == "import"  # noqa: S101 - as it says above
        return found.file
    except ValidationError as error:
        said = ((".".join(map(str, found.path[3:])), found.message) for found in findings(error, data))
        words = "; ".join(": ".join(filter(None, each)) for each in said)
        raise DataError(f"The file cannot be read so: {clean(words)}.") from error


def readable_part(path: Path, file: FileSettings, *, whole: bool, name: str, work: Path) -> Path:
    """Return a file that ends with the last record of the sample that is told apart for certain.

    In a sample that is not the whole file, the last record may be cut off, above all one with line ends in quotes.

    Raises:
        DataError: the settings do not go with the file.
    """
    from core.exchange.encoding import open_text

    if whole:
        return path
    text = open_text(path, file.encoding)
    line = _first_doubtful_line(_reader(text, file, name))
    if line is None:
        return path
    data = b"".join(text.chunks())
    ends = [match.end() for match in _LINE_END.finditer(data)]
    part = work / "part"
    part.write_bytes(text.mark + text.original(data[: ends[line - 2] if line > 1 else 0]))
    return part


def _first_doubtful_line(reader: RecordReader) -> int | None:
    """Return the line from which on no record is sound; None where all are to be looked at."""
    sound, doubtful = 0, None
    last = None
    for record in _records(reader):
        last = record
        if record.fault is None:
            sound, doubtful = sound + 1, None
        elif doubtful is None:
            doubtful = record.line
    if last is not None and not last.end:
        doubtful = doubtful or last.line
        sound -= last.fault is None
    return doubtful if sound else None


def _reader(text: TextFile, file: FileSettings, name: str) -> RecordReader:
    from core.exchange.survey import record_reader

    return record_reader(text, file, name=name)


def _records(reader: RecordReader) -> Iterator[Record]:
    for block in reader.blocks():
        yield from block.pick(range(block.first_number, block.first_number + block.count))


def rows_of(path: Path, file: FileSettings, *, name: str) -> RawRows:
    """Return the first records of a file as cells, and what stands in its columns.

    Raises:
        DataError: the settings do not go with the file.
    """
    from core.exchange.blocks import Dialect
    from core.exchange.encoding import open_text
    from core.exchange.records import split_values

    reader = _reader(open_text(path, file.encoding), file, name)
    dialect = Dialect(file.delimiter.encode(), file.quote.encode())
    values: list[Counter[str]] = [Counter() for _ in range(reader.head.width)]
    shown: list[RawRow] = []
    records = unreadable = 0
    for record in _records(reader):
        records += 1
        if record.fault is not None:
            unreadable += 1
            if len(shown) < SHOWN_ROWS:
                text = record.raw[: 4 * _CELL].decode("utf-8", "replace")
                shown.append(RawRow(record.line, (clean(text, limit=_CELL),), record.fault.reason))
        elif records <= LOOKED_AT or len(shown) < SHOWN_ROWS:
            cells = [value.decode() for value in split_values(record.raw, dialect)]
            for counter, cell in zip(values, cells, strict=True):
                if cell and cell != file.null:
                    counter[cell] += 1
            if len(shown) < SHOWN_ROWS:
                shown.append(RawRow(record.line, tuple(clean(cell, limit=_CELL) for cell in cells)))
    return RawRows(tuple(_columns(reader.head, values)), tuple(shown), records, unreadable)


def _columns(head: Head, values: Sequence[Counter[str]]) -> Iterator[ColumnView]:
    names = [name.strip() for name in head.names]
    for position, counter in enumerate(values, start=1):
        name = names[position - 1] if names else ""
        # A name that is there twice, or would not survive being shown, cannot be referred to.
        usable = bool(name) and names.count(name) == 1 and clean(name) == name
        commonest = [(value, count) for value, count in counter.most_common(_SHOWN_VALUES) if clean(value) == value]
        yield ColumnView(
            position=position,
            reference=name if usable else position,
            title=clean(shorten(name, _CELL)) or str(position),
            filled=sum(counter.values()),
            values=tuple((value, count) for value, count in commonest if len(value) <= _CELL),
        )
