"""Feed layouts on the screen: taken from a template, changed in a form beside the first record, and saved."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from support.live_console import live_console

from core.runs import RunState
from tui.screens.form import FormScreen
from tui.screens.layouts import LayoutsScreen

if TYPE_CHECKING:
    from pathlib import Path

    from support.live_console import LiveConsole

CONFIG = """
version = 1
[engine]
data_dir = "data"
languages = ["nl", "en"]

[layouts.articles]
direction = "import"
entity = "article"
format = "csv"
columns = [{ column = "no", field = "number" }, { column = "nl", field = "description.nl" },
  { column = "price", field = "gross_price" }]

[layouts.short]
direction = "feed"
entity = "article"
format = "json"
root = { records = true, members = [{ name = "no", field = "number" }, { name = "text", field = "description" }] }

[[tasks]]
id = "articles"
type = "import"
description = "Articles"
sequence = 10
entity = "article"
layout = "articles"
file = "articles.csv"
settle = 0

[[tasks]]
id = "feed"
type = "feed"
description = "To the shop"
sequence = 20
entity = "article"
layout = "short"
file = "articles.json"
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A feed layout, and articles that can be imported."""
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "articles.csv").write_text("no,nl,price\nA1,Stoel & <tafel>,12.5\nA2,Kast,3\n")
    config = tmp_path / "config.toml"
    config.write_text(CONFIG, encoding="utf-8")
    return config


def layouts(config: Path) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(config.read_text(encoding="utf-8"))["layouts"]
    return found


async def run(console: LiveConsole, task: str) -> None:
    (number,) = console.live.gate.start_tasks([task])
    assert console.live.ended(number).state is RunState.SUCCEEDED


async def open_form(console: LiveConsole, name: str) -> FormScreen:
    await console.press("4")
    assert isinstance(console.screen, LayoutsScreen)
    console.screen.list.move_to_row(name)
    await console.press("enter")
    assert isinstance(console.screen, FormScreen)
    return console.screen


async def test_a_layout_is_taken_from_a_template_and_saved(site: Path) -> None:
    async with live_console(site) as console:
        await run(console, "articles")
        await console.press("4", "a")
        await console.type("feed")
        text = await console.press("enter")
        for title in ("Google Merchant", "Sitemap", "Webshop", "Empty: XML", "Empty: JSON"):
            assert title in text
        await console.type("google")
        await console.press("enter")
        await console.type("merchant")
        assert "New layout merchant" in await console.press("enter")
        text = await console.press("ctrl+t")
        assert "The first of 2 records" in text
        assert "<g:id>A1</g:id>" in text
        # The whole document can be read on a small terminal.
        assert "<g:price>12.50 EUR</g:price>" in await console.press("pagedown")
        text = await console.press("esc")
        assert "The first of" not in text
        await console.press("ctrl+s")
        await console.settle()
        assert isinstance(console.screen, LayoutsScreen)
        assert "merchant" in await console.look()
    assert layouts(site)["merchant"]["root"]["elements"][0]["elements"][3]["records"] is True


async def test_the_preview_follows_what_is_typed(site: Path) -> None:
    async with live_console(site, size=(100, 40)) as console:
        form = await open_form(console, "short")
        assert "The catalogue has no such record yet" in await console.press("ctrl+t")
        await run(console, "articles")
        await console.press("ctrl+t")
        assert '"text": "Stoel & <tafel>"' in await console.press("ctrl+t")
        assert form.form is not None
        form.form.put(("root", "members", 1), {"name": "titel", "field": "description", "convert": ["upper"]})
        form.changed()
        await console.until('"titel": "STOEL & <TAFEL>"')
        form.form.put(("root", "members", 1, "convert"), None)
        form.form.put(("root", "members", 1, "expression"), "nmuber")
        form.form.put(("root", "members", 1, "field"), None)
        form.changed()
        assert "'nmuber'" in await console.until("Did you mean 'number'")


async def test_the_tree_is_shown_beside_the_list(site: Path) -> None:
    async with live_console(site) as console:
        await console.press("4")
        assert isinstance(console.screen, LayoutsScreen)
        console.screen.list.move_to_row("short")
        text = await console.look()
        assert "document  (for each record)" in text
        assert "  text = description" in text
        assert "Used by task feed." in text


async def test_a_dry_run_shows_the_first_records(site: Path) -> None:
    async with live_console(site) as console:
        await run(console, "articles")
        (number,) = console.live.gate.start_tasks(["feed"], dry_run=True)
        assert console.live.ended(number).state is RunState.SUCCEEDED
        await console.press("2", "enter")
        text = await console.press("enter")
        assert "Would be written: 2" in text
        assert '{"no":"A1","text":"Stoel & <tafel>"}' in text
