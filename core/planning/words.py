"""A frequency in words, and what is wrong with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.frequency import (
    After,
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
)
from core.planning.due import cron_meets
from core.planning.local_time import inside

if TYPE_CHECKING:
    from core.config.engine import Window


def in_words(frequency: Frequency) -> str:  # noqa: C901 - one case for each kind, and nothing else
    """Return a frequency in words, short enough for a column: ``weekly on Monday at 07:30``."""
    match frequency:
        case Daily():
            return "daily at opening"
        case Interval(minutes=minutes):
            return f"every {minutes} minutes"
        case Workday(at=at, skip_holidays=skip):
            return f"workdays at {at:%H:%M}" + (", not on holidays" if skip else "")
        case Weekly(day=day, at=at):
            return f"weekly on {day.capitalize()} at {at:%H:%M}"
        case Biweekly(days=days, at=at):
            first, second = sorted(days)
            return f"day {first} and {second} of the month at {at:%H:%M}"
        case Fortnightly(day=day, at=at):
            return f"every second {day.capitalize()} at {at:%H:%M}"
        case Monthly(day=day, at=at):
            return f"{'last day' if day == 31 else f'day {day}'} of the month at {at:%H:%M}"
        case TimeOfDayFrequency(at=at):
            return f"daily at {at:%H:%M}"
        case Cron(expression=expression):
            return f"cron {' '.join(expression.split())}"
        case After():
            return "after its tasks"
        case Manual():
            return "by hand"


def check_frequency(frequency: Frequency, window: Window) -> str | None:
    """Return what is wrong with the time of a frequency as a sentence that names the window (T4), or None.

    The closing minute is outside. Of a cron expression only one that never meets the window is wrong; else its moments
    outside are left out.
    """
    match frequency:
        case Daily() | Interval() | After() | Manual():
            return None
        case Cron(expression=expression):
            if cron_meets(expression, window):
                return None
            return f"none of its moments lies inside the operating window {window}"
        case _ if inside(frequency.at, window):
            return None
        case _ if frequency.at == window.closes:
            return f"{frequency.at:%H:%M} is the closing of the operating window {window}, and already outside it"
        case _:
            return f"{frequency.at:%H:%M} is outside the operating window {window}"
