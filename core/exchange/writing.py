"""Records, through a layout, into a file.

DuckDB writes the file from the projection of the layout, in the order of the selection. Encodings other than UTF-8
are made of that by a second pass.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.config.layouts import CsvExportLayout, ExportColumn, FileSettings
from core.errors import DataError
from core.exchange.encoding import CHUNK
from core.exchange.rendering import render_cells
from core.exchange.sql_errors import disk_errors
from core.exchange.typed_writing import write_json_lines, write_parquet
from core.exchange.value_checks import ValueChecks, copy_to
from core.exchange.workbook_writing import write_workbook
from core.sql import quoted_name, quoted_text
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.config.layouts import ExportLayout
    from core.stop import StopToken

_OUTPUT: dict[str, tuple[str, bytes]] = {
    "utf-8": ("utf-8", b""),
    "utf-8-sig": ("utf-8", codecs.BOM_UTF8),
    "utf-16": ("utf-16-le", codecs.BOM_UTF16_LE),
    "utf-16-le": ("utf-16-le", b""),
    "utf-16-be": ("utf-16-be", b""),
    "windows-1252": ("cp1252", b""),
    "latin-1": ("latin-1", b""),
}


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What was written: records, without the header, and bytes."""

    records: int
    size: int
    warnings: tuple[str, ...] = ()
    """What whoever started the run should know."""


def csv_layout(fields: Sequence[str], entity: Entity, file: FileSettings | None = None) -> CsvExportLayout:
    """Return the layout by which these fields are written as CSV with their names as header."""
    columns = [ExportColumn(column=field, field=field) for field in fields]
    return CsvExportLayout(
        direction="export", format="csv", entity=entity.name, columns=columns, file=file or FileSettings()
    )


def write_csv(
    fields: Sequence[str],
    entity: Entity,
    *,
    connection: DuckDBPyConnection,
    selection: str,
    target: Path,
    languages: Sequence[str],
    stop: StopToken,
    file: FileSettings | None = None,
) -> WriteResult:
    """Write these fields as CSV with their names as header; otherwise as :func:`write_file`."""
    return write_file(
        csv_layout(fields, entity, file),
        entity,
        connection=connection,
        selection=selection,
        target=target,
        language=None,
        languages=languages,
        stop=stop,
    )


def write_file(
    layout: ExportLayout,
    entity: Entity,
    *,
    connection: DuckDBPyConnection,
    selection: str,
    target: Path,
    language: str | None,
    languages: Sequence[str],
    stop: StopToken,
) -> WriteResult:
    """Write the records of the relation ``selection``, which has all fields and the record fields, into ``target``.

    They stand in the file in the order of ``selection``. ``connection`` must be allowed to write beside ``target``. A
    file that is there already stays the same file, in which all is new; it is written from its beginning to its end.

    Raises:
        DataError: the layout does not compile, an expression fails on a record, a value cannot be written in this
            encoding, without quotes or in a cell (the message names the record), or a sheet lacks room for all.
        EngineError: the disk or the memory does not suffice.
        StopRequested: a stop was asked for; ``target`` is incomplete.
    """
    cells = render_cells(
        layout, entity, connection=connection, selection=selection, language=language, languages=languages
    )
    checks = ValueChecks(connection, entity, cells, selection, stop)
    checks.refuse_failures()
    if layout.format == "excel":
        records = write_workbook(layout, checks, target)
    elif layout.format == "jsonl":
        records = write_json_lines(checks, target)
    elif layout.format == "parquet":
        records = write_parquet(layout, checks, target)
    else:
        records = _write_text(layout.file, checks, target)
    return WriteResult(records, target.stat().st_size)


