"""The names of the columns of a file, read from its beginning as a layout would read them."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING

from core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.config.layouts import ExcelImportLayout, ImportLayout, JsonLinesImportLayout, LinesImportLayout


def header_of(path: Path, name: str, layout: ImportLayout) -> tuple[str, ...]:
    """Return the names in the header of a file; none where it cannot be read as the layout reads it."""
    try:
        match layout.format:
            case "excel":
                return _of_workbook(path, layout)
            case "parquet":
                return _of_parquet(path, name)
            case "jsonl":
                return _of_json_lines(path, layout)
            case _:
                return _of_text(path, name, layout)
    except (DataError, UnicodeDecodeError, ValueError):
        return ()


def _of_text(path: Path, name: str, layout: LinesImportLayout) -> tuple[str, ...]:
    from core.exchange.blocks import Dialect
    from core.exchange.encoding import open_text
    from core.exchange.records import RecordReader

    file = layout.text
    dialect = Dialect(file.delimiter.encode(), file.quote.encode())
    chunks = list(islice(open_text(path, file.encoding).chunks(), 1))
    reader = RecordReader(chunks, dialect, skip_lines=file.skip_lines, header=True, name=name)
    return tuple(column.strip() for column in reader.head.names)


def _of_workbook(path: Path, layout: ExcelImportLayout) -> tuple[str, ...]:
    from core.exchange.recognition.archive import open_archive
    from core.exchange.recognition.workbook import sheet_row

    archive = open_archive(path)
    row = layout.file.skip_rows + 1
    return tuple(value.strip() for value in sheet_row(archive, layout.file.sheet, row).values() if value.strip())


def _of_json_lines(path: Path, layout: JsonLinesImportLayout) -> tuple[str, ...]:
    """The members of the first record, those of objects in it by dotted names."""
    from core.exchange.encoding import open_text

    text = b"".join(islice(open_text(path, layout.text.encoding).chunks(), 1))
    record = json.loads(text.split(b"\n", 1)[0])
    return tuple(_members(record)) if isinstance(record, dict) else ()


def _members(record: dict[str, object], before: str = "") -> Iterator[str]:
    for name, value in record.items():
        if isinstance(value, dict):
            yield from _members(value, f"{before}{name}.")
        else:
            yield f"{before}{name}"


def _of_parquet(path: Path, name: str) -> tuple[str, ...]:
    import duckdb

    from core.exchange.parquet import read_table
    from core.stop import StopToken

    with duckdb.connect() as connection:
        return read_table(path, connection=connection, stop=StopToken(), name=name).names
