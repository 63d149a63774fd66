"""The catalogue and an ERP through its Sync Connector for SuperOffice: customers both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.links.memory_erp import CANARY, FIELDS, PERSON, PROJECT, SUPPLIER, connector_site

from core.links.superoffice.contract import Actor, FieldInfo
from core.runs import RunState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.links.flow_site import FlowSite
    from support.links.memory_erp import Site

LINK = """
[connectors.memory]
definition = "superoffice-sync"
base_url = "{url}"
[links.erp]
connector = "memory"
active = true
[links.erp.fields]
Password = {{ secret = "erp" }}
"""


@pytest.fixture
def site() -> Iterator[Site]:
    with connector_site() as found:
        yield found


def test_customers_go_there_once_and_come_back_as_they_are_changed(flows: FlowSite, site: Site) -> None:
    flows.vault.set("erp", CANARY)
    flows.add_link("erp", LINK.format(url=site.url))
    flows.add_flow("out", "customers", "catalogue", "erp")
    flows.add_flow("in", "customers", "erp", "catalogue")
    flows.fill(
        "customer",
        [
            {"number": "7", "company": "ACME", "last_name": "Ash", "email": "ann@example.org"},
            {"number": "8", "company": "Birch", "email": "bob@example.org"},
        ],
    )
    assert flows.run("out", dry_run=True).counts.rejected == 0, flows.log
    assert site.erp.rows == {}
    outcome = flows.run("out")
    (sent, *_) = next(
        each.sent for each in flows.activity("out") if each.source_key == "7" and each.outcome == "created"
    )
    assert (sent["path"], sent["body"]["FieldValues"]["NAME"]) == ("WSCreateActor", "ACME")
    assert sent["answer"][0]["ErpKey"]
    assert outcome.counts.rejected == 0, flows.log
    assert outcome.state is RunState.SUCCEEDED
    kept = {key: dict(row.values) for (kind, key), row in site.erp.rows.items() if kind == "Customer"}
    assert sorted(row["NAME"] for row in kept.values()) == ["ACME", "Birch"]
    assert sorted(row["EMAIL"] for row in kept.values()) == ["ann@example.org", "bob@example.org"]
    persons = [row for (kind, _), row in site.erp.rows.items() if kind == "Person"]
    assert {(row.values["LASTNAME"], kept[row.parent_key]["NAME"]) for row in persons} >= {("Ash", "ACME")}
    # The connector says that its number is only read.
    assert all("NUMBER1" not in row for row in kept.values())

    writes = site.answering.asked.count("WSCreateActor")
    assert flows.run("out").counts.changed == 0
    assert site.answering.asked.count("WSCreateActor") == writes

    key = next(key for key, row in kept.items() if row["NAME"] == "ACME")
    site.erp.put(Actor("Customer", key, values={"EMAIL": "ann@acme.example"}))
    outcome = flows.run("in")
    assert outcome.counts.rejected == 0, flows.log
    assert flows.kept("customer", "number, company, email") == [
        ("7", "ACME", "ann@acme.example"),
        ("8", "Birch", "bob@example.org"),
    ]
    assert CANARY not in "\n".join(flows.log)


def persons(site: Site) -> list[tuple[str, str]]:
    """Return each person's name with that of its company."""
    rows = site.erp.rows
    return sorted(
        (row.values["LASTNAME"], rows[row.parent_type, row.parent_key].values["NAME"] if row.parent_key else "")
        for (kind, _), row in rows.items()
        if kind == "Person"
    )


