"""The catalogue and SuperOffice CRM: customers both ways."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from support.links.ending import ended_anywhere
from support.links.flow_site import FlowSite
from support.links.rest_server import serving
from support.links.superoffice import SuperOffice

from core.runs import RunState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.links.ending import Site
    from support.links.rest_server import FakeClock


def test_customers_of_the_catalogue_become_companies_each_with_its_person(
    flows: FlowSite, crm: SuperOffice, clock: FakeClock
) -> None:
    flows.add_superoffice(crm)
    flows.add_flow("out", "customers", "catalogue", "superoffice")
    flows.add_flow("in", "customers", "superoffice", "catalogue")
    flows.fill(
        "customer",
        [
            {"number": "7", "company": "ACME", "last_name": "Ash", "email": "ann@example.org", "city": "Delft"},
            {"number": "8", "company": " ", "last_name": "Beech", "email": "bob@example.org", "city": "Bonn"},
        ],
    )
    outcome = flows.run("out")
    assert outcome.counts.rejected == 0, flows.log
    assert outcome.state is RunState.SUCCEEDED
    companies = crm.entities["Contact"]
    assert [(each["Name"], each["Number2"]) for each in companies.values()] == [("ACME", "7"), ("Beech", "8")]
    assert companies[1]["Address"]["Postal"]["City"] == "Delft"
    assert [(each["Lastname"], each["Contact"]) for each in crm.entities["Person"].values()] == [
        ("Ash", {"ContactId": "1"})
    ]
    before = sum(each.method != "GET" for each in crm.log)
    assert flows.run("out").counts.changed == 0
    assert sum(each.method != "GET" for each in crm.log) == before

    # Somebody changes a company in the CRM; what nobody changed does not come back.
    clock.forward(90_000)
    crm.save("Contact", 1, {**companies[1], "Address": {"Postal": {"City": "Leiden"}, "Street": {"City": ""}}})
    outcome = flows.run("in")
    assert outcome.counts.rejected == 0, flows.log
    assert dict(flows.kept("customer", "number, city"))["7"] == "Leiden"


@contextmanager
def to_superoffice(directory: Path, clock: FakeClock) -> Iterator[Site]:
    with serving(SuperOffice(clock)) as crm:
        flows = FlowSite(directory, clock)
        flows.add_superoffice(crm)
        flows.add_flow("out", "customers", "catalogue", "superoffice")
        flows.fill("customer", [{"number": "7", "company": "ACME", "last_name": "Ash", "email": "ann@example.org"}])

        def seen() -> object:
            return [len(crm.entities[name]) for name in ("Contact", "Person")]

        yield flows, seen, lambda: sum(asked.method != "GET" for asked in crm.log)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_flow_that_is_ended_anywhere_doubles_and_loses_nothing(tmp_path: Path) -> None:
    found = ended_anywhere(tmp_path, "out", to_superoffice)
    assert len(found) > 10
    assert all(each == [1, 1] for each in found)
