"""The clock: tells, at the minute, what is due. APScheduler wakes it; which moments there are, others say.

All plans share one job of APScheduler, that of the earliest moment. With a job for each of 10,000 tasks, APScheduler
takes several times as long to add and to fire them, and hands them out one by one; here what is due at the same moment
arrives together, as a wave and its journal transaction need it (``benchmarks/planning.py``).

The wall clock may jump. Forward, or after the machine slept: a plan is told of once, with its latest moment. Back: what
was planned from a moment that now lies ahead is planned anew from now, and may be told of again; the ledger, where an
occurrence is a key, knows what ran already.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any

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
_STEP_BACK = dt.timedelta(minutes=1)
"""The clock being set back by less is no reason to plan anew: moments are a minute apart."""


@dataclass(frozen=True, slots=True)
class Due:
    """A plan whose moment has come. Of several that passed at once, ``at`` is the latest and ``first`` the earliest.

    They differ only after the machine slept, its clock jumped or the process was held up; what lies before ``at`` was
    passed over, and can be enumerated with :func:`core.planning.due.due_between`.
    """

    key: str
    at: dt.datetime
    first: dt.datetime


@dataclass(frozen=True, slots=True)
class _Plan:
    next_due: NextDue
    due: dt.datetime | None
    after: dt.datetime
    """The moment from which ``due`` was worked out."""


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Clock:
    """Calls ``fire`` with all that is due by now, in order of moment and key.

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
        """The moments of all plans; one that is no longer its plan's moment means nothing."""
        self._seen = dt.datetime.min.replace(tzinfo=dt.UTC)
        """The latest moment from which anything was worked out."""
        self._scheduler: BackgroundScheduler | None = None
        self._woken_at: dt.datetime | None = None
        """The moment for which APScheduler has a job."""

    def plan(self, key: str, next_due: NextDue, *, after: dt.datetime | None = None) -> None:
        """Plan what is due after a moment (now), in place of what was planned under the same key.

        A moment of the old plan that has come but was not fired yet is kept.
        """
        after = after or self._now()
        with self._lock:
            plan = self._planned(key, next_due, after)
            self._plans[key] = plan
            self._seen = max(self._seen, after)
            if plan.due is not None:
                heappush(self._heap, (plan.due, key))
            self._set_alarm()

    def replace_all(self, plans: Mapping[str, NextDue], *, after: dt.datetime | None = None) -> None:
        """Plan exactly these, each as by :meth:`plan`; all others are cancelled."""
        after = after or self._now()
        with self._lock:
            self._install({key: self._planned(key, next_due, after) for key, next_due in plans.items()})
            self._seen = max(self._seen, after)
            self._set_alarm()

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
            # Two, so that an alarm that goes off during a long call of `fire` stands in line and is not dropped.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 2},
        )
        scheduler.start()
        with self._lock:
            self._scheduler = scheduler
            self._set_alarm()

    def shutdown(self) -> None:
        """Stop firing; wait for a call of ``fire`` that is under way."""
        with self._lock:
            scheduler, self._scheduler, self._woken_at = self._scheduler, None, None
        if scheduler is not None:
            scheduler.shutdown()

    def tick(self) -> None:
        """Fire all that is due by now. APScheduler calls it; with another ``now`` than the time of day, a test may."""
        now = self._now()
        try:
            with self._lock:
                self._woken_at = None
                if self._seen - now > _STEP_BACK:
                    self._plan_anew(now)
                self._seen = max(self._seen, now)
                due = self._take(now)
            if due:
                self._fire(due)
        except Exception:
            _log.exception("what was due could not be started", extra={"action": "clock.fire"})
        finally:
            with self._lock:
                self._set_alarm()

    def _planned(self, key: str, next_due: NextDue, after: dt.datetime) -> _Plan:
        old = self._plans.get(key)
        if old is not None and old.due is not None and old.due <= after:
            return _Plan(next_due, old.due, old.after)
        return _Plan(next_due, next_due(after), after)

    def _plan_anew(self, now: dt.datetime) -> None:
        """Work out again what was worked out from a moment that now lies ahead."""
        self._install(
            {
                key: _Plan(plan.next_due, plan.next_due(now), now) if plan.after > now else plan
                for key, plan in self._plans.items()
            }
        )
        self._seen = now

    def _install(self, plans: dict[str, _Plan]) -> None:
        self._plans = plans
        self._heap = [(plan.due, key) for key, plan in plans.items() if plan.due is not None]
        heapify(self._heap)

    def _take(self, now: dt.datetime) -> list[Due]:
        taken: list[Due] = []
        while self._heap and self._heap[0][0] <= now:
            first, key = heappop(self._heap)
            plan = self._plans.get(key)
            if plan is None or plan.due != first:
                continue  # cancelled or planned anew since
            latest, coming = first, _following(key, plan, first)
            while coming is not None and coming <= now:
                latest, coming = coming, _following(key, plan, coming)
            self._plans[key] = _Plan(plan.next_due, coming, latest)
            if coming is not None:
                heappush(self._heap, (coming, key))
            taken.append(Due(key, latest, first))
        return sorted(taken, key=lambda due: (due.at, due.key))

    def _set_alarm(self) -> None:
        """Have APScheduler wake the clock at the earliest moment. The lock is held, so that the earliest one wins."""
        earliest = self._heap[0][0] if self._heap else None
        if self._scheduler is None or earliest is None or earliest == self._woken_at:
            return
        # APScheduler goes by the time of day; where `now` is another clock, what counts is how long it is until then.
        until = earliest - self._now()
        self._scheduler.add_job(self.tick, _At(_utc_now() + until), id="tick", replace_existing=True)
        self._woken_at = earliest


def _following(key: str, plan: _Plan, moment: dt.datetime) -> dt.datetime | None:
    try:
        return plan.next_due(moment)
    except Exception:
        _log.exception("a plan came to its end with an error", extra={"action": "clock.plan", "key": key})
        return None


class _At(BaseTrigger):  # type: ignore[misc]  # APScheduler 3 has no annotations
    """Fires once, at a moment; the tick then sets the next one."""

    __slots__ = ("_moment",)

    def __init__(self, moment: dt.datetime) -> None:
        self._moment = moment

    def get_next_fire_time(self, previous: dt.datetime | None, now: dt.datetime) -> dt.datetime | None:  # noqa: ARG002
        return self._moment if previous is None else None


class _WakefulStore(MemoryJobStore):  # type: ignore[misc]  # APScheduler 3 has no annotations
    """Has the scheduler look at the wall clock at least every 30 seconds, and sees when that was set back.

    The scheduler sleeps by the monotonic clock until the next job. It would notice neither a wall clock that was set
    forward, nor a machine that slept, nor that a job for noon no longer fits a clock that was set back to ten.
    """

    def __init__(self) -> None:
        super().__init__()
        self._looked_at: dt.datetime | None = None

    def get_next_run_time(self) -> dt.datetime:
        heartbeat = _utc_now() + _HEARTBEAT
        upcoming: dt.datetime | None = super().get_next_run_time()
        return heartbeat if upcoming is None else min(upcoming, heartbeat)

    def get_due_jobs(self, now: dt.datetime) -> list[Any]:
        if self._looked_at is not None and now < self._looked_at:
            for job in self.get_all_jobs():
                job.next_run_time = now
                self.update_job(job)
        self._looked_at = now
        due: list[Any] = super().get_due_jobs(now)
        return due
