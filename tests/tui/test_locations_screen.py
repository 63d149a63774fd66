"""The locations screen, key by key, with real servers behind it."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from support.console_pilot import check_snapshot
from support.settings_site import CONFIG, checked, settings_console, without_counts
from support.transfer_sites import PASSWORD, ftp_site, sftp_site

from core.config.locations import FtpsLocation, SftpLocation
from core.engine.api.rights import Right
from tui.action import Scope
from tui.actions import actions_of
from tui.screens.confirm import ConfirmDialog
from tui.screens.form import FormScreen
from tui.screens.locations import LocationsScreen
from tui.words import ASCII, UNICODE

if TYPE_CHECKING:
    from pathlib import Path

    from support.live_console import LiveConsole


def locations_in(directory: Path) -> dict[str, Any]:
    tables: dict[str, Any] = tomllib.loads((directory / "config.toml").read_text(encoding="utf-8"))["locations"]
    return tables


def test_every_action_has_its_method() -> None:
    for entry in [*actions_of(Scope.LOCATIONS)]:
        assert callable(getattr(LocationsScreen, entry.method, None)), entry.id
    for entry in actions_of(Scope.FORM):
        assert callable(getattr(FormScreen, entry.method, None)), entry.id


async def test_a_location_is_tested_step_by_step_and_its_outcome_stays(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        text = await console.press("3")
        assert "never" in text
        assert "task shop" in text
        await console.press("T")
        text = await console.until("The location works.")
        assert "✓ writing: good." in text
        assert "good " in text.splitlines()[2]
        await console.press("escape")
        assert ": good" in console.text
        assert list((tmp_path / "files").iterdir()) == []


async def test_what_cannot_be_done_in_an_empty_list_is_told_as_the_list_tells_it(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        await console.press("3", "slash")
        await console.type("nowhere")
        await console.press("enter")
        assert "No location passes the filter; esc clears it." in (await console.press("d")).splitlines()[-2]


async def test_a_failed_test_says_what_to_do(tmp_path: Path) -> None:
    gone = CONFIG.replace('directory = "files"', 'directory = "gone"')
    async with settings_console(tmp_path, gone) as console:
        await console.press("3", "T")
        text = await console.until("× directory: failed.")
        assert "works" not in text
        assert "failed " in (await console.look()).splitlines()[2]


async def test_a_location_is_added_edited_renamed_and_deleted(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        await console.press("3", "a")
        await console.type("local")
        await console.press("enter")
        text = await checked(console)
        assert "It needs a name" in text
        await console.type("archive")
        await console.press("tab", "tab", "tab")
        await console.type("old")
        await checked(console)
        text = await console.press("ctrl+s")
        assert "Saved location archive" in text
        assert "› archive" in text
        assert locations_in(tmp_path)["archive"] == {"protocol": "local", "directory": "old"}

        await console.press("e")
        await checked(console)
        await console.type("s")
        await checked(console)
        await console.press("ctrl+s")
        assert "archives" in locations_in(tmp_path)

        assert "Delete the location archives?" in await console.press("d")
        await console.press("y")
        assert "archives" not in locations_in(tmp_path)
        assert "archives" not in "\n".join(console.lines[:-2])
        text = await console.press("u")
        assert "location archives, deleted" in text
        await console.press("y")
        assert "archives" in locations_in(tmp_path)


async def test_a_copy_gets_a_name_of_its_own(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        await console.press("3", "down", "c")
        await checked(console)
        await console.type("second")
        await checked(console)
        await console.press("ctrl+s")
        assert locations_in(tmp_path)["second"] == locations_in(tmp_path)["supplier"]


async def test_what_depends_on_a_location_is_named_and_it_stays(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        text = await console.press("3", "d")
        assert "cannot be deleted" in text
        assert "task shop" in text
        await console.press("y")
        assert "files" in locations_in(tmp_path)


async def fill(console: LiveConsole, values: dict[str, str]) -> None:
    """Type into the fields that have these labels, from the top."""
    for label, text in values.items():
        for _ in range(30):
            row = next((line for line in console.lines if line.startswith("›")), "")
            if row[1:].strip().startswith(label):
                break
            await console.pilot.press("down")
            await console.look()
        await console.pilot.press("end", "ctrl+u")
        await console.pilot.press(*("comma" if char == "," else "space" if char == " " else char for char in text))
        await console.look()


async def choose_password(console: LiveConsole) -> None:
    for _ in range(30):
        if next((line for line in console.lines if line.startswith("› Password")), ""):
            break
        await console.pilot.press("down")
        await console.look()
    await console.press("right", "down")
    await console.pilot.press(*("comma" if char == "," else "space" if char == " " else char for char in PASSWORD))
    await console.look()


async def test_a_new_sftp_location_is_tested_in_its_form_with_the_approval_of_its_key(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    with sftp_site(tmp_path / "server") as site:
        settings = site.settings
        assert isinstance(settings, SftpLocation)
        async with settings_console(tmp_path) as console:
            await console.press("3", "a")
            await console.type("sftp")
            await console.press("enter")
            await checked(console)
            await console.type("partner")
            await fill(console, {"Host": "127.0.0.1", "Port": str(settings.port), "User name": "pendel"})
            await choose_password(console)
            await checked(console)
            await console.press("ctrl+t")
            text = await console.until("Is this the key of")
            assert "SHA256:" in text
            assert "127.0.0.1" in text
            assert isinstance(console.app.screen, ConfirmDialog)
            await console.press("y")
            text = await console.until("The location works.")
            assert "✓ login: good." in text
            assert PASSWORD not in text
            assert "partner" not in locations_in(tmp_path), "nothing was saved by the test"
            await console.press("escape", "ctrl+s")
            assert locations_in(tmp_path)["partner"]["password"] == {"secret": "partner"}
            assert console.live.engine.workspace.vault.get("partner") == PASSWORD
            actions = [row.action for row in console.live.gate.settings.audit()]
            assert actions[:4] == ["settings.add", "location.try", "location.trust", "location.try"]
            assert all(PASSWORD not in str(row) for row in console.live.gate.settings.audit())


async def test_a_wrong_password_fails_at_the_login_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    with ftp_site(tmp_path / "server", "ftps") as site:
        settings = site.settings
        assert isinstance(settings, FtpsLocation)
        location = (
            f'[locations.shop]\nprotocol = "ftps"\nhost = "127.0.0.1"\nport = {settings.port}\nusername = "pendel"\n'
            f'password = {{ env = "PENDEL_TEST_NOT_SET" }}\nca_file = "{settings.ca_file}"\ntimeout = 5\n'
        )
        async with settings_console(tmp_path, CONFIG + location) as console:
            await console.press("3", "down", "T")
            text = await console.until("× settings: failed.")
            assert "PENDEL_TEST_NOT_SET" in text
            await console.press("escape", "e")
            await checked(console)
            await choose_password_again(console)
            await console.press("ctrl+t")
            text = await console.until("× login: failed.")
            assert "✓ TLS: good." in text


async def choose_password_again(console: LiveConsole) -> None:
    for _ in range(30):
        if next((line for line in console.lines if line.startswith("› Password")), ""):
            break
        await console.pilot.press("down")
        await console.look()
    await console.press("enter")
    await console.type("typed")
    await console.press("enter", "down")
    await console.type("wrong")
    await checked(console)


async def test_a_reader_looks_and_changes_nothing(tmp_path: Path) -> None:
    async with settings_console(tmp_path, right=Right.VIEW) as console:
        text = await console.press("3")
        assert "sftp.example.com" in text
        for key in ("a", "e", "c", "d", "T", "u"):
            assert "read-only" in await console.press(key)
        assert (tmp_path / "config.toml").read_text() == CONFIG


async def test_the_list_is_filtered_and_sorted(tmp_path: Path) -> None:
    async with settings_console(tmp_path) as console:
        await console.press("3", "slash")
        text = await console.type("sftp")
        assert "files" not in "\n".join(text.splitlines()[2:4])
        await console.press("enter", "escape", "r")
        assert console.lines[2].startswith(("› supplier", "  supplier"))
        await console.press("greater_than_sign")
        assert "Protocol" in console.lines[1]
        assert "Protocol▼" in console.lines[1]


async def test_an_empty_list_says_what_to_press(tmp_path: Path) -> None:
    empty = CONFIG[: CONFIG.index("[locations.supplier]")]
    async with settings_console(tmp_path, empty) as console:
        assert "Press a to add one" in await console.press("3")


async def test_hostile_names_arrive_harmless(tmp_path: Path) -> None:
    hostile = CONFIG.replace('host = "sftp.example.com"', 'description = "\\u001b[2J[red]x\\u202e\\ny"\nhost = "h"')
    async with settings_console(tmp_path, hostile) as console:
        assert "\\x1b[2J[red]x\\u202e\\x0ay" in await console.press("3", "down")


SIZES = [("80x24", (80, 24), UNICODE), ("120x40", (120, 40), UNICODE), ("40x10", (40, 10), UNICODE)]


@pytest.mark.parametrize(("name", "size", "signs"), [*SIZES, ("80x24_ascii", (80, 24), ASCII)])
async def test_snapshot(tmp_path: Path, name: str, size: tuple[int, int], signs: Any) -> None:
    async with settings_console(tmp_path, size=size, signs=signs) as console:
        await console.press("3", "down")
        check_snapshot(f"locations_{name}", without_paths(without_counts(console.still), tmp_path))


def without_paths(text: str, directory: Path) -> str:
    """The screen without what differs from run to run; a path that is broken over lines is left out with its rest."""
    kept = [line for line in text.splitlines() if "pytest-" not in line and "config.toml" not in line]
    return "\n".join(kept)
