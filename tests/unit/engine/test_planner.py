from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from support.engine_desk import (
    NOW,
    FakeRunner,
    follower,
    import_task,
    settle,
    some_task,
    tick,
)
from support.waiting import PATIENCE

from core.config.frequency import TimeOfDayFrequency
from core.config.load import load
from core.engine.api.rights import Right
from core.engine.board import Board
from core.engine.dispatcher import Dispatcher
from core.engine.gate import Gate
from core.engine.planner import Planner
from core.engine.starter import Starter
from core.errors import StoreError
from core.runs import Actor, RunState, Trigger
from core.store.journal.occurrences import Occurrence

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.engine_desk import Time

    from core.engine.active import ActiveRun
    from core.engine.engine import Engine
    from core.store.journal import Journal

    OpenEngine = Callable[..., tuple[Engine, FakeRunner]]
    Site = Callable[..., Path]

HALF_PAST = NOW + dt.timedelta(minutes=30)
DAY = dt.timedelta(days=1)
EVERY_HALF_HOUR = 'kind = "interval", minutes = 30'


def occurrences(engine: Engine, task: str) -> list[Occurrence]:
    return engine.workspace.journal.occurrences.of_task(task)[::-1]


def assert_balanced(engine: Engine, *, due: int) -> None:
    ledger = engine.workspace.journal.occurrences.ledger()
    assert ledger.balanced
    assert ledger.due == due


def triggers(engine: Engine, task: str) -> list[Trigger]:
    return [row.trigger for row in engine.workspace.journal.runs.latest(task)][::-1]


def next_run(engine: Engine, task: str) -> dt.datetime | None:
    view = engine.board.task(task)
    assert view is not None
    return view.next_run


def fail_once(engine: Engine, monkeypatch: pytest.MonkeyPatch, part: str, method: str) -> None:
    """Let a method of the journal answer once as on a full disk."""
    place = getattr(engine.workspace.journal, part)
    works = getattr(place, method)

    def full(*given: object, **named: object) -> object:
        monkeypatch.setattr(place, method, works)
        raise StoreError("The journal cannot be written: the disk is full.")

    monkeypatch.setattr(place, method, full)


def test_what_is_due_together_is_a_wave(site: Site, open_engine: OpenEngine, time: Time) -> None:
    weekly = 'kind = "weekly", day = "friday", at = "07:30"'
    engine, runner = open_engine(site(import_task("c", 30), import_task("a", 10, weekly), import_task("b", 20)))
    assert next_run(engine, "a") == next_run(engine, "b") == HALF_PAST
    time.move(minutes=29)
    tick(engine)
    assert runner.started == []
    time.move(minutes=1)
    tick(engine)
    settle(engine, runner)
    assert runner.started == ["a", "b", "c"]
    (occurrence,) = occurrences(engine, "a")
    (row,) = engine.workspace.journal.runs.latest("a")
    assert occurrence == Occurrence("a", HALF_PAST, run=row.id)
    assert (row.trigger, row.requested_by, row.queued_at) == (Trigger.PLANNED, "pendel", HALF_PAST)
    assert_balanced(engine, due=3)
    assert next_run(engine, "a") == HALF_PAST + 7 * DAY
    assert next_run(engine, "b") == HALF_PAST + DAY


def test_a_moment_runs_once_though_the_clock_is_set_back(site: Site, open_engine: OpenEngine, time: Time) -> None:
    engine, runner = open_engine(site(import_task("a")))
    for _ in range(3):
        time.now = HALF_PAST
        tick(engine)
        settle(engine, runner)
        time.now = NOW
        tick(engine)
    assert runner.started == ["a"]
    assert_balanced(engine, due=1)


def test_a_task_that_still_runs_is_skipped_with_that_reason(site: Site, open_engine: OpenEngine, time: Time) -> None:
    engine, runner = open_engine(site(import_task("a", frequency=EVERY_HALF_HOUR), import_task("b")))
    runner.hold("a")
    time.move(minutes=30)
    tick(engine)
    runner.wait_started("a", "b")
    time.move(minutes=30)
    tick(engine)
    first, second = occurrences(engine, "a")
    assert first.run is not None
    assert second.skipped == f"run {first.run} of the task, queued at 07:30, has not ended"
    runner.release()
    settle(engine, runner)
    time.move(minutes=30)
    tick(engine)
    settle(engine, runner)
    assert runner.started.count("a") == 2
    assert_balanced(engine, due=4)


