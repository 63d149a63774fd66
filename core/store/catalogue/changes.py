"""What an import would do to the catalogue: the change set, computed once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import StoreError
from core.sql import column_list, quoted_name, quoted_text
from core.store.catalogue.faults import faults
from core.store.catalogue.names import column_type, entity_table, same_key, typed
from core.store.catalogue.references import stub_condition
from core.store.catalogue.transactions import last_moment, transaction

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.stop import StopToken


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """A change set that was computed and waits in its session to be applied, block by block."""

    entity: Entity
    assortment: str
    run: int
    fields: tuple[str, ...]
    """The staged fields, in the order of the entity; the others stay as they are."""
    new: int
    changed: int
    unchanged: int
    restored: int
    """Archived records that come back, with or without other changes."""
    missing: int
    """Active records that are not in the file and will be archived; 0 for a delta."""
    active_before: int
    blocks: int
    first_block: int
    """The number under which block 0 is kept; an earlier attempt of the run may have applied blocks already."""
    seen: datetime
    """The watermark of the state that the change set was computed against."""
    staged: str
    """The session's table with the fields of the staged records, or of those that the change set has."""
    table: str
    """The session's table with the change set: ``_kind``, ``_block``, ``_record`` and the key."""
    stubs: bool = False
    """The staged records have only a key, because others refer to them."""
    spared: int = 0
    """Stubs that are not in the file: nobody has delivered them yet, and they stay."""
    lost: int = 0
    """What the brake weighs: the records that will be archived, or the owners that will have none any more."""
    lost_of: int = 0
    """Out of how many that is."""

    @property
    def values(self) -> tuple[str, ...]:
        """The staged fields that are not part of the key."""
        return tuple(name for name in self.fields if name not in self.entity.key)


@dataclass(frozen=True, slots=True)
class Owned:
    """Records that belong to others, such as the prices of articles."""

    fields: tuple[str, ...]
    """Of the entity, that say whose a record is."""
    named: str = ""
    """The session's table of the owners, by these fields, whose absent records are archived; empty: those of all."""
    weigh_owners: bool = False
    """The brake weighs owners that will have none of these records any more, and not the records: a price list that is
    new in all its prices archives all old ones."""


@dataclass(frozen=True, slots=True)
class Digested:
    """Of staged records, only the key and the content were kept."""

    fields: Collection[str]
    """What the layout maps."""
    values: str
    """The table of all fields of the records in the change set, which must be there before the plan is applied."""


