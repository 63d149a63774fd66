"""The catalogue on the screen: entities, pages of records, one record; on a real engine with real records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.console_pilot import check_snapshot
from support.live_console import live_console
from support.live_engine import live_engine
from support.supplier_site import csv_of, make_articles, write_config
from textual.widgets import Input

from core.runs import RunState
from tui.record_window import MOST, PAGE
from tui.screens.catalogue import CatalogueScreen
from tui.screens.record import RecordScreen
from tui.screens.records import RecordsScreen
from tui.words import ASCII

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.live_console import LiveConsole

ARTICLES = 553
HOSTILE = "\x1b[31m[red]Kabel[/red] \u202eevil"


@pytest.fixture(scope="module")
def site(new_directory: Callable[[], Path]) -> Path:
    """A catalogue of 553 articles; the second full import changed one, and archived the last three."""
    root = new_directory()
    config = write_config(root)
    articles = make_articles(ARTICLES, seed=5)
    articles["00000002"]["Omschrijving"] = HOSTILE
    with live_engine(config) as live:
        for _ in range(2):
            (root / "supplier" / "prices.csv").write_bytes(csv_of(articles))
            assert live.ended(live.start("full")).state is RunState.SUCCEEDED
            articles["00000001"]["Bruto"] = "1234,50"
            for number in range(ARTICLES - 3, ARTICLES):
                articles.pop(f"{number:08d}", None)
    return config


async def open_records(console: LiveConsole) -> RecordsScreen:
    await console.press("5")
    await console.press("enter")
    assert isinstance(console.screen, RecordsScreen)
    return console.screen


async def rest(console: LiveConsole, words: str) -> str:
    """Wait until what was typed has taken effect."""
    return await console.until(words)


async def test_entities_stand_with_their_counts_and_fields(site: Path) -> None:
    async with live_console(site) as console:
        text = await console.press("5")
        assert isinstance(console.screen, CatalogueScreen)
        assert "Pendel: catalogue" in text
        article = next(line for line in console.lines if "article" in line and "Article" in line)
        assert "550" in article
        assert article.split()[3:5] == ["550", "3"]
        assert any(line.strip().startswith("supplier") and "550" in line for line in console.lines)
        assert "key number" in text
        # What holds nothing comes after what does.
        assert console.lines.index(article) < next(n for n, line in enumerate(console.lines) if " attachment " in line)


POOL = """
[layouts.pool]
direction = "export"
format = "bmecat"
header = { supplier = "Draad", catalogue = "C1", catalogue_version = "1.0", currency = "EUR" }

[locations.pool]
protocol = "local"
directory = "pool"
"""


def sends(name: str) -> str:
    return f"""
