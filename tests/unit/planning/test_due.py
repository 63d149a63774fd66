from __future__ import annotations

import datetime as dt
from calendar import monthrange
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.config.engine import Window
from core.config.frequency import (
    WEEKDAYS,
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
from core.planning.due import due_between, next_due, occurrences
from core.planning.holiday import HolidayCalendar

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
WINDOW = Window()
WHOLE_DAY = Window(opens=dt.time(0), closes=dt.time(23, 59))
# Gaps and folds at and around midnight, of half an hour, of two hours, of a day, at 22:00 and at 23:00.
ODD_ZONES = [
    "America/Sao_Paulo",
    "America/St_Johns",
    "America/Nuuk",
    "America/Scoresbysund",
    "America/Havana",
    "Asia/Beirut",
    "Asia/Pyongyang",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Pacific/Apia",
    "Pacific/Easter",
    "Pacific/Kwajalein",
]
zones = st.one_of(st.sampled_from(ODD_ZONES), st.sampled_from(sorted(available_timezones()))).map(ZoneInfo)
days = st.dates(dt.date(1990, 1, 2), dt.date(2037, 12, 1))
minutes_of_day = st.integers(0, 24 * 60 - 1).map(lambda minute: dt.time(minute // 60, minute % 60))


@st.composite
def windows(draw: st.DrawFn) -> Window:
    opens, closes = sorted(draw(st.lists(minutes_of_day, min_size=2, max_size=2, unique=True)))
    return draw(st.sampled_from([WINDOW, WHOLE_DAY, Window(opens=opens, closes=closes)]))


@st.composite
def change_days(draw: st.DrawFn) -> tuple[ZoneInfo, dt.date]:
    """A zone, and a day at which its clock changes where it does so in that year."""
    zone, day = draw(zones), draw(days)
    noons = [dt.datetime(day.year, 1, 1, 12, tzinfo=dt.UTC) + dt.timedelta(days=n) for n in range(366)]
    changes = [
        after.astimezone(zone).date()
        for before, after in pairwise(noons)
        if before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset()
    ]
    return zone, draw(st.sampled_from(changes)) if changes else day


def minutes_that_exist(day: dt.date, zone: ZoneInfo) -> list[tuple[dt.time, dt.datetime]]:
    """Every minute of a local day with its moment, found by walking through UTC: the other way round than the code."""
    start = dt.datetime.combine(day, dt.time(0), dt.UTC) - dt.timedelta(hours=15)
    found = []
    for minute in range(54 * 60):
        moment = start + dt.timedelta(minutes=minute)
        local = moment.astimezone(zone)
        if local.date() == day:
            found.append((local.time(), moment))
    return found


def expected_slot(day: dt.date, at: dt.time, zone: ZoneInfo, window: Window) -> dt.datetime | None:
    existing = [(t, moment) for t, moment in minutes_that_exist(day, zone) if window.opens <= t < window.closes]
    exact = [moment for t, moment in existing if t == at]
    later = [moment for t, moment in existing if t > at]
    earlier = [moment for t, moment in existing if t < at]
    if exact:
        return min(exact)
    return min(later, default=None) or max(earlier, default=None)


def around(day: dt.date, frequency: Frequency, zone: ZoneInfo, window: Window) -> list[dt.datetime]:
    start = dt.datetime.combine(day, dt.time(12), dt.UTC) - dt.timedelta(days=3)
    return list(due_between(frequency, start, start + dt.timedelta(days=6), zone, window))


def local(moments: list[dt.datetime], zone: ZoneInfo = AMSTERDAM) -> list[str]:
    return [f"{moment.astimezone(zone):%a %Y-%m-%d %H:%M}" for moment in moments]


def at_local(text: str, zone: ZoneInfo = AMSTERDAM) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone)


@given(change_days(), windows(), minutes_of_day)
def test_every_local_day_has_exactly_its_one_slot(where: tuple[ZoneInfo, dt.date], window: Window, at: dt.time) -> None:
    zone, day = where
    assume(window.opens <= at < window.closes)
    due = around(day, TimeOfDayFrequency(at=at), zone, window)
    assert due == sorted(set(due))
    for one in (day - dt.timedelta(days=1), day, day + dt.timedelta(days=1)):
        on_that_day = [moment for moment in due if moment.astimezone(zone).date() == one]
        expected = expected_slot(one, at, zone, window)
        assert on_that_day == ([] if expected is None else [expected])


@given(change_days(), windows(), st.integers(5, 240))
def test_intervals_keep_their_real_spacing_and_the_window(
    where: tuple[ZoneInfo, dt.date], window: Window, minutes: int
) -> None:
    zone, day = where
    step = dt.timedelta(minutes=minutes)
    due = around(day, Interval(minutes=minutes), zone, window)
    assert due == sorted(set(due))
    for moment in due:
        assert window.opens <= moment.astimezone(zone).time() < window.closes
    on_that_day = [moment for moment in due if moment.astimezone(zone).date() == day]
    existing = [moment for t, moment in minutes_that_exist(day, zone) if window.opens <= t < window.closes]
    if not existing:
        assert on_that_day == []
        return
    assert on_that_day[0] == existing[0]
    if existing[-1] - existing[0] == (len(existing) - 1) * dt.timedelta(minutes=1):
        assert {after - before for before, after in pairwise(on_that_day)} <= {step}
    if max(existing) not in on_that_day and len({m.astimezone(zone).utcoffset() for m in existing}) == 1:
        assert existing[-1] - on_that_day[-1] < step


@given(
    change_days(), windows(), st.sampled_from(["*/20 7-18 * * mon-fri", "*/5 * * * *", "30 2,23 * * *", "0 0 * * *"])
)
def test_cron_has_one_slot_for_each_local_minute(
    where: tuple[ZoneInfo, dt.date], window: Window, expression: str
) -> None:
    zone, day = where
    due = around(day, Cron(expression=expression), zone, window)
    assert due == sorted(set(due))
    walls = [moment.astimezone(zone).replace(tzinfo=None, fold=0) for moment in due]
    assert len(set(walls)) == len(walls)
    assert all(window.opens <= wall.time() < window.closes for wall in walls)


@given(
    st.one_of(
        st.just(Daily()),
        st.builds(Interval, minutes=st.integers(5, 240)),
        st.builds(Workday, at=minutes_of_day),
        st.builds(Weekly, day=st.sampled_from(WEEKDAYS), at=minutes_of_day),
        st.builds(Monthly, day=st.integers(1, 31), at=minutes_of_day),
        st.builds(Biweekly, days=st.lists(st.integers(1, 31), min_size=2, max_size=2, unique=True), at=minutes_of_day),
        st.builds(TimeOfDayFrequency, at=minutes_of_day),
        st.sampled_from(
            [Cron(expression="*/7 * * * *"), Cron(expression="0 9 29 2 *"), Cron(expression="5 4 * * sun")]
        ),
    ),
    zones,
    days,
    minutes_of_day,
    windows(),
)
def test_each_due_moment_follows_from_the_one_before(
    frequency: Frequency, zone: ZoneInfo, day: dt.date, time: dt.time, window: Window
) -> None:
    start = dt.datetime.combine(day, time, dt.UTC)
    listed = occurrences(frequency, start, zone, window, count=4)
    moment: dt.datetime | None = start
    for expected in listed:
        assert moment is not None
        following = next_due(frequency, moment, zone, window)
        assert following == expected > moment
        assert following.tzinfo is dt.UTC
        assert next_due(frequency, expected - dt.timedelta(microseconds=1), zone, window) == expected
        moment = following


@given(zones, st.dates(dt.date(1990, 1, 1), dt.date(2030, 12, 31)), st.sampled_from(WEEKDAYS), days)
def test_fortnights_are_counted_from_the_week_of_their_start(
    zone: ZoneInfo, start: dt.date, day: str, after: dt.date
) -> None:
    frequency = Fortnightly.model_validate({"day": day, "at": "07:30", "from": start})
    moments = occurrences(frequency, dt.datetime.combine(after, dt.time(0), dt.UTC), zone, WINDOW, count=30)
    dates = [moment.astimezone(zone).date() for moment in moments]
    first_monday = start - dt.timedelta(days=start.weekday())
    for date in dates:
        assert date >= start
        assert WEEKDAYS[date.weekday()] == day
        assert ((date - dt.timedelta(days=date.weekday())) - first_monday).days % 14 == 0
    # A day that the zone skips has no slot.
    assert all((b - a).days == 14 or zone.key.startswith(("Pacific", "Kwaj")) for a, b in pairwise(dates))


@given(zones, days, st.lists(st.integers(1, 31), min_size=2, max_size=2, unique=True))
def test_days_a_month_lacks_are_its_last_day(zone: ZoneInfo, day: dt.date, two: list[int]) -> None:
    start = dt.datetime.combine(day.replace(day=1), dt.time(0), dt.UTC)
    found = {
        moment.astimezone(zone).date()
        for moment in occurrences(Biweekly(days=two, at=dt.time(12)), start, zone, WINDOW, count=60)
    }
    skipped = {dt.date(2011, 12, 30), dt.date(1993, 8, 21), dt.date(1994, 12, 31)}
    for month in range(1, 13):
        last = monthrange(day.year + 1, month)[1]
        of_month = {date.day for date in found if (date.year, date.month) == (day.year + 1, month)}
        expected = {min(one, last) for one in two}
        assert of_month == expected or {dt.date(day.year + 1, month, one) for one in expected - of_month} <= skipped


@pytest.mark.parametrize(
    ("frequency", "expected"),
    [
        (Daily(), ["Fri 2026-11-20 06:00", "Sat 2026-11-21 06:00"]),
        (Interval(minutes=240), ["Fri 2026-11-20 06:00", "Fri 2026-11-20 10:00"]),
        (Workday(at=dt.time(7)), ["Fri 2026-11-20 07:00", "Mon 2026-11-23 07:00"]),
        (Weekly(day="monday", at=dt.time(7, 30)), ["Mon 2026-11-23 07:30", "Mon 2026-11-30 07:30"]),
        (Biweekly(days=[15, 1], at=dt.time(7, 30)), ["Tue 2026-12-01 07:30", "Tue 2026-12-15 07:30"]),
        (Monthly(day=31, at=dt.time(7, 30)), ["Mon 2026-11-30 07:30", "Thu 2026-12-31 07:30"]),
        (TimeOfDayFrequency(at=dt.time(12, 53)), ["Fri 2026-11-20 12:53", "Sat 2026-11-21 12:53"]),
        (Cron(expression="*/20 7-18 * * mon-fri"), ["Fri 2026-11-20 07:00", "Fri 2026-11-20 07:20"]),
        (Cron(expression="0 4,8 * * *"), ["Fri 2026-11-20 08:00", "Sat 2026-11-21 08:00"]),
        (After(), []),
        (Manual(), []),
    ],
)
def test_each_kind_of_frequency(frequency: Frequency, expected: list[str]) -> None:
    assert local(occurrences(frequency, at_local("2026-11-20T00:10"), AMSTERDAM, WINDOW, count=2)) == expected


def test_an_interval_runs_from_the_opening_until_before_the_closing() -> None:
    start = at_local("2026-11-20T00:00")
    due = local(list(due_between(Interval(minutes=60), start, start + dt.timedelta(days=1), AMSTERDAM, WINDOW)))
    assert (len(due), due[0][-5:], due[-1][-5:]) == (17, "06:00", "22:00")


def test_a_fortnight_does_not_start_before_its_start_and_survives_week_53() -> None:
    frequency = Fortnightly.model_validate({"day": "monday", "at": "07:30", "from": dt.date(2026, 12, 16)})
    due = occurrences(frequency, at_local("2026-01-01T00:00"), AMSTERDAM, WINDOW, count=3)
    assert local(due) == ["Mon 2026-12-28 07:30", "Mon 2027-01-11 07:30", "Mon 2027-01-25 07:30"]
    assert due[0].astimezone(AMSTERDAM).isocalendar().week == 53


def test_both_days_of_a_biweekly_task_may_fall_on_the_last_day_of_february() -> None:
    due = occurrences(
        Biweekly(days=[30, 31], at=dt.time(7, 30)), at_local("2026-02-01T00:00"), AMSTERDAM, WINDOW, count=3
    )
    assert local(due) == ["Sat 2026-02-28 07:30", "Mon 2026-03-30 07:30", "Tue 2026-03-31 07:30"]


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        ("Europe/Amsterdam", "2026-03-29", "02:30", "2026-03-29 03:00"),
        ("Europe/Amsterdam", "2026-10-25", "02:30", "2026-10-25 02:30"),
        ("America/Sao_Paulo", "2018-11-04", "00:30", "2018-11-04 01:00"),
        ("Asia/Beirut", "2024-03-31", "00:00", "2024-03-31 01:00"),
        ("Africa/Cairo", "2024-04-26", "00:15", "2024-04-26 01:00"),
        ("America/St_Johns", "2010-03-14", "00:30", "2010-03-14 01:01"),
        ("Australia/Lord_Howe", "2026-10-04", "02:10", "2026-10-04 02:30"),
        ("Antarctica/Troll", "2026-03-29", "01:30", "2026-03-29 03:00"),
        ("America/Scoresbysund", "2026-03-28", "23:20", "2026-03-28 22:59"),
        ("Pacific/Apia", "2011-12-30", "12:00", None),
    ],
)
def test_changes_of_the_clock(zone: str, day: str, at: str, expected: str | None) -> None:
    where = ZoneInfo(zone)
    due = around(dt.date.fromisoformat(day), TimeOfDayFrequency.model_validate({"at": at}), where, WHOLE_DAY)
    found = [f"{moment.astimezone(where):%Y-%m-%d %H:%M}" for moment in due]
    assert [text for text in found if text.startswith(day)] == ([] if expected is None else [expected])


