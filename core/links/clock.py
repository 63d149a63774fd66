"""The time, and waiting for it: handed in, so that limits of a day can be tried in no time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from core.stop import StopToken


class Clock(Protocol):
    """Tells the time, and waits."""

    def now(self) -> float:
        """Return seconds since 1970."""

    def wait(self, seconds: float) -> None:
        """Wait so long; raise StopRequested as soon as a stop is asked for."""


class SystemClock:
    """The clock of this machine."""

    def __init__(self, stop: StopToken) -> None:
        self._stop = stop

    def now(self) -> float:
        """Return seconds since 1970."""
        return time.time()

    def wait(self, seconds: float) -> None:
        """Wait so long; raise StopRequested as soon as a stop is asked for."""
        self._stop.wait(seconds)
