"""The console itself, on a pseudo-terminal, beside an engine in a process of its own."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pexpect
import pyte
import pytest
from support.cli_site import GOOD, ONE, TABLES, TASKS
from support.pendel_process import PENDEL, command
from support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Console:
    """Reads the screen of ``pendel``."""

    def __init__(self, config: Path, *options: str) -> None:
        self._screen = pyte.Screen(80, 24)
        self._stream = pyte.Stream(self._screen)
        environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        arguments = [*PENDEL[1:], "--config", str(config), *options]
        self.process = pexpect.spawn(
            sys.executable, arguments, dimensions=(24, 80), env=environment, timeout=PATIENCE, encoding="utf-8"
        )

    @property
    def text(self) -> str:
        return "\n".join(self._screen.display)

    def wait_for(self, words: str) -> None:
        while words not in self.text:
            self._read(f"{words!r} never came")

    def wait_until_gone(self, words: str) -> None:
        while words in self.text:
            self._read(f"{words!r} stays")

    def _read(self, otherwise: str) -> None:
        try:
            self._stream.feed(self.process.read_nonblocking(65536, timeout=PATIENCE))
        except (pexpect.EOF, pexpect.TIMEOUT):
            raise AssertionError(f"{otherwise}:\n{self.text}") from None

    def end(self) -> tuple[int | None, str]:
        """Return the exit code, and what was said at the end."""
        rest = self.process.read()
        self.process.close()
        return self.process.exitstatus, rest


@contextmanager
def console(config: Path, *options: str) -> Iterator[Console]:
    running = Console(config, *options)
    try:
        yield running
    finally:
        running.process.close(force=True)


@pytest.fixture
def config(workspace: Callable[..., Path]) -> Path:
    files = {"in/x.csv": ONE, "uploads/prices.csv": GOOD, "uploads/slow.csv": ONE}
    return workspace("\n".join((TABLES, *TASKS)), files=files)


def test_a_console_beside_an_engine_attaches_and_leaves_it_alone(config: Path) -> None:
    with command(config, "engine") as engine:
        engine.wait_for("The engine runs with")
        with console(config) as one, console(config, "--read-only") as other:
            one.wait_for("attached")
            other.wait_for("attached · read-only")
            for keys in ("/", "slow", "\r", "s"):
                one.process.send(keys)
            one.wait_for("Start (y)")
            one.process.send("y")
            one.wait_for("1 running")
            other.wait_for("1 running")
            one.process.send("q")
            code, rest = one.end()
            assert code == 0
            assert "The engine is a process of its own and goes on. Going: 1 run." in rest
            other.wait_for("1 running")
            engine.process.send_signal(signal.SIGSTOP)
            other.wait_for("The engine has not answered since")
            engine.process.send_signal(signal.SIGCONT)
            other.wait_until_gone("has not answered")
            engine.process.send_signal(signal.SIGTERM)
            other.wait_for("The engine has ended (")
            other.process.kill(signal.SIGHUP)
            other.process.wait()
        assert engine.end()[0] == 0


def test_a_console_attaches_to_the_engine_of_another_console(config: Path) -> None:
    with console(config) as first:
        first.wait_for("Pendel · ")
        first.wait_for("The engine plans")
        with console(config) as second:
            second.wait_for("attached")
            assert "attached" not in first.text
            first.process.send("q")
            assert first.end()[0] == 0
            second.wait_for("The engine has ended (")
            second.process.send("q")
            code, rest = second.end()
            assert code == 0
            assert "The engine has ended" in rest
