"""An engine in this process, and a way to act while one of its runs is in a certain step."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from support.waiting import PATIENCE

from core.engine.engine import Engine
from core.engine.gate import Gate, current_actor
from core.engine.workspace import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from core.store.journal.runs import RunRow


class LiveEngine:
    """Starts and stops runs, as a console does."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.gate = Gate(engine, current_actor())

    def start(self, task: str) -> int:
        """Start a task and return the number of its run."""
        (run,) = self.gate.start_tasks([task])
        return run

    def wait_for_step(self, task: str, step: str, *, done: int = 0) -> None:
        """Wait until a run is in a step that begins so, and has done more than ``done`` of it."""
        end = time.monotonic() + PATIENCE
        # Without a pause: some steps are short.
        while time.monotonic() < end:
            view = self.engine.board.task(task)
            assert view is not None
            assert view.run is not None, f"the run ended before {step}: {view.last_run}"
            progress = view.run.progress
            if progress is not None and progress.step.startswith(step) and progress.done > done:
                return
        raise AssertionError(f"no run of {task} came to {step}")

    def stop(self, run: int) -> tuple[RunRow, float]:
        """Ask a run to stop; return how it ended, and how many seconds that took."""
        begun = time.monotonic()
        self.gate.stop_runs([run])
        row = self.ended(run)
        return row, time.monotonic() - begun

    def ended(self, run: int) -> RunRow:
        """Wait for the end of a run."""
        assert self.engine.dispatcher.wait([run], timeout=PATIENCE)
        row = self.engine.workspace.journal.runs.get(run)
        assert row is not None
        return row


@contextmanager
def live_engine(config: Path, *, now: Callable[[], datetime] = utc_now, plan: bool = False) -> Iterator[LiveEngine]:
    """An engine; one that plans nothing sends no alerts either."""
    engine = Engine(config, now=now)
    try:
        engine.start(plan=plan, resume=())
        yield LiveEngine(engine)
    finally:
        engine.shutdown(stop_runs=True)
