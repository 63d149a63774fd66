"""A run on its way through the engine, from queued to ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.engine.api import RunView
from core.errors import BrakeError
from core.runs import NO_COUNTS, Counts, Progress, RunState, Trigger
from core.stop import StopToken

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from core.store.journal.runs import RunRow

Lock = tuple[str, str]
"""An entity and an assortment: one run at a time writes them (T9)."""


@dataclass(slots=True)
class ActiveRun:
    """What the engine knows of a run that has not ended. Only the dispatcher changes it."""

    id: int
    task: str
    """The id of its task; of a revert, that of the task whose run is reverted."""
    type: str
    trigger: Trigger
    requested_by: str
    queued_at: datetime
    dry_run: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    system: bool = False
    locks: frozenset[Lock] = frozenset()
    resuming: bool = False
    checkpoint: Mapping[str, Any] = field(default_factory=dict)
    stop: StopToken = field(default_factory=StopToken)
    state: RunState = RunState.QUEUED
    waits_for: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    progress: Progress | None = None
    counts: Counts = NO_COUNTS
    message: str = ""
    braked: bool = False

    def serves(self, since: datetime) -> bool:
        """Whether it does all that a run of its task would that is due ``since`` then: it began no earlier."""
        if self.dry_run or self.resuming or self.trigger is Trigger.REVERT:
            return False
        if self.started_at is None:
            return self.state in (RunState.QUEUED, RunState.WAITING)
        # It may have ended just now; who is asked to stop does not do all of it.
        return self.state is not RunState.STOPPING and self.started_at >= since

    def view(self) -> RunView:
        """The run as screens see it."""
        return RunView(
            id=self.id,
            task=self.task,
            state=self.state,
            trigger=self.trigger,
            requested_by=self.requested_by,
            queued_at=self.queued_at,
            started_at=self.started_at,
            ended_at=self.ended_at,
            waits_for=self.waits_for,
            progress=self.progress,
            counts=self.counts,
            message=self.message,
            dry_run=self.dry_run,
            type=self.type,
            reverts=self.options.get("run"),
            braked=self.braked,
        )


def view_of(row: RunRow) -> RunView:
    """A run of the journal as screens see it."""
    return RunView(
        id=row.id,
        task=row.task,
        state=row.state,
        trigger=row.trigger,
        requested_by=row.requested_by,
        queued_at=row.queued_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        waits_for=row.waits_for,
        counts=row.counts,
        message=row.message,
        dry_run=row.dry_run,
        type=row.type,
        reverts=row.options.get("run"),
        braked=braked(row.details),
    )


def braked(details: Mapping[str, Any]) -> bool:
    """Whether the brake on archiving stopped the run of these details."""
    return details.get("error") == BrakeError.__name__
