"""The brake: a run that would do more to a list than its task allows stops before it changes anything (IM7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import BrakeError

if TYPE_CHECKING:
    from core.store.catalogue import ChangePlan
    from core.tasks.context import RunContext


def hold(context: RunContext, plan: ChangePlan, message: str, *, advice: str) -> str:
    """Stop a run for the reason in ``message``; return it as a warning where the run was confirmed, or is a dry one.

    Raises:
        BrakeError: it is neither.
    """
    of = plan.lost_of if plan.lost == plan.missing else plan.active_before
    context.details["brake"] = {"archive": plan.missing, "active": of}
    if context.options.get("confirm_archive"):
        warning = f"{message} It was confirmed with the start."
    elif context.dry_run:
        warning = f"{message} The brake would stop this run."
    else:
        raise BrakeError(message, advice=advice)
    context.log.warning("%s", warning)
    return warning
