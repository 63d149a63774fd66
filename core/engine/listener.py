"""Listens for what other processes ask of the engine: ``pendel stop`` beside a console or a service."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from core.engine.gate import Gate
from core.engine.logs import LOGGER
from core.errors import PendelError

if TYPE_CHECKING:
    from core.engine.engine import Engine

POLL_SECONDS = 1.0


class Listener:
    """Looks into the journal once a second, from :meth:`start` to :meth:`stop`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="pendel-listener", daemon=True)

    def start(self) -> None:
        """Begin to listen. What was asked of an earlier engine is forgotten: its runs have ended."""
        self._engine.workspace.journal.requests.take()
        self._thread.start()

    def stop(self) -> None:
        """End listening."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()

    def _listen(self) -> None:
        while not self._ending.wait(POLL_SECONDS):
            self.look()

    def look(self) -> None:
        """Carry out what was asked for."""
        try:
            requests = self._engine.workspace.journal.requests.take()
        except PendelError as error:
            LOGGER.warning("Requests of other processes cannot be read: %s", error)
            return
        for request in requests:
            try:
                Gate(self._engine, request.actor).stop_runs([request.run])
            except PendelError as error:
                LOGGER.warning("Run %d was not stopped for %s: %s", request.run, request.actor, error)
