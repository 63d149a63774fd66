"""What is told piece by piece is what would have been told at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import from_json
from support.fake_engine import ended_run, some_tasks

from core.engine.api import LogLine, Right, Snapshot
from core.engine.attach.updates import Listener, Teller, update_adapter
from core.runs import Level, Progress, RunState

if TYPE_CHECKING:
    from core.engine.api import TaskView
    from core.engine.attach.updates import Update

IDS = [f"task-{number}" for number in range(8)]
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from(IDS), st.integers(0, 100)),
        st.tuples(st.just("remove"), st.sampled_from(IDS), st.just(0)),
        st.tuples(st.just("run"), st.sampled_from(IDS), st.integers(0, 100)),
        st.tuples(st.just("same"), st.sampled_from(IDS), st.just(0)),
        st.tuples(st.just("turn"), st.sampled_from(IDS), st.just(0)),
    ),
    max_size=6,
)


def snapshot(revision: int, tasks: list[TaskView], **changes: object) -> Snapshot:
    first = Snapshot(revision, tuple(tasks), revision * 2, "/etc/pendel/config.toml", ZoneInfo("Europe/Amsterdam"))
    return replace(first, **changes)  # type: ignore[arg-type]


def change(tasks: list[TaskView], what: str, task_id: str, number: int) -> list[TaskView]:
    """One thing that can happen to the tasks of an engine."""
    if what == "add":
        rest = [task for task in tasks if task.id != task_id]
        return sorted([*rest, replace(some_tasks()[1], id=task_id, sequence=number)], key=lambda task: task.sequence)
    if what == "remove":
        return [task for task in tasks if task.id != task_id]
    if what == "turn":
        return tasks[::-1]
    run = ended_run(task_id, RunState.RUNNING, progress=Progress("apply", number, 100, "rows"))
    return [replace(task, run=run if what == "run" else task.run) if task.id == task_id else task for task in tasks]


def told(teller: Teller, state: Snapshot | None) -> Update:
    """An update, after it went over the socket."""
    adapter = update_adapter()
    update: Update = adapter.validate_python(from_json(adapter.dump_json(teller.tell(state, ()))))
    return update


@given(st.lists(CHANGES, min_size=1, max_size=6))
def test_updates_put_together_are_the_whole_snapshot(history: list[list[tuple[str, str, int]]]) -> None:
    teller, listener = Teller(), Listener()
    tasks: list[TaskView] = []
    for revision, changes in enumerate(history):
        for what, task_id, number in changes:
            tasks = change(tasks, what, task_id, number)
        whole = snapshot(revision, tasks)
        assert listener.take(told(teller, whole)) == whole


def test_only_what_changed_is_told() -> None:
    teller = Teller()
    tasks = [replace(some_tasks()[1], id=f"task-{number}") for number in range(10_000)]
    first = teller.tell(snapshot(1, tasks), ())
    assert len(first.changed) == len(first.order or ()) == 10_000
    tasks[17] = replace(tasks[17], active=False)
    tasks[18] = replace(tasks[18])
    second = teller.tell(snapshot(2, tasks), ())
    assert [task.id for task in second.changed] == ["task-17"]
    assert second.order is None
    assert len(update_adapter().dump_json(second)) < 2_000
    third = teller.tell(snapshot(3, tasks[1:]), ())
    assert third.changed == ()
    assert third.order is not None


def test_what_is_not_about_tasks_is_told_too() -> None:
    teller, listener = Teller(), Listener()
    listener.take(told(teller, snapshot(1, some_tasks())))
    other = snapshot(2, some_tasks(), notice="The disk is full.", right=Right.VIEW, zone=ZoneInfo("UTC"))
    assert listener.take(told(teller, other)) == other


def test_nothing_is_told_of_a_state_that_did_not_change() -> None:
    line = LogLine(3, datetime(2026, 11, 20, tzinfo=UTC), Level.INFO, "Started.")
    teller = Teller()
    update = teller.tell(None, (line,))
    assert (update.head, update.changed, update.order, update.lines) == (None, (), None, (line,))
    assert Listener().take(update) is None
