"""Orders between Exact Online and the catalogue, both ways."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from support.links import exact_online
from support.links.flow_rows import ACCOUNTS, ITEMS, ORDERS, account, order

from core.runs import RunState

if TYPE_CHECKING:
    from support.links.exact_online import ExactOnline
    from support.links.flow_site import FlowSite
    from support.links.rest_server import FakeClock


def now(clock: FakeClock) -> dt.datetime:
    return dt.datetime.fromtimestamp(clock.now(), dt.UTC)


@pytest.fixture
def filled(exact: ExactOnline, clock: FakeClock) -> ExactOnline:
    exact.rows[ACCOUNTS] = [account(1), account(2)]
    exact.rows[ITEMS] = []
    exact.rows["crm/Contacts"] = []
    exact.rows[ORDERS] = [order(n, account(n % 2 + 1)["ID"], now(clock)) for n in range(1, 6)]
    return exact


def test_orders_come_into_the_catalogue_and_the_second_run_changes_nothing(
    filled: ExactOnline, flows: FlowSite
) -> None:
    flows.add(filled)
    flows.add_flow("in", "orders", "exact", "catalogue")
    flows.fill("article", [{"number": "A1"}, {"number": "A2"}])
    outcome = flows.run("in")
    assert outcome.message == "Brought orders from exact to the catalogue: 5 read, 5 created."
    assert outcome.state is RunState.SUCCEEDED
    assert len(flows.kept("order", "number")) == 5
    assert flows.kept("customer", "number, company, email") == [
        ("1", "Company 1", "buyer1@example.org"),
        ("2", "Company 2", "buyer2@example.org"),
    ]
    lines = flows.kept("order_line", "article, quantity, price")
    assert len(lines) == 10
    assert (lines[-1][0], lines[-1][1], lines[-1][2]) == ("A2", Decimal(1), Decimal("0.1"))
    assert flows.kept("order", "customer, status, total, ordered_on")[0][1:3] == ("open", Decimal(121))
    assert flows.run("in").counts.new == 0
    assert flows.run("in").counts.written == 0


def test_an_article_that_is_not_there_fails_its_order_and_no_other(
    filled: ExactOnline, flows: FlowSite, clock: FakeClock
) -> None:
    filled.rows[ORDERS][2]["SalesOrderLines"][0]["ItemCode"] = "A9"
    flows.add(filled)
    flows.add_flow("in", "orders", "exact", "catalogue")
    flows.fill("article", [{"number": "A1"}, {"number": "A2"}])
    outcome = flows.run("in")
    assert (outcome.counts.new, outcome.counts.rejected) == (4, 1)
    assert outcome.state is RunState.WARNINGS
    [failure] = flows.failures("in")
    assert failure.source_key == filled.rows[ORDERS][2]["OrderID"]
    assert failure.reason == (
        "the catalogue does not have the article A9. Nothing was sent. Send the products first, or let missing ones "
        "be created."
    )
    # Its time has not come; then it has, and it was mended meanwhile.
    assert flows.run("in").counts.rejected == 0
    flows.fill("article", [{"number": "A9"}])
    clock.forward(301)
    assert flows.run("in").counts.new == 1
    assert flows.failures("in") == []


def test_orders_of_the_catalogue_go_to_exact_with_customer_contact_and_lines(
    exact: ExactOnline, flows: FlowSite
) -> None:
    exact.rows |= {ACCOUNTS: [], "crm/Contacts": [], ORDERS: []}
    exact.rows[ITEMS] = [{"ID": str(uuid.uuid4()), "Code": "A1", "Description": "Thing"}]
    flows.add(exact)
    flows.add_flow("out", "orders", "catalogue", "exact")
    flows.fill("article", [{"number": "A1"}])
    flows.fill(
        "customer",
        [
            {"number": "7", "company": "ACME", "first_name": "Ann", "last_name": "Ash", "email": "ann@example.org"},
            {"number": "8", "company": "   ", "first_name": "Bob", "last_name": "Beech", "email": " Bob@Example.org "},
        ],
    )
    flows.fill("order", [{"number": "W1", "customer": "7"}, {"number": "W2", "customer": "8"}])
    flows.fill(
        "order_line",
        [
            {"order": "W1", "line": "1", "article": "A1", "quantity": "2", "price": "12.34"},
            {"order": "W2", "line": "1", "article": "A1", "quantity": "1", "price": "1"},
        ],
    )
    dry = flows.run("out", dry_run=True)
    assert dry.counts.rejected == 0, flows.log
    assert dry.message == ("Would bring orders from the catalogue to exact: 2 read, 2 created.")
    assert exact.rows[ORDERS] == []
    assert exact.rows[ACCOUNTS] == []
    shown = next(each.sent for each in flows.activity("out") if each.source_key == "W1")
    assert [each["path"].rpartition("/")[2] for each in shown] == ["Accounts", "Contacts", "SalesOrders"]
    assert shown[-1]["body"]["OrderedBy"] == "(the id that it will be given)"
    assert exact_online.CLIENT_SECRET not in str(shown)
    assert flows.run("out").counts.new == 2
    assert [(row["Name"], row["Email"]) for row in exact.rows[ACCOUNTS]] == [
        ("ACME", "ann@example.org"),
        ("Bob Beech", "Bob@Example.org"),
    ]
    # Trap 23: a company name of blanks is no company, and a person has no contact.
    assert [row["LastName"] for row in exact.rows["crm/Contacts"]] == ["Ash"]
    first = exact.rows[ORDERS][0]
    assert first["OrderedBy"] == exact.rows[ACCOUNTS][0]["ID"]
    assert first["SalesOrderLines"] == [{"Item": exact.rows[ITEMS][0]["ID"], "Quantity": 2, "NetPrice": 12.34}]
    asked = len(exact.log)
    assert flows.run("out").counts.read == 0
    assert not exact.log[asked:]
    entry = next(each for each in reversed(flows.activity("out")) if each.outcome == "created")
    assert entry.record["customer.email"] == "ann@example.org"
    assert [each["method"] for each in entry.sent] == ["POST", "POST", "POST"]


def test_a_customer_without_an_address_is_found_by_its_number(filled: ExactOnline, flows: FlowSite) -> None:
    for row in filled.rows[ACCOUNTS]:
        row["Email"] = None
    filled.rows[ORDERS].append(order(6, str(uuid.uuid4()), now(flows.clock)))
    flows.add(filled)
    flows.add_flow("in", "orders", "exact", "catalogue", "[tasks.documents]\nupdate_customer = true\n")
    flows.fill("article", [{"number": "A1"}, {"number": "A2"}])
    flows.fill("customer", [{"number": "2", "company": "Old name", "price_list": "P"}])
    outcome = flows.run("in")
    # Of the last one nobody knows anything.
    assert (outcome.counts.new, outcome.counts.rejected) == (5, 1), flows.log
    assert flows.failures("in")[0].reason.startswith("Its customer has no e-mail address to be found by.")
    assert flows.kept("customer", "number, company, price_list") == [("1", "Company 1", None), ("2", "Company 2", "P")]
    assert {customer for (customer,) in flows.kept("order", "customer")} == {"1", "2"}
