"""A console on a pseudo-terminal, with an emulator that reads its screen and a count of what it sends."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import socket
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pyte

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable

_CHILD = Path(__file__).with_name("console_child.py")
_ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
"""Seconds after which what should come is taken never to come; nothing is measured by it."""
# Questions and modes that the emulator does not know, and would print.
_UNKNOWN = re.compile(rb"\x1b\[[<>]\d*u|\x1b\[\?\d+\$p")


class PtyConsole:
    """Starts ``console_child.py`` on a pseudo-terminal of its own."""

    def __init__(
        self,
        directory: Path,
        *,
        size: tuple[int, int] = (80, 24),
        tasks: int = 0,
        on_hangup: str = "finish",
        env: dict[str, str] | None = None,
    ) -> None:
        self.report = directory / "report.json"
        self.sent = bytearray()
        """All that the console sent."""
        self._master, self.slave = pty.openpty()
        self.resize(*size)
        self.modes_before = termios.tcgetattr(self.slave)
        self._control, theirs = socket.socketpair()
        self._replies = self._control.makefile("r")
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "NO_COLOR"))}
        environ |= {"LANG": "C.UTF-8", "TERM": "xterm-256color", "HOME": str(directory)}
        environ["PYTHONPATH"] = f"{_ROOT}:{_ROOT / 'tests'}"
        environ |= {"TASKS": str(tasks), "ON_HANGUP": on_hangup, "REPORT": str(self.report)}
        environ |= {"CONTROL": str(theirs.fileno()), **(env or {})}
        self.process = subprocess.Popen(
            [sys.executable, str(_CHILD)],
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            env=environ,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._control.close()
        self._replies.close()
        self.hang_up()

    # -- the terminal's side --------------------------------------------------------------------------------------

    def resize(self, width: int, height: int) -> None:
        """Give the terminal another size; the process hears of it by SIGWINCH."""
        self.screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self.screen)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def hang_up(self) -> None:
        """Close the terminal, as a broken line does."""
        for fd in (self._master, self.slave):
            if fd >= 0:
                os.close(fd)
        self._master = self.slave = -1

    def read(self, timeout: float = 0.05) -> bool:
        """Take what the console sent; return whether there was anything."""
        if not select.select([self._master], [], [], timeout)[0]:
            return False
        data = os.read(self._master, 65536)
        self.sent += data
        self._stream.feed(_UNKNOWN.sub(b"", data))
        return True

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._master, keys.encode())

    @property
    def text(self) -> str:
        """What the screen says."""
        return "\n".join(self.screen.display)

    @property
    def modes(self) -> list[Any]:
        """The terminal's modes as they are now."""
        return termios.tcgetattr(self.slave)

    # -- waiting --------------------------------------------------------------------------------------------------

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Read until a condition holds."""
        end = time.monotonic() + PATIENCE
        while not condition():
            self.read()
            assert time.monotonic() < end, f"never came: {what}\n{self.text}"

    def wait_for(self, text: str) -> None:
        """Read until the screen says something."""
        self.wait_until(lambda: text in self.text, text)

    def settle(self, looks: int = 3) -> int:
        """Read until the console looked at its engine so many times and sent nothing; return the bytes before that."""
        before = len(self.sent)
        while True:
            count, seen = len(self.sent), self.ask("pulls")
            self.wait_until(lambda seen=seen: self.ask("pulls") >= seen + looks, "looks at the engine")  # type: ignore[misc]
            self.drain()
            if len(self.sent) == count:
                return count - before

    def press_and_settle(self, keys: str) -> int:
        """Type what makes the console draw; return the bytes that it sent until it was done with that."""
        before = len(self.sent)
        self.press(keys)
        self.wait_until(lambda: len(self.sent) > before, "an answer to the keys")
        self.settle()
        return len(self.sent) - before

    def drain(self) -> None:
        """Read all that the console sent so far."""
        while self.read(0):
            pass

    def wait_for_end(self) -> int:
        """Read until the process ended; return its exit code."""

        def ended() -> bool:
            return self.process.poll() is not None

        self.wait_until(ended, "the end of the process")
        self.drain()
        return self.process.wait()

    # -- the engine's side ----------------------------------------------------------------------------------------

    def ask(self, *command: object) -> Any:
        """Let the engine do something, and return its answer."""
        self._control.sendall(json.dumps(command).encode() + b"\n")
        return json.loads(self._replies.readline())

    def signal(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        self.process.send_signal(number)

    def reported(self) -> dict[str, Any]:
        """Return what the process wrote down at its end."""
        found: dict[str, Any] = json.loads(self.report.read_text())
        return found
