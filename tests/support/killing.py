"""Pendel in a process of its own that can be killed at any moment, again and again, without its start-up each time.

Run as a program, this module is a nursery: it imports what Pendel needs once, forks a process for each command line
that it is given, kills it with SIGKILL where that is asked for, and says how it ended. The child opens everything
itself; the nursery never touches a store.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import subprocess
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True)
class Ended:
    """How a command line ended."""

    killed: bool
    code: int
    """Its exit code; of a process that was killed, the number of the signal."""
    seconds: float
    output: str
    notes: str

    @property
    def told(self) -> dict[str, Any]:
        """The object that it printed."""
        found: dict[str, Any] = json.loads(self.output)
        return found


class Nursery:
    """Runs command lines of Pendel, each in a process of its own."""

    def __init__(self, directory: Path) -> None:
        self._out, self._err = directory / "nursery.out", directory / "nursery.err"

    def __enter__(self) -> Self:
        environ = {**os.environ, "PYTHONWARNINGS": "error"}
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def run(
        self, config: Path, *arguments: str, kill_after: float | None = None, dies: tuple[str, str, str] | None = None
    ) -> Ended:
        """Carry out a command line with ``--json``, and kill it after so many seconds where it still runs.

        ``dies`` lets it kill itself at an exact place: ``("before", "core.transfer.local", "LocalLocation._store")``,
        or at a later call of it: ``("after 3", …)``.
        """
        order = {
            "arguments": ["--config", str(config), *arguments, "--json"],
            "out": str(self._out),
            "err": str(self._err),
            "kill_after": kill_after,
            "dies": dies,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return Ended(**answer, output=self._out.read_text(), notes=self._err.read_text())


def _carry_out(order: dict[str, Any]) -> dict[str, Any]:
    begun = time.monotonic()
    child = os.fork()
    if not child:
        _be_pendel(order)
    handle = os.pidfd_open(child)
    killed = False
    try:
        ready, _, _ = select.select([handle], [], [], order["kill_after"])
        if not ready:
            os.kill(child, signal.SIGKILL)
            killed = True
    finally:
        os.close(handle)
    _, status = os.waitpid(child, 0)
    # It may have ended in the instant before the signal came.
    killed = (killed or order["dies"] is not None) and os.WIFSIGNALED(status)
    code = os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    return {"killed": killed, "code": code, "seconds": time.monotonic() - begun}


def _be_pendel(order: dict[str, Any]) -> None:
    """Be a process that was started with this command line; never returns."""
    from core.cli.main import build

    if order["dies"]:
        plant_death(*order["dies"])
    code = 70
    try:
        with Path(order["out"]).open("wb") as out, Path(order["err"]).open("wb") as err:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            try:
                build(lambda *_: 0)(order["arguments"])
            except SystemExit as end:
                code = int(end.code or 0)
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
    finally:
        os._exit(code)


def plant_death(when: str, module: str, name: str) -> None:
    """Let this process kill itself before or after the first call of a method, or of a function.

    ``when`` is ``before`` or ``after``, or ``after 3`` for the third call.
    """
    word, _, wanted = when.partition(" ")
    calls = 0
    owner_name, _, method_name = name.rpartition(".")
    owner: Any = importlib.import_module(module)
    if owner_name:
        owner = getattr(owner, owner_name)
    method = getattr(owner, method_name)

    def die(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        last = calls >= int(wanted or 1)
        answer = method(*arguments, **options) if word == "after" or not last else None
        if last:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(owner, method_name, die)


def _nurse() -> None:
    # Everything that a run imports, so that the moments at which it is killed are moments of its work.
    import duckdb  # noqa: F401
    import numpy  # noqa: F401, ICN001
    import tenacity  # noqa: F401

    import core.cli.looking
    import core.cli.running
    import core.engine.engine
    import core.exchange.blocks
    import core.exchange.reading
    import core.exchange.rejecting
    import core.exchange.writing
    import core.store.catalogue
    import core.tasks.exporting
    import core.tasks.importing
    import core.tasks.reverting
    import core.transfer  # noqa: F401

    for line in sys.stdin:
        sys.stdout.write(json.dumps(_carry_out(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    _nurse()
