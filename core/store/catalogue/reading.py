"""What exports read: records of an entity, all or those that changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.config.entities import publication_field
from core.sql import column_list, quoted_name, quoted_text
from core.store.catalogue.faults import faults
from core.store.catalogue.names import RECORD_COLUMNS, aware, entity_table, history_table, moment_literal, same_key

if TYPE_CHECKING:
    from collections.abc import Mapping
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
    publication: str | None = None,
    name: str = SELECTION,
) -> str:
    """Make a temporary view of records and return its name; to be read inside the same :func:`snapshot`.

    It has all fields and RECORD_FIELDS. ``assortment`` None takes all of them, ``""`` those without one. Records are
    those that changed after ``since`` (None: all) and not after ``upto``, the watermark of the snapshot. Archived
    records are in it only ``with_archived``, as are those that were removed by a revert while their before images are
    kept. ``mutation`` says what the receiver of everything up to ``since`` must be told: ``new``, ``changed`` or
    ``deleted``. ``where`` is SQL over the columns of a record, for which it must hold. With a ``publication`` the
    receiver is one who knows only of what is published there: a record that no longer is, is deleted to him, and one
    that is again, new.
    """
    query = _Chosen(entity, assortment, since, upto, with_archived, publication).query()
    if where is not None:
        query = f"SELECT * FROM ({query}) WHERE ({where})::BOOLEAN"
    with faults("be read"):
        session.execute(f"CREATE OR REPLACE TEMP VIEW {quoted_name(name)} AS {query}")
    return name


def find_record(
    session: DuckDBPyConnection, entity: Entity, assortment: str, key: Mapping[str, str], *, before_run: int
) -> dict[str, str] | None:
    """Return the values of a record as text, by its key as text; None where there is none, or an archived one.

    It is the record as it was before a run, which may have changed it before it was interrupted and went on.
    """
    fields = ", ".join(f"CAST({quoted_name(name)} AS VARCHAR)" for name in entity.fields)
    matches = " AND ".join(f"CAST({quoted_name(name)} AS VARCHAR) = ?" for name in entity.key)
    values = [assortment, *(key.get(name, "") for name in entity.key)]
    with faults("be read"):
        row = session.execute(
            f"SELECT archived_at, changed_by_run, {fields} FROM {entity_table(entity.name)} "
            f"WHERE assortment = ? AND {matches} LIMIT 1",
            values,
        ).fetchone()
        if row is not None and row[1] == before_run:
            row = session.execute(
                f"SELECT archived_at, changed_by_run, {fields} FROM {history_table(entity.name)} "
                f"WHERE _run = {before_run} AND assortment = ? AND {matches} ORDER BY _moment LIMIT 1",
                values,
            ).fetchone()
    if row is None or row[0] is not None:
        return None
    return {name: value for name, value in zip(entity.fields, row[2:], strict=True) if value is not None}


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
    chosen = _Chosen(entity, assortment, since, upto, with_archived)
    with faults("be read"):
        row = session.execute(f"SELECT count(*) FROM ({chosen.query()})").fetchone()
    return int(row[0]) if row else 0


def assortments(session: DuckDBPyConnection, entity: Entity) -> list[AssortmentCount]:
    """Return the assortments of an entity by name, each with its number of records."""
    with faults("be read"):
        rows = session.execute(
            "SELECT assortment, count(*) FILTER (archived_at IS NULL), count(archived_at), max(changed_at) "
            f"FROM {entity_table(entity.name)} GROUP BY assortment ORDER BY assortment"
        ).fetchall()
    return [AssortmentCount(name, active, archived, aware(moment)) for name, active, archived, moment in rows]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Which records of an entity are read, as SQL."""

    entity: Entity
    assortment: str | None
    since: datetime | None
    upto: datetime
    with_archived: bool
    publication: str | None = None

    def query(self) -> str:
        """Return the query for all of them."""
        conditions = [f"t.changed_at <= {moment_literal(self.upto)}"]
        if self.assortment is not None:
            conditions.append(f"t.assortment = {quoted_text(self.assortment)}")
        if self.since is not None:
            conditions.append(f"t.changed_at > {moment_literal(self.since)}")
        if not self.with_archived:
            conditions.append("t.archived_at IS NULL")
        tells_deleted = self.with_archived and self.since is not None
        if self.publication is not None:
            now = self._published("t")
            conditions.append(f"({now} OR {self._published_before()})" if tells_deleted else now)
        columns = column_list((*RECORD_COLUMNS, *self.entity.fields), prefix="t.")
        query = (
            f"SELECT {columns}, {self._mutation()} AS mutation "
            f"FROM {entity_table(self.entity.name)} t WHERE {' AND '.join(conditions)}"
        )
        if self.with_archived and self.since is not None:
            query += f" UNION ALL BY NAME {self._removed(self.since)}"
        return query

    def _published(self, table: str) -> str:
        field = publication_field(self.publication or "")
        return f"coalesce({table}.{quoted_name(field)}, false)"

    def _published_before(self) -> str:
        """Return the condition that the receiver was told of a record: it was there, and published, at ``since``."""
        since = moment_literal(self.since) if self.since else "NULL"
        # The first before image since then is the record as it was then.
        then = (
            f"SELECT arg_min({self._published('h')}, h._moment) FROM {history_table(self.entity.name)} h "
            f"WHERE h._moment > {since} AND h.assortment = t.assortment AND {same_key(self.entity.key, 'h', 't')}"
        )
        return f"(t.created_at <= {since} AND coalesce(({then}), {self._published('t')}))"

    def _mutation(self) -> str:
        deleted = "t.archived_at IS NOT NULL"
        if self.publication is not None:
            deleted = f"({deleted} OR NOT {self._published('t')})"
        if self.since is None:
            return f"CASE WHEN {deleted} THEN 'deleted' ELSE 'new' END"
        since, key = moment_literal(self.since), self.entity.key
        # Who was told that a record is deleted must be told that it is there again.
        fresh = (
            f"t.created_at > {since} OR EXISTS (SELECT 1 FROM {history_table(self.entity.name)} h "
            f"WHERE h._action = 'restored' AND h._moment > {since} AND h.archived_at <= {since} "
            f"AND h.assortment = t.assortment AND {same_key(key, 'h', 't')})"
        )
        if self.publication is not None:
            fresh += f" OR NOT {self._published_before()}"
        return f"CASE WHEN {deleted} THEN 'deleted' WHEN {fresh} THEN 'new' ELSE 'changed' END"

    def _removed(self, since: datetime) -> str:
        """Return a query for records that were there at ``since`` and are gone: a revert removed what a run made."""
        there_again = (
            f"SELECT 1 FROM {entity_table(self.entity.name)} t "
            f"WHERE t.assortment = h.assortment AND {same_key(self.entity.key, 't', 'h')}"
        )
        conditions = [
            "h._action = 'removed'",
            f"h._moment > {moment_literal(since)}",
            f"h._moment <= {moment_literal(self.upto)}",
            f"h.created_at <= {moment_literal(since)}",
            f"NOT EXISTS ({there_again})",
        ]
        if self.assortment is not None:
            conditions.append(f"h.assortment = {quoted_text(self.assortment)}")
        if self.publication is not None:
            conditions.append(self._published("h"))
        fields = column_list(self.entity.fields, prefix="h.")
        key = column_list(("assortment", *self.entity.key), prefix="h.")
        return (
            "SELECT h.assortment, h.created_at, h.created_by_run, h._moment AS changed_at, h._run AS changed_by_run, "
            f"h._moment AS archived_at, h._run AS archived_by_run, {fields}, 'deleted' AS {quoted_name('mutation')} "
            f"FROM {history_table(self.entity.name)} h WHERE {' AND '.join(conditions)} "
            f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY h._moment DESC) = 1"
        )
