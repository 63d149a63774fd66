"""From the clock to runs: what is due becomes a wave, is written into the ledger, and is handed on."""

from __future__ import annotations

import threading
import time
from collections import deque
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
from core.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from core.config.engine import Window
    from core.config.model import Config
    from core.config.tasks import TaskBase
    from core.engine.active import ActiveRun
    from core.engine.board import Board
    from core.engine.starter import Starter
    from core.planning.wave import Decision
    from core.runs import RunState
    from core.store.journal import Journal

HEARTBEAT = "heartbeat"
"""The key under which the clock calls the planner itself, also when nothing is due."""
HEARTBEAT_EVERY = timedelta(seconds=30)
LATE = timedelta(minutes=5)
"""A moment of which the clock tells so late was missed: the machine slept, or its clock was set forward."""
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
        self._alive_at = time.monotonic()
        self._ends = ThreadPoolExecutor(1, thread_name_prefix="pendel-after")
        self._owed: dict[tuple[datetime, Trigger], list[TaskBase]] = {}
        """What is due and not written into the ledger yet; only the clock's thread uses it."""
        self._due_followers: deque[Decision] = deque()

    def replan(self, config: Config, tasks: Sequence[TaskBase], system: frozenset[str]) -> None:
        """Plan these tasks in place of those planned before."""
        self._config = config
        self._tasks = {task.id: task for task in tasks}
        self._system = system
        self._holidays = HolidayCalendar(config.engine.holidays) if config.engine.holidays else None
        self._planned = {task.id: task for task in tasks if task.active}
        self._planned_at = self._now()
        self._alive_at = time.monotonic()
        self._journal.plans.replace(self._planned, at=self._planned_at)
        with self._chaining:
            self._chain = self._new_chain()
        plans = {task.id: partial(self._next_due, task) for task in self._planned.values()}
        self._clock.replace_all({**plans, HEARTBEAT: lambda after: after + HEARTBEAT_EVERY}, after=self._planned_at)
        self._board.show_next((task.id, self._clock.next_run(task.id)) for task in tasks)

    def start(self) -> None:
        """Make up for what was missed, and begin to fire."""
        with self._starter.deciding:
            self._make_up(self._planned_at)
        self._start_followers()
        self._journal.plans.alive(self._planned_at)
        self._clock.start()

    @property
    def silence(self) -> float:
        """Seconds since the planner last looked at the clock, or planned; half a minute at most where it is well."""
        return time.monotonic() - self._alive_at

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
        now = self._now()
        real = [due for due in dues if due.key != HEARTBEAT]
        heartbeat = len(real) < len(dues)
        if heartbeat:
            self._on_heartbeat()
        passed_over: list[Occurrence] = []
        for due in real:
            task = self._planned.get(due.key)
            if task is None:
                continue
            late = now - due.at > LATE
            makes_up = not late or (task.missed or self._config.engine.missed) == "run_once"
            passed_over += self._passed_over(task, due, makes_up=makes_up)
            if makes_up:
                trigger = Trigger.MISSED if late else Trigger.PLANNED
                self._owed.setdefault((due.at, trigger), []).append(task)
        try:
            self._journal.occurrences.add(passed_over)
            self._start_owed()
            if heartbeat:
                self._start_followers()
                # Last: what is due up to now is in the ledger, and need not be looked for after a crash.
                self._journal.plans.alive(now)
        except PendelError as error:
            LOGGER.error("What is due cannot be started, and is tried again in half a minute: %s", error)
        self._board.show_next((due.key, self._clock.next_run(due.key)) for due in real)
        if heartbeat:
            self._alive_at = time.monotonic()

    def _start_owed(self) -> None:
        """Start what is due; what cannot be written into the ledger stays owed.

        The earliest goes first, but for waves with a system task: all others wait for those (T5).
        """

        def place(due: tuple[datetime, Trigger]) -> tuple[bool, datetime, Trigger]:
            return (all(task.id not in self._system for task in self._owed[due]), *due)

        for moment, trigger in sorted(self._owed, key=place):
            self._start_wave(moment, self._owed[moment, trigger], trigger)
            del self._owed[moment, trigger]

    def _passed_over(self, task: TaskBase, due: Due, *, makes_up: bool) -> list[Occurrence]:
        """The moments of a task that the clock could not tell of in time, but for the one that is made up for."""
        if due.first == due.at and makes_up:
            return []
        passed = due_between(
            task.frequency,
            due.first - _INSTANT,
            due.at - _INSTANT if makes_up else due.at,
            self._config.engine.zone,
            self._window(task),
            holidays=self._holidays,
        )
        made_up = f"the one of {due.at.astimezone(self._config.engine.zone):%Y-%m-%d %H:%M} makes up for it"
        reason = f"passed over while the machine slept; {made_up if makes_up else 'the task does not make up for it'}"
        return [Occurrence(task.id, moment, skipped=reason) for moment in passed]

    def _start_wave(self, moment: datetime, tasks: Iterable[TaskBase], trigger: Trigger) -> None:
        """Write what is due at one moment into the ledger, and hand it on as a wave."""
        known = self._journal.occurrences.known(moment)
        self._start_free([(task, moment) for task in tasks if task.id not in known], trigger)

    def _due_since(self, task: TaskBase, moment: datetime, trigger: Trigger) -> datetime:
        """Return since when a run does what is due: where a task comes after others, since the last of them ended."""
        if trigger is not Trigger.AFTER or task.after is None:
            return moment
        ended = self._journal.runs.last_ended()
        return max((ended[name].ended_at or moment for name in task.after.tasks if name in ended), default=moment)

    def _start_free(self, due: Sequence[tuple[TaskBase, datetime]], trigger: Trigger) -> None:
        """Start as one wave what is due; a task whose last run has not ended is skipped for that reason.

        A run that has not begun yet does what is due, too, and so does one that began only when it was due.
        """
        with self._starter.deciding:
            free: list[tuple[TaskBase, datetime]] = []
            skipped: list[Occurrence] = []
            done: list[Occurrence] = []
            for task, moment in due:
                current = self._starter.current(task.id)
                if current is None:
                    free.append((task, moment))
                    continue
                if current.serves(self._due_since(task, moment, trigger)):
                    done.append(Occurrence(task.id, moment, current.id))
                    continue
                queued = current.queued_at.astimezone(self._config.engine.zone)
                reason = f"run {current.id} of the task, queued at {queued:%H:%M}, has not ended"
                skipped.append(Occurrence(task.id, moment, skipped=reason))
            self._journal.occurrences.add([*skipped, *done])
            for one in done:
                LOGGER.info(
                    "Run %s, which was asked for already, is the one that is due.", one.run, extra={"task": one.task}
                )
            for one in skipped:
                LOGGER.warning("Skipped: %s.", one.skipped, extra={"task": one.task})
            if free:
                moments = {task.id: moment for task, moment in free}
                self._starter.start([task for task, _ in free], trigger=trigger, actor=ENGINE, due_at=moments)

    def _make_up(self, now: datetime) -> None:
        """Deal with what was due up to ``now`` while the engine was not running (T10); the clock takes over there."""
        alive = self._journal.plans.last_alive()
        if alive is None:
            return
        since, last = self._journal.plans.since(), self._journal.occurrences.last()
        due: list[tuple[TaskBase, datetime]] = []
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
                LOGGER.warning("%s: %s.", counted(count, "moment"), found.reason, extra={"task": task.id})
            if found.run_once is not None:
                due.append((task, found.run_once))
        if due:
            LOGGER.info("Making up for %s.", counted(len(due), "missed task"))
            self._start_free(due, Trigger.MISSED)

    def _follow(self, ended: str, outcome: RunState) -> None:
        """Start, or skip, the tasks of frequency ``after`` that became due by the end of another."""
        try:
            with self._chaining:
                self._chain.ended(ended, outcome)
            self._start_followers()
        except PendelError as error:
            LOGGER.error("What comes after %s cannot be started, and is tried again in half a minute: %s", ended, error)

    def _start_followers(self) -> None:
        """Start or skip what the chain says; what cannot be written into the ledger is tried again by the next call."""
        with self._chaining:
            self._due_followers += self._chain.ready()
            while self._due_followers:
                self._start_follower(self._due_followers[0])
                self._due_followers.popleft()

    def _start_follower(self, decision: Decision) -> None:
        now = self._now()
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
