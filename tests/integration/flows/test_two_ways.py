"""Two flows between the same systems: what one wrote does not come back, and where both changed, priority decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.links.flow_rows import ACCOUNTS, fill_exact

if TYPE_CHECKING:
    from support.links.exact_online import ExactOnline
    from support.links.flow_site import FlowSite
    from support.links.rest_server import FakeClock


def both(flows: FlowSite, exact: ExactOnline, *, priority: int) -> None:
    flows.add(exact, more=f"priority = {priority}")
    flows.add_flow("in", "customers", "exact", "catalogue")
    flows.add_flow("out", "customers", "catalogue", "exact")


def writes(exact: ExactOnline) -> int:
    return sum(asked.method in ("POST", "PUT") and "token" not in asked.path for asked in exact.log)


def change(exact: ExactOnline, number: int, **more: str) -> None:
    row = exact.rows[ACCOUNTS][number]
    row |= {**more, "Timestamp": max(int(each.get("Timestamp", 0)) for each in exact.rows[ACCOUNTS]) + 1}


def test_what_a_flow_wrote_does_not_come_back_and_real_changes_do(
    exact: ExactOnline, flows: FlowSite, clock: FakeClock
) -> None:
    fill_exact(exact, clock)
    both(flows, exact, priority=0)
    assert flows.run("in").counts.new == 2
    assert flows.run("out").counts.unchanged == 2
    assert writes(exact) == 0

    # Changed in the catalogue: it goes there once, and does not come back.
    flows.fill("customer", [{"number": "1", "city": "Leiden"}])
    assert flows.run("out").counts.changed == 1
    assert exact.rows[ACCOUNTS][0]["City"] == "Leiden"
    change(exact, 0)
    assert flows.run("in").counts.changed == 0
    assert writes(exact) == 1

    # And back to what it was: that is a change, too.
    flows.fill("customer", [{"number": "1", "city": "Delft"}])
    assert flows.run("out").counts.changed == 1
    assert exact.rows[ACCOUNTS][0]["City"] == "Delft"
    change(exact, 0, City="Gouda")
    assert flows.run("in").counts.changed == 1
    assert dict(flows.kept("customer", "number, city"))["1"] == "Gouda"
    assert flows.run("out").counts.changed == 0


@pytest.mark.parametrize(("priority", "city"), [(1, "Utrecht"), (0, "Leiden"), (-1, "Leiden")])
def test_where_both_sides_changed_the_higher_priority_counts(
    exact: ExactOnline, flows: FlowSite, clock: FakeClock, priority: int, city: str
) -> None:
    fill_exact(exact, clock)
    both(flows, exact, priority=priority)
    flows.run("in")
    flows.run("out")
    flows.fill("customer", [{"number": "1", "city": "Leiden"}])
    change(exact, 0, City="Utrecht")
    flows.run("out")
    assert exact.rows[ACCOUNTS][0]["City"] == city
    change(exact, 0)
    flows.run("in")
    assert dict(flows.kept("customer", "number, city"))["1"] == city
    before = writes(exact)
    flows.run("out")
    assert writes(exact) == before
