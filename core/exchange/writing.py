"""Records, through a layout, into a text file.

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
from core.exchange.sql_errors import disk_errors, sql_errors
from core.sql import column_list, quoted_name, quoted_text
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.config.layouts import ExportLayout
    from core.exchange.rendering import Cell
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
    language: str | None = None,
) -> WriteResult:
    """Write these fields as CSV with their names as header; otherwise as :func:`write_file`."""
    columns = [ExportColumn(column=field, field=field) for field in fields]
    layout = CsvExportLayout(
        direction="export", format="csv", entity=entity.name, columns=columns, file=file or FileSettings()
    )
    return write_file(
        layout,
        entity,
        connection=connection,
        selection=selection,
        target=target,
        language=language,
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
        DataError: the layout does not compile, an expression fails on a record, or a value cannot be written in this
            encoding or without quotes; the message names the record.
        EngineError: the disk or the memory does not suffice.
        StopRequested: a stop was asked for; ``target`` is incomplete.
    """
    cells = render_cells(
        layout, entity, connection=connection, selection=selection, language=language, languages=languages
    )
    writer = _Writer(connection, entity, layout.file, cells, quoted_name(selection), stop)
    writer.check_values()
    codec, mark = _OUTPUT[layout.file.encoding]
    if codec == "utf-8" and not mark:
        records = writer.copy_to(target)
    else:
        plain = target.with_name(target.name + ".utf8")
        try:
            records = writer.copy_to(plain)
            writer.encode(plain, target, codec, mark)
        finally:
            plain.unlink(missing_ok=True)
    return WriteResult(records, target.stat().st_size)


@dataclass(frozen=True, slots=True)
class _Writer:
    connection: DuckDBPyConnection
    entity: Entity
    file: FileSettings
    cells: list[Cell]
    selection: str
    stop: StopToken

    def check_values(self) -> None:
        """Refuse records on which an expression fails, and values that cannot stand without quotes."""
        for cell in self.cells:
            if cell.check:
                self._refuse(
                    f"{cell.check} IS NULL", cell, "The expression fails on its values.", "Mend the expression."
                )
        if self.file.quote:
            return
        for cell in self.cells:
            text = f"CAST({cell.text} AS VARCHAR)"
            hit = f"contains({text}, {quoted_text(self.file.delimiter)}) OR regexp_matches({text}, '[\\r\\n]')"
            self._refuse(
                hit, cell, "Its value holds the delimiter or a line end, and the layout writes no quotes.",
                'Set quote = \'"\' or another delimiter in the layout, or convert the value.',
            )  # fmt: skip

    def _refuse(self, condition: str, cell: Cell, what: str, advice: str) -> None:
        keys = column_list(self.entity.key)
        with sql_errors(self.connection, self.stop, "The records cannot be checked"):
            row = self.connection.execute(
                f"SELECT left(CAST({cell.text if not cell.check else 'NULL'} AS VARCHAR), 200), {keys} "
                f"FROM {self.selection} WHERE {condition} LIMIT 1"
            ).fetchone()
        if row is not None:
            key = clean(", ".join(map(str, row[1:])), limit=80)
            shown = f" ({clean(row[0], limit=80)})" if row[0] is not None else ""
            raise DataError(
                f"{self.entity.title} {key!r} cannot be written: column {clean(cell.header)!r}{shown}. {what}",
                advice=advice,
            )

    def copy_to(self, target: Path) -> int:
        """Let DuckDB write UTF-8; return the number of records."""
        columns = ", ".join(f"{cell.text} AS {quoted_name(cell.header)}" for cell in self.cells)
        options = {
            "HEADER": str(self.file.header).lower(),
            "DELIMITER": quoted_text(self.file.delimiter),
            "QUOTE": quoted_text(self.file.quote),
            "ESCAPE": quoted_text(self.file.quote),
            "NULLSTR": quoted_text(self.file.null),
            "NEW_LINE": quoted_text("\\r\\n" if self.file.line_end == "crlf" else "\\n"),
            "COMPRESSION": "'none'",
            # The file may have a second name, which a new one in its place would not have.
            "USE_TMP_FILE": "false",
        }
        settings = ", ".join(f"{key} {value}" for key, value in options.items())
        with sql_errors(self.connection, self.stop, f"{clean(target.name)} cannot be written"):
            row = self.connection.execute(
                f"COPY (SELECT {columns} FROM {self.selection}) TO {quoted_text(str(target))} (FORMAT csv, {settings})"
            ).fetchone()
        return int(row[0]) if row else 0

    def encode(self, source: Path, target: Path, codec: str, mark: bytes) -> None:
        """Write ``source``, which is UTF-8, again in another encoding."""
        decode = codecs.getincrementaldecoder("utf-8")().decode
        what = f"{clean(target.name)} cannot be written"
        with disk_errors(what), source.open("rb") as plain, target.open("wb") as out:
            out.write(mark)
            while chunk := plain.read(CHUNK):
                self.stop.check()
                try:
                    out.write(decode(chunk).encode(codec))
                except UnicodeEncodeError as error:
                    self._blame(error.object[error.start])
                    raise

    def _blame(self, character: str) -> None:
        """Name the record in which a character stands that the encoding does not have."""
        what = f"It holds {clean(character)!r} (U+{ord(character):04X}), which {self.file.encoding} does not have."
        advice = 'Set encoding = "utf-8" in the layout, or convert the value.'
        for cell in self.cells:
            self._refuse(f"contains(CAST({cell.text} AS VARCHAR), {quoted_text(character)})", cell, what, advice)
        raise DataError(f"The header cannot be written. {what}", advice=advice)
