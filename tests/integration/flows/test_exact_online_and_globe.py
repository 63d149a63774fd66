"""Exact Online and Exact Globe: every flow, twice, and ended at every moment at which it looks at the clock."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from support.links.ending import ended_anywhere
from support.links.exact_globe import ExactGlobe
from support.links.exact_online import ExactOnline
from support.links.flow_rows import ACCOUNTS, CONTACTS, ENTRIES, INVOICES, ITEMS, ORDERS, fill_exact, item, row_id
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


def fill_globe(site: ExactGlobe) -> None:
    """Give Globe a customer, an item, and an order, an invoice and an entry of each."""
    changed = "/Date(1794000000000)/"
    document = {"YourReference": "ref", "OrderDebtor": "    25", "CurrencyCode": "EUR"}
    site.rows = {
        "Account": [
            {"ID": row_id("debtor"), "AccountCode": f"{25:>20}", "DebtorNumber": "    25", "CustomerType": "C",
             "AccountName": "ACME", "ContactLastName": "Ash", "EmailAddress": "ann@example.org", "InvoiceCity": "Delft",
             "InvoiceCountry": "NL", "ModifiedDate": changed}
        ],
        "Item": [{"ItemCode": "A1", "Description0": "Thing", "SalesPrice": 9.95, "ModifiedDate": changed}],
        "SalesOrderHeader": [
            {"ID": 7, "SalesOrderNumber": "       7", "SalesOrderDate": changed, "Completed": False, **document}
        ],
        "SalesOrderLine": [
            {"ID": 8, "SalesOrderNumber": "       7", "LineNumber": 1, "Itemcode": "A1", "Quantity": 2, "NetPrice": 9.5}
        ],
        "InvoiceHistoryHeader": [{"ID": 9, "InvoiceNumber": "       9", "InvoiceDate": changed, **document}],
        "InvoiceHistoryLine": [
            {"ID": 10, "InvoiceNumber": "       9", "ItemCode": "A1", "Quantity": 2, "NetPrice": 9.5}
        ],
        "FinancialHeader": [
            {"ID": 11, "EntryNumber": "      11", "EntryDate": changed, "DebtorNumber": "    25", "Amount": 19}
        ],
        "FinancialLine": [{"ID": 12, "EntryNumber": "      11", "GLAccount": "8000", "Amount": 19}],
        "ItemCatalog": [{"ItemCode": "A1", "Warehouse": "1", "ShelfStock": 5, "FreeStock": 4, "AvailableStock": 4}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "resource"),
    [
        ("customers", ACCOUNTS),
        ("products", ITEMS),
        ("orders", ORDERS),
        ("invoices", INVOICES),
        ("direct-invoices", INVOICES),
        ("sales-entries", ENTRIES),
    ],
)
def test_the_other_way_too_and_the_second_time_nothing(
    exact: ExactOnline, globe: ExactGlobe, flows: FlowSite, kind: str, resource: str
) -> None:
    fill_globe(globe)
    exact.rows |= {name: [] for name in (ACCOUNTS, CONTACTS, ITEMS, ORDERS, INVOICES, ENTRIES)}
    if kind != "products":
        exact.rows[ITEMS].append(item("A1"))
    flows.add_exact(exact)
    flows.add_globe(globe)
    flows.add_flow("back", kind, "globe", "exact")
    outcome = flows.run("back")
    assert outcome.counts.rejected == 0, flows.log
    assert outcome.counts.new == len(exact.rows[resource]) == 1
    if kind != "products":
        assert [row["Name"] for row in exact.rows[ACCOUNTS]] == ["ACME"]
        assert [row["LastName"] for row in exact.rows[CONTACTS]] == ["Ash"]
    before = written(exact)
    assert flows.run("back").counts.new == 0
    assert written(exact) == before
    assert written(globe) == 0


def test_stock_and_states_of_globe_come_into_the_catalogue(globe: ExactGlobe, flows: FlowSite) -> None:
    fill_globe(globe)
    flows.add_globe(globe)
    flows.add_flow("stock", "stock", "globe", "catalogue")
    flows.add_flow("states", "order-status", "globe", "catalogue")
    flows.fill("article", [{"number": "A1"}])
    flows.fill("order", [{"number": "7", "status": "new"}])
    for flow in ("stock", "states"):
        assert flows.run(flow).counts.changed == 1, flows.log
        assert flows.run(flow).counts.written == 0
    assert [(article, int(number)) for article, number in flows.kept("stock", "article, available")] == [("A1", 4)]
    assert flows.kept("order", "number, status") == [("7", "open")]


def test_categories_are_made_before_their_items_and_named_anew_with_them(
    exact: ExactOnline, globe: ExactGlobe, flows: FlowSite, clock: FakeClock
) -> None:
    fill_exact(exact, clock)
    group = {"ItemGroup": row_id("group"), "ItemGroupCode": "TOOLS", "ItemGroupDescription": "Tools"}
    exact.rows[ITEMS][0] |= {**group, "Class_01": "Steel"}
    exact.rows[ITEMS][1] |= group
    empty_globe(globe)
    globe.rows["ItemAssortment"] = [{"Assortment": 0, "Code": "STD"}]
    flows.add_exact(exact)
    # Which class is what, a person says.
    flows.add_globe(
        globe,
        more="sync.products = { write = true, fields = "
        '[{ name = "Class02Code", field = "characteristic.class_01", write = "on_create" }] }\n',
    )
    flows.add_flow("products", "products", "exact", "globe")
    outcome = flows.run("products")
    assert (outcome.counts.new, outcome.counts.rejected) == (2, 0), flows.log
    [_, made] = globe.rows["ItemAssortment"]
    assert (made["Assortment"], made["Code"], made["Description"]) == (1, "TOOLS", "Tools")
    told = [(row["ItemCode"], row["Assortment"], row.get("Class02Code")) for row in globe.rows["Item"]]
    assert told == [("A1", "1", "Steel"), ("A2", "1", None)]
    posted = [asked.path.rpartition("/")[2] for asked in globe.log if asked.method == "POST"]
    assert posted == ["ItemAssortment", "Item", "Item"]
    exact.rows[ITEMS][0] |= {"ItemGroupDescription": "Hand tools", "Class_01": "Brass", "Timestamp": 99}
    assert flows.run("products").counts.changed == 1, flows.log
    assert globe.rows["ItemAssortment"][1]["Description"] == "Hand tools"
    assert globe.rows["Item"][0]["Class02Code"] == "Steel"


def test_an_item_of_a_group_that_exact_online_does_not_have_goes_without_and_that_is_told(
    exact: ExactOnline, flows: FlowSite, clock: FakeClock
) -> None:
    fill_exact(exact, clock)
    exact.rows["logistics/ItemGroups"] = [{"ID": row_id("group"), "Code": "TOOLS", "Description": "Tools"}]
    flows.add_exact(exact)
    flows.add_flow("out", "products", "catalogue", "exact")
    flows.fill(
        "article",
        [
            {"number": "A1", "description.en": "Hammer", "article_group": "TOOLS"},
            {"number": "N1", "description.en": "New", "article_group": "TOOLS"},
            {"number": "N2", "description.en": "New", "article_group": "OTHER"},
        ],
    )
    outcome = flows.run("out")
    assert (outcome.counts.new, outcome.counts.changed, outcome.counts.rejected) == (2, 1, 0)
    groups = {row["Code"]: row.get("ItemGroup") for row in exact.rows[ITEMS]}
    assert groups == {"A1": row_id("group"), "A2": None, "N1": row_id("group"), "N2": None}
    note = "exact has no category OTHER and takes no new ones: its products go without."
    assert flows.log.count(note) == 1
    assert {each.source_key: each.message for each in flows.activity("out")} == {"A1": "", "N1": "", "N2": note}


def test_an_article_that_is_archived_is_out_of_use_in_globe(globe: ExactGlobe, flows: FlowSite) -> None:
    empty_globe(globe)
    flows.add_globe(globe)
    flows.add_flow("out", "products", "catalogue", "globe")
    flows.fill("article", [{"number": "A1", "description.en": "Hammer"}, {"number": "A2", "description.en": "Saw"}])
    assert flows.run("out").counts.new == 2
    assert "Condition" not in globe.rows["Item"][0]
    flows.archive("article", "A1")
    outcome = flows.run("out")
    assert (outcome.counts.changed, outcome.counts.rejected) == (1, 0), flows.log
    assert globe.rows["Item"][0]["Condition"] == "E"
    flows.fill("article", [{"number": "A1", "description.en": "Hammer"}])
    assert flows.run("out").counts.changed == 1
    assert globe.rows["Item"][0]["Condition"] == "A"
    assert "Condition" not in globe.rows["Item"][1]
