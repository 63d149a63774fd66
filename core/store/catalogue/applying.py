"""Carrying out a change set: one block, one transaction."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from core.errors import StoreError
from core.sql import column_list, quoted_name, quoted_text
from core.store.catalogue.names import (
    RECORD_COLUMNS,
    column_type,
    entity_table,
    history_table,
    moment_literal,
    naive,
    same_key,
    typed,
)
from core.store.catalogue.transactions import writing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from core.stop import StopToken
    from core.store.catalogue.changes import ChangePlan


@dataclass(frozen=True, slots=True)
class BlockCounts:
    """What was done to how many records, by a block or a revert."""

    new: int = 0
    changed: int = 0
    archived: int = 0
    restored: int = 0
    removed: int = 0
    """Records that were there only because of a run that was reverted."""


@dataclass(frozen=True, slots=True)
class AppliedCounts(BlockCounts):
    """What all committed blocks of a run did."""

    blocks: int = 0


def apply_block(
    session: DuckDBPyConnection, plan: ChangePlan, block: int, *, fence: int, stop: StopToken
) -> BlockCounts:
    """Carry out a block of the plan, 0 to ``plan.blocks - 1``: the whole block, or nothing of it.

    Raises:
        FencedOff: a later attempt took the run over.
        StopRequested: the run was asked to stop; the block was not applied.
        StoreError: the block was applied before, another run changed the records since they were compared, or the
            store failed.
    """
    doing = f"write block {plan.first_block + block + 1} of {plan.entity.name}"
    with writing(session, doing, run=plan.run, fence=fence, stop=stop) as moment:
        return _carry_out(session, plan, block, fence, moment)


def apply_together(
    session: DuckDBPyConnection,
    plans: Sequence[ChangePlan],
    *,
    run: int,
    fence: int,
    stop: StopToken,
    advance: Callable[[int], None],
) -> BlockCounts:
    """Carry out all blocks of several plans of a run in one transaction: all of them, or nothing.

    ``advance`` is told after each block how many records were written so far; they count once all are.

    Raises:
        FencedOff: a later attempt took the run over.
        StopRequested: the run was asked to stop; nothing was applied.
        StoreError: another run changed the records since they were compared, or the store failed; nothing was applied.
    """
    done = [BlockCounts()]
    with writing(session, "write the records", run=run, fence=fence, stop=stop) as moment:
        for plan in plans:
            for block in range(plan.blocks):
                done.append(_carry_out(session, plan, block, fence, moment))
                advance(sum(each.new + each.changed + each.archived + each.restored for each in done))
    return BlockCounts(*(sum(values) for values in zip(*map(astuple, done), strict=True)))


def _carry_out(session: DuckDBPyConnection, plan: ChangePlan, block: int, fence: int, moment: datetime) -> BlockCounts:
    """Carry out a block of the plan in the transaction that is open."""
    _refuse_stale(session, plan, block)
    counts = BlockCounts(
        **dict(
            session.execute(
                f"SELECT _kind, count(*) FROM {plan.table} WHERE _block = ? GROUP BY _kind", [block]
            ).fetchall()
        )
    )
    touched = counts.changed + counts.restored + counts.archived
    if touched:
        _keep_images(session, plan, block, moment, touched)
    if counts.changed + counts.restored:
        _update(session, plan, moment)
    if counts.archived:
        _archive(session, plan, moment)
    if counts.new:
        _require(plan, _insert(session, plan, block, moment) == counts.new)
    note_applied(
        session,
        counts,
        run=plan.run,
        fence=fence,
        block=plan.first_block + block,
        moment=moment,
        entity=plan.entity.name,
        assortment=plan.assortment,
    )
    if plan.stubs:
        (key,) = plan.entity.key
        session.execute(
            "INSERT INTO stubs SELECT ? AS run, ? AS entity, ? AS assortment, "
            f"CAST({quoted_name(key)} AS VARCHAR) AS key FROM {plan.table} WHERE _block = ?",
            [plan.run, plan.entity.name, plan.assortment, block],
        )
    return counts


def _refuse_stale(session: DuckDBPyConnection, plan: ChangePlan, block: int) -> None:
    """Refuse a block that was applied before, or was computed against records that others changed since."""
    found = session.execute(
        "SELECT run FROM applied WHERE entity = ? AND assortment = ? "
        "AND ((run = ? AND block = ?) OR (run <> ? AND moment > ?)) LIMIT 1",
        [
            plan.entity.name,
            plan.assortment,
            plan.run,
            plan.first_block + block,
            plan.run,
            naive(plan.seen),
        ],
    ).fetchone()
    if found is None:
        return
    if found[0] == plan.run:
        raise StoreError(f"Block {plan.first_block + block + 1} of run {plan.run} was applied before.")
    raise StoreError(
        f"Run {found[0]} changed records of {plan.entity.name} after run {plan.run} had compared them with its file.",
        advice="Start the run again.",
    )


def note_applied(
    session: DuckDBPyConnection,
    counts: BlockCounts,
    *,
    run: int,
    fence: int,
    block: int,
    moment: datetime,
    entity: str,
    assortment: str,
) -> None:
    """Keep, in the transaction of the block itself, that it was applied."""
    session.execute(
        "INSERT INTO applied BY NAME SELECT ? AS run, ? AS fence, ? AS block, ? AS moment, ? AS entity, "
        "? AS assortment, ? AS new, ? AS changed, ? AS archived, ? AS restored, ? AS removed",
        [
            run,
            fence,
            block,
            naive(moment),
            entity,
            assortment,
            counts.new,
            counts.changed,
            counts.archived,
            counts.restored,
            counts.removed,
        ],
    )


def _keep_images(session: DuckDBPyConnection, plan: ChangePlan, block: int, moment: datetime, expected: int) -> None:
    """Keep the records of a block as they are now in the history; and for what follows, beside their new values.

    The table ``images`` has both, so that they are brought together once.
    """
    entity = plan.entity
    fresh = ", ".join(
        f"CAST(s.{quoted_name(name)} AS {column_type(entity.fields[name])}) AS {_new(name)}" for name in plan.values
    )
    session.execute(
        "CREATE OR REPLACE TEMP TABLE images AS "
        f"SELECT c._kind AS _action, s._record, t.*{', ' if fresh else ''}{fresh} FROM {entity_table(entity.name)} t "
        f"JOIN (FROM {plan.table} WHERE _block = {block} AND _kind <> 'new') c ON {same_key(entity.key, 't', 'c')} "
        f"LEFT JOIN (FROM {quoted_name(plan.staged)} WHERE {_record_range(session, plan, block)}) s "
        f"ON s._record = c._record WHERE t.assortment = {quoted_text(plan.assortment)}"
    )
    added = ", ".join(["_record", *map(_new, plan.values)])
    kept = session.execute(
        f"INSERT INTO {history_table(entity.name)} BY NAME "
        f"SELECT {plan.run} AS _run, {moment_literal(moment)} AS _moment, * EXCLUDE ({added}) FROM images"
    ).fetchone()
    lacking = session.execute("SELECT 1 FROM images WHERE _action <> 'archived' AND _record IS NULL LIMIT 1").fetchone()
    _require(plan, kept is not None and kept[0] == expected and lacking is None)


def _require(plan: ChangePlan, complete: bool) -> None:
    if not complete:
        raise StoreError(
            f"The records of {plan.entity.name} are no longer as they were when they were compared with the file.",
            advice="Start the run again.",
        )


def _new(name: str) -> str:
    """Return the column of ``images`` with the new values of a field; no field's name begins like this."""
    return quoted_name(f"_new {name}")


