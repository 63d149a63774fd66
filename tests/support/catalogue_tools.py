"""What the tests of the catalogue share: an entity, a staging table, and imports of a few records."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.config.entities import EntitySettings, FieldSettings, build_entities
from core.sql import column_list, quoted_name
from core.stop import StopToken
from core.store.catalogue import (
    BlockCounts,
    Catalogue,
    ChangePlan,
    Digested,
    apply_block,
    check_staged,
    content_of,
    plan_changes,
)
from core.store.catalogue.names import column_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity

Row = dict[str, Any]


def entities(**fields: dict[str, Any]) -> dict[str, Entity]:
    """Two makers' parts with a key of two fields, and articles that refer to products and to each other."""
    part = {
        "maker": FieldSettings(type="text"),
        "number": FieldSettings(type="text"),
        "name": FieldSettings(type="text", translated=True),
        "price": FieldSettings(type="decimal", decimals=2),
        "stock": FieldSettings(type="integer"),
        "made_on": FieldSettings(type="date"),
        "active": FieldSettings(type="boolean"),
        "seen_at": FieldSettings(type="datetime"),
        **{name: FieldSettings(**settings) for name, settings in fields.items()},
    }
    article = {
        "number": FieldSettings(type="text"),
        "product": FieldSettings(type="integer", refers_to="product"),
        "successor": FieldSettings(type="text", refers_to="article"),
    }
    declared = {
        "part": EntitySettings(key=["maker", "number"], fields=part),
        "product": EntitySettings(key=["id"], fields={"id": FieldSettings(type="integer")}),
        "article": EntitySettings(key=["number"], fields=article),
    }
    return build_entities({}, declared, ["nl", "en"])


@contextmanager
def opened(directory: Path, known: dict[str, Entity] | None = None) -> Iterator[Catalogue]:
    """Open a catalogue in a directory, and close it again."""
    spool = directory / "spool"
    spool.mkdir(exist_ok=True)
    catalogue = Catalogue.open(
        directory / "catalogue.duckdb", known or entities(), spool=spool, memory_limit_mb=256, threads=1
    )
    try:
        yield catalogue
    finally:
        catalogue.close()


def stage(
    session: DuckDBPyConnection, entity: Entity, rows: Sequence[Row], fields: Sequence[str] | None = None
) -> None:
    """Make the tables that reading a file makes: ``staged`` and ``rejects``."""
    names = list(fields if fields is not None else (rows[0] if rows else entity.fields))
    columns = ", ".join(f"{quoted_name(name)} {column_type(entity.fields[name])}" for name in names)
    session.execute(f"CREATE OR REPLACE TEMP TABLE staged (_record BIGINT, {columns})")
    session.execute(
        "CREATE OR REPLACE TEMP TABLE rejects (record BIGINT, line BIGINT, field VARCHAR, "
        '"column" VARCHAR, value VARCHAR, reason VARCHAR, raw VARCHAR)'
    )
    if rows:
        session.executemany(
            f"INSERT INTO staged VALUES ({', '.join('?' * (len(names) + 1))})",
            [[number, *(row[name] for name in names)] for number, row in enumerate(rows, start=1)],
        )


def digest(session: DuckDBPyConnection, entity: Entity) -> Digested:
    """Leave of ``staged`` only what large files are compared by, with all the fields in ``picked``."""
    fields = [name for name, *_ in session.execute("DESCRIBE staged").fetchall() if name in entity.fields]
    session.execute("CREATE OR REPLACE TEMP TABLE picked AS FROM staged")
    session.execute(
        f"CREATE OR REPLACE TEMP TABLE staged AS SELECT _record, {column_list(entity.key)}, "
        f"{content_of(entity, fields)} AS _content FROM picked"
    )
    return Digested(fields, "picked")


@dataclass
class Importer:
    """Imports rows as runs with numbers that count up."""

    catalogue: Catalogue
    entity: Entity
    run: int = 0
    digested: bool = False
    """Whether, as for large files, only keys and contents are compared, and the values read afterwards."""

    def plan(
        self,
        session: DuckDBPyConnection,
        rows: Sequence[Row],
        *,
        full: bool = False,
        assortment: str = "a",
        **more: Any,
    ) -> ChangePlan:
        """Stage rows and compare them, as a new run unless one is named."""
        if "run" not in more:
            self.run += 1
        stage(session, self.entity, rows, more.pop("fields", None))
        assert check_staged(session, "staged", "rejects", self.entity, stop=StopToken()) == 0
        more = {"run": self.run, "block_rows": 1000, "stop": StopToken(), **more}
        digested = digest(session, self.entity) if self.digested else None
        plan = plan_changes(session, "staged", self.entity, assortment=assortment, full=full, digested=digested, **more)
        if digested:
            session.execute(
                f"DELETE FROM picked WHERE _record NOT IN (SELECT _record FROM {plan.table} WHERE _record > 0)"
            )
        return plan

    def carry_out(self, rows: Sequence[Row], **more: Any) -> BlockCounts:
        """Import rows; return what was done."""
        with self.catalogue.session() as session:
            plan = self.plan(session, rows, **more)
            for block in range(plan.blocks):
                apply_block(session, plan, block, fence=1, stop=StopToken())
        done = self.catalogue.applied(plan.run)
        return BlockCounts(done.new, done.changed, done.archived, done.restored, done.removed)


def contents(catalogue: Catalogue, entity: Entity) -> dict[tuple[Any, ...], tuple[Row, bool]]:
    """Return every record: its values, and whether it is archived, by assortment and key."""
    with catalogue.session() as session:
        names = list(entity.fields)
        rows = session.execute(
            f"SELECT assortment, archived_at IS NOT NULL, {', '.join(map(quoted_name, names))} "
            f"FROM entity.{quoted_name(entity.name)}"
        ).fetchall()
    result = {}
    for assortment, archived, *values in rows:
        record = dict(zip(names, values, strict=True))
        result[assortment, *(record[name] for name in entity.key)] = record, archived
    assert len(result) == len(rows), "two records have the same identity"
    return result