def test_a_dry_run_by_hand_does_not_use_up_a_moment(site: Site, open_engine: OpenEngine, time: Time) -> None:
    engine, runner = open_engine(site(import_task("a")))
    Gate(engine, Actor("anna")).start_tasks(["a"], dry_run=True)
    settle(engine, runner)
    Gate(engine, Actor("anna")).start_tasks(["a"])
    settle(engine, runner)
    assert_balanced(engine, due=0)
    time.move(minutes=30)
    tick(engine)
    settle(engine, runner)
    assert triggers(engine, "a") == [Trigger.MANUAL, Trigger.MANUAL, Trigger.PLANNED]


def test_an_inactive_task_is_not_planned(site: Site, open_engine: OpenEngine, time: Time) -> None:
    engine, runner = open_engine(site(import_task("a", active="false")))
    time.move(days=3)
    tick(engine)
    settle(engine, runner)
    assert next_run(engine, "a") is None
    assert "a" not in runner.started


# -- missed while Pendel was not running --


def test_what_was_missed_runs_once(site: Site, open_engine: OpenEngine, time: Time) -> None:
    config = site(import_task("a", frequency=EVERY_HALF_HOUR), import_task("b", 5), import_task("c", 1))
    engine, _ = open_engine(config)
    engine.shutdown(stop_runs=True)
    time.move(hours=3, minutes=10)
    engine, runner = open_engine(config)
    settle(engine, runner)
    assert [task for task in runner.started if task in "abc"] == ["c", "b", "a"]
    found = occurrences(engine, "a")
    assert [one.due_at for one in found] == [NOW + dt.timedelta(minutes=30 * step) for step in range(1, 7)]
    assert found[-1].run is not None
    assert {one.skipped for one in found[:-1]} == {"missed; the one of 2026-11-20 10:00 makes up for it"}
    assert triggers(engine, "a") == triggers(engine, "b") == [Trigger.MISSED]
    assert_balanced(engine, due=8)


def test_what_was_missed_can_be_skipped(site: Site, open_engine: OpenEngine, time: Time) -> None:
    config = site(
        import_task("a", frequency=EVERY_HALF_HOUR), import_task("b", missed='"run_once"'), engine='missed = "skip"'
    )
    engine, _ = open_engine(config)
    engine.shutdown(stop_runs=True)
    time.move(hours=1, minutes=10)
    engine, runner = open_engine(config)
    settle(engine, runner)
    assert runner.started == ["b"]
    assert [one.skipped for one in occurrences(engine, "a")] == ["missed, and the task does not make up for it"] * 2
    assert_balanced(engine, due=3)


def test_nothing_is_missed_before_a_task_was_planned(site: Site, open_engine: OpenEngine, time: Time) -> None:
    engine, _ = open_engine(site(import_task("a", active="false"), import_task("b")))
    engine.shutdown(stop_runs=True)
    time.move(days=2)
    engine, runner = open_engine(site(import_task("a"), import_task("b"), import_task("c")))
    settle(engine, runner)
    assert [task for task in runner.started if len(task) == 1] == ["b"]
    assert occurrences(engine, "a") == occurrences(engine, "c") == []


def test_what_ran_before_the_end_of_the_engine_is_not_missed(site: Site, open_engine: OpenEngine, time: Time) -> None:
    config = site(import_task("a"))
    engine, runner = open_engine(config)
    time.move(minutes=30)
    tick(engine)
    settle(engine, runner)
    engine.shutdown(stop_runs=True)
    time.move(minutes=1)
    engine, runner = open_engine(config)
    settle(engine, runner)
    assert runner.started == []
    assert_balanced(engine, due=1)


def test_a_run_that_goes_on_after_a_crash_is_not_doubled_by_what_was_missed(
    site: Site, open_engine: OpenEngine, time: Time
) -> None:
    config = site(import_task("a", frequency=EVERY_HALF_HOUR))
    engine, runner = open_engine(config)
    time.move(minutes=30)
    tick(engine)
    settle(engine, runner)
    (run,) = [active.id for active in runner.runs]
    # As if the process had ended in the middle of it.
    engine.workspace.journal._database.execute("UPDATE run SET state = 'running', ended_at = NULL")
    engine.shutdown(stop_runs=True)
    time.move(hours=1)
    engine, runner = open_engine(config, hold=("a",))
    runner.wait_started("a")
    runner.release()
    settle(engine, runner)
    assert runner.started == ["a"]
    assert [active.id for active in runner.runs] == [run]
    assert f"run {run} of the task" in str(occurrences(engine, "a")[-1].skipped)
    assert_balanced(engine, due=3)


# -- the machine slept --


