"""Ten thousand orders within the limits of the real systems, in the time of a clock that is set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.links.exact_online import DAY_CALLS
from support.links.flow_rows import ACCOUNTS, CONTACTS, ITEMS, ORDERS, account, item, moment, order, row_id

from core.errors import StopRequested
from core.links.faults import CallFailed
from core.stop import StopToken

if TYPE_CHECKING:
    from support.links.accountview import AccountView
    from support.links.buchhaltungsbutler import BuchhaltungsButler
    from support.links.exact_globe import ExactGlobe
    from support.links.exact_online import ExactOnline
    from support.links.flow_site import FlowSite
    from support.links.rest_server import FakeClock

ORDERS_IN_ALL, BUYERS = 10_000, 300
DAY = 86_400

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


class StoppingClock:
    """A clock by which a stop is asked for when it is looked at for the n-th time."""

    def __init__(self, clock: FakeClock, stop: StopToken, at: int) -> None:
        self._clock, self._stop, self._left = clock, stop, at

    def now(self) -> float:
        """Return the time."""
        self._left -= 1
        if self._left == 0:
            self._stop.request()
        return self._clock.now()

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self._clock.wait(seconds)


def brought_over(flows: FlowSite, flow: str, clock: FakeClock) -> int:
    """Run a flow until it is through, stopped once on the way; return how often a limit ended it."""
    stop = StopToken()
    with pytest.raises(StopRequested):
        flows.run(flow, clock=StoppingClock(clock, stop, 2 * ORDERS_IN_ALL), stop=stop)
    return run_until_through(flows, flow, clock)


def run_until_through(flows: FlowSite, flow: str, clock: FakeClock) -> int:
    """Run a flow, and again when the systems say that they take requests; return how often a limit ended it."""
    ended = 0
    while True:
        try:
            flows.run(flow)
        except CallFailed as error:
            if error.kind != "wait" or error.after is None:
                raise
            ended += 1
            clock.forward(error.after)
        else:
            return ended


def test_from_exact_online_to_globe(exact: ExactOnline, globe: ExactGlobe, flows: FlowSite, clock: FakeClock) -> None:
    buyers = [account(number) for number in range(1, BUYERS + 1)]
    exact.rows |= {ACCOUNTS: buyers, CONTACTS: [], ITEMS: [item("A1"), item("A2", 12)]}
    exact.rows[ORDERS] = [
        order(number, buyers[number % BUYERS]["ID"], moment(clock)) for number in range(1, ORDERS_IN_ALL + 1)
    ]
    for row in exact.rows[ORDERS][::2]:
        # A line is a request of its own at Globe.
        del row["SalesOrderLines"][1:]
    globe.rows = {name: [] for name in ("Account", "SalesOrderHeader")}
    globe.rows["Item"] = [{"ItemCode": "A1"}, {"ItemCode": "A2"}]
    flows.add(exact)
    flows.add(globe)
    flows.add_flow("orders", "orders", "exact", "globe")
    begun = clock.now()
    brought_over(flows, "orders", clock)
    references = [row["YourReference"] for row in globe.rows["SalesOrderHeader"]]
    assert sorted(references, key=int) == [str(number) for number in range(1, ORDERS_IN_ALL + 1)]
    assert len(globe.rows["SalesOrderLine"]) == ORDERS_IN_ALL * 3 // 2
    assert len(globe.rows["Account"]) == BUYERS
    # Of the order that was under way when the run was stopped, lines may wait for a header that never comes.
    assert len(globe.loose) <= 1
    assert exact.refused == 0
    assert clock.now() - begun >= (len(exact.asked("*Sales*")) // 60 - 1) * 60
    assert flows.failures("orders") == []


def test_orders_of_as_many_buyers_come_further_every_day(
    exact: ExactOnline, globe: ExactGlobe, flows: FlowSite, clock: FakeClock
) -> None:
    # Each order costs a request for its buyer: asked for anew every day, they would use up every day.
    exact.day_limit, numbers = 200, range(1, 301)
    buyers = [account(number) for number in numbers]
    exact.rows |= {ACCOUNTS: buyers, CONTACTS: [], ITEMS: [item("A1"), item("A2", 12)]}
    exact.rows[ORDERS] = [order(number, buyers[number - 1]["ID"], moment(clock)) for number in numbers]
    globe.rows = {"Account": [], "SalesOrderHeader": [], "Item": [{"ItemCode": "A1"}, {"ItemCode": "A2"}]}
    flows.add(exact)
    flows.add(globe)
    flows.add_flow("orders", "orders", "exact", "globe")
    assert run_until_through(flows, "orders", clock) == 1
    assert sorted(int(row["YourReference"]) for row in globe.rows["SalesOrderHeader"]) == [*numbers]
    assert exact.refused == 0
    # The buyers of one page at most were asked for in vain.
    assert len(exact.asked("*Accounts*")) <= len(numbers) + 60


def test_from_globe_to_exact_online(exact: ExactOnline, globe: ExactGlobe, flows: FlowSite, clock: FakeClock) -> None:
    changed = "/Date(1794000000000)/"
    numbers = range(1, ORDERS_IN_ALL + 1)
    globe.rows = {
        "Account": [
            {"ID": row_id(f"debtor {number}"), "AccountCode": f"{number:>20}", "DebtorNumber": f"{number:>6}",
             "CustomerType": "C", "AccountName": f"Company {number}", "EmailAddress": f"buyer{number}@example.org",
             "InvoiceCountry": "NL", "ModifiedDate": changed}
            for number in range(1, BUYERS + 1)
        ],
        "SalesOrderHeader": [
            {"ID": number, "SalesOrderNumber": f"{number:>8}", "SalesOrderDate": changed, "Completed": False,
             "YourReference": "ref", "OrderDebtor": f"{number % BUYERS + 1:>6}", "CurrencyCode": "EUR"}
            for number in numbers
        ],
        "SalesOrderLine": [
            {"ID": number, "SalesOrderNumber": f"{number:>8}", "LineNumber": 1, "Itemcode": "A1", "Quantity": 2,
             "NetPrice": 9.5}
            for number in numbers
        ],
    }  # fmt: skip
    exact.rows |= {ACCOUNTS: [], CONTACTS: [], ORDERS: [], ITEMS: [item("A1")]}
    flows.add(exact)
    flows.add(globe)
    flows.add_flow("orders", "orders", "globe", "exact")
    begun = clock.now()
    days = brought_over(flows, "orders", clock)
    written = [row["YourRef"] for row in exact.rows[ORDERS]]
    assert sorted(written, key=int) == [str(number) for number in numbers]
    assert all(row["OrderedBy"] for row in exact.rows[ORDERS])
    assert len(exact.rows[ACCOUNTS]) == BUYERS
    assert exact.refused == 0
    asked = len(exact.log) - len(exact.token_calls)
    assert days == asked // DAY_CALLS
    assert days * DAY <= clock.now() - begun + DAY
    assert flows.failures("orders") == []


def test_from_accountview_to_buchhaltungsbutler(
    butler: BuchhaltungsButler, view: AccountView, flows: FlowSite, clock: FakeClock
) -> None:
    numbers, changed = range(1, ORDERS_IN_ALL + 1), "2026-11-18T10:00:00"
    view.rows = {
        "CONTACT": [
            {"REC_ID": f"C{number}", "SUB_NR": str(number), "ACCT_NAME": f"Company {number}", "CNT_CODE": "NL",
             "MAIL_BUS": f"buyer{number}@example.org", "ADDRESS1": "Main Street 1", "POST_CODE": "1234 AB",
             "CITY": "Delft", "CNG_DATE": changed}
            for number in range(1, BUYERS + 1)
        ],
        "SO_HDR": [
            {"REC_ID": f"O{number:06}", "SUB_NR": str(number % BUYERS + 1), "COMMENT1": f"ref {number}",
             "ORD_DATE": "2026-11-17T00:00:00", "CNG_DATE": changed}
            for number in numbers
        ],
        "SO_LINE": [
            {"_header": f"O{number:06}", "ART_CODE": "100", "ORD_QTY": 1, "ART_PX": 12.5} for number in numbers
        ],
    }  # fmt: skip
    flows.add(view)
    flows.add(butler)
    flows.add_flow("orders", "orders", "accountview", "butler")
    begun = clock.now()
    brought_over(flows, "orders", clock)
    assert [each["invoicenumber"] for each in butler.invoices] == [f"O{number:06}" for number in numbers]
    assert len(butler.debtors) == BUYERS
    assert (butler.refused, view.refused) == (0, 0)
    assert clock.now() - begun >= (len(butler.log) // 100 - 1) * 60
    assert flows.failures("orders") == []
