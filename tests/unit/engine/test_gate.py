from __future__ import annotations

import datetime as dt
import threading
from time import monotonic
from typing import TYPE_CHECKING

import pytest
from support.engine_desk import NOW, FakeRunner, import_task, settle
from support.waiting import PATIENCE

from core.engine.api.rights import Right
from core.engine.gate import Gate, current_actor
from core.engine.reasons import Reasons
from core.errors import ConfigError, Refused, StoreError
from core.runs import Actor, RunState, Trigger
from core.store.journal.records import AuditRow
from core.store.journal.runs import NewRun

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.engine_desk import Time

    from core.engine.engine import Engine

    OpenEngine = Callable[..., tuple[Engine, FakeRunner]]
    Site = Callable[..., Path]

ANNA = Actor("anna", "pts/3 from 10.0.0.7")
HALF_PAST = NOW + dt.timedelta(minutes=30)
EXPORT = """
[[tasks]]
id = "shop"
type = "export"
description = "To the shop"
sequence = 40
entity = "article"
layout = "shop"
changes_only = true
file = "shop.csv"
"""


@pytest.fixture
def opened(site: Site, open_engine: OpenEngine) -> tuple[Engine, FakeRunner]:
    return open_engine(site(import_task("a"), import_task("b", 20), import_task("c", 30, active="false"), EXPORT))


@pytest.fixture
def engine(opened: tuple[Engine, FakeRunner]) -> Engine:
    return opened[0]


@pytest.fixture
def runner(opened: tuple[Engine, FakeRunner]) -> FakeRunner:
    return opened[1]


@pytest.fixture
def gate(engine: Engine) -> Gate:
    return Gate(engine, ANNA)


def audit(engine: Engine) -> list[AuditRow]:
    return engine.workspace.journal.audit.latest()


def ended_run(engine: Engine, task: str, kind: str = "import", *, open_still: bool = False) -> int:
    journal = engine.workspace.journal
    (run,) = journal.runs.queue([NewRun(task, kind, Trigger.MANUAL, "anna")], at=NOW)
    if not open_still:
        journal.runs.end(run, RunState.SUCCEEDED, at=NOW, message="")
    return run


def test_tasks_are_started_in_the_order_of_their_numbers_and_answered_in_that_of_the_ids(
    engine: Engine, runner: FakeRunner, gate: Gate
) -> None:
    runs = gate.start_tasks(["c", "a", "b", "a"], confirm_archive=True)
    settle(engine, runner)
    assert runner.started == ["a", "b", "c"]
    assert [gate.runs(task)[0].id for task in "cab"] == runs
    assert runner.runs[0].options == {"confirm_archive": True}
    assert runner.runs[0].requested_by == "anna (pts/3 from 10.0.0.7)"
    assert audit(engine) == [AuditRow(NOW, ANNA, "task.start", "c, a, b, a", new="archiving confirmed")]


def test_a_dry_run_writes_nothing_and_so_needs_no_lock(engine: Engine, runner: FakeRunner, gate: Gate) -> None:
    gate.start_tasks(["a"], dry_run=True)
    settle(engine, runner)
    assert (runner.runs[0].dry_run, runner.runs[0].locks) == (True, frozenset())
    assert audit(engine)[0].new == "dry run"


def test_an_unknown_task_is_refused_with_the_nearest_and_nothing_starts(
    engine: Engine, runner: FakeRunner, gate: Gate
) -> None:
    with pytest.raises(Refused, match=r"No task has the id 'shopp'\. Did you mean 'shop'"):
        gate.start_tasks(["a", "shopp"])
    assert runner.started == []
    assert gate.runs() == []
    assert audit(engine)[0].answer == "No task has the id 'shopp'."


def test_a_task_that_runs_is_not_started_again(engine: Engine, runner: FakeRunner, gate: Gate) -> None:
    runner.hold("a")
    (run,) = gate.start_tasks(["a"])
    runner.wait_started("a")
    with pytest.raises(Refused, match=rf"a has a run that has not ended: run {run}, running\. Wait for its end"):
        gate.start_tasks(["b", "a"])
    assert runner.started == ["a"]


