"""Commands of Pendel as processes of their own."""

from __future__ import annotations

import queue
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PENDEL = (sys.executable, "-c", "from tui.main import main; main()")


def _take_signals() -> None:
    """Take signals as a shell's command does, also where the tests run in the background or under nohup."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class Command:
    """A command in a process of its own, whose words on stderr can be waited for."""

    def __init__(self, config: Path, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            [*PENDEL, "--config", str(config), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=env,
            preexec_fn=_take_signals,  # noqa: PLW1509 - two system calls, and no lock
        )
        self.notes: list[str] = []
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._out: list[str] = []
        self._readers = [
            threading.Thread(target=self._read_notes, daemon=True),
            threading.Thread(target=self._read_out, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _read_notes(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._lines.put(line)
        self._lines.put("")

    def _read_out(self) -> None:
        assert self.process.stdout is not None
        self._out.append(self.process.stdout.read())

    def wait_for(self, words: str) -> None:
        """Wait until a line on stderr has these words."""
        while line := self._lines.get(timeout=PATIENCE):
            self.notes.append(line)
            if words in line:
                return
        raise AssertionError(f"{words!r} did not come, only {self.notes}")

    def end(self) -> tuple[int, str, str]:
        """Wait for the end; return the exit code, stdout and stderr."""
        code = self.process.wait(PATIENCE)
        for reader in self._readers:
            reader.join(PATIENCE)
        while line := self._lines.get(timeout=PATIENCE):
            self.notes.append(line)
        return code, self._out[0], "".join(self.notes)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for reader in self._readers:
            reader.join(PATIENCE)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


@contextmanager
def command(config: Path, *arguments: str, env: Mapping[str, str] | None = None) -> Iterator[Command]:
    """Start a command; what is left of it at the end is killed."""
    running = Command(config, *arguments, env=env)
    try:
        yield running
    finally:
        running.close()


def ended(config: Path, *arguments: str) -> tuple[int, str, str]:
    """Carry a command out; return the exit code, stdout and stderr."""
    with command(config, *arguments) as running:
        return running.end()
