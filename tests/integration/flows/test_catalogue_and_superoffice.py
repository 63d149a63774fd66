"""The catalogue and SuperOffice CRM: customers both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.runs import RunState

if TYPE_CHECKING:
    from support.links.flow_site import FlowSite
    from support.links.rest_server import FakeClock
    from support.links.superoffice import SuperOffice


def test_customers_of_the_catalogue_become_companies_each_with_its_person(
    flows: FlowSite, crm: SuperOffice, clock: FakeClock
) -> None:
    flows.add(crm)
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
    before = crm.written
    assert flows.run("out").counts.changed == 0
    assert crm.written == before

    # Somebody changes a company in the CRM; what nobody changed does not come back.
    clock.forward(90_000)
    crm.save("Contact", 1, {**companies[1], "Address": {"Postal": {"City": "Leiden"}, "Street": {"City": ""}}})
    outcome = flows.run("in")
    assert outcome.counts.rejected == 0, flows.log
    assert dict(flows.kept("customer", "number, city"))["7"] == "Leiden"
