"""Waiting for what somebody else does: a thread, a process, a server."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 120.0
"""Seconds after which a test gives up on something that should have come at once, however busy the machine is."""
_EVERY = 0.02


def wait_until(condition: Callable[[], object], what: str, *, patience: float = PATIENCE) -> None:
    """Wait until a condition holds."""
    end, pause = time.monotonic() + patience, threading.Event()
    while not condition():
        assert time.monotonic() < end, f"never came: {what}"
        pause.wait(_EVERY)
