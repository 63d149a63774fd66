"""Sends what is in the outbox: a thread a target while there is something for it, so that none waits for another."""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from core.engine.alerts.targets import deliver
from core.engine.alerts.words import together
from core.engine.logs import LOGGER
from core.errors import PendelError
from core.text import counted, time_span

if TYPE_CHECKING:
    from tenacity import RetryCallState

    from core.engine.workspace import Workspace
    from core.store.journal.alerts import Alert

FIRST_PAUSE, LONGEST_PAUSE = 15.0, 900.0
GIVEN_UP_AFTER = timedelta(days=1)
AT_ONCE = 50
"""Alerts that are told in one message, at most."""
_END_SECONDS = 1.0


class Sender:
    """Sends until it is stopped; what is left then waits in the journal for the next engine.

    Where the program ends between sending a message and noting that, the message is sent again.
    """

    def __init__(self, workspace: Workspace, *, first_pause: float = FIRST_PAUSE) -> None:
        self._workspace = workspace
        self._first_pause = first_pause
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._threads: dict[str, threading.Thread] = {}

    def wake(self) -> None:
        """Begin to send to every target that there is something for; returns at once.

        Raises:
            StoreError: the journal cannot be read.
        """
        targets = self._workspace.journal.outbox.targets(now=self._workspace.now())
        with self._lock:
            for target in targets:
                thread = self._threads.get(target)
                if self._ending.is_set() or (thread is not None and thread.is_alive()):
                    continue
                thread = threading.Thread(target=self._work, args=(target,), name=f"pendel-alert-{target}", daemon=True)
                self._threads[target] = thread
                thread.start()

    def stop(self) -> None:
        """Begin nothing more. What hangs is left behind: it holds up nobody's end."""
        self._ending.set()
        with self._lock:
            threads = list(self._threads.values())
        for thread in threads:
            thread.join(_END_SECONDS / len(threads))

    def _work(self, target: str) -> None:
        from tenacity import (
            Retrying,
            retry_if_exception_type,
            sleep_using_event,
            stop_when_event_set,
            wait_exponential,
            wait_random,
        )

        retrying = Retrying(
            retry=retry_if_exception_type(PendelError),
            wait=wait_exponential(multiplier=self._first_pause, max=LONGEST_PAUSE) + wait_random(0, self._first_pause),
            sleep=sleep_using_event(self._ending),
            stop=stop_when_event_set(self._ending),
            before_sleep=partial(_note, target),
            reraise=True,
        )
        try:
            retrying(self._send_due, target)
        except PendelError as error:
            LOGGER.debug("Alerts to %s wait for the next engine: %s", target, error)
        except Exception:
            LOGGER.exception("Alerts to %s were not sent by a fault in Pendel.", target)

    def _send_due(self, name: str) -> None:
        workspace, outbox = self._workspace, self._workspace.journal.outbox
        while not self._ending.is_set():
            due = outbox.due(name, now=workspace.now(), limit=AT_ONCE)
            if not due:
                return
            target = workspace.config.alerts.targets.get(name)
            if target is None:
                self._give_up(due, f"the configuration has no target {name} any more")
                continue
            if old := [one for one in due if workspace.now() - one.not_before > GIVEN_UP_AFTER]:
                self._give_up(old, f"{name} did not take it within a day")
                continue
            message = together(due)
            deliver(name, target, message, secrets=workspace.secrets, base_dir=workspace.config.base_dir)
            outbox.close(due, at=workspace.now())
            LOGGER.info("Told %s: %s", name, message.title)

    def _give_up(self, alerts: list[Alert], reason: str) -> None:
        self._workspace.journal.outbox.close(alerts, at=self._workspace.now(), answer=reason)
        LOGGER.error("%s given up, because %s: %s", counted(len(alerts), "alert"), reason, together(alerts).title)


def _note(target: str, state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    pause = state.next_action.sleep if state.next_action else 0
    # Once is enough for the console; the rest stands in the log file of whoever looks closer.
    log = LOGGER.warning if state.attempt_number == 1 else LOGGER.debug
    log("Alerts to %s are tried again in %s: %s", target, time_span(pause), error)
