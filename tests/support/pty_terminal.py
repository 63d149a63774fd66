"""A command on a pseudo-terminal of its own, with an emulator that reads its screen and a count of what it sends."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from typing import TYPE_CHECKING, Any, Self

import pyte
from support.waiting import PATIENCE

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Sequence
    from pathlib import Path

# Questions and modes that the emulator does not know, and would print.
_UNKNOWN = re.compile(rb"\x1b\[[<>]\d*u|\x1b\[\?\d+\$p|\x1b\[>[\d;]*[cm]")


def _be_controlled() -> None:
    """Let the terminal control this session, as a shell's does."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class PtyTerminal:
    """Starts a command on a pseudo-terminal, which controls its session."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        size: tuple[int, int] = (80, 24),
        env: dict[str, str] | None = None,
        cwd: Path | None = None,
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.sent = bytearray()
        """All that the command sent."""
        self._master, self.slave = pty.openpty()
        self.resize(*size)
        self.modes_before = termios.tcgetattr(self.slave)
        self.started = self.arrived = time.perf_counter()
        """When it was started, and when the latest that it sent arrived."""
        self.process = subprocess.Popen(
            command,
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            env=env,
            cwd=cwd,
            pass_fds=pass_fds,
            start_new_session=True,
            preexec_fn=_be_controlled,  # noqa: PLW1509 - one system call, and no lock
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
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
        """Take what the command sent; return whether there was anything."""
        if not select.select([self._master], [], [], timeout)[0]:
            return False
        data = os.read(self._master, 65536)
        self.arrived = time.perf_counter()
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

    def wait_for(self, *texts: str) -> None:
        """Read until the screen says all of these."""
        self.wait_until(lambda: all(text in self.text for text in texts), " and ".join(texts))

    def wait_while(self, text: str) -> None:
        """Read until the screen does not say something any more."""
        self.wait_until(lambda: text not in self.text, f"a screen without {text!r}")

    def rest(self, seconds: float) -> int:
        """Read until nothing came for so long; return the bytes before that."""
        before = len(self.sent)
        while self.read(seconds):
            pass
        return len(self.sent) - before

    def drain(self) -> None:
        """Read all that the command sent so far."""
        while self.read(0):
            pass

    def wait_for_end(self) -> int:
        """Read until the process ended; return its exit code."""
        self.wait_until(lambda: self.process.poll() is not None, "the end of the process")
        self.drain()
        return self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        self.process.send_signal(number)
