"""What fails, what is kept of it where, and how it is sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.links.flow_rows import ACCOUNTS, ITEMS, ORDERS, fill_exact, give_order_of_another_division, row_id

from core.errors import ConnectionFailed
from core.flows.record import NOT_YET
from core.links.faults import CallFailed
from core.runs import RunState

if TYPE_CHECKING:
    from pathlib import Path

    from support.links.exact_globe import ExactGlobe
    from support.links.exact_online import ExactOnline
    from support.links.flow_site import FlowSite
    from support.links.rest_server import FakeClock

CANARIES = ("Xavier Canaria", "xavier@canary.example", "Canary Street 77", "client-secret-1", "secret-of-ann")


@pytest.fixture
def pair(exact: ExactOnline, globe: ExactGlobe, flows: FlowSite, clock: FakeClock) -> FlowSite:
    fill_exact(exact, clock, orders=4)
    globe.rows = {
        "Account": [],
        "SalesOrderHeader": [],
        "Item": [{"ItemCode": each["Code"]} for each in exact.rows[ITEMS]],
    }
    flows.add(exact)
    flows.add(globe)
    flows.add_flow("orders", "orders", "exact", "globe")
    return flows


def test_a_failed_record_is_tried_again_with_growing_pauses_and_then_waits(
    pair: FlowSite, exact: ExactOnline, globe: ExactGlobe, clock: FakeClock
) -> None:
    globe.rows["Item"].pop()
    counts = [pair.run("orders").counts.rejected]
    tries = []
    for minutes in (1, 5, 31, 121, 481, 1441, 5000):
        clock.forward(minutes * 60)
        counts.append(pair.run("orders").counts.rejected)
        tries.append(pair.failures("orders")[0].attempts)
    assert counts == [4, 0, 4, 4, 4, 4, 4, 0]
    assert tries == [1, 2, 3, 4, 5, 6, 6]
    assert {each.state for each in pair.failures("orders")} == {"given up"}
    outcome = pair.run("orders")
    assert outcome.state is RunState.WARNINGS
    assert outcome.message.endswith("4 records in the list of failures, 4 of them until somebody sends them again.")

    # It is mended, and sent again as it is then: read anew from the source, by its key.
    globe.rows["Item"].append({"ItemCode": "A2"})
    exact.rows[ORDERS][0]["YourRef"] = "mended"
    assert pair.resend("orders") == 4
    assert pair.run("orders").counts.new == 4
    assert pair.failures("orders") == []
    assert "mended" in {row["Description1"] for row in globe.rows["SalesOrderHeader"]}


def test_a_failure_that_was_mended_at_the_source_is_tried_at_once(
    pair: FlowSite, exact: ExactOnline, clock: FakeClock
) -> None:
    exact.rows[ORDERS][1]["SalesOrderLines"][0]["ItemCode"] = "A9"
    assert pair.run("orders").counts.rejected == 1
    exact.rows[ORDERS][1]["SalesOrderLines"][0]["ItemCode"] = "A1"
    assert pair.run("orders").counts.new == 1


def test_a_failure_that_is_not_wanted_any_more_leaves_the_list(
    pair: FlowSite, exact: ExactOnline, clock: FakeClock
) -> None:
    pair.add_flow("open", "orders", "exact", "globe", 'only = [{ field = "status", is = ["open"] }]\n')
    exact.rows[ORDERS][1]["SalesOrderLines"][0]["ItemCode"] = "A9"
    assert pair.run("open").counts.rejected == 1
    exact.rows[ORDERS][1]["Status"] = 45
    clock.forward(301)
    pair.run("open")
    assert pair.failures("open") == []


def test_a_record_that_somebody_deleted_at_the_target_is_made_again(
    pair: FlowSite, exact: ExactOnline, globe: ExactGlobe
) -> None:
    pair.add_flow("products", "products", "exact", "globe")
    pair.run("products")
    globe.rows["Item"] = globe.rows["Item"][1:]
    exact.rows[ITEMS][0] |= {"Description": "Again", "Timestamp": 99}
    assert pair.run("products").counts.new == 1
    assert globe.rows["Item"][-1]["Description0"] == "Again"


def test_a_record_that_is_gone_at_the_source_is_told_as_that(
    pair: FlowSite, exact: ExactOnline, clock: FakeClock
) -> None:
    exact.rows[ORDERS][1]["SalesOrderLines"][0]["ItemCode"] = "A9"
    pair.run("orders")
    del exact.rows[ORDERS][1]
    clock.forward(301)
    pair.run("orders")
    assert [each.reason for each in pair.failures("orders")] == ["It is gone at the source."]


def test_a_system_that_cannot_be_reached_ends_the_flow_and_no_record_is_to_blame(
    pair: FlowSite, globe: ExactGlobe
) -> None:
    globe.misbehave("429", "*SalesOrderLine", times=100)
    with pytest.raises((CallFailed, ConnectionFailed)):
        pair.run("orders")
    assert pair.failures("orders") == []
    globe._faults.clear()
    assert pair.run("orders").counts.new == 4
    assert len(globe.rows["SalesOrderHeader"]) == 4


def test_trap_12_an_answer_that_got_lost_makes_no_second_order(pair: FlowSite, globe: ExactGlobe) -> None:
    globe.misbehave("lost", "*SalesOrderHeader", method="POST", times=2)
    assert pair.run("orders").counts.new == 4
    assert len({row["YourReference"] for row in globe.rows["SalesOrderHeader"]}) == 4
    assert len(globe.rows["SalesOrderHeader"]) == 4


def test_what_may_be_there_already_waits_until_somebody_has_looked(
    exact: ExactOnline, globe: ExactGlobe, flows: FlowSite, clock: FakeClock
) -> None:
    fill_exact(exact, clock, orders=1)
    # Invoices of Globe show only when somebody has processed them.
    globe.rows = {"Account": [], "InvoiceHistoryHeader": [], "Item": [{"ItemCode": "A1"}]}
    flows.add(exact)
    flows.add(globe)
    flows.add_flow("invoices", "invoices", "exact", "globe")
    globe.misbehave("lost", "*InvoiceHeader", method="POST")
    assert flows.run("invoices").counts.rejected == 1
    assert [each.state for each in flows.failures("invoices")] == ["given up"]
    clock.forward(100_000)
    assert flows.run("invoices").counts.new == 0
    assert len(globe.rows["InvoiceHeader"]) == 1
    globe.process()
    flows.resend("invoices")
    flows.run("invoices")
    assert flows.failures("invoices") == []
    assert len(globe.rows["InvoiceHistoryHeader"]) == 1


def test_trap_14_a_reference_that_was_dropped_in_silence_fails_the_record(
    exact: ExactOnline, flows: FlowSite, clock: FakeClock
) -> None:
    give_order_of_another_division(exact, flows)
    assert flows.run("out").counts.rejected == 1
    assert "without OrderedBy: it does not know what that refers to" in flows.failures("out")[0].reason


def test_trap_24_several_customers_with_one_address_are_nobodys_guess(
    pair: FlowSite, exact: ExactOnline, globe: ExactGlobe
) -> None:
    globe.rows["Account"] = [
        {"ID": row_id(f"d{each}"), "EmailAddress": "buyer1@example.org", "DebtorNumber": f"{each + 80:>6}"}
        for each in (1, 2)
    ]
    pair_outcome = pair.run("orders")
    assert pair_outcome.counts.rejected == 2
    assert pair_outcome.counts.new == 2
    both = " and ".join(sorted(row_id(f"d{each}") for each in (1, 2)))
    assert all(f"2 records of customers that fit this one: {both}." in each.reason for each in pair.failures("orders"))

    # Somebody says of one order which one it is; that holds for no other.
    failure, other = pair.failures("orders")
    pair.choose("orders", failure.source_key, row_id("d2"))
    pair.resend("orders")
    assert pair.run("orders").counts.new == 1
    assert [each.source_key for each in pair.failures("orders")] == [other.source_key]
    assert [row["OrderDebtor"] for row in globe.rows["SalesOrderHeader"]].count("    82") == 1


def test_an_article_number_of_letters_is_refused_before_anything_is_sent(pair: FlowSite, globe: ExactGlobe) -> None:
    pair.add_flow("digits", "orders", "exact", "globe", "digits_only = true\n")
    assert pair.run("digits").counts.rejected == 4
    assert not any(asked.method == "POST" for asked in globe.log)
    assert "The article number A1 has other characters than digits" in pair.failures("digits")[0].reason


def leaks(directory: Path, words: tuple[str, ...], *, but: tuple[str, ...]) -> list[str]:
    found = []
    for path in sorted(directory.rglob("*")):
        if path.is_file() and not path.name.startswith(but):
            content = path.read_bytes()
            found += [f"{path.name}: {word}" for word in words if word.encode() in content]
    return found


def test_personal_data_and_secrets_are_in_the_activity_log_and_nowhere_else(
    pair: FlowSite, exact: ExactOnline, globe: ExactGlobe
) -> None:
    exact.rows[ACCOUNTS][0] |= {"Name": CANARIES[0], "Email": CANARIES[1], "AddressLine1": CANARIES[2]}
    exact.rows[ACCOUNTS][1] |= {"Name": CANARIES[0] * 4, "Country": "NETHERLANDS"}
    # The system repeats what it was sent, in its refusal.
    globe.fields = {"Account": {name: {"type": "String", "length": 1} for name in ("AccountName",)}}
    outcomes = [pair.run("orders", dry_run=True)]
    globe.fields = {"SalesOrderHeader": {}, "Account": {"AccountName": {}}}
    outcomes.append(pair.run("orders"))
    globe.fields = {}
    outcomes.append(pair.run("orders"))
    told = " ".join([*pair.log, *(str(each) for each in outcomes)])
    assert [word for word in CANARIES if word in told] == []
    assert leaks(pair.data, CANARIES, but=("activity.sqlite",)) == []
    seen = str([(each.record, each.sent) for each in pair.activity("orders")])
    assert CANARIES[0] in seen
    assert CANARIES[1] in seen
    assert [word for word in CANARIES[3:] if word in seen] == []
    assert (pair.data / "activity.sqlite").stat().st_mode & 0o077 == 0


def test_five_records_in_a_row_that_a_system_refuses_whatever_they_are_end_the_flow(
    exact: ExactOnline, globe: ExactGlobe, flows: FlowSite, clock: FakeClock
) -> None:
    fill_exact(exact, clock, orders=9)
    exact.rows[ACCOUNTS][0]["Name"] = CANARIES[0]
    globe.rows = {
        "Account": [],
        "SalesOrderHeader": [],
        "Item": [{"ItemCode": each["Code"]} for each in exact.rows[ITEMS]],
    }
    flows.add(exact)
    flows.add(globe)
    flows.add_flow("orders", "orders", "exact", "globe")
    globe.misbehave("html", "*Account", times=1000)
    with pytest.raises(CallFailed, match="a web page") as caught:
        flows.run("orders")
    assert CANARIES[0] not in str(caught.value)
    assert len(flows.failures("orders")) == 5


def test_what_was_mended_here_is_sent_and_forgotten(
    pair: FlowSite, exact: ExactOnline, globe: ExactGlobe, clock: FakeClock
) -> None:
    exact.rows[ORDERS][1]["SalesOrderLines"][0]["ItemCode"] = "A9"
    pair.run("orders")
    (failed,) = pair.failures("orders")
    pair.mend("orders", failed.source_key, {"lines.1.article": "A1", "remark": "Mended by hand"})
    # It is tried when its time has come, as any failure is.
    assert pair.run("orders").counts.new == 0
    clock.forward(301)
    assert pair.run("orders", dry_run=True).counts.new == 0
    assert pair.run("orders").counts.new == 1
    assert pair.failures("orders") == []
    latest = pair.activity("orders")[0]
    assert latest.record["lines"][0]["article"] == "A9"
    assert latest.message == "Mended here: lines.1.article and remark."
    (line,) = [each for each in globe.rows["SalesOrderLine"] if each["Itemcode"] == "A1"][-1:]
    assert line["Itemcode"] == "A1"
    assert pair.mended("orders") == {}


def test_what_is_mended_stays_until_it_was_sent(pair: FlowSite, exact: ExactOnline, clock: FakeClock) -> None:
    exact.rows[ORDERS][1]["SalesOrderLines"][0]["ItemCode"] = "A9"
    pair.run("orders")
    key = pair.failures("orders")[0].source_key
    pair.mend("orders", key, {"lines.1.article": "A8"})
    clock.forward(301)
    assert pair.run("orders").counts.rejected == 1
    assert "A8" in pair.activity("orders")[0].message
    assert pair.mended("orders") == {key: {"lines.1.article": "A8"}}


def test_a_field_that_is_gone_at_the_source_fails_only_its_record(
    pair: FlowSite, exact: ExactOnline, clock: FakeClock
) -> None:
    exact.rows[ORDERS][1]["SalesOrderLines"] = exact.rows[ORDERS][1]["SalesOrderLines"][:1]
    exact.rows[ORDERS][1]["SalesOrderLines"][0]["ItemCode"] = "A9"
    pair.run("orders")
    pair.mend("orders", pair.failures("orders")[0].source_key, {"lines.2.article": "A1"})
    clock.forward(301)
    assert pair.run("orders").counts.rejected == 1
    assert pair.failures("orders")[0].reason.startswith("lines.2.article is no field of a line that the record has.")


def test_what_was_discarded_is_sent_when_it_changes_at_its_source(
    pair: FlowSite, exact: ExactOnline, globe: ExactGlobe, clock: FakeClock
) -> None:
    exact.rows[ORDERS][1]["SalesOrderLines"][0]["ItemCode"] = "A9"
    pair.run("orders")
    key = pair.failures("orders")[0].source_key
    assert pair.discard("orders", [key]) == 1
    assert pair.failures("orders") == []
    clock.forward(90_000)
    outcome = pair.run("orders")
    assert (outcome.counts.rejected, outcome.state) == (0, RunState.SUCCEEDED)
    exact.rows[ORDERS][1]["SalesOrderLines"][0]["ItemCode"] = "A1"
    assert pair.run("orders").counts.new == 1


def test_a_document_that_waited_for_somebody_and_was_discarded_comes_only_when_it_is_sent_again(
    pair: FlowSite, exact: ExactOnline, clock: FakeClock
) -> None:
    exact.rows[ORDERS][1]["SalesOrderLines"][0]["ItemCode"] = "A9"
    for _ in range(6):
        pair.run("orders")
        clock.forward(90_000)
    (waiting,) = pair.failures("orders")
    assert waiting.state == "given up"
    pair.discard("orders", [waiting.source_key])
    exact.rows[ORDERS][1]["SalesOrderLines"][0]["ItemCode"] = "A1"
    assert pair.run("orders").counts.new == 0
    assert pair.resend("orders", [waiting.source_key]) == 1
    assert pair.run("orders").counts.new == 1


def test_a_dry_run_shows_the_order_of_articles_that_another_flow_is_to_bring_first(
    pair: FlowSite, globe: ExactGlobe
) -> None:
    globe.rows["Item"] = []
    assert pair.run("orders", dry_run=True).counts.rejected == 4
    pair.add_flow("products", "products", "exact", "globe")
    outcome = pair.run("orders", dry_run=True)
    assert (outcome.counts.new, outcome.counts.rejected) == (4, 0)
    (first,) = [each for each in pair.activity("orders") if each.record["number"] == "1" and each.run == 2]
    assert first.outcome == "would be created"
    # A customer that is not there yet has no number that could be too long.
    header = next(request for request in first.sent if request["path"] == "SalesOrderHeader")
    assert header["body"]["OrderDebtor"] == NOT_YET
    assert first.message == "globe does not have the article A1 and A2 yet: the flow products has to bring it first."
    assert globe.rows["Item"] == []
    # What is really sent waits for the articles.
    assert pair.run("orders").counts.rejected == 4


def test_what_ends_a_run_says_at_which_link_and_how_to_look_into_it(
    pair: FlowSite, exact: ExactOnline, globe: ExactGlobe, clock: FakeClock
) -> None:
    exact.access_token = "another"
    with pytest.raises(CallFailed) as caught:
        pair.run("orders")
    assert str(caught.value).startswith("exact: 127.0.0.1 answers 401 Unauthorized to ")
    assert str(caught.value).endswith('"pendel link test exact" tries it.')
    clock.forward(600)
    globe.misbehave("401", "*", times=9)
    with pytest.raises(CallFailed, match=r"^globe: 127"):
        pair.run("orders")
    assert pair.failures("orders") == []
