from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from support.engine_desk import NOW, FakeRunner, SomeTask, some_task
from support.waiting import PATIENCE

from core.engine.api import TaskView
from core.engine.api.rights import Right
from core.engine.board import Board
from core.engine.dispatcher import Dispatcher
from core.engine.starter import Starter
from core.errors import StoreError
from core.runs import ENGINE, RunState, Trigger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.engine.active import ActiveRun
    from core.engine.api import RunView
    from core.store.journal import Journal


@dataclass
class Desk:
    """A dispatcher with two slots, and what it works with."""

    journal: Journal
    runner: FakeRunner
    board: Board = field(default_factory=lambda: Board("config.toml", ZoneInfo("UTC")))
    ended: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dispatcher = Dispatcher(
            runner=self.runner,  # type: ignore[arg-type]
            board=self.board,
            journal=self.journal,
            slots=2,
            now=lambda: NOW,
            on_ended=self._note,
        )
        self.starter = Starter(
            journal=self.journal,
            dispatcher=self.dispatcher,
            now=lambda: NOW,
            is_system=lambda task: task.startswith("system"),
            writes=lambda task: task.writes if isinstance(task, SomeTask) else (),
        )

    def _note(self, run: ActiveRun) -> None:
        assert run.state.ended
        self.ended.append(run.id)

    def start(self, *tasks: SomeTask, due: bool = False) -> list[int]:
        known = {view.id: view for view in self.views()}
        shown = [_view(task) for task in tasks if task.id not in known]
        self.board.show_tasks([*known.values(), *shown], ZoneInfo("UTC"))
        return self.starter.start(
            tasks,
            trigger=Trigger.PLANNED if due else Trigger.MANUAL,
            actor=ENGINE,
            due_at={task.id: NOW for task in tasks} if due else None,
        )

    def views(self) -> list[TaskView]:
        snapshot = self.board.snapshot(-1, log_number=0, right=Right.ADMINISTER)
        assert snapshot is not None
        return list(snapshot.tasks)

    def shown(self, task: str) -> RunView:
        view = self.board.task(task)
        assert view is not None
        run = view.run or view.last_run
        assert run is not None
        return run

    def waits_for(self, task: str) -> str:
        self.dispatcher.refresh_reasons()
        run = self.shown(task)
        assert run.state is RunState.WAITING
        return run.waits_for

    def states(self, *runs: int) -> list[RunState]:
        rows = [self.journal.runs.get(run) for run in runs]
        return [row.state for row in rows if row is not None]

    def finish(self, runs: list[int]) -> None:
        assert self.dispatcher.wait(runs, PATIENCE)
        self.runner.settle()


def _view(task: SomeTask) -> TaskView:
    return TaskView(
        id=task.id,
        type=task.type,
        description=task.description,
        active=True,
        sequence=task.sequence,
        frequency="",
        system=task.id.startswith("system"),
        next_run=None,
        run=None,
        last_run=None,
    )


@pytest.fixture
def desk(journal: Journal) -> Iterator[Desk]:
    desk = Desk(journal, FakeRunner(journal))
    yield desk
    desk.runner.release()
    desk.dispatcher.close(stop_runs=True, reason="the test is over")
    desk.runner.settle()


def test_a_run_goes_from_queued_to_ended(desk: Desk) -> None:
    desk.runner.hold("a")
    (run,) = desk.start(some_task("a"))
    desk.runner.wait_started("a")
    current = desk.dispatcher.current("a")
    assert current is not None
    assert (current.id, desk.shown("a").state, desk.shown("a").started_at) == (run, RunState.RUNNING, NOW)
    desk.runner.release()
    desk.finish([run])
    shown = desk.shown("a")
    assert (shown.state, shown.message, shown.counts.read, shown.progress) == (RunState.SUCCEEDED, "done", 2, None)
    assert desk.dispatcher.current("a") is None
    assert desk.dispatcher.find(run) is None
    assert desk.ended == [run]


def test_a_wave_goes_in_the_order_of_its_numbers(desk: Desk) -> None:
    runs = desk.start(some_task("c", 30), some_task("a", 10), some_task("b", 20))
    desk.finish(runs)
    assert desk.runner.started == ["a", "b", "c"]
    assert desk.runner.most == 1


