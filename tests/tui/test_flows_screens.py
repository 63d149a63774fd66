"""The flows, their failures and activity, and the guided set-up, key by key, with contract servers behind them."""

from __future__ import annotations

import tomllib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from support.console_pilot import check_snapshot
from support.links.buchhaltungsbutler import BuchhaltungsButler
from support.links.link_site import LinkSite, butler_text, mark_tested
from support.links.memory_erp import CANARY, FIELDS, connector_site
from support.links.rest_server import FakeClock, serving
from support.settings_site import checked, fill, go_to, settings_console, without_counts

from core.engine.api.rights import Right
from core.links.superoffice.contract import Actor
from tui.action import Scope
from tui.actions import actions_of
from tui.screens.flow_activity import ActivityScreen
from tui.screens.flow_failures import FailuresScreen
from tui.screens.flow_set_up import SetUpScreen
from tui.screens.flows import FlowsScreen
from tui.screens.form import FormScreen
from tui.screens.listing import ListScreen
from tui.words import ASCII, UNICODE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from support.live_console import LiveConsole

    from tui.screens.base import PendelScreen
    from tui.words import Signs

HEAD = 'version = 1\n[engine]\ndata_dir = "data"\ntime_zone = "Europe/Amsterdam"\n'
FLOW = """
[[tasks]]
id = "debtors"
type = "flow"
description = "Debtors of the one into the other"
active = true
sequence = 10
kind = "customers"
source = "books"
target = "shop"
"""
Servers = tuple[BuchhaltungsButler, BuchhaltungsButler]


def debtor(number: int, **more: Any) -> dict[str, Any]:
    return {
        "postingaccount_number": str(10000 + number),
        "name": f"Company {number}",
        "email": f"buyer{number}@example.org",
        "city": "Delft",
        "country": "NL",
        **more,
    }


@pytest.fixture
def both() -> Iterator[Servers]:
    clock = FakeClock()
    with serving(BuchhaltungsButler(clock)) as books, serving(BuchhaltungsButler(clock)) as shop:
        # The other one takes no debtor without a name.
        books.debtors = [debtor(1), debtor(2, name=""), debtor(3)]
        yield books, shop


@asynccontextmanager
async def flows_console(
    directory: Path,
    both: Servers,
    *,
    flow: str = FLOW,
    size: tuple[int, int] = (80, 24),
    signs: Signs = UNICODE,
    right: Right = Right.ADMINISTER,
) -> AsyncIterator[LiveConsole]:
    books, shop = both
    site = LinkSite(directory, books.clock)
    links = butler_text(books) + butler_text(shop).replace("links.books", "links.shop")
    around = site.write(links)
    for name in ("books", "shop"):
        mark_tested(name, around)
    async with settings_console(directory, HEAD + links + flow, size=size, signs=signs, right=right) as console:
        await console.press("8")
        yield console


async def ran(console: LiveConsole, run: int = 1) -> str:
    """Start the flow under the cursor, and wait until it has ended."""
    await console.press("s", "y")
    return await console.until(f"Run {run}: ")


def in_a_line(text: str) -> str:
    return " ".join(text.split())


def shows(console: LiveConsole, kind: type[PendelScreen]) -> bool:
    return isinstance(console.screen, kind)


def cursor(console: LiveConsole) -> str | None:
    """Return the row under the cursor."""
    assert isinstance(console.screen, ListScreen)
    return console.screen.list.cursor


