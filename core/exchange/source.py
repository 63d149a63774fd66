"""A file that is imported, whatever its format: read through its layout, its rejects located and written to be mended.

A walk asks here and need not know formats. Files of lines are read by :mod:`core.exchange.reading`; what other readers
make rows of goes through :mod:`core.exchange.staging`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from core.exchange.picking import DigestedFile
from core.exchange.staging import locate_rows, stage_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.config.layouts import (
        ExcelImportLayout,
        ImportColumn,
        ImportLayout,
        LinesImportLayout,
        ParquetImportLayout,
    )
    from core.exchange.projection import Columns, LineFilter
    from core.exchange.reading import Digest
    from core.exchange.staging import RawRows, ReadResult
    from core.exchange.workbook import Sheet
    from core.stop import StopToken


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one file is read."""

    path: Path
    """The file; ``connection`` must be allowed to read it."""
    name: str
    """What it is called in messages."""
    entity: Entity
    connection: DuckDBPyConnection
    work_dir: Path
    """For working files, which the source needs to its end; ``connection`` must be allowed to read there."""
    stop: StopToken


class Source(ABC):
    """One file that is imported."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.digested: DigestedFile | None = None
        """What :func:`core.exchange.picking.read_picked` reads the other fields from, where digests were staged."""

    @abstractmethod
    def columns(self) -> Columns:
        """Return the columns of the file, by a look at its beginning.

        Raises:
            DataError: the file is no such file, or broken.
        """

    def labels(self, columns: Sequence[ImportColumn]) -> dict[str, str]:
        """Return what the columns are called that fields come from, by field.

        Raises:
            DataError: the file is no such file, or does not have them.
        """
        from core.exchange.projection import column_labels

        return column_labels(columns, self.columns(), self.desk.name)

    @abstractmethod
    def read(
        self, staged: str, rejects: str, digest: Digest | None = None, lines: LineFilter | None = None
    ) -> ReadResult:
        """Read the file into two temporary tables, as :func:`core.exchange.reading.read_file` does.

        Where the format cannot stage digests, all fields are staged.

        Raises:
            DataError: the file is no such file, or broken, or does not go with the layout.
            EngineError: the disk or the memory does not suffice.
            StopRequested: a stop was asked for.
        """

    @abstractmethod
    def locate(self, rejects: str) -> None:
        """Fill ``line``, ``place`` and ``raw`` of rejects that were added since; to be called after :meth:`read`."""

    @abstractmethod
    def write_rejects(self, rejects: str, target: Path) -> int:
        """Write the rejected records into ``target``, to be mended and imported again; return how many there are."""

    @abstractmethod
    def take(self, layout: ImportLayout) -> None:
        """Read by another layout from now on, which differs in its columns only; what was read is kept."""

    def turn_to(self, layout: ImportLayout, entity: Entity, work_dir: Path) -> None:
        """Read the records of another entity from now on, with working files in a directory of its own."""
        self.desk = replace(self.desk, entity=entity, work_dir=work_dir)
        self.digested = None
        self.take(layout)

    def rejects_name(self, name: str) -> str:
        """Return what the file of rejects is called, where the file itself is called ``name``."""
        return name


def open_source(layout: ImportLayout, desk: Desk) -> Source:
    """Return the file as its layout reads it; nothing is read yet."""
    match layout.format:
        case "excel":
            return _Workbook(layout, desk)
        case "parquet":
            return _Table(layout, desk)
        case _:
            return _Lines(layout, desk)


class _Lines(Source):
    """A file of lines: CSV, Unicode text, JSON Lines."""

    def __init__(self, layout: LinesImportLayout, desk: Desk) -> None:
        super().__init__(desk)
        self._layout = layout

    def take(self, layout: ImportLayout) -> None:
        self._layout = self._layout.model_copy(update={"columns": layout.columns})

    def columns(self) -> Columns:
        from core.exchange.encoding import open_text
        from core.exchange.json_lines import members
        from core.exchange.survey import record_reader

        text = open_text(self.desk.path, self._layout.text.encoding, name=self.desk.name)
        head = record_reader(text, self._layout.text, name=self.desk.name).head
        return members(self._layout.columns) if self._layout.format == "jsonl" else head

    def read(
        self, staged: str, rejects: str, digest: Digest | None = None, lines: LineFilter | None = None
    ) -> ReadResult:
        from core.exchange.reading import read_file

        desk = self.desk
        result = read_file(
            desk.path,
            self._layout,
            desk.entity,
            connection=desk.connection,
            work_dir=desk.work_dir,
            stop=desk.stop,
            staged=staged,
            rejects=rejects,
            source_name=desk.name,
            digest=digest,
            lines=lines,
        )
        if digest is not None and result.places is not None:
            self.digested = DigestedFile(desk.path, self._layout, desk.entity, digest, result.places, staged)
        return result

    def locate(self, rejects: str) -> None:
        from core.exchange.rejecting import locate_rejects

        desk = self.desk
        locate_rejects(desk.connection, rejects, desk.path, self._layout, work_dir=desk.work_dir, stop=desk.stop)

    def write_rejects(self, rejects: str, target: Path) -> int:
        from core.exchange.rejecting import write_rejects

        return write_rejects(self.desk.connection, rejects, self.desk.path, self._layout, target, stop=self.desk.stop)


class _Rows(Source):
    """A file of which a reader makes rows of text."""

    def __init__(self, layout: ExcelImportLayout | ParquetImportLayout, desk: Desk) -> None:
        super().__init__(desk)
        self._layout = layout

    @abstractmethod
    def _rows(self) -> RawRows:
        """Return the records as text; the second time, without reading the file again."""

    def take(self, layout: ImportLayout) -> None:
        self._layout = self._layout.model_copy(update={"columns": layout.columns})

    def columns(self) -> Columns:
        return self._rows()

    def read(
        self,
        staged: str,
        rejects: str,
        digest: Digest | None = None,  # noqa: ARG002 - all is staged
        lines: LineFilter | None = None,
    ) -> ReadResult:
        layout, desk = self._layout, self.desk
        return stage_rows(
            self._rows(),
            layout.columns,
            layout.formats,
            desk.entity,
            connection=desk.connection,
            stop=desk.stop,
            name=desk.name,
            staged=staged,
            rejects=rejects,
            lines=lines,
        )

    def locate(self, rejects: str) -> None:
        desk = self.desk
        locate_rows(self._rows(), rejects, connection=desk.connection, stop=desk.stop, name=desk.name)


class _Workbook(_Rows):
    """A sheet of an Excel workbook."""

    def __init__(self, layout: ExcelImportLayout, desk: Desk) -> None:
        super().__init__(layout, desk)
        self._settings = layout.file
        self._sheet: Sheet | None = None

    def _rows(self) -> RawRows:
        from core.exchange.workbook import read_sheet, refuse_empty, with_rejected_errors

        if self._sheet is None:
            desk = self.desk
            desk.work_dir.mkdir(parents=True, exist_ok=True)
            rows = desk.work_dir / "sheet.rows"
            self._sheet = read_sheet(desk.path, self._settings, rows, stop=desk.stop, name=desk.name)
            refuse_empty(self._sheet, desk.name)
        return with_rejected_errors(self._sheet, self._layout.columns)

    def write_rejects(self, rejects: str, target: Path) -> int:
        from core.exchange.workbook_rejects import write_rejected_rows

        self._rows()
        assert self._sheet is not None  # noqa: S101 - for the type checker
        return write_rejected_rows(self.desk, self._sheet, self._settings, rejects, target)

    def rejects_name(self, name: str) -> str:
        return str(PurePath(name).with_suffix(".xlsx"))


class _Table(_Rows):
    """A Parquet file."""

    def __init__(self, layout: ParquetImportLayout, desk: Desk) -> None:
        super().__init__(layout, desk)
        self._table: RawRows | None = None

    def _rows(self) -> RawRows:
        from core.exchange.parquet import read_table

        if self._table is None:
            desk = self.desk
            self._table = read_table(desk.path, connection=desk.connection, stop=desk.stop, name=desk.name)
        return self._table

    def write_rejects(self, rejects: str, target: Path) -> int:
        from core.exchange.parquet import write_rejected_records

        desk = self.desk
        return write_rejected_records(desk.path, rejects, target, connection=desk.connection, stop=desk.stop)