def test_equal_numbers_go_side_by_side_and_higher_ones_wait_for_all_of_them(desk: Desk) -> None:
    desk.runner.hold("a", "b")
    runs = desk.start(some_task("a", 10), some_task("b", 10), some_task("c", 20))
    desk.runner.wait_started("a", "b")
    assert desk.waits_for("c") == "waits for a and b: sequence 10 goes first"
    desk.runner.release("a")
    assert desk.dispatcher.wait(runs[:1], PATIENCE)
    assert desk.waits_for("c") == "waits for b: sequence 10 goes first"
    assert "c" not in desk.runner.started
    desk.runner.release("b")
    desk.finish(runs)
    assert desk.runner.started[-1] == "c"
    assert desk.runner.most == 2


def test_a_failed_task_does_not_hold_up_higher_numbers(desk: Desk) -> None:
    desk.runner.outcomes["a"] = RunState.FAILED
    runs = desk.start(some_task("a", 10), some_task("b", 20))
    desk.finish(runs)
    assert desk.states(*runs) == [RunState.FAILED, RunState.SUCCEEDED]


def test_no_more_runs_go_than_there_are_slots(desk: Desk) -> None:
    desk.runner.hold("a", "b", "c")
    runs = desk.start(*(some_task(task) for task in "abc"))
    desk.runner.wait_started("a", "b")
    assert desk.waits_for("c") == "waits for a slot: 2 runs may go side by side"
    desk.dispatcher.resize(3)
    desk.runner.wait_started("c")
    desk.runner.release()
    desk.finish(runs)


def test_one_run_at_a_time_writes_an_entity_and_assortment(desk: Desk) -> None:
    desk.runner.hold("a", "c")
    article = ("article", "supplier")
    runs = desk.start(some_task("a", writes=(article,)))
    runs += desk.start(some_task("b", writes=(("price", "x"), article)))
    runs += desk.start(some_task("c", writes=(("article", "other"),)))
    desk.runner.wait_started("a", "c")
    assert desk.waits_for("b") == "waits for a slot: 2 runs may go side by side"
    desk.runner.release("c")
    assert desk.dispatcher.wait(runs[2:], PATIENCE)
    assert desk.waits_for("b") == "waits for a, which writes article of assortment 'supplier'"
    desk.runner.release("a")
    desk.finish(runs)
    assert desk.runner.started == ["a", "c", "b"]


def test_what_comes_after_a_failure_is_skipped_down_the_line_and_the_ledger_knows(desk: Desk) -> None:
    desk.runner.outcomes["a"] = RunState.FAILED
    tasks = [
        some_task("a"),
        some_task("b", after=("a",)),
        some_task("c", after=("b",)),
        some_task("d", after=("a",), on_failure="run"),
        some_task("e", 20),
    ]
    runs = desk.start(*tasks, due=True)
    desk.finish(runs)
    assert desk.states(*runs) == [
        RunState.FAILED,
        RunState.SKIPPED,
        RunState.SKIPPED,
        RunState.SUCCEEDED,
        RunState.SUCCEEDED,
    ]
    assert sorted(desk.runner.started) == ["a", "d", "e"]
    assert desk.shown("b").message == "Skipped: it comes after a (failed)."
    (skipped,) = desk.journal.occurrences.of_task("c")
    assert (skipped.run, skipped.skipped) == (None, "Skipped: it comes after b (skipped).")
    ledger = desk.journal.occurrences.ledger()
    assert (ledger.due, ledger.run, ledger.skipped) == (5, 3, 2)
    assert sorted(desk.ended) == sorted(runs)


def test_a_run_that_waits_is_stopped_at_once(desk: Desk) -> None:
    desk.runner.hold("a")
    runs = desk.start(some_task("a", 10), some_task("b", 20), some_task("c", 30), due=True)
    desk.runner.wait_started("a")
    assert desk.dispatcher.request_stop(runs[1], "Stopped by anna.")
    assert desk.states(runs[1]) == [RunState.STOPPED]
    assert desk.shown("b").message == "Stopped by anna."
    assert desk.journal.occurrences.of_task("b")[0].skipped == "Stopped by anna."
    assert not desk.dispatcher.request_stop(runs[1], "once more")
    desk.runner.release()
    desk.finish(runs)
    assert desk.runner.started == ["a", "c"]
    assert desk.journal.occurrences.ledger().balanced
    assert sorted(desk.ended) == sorted(runs)


def test_a_run_that_waits_for_a_slot_is_stopped_at_once_too(desk: Desk) -> None:
    desk.runner.hold("a", "b")
    runs = desk.start(*(some_task(task) for task in "abc"))
    desk.runner.wait_started("a", "b")
    desk.dispatcher.request_stop(runs[2], "no longer wanted")
    desk.runner.release()
    desk.finish(runs)
    assert "c" not in desk.runner.started


