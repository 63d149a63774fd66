"""A frequency in words."""

from __future__ import annotations

from core.config.frequency import (
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
)


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
        case Arrival():
            return "as files arrive"
        case Manual():
            return "by hand"