def tables(directory: Path) -> dict[str, Any]:
    return tomllib.loads((directory / "config.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("scope", "screen"),
    [
        (Scope.FLOWS, FlowsScreen),
        (Scope.FAILURES, FailuresScreen),
        (Scope.ACTIVITY, ActivityScreen),
        (Scope.SET_UP, SetUpScreen),
    ],
)
def test_every_action_has_its_method(scope: Scope, screen: type[object]) -> None:
    for entry in actions_of(scope):
        assert callable(getattr(screen, entry.method, None)), entry.id


async def test_a_flow_is_started_and_its_failure_looked_at_and_sent_again(tmp_path: Path, both: Servers) -> None:
    books, shop = both
    async with flows_console(tmp_path, both) as console:
        assert "books → shop" in console.text
        assert "Nothing waits in its list of failures." in console.text
        await ran(console)
        text = await console.until("1 record could not be sent")
        assert "10002: name is empty, and the target needs it as name." in await console.until("Run 1: warnings")
        assert [each["name"] for each in shop.debtors] == ["Company 1", "Company 3"]
        text = await console.press("enter")
        assert shows(console, FailuresScreen)
        assert "Tried 1 time" in text
        text = await console.press("enter")
        assert shows(console, ActivityScreen)
        assert "email = buyer2@example.org" in text
        text = await console.press("enter")
        assert "Nothing was sent" in text
        await console.press("escape", "escape")
        books.debtors[1]["name"] = "Company 2"
        await console.press("s")
        text = await console.until("Nothing waits here: all that debtors could not send was sent since.")
        assert len(shop.debtors) == 3
        await console.press("escape")
        assert shows(console, FlowsScreen)
        text = await console.press("R")
        assert "Nothing waits in the list of failures of debtors." in text


async def test_a_failure_is_mended_where_it_stands_and_sent(tmp_path: Path, both: Servers) -> None:
    books, shop = both
    async with flows_console(tmp_path, both) as console:
        await ran(console)
        await console.until("1 record could not be sent")
        await console.press("enter", "e")
        text = await choose(console, "email", "=")
        assert "It came as buyer2@example.org." in text
        await console.press("escape", "e")
        await choose(console, "company", "=")
        await console.type("Company 2")
        text = await console.press("enter")
        assert "Mended here: company." in text
        await console.press("e")
        text = await choose(console, "company", "=")
        assert "It came without." in text
        await console.press("escape", "s")
        await console.until("Nothing waits here: all that debtors could not send was sent since.")
        assert [each["name"] for each in shop.debtors] == ["Company 1", "Company 3", "Company 2"]
        assert books.debtors[1]["name"] == ""


async def test_a_failure_is_discarded_after_asking(tmp_path: Path, both: Servers) -> None:
    async with flows_console(tmp_path, both) as console:
        await ran(console)
        await console.until("1 record could not be sent")
        text = await console.press("enter", "d")
        assert "Take 10002 out of the list of failures?" in text
        assert "10002" in await console.press("n")
        await console.press("d", "y")
        assert "Nothing waits here" in await console.until("10002 is out of the list.")
        await console.press("escape", "s", "y")
        assert "3 left as they were" in in_a_line(await console.until("Run 2: succeeded"))


async def test_the_run_of_a_flow_says_where_its_records_are(tmp_path: Path, both: Servers) -> None:
    async with flows_console(tmp_path, both) as console:
        await ran(console)
        await console.until("1 record could not be sent")
        text = await console.press("2", "enter")
        assert "rejected  1  could not be sent" in text
        assert "v shows which could not be sent, and why; 8, then enter, is where they are sent again." in in_a_line(
            text
        )
        text = await console.press("enter")
        assert "v shows the records that it sent or could not send" in text
        text = await console.press("enter")
        assert "1 record not sent" in text
        assert "No record was rejected" not in text
        text = await console.press("v")
        assert shows(console, ActivityScreen)
        assert "Activity of debtors in run 1" in text
        assert shows(console, ActivityScreen)


async def test_of_several_that_fit_the_one_that_is_meant_is_chosen(tmp_path: Path, both: Servers) -> None:
    books, shop = both
    books.debtors = [debtor(1), debtor(2, name="")]
    shop.debtors = [debtor(number, email="buyer1@example.org", city="Gouda") for number in (7, 8)]
    async with flows_console(tmp_path, both) as console:
        await console.press("s", "y")
        await console.until("2 records could not be sent")
        await console.press("enter")
        assert cursor(console) == "10002"
        assert "there is nothing to choose" in await console.press("c")
        assert "Several fit at the target: c says which of them is meant." in " ".join(
            (await console.press("down")).split()
        )
        assert "10007" in await console.press("c")
        await choose(console, "10008")
        await console.until("Started run 2")
        await console.until("› 10002")
        assert [each["city"] for each in shop.debtors] == ["Gouda", "Delft"]


async def test_activity_shows_the_requests_and_finds_by_what_came(tmp_path: Path, both: Servers) -> None:
    async with flows_console(tmp_path, both) as console:
        await ran(console)
        await console.until("1 record could not be sent")
        text = await console.press("v")
        assert [line[1:].split()[2] for line in text.splitlines()[2:5]] == ["created", "failed", "created"]
        await console.press("slash")
        await console.type("buyer3")
        text = await console.press("enter")
        assert [line[1:].split()[1] for line in text.splitlines()[2:4] if line] == ["10003"]
        text = await console.press("enter")
        assert "POST" in text
        assert "settings/add/debtor" in text
        assert '"name": "Company 3"' in text.replace("\u00a0", " ")
        assert "bb-api-key-1" not in text
        await console.press("escape", "escape", "escape")
        assert shows(console, FlowsScreen)


async def test_who_may_only_look_sees_failures_and_no_records(tmp_path: Path, both: Servers) -> None:
    async with flows_console(tmp_path, both, right=Right.VIEW) as console:
        assert "debtors" in console.text
        assert "read-only" in await console.press("v")
        assert "read-only" in await console.press("a")
        await console.press("enter")
        assert shows(console, FailuresScreen)


async def choose(console: LiveConsole, *words: str) -> str:
    """Choose in a dialog by what stands there."""
    await console.type(" ".join(words))
    return await console.press("enter")


async def test_flows_are_set_up_step_by_step(tmp_path: Path, both: Servers) -> None:
    _, shop = both
    async with flows_console(tmp_path, both, flow="") as console:
        assert "There are no flows yet. Press a to set some up" in console.text
        await console.press("a")
        assert shows(console, SetUpScreen)
        text = await console.press("enter")
        assert "A new link to Exact Online" in text
        await choose(console, "books:")
        assert cursor(console) == "target"
        await console.press("enter")
        assert "books:" not in console.text
        text = await choose(console, "shop:")
        assert "shop (BuchhaltungsButler)" in text
        # Both were tested before.
        assert cursor(console) == "kinds"
        text = await console.press("enter")
        assert "Customers" in text
        assert "Products" not in text
        assert "Nothing was marked, so nothing flows yet" in await console.press("enter")
        await console.press("enter")
        await console.type("customers")
        text = await console.press("space", "enter")
        text = " ".join((await console.press("up")).split())
        assert "Not between these two, for BuchhaltungsButler does not give them: orders, invoices," in text
        await console.press("down", "enter")
        assert shows(console, FormScreen)
        await checked(console)
        assert "customers-books-shop" in console.text
        await console.press("ctrl+s")
        text = await console.until("saved as customers-books-shop")
        assert not tables(tmp_path)["tasks"][0]["active"]
        assert cursor(console) == "dry run"
        await console.press("enter")
        text = await console.until("to be looked at")
        assert not shop.debtors
        await console.press("up", "enter")
        await choose(console, "would send")
        assert shows(console, ActivityScreen)
        text = await console.until("would be created")
        await console.press("escape")
        assert cursor(console) == "dry run"
        text = await console.press("down", "enter")
        assert "Activate 1 flow?" in text
        assert "The dry run of customers-books-shop found something" in text
        text = await console.press("y")
        assert "1 flow set up." in text
        assert tables(tmp_path)["tasks"][0]["active"]
        await console.press("escape")
        assert shows(console, FlowsScreen)
        assert cursor(console) == "customers-books-shop"


async def test_a_sync_connector_is_set_up_from_its_address_on(tmp_path: Path) -> None:
    with connector_site() as erp:
        erp.erp.kinds = {"Customer": FIELDS}
        erp.erp.put(Actor("Customer", "C1", values={"NAME": "ACME", "EMAIL": "ann@example.org"}))
        async with settings_console(tmp_path, HEAD, size=(80, 40)) as console:
            await console.press("8", "a", "enter")
            await choose(console, "Sync Connector")
            assert shows(console, FormScreen)
            await checked(console)
            await fill(console, "Name", "memory")
            await fill(console, "Address", erp.url)
            await checked(console)
            await console.press("ctrl+s")
            # What the connector itself asks for, in its words and order.
            await console.until("Company")
            await fill(console, "Name", "erp")
            await go_to(console, "Password")
            await console.press("right", "down")
            await console.type(CANARY)
            await checked(console)
            assert "a: Wholesale" not in console.text
            await console.press("ctrl+s")
            await console.until("erp (SuperOffice ERP Sync Connector)")
            assert cursor(console) == "target"
            await console.press("enter")
            await choose(console, "The catalogue")
            assert cursor(console) == "test source"
            await console.press("enter")
            await console.until("what flows")
            text = await console.press("enter")
            # The connector has nothing else, so that it is marked already.
            assert "Customers" in text
            assert "Contacts" not in text
            await console.press("enter", "enter")
            await checked(console)
            await console.press("ctrl+s")
            await console.until("saved as customers-erp-catalogue")
            await console.press("enter")
            await console.until("nothing is wrong")
            await console.press("enter")
            text = await console.press("y")
            assert "1 flow set up." in text
        written = tables(tmp_path)
        assert written["connectors"]["memory"] == {"definition": "superoffice-sync", "base_url": erp.url}
        assert written["links"]["erp"]["active"]
        assert CANARY not in (tmp_path / "config.toml").read_text(encoding="utf-8")


async def test_a_step_whose_turn_has_not_come_says_so(tmp_path: Path, both: Servers) -> None:
    async with flows_console(tmp_path, both, flow="") as console:
        await console.press("a")
        text = await console.press("G", "enter")
        assert "The steps above come first." in text
        await console.press("escape")
        assert shows(console, FlowsScreen)


SIZES = [("80x24", (80, 24), UNICODE), ("120x40", (120, 40), UNICODE), ("40x10", (40, 10), UNICODE)]


@pytest.mark.parametrize(("name", "size", "signs"), [*SIZES, ("80x24_ascii", (80, 24), ASCII)])
async def test_snapshots(tmp_path: Path, both: Servers, name: str, size: tuple[int, int], signs: Signs) -> None:
    async with flows_console(tmp_path, both, size=size, signs=signs) as console:
        check_snapshot(f"flows_{name}", without_counts(console.still))
        await console.press("a")
        check_snapshot(f"flow_set_up_{name}", without_counts(console.still))