def test_a_run_that_goes_is_asked_and_ends_when_it_can(desk: Desk) -> None:
    desk.runner.hold("a")
    (run,) = desk.start(some_task("a"))
    desk.runner.wait_started("a")
    interrupted = threading.Event()
    with desk.runner.runs[0].stop.interrupting(interrupted.set):
        assert desk.dispatcher.request_stop(run, "Stopped by anna.")
        assert interrupted.is_set()
    desk.dispatcher.request_stop(run, "a second reason does not count")
    desk.finish([run])
    assert desk.shown("a").state is RunState.STOPPED
    assert desk.shown("a").message == "Stopped by anna."
    assert desk.ended == [run]


def test_stopping_has_a_visible_life(desk: Desk) -> None:
    desk.runner.hold("a")
    (run,) = desk.start(some_task("a"))
    desk.runner.wait_started("a")
    seen: list[RunState] = []
    with desk.runner.runs[0].stop.interrupting(lambda: seen.append(desk.shown("a").state)):
        desk.dispatcher.request_stop(run, "")
    desk.finish([run])
    assert seen == [RunState.STOPPING]


def test_stopping_all_ends_what_waits_and_what_is_added_later(desk: Desk) -> None:
    desk.runner.hold("a")
    runs = desk.start(some_task("a", 10), some_task("b", 20), some_task("c", 30))
    desk.runner.wait_started("a")
    desk.dispatcher.stop_all("Stopped by a signal.")
    runs += desk.start(some_task("d"))
    desk.finish(runs)
    assert desk.states(*runs) == [RunState.STOPPED] * 4
    assert desk.runner.started == ["a"]
    assert sorted(desk.ended) == sorted(runs)


def test_closing_waits_for_what_goes_and_leaves_the_rest_in_the_journal(desk: Desk) -> None:
    desk.runner.hold("a")
    runs = desk.start(some_task("a", 10), some_task("b", 20))
    desk.runner.wait_started("a")
    order: list[str] = []

    def close() -> None:
        desk.dispatcher.close(stop_runs=False, reason="")
        order.append(f"closed after {desk.runner.ended}")

    closing = threading.Thread(target=close)
    closing.start()
    while not desk.dispatcher._closing:
        pass
    late = desk.start(some_task("c"))
    desk.runner.release()
    closing.join(PATIENCE)
    desk.runner.settle()
    assert order == ["closed after ['a']"]
    assert desk.states(*runs, *late) == [RunState.SUCCEEDED, RunState.QUEUED, RunState.QUEUED]
    assert desk.runner.started == ["a"]


def test_closing_can_stop_what_goes(desk: Desk) -> None:
    desk.runner.hold("a", "b")
    runs = desk.start(some_task("a"), some_task("b"), some_task("c"))
    desk.runner.wait_started("a", "b")
    desk.dispatcher.close(stop_runs=True, reason="Pendel was shut down by anna.")
    desk.runner.settle()
    assert desk.states(*runs) == [RunState.STOPPED, RunState.STOPPED, RunState.QUEUED]
    assert desk.shown("a").message == "Pendel was shut down by anna."


def test_a_run_that_ends_while_closing_waits_is_noted_once(desk: Desk) -> None:
    desk.runner.hold("a", "b")
    runs = desk.start(some_task("a"), some_task("b"))
    desk.runner.wait_started("a", "b")
    closing = threading.Thread(target=lambda: desk.dispatcher.close(stop_runs=False, reason=""))
    closing.start()
    desk.runner.release("a")
    assert desk.dispatcher.wait(runs[:1], PATIENCE)
    desk.runner.release("b")
    closing.join(PATIENCE)
    desk.runner.settle()
    assert sorted(desk.ended) == runs


def test_waiting_gives_up_in_time_and_no_run_is_no_wait(desk: Desk) -> None:
    desk.runner.hold("a")
    runs = desk.start(some_task("a"))
    assert not desk.dispatcher.wait(runs, 0)
    assert desk.dispatcher.wait([], 0)
    assert desk.dispatcher.open_runs() == runs


def test_system_tasks_go_first(desk: Desk) -> None:
    desk.runner.hold("system-a")
    runs = desk.start(some_task("b", 0), some_task("system-a", 99))
    desk.runner.wait_started("system-a")
    assert desk.waits_for("b") == "waits for system-a: system tasks go first"
    runs += desk.start(some_task("c", 0))
    assert desk.waits_for("c") == "waits for system-a: system tasks go first"
    desk.runner.release()
    desk.finish(runs)
    assert desk.runner.started[0] == "system-a"


