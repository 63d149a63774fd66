"""What an attempt that ended leaves behind at the target: found, taken up, deleted, or told; and in the right words."""

from __future__ import annotations

from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import pytest
from support.links.ending import Death, Killed
from support.links.flow_rows import ITEMS, ORDERS, account, fill_exact, give_order_of_another_division

from core.errors import ConnectionFailed, StopRequested
from core.runs import RunState
from core.stop import StopToken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.links.exact_globe import ExactGlobe
    from support.links.exact_online import ExactOnline
    from support.links.flow_site import FlowSite
    from support.links.rest_server import Asked, FakeClock, Misbehaviour, RestServer


@pytest.fixture
def pair(exact: ExactOnline, globe: ExactGlobe, flows: FlowSite, clock: FakeClock) -> FlowSite:
    fill_exact(exact, clock, orders=1)
    globe.rows = {
        "Account": [],
        "SalesOrderHeader": [],
        "InvoiceHistoryHeader": [],
        "Item": [{"ItemCode": each["Code"]} for each in exact.rows[ITEMS]],
    }
    flows.add(exact)
    flows.add(globe)
    for kind in ("orders", "invoices"):
        flows.add_flow(kind, kind, "exact", "globe")
    return flows


@contextmanager
def gone_from(site: RestServer, path: str, *, first: Misbehaviour) -> Iterator[None]:
    """Let a system be gone from the first time on that something is posted to a path, which goes wrong as ``first``."""
    gone = False

    def upset(asked: Asked) -> Misbehaviour | None:
        nonlocal gone
        if gone:
            return "unheard"
        gone = asked.method == "POST" and fnmatchcase(asked.path, path)
        return first if gone else None

    site.upset = upset
    yield
    site.upset = lambda _: None


def loose(globe: ExactGlobe) -> list[list[object]]:
    return [[line["LineNumber"] for line in lines] for lines in globe.loose.values() if lines]


def test_an_invoice_whose_connection_failed_before_it_was_sent_is_sent_by_the_next_run(
    pair: FlowSite, globe: ExactGlobe
) -> None:
    with gone_from(globe, "*InvoiceLine", first="unheard"), pytest.raises(ConnectionFailed):
        pair.run("invoices")
    assert pair.failures("invoices") == []
    outcome = pair.run("invoices")
    assert (outcome.state, outcome.counts.new) == (RunState.SUCCEEDED, 1), pair.log
    assert len(globe.rows["InvoiceHeader"]) == 1
    assert "Pendel was ended" not in str(pair.log)


def test_an_invoice_that_a_run_was_stopped_at_is_told_in_these_words(pair: FlowSite, globe: ExactGlobe) -> None:
    stop = StopToken()

    def upset(asked: Asked) -> Misbehaviour | None:
        if not fnmatchcase(asked.path, "*InvoiceHeader"):
            return None
        stop.request("Somebody stopped it.")
        return "lost"

    globe.upset = upset
    with pytest.raises(StopRequested):
        pair.run("invoices", stop=stop)
    globe.upset = lambda _: None
    assert pair.run("invoices").counts.rejected == 1
    [failure] = pair.failures("invoices")
    assert failure.state == "given up"
    assert failure.reason == (
        "Whether it was created is not known, and it cannot be looked for; the attempt ended with: Somebody stopped it."
        " Look there. If it is not there, send it again from the list of failures."
    )
    globe.process()
    pair.resend("invoices")
    assert pair.run("invoices").state is RunState.SUCCEEDED
    assert len(globe.rows["InvoiceHistoryHeader"]) == 1


def test_an_order_that_was_taken_before_the_connection_failed_is_found(pair: FlowSite, globe: ExactGlobe) -> None:
    with gone_from(globe, "*SalesOrderHeader", first="lost"), pytest.raises(ConnectionFailed):
        pair.run("orders")
    outcome = pair.run("orders")
    assert (outcome.state, outcome.counts.unchanged) == (RunState.SUCCEEDED, 1), pair.log
    assert len(globe.rows["SalesOrderHeader"]) == 1
    assert len(globe.rows["SalesOrderLine"]) == 2
    assert globe.asked("*SalesOrderLine(*", "DELETE") == []