def test_suppliers_and_projects_go_there_and_come_from_there(flows: FlowSite, site: Site) -> None:
    flows.vault.set("erp", CANARY)
    site.erp.kinds = {"Supplier": SUPPLIER, "Project": PROJECT}
    flows.add_link("erp", LINK.format(url=site.url))
    for kind in ("suppliers", "projects"):
        flows.add_flow(f"in-{kind}", kind, "erp", "catalogue")
        flows.add_flow(f"out-{kind}", kind, "catalogue", "erp")
    site.erp.put(Actor("Supplier", "S9", values={"NUMBER1": "9", "NAME": "Nine", "STREETCITY": "Delft"}))
    site.erp.put(Actor("Project", "P1", values={"NAME": "Roof", "ENDDATE": "[DT:12/31/2026 00:00:00.0000000]"}))
    for kind in ("suppliers", "projects"):
        assert flows.run(f"in-{kind}").counts.new == 1, flows.log
    assert flows.kept("organisation", "number, kind, name, city") == [("9", "supplier", "Nine", "Delft")]
    # What has no number of its own is known by its key.
    assert flows.kept("project", "number, name, CAST(ends_on AS VARCHAR)") == [("P1", "Roof", "2026-12-31")]

    flows.fill("organisation", [{"number": "10", "name": "Ten", "kind": "supplier"}])
    flows.fill("project", [{"number": "7", "name": "Cellar"}])
    for kind in ("suppliers", "projects"):
        flows.run(f"out-{kind}")
    names = sorted((kind, row.values["NAME"]) for (kind, _), row in site.erp.rows.items())
    assert names == [("Project", "Cellar"), ("Project", "Roof"), ("Supplier", "Nine"), ("Supplier", "Ten")], flows.log


def test_partners_and_suppliers_are_kept_apart(flows: FlowSite, site: Site) -> None:
    flows.vault.set("erp", CANARY)
    site.erp.kinds = {"Supplier": SUPPLIER, "Partner": SUPPLIER}
    flows.add_link("erp", LINK.format(url=site.url))
    for kind in ("suppliers", "partners"):
        flows.add_flow(f"in-{kind}", kind, "erp", "catalogue")
        flows.add_flow(f"out-{kind}", kind, "catalogue", "erp")
    site.erp.put(Actor("Partner", "P9", values={"NUMBER1": "9", "NAME": "Nine", "STREETCITY": "Delft"}))
    assert flows.run("in-suppliers").counts.read == 0
    assert flows.run("in-partners").counts.new == 1, flows.log
    assert flows.kept("organisation", "number, kind, name, city") == [("9", "partner", "Nine", "Delft")]
    given = (("10", "supplier"), ("11", "partner"), ("12", "customer"), ("13", None))
    flows.fill("organisation", [{"number": each, "name": each, "kind": kind} for each, kind in given])
    for kind in ("suppliers", "partners"):
        flows.run(f"out-{kind}")
    # What is said to be no supplier is none; what is said to be nothing may be one.
    names = sorted((kind, row.values["NAME"]) for (kind, _), row in site.erp.rows.items())
    assert names == [("Partner", "11"), ("Partner", "Nine"), ("Supplier", "10"), ("Supplier", "13")], flows.log


def test_a_contact_becomes_a_person_of_its_company_which_is_made_first(flows: FlowSite, site: Site) -> None:
    flows.vault.set("erp", CANARY)
    site.erp.kinds = {"Customer": FIELDS, "Person": (*PERSON, FieldInfo("EMAIL", "E-mail", rank=4))}
    flows.add_link("erp", LINK.format(url=site.url))
    flows.add_flow("out", "contacts", "catalogue", "erp")
    site.erp.put(Actor("Customer", "C1", values={"NAME": "ACME"}))
    flows.fill("organisation", [{"number": "1", "name": "acme "}, {"number": "2", "name": "Birch"}])
    flows.fill(
        "contact",
        [
            {"number": "7", "organisation": "1", "last_name": "Ash", "email": "ash@example.org"},
            {"number": "8", "organisation": "2", "last_name": "Beech", "email": "beech@example.org"},
            {"number": "9", "organisation": "2", "last_name": "Cedar", "email": "cedar@example.org"},
            {"number": "10", "last_name": "Dogwood", "email": "dogwood@example.org"},
        ],
    )
    flows.run("out", dry_run=True)
    assert persons(site) == []
    assert flows.run("out").counts.new == 4, flows.log
    assert persons(site) == [("Ash", "ACME"), ("Beech", "Birch"), ("Cedar", "Birch"), ("Dogwood", "")]
    # Another flow knows nothing of what this one has done, and finds all of them there.
    flows.add_flow("again", "contacts", "catalogue", "erp")
    assert flows.run("again").counts.new == 0, flows.log
    assert len(persons(site)) == 4


