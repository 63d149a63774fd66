"""Forms on the screen, key by key: what the file, the vault and the plan hold afterwards."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from support.console_pilot import check_snapshot
from support.settings_site import CONFIG, checked, on_task, settings_console
from textual.events import Key
from textual.keys import _character_to_key as character_key

from tui.screens.confirm import ConfirmDialog
from tui.screens.form import FormScreen
from tui.words import ASCII, UNICODE

if TYPE_CHECKING:
    from pathlib import Path

    from support.live_console import LiveConsole


async def open_form(console: LiveConsole, kind: str, name: str = "", values: dict[str, Any] | None = None) -> str:
    below = console.screen
    console.app.push_screen(FormScreen(below.context, below.snapshot, kind, name, values=values))
    return await checked(console)


async def go_to(console: LiveConsole, label: str) -> None:
    """Move down to the row of that label."""
    for _ in range(60):
        row = next((line for line in console.lines if line.startswith("›")), "")
        if row[1:].strip().startswith(label):
            return
        await console.pilot.press("down")
        await console.look()
    raise AssertionError(f"no row {label!r}:\n{console.text}")


async def clear(console: LiveConsole) -> None:
    await console.pilot.press("end", "ctrl+u")


def written(directory: Path) -> dict[str, Any]:
    return tomllib.loads((directory / "config.toml").read_text(encoding="utf-8"))


def files_with(directory: Path, content: bytes) -> list[Path]:
    return [file for file in directory.rglob("*") if file.is_file() and content in file.read_bytes()]


async def test_a_new_task_from_a_template_is_filled_in_saved_and_planned(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        assert "Import: a supplier's file" in await console.press("a")
        await console.press("enter")
        text = await checked(console)
        assert "New task" in text
        assert "2 problems" in text, "id and description are missing"
        assert "Sequence number              30" in text
        await go_to(console, "Id")
        await console.type("stock")
        await go_to(console, "Description")
        await console.type("Stock of the day")
        await go_to(console, "Active")
        await console.press("right")
        await go_to(console, "Frequency")
        await console.press("enter")
        await console.type("time of")
        await console.press("enter")
        await go_to(console, "Time")
        await clear(console)
        await console.type("12:53")
        text = await checked(console)
        assert "Next: " in text
        assert "12:53" in text
        assert "problem" not in text
        text = await console.press("ctrl+s")
        assert "Saved task stock, and planned anew." in text

        assert written(tmp_path)["tasks"][2] == {
            "type": "import",
            "id": "stock",
            "description": "Stock of the day",
            "sequence": 30,
            "frequency": {"kind": "time_of_day", "at": "12:53"},
            "entity": "article",
            "layout": "prices",
            "source": {"location": "supplier", "path": "*.csv"},
        }
        assert (tmp_path / "config.toml").read_text().startswith(CONFIG)
        view = console.live.engine.board.task("stock")
        assert view is not None
        assert view.frequency == "daily at 12:53"
        assert view.next_run is not None
        assert console.app.shown is console.screen


async def test_an_edit_touches_only_what_was_changed_and_replans(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        await on_task(console, "prices")
        await console.press("e")
        await checked(console)
        await go_to(console, "Day of the week")
        await console.press("right")
        text = await checked(console)
        assert "Day of the week            tuesday" in text
        assert "Next: Tue " in text
        await console.press("ctrl+s")
        changed = CONFIG.replace('day = "monday", at = "07:30" }  ', 'day = "tuesday", at = "07:30" }  ')
        assert (tmp_path / "config.toml").read_text() == changed
        assert "Tue 07:30" in console.text or "Tue" in console.text


async def test_what_is_typed_is_checked_with_the_reason_under_the_field(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        await open_form(console, "tasks", "prices")
        await go_to(console, "Time")
        await clear(console)
        await console.type("05:00")
        text = await checked(console)
        assert "1 problem" in text
        assert "! this time is outside the operating window 06:00-23:00" in text
        text = await console.press("ctrl+s")
        assert "Not saved: 1 problem." in text
        assert (tmp_path / "config.toml").read_text() == CONFIG
        await clear(console)
        await console.type("08:15")
        assert "problem" not in await checked(console)


async def test_choosing_another_frequency_asks_for_other_fields_and_keeps_the_time(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        await open_form(console, "tasks", "prices")
        await go_to(console, "Frequency")
        await console.press("enter")
        await console.type("monthly")
        await console.press("enter")
        text = await checked(console)
        assert "Day of the month" in text
        assert "Day of the week" not in text
        assert "Time                       07:30" in text
        assert "this setting is missing" in text, "the day of a week is no day of a month"
        await go_to(console, "Day of the month")
        await console.type("31")
        assert "Next: Mon 30 Nov" in await checked(console) or "Next: " in console.text
        await console.press("ctrl+s")
        assert written(tmp_path)["tasks"][0]["frequency"] == {"kind": "monthly", "day": 31, "at": "07:30"}


async def test_references_are_chosen_from_what_there_is(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        await open_form(console, "tasks", "prices")
        await go_to(console, "Location")
        text = await console.press("enter")
        assert "files" in text
        assert "supplier" in text
        await console.press("down", "enter")
        await checked(console)
        await console.press("ctrl+s")
        assert written(tmp_path)["tasks"][0]["source"]["location"] == "files"


async def test_columns_of_a_layout_are_added_ticked_and_moved(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        await open_form(console, "layouts", "prices")
        await go_to(console, "+ add to columns")
        await console.press("enter")
        await go_to(console, "Column")
        await console.type("Omschrijving")
        await go_to(console, "Field")
        assert "description.nl" in await console.press("enter")
        await console.type("description.nl")
        await console.press("enter")
        await go_to(console, "Conversions")
        await console.press("enter", "down", "space", "up", "space", "enter")
        await go_to(console, "+ add a line")
        await console.press("enter")
        await console.type("ST = PCE")
        text = await checked(console)
        assert "problem" not in text
        await console.press("ctrl+s")
        assert written(tmp_path)["layouts"]["prices"]["columns"][2] == {
            "column": "Omschrijving",
            "field": "description.nl",
            "convert": ["collapse", "trim"],
            "values": {"ST": "PCE"},
        }
        assert "# the key" in (tmp_path / "config.toml").read_text()

        await open_form(console, "layouts", "prices")
        await go_to(console, "3 Omschrijving")
        await console.press("shift+up", "shift+up")
        await go_to(console, "2 Artikel")
        await console.press("ctrl+d")
        assert "no column for the key" in await checked(console)


@pytest.mark.parametrize(
    ("direction", "column"),
    [("import", {"column": "brand", "field": "brand"}), ("export", {"column": "brand", "constant": "Own"})],
)
async def test_columns_of_an_industry_format_are_chosen_from_what_it_fills(
    tmp_path: Path, direction: str, column: dict[str, Any]
) -> None:
    async with settings_console(tmp_path) as console:
        part = {"entity": "article", "columns": [column]}
        values = {"direction": direction, "format": "bmecat", "parts": [part]}
        await open_form(console, "layouts", "own", values)
        for item in ("1 article", "1 brand"):
            await go_to(console, item)
            await console.press("enter")
        await go_to(console, "Column")
        assert "description.nl" in await console.press("enter")
        await console.type("manufacturer_number")
        await console.press("enter")
        assert "manufacturer_number" in await checked(console)


async def type_ahead(console: LiveConsole, *keys: str) -> str:
    """Press keys faster than the console can do anything about them, as a slow line delivers them."""
    for key in keys:
        named = len(key) > 1
        console.app.post_message(Key(key if named else character_key(key), None if named else key))
    await console.settle()
    return await console.look()


async def test_keys_that_come_all_at_once_go_where_they_were_meant_to(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        await open_form(console, "locations", "supplier")
        await go_to(console, "Host")
        await type_ahead(console, *".org", "down", *"2200", "down", *"-two", "ctrl+s")
        await console.until("Saved location supplier")
    location = written(tmp_path)["locations"]["supplier"]
    assert (location["host"], location["port"], location["username"]) == ("sftp.example.com.org", 2200, "pendel-two")


async def test_a_line_of_a_table_is_typed_at_once(tmp_path: Path) -> None:
    flow = '[[tasks]]\nid = "f"\ntype = "flow"\ndescription = "F"\nsequence = 1\nkind = "customers"\n'
    async with settings_console(
        tmp_path, CONFIG + f'{flow}source = "catalogue"\ntarget = "x"\n[links.x]\nconnector = "2ba"\n'
    ) as console:
        await open_form(console, "tasks", "f")
        await go_to(console, "+ add a line")
        await console.press("enter")
        await type_ahead(console, *"name = Unknown", "ctrl+s")
        await console.until("Saved task f")
    assert written(tmp_path)["tasks"][-1]["defaults"] == {"name": "Unknown"}


async def test_leaving_with_changes_asks_and_loses_nothing_by_a_second_key(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        await open_form(console, "locations", "supplier")
        await go_to(console, "Port")
        await console.type("2222")
        assert "Leave without saving?" in await console.press("escape")
        await console.press("n")
        assert "2222" in console.text
        await console.press("escape", "y")
        assert (tmp_path / "config.toml").read_text() == CONFIG
        assert not isinstance(console.screen, FormScreen)
        await open_form(console, "locations", "supplier")
        await console.press("escape")
        assert not isinstance(console.screen, FormScreen)


async def test_saving_twice_at_once_saves_once(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        await open_form(console, "locations", "supplier")
        await go_to(console, "Port")
        await console.pilot.press("2", "2", "ctrl+s", "ctrl+s", "ctrl+s")
        text = await console.look()
        assert "was changed in the file" not in text
        assert written(tmp_path)["locations"]["supplier"]["port"] == 22
        actions = [row.action for row in console.live.gate.settings.audit()]
        assert actions == ["settings.change"]


async def test_what_is_wrong_is_said_when_it_is_saved_before_it_was_checked(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        await open_form(console, "locations", "supplier")
        await go_to(console, "Port")
        await console.pilot.press("x", "down", "ctrl+s")
        text = await console.until("Not saved: 1 problem.")
        assert "A whole number is needed" in text
        assert "› Port" in text
        assert (tmp_path / "config.toml").read_text() == CONFIG


async def test_a_new_form_that_nothing_was_typed_into_is_left_without_a_question(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        await console.press("a", "enter")
        await checked(console)
        await console.press("escape")
        assert not isinstance(console.app.screen, ConfirmDialog)
        assert not isinstance(console.screen, FormScreen)


async def test_a_change_in_the_file_is_shown_and_each_setting_kept_or_taken(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    async with settings_console(tmp_path) as console:
        await open_form(console, "locations", "supplier")
        await go_to(console, "Host")
        await clear(console)
        await console.type("mine.example.com")
        path.write_text(
            CONFIG.replace("sftp.example.com", "theirs.example.com").replace('directory = "/out"', 'directory = "/new"')
        )
        text = await console.press("ctrl+s")
        assert "was changed in the file while this form was open" in text
        assert "theirs.example.com" in text
        assert "mine.example.com" in text
        assert "mine.example.com" not in path.read_text()
        await console.press("enter")
        text = await checked(console)
        assert "mine.example.com" in text
        assert "/new" in text, "what was changed in the file only is taken from there"
        await console.press("ctrl+s")
        assert "mine.example.com" in path.read_text()
        assert 'directory = "/new"' in path.read_text()


async def test_all_of_the_file_can_be_taken_in_a_conflict(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    async with settings_console(tmp_path) as console:
        await open_form(console, "locations", "supplier")
        await go_to(console, "Host")
        await console.type("x")
        theirs = CONFIG.replace("sftp.example.com", "theirs.example.com")
        path.write_text(theirs)
        await console.press("ctrl+s", "t", "enter")
        assert "theirs.example.com" in await checked(console)
        assert "Nothing was changed." in await console.press("ctrl+s")
        assert path.read_text() == theirs


async def test_a_table_that_is_gone_from_the_file_is_written_again_only_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    async with settings_console(tmp_path) as console:
        await open_form(console, "tasks", "shop")
        await go_to(console, "Description")
        await console.type("!")
        without = CONFIG[: CONFIG.index('[[tasks]]\nid = "shop"')]
        path.write_text(without)
        assert "was taken out of the file. Write it again?" in await console.press("ctrl+s")
        await console.press("n")
        assert path.read_text() == without
        await console.press("ctrl+s", "y")
        assert written(tmp_path)["tasks"][1]["description"] == "Articles to the shop!"


async def test_a_secret_is_typed_masked_and_is_in_the_vault_only(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        await open_form(console, "locations", "supplier")
        await go_to(console, "Password")
        await console.press("enter")
        await console.type("typed")
        await console.press("enter")
        assert "! nothing is typed here yet" in await checked(console)
        await go_to(console, "Password, typed")
        text = await console.type("swordfish77")
        assert "***********" in text
        assert "swordfish77" not in text
        await checked(console)
        await console.press("up", "down")
        assert "swordfish77" not in console.text
        assert "Saved location supplier" in await console.press("ctrl+s")
        engine = console.live.engine
        assert engine.workspace.vault.get("supplier") == "swordfish77"
        assert written(tmp_path)["locations"]["supplier"]["password"] == {"secret": "supplier"}
        engine.sinks.close()
        assert files_with(tmp_path, b"swordfish77") == []
        assert all("swordfish77" not in str(row) for row in console.live.gate.settings.audit())
        assert all("swordfish77" not in line.text for line in console.live.gate.log_after(0))


async def test_settings_of_the_engine_are_edited_and_what_they_make_wrong_is_named(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        await open_form(console, "engine")
        await go_to(console, "Opens")
        await clear(console)
        await console.type("08:00")
        text = await checked(console)
        assert "! task shop frequency.at: this time is outside the operating window" in text
        await clear(console)
        await console.type("07:00")
        await checked(console)
        await console.press("ctrl+s")
        assert written(tmp_path)["engine"]["window"] == {"opens": "07:00"}
        assert "# where we are" in (tmp_path / "config.toml").read_text()


async def test_a_value_in_use_by_default_is_shown_and_can_be_put_back(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        assert "Timeout                      30 seconds" in await open_form(console, "locations", "supplier")
        await go_to(console, "Timeout")
        assert "Timeout                      30 seconds" in await console.look(), "under the cursor, too"
        await console.type("60")
        assert "Timeout                      60\n" in await checked(console)
        await console.press("ctrl+d")
        await console.press("down")
        assert "Timeout                      30 seconds" in await checked(console)
        assert "Nothing was changed." in await console.press("ctrl+s")


async def test_hostile_values_arrive_harmless(tmp_path: Path) -> None:
    hostile = CONFIG.replace('directory = "/out"', 'directory = "/o\\u001b[31m[red]\\u202e\\nx"')
    async with settings_console(tmp_path, hostile) as console:
        text = await open_form(console, "locations", "supplier")
        assert "\\x1b[31m[red]\\u202e\\x0ax" in text
        await go_to(console, "Directory")
        assert "cannot be shown" in await console.look()
        await go_to(console, "Known hosts")
        await console.type("hosts")
        await checked(console)
        await console.press("ctrl+s")
        assert written(tmp_path)["locations"]["supplier"]["directory"] == "/o\x1b[31m[red]\u202e\nx"


@pytest.mark.parametrize(("name", "size"), [("80x24", (80, 24)), ("40x10", (40, 10))])
async def test_snapshot_of_a_conflict(tmp_path: Path, name: str, size: tuple[int, int]) -> None:
    async with settings_console(tmp_path, size=size) as console:
        await open_form(console, "locations", "supplier")
        await go_to(console, "Host")
        await console.type("x")
        theirs = CONFIG.replace("sftp.example.com", "theirs.example.com").replace('"/out"', '"/[red]\\u001b[31m"')
        (tmp_path / "config.toml").write_text(theirs)
        await console.press("ctrl+s")
        check_snapshot(f"conflict_{name}", console.still)


SIZES = [("80x24", (80, 24), UNICODE), ("120x40", (120, 40), UNICODE), ("40x10", (40, 10), UNICODE)]


@pytest.mark.parametrize(("name", "size", "signs"), [*SIZES, ("80x24_ascii", (80, 24), ASCII)])
async def test_snapshot(tmp_path: Path, name: str, size: tuple[int, int], signs: Any) -> None:
    config = CONFIG.replace('frequency = { kind = "weekly", day = "monday", at = "07:30" }', "")
    async with settings_console(tmp_path, config, size=size, signs=signs) as console:
        await open_form(console, "tasks", "prices")
        await console.press("down", "down")
        check_snapshot(f"form_{name}", console.still)
