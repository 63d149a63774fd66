"""The links screen and the form of a link, key by key, with contract servers behind them (LK1 to LK5)."""

from __future__ import annotations

import tomllib
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from support.console_pilot import check_snapshot
from support.links.buchhaltungsbutler import SECRET, BuchhaltungsButler
from support.links.exact_online import ExactOnline
from support.links.link_site import LinkSite, butler_text, exact_text
from support.links.opening import REDIRECT
from support.links.rest_server import FakeClock, serving
from support.settings_site import checked, fill, go_to, settings_console
from textual.events import Paste
from textual.widgets import Input

from core.config.vault import Vault
from core.engine.api.rights import Right
from tui.action import Scope
from tui.actions import actions_of
from tui.screens.link_form import LinkFormScreen
from tui.screens.links import LinksScreen
from tui.words import ASCII, UNICODE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from support.live_console import LiveConsole

    from tui.words import Signs

HEAD = 'version = 1\n[engine]\ndata_dir = "data"\ntime_zone = "Europe/Amsterdam"\n'
Servers = tuple[BuchhaltungsButler, ExactOnline]


@contextmanager
def servers() -> Iterator[Servers]:
    clock = FakeClock()
    with serving(BuchhaltungsButler(clock)) as butler, serving(ExactOnline(clock)) as exact:
        yield butler, exact


@asynccontextmanager
async def links_console(
    directory: Path,
    found: Servers,
    *,
    more: str = "",
    size: tuple[int, int] = (80, 24),
    signs: Signs = UNICODE,
    right: Right = Right.ADMINISTER,
) -> AsyncIterator[LiveConsole]:
    butler, exact = found
    LinkSite(directory, butler.clock)
    text = HEAD + butler_text(butler, active=False) + exact_text(exact, directory, division="") + more
    async with settings_console(directory, text, size=size, signs=signs, right=right) as console:
        yield console


@pytest.fixture
def found() -> Iterator[Servers]:
    with servers() as both:
        yield both


def tables(directory: Path) -> dict[str, Any]:
    return tomllib.loads((directory / "config.toml").read_text(encoding="utf-8"))


def on(console: LiveConsole) -> str:
    """What the row under the cursor says."""
    return next((line[1:].strip() for line in console.lines if line.startswith("›")), "")


def test_every_action_has_its_method() -> None:
    for entry in actions_of(Scope.LINKS):
        assert callable(getattr(LinksScreen, entry.method, None)), entry.id
    for entry in actions_of(Scope.FORM):
        assert callable(getattr(LinkFormScreen, entry.method, None)), entry.id


async def test_a_link_is_tested_and_activated_from_the_list(tmp_path: Path, found: Servers) -> None:
    async with links_console(tmp_path, found) as console:
        text = await console.press("7")
        assert "not tested" in text
        assert "sign-in needed" in text
        text = await console.press("t")
        assert "The link books was never tested." in text
        await console.press("T")
        text = await console.until("The link works.")
        assert "✓ test request: good." in text
        text = await console.press("t")
        assert "books is active: tasks may use it." in text
        assert tables(tmp_path)["links"]["books"]["active"]
        await console.press("escape")
        assert "Tested with its present values" in console.text
        text = await console.press("t")
        assert "books is not active any more." in text


async def test_a_failed_test_says_what_to_mend(tmp_path: Path, found: Servers) -> None:
    async with links_console(tmp_path, found) as console:
        Vault(tmp_path / "data").set("bb", "wrong")
        await console.press("7", "T")
        text = await console.until("× test request: failed.")
        assert "API credentials unknown or invalid" in text.replace("\n", " ")
        # It knows no browser to sign in with, so that none is offered.
        assert "knows no signing in" not in text
        assert "sign in" not in text.replace("where one signs in with a browser", "")
        await console.press("escape")
        assert "Last test" in console.text


async def test_signing_in_with_a_browser_and_choosing_a_company(tmp_path: Path, found: Servers) -> None:
    _, exact = found
    async with links_console(tmp_path, found, size=(120, 40)) as console:
        await console.press("7", "down", "e")
        await checked(console)
        await console.press("ctrl+t")
        text = await console.until("Sign in to exact with a browser")
        assert "link login exact" in text
        address = console.app.clipboard
        assert address.startswith("https://start.exactonline.nl/")
        await console.type("nonsense")
        assert "This is no whole address." in await console.press("enter")
        await console.press("end", "ctrl+u")
        console.app.screen.query_one(Input).post_message(Paste(f"{REDIRECT}?code=1&state=another"))
        await console.press("enter")
        await console.until("× sign-in: failed. This address belongs to another sign-in.")
        await console.press("ctrl+t")
        await console.until("Sign in to exact with a browser")
        address = console.app.clipboard
        console.app.screen.query_one(Input).post_message(Paste(exact.sign_in(address, redirect_uri=REDIRECT)))
        await console.press("enter")
        await console.until("× company: failed. None is chosen.")
        await go_to(console, "Division")
        text = await console.press("enter")
        assert "123456" in text
        await console.press("enter")
        assert on(console).endswith("123456")
        await console.press("ctrl+t")
        await console.until("The link works.")
        await console.press("escape")
        await go_to(console, "Active")
        await console.press("right")
        await checked(console)
        text = await console.press("ctrl+s")
        assert "Saved link exact" in text
        assert tables(tmp_path)["links"]["exact"]["fields"]["division"] == "123456"
        assert "active" in text