def plan_changes(
    session: DuckDBPyConnection,
    staged: str,
    entity: Entity,
    *,
    assortment: str,
    full: bool,
    run: int,
    block_rows: int,
    stop: StopToken,
    digested: Digested | None = None,
    stubs: bool = False,
    spare_stubs: bool = True,
    owned: Owned | None = None,
    deleted: str = "",
) -> ChangePlan:
    """Compare staged records that passed :func:`check_staged` with those of the assortment.

    ``staged`` has ``_record`` and a column for each field that the layout maps, the key among them; it must stay as it
    is until the plan is applied. Where it was ``digested``, it has the key and ``_content`` (:func:`content_of`). A
    later plan for the same table in the session replaces this one. ``stubs`` are what :func:`stage_stubs` has staged.
    ``spare_stubs``: those that are kept and not staged are not archived. ``owned`` narrows what a full file archives.
    ``deleted`` is a table with the keys of records that are archived in any case, unless they are staged.

    Raises:
        StoreError: a key field is not staged, or two staged records have the same key.
        StopRequested: the run was asked to stop.
    """
    with faults("compare the file with what it keeps", session=session, stop=stop), transaction(session):
        present = {name for name, *_ in session.execute(f"DESCRIBE {quoted_name(staged)}").fetchall()}
        fields = tuple(name for name in entity.fields if name in (present if digested is None else digested.fields))
        lacking = [name for name in entity.key if name not in present]
        if lacking:
            raise StoreError(
                f"The key field {lacking[0]!r} of {entity.name} was not read from the file.",
                advice="Map it in the layout.",
            )
        table = quoted_name(f"changes {staged}")
        narrowed = owned is not None and owned.named != ""
        stub = stub_condition(session, entity.name, "t") if full and spare_stubs and not narrowed else "false"
        content = "_content" if digested else content_of(entity, fields)
        leaves = _leaves(entity, full=full, stub=stub, owned=owned, deleted=deleted)
        session.execute(
            _change_set(entity, staged, fields, content, table, assortment=assortment, leaves=leaves, rows=block_rows)
        )
        _refuse_repeated(session, entity, table)
        counts = dict(session.execute(f"SELECT _kind, count(*) FROM {table} GROUP BY _kind").fetchall())
        new, changed, restored = counts.get("new", 0), counts.get("changed", 0), counts.get("restored", 0)
        unchanged = _number(session, f"SELECT count(*) FROM {quoted_name(staged)}") - new - changed - restored
        if deleted:
            # Who is gone already is as the file says.
            unchanged += _number(
                session,
                f"SELECT count(*) FROM {quoted_name(deleted)} g WHERE NOT EXISTS (SELECT 1 FROM {table} c "
                f"WHERE c._kind = 'archived' AND {same_key(entity.key, 'g', 'c')})",
            )
        active = _number(
            session,
            f"SELECT count(*) FROM {entity_table(entity.name)} WHERE assortment = ? AND archived_at IS NULL",
            [assortment],
        )
        missing = counts.get("archived", 0)
        lost, lost_of = missing, active
        if owned is not None and missing:
            lost, lost_of = _weighed(session, entity, staged, table, owned, assortment)
        return ChangePlan(
            entity=entity,
            assortment=assortment,
            run=run,
            fields=fields,
            new=new,
            changed=changed,
            unchanged=unchanged,
            restored=restored,
            missing=missing,
            active_before=active,
            blocks=-(-sum(counts.values()) // block_rows),
            first_block=_number(
                session,
                "SELECT coalesce(max(block) + 1, 0) FROM applied WHERE run = ? AND entity = ? AND assortment = ?",
                [run, entity.name, assortment],
            ),
            seen=last_moment(session),
            staged=digested.values if digested else staged,
            table=table,
            stubs=stubs,
            spared=0
            if stub == "false"
            else _number(
                session,
                f"SELECT count(*) FROM {entity_table(entity.name)} t WHERE t.assortment = ? AND t.archived_at IS NULL "
                f"AND {stub} AND NOT EXISTS (SELECT 1 FROM {quoted_name(staged)} s "
                f"WHERE {same_key(entity.key, 's', 't')})",
                [assortment],
            ),
            lost=lost,
            lost_of=lost_of,
        )


def _leaves(entity: Entity, *, full: bool, stub: str, owned: Owned | None, deleted: str) -> str:
    """Return the condition that a record ``t`` of the catalogue is archived if it is not staged; "false" for none."""
    conditions = []
    if full:
        absent = [] if stub == "false" else [f"NOT {stub}"]
        if owned is not None and owned.named:
            absent.append(f"EXISTS (SELECT 1 FROM {quoted_name(owned.named)} o WHERE {_same(owned.fields, 'o', 't')})")
        conditions.append(" AND ".join(absent) or "true")
    if deleted:
        conditions.append(f"EXISTS (SELECT 1 FROM {quoted_name(deleted)} g WHERE {same_key(entity.key, 'g', 't')})")
    return f"({' OR '.join(f'({each})' for each in conditions)})" if conditions else "false"


def _same(fields: Collection[str], left: str, right: str) -> str:
    return " AND ".join(
        f"{left}.{quoted_name(name)} IS NOT DISTINCT FROM {right}.{quoted_name(name)}" for name in fields
    )


def _weighed(
    session: DuckDBPyConnection, entity: Entity, staged: str, table: str, owned: Owned, assortment: str
) -> tuple[int, int]:
    """Return what is lost, and of how many: of the records of the owners whose records are replaced, or of owners."""
    narrowed = ""
    if owned.named:
        narrowed = f" AND EXISTS (SELECT 1 FROM {quoted_name(owned.named)} o WHERE {_same(owned.fields, 'o', 't')})"
    active = (
        f"FROM {entity_table(entity.name)} t WHERE t.assortment = {quoted_text(assortment)} "
        f"AND t.archived_at IS NULL{narrowed}"
    )
    if not owned.weigh_owners:
        archived = _number(session, f"SELECT count(*) FROM {table} WHERE _kind = 'archived'")
        # What the file deletes may belong to owners that it does not name otherwise.
        return archived, max(archived, _number(session, f"SELECT count(*) {active}"))
    names = column_list(owned.fields, prefix="t.")
    lost = _number(
        session,
        f"SELECT count(*) FROM (SELECT DISTINCT {names} FROM {entity_table(entity.name)} t JOIN {table} c "
        f"ON c._kind = 'archived' AND {same_key(entity.key, 't', 'c')} "
        f"WHERE t.assortment = {quoted_text(assortment)}) t WHERE NOT EXISTS (SELECT 1 FROM {quoted_name(staged)} s "
        f"WHERE {_same(owned.fields, 's', 't')})",
    )
    return lost, max(lost, _number(session, f"SELECT count(*) FROM (SELECT DISTINCT {names} {active})"))


def _change_set(
    entity: Entity,
    staged: str,
    fields: tuple[str, ...],
    content: str,
    table: str,
    *,
    assortment: str,
    leaves: str,
    rows: int,
) -> str:
    """Return the statement that makes the table of the change set.

    Values are compared by a 64-bit hash over the staged fields, computed on either side from columns of the same type.
    That keeps the join as narrow as the key: with the values in it, a million records of twenty columns do not fit into
    512 MB and the join takes five times as long. One fixed-width field that differs always changes the hash; for
    anything else, a change is overlooked with a chance of 1 in 2^64.

    Blocks follow the order of the file, so that applying them reads the staged records once in all; the missing records
    come last.
    """
    key = ", ".join(
        f"coalesce(s.{quoted_name(name)}, t.{quoted_name(name)}) AS {quoted_name(name)}" for name in entity.key
    )
    return f"""
        CREATE OR REPLACE TEMP TABLE {table} AS
        SELECT *, (row_number() OVER (ORDER BY _record NULLS LAST) - 1) // {rows} AS _block
        FROM (
            SELECT
                CASE
                    WHEN NOT coalesce(t._there, false) THEN 'new'
                    WHEN s._record IS NULL THEN 'archived'
                    WHEN t._archived THEN 'restored'
                    ELSE 'changed'
                END AS _kind,
                s._record,
                {key}
            FROM (
                SELECT _record, {typed(entity, entity.key, "s")}, {content} AS _content
                FROM {quoted_name(staged)} s
            ) s
            {"LEFT" if leaves == "false" else "FULL"} JOIN (
                SELECT
                    true AS _there, archived_at IS NOT NULL AS _archived, {leaves} AS _leaves,
                    {column_list(entity.key)}, {content_of(entity, fields)} AS _content
                FROM {entity_table(entity.name)} t
                WHERE assortment = {quoted_text(assortment)}
            ) t ON {same_key(entity.key, "s", "t")}
            WHERE t._there IS NULL
                OR (s._record IS NULL AND NOT t._archived AND t._leaves)
                OR (s._record IS NOT NULL AND (t._archived OR s._content <> t._content))
        )
    """


def content_of(entity: Entity, fields: Collection[str]) -> str:
    """Return the SQL of the hash by which records are compared: over these fields, but not the key."""
    values = [
        f"CAST({quoted_name(name)} AS {column_type(field)})"
        for name, field in entity.fields.items()
        if name in fields and name not in entity.key
    ]
    return f"hash({', '.join(values) or '0'})"


def _refuse_repeated(session: DuckDBPyConnection, entity: Entity, table: str) -> None:
    """Refuse what would break the identity of records; the table has no index that would."""
    key = column_list(entity.key)
    found = session.execute(f"SELECT {key} FROM {table} GROUP BY {key} HAVING count(*) > 1 LIMIT 1").fetchone()
    if found is not None:
        raise StoreError(f"Two staged records of {entity.name} have the key {', '.join(map(str, found))}.")


def _number(session: DuckDBPyConnection, query: str, parameters: list[object] | None = None) -> int:
    row = session.execute(query, parameters or []).fetchone()
    return int(row[0]) if row else 0
