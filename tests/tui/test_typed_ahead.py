"""Keys that are typed while a list is being read wait for it, in their order, and not for ever."""

from __future__ import annotations

import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from support.live_console import LiveConsole
from support.live_engine import LiveEngine
from support.settings_site import settings_site

from core.errors import EngineError
from tui import typed_ahead
from tui.app import PendelApp
from tui.words import UNICODE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from core.engine.gate import Gate


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow this machine is, keys wait until a test lets them go."""
    monkeypatch.setattr(typed_ahead, "BRIEFLY", 600.0)


DESKS = ("settings", "history", "catalogue", "files", "links", "flows")


class Held:
    """An engine whose desks answer when they are let go, or fail."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self.let_go = threading.Event()
        self.failure: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._gate, name)
        return _Desk(found, self) if name in DESKS else found


class _Desk:
    def __init__(self, desk: object, engine: Held) -> None:
        self._desk = desk
        self._engine = engine

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._desk, name)

        def ask(*arguments: Any, **options: Any) -> Any:
            assert self._engine.let_go.wait(60)
            if self._engine.failure:
                raise self._engine.failure
            return method(*arguments, **options)

        return ask


@asynccontextmanager
async def held_console(directory: Path) -> AsyncIterator[tuple[LiveConsole, Held]]:
    with settings_site(directory) as (_, gate, engine):
        held = Held(gate)
        app = PendelApp(held, UNICODE)
        async with app.run_test(size=(80, 24)) as pilot:
            try:
                yield LiveConsole(pilot, LiveEngine(engine)), held
            finally:
                held.let_go.set()


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("3jd", "The location supplier cannot be deleted"),
        ("4jd", "The layout shop cannot be deleted"),
        ("5\r", "Pendel: records"),
        ("6\r", "Edit engine"),
        ("7a", "A new link to"),
        ("3a", "A new location by"),
        ("3asftp\r", "New location"),
    ],
)
async def test_keys_wait_for_the_list_that_they_are_for(tmp_path: Path, keys: str, words: str) -> None:
    async with held_console(tmp_path) as (console, held):
        await console.pilot.press(*("enter" if key == "\r" else key for key in keys))
        assert words not in console.text
        held.let_go.set()
        await console.until(words)


async def test_ways_out_are_taken_at_once_and_drop_what_waits(tmp_path: Path) -> None:
    async with held_console(tmp_path) as (console, held):
        await console.pilot.press("3", "j", "d", "1")
        assert "Pendel · " in console.text
        held.let_go.set()
        await console.settle()
        await console.press("3")
        assert "cannot be deleted" not in console.text
        assert "› files" in console.text


async def test_what_has_nothing_to_do_with_the_list_does_not_wait(tmp_path: Path) -> None:
    async with held_console(tmp_path) as (console, held):
        await console.pilot.press("3", "question_mark")
        assert "Show the tasks." in console.text
        await console.pilot.press("escape", "d", "question_mark")
        # Behind a key that waits, it waits with it: it is for what that one opens.
        assert "Reading the configuration" in console.text
        held.let_go.set()
        await console.until("The location files cannot be deleted")


async def test_where_the_list_does_not_come_what_waited_is_dropped_and_it_is_said(tmp_path: Path) -> None:
    async with held_console(tmp_path) as (console, held):
        held.failure = EngineError("The configuration cannot be read.")
        await console.pilot.press("3", "j", "d")
        held.let_go.set()
        await console.until("The configuration cannot be read.")
        held.failure = None
        await console.press("a")
        await console.until("A new location by")


async def test_keys_do_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typed_ahead, "BRIEFLY", 0.1)
    async with held_console(tmp_path) as (console, held):
        await console.pilot.press("3", "d")
        while "what was typed meanwhile is left out" not in console.text:
            await console.pilot.pause()
        held.let_go.set()
        await console.until("› files")
        assert "cannot be deleted" not in console.text