def test_a_time_that_exists_twice_is_the_first_of_the_two() -> None:
    due = next_due(TimeOfDayFrequency(at=dt.time(2, 30)), at_local("2026-10-25T00:00"), AMSTERDAM, WHOLE_DAY)
    assert due == dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)


def test_an_interval_leaves_out_the_time_before_the_opening_that_comes_again() -> None:
    window = Window(opens=dt.time(2, 30), closes=dt.time(3, 30))
    start = at_local("2026-10-25T00:00")
    due = due_between(Interval(minutes=15), start, start + dt.timedelta(hours=12), AMSTERDAM, window)
    assert [f"{moment:%H:%M}" for moment in due] == ["00:30", "00:45", "01:30", "01:45", "02:00", "02:15"]


def test_a_gap_at_the_end_of_the_window_moves_a_slot_back_into_it() -> None:
    nuuk = ZoneInfo("America/Nuuk")
    due = around(dt.date(2022, 3, 26), TimeOfDayFrequency(at=dt.time(22, 30)), nuuk, WINDOW)
    assert "Sat 2022-03-26 21:59" in local(due, nuuk)


def test_cron_in_a_gap_fires_once_at_its_end() -> None:
    start = at_local("2026-03-29T01:50")
    due = occurrences(Cron(expression="*/20 * * * *"), start, AMSTERDAM, WHOLE_DAY, count=3)
    assert local(due) == ["Sun 2026-03-29 03:00", "Sun 2026-03-29 03:20", "Sun 2026-03-29 03:40"]


