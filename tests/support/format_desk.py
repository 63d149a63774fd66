"""A desk at which files of one industry format are read and written without a task."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from support.exchange_desk import AS_THE_STORE

from core.config.entities import Entity, build_entities
from core.config.standard import STANDARD_ENTITIES
from core.config.values import TypedFormats
from core.exchange.codes.numbers import plain
from core.exchange.formats.contract import Item, Reading, Related, Writing
from core.exchange.formats.registry import industry_format
from core.exchange.staging import locate_rows, stage_rows
from core.stop import StopToken
from core.tasks.standard_parts import columns_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from core.config.formats import FormatId
    from core.exchange.formats.contract import Content, Inspection, Part, Row, Written

SHARED = Path(__file__).parents[3] / "shared" / "formats"
"""Samples that are not ours to copy; tests skip where they are not there."""
LANGUAGES = ("nl", "en", "de")
TODAY = "2026-03-02"
MADE_AT = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
Rows = dict[str, list[dict[str, str]]]
"""Records by entity, in neutral notation: as an export hands them out."""


def standard_entities(languages: Sequence[str] = LANGUAGES) -> dict[str, Entity]:
    return build_entities(STANDARD_ENTITIES, {}, list(languages), [])


@dataclass
class GivenRecords:
    """The records of an export as a test gives them; see ``core.exchange.formats.contract.Records``."""

    rows: Mapping[str, Sequence[Row]]
    changes: Mapping[str, str] = field(default_factory=dict)
    """By the first field of the key; the others are new."""
    entities: Mapping[str, Entity] = field(default_factory=standard_entities)

    def count(self, entity: str, related: Sequence[Related] = ()) -> int:  # noqa: ARG002
        return len(self.rows.get(entity, ()))

    def given(self, entity: str) -> int:
        return self.count(entity)

    def items(self, entity: str, related: Sequence[Related] = (), *, everything: bool = False) -> Iterator[Item]:
        key = self.entities[entity].key
        belonging: dict[str, dict[str, list[Row]]] = {each.entity: defaultdict(list) for each in related}
        for each in related:
            names = (*each.order, *self.entities[each.entity].key)
            for row in sorted(self.rows.get(each.entity, ()), key=lambda row: [row.get(name, "") for name in names]):
                belonging[each.entity][row.get(each.field, "")].append(row)
        for row in sorted(self.rows.get(entity, ()), key=lambda row: [row.get(name, "") for name in key]):
            change: Any = "new" if everything else self.changes.get(row[key[0]], "new")
            yield Item(row, change, {name: found[row[key[0]]] for name, found in belonging.items()})


@dataclass(frozen=True)
class Reject:
    """A record that would not go into the catalogue."""

    entity: str
    record: int
    line: int | None
    place: str
    field: str
    """Of the entity, or the column of the file where it is none."""
    value: str
    reason: str
    raw: str
    item: int
    """The number of the item of the file that it was made of; 0 for none."""


@dataclass
class Found:
    """What was read of a file: the records that would go into the catalogue, and those that would not."""

    content: Content
    warnings: list[str]
    """With what is said of languages."""
    records: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    """By entity, without the fields that have no value."""
    deleted: Rows = field(default_factory=lambda: defaultdict(list))
    rejects: list[Reject] = field(default_factory=list)

    def part(self, entity: str) -> Part:
        return next(part for part in self.content.parts if part.entity.name == entity)

    @property
    def rows(self) -> Rows:
        """The records in neutral notation."""
        rows: Rows = defaultdict(list)
        return rows | {entity: [as_texts(row) for row in records] for entity, records in self.records.items()}

    def one(self, entity: str, **values: str) -> dict[str, str]:
        (found,) = self.all(entity, **values)
        return found

    def all(self, entity: str, **values: str) -> list[dict[str, str]]:
        return [row for row in self.rows[entity] if all(row.get(name) == value for name, value in values.items())]

    def counts(self) -> dict[str, int]:
        return {entity: len(records) for entity, records in self.records.items() if records}

    def rejected_items(self) -> set[int]:
        """The items of the file that have a record that was rejected."""
        return {reject.item for reject in self.rejects if reject.item}


@dataclass
class FormatDesk:
    """Reads as an import does; what was read is what a writer is given."""

    format: FormatId
    directory: Path
    languages: Sequence[str] = LANGUAGES
    known: dict[tuple[str, ...], Row] = field(default_factory=dict)
    """Records that the catalogue has, by entity and key."""
    last: Writing = field(init=False, repr=False)
    """The last that was asked for."""
    _works: int = 0

    def __post_init__(self) -> None:
        self.entities = standard_entities(self.languages)

    def _work(self) -> Path:
        self._works += 1
        work = self.directory / f"work-{self._works}"
        work.mkdir(exist_ok=True)
        return work

    def file(self, name: str, content: bytes | str) -> Path:
        path = self.directory / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def reading(self, source: Path | bytes | str, *, delta: bool = False) -> Reading:
        path = source if isinstance(source, Path) else self.file("source", source)
        return Reading(
            path=path,
            name=path.name,
            work_dir=self._work(),
            entities=self.entities,
            languages=self.languages,
            delta=delta,
            stop=StopToken(),
            today=TODAY,
            known=lambda entity, key: self.known.get((entity, *key.values())),
        )

    def content(self, source: Path | bytes | str, *, delta: bool = False) -> Content:
        """Read a file without staging its records."""
        return self._read(self.reading(source, delta=delta))

    def _read(self, reading: Reading) -> Content:
        read = industry_format(self.format).read
        assert read is not None
        return read(reading)

    def read(self, source: Path | bytes | str, *, delta: bool = False) -> Found:
        """Read a file and stage its records."""
        reading = self.reading(source, delta=delta)
        content = self._read(reading)
        found = Found(content, [*content.warnings, *reading.language_warnings()])
        with duckdb.connect(config=AS_THE_STORE) as connection:
            for part in content.parts:
                found.records[part.entity.name] += []
                if part.raw.records:
                    _stage(connection, part, found)
        return found

    def remember(self, found: Found) -> None:
        """Take the catalogues of a file for known, as an import would have left them."""
        for row in found.rows["supplier_catalogue"]:
            self.known["supplier_catalogue", row["supplier"], row["catalogue"]] = row

    def inspect(self, source: Path | bytes | str) -> Inspection:
        inspect = industry_format(self.format).inspect
        assert inspect is not None
        return inspect(self.reading(source))

    def rewrite(self, source: Path | bytes | str, items: Collection[int]) -> Path:
        """Write the file of rejects with these items."""
        rewrite = industry_format(self.format).rewrite_rejects
        assert rewrite is not None
        reading = self.reading(source)
        target = self.directory / f"rejects-{reading.path.name}"
        rewrite(reading, set(items), target)
        return target

    def writing(
        self,
        rows: Mapping[str, Sequence[Row]],
        settings: Any,
        entity: str = "article",
        *,
        name: str = "written",
        changes: Mapping[str, str] | None = None,
        changes_only: bool = False,
        languages: Sequence[str] = (),
        sequence: int = 1,
    ) -> Writing:
        self.last = Writing(
            target=self.directory / name,
            settings=settings,
            records=GivenRecords(rows, changes or {}, self.entities),
            entity=entity,
            changes_only=changes_only,
            made_at=MADE_AT,
            languages=languages or self.languages,
            sequence=sequence,
            stop=StopToken(),
            work_dir=self._work(),
        )
        return self.last

    def write(self, writing: Writing) -> Written:
        write = industry_format(self.format).write
        assert write is not None
        return write(writing)

    def put(
        self, rows: Mapping[str, Sequence[Row]], settings: Any, entity: str = "article", **more: Any
    ) -> tuple[bytes, Written, Writing]:
        """Write rows into a file, and return what is in it."""
        writing = self.writing(rows, settings, entity, **more)
        written = self.write(writing)
        return writing.target.read_bytes(), written, writing


def _stage(connection: duckdb.DuckDBPyConnection, part: Part, found: Found) -> None:
    entity, rows = part.entity.name, part.raw.rows()
    result = stage_rows(
        rows, columns_of(part, ()), TypedFormats(), part.entity, connection=connection, stop=StopToken(), name=entity
    )
    assert result.accepted + result.rejected == part.raw.records
    found.records[entity] += _rows(connection, "FROM staged ORDER BY _record")
    if result.deleted:
        found.deleted[entity] += map(as_texts, _rows(connection, "FROM deleted ORDER BY _record"))
    if not result.rejected:
        return
    locate_rows(rows, "rejects", connection=connection, stop=StopToken(), name=entity)
    items = dict(connection.execute(part.raw.items()).fetchall())
    faults = connection.execute(
        "SELECT record, line, coalesce(place, '') AS place, coalesce(field, \"column\", '') AS field, "
        "coalesce(value, '') AS value, reason, coalesce(raw, '') AS raw FROM rejects ORDER BY record"
    )
    names = [name for name, *_ in faults.description or ()]
    for fault in faults.fetchall():
        known = dict(zip(names, fault, strict=True))
        found.rejects.append(Reject(entity=entity, item=items[known["record"]], **known))


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    result = connection.execute(query)
    names = [name for name, *_ in result.description or ()]
    return [
        {name: value for name, value in zip(names, row, strict=True) if value is not None and not name.startswith("_")}
        for row in result.fetchall()
    ]


def as_texts(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: as_text(value) for name, value in row.items()}


def as_text(value: object) -> str:
    """A value of the catalogue in neutral notation."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return plain(value) if isinstance(value, Decimal) else str(value)