async def test_a_new_link_is_made_of_what_its_connector_asks_for(tmp_path: Path, found: Servers) -> None:
    butler, _ = found
    async with links_console(tmp_path, found, size=(100, 40)) as console:
        await console.press("7", "a")
        await console.type("buch")
        await console.press("enter")
        text = await checked(console)
        for words in ("buchhaltungsbutler", "API client", "API secret", "API key", "client is missing"):
            assert words in text
        await fill(console, "Name", "second")
        await fill(console, "Address", f"{butler.url}/api/v1")
        await fill(console, "API client", "bb-client")
        await go_to(console, "API secret")
        await console.press("right", "down")
        await console.type(SECRET)
        assert SECRET not in console.text
        await go_to(console, "API key")
        await console.press("right", "right", "down")
        await console.type("bb-key")
        await checked(console)
        # Active without a test is not saved.
        await go_to(console, "Active")
        await console.press("right")
        await checked(console)
        text = await console.press("ctrl+s")
        assert "it was not tested yet" in text
        await console.press("ctrl+t")
        await console.until("The link works.")
        await console.press("escape")
        text = await console.press("ctrl+s")
        assert "Saved link second" in text
        assert tables(tmp_path)["links"]["second"]["fields"]["secret"] == {"secret": "second-fields-secret"}
        assert Vault(tmp_path / "data").get("second-fields-secret") == SECRET
        assert on(console).startswith("second")
        assert "active" in on(console)


async def test_users_and_groups_that_nobody_knows_are_warned_of_and_can_be_saved(
    tmp_path: Path, found: Servers
) -> None:
    async with links_console(tmp_path, found, size=(100, 40)) as console:
        await console.press("7", "e")
        await checked(console)
        await fill(console, "Visible to", "root, nobody-of-this-name, @no-such-group")
        text = await checked(console)
        assert "Warning: this system knows no user 'nobody-of-this-name'." in text
        assert "Warning: this system knows no group 'no-such-group'." in text
        assert "knows no user 'root'" not in text
        assert "problem" not in text
        text = await console.press("ctrl+s")
        assert "Saved link books" in text
    assert tables(tmp_path)["links"]["books"]["visible_to"] == ["root", "nobody-of-this-name", "@no-such-group"]


async def test_another_connector_asks_for_other_things(tmp_path: Path, found: Servers) -> None:
    async with links_console(tmp_path, found, size=(100, 40)) as console:
        await console.press("7", "e")
        await checked(console)
        await go_to(console, "Connector")
        await console.press("enter")
        await console.type("etim")
        await console.press("enter")
        text = await checked(console)
        assert "API client" not in text
        assert "Client id" in text
        await go_to(console, "Connector")
        await console.press("enter")
        await console.type("buch")
        await console.press("enter")
        text = await checked(console)
        # What was told before is still there.
        assert "bb-client" in text


async def test_value_lists_and_fields_are_filled_from_the_system(tmp_path: Path, found: Servers) -> None:
    butler, _ = found
    butler.debtors = [
        {"name": "ACME", "postingaccount_number": "10000", "type": "debitor"},
        {"name": "Bolt", "postingaccount_number": "10001", "type": "debitor"},
    ]
    async with links_console(tmp_path, found, size=(100, 45)) as console:
        await console.press("7", "T")
        await console.until("The link works.")
        await console.press("e")
        await checked(console)
        await go_to(console, "add to value lists")
        await console.press("enter")
        await console.press("end", "ctrl+u")
        await console.type("accounts")
        await go_to(console, "Resource")
        await console.press("enter")
        await console.type("customers")
        await console.press("enter")
        await go_to(console, "Field of the resource")
        text = await console.press("enter")
        assert "postingaccount_number" in text
        await console.type("posting")
        await console.press("enter")
        await console.press("up", "up")
        assert "add a line" in on(console)
        await console.press("enter")
        await console.type("shop =")
        text = await console.press("enter")
        assert "What shop is in the system" in text
        assert "10001  Bolt" in text
        await console.type("bolt")
        await console.press("enter")
        assert on(console) == "shop = 10001"

        await go_to(console, "add to synchronisations")
        await console.press("enter")
        text = await console.press("enter")
        assert "order-status" in text
        await console.type("customers")
        await console.press("enter")
        await go_to(console, "Read from the system")
        await console.press("right")
        await go_to(console, "add to fields")
        await console.press("enter")
        await go_to(console, "Field of the system")
        await console.press("enter")
        await console.type("name")
        await console.press("enter")
        await fill(console, "Field", "company")
        await checked(console)
        text = await console.press("ctrl+s")
        assert "Saved link books" in text
        link = tables(tmp_path)["links"]["books"]
        assert link["lists"] == {
            "accounts": {"resource": "customers", "member": "postingaccount_number", "values": {"shop": "10001"}}
        }
        assert link["sync"] == {"customers": {"read": True, "fields": [{"name": "name", "field": "company"}]}}
        # What a test does not prove leaves the link tested.
        assert "tested" in on(console)
        assert "not tested" not in on(console)