[[tasks]]
id = "{name}"
type = "export-artikelbeheer"
description = "To the data pool"
sequence = 60
location = "pool"
layout = "pool"
file = "{{assortment}}-{name}.xml"
"""


async def test_an_assortment_is_sent_by_hand(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    text = config.read_text(encoding="utf-8")
    shared = (
        '{ field = "published_datapool", constant = "true" }, { field = "supplier_gln", constant = "8714230000076" }'
    )
    text = text.replace("columns = [", f"columns = [{shared},", 1)
    config.write_text(text + POOL + sends("first") + sends("second"), encoding="utf-8")
    folder = tmp_path / "pool/Uploads/AutoImport"
    folder.mkdir(parents=True)
    (tmp_path / "supplier" / "prices.csv").write_bytes(csv_of(make_articles(3, seed=5)))
    async with live_console(config, size=(80, 24)) as console:
        console.live.ended(console.live.start("full"))
        await console.press("5")
        await console.until("  supplier")
        assert "s Send" in console.lines[-1]
        assert "The cursor is on no assortment; one is sent at a time." in await console.press("s")
        text = await console.press("j", "s")
        assert "Which task sends it" in text
        await console.type("second")
        text = await console.press("enter")
        assert "Send the assortment supplier?" in text
        await console.press("y")
        await console.until("A run of second for the assortment supplier was queued.")
        await console.until("second: Succeeded")
    assert [path.name for path in folder.iterdir()] == ["supplier-second.xml"]


async def test_without_a_task_that_sends_it_is_said_what_is_missing(site: Path) -> None:
    async with live_console(site, size=(80, 24)) as console:
        await console.press("5")
        text = await console.press("j", "s")
        assert "No task sends assortments: add one of type export-artikelbeheer." in text


async def test_entities_are_filtered_and_sorted(site: Path) -> None:
    async with live_console(site) as console:
        await console.press("5", "slash")
        text = await console.type("suppl")
        assert "attachment" not in text
        assert "article" in text
        await console.press("enter")
        text = await console.press("escape")
        assert "attachment" in text
        await console.press("greater_than_sign")
        assert "Title▲" in console.text
        text = await console.press("r")
        assert "Title▼" in text


async def test_words_of_an_assortment_leave_only_that_one(site: Path) -> None:
    async with live_console(site) as console:
        await console.press("5", "slash")
        text = await console.type("article supplier")
        assert [line.split()[:1] for line in text.splitlines()[2:4]] == [["›"], ["supplier"]]
        await console.press("escape", "slash")
        text = await console.type("article nothing")
        assert "No entity passes the filter" in text


async def test_records_come_a_page_at_a_time_and_never_all(site: Path) -> None:
    async with live_console(site) as console:
        screen = await open_records(console)
        assert "550 records" in console.text
        assert len(screen._window.rows) == PAGE
        # Down to the last one, page by page, and the cursor is where it should be.
        for _ in range(80):
            await console.pilot.press("pagedown")
            await console.settle()
            assert len(screen._window.rows) <= MOST
        assert "00000549" in console.text
        assert not screen._window.after
        assert screen._window.before
        await console.press("g")
        assert "00000000" in console.text
        await console.press("G")
        assert "00000549" in console.text
        assert len(screen._window.rows) == PAGE
        for _ in range(80):
            await console.pilot.press("pageup")
            await console.settle()
        assert screen.list.position == 0
        assert "00000000" in console.text


async def test_cursor_stays_on_its_record_when_pages_come_before_it(site: Path) -> None:
    async with live_console(site) as console:
        screen = await open_records(console)
        await console.press("G")
        for _ in range(75):
            await console.pilot.press("k")
        await console.settle()
        assert screen.list.cursor is not None
        assert "00000474" in screen.list.cursor
        line = next(line for line in console.lines if line.startswith("›"))
        assert "00000474" in line


async def test_filter_by_words_and_by_field(site: Path) -> None:
    async with live_console(site) as console:
        await open_records(console)
        await console.press("slash")
        await console.type("number:0000001")
        await console.press("enter")
        text = await rest(console, ": 11 records")
        assert "filter 'number:0000001'" in text
        await console.press("slash")
        console.app.screen.query_one("#filter", Input).value = ""
        await console.type("nothing like it")
        await console.press("enter")
        assert "No record passes the filter; esc clears it." in await rest(console, ": 0 records")
        await console.press("escape")
        await rest(console, ": 550 records")
        assert "00000000" in console.text


async def test_archived_ones_are_shown_on_a_key(site: Path) -> None:
    async with live_console(site) as console:
        await open_records(console)
        text = await console.press("f")
        assert ": 3 records; archived" in text
        assert "·00000550" in text
        text = await console.press("f")
        assert ": 553 records; all" in text
        text = await console.press("f")
        assert ": 550 records." in text


async def test_sorting_asks_the_store(site: Path) -> None:
    async with live_console(site) as console:
        screen = await open_records(console)
        for _ in range(40):
            await console.press("greater_than_sign")
            if screen.query_.sorted_by == "number":
                break
        text = await console.press("r")
        assert "00000549" in text
        assert "number▼" in text


async def test_columns_are_chosen_and_moved(site: Path) -> None:
    async with live_console(site) as console:
        screen = await open_records(console)
        before = console.lines[1]
        await console.press("right", "right")
        assert console.lines[1] != before
        assert "number" in console.lines[1]
        await console.press("left", "left")
        assert console.lines[1] == before
        await console.press("C", "ctrl+a", "ctrl+a")
        await console.press("end", "space")
        text = await console.press("home", "space")
        assert "Columns of article, in their order" in text
        await console.press("enter")
        # In the order in which they were chosen.
        assert screen._chosen == ("archived_by_run", "number")
        await console.press("C")
        await console.press("escape")
        assert len(screen._chosen) == 2


async def test_one_record_with_its_history(site: Path) -> None:
    async with live_console(site) as console:
        await open_records(console)
        await console.press("j")
        text = await console.press("enter")
        assert isinstance(console.screen, RecordScreen)
        assert "article supplier 00000001" in text
        text = await console.press("G")
        assert "2 versions kept" in text
        assert "run 2: changed" in text
        assert "-> 1234.5" in text
        assert "run 1: new" in await console.press("G")
        text = await console.press("right_square_bracket")
        assert "article supplier 00000002" in text
        await console.press("left_square_bracket")
        text = await console.press("left_square_bracket")
        assert "article supplier 00000000" in text
        text = await console.press("left_square_bracket")
        assert "There is no record before this one." in text
        assert "Pendel: records" in await console.press("escape")
        assert "Pendel: catalogue" in await console.press("escape")


async def test_hostile_text_is_only_text(site: Path) -> None:
    async with live_console(site) as console:
        await open_records(console)
        await console.press("j", "j")
        await console.press("enter")
        # ``text`` asserts that nothing on the screen would act on a terminal.
        assert "[red]Kabel[/red]" in console.text
        assert "\\u202e" in console.text


async def test_a_record_is_copied(site: Path) -> None:
    async with live_console(site) as console:
        screen = await open_records(console)
        await console.press("enter")
        await console.press("y")
        assert "number: 00000000\n" in console.app.clipboard
        assert "went to your terminal" in console.text
        await console.press("escape")
        assert console.screen is screen


async def test_counts_follow_a_run(site: Path, tmp_path: Path) -> None:
    config = write_config(tmp_path)
    async with live_console(config) as console:
        await console.press("5")
        text = await console.press("enter")
        assert "There are no records here" in text
        await console.press("escape")
        (tmp_path / "supplier" / "prices.csv").write_bytes(csv_of(make_articles(20, seed=1)))
        console.live.ended(console.live.start("full"))
        await console.until(" 20 ")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (40, 10)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_snapshots(site: Path, size: tuple[int, int]) -> None:
    async with live_console(site, size=size) as console:
        name = f"{size[0]}x{size[1]}"
        await console.press("5")
        check_snapshot(f"catalogue_{name}", console.still)
        await console.press("enter")
        check_snapshot(f"records_{name}", console.still)
        await console.press("j", "enter")
        check_snapshot(f"record_{name}", console.still)


async def test_snapshot_in_ascii(site: Path) -> None:
    async with live_console(site, signs=ASCII) as console:
        await open_records(console)
        await console.press("f", "f", "G")
        # What stands in the catalogue keeps its letters; everything of the console's own is ASCII.
        assert console.still.replace("ü", "u").isascii()
        check_snapshot("records_80x24_ascii", console.still)
