"""The state of an engine in another process, fetched ahead by a thread: whoever asks for it never waits."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from core.engine.attach import wire
from core.engine.attach.updates import Listener, Update, update_adapter
from core.errors import PendelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from core.engine.api.views import LogLine, Snapshot
    from core.engine.attach.wire import Channel

POLL_SECONDS = 0.2
SILENT_SECONDS = 3.0
"""An engine that has not answered for so long is said not to answer."""
RETRY_SECONDS = 1.0
_SLICE = 0.5
MOST_LINES = 20_000
"""Of the log, that are kept: as many as the engine keeps."""


class Feed:
    """Follows one engine, and finds it again when it comes back.

    ``open_channel`` connects and returns the channel with the token of the engine; it raises Closed where nobody
    listens, TimeoutError where nobody answers, and errors of ours where the engine does not let this user in.
    ``meanwhile`` is shown until the engine has told its state.
    """

    def __init__(
        self,
        open_channel: Callable[[], tuple[Channel, str]],
        *,
        now: Callable[[], datetime],
        meanwhile: Snapshot | None = None,
    ) -> None:
        self._open = open_channel
        self._now = now
        self._lock = threading.Lock()
        self._engine_state = meanwhile
        self._shown: Snapshot | None = None
        self._revision = 0
        self._trouble = ""
        self._advice = ""
        self._gone = False
        self._heard_at = now()
        self._token = ""
        self._lines: deque[LogLine] = deque(maxlen=MOST_LINES)
        self._number = 0
        """Of the latest line, as it is given out: an engine that starts again counts from one."""
        self._offset = 0
        self._first = threading.Event()
        self._wake = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="pendel-feed", daemon=True)

    @property
    def trouble(self) -> str:
        """Why nothing is heard of the engine, in a sentence; empty where it answers."""
        return self._trouble

    @property
    def gone(self) -> bool:
        """Whether the engine has ended, and has not come back."""
        return self._gone

    def start(self, patience: float) -> bool:
        """Begin, and wait for the first state; return whether it came in time. If not, it may still come."""
        self._thread.start()
        if self._first.wait(patience):
            return True
        self._say_silent()
        return False

    def end(self) -> None:
        """Let go of the engine; whoever opened the channels hangs them up."""
        self._ending.set()
        self._wake.set()

    def wait_for_end(self) -> None:
        """Wait for the thread, after :meth:`end`."""
        if self._thread.is_alive():
            self._thread.join()

    def snapshot(self, since: int) -> Snapshot | None:
        """Return the latest state, or ``None`` where it has that revision."""
        with self._lock:
            return self._shown if self._shown is not None and self._shown.revision != since else None

    def log_after(self, number: int, limit: int) -> list[LogLine]:
        """Return the latest ``limit`` lines with a higher number, oldest first."""
        with self._lock:
            wanted = min(self._number - number, limit, len(self._lines))
            return list(islice(self._lines, len(self._lines) - wanted, None)) if wanted > 0 else []

    def look_now(self) -> None:
        """Fetch what is new at once: something was asked for that changes it."""
        self._wake.set()

    def _watch(self) -> None:
        while not self._ending.is_set():
            try:
                channel, token = self._open()
            except TimeoutError:
                self._say_silent()
            except wire.Closed:
                self._say_gone()
            except wire.Garbage:
                self._say("What listens at the socket of the engine is no engine.")
            except PendelError as error:
                self._say(str(error))
            else:
                self._stay(channel, token)
            self._ending.wait(RETRY_SECONDS)

    def _stay(self, channel: Channel, token: str) -> None:
        """Follow the engine until the connection ends."""
        try:
            self._follow(channel, token)
        except wire.Closed:
            self._say_gone()
        except PendelError as error:
            self._say(str(error))
        except (wire.Garbage, ValueError, KeyError):
            self._say("The engine's answer is not understood. Start it and this console from the same release.")
        except Exception as error:
            # The thread must go on: without it, the screen would stand still and nobody would know.
            self._say(f"The engine's state cannot be shown by a fault in Pendel ({type(error).__name__}).")
        finally:
            channel.close()

    def _follow(self, channel: Channel, token: str) -> None:
        listener = Listener()
        with self._lock:
            if token != self._token:
                self._token, self._offset = token, self._number
        while not self._ending.is_set():
            self._wake.clear()
            channel.send(wire.question("update", b'{"after":%d}' % (self._number - self._offset)))
            result = wire.taken_apart(self._await(channel))
            update: Update = update_adapter().validate_python(result)
            self._take(listener.take(update), update.lines)
            self._wake.wait(POLL_SECONDS)

    def _await(self, channel: Channel) -> Any:
        asked = time.monotonic()
        while not self._ending.is_set():
            try:
                return channel.receive(wire.MOST_ANSWER, patience=_SLICE)
            except TimeoutError:
                if time.monotonic() - asked >= SILENT_SECONDS:
                    self._say_silent()
        raise wire.Closed

    def _take(self, state: Snapshot | None, lines: Iterable[LogLine]) -> None:
        with self._lock:
            self._heard_at = self._now()
            for line in lines:
                self._number = line.number + self._offset
                self._lines.append(replace(line, number=self._number) if self._offset else line)
            if state is not None:
                self._engine_state = state
            if state is not None or self._trouble:
                self._trouble, self._advice, self._gone = "", "", False
                self._show()
        self._first.set()

    def _say(self, trouble: str, advice: str = "") -> None:
        """Show in place of the engine's own notice why nothing is heard of it, and what to do."""
        with self._lock:
            if trouble != self._trouble:
                self._trouble, self._advice = trouble, advice
                self._show()

    def _show(self) -> None:
        if self._engine_state is None:
            return
        self._revision += 1
        self._shown = replace(
            self._engine_state,
            revision=self._revision,
            log_number=self._number,
            attached=True,
            answers=not self._trouble,
            notice=f"{self._trouble} {self._advice}".rstrip() or self._engine_state.notice,
        )

    def _say_silent(self) -> None:
        self._say(f"The engine has not answered since {self._heard()}.", "Wait, or restart it if it hangs.")

    def _say_gone(self) -> None:
        if self._ending.is_set():
            return  # it was let go
        self._say(f"The engine has ended ({self._heard()}); this console goes on when it is back.")
        self._gone = True

    def _heard(self) -> str:
        state = self._engine_state
        return f"{self._heard_at.astimezone(state.zone if state else None):%H:%M:%S}"
