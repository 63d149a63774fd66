"""A whole engine in this process that plans and watches, and a way to wait for what it does."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.engine.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from core.store.journal.runs import RunRow

PATIENCE = 60.0
_EVERY = 0.02


def at_noon() -> datetime:
    """The present day at an hour that is inside the window, whenever the test runs."""
    return datetime.now(UTC).replace(hour=12)


def until(condition: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Wait until a condition holds."""
    end, pause = time.monotonic() + patience, threading.Event()
    while not condition():
        assert time.monotonic() < end, f"{what} did not come"
        pause.wait(_EVERY)


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
        until(lambda: len(self.ended(task)) >= runs, f"the end of run number {runs} of {task}")
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
