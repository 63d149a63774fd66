"""What was due while nobody could look: Pendel was not running, the machine slept, or its clock jumped (T10)."""

from __future__ import annotations

import datetime as dt
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from core.planning.due import due_between

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from core.config.engine import Window
    from core.config.frequency import Frequency
    from core.planning.holiday import HolidayCalendar


@dataclass(frozen=True, slots=True)
class Missed:
    """The missed moments of one task: at most one becomes a run, all others are skipped for the reason given."""

    run_once: dt.datetime | None
    """The latest one, where the task's setting is to make up for it."""
    skipped: Iterator[dt.datetime]
    """All others, oldest first, to be read once: five minutes apart, they are 75,000 a year, and are not kept."""
    reason: str


def missed(
    frequency: Frequency,
    last_seen: dt.datetime,
    now: dt.datetime,
    policy: Literal["run_once", "skip"],
    zone: ZoneInfo,
    window: Window | None,
    *,
    holidays: HolidayCalendar | None = None,
) -> Missed:
    """Return what was due after ``last_seen`` (the latest moment in the ledger) and up to and with ``now``."""
    if policy == "skip":
        skipped = due_between(frequency, last_seen, now, zone, window, holidays=holidays)
        return Missed(None, skipped, "missed, and the task does not make up for it")
    latest = latest_due(frequency, last_seen, now, zone, window, holidays=holidays)
    if latest is None:
        return Missed(None, iter(()), "")
    skipped = due_between(frequency, last_seen, latest - _INSTANT, zone, window, holidays=holidays)
    return Missed(latest, skipped, f"missed; the one of {latest.astimezone(zone):%Y-%m-%d %H:%M} makes up for it")


def latest_due(
    frequency: Frequency,
    start: dt.datetime,
    end: dt.datetime,
    zone: ZoneInfo,
    window: Window | None,
    *,
    holidays: HolidayCalendar | None = None,
) -> dt.datetime | None:
    """Return the last moment after ``start`` and up to and with ``end``, or None.

    It looks back in growing steps: only the days around the answer are worked out, however long ago ``start`` is.
    """
    back = dt.timedelta(days=1)
    while start < end:
        begin = max(start, end - back)
        latest = deque(due_between(frequency, begin, end, zone, window, holidays=holidays), maxlen=1)
        if latest or begin == start:
            return latest[0] if latest else None
        back *= 4
    return None


_INSTANT = dt.timedelta(microseconds=1)
