"""Keeping to the limits of a system: all of them at once, those that it tells and those that Pendel counts."""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from core.links.counts import OwnCounts
from core.links.faults import CallFailed
from core.links.model.limits import BucketLimit, ConcurrencyLimit, ErrorBudget, HeaderLimit, IntervalLimit
from core.text import time_span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from core.links.clock import Clock
    from core.links.counts import Counts, CountStore
    from core.links.model.limits import Limit
    from core.links.places import Places
    from core.stop import StopToken

PATIENCE = 120.0
"""Seconds that a call waits by itself; what takes longer is told, and left to who plans the next run."""
_FURTHEST_RESET = 2 * 86_400
"""A reset further ahead than this is no reset: no limit counts longer than a day, with room for clocks that differ."""


_SLOTS = 240
"""Into so many parts a period is divided; requests in the same one are forgotten together, with the last of them."""


class _Bucket:
    def __init__(self, limit: BucketLimit | IntervalLimit) -> None:
        self.limit = limit
        self._requests = limit.requests if isinstance(limit, BucketLimit) else 1
        self._key = _key(limit, self._requests, limit.seconds)

    def wait(self, counts: Counts, now: float) -> float:
        taken, seconds = counts.taken.get(self._key, []), self.limit.seconds
        for each in taken:
            # A clock that was set back: nobody knows when it was, and it counts no longer than a period.
            each[0] = min(each[0], now)
        while taken and taken[0][0] <= now - seconds:
            taken.pop(0)
        return taken[0][0] + seconds - now if sum(number for _, number in taken) >= self._requests else 0.0

    def take(self, counts: Counts, now: float) -> None:
        taken, slot = counts.taken.setdefault(self._key, []), self.limit.seconds / _SLOTS
        if taken and taken[-1][0] // slot == now // slot:
            taken[-1] = [now, taken[-1][1] + 1]
        else:
            taken.append([now, 1])


class _Told:
    def __init__(self, limit: HeaderLimit) -> None:
        self.limit = limit
        self._key = _key(limit, limit.remaining, limit.reset)

    def wait(self, counts: Counts, now: float) -> float:
        left, reset = counts.left.get(self._key, (1, 0.0))
        if not now < reset < now + _FURTHEST_RESET:
            counts.left.pop(self._key, None)
            return 0.0
        return reset - now if left <= 0 else 0.0

    def take(self, counts: Counts, _now: float) -> None:
        if self._key in counts.left:
            counts.left[self._key][0] -= 1

    def note(self, counts: Counts, now: float, headers: Mapping[str, str]) -> None:
        left, reset = headers.get(self.limit.remaining, "").strip(), headers.get(self.limit.reset, "").strip()
        if not left.isdecimal() or not reset.isdecimal() or len(left) > 15 or len(reset) > 15:
            return
        moment = {"epoch_ms": int(reset) / 1000, "epoch_s": float(reset), "delta_s": now + float(reset)}[
            self.limit.reset_unit
        ]
        if not now < moment < now + _FURTHEST_RESET:
            return
        # Replies of requests that went out together may come in any order: within one window, the lowest counts.
        known, known_reset = counts.left.get(self._key, (int(left), 0.0))
        counts.left[self._key] = [min(int(left), known) if abs(moment - known_reset) < 1 else int(left), moment]


class _Errors:
    def __init__(self, limit: ErrorBudget) -> None:
        self.limit = limit
        self._key = _key(limit, limit.errors, limit.seconds)

    def wait(self, counts: Counts, now: float, group: str) -> float:
        seen = [min(each, now) for each in counts.errors.get(self._key, {}).get(group, ())]
        seen = [each for each in seen if each > now - self.limit.seconds]
        if seen:
            counts.errors[self._key][group] = seen
        elif self._key in counts.errors:
            counts.errors[self._key].pop(group, None)
        return seen[0] + self.limit.seconds - now if len(seen) >= self.limit.errors else 0.0

    def note(self, counts: Counts, now: float, group: str, status: int) -> None:
        if status in self.limit.statuses:
            counts.errors.setdefault(self._key, {}).setdefault(group, []).append(now)


