from __future__ import annotations

import datetime as dt
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config.engine import Window
from core.config.frequency import Cron, Daily, Frequency, Interval, Manual, Monthly, TimeOfDayFrequency
from core.planning.due import due_between
from core.planning.missed import latest_due, missed

ZONE = ZoneInfo("Europe/Amsterdam")
WINDOW = Window()
frequencies: st.SearchStrategy[Frequency] = st.sampled_from(
    [
        Daily(),
        Interval(minutes=240),
        Monthly(day=31, at=dt.time(7, 30)),
        TimeOfDayFrequency(at=dt.time(22)),
        Cron(expression="0 */6 * * *"),
        Manual(),
    ]
)
moments = st.datetimes(dt.datetime(2025, 1, 1), dt.datetime(2026, 12, 31), timezones=st.just(dt.UTC))  # noqa: DTZ001


@given(frequencies, moments, moments, st.sampled_from(["run_once", "skip"]))
def test_every_missed_moment_is_run_or_skipped_and_at_most_the_latest_runs(
    frequency: Frequency, one: dt.datetime, other: dt.datetime, policy: Literal["run_once", "skip"]
) -> None:
    last_seen, now = sorted([one, other])
    due = list(due_between(frequency, last_seen, now, ZONE, WINDOW))
    result = missed(frequency, last_seen, now, policy, ZONE, WINDOW)
    skipped = list(result.skipped)
    if policy == "skip" or not due:
        assert (result.run_once, skipped) == (None, due)
    else:
        assert (result.run_once, skipped) == (due[-1], due[:-1])


def test_the_reason_names_the_moment_that_makes_up_for_it() -> None:
    last_seen = dt.datetime(2026, 11, 20, 7, tzinfo=ZONE)
    result = missed(Interval(minutes=30), last_seen, last_seen + dt.timedelta(hours=1), "run_once", ZONE, WINDOW)
    assert result.reason == "missed; the one of 2026-11-20 08:00 makes up for it"


@pytest.mark.parametrize("policy", ["run_once", "skip"])
def test_a_clock_that_stands_before_what_was_seen_misses_nothing(policy: Literal["run_once", "skip"]) -> None:
    now = dt.datetime(2026, 11, 20, 7, tzinfo=ZONE)
    result = missed(Daily(), now + dt.timedelta(days=3), now, policy, ZONE, WINDOW)
    assert (result.run_once, list(result.skipped)) == (None, [])


def test_the_latest_is_found_without_a_walk_through_all_years() -> None:
    start, end = dt.datetime(1990, 1, 1, tzinfo=dt.UTC), dt.datetime(2026, 11, 20, 12, 2, tzinfo=dt.UTC)
    assert latest_due(Interval(minutes=5), start, end, ZONE, WINDOW) == end - dt.timedelta(minutes=2)
    assert latest_due(Manual(), start, end, ZONE, WINDOW) is None
