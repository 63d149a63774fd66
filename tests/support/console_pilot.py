"""Running the console in a test, and reading its screen."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from support.fake_engine import NOW, FakeEngine

from core.text import clean
from tui.action import Scope
from tui.app import PendelApp
from tui.screens.tasks import TasksScreen
from tui.themes import ANSI
from tui.words import UNICODE, Signs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

    from tui.ending import Ending
    from tui.keymap import Keymap

SNAPSHOTS = Path(__file__).parents[1] / "tui" / "snapshots"
UPDATE = os.environ.get("UPDATE_SNAPSHOTS") == "1"
"""Set the variable to write the snapshots anew, and look at the difference in git."""


class Shown:
    """A console under test, whatever engine it looks at: its keys and its screen."""

    def __init__(self, pilot: Pilot[Ending]) -> None:
        self.pilot = pilot

    @property
    def app(self) -> PendelApp:
        app = self.pilot.app
        assert isinstance(app, PendelApp)
        return app

    @property
    def lines(self) -> list[str]:
        return [strip.text.rstrip() for strip in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        """What the screen says; never anything that a terminal would obey."""
        lines = self.lines
        assert lines == [clean(line) for line in lines]
        return "\n".join(lines)

    async def press(self, *keys: str) -> str:
        """Press keys one after the other, let the console do its work, and return what the screen says."""
        await self.pilot.press(*keys)
        return await self.look()

    async def look(self) -> str:
        """Let the console look at its engine, and return what the screen says."""
        for _ in range(4):
            self.app.look()
        await self.settle()
        return self.text

    async def settle(self) -> None:
        """Wait until the console has done what it was asked for."""
        await self.pilot.pause()


class Console(Shown):
    """A console around a fake engine, and what it asks of it."""

    def __init__(self, pilot: Pilot[Ending], engine: FakeEngine) -> None:
        super().__init__(pilot)
        self.engine = engine

    @property
    def tasks(self) -> TasksScreen:
        screen = self.app.get_screen(Scope.TASKS)
        assert isinstance(screen, TasksScreen)
        return screen

    async def settle(self) -> None:
        """Let the details follow the cursor at once, and wait until all is drawn."""
        if self.app.shown is self.tasks:
            self.tasks._show_details()
        await super().settle()

    @property
    def cursor(self) -> str | None:
        return self.tasks.task_list.cursor


@asynccontextmanager
async def console(
    engine: FakeEngine | None = None,
    *,
    size: tuple[int, int] = (80, 24),
    signs: Signs = UNICODE,
    keymap: Keymap | None = None,
    theme: str = ANSI,
) -> AsyncIterator[Console]:
    """Run a console around an engine, on a screen of that size, with a clock that stands still."""
    engine = engine or FakeEngine()
    app = PendelApp(engine, signs, keymap=keymap, theme=theme, clock=lambda: NOW)
    async with app.run_test(size=size) as pilot:
        running = Console(pilot, engine)
        await running.look()
        yield running


def check_snapshot(name: str, text: str) -> None:
    """Compare a screen with the one that was looked at and found good."""
    path = SNAPSHOTS / f"{name}.txt"
    if UPDATE:
        path.write_text(text + "\n", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text + "\n"
