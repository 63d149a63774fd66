"""From a frequency to the moments that are due (T3, T4): the calendar of the house.

The rules, where the calendar alone does not decide:

- Every local day of a frequency has one slot. A local time that exists twice counts the first time; one that does not
  exist moves to the first moment after the gap (:mod:`core.planning.local_time`).
- The window is open from its opening until before its closing: the closing minute belongs to the system tasks.
- An interval counts real minutes from the opening of the window of that day, and starts afresh the next day.
- A cron expression is read in local time, with one slot a local minute; what is outside the window is left out.

Moments are aware: any zone in, UTC out. A window of None is the whole day, for system tasks.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from core.config.frequency import (
    WEEKDAYS,
    After,
    Arrival,
    Biweekly,
    Cron,
    Daily,
    Fortnightly,
    Frequency,
    Interval,
    Manual,
    Monthly,
    TimeOfDayFrequency,
    Weekly,
    Workday,
    cron_meets,
)
from core.planning.local_time import inside, moment_of, slot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

    from core.config.engine import Window
    from core.planning.holiday import HolidayCalendar

_MIDNIGHT = dt.time(0)
_DAY = dt.timedelta(days=1)
_SECOND = dt.timedelta(seconds=1)
_LAST_YEAR = 9998
"""One before the end of the calendar, where sums of dates overflow."""


def next_due(
    frequency: Frequency,
    after: dt.datetime,
    zone: ZoneInfo,
    window: Window | None,
    *,
    holidays: HolidayCalendar | None = None,
) -> dt.datetime | None:
    """Return the first moment strictly after ``after``; None where none comes.

    None always comes of ``after``, ``arrival`` and ``manual``.
    """
    return next(_moments(frequency, after, zone, window, holidays), None)


def due_between(
    frequency: Frequency,
    start: dt.datetime,
    end: dt.datetime,
    zone: ZoneInfo,
    window: Window | None,
    *,
    holidays: HolidayCalendar | None = None,
) -> Iterator[dt.datetime]:
    """Yield the moments after ``start`` and up to and with ``end``, oldest first."""
    return takewhile(lambda moment: moment <= end, _moments(frequency, start, zone, window, holidays))


def occurrences(
    frequency: Frequency,
    after: dt.datetime,
    zone: ZoneInfo,
    window: Window | None,
    *,
    count: int = 5,
    holidays: HolidayCalendar | None = None,
) -> list[dt.datetime]:
    """Return the next ``count`` moments after ``after``, or as many as come."""
    return list(islice(_moments(frequency, after, zone, window, holidays), count))


def _moments(
    frequency: Frequency,
    after: dt.datetime,
    zone: ZoneInfo,
    window: Window | None,
    holidays: HolidayCalendar | None,
) -> Iterator[dt.datetime]:
    if after.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    after = after.astimezone(dt.UTC)
    today = after.astimezone(zone).date()
    match frequency:
        case After() | Arrival() | Manual():
            return iter(())
        case Cron(expression=expression):
            return _cron(expression, after, zone, window)
        case Interval(minutes=minutes):
            return _interval(dt.timedelta(minutes=minutes), after, zone, window)
        case Daily():
            return _slots(_every(today), _opening(window), after, zone, window)
        case _:
            return _slots(_days(frequency, today, holidays), frequency.at, after, zone, window)


def _days(
    frequency: TimeOfDayFrequency | Workday | Weekly | Biweekly | Fortnightly | Monthly,
    today: dt.date,
    holidays: HolidayCalendar | None,
) -> Iterator[dt.date]:
    """Yield the days of a frequency that has a time, from today on or a little before."""
    match frequency:
        case TimeOfDayFrequency():
            return _every(today)
        case Workday(skip_holidays=skip):
            return _workdays(today, holidays if skip else None)
        case Weekly(day=weekday):
            return _every(_first_weekday(today, weekday), 7)
        case Fortnightly():
            return _fortnights(today, frequency)
        case Monthly(day=day):
            return _days_of_month(today, [day])
        case Biweekly(days=days):
            return _days_of_month(today, days)


def _slots(
    days: Iterable[dt.date], at: dt.time, after: dt.datetime, zone: ZoneInfo, window: Window | None
) -> Iterator[dt.datetime]:
    if not inside(at, window):
        return
    for day in days:
        moment = slot(day, at, zone, window)
        if moment is not None and moment > after:
            yield moment


def _opening(window: Window | None) -> dt.time:
    return _MIDNIGHT if window is None else window.opens


def _every(first: dt.date, step: int = 1) -> Iterator[dt.date]:
    last = dt.date(_LAST_YEAR, 12, 31).toordinal()
    return map(dt.date.fromordinal, range(first.toordinal(), last, step))


def _workdays(today: dt.date, holidays: HolidayCalendar | None) -> Iterator[dt.date]:
    return (day for day in _every(today) if day.weekday() < 5 and not (holidays is not None and day in holidays))


def _first_weekday(today: dt.date, weekday: str) -> dt.date:
    return today + dt.timedelta(days=(WEEKDAYS.index(weekday) - today.weekday()) % 7)


def _fortnights(today: dt.date, frequency: Fortnightly) -> Iterator[dt.date]:
    start = frequency.from_date
    first = start + dt.timedelta(days=WEEKDAYS.index(frequency.day) - start.weekday())
    if first < start:
        first += 14 * _DAY
    if first < today:
        first += -((first - today) // (14 * _DAY)) * 14 * _DAY
    return _every(first, 14)


def _days_of_month(today: dt.date, days: Iterable[int]) -> Iterator[dt.date]:
    """Yield those days of each month from this one on; a day that a month lacks is its last day."""
    for months in range(today.year * 12 + today.month - 1, _LAST_YEAR * 12):
        year, month = months // 12, months % 12 + 1
        last = monthrange(year, month)[1]
        for day in sorted({min(day, last) for day in days}):
            yield dt.date(year, month, day)


def _interval(step: dt.timedelta, after: dt.datetime, zone: ZoneInfo, window: Window | None) -> Iterator[dt.datetime]:
    for day in _every(after.astimezone(zone).date()):
        opening, _ = moment_of(day, _opening(window), zone)
        closing, _ = moment_of(day + _DAY, _MIDNIGHT, zone) if window is None else moment_of(day, window.closes, zone)
        moment = opening if opening > after else opening + ((after - opening) // step + 1) * step
        while moment < closing:
            # Where the clock goes back just after the opening, the time before the opening comes again.
            if inside(moment.astimezone(zone).time(), window):
                yield moment
            moment += step


def _cron(expression: str, after: dt.datetime, zone: ZoneInfo, window: Window | None) -> Iterator[dt.datetime]:
    from cronsim import CronSim

    if window is not None and not cron_meets(expression, window.opens, window.closes):
        return
    # Without a zone: what cronsim does at a change of the clock depends on how the expression is written.
    walls = CronSim(expression, after.astimezone(zone).replace(tzinfo=None))
    while (wall := next(walls, None)) is not None and wall.year <= _LAST_YEAR:
        if window is not None and not inside(wall.time(), window):
            day = wall.date() if wall.time() < window.opens else wall.date() + _DAY
            walls = CronSim(expression, dt.datetime.combine(day, window.opens) - _SECOND)
            continue
        moment = slot(wall.date(), wall.time(), zone, window)
        if moment is not None and moment > after:
            yield moment
            after = moment