def test_moments_passed_over_while_the_machine_slept_are_made_up_for_once(
    site: Site, open_engine: OpenEngine, time: Time
) -> None:
    engine, runner = open_engine(site(import_task("a", frequency=EVERY_HALF_HOUR), import_task("b")))
    time.move(hours=2, minutes=10)
    tick(engine)
    settle(engine, runner)
    assert sorted(runner.started) == ["a", "b"]
    *passed, last = occurrences(engine, "a")
    assert last.run is not None
    assert last.due_at == NOW + dt.timedelta(hours=2)
    assert {one.skipped for one in passed} == {
        "passed over while the machine slept; the one of 2026-11-20 09:00 makes up for it"
    }
    assert triggers(engine, "a") == [Trigger.MISSED]
    assert_balanced(engine, due=5)


def test_a_task_that_makes_up_for_nothing_does_not_after_a_sleep_either(
    site: Site, open_engine: OpenEngine, time: Time
) -> None:
    engine, runner = open_engine(site(import_task("a", frequency=EVERY_HALF_HOUR, missed='"skip"')))
    time.move(hours=1, minutes=10)
    tick(engine)
    settle(engine, runner)
    assert runner.started == []
    assert {one.skipped for one in occurrences(engine, "a")} == {
        "passed over while the machine slept; the task does not make up for it"
    }
    assert_balanced(engine, due=2)
    time.move(minutes=20)
    tick(engine)
    settle(engine, runner)
    assert triggers(engine, "a") == [Trigger.PLANNED]


def test_a_minute_of_delay_is_no_miss(site: Site, open_engine: OpenEngine, time: Time) -> None:
    engine, runner = open_engine(site(import_task("a", missed='"skip"')))
    time.move(minutes=31)
    tick(engine)
    settle(engine, runner)
    assert triggers(engine, "a") == [Trigger.PLANNED]


# -- frequency after --


def test_a_follower_starts_when_all_it_names_have_ended(site: Site, open_engine: OpenEngine, time: Time) -> None:
    engine, runner = open_engine(
        site(import_task("a"), import_task("b", frequency='kind = "manual"'), follower("c", "a", "b"))
    )
    gate = Gate(engine, Actor("anna"))
    for rounds in (1, 2):
        time.move(days=1)
        tick(engine)
        settle(engine, runner)
        assert (runner.started.count("a"), runner.started.count("c")) == (rounds, rounds - 1)
        gate.start_tasks(["b"])
        settle(engine, runner)
        assert runner.started[-2:] == ["b", "c"]
    assert runner.started.count("c") == 2
    assert triggers(engine, "c") == [Trigger.AFTER, Trigger.AFTER]
    assert all(one.run for one in occurrences(engine, "c"))
    assert engine.workspace.journal.occurrences.ledger().balanced


def test_a_follower_that_was_started_with_what_it_follows_runs_once(
    site: Site, open_engine: OpenEngine, time: Time
) -> None:
    engine, runner = open_engine(site(import_task("a", frequency='kind = "manual"'), follower("c", "a")))
    runner.hold("a")
    first, second = Gate(engine, Actor("anna")).start_tasks(["a", "c"])
    runner.wait_started("a")
    time.move(minutes=1)
    runner.release()
    settle(engine, runner)
    assert runner.started == ["a", "c"]
    assert [(one.run, one.skipped) for one in occurrences(engine, "c")] == [(second, None)]
    assert first != second


def test_followers_of_a_failure_are_skipped_down_the_line_or_run(
    site: Site, open_engine: OpenEngine, time: Time
) -> None:
    engine, runner = open_engine(
        site(import_task("a"), follower("b", "a"), follower("c", "b"), follower("d", "a", on_failure="run"))
    )
    runner.outcomes["a"] = RunState.FAILED
    time.move(minutes=30)
    tick(engine)
    settle(engine, runner)
    assert runner.started == ["a", "d"]
    assert [one.skipped for one in occurrences(engine, "b")] == ["it comes after a (failed)"]
    assert [one.skipped for one in occurrences(engine, "c")] == ["it comes after b (skipped)"]
    assert_balanced(engine, due=4)


def test_a_dry_run_is_followed_by_nothing(site: Site, open_engine: OpenEngine) -> None:
    engine, runner = open_engine(site(import_task("a"), follower("b", "a")))
    Gate(engine, Actor("anna")).start_tasks(["a"], dry_run=True)
    settle(engine, runner)
    assert runner.started == ["a"]


