from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from support.engine_desk import NOW, Time, import_task

from core.engine.active import ActiveRun
from core.engine.runner import Runner
from core.engine.workspace import Workspace
from core.errors import BrakeError, StopRequested, StoreError
from core.runs import Counts, Progress, RunState, Trigger
from core.stop import StopToken
from core.store.journal.runs import NewRun
from core.tasks.context import Outcome
from core.tasks.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from core.store.journal.runs import RunRow
    from core.tasks.context import RunContext

    Walk = Callable[[RunContext], Outcome]

CANARY = "kanarie-4711"


class Bench:
    """A runner whose walk is a function of the test."""

    def __init__(self, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.time = Time()
        self.workspace = Workspace(config, now=self.time)
        self.runner = Runner(self.workspace, self.workspace.config.task)
        self.reported: list[tuple[Progress, Counts]] = []
        self.contexts: list[RunContext] = []
        self._monkeypatch = monkeypatch

    def carry_out(self, walk: Walk, **known: Any) -> tuple[Outcome, RunRow]:
        def taken(context: RunContext, _: object) -> Outcome:
            self.contexts.append(context)
            return walk(context)

        self._monkeypatch.setattr("core.engine.runner.carry_out", taken)
        new = NewRun("a", "import", Trigger.MANUAL, "anna")
        (run,) = self.workspace.journal.runs.queue([new], at=NOW)
        active = ActiveRun(run, "a", "import", Trigger.MANUAL, "anna", NOW, **known)
        outcome = self.runner.carry_out(active, lambda *told: self.reported.append(told))
        row = self.workspace.journal.runs.get(run)
        assert row is not None
        return outcome, row


@pytest.fixture
def bench(site: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    bench = Bench(site(import_task("a")), monkeypatch)
    yield bench
    bench.workspace.close()


def raising(error: Exception, *, counts: Counts | None = None, **details: object) -> Walk:
    def walk(context: RunContext) -> Outcome:
        context.counts = counts or context.counts
        context.details.update(details)
        raise error

    return walk


def test_the_outcome_of_a_walk_is_written(bench: Bench) -> None:
    def walk(context: RunContext) -> Outcome:
        context.counts = Counts(read=7)
        context.step("reading", total=7, unit="rows")(3, 7)
        bench.time.move(seconds=2)
        return Outcome("Imported.", RunState.WARNINGS, Counts(read=7, new=7), {"samples": []})

    outcome, row = bench.carry_out(walk)
    assert (row.state, row.message, row.counts, row.details) == (
        RunState.WARNINGS,
        "Imported.",
        Counts(read=7, new=7),
        {"samples": []},
    )
    assert (row.started_at, row.ended_at, row.fence) == (NOW, NOW + timedelta(seconds=2), 1)
    assert outcome.state is RunState.WARNINGS
    assert [(told.step, told.done, counts.read) for told, counts in bench.reported] == [
        ("reading", 0, 7),
        ("reading", 3, 7),
    ]


def test_the_walk_is_handed_what_the_run_is(bench: Bench) -> None:
    given = {"resuming": True, "checkpoint": {"files": []}, "options": {"confirm_archive": True}}
    _, row = bench.carry_out(lambda _: Outcome("done"), **given)
    (context,) = bench.contexts
    assert (context.run, context.fence, context.task) == (row.id, 1, "a")
    assert (context.resuming, context.checkpoint, context.options) == (True, {"files": []}, {"confirm_archive": True})
    assert context.spool == bench.workspace.config.data_dir / "spool" / f"run-{row.id}"
    assert context.spool.is_dir()


def test_a_stop_says_what_stays(bench: Bench) -> None:
    outcome, row = bench.carry_out(raising(StopRequested("Stopped by anna."), counts=Counts(changed=50)))
    assert (outcome.state, row.state) == (RunState.STOPPED, RunState.STOPPED)
    assert row.message == "Stopped by anna. What was done stays: 50 changed."
    assert row.counts == Counts(changed=50)
    _, row = bench.carry_out(raising(StopRequested("Stopped by anna.")))
    assert row.message == "Stopped by anna. Nothing was changed."


def test_an_expected_error_is_told_with_its_advice_and_kind(bench: Bench) -> None:
    error = BrakeError("20 of 50 would be archived.", advice="Confirm it.")
    _, row = bench.carry_out(raising(error, counts=Counts(read=30), brake={"archive": 20}))
    assert (row.state, row.message) == (RunState.FAILED, "20 of 50 would be archived. Confirm it.")
    assert row.details == {"brake": {"archive": 20}, "error": "BrakeError"}
    assert row.counts == Counts(read=30)


def test_a_fault_is_told_without_its_text(bench: Bench) -> None:
    _, row = bench.carry_out(raising(KeyError("internal")))
    assert row.state is RunState.FAILED
    assert row.message == "A fault in Pendel ended the run (KeyError). The log file has the details."


def test_a_secret_in_an_error_does_not_reach_the_journal_or_a_screen(bench: Bench) -> None:
    bench.workspace.redactor.add(CANARY)
    outcome, row = bench.carry_out(raising(StoreError(f"530 login {CANARY}\x1b[2J denied")))
    assert outcome.message == row.message == "530 login [secret]\\x1b[2J denied"


def test_a_spool_that_cannot_be_made_fails_the_run(bench: Bench) -> None:
    (bench.workspace.config.data_dir / "spool").write_text("a file where a directory should be")
    outcome, row = bench.carry_out(lambda _: Outcome("done"))
    assert (outcome.state, row.state) == (RunState.FAILED, RunState.FAILED)
    assert "cannot be made" in row.message
    assert "permissions of the data directory" in row.message
    assert bench.contexts == []


def test_an_end_that_cannot_be_written_is_no_end_of_the_engine(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(bench.workspace.journal.runs, "end", full)
    outcome, row = bench.carry_out(lambda _: Outcome("done"))
    assert outcome.state is RunState.SUCCEEDED
    assert row.state is RunState.RUNNING, "it is looked at again when the engine starts"


def test_details_that_are_no_json_are_no_end_of_the_engine(bench: Bench) -> None:
    outcome, row = bench.carry_out(lambda _: Outcome("done", details={"what": object()}))
    assert outcome.state is RunState.SUCCEEDED
    assert row.state is RunState.RUNNING


def test_a_run_that_waits_for_its_turn_says_so_and_goes_on_where_it_was(bench: Bench) -> None:
    def walk(context: RunContext) -> Outcome:
        context.turns = Turns(1, tell=0)
        report = context.report
        with ExitStack() as other:
            other.enter_context(context.turns.turn(0, StopToken(), pytest.fail))

            def told(progress: Progress) -> None:
                report(progress)
                if progress.step.endswith("waiting for other runs"):
                    other.close()

            context.report = told
            context.step("reading a.csv", total=5, unit="rows")(3, 5)
            with context.turn():
                return Outcome("Done.")

    outcome, _ = bench.carry_out(walk)
    assert outcome.message == "Done."
    assert [(progress.step, progress.done, progress.total) for progress, _ in bench.reported[-2:]] == [
        ("reading a.csv, waiting for other runs", 3, 5),
        ("reading a.csv", 3, 5),
    ]
    assert bench.reported[-1][0] == bench.reported[-3][0]
