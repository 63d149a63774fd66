"""A whole engine in this process that plans and watches, and a way to wait for what it does."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from support.waiting import wait_until

from core.engine.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.store.journal.runs import RunRow


def at_noon() -> datetime:
    """The present day at an hour that is inside the window, whenever the test runs."""
    return datetime.now(UTC).replace(hour=12)


class WatchedEngine:
    """An engine, and the runs of it that ended."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def ended(self, task: str = "drop") -> list[RunRow]:
        """Return the runs of a task that ended, the first one first."""
        rows = self.engine.workspace.journal.runs.latest(task, limit=1000, ended=True)
        return sorted(rows, key=lambda row: row.id)

    def wait_for(self, runs: int, task: str = "drop") -> list[RunRow]:
        """Wait until so many runs of a task have ended."""
        wait_until(lambda: len(self.ended(task)) >= runs, f"the end of run number {runs} of {task}")
        return self.ended(task)


@contextmanager
def watched_engine(config: Path) -> Iterator[WatchedEngine]:
    """An engine at its work, as ``pendel engine`` has it."""
    engine = Engine(config, now=at_noon)
    try:
        engine.start()
        yield WatchedEngine(engine)
    finally:
        engine.shutdown(stop_runs=True)