@pytest.mark.parametrize("kind", ["orders", "invoices"])
@pytest.mark.parametrize("how", ["unheard", "lost"])
def test_lines_that_a_process_left_behind_are_deleted_and_the_last_one_is_told(
    pair: FlowSite, globe: ExactGlobe, kind: str, how: Misbehaviour
) -> None:
    entity, last = {"orders": ("SalesOrderLine", 2), "invoices": ("InvoiceLine", 1)}[kind]
    death, lines = Death(), 0

    def upset(asked: Asked) -> Misbehaviour | None:
        nonlocal lines
        lines += asked.method == "POST" and asked.path.endswith(entity)
        death.come = lines == last
        return how if death.come else None

    globe.upset = upset
    with pytest.raises(Killed):
        pair.run(kind, stop=death)
    globe.upset = lambda _: None
    outcome = pair.run(kind)
    assert (outcome.state, outcome.counts.new) == (RunState.SUCCEEDED, 1), pair.log
    assert loose(globe) == ([[last]] if how == "lost" else [])
    [told] = [line for line in pair.log if "belongs to nothing" in line]
    assert f"sent for YourReference 1: line {last}, " in told
    assert ("TransactionKey" in told) == (last > 1)
    assert "Look for it, and delete it." in told
    # Told once: the next run has nothing to tell.
    pair.log.clear()
    pair.run(kind)
    assert pair.log == []


def test_lines_are_deleted_when_the_process_ended_before_their_order_was_taken(
    pair: FlowSite, globe: ExactGlobe
) -> None:
    with gone_from(globe, "*SalesOrderHeader", first="unheard"), pytest.raises(ConnectionFailed):
        pair.run("orders")
    assert loose(globe) == [[1, 2]]
    assert pair.run("orders").counts.new == 1
    assert loose(globe) == []
    assert len(globe.asked("*SalesOrderLine(*", "DELETE")) == 2
    assert "belongs to nothing" not in str(pair.log)


def test_a_system_that_keeps_no_reference_is_told_and_nothing_is_made_twice(
    exact: ExactOnline, globe: ExactGlobe, flows: FlowSite, clock: FakeClock
) -> None:
    fill_exact(exact, clock, orders=3)
    globe.rows = {"Account": [], "SalesOrderHeader": [], "Item": [{"ItemCode": "A1"}, {"ItemCode": "A2"}]}
    globe.dropped = "YourReference"
    flows.add(exact)
    flows.add(globe)
    flows.add_flow("orders", "orders", "exact", "globe")
    globe.misbehave("lost", "*SalesOrderHeader", method="POST", after=1)
    outcome = flows.run("orders")
    assert (outcome.counts.new, outcome.counts.rejected) == (2, 1), flows.log
    [told] = [line for line in flows.log if "does not keep that" in line]
    assert told.startswith("127.0.0.1 does not find a record of orders by the YourReference that it was just made with")
    assert [each.state for each in flows.failures("orders")] == ["given up"]
    clock.forward(100_000)
    flows.run("orders")
    assert len(globe.rows["SalesOrderHeader"]) == 3


def test_a_record_without_its_reference_is_not_found_good_by_the_next_attempt(
    exact: ExactOnline, flows: FlowSite, clock: FakeClock
) -> None:
    give_order_of_another_division(exact, flows)
    for _ in range(2):
        assert flows.run("out").counts.rejected == 1
        assert "without OrderedBy: it does not know what that refers to" in flows.failures("out")[0].reason
        clock.forward(3_600)
    # Somebody puts the customer in, there.
    [row] = exact.rows[ORDERS]
    row |= dict.fromkeys(("OrderedBy", "DeliverTo", "InvoiceTo"), account(1)["ID"])
    clock.forward(100_000)
    assert flows.run("out").counts.unchanged == 1
    assert flows.failures("out") == []
    assert len(exact.rows[ORDERS]) == 1
