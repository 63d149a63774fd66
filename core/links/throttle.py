"""Keeping to the limits of a system: all of them at once, those that it tells and those that Pendel counts."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import ExitStack, contextmanager
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from core.links.faults import CallFailed
from core.links.model.limits import BucketLimit, ConcurrencyLimit, ErrorBudget, HeaderLimit, IntervalLimit
from core.text import time_span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from core.links.clock import Clock
    from core.links.model.limits import Limit
    from core.stop import StopToken

PATIENCE = 120.0
"""Seconds that a call waits by itself; what takes longer is told, and left to who plans the next run."""
_FURTHEST_RESET = 2 * 86_400
"""A reset further ahead than this is no reset: no limit counts longer than a day, with room for clocks that differ."""


class _Bucket:
    def __init__(self, requests: int, seconds: float) -> None:
        self._requests, self._seconds = requests, seconds
        self._taken: deque[float] = deque()

    def wait(self, now: float) -> float:
        while self._taken and self._taken[0] <= now - self._seconds:
            self._taken.popleft()
        return self._taken[0] + self._seconds - now if len(self._taken) >= self._requests else 0.0

    def take(self, now: float) -> None:
        self._taken.append(now)


class _Told:
    def __init__(self, limit: HeaderLimit) -> None:
        self._limit = limit
        self._left: int | None = None
        self._reset = 0.0

    def wait(self, now: float) -> float:
        if self._left is not None and self._reset <= now:
            self._left = None
        return self._reset - now if self._left is not None and self._left <= 0 else 0.0

    def take(self, _now: float) -> None:
        if self._left is not None:
            self._left -= 1

    def note(self, now: float, headers: Mapping[str, str]) -> None:
        left, reset = headers.get(self._limit.remaining, "").strip(), headers.get(self._limit.reset, "").strip()
        if not left.isdecimal() or not reset.isdecimal() or len(reset) > 15:
            return
        moment = {"epoch_ms": int(reset) / 1000, "epoch_s": float(reset), "delta_s": now + float(reset)}[
            self._limit.reset_unit
        ]
        if not now < moment < now + _FURTHEST_RESET:
            return
        # Replies of requests that went out together may come in any order: within one window, the lowest counts.
        same_window = self._left is not None and abs(moment - self._reset) < 1
        self._left = min(int(left), self._left) if same_window and self._left is not None else int(left)
        self._reset = moment


class _Errors:
    def __init__(self, limit: ErrorBudget) -> None:
        self._limit = limit
        self._seen: dict[str, deque[float]] = {}

    def wait(self, now: float, group: str) -> float:
        seen = self._seen.get(group, deque())
        while seen and seen[0] <= now - self._limit.seconds:
            seen.popleft()
        return seen[0] + self._limit.seconds - now if len(seen) >= self._limit.errors else 0.0

    def note(self, now: float, group: str, status: int) -> None:
        if status in self._limit.statuses:
            self._seen.setdefault(group, deque()).append(now)


class Throttle:
    """Lets requests through as the limits allow. Any number of threads may use it.

    A limit that concerns only some paths counts those; ``group`` is the path of a request, or of the resource that it
    belongs to.
    """

    def __init__(self, limits: Sequence[Limit], *, clock: Clock, stop: StopToken, name: str) -> None:
        self._clock, self._stop, self._name = clock, stop, name
        self._lock = threading.Lock()
        self._held_until = 0.0
        self._buckets: list[tuple[Limit, _Bucket]] = []
        self._told: list[tuple[Limit, _Told]] = []
        self._errors: list[tuple[Limit, _Errors]] = []
        self._gates: list[tuple[Limit, threading.BoundedSemaphore]] = []
        for limit in limits:
            if isinstance(limit, BucketLimit):
                self._buckets.append((limit, _Bucket(limit.requests, limit.seconds)))
            elif isinstance(limit, IntervalLimit):
                self._buckets.append((limit, _Bucket(1, limit.seconds)))
            elif isinstance(limit, HeaderLimit):
                self._told.append((limit, _Told(limit)))
            elif isinstance(limit, ErrorBudget):
                self._errors.append((limit, _Errors(limit)))
            elif isinstance(limit, ConcurrencyLimit):
                self._gates.append((limit, threading.BoundedSemaphore(limit.at_once)))

    @contextmanager
    def passing(self, group: str) -> Iterator[None]:
        """Wait until a request may go, and count it; it is on its way inside the ``with`` block.

        Raises:
            CallFailed: it would have to wait longer than :data:`PATIENCE`, or too many errors came from there.
            StopRequested: a stop was asked for meanwhile.
        """
        with ExitStack() as held:
            for limit, gate in self._gates:
                if _concerns(limit, group):
                    while not gate.acquire(timeout=0.2):
                        self._stop.check()
                    held.callback(gate.release)
            while (seconds := self._take(group)) > 0:
                if seconds > PATIENCE:
                    raise CallFailed(
                        f"{self._name} takes no more requests for {time_span(seconds)}.",
                        kind="wait",
                        after=seconds,
                        advice="The next run goes on from here.",
                    )
                self._clock.wait(seconds)
            yield

    def _take(self, group: str) -> float:
        """Count a request and return 0, or return the seconds until that may be tried again."""
        with self._lock:
            now = self._clock.now()
            for limit, errors in self._errors:
                if _concerns(limit, group) and (seconds := errors.wait(now, group)) > 0:
                    raise CallFailed(
                        f"{self._name} has answered so many requests for {group} with errors that it would refuse "
                        f"all of them. Pendel asks nothing more there for {time_span(seconds)}.",
                        kind="wait",
                        after=seconds,
                        advice="Mend the records that failed.",
                    )
            counted: list[tuple[Limit, _Bucket | _Told]] = [*self._buckets, *self._told]
            gates = [gate for limit, gate in counted if _concerns(limit, group)]
            seconds = max([self._held_until - now, *(gate.wait(now) for gate in gates)])
            if seconds <= 0:
                for gate in gates:
                    gate.take(now)
            return max(seconds, 0.0)

    def note(self, group: str, status: int, headers: Mapping[str, str]) -> None:
        """Take note of what a reply says of limits."""
        with self._lock:
            now = self._clock.now()
            for limit, told in self._told:
                if _concerns(limit, group):
                    told.note(now, headers)
            for limit, errors in self._errors:
                if _concerns(limit, group):
                    errors.note(now, group, status)

    def hold(self, seconds: float) -> None:
        """Let nothing through for so long: the system has asked for it."""
        with self._lock:
            self._held_until = max(self._held_until, self._clock.now() + seconds)


def _concerns(limit: Limit, group: str) -> bool:
    return not limit.paths or any(fnmatchcase(group, pattern) for pattern in limit.paths)
