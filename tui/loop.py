"""The event loop of the console, which keeps Python's lock while it has something to do.

A key takes several rounds of callbacks. Before each of them asyncio looks for input, and that look hands the lock to a
thread of a run, which may then hold it and have no processor; so may the one that asks for it in the midst of a round.
"""

from __future__ import annotations

import asyncio
import selectors
import sys
import time
from typing import TYPE_CHECKING

from core.engine.giving_way import switch_soon

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK_SECONDS = 0.01
"""So long nobody looks for input while callbacks are there to be called."""
KEEP_SECONDS = 0.05
"""Who works on a key may keep the lock so long; that is longer than it takes."""


class KeepingSelector(selectors.DefaultSelector):
    """Lets the lock go only where there is nothing to do, and then asks for it soon."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._looked = float("-inf")

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready; nothing where work waits and it was looked at just now."""
        if timeout is not None and timeout <= 0 and self._clock() - self._looked < LOOK_SECONDS:
            return []
        switch_soon()
        try:
            return super().select(timeout)
        finally:
            sys.setswitchinterval(KEEP_SECONDS)
            self._looked = self._clock()


def keeping_loop() -> asyncio.AbstractEventLoop:
    """Return an event loop for a process in which runs work, too."""
    return asyncio.SelectorEventLoop(KeepingSelector())