def first_records(
    layout: ExportLayout,
    entity: Entity,
    *,
    connection: DuckDBPyConnection,
    selection: str,
    language: str | None,
    languages: Sequence[str],
    limit: int,
) -> list[tuple[tuple[str, ...], dict[str, str]]]:
    """Return the first records of what :func:`write_file` wrote: the key of each, and its cells that say something.

    Raises:
        DataError: as :func:`write_file`.
    """
    cells = render_cells(
        layout, entity, connection=connection, selection=selection, language=language, languages=languages
    )
    columns = [f"CAST({sql} AS VARCHAR)" for sql in (*map(quoted_name, entity.key), *(cell.text for cell in cells))]
    rows = connection.execute(f"SELECT {', '.join(columns)} FROM {quoted_name(selection)} LIMIT {limit:d}").fetchall()
    keys = len(entity.key)
    headers = [cell.header for cell in cells]
    return [
        (tuple(row[:keys]), {name: text for name, text in zip(headers, row[keys:], strict=True) if text})
        for row in rows
    ]


def _write_text(file: FileSettings, checks: ValueChecks, target: Path) -> int:
    writer = _Writer(file, checks)
    writer.check_values()
    codec, mark = _OUTPUT[file.encoding]
    if codec == "utf-8" and not mark:
        return writer.copy_to(target)
    plain = target.with_name(target.name + ".utf8")
    try:
        records = writer.copy_to(plain)
        writer.encode(plain, target, codec, mark)
    finally:
        plain.unlink(missing_ok=True)
    return records


@dataclass(frozen=True, slots=True)
class _Writer:
    file: FileSettings
    checks: ValueChecks

    def check_values(self) -> None:
        """Refuse values that cannot stand without quotes."""
        if self.file.quote:
            return
        for cell in self.checks.cells:
            text = f"CAST({cell.text} AS VARCHAR)"
            hit = f"contains({text}, {quoted_text(self.file.delimiter)}) OR regexp_matches({text}, '[\\r\\n]')"
            self.checks.refuse(
                hit, cell, "Its value holds the delimiter or a line end, and the layout writes no quotes.",
                'Set quote = \'"\' or another delimiter in the layout, or convert the value.',
            )  # fmt: skip

    def copy_to(self, target: Path) -> int:
        """Let DuckDB write UTF-8; return the number of records."""
        columns = ", ".join(f"{cell.text} AS {quoted_name(cell.header)}" for cell in self.checks.cells)
        options = {
            "HEADER": str(self.file.header).lower(),
            "DELIMITER": quoted_text(self.file.delimiter),
            "QUOTE": quoted_text(self.file.quote),
            "ESCAPE": quoted_text(self.file.quote),
            "NULLSTR": quoted_text(self.file.null),
            "NEW_LINE": quoted_text("\\r\\n" if self.file.line_end == "crlf" else "\\n"),
            "COMPRESSION": "'none'",
        }
        return copy_to(self.checks, f"SELECT {columns} FROM {self.checks.relation}", target, "csv", options)

    def encode(self, source: Path, target: Path, codec: str, mark: bytes) -> None:
        """Write ``source``, which is UTF-8, again in another encoding."""
        decode = codecs.getincrementaldecoder("utf-8")().decode
        what = f"{clean(target.name)} cannot be written"
        with disk_errors(what), source.open("rb") as plain, target.open("wb") as out:
            out.write(mark)
            while chunk := plain.read(CHUNK):
                self.checks.stop.check()
                try:
                    out.write(decode(chunk).encode(codec))
                except UnicodeEncodeError as error:
                    self._blame(error.object[error.start])
                    raise

    def _blame(self, character: str) -> None:
        """Name the record in which a character stands that the encoding does not have."""
        what = f"It holds {clean(character)!r} (U+{ord(character):04X}), which {self.file.encoding} does not have."
        advice = 'Set encoding = "utf-8" in the layout, or convert the value.'
        for cell in self.checks.cells:
            self.checks.refuse(f"contains(CAST({cell.text} AS VARCHAR), {quoted_text(character)})", cell, what, advice)
        raise DataError(f"The header cannot be written. {what}", advice=advice)
