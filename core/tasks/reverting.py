"""Undo: a run that puts back what another run changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import Refused
from core.runs import Counts, RunState
from core.tasks.context import Outcome

if TYPE_CHECKING:
    from core.store.catalogue import BlockCounts
    from core.tasks.context import RunContext


def run_revert(context: RunContext) -> Outcome:
    """Put every record that ``options["run"]`` changed back to what it was before.

    Raises:
        Refused: a later run changed some of them again, and ``options["force"]`` does not say to go over that.
    """
    from core.store.catalogue import apply_revert, plan_revert

    reverted = int(context.options["run"])
    force = bool(context.options.get("force"))
    catalogue = context.catalogue
    if context.resuming and catalogue.applied(context.run).blocks:
        # It is one transaction: where its checkpoint is in the catalogue, all of it is.
        counts = _counts(catalogue.applied(context.run))
        return Outcome(f"Put back what run {reverted} changed: {counts.in_words()}.", counts=counts)
    with catalogue.session() as session:
        context.step(f"looking at what run {reverted} changed")
        with context.turn():
            plan = plan_revert(session, reverted)
        if plan.empty:
            raise Refused(
                f"Run {reverted} changed no record that could be put back.",
                advice="It may have changed nothing, been reverted before, or be past retention.",
            )
        if plan.conflicts and not force:
            raise Refused(
                f"{plan.conflicts:,} of the records that run {reverted} changed were changed again by a later run.",
                advice="Revert that run first, or start this one with --force to put back the others' values too.",
            )
        if context.dry_run:
            return Outcome(f"Would put back: {plan.in_words()}.", details={"conflicts": plan.conflicts})
        catalogue.take_fence(context.run, context.fence)
        context.step(f"putting back what run {reverted} changed")
        done = apply_revert(session, plan, by_run=context.run, fence=context.fence, force=force, stop=context.stop)
    counts = _counts(done)
    state = RunState.WARNINGS if plan.conflicts else RunState.SUCCEEDED
    overruled = f" {plan.conflicts:,} records had been changed again since." if plan.conflicts else ""
    return Outcome(f"Put back what run {reverted} changed: {plan.in_words()}.{overruled}", state, counts)


def _counts(done: BlockCounts) -> Counts:
    return Counts(new=done.new, changed=done.changed, archived=done.archived, restored=done.restored)
