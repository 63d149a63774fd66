"""The list is on the screen before the engine begins."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.fake_engine import NOW, FakeEngine, some_tasks

from core.engine.engine import Engine
from core.engine.gate import Gate, current_actor
from core.errors import EngineError
from tui.app import PendelApp
from tui.ending import Ending
from tui.widgets.task_table import TaskTable
from tui.words import UNICODE

if TYPE_CHECKING:
    from pathlib import Path

    from core.engine.api import Snapshot


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

    def begin() -> None:
        assert app.screen.query_one(TaskTable).drawn
        seen.append(next_runs(app))
        engine.began = True
        engine.change("stock", active=False)

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
    def begin() -> None:
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
