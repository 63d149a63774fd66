"""BuchhaltungsButler and AccountView: every flow that both know, twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.links.flow_rows import fill_view

from core.runs import RunState

if TYPE_CHECKING:
    from support.links.accountview import AccountView
    from support.links.buchhaltungsbutler import BuchhaltungsButler
    from support.links.flow_site import FlowSite


def add_flows(butler: BuchhaltungsButler, view: AccountView, flows: FlowSite) -> None:
    flows.add(view)
    flows.add(butler)
    flows.add_flow("orders", "orders", "accountview", "butler")
    flows.add_flow("customers", "customers", "accountview", "butler")
    flows.add_flow("back", "customers", "butler", "accountview")
    flows.add_flow("entries", "sales-entries", "butler", "accountview", '[tasks.documents]\ndefault_customer = "1"\n')


@pytest.fixture
def pair(butler: BuchhaltungsButler, view: AccountView, flows: FlowSite) -> FlowSite:
    fill_view(view)
    add_flows(butler, view, flows)
    return flows


def test_orders_become_invoices_with_words_for_articles(pair: FlowSite, butler: BuchhaltungsButler) -> None:
    outcome = pair.run("orders")
    assert outcome.counts.rejected == 0, pair.log
    assert outcome.state is RunState.SUCCEEDED
    assert len(butler.invoices) == 2
    first = butler.invoices[0]
    assert (first["invoicenumber"], first["company_name"], first["email"]) == ("O1", "Company 2", "buyer2@example.org")
    assert (first["item_name"], first["item_amount"], first["item_vat"]) == (["A1"], ["1"], ["19"])
    assert "recurring_interval" not in first
    # Its customers were made too, each once.
    assert [each["name"] for each in butler.debtors] == ["Company 2", "Company 1"]
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
    view.rows |= {"DJ_PAGE": [], "DJ_LINE": []}
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
    fill_view(view)
    flows.add(view)
    plan = '{ name = "recurring_interval", default = "monthly" }'
    flows.add(butler, more=f"sync.orders = {{ write = true, fields = [{plan}] }}")
    flows.add_flow("orders", "orders", "accountview", "butler")
    assert flows.run("orders").counts.rejected == 2
    assert "recurring_interval of invoices is never sent" in flows.failures("orders")[0].reason
    assert butler.invoices == []


def groups(view: AccountView) -> None:
    view.rows["ART_GRP"] = [
        {"REC_ID": str(at), "AG_CODE": f"{code:<10}", "AG_DESC": name}
        for at, (code, name) in enumerate((("BOLT", "Bolts and nuts"), ("PUMP", "Pumps")))
    ]


def test_articles_come_with_the_names_of_their_groups_each_asked_for_once(view: AccountView, flows: FlowSite) -> None:
    fill_view(view)
    groups(view)
    article = view.rows["ARTICLE"][0]
    view.rows["ARTICLE"] += [{**article, "REC_ID": f"B{each}", "ART_CODE": f"B{each}"} for each in range(3)]
    for row in view.rows["ARTICLE"][1:]:
        row["AG_CODE"] = "BOLT      "
    flows.add(view)
    flows.add_flow("in", "products", "accountview", "catalogue")
    outcome = flows.run("in")
    assert (outcome.counts.new, outcome.counts.rejected) == (5, 0), flows.log
    assert flows.kept("catalogue_group", 'catalogue, code, "name.en"') == [("accountview", "BOLT", "Bolts and nuts")]
    assert flows.kept("group_member", "code, article") == [("BOLT", each) for each in ("A2", "B0", "B1", "B2")]
    assert [each.query["BusinessObject"] for each in view.asked("*", "GET")].count("AG1") == 1


def test_articles_go_to_the_group_that_is_there(view: AccountView, flows: FlowSite) -> None:
    view.rows = {"ARTICLE": []}
    groups(view)
    flows.add(view)
    flows.add_flow("out", "products", "catalogue", "accountview")
    flows.fill("article", [{"number": each, "description.en": f"Thing {each}"} for each in ("A1", "A2", "A3")])
    flows.fill("catalogue_group", [{"catalogue": "own", "code": each, "name.en": each} for each in ("PUMP", "NEW")])
    members = {"PUMP": "A1", "NEW": "A2"}
    flows.fill("group_member", [{"catalogue": "own", "code": code, "article": each} for code, each in members.items()])
    outcome = flows.run("out")
    assert (outcome.counts.new, outcome.counts.rejected) == (3, 0), flows.log
    assert {row["ART_CODE"]: row.get("AG_CODE") for row in view.rows["ARTICLE"]} == {
        "A1": "PUMP",
        "A2": None,
        "A3": None,
    }
    [told] = [line for line in flows.log if "category" in line]
    assert told == "accountview has no category NEW and takes no new ones: its products go without."
