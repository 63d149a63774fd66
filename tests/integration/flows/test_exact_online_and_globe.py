"""Exact Online and Exact Globe: what every flow brings, and that it brings nothing the second time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.links.flow_rows import (
    ACCOUNTS,
    CONTACTS,
    ENTRIES,
    INVOICES,
    ITEMS,
    ORDERS,
    fill_exact,
    fill_globe,
    item,
    row_id,
)

from core.runs import RunState

if TYPE_CHECKING:
    from support.links.exact_globe import ExactGlobe
    from support.links.exact_online import ExactOnline
    from support.links.flow_site import FlowSite
    from support.links.rest_server import FakeClock


def empty_globe(site: ExactGlobe) -> None:
    names = ("Account", "Item", "SalesOrderHeader", "ItemCatalog", "FinancialHeader", "InvoiceHistoryHeader")
    site.rows = {name: [] for name in names}


@pytest.fixture
def pair(exact: ExactOnline, globe: ExactGlobe, flows: FlowSite, clock: FakeClock) -> FlowSite:
    fill_exact(exact, clock)
    empty_globe(globe)
    flows.add(exact)
    flows.add(globe)
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
    before = globe.written
    again = pair.run(flow)
    assert (again.counts.new, again.counts.changed) == (0, 0)
    assert globe.written == before


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
    fill_globe(globe, 1)
    exact.rows |= {name: [] for name in (ACCOUNTS, CONTACTS, ITEMS, ORDERS, INVOICES, ENTRIES)}
    if kind != "products":
        exact.rows[ITEMS].append(item("A1"))
    flows.add(exact)
    flows.add(globe)
    flows.add_flow("back", kind, "globe", "exact")
    outcome = flows.run("back")
    assert outcome.counts.rejected == 0, flows.log
    assert outcome.counts.new == len(exact.rows[resource]) == 1
    if kind != "products":
        assert [row["Name"] for row in exact.rows[ACCOUNTS]] == ["Company 1"]
        assert [row["LastName"] for row in exact.rows[CONTACTS]] == ["Ash"]
    before = exact.written
    assert flows.run("back").counts.new == 0
    assert exact.written == before
    assert globe.written == 0


def test_stock_and_states_of_globe_come_into_the_catalogue(globe: ExactGlobe, flows: FlowSite) -> None:
    fill_globe(globe, 1)
    flows.add(globe)
    flows.add_flow("stock", "stock", "globe", "catalogue")
    flows.add_flow("states", "order-status", "globe", "catalogue")
    flows.fill("article", [{"number": "A1"}])
    flows.fill("order", [{"number": "1", "status": "new"}])
    for flow in ("stock", "states"):
        assert flows.run(flow).counts.changed == 1, flows.log
        assert flows.run(flow).counts.written == 0
    assert [(article, int(number)) for article, number in flows.kept("stock", "article, available")] == [("A1", 4)]
    assert flows.kept("order", "number, status") == [("1", "open")]


def test_categories_are_made_before_their_items_and_named_anew_with_them(
    exact: ExactOnline, globe: ExactGlobe, flows: FlowSite, clock: FakeClock
) -> None:
    fill_exact(exact, clock)
    group = {"ItemGroup": row_id("group"), "ItemGroupCode": "TOOLS", "ItemGroupDescription": "Tools"}
    exact.rows[ITEMS][0] |= {**group, "Class_01": "Steel"}
    exact.rows[ITEMS][1] |= group
    empty_globe(globe)
    globe.rows["ItemAssortment"] = [{"Assortment": 0, "Code": "STD"}]
    flows.add(exact)
    # Which class is what, a person says.
    flows.add(
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
    flows.add(exact)
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
    flows.add(globe)
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
