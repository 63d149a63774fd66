"""Every screen of the console on a real engine: its keys, help and palette, hostile text, small and plain terminals."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from support.live_console import LiveConsole, live_console
from support.run_site import put_prices, run_site

from core.text import clean
from tui.action import TYPING, Scope
from tui.actions import actions_of
from tui.app import ActionPalette
from tui.driver import _PLAIN
from tui.screens.help import HelpScreen
from tui.words import ASCII, UNICODE, Signs

if TYPE_CHECKING:
    from pathlib import Path

    from textual.screen import Screen

WAYS = {
    Scope.TASKS: ["1"],
    Scope.RUNS: ["2"],
    Scope.RUN: ["2", "enter"],
    Scope.LOCATIONS: ["3"],
    Scope.FORM: ["6", "enter"],
    Scope.LAYOUTS: ["4"],
    Scope.LAYOUT: ["4", "enter"],
    Scope.CATALOGUE: ["5"],
    Scope.RECORDS: ["5", "enter"],
    Scope.RECORD: ["5", "enter", "enter"],
    Scope.SETTINGS: ["6"],
    Scope.LINKS: ["7"],
    Scope.FLOWS: ["8"],
    Scope.FAILURES: ["8", "enter"],
    Scope.ACTIVITY: ["8", "v"],
    Scope.SET_UP: ["8", "a"],
}
"""The keys that lead to a screen, from any main screen."""
FLOW = """
[links.books]
connector = "buchhaltungsbutler"
[links.books.fields]
address = "https://books.example/api/v1"
client = "someone"
secret = { secret = "books" }
api_key = { secret = "books-key" }

[[tasks]]
id = "to-books"
type = "flow"
description = "Customers to the books"
sequence = 900
kind = "customers"
source = "catalogue"
target = "books"
"""
HOSTILE = "[red]not red[/] \u202edesrever \x1b]0;taken\x07 \x1b[2J\u0085 end"


async def visit(console: LiveConsole, scope: Scope) -> str:
    """Go to a screen, and return what it says."""
    while console.screen.scope not in (
        Scope.TASKS,
        Scope.RUNS,
        Scope.LOCATIONS,
        Scope.LAYOUTS,
        Scope.CATALOGUE,
        Scope.SETTINGS,
        Scope.LINKS,
        Scope.FLOWS,
    ):
        await console.press("escape")
    text = await console.press(*WAYS[scope])
    assert console.screen.scope is scope
    return text


def shows(console: LiveConsole, kind: type[Screen[Any]]) -> bool:
    return isinstance(console.app.screen, kind)


def hostile_site(tmp_path: Path) -> Path:
    config = run_site(tmp_path)
    text = config.read_text(encoding="utf-8")
    escaped = '"[red]not red[/] \\u202edesrever end"'
    lines = [f"description = {escaped}" if line.startswith("description = ") else line for line in text.splitlines()]
    config.write_text("\n".join([*lines, FLOW]), encoding="utf-8")
    put_prices(config, 1, 50, bad=2)
    return config


def test_every_screen_has_a_way_here() -> None:
    assert set(WAYS) == set(Scope)


@pytest.mark.parametrize(
    ("size", "signs", "colour"),
    [((80, 24), UNICODE, True), ((40, 10), UNICODE, True), ((80, 24), ASCII, False)],
)
async def test_every_screen(
    tmp_path: Path, size: tuple[int, int], signs: Signs, colour: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not colour:
        monkeypatch.setenv("NO_COLOR", "1")
    async with live_console(hostile_site(tmp_path), size=size, signs=signs) as console:
        console.live.ended(console.live.start("delta"))
        for scope in Scope:
            logging.getLogger("pendel").info(HOSTILE)
            text = await visit(console, scope)
            # Nothing that a terminal would obey; LiveConsole looks at every line.
            assert text == "\n".join(clean(line) for line in text.splitlines())
            assert text.splitlines()[0].startswith("Pendel")
            if signs is ASCII:
                assert text.translate(_PLAIN).isascii(), scope
            screen = console.screen
            for entry in actions_of(scope):
                assert callable(getattr(screen, entry.method, None)), f"{scope}: {entry.id}"
            bar = text.splitlines()[-1]
            assert "Help" in bar, scope
            await console.press("f1")
            assert shows(console, HelpScreen), scope
            await console.press("escape")
            await console.press("ctrl+p")
            assert shows(console, ActionPalette), scope
            assert "Search" in console.text or size == (40, 10)
            await console.press("escape")
            assert console.app.shown is screen, scope
            if scope not in TYPING and size != (40, 10):
                assert "[red]not red[/]" in await until_log(console), scope


async def until_log(console: LiveConsole) -> str:
    """Let the log have the whole body, read it, and give the body back."""
    text = await console.press("l")
    await console.press("l", "l")
    return text
