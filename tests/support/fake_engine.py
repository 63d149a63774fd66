"""A small engine for tests of the console: it keeps the promises of ``EngineApi`` in memory, and records commands."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from core.engine.api import LogLine, Right, RunView, Snapshot, TaskView
from core.engine.logs import LogRing
from core.errors import Refused
from core.runs import Counts, Level, RunState, Trigger

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
"""A Friday; 13:00 in Amsterdam."""

Command = tuple[str, object]


def ended_run(task: str, state: RunState = RunState.SUCCEEDED, **changes: object) -> RunView:
    """A run that ended an hour before ``NOW``."""
    run = RunView(
        id=7,
        task=task,
        state=state,
        trigger=Trigger.PLANNED,
        requested_by="pendel",
        queued_at=NOW - timedelta(hours=1),
        started_at=NOW - timedelta(hours=1),
        ended_at=NOW - timedelta(minutes=59, seconds=48),
        counts=Counts(read=1000, changed=12, unchanged=988),
    )
    return replace(run, **changes)  # type: ignore[arg-type]


def some_tasks() -> list[TaskView]:
    """Tasks as a site may have them: one of each state that a list shows."""

    def task(name: str, kind: str, description: str, sequence: int, frequency: str, **changes: object) -> TaskView:
        view = TaskView(
            id=name,
            type=kind,
            description=description,
            active=True,
            sequence=sequence,
            frequency=frequency,
            system=False,
            next_run=NOW + timedelta(days=2, hours=18, minutes=30),
            run=None,
            last_run=None,
        )
        return replace(view, **changes)  # type: ignore[arg-type]

    return [
        task("clean-up", "system", "Retention of runs, logs and spool", 0, "every day at 03:00", system=True,
             last_run=ended_run("clean-up", counts=Counts())),
        task("supplier-prices", "import", "Weekly prices of our main supplier", 10, "every Monday at 07:30",
             last_run=ended_run("supplier-prices")),
        task("webshop-articles", "export", "Changed articles to the webshop", 20, "every Monday at 07:30",
             last_run=ended_run("webshop-articles", RunState.FAILED, id=8,
                                message="The server closed the line. It will be tried again on Monday.")),
        task("erp-files", "csv-export", "Daily files for the ERP", 30, "every day at 12:00",
             next_run=NOW + timedelta(hours=23)),
        task("stock", "import", "Stock of the central warehouse, Zürich", 40, "every 30 minutes", active=False,
             next_run=None, last_run=ended_run("stock", RunState.WARNINGS, id=9)),
    ]  # fmt: skip


@dataclass
class FakeEngine:
    """Holds tasks, changes them by command, and notes every command that it accepted."""

    tasks: list[TaskView] = field(default_factory=some_tasks)
    read_only: bool = False
    notice: str = ""
    commands: list[Command] = field(default_factory=list)
    pulls: int = 0
    settings: Any = None
    history: Any = None
    catalogue: Any = None
    files: Any = None
    links: Any = None
    flows: Any = None
    refuse: str = ""
    """A reason for which every command is refused."""

    def __post_init__(self) -> None:
        self._revision = 1
        self.ring = LogRing()
        self._next_run = 100
        self._broken = False
        self._lock = threading.Lock()
        self.closed = threading.Event()

    # -- what a test does -----------------------------------------------------------------------------------------

    def change(self, task_id: str, **changes: object) -> None:
        """Change what is shown of a task."""
        with self._lock:
            self.tasks = [
                replace(task, **changes) if task.id == task_id else task  # type: ignore[arg-type]
                for task in self.tasks
            ]
            self._revision += 1

    def log(self, text: str, level: Level = Level.INFO, task: str = "") -> None:
        """Write a line of the log."""
        with self._lock:
            self.ring.add(NOW + timedelta(seconds=self.ring.number + 1), level, text, task, None)
            self._revision += 1

    def begin(self, task_id: str, **changes: object) -> RunView:
        """Let a run of a task go."""
        self._next_run += 1
        run = RunView(
            id=self._next_run,
            task=task_id,
            state=RunState.RUNNING,
            trigger=Trigger.MANUAL,
            requested_by="anna (pts/3)",
            queued_at=NOW,
            started_at=NOW,
        )
        run = replace(run, **changes)  # type: ignore[arg-type]
        self.change(task_id, run=run)
        return run

    def break_next_snapshot(self) -> None:
        """Let the next snapshot be one that no screen can show."""
        self._broken = True

    def find(self, task_id: str) -> TaskView:
        """Return a task."""
        return next(task for task in self.tasks if task.id == task_id)

    # -- EngineApi ------------------------------------------------------------------------------------------------

    def snapshot(self, since: int = -1) -> Snapshot | None:
        with self._lock:
            self.pulls += 1
            if self._broken:
                self._broken = False
                return Snapshot(-2, (None,), 0, "", ZoneInfo("UTC"))  # type: ignore[arg-type]
            if since == self._revision:
                return None
            return Snapshot(
                revision=self._revision,
                tasks=tuple(self.tasks),
                log_number=self.ring.number,
                config_path="/etc/pendel/config.toml",
                zone=ZoneInfo("Europe/Amsterdam"),
                right=Right.VIEW if self.read_only else Right.ADMINISTER,
                notice=self.notice,
            )

    def log_after(self, number: int, limit: int = 1000) -> Sequence[LogLine]:
        return self.ring.after(number, limit)

    def runs(self, task: str | None = None, limit: int = 100) -> Sequence[RunView]:
        found = [entry.last_run for entry in self.tasks if entry.last_run and task in (None, entry.id)]
        return found[:limit]

    def start_tasks(
        self,
        task_ids: Sequence[str],
        *,
        dry_run: bool = False,
        confirm_archive: bool = False,
        assortment: str | None = None,
    ) -> list[int]:
        how = "dry run" if dry_run else "confirmed" if confirm_archive else "start"
        self._accept(how if assortment is None else f"{how} of {assortment}", list(task_ids))
        return [self.begin(task_id, dry_run=dry_run).id for task_id in task_ids]

    def stop_runs(self, run_ids: Sequence[int]) -> None:
        self._accept("stop", list(run_ids))
        for task in self.tasks:
            if task.run and task.run.id in run_ids:
                self.change(task.id, run=replace(task.run, state=RunState.STOPPING))

    def set_active(self, task_ids: Sequence[str], active: bool) -> None:
        self._accept("activate" if active else "deactivate", list(task_ids))
        for task_id in task_ids:
            self.change(task_id, active=active)

    def revert_run(self, run_id: int, *, force: bool = False) -> int:
        self._accept("forced revert" if force else "revert", run_id)
        return run_id

    def reload(self) -> None:
        self._accept("reload", None)

    def shutdown(self, *, stop_runs: bool) -> None:
        self.commands.append(("shutdown", "stop" if stop_runs else "wait"))
        self.closed.set()

    def _accept(self, name: str, what: object) -> None:
        if self.refuse:
            raise Refused(self.refuse)
        self.commands.append((name, what))