def test_cron_that_never_meets_the_window_has_no_moment() -> None:
    assert next_due(Cron(expression="*/5 0-5,23 * * *"), at_local("2026-01-01T00:00"), AMSTERDAM, WINDOW) is None


def test_a_time_outside_the_window_is_never_due() -> None:
    for time in (dt.time(5, 59), dt.time(23)):
        assert next_due(TimeOfDayFrequency(at=time), at_local("2026-01-01T00:00"), AMSTERDAM, WINDOW) is None


def test_system_tasks_have_no_window() -> None:
    start = at_local("2026-11-20T12:00")
    assert local(occurrences(TimeOfDayFrequency(at=dt.time(23, 59)), start, AMSTERDAM, None, count=1)) == [
        "Fri 2026-11-20 23:59"
    ]
    assert local(occurrences(Daily(), start, AMSTERDAM, None, count=1)) == ["Sat 2026-11-21 00:00"]
    whole_day = due_between(Interval(minutes=240), start, start + dt.timedelta(days=1), AMSTERDAM, None)
    assert len(list(whole_day)) == 6


@pytest.mark.parametrize(
    ("country", "start", "expected"),
    [
        ("NL", "2026-04-24T12:00", "Tue 2026-04-28 07:00"),
        ("DE-BY", "2026-01-05T12:00", "Wed 2026-01-07 07:00"),
        ("DE", "2026-01-05T12:00", "Tue 2026-01-06 07:00"),
    ],
)
def test_workdays_leave_out_the_holidays_of_a_country_or_region(country: str, start: str, expected: str) -> None:
    frequency = Workday(at=dt.time(7), skip_holidays=True)
    due = next_due(frequency, at_local(start), AMSTERDAM, WINDOW, holidays=HolidayCalendar(country))
    assert due is not None
    assert local([due]) == [expected]


def test_holidays_count_only_where_the_task_asks_so() -> None:
    due = next_due(
        Workday(at=dt.time(7)), at_local("2026-04-24T12:00"), AMSTERDAM, WINDOW, holidays=HolidayCalendar("NL")
    )
    assert due is not None
    assert local([due]) == ["Mon 2026-04-27 07:00"]


def test_bounds_are_after_the_start_and_with_the_end() -> None:
    first, second = at_local("2026-11-20T06:00"), at_local("2026-11-20T06:30")
    assert list(due_between(Interval(minutes=30), first, second, AMSTERDAM, WINDOW)) == [second]


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        next_due(Daily(), dt.datetime(2026, 1, 1), AMSTERDAM, WINDOW)  # noqa: DTZ001 - that is the point


def test_the_end_of_the_calendar_is_the_end() -> None:
    late = dt.datetime(9998, 12, 30, tzinfo=dt.UTC)
    for frequency in (Daily(), Interval(minutes=5), Monthly(day=1, at=dt.time(7)), Cron(expression="0 7 * * *")):
        assert len(list(due_between(frequency, late, late + dt.timedelta(days=300), AMSTERDAM, WINDOW))) < 500