class _Gate:
    """Lets so many requests through at the same time: first those of one throttle, then those of the whole link."""

    def __init__(self, limit: ConcurrencyLimit, places: Places | None) -> None:
        self.limit = limit
        self._own = threading.BoundedSemaphore(limit.at_once)
        self._places = places

    @contextmanager
    def passing(self, stop: StopToken) -> Iterator[None]:
        while not self._own.acquire(timeout=0.2):
            stop.check()
        try:
            if self._places is None:
                yield
            else:
                with self._places.taken(stop):
                    yield
        finally:
            self._own.release()


class Throttle:
    """Lets requests through as the limits allow. Any number of threads may use it.

    A limit that concerns only some paths counts those; ``group`` is the path of a request, or of the resource that it
    belongs to. What is counted is kept in ``counts``, with how many are on their way at once.
    """

    def __init__(
        self,
        limits: Sequence[Limit],
        *,
        clock: Clock,
        stop: StopToken,
        name: str,
        counts: CountStore | None = None,
        one_by_one: bool = False,
    ) -> None:
        """``counts``: None lets them end with the throttle.

        ``one_by_one``: this throttle lets one request through at a time, whatever the limits of the system allow.
        """
        self._clock, self._stop, self._name = clock, stop, name
        self._buckets = [_Bucket(each) for each in limits if isinstance(each, BucketLimit | IntervalLimit)]
        self._told = [_Told(each) for each in limits if isinstance(each, HeaderLimit)]
        self._errors = [_Errors(each) for each in limits if isinstance(each, ErrorBudget)]
        shared: CountStore = counts or OwnCounts()
        together = [each for each in limits if isinstance(each, ConcurrencyLimit)]
        self._gates = [_Gate(each, shared.places(at, each.at_once)) for at, each in enumerate(together, start=1)]
        if one_by_one:
            self._gates.append(_Gate(ConcurrencyLimit(kind="concurrency", at_once=1), None))
        self._counts = shared if self._buckets or self._told or self._errors else OwnCounts()

    def close(self) -> None:
        """Let go of the counts."""
        self._counts.close()

    @contextmanager
    def passing(self, group: str) -> Iterator[None]:
        """Wait until a request may go, and count it; it is on its way inside the ``with`` block.

        Raises:
            CallFailed: it would have to wait longer than :data:`PATIENCE`, or too many errors came from there.
            StopRequested: a stop was asked for meanwhile.
        """
        with ExitStack() as held:
            for gate in self._gates:
                if _concerns(gate.limit, group):
                    held.enter_context(gate.passing(self._stop))
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
        with self._counts.shared() as counts:
            now = self._clock.now()
            for errors in self._errors:
                if _concerns(errors.limit, group) and (seconds := errors.wait(counts, now, group)) > 0:
                    raise CallFailed(
                        f"{self._name} has answered so many requests for {group} with errors that it would refuse "
                        f"all of them. Pendel asks nothing more there for {time_span(seconds)}.",
                        kind="wait",
                        after=seconds,
                        advice="Mend the records that failed.",
                    )
            limits: list[_Bucket | _Told] = [*self._buckets, *self._told]
            counted = [each for each in limits if _concerns(each.limit, group)]
            if counts.held_until > now + PATIENCE:
                # Nobody was held so long: the clock was set back.
                counts.held_until = 0.0
            seconds = max([counts.held_until - now, *(each.wait(counts, now) for each in counted)])
            if seconds <= 0:
                for each in counted:
                    each.take(counts, now)
            return max(seconds, 0.0)

    def note(self, group: str, status: int, headers: Mapping[str, str]) -> None:
        """Take note of what a reply says of limits."""
        told = [each for each in self._told if _concerns(each.limit, group)]
        budgets = [each for each in self._errors if _concerns(each.limit, group)]
        if not told and not budgets:
            return
        with self._counts.shared() as counts:
            now = self._clock.now()
            for limit in told:
                limit.note(counts, now, headers)
            for budget in budgets:
                budget.note(counts, now, group, status)

    def hold(self, seconds: float) -> None:
        """Let nothing through for so long: the system has asked for it."""
        with self._counts.shared() as counts:
            counts.held_until = max(counts.held_until, self._clock.now() + seconds)


def _key(limit: Limit, *parts: object) -> str:
    """Return by what a limit is known: one that is declared otherwise counts anew."""
    return " ".join([limit.kind, *map(str, parts), *limit.paths])


def _concerns(limit: Limit, group: str) -> bool:
    return not limit.paths or any(fnmatchcase(group, pattern) for pattern in limit.paths)
