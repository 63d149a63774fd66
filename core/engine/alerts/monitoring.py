"""What monitoring from outside is given: a heartbeat while the engine is alive, and a file of metrics."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from core.config.files import replace_file
from core.config.model import placed
from core.engine.alerts.metrics import Measured, exposition
from core.engine.api.rights import Right
from core.engine.logs import LOGGER
from core.errors import ConnectionFailed, EngineError, PendelError
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from core.config.tasks import TaskBase
    from core.engine.alerts.watch import Watch
    from core.engine.board import Board
    from core.engine.workspace import Workspace

METRICS_SECONDS = 60.0
ANSWER_SECONDS = 10.0
_STEP_SECONDS = 5.0
_END_SECONDS = 0.5


class Monitoring:
    """Works from :meth:`start` to :meth:`stop`, in two threads: a heartbeat that hangs does not hold up the metrics.

    ``is_alive`` says whether the engine works; where it hangs, it may wait with it.
    """

    def __init__(
        self,
        workspace: Workspace,
        board: Board,
        watch: Watch,
        tasks: Callable[[], Mapping[str, TaskBase]],
        is_alive: Callable[[], bool],
    ) -> None:
        self._workspace = workspace
        self._board = board
        self._watch = watch
        self._tasks = tasks
        self._is_alive = is_alive
        self._ending = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=work, name=name, daemon=True)
            for name, work in (
                ("pendel-heartbeat", (self.beat, lambda: self._workspace.config.monitoring.heartbeat_minutes * 60.0)),
                ("pendel-metrics", (self.write_metrics, lambda: METRICS_SECONDS)),
            )
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End; what hangs is left behind."""
        self._ending.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(_END_SECONDS)

    def beat(self) -> None:
        """Ask for the heartbeat's address, where there is one and the engine is alive.

        Raises:
            ConfigError: the secret is not where the configuration says.
            ConnectionFailed: nobody answered, or not well.
        """
        settings = self._workspace.config.monitoring
        if settings.heartbeat_secret_url is not None:
            url = self._workspace.secrets.line(settings.heartbeat_secret_url).strip()
        elif settings.heartbeat_url is not None:
            url = settings.heartbeat_url
        else:
            return
        if not self._is_alive():
            LOGGER.warning("There is no heartbeat: the planner hangs.")
            return
        _ask_for(url)

    def write_metrics(self) -> None:
        """Write the metrics, where there is a file for them; it is whole or as it was.

        Raises:
            EngineError: the file cannot be written.
            StoreError: the journal cannot be read.
        """
        config, journal = self._workspace.config, self._workspace.journal
        if config.monitoring.metrics_file is None:
            return
        alive = self._is_alive()
        snapshot = self._board.snapshot(-1, log_number=0, right=Right.VIEW)
        measured = Measured(
            at=self._workspace.now(),
            alive=alive,
            tasks=snapshot.tasks if snapshot else (),
            sums=journal.tallies.sums(),
            conditions=journal.tallies.conditions(),
            overdue=self._watch.overdue(config, self._tasks()),
        )
        path = placed(config.base_dir, config.monitoring.metrics_file)
        try:
            replace_file(path, exposition(measured).encode())
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            raise EngineError(
                f"The metrics cannot be written: {reason} ({clean(str(path))}).",
                advice="Check [monitoring] metrics_file, and that this user may write in its directory.",
            ) from None

    def _work(self, action: Callable[[], None], seconds: Callable[[], float]) -> None:
        failing, last = "", -float("inf")
        while not self._ending.is_set():
            if time.monotonic() - last >= seconds():
                last, before, failing = time.monotonic(), failing, ""
                try:
                    action()
                except PendelError as error:
                    failing = str(error)
                    if failing != before:
                        LOGGER.warning("%s", error)
                except Exception as error:
                    failing = type(error).__name__
                    if failing != before:
                        LOGGER.exception("Monitoring was not told by a fault in Pendel.")
            # In steps: a changed configuration counts soon.
            self._ending.wait(_STEP_SECONDS)


def _ask_for(url: str) -> None:
    """Ask for an address; nothing of it stands in an error, for it may be a secret."""
    import http.client
    import urllib.error
    import urllib.request

    reason = ""
    if not url.startswith(("https://", "http://")):
        reason = "its address begins with neither https:// nor http://"
    else:
        try:
            with urllib.request.urlopen(url, timeout=ANSWER_SECONDS) as answer:  # noqa: S310 - looked at above
                answer.read(1)
        except urllib.error.HTTPError as error:
            error.close()
            reason = f"the answer was {error.code}"
        except urllib.error.URLError as error:
            cause = error.reason
            reason = (cause.strerror if isinstance(cause, OSError) else None) or type(cause).__name__
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
    if reason:
        raise ConnectionFailed(
            f"The heartbeat was not taken: {clean(reason)}.", advice="Check [monitoring], and the way out of this host."
        )
