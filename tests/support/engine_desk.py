"""What the tests of the engine share: a clock moved by hand, a runner that does what it is told, and plain tasks."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from support.waiting import PATIENCE

from core.config.frequency import Frequency, Manual
from core.config.tasks import Predecessors, TaskBase
from core.runs import Counts, Progress, RunState
from core.tasks.context import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.engine.active import ActiveRun
    from core.engine.engine import Engine
    from core.store.journal import Journal

NOW = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
"""A Friday."""


class Time:
    """A time of day that stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **more: float) -> None:
        """Move on by ``minutes=`` and the like."""
        self.now += timedelta(**more)


class SomeTask(TaskBase):
    """A task with nothing but what orders it."""

    type: Literal["some"] = "some"
    writes: tuple[tuple[str, str], ...] = ()


def some_task(
    task_id: str,
    sequence: int = 10,
    *,
    after: tuple[str, ...] = (),
    on_failure: Literal["skip", "run"] = "skip",
    writes: tuple[tuple[str, str], ...] = (),
    frequency: Frequency | None = None,
) -> SomeTask:
    """Return a task."""
    return SomeTask(
        id=task_id,
        description=task_id,
        sequence=sequence,
        frequency=frequency or Manual(),
        after=Predecessors(tasks=list(after), on_failure=on_failure) if after else None,
        writes=writes,
    )


class FakeRunner:
    """Carries out runs in no time, but for those of tasks that are held until they are released or stopped."""

    def __init__(self, journal: Journal | None) -> None:
        self.started: list[str] = []
        """Tasks, in the order in which their runs began."""
        self.runs: list[ActiveRun] = []
        self.ended: list[str] = []
        self.most = 0
        """How many went side by side at most."""
        self.outcomes: dict[str, RunState] = {}
        """How runs of a task end, where not by success."""
        self.faults: dict[str, Exception] = {}
        """What a run of a task raises."""
        self._journal = journal
        self._changed = threading.Condition()
        self._held: set[str] = set()
        self._going = 0

    def hold(self, *tasks: str) -> None:
        """Let runs of these tasks go on until they are released."""
        with self._changed:
            self._held.update(tasks)

    def release(self, *tasks: str) -> None:
        """Let runs of these tasks, or of all, come to their end."""
        with self._changed:
            self._held.difference_update(tasks or set(self._held))
            self._changed.notify_all()

    def wait_started(self, *tasks: str) -> None:
        """Wait until a run of each of these tasks has begun; of one that is named twice, two runs."""
        wanted = Counter(tasks)
        with self._changed:
            came = self._changed.wait_for(lambda: wanted <= Counter(self.started), PATIENCE)
        assert came, f"{tasks} did not start, only {self.started}"

    def settle(self) -> None:
        """Wait until every run that is not held has ended, with all that its end brought about."""
        while going := going_runs():
            for thread in going:
                thread.join(PATIENCE)
                assert not thread.is_alive()

    def carry_out(self, active: ActiveRun, report: Callable[[Progress, Counts], None]) -> Outcome:
        if self._journal is not None:
            self._journal.runs.start(active.id, at=NOW)
        with self._changed:
            self.started.append(active.task)
            self.runs.append(active)
            self._going += 1
            self.most = max(self.most, self._going)
            self._changed.notify_all()
        report(Progress("working", 1, 2, "rows"), Counts(read=1))
        with self._changed:
            self._going_on(active)
            self._going -= 1
            self.ended.append(active.task)
        if active.task in self.faults:
            raise self.faults[active.task]
        state = RunState.STOPPED if active.stop.requested else self.outcomes.get(active.task, RunState.SUCCEEDED)
        outcome = Outcome(active.stop.reason or "done", state, Counts(read=2))
        if self._journal is not None:
            self._journal.runs.end(
                active.id, state, at=active.queued_at + timedelta(seconds=1), message=outcome.message
            )
        return outcome

    def _going_on(self, active: ActiveRun) -> None:
        while active.task in self._held and not active.stop.requested:
            # A stop comes without a notice here, as it does for work that looks only between blocks.
            self._changed.wait(0.01)


def going_runs() -> list[threading.Thread]:
    """Return the threads of all runs."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("pendel-run-")]


def tick(engine: Engine) -> None:
    """Let the clock of an engine look, as it would at the minute."""
    engine._planner._clock.tick()


def settle(engine: Engine, runner: FakeRunner) -> None:
    """Wait until nothing happens any more: the runs, and what comes after them."""
    seen = -1
    while seen != len(runner.started) or going_runs():
        seen = len(runner.started)
        runner.settle()
        engine._planner._ends.submit(lambda: None).result(PATIENCE)


def import_task(
    task_id: str, sequence: int = 10, frequency: str = 'kind = "time_of_day", at = "07:30"', **more: str
) -> str:
    """Return an import task as TOML, due at 07:30; ``more`` are further keys, their values as they are written."""
    lines = [f"{key} = {value}" for key, value in more.items()]
    return "\n".join(
        [
            "[[tasks]]",
            f'id = "{task_id}"',
            'type = "import"',
            f'description = "{task_id}"',
            f"sequence = {sequence}",
            f"frequency = {{ {frequency} }}",
            'entity = "article"',
            f'assortment = "{task_id}"',
            'layout = "articles"',
            f'file = "{task_id}.csv"',
            *lines,
            "",
        ]
    )


def follower(task_id: str, *names: str, on_failure: str = "skip") -> str:
    """Return a task of frequency ``after`` as TOML."""
    after = ", ".join(f'"{name}"' for name in names)
    return import_task(
        task_id, frequency='kind = "after"', after=f'{{ tasks = [{after}], on_failure = "{on_failure}" }}'
    )
