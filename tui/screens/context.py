"""What every screen is given."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.keymap import Keymap
from tui.log_view import LogView

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from core.engine.api import EngineApi
    from tui.words import Signs


@dataclass(slots=True)
class Context:
    """What every screen is given."""

    engine: EngineApi
    """Until the engine begins, what stands for it."""
    signs: Signs
    clock: Callable[[], datetime]
    log: LogView = field(default_factory=LogView)
    """The log, which is the same on every screen."""
    keymap: Keymap = field(default_factory=Keymap)
    commands: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "pendel-commands"))
    """Sends commands to an engine in another process, one after the other."""