def test_of_many_that_start_a_task_at_once_one_does(engine: Engine, runner: FakeRunner) -> None:
    runner.hold("a")
    together = threading.Barrier(8)
    refused: list[str] = []

    def start(number: int) -> None:
        together.wait(PATIENCE)
        try:
            Gate(engine, Actor(f"user{number}")).start_tasks(["a"])
        except Refused as error:
            refused.append(error.message)

    threads = [threading.Thread(target=start, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    runner.release()
    settle(engine, runner)
    assert runner.started == ["a"]
    assert len(refused) == 7


def test_runs_are_stopped(engine: Engine, runner: FakeRunner, gate: Gate) -> None:
    runner.hold("a")
    runs = gate.start_tasks(["a", "b"])
    runner.wait_started("a")
    gate.stop_runs(runs)
    settle(engine, runner)
    assert [view.state for view in gate.runs()] == [RunState.STOPPED] * 2
    assert {view.message for view in gate.runs()} == {"Stopped by anna."}
    with pytest.raises(Refused, match="nothing to stop"):
        gate.stop_runs(runs)
    assert [row.answer for row in audit(engine)[:2]] == [
        "There is nothing to stop: the run has ended already.",
        "accepted",
    ]


def test_a_run_is_stopped_though_the_audit_cannot_be_written(
    engine: Engine, runner: FakeRunner, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner.hold("a")
    runs = gate.start_tasks(["a"])

    def full(_: AuditRow) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(engine.workspace.journal.audit, "add", full)
    gate.stop_runs(runs)
    settle(engine, runner)
    assert gate.runs()[0].state is RunState.STOPPED
    assert any("run.stop of" in line.text and "anna" in line.text for line in gate.log_after(0))


def test_a_reader_can_look_and_change_nothing(engine: Engine, runner: FakeRunner) -> None:
    config = engine.workspace.config.path
    before = config.read_bytes()
    run = ended_run(engine, "a")
    reader = Gate(engine, ANNA, right=Right.VIEW)
    commands: list[Callable[[], object]] = [
        lambda: reader.start_tasks(["a"]),
        lambda: reader.start_tasks(["a"], dry_run=True),
        lambda: reader.stop_runs([run]),
        lambda: reader.set_active(["a"], False),
        lambda: reader.revert_run(run, force=True),
        lambda: reader.history.set_cursor("shop", NOW),
        reader.reload,
    ]
    for command in commands:
        with pytest.raises(Refused, match="read-only"):
            command()
    assert [row.answer for row in audit(engine)] == ["This console is read-only."] * len(commands)
    assert config.read_bytes() == before
    assert runner.started == []
    assert engine.workspace.journal.cursors.get("shop") is None
    snapshot = reader.snapshot()
    assert snapshot is not None
    assert snapshot.read_only
    assert [view.id for view in reader.runs()] == [run]


def test_switching_a_task_off_changes_one_line_and_the_plan(engine: Engine, gate: Gate) -> None:
    config = engine.workspace.config.path
    config.write_text(config.read_text() + "# kept\n")
    gate.reload()
    before = config.read_text().splitlines()
    gate.set_active(["c"], True)
    changed = [(old, new) for old, new in zip(before, config.read_text().splitlines(), strict=True) if old != new]
    assert changed == [("active = false", "active = true")]
    view = engine.board.task("c")
    assert view is not None
    assert (view.active, view.next_run) == (True, HALF_PAST)
    gate.set_active(["c"], False)
    assert config.read_text().splitlines() == before
    view = engine.board.task("c")
    assert view is not None
    assert (view.active, view.next_run) == (False, None)
    assert [(row.action, row.object, row.old, row.new) for row in audit(engine)[:2]] == [
        ("task.activate", "c", "active", "inactive"),
        ("task.activate", "c", "inactive", "active"),
    ]


def test_switching_refuses_what_it_cannot_do(engine: Engine, gate: Gate) -> None:
    config = engine.workspace.config.path
    before = config.read_bytes()
    with pytest.raises(Refused, match="Pendel's own"):
        gate.set_active(["a", "system-retention"], False)
    with pytest.raises(Refused, match="Did you mean"):
        gate.set_active(["a", "shopp"], False)
    assert config.read_bytes() == before
    config.write_bytes(before + b"# somebody else's\n")
    with pytest.raises(Refused):
        gate.set_active(["a"], False)
    assert config.read_bytes() == before + b"# somebody else's\n"


def test_only_an_ended_import_is_reverted(engine: Engine, gate: Gate, runner: FakeRunner) -> None:
    for run, words in (
        (ended_run(engine, "shop", "export"), "changed no records of the catalogue"),
        (ended_run(engine, "a", open_still=True), "has not ended"),
        (99, "There is no run 99"),
    ):
        with pytest.raises(Refused, match=words):
            gate.revert_run(run)
    good = ended_run(engine, "b")
    reverting = gate.revert_run(good, force=True)
    settle(engine, runner)
    (active,) = runner.runs
    assert (active.id, active.type, active.trigger) == (reverting, "revert", Trigger.REVERT)
    assert active.options == {"run": good, "force": True}
    assert active.locks == frozenset({("article", "b")}), "no import writes there meanwhile"


def test_a_task_that_runs_is_not_reverted(engine: Engine, gate: Gate, runner: FakeRunner) -> None:
    run = ended_run(engine, "a")
    runner.hold("a")
    gate.start_tasks(["a"])
    with pytest.raises(Refused, match="has a run that has not ended"):
        gate.revert_run(run)


def test_a_revert_is_not_the_last_run_of_its_task(engine: Engine, gate: Gate, runner: FakeRunner) -> None:
    (run,) = gate.start_tasks(["a"])
    settle(engine, runner)
    gate.revert_run(run)
    settle(engine, runner)
    view = engine.board.task("a")
    assert view is not None
    assert view.last_run is not None
    assert (view.run, view.last_run.id) == (None, run)


def test_the_run_of_a_task_that_is_gone_can_be_reverted(engine: Engine, gate: Gate, runner: FakeRunner) -> None:
    run = ended_run(engine, "of-last-year")
    gate.revert_run(run)
    settle(engine, runner)
    assert runner.started == ["of-last-year"]


def test_a_cursor_is_set_and_forgotten(engine: Engine, gate: Gate) -> None:
    cursors = engine.workspace.journal.cursors
    moment = NOW - dt.timedelta(days=3)
    gate.history.set_cursor("shop", moment)
    known = cursors.get("shop")
    assert known is not None
    assert (known.moment, known.set_by, known.run) == (moment, str(ANNA), None)
    gate.history.set_cursor("shop", None)
    assert cursors.get("shop") is None
    first, second = audit(engine)[::-1]
    assert (first.old, first.new) == ("", moment.isoformat())
    assert (second.old, second.new) == (moment.isoformat(), "forgotten")


def test_a_cursor_that_would_hide_changes_or_mean_nothing_is_refused(engine: Engine, gate: Gate) -> None:
    with pytest.raises(Refused, match="lies in the future"):
        gate.history.set_cursor("shop", NOW + dt.timedelta(days=1))
    with pytest.raises(Refused, match="a has no cursor"):
        gate.history.set_cursor("a", NOW)
    with pytest.raises(Refused, match="No task"):
        gate.history.set_cursor("x", NOW)


def test_another_data_directory_counts_from_the_next_start(engine: Engine, gate: Gate) -> None:
    before = engine.workspace.config
    text = before.path.read_text()
    before.path.write_text(text.replace("[engine]", '[engine]\ndata_dir = "elsewhere"\nmax_parallel_runs = 7'))
    gate.reload()
    now = engine.workspace.config
    # What is open stays where it is, and everything else with it.
    assert (now.engine.max_parallel_runs, now.data_dir, now.spool_dir) == (7, before.data_dir, before.spool_dir)
    assert not (before.base_dir / "elsewhere").exists()
    assert any("counts from the next start" in line.text for line in gate.log_after(0))


def test_a_configuration_that_cannot_be_used_is_refused_and_audited(engine: Engine, gate: Gate) -> None:
    engine.workspace.config.path.write_text("version = 2")
    with pytest.raises(ConfigError):
        gate.reload()
    assert audit(engine)[0].action == "engine.reload"
    assert audit(engine)[0].answer != "accepted"


def test_a_fault_is_not_audited_as_accepted(engine: Engine, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault() -> None:
        raise ValueError("nobody thought of this")

    monkeypatch.setattr(engine, "reload", fault)
    with pytest.raises(ValueError, match="nobody"):
        gate.reload()
    assert audit(engine)[0].answer == "failed by a fault in Pendel: ValueError"


def test_words_from_outside_are_cleaned_in_the_audit(engine: Engine, gate: Gate) -> None:
    with pytest.raises(Refused):
        gate.start_tasks(["\x1b[2J"])
    assert audit(engine)[0].object == "\\x1b[2J"


def test_a_shutdown_is_audited_and_can_be_repeated(engine: Engine, gate: Gate, time: Time) -> None:
    gate.shutdown(stop_runs=True)
    gate.shutdown(stop_runs=False)
    from core.store.journal import Journal

    journal = Journal(engine.workspace.config.data_dir / "journal.sqlite")
    (row,) = journal.audit.latest()
    journal.close()
    assert (row.action, row.new) == ("engine.shutdown", "runs stopped")


def test_a_shutdown_that_waits_can_be_turned_into_one_that_stops(
    engine: Engine, gate: Gate, runner: FakeRunner
) -> None:
    runner.hold("a")
    (run,) = gate.start_tasks(["a"])
    runner.wait_started("a")
    waiting = threading.Thread(target=lambda: gate.shutdown(stop_runs=False))
    waiting.start()
    gate.shutdown(stop_runs=True)
    waiting.join(PATIENCE)
    assert not waiting.is_alive()
    (active,) = runner.runs
    assert (active.id, active.state, active.message) == (run, RunState.STOPPED, "Pendel was shut down by anna.")


def test_a_snapshot_comes_only_when_something_changed(
    engine: Engine, gate: Gate, runner: FakeRunner, time: Time
) -> None:
    first = gate.snapshot()
    assert first is not None
    assert gate.snapshot(first.revision) is None
    time.move(seconds=5)
    assert gate.snapshot(first.revision) is None, "looking changes nothing"
    gate.start_tasks(["a"])
    settle(engine, runner)
    second = gate.snapshot(first.revision)
    assert second is not None
    assert second.revision > first.revision
    assert gate.snapshot(second.revision) is None


def test_a_snapshot_tells_what_a_run_waits_for_as_it_changes(
    engine: Engine, gate: Gate, runner: FakeRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.engine.reasons._PAUSE", 0.0)

    def tells(reason: str) -> bool:
        end = monotonic() + PATIENCE
        while monotonic() < end:
            snapshot = gate.snapshot()
            assert snapshot is not None
            (view,) = [view for view in snapshot.tasks if view.id == "c"]
            assert view.run is not None
            if view.run.waits_for == reason:
                return True
        return False

    runner.hold("a", "b")
    runs = gate.start_tasks(["a", "b", "c"])
    runner.wait_started("a")
    assert tells("waits for a: sequence 10 goes first")
    runner.release("a")
    assert engine.dispatcher.wait(runs[:1], PATIENCE)
    assert tells("waits for b: sequence 20 goes first")


def test_a_snapshot_never_waits_for_the_words_of_what_runs_wait_for(engine: Engine, gate: Gate) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def find_words() -> None:
        asked.set()
        assert go_on.wait(PATIENCE)

    engine.reasons = Reasons(find_words)
    assert gate.snapshot() is not None
    assert asked.wait(PATIENCE)
    assert gate.snapshot() is not None
    go_on.set()


def test_the_actor_is_the_user_of_the_operating_system(monkeypatch: pytest.MonkeyPatch) -> None:
    import os
    import pwd

    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.7 51234 10.0.0.1 22")
    monkeypatch.setenv("USER", "somebody-else")
    actor = current_actor()
    assert actor.user == pwd.getpwuid(os.getuid()).pw_name
    assert actor.terminal.endswith("from 10.0.0.7") or actor.terminal == "10.0.0.7"
