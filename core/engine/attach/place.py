"""Where the socket of an engine is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from core.errors import EngineError

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 107
"""Of the path of a Unix socket on Linux, without the zero at its end (unix(7))."""


def address(path: Path) -> bytes:
    """Return the path of a socket as the system takes it.

    Raises:
        EngineError: it is too long.
    """
    raw = os.fsencode(path)
    if len(raw) > MOST_BYTES:
        raise EngineError(
            f"The path of the socket {path} has {len(raw)} bytes, and the system takes {MOST_BYTES} at most.",
            advice="Name a shorter one: [access] socket.",
        )
    return raw
