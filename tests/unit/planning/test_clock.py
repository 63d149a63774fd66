from __future__ import annotations

import datetime as dt
import logging
import threading
from typing import TYPE_CHECKING

import pytest
from support.waiting import PATIENCE

from core.planning.clock import Clock, Due, _At, _WakefulStore

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

START = dt.datetime(2026, 11, 20, 7, 0, tzinfo=dt.UTC)


def every(minutes: int) -> Callable[[dt.datetime], dt.datetime]:
    step = dt.timedelta(minutes=minutes)
    return lambda after: START + ((after - START) // step + 1) * step


def minutes(count: float) -> dt.datetime:
    return START + dt.timedelta(minutes=count)


class Hand:
    """A clock moved by hand, and what it fired."""

    def __init__(self) -> None:
        self.time = START
        self.fired: list[tuple[str, dt.datetime]] = []
        self.calls: list[Sequence[Due]] = []
        self.clock = Clock(self.fire, now=lambda: self.time)

    def fire(self, due: Sequence[Due]) -> None:
        self.calls.append(due)
        self.fired.extend((one.key, one.at) for one in due)

    def move_to(self, time: dt.datetime) -> None:
        self.time = time
        self.clock.tick()


@pytest.fixture
def hand() -> Hand:
    return Hand()


def test_a_plan_fires_at_each_of_its_moments(hand: Hand) -> None:
    hand.clock.plan("a", every(30))
    assert hand.clock.next_run("a") == minutes(30)
    hand.move_to(minutes(29.99))
    assert hand.fired == []
    hand.move_to(minutes(30))
    hand.move_to(minutes(30.5))
    hand.move_to(minutes(60))
    assert hand.fired == [("a", minutes(30)), ("a", minutes(60))]


def test_what_is_due_together_is_told_together_in_order(hand: Hand) -> None:
    hand.clock.replace_all({"b": every(30), "a": every(30), "c": every(60), "never": lambda _: None})
    hand.move_to(minutes(30.1))
    assert [[due.key for due in call] for call in hand.calls] == [["a", "b"]]
    assert hand.clock.next_run("never") is None
    assert hand.clock.next_run("unknown") is None


def test_after_a_jump_each_plan_is_told_its_latest_moment_once(hand: Hand) -> None:
    hand.clock.replace_all({"often": every(5), "hourly": every(60)})
    hand.move_to(minutes(61))
    assert hand.calls == [
        [Due("hourly", minutes(60), minutes(60)), Due("often", minutes(60), minutes(5))],
    ]
    assert hand.clock.next_run("often") == minutes(65)


def test_a_cancelled_plan_is_silent(hand: Hand) -> None:
    hand.clock.plan("a", every(30))
    hand.clock.cancel("a")
    hand.clock.cancel("a")
    hand.move_to(minutes(31))
    assert hand.fired == []
    assert hand.clock.next_run("a") is None


def test_planning_anew_replaces_and_never_fires_twice(hand: Hand) -> None:
    hand.clock.plan("a", every(30))
    hand.clock.plan("a", every(60))
    hand.clock.plan("a", every(30))
    hand.move_to(minutes(30))
    hand.clock.replace_all({"a": every(30)})
    hand.move_to(minutes(30.5))
    assert hand.fired == [("a", minutes(30))]
    hand.clock.replace_all({"b": every(30)})
    hand.move_to(minutes(60))
    assert hand.fired == [("a", minutes(30)), ("b", minutes(60))]


def test_a_moment_that_came_just_before_planning_anew_is_kept(hand: Hand) -> None:
    hand.clock.plan("a", every(30))
    hand.time = minutes(30.01)
    hand.clock.replace_all({"a": every(60)})
    hand.move_to(minutes(30.02))
    assert hand.fired == [("a", minutes(30))]
    assert hand.clock.next_run("a") == minutes(60)


def test_planning_from_an_earlier_moment_leaves_no_hole(hand: Hand) -> None:
    hand.time = minutes(31)
    hand.clock.plan("a", every(30), after=minutes(29))
    hand.clock.tick()
    assert hand.fired == [("a", minutes(30))]


def test_a_clock_set_back_is_planned_anew(hand: Hand) -> None:
    hand.time = minutes(365 * 24 * 60)
    hand.clock.plan("a", every(30))
    hand.clock.plan("none", lambda _: None)
    hand.move_to(START)
    assert hand.clock.next_run("a") == minutes(30)
    hand.move_to(minutes(30))
    assert hand.fired == [("a", minutes(30))]


def test_a_clock_set_back_keeps_what_was_planned_before_and_came_meanwhile(hand: Hand) -> None:
    hand.clock.plan("before", every(30))
    hand.time = minutes(600)
    hand.clock.plan("ahead", every(30))
    hand.move_to(minutes(30.5))
    assert hand.fired == [("before", minutes(30))]
    assert hand.clock.next_run("ahead") == minutes(60)


def test_a_small_step_back_tells_nothing_twice(hand: Hand) -> None:
    hand.clock.plan("a", every(30))
    hand.move_to(minutes(30))
    hand.move_to(minutes(29.5))
    hand.move_to(minutes(30.5))
    assert hand.fired == [("a", minutes(30))]


def test_one_bad_plan_does_not_stop_the_others(hand: Hand, caplog: pytest.LogCaptureFixture) -> None:
    def breaks(after: dt.datetime) -> dt.datetime:
        if after > START:
            raise RuntimeError("no more")
        return minutes(30)

    hand.clock.plan("bad", breaks)
    hand.clock.plan("good", every(30))
    with caplog.at_level(logging.ERROR):
        hand.move_to(minutes(30))
    hand.move_to(minutes(60))
    assert hand.fired == [("bad", minutes(30)), ("good", minutes(30)), ("good", minutes(60))]
    assert "a plan came to its end" in caplog.text


def test_an_error_in_fire_is_logged_and_the_clock_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    times = iter([minutes(0), minutes(0), minutes(30), minutes(60)])
    calls: list[dt.datetime] = []

    def fire(due: Sequence[Due]) -> None:
        calls.append(due[0].at)
        raise RuntimeError("the engine stumbles")

    clock = Clock(fire, now=lambda: next(times))
    clock.plan("a", every(30))
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            clock.tick()
    assert calls == [minutes(30), minutes(60)]
    assert "the engine stumbles" in caplog.text


def test_ten_thousand_plans_are_one_call(hand: Hand) -> None:
    hand.clock.replace_all({f"task-{n:05}": every(30) for n in range(10_000)})
    hand.move_to(minutes(30))
    assert [len(call) for call in hand.calls] == [10_000]


def test_apscheduler_wakes_the_clock_on_time_again_and_again() -> None:
    enough = threading.Event()
    fired: list[dt.datetime] = []
    early: list[dt.datetime] = []

    def fire(due: Sequence[Due]) -> None:
        early.extend(one.at for one in due if one.at > dt.datetime.now(dt.UTC))
        fired.extend(one.at for one in due)
        if len(fired) >= 3:
            enough.set()

    clock = Clock(fire)
    step = dt.timedelta(milliseconds=20)
    clock.plan("far", lambda after: after + dt.timedelta(days=1))
    clock.start()
    try:
        clock.plan("near", lambda after: after + step)
        assert enough.wait(PATIENCE)
    finally:
        clock.shutdown()
    assert fired == sorted(set(fired))
    assert early == []
    clock.shutdown()


def test_fire_may_plan_and_cancel() -> None:
    told = threading.Event()

    def fire(due: Sequence[Due]) -> None:
        for one in due:
            if one.key == "first":
                clock.cancel("first")
                clock.plan("second", lambda after: after + dt.timedelta(milliseconds=5))
            else:
                told.set()

    clock = Clock(fire)
    clock.plan("first", lambda after: after + dt.timedelta(milliseconds=5))
    clock.start()
    try:
        assert told.wait(PATIENCE)
    finally:
        clock.shutdown()
    assert clock.next_run("first") is None


def test_many_threads_planning_lose_no_alarm() -> None:
    waiting = {f"{thread}-{n}" for thread in range(8) for n in range(25)}
    done = threading.Event()

    def fire(due: Sequence[Due]) -> None:
        waiting.difference_update(one.key for one in due)
        if not waiting:
            done.set()

    clock = Clock(fire)
    clock.start()

    def plan(thread: int) -> None:
        for n in range(25):
            once = iter([dt.datetime.now(dt.UTC) + dt.timedelta(milliseconds=(n * 7 + thread) % 40)])
            clock.plan(f"{thread}-{n}", lambda _, once=once: next(once, None))  # type: ignore[misc]

    threads = [threading.Thread(target=plan, args=(thread,)) for thread in range(8)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        assert done.wait(PATIENCE), waiting
    finally:
        clock.shutdown()


def test_beside_a_clock_of_ones_own_the_alarm_is_as_far_away_as_the_moment(hand: Hand) -> None:
    hand.time = dt.datetime(2001, 1, 1, 7, 0, tzinfo=dt.UTC)
    hand.clock.plan("a", every(30))
    hand.clock.start()
    try:
        scheduler = hand.clock._scheduler
        assert scheduler is not None
        away = scheduler.get_job("tick").next_run_time - dt.datetime.now(dt.UTC)
        assert dt.timedelta(minutes=25) < away <= dt.timedelta(minutes=30)
    finally:
        hand.clock.shutdown()


def test_a_tick_that_came_too_early_sets_the_alarm_again(hand: Hand) -> None:
    hand.clock.plan("a", every(30))
    hand.clock.start()
    try:
        scheduler = hand.clock._scheduler
        assert scheduler is not None
        scheduler.remove_job("tick")
        hand.clock.tick()
        assert scheduler.get_job("tick") is not None
    finally:
        hand.clock.shutdown()


class _Job:
    def __init__(self, moment: dt.datetime) -> None:
        self.id = "tick"
        self.next_run_time = moment


def test_the_scheduler_looks_at_the_time_every_thirty_seconds() -> None:
    store = _WakefulStore()
    assert store.get_next_run_time() - dt.datetime.now(dt.UTC) <= dt.timedelta(seconds=30)
    store.add_job(_Job(dt.datetime.now(dt.UTC) + dt.timedelta(days=1)))
    assert store.get_next_run_time() - dt.datetime.now(dt.UTC) <= dt.timedelta(seconds=30)
    store.remove_job("tick")
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
    store.add_job(_Job(soon))
    assert store.get_next_run_time() == soon


def test_a_time_of_day_that_went_back_sets_off_the_alarm() -> None:
    store = _WakefulStore()
    job = _Job(minutes(60))
    store.add_job(job)
    assert store.get_due_jobs(minutes(55)) == []
    assert store.get_due_jobs(minutes(10)) == [job]
    assert job.next_run_time == minutes(10)


def test_the_scheduler_ticks_at_once_when_the_time_of_day_went_back() -> None:
    ticked = threading.Event()
    here = threading.current_thread()

    def now() -> dt.datetime:
        if threading.current_thread() is not here:
            ticked.set()
        return dt.datetime.now(dt.UTC)

    clock = Clock(lambda _: None, now=now)
    clock.plan("far", lambda after: after + dt.timedelta(days=1))
    clock.start()
    try:
        scheduler = clock._scheduler
        assert scheduler is not None
        assert not ticked.is_set()
        scheduler._jobstores["default"]._looked_at = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
        scheduler.wakeup()
        assert ticked.wait(PATIENCE)
    finally:
        clock.shutdown()


def test_the_alarm_goes_off_once() -> None:
    alarm = _At(START)
    assert alarm.get_next_fire_time(None, START) == START
    assert alarm.get_next_fire_time(START, START) is None
