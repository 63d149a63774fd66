"""The settings screen, and what the list of tasks does to settings, key by key."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from support.console_pilot import check_snapshot
from support.settings_site import CONFIG, checked, on_task, settings_console, without_counts

from core.engine.api.rights import Right
from tui.action import Scope
from tui.actions import actions_of
from tui.screens.form import FormScreen
from tui.screens.settings import SettingsScreen
from tui.words import ASCII, UNICODE

if TYPE_CHECKING:
    from pathlib import Path


def written(directory: Path) -> dict[str, Any]:
    return tomllib.loads((directory / "config.toml").read_text(encoding="utf-8"))


def test_every_action_has_its_method() -> None:
    for entry in actions_of(Scope.SETTINGS):
        assert callable(getattr(SettingsScreen, entry.method, None)), entry.id


async def test_settings_are_listed_edited_and_taken_back(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        text = await console.press("6")
        assert "Europe/Amsterdam" in text
        await console.press("enter")
        await checked(console)
        await console.press("down", "down", "down", "down", "ctrl+d")
        await checked(console)
        assert "Saved engine, and planned anew." in await console.press("ctrl+s")
        assert "holidays" not in written(tmp_path)["engine"]
        text = await console.press("u")
        assert 'holidays = "NL"' in text
        assert "became nothing" in text
        await console.press("y")
        assert (tmp_path / "config.toml").read_text() == CONFIG


async def test_a_table_that_is_not_written_yet_is_edited_from_its_defaults(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        await console.press("6", "down")
        assert "Runs, logs and undo     90 days" in console.text
        await console.press("e")
        assert "Edit retention" in await checked(console)
        await console.type("30")
        await checked(console)
        await console.press("ctrl+s")
        assert written(tmp_path)["retention"] == {"runs_days": 30}


async def test_an_entity_is_declared_with_its_fields(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        await console.press("6", "a", "enter")
        await checked(console)
        await console.type("machine")
        await console.press("tab")
        await console.type("Machine")
        await console.press("tab")
        await console.type("number")
        assert "the key field 'number' of the entity 'machine' must be" in await checked(console)
        await console.press("tab", "tab", "enter")
        await console.pilot.press("end", "ctrl+u")
        await console.type("number")
        await console.press("tab", "enter", "enter")
        text = await checked(console)
        assert "problem" not in text
        await console.press("ctrl+s")
        assert written(tmp_path)["entities"] == {
            "machine": {"title": "Machine", "key": ["number"], "fields": {"number": {"type": "text"}}}
        }


async def test_secrets_are_stored_by_name_and_deleted_when_nothing_names_them(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        await console.press("6", "a", "down", "enter")
        await console.type("supplier")
        await console.press("enter")
        text = await console.type("swordfish77")
        assert "swordfish77" not in text
        text = await console.press("enter")
        assert "The secret supplier is in the vault." in text
        assert console.live.engine.workspace.vault.get("supplier") == "swordfish77"
        await console.press("slash")
        assert "used by location supplier" in await console.type("secret")
        await console.press("enter")
        text = await console.press("d")
        assert "cannot be deleted" in text
        assert "location supplier" in text
        await console.press("escape", "escape")
        console.live.gate.settings.put_secret("unused", "x")
        await console.press("1", "6", "slash")
        await console.type("unused")
        await console.press("enter", "d", "y")
        assert console.live.engine.workspace.vault.names() == ["supplier"]


async def test_the_audit_says_who_changed_what(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        view = console.live.gate.settings.table("tasks", "prices")
        console.live.gate.settings.save("tasks", "prices", view.values | {"sequence": 15}, fingerprint=view.fingerprint)
        with pytest.raises(Exception, match="named by"):
            console.live.gate.settings.delete("tasks", "prices")
        await console.press("6", "G")
        text = await console.press("enter")
        assert "anna (pts/3): settings.change task prices" in text
        assert "sequence = 10 -> sequence = 15" in text
        assert "Task prices is named by task shop." in text
        await console.press("escape")
        assert "Kind" in console.text


async def test_a_reader_sees_settings_and_changes_none(tmp_path: Path) -> None:
    async with settings_console(tmp_path, right=Right.VIEW) as console:
        assert "Europe/Amsterdam" in await console.press("6")
        for key in ("a", "e", "d", "u"):
            assert "read-only" in await console.press(key)


async def test_the_list_is_filtered_sorted_and_copied(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        await console.press("6", "slash")
        text = await console.type("retention")
        assert "engine" not in "\n".join(text.splitlines()[2:4])
        await console.press("enter", "escape", "greater_than_sign", "r", "less_than_sign")
        assert "went to your terminal's clipboard" in await console.press("y")


# -- the list of tasks --------------------------------------------------------------------------------------------


async def test_a_task_is_copied_inactive_with_the_next_number(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        await on_task(console, "prices")
        await console.press("c")
        text = await checked(console)
        assert "problem" not in text
        await console.press("ctrl+s")
        copy = written(tmp_path)["tasks"][2]
        original = written(tmp_path)["tasks"][0]
        assert copy == original | {"id": "prices-copy", "sequence": 30, "active": False}


async def test_a_task_that_others_come_after_is_not_deleted_and_says_so(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        await on_task(console, "prices")
        text = await console.press("d")
        assert "cannot be deleted" in text
        assert "task shop" in text
        await console.press("escape")
        await on_task(console, "shop")
        assert "Delete the task shop?" in await console.press("d")
        await console.press("d", "n")
        assert (tmp_path / "config.toml").read_text() == CONFIG
        await console.press("d", "y")
        assert [task["id"] for task in written(tmp_path)["tasks"]] == ["prices"]
        assert console.live.engine.board.task("shop") is None
        text = await console.press("u")
        assert "task shop, deleted" in text
        await console.press("y")
        assert (tmp_path / "config.toml").read_text() == CONFIG
        assert console.live.engine.board.task("shop") is not None


async def test_undo_says_when_there_is_nothing_to_take_back(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        assert "There is no change of the settings to take back" in await console.press("u")


async def test_the_cursor_is_shown_set_and_forgotten(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        cursors = console.live.engine.workspace.journal.cursors
        await on_task(console, "shop")
        text = await console.press("m")
        assert "not set: the next run takes everything" in text
        await console.press("s")
        await console.pilot.press("end", "ctrl+u")
        await console.type("tomorrow")
        assert "a moment such as" in await console.press("enter")
        await console.pilot.press("end", "ctrl+u")
        await console.pilot.press(
            *(
                "minus" if char == "-" else "colon" if char == ":" else "space" if char == " " else char
                for char in "2026-11-02 07:30"
            )
        )
        text = await console.press("enter")
        assert "The cursor of shop is at Mon 2 Nov 2026 07:30." in text
        found = cursors.get("shop")
        assert found is not None
        assert found.moment == datetime(2026, 11, 2, 6, 30, tzinfo=UTC)
        await console.press("m", "d")
        assert cursors.get("shop") is None
        await on_task(console, "prices")
        text = await console.press("m")
        assert "prices has no cursor: tasks of type import follow no changes." in text


async def test_edit_of_the_form_needs_the_right_to_administer(tmp_path: Path) -> None:
    async with settings_console(tmp_path, right=Right.OPERATE) as console:
        assert "needs the right to administer" in await console.press("G", "e")
        assert not isinstance(console.screen, FormScreen)


SIZES = [("80x24", (80, 24), UNICODE), ("120x40", (120, 40), UNICODE), ("40x10", (40, 10), UNICODE)]


@pytest.mark.parametrize(("name", "size", "signs"), [*SIZES, ("80x24_ascii", (80, 24), ASCII)])
async def test_snapshot(tmp_path: Path, name: str, size: tuple[int, int], signs: Any) -> None:
    async with settings_console(tmp_path, size=size, signs=signs) as console:
        await console.press("6")
        check_snapshot(f"settings_{name}", re.sub(r"/\w+/\S* *", "PATH ", without_counts(console.still)))
