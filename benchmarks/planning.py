"""Plan tasks that are all due at once, beside APScheduler's own cron triggers doing merely the same count.

Pendel's part is the whole way of a planned task: the next moment is worked out from its frequency, the clock fires it,
a wave puts it in order by sequence number, and the end of each is told before the next may start. It is measured twice:
alone, and as the engine does it, with every occurrence and run written into a journal on the disk, and a thread for
every run, which does nothing. APScheduler's part is a job with a cron trigger for each task, and a call of an empty
function for each.

    python benchmarks/planning.py --tasks 10000 --json
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import logging
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from core.config.engine import Window
from core.config.frequency import Weekly
from core.config.load import load
from core.config.tasks import TaskBase
from core.engine.board import Board
from core.engine.dispatcher import Dispatcher
from core.engine.planner import Planner
from core.engine.starter import Starter
from core.planning.clock import Clock, Due
from core.planning.due import next_due
from core.planning.wave import Member, Wave
from core.runs import RunState
from core.store.journal import Journal
from core.tasks.context import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.engine.active import ActiveRun
    from core.runs import Counts, Progress

ZONE = ZoneInfo("Europe/Amsterdam")
MONDAY = dt.datetime(2026, 11, 23, 7, 30, tzinfo=ZONE)


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds of each step for all tasks."""

    plan: float
    """From the settings to the next moment of every task."""
    fire: float
    """From that moment to the last task told of it; with Pendel, in order and ended one by one."""

    @property
    def total(self) -> float:
        """Both steps."""
        return self.plan + self.fire


@dataclass(frozen=True, slots=True)
class EngineFigures:
    """Seconds of each step for all tasks, through the engine."""

    plan: float
    """From the settings to the next moment of every task."""
    due: float
    """From that moment until every occurrence and run is in the journal, and the wave goes."""
    run: float
    """From there to the end of the last run, each in a thread of its own."""


def pendel(tasks: int) -> Figures:
    """Plan, fire and order the tasks: ten sequence numbers, every tenth task after another one."""
    frequency, window = Weekly(day="monday", at=dt.time(7, 30)), Window()
    members = {
        f"task-{number:06}": Member(
            f"task-{number:06}", number % 10, after=(f"task-{number - 10:06}",) if number % 100 == 99 else ()
        )
        for number in range(tasks)
    }
    now = MONDAY - dt.timedelta(days=1)
    started: list[int] = []

    def fire(due: Sequence[Due]) -> None:
        wave = Wave(members[one.key] for one in due)
        while not wave.done:
            for decision in wave.ready(limit=4):
                started.append(members[decision.task].sequence)
                wave.ended(decision.task, RunState.SUCCEEDED)

    clock = Clock(fire, now=lambda: now)
    follows: Callable[[dt.datetime], dt.datetime | None] = partial(
        next_due, frequency, zone=ZONE, window=window, holidays=None
    )
    begin = time.perf_counter()
    clock.replace_all(dict.fromkeys(members, follows))
    planned = time.perf_counter()
    now = MONDAY
    clock.tick()
    end = time.perf_counter()
    if len(started) != tasks or started != sorted(started):
        raise SystemExit("not all tasks started, or not in order")
    return Figures(planned - begin, end - planned)


class _NoTask(TaskBase):
    """A task with nothing but what orders it."""

    type: Literal["none"] = "none"


class _NoRun:
    """Carries out runs by noting that they began."""

    def __init__(self) -> None:
        self.started: list[str] = []

    def carry_out(self, active: ActiveRun, _: Callable[[Progress, Counts], None]) -> Outcome:
        self.started.append(active.task)
        return Outcome("done")


