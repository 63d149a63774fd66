"""A system that ships nowhere takes part in flows by its definition file, and is told what became of its orders."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support.links.flow_rows import ORDERS, fill_exact
from support.links.rest_server import Answer, Asked, FakeClock, RestServer, serving
from support.links.webshop import system_of

from core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.links.exact_globe import ExactGlobe
    from support.links.exact_online import ExactOnline
    from support.links.flow_site import FlowSite

DEFINITION = (
    system_of("Shop", "orders", rows="orders")
    + """
[resources.orders.lines]
read = { kind = "member", member = "items" }

[resources.orders.write]
id = "id"
update = { method = "PUT", path = "orders/{id}" }

[kinds.orders.read]
resource = "orders"
key = "id"
one = { path = "orders/{key}" }

[kinds.orders.read.fields]
number = "id"
ordered_on = "placed"
status = "state"
"customer.number" = "buyer.no"
"customer.company" = "buyer.firm"
"customer.first_name" = "buyer.first"
"customer.last_name" = "buyer.last"
"customer.email" = "buyer.mail"
"customer.country" = { member = "buyer.land", default = "NL" }

[kinds.orders.read.lines]
article = "sku"
quantity = "count"
price = "each"

[kinds.orders.read.report]
resource = "orders"

[kinds.orders.read.report.fields]
erp_number = "target.number"
erp_state = "target.status"
state = { constant = "taken" }
"""
)


class Shop(RestServer):
    """A shop with orders."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.orders: dict[str, dict[str, Any]] = {}

    def answer(self, asked: Asked) -> Answer:
        key = asked.path.removeprefix("/orders").strip("/")
        if key and key not in self.orders:
            return Answer(404, {"fault": "no such order"})
        if asked.method == "PUT":
            self.orders[key] |= asked.json
            return Answer(200, {"orders": [self.orders[key]]})
        rows = [self.orders[key]] if key else list(self.orders.values())
        asked_for = [row for row in rows if all(str(row.get(name)) == each for name, each in asked.query.items())]
        return Answer(200, {"orders": asked_for})


@pytest.fixture
def shop(clock: FakeClock) -> Iterator[Shop]:
    with serving(Shop(clock)) as site:
        for number, firm in (("S1", "ACME"), ("S2", "  ")):
            buyer = {"no": number[1], "firm": firm, "first": "Ann", "last": "Ash", "mail": f"{number}@example.org"}
            items = [{"sku": "100", "count": 2, "each": "9.95"}]
            site.orders[number] = {
                "id": number, "placed": "2026-11-17", "state": "paid", "buyer": buyer, "items": items,
            }  # fmt: skip
        site.orders["S3"] = {**site.orders["S1"], "id": "S3", "state": "cancelled"}
        yield site


def add_shop(flows: FlowSite, shop: Shop, definition: str = DEFINITION) -> None:
    (flows.directory / "shop.toml").write_text(definition, encoding="utf-8")
    flows.add_link(
        "shop",
        f"""
[connectors.shop]
file = "shop.toml"
[links.shop]
connector = "shop"
active = true
[links.shop.fields]
address = {json.dumps(shop.url)}
""",
    )


def test_orders_of_a_shop_come_to_globe_and_the_shop_is_told(shop: Shop, globe: ExactGlobe, flows: FlowSite) -> None:
    globe.rows = {"Account": [], "SalesOrderHeader": [], "Item": [{"ItemCode": "100"}]}
    add_shop(flows, shop)
    flows.add(globe)
    flows.add_flow("orders", "orders", "shop", "globe", 'only = [{ field = "status", not = ["cancelled"] }]\n')
    outcome = flows.run("orders")
    assert (outcome.counts.new, outcome.counts.unchanged, outcome.counts.rejected) == (2, 1, 0), flows.log
    told = {key: (row["state"], row.get("erp_number")) for key, row in shop.orders.items()}
    numbers = [row["SalesOrderNumber"].strip() for row in globe.rows["SalesOrderHeader"]]
    assert told == {"S1": ("taken", numbers[0]), "S2": ("taken", numbers[1]), "S3": ("cancelled", None)}
    # Trap 23: a firm of blanks is a person.
    assert [row["AccountName"] for row in globe.rows["Account"]] == ["ACME", "Ann Ash"]
    assert [each.sent[-1]["path"] for each in flows.activity("orders")] == ["orders/S2", "orders/S1"]
    before = len(globe.log), sum(asked.method == "PUT" for asked in shop.log)
    assert flows.run("orders").counts.new == 0
    assert (len(globe.log), sum(asked.method == "PUT" for asked in shop.log)) == before