def _update(session: DuckDBPyConnection, plan: ChangePlan, moment: datetime) -> None:
    entity = plan.entity
    settings = [f"{quoted_name(name)} = i.{_new(name)}" for name in _altered(session, plan)]
    session.execute(
        f"UPDATE {entity_table(entity.name)} t SET {', '.join([*settings, _touched(plan, moment)])}, "
        "archived_at = NULL, archived_by_run = NULL FROM images i WHERE i._action <> 'archived' "
        f"AND t.assortment = {quoted_text(plan.assortment)} AND {same_key(entity.key, 't', 'i')}"
    )


def _altered(session: DuckDBPyConnection, plan: ChangePlan) -> list[str]:
    """Return the fields of which at least one value changes in this block; writing the others would cost the most."""
    if not plan.values:
        return []
    tests = ", ".join(f"bool_or({quoted_name(name)} IS DISTINCT FROM {_new(name)})" for name in plan.values)
    row = session.execute(f"SELECT {tests} FROM images WHERE _action <> 'archived'").fetchone()
    return [name for name, differs in zip(plan.values, row or (), strict=True) if differs]


def _touched(plan: ChangePlan, moment: datetime) -> str:
    return f"changed_at = {moment_literal(moment)}, changed_by_run = {plan.run}"


def _archive(session: DuckDBPyConnection, plan: ChangePlan, moment: datetime) -> None:
    session.execute(
        f"UPDATE {entity_table(plan.entity.name)} t SET {_touched(plan, moment)}, "
        f"archived_at = {moment_literal(moment)}, archived_by_run = {plan.run} FROM images i "
        f"WHERE i._action = 'archived' AND t.assortment = {quoted_text(plan.assortment)} "
        f"AND {same_key(plan.entity.key, 't', 'i')}"
    )


def _insert(session: DuckDBPyConnection, plan: ChangePlan, block: int, moment: datetime) -> int:
    now = moment_literal(moment)
    record = {
        "assortment": quoted_text(plan.assortment),
        "created_at": now,
        "created_by_run": str(plan.run),
        "changed_at": now,
        "changed_by_run": str(plan.run),
        "archived_at": "NULL",
        "archived_by_run": "NULL",
    }
    row = session.execute(
        f"INSERT INTO {entity_table(plan.entity.name)} ({column_list((*RECORD_COLUMNS, *plan.fields))}) "
        f"SELECT {', '.join(record[name] for name in RECORD_COLUMNS)}, {typed(plan.entity, plan.fields, 's')} "
        f"FROM (FROM {quoted_name(plan.staged)} WHERE {_record_range(session, plan, block)}) s "
        f"JOIN {plan.table} c ON s._record = c._record WHERE c._block = {block} AND c._kind = 'new'"
    ).fetchone()
    return int(row[0]) if row else 0


def _record_range(session: DuckDBPyConnection, plan: ChangePlan, block: int) -> str:
    """Return a condition by which only the part of the staging that the block is about is read."""
    row = session.execute(f"SELECT min(_record), max(_record) FROM {plan.table} WHERE _block = ?", [block]).fetchone()
    low, high = row or (None, None)
    return f"_record BETWEEN {low} AND {high}" if low is not None else "true"
