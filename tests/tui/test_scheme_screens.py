"""ETL schemes in the console, key by key: writing one, what is wrong with it, trying it, and its task."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from support.settings_site import CONFIG, checked, on_task, settings_console

from core.config.load import load
from tui.forms.long_text import TextDialog

if TYPE_CHECKING:
    from pathlib import Path

    from support.live_console import LiveConsole

SCHEME = '''
[schemes.round]
description = "Whole prices"
[[schemes.round.steps]]
name = "whole"
sql = """
UPDATE article
SET gross_price = round(gross_price)
"""
'''


def written(directory: Path) -> dict[str, Any]:
    return tomllib.loads((directory / "config.toml").read_text(encoding="utf-8"))


async def open_text(console: LiveConsole) -> TextDialog:
    await console.press("enter")
    screen = console.app.screen
    assert isinstance(screen, TextDialog)
    return screen


async def test_a_scheme_is_written_with_what_is_wrong_named_beside_the_typing(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        await console.press("6", "a", "down", "down", "enter")
        await checked(console)
        await console.type("round")
        await console.press("down", "down", "enter", "down", "down")
        await open_text(console)
        await console.type("UPDATE article")
        await console.press("enter")
        await console.type("SET gros_price = 1")
        text = await console.until("you mean 'gross_price'?")
        assert "SQL of first, line 2, column 19" in text
        assert "line 2, column 5: Referenced update column gros_price not found" in " ".join(text.split())
        await console.press("escape")
        await checked(console)
        assert "Not saved: 1 problem." in await console.press("ctrl+s")
        assert "schemes" not in written(tmp_path)
        await open_text(console)
        await console.press("down", "end", *["backspace"] * 18)
        await console.type("SET gross_price = 1")
        await console.press("escape")
        await checked(console)
        assert "Saved ETL scheme round" in await console.press("ctrl+s")
    (step,) = written(tmp_path)["schemes"]["round"]["steps"]
    assert step == {"name": "first", "sql": "UPDATE article\nSET gross_price = 1"}
    assert '"""' in (tmp_path / "config.toml").read_text(encoding="utf-8")
    assert load(tmp_path / "config.toml").schemes["round"].steps[0].sql == step["sql"]


async def test_a_form_shows_a_text_of_several_lines_on_one(tmp_path: Path) -> None:
    async with settings_console(tmp_path, CONFIG + SCHEME) as console:
        await console.press("6")
        text = await console.press("/", *"ETL", "enter")
        assert "ETL scheme  round" in text
        assert "1 step, Whole prices" in text
        await console.press("e")
        text = await checked(console)
        assert "UPDATE article SET gross_price = round(gross_price)" in text


async def test_a_scheme_is_tried_before_it_is_saved(tmp_path: Path) -> None:
    layout = 'file = "prices.csv"\nsettle = 0\n'
    config = CONFIG.replace('source = { location = "supplier", path = "prices-*.csv" }', layout) + SCHEME
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "prices.csv").write_text("Artikel;Bruto\nA1;1,40\nA2;3,00\n")
    async with settings_console(tmp_path, config) as console:
        await console.press("6", "/", *"ETL", "enter", "e")
        await checked(console)
        assert "There are no records yet to try it on." in await console.press("ctrl+t")
        await console.press("escape", "1")
        await on_task(console, "prices")
        await console.press("s", "y")
        await console.until("2 new")
        await console.press("6", "e")
        await checked(console)
        await console.press("ctrl+t")
        await console.until("1 changed, 1 unchanged")
        assert "What the scheme would do in supplier; nothing was changed" in console.text
        assert "Step 1, whole: 2 rows updated." in console.text
        assert "article A1 changes: gross_price: 1.4 → 1" in console.text
        text = await console.press("escape")
        assert "nothing was changed" not in text
        assert "Edit ETL scheme round" in text
