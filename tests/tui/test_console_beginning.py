"""The list is on the screen before the engine begins."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest
from support.fake_engine import NOW, FakeEngine, some_tasks
from textual.events import Key

from core.config.load import load
from core.engine.api.history import RunQuery
from core.engine.api.rights import Right
from core.engine.attach.client import engine_beside
from core.engine.engine import Engine
from core.engine.gate import Gate, current_actor
from core.engine.remembered import NOTICE
from core.errors import EngineError, Refused
from core.runs import Trigger
from core.store.journal import Journal
from core.store.journal.runs import NewRun
from tui.app import PendelApp
from tui.ending import Ending
from tui.opening import NotYet, opened
from tui.screens.tasks import TasksScreen
from tui.widgets.bars import MessageBar
from tui.widgets.task_table import TaskTable
from tui.words import UNICODE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.engine.api import EngineApi, Snapshot


class Unplanned(FakeEngine):
    """An engine that has planned once it began."""

    began = False

    def snapshot(self, since: int = -1) -> Snapshot | None:
        found = super().snapshot(since if self.began else -1)
        if found is None or self.began:
            return found
        return replace(found, planned=False, tasks=tuple(replace(task, next_run=None) for task in found.tasks))


def next_runs(app: PendelApp) -> list[str]:
    """What the list says of the next run of each task."""
    table = app.screen.query_one(TaskTable)
    header, *lines = ("".join(text for text, _ in table.line_at(y)) for y in range(6))
    return [line[header.index("Next") :].split("  ")[0].strip() for line in lines]


async def test_the_engine_begins_when_the_list_is_drawn_and_nothing_is_said_of_moments_before() -> None:
    engine = Unplanned(tasks=some_tasks())
    seen: list[list[str]] = []

    def begin() -> Unplanned:
        assert app.screen.query_one(TaskTable).drawn
        seen.append(next_runs(app))
        engine.began = True
        engine.change("stock", active=False)
        return engine

    app = PendelApp(engine, UNICODE, clock=lambda: NOW, begin=begin)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        (before,) = seen
        app.look()
        await pilot.pause()
        after = next_runs(app)
    active = [task.active for task in engine.tasks]
    assert any(active)
    assert not all(active)
    for task, first, then in zip(engine.tasks, before, after, strict=True):
        assert first == ("…" if task.active else "-"), task.id
        assert then != "…", task.id


async def test_an_engine_that_cannot_begin_ends_the_console_with_its_reason() -> None:
    def begin() -> FakeEngine:
        raise EngineError("The journal is full.")

    app = PendelApp(FakeEngine(), UNICODE, begin=begin)
    async with app.run_test() as pilot:
        await pilot.pause()
    assert app.return_value is Ending.STOP
    assert str(app.refused) == "The journal is full."


@pytest.mark.parametrize("started", [False, True])
def test_an_engine_ends_whether_it_began_or_not(tmp_path: Path, started: bool) -> None:
    path = tmp_path / "config.toml"
    path.write_text('version = 1\n[engine]\ndata_dir = "data"\n', encoding="utf-8")
    engine = Engine(path)
    try:
        if started:
            engine.start()
        found = Gate(engine, current_actor()).snapshot()
        assert found is not None
        assert found.planned is started
        assert all((task.next_run is not None) is started for task in found.tasks)
    finally:
        engine.shutdown(stop_runs=True)
    Engine(path).shutdown(stop_runs=True)


async def test_who_only_looks_sets_nothing_going_that_was_due(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('version = 1\n[engine]\ndata_dir = "data"\n', encoding="utf-8")
    (tmp_path / "data").mkdir()
    with closing(Journal(tmp_path / "data" / "journal.sqlite")) as journal:
        due = NOW.replace(year=2020)
        (run,) = journal.runs.queue([NewRun("system-backup", "backup", Trigger.MANUAL, "anna")], at=due)
        journal.runs.start(run, at=due)
    found = opened(path, Right.VIEW)
    try:
        found.start()
        snapshot = found.api.snapshot()
        assert snapshot is not None
        assert snapshot.planned
        assert all(task.next_run is None and task.run is None for task in snapshot.tasks)
        assert snapshot.notice == "Nothing starts by plan: this engine is that of a read-only console."
        beside = engine_beside(load(path))
        assert beside is not None, "others can work with it meanwhile"
        beside.close()
        assert [each.id for each in found.api.history.runs(RunQuery()).runs] == [run]
    finally:
        found.api.shutdown(stop_runs=True)


async def test_the_cursor_begins_on_the_task_that_it_is_to_be_on() -> None:
    engine = FakeEngine(tasks=some_tasks())
    app = PendelApp(engine, UNICODE, clock=lambda: NOW, greeting="Welcome.", at="stock")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, TasksScreen)
        assert app.screen.task_list.cursor == "stock"
        assert screen_of(app)[-1] == "Welcome."


class Later:
    """An engine that is opened while the console stands already, and what stands there until then."""

    def __init__(self) -> None:
        self.engine = FakeEngine(tasks=some_tasks())
        found = self.engine.snapshot()
        assert found is not None
        unknown = tuple(replace(task, next_run=None, run=None) for task in found.tasks)
        self.first = cast("EngineApi", NotYet(replace(found, revision=0, planned=False, notice=NOTICE, tasks=unknown)))
        self.at_begin: list[str] = []

    def app(self, during: Callable[[], None] = lambda: None) -> PendelApp:
        def begin() -> FakeEngine:
            self.at_begin = screen_of(app)
            during()
            return self.engine

        app = PendelApp(self.first, UNICODE, clock=lambda: NOW, begin=begin)
        return app


def screen_of(app: PendelApp) -> list[str]:
    """What the rows of the list and of the message line read."""
    table, message = app.screen.query_one(TaskTable), app.screen.query_one(MessageBar)
    lines = [table.line_at(y) for y in range(table.size.height)]
    return ["".join(text for text, _ in line) for line in lines] + [message.line_at(0)[0][0]]


async def test_the_list_stands_before_there_is_an_engine_and_the_engine_takes_over() -> None:
    later = Later()
    later.engine.begin("stock")
    app = later.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        after = screen_of(app)
    assert [line[38:58] for line in later.at_begin[1:6]] == [line[38:58] for line in after[1:6]]
    assert later.at_begin[-1] == NOTICE
    assert NOTICE not in after
    assert "running" not in "".join(later.at_begin[:-1])
    assert "► running" in after[5]
    assert "…" in later.at_begin[2]


async def test_keys_that_come_before_the_engine_are_kept_for_it() -> None:
    later = Later()
    app = later.app()
    app.post_message(Key("j", "j"))
    app.post_message(Key("j", "j"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert later.at_begin[1].startswith("›")
        await pilot.press("t")
        await pilot.pause()
    assert later.engine.commands == [("deactivate", ["webshop-articles"])]


def test_what_stands_for_an_engine_refuses_every_command() -> None:
    first = Later().first
    assert first.snapshot(0) is None
    assert list(first.log_after(0)) == []
    with pytest.raises(Refused, match="has not begun"):
        first.start_tasks(["stock"])
    with pytest.raises(Refused, match="has not begun"):
        _ = first.settings


async def test_an_engine_that_cannot_be_opened_ends_the_console_with_its_reason() -> None:
    def fail() -> None:
        raise EngineError("The data directory is closed to this user.")

    app = Later().app(fail)
    async with app.run_test() as pilot:
        await pilot.pause()
    assert app.return_value is Ending.STOP
    assert str(app.refused) == "The data directory is closed to this user."
