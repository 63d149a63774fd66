"""A journal, a clock moved by hand, and what looks for trouble; runs end as a test says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.engine_desk import Time, import_task

from core.config.load import load
from core.engine.alerts.watch import Watch
from core.runs import Counts, RunState, Trigger
from core.store.journal.occurrences import Occurrence
from core.store.journal.runs import NewRun

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.store.journal import Journal
    from core.store.journal.alerts import Alert

LAYOUT = """
[layouts.articles]
direction = "import"
entity = "article"
format = "csv"
columns = [{ column = "No", field = "number" }]
"""
TO_OPS = '[alerts]\nto = ["ops"]\ntargets = { ops = { url = "json://localhost" } }\n'


def alert_config(workspace: Callable[..., Path], *tasks: str, alerts: str = TO_OPS, engine: str = "") -> Path:
    """Write a configuration with tasks; two daily ones where none is given."""
    return workspace("\n".join((LAYOUT, alerts, *(tasks or (import_task("a"), import_task("b"))))), engine=engine)


class AlertSite:
    """What a test does to runs, and what is told of it."""

    def __init__(self, config: Path, journal: Journal, time: Time) -> None:
        self.config = load(config)
        self.tasks = {task.id: task for task in self.config.tasks}
        self.journal = journal
        self.time = time
        self.watch = Watch(journal, now=time, redact=lambda text: text.replace("swordfish", "[secret]"))
        journal.plans.replace(self.tasks, at=time())

    def begin(self, task: str, *, trigger: Trigger = Trigger.PLANNED, dry_run: bool = False) -> int:
        """Begin a run that was due now."""
        (run,) = self.journal.runs.queue([NewRun(task, "import", trigger, "pendel", dry_run=dry_run)], at=self.time())
        if trigger is Trigger.PLANNED:
            self.journal.occurrences.add([Occurrence(task, self.time(), run)])
        self.journal.runs.start(run, at=self.time())
        return run

    def end(self, run: int, state: RunState = RunState.SUCCEEDED, message: str = "done", **counts: int) -> None:
        """End a run."""
        self.journal.runs.end(run, state, at=self.time(), message=message, counts=Counts(**counts))

    def ran(self, task: str, state: RunState = RunState.SUCCEEDED, message: str = "done", minutes: float = 1) -> int:
        """Let a run begin and end."""
        run = self.begin(task)
        self.time.move(minutes=minutes)
        self.end(run, state, message)
        return run

    def look(self, *, reload: Path | None = None) -> None:
        """Look at everything."""
        if reload is not None:
            self.config = load(reload)
            self.tasks = {task.id: task for task in self.config.tasks}
        self.watch.look_at_ends(self.config, self.tasks)
        self.watch.look_at_time(self.config, self.tasks)

    def alerts(self) -> list[Alert]:
        """All that was put into the outbox, oldest first."""
        return [alert for alert, _, _ in reversed(self.journal.outbox.latest(limit=10_000))]

    def told(self) -> list[tuple[str, str]]:
        """The task and the outcome of each message."""
        return [(alert.task, alert.outcome) for alert in self.alerts()]
