"""What waiting runs are said to wait for, kept up to date in a thread of its own while somebody looks on.

With thousands of runs that wait, finding the words takes longer than a console may take for a key.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from core.engine.logs import LOGGER

if TYPE_CHECKING:
    from collections.abc import Callable

_PAUSE = 1.0
"""Seconds between two times at least."""


class Reasons:
    """Calls ``refresh`` soon after it was asked for, at most once a second. Nobody waits for it."""

    def __init__(self, refresh: Callable[[], None]) -> None:
        self._refresh = refresh
        self._wanted = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def want(self) -> None:
        """Have the reasons brought up to date."""
        if self._thread is None and not self._closing.is_set():
            # Only where somebody looks: `pendel run` has nobody.
            self._thread = threading.Thread(target=self._work, name="pendel-reasons", daemon=True)
            self._thread.start()
        self._wanted.set()

    def close(self) -> None:
        """End the thread."""
        self._closing.set()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _work(self) -> None:
        while self._wanted.wait() and not self._closing.is_set():
            self._wanted.clear()
            try:
                self._refresh()
            except Exception:
                LOGGER.exception("What runs wait for could not be found out, by a fault in Pendel.")
            self._closing.wait(_PAUSE)
