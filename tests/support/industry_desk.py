"""A desk at which files of industry formats are read and written without a task."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb

from core.config.entities import Entity, build_entities
from core.config.standard import STANDARD_ENTITIES
from core.config.values import TypedFormats
from core.exchange.formats.contract import Item, Reading, Related, Writing
from core.exchange.formats.registry import industry_format
from core.exchange.staging import stage_rows
from core.stop import StopToken
from core.tasks.standard_parts import columns_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from core.config.formats import FormatId
    from core.exchange.formats.contract import Content, Inspection, Part, Row, Written

LANGUAGES = ["nl", "en", "de"]
MADE_AT = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)


def standard_entities() -> dict[str, Entity]:
    return build_entities(STANDARD_ENTITIES, {}, LANGUAGES, [])


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


@dataclass
class IndustryDesk:
    """Reads and writes files of one format."""

    format: FormatId
    directory: Path

    def __post_init__(self) -> None:
        self.entities = standard_entities()
        self.target = self.directory / "written"

    def reading(self, source: Path | bytes, *, delta: bool = True) -> Reading:
        if isinstance(source, bytes):
            path = self.directory / "source"
            path.write_bytes(source)
        else:
            path = source
        return Reading(
            path, "the file", self.directory / "work", self.entities, LANGUAGES, delta, StopToken(), "2026-03-02"
        )

    def read(self, source: Path | bytes, *, delta: bool = True) -> Content:
        read = industry_format(self.format).read
        assert read is not None
        return read(self.reading(source, delta=delta))

    def inspect(self, source: Path | bytes) -> Inspection:
        inspect = industry_format(self.format).inspect
        assert inspect is not None
        return inspect(self.reading(source))

    def rewritten(self, source: Path | bytes, *items: int) -> bytes:
        rewrite = industry_format(self.format).rewrite_rejects
        assert rewrite is not None
        rewrite(self.reading(source), set(items), self.target)
        return self.target.read_bytes()

    def writing(
        self, rows: Mapping[str, Sequence[Row]], settings: Any, entity: str, *, changes_only: bool = False, **more: Any
    ) -> Writing:
        return Writing(
            target=self.target,
            settings=settings,
            records=GivenRecords(rows, more.pop("changes", {}), self.entities),
            entity=entity,
            changes_only=changes_only,
            made_at=MADE_AT,
            languages=LANGUAGES,
            sequence=more.pop("sequence", 1),
            stop=StopToken(),
            work_dir=self.directory,
        )

    def write(self, writing: Writing) -> Written:
        write = industry_format(self.format).write
        assert write is not None
        return write(writing)

    def staged(self, part: Part) -> Staged:
        """Stage the records of a part as an import does."""
        with duckdb.connect(config={"disabled_optimizers": "in_clause"}) as connection:
            result = stage_rows(
                part.raw.rows(), columns_of(part, ()), TypedFormats(), part.entity,
                connection=connection, stop=StopToken(), name="the file",
            )  # fmt: skip

            def rows_of(table: str, order: str) -> list[dict[str, Any]]:
                found = connection.execute(f"FROM {table} ORDER BY {order}")
                names = [each[0] for each in found.description or ()]
                return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

            deleted = rows_of("deleted", "_record") if result.deleted else []
            items = dict(connection.execute(part.raw.items()).fetchall())
            return Staged(rows_of("staged", "_record"), rows_of("rejects", "record"), deleted, items)


@dataclass(frozen=True)
class Staged:
    """What became of the records of a part."""

    records: list[dict[str, Any]]
    rejects: list[dict[str, Any]]
    deleted: list[dict[str, Any]]
    items: dict[int, int]
    """The number of the item of each record."""

    def values(self, *names: str) -> list[Any]:
        """Return these fields of the good records; one as plain values."""
        found = [tuple(record[name] for name in names) for record in self.records]
        return [row[0] for row in found] if len(names) == 1 else found
