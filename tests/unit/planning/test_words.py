from __future__ import annotations

import datetime as dt

import pytest

from core.config.engine import Window
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
from core.planning.words import check_frequency, in_words

HALF_PAST_SEVEN = dt.time(7, 30)


@pytest.mark.parametrize(
    ("frequency", "words"),
    [
        (Daily(), "daily at opening"),
        (Interval(minutes=30), "every 30 minutes"),
        (Workday(at=HALF_PAST_SEVEN), "workdays at 07:30"),
        (Workday(at=HALF_PAST_SEVEN, skip_holidays=True), "workdays at 07:30, not on holidays"),
        (Weekly(day="monday", at=HALF_PAST_SEVEN), "weekly on Monday at 07:30"),
        (Biweekly(days=[15, 1], at=HALF_PAST_SEVEN), "day 1 and 15 of the month at 07:30"),
        (
            Fortnightly.model_validate({"day": "monday", "at": "07:30", "from": dt.date(2026, 11, 23)}),
            "every second Monday at 07:30",
        ),
        (Monthly(day=15, at=HALF_PAST_SEVEN), "day 15 of the month at 07:30"),
        (Monthly(day=31, at=HALF_PAST_SEVEN), "last day of the month at 07:30"),
        (TimeOfDayFrequency(at=dt.time(12, 53)), "daily at 12:53"),
        (Cron(expression="*/20  7-18 * * mon-fri"), "cron */20 7-18 * * mon-fri"),
        (After(), "after its tasks"),
        (Manual(), "by hand"),
    ],
)
def test_a_frequency_in_words(frequency: Frequency, words: str) -> None:
    assert in_words(frequency) == words


@pytest.mark.parametrize(
    ("frequency", "problem"),
    [
        (TimeOfDayFrequency(at=dt.time(6)), None),
        (TimeOfDayFrequency(at=dt.time(22, 59)), None),
        (TimeOfDayFrequency(at=dt.time(5, 59)), "05:59 is outside the operating window 06:00-23:00"),
        (Workday(at=dt.time(23, 1)), "23:01 is outside the operating window 06:00-23:00"),
        (
            Weekly(day="monday", at=dt.time(23)),
            "23:00 is the closing of the operating window 06:00-23:00, and already outside it",
        ),
        (Cron(expression="0 4,8 * * *"), None),
        (Cron(expression="0 4,23 * * *"), "none of its moments lies inside the operating window 06:00-23:00"),
        (Daily(), None),
        (Interval(minutes=240), None),
        (After(), None),
        (Manual(), None),
    ],
)
def test_a_time_outside_the_window_is_refused_with_the_window_named(frequency: Frequency, problem: str | None) -> None:
    assert check_frequency(frequency, Window()) == problem
