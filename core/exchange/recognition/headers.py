"""The names of the columns of a file, read from its beginning as a layout would read them."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from core.errors import DataError
from core.exchange.recognition.proposal import OLD_OFFICE, members_of

if TYPE_CHECKING:
    from core.config.layouts import ExcelImportLayout, ImportLayout, JsonLinesImportLayout, LinesImportLayout

_RECORDS = 200
"""Records of JSON Lines in which names are looked for."""


def header_of(path: Path, name: str, layout: ImportLayout, delimiter: str = "") -> tuple[str, ...]:
    """Return the names in the header of a file; none where it cannot be read as the layout reads it.

    ``delimiter``: of lines of columns, in place of that of the layout.
    """
    try:
        match layout.format:
            case "excel":
                return _of_workbook(path, layout)
            case "parquet":
                return _of_parquet(path, name)
            case "jsonl":
                return _of_json_lines(path, layout)
            case _:
                return _of_text(path, name, layout, delimiter or layout.text.delimiter)
    except (DataError, UnicodeDecodeError, ValueError):
        return ()


def _of_text(path: Path, name: str, layout: LinesImportLayout, delimiter: str) -> tuple[str, ...]:
    from core.exchange.blocks import Dialect
    from core.exchange.encoding import open_text
    from core.exchange.records import RecordReader

    file = layout.text
    dialect = Dialect(delimiter.encode(), file.quote.encode())
    chunks = list(islice(open_text(path, file.encoding).chunks(), 1))
    reader = RecordReader(chunks, dialect, skip_lines=file.skip_lines, header=True, name=name)
    return tuple(column.strip() for column in reader.head.names)


def _of_workbook(path: Path, layout: ExcelImportLayout) -> tuple[str, ...]:
    from core.exchange.recognition.archive import open_archive
    from core.exchange.recognition.workbook import sheet_row

    with path.open("rb") as file:
        if file.read(len(OLD_OFFICE)) == OLD_OFFICE:
            return _of_old_workbook(path, layout)
    archive = open_archive(path)
    row = layout.file.skip_rows + 1
    return tuple(value.strip() for value in sheet_row(archive, layout.file.sheet, row).values() if value.strip())


def _of_old_workbook(path: Path, layout: ExcelImportLayout) -> tuple[str, ...]:
    """The header of an ``.xls`` file, which a process of its own reads, held to limits, as an import does."""
    from core.exchange.workbook import read_sheet
    from core.stop import StopToken

    with TemporaryDirectory() as work_dir:
        target = Path(work_dir, "header.rows")
        sheet = read_sheet(path, layout.file, target, stop=StopToken(), name=path.name, most_rows=1)
    return tuple(name.strip() for name in sheet.rows.names if name.strip())


def _of_json_lines(path: Path, layout: JsonLinesImportLayout) -> tuple[str, ...]:
    """The members of the first records, those of objects in them by dotted names: none of them need have all."""
    from core.exchange.encoding import open_text

    text = b"".join(islice(open_text(path, layout.text.encoding).chunks(), 1))
    records = (members_of(line) for line in text.split(b"\n", _RECORDS)[:_RECORDS])
    return tuple(dict.fromkeys(name for record in records for name in record or ()))


def _of_parquet(path: Path, name: str) -> tuple[str, ...]:
    import duckdb

    from core.exchange.parquet import read_table
    from core.stop import StopToken

    with duckdb.connect() as connection:
        return read_table(path, connection=connection, stop=StopToken(), name=name).names
