from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from support.engine_desk import NOW, FakeRunner, import_task, settle

from core.config.load import load
from core.engine.gate import Gate
from core.runs import Actor, Counts, RunState, Trigger
from core.store.journal import Journal
from core.store.journal.occurrences import Occurrence
from core.store.journal.runs import NewRun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.engine_desk import Time

    from core.engine.engine import Engine

    OpenEngine = Callable[..., tuple[Engine, FakeRunner]]
    Site = Callable[..., Path]

EARLIER = NOW - dt.timedelta(hours=2)


@dataclass
class Wreck:
    """What an engine that crashed leaves behind: its journal."""

    config: Path
    journal: Journal

    def leave(
        self, task: str, *, starts: int, trigger: Trigger = Trigger.PLANNED, kind: str = "import", **known: Any
    ) -> int:
        """A run that was started so often and has not ended; a planned one has its occurrence."""
        new = NewRun(task, kind, trigger, "pendel", **known)
        (run,) = self.journal.runs.queue([new], at=EARLIER)
        if trigger in (Trigger.PLANNED, Trigger.MISSED, Trigger.AFTER):
            due_at = EARLIER + dt.timedelta(seconds=run)
            self.journal.occurrences.add([Occurrence(task, due_at, run=run)])
        for _ in range(starts):
            self.journal.runs.start(run, at=EARLIER)
        return run


@pytest.fixture
def wreck(site: Site) -> Iterator[Wreck]:
    config = site(import_task("a"), import_task("b"), import_task("c", missed='"skip"'))
    data_dir = load(config).data_dir
    data_dir.mkdir()
    journal = Journal(data_dir / "journal.sqlite")
    yield Wreck(config, journal)
    journal.close()


def outcome(engine: Engine, run: int) -> tuple[RunState, str]:
    row = engine.workspace.journal.runs.get(run)
    assert row is not None
    return row.state, row.message


def test_an_interrupted_run_goes_on_with_a_higher_fence(wreck: Wreck, open_engine: OpenEngine, time: Time) -> None:
    run = wreck.leave("a", starts=1, options={"confirm_archive": True})
    wreck.journal.runs.set_checkpoint(run, {"files": ["x"]})
    engine, runner = open_engine(wreck.config, plan=False)
    settle(engine, runner)
    (active,) = runner.runs
    assert (active.id, active.resuming, active.checkpoint) == (run, True, {"files": ["x"]})
    assert active.options == {"confirm_archive": True}
    row = engine.workspace.journal.runs.get(run)
    assert row is not None
    assert (row.state, row.fence, row.started_at, row.trigger) == (RunState.SUCCEEDED, 2, EARLIER, Trigger.PLANNED)
    assert engine.workspace.journal.occurrences.ledger().balanced


def test_runs_of_one_wave_go_on_in_its_order(wreck: Wreck, open_engine: OpenEngine, site: Site) -> None:
    site(import_task("a", 20), import_task("b", 10))
    wreck.leave("a", starts=0)
    wreck.leave("b", starts=1)
    engine, runner = open_engine(wreck.config, plan=False)
    settle(engine, runner)
    assert runner.started == ["b", "a"]


def test_a_dry_run_is_closed(wreck: Wreck, open_engine: OpenEngine) -> None:
    run = wreck.leave("a", starts=1, trigger=Trigger.MANUAL, dry_run=True)
    engine, runner = open_engine(wreck.config, plan=False)
    assert outcome(engine, run) == (RunState.FAILED, "Pendel ended before this dry run did; it changed nothing.")
    assert runner.started == []


@pytest.mark.parametrize("trigger", [Trigger.MANUAL, Trigger.REVERT])
def test_what_was_asked_for_by_hand_and_did_not_begin_is_closed(
    wreck: Wreck, open_engine: OpenEngine, trigger: Trigger
) -> None:
    kind = "revert" if trigger is Trigger.REVERT else "import"
    run = wreck.leave("a", starts=0, trigger=trigger, kind=kind)
    engine, runner = open_engine(wreck.config, plan=False)
    state, message = outcome(engine, run)
    assert state is RunState.SKIPPED
    assert message == "Pendel ended before this run began. Start it again if it is still wanted."
    assert runner.started == []


def test_a_planned_run_that_did_not_begin_is_made_up_for_or_skipped(wreck: Wreck, open_engine: OpenEngine) -> None:
    made_up, skipped = wreck.leave("a", starts=0), wreck.leave("c", starts=0)
    engine, runner = open_engine(wreck.config, plan=False)
    settle(engine, runner)
    assert runner.started == ["a"]
    assert outcome(engine, made_up)[0] is RunState.SUCCEEDED
    assert outcome(engine, skipped)[0] is RunState.SKIPPED
    ledger = engine.workspace.journal.occurrences.ledger()
    assert (ledger.due, ledger.run, ledger.skipped) == (2, 1, 1)


