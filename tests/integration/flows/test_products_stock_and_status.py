"""Products, stock, customers and order status between Exact Online and the catalogue."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from support.links.flow_rows import ACCOUNTS, ITEMS, ORDERS, fill_exact, item

if TYPE_CHECKING:
    from support.links.exact_online import ExactOnline
    from support.links.flow_site import FlowSite
    from support.links.rest_server import FakeClock


@pytest.fixture
def filled(exact: ExactOnline, flows: FlowSite, clock: FakeClock) -> FlowSite:
    fill_exact(exact, clock)
    flows.add(exact)
    return flows


def test_products_come_in_and_a_change_brings_only_what_changed(filled: FlowSite, exact: ExactOnline) -> None:
    filled.add_flow("in", "products", "exact", "catalogue", 'assortment = "exact"\n')
    assert filled.run("in").counts.new == 2
    assert filled.kept("article", '"number", "description.en", assortment') == [
        ("A1", "Thing A1", "exact"),
        ("A2", "Thing A2", "exact"),
    ]
    exact.rows[ITEMS][0] |= {"Description": "Other", "Timestamp": 50}
    outcome = filled.run("in")
    assert (outcome.counts.read, outcome.counts.changed, outcome.counts.written) == (1, 1, 1)
    assert filled.kept("article", '"description.en"')[0] == ("Other",)
    # What the source has no more, the catalogue has no more; what it never had, stays.
    filled.fill("article", [{"number": "A1", "brand": "Ours"}], assortment="exact")
    exact.rows[ITEMS][0] |= {"Barcode": "8712345678906", "Timestamp": 51}
    filled.run("in")
    exact.rows[ITEMS][0] |= {"Barcode": None, "Timestamp": 52}
    filled.run("in")
    assert filled.kept("article", '"number", gtin, brand')[0] == ("A1", None, "Ours")


def test_trap_19_a_row_that_changes_while_pages_are_read_comes_twice_and_counts_as_it_was_last(
    filled: FlowSite, exact: ExactOnline
) -> None:
    filled.add_flow("in", "products", "exact", "catalogue")
    first = exact.rows[ITEMS][0]
    exact.rows[ITEMS] += [item(f"F{number}", 100 + number) for number in range(1100)]
    exact.rows[ITEMS].append({**first, "Description": "Changed meanwhile", "Timestamp": 5000})
    outcome = filled.run("in")
    assert (outcome.counts.new, outcome.counts.changed, outcome.counts.rejected) == (1102, 1, 0)
    assert filled.kept("article", '"number", "description.en"')[0] == ("A1", "Changed meanwhile")
    # The largest number counts, not the last: nothing comes again.
    assert filled.run("in").counts.read == 0


def test_an_update_overwrites_what_its_mode_allows(filled: FlowSite, exact: ExactOnline) -> None:
    filled.add_flow("out", "products", "catalogue", "exact")
    exact.rows[ITEMS] = exact.rows["sync/Logistics/Items"] = [
        item("A1", ExtraDescription="Enriched there", Unit="box", Description="Old"),
        item("A3", ExtraDescription="", Unit="box", Description="Old"),
    ]
    filled.fill(
        "article",
        [
            {"number": each, "description.en": f"New {each}", "long_description.en": "Long", "unit": "pc"}
            for each in ("A1", "A2", "A3")
        ],
    )
    outcome = filled.run("out")
    assert (outcome.counts.new, outcome.counts.changed, outcome.counts.rejected) == (1, 2, 0), filled.log
    rows = {row["Code"]: row for row in exact.rows[ITEMS]}
    told = {key: (row["Description"], row["ExtraDescription"], row["Unit"]) for key, row in rows.items()}
    # always; if empty; on create.
    assert told == {
        "A1": ("New A1", "Enriched there", "box"),
        "A2": ("New A2", "Long", "pc"),
        "A3": ("New A3", "Long", "box"),
    }


def test_stock_is_what_the_flow_says(filled: FlowSite) -> None:
    filled.fill("article", [{"number": "A1"}])
    for count, number in (("available", 7), ("on_hand", 10), ("projected", 14)):
        filled.add_flow(count, "stock", "exact", "catalogue", f'[tasks.stock]\ncount = "{count}"\n')
        assert filled.run(count).counts.rejected == 0, filled.log
        assert filled.kept("stock", "article, location, available") == [("A1", "1", Decimal(number))]
    assert filled.run("available").counts.written == 0


def test_the_status_of_orders_comes_to_orders_that_are_there(filled: FlowSite, exact: ExactOnline) -> None:
    filled.add_flow("status", "order-status", "exact", "catalogue")
    filled.fill("order", [{"number": "1", "status": "open", "remark": "stays"}])
    exact.rows["sync/SalesOrder/SalesOrderHeaders"][0] |= {"Status": 21}
    outcome = filled.run("status")
    assert (outcome.counts.changed, outcome.counts.rejected) == (1, 2)
    assert filled.kept("order", "number, status, remark") == [("1", "complete", "stays")]
    assert "has no order" in filled.failures("status")[0].reason


def test_customers_come_in_by_their_address(filled: FlowSite, exact: ExactOnline) -> None:
    filled.add_flow("in", "customers", "exact", "catalogue")
    filled.fill("customer", [{"number": "K7", "email": " BUYER1@Example.ORG", "city": "Old", "price_list": "P"}])
    exact.rows[ACCOUNTS][1]["Status"] = "S"
    outcome = filled.run("in")
    # A supplier is no customer.
    assert (outcome.counts.read, outcome.counts.changed, outcome.counts.new) == (1, 1, 0)
    assert filled.kept("customer", "number, city, price_list") == [("K7", "Delft", "P")]


def test_missing_products_are_created_and_costs_become_lines(filled: FlowSite, exact: ExactOnline) -> None:
    exact.rows[ITEMS].clear()
    exact.rows[ORDERS].clear()
    filled.add_flow(
        "out",
        "orders",
        "catalogue",
        "exact",
        'defaults = { "lines.vat_code" = "21" }\n[tasks.documents]\nmissing_products = "create"\n'
        'shipping_article = "SHIP"\n',
    )
    filled.fill("customer", [{"number": "1", "email": "buyer1@example.org", "company": "Company 1"}])
    filled.fill("order", [{"number": "W1", "customer": "1", "shipping_cost": "4.95", "delivery_country": "DE"}])
    filled.fill("order_line", [{"order": "W1", "line": "1", "article": "N1", "description": "New", "price": "2"}])
    filled.fill("article", [{"number": "N1"}])
    outcome = filled.run("out")
    assert outcome.counts.new == 1, filled.log
    assert [(row["Code"], row["Description"]) for row in exact.rows[ITEMS]] == [("N1", "New"), ("SHIP", "SHIP")]
    lines = exact.rows[ORDERS][0]["SalesOrderLines"]
    assert [(line["NetPrice"], line["Quantity"], line["VATCode"]) for line in lines] == [(2, 1, "21"), (4.95, 1, "21")]


def test_value_lists_of_a_link_count_for_a_country(exact: ExactOnline, flows: FlowSite, clock: FakeClock) -> None:
    fill_exact(exact, clock)
    exact.rows[ORDERS].clear()
    flows.add(
        exact,
        more='lists.vat_codes.values = { "21" = "4", "21@DE" = "14", "@GB" = "0" }\n'
        'sync.orders = { write = true, fields = [{ name = "Remarks", default = "by Pendel" }] }\n',
    )
    flows.add_flow("out", "orders", "catalogue", "exact", 'defaults = { "lines.vat_code" = "21" }\n')
    flows.fill("customer", [{"number": "1", "email": "buyer1@example.org", "company": "Company 1"}])
    countries = {"W1": "NL", "W2": "DE", "W3": "GB"}
    flows.fill(
        "order", [{"number": key, "customer": "1", "delivery_country": value} for key, value in countries.items()]
    )
    flows.fill("order_line", [{"order": key, "line": "1", "article": "A1"} for key in countries])
    flows.fill("article", [{"number": "A1"}])
    assert flows.run("out").counts.new == 3, flows.log
    rows = {row["YourRef"]: row for row in exact.rows[ORDERS]}
    assert {key: row["SalesOrderLines"][0]["VATCode"] for key, row in rows.items()} == {
        "W1": "4",
        "W2": "14",
        "W3": "0",
    }
    assert {row["Remarks"] for row in rows.values()} == {"by Pendel"}


def test_groups_and_classes_of_items_come_in_with_them(filled: FlowSite, exact: ExactOnline) -> None:
    exact.rows[ITEMS][0] |= {"ItemGroupCode": "TOOLS", "ItemGroupDescription": "Tools", "Class_03": "Steel"}
    filled.add_flow("in", "products", "exact", "catalogue", 'assortment = "exact"\n')
    assert filled.run("in").counts.new == 2
    assert filled.kept("catalogue_group", 'catalogue, code, "name.en", assortment') == [
        ("exact", "TOOLS", "Tools", "exact")
    ]
    assert filled.kept("group_member", "code, article") == [("TOOLS", "A1")]
    assert filled.kept("article_feature", "article, system, feature, value") == [
        ("A1", "characteristic", "class_03", "Steel")
    ]
    exact.rows[ITEMS][0] |= {"ItemGroupCode": "", "ItemGroupDescription": None, "Class_03": None, "Timestamp": 99}
    assert filled.run("in").counts.changed == 1, filled.log
    assert filled.kept("group_member", "code, article") == []
    assert filled.kept("article_feature", "article") == []