def test_a_report_that_is_refused_is_made_again_and_the_order_is_not(
    shop: Shop, globe: ExactGlobe, flows: FlowSite, clock: FakeClock
) -> None:
    shop.misbehave("html", "/orders/S1", method="PUT")
    shop.orders = {"S1": shop.orders["S1"]}
    globe.rows = {"Account": [], "SalesOrderHeader": [], "Item": [{"ItemCode": "100"}]}
    add_shop(flows, shop)
    flows.add(globe)
    flows.add_flow("orders", "orders", "shop", "globe")
    assert flows.run("orders").counts.rejected == 1
    shop.orders["S1"]["state"] = "paid"
    clock.forward(301)
    flows.run("orders")
    assert flows.failures("orders") == []
    assert shop.orders["S1"]["state"] == "taken"
    assert len(globe.rows["SalesOrderHeader"]) == 1


STATES = """
[resources.states]
title = "States of orders"
path = "orders"

[resources.states.write]
id = "id"
look_up = { query = { erp_number = "{erp_number}" }, match = ["erp_number"] }
update = { method = "PUT", path = "orders/{id}" }

[kinds.order-status.write]
resource = "states"

[kinds.order-status.write.fields]
erp_number = { field = "number", mode = "on_create" }
state = { field = "status", values = { complete = "shipped" } }
ship_day = "deliver_on"
"""


def test_what_became_of_an_order_comes_back_to_the_shop(shop: Shop, globe: ExactGlobe, flows: FlowSite) -> None:
    shop.orders = {"S1": shop.orders["S1"]}
    globe.rows = {"Account": [], "SalesOrderHeader": [], "Item": [{"ItemCode": "100"}]}
    add_shop(flows, shop, DEFINITION + STATES)
    flows.add(globe)
    flows.add_flow("orders", "orders", "shop", "globe")
    flows.add_flow("states", "order-status", "globe", "shop")
    flows.run("orders")
    order = shop.orders["S1"]
    [header] = globe.rows["SalesOrderHeader"]
    assert (order["erp_number"], order["erp_state"]) == (header["SalesOrderNumber"].strip(), "open")
    header["Completed"] = True
    globe.rows["SalesOrderHeader"].append({"SalesOrderNumber": "     999", "Completed": False, "ID": 999})
    outcome = flows.run("states")
    assert (outcome.counts.changed, outcome.counts.rejected) == (1, 1), flows.log
    assert order["state"] == "shipped"
    # An order that the shop does not have is no matter of the others, and none is made of it.
    assert flows.failures("states")[0].reason.startswith("shop has no order 999.")
    assert len(shop.orders) == 1
    before = sum(asked.method == "PUT" for asked in shop.log)
    flows.run("states")
    assert sum(asked.method == "PUT" for asked in shop.log) == before


def test_an_order_of_exact_online_is_told_where_a_link_says_what_goes_where(
    exact: ExactOnline, globe: ExactGlobe, flows: FlowSite, clock: FakeClock
) -> None:
    fill_exact(exact, clock, orders=1)
    globe.rows = {"Account": [], "SalesOrderHeader": [], "Item": [{"ItemCode": each} for each in ("A1", "A2")]}
    flows.add(
        exact,
        more="sync.orders = { read = true, fields = "
        '[{ name = "report.PaymentReference", field = "target.number" }] }\n',
    )
    flows.add(globe)
    flows.add_flow("orders", "orders", "exact", "globe")
    assert flows.run("orders").counts.new == 1, flows.log
    number = globe.rows["SalesOrderHeader"][0]["SalesOrderNumber"].strip()
    assert exact.rows[ORDERS][0]["PaymentReference"] == number
    assert [asked.json for asked in exact.log if asked.method == "PUT"] == [{"PaymentReference": number}]


def test_what_is_told_back_is_one_of_a_few_things(flows: FlowSite, exact: ExactOnline) -> None:
    flows.add(
        exact,
        more='sync.orders = { read = true, fields = [{ name = "report.Remarks", field = "target.nummer" }] }\n',
    )
    flows.add_flow("orders", "orders", "exact", "catalogue")
    with pytest.raises(ConfigError, match=r"nothing of this name is told back.*target\.number"):
        flows.config()