def test_a_system_task_goes_before_what_waits_already(desk: Desk) -> None:
    desk.runner.hold("a", "b", "system-x")
    runs = desk.start(some_task("a"), some_task("b"), some_task("c"), some_task("d", 20))
    desk.runner.wait_started("a", "b")
    runs += desk.start(some_task("system-x"))
    desk.runner.release("a", "b")
    desk.runner.wait_started("system-x")
    assert desk.waits_for("c") == "waits for system-x: system tasks go first"
    assert desk.waits_for("d").startswith("waits for ")
    assert desk.runner.started[2:] == ["system-x"]
    desk.runner.release()
    desk.finish(runs)
    assert desk.runner.started[2:] == ["system-x", "c", "d"]


def test_a_stopped_system_task_frees_what_waits_for_it(desk: Desk) -> None:
    desk.runner.hold("a", "b")
    runs = desk.start(some_task("a"), some_task("b"))
    desk.runner.wait_started("a", "b")
    (system,) = desk.start(some_task("system-x"))
    runs += desk.start(some_task("c"))
    desk.dispatcher.request_stop(system, "not now")
    desk.runner.release()
    desk.finish(runs)
    assert "c" in desk.runner.started


def test_a_fault_of_the_runner_frees_its_slot(desk: Desk) -> None:
    desk.runner.faults["a"] = ValueError("nobody thought of this")
    runs = desk.start(some_task("a", 10), some_task("b", 20))
    desk.finish(runs)
    assert desk.shown("a").state is RunState.FAILED
    assert "ValueError" in desk.shown("a").message
    assert desk.runner.started == ["a", "b"]
    assert sorted(desk.ended) == runs


def test_a_journal_that_cannot_be_written_does_not_hold_up_what_is_left(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.runner.hold("a")
    runs = desk.start(some_task("a", 10), some_task("b", 20), some_task("c", 30, after=("b",)), some_task("d", 40))
    desk.runner.wait_started("a")
    end = desk.journal.runs.end

    def full(run: int, state: RunState, **rest: object) -> None:
        if run in runs[1:3]:
            raise StoreError("the disk is full")
        end(run, state, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.journal.runs, "end", full)
    assert desk.dispatcher.request_stop(runs[1], "Stopped by anna.")
    desk.runner.release()
    desk.finish(runs)
    assert desk.runner.started == ["a", "d"]
    assert desk.shown("b").state is RunState.STOPPED
    assert desk.shown("c").state is RunState.SKIPPED
    assert desk.states(*runs[1:3]) == [RunState.QUEUED] * 2, "for the next engine to look at"


def test_a_system_without_threads_fails_the_run_and_not_the_engine(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", none_left)
        runs = desk.start(some_task("a"))
    assert desk.states(*runs) == [RunState.FAILED]
    assert "can't start new thread" in desk.shown("a").message
    desk.finish(desk.start(some_task("b")))
    assert desk.runner.started == ["b"]


def test_a_run_that_is_taken_up_again_keeps_its_beginning(desk: Desk) -> None:
    from datetime import timedelta

    from core.store.journal.runs import NewRun

    (run,) = desk.journal.runs.queue([NewRun("a", "some", Trigger.PLANNED, "pendel")], at=NOW)
    began = NOW - timedelta(hours=1)
    desk.journal.runs.start(run, at=began)
    desk.journal.runs.set_checkpoint(run, {"files": []})
    desk.runner.hold("a")
    desk.board.show_tasks([_view(some_task("a"))], ZoneInfo("UTC"))
    desk.starter.resume(desk.journal.runs.mark_interrupted(), {"a": some_task("a")})
    desk.runner.wait_started("a")
    (active,) = desk.runner.runs
    assert (active.resuming, active.checkpoint, active.started_at) == (True, {"files": []}, began)
    assert desk.shown("a").started_at == began


def test_thousands_of_runs_end_in_order_and_each_once(journal: Journal) -> None:
    desk = Desk(journal, FakeRunner(None))
    numbers = [number * 7919 % 60 for number in range(3000)]
    runs = desk.start(*(some_task(f"t{index}", number) for index, number in enumerate(numbers)))
    desk.finish(runs)
    assert [numbers[int(task[1:])] for task in desk.runner.started] == sorted(numbers)
    assert sorted(desk.ended) == sorted(runs)
    assert desk.dispatcher.open_runs() == []
    assert desk.runner.most <= 2
