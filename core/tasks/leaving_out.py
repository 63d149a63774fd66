"""What an export does to the records that its file leaves out, where the task opted for that (EX4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.entities import RECORD_FIELDS
from core.stop import StopToken
from core.tasks import brake
from core.tasks.samples import SAMPLES, shortened

if TYPE_CHECKING:
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from core.config.tasks import ExportTask, RecordExport
    from core.store.catalogue import ChangePlan
    from core.tasks.context import RunContext


def condition(context: RunContext, task: RecordExport, session: DuckDBPyConnection) -> str | None:
    """Return the SQL of the condition of an export over the columns of its records; None where it takes all.

    Raises:
        DataError: it is no expression over the fields of a record.
    """
    from core.exchange.expressions import checked_expression

    if task.where is None:
        return None
    names = [*context.config.entities[task.entity].fields, *(name for name in RECORD_FIELDS if name != "mutation")]
    return checked_expression(task.where, names, connection=session)


def refuse_too_many(context: RunContext, task: ExportTask, session: DuckDBPyConnection, upto: datetime) -> str:
    """Look what would be archived before the file is written; return a warning of a dry run, or an empty text.

    Raises:
        BrakeError: it is more than the task allows; nothing was written.
    """
    plan = _plan(context, task, session, upto)
    if context.dry_run:
        _tell(context, session, plan)
    if not plan.missing or plan.missing <= plan.active_before * task.max_archived:
        return ""
    message = (
        f"The file leaves out {plan.missing:,} of the {plan.active_before:,} records of the assortment "
        f"{plan.assortment!r}: {plan.missing / plan.active_before:.0%} would be archived, more than the "
        f"{task.max_archived:.0%} allowed."
    )
    advice = "Nothing was written. If the condition is right, start the task with archiving confirmed."
    return brake.hold(context, plan, message, advice=advice)


def archive(context: RunContext, task: ExportTask, upto: datetime) -> int:
    """Archive what the delivered file left out; return how many records the run has archived in all.

    Raises:
        StopRequested: between two blocks; what was archived stays, and the next run does the rest.
    """
    from core.store.catalogue import apply_block

    context.catalogue.take_fence(context.run, context.fence)
    with context.catalogue.session() as session:
        with context.turn():
            plan = _plan(context, task, session, upto)
        block_rows = context.config.engine.block_rows
        advance = context.step("archiving what was left out", total=plan.missing, unit="rows", block=block_rows)
        # A block that was begun is finished, as in an import.
        unstopped = StopToken()
        done = 0
        for block in range(plan.blocks):
            context.stop.check()
            done += apply_block(session, plan, block, fence=context.fence, stop=unstopped).archived
            advance(done, plan.missing)
    return context.catalogue.applied(context.run).archived


def _plan(context: RunContext, task: ExportTask, session: DuckDBPyConnection, upto: datetime) -> ChangePlan:
    from core.store.catalogue import plan_archiving

    return plan_archiving(
        session,
        context.config.entities[task.entity],
        assortment=task.assortment or "",
        where=condition(context, task, session) or "true",
        upto=upto,
        run=context.run,
        block_rows=context.config.engine.block_rows,
        stop=context.stop,
    )


def _tell(context: RunContext, session: DuckDBPyConnection, plan: ChangePlan) -> None:
    from core.store.catalogue import samples

    found = samples(session, plan, "archived", SAMPLES)
    context.details["samples"] = {"archived": [shortened(sample.as_dict()) for sample in found]}
    context.details["left_out"] = plan.missing
