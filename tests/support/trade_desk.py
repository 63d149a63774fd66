"""A desk at which files of several formats are read and written in turn, with the languages of choice."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.industry_desk import MADE_AT, GivenRecords

from core.config.entities import build_entities
from core.config.layouts import ImportColumn
from core.config.standard import STANDARD_ENTITIES
from core.config.values import ValueFormats
from core.exchange.formats.contract import Reading, Writing
from core.exchange.staging import stage_rows
from core.stop import StopToken

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from duckdb import DuckDBPyConnection

    from core.exchange.formats.contract import Content, IndustryFormat, Inspection, Part, Written

LANGUAGES = ("nl", "en")
TODAY = "2026-03-02"
SHARED = Path(__file__).parents[3] / "shared" / "formats"
"""Samples that are not ours to copy; tests skip where they are not there."""


@dataclass
class ReadFile:
    """What was read of a file, through the mapping of names to names."""

    content: Content
    warnings: list[str]
    """With what is said of languages."""
    records: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    """By entity: those that are accepted, without the fields that have no value."""
    deleted: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    rejects: list[Reject] = field(default_factory=list)

    def part(self, entity: str) -> Part:
        return next(part for part in self.content.parts if part.entity.name == entity)

    def texts(self) -> dict[str, list[dict[str, str]]]:
        """The records in neutral notation, as an export hands them out."""
        return {
            entity: [{name: as_text(value) for name, value in row.items()} for row in rows]
            for entity, rows in self.records.items()
        }


@dataclass(frozen=True)
class Reject:
    entity: str
    line: int | None
    column: str
    value: str
    reason: str
    place: str


@dataclass
class TradeDesk:
    directory: Path
    connection: DuckDBPyConnection
    languages: Sequence[str] = LANGUAGES
    last: Writing = field(init=False, repr=False)
    """The last one that a test asked for."""
    _works: int = 0

    def file(self, name: str, content: bytes) -> Path:
        path = self.directory / name
        path.write_bytes(content)
        return path

    def reading(self, path: Path, *, delta: bool = False) -> Reading:
        self._works += 1
        work = self.directory / f"work-{self._works}"
        work.mkdir()
        entities = build_entities(STANDARD_ENTITIES, {}, list(self.languages))
        return Reading(path, path.name, work, entities, self.languages, delta, StopToken(), TODAY)

    def read(self, format_: IndustryFormat, path: Path, *, delta: bool = False) -> ReadFile:
        assert format_.read is not None
        reading = self.reading(path, delta=delta)
        content = format_.read(reading)
        found = ReadFile(content, [*content.warnings, *reading.language_warnings()])
        for part in content.parts:
            self._stage(part, found)
        return found

    def inspect(self, format_: IndustryFormat, path: Path) -> Inspection:
        assert format_.inspect is not None
        return format_.inspect(self.reading(path))

    def rewrite(self, format_: IndustryFormat, path: Path, items: Iterable[int]) -> Path:
        """Write the file of rejects with these items."""
        assert format_.rewrite_rejects is not None
        target = self.directory / f"rejects-{path.name}"
        format_.rewrite_rejects(self.reading(path), set(items), target)
        return target

    def rejected_items(self, read: ReadFile) -> set[int]:
        """The items of the file that have a record that could not be read."""
        items: set[int] = set()
        for part in read.content.parts:
            rows = part.raw.rows()
            if rows.unreadable:
                found = self.connection.execute(
                    f"SELECT item FROM ({part.raw.items()}) WHERE record IN (SELECT record FROM ({rows.unreadable}))"
                ).fetchall()
                items |= {item for (item,) in found}
        return items

    def writing(
        self,
        records: GivenRecords,
        entity: str,
        settings: object,
        *,
        name: str = "out",
        changes_only: bool = False,
    ) -> Writing:
        self._works += 1
        work = self.directory / f"work-{self._works}"
        work.mkdir()
        return Writing(
            target=self.directory / name,
            settings=settings,
            records=records,
            entity=entity,
            changes_only=changes_only,
            made_at=MADE_AT,
            languages=self.languages,
            sequence=7,
            stop=StopToken(),
            work_dir=work,
        )

    def write(self, format_: IndustryFormat, writing: Writing) -> Written:
        assert format_.write is not None
        return format_.write(writing)

    def _stage(self, part: Part, found: ReadFile) -> None:
        rows = part.raw.rows()
        columns = [ImportColumn(column=name, field=name) for name in part.raw.fields]
        connection, entity = self.connection, part.entity.name
        connection.execute("DROP TABLE IF EXISTS deleted")
        result = stage_rows(
            rows, columns, ValueFormats(), part.entity, connection=connection, stop=StopToken(), name=entity
        )
        assert result.accepted + result.rejected == part.raw.records
        found.records[entity] += self._rows("staged")
        if result.deleted:
            found.deleted[entity] += self._rows("deleted")
        faults = connection.execute('SELECT line, "column", value, reason, place FROM rejects ORDER BY record')
        found.rejects += [
            Reject(entity, line, column or "", value or "", reason, place or "")
            for line, column, value, reason, place in faults.fetchall()
        ]

    def _rows(self, table: str) -> list[dict[str, Any]]:
        cursor = self.connection.execute(f"SELECT * FROM {table} ORDER BY _record")
        names = [column[0] for column in cursor.description or ()]
        return [
            {name: value for name, value in zip(names, row, strict=True) if value is not None and name != "_record"}
            for row in cursor.fetchall()
        ]


def as_text(value: object) -> str:
    """A value of the catalogue in neutral notation."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)
