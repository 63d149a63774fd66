"""The clock: tells, at the minute, what is due. APScheduler wakes it; which moments there are, others say.

All plans share one job of APScheduler, that of the earliest moment. With a job for each of 10,000 tasks, APScheduler
takes about ten times as long to add and to fire them, and hands them out one by one; here what is due at the same
moment arrives together, as a wave and its journal transaction need it (``benchmarks/planning.py``).
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    NextDue = Callable[[dt.datetime], dt.datetime | None]
    """From a moment to the first one due strictly after it, or None where none comes."""

_log = logging.getLogger(__name__)
_HEARTBEAT = dt.timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Due:
    """A plan whose moment has come. Of several that passed at once, ``at`` is the latest and ``first`` the earliest.

    They differ only after the machine slept, its clock jumped or the process was held up; what lies between them was
    passed over, and can be enumerated with :func:`core.planning.due.due_between`.
    """

    key: str
    at: dt.datetime
    first: dt.datetime


@dataclass(frozen=True, slots=True)
class _Plan:
    next_due: NextDue
    due: dt.datetime | None
    fired: dt.datetime
    """Nothing is due up to and with this moment: it has fired, or was before the plan."""


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Clock:
    """Calls ``fire`` with all that is due at a moment, in order of moment and key.

    ``fire`` is called in a thread of the clock, one call at a time; it must be quick, and must not call
    :meth:`shutdown`. An exception in it is logged, and the clock goes on. All other methods may be called from any
    thread, also from ``fire``. ``now`` tells the time, aware.
    """

    def __init__(self, fire: Callable[[Sequence[Due]], None], *, now: Callable[[], dt.datetime] = _utc_now) -> None:
        self._fire = fire
        self._now = now
        self._lock = threading.Lock()
        self._plans: dict[str, _Plan] = {}
        self._heap: list[tuple[dt.datetime, str]] = []
        self._scheduler: BackgroundScheduler | None = None

    def plan(self, key: str, next_due: NextDue, *, after: dt.datetime | None = None) -> None:
        """Plan what is due after a moment (now), in place of what was planned under the same key.

        A moment of the old plan that has come but was not fired yet is kept, and none is fired twice.
        """
        after = after or self._now()
        with self._lock:
            plan = self._planned(key, next_due, after)
            self._plans[key] = plan
            if plan.due is not None:
                heappush(self._heap, (plan.due, key))
        self._wake()

    def replace_all(self, plans: Mapping[str, NextDue], *, after: dt.datetime | None = None) -> None:
        """Plan exactly these: each as by :meth:`plan`, and all others are cancelled."""
        after = after or self._now()
        with self._lock:
            self._plans = {key: self._planned(key, next_due, after) for key, next_due in plans.items()}
            self._heap = [(plan.due, key) for key, plan in self._plans.items() if plan.due is not None]
            heapify(self._heap)
        self._wake()

    def cancel(self, key: str) -> None:
        """Forget a plan; a key that is not planned is no fault."""
        with self._lock:
            self._plans.pop(key, None)

    def next_run(self, key: str) -> dt.datetime | None:
        """Return the moment that a key is due next, or None. Never waits, so that a console may ask."""
        plan = self._plans.get(key)
        return plan.due if plan else None

    def start(self) -> None:
        """Begin to fire."""
        scheduler = BackgroundScheduler(
            timezone=dt.UTC,
            jobstores={"default": _WakefulStore()},
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 2},
        )
        scheduler.start()
        self._scheduler = scheduler
        self._wake()

    def shutdown(self) -> None:
        """Stop firing; wait for a call of ``fire`` that is under way."""
        scheduler, self._scheduler = self._scheduler, None
        if scheduler is not None:
            scheduler.shutdown()

    def tick(self) -> None:
        """Fire all that is due by now. APScheduler calls it; a test with a clock of its own may do so too."""
        now = self._now()
        with self._lock:
            due = self._take(now)
        if due:
            try:
                self._fire(due)
            except Exception:
                _log.exception("what was due could not be started", extra={"action": "clock.fire", "due": len(due)})
        self._wake()

    def _planned(self, key: str, next_due: NextDue, after: dt.datetime) -> _Plan:
        old = self._plans.get(key)
        if old is None:
            return _Plan(next_due, next_due(after), after)
        if old.due is not None and old.due <= after:
            return _Plan(next_due, old.due, old.fired)
        after = max(after, old.fired)
        return _Plan(next_due, next_due(after), after)

    def _take(self, now: dt.datetime) -> list[Due]:
        taken: list[Due] = []
        while self._heap and self._heap[0][0] <= now:
            first, key = heappop(self._heap)
            plan = self._plans.get(key)
            if plan is None or plan.due != first:
                continue  # cancelled or planned anew since
            latest, coming = first, plan.next_due(first)
            while coming is not None and coming <= now:
                latest, coming = coming, plan.next_due(coming)
            self._plans[key] = _Plan(plan.next_due, coming, latest)
            if coming is not None:
                heappush(self._heap, (coming, key))
            taken.append(Due(key, latest, first))
        return sorted(taken, key=lambda due: (due.at, due.key))

    def _earliest(self) -> dt.datetime | None:
        with self._lock:
            return self._heap[0][0] if self._heap else None

    def _wake(self) -> None:
        """Set the one job of APScheduler to the earliest moment."""
        scheduler, earliest = self._scheduler, self._earliest()
        if scheduler is not None and earliest is not None:
            scheduler.add_job(self.tick, _At(earliest), id="tick", replace_existing=True)


class _At(BaseTrigger):  # type: ignore[misc]  # APScheduler 3 has no annotations
    """Fires once, at a moment; the tick then sets the next one."""

    __slots__ = ("_moment",)

    def __init__(self, moment: dt.datetime) -> None:
        self._moment = moment

    def get_next_fire_time(self, previous: dt.datetime | None, now: dt.datetime) -> dt.datetime | None:  # noqa: ARG002
        return self._moment if previous is None else None


class _WakefulStore(MemoryJobStore):  # type: ignore[misc]  # APScheduler 3 has no annotations
    """Has the scheduler look at the wall clock at least every 30 seconds.

    It sleeps by the monotonic clock until the next job: a wall clock that is set forward, or a machine that slept, would
    not be noticed before.
    """

    def get_next_run_time(self) -> dt.datetime:
        heartbeat = _utc_now() + _HEARTBEAT
        upcoming = super().get_next_run_time()
        return heartbeat if upcoming is None else min(upcoming, heartbeat)