def test_a_run_that_may_be_what_ends_the_process_is_given_up(wreck: Wreck, open_engine: OpenEngine) -> None:
    again, given_up = wreck.leave("a", starts=2), wreck.leave("b", starts=3)
    wreck.journal._database.execute("""UPDATE run SET counts = '{"changed": 7}' WHERE id = ?""", (given_up,))
    engine, runner = open_engine(wreck.config, plan=False)
    settle(engine, runner)
    assert runner.started == ["a"]
    assert outcome(engine, again)[0] is RunState.SUCCEEDED
    state, message = outcome(engine, given_up)
    assert state is RunState.FAILED
    assert message == "Pendel ended 3 times while this run was going; it is not tried again. What was done stays."
    row = engine.workspace.journal.runs.get(given_up)
    assert row is not None
    assert row.counts == Counts(changed=7)
    view = engine.board.task("b")
    assert view is not None


def test_a_run_of_a_task_that_is_gone_is_closed(wreck: Wreck, open_engine: OpenEngine) -> None:
    run = wreck.leave("x", starts=1)
    engine, _ = open_engine(wreck.config, plan=False)
    state, message = outcome(engine, run)
    assert state is RunState.FAILED
    assert message == "Pendel ended before this run did, and its task is no longer in the configuration."


def test_a_revert_goes_on_also_where_its_task_is_gone(wreck: Wreck, open_engine: OpenEngine) -> None:
    run = wreck.leave("x", starts=1, trigger=Trigger.REVERT, kind="revert", options={"run": 1})
    engine, runner = open_engine(wreck.config, plan=False)
    settle(engine, runner)
    assert [active.id for active in runner.runs] == [run]


@pytest.mark.parametrize(("starts", "force", "taken_up"), [(1, False, True), (3, False, False), (1, True, False)])
def test_whoever_asks_for_a_revert_again_has_the_interrupted_one_go_on_or_closed(
    wreck: Wreck, open_engine: OpenEngine, starts: int, force: bool, taken_up: bool
) -> None:
    reverted = wreck.leave("a", starts=1)
    wreck.journal.runs.end(reverted, RunState.SUCCEEDED, at=EARLIER, message="", counts=Counts(new=1))
    left = wreck.leave("a", starts=starts, trigger=Trigger.REVERT, kind="revert", options={"run": reverted})
    # As pendel revert opens it: what other commands left is not taken up.
    engine, runner = open_engine(wreck.config, plan=False, resume=())
    assert runner.runs == []
    asked = Gate(engine, Actor("anna")).revert_run(reverted, force=force)
    settle(engine, runner)
    assert (asked == left) is taken_up
    assert [(active.id, active.resuming) for active in runner.runs] == [(asked, taken_up)]
    assert [row.id for row in engine.workspace.journal.runs.open()] == []
    assert outcome(engine, left)[0] is (RunState.SUCCEEDED if taken_up else RunState.FAILED)


def test_of_two_runs_of_a_task_one_goes_on(wreck: Wreck, open_engine: OpenEngine) -> None:
    first, second = wreck.leave("a", starts=1), wreck.leave("a", starts=0)
    engine, runner = open_engine(wreck.config, plan=False)
    settle(engine, runner)
    assert [active.id for active in runner.runs] == [first]
    state, message = outcome(engine, second)
    assert state is RunState.SKIPPED
    assert f"run {first} of the task goes on instead" in message
    assert engine.dispatcher.open_runs() == []
    assert engine.workspace.journal.occurrences.ledger().balanced


def test_a_command_takes_up_only_runs_of_its_own_tasks(wreck: Wreck, open_engine: OpenEngine) -> None:
    other, own = wreck.leave("a", starts=1), wreck.leave("b", starts=1)
    engine, runner = open_engine(wreck.config, plan=False, resume=("b",))
    settle(engine, runner)
    assert runner.started == ["b"]
    assert outcome(engine, own)[0] is RunState.SUCCEEDED
    assert outcome(engine, other)[0] is RunState.INTERRUPTED
    engine.shutdown(stop_runs=True)
    engine, runner = open_engine(wreck.config, plan=False)
    settle(engine, runner)
    assert runner.started == ["a"]


def test_nothing_is_running_after_a_restart_that_is_not(wreck: Wreck, open_engine: OpenEngine) -> None:
    for task, starts in (("a", 1), ("b", 3), ("c", 0), ("x", 1)):
        wreck.leave(task, starts=starts)
    engine, runner = open_engine(wreck.config)
    settle(engine, runner)
    assert engine.workspace.journal.runs.open() == []
    assert engine.workspace.journal.occurrences.ledger().balanced