def test_what_ended_beside_the_planning_engine_is_followed_when_it_starts(
    site: Site, open_engine: OpenEngine, time: Time
) -> None:
    config = site(import_task("a"), follower("b", "a"))
    engine, _ = open_engine(config)
    engine.shutdown(stop_runs=True)
    time.move(minutes=1)
    engine, runner = open_engine(config, plan=False)
    Gate(engine, Actor("anna")).start_tasks(["a"])
    settle(engine, runner)
    assert runner.started == ["a"], "an engine that does not plan starts nothing by itself"
    engine.shutdown(stop_runs=True)
    time.move(minutes=1)
    engine, runner = open_engine(config)
    settle(engine, runner)
    assert runner.started == ["b"]


# -- system tasks --


def test_system_tasks_go_before_user_tasks_that_are_due_with_them(
    site: Site, open_engine: OpenEngine, time: Time
) -> None:
    engine, runner = open_engine(site(import_task("a", 0), more='[retention]\nat = "07:30"'))
    runner.hold("system-retention")
    time.move(minutes=30)
    tick(engine)
    runner.wait_started("system-retention")
    engine.dispatcher.refresh_reasons()
    view = engine.board.task("a")
    assert view is not None
    assert view.run is not None
    assert view.run.waits_for == "waits for system-retention: system tasks go first"
    runner.release()
    settle(engine, runner)
    assert runner.started == ["system-retention", "system-backup", "a"]


def test_system_tasks_go_first_also_when_they_were_due_later(site: Site, open_engine: OpenEngine, time: Time) -> None:
    engine, runner = open_engine(site(import_task("a")))
    time.move(days=1)
    tick(engine)
    settle(engine, runner)
    assert runner.started == ["system-retention", "system-backup", "a"]


def test_system_tasks_are_not_bound_to_the_window(site: Site, open_engine: OpenEngine, time: Time) -> None:
    engine, runner = open_engine(site())
    assert next_run(engine, "system-retention") == dt.datetime(2026, 11, 21, 3, 0, tzinfo=dt.UTC)
    time.now = dt.datetime(2026, 11, 21, 3, 0, tzinfo=dt.UTC)
    tick(engine)
    settle(engine, runner)
    assert runner.started == ["system-retention", "system-backup"]


def test_on_sundays_the_stores_are_looked_at_between_clean_up_and_backup(
    site: Site, open_engine: OpenEngine, time: Time
) -> None:
    engine, runner = open_engine(site())
    time.now = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)
    tick(engine)
    settle(engine, runner)
    assert runner.started == ["system-retention", "system-integrity", "system-backup"]


# -- settings that change --


def test_changed_settings_are_planned_at_once(site: Site, open_engine: OpenEngine, time: Time) -> None:
    engine, runner = open_engine(site(import_task("a"), import_task("b")))
    site(import_task("a", frequency='kind = "time_of_day", at = "08:00"'), import_task("c"))
    engine.reload()
    assert next_run(engine, "a") == NOW + dt.timedelta(hours=1)
    assert next_run(engine, "c") == HALF_PAST
    assert engine.board.task("b") is None
    time.move(minutes=30)
    tick(engine)
    settle(engine, runner)
    assert runner.started == ["c"]


def test_a_change_outside_is_noticed_within_half_a_minute(site: Site, open_engine: OpenEngine, time: Time) -> None:
    engine, _ = open_engine(site(import_task("a")))
    site(import_task("a"), import_task("b"), engine="max_parallel_runs = 2")
    time.move(seconds=30)
    tick(engine)
    assert next_run(engine, "b") == HALF_PAST
    assert engine.dispatcher._slots == 2


def test_a_change_that_cannot_be_used_is_shown_and_logged_once(site: Site, open_engine: OpenEngine, time: Time) -> None:
    engine, runner = open_engine(site(import_task("a")))
    good = site(import_task("a")).read_text()
    site(import_task("a", 10, "kind = 'dayly'"))
    for _ in range(3):
        time.move(seconds=30)
        tick(engine)
    snapshot = engine.board.snapshot(-1, log_number=0, right=Right.ADMINISTER)
    assert snapshot is not None
    assert snapshot.notice.startswith("The changed configuration is not used: ")
    lines = [line.text for line in engine.sinks.ring.after(0, 100)]
    assert len([line for line in lines if "not used" in line]) == 1
    time.now = HALF_PAST
    tick(engine)
    settle(engine, runner)
    assert runner.started == ["a"], "the one in use stays in use"
    engine.workspace.config.path.write_text(good)
    time.move(seconds=30)
    tick(engine)
    snapshot = engine.board.snapshot(-1, log_number=0, right=Right.ADMINISTER)
    assert snapshot is not None
    assert snapshot.notice == ""


