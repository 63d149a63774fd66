"""How log lines get to where they are kept: by a thread a place, and no more of them than anybody can read."""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LINES_PER_SECOND = 2_000
"""Of one run, or of the engine; as many warnings again. Beyond that they are counted, and the log says how many."""
BACKLOG_LINES = 50_000
"""Lines that may wait for one place; beyond that they are only in the other, and this one says so."""

T = TypeVar("T")


class Shares:
    """How many lines each source may log within a second. Used under the lock of its handler."""

    def __init__(self) -> None:
        self._second = 0
        self._came: dict[tuple[str, int | None, bool], int] = {}
        self.exceeded = False
        """Whether lines were left out that nobody has told of."""

    def admits(self, record: logging.LogRecord) -> bool:
        """Whether a line of this second still has room. Warnings have a share of their own."""
        fields = record.__dict__
        source = (fields.get("task", ""), fields.get("run"), record.levelno >= logging.WARNING)
        came = self._came[source] = self._came.get(source, 0) + 1
        if came <= LINES_PER_SECOND:
            return True
        self.exceeded = True
        return False

    def left_out(self, now: float) -> Iterator[tuple[str, int | None, int]]:
        """Begin a new second where one is over: yield each task and run with how many lines were left out."""
        second = int(now)
        if second == self._second:
            return
        self._second = second
        came, self._came, self.exceeded = self._came, {}, False
        for (task, run, _), number in came.items():
            if number > LINES_PER_SECOND:
                yield task, run, number - LINES_PER_SECOND


class Writer(Generic[T]):
    """Hands lines over to a place in a thread of its own, many at once; nobody who logs waits for it.

    ``write`` is called with the lines, and with how many more there was no room for; it returns how many it could not
    write, which are counted with the next. ``again`` says, after each round, whether another shall follow in any case.
    """

    def __init__(
        self,
        name: str,
        write: Callable[[list[T], int], int],
        *,
        pause: float,
        again: Callable[[], bool] = lambda: False,
    ) -> None:
        self._to = write
        self._again = again
        self._pause = pause
        self.waiting: deque[T] = deque()
        self._dropped = 0
        self.counting = threading.Lock()
        self._flushing = threading.Lock()
        self._wake = threading.Event()
        self._closing = threading.Event()
        self.thread = threading.Thread(target=self._write, name=name, daemon=True)
        self.thread.start()

    def put(self, line: T) -> None:
        """Have a line written."""
        if len(self.waiting) < BACKLOG_LINES:
            self.waiting.append(line)
        else:
            with self.counting:
                self._dropped += 1
        self.wake()

    def wake(self) -> None:
        """Have a round soon."""
        if not self._wake.is_set():
            self._wake.set()

    def flush(self) -> None:
        """Write what waits."""
        with self._flushing:
            lines = [self.waiting.popleft() for _ in range(len(self.waiting))]
            with self.counting:
                dropped, self._dropped = self._dropped, 0
            if lines or dropped:
                failed = self._to(lines, dropped)
                with self.counting:
                    self._dropped += failed

    def close(self) -> None:
        """Write what waits, and end."""
        self._closing.set()
        self._wake.set()
        self.thread.join(timeout=10)

    def _write(self) -> None:
        while not self._closing.is_set():
            self._wake.wait()
            # What follows soon is written together with it.
            self._closing.wait(self._pause)
            self._wake.clear()
            self.flush()
            if self._again():
                self._wake.set()
        self.flush()
