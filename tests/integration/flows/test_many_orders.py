"""Ten thousand orders within the limits of the real system, in the time of a clock that is set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.links.flow_rows import ACCOUNTS, ITEMS, ORDERS, account, fill_exact, item, moment, order

from core.links.faults import CallFailed

if TYPE_CHECKING:
    from support.links.exact_online import ExactOnline
    from support.links.flow_site import FlowSite
    from support.links.rest_server import FakeClock

ORDERS_IN_ALL, BUYERS = 10_000, 300


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_ten_thousand_orders_are_read_a_minute_at_a_time(exact: ExactOnline, flows: FlowSite, clock: FakeClock) -> None:
    fill_exact(exact, clock, orders=0)
    buyers = [account(number) for number in range(1, BUYERS + 1)]
    exact.rows[ACCOUNTS] = buyers
    exact.rows[ORDERS] = [
        order(number, buyers[number % BUYERS]["ID"], moment(clock)) for number in range(1, ORDERS_IN_ALL + 1)
    ]
    flows.add(exact)
    flows.add_flow("in", "orders", "exact", "catalogue", "block = 1000\n")
    flows.fill("article", [{"number": "A1"}, {"number": "A2"}])
    begun = clock.now()
    outcome = flows.run("in")
    assert (outcome.counts.new, outcome.counts.rejected) == (ORDERS_IN_ALL, 0)
    assert len(flows.kept("order_line", '"order"')) == 2 * ORDERS_IN_ALL
    assert len(flows.kept("customer", "number")) == BUYERS
    # A page has 60 orders; a customer is asked for once. No request was refused, and 60 went out a minute at most.
    asked = [each for each in exact.log if "token" not in each.path]
    assert len(asked) == -(-ORDERS_IN_ALL // 60) + BUYERS
    assert clock.now() - begun >= (len(asked) // 60 - 1) * 60
    assert flows.run("in").counts.new == 0


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_orders_beyond_the_requests_of_a_day_go_on_the_next_day(
    exact: ExactOnline, flows: FlowSite, clock: FakeClock
) -> None:
    exact.day_limit = 200
    exact.rows |= {ACCOUNTS: [account(1)], "crm/Contacts": [], ORDERS: [], ITEMS: [item("A1")]}
    flows.add(exact)
    flows.add_flow("out", "orders", "catalogue", "exact")
    numbers = [f"W{number:03}" for number in range(100)]
    flows.fill("customer", [{"number": "1", "email": "buyer1@example.org", "company": "Company 1"}])
    flows.fill("order", [{"number": number, "customer": "1"} for number in numbers])
    flows.fill("order_line", [{"order": each, "line": "1", "article": "A1", "quantity": "1"} for each in numbers])
    with pytest.raises(CallFailed, match="takes no more requests for"):
        flows.run("out")
    done = len(exact.rows[ORDERS])
    assert 0 < done < len(numbers)
    assert flows.failures("out") == []
    clock.forward(86_400)
    outcome = flows.run("out")
    assert outcome.counts.new == len(numbers) - done
    assert sorted(row["YourRef"] for row in exact.rows[ORDERS]) == numbers
