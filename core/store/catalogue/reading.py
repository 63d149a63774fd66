"""What exports read: records of an entity, all or those that changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.sql import column_list, quoted_name, quoted_text
from core.store.catalogue.faults import faults
from core.store.catalogue.names import RECORD_COLUMNS, aware, entity_table, history_table, moment_literal, same_key

if TYPE_CHECKING:
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity

SELECTION = "selection"


@dataclass(frozen=True, slots=True)
class AssortmentCount:
    """How many records an assortment has."""

    assortment: str
    active: int
    archived: int
    last_changed: datetime


def select_records(
    session: DuckDBPyConnection,
    entity: Entity,
    *,
    assortment: str | None,
    since: datetime | None,
    upto: datetime,
    with_archived: bool,
    where: str | None = None,
) -> str:
    """Make a temporary view of records and return its name; to be read inside the same :func:`snapshot`.

    It has all fields and RECORD_FIELDS. ``assortment`` None takes all of them, ``""`` those without one. Records are
    those that changed after ``since`` (None: all) and not after ``upto``, the watermark of the snapshot. Archived
    records are in it only ``with_archived``, as are those that were removed by a revert while their before images are
    kept. ``mutation`` says what the receiver of everything up to ``since`` must be told: ``new``, ``changed`` or
    ``deleted``. ``where`` is SQL over the columns of a record, for which it must hold.
    """
    query = _selection(entity, assortment=assortment, since=since, upto=upto, with_archived=with_archived)
    if where is not None:
        query = f"SELECT * FROM ({query}) WHERE ({where})::BOOLEAN"
    with faults("be read"):
        session.execute(f"CREATE OR REPLACE TEMP VIEW {SELECTION} AS {query}")
    return SELECTION


def has_records(session: DuckDBPyConnection, entity: Entity, assortment: str) -> bool:
    """Whether an assortment has any record, archived ones included."""
    with faults("be read"):
        query = f"SELECT 1 FROM {entity_table(entity.name)} WHERE assortment = ? LIMIT 1"
        return session.execute(query, [assortment]).fetchone() is not None


def count_records(
    session: DuckDBPyConnection,
    entity: Entity,
    *,
    assortment: str | None,
    since: datetime | None,
    upto: datetime,
    with_archived: bool,
) -> int:
    """Return how many records :func:`select_records` would give."""
    query = _selection(entity, assortment=assortment, since=since, upto=upto, with_archived=with_archived)
    with faults("be read"):
        row = session.execute(f"SELECT count(*) FROM ({query})").fetchone()
    return int(row[0]) if row else 0


def assortments(session: DuckDBPyConnection, entity: Entity) -> list[AssortmentCount]:
    """Return the assortments of an entity by name, each with its number of records."""
    with faults("be read"):
        rows = session.execute(
            "SELECT assortment, count(*) FILTER (archived_at IS NULL), count(archived_at), max(changed_at) "
            f"FROM {entity_table(entity.name)} GROUP BY assortment ORDER BY assortment"
        ).fetchall()
    return [AssortmentCount(name, active, archived, aware(moment)) for name, active, archived, moment in rows]


def _selection(
    entity: Entity, *, assortment: str | None, since: datetime | None, upto: datetime, with_archived: bool
) -> str:
    conditions = [f"t.changed_at <= {moment_literal(upto)}"]
    if assortment is not None:
        conditions.append(f"t.assortment = {quoted_text(assortment)}")
    if since is not None:
        conditions.append(f"t.changed_at > {moment_literal(since)}")
    if not with_archived:
        conditions.append("t.archived_at IS NULL")
    columns = column_list((*RECORD_COLUMNS, *entity.fields), prefix="t.")
    query = (
        f"SELECT {columns}, {_mutation(entity, since)} AS mutation "
        f"FROM {entity_table(entity.name)} t WHERE {' AND '.join(conditions)}"
    )
    if with_archived and since is not None:
        query += f" UNION ALL BY NAME {_removed(entity, assortment=assortment, since=since, upto=upto)}"
    return query


def _mutation(entity: Entity, since: datetime | None) -> str:
    if since is None:
        return "CASE WHEN t.archived_at IS NULL THEN 'new' ELSE 'deleted' END"
    # Who was told that a record is deleted must be told that it is there again.
    came_back = (
        f"EXISTS (SELECT 1 FROM {history_table(entity.name)} h WHERE h._action = 'restored' "
        f"AND h._moment > {moment_literal(since)} AND h.archived_at <= {moment_literal(since)} "
        f"AND h.assortment = t.assortment AND {same_key(entity.key, 'h', 't')})"
    )
    return (
        f"CASE WHEN t.archived_at IS NOT NULL THEN 'deleted' "
        f"WHEN t.created_at > {moment_literal(since)} OR {came_back} THEN 'new' ELSE 'changed' END"
    )


def _removed(entity: Entity, *, assortment: str | None, since: datetime, upto: datetime) -> str:
    """Return a query for records that were there at ``since`` and are gone: a revert removed what a run had made."""
    there_again = (
        f"SELECT 1 FROM {entity_table(entity.name)} t "
        f"WHERE t.assortment = h.assortment AND {same_key(entity.key, 't', 'h')}"
    )
    conditions = [
        "h._action = 'removed'",
        f"h._moment > {moment_literal(since)}",
        f"h._moment <= {moment_literal(upto)}",
        f"h.created_at <= {moment_literal(since)}",
        f"NOT EXISTS ({there_again})",
    ]
    if assortment is not None:
        conditions.append(f"h.assortment = {quoted_text(assortment)}")
    fields = column_list(entity.fields, prefix="h.")
    key = column_list(("assortment", *entity.key), prefix="h.")
    return (
        "SELECT h.assortment, h.created_at, h.created_by_run, h._moment AS changed_at, h._run AS changed_by_run, "
        f"h._moment AS archived_at, h._run AS archived_by_run, {fields}, 'deleted' AS {quoted_name('mutation')} "
        f"FROM {history_table(entity.name)} h WHERE {' AND '.join(conditions)} "
        f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY h._moment DESC) = 1"
    )