def engine(tasks: int, directory: Path) -> EngineFigures:
    """Plan, fire and run the tasks through the engine's own parts, with a real journal."""
    config_path = directory / "config.toml"
    config_path.write_text(f'version = 1\n[engine]\ntime_zone = "{ZONE.key}"\n')
    config = load(config_path)
    now = MONDAY - dt.timedelta(days=1)
    planners: list[Planner] = []
    runner, journal = _NoRun(), Journal(directory / "journal.sqlite")
    board = Board(str(config_path), ZONE)
    dispatcher = Dispatcher(
        runner=runner,  # type: ignore[arg-type]  # of a runner, this is all that is needed
        board=board,
        journal=journal,
        slots=4,
        now=lambda: now,
        on_ended=lambda run: planners[0].run_ended(run),  # noqa: PLW0108 - the planner comes later
    )
    starter = Starter(
        journal=journal, dispatcher=dispatcher, now=lambda: now, is_system=lambda _: False, writes=lambda _: ()
    )
    planner = Planner(
        config=config, journal=journal, board=board, starter=starter, now=lambda: now, on_heartbeat=lambda: None
    )
    planners.append(planner)
    frequency = Weekly(day="monday", at=dt.time(7, 30))
    sequences = {f"task-{number:06}": number % 10 for number in range(tasks)}
    settings = [
        _NoTask(id=name, description=name, sequence=sequence, frequency=frequency)
        for name, sequence in sequences.items()
    ]
    begin = time.perf_counter()
    planner.replan(config, settings, frozenset())
    planned = time.perf_counter()
    now = MONDAY
    planner._clock.tick()  # noqa: SLF001 - what APScheduler does at the minute
    fired = time.perf_counter()
    if not dispatcher.wait(dispatcher.open_runs(), timeout=600):
        raise SystemExit("the runs did not come to their end")
    end = time.perf_counter()
    planner.stop()
    ledger = journal.occurrences.ledger()
    journal.close()
    started = [sequences[name] for name in runner.started]
    if len(started) != tasks or started != sorted(started) or (ledger.due, ledger.run) != (tasks, tasks):
        raise SystemExit("not all tasks ran, or not in order")
    return EngineFigures(planned - begin, fired - planned, end - fired)


def apscheduler(tasks: int) -> Figures:
    """Plan a job for each task by a cron trigger, and call an empty function for each."""
    done = threading.Event()
    called = 0
    lock = threading.Lock()

    def job() -> None:
        nonlocal called
        with lock:
            called += 1
            if called == tasks:
                done.set()

    scheduler = BackgroundScheduler(
        timezone=dt.UTC, job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
    )
    scheduler.start(paused=True)
    begin = time.perf_counter()
    for number in range(tasks):
        trigger = CronTrigger(day_of_week="mon", hour=7, minute=30, timezone=ZONE)
        scheduler.add_job(job, trigger, id=f"task-{number:06}")
    planned = time.perf_counter()
    # It has no clock to be moved: what is due is made due by hand, outside the time that is measured.
    now = dt.datetime.now(dt.UTC)
    for number in range(tasks):
        scheduler.modify_job(f"task-{number:06}", next_run_time=now)
    fire = time.perf_counter()
    scheduler.resume()
    done.wait(600)
    end = time.perf_counter()
    scheduler.shutdown()
    return Figures(planned - begin, end - fire)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    ours, theirs = pendel(options.tasks), apscheduler(options.tasks)
    with tempfile.TemporaryDirectory() as directory:
        whole = engine(options.tasks, Path(directory))
    ratio = ours.total / theirs.total
    if options.json:
        figures = {
            "tasks": options.tasks,
            "pendel": asdict(ours) | {"total": ours.total},
            "engine": asdict(whole),
            "apscheduler": asdict(theirs) | {"total": theirs.total},
            "ratio": ratio,
        }
        print(json.dumps(figures))
        return
    for name, figures_of in (("pendel", ours), ("apscheduler", theirs)):
        print(
            f"{name:12} plan {figures_of.plan:7.3f} s   fire {figures_of.fire:7.3f} s   both {figures_of.total:7.3f} s"
        )
    print(f"engine       plan {whole.plan:7.3f} s   due  {whole.due:7.3f} s   run  {whole.run:7.3f} s")
    print(f"{options.tasks:,} tasks due at once: {ratio:.2f} x the time of APScheduler's own triggers")


if __name__ == "__main__":
    main()
