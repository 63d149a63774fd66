from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.config.entities import Entity, Field
from core.config.layouts import CsvImportLayout
from core.exchange.picking import DigestedFile, read_picked
from core.exchange.reading import Digest, read_file
from core.exchange.rejecting import write_rejects
from core.stop import StopToken

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from core.exchange.staging import ReadResult

AS_THE_STORE: dict[str, str | bool | int | float | list[str]] = {"disabled_optimizers": "in_clause", "threads": 2}
"""How the store opens DuckDB, so far as reading depends on it; with one thread, nothing would get out of order."""

FIELDS = {
    "number": "text",
    "name": "text",
    "description.nl": "text",
    "description.en": "text",
    "stock": "integer",
    "price": "decimal",
    "active": "boolean",
    "valid_from": "date",
    "seen_at": "datetime",
}


def make_entity(**fields: str) -> Entity:
    kinds = {**FIELDS, **fields}
    return Entity(
        "article",
        "Article",
        ("number",),
        {name: Field(name, kind, name, decimals=2) for name, kind in kinds.items()},  # type: ignore[arg-type]
    )


def import_layout(*columns: dict[str, Any], **file: Any) -> CsvImportLayout:
    return CsvImportLayout.model_validate(
        {"direction": "import", "format": "csv", "entity": "article", "file": file, "columns": list(columns)}
    )


@dataclass(frozen=True)
class Reject:
    record: int
    line: int
    field: str | None
    column: str | None
    value: str | None
    reason: str
    raw: str
    place: str | None = None


@dataclass
class Desk:
    """Reads files with a connection that is shut in, as the store hands it out."""

    directory: Path
    connection: duckdb.DuckDBPyConnection

    @property
    def target(self) -> Path:
        return self.directory / "out.csv"

    def read(
        self, content: bytes, layout: CsvImportLayout, entity: Entity | None = None, *, digest: Digest | None = None
    ) -> ReadResult:
        self.source = self.directory / "source.csv"
        self.source.write_bytes(content)
        self.layout = layout
        return read_file(
            self.source,
            layout,
            entity or make_entity(),
            connection=self.connection,
            work_dir=self.directory / "work",
            stop=StopToken(),
            digest=digest,
        )

    def pick(self, wanted: str, digest: Digest, places: Path, entity: Entity | None = None) -> int:
        """Read records of the digested file again, into ``picked``."""
        file = DigestedFile(self.source, self.layout, entity or make_entity(), digest, places, "staged")
        return read_picked(
            file,
            wanted,
            "picked",
            connection=self.connection,
            work_dir=self.directory / "work",
            stop=StopToken(),
        )

    def rows(self, columns: str = "* EXCLUDE (_record)", table: str = "staged") -> list[tuple[Any, ...]]:
        return self.connection.execute(f"SELECT {columns} FROM {table} ORDER BY _record").fetchall()

    def rejects(self) -> list[Reject]:
        found = self.connection.execute("SELECT * FROM rejects ORDER BY record, field").fetchall()
        return [Reject(*row) for row in found]

    def mendable(self) -> bytes:
        target = self.directory / "rejects.csv"
        write_rejects(self.connection, "rejects", self.source, self.layout, target, stop=StopToken())
        return target.read_bytes()


def select(desk: Desk, *records: dict[str, Any]) -> None:
    """Make a relation ``selection`` of these records, with all fields and those of every record."""
    types = {
        "text": "VARCHAR", "integer": "BIGINT", "decimal": "DECIMAL(18, 2)", "boolean": "BOOLEAN", "date": "DATE",
        "datetime": "TIMESTAMP",
    }  # fmt: skip
    kinds = {name: types[field.type] for name, field in make_entity().fields.items()}
    kinds |= {"assortment": "VARCHAR", "changed_at": "TIMESTAMP", "changed_by_run": "BIGINT", "mutation": "VARCHAR"}
    kinds |= {
        "created_at": "TIMESTAMP",
        "created_by_run": "BIGINT",
        "archived_at": "TIMESTAMP",
        "archived_by_run": "BIGINT",
    }
    columns = ", ".join(f'"{name}" {kind}' for name, kind in kinds.items())
    desk.connection.execute(f"CREATE OR REPLACE TEMP TABLE selection ({columns})")
    for record in records:
        names = ", ".join(f'"{name}"' for name in record)
        marks = ", ".join("?" * len(record))
        desk.connection.execute(f"INSERT INTO selection ({names}) VALUES ({marks})", list(record.values()))


def shut_in(connection: duckdb.DuckDBPyConnection, directory: Path) -> None:
    connection.execute("SET memory_limit = '512MB'")
    connection.execute("SET threads = 2")
    connection.execute(f"SET temp_directory = '{directory}/temp'")
    connection.execute(f"SET allowed_directories = ['{directory}/']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
