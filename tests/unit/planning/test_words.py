from __future__ import annotations

import datetime as dt

import pytest

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
from core.planning.words import in_words

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
