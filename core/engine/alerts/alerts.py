"""The alerts of an engine: one thread that looks at the journal, and hands on what is to be sent."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from core.engine.alerts.sender import Sender
from core.engine.alerts.watch import Watch
from core.engine.api.rights import Right
from core.engine.logs import LOGGER
from core.errors import PendelError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from core.config.tasks import TaskBase
    from core.engine.api import TaskView
    from core.engine.board import Board
    from core.engine.workspace import Workspace

LOOK_SECONDS = 15.0
"""Between two looks where no run ended."""
TIME_SECONDS = 60.0
"""Between two looks at what lasts too long."""
_TOGETHER_SECONDS = 0.5
"""What ends at the same time is told together."""


class Alerts:
    """Works from :meth:`start` to :meth:`stop`; no run and no end of an engine waits for it."""

    def __init__(
        self,
        workspace: Workspace,
        board: Board,
        tasks: Callable[[], Mapping[str, TaskBase]],
    ) -> None:
        self._workspace = workspace
        self._board = board
        self._tasks = tasks
        self._sender = Sender(workspace)
        self.watch = Watch(workspace.journal, now=workspace.now, redact=workspace.redactor.redact)
        self._looked_at_time = -TIME_SECONDS
        self._failing = ""
        self._wake = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, name="pendel-alerts", daemon=True)

    def start(self) -> None:
        """Begin to look; what the last engine did not tell is told now."""
        self._thread.start()

    def run_ended(self) -> None:
        """Look soon; returns at once."""
        self._wake.set()

    def stop(self) -> None:
        """Look once more, so that what ended last is in the outbox, and end."""
        if not self._thread.is_alive():
            return
        self._ending.set()
        self._wake.set()
        # A look reads and writes the journal only.
        self._thread.join()
        self._sender.stop()

    def look(self) -> None:
        """Find what is to be told, and begin to send it."""
        workspace, tasks = self._workspace, self._tasks()
        config = workspace.config
        self.watch.look_at_ends(config, tasks)
        if time.monotonic() - self._looked_at_time >= TIME_SECONDS:
            self._looked_at_time = time.monotonic()
            self.watch.look_at_time(config, tasks)
        if config.alerts.digest is not None:
            self.watch.tell_digest(config, self._views())
        self._sender.wake()

    def _views(self) -> Sequence[TaskView]:
        snapshot = self._board.snapshot(-1, log_number=0, right=Right.VIEW)
        return snapshot.tasks if snapshot else ()

    def _work(self) -> None:
        while True:
            failing = ""
            try:
                self.look()
            except PendelError as error:
                failing = str(error)
                if failing != self._failing:
                    LOGGER.error("What is to be told cannot be looked up, and is tried again: %s", error)
            except Exception as error:
                failing = type(error).__name__
                if failing != self._failing:
                    LOGGER.exception("What is to be told was not looked up by a fault in Pendel; it is tried again.")
            self._failing = failing
            if self._ending.is_set():
                return
            self._wake.wait(LOOK_SECONDS)
            self._ending.wait(_TOGETHER_SECONDS)
            self._wake.clear()
