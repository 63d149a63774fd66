"""Layouts on the screen: the list, and the editor beside real files; on a real engine."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from support.bmecat_desk import catalogue, product
from support.console_pilot import check_snapshot
from support.live_console import live_console
from support.supplier_site import csv_of, make_articles, write_config
from textual.widgets import Input

from core.runs import RunState
from tui.actions import actions_of
from tui.layout_preview import View
from tui.screens.about_file import AboutFile
from tui.screens.confirm import ConfirmDialog
from tui.screens.file_picker import FilePicker
from tui.screens.form import FormScreen
from tui.screens.layout_editor import LayoutEditor
from tui.screens.layouts import LayoutsScreen
from tui.screens.sheet import SheetDialog
from tui.words import ASCII, UNICODE, Signs

if TYPE_CHECKING:
    from pathlib import Path

    from support.live_console import LiveConsole

    from tui.screens.base import PendelScreen

EMPTY = 'version = 1\n\n[engine]\ndata_dir = "data"\nlanguages = ["nl", "en"]\n'
PRICES = (
    "Artikelnummer;Omschrijving;Bruto;Eenheid;Ingang\n"
    '0001;"Crème – 5"" buis\nmet moer";1.234,50;ST;31-12-2026\n'
    "0002;Größe 2;12,75;M;01-02-2027\n"
    "0003;Kapot;op aanvraag;M;01-02-2027\n"
)


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A configuration without anything, and an upload directory."""
    (tmp_path / "uploads").mkdir()
    config = tmp_path / "config.toml"
    config.write_text(EMPTY, encoding="utf-8")
    return config


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Two layouts that tasks use, and a file with a bad line."""
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "prices.csv").write_bytes(csv_of(make_articles(30, seed=1), bad_lines=2))
    return write_config(tmp_path)


def editor(console: LiveConsole) -> LayoutEditor:
    screen = console.screen
    assert isinstance(screen, LayoutEditor)
    return screen


def layouts(config: Path) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(config.read_text(encoding="utf-8")).get("layouts", {})
    return found


def change_outside(config: Path, old: str, new: str) -> None:
    text = config.read_text(encoding="utf-8")
    assert old in text
    config.write_text(text.replace(old, new), encoding="utf-8")


async def open_editor(console: LiveConsole, name: str = "prices", *, file: bool = True) -> LayoutEditor:
    await console.press("4")
    screen = console.screen
    assert isinstance(screen, LayoutsScreen)
    screen.list.move_to_row(name)
    await console.press("e")
    if file:
        await console.press("F", "enter", "enter")
        await console.until(" of prices.csv")
    return editor(console)


def shown(screen: LayoutEditor) -> View:
    return screen._view


async def on_top(console: LiveConsole, kind: type[Any]) -> bool:
    await console.settle()
    return isinstance(console.app.screen, kind)


async def choose(console: LiveConsole, *words: str) -> None:
    """Type into a dialog that is open, and take what it says."""
    for word in words:
        await console.type(word)
        await console.press("enter")


async def new_from_file(console: LiveConsole, name: str) -> LayoutEditor:
    await console.press("4", "a", "enter")
    await choose(console, "article", name)
    assert isinstance(console.app.screen, FilePicker)
    await console.press("enter", "enter")
    await console.until(" of ")
    await console.until("V: records")
    return editor(console)


@pytest.mark.parametrize("screen", [LayoutsScreen, LayoutEditor])
def test_every_action_is_carried_out(screen: type[PendelScreen]) -> None:
    for entry in actions_of(screen.scope):
        assert callable(getattr(screen, entry.method, None)), entry.id


# -- from a file to an import -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("encoding", "delimiter"), [("cp1252", ";"), ("utf-16", "\t"), ("utf-8", "|")])
async def test_from_nothing_to_a_layout_that_an_import_uses(empty: Path, encoding: str, delimiter: str) -> None:
    (empty.parent / "uploads" / "prijzen.csv").write_bytes(PRICES.replace(";", delimiter).encode(encoding))
    async with live_console(empty) as console:
        text = await console.press("4")
        assert "There are no layouts yet. Press a" in text
        screen = await new_from_file(console, "prijzen")
        await console.until("? gross_price")
        await console.press("A", "V")
        text = await console.until("2 records, 1 rejected")
        assert "1234.5" in text
        await console.press("V")
        await console.until("op aanvraag")
        text = await console.press("ctrl+s")
        assert "The layout prijzen was saved." in text
        assert not screen.draft.changed
        text = await console.press("escape")
        assert isinstance(console.screen, LayoutsScreen)
        assert "prijzen" in text
        live = console.live
        live.gate.settings.save(
            "tasks",
            "",
            {
                "id": "prijzen",
                "type": "import",
                "description": "Prices",
                "sequence": 10,
                "frequency": {"kind": "manual"},
                "entity": "article",
                "layout": "prijzen",
                "file": "prijzen.csv",
                "settle": 0,
                "max_rejected": 0.5,
            },
            fingerprint="",
            new_name="prijzen",
        )
        row = live.ended(live.start("prijzen"))
        assert row.state is RunState.WARNINGS, row.message
        assert (row.counts.new, row.counts.rejected) == (2, 1)


async def test_a_layout_begins_with_nothing_and_is_written_by_hand(empty: Path) -> None:
    async with live_console(empty) as console:
        await console.press("4", "a", "down", "enter")
        await choose(
            console,
            "article",
            "bad name",
        )
        assert "A name has letters" in await console.look()
        await console.press(*["backspace"] * len("bad name"))
        await choose(console, "by-hand")
        assert "Press F to choose a file" in console.text
        # A constant and an expression need no file.
        await console.press("a", "enter")
        await choose(console, "currency")
        assert await on_top(console, SheetDialog)
        await console.type("EUR")
        await console.press("enter", "a", "down", "enter")
        await choose(console, "net_price")
        await console.type("gross_price * 0.5")
        await console.press("enter", "ctrl+s")
        assert await on_top(console, ConfirmDialog)
        assert "no column for the key" in console.text
        assert layouts(empty) == {}


# -- the list ---------------------------------------------------------------------------------------------------------


async def test_the_list_says_what_each_layout_is_and_who_uses_it(site: Path) -> None:
    async with live_console(site) as console:
        text = await console.press("4")
        line = next(line for line in console.lines if "prices" in line)
        assert line.split()[1:] == ["prices", "import", "article", "csv", "6", "2", "tasks"]
        assert "Used by task full, task delta" in text
        text = await console.press("greater_than_sign", "r", "slash")
        await console.type("shop")
        assert "prices" not in next(line for line in console.lines if "export" in line)
        await console.press("enter")
        assert "Filter: 'shop'" in console.text
        await console.press("escape")
        assert "prices" in console.text
        await console.press("less_than_sign")
        await console.press("y")
        assert "clipboard" in console.text


async def test_a_layout_is_copied_edited_as_a_form_deleted_and_brought_back(site: Path) -> None:
    async with live_console(site) as console:
        await console.press("4", "c", "enter")
        assert editor(console).draft.changed
        await console.press("ctrl+s", "escape")
        assert set(layouts(site)) == {"prices", "prices-copy", "shop"}
        assert layouts(site)["prices-copy"] == layouts(site)["prices"]
        await console.press("E")
        assert isinstance(console.screen, FormScreen)
        await console.press("escape")
        # What tasks use cannot be deleted, and the tasks are named.
        screen = console.screen
        assert isinstance(screen, LayoutsScreen)
        screen.list.move_to_row("prices")
        text = await console.press("d")
        assert "cannot be deleted" in text
        assert "task full" in text
        await console.press("escape")
        screen.list.move_to_row("prices-copy")
        await console.press("d", "y")
        assert set(layouts(site)) == {"prices", "shop"}
        await console.press("u", "y")
        assert set(layouts(site)) == {"prices", "prices-copy", "shop"}


# -- the editor -------------------------------------------------------------------------------------------------------


async def test_fields_are_chosen_taken_away_and_brought_back(site: Path) -> None:
    async with live_console(site) as console:
        screen = await open_editor(console)
        await console.press("j", "d")
        assert "description.nl" not in [column["field"] for column in screen.draft.columns]
        # The proposal stands there at once, with its reason, and one key takes it.
        assert "Proposed: description.nl, a Dutch word for it" in await console.look()
        await console.press("space")
        assert "description.nl" in [column["field"] for column in screen.draft.columns]
        assert [column["column"] for column in screen.draft.columns][:2] == ["Artikelnummer", "Omschrijving"]
        await console.press("k", "enter")
        await choose(console, "long_desc")
        assert screen.draft.columns[1]["field"] == "long_description.nl"
        await console.press("J")
        assert [column["column"] for column in screen.draft.columns][1:3] == ["EAN", "Omschrijving"]
        await console.press("K", "u", "u", "u", "u", "u")
        assert not screen.draft.changed
        assert "nothing to take back" in await console.press("u")


async def test_conversions_and_values_show_below_while_they_are_typed(site: Path) -> None:
    async with live_console(site) as console:
        screen = await open_editor(console)
        await console.press("V", "j", "e", "down", "down", "enter")
        await choose(console, "upper")
        assert isinstance(console.app.screen, SheetDialog)
        await console.press("escape")
        assert not screen.draft.changed
        await console.press("e", "down", "down", "enter")
        await console.type("upper")
        await console.press("space", "enter", "ctrl+s")
        assert screen.draft.columns[1]["convert"] == ["trim", "collapse", "upper"]
        await console.until("KABEL")
        await console.press("j", "j", "j", "e", "down", "down", "down", "enter")
        await console.press(*["backspace"] * 3)
        await console.type("STK")
        assert isinstance(console.app.screen, SheetDialog)
        await console.until("STK ")
        await console.press("end")
        await console.press("down", "down")
        await console.type("DS=BOX")
        await console.press("enter")
        assert screen.draft.columns[4]["values"]["DS"] == "BOX"
        assert "STK" in screen.draft.columns[4]["values"].values()


async def test_the_field_that_is_edited_is_scrolled_into_view(site: Path) -> None:
    async with live_console(site, size=(60, 24)) as console:
        screen = await open_editor(console)
        await console.press("a", "down", "enter")
        await choose(console, "net_price")
        assert shown(screen) is View.RECORDS
        await console.type("gross_price * 2")
        await console.until("524.3")
        await console.press("enter")


async def test_what_one_sheet_has_changed_stays_when_the_next_is_taken_back(site: Path) -> None:
    async with live_console(site) as console:
        screen = await open_editor(console)
        await console.press("j", "e", "down", "right", "down", "down", "enter", "end")
        await console.type("PCX")
        await console.press("escape")
        assert screen.draft.columns[1]["required"] is True
        assert "values" not in screen.draft.columns[1]
        await console.press("u")
        assert not screen.draft.changed


async def test_how_the_file_is_read_is_changed_and_recognised_anew(site: Path) -> None:
    async with live_console(site) as console:
        screen = await open_editor(console)
        await console.press("b", "down", "right")
        await console.until("no column")
        assert len(screen.draft.file_columns) == 1
        await console.press("left")
        await console.until("32 rows of prices.csv")
        await console.press("pagedown", "pagedown", "enter")
        await console.until(" rows of prices.csv")
        await console.press("escape")
        assert not screen.draft.changed


async def test_the_rows_records_and_rejects_go_round_and_scroll(site: Path) -> None:
    async with live_console(site) as console:
        screen = await open_editor(console)
        assert "32 rows of prices.csv" in console.text
        await console.press("V")
        assert shown(screen) == View.RECORDS
        assert "30 records, 2 rejected" in console.text
        text = await console.press("right", "right")
        assert "number" not in next(line for line in text.splitlines() if "gtin" in line and "#" in line)
        await console.press("left")
        text = await console.press("V", "tab", "tab")
        assert shown(screen) == View.REJECTS
        assert "2 records of 32 rejected" in text
        screen._preview.focus()
        text = await console.press("j")
        assert "Line 33: Bruto op aanvraag: is not a number with a comma before the decimals" in text
        await console.press("V")
        assert shown(screen) == View.ROWS


async def test_a_wrong_column_says_so_beside_it(site: Path) -> None:
    async with live_console(site) as console:
        screen = await open_editor(console)
        screen.draft.columns[2]["column"] = "EEAN"
        screen.draft_changed()
        screen.go_to_row("m2")
        text = await console.until("The header of prices.csv has no column 'EEAN'. Did you mean 'EAN'?")
        assert "! gtin" in text


async def test_an_export_is_tried_on_the_catalogue(site: Path) -> None:
    (site.parent / "supplier" / "prices.csv").write_bytes(csv_of(make_articles(5, seed=1)))
    async with live_console(site) as console:
        console.live.ended(console.live.start("delta"))
        screen = await open_editor(console, "shop", file=False)
        await console.until("The first of 5 records")
        assert "needs no file" in await console.press("F")
        await console.press("a", "enter")
        await choose(console, "description")
        await console.press("e")
        await console.press(*["backspace"] * len("description.nl"))
        await console.type("words")
        await console.until("mutation words")
        await console.press("enter")
        assert screen.draft.columns[-1] == {"column": "words", "field": "description.nl"}
        await console.press("a", "down", "enter")
        await console.type("x")
        await console.press("enter", "V")
        assert "number,price,mutation" in await console.until("The file line by line")
        await console.press("ctrl+s", "escape")
        assert layouts(site)["shop"]["columns"][-1] == {"column": "constant", "constant": "x"}


async def test_the_editor_asks_before_changes_are_lost(site: Path) -> None:
    async with live_console(site) as console:
        screen = await open_editor(console)
        await console.press("d")
        for way in ("escape", "1", "q"):
            text = await console.press(way)
            assert "Leave the layout prices without saving it?" in text
            await console.press("enter")
            assert console.screen is screen
        await console.press("escape", "y")
        assert isinstance(console.screen, LayoutsScreen)
        assert len(layouts(site)["prices"]["columns"]) == 6
        # The sample is gone with the editor.
        assert list((site.parent / "data" / "spool").glob("sample-*")) == []


async def test_a_layout_that_was_changed_outside_is_not_overwritten(site: Path) -> None:
    async with live_console(site) as console:
        screen = await open_editor(console)
        screen.draft.set_file("decimal", ".", usual=".")
        screen.draft_changed()
        change_outside(site, '"ST" = "PCE"', '"ST" = "C62"')
        await console.press("ctrl+s")
        assert "was changed" in console.text or "changed in the file" in console.text
        await console.press("enter")
        await console.until("was saved")
        saved = layouts(site)["prices"]
        assert saved["file"]["decimal"] == "."
        assert saved["columns"][4]["values"]["ST"] == "C62"


async def test_hostile_names_arrive_harmless(empty: Path) -> None:
    name = "[red]evil\u202e.csv"
    header = "a\x1b[31m;[bold]b;\u202ec;d d\n"
    content = header + "1;[red]x[/red];\x1b]0,title\x07;2\n"
    (empty.parent / "uploads" / name).write_bytes(content.encode())
    async with live_console(empty) as console:
        screen = await new_from_file(console, "evil")
        text = console.text
        assert "a\\x1b[31m" in text
        assert "[bold]b" in text
        await console.press("enter")
        await choose(console, "number")
        assert screen.draft.columns == [{"column": 1, "field": "number"}]
        await console.press("V")
        await console.until("1 record")
        await console.press("ctrl+s")
        assert layouts(empty)["evil"]["columns"] == [{"column": 1, "field": "number"}]


async def test_the_columns_are_filtered(site: Path) -> None:
    async with live_console(site) as console:
        await open_editor(console)
        await console.press("slash")
        await console.type("price")
        assert isinstance(console.app.focused, Input)
        await console.press("enter")
        upper = console.text.partition("\u2500\u2500")[0]
        assert "Bruto" in upper
        assert "Eenheid" not in upper
        await console.press("escape")
        assert isinstance(console.screen, LayoutEditor)
        assert "Eenheid" in console.text


async def test_a_file_is_looked_for_in_places_and_directories(site: Path) -> None:
    (site.parent / "supplier" / "deep").mkdir()
    (site.parent / "supplier" / "deep" / "prices.csv").write_bytes(csv_of(make_articles(3, seed=1)))
    async with live_console(site) as console:
        screen = await open_editor(console, file=False)
        await console.press("F")
        await console.type("supplier")
        await console.press("enter", "enter", "left", "left", "backspace")
        assert "Where is the file?" in console.text
        await console.type("nothing")
        assert "Nothing is called so" in console.text
        await console.press("escape")
        await console.type("supplier")
        await console.press("enter", "enter", "enter")
        await console.until("3 rows of prices.csv")
        assert screen.sample is not None
        assert screen.sample.path == "deep/prices.csv"


@pytest.mark.parametrize(
    ("size", "signs"), [((80, 24), UNICODE), ((120, 40), UNICODE), ((40, 10), UNICODE), ((80, 24), ASCII)]
)
async def test_the_screens_as_they_were_looked_at(site: Path, size: tuple[int, int], signs: Signs) -> None:
    name = f"{size[0]}x{size[1]}{'_ascii' if signs is ASCII else ''}"
    async with live_console(site, size=size, signs=signs) as console:
        await console.press("4")
        if signs is ASCII:
            assert console.text.isascii()
        check_snapshot(f"layouts_{name}", console.still)
        await open_editor(console)
        await console.press("V")
        await console.until("30 records")
        if signs is ASCII:
            assert console.text.replace("ü", "u").isascii()
        check_snapshot(f"layout_editor_{name}", console.still)
        await console.press("e")
        # The box cuts the path in the first line off.
        check_snapshot(f"layout_column_{name}", console.still.partition("\n")[2])


# -- a layout of an industry format --


async def test_a_file_of_an_industry_format_is_told_and_needs_no_layout(empty: Path) -> None:
    (empty.parent / "uploads" / "catalogue.xml").write_text(catalogue(product("A1")))
    async with live_console(empty) as console:
        await console.press("4", "a", "enter")
        await choose(console, "article", "own")
        await console.press("enter", "enter")
        await console.until("It needs no layout")
        assert await on_top(console, AboutFile)
        text = await console.look()
        for words in ("catalogue.xml", "BMEcat 2005", "Supplier", "Articles"):
            assert words in text
        await console.press("q")
        assert await on_top(console, LayoutEditor)


async def test_a_layout_of_an_industry_format_is_made_and_changed_in_a_form(site: Path) -> None:
    async with live_console(site) as console:
        await console.press("4", "a")
        await console.type("industry")
        await console.press("enter")
        await console.type("export icc")
        await console.press("enter")
        await console.type("terms")
        text = await console.press("enter")
        assert "New layout terms" in text
        assert "Header" in text
        await console.press("ctrl+s")
        await console.settle()
        screen = console.screen
        assert isinstance(screen, LayoutsScreen)
        screen.list.move_to_row("terms")
        text = await console.look()
        assert "All fields go where the format has them." in text
        (row,) = (line for line in text.splitlines() if "terms" in line and "condition" in line)
        assert "all" in row.split()
        await console.press("e")
        assert isinstance(console.screen, FormScreen)
    assert layouts(site)["terms"] == {"direction": "export", "format": "icc"}
