"""An engine that listens, in this process or in one of its own, and consoles that attach to it."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.waiting import PATIENCE

from core.config.load import load
from core.engine.api import Right
from core.engine.attach.client import RemoteEngine
from core.engine.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHILD = Path(__file__).with_name("attach_child.py")
_ROOT = Path(__file__).parents[2]


@contextmanager
def listening_engine(config: Path) -> Iterator[Engine]:
    """An engine in this process that plans, and listens."""
    engine = Engine(config)
    try:
        engine.start()
        yield engine
    finally:
        engine.shutdown(stop_runs=True)


@contextmanager
def attached(config: Path, *, right: Right = Right.ADMINISTER, terminal: str = "") -> Iterator[RemoteEngine]:
    """A console's end of an engine."""
    remote = RemoteEngine(load(config).socket_file, right=right, terminal=terminal)
    assert remote.connect()
    try:
        yield remote
    finally:
        remote.close()


def as_user(uid: int, socket_file: Path, *calls: tuple[Any, ...]) -> list[dict[str, Any]]:
    """Ask an engine as another user, from a process of its own; return what it answered, one for each call."""
    done = subprocess.run(
        [sys.executable, str(_CHILD), str(uid), str(socket_file), json.dumps(calls)],
        env={"PYTHONPATH": f"{_ROOT}:{_ROOT / 'tests'}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers
