"""A console around a fake engine, for tests on a real pseudo-terminal. Commands come over a socket, line by line."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import socket
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.fake_engine import FakeEngine, some_tasks

from core.runs import Counts, Level, Progress
from tui.main import run_console
from tui.opening import Opened

if TYPE_CHECKING:
    from core.engine.api import TaskView


class EndlessEngine(FakeEngine):
    """One whose runs end only when they are stopped; while it is held, not even then."""

    held = False

    def shutdown(self, *, stop_runs: bool) -> None:
        super().shutdown(stop_runs=stop_runs)
        if self.held or (not stop_runs and any(task.run for task in self.tasks)):
            threading.Event().wait()


def many_tasks(number: int) -> list[TaskView]:
    model = some_tasks()[1]
    return [replace(model, id=f"task-{n}", sequence=n, description=f"Prices {n}") for n in range(number)]


def various_tasks(number: int) -> list[TaskView]:
    """Tasks of which no two next to each other have anything in common."""
    tasks = [task for _ in range(number) for task in (*some_tasks(), long_task())][:number]
    return [replace(task, id=f"{task.id}-{n}", sequence=n) for n, task in enumerate(tasks)]


def long_task() -> TaskView:
    """A task with as much to say as there may be."""
    model = some_tasks()[2]
    assert model.last_run is not None
    message = "The server closed the line while the list of the directory was read, and did so again at each attempt. "
    last = replace(model.last_run, message=message * 3, counts=Counts(1_000_000, 12, 3, 999_000, 4, 5, 6, 7))
    return replace(model, id="the-longest-id-that-anybody-will-use", description="Articles of all " * 6, last_run=last)


class Control:
    """Carries out what a test asks of the engine, and answers."""

    def __init__(self, engine: EndlessEngine, fd: int) -> None:
        self._engine = engine
        self._socket = socket.socket(fileno=fd)
        self._flooding = threading.Event()

    def serve(self) -> None:
        with self._socket, self._socket.makefile("r") as lines:
            for line in lines:
                name, *arguments = json.loads(line)
                answer = getattr(self, f"do_{name}")(*arguments)
                self._socket.sendall(json.dumps(answer).encode() + b"\n")

    def do_pulls(self) -> int:
        return self._engine.pulls

    def do_commands(self) -> list[Any]:
        return list(self._engine.commands)

    def do_begin(self, task: str) -> int:
        return self._engine.begin(task).id

    def do_progress(self, task: str, done: int, total: int) -> None:
        run = self._engine.find(task).run
        assert run is not None
        self._engine.change(task, run=replace(run, progress=Progress("apply", done, total, "rows", datetime.now(UTC))))

    def do_log(self, text: str) -> None:
        self._engine.log(text)

    def do_flood(self, on: bool) -> None:
        """Let 100,000 lines a second come, or end that."""
        if not on:
            self._flooding.set()
            return
        threading.Thread(target=self._flood, daemon=True, name="flood").start()

    def _flood(self) -> None:
        ring, now = self._engine.ring, datetime.now(UTC)
        while not self._flooding.wait(0.1):
            for number in range(10_000):
                ring.add(now, Level.INFO, f"Line {number} of a flood.", "task-1", 7)

    def do_memory(self) -> int:
        """Return the most memory that the process has had, in kB."""
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def do_crash(self) -> None:
        self._engine.break_next_snapshot()

    def do_hold(self) -> None:
        self._engine.held = True

    def do_await_shutdown(self) -> None:
        self._engine.closed.wait()

    def do_threads(self) -> list[str]:
        return [thread.name for thread in threading.enumerate()]


def plant_sigterm(place: str) -> None:
    """Let SIGTERM arrive right before or right after the first call of a method, as in ``after Runner.run``."""
    when, _, name = place.partition(" Runner.")
    owner: Any = asyncio.Runner
    function = getattr(owner, name)

    def planted(*arguments: Any, **options: Any) -> Any:
        setattr(owner, name, function)
        if when == "before":
            signal.raise_signal(signal.SIGTERM)
        try:
            return function(*arguments, **options)
        finally:
            if when == "after":
                signal.raise_signal(signal.SIGTERM)

    setattr(owner, name, planted)


def main() -> int:
    number, on_hangup = int(os.environ["TASKS"]), os.environ["ON_HANGUP"]
    many = various_tasks if "VARIOUS" in os.environ else many_tasks
    engine = EndlessEngine(many(number) or some_tasks())
    control = Control(engine, int(os.environ["CONTROL"]))
    threading.Thread(target=control.serve, daemon=True, name="control").start()
    if place := os.environ.get("SIGTERM_AT"):
        plant_sigterm(place)
    code = run_console(lambda: Opened(engine, on_hangup=on_hangup))  # type: ignore[arg-type]
    Path(os.environ["REPORT"]).write_text(json.dumps({"code": code, "commands": engine.commands}))
    return code


if __name__ == "__main__":
    sys.exit(main())