def test_a_fault_in_taking_in_a_change_does_not_cost_what_is_due(
    site: Site, open_engine: OpenEngine, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, runner = open_engine(site(import_task("a")))

    def fault() -> None:
        raise ValueError("nobody thought of this")

    monkeypatch.setattr(engine, "reload", fault)
    time.now = HALF_PAST
    tick(engine)
    settle(engine, runner)
    assert runner.started == ["a"]
    assert any("fault in Pendel" in line.text for line in engine.sinks.ring.after(0, 100))


def test_new_fields_are_taken_in_while_the_catalogue_is_open(site: Site, open_engine: OpenEngine) -> None:
    engine, _ = open_engine(site(import_task("a")))
    catalogue = engine.workspace.catalogue
    site(import_task("a"), more='[entities.article.fields]\nbin = { type = "text" }')
    engine.reload()
    assert engine.workspace.catalogue is catalogue
    assert "bin" in {field.name for field in engine.workspace.config.entities["article"].fields.values()}


# -- a journal that cannot be written --


@pytest.mark.parametrize(("part", "method"), [("runs", "queue"), ("occurrences", "add"), ("occurrences", "known")])
def test_what_cannot_be_written_is_owed_and_started_with_its_own_moment(
    site: Site, open_engine: OpenEngine, time: Time, monkeypatch: pytest.MonkeyPatch, part: str, method: str
) -> None:
    engine, runner = open_engine(site(import_task("a"), import_task("b", 20)))
    alive = engine.workspace.journal.plans.last_alive()
    time.now = HALF_PAST
    fail_once(engine, monkeypatch, part, method)
    tick(engine)
    assert runner.started == []
    assert engine.workspace.journal.plans.last_alive() == alive, "else a restart now would not look for what was due"
    assert any("is tried again" in line.text for line in engine.sinks.ring.after(0, 100))
    time.move(seconds=30)
    tick(engine)
    settle(engine, runner)
    assert runner.started == ["a", "b"]
    assert [one.due_at for one in occurrences(engine, "a")] == [HALF_PAST]
    assert triggers(engine, "a") == [Trigger.PLANNED]
    assert engine.workspace.journal.plans.last_alive() == time.now
    assert_balanced(engine, due=2)


def test_a_follower_that_cannot_be_written_is_tried_again(
    site: Site, open_engine: OpenEngine, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, runner = open_engine(site(import_task("a", frequency='kind = "manual"'), follower("b", "a")))
    runner.hold("a")
    Gate(engine, Actor("anna")).start_tasks(["a"])
    runner.wait_started("a")
    fail_once(engine, monkeypatch, "occurrences", "known")
    runner.release()
    settle(engine, runner)
    assert runner.started == ["a"]
    time.move(seconds=30)
    tick(engine)
    settle(engine, runner)
    assert runner.started == ["a", "b"]
    assert_balanced(engine, due=1)


# -- many at once --


def test_ten_thousand_tasks_due_at_once_run_in_order(site: Site, journal: Journal, time: Time) -> None:
    runner = FakeRunner(None)
    board = Board("config.toml", ZoneInfo("UTC"))
    planners: list[Planner] = []

    def ended(run: ActiveRun) -> None:
        planners[0].run_ended(run)

    dispatcher = Dispatcher(
        runner=runner,  # type: ignore[arg-type]
        board=board,
        journal=journal,
        slots=4,
        now=time,
        on_ended=ended,
    )
    starter = Starter(journal=journal, dispatcher=dispatcher, now=time, is_system=lambda _: False, writes=lambda _: ())
    planner = Planner(
        config=load(site()), journal=journal, board=board, starter=starter, now=time, on_heartbeat=lambda: None
    )
    planners.append(planner)
    frequency = TimeOfDayFrequency(at=dt.time(7, 30))
    numbers = {f"task-{index}": index * 7919 % 1000 for index in range(10_000)}
    planner.replan(
        load(site()), [some_task(task, number, frequency=frequency) for task, number in numbers.items()], frozenset()
    )
    time.now = HALF_PAST
    planner._clock.tick()
    assert dispatcher.wait([row.id for row in journal.runs.open()], PATIENCE * 4)
    runner.settle()
    planner.stop()
    assert [numbers[task] for task in runner.started] == sorted(numbers.values())
    ledger = journal.occurrences.ledger()
    assert (ledger.due, ledger.run, ledger.skipped) == (10_000, 10_000, 0)
