"""Local time that is skipped or told twice, turned into moments that exist.

Clocks go forward (a *gap*: local times that do not exist) and back (a *fold*: local times that exist twice). A gap is
mostly an hour in spring, but also half an hour (Lord Howe), two hours (Troll) or a whole day (Apia, 30 December 2011),
and it may lie around midnight (Beirut, Cairo) or end there (Scoresbysund).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from core.config.engine import Window

_MINUTE = dt.timedelta(minutes=1)
_SECOND = dt.timedelta(seconds=1)


def inside(time: dt.time, window: Window | None) -> bool:
    """Whether a local time lies in the window. The closing minute is outside; without a window every time is inside."""
    return window is None or window.opens <= time < window.closes


def moment_of(day: dt.date, time: dt.time, zone: ZoneInfo) -> tuple[dt.datetime, bool]:
    """Return the moment (UTC) of a local time, and whether that local time exists.

    A time that exists twice is the first of the two; one that does not exist is the first moment after the gap.
    """
    wall = dt.datetime.combine(day, time)
    moment = wall.replace(tzinfo=zone).astimezone(dt.UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment, True
    return _end_of_gap(wall, zone), False


def slot(day: dt.date, time: dt.time, zone: ZoneInfo, window: Window | None) -> dt.datetime | None:
    """Return the one moment (UTC) that a local time inside the window means on that day.

    A time in a gap moves to the first moment after it. Where that is outside the window, or on another day, it moves to
    the last minute before the gap, so that the day keeps its slot. None where the day has no moment of the window at
    all, as a day that the zone skips.
    """
    moment, exists = moment_of(day, time, zone)
    if exists:
        return moment
    for candidate in (moment, moment - _MINUTE):
        local = candidate.astimezone(zone)
        if local.date() == day and inside(local.time(), window):
            return candidate
    return None


def _end_of_gap(wall: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return the moment at which the clock went forward over ``wall``, to the second."""
    # In a gap, fold=0 reckons with the offset before it and fold=1 with the one after: the change lies between the two.
    before = wall.replace(tzinfo=zone, fold=1).astimezone(dt.UTC)
    after = wall.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)
    old_offset = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // (2 * _SECOND) * _SECOND
        if middle.astimezone(zone).utcoffset() == old_offset:
            before = middle
        else:
            after = middle
    return after
