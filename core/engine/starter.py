"""Turning tasks into queued runs: written into the journal in one transaction, then handed to the dispatcher."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from core.engine.active import ActiveRun
from core.errors import Refused
from core.planning.wave import Member, Wave
from core.runs import Actor, RunState, Trigger
from core.store.journal.occurrences import Occurrence
from core.store.journal.runs import NewRun
from core.tasks.registry import REVERT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from core.config.tasks import TaskBase
    from core.engine.dispatcher import Dispatcher
    from core.store.journal import Journal
    from core.store.journal.runs import RunRow

MOST_ATTEMPTS = 3
"""A run that was interrupted so often is not resumed: it may be what ends the process."""


class Starter:
    """Makes runs."""

    def __init__(
        self,
        *,
        journal: Journal,
        dispatcher: Dispatcher,
        now: Callable[[], datetime],
        is_system: Callable[[str], bool],
        writes: Callable[[TaskBase], Iterable[tuple[str, str]]],
    ) -> None:
        """``writes`` says which entities and assortments a run of a task may write; it holds their locks (T9)."""
        self._journal = journal
        self._dispatcher = dispatcher
        self._now = now
        self._is_system = is_system
        self._writes = writes
        self.deciding = threading.RLock()
        """Held from looking at :meth:`current` to starting, so that a task never has two runs (T9)."""

    def current(self, task: str) -> ActiveRun | None:
        """Return the run of a task that has not ended."""
        return self._dispatcher.current(task)

    def refuse_running(self, task: str) -> None:
        """Refuse what needs a task that has no run.

        Raises:
            Refused: it has one that has not ended.
        """
        current = self.current(task)
        if current is not None:
            raise Refused(
                f"{task} has a run that has not ended: run {current.id}, {current.state}.",
                advice="Wait for its end, or stop it.",
            )

    def start(
        self,
        tasks: Sequence[TaskBase],
        *,
        trigger: Trigger,
        actor: Actor,
        due_at: Mapping[str, datetime] | None = None,
        dry_run: bool = False,
        options: Mapping[str, Any] | None = None,
    ) -> list[int]:
        """Queue one run of each task as a wave, and return their ids in the same order.

        ``due_at`` has the planned moment of each task; runs started by hand have none and use up no occurrence.
        """
        now = self._now()
        new = [
            NewRun(task.id, task.type, trigger, str(actor), dry_run=dry_run, options=options or {}) for task in tasks
        ]
        with self._journal.transaction():
            ids = self._journal.runs.queue(new, at=now)
            if due_at is not None:
                self._journal.occurrences.add(
                    Occurrence(task.id, due_at[task.id], run) for task, run in zip(tasks, ids, strict=True)
                )
        runs = [
            ActiveRun(
                id=run,
                task=task.id,
                type=one.type,
                trigger=trigger,
                requested_by=one.requested_by,
                queued_at=now,
                dry_run=dry_run,
                options=one.options,
                system=self._is_system(task.id),
                locks=frozenset() if dry_run else frozenset(self._writes(task)),
            )
            for run, task, one in zip(ids, tasks, new, strict=True)
        ]
        self._dispatch(tasks, runs)
        return ids

    def revert(self, row: RunRow, *, actor: Actor, force: bool, locks: frozenset[tuple[str, str]]) -> int:
        """Queue a run that puts back what another run changed, and return its id.

        One that an earlier engine began, and that is not going on here, is taken up instead; where that ended too
        often, or was not to go over later changes as this one is, it is closed.
        """
        now = self._now()
        for left in self._journal.runs.open():
            if left.type != REVERT or left.options.get("run") != row.id or self._dispatcher.find(left.id) is not None:
                continue
            if left.fence < MOST_ATTEMPTS and bool(left.options.get("force")) == force:
                self.resume([left], {}, locks=locks)
                return left.id
            reason = "Pendel ended before this run did, and another revert of the same run goes on instead."
            self._journal.runs.end(left.id, RunState.FAILED, at=now, message=reason, counts=left.counts)
        options = {"run": row.id, "force": force}
        new = NewRun(row.task, REVERT, Trigger.REVERT, str(actor), options=options)
        (run,) = self._journal.runs.queue([new], at=now)
        active = ActiveRun(
            id=run,
            task=row.task,
            type=REVERT,
            trigger=Trigger.REVERT,
            requested_by=new.requested_by,
            queued_at=now,
            options=options,
            locks=locks,
        )
        self._dispatcher.add(Wave([Member(row.task, 0)]), [active])
        return run

    def resume(
        self, rows: Sequence[RunRow], tasks: Mapping[str, TaskBase], *, locks: frozenset[tuple[str, str]] = frozenset()
    ) -> None:
        """Take up runs of the journal again: those that never started, and those that were interrupted.

        ``locks`` are held by those whose task is none of ``tasks``.
        """
        runs = [
            ActiveRun(
                id=row.id,
                task=row.task,
                type=row.type,
                trigger=row.trigger,
                requested_by=row.requested_by,
                queued_at=row.queued_at,
                dry_run=row.dry_run,
                options=row.options,
                system=self._is_system(row.task),
                locks=frozenset(self._writes(tasks[row.task])) if row.task in tasks else locks,
                resuming=row.fence > 0,
                checkpoint=row.checkpoint,
                started_at=row.started_at,
            )
            for row in rows
        ]
        members = [
            member_of(tasks[run.task], system=run.system) if run.task in tasks else Member(run.task, 0) for run in runs
        ]
        if runs:
            self._dispatcher.add(Wave(members), runs)

    def _dispatch(self, tasks: Sequence[TaskBase], runs: list[ActiveRun]) -> None:
        members = [member_of(task, system=self._is_system(task.id)) for task in tasks]
        self._dispatcher.add(Wave(members), runs)


def member_of(task: TaskBase, *, system: bool) -> Member:
    """What of a task's settings orders it inside a wave."""
    after = task.after
    if after is None:
        return Member(task.id, task.sequence, system)
    return Member(task.id, task.sequence, system, tuple(after.tasks), after.on_failure)
