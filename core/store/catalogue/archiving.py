"""Archiving the records of an assortment that an export leaves out (EX4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.sql import column_list, quoted_name, quoted_text
from core.store.catalogue.changes import ChangePlan
from core.store.catalogue.faults import faults
from core.store.catalogue.names import entity_table, moment_literal
from core.store.catalogue.transactions import last_moment

if TYPE_CHECKING:
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.stop import StopToken

_TABLE, _STAGED = "changes left out", "left out"


def plan_archiving(
    session: DuckDBPyConnection,
    entity: Entity,
    *,
    assortment: str,
    where: str,
    upto: datetime,
    run: int,
    block_rows: int,
    stop: StopToken,
) -> ChangePlan:
    """Find the active records of an assortment for which ``where`` (SQL over their columns) does not hold.

    What changed after ``upto``, the watermark of the export, was not looked at by it and stays.

    Raises:
        StopRequested: the run was asked to stop.
        StoreError: the store failed.
    """
    own = f"assortment = {quoted_text(assortment)} AND archived_at IS NULL"
    key = column_list(entity.key)
    with faults("find the records that the file leaves out", session=session, stop=stop):
        session.execute(f"CREATE OR REPLACE TEMP TABLE {quoted_name(_STAGED)} (_record BIGINT)")
        session.execute(
            f"CREATE OR REPLACE TEMP TABLE {quoted_name(_TABLE)} AS "
            f"SELECT 'archived' AS _kind, NULL::BIGINT AS _record, {key}, "
            f"(row_number() OVER (ORDER BY {key}) - 1) // {block_rows} AS _block FROM {entity_table(entity.name)} "
            f"WHERE {own} AND changed_at <= {moment_literal(upto)} AND NOT coalesce(({where})::BOOLEAN, false)"
        )
        row = session.execute(
            f"SELECT (SELECT count(*) FROM {quoted_name(_TABLE)}), "
            f"(SELECT count(*) FROM {entity_table(entity.name)} WHERE {own}), "
            "(SELECT coalesce(max(block) + 1, 0) FROM applied WHERE run = ? AND entity = ? AND assortment = ?)",
            [run, entity.name, assortment],
        ).fetchone()
        missing, active, first_block = row or (0, 0, 0)
        return ChangePlan(
            entity=entity,
            assortment=assortment,
            run=run,
            fields=(),
            new=0,
            changed=0,
            unchanged=0,
            restored=0,
            missing=missing,
            active_before=active,
            blocks=-(-missing // block_rows),
            first_block=first_block,
            seen=last_moment(session),
            staged=_STAGED,
            table=quoted_name(_TABLE),
            lost=missing,
            lost_of=active,
        )
