"""A sample of a file as it is recognised: its first records as cells, and what stands in its columns."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from core.engine.api.files import LOOKED_AT, ColumnView, RawRow, RawRows, Recognised
from core.errors import DataError
from core.stop import StopToken
from core.text import clean, file_size, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from core.config.formats import FormatId
    from core.config.layouts import FileSettings, ImportLayout, JsonLinesImportLayout
    from core.config.model import Config
    from core.engine.api.files import SampleView
    from core.exchange.encoding import TextFile
    from core.exchange.recognition.claim import Claim
    from core.exchange.records import Record, RecordReader
    from core.exchange.staging import RawRows as TableRows

SHOWN_ROWS = 100
_SHOWN_VALUES = 40
_CELL = 200
_MOST_MEMBERS = 1000
_LINE_END = re.compile(rb"\r\n|\n|\r")


def recognise(path: Path, work: Path, sample: SampleView, config: Config) -> Recognised:
    """Return how a file seems to be written, as settings that say nothing but what differs from the usual.

    Of a file of an industry format, what it is about is told as well, as ``pendel inspect`` does.

    Raises:
        DataError: it is empty, or of no kind that is known.
    """
    from core.exchange.recognition.proposal import propose_layout

    claim = _of_a_format(path)
    if claim is None:
        found = propose_layout(path, work, rows=1)
        return Recognised(found.file, found.format, found.doubts)
    words = f'This is {claim.name}. It needs no layout: set layout = "{claim.format}" in the task.'
    about = (("File", sample.name), ("Format", claim.name), *_about(claim.format, path, work, sample, config))
    try:
        found = propose_layout(path, work, rows=1)
    except DataError:
        # It has no columns, as XML has none.
        return Recognised({}, "", (words,), about)
    return Recognised(found.file, found.format, (words, *found.doubts), about)


def _of_a_format(path: Path) -> Claim | None:
    """Return of which format a file is that needs no layout."""
    from core.config.formats import reads
    from core.exchange.recognition import recognise as told

    claim = told(path).claim
    return claim if claim is not None and claim.sure and reads(claim.format) else None


def _about(
    format_id: FormatId, path: Path, work: Path, sample: SampleView, config: Config
) -> Iterator[tuple[str, str]]:
    from core.exchange.formats.looking import BY_RULES, in_rows, look
    from core.exchange.formats.official.verdict import MEND

    found = look(format_id, path, work, name=sample.name, languages=config.engine.languages, schemas=config.schemas_dir)
    if found is None:
        return
    if not sample.whole:
        # The end of the sample is none of the file: what seems wrong there, and how much there is, is not.
        ruled = [each for each in found.problems if each.startswith(BY_RULES) or MEND in each]
        found = replace(found, counts={}, problems=ruled)
        yield "Looked at", f"the first {file_size(sample.read)} of {file_size(sample.size)}"
    yield from in_rows(found)


def reading_of(file: Mapping[str, Any], kind: str) -> ImportLayout:
    """Return a layout that reads files so, of no columns that matter.

    Raises:
        DataError: the settings are none; the message says what is wrong with each.
    """
    from core.config.config_file import ConfigFile
    from core.config.industry_layouts import IndustryImportLayout
    from core.config.problems import findings

    # In a configuration around it, so that what is wrong is said as it is said of a layout.
    columns = [{"column": "x" if kind == "jsonl" else 1, "field": "number"}]
    layout: dict[str, Any] = {"direction": "import", "entity": "article", "format": kind, "columns": columns}
    if file or kind not in ("jsonl", "parquet"):
        layout["file"] = dict(file)
    data = {"version": 1, "engine": {}, "layouts": {"layout": layout}}
    try:
        found = ConfigFile.model_validate(data).layouts["layout"]
    except ValidationError as error:
        said = ((".".join(map(str, found.path[3:])), found.message) for found in findings(error, data))
        words = "; ".join(": ".join(filter(None, each)) for each in said)
        raise DataError(f"The file cannot be read so: {clean(words)}.") from error
    assert found.direction == "import" and not isinstance(found, IndustryImportLayout)  # noqa: S101, PT018 - for mypy
    return found


def readable_part(path: Path, layout: ImportLayout, *, whole: bool, name: str, work: Path) -> Path:
    """Return a file that ends with the last record of the sample that is told apart for certain.

    A file that is no text is in the sample whole. In a sample that is not, the last record may be cut off, above all
    one with line ends in quotes.

    Raises:
        DataError: the settings do not go with the file.
    """
    from core.exchange.encoding import open_text

    if whole or layout.format == "excel" or layout.format == "parquet":  # noqa: PLR1714 - mypy understands it so
        return path
    file = layout.text
    text = open_text(path, file.encoding, name=name)
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


def rows_of(path: Path, layout: ImportLayout, *, name: str, work: Path) -> RawRows:
    """Return the first records of a file as cells, and what stands in its columns.

    Raises:
        DataError: the settings do not go with the file.
    """
    if layout.format == "excel":
        from core.exchange.workbook import read_sheet, refuse_empty

        sheet = read_sheet(path, layout.file, work / "looked.rows", stop=StopToken(), name=name)
        refuse_empty(sheet, name)
        return _rows_of_table(sheet.rows)
    if layout.format == "parquet":
        import duckdb

        from core.exchange.parquet import read_table

        with duckdb.connect() as connection:
            return _rows_of_table(read_table(path, connection=connection, stop=StopToken(), name=name))
    return _objects(path, layout, name) if layout.format == "jsonl" else _rows_of_text(path, layout.file, name)


class _Collector:
    """The first rows that are shown, and the values of each column in some more."""

    def __init__(self, names: Sequence[str], width: int, null: str = "") -> None:
        self._names = [name.strip() for name in names]
        self._null = null
        self._values: list[Counter[str]] = [Counter() for _ in range(width)]
        self._shown: list[RawRow] = []

    @property
    def is_full(self) -> bool:
        return len(self._shown) >= SHOWN_ROWS

    def add(self, line: int, cells: Sequence[str]) -> None:
        for counter, cell in zip(self._values, cells, strict=True):
            if cell and cell != self._null:
                counter[cell] += 1
        if not self.is_full:
            self._shown.append(RawRow(line, tuple(clean(cell, limit=_CELL) for cell in cells)))

    def add_unreadable(self, line: int, text: str, reason: str) -> None:
        if not self.is_full:
            self._shown.append(RawRow(line, (clean(text, limit=_CELL),), reason))

    def rows(self, records: int, unreadable: int) -> RawRows:
        return RawRows(tuple(_columns(self._names, self._values)), tuple(self._shown), records, unreadable)


def _rows_of_text(path: Path, file: FileSettings, name: str) -> RawRows:
    from core.exchange.blocks import Dialect
    from core.exchange.encoding import open_text
    from core.exchange.records import split_values

    reader = _reader(open_text(path, file.encoding, name=name), file, name)
    dialect = Dialect(file.delimiter.encode(), file.quote.encode())
    found = _Collector(reader.head.names, reader.head.width, file.null)
    records = unreadable = 0
    for record in _records(reader):
        records += 1
        if record.fault is not None:
            unreadable += 1
            found.add_unreadable(record.line, _excerpt(record), record.fault.reason)
        elif records <= LOOKED_AT or not found.is_full:
            found.add(record.line, [value.decode() for value in split_values(record.raw, dialect)])
    return found.rows(records, unreadable)


def _excerpt(record: Record) -> str:
    return record.raw[: 4 * _CELL].decode("utf-8", "replace")


def _objects(path: Path, layout: JsonLinesImportLayout, name: str) -> RawRows:
    """JSON Lines: the columns are the members that occur in the first objects."""
    from core.exchange.encoding import open_text
    from core.exchange.recognition.proposal import members_of

    records = unreadable = 0
    looked: list[tuple[Record, dict[str, str] | None]] = []
    for record in _records(_reader(open_text(path, layout.text.encoding, name=name), layout.text, name)):
        members = None if record.fault else members_of(record.raw)
        records, unreadable = records + 1, unreadable + (members is None)
        if records <= LOOKED_AT:
            looked.append((record, members))
    names = list(dict.fromkeys(key for _, members in looked for key in members or ()))[:_MOST_MEMBERS]
    found = _Collector(names, len(names))
    for record, members in looked:
        if members is None:
            found.add_unreadable(record.line, _excerpt(record), record.fault.reason if record.fault else "is no object")
        else:
            found.add(record.line, [members.get(key, "") for key in names])
    return found.rows(records, unreadable)


def _rows_of_table(table: TableRows) -> RawRows:
    from core.exchange.recognition.proposal import sampled

    found = _Collector(table.names, table.width)
    line = "_line" if table.has_lines else "_record"
    for number, *texts in sampled(table, rows=LOOKED_AT, also=f"{line}, "):
        found.add(int(number), texts)
    return found.rows(table.records, 0)


def _columns(names: Sequence[str], values: Sequence[Counter[str]]) -> Iterator[ColumnView]:
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
