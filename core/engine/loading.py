"""Loading what a run needs before the first one begins: otherwise it is loaded while somebody waits for a key.

To load a library keeps Python's lock for up to some hundredths of a second, and the first import loads a hundred
modules in a row. Loaded one by one while nothing goes on, a key waits for one of them at the most.
"""

from __future__ import annotations

import threading
from importlib import import_module
from typing import TYPE_CHECKING

from core.engine.giving_way import step_back
from core.engine.logs import LOGGER
from core.runs import IMPORTS

if TYPE_CHECKING:
    from collections.abc import Iterable

_STORE = ("_duckdb", "duckdb", "core.store.catalogue")
_READING = ("numpy", "core.exchange.blocks", "core.exchange.reading", "core.exchange.source", "core.tasks.importing")
BEGIN_SECONDS = 2.0
"""After the start, when the list is there and whoever opened it looks at it."""
PAUSE_SECONDS = 0.1


class Loading:
    """Loads what runs of these types need in a thread of its own, which gives way to all others."""

    def __init__(self, types: Iterable[str], *, begin: float = BEGIN_SECONDS, pause: float = PAUSE_SECONDS) -> None:
        self._names = [*_STORE, *(_READING if any(each in IMPORTS for each in types) else ())]
        self._begin, self._pause = begin, pause
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._load, name="pendel-loading", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Load nothing more."""
        self._ending.set()
        self._thread.join()

    def _load(self) -> None:
        step_back()
        pause = self._begin
        for name in self._names:
            if self._ending.wait(pause):
                return
            pause = self._pause
            try:
                import_module(name)
            except Exception as error:
                # The run that needs it will say so, with all that belongs to it.
                LOGGER.debug("%s could not be loaded ahead: %s", name, error)
