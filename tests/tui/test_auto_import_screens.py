"""Automatic imports on the screen: the task, its form, and what came of each file, at 80x24."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from support.drop_site import PRICES, drop_of, prices
from support.live_console import LiveConsole, live_console
from support.live_engine import live_engine
from support.run_site import ENGINE
from support.task_site import TABLES

from core.engine.gate import Gate
from core.runs import Actor, RunState
from tui.screens.form import FormScreen
from tui.screens.run import Part, RunScreen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
def config(tmp_path: Path) -> Path:
    for name in ("in/AutoImport", "in/AutoCheck", "out", "uploads"):
        (tmp_path / name).mkdir(parents=True)
    config = tmp_path / "config.toml"
    config.write_text(ENGINE + TABLES + drop_of(accept=[{**PRICES, "max_rejected": 0.5}]), encoding="utf-8")
    (tmp_path / "in/AutoImport/week.csv").write_text(prices("A1", "A2") + "A3;x\n")
    (tmp_path / "in/AutoImport/shop \u202e[red].xml").write_text("<shop/>")
    (tmp_path / "in/AutoCheck/try.csv").write_text(prices("B1"))
    with live_engine(config) as live:
        (run,) = Gate(live.engine, Actor("anna", "pts/3")).start_tasks(["drop"])
        assert live.ended(run).state is RunState.WARNINGS
    return config


@asynccontextmanager
async def run_shown(config: Path) -> AsyncIterator[LiveConsole]:
    async with live_console(config) as console:
        await console.press("2", "enter")
        assert isinstance(console.screen, RunScreen)
        yield console


async def to_part(console: LiveConsole, part: Part) -> str:
    for _ in Part:
        assert isinstance(console.screen, RunScreen)
        if console.screen.part is part:
            break
        await console.press("enter")
    return await console.look()


async def test_the_run_says_how_many_files_came_to_what(config: Path) -> None:
    async with run_shown(config) as console:
        words = " ".join(console.text.split())
        assert "1 file imported, 1 file checked, 1 file in quarantine. Records: 2 read, 2 new, 1 rejected." in words
        assert "Files says what came of each file, and why one is in quarantine" in words
        assert "read 2 accepted from the files" in words


async def test_the_files_of_a_run_are_listed_with_their_outcome_those_in_quarantine_first(config: Path) -> None:
    async with run_shown(config) as console:
        text = await to_part(console, Part.FILES)
        assert "[Files 4]" in text
        words = " ".join(text.split())
        held, done = words.index("shop \\u202e[red].xml: in quarantine"), words.index("week.csv: imported")
        assert held < done
        assert "Nobody recognises shop \\u202e[red].xml: it is XML with the root shop." in words
        assert "It is in AutoImport/processed/week.csv, with a report beside it." in words
        assert "try.csv: checked" in words


async def test_the_rejects_say_where_they_go_once_they_are_mended(config: Path) -> None:
    async with run_shown(config) as console:
        words = " ".join((await to_part(console, Part.REJECTS)).split())
        assert "Mend the rejects file and put it into AutoImport as a file of its own." in words


async def test_a_dry_run_shows_its_files_and_samples(config: Path) -> None:
    (config.parent / "in/AutoImport/more.csv").write_text(prices("A1", "C1", price="7,00"))
    async with live_console(config) as console:
        (run,) = console.live.gate.start_tasks(["drop"], dry_run=True)
        assert console.live.ended(run).state is RunState.SUCCEEDED
        await console.press("2", "enter")
        assert "more.csv: checked" in await to_part(console, Part.FILES)
        samples = await to_part(console, Part.SAMPLES)
        assert "Would be new: 1" in samples
        assert "gross_price: 1" in samples


async def test_an_automatic_import_is_reverted_as_an_import(config: Path) -> None:
    async with run_shown(config) as console:
        await console.press("R")
        await console.until("article, assortment supplier: 2 records removed")
        assert "changes no records" not in console.text


async def test_the_form_has_the_rules_and_says_when_it_runs(config: Path) -> None:
    async with live_console(config) as console:
        await console.press("G", "e")
        assert isinstance(console.screen, FormScreen)
        text = await console.until("as files arrive")
        assert "Import folder                AutoImport" in text
        assert "1 prices · article · supplier" in text


async def test_a_new_task_begins_with_a_template(config: Path) -> None:
    async with live_console(config) as console:
        await console.press("a")
        text = await console.until("Automatic import: whatever arrives in a folder")
        assert "Import: a supplier's file into the catalogue" in text
