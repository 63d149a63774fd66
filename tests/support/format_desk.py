"""A desk at which files of an industry format are read and written, without an engine and a catalogue."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb

from core.config.entities import build_entities
from core.config.layouts import ImportColumn
from core.config.standard import STANDARD_ENTITIES
from core.config.values import TypedFormats
from core.exchange.codes.numbers import plain
from core.exchange.formats.contract import Item, Reading, Writing
from core.exchange.formats.registry import industry_format
from core.exchange.staging import locate_rows, stage_rows
from core.sql import quoted_name
from core.stop import StopToken

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from core.config.formats import FormatId
    from core.exchange.formats.contract import Change, Content, Related, Row, Written

ROWS = dict[str, list[dict[str, str]]]


@dataclass
class Found:
    """What was read of a file: the records that would go into the catalogue, and those that would not."""

    content: Content
    rows: ROWS
    rejects: list[tuple[str, int, str, str, str, str]]
    """Entity, line, place, field, value, reason."""
    deleted: ROWS

    def one(self, entity: str, **values: str) -> dict[str, str]:
        (found,) = self.all(entity, **values)
        return found

    def all(self, entity: str, **values: str) -> list[dict[str, str]]:
        return [row for row in self.rows[entity] if all(row.get(name) == value for name, value in values.items())]


@dataclass
class FormatDesk:
    """Reads into rows of text, which are what a writer is given."""

    directory: Path
    languages: tuple[str, ...] = ("nl", "en", "de")
    known: dict[tuple[str, ...], Row] = field(default_factory=dict)
    """Records that the catalogue has, by entity and key."""
    today: str = "2026-03-01"

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
            today=self.today,
            known=lambda entity, key: self.known.get((entity, *key.values())),
        )

    def read(self, format_id: FormatId, source: Path | bytes | str) -> Found:
        """Read a file and stage its records, as an import does."""
        if isinstance(source, (bytes, str)):
            path = self.directory / "source"
            path.write_bytes(source if isinstance(source, bytes) else source.encode())
        else:
            path = source
        read = industry_format(format_id).read
        assert read is not None
        content = read(self.reading(path))
        found = Found(content, {}, [], {})
        with duckdb.connect() as connection:
            for number, part in enumerate(content.parts):
                self._stage(connection, number, part.entity.name, content, found)
        return found

    def _stage(
        self, connection: duckdb.DuckDBPyConnection, number: int, entity: str, content: Content, found: Found
    ) -> None:
        part = content.parts[number]
        rows = part.raw.rows()
        stage_rows(
            rows,
            [ImportColumn(column=name, field=name) for name in part.raw.fields],
            TypedFormats(),
            part.entity,
            connection=connection,
            stop=StopToken(),
            name=entity,
            deleted="gone",
        )
        locate_rows(rows, "rejects", connection=connection, stop=StopToken(), name=entity)
        found.rows[entity] = rows_of(connection, "SELECT * EXCLUDE (_record) FROM staged ORDER BY _record")
        if part.raw.deleted:
            found.deleted[entity] = rows_of(connection, f"SELECT * FROM {quoted_name('gone')}")
        found.rejects += [
            (entity, *row)
            for row in connection.execute(
                "SELECT line, coalesce(place, ''), coalesce(field, \"column\", ''), coalesce(value, ''), reason "
                "FROM rejects ORDER BY record"
            ).fetchall()
        ]

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
            records=RowsAsRecords(rows, more.pop("changes", {})),
            entity=entity,
            changes_only=more.pop("changes_only", False),
            made_at=dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC),
            languages=more.pop("languages", self.languages),
            sequence=more.pop("sequence", 1),
            stop=StopToken(),
            work_dir=self.directory,
        )
        write = industry_format(format_id).write
        assert write is not None
        return target, write(writing), writing


@dataclass
class RowsAsRecords:
    """Rows by entity, as the records of an export."""

    rows: ROWS
    changes: Mapping[str, Change]
    """What is to be told of a record, by its key; ``new`` where nothing is said."""

    def count(self, entity: str) -> int:
        return len(self.rows.get(entity, ()))

    def items(self, entity: str, related: Sequence[Related] = ()) -> Iterator[Item]:
        for row in self.rows.get(entity, ()):
            key = row.get("number", "")
            change = self.changes.get(key, "new")
            belonging = {
                each.entity: [
                    other
                    for other in self.rows.get(each.entity, ())
                    if other.get(each.field) == key and change != "deleted"
                ]
                for each in related
            }
            yield Item(row, change, belonging)


def rows_of(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, str]]:
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