async def test_connectors_are_shown_made_and_deleted(tmp_path: Path, found: Servers) -> None:
    async with links_console(tmp_path, found) as console:
        await console.press("7")
        text = await console.press("o")
        assert "brought along" in text
        assert "it is links that are tested" in await console.press("T")
        assert "Pendel brings 2ba along" in await console.press("e")
        assert "it does not stand in the configuration" in await console.press("d")
        await console.press("c")
        await checked(console)
        await console.type("test-2ba")
        await fill(console, "Address", "https://test.example.org")
        await checked(console)
        text = await console.press("ctrl+s")
        assert "Saved connector test-2ba" in text
        assert tables(tmp_path)["connectors"]["test-2ba"] == {
            "definition": "2ba",
            "base_url": "https://test.example.org",
        }
        await console.press("d", "y")
        assert "test-2ba" not in tables(tmp_path)["connectors"]
        screen = console.screen
        assert isinstance(screen, LinksScreen)
        screen.list.move_to_row("own-exact")
        text = await console.press("d")
        assert "The connector own-exact cannot be deleted" in text
        assert "link exact" in text
        await console.press("escape", "a")
        await console.type("file")
        await console.press("enter")
        text = await checked(console)
        assert "Definition file" in text
        await console.press("escape", "y")
        text = await console.press("escape")
        assert "books" in text


async def test_a_link_is_copied_renamed_and_deleted(tmp_path: Path, found: Servers) -> None:
    async with links_console(tmp_path, found) as console:
        await console.press("7", "T")
        await console.until("The link works.")
        await console.press("escape", "e")
        await checked(console)
        await console.type("-de")
        await checked(console)
        await console.press("ctrl+s")
        assert on(console).startswith("books-de")
        assert "not tested" not in on(console)
        await console.press("c")
        await checked(console)
        await console.type("other")
        await checked(console)
        await console.press("ctrl+s")
        assert on(console).startswith("other")
        assert "not tested" in on(console)
        assert "Delete the link other?" in await console.press("d")
        await console.press("y")
        assert "other" not in tables(tmp_path)["links"]


async def test_signing_in_from_the_list(tmp_path: Path, found: Servers) -> None:
    async with links_console(tmp_path, found) as console:
        text = await console.press("7", "s")
        assert "× sign-in: failed. BuchhaltungsButler knows no signing in" in " ".join(text.split())
        text = await console.press("down", "s")
        assert "Sign in to exact with a browser" in text
        text = await console.press("escape")
        assert "sign-in needed" in text


async def test_a_definition_that_cannot_be_used_loses_nothing(tmp_path: Path, found: Servers) -> None:
    async with links_console(tmp_path, found, size=(120, 40)) as console:
        (tmp_path / "connectors" / "exact.toml").write_text("version = 1\n")
        await console.press("7")
        text = await console.press("down")
        assert "cannot be used" in text
        await console.press("e")
        await checked(console)
        await go_to(console, "Description")
        await console.type("Our books")
        await checked(console)
        await console.press("ctrl+s")
        await console.press("7")
        kept = tables(tmp_path)["links"]["exact"]
        assert kept["fields"]["client_secret"] == {"secret": "exact"}


async def test_a_reader_looks_and_changes_nothing(tmp_path: Path, found: Servers) -> None:
    async with links_console(tmp_path, found, right=Right.VIEW) as console:
        text = await console.press("7")
        assert "not tested" in text
        for key in ("T", "t", "s", "e", "a", "c", "d"):
            assert "read-only" in await console.press(key)
        assert "brought along" in await console.press("o")


@pytest.mark.parametrize(
    ("name", "size", "signs"),
    [("80x24", (80, 24), UNICODE), ("120x40", (120, 40), UNICODE), ("80x24_ascii", (80, 24), ASCII)],
)
async def test_what_the_screens_look_like(
    tmp_path: Path, found: Servers, name: str, size: tuple[int, int], signs: Signs
) -> None:
    butler, exact = found

    def still(text: str) -> str:
        return text.replace(butler.url, "https://books.example").replace(exact.url, "https://exact.example")

    async with links_console(tmp_path, found, size=size, signs=signs) as console:
        await console.press("7")
        if size[0] < 120:
            # On a wide screen the details say where the configuration lies, broken wherever that is.
            check_snapshot(f"links_{name}", still(console.still))
        await console.press("T")
        await console.until("The link works.")
        check_snapshot(f"links_tested_{name}", still(console.still))
        await console.press("e")
        await checked(console)
        check_snapshot(f"link_form_{name}", still(console.still))
        await console.press("escape", "o", "down")
        check_snapshot(f"connectors_{name}", still(console.still))
