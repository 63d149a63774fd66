"""The console around a real engine in the same process, with keys to press and a screen to read."""

from __future__ import annotations

import re
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from support.console_pilot import Shown
from support.live_engine import live_engine
from support.waiting import PATIENCE
from textual.worker import WorkerCancelled

from tui.app import PendelApp
from tui.words import UNICODE, Signs

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d )?\d\d:\d\d(:\d\d)?|\b\w{3} \d{1,2} \w{3} \d{4}\b")
_PATH = re.compile(r" +/\S*config\.toml( . [\w/]+)?")

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from support.live_engine import LiveEngine
    from textual.pilot import Pilot

    from tui.ending import Ending
    from tui.screens.base import PendelScreen


class LiveConsole(Shown):
    """A console around a real engine."""

    def __init__(self, pilot: Pilot[Ending], live: LiveEngine) -> None:
        super().__init__(pilot)
        self.live = live

    @property
    def screen(self) -> PendelScreen:
        """The topmost screen that looks at the engine."""
        screen = self.app.shown
        assert screen is not None
        return screen

    async def press(self, *keys: str) -> str:
        """Press keys, each when the one before has its answer, and return what the screen says."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()
        return await self.look()

    async def type(self, text: str) -> str:
        """Type a text, let the console rest for it, and return what the screen says."""
        names = {"/": "slash", " ": "space", ".": "full_stop", ":": "colon", "=": "equals_sign"}
        await self.pilot.press(*(names.get(char, char) for char in text))
        return await self.look()

    async def settle(self) -> None:
        """Wait until every question to the engine has its answer on the screen."""
        await self.pilot.pause()
        while True:
            try:
                await self.app.workers.wait_for_complete()
            except WorkerCancelled:
                continue  # a newer question has taken its place, and is waited for
            break
        await self.pilot.pause()

    async def until(self, words: str) -> str:
        """Look until the screen says something."""
        end = time.monotonic() + PATIENCE
        while words not in (text := await self.look()):
            assert time.monotonic() < end, f"the screen never said {words!r}:\n{text}"
        return text

    @property
    def still(self) -> str:
        """What the screen says but for what differs from run to run: times, and where the configuration lies."""
        text = _MOMENT.sub(lambda found: "T" * len(found.group()), self.text)
        return _PATH.sub(" CONFIG", text)


@asynccontextmanager
async def live_console(
    config: Path, *, size: tuple[int, int] = (80, 24), signs: Signs = UNICODE
) -> AsyncIterator[LiveConsole]:
    """Run a console around an engine that plans nothing."""
    with live_engine(config) as live:
        app = PendelApp(live.gate, signs)
        async with app.run_test(size=size) as pilot:
            console = LiveConsole(pilot, live)
            await console.look()
            yield console