def test_who_fits_several_is_sent_to_the_one_that_somebody_chose(flows: FlowSite, site: Site) -> None:
    flows.vault.set("erp", CANARY)
    site.erp.kinds = {"Customer": FIELDS, "Person": (*PERSON, FieldInfo("EMAIL", "E-mail", rank=4))}
    flows.add_link("erp", LINK.format(url=site.url))
    flows.add_flow("customers", "customers", "catalogue", "erp")
    flows.add_flow("contacts", "contacts", "catalogue", "erp")
    for key, name in (("C1", "ACME"), ("C2", "Acme"), ("C3", "Birch")):
        site.erp.put(Actor("Customer", key, values={"NAME": name, "EMAIL": "canary@example.org"}))
    flows.fill("customer", [{"number": "7", "company": "ACME", "email": "canary@example.org"}])
    flows.fill("organisation", [{"number": "1", "name": "ACME"}])
    flows.fill("contact", [{"number": "9", "organisation": "1", "last_name": "Ash"}])
    for flow, key, among, chosen in (
        ("contacts", "9", "2 actors of type Customer that fit this one by NAME: C1 and C2", "C2"),
        ("customers", "7", "3 actors of type Customer that fit this one by EMAIL: C1, C2 and C3", "C3"),
    ):
        assert flows.run(flow).counts.rejected == 1
        [failure] = flows.failures(flow)
        # What tells them apart stands where what is in records may stand, and nowhere else.
        assert f"{among}. Put that right there, or choose one" in failure.reason
        assert "C2 (Acme, canary@example.org)" in flows.activity(flow)[0].message
        assert "canary" not in "\n".join(flows.log)
        flows.choose(flow, key, chosen)
        flows.resend(flow)
        assert flows.run(flow).counts.rejected == 0, flows.log
        assert flows.failures(flow) == []
        assert flows.run(flow).counts.written == 0
    assert site.erp.rows["Customer", "C3"].values["NAME"] == "ACME"
    assert persons(site) == [("Ash", "Acme")]


def test_persons_come_as_contacts(flows: FlowSite, site: Site) -> None:
    flows.vault.set("erp", CANARY)
    flows.add_link("erp", LINK.format(url=site.url))
    flows.add_flow("in", "contacts", "erp", "catalogue")
    site.erp.kinds = {"Person": (*PERSON, FieldInfo("POSITION", "Position", rank=4))}
    site.erp.put(Actor("Person", "P1", values={"FIRSTNAME": "Ann", "LASTNAME": "Ash", "POSITION": "Buyer"}))
    assert flows.run("in").counts.new == 1, flows.log
    assert flows.kept("contact", "number, first_name, last_name, position") == [("P1", "Ann", "Ash", "Buyer")]


def test_a_connector_that_cannot_search_by_a_field_is_searched_by_text(flows: FlowSite, site: Site) -> None:
    flows.vault.set("erp", CANARY)
    site.erp.kinds = {"Supplier": (SUPPLIER[1], FieldInfo("NUMBER1", "Number", rank=2))}
    site.erp.searched = ("NAME",)
    flows.add_link("erp", LINK.format(url=site.url))
    flows.add_flow("out", "suppliers", "catalogue", "erp")
    site.erp.put(Actor("Supplier", "S1", values={"NUMBER1": "10", "NAME": "Number 10"}))
    flows.fill("organisation", [{"number": "10", "name": "Ten"}])
    assert flows.run("out").counts.changed == 1, flows.log
    assert site.erp.rows["Supplier", "S1"].values["NAME"] == "Ten"
    assert "WSSearchActors" in site.answering.asked
    assert "WSSearchActorsAdvanced" not in site.answering.asked
