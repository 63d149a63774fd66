"""A console on a pseudo-terminal, with an emulator that reads its screen and a count of what it sends."""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

from support.pty_terminal import PtyTerminal

_CHILD = Path(__file__).with_name("console_child.py")
_ROOT = Path(__file__).parents[2]


class PtyConsole(PtyTerminal):
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
        self._control, theirs = socket.socketpair()
        self._replies = self._control.makefile("r")
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "NO_COLOR"))}
        environ |= {"LANG": "C.UTF-8", "TERM": "xterm-256color", "HOME": str(directory)}
        environ["PYTHONPATH"] = f"{_ROOT}:{_ROOT / 'tests'}"
        environ |= {"TASKS": str(tasks), "ON_HANGUP": on_hangup, "REPORT": str(self.report)}
        environ |= {"CONTROL": str(theirs.fileno()), **(env or {})}
        super().__init__([sys.executable, _CHILD], size=size, env=environ, pass_fds=[theirs.fileno()])
        theirs.close()

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        self._control.close()
        self._replies.close()

    # -- waiting --------------------------------------------------------------------------------------------------

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

    # -- the engine's side ----------------------------------------------------------------------------------------

    def ask(self, *command: object) -> Any:
        """Let the engine do something, and return its answer."""
        self._control.sendall(json.dumps(command).encode() + b"\n")
        return json.loads(self._replies.readline())

    def reported(self) -> dict[str, Any]:
        """Return what the process wrote down at its end."""
        found: dict[str, Any] = json.loads(self.report.read_text())
        return found
