"""The engine as a service: what it tells the service manager that started it (sd_notify(3)).

Words go to the datagram socket that ``NOTIFY_SOCKET`` names, in the service manager's own plain text; without one,
nothing is told. The watchdog is fed only while the engine proves that it is alive: its dispatcher gives its lock away,
and its planner has looked at the clock lately. A frozen engine is then restarted by the service manager.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from typing import TYPE_CHECKING

from core.engine.api.rights import Right
from core.engine.logs import LOGGER
from core.engine.planner import HEARTBEAT_EVERY
from core.text import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.engine.engine import Engine

PLANNER_SECONDS = 3 * HEARTBEAT_EVERY.total_seconds()
"""A planner that has not looked at the clock for so long hangs."""
STATUS_SECONDS = 5.0
"""Between two looks at what is to be told."""


def is_alive(engine: Engine) -> bool:
    """Whether an engine works. Where its dispatcher hangs with its lock held, this waits with it."""
    engine.dispatcher.open_runs()
    return engine.planner_silence <= PLANNER_SECONDS


class Notifier:
    """Sends words to the service manager. What cannot be sent is left unsaid: the engine runs all the same."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._path = environment.get("NOTIFY_SOCKET", "")
        self.wanted = bool(self._path)
        """Whether a service manager listens."""
        mine = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        microseconds = environment.get("WATCHDOG_USEC", "")
        self.watchdog_seconds = int(microseconds) / 1e6 if mine and microseconds.isdecimal() else 0.0
        """Within which it wants to hear that the engine is alive; zero where it does not ask."""

    def send(self, *words: str) -> None:
        """Send words such as ``READY=1`` as one message."""
        if not self.wanted:
            return
        # A path that begins with @ is an abstract one, whose first byte is zero (unix(7)).
        address = "\0" + self._path[1:] if self._path.startswith("@") else self._path
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.settimeout(1)
                sender.sendto("\n".join(words).encode(), address)
        except OSError as error:
            LOGGER.debug("The service manager was not told %s: %s", words, error)

    def ready(self) -> None:
        """Say that the engine plans."""
        self.send("READY=1")

    def reloading(self) -> None:
        """Say that the configuration is being read again; :meth:`ready` ends it."""
        # Type=notify-reload wants to know the moment, by the monotonic clock.
        self.send("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self) -> None:
        """Say that the engine ends."""
        self.send("STOPPING=1")


class Pulse:
    """A thread that tells the service manager how the engine is, from :meth:`start` to :meth:`stop`."""

    def __init__(self, engine: Engine, notifier: Notifier) -> None:
        self._engine = engine
        self._notifier = notifier
        self._told = ""
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="pendel-pulse", daemon=True)

    def start(self) -> None:
        """Begin to tell, where anybody listens."""
        if self._notifier.wanted:
            self._thread.start()

    def stop(self) -> None:
        """Tell no more."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(timeout=1)

    def beat(self) -> None:
        """Tell what is new, and feed the watchdog if the engine is alive."""
        # Where this waits for a dispatcher that hangs, the watchdog is not fed.
        alive = is_alive(self._engine)
        words = []
        if self._notifier.watchdog_seconds and alive:
            words.append("WATCHDOG=1")
        going, silence = len(self._engine.dispatcher.open_runs()), self._engine.planner_silence
        status = self._status(going) if alive else f"The planner hangs since {silence:.0f} s."
        if status != self._told:
            self._told = status
            words.append(f"STATUS={status}")
        if words:
            self._notifier.send(*words)

    def _beat(self) -> None:
        every = min(STATUS_SECONDS, self._notifier.watchdog_seconds / 3 or STATUS_SECONDS)
        while True:
            try:
                self.beat()
            except Exception:
                # Not fed: the service manager decides.
                LOGGER.exception("The service manager was not told how the engine is by a fault in Pendel.")
            if self._ending.wait(every):
                return

    def _status(self, going: int) -> str:
        snapshot = self._engine.board.snapshot(-1, log_number=0, right=Right.VIEW)
        if snapshot is None:
            return ""
        parts = [
            counted(len(snapshot.tasks), "task"),
            f"{counted(going, 'run')} going" if going else "nothing is going",
        ]
        moments = [task.next_run for task in snapshot.tasks if task.next_run]
        if moments:
            parts.append(f"next at {min(moments).astimezone(snapshot.zone):%a %H:%M}")
        words = ", ".join(parts) + "."
        return f"{snapshot.notice.rstrip('.')}. {words}" if snapshot.notice else words
