"""BuchhaltungsButler and AccountView: every flow that both know, twice."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from support.links.accountview import AccountView
from support.links.buchhaltungsbutler import BuchhaltungsButler
from support.links.ending import ended_anywhere
from support.links.flow_site import FlowSite
from support.links.rest_server import serving

from core.runs import RunState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.links.ending import Site
    from support.links.rest_server import FakeClock

CHANGED = "2026-11-18T10:00:00"


def contact(number: int, **more: Any) -> dict[str, Any]:
    return {
        "REC_ID": f"C{number}",
        "SUB_NR": str(number),
        "ACCT_NAME": f"Company {number}",
        "MAIL_BUS": f"buyer{number}@example.org",
        "ADDRESS1": "Main Street 1",
        "POST_CODE": "1234 AB",
        "CITY": "Delft",
        "CNT_CODE": "NL",
        "CNG_DATE": CHANGED,
        **more,
    }


def fill(view: AccountView) -> None:
    view.rows = {
        "CONTACT": [contact(1), contact(2)],
        "ARTICLE": [{"REC_ID": "A1", "ART_CODE": "100", "ART_DESC1": "Thing", "CNG_DATE": CHANGED}],
        "SO_HDR": [
            {"REC_ID": f"O{each}", "SUB_NR": str(each), "COMMENT1": f"ref {each}", "ORD_DATE": "2026-11-17T00:00:00",
             "CNG_DATE": CHANGED}
            for each in (1, 2)
        ],
        "SO_LINE": [
            {"_header": f"O{each}", "ART_CODE": "100", "ORD_QTY": each, "ART_PX": 12.5} for each in (1, 2)
        ],
    }  # fmt: skip


def add_flows(butler: BuchhaltungsButler, view: AccountView, flows: FlowSite) -> None:
    flows.add_accountview(view)
    flows.add_butler(butler)
    flows.add_flow("orders", "orders", "accountview", "butler")
    flows.add_flow("customers", "customers", "accountview", "butler")
    flows.add_flow("back", "customers", "butler", "accountview")
    flows.add_flow("entries", "sales-entries", "butler", "accountview", '[tasks.documents]\ndefault_customer = "1"\n')


@pytest.fixture
def pair(butler: BuchhaltungsButler, view: AccountView, flows: FlowSite) -> FlowSite:
    fill(view)
    add_flows(butler, view, flows)
    return flows


def test_orders_become_invoices_with_words_for_articles(pair: FlowSite, butler: BuchhaltungsButler) -> None:
    outcome = pair.run("orders")
    assert outcome.counts.rejected == 0, pair.log
    assert outcome.state is RunState.SUCCEEDED
    assert len(butler.invoices) == 2
    first = butler.invoices[0]
    assert (first["invoicenumber"], first["company_name"], first["email"]) == ("O1", "Company 1", "buyer1@example.org")
    assert (first["item_name"], first["item_amount"], first["item_vat"]) == (["100"], ["1"], ["19"])
    assert "recurring_interval" not in first
    # Its customers were made too, each once.
    assert [each["name"] for each in butler.debtors] == ["Company 1", "Company 2"]
    before = len(butler.log)
    assert pair.run("orders").counts.new == 0
    assert len(butler.log) == before


def test_customers_go_both_ways_and_nothing_comes_back(
    pair: FlowSite, butler: BuchhaltungsButler, view: AccountView
) -> None:
    butler.debtors = [
        {"postingaccount_number": "90000", "name": "Old", "email": "BUYER2@example.org ", "city": "Bonn"},
        {"postingaccount_number": "90001", "name": "Only here", "email": "only@example.org", "city": "Köln"},
    ]
    outcome = pair.run("customers")
    assert (outcome.counts.new, outcome.counts.changed, outcome.counts.rejected) == (1, 1, 0), pair.log
    assert [each["name"] for each in butler.debtors] == ["Company 2", "Only here", "Company 1"]
    outcome = pair.run("back")
    assert (outcome.counts.new, outcome.counts.rejected) == (1, 0), pair.log
    assert [row["ACCT_NAME"] for row in view.rows["CONTACT"]] == ["Company 1", "Company 2", "Only here"]
    for flow in ("customers", "back"):
        again = pair.run(flow)
        assert (again.counts.new, again.counts.changed, again.counts.rejected) == (0, 0, 0)


def test_receipts_become_entries_of_the_default_customer(
    pair: FlowSite, butler: BuchhaltungsButler, view: AccountView
) -> None:
    butler.receipts = [
        {"id_by_customer": "7", "type": "invoice outbound", "invoicenumber": "R7", "amount": "119.00", "deleted": "0",
         "counterparty": "Somebody", "date": "2026-11-17", "payment_date": None}
    ]  # fmt: skip
    outcome = pair.run("entries")
    assert outcome.counts.rejected == 0, pair.log
    [page] = view.rows["DJ_PAGE"]
    [line] = view.rows["DJ_LINE"]
    assert (page["INV_NR"], page["SUB_NR"], line["AMOUNT"]) == ("R7", "1", 119)
    assert pair.run("entries").counts.new == 0
    assert len(view.rows["DJ_PAGE"]) == 1


def test_trap_22_a_standing_plan_is_never_made_of_an_invoice(
    butler: BuchhaltungsButler, view: AccountView, flows: FlowSite
) -> None:
    fill(view)
    flows.add_accountview(view)
    plan = '{ name = "recurring_interval", default = "monthly" }'
    flows.add_butler(butler, more=f"sync.orders = {{ write = true, fields = [{plan}] }}")
    flows.add_flow("orders", "orders", "accountview", "butler")
    assert flows.run("orders").counts.rejected == 2
    assert "recurring_interval of invoices is never sent" in flows.failures("orders")[0].reason
    assert butler.invoices == []


@contextmanager
def from_view_to_butler(directory: Path, clock: FakeClock) -> Iterator[Site]:
    with serving(AccountView(clock)) as view, serving(BuchhaltungsButler(clock)) as butler:
        fill(view)
        flows = FlowSite(directory, clock)
        add_flows(butler, view, flows)

        def seen() -> object:
            return [each["invoicenumber"] for each in butler.invoices], [each["email"] for each in butler.debtors]

        def writes() -> int:
            return sum("/get" not in asked.path for asked in butler.log)

        yield flows, seen, writes


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(("flow", "invoices"), [("orders", ["O1", "O2"]), ("customers", [])])
def test_a_flow_that_is_ended_anywhere_doubles_and_loses_nothing(
    tmp_path: Path, flow: str, invoices: list[str]
) -> None:
    found = ended_anywhere(tmp_path, flow, from_view_to_butler)
    assert len(found) > 10
    assert all(each == (invoices, ["buyer1@example.org", "buyer2@example.org"]) for each in found)
