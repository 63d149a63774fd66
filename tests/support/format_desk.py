"""Reading and writing files of the industry's formats by themselves, without a task and without a catalogue."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb

from core.config.entities import build_entities
from core.config.industry import TRAITS
from core.config.standard import STANDARD_ENTITIES
from core.exchange.formats.contract import Item, Reading, Writing
from core.exchange.formats.registry import industry_format
from core.stop import StopToken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from core.config.formats import FormatId
    from core.exchange.formats.contract import Change, Content, Part, Related, Row, Written

TODAY = "2026-03-01"
Rows = dict[str, list[dict[str, str]]]
"""Records by entity, without the fields that have no value."""


def reading_of(
    path: Path,
    work_dir: Path,
    *,
    languages: Sequence[str] = ("en", "nl"),
    delta: bool = False,
    known: Callable[[str, Mapping[str, str]], Row | None] = lambda _entity, _key: None,
    stop: StopToken | None = None,
) -> Reading:
    """Return what a reader is handed."""
    work_dir.mkdir(parents=True, exist_ok=True)
    return Reading(
        path,
        path.name,
        work_dir,
        build_entities(STANDARD_ENTITIES, {}, list(languages)),
        languages,
        delta,
        stop or StopToken(),
        TODAY,
        known=known,
    )


def read_file(format_id: FormatId, path: Path, work_dir: Path, **more: Any) -> Content:
    """Read a file."""
    read = industry_format(format_id).read
    assert read is not None
    return read(reading_of(path, work_dir, **more))


def part_of(content: Content, entity: str) -> Part:
    """Return the part of an entity."""
    return next(part for part in content.parts if part.entity.name == entity)


def rows_of(part: Part, *, deleted: bool | None = None) -> list[dict[str, str]]:
    """Return the records of a part in their order; only those that are deleted, or are not."""
    rows = part.raw.rows()
    condition = "" if deleted is None else f" WHERE _deleted = {deleted}"
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT * FROM {rows.relation}{condition} ORDER BY _record").fetchall()
    return [
        {name: value for name, value in zip(rows.names, row[2 : 2 + rows.width], strict=True) if value is not None}
        for row in found
    ]


def all_rows(content: Content) -> Rows:
    """Return the records of all parts that are not deleted."""
    return {part.entity.name: rows_of(part, deleted=False) for part in content.parts}


def rejects_of(part: Part) -> list[dict[str, Any]]:
    """Return what was rejected when a part was read."""
    rows = part.raw.rows()
    if not rows.unreadable:
        return []
    with duckdb.connect() as connection:
        found = connection.execute(f"{rows.unreadable} ORDER BY record")
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@dataclass
class KeptRecords:
    """Records that are exported, from memory."""

    rows: Rows
    entities: Mapping[str, Any] = field(default_factory=lambda: build_entities(STANDARD_ENTITIES, {}, ["en", "nl"]))
    changes: Mapping[tuple[str, str], Change] = field(default_factory=dict)
    """By entity and key, what is not new."""

    def count(self, entity: str) -> int:
        return len(self.rows.get(entity, ()))

    def items(self, entity: str, related: Sequence[Related] = ()) -> Iterator[Item]:
        key = self.entities[entity].key
        for row in sorted(self.rows.get(entity, ()), key=lambda each: [each.get(name, "") for name in key]):
            mine = " ".join(row.get(name, "") for name in key)
            change = self.changes.get((entity, mine), "new")
            belonging = {} if change == "deleted" else {each.entity: self._related(each, mine) for each in related}
            yield Item(row, change, belonging)

    def _related(self, related: Related, key: str) -> list[Row]:
        order = (*related.order, *self.entities[related.entity].key)
        found = [row for row in self.rows.get(related.entity, ()) if row.get(related.field) == key]
        return sorted(found, key=lambda row: [_sortable(row.get(name, "")) for name in order])


def _sortable(text: str) -> tuple[int, int, str]:
    return (0, int(text), "") if text.isdecimal() else (1, 0, text)


@dataclass
class Exported:
    """A file that was written."""

    path: Path
    written: Written
    writing: Writing

    @property
    def refused(self) -> Counter[tuple[str, str]]:
        """How often records of an entity were refused for a field."""
        return Counter((each.entity, each.field) for each in self.writing.refusals)


def write_file(
    format_id: FormatId,
    target: Path,
    rows: Rows,
    *,
    entity: str = "",
    changes_only: bool = False,
    languages: Sequence[str] = ("en", "nl"),
    sequence: int = 1,
    changes: Mapping[tuple[str, str], Change] | None = None,
    **header: Any,
) -> Exported:
    """Write a file of these records; ``header`` is what the layout says."""
    industry, traits = industry_format(format_id), TRAITS[format_id]
    assert industry.write is not None
    work_dir = target.with_name(f"{target.name}-work")
    work_dir.mkdir(parents=True)
    writing = Writing(
        target,
        traits.header.model_validate(header),
        KeptRecords(rows, changes=changes or {}),
        entity or traits.writes[0],
        changes_only,
        dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC),
        languages,
        sequence,
        StopToken(),
        work_dir,
    )
    return Exported(target, industry.write(writing), writing)
