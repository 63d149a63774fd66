"""How a console ended; what becomes of the engine is decided by who opened it."""

from __future__ import annotations

from enum import StrEnum


class Ending(StrEnum):
    """Why there is no console any more."""

    QUIT = "quit"
    """The user left, and nothing was going."""
    WAIT = "wait"
    """The user left; what is going is to be waited for."""
    STOP = "stop"
    """The user left; what is going is to be stopped."""
    TERMINATED = "terminated"
    """SIGTERM: all is to end in order, soon."""
    LOST = "lost"
    """The terminal is gone."""
    CRASHED = "crashed"
    """A fault of the console's own."""
