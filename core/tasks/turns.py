"""Whose turn it is to work on many records.

A statement that reads or compares a whole file keeps two processors busy by itself. Several side by side finish none of
them sooner, and their threads stand between those that answer a key and the processors, Python's lock in their hands.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.stop import StopToken

LEASE_SECONDS = 5.0
"""A turn that takes longer counts no more: what takes minutes, such as a report over everything, holds up nobody."""
TELL_SECONDS = 1.0
"""Who waits so long says so."""


class Turns:
    """Lets ``number`` runs at a time work on many records; of those that wait, the one that began first goes first.

    So one run is done with its file and writes while the next one reads, and they do not all read and then all wait to
    write. Nobody waits for ever: whatever others do, each of their turns counts for ``lease`` seconds only.
    """

    def __init__(self, number: int, *, lease: float = LEASE_SECONDS, tell: float = TELL_SECONDS) -> None:
        self._number = number
        self._lease = lease
        self._tell = tell
        self._changed = threading.Condition()
        self._waiting: set[int] = set()
        self._ends: dict[int, float] = {}
        """Up to when the turn of a run counts, for those that have one."""

    @contextmanager
    def turn(self, run: int, stop: StopToken, waits: Callable[[], None]) -> Iterator[None]:
        """Have a turn inside the ``with`` block; ``waits`` is called once where it takes a while until then.

        A run that has a turn must not ask for another.

        Raises:
            StopRequested: a stop was asked for before it came.
        """
        with stop.interrupting(self._look_again):
            self._wait(run, stop, waits)
        try:
            yield
        finally:
            with self._changed:
                del self._ends[run]
                self._changed.notify_all()

    def _look_again(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _wait(self, run: int, stop: StopToken, waits: Callable[[], None]) -> None:
        begun, told = monotonic(), False
        with self._changed:
            self._waiting.add(run)
            try:
                while left := self._seconds_until(run, now := monotonic()):
                    stop.check()
                    if not told and now - begun >= self._tell:
                        told = True
                        waits()
                        continue
                    self._changed.wait(left if told else min(left, self._tell))
                self._ends[run] = now + self._lease
            finally:
                self._waiting.remove(run)
                # Another one may be the first now.
                self._changed.notify_all()

    def _seconds_until(self, run: int, now: float) -> float:
        """Return after how many seconds it is the turn of a run if nothing changes before; 0 where it is."""
        if min(self._waiting) != run:
            return self._lease
        ends = sorted(end for end in self._ends.values() if end > now)
        return ends[-self._number] - now if len(ends) >= self._number else 0
