"""Exact Online and Exact Globe: every flow, twice, and ended at every moment at which it looks at the clock."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from support.links.ending import ended_anywhere
from support.links.exact_globe import ExactGlobe
from support.links.exact_online import ExactOnline
from support.links.flow_rows import ACCOUNTS, ITEMS, fill_exact
from support.links.flow_site import FlowSite
from support.links.rest_server import serving

from core.runs import RunState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.links.ending import Site
    from support.links.rest_server import FakeClock, RestServer

WRITING = ("POST", "PUT", "DELETE", "PATCH")


def empty_globe(site: ExactGlobe) -> None:
    names = ("Account", "Item", "SalesOrderHeader", "ItemCatalog", "FinancialHeader", "InvoiceHistoryHeader")
    site.rows = {name: [] for name in names}


def written(site: RestServer) -> int:
    return sum(asked.method in WRITING for asked in site.log)


@pytest.fixture
def pair(exact: ExactOnline, globe: ExactGlobe, flows: FlowSite, clock: FakeClock) -> FlowSite:
    fill_exact(exact, clock)
    empty_globe(globe)
    flows.add_exact(exact)
    flows.add_globe(globe)
    flows.add_flow("products", "products", "exact", "globe")
    flows.add_flow("customers", "customers", "exact", "globe")
    flows.add_flow("orders", "orders", "exact", "globe")
    flows.add_flow("invoices", "invoices", "exact", "globe")
    flows.add_flow("direct", "direct-invoices", "exact", "globe")
    flows.add_flow("entries", "sales-entries", "exact", "globe")
    return flows


@pytest.mark.parametrize(
    ("flow", "entity", "number"),
    [
        ("products", "Item", 2),
        ("customers", "Account", 2),
        ("orders", "SalesOrderHeader", 3),
        ("invoices", "InvoiceHeader", 3),
        ("direct", "InvoiceHeader", 3),
        ("entries", "FinancialHeader", 3),
    ],
)
def test_a_flow_brings_all_and_the_second_time_nothing(
    pair: FlowSite, globe: ExactGlobe, flow: str, entity: str, number: int
) -> None:
    if flow != "products":
        pair.run("products")
    outcome = pair.run(flow)
    assert outcome.counts.rejected == 0, pair.log
    assert outcome.state is RunState.SUCCEEDED
    assert len(globe.rows[entity]) == number
    assert outcome.counts.new == number
    before = written(globe)
    again = pair.run(flow)
    assert (again.counts.new, again.counts.changed) == (0, 0)
    assert written(globe) == before


def test_an_order_is_whole_with_its_debtor_lines_and_employee(
    pair: FlowSite, globe: ExactGlobe, exact: ExactOnline
) -> None:
    exact.rows[ACCOUNTS][1]["Email"] = "  Buyer1@Example.ORG "
    exact.rows[ACCOUNTS][1]["Code"] = f"{1:>18}"
    pair.run("products")
    pair.run("orders")
    # Trap 24: the address is the same but for case and blanks.
    [debtor] = globe.rows["Account"]
    assert debtor["DebtorNumber"] == "     1"
    first = globe.rows["SalesOrderHeader"][0]
    assert (first["OrderDebtor"], first["YourReference"], first["Resource"]) == ("     1", "1", "999999")
    lines = [line for line in globe.rows["SalesOrderLine"] if line["SalesOrderNumber"] == first["SalesOrderNumber"]]
    assert [(line["Itemcode"], line["Quantity"], line["NetPrice"]) for line in lines] == [("A1", 2, 50), ("A2", 1, 0.1)]
    assert globe.loose == {}


@contextmanager
def from_exact_to_globe(directory: Path, clock: FakeClock) -> Iterator[Site]:
    with (
        serving(ExactOnline(clock)) as exact,
        serving(ExactGlobe(clock, credentials=directory / "who", sign_in="Basic")) as globe,
    ):
        fill_exact(exact, clock, orders=1)
        empty_globe(globe)
        globe.rows["Item"] = [{"ItemCode": each["Code"]} for each in exact.rows[ITEMS]]
        flows = FlowSite(directory, clock)
        flows.add_exact(exact)
        flows.add_globe(globe)
        for kind in ("orders", "customers", "sales-entries"):
            flows.add_flow(kind, kind, "exact", "globe")
        yield flows, lambda: {name: len(rows) for name, rows in globe.rows.items() if rows}, lambda: written(globe)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    ("flow", "rows"),
    [
        ("customers", {"Account": 2, "Item": 2}),
        ("orders", {"Account": 1, "Item": 2, "SalesOrderHeader": 1, "SalesOrderLine": 2}),
        ("sales-entries", {"Account": 1, "Item": 2, "FinancialHeader": 1, "FinancialLine": 1}),
    ],
)
def test_a_flow_that_is_ended_anywhere_doubles_and_loses_nothing(
    tmp_path: Path, flow: str, rows: dict[str, int]
) -> None:
    found = ended_anywhere(tmp_path, flow, from_exact_to_globe)
    assert len(found) > 10
    assert all(each == rows for each in found)
