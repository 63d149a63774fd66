"""A desk at which files of any industry format are read into rows of text, and written of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
from support.industry_desk import GivenRecords

from core.config.entities import build_entities
from core.config.standard import STANDARD_ENTITIES
from core.config.values import TypedFormats
from core.exchange.codes.numbers import plain
from core.exchange.formats.contract import Reading, Writing
from core.exchange.formats.registry import industry_format
from core.exchange.staging import locate_rows, stage_rows
from core.stop import StopToken
from core.tasks.standard_parts import columns_of

if TYPE_CHECKING:
    from pathlib import Path

    from core.config.formats import FormatId
    from core.exchange.formats.contract import Content, Part, Row, Written

ROWS = dict[str, list[dict[str, str]]]


@dataclass
class Found:
    """What was read of a file: the records that would go into the catalogue, and those that would not."""

    content: Content
    rows: ROWS = field(default_factory=dict)
    rejects: list[tuple[str, int, str, str, str, str]] = field(default_factory=list)
    """Entity, line, place, field, value, reason."""
    deleted: ROWS = field(default_factory=dict)

    def one(self, entity: str, **values: str) -> dict[str, str]:
        (found,) = self.all(entity, **values)
        return found

    def all(self, entity: str, **values: str) -> list[dict[str, str]]:
        return [row for row in self.rows[entity] if all(row.get(name) == value for name, value in values.items())]


@dataclass
class FormatDesk:
    """Reads as an import does; the rows are what a writer is given."""

    directory: Path
    languages: tuple[str, ...] = ("nl", "en", "de")
    known: dict[tuple[str, ...], Row] = field(default_factory=dict)
    """Records that the catalogue has, by entity and key."""

    def __post_init__(self) -> None:
        self.entities = build_entities(STANDARD_ENTITIES, {}, list(self.languages))
        self._readings = 0

    def reading(self, path: Path, *, delta: bool = False) -> Reading:
        self._readings += 1
        return Reading(
            path=path,
            name=path.name,
            work_dir=self.directory / f"work-{self._readings}",
            entities=self.entities,
            languages=self.languages,
            delta=delta,
            stop=StopToken(),
            today="2026-03-01",
            known=lambda entity, key: self.known.get((entity, *key.values())),
        )

    def read(self, format_id: FormatId, source: Path | bytes | str) -> Found:
        """Read a file and stage its records."""
        if isinstance(source, (bytes, str)):
            path = self.directory / "source"
            path.write_bytes(source if isinstance(source, bytes) else source.encode())
        else:
            path = source
        read = industry_format(format_id).read
        assert read is not None
        found = Found(read(self.reading(path)))
        with duckdb.connect(config={"disabled_optimizers": "in_clause"}) as connection:
            for part in found.content.parts:
                _stage(connection, part, found)
        return found

    def remember(self, found: Found) -> None:
        """Take the catalogues of a file for known, as an import would have left them."""
        for row in found.rows["supplier_catalogue"]:
            self.known["supplier_catalogue", row["supplier"], row["catalogue"]] = row

    def write(
        self, format_id: FormatId, entity: str, rows: ROWS, settings: Any, **more: Any
    ) -> tuple[Path, Written, Writing]:
        """Write rows as they were read into a file."""
        target = self.directory / "written"
        writing = Writing(
            target=target,
            settings=settings,
            records=GivenRecords(rows, more.pop("changes", {}), self.entities),
            entity=entity,
            changes_only=more.pop("changes_only", False),
            made_at=dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC),
            languages=self.languages,
            sequence=more.pop("sequence", 1),
            stop=StopToken(),
            work_dir=self.directory,
        )
        write = industry_format(format_id).write
        assert write is not None
        return target, write(writing), writing


def _stage(connection: duckdb.DuckDBPyConnection, part: Part, found: Found) -> None:
    entity, rows = part.entity.name, part.raw.rows()
    result = stage_rows(
        rows, columns_of(part, ()), TypedFormats(), part.entity, connection=connection, stop=StopToken(), name=entity
    )
    locate_rows(rows, "rejects", connection=connection, stop=StopToken(), name=entity)
    found.rows[entity] = _rows(connection, "SELECT * EXCLUDE (_record) FROM staged ORDER BY _record")
    if result.deleted:
        found.deleted[entity] = _rows(connection, "SELECT * EXCLUDE (_record) FROM deleted ORDER BY _record")
    found.rejects += [
        (entity, *row)
        for row in connection.execute(
            "SELECT line, coalesce(place, ''), coalesce(field, \"column\", ''), coalesce(value, ''), reason "
            "FROM rejects ORDER BY record"
        ).fetchall()
    ]


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, str]]:
    """Return rows as text, without the fields that have no value."""
    result = connection.execute(query)
    names = [name for name, *_ in result.description or ()]
    return [
        {name: _text(value) for name, value in zip(names, row, strict=True) if value is not None}
        for row in result.fetchall()
    ]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return plain(value) if isinstance(value, Decimal) else str(value)
