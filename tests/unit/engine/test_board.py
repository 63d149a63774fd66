from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from core.engine.api import RunView, TaskView
from core.engine.api.rights import Right
from core.engine.board import Board
from core.runs import Counts, Progress, RunState, Trigger

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.engine.api import Snapshot

NOW = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Amsterdam")


def task(task_id: str, sequence: int = 10, *, system: bool = False) -> TaskView:
    return TaskView(task_id, "import", task_id, True, sequence, "", system, None, None, None)


def run(number: int = 1, state: RunState = RunState.RUNNING, *, of: str = "a") -> RunView:
    return RunView(number, of, state, Trigger.MANUAL, "anna", NOW)


@pytest.fixture
def board() -> Board:
    board = Board("config.toml", ZONE)
    board.show_tasks([task("a"), task("b")], ZONE)
    return board


def look(board: Board, *, log_number: int = 0) -> Snapshot:
    snapshot = board.snapshot(-1, log_number=log_number, right=Right.ADMINISTER)
    assert snapshot is not None
    return snapshot


def shown(board: Board, task_id: str = "a") -> TaskView:
    view = board.task(task_id)
    assert view is not None
    return view


def test_tasks_stand_in_the_order_of_their_numbers_system_tasks_first(board: Board) -> None:
    board.show_tasks([task("b", 5), task("a", 5), task("late", 90), task("system", 99, system=True)], ZONE)
    assert [view.id for view in look(board).tasks] == ["system", "a", "b", "late"]
    assert (look(board).config_path, look(board).zone) == ("config.toml", ZONE)


def test_the_revision_changes_with_what_is_shown_and_only_then(board: Board) -> None:
    changes: list[Callable[[], None]] = [
        lambda: board.show_runs([run()]),
        lambda: board.show_progress(1, "a", Progress("reading"), Counts(read=1)),
        lambda: board.show_next([("a", NOW)]),
        lambda: board.notify("look here"),
        lambda: board.show_runs([run(state=RunState.SUCCEEDED)]),
        lambda: board.show_tasks([task("a")], ZONE),
    ]
    for change in changes:
        before = look(board).revision
        assert board.snapshot(before, log_number=0, right=Right.ADMINISTER) is None
        change()
        after = board.snapshot(before, log_number=0, right=Right.ADMINISTER)
        assert after is not None
        assert after.revision > before
    idle: list[Callable[[], None]] = [
        lambda: board.show_next([("a", None), ("unknown", NOW)]),
        lambda: board.notify("look here"),
        lambda: board.show_runs([]),
        lambda: board.show_progress(1, "a", Progress("too late"), Counts()),
        lambda: board.show_progress(1, "unknown", Progress("x"), Counts()),
    ]
    before = look(board).revision
    for nothing in idle:
        nothing()
        assert board.snapshot(before, log_number=0, right=Right.ADMINISTER) is None


def test_the_history_is_new_when_a_run_ends_and_when_one_changes_whose_task_is_gone(board: Board) -> None:
    told = [look(board).history]
    for change in (
        run(),
        run(state=RunState.SUCCEEDED),
        run(of="gone"),
        run(of="gone", state=RunState.STOPPED),
    ):
        board.show_runs([change])
        told.append(look(board).history)
    board.show_progress(1, "a", Progress("reading"), Counts(read=1))
    told.append(look(board).history)
    assert told == [0, 0, 1, 2, 3, 3]


def test_a_new_line_of_the_log_is_a_change(board: Board) -> None:
    before = look(board, log_number=3)
    assert board.snapshot(before.revision, log_number=3, right=Right.ADMINISTER) is None
    after = board.snapshot(before.revision, log_number=4, right=Right.ADMINISTER)
    assert after is not None
    assert after.log_number == 4


def test_a_run_that_ended_becomes_the_last_one(board: Board) -> None:
    board.show_runs([run()])
    assert look(board).running == 1
    ended = run(state=RunState.FAILED)
    board.show_runs([ended])
    assert (shown(board).run, shown(board).last_run) == (None, ended)
    assert look(board).running == 0


@pytest.mark.parametrize("change", [{"dry_run": True}, {"trigger": Trigger.REVERT}])
def test_dry_runs_and_reverts_are_not_the_last_run(board: Board, change: dict[str, object]) -> None:
    board.show_runs([run(1, RunState.SUCCEEDED)])
    other = replace(run(2), **change)  # type: ignore[arg-type]
    board.show_runs([other])
    assert shown(board).run == other
    board.show_runs([replace(other, state=RunState.FAILED)])
    last = shown(board).last_run
    assert shown(board).run is None
    assert last is not None
    assert last.id == 1


def test_progress_of_an_earlier_run_is_not_shown_with_the_next(board: Board) -> None:
    board.show_runs([run(2)])
    board.show_progress(1, "a", Progress("old"), Counts(read=9))
    view = shown(board).run
    assert view is not None
    assert view.progress is None
    board.show_progress(2, "a", Progress("new", 1, 2), Counts(read=1))
    view = shown(board).run
    assert view is not None
    assert (view.progress, view.counts) == (Progress("new", 1, 2), Counts(read=1))


def test_a_reload_keeps_runs_with_their_tasks(board: Board) -> None:
    board.show_runs([run(), run(2, of="b")])
    board.show_tasks([replace(task("a"), description="changed"), task("c")], ZoneInfo("UTC"))
    assert (shown(board).description, shown(board).run) == ("changed", run())
    assert board.task("b") is None
    board.show_runs([run(2, RunState.SUCCEEDED, of="b")])
    assert [view.id for view in look(board).tasks] == ["a", "c"]
    assert look(board).zone == ZoneInfo("UTC")


def test_a_snapshot_does_not_change_afterwards(board: Board) -> None:
    before = look(board)
    board.show_runs([run()])
    board.show_next([("a", NOW + timedelta(hours=1))])
    assert before.tasks[0].run is None
    assert before.tasks[0].next_run is None
