"""From the clock to runs: what is due becomes a wave, is written into the ledger, and is handed on."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from core.config.frequency import After
from core.engine.logs import LOGGER
from core.engine.starter import member_of
from core.errors import PendelError
from core.planning.chain import Chain
from core.planning.clock import Clock, Due
from core.planning.due import due_between, next_due
from core.planning.holiday import HolidayCalendar
from core.planning.missed import missed
from core.runs import ENGINE, Trigger
from core.store.journal.occurrences import Occurrence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from core.config.engine import Window
    from core.config.model import Config
    from core.config.tasks import TaskBase
    from core.engine.active import ActiveRun
    from core.engine.board import Board
    from core.engine.starter import Starter
    from core.runs import RunState
    from core.store.journal import Journal

HEARTBEAT = "heartbeat"
"""The key under which the clock calls the planner itself, also when nothing is due."""
HEARTBEAT_EVERY = timedelta(seconds=30)
_INSTANT = timedelta(microseconds=1)


class Planner:
    """Keeps the plan of all active tasks, and makes sure that due = run + skipped."""

    def __init__(
        self,
        *,
        config: Config,
        journal: Journal,
        board: Board,
        starter: Starter,
        now: Callable[[], datetime],
        on_heartbeat: Callable[[], None],
    ) -> None:
        self._journal = journal
        self._board = board
        self._starter = starter
        self._now = now
        self._on_heartbeat = on_heartbeat
        self._clock = Clock(self._fire, now=now)
        self._tasks: Mapping[str, TaskBase] = {}
        self._planned: Mapping[str, TaskBase] = {}
        self._config = config
        self._holidays: HolidayCalendar | None = None
        self._system: frozenset[str] = frozenset()
        self._chain = Chain([])
        self._chaining = threading.Lock()
        self._planned_at = now()
        self._ends = ThreadPoolExecutor(1, thread_name_prefix="pendel-after")

    def replan(self, config: Config, tasks: Sequence[TaskBase], system: frozenset[str]) -> None:
        """Plan these tasks in place of those planned before."""
        self._config = config
        self._tasks = {task.id: task for task in tasks}
        self._system = system
        self._holidays = HolidayCalendar(config.engine.holidays) if config.engine.holidays else None
        self._planned = {task.id: task for task in tasks if task.active}
        self._planned_at = self._now()
        self._journal.plans.replace(self._planned, at=self._planned_at)
        with self._chaining:
            self._chain = self._new_chain()
        plans = {task.id: partial(self._next_due, task) for task in self._planned.values()}
        self._clock.replace_all({**plans, HEARTBEAT: lambda after: after + HEARTBEAT_EVERY}, after=self._planned_at)
        self._board.show_next((task.id, self._clock.next_run(task.id)) for task in tasks)

    def start(self) -> None:
        """Make up for what was missed, and begin to fire."""
        self._make_up(self._planned_at)
        self._start_followers()
        self._journal.plans.alive(self._planned_at)
        self._clock.start()

    def stop(self) -> None:
        """Stop firing."""
        self._clock.shutdown()
        self._ends.shutdown(wait=True, cancel_futures=True)

    def run_ended(self, run: ActiveRun) -> None:
        """Start what comes after the task of a run; returns at once."""
        if run.dry_run or run.trigger is Trigger.REVERT:
            return
        try:
            self._ends.submit(self._follow, run.task, run.state)
        except RuntimeError:
            LOGGER.debug("The engine is closing; nothing starts after %s.", run.task)

    def _window(self, task: TaskBase) -> Window | None:
        """The hours of a task; system tasks are not bound to the window (T4)."""
        return None if task.id in self._system else self._config.engine.window

    def _next_due(self, task: TaskBase, after: datetime) -> datetime | None:
        return next_due(task.frequency, after, self._config.engine.zone, self._window(task), holidays=self._holidays)

    def _fire(self, dues: Sequence[Due]) -> None:
        """Called by the clock with all that is due."""
        real = [due for due in dues if due.key != HEARTBEAT]
        if len(real) < len(dues):
            self._journal.plans.alive(self._now())
            self._on_heartbeat()
        if not real:
            return
        by_moment: dict[datetime, list[TaskBase]] = {}
        for due in real:
            task = self._planned.get(due.key)
            if task is None:
                continue
            if due.first < due.at:
                self._skip_passed_over(task, due)
            by_moment.setdefault(due.at, []).append(task)
        for moment, tasks in sorted(by_moment.items()):
            self._start_wave(moment, tasks, Trigger.PLANNED)
        self._board.show_next((due.key, self._clock.next_run(due.key)) for due in real)

    def _skip_passed_over(self, task: TaskBase, due: Due) -> None:
        passed = due_between(
            task.frequency,
            due.first - _INSTANT,
            due.at - _INSTANT,
            self._config.engine.zone,
            self._window(task),
            holidays=self._holidays,
        )
        reason = f"passed over while the machine slept; the one of {due.at:%Y-%m-%d %H:%M} UTC makes up for it"
        self._journal.occurrences.add(Occurrence(task.id, moment, skipped=reason) for moment in passed)

    def _start_wave(self, moment: datetime, tasks: Iterable[TaskBase], trigger: Trigger) -> None:
        """Write what is due at one moment into the ledger, and hand it on as a wave."""
        known = self._journal.occurrences.known(moment)
        fresh = [task for task in tasks if task.id not in known]
        free: list[TaskBase] = []
        skipped: list[Occurrence] = []
        for task in fresh:
            current = self._starter.current(task.id)
            if current is None:
                free.append(task)
            else:
                reason = f"run {current.id} of the task, queued at {current.queued_at:%H:%M} UTC, has not ended"
                skipped.append(Occurrence(task.id, moment, skipped=reason))
                LOGGER.warning("Skipped: %s.", reason, extra={"task": task.id})
        self._journal.occurrences.add(skipped)
        if free:
            self._starter.start(free, trigger=trigger, actor=ENGINE, due_at={task.id: moment for task in free})

    def _make_up(self, now: datetime) -> None:
        """Deal with what was due up to ``now`` while the engine was not running (T10); the clock takes over there."""
        alive = self._journal.plans.last_alive()
        if alive is None:
            return
        since, last = self._journal.plans.since(), self._journal.occurrences.last()
        due_now: list[TaskBase] = []
        moments: dict[str, datetime] = {}
        for task in self._planned.values():
            seen = max(alive, since.get(task.id, now), last.get(task.id, alive))
            if seen >= now:
                continue
            policy = task.missed or self._config.engine.missed
            zone, window = self._config.engine.zone, self._window(task)
            found = missed(task.frequency, seen, now, policy, zone, window, holidays=self._holidays)
            count = self._journal.occurrences.add(
                Occurrence(task.id, moment, skipped=found.reason) for moment in found.skipped
            )
            if count:
                LOGGER.warning("%d missed: %s.", count, found.reason, extra={"task": task.id})
            if found.run_once is not None:
                due_now.append(task)
                moments[task.id] = found.run_once
        if due_now:
            LOGGER.info("Making up for %d missed tasks.", len(due_now))
            self._starter.start(due_now, trigger=Trigger.MISSED, actor=ENGINE, due_at=moments)

    def _follow(self, ended: str, outcome: RunState) -> None:
        """Start, or skip, the tasks of frequency ``after`` that became due by the end of another."""
        try:
            with self._chaining:
                self._chain.ended(ended, outcome)
            self._start_followers()
        except PendelError as error:
            LOGGER.error("What comes after %s could not be started: %s", ended, error)

    def _start_followers(self) -> None:
        with self._chaining:
            decisions = self._chain.ready()
        now = self._now()
        for decision in decisions:
            if decision.action == "skip":
                self._journal.occurrences.add([Occurrence(decision.task, now, skipped=decision.reason)])
                LOGGER.warning("Skipped: %s.", decision.reason, extra={"task": decision.task})
            elif decision.task in self._planned:
                self._start_wave(now, [self._planned[decision.task]], Trigger.AFTER)

    def _new_chain(self) -> Chain:
        """The tasks of frequency ``after``, with what ended since each was due last: also before a restart."""
        tasks = [task for task in self._planned.values() if isinstance(task.frequency, After) and task.after]
        if not tasks:
            return Chain([])
        last_runs, last_due = self._journal.runs.last_ended(), self._journal.occurrences.last()
        since = self._journal.plans.since()
        ended: dict[str, dict[str, RunState]] = {}
        for task in tasks:
            begin = max(since[task.id], last_due.get(task.id, since[task.id]))
            runs = [last_runs[name] for name in task.after.tasks if name in last_runs] if task.after else []
            ended[task.id] = {run.task: run.state for run in runs if run.ended_at and run.ended_at > begin}
        return Chain([member_of(task, system=False) for task in tasks], ended=ended)
