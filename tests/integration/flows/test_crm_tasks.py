"""The tasks of a CRM: opportunities into the catalogue, contacts out of it (DP5)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from core.runs import RunState

if TYPE_CHECKING:
    from support.links.flow_site import FlowSite
    from support.links.rest_server import FakeClock
    from support.links.superoffice import SuperOffice


def sale(number: int, **more: Any) -> dict[str, Any]:
    given = {
        "saleId": number,
        "heading": f"Sale {number}",
        "stageName": "Offer",
        "probPercent": 40,
        "amount": "1250.50",
        "currency": "EUR",
        "date": "2026-05-01T00:00:00Z",
        "associateId": 12,
        "updatedDate": "2026-01-01T10:00:00Z",
    }
    return given | more


def test_opportunities_come_into_the_catalogue_and_change_there(
    flows: FlowSite, crm: SuperOffice, clock: FakeClock
) -> None:
    flows.add(crm)
    flows.add_task("sales", "import-opportunities", link="superoffice", assortment="crm")
    crm.sales = [sale(1), sale(2, amount="no sum"), sale(3, stageName="Won")]
    outcome = flows.run("sales")
    assert (outcome.state, outcome.counts.new, outcome.counts.rejected) == (RunState.WARNINGS, 2, 1), flows.log
    columns = "number, title, stage, probability, amount, currency, CAST(expected_on AS VARCHAR), owner"
    assert flows.kept("opportunity", columns)[0] == (
        "1", "Sale 1", "Offer", Decimal(40), Decimal("1250.5"), "EUR", "2026-05-01", "12"
    )  # fmt: skip

    clock.forward(90_000)
    crm.sales[1] |= {"amount": "10"}
    crm.sales[2] |= {"stageName": "Lost"}
    outcome = flows.run("sales")
    assert (outcome.state, outcome.counts.new, outcome.counts.changed) == (RunState.SUCCEEDED, 1, 1), flows.log
    assert flows.kept("opportunity", "number, stage") == [("1", "Offer"), ("2", "Offer"), ("3", "Lost")]


def test_contacts_are_updated_by_their_address_and_created_where_they_are_missing(
    flows: FlowSite, crm: SuperOffice
) -> None:
    flows.add(crm)
    flows.add_task("people", "update-contacts", link="superoffice")
    crm.save("Person", 1, {"PersonId": 1, "Lastname": "Ash", "Emails": [{"Value": "ann@example.org"}], "Contact": None})
    flows.fill(
        "contact",
        [
            {"number": "7", "first_name": "Ann", "last_name": "Ashton", "email": "Ann@example.org"},
            {"number": "8", "last_name": "Beech", "email": "bob@example.org"},
            {"number": "9", "first_name": "Cy", "email": "cy@example.org"},
        ],
    )
    outcome = flows.run("people")
    counts = outcome.counts
    assert (counts.changed, counts.new, counts.rejected) == (1, 1, 1), flows.log
    people = crm.entities["Person"]
    assert [(each["Firstname"], each["Lastname"]) for each in people.values()] == [("Ann", "Ashton"), ("", "Beech")]
    before = sum(each.method != "GET" for each in crm.log)
    assert flows.run("people").counts.changed == 0
    assert sum(each.method != "GET" for each in crm.log) == before


def organisations(flows: FlowSite) -> None:
    flows.fill(
        "organisation",
        [
            {"number": "O1", "name": "ACME", "city": "Delft"},
            {"number": "O2", "name": "Birch's"},
            {"number": "O3", "name": "Twin"},
        ],
    )


def test_a_contact_belongs_to_the_company_of_its_organisation_which_is_created_first(
    flows: FlowSite, crm: SuperOffice
) -> None:
    flows.add(crm)
    flows.add_task("people", "update-contacts", link="superoffice")
    crm.add_company(5, "birch's")
    organisations(flows)
    flows.fill(
        "contact",
        [
            {"number": "1", "organisation": "O1", "last_name": "Ash", "email": "ash@example.org"},
            {"number": "2", "organisation": "O1", "last_name": "Elm", "email": "elm@example.org"},
            {"number": "3", "organisation": "O2", "last_name": "Fir", "email": "fir@example.org"},
            {"number": "4", "last_name": "Oak", "email": "oak@example.org"},
        ],
    )
    flows.run("people", dry_run=True)
    assert (len(crm.entities["Contact"]), crm.entities["Person"]) == (1, {})
    assert flows.run("people").counts.new == 4, flows.log
    companies = {each["Name"]: each for each in crm.entities["Contact"].values()}
    assert sorted(companies) == ["ACME", "birch's"]
    assert (companies["ACME"]["Number2"], companies["ACME"]["Address"]["Postal"]["City"]) == ("O1", "Delft")
    made = str(companies["ACME"]["ContactId"])
    of = {each["Lastname"]: (each["Contact"] or {}).get("ContactId") for each in crm.entities["Person"].values()}
    assert of == {"Ash": made, "Elm": made, "Fir": "5", "Oak": None}
    # The company was created before the contact, and both stand in the activity.
    (ash,) = [each for each in flows.activity("people") if each.source_key == "1" and each.outcome == "created"]
    assert [each["path"] for each in ash.sent if each["method"] == "POST"] == ["Contact", "Person"]


def test_of_companies_with_one_name_the_number_tells_which(flows: FlowSite, crm: SuperOffice) -> None:
    flows.add(crm)
    flows.add_task("people", "update-contacts", link="superoffice")
    for key, number in ((5, "O3"), (6, "Other")):
        crm.add_company(key, "Twin", number=number)
    organisations(flows)
    flows.fill("contact", [{"number": "1", "organisation": "O3", "last_name": "Ash", "email": "ash@example.org"}])
    assert flows.run("people").counts.new == 1, flows.log
    assert [each["Contact"]["ContactId"] for each in crm.entities["Person"].values()] == ["5"]

    # Without a number that fits, nobody guesses.
    crm.entities["Contact"][5]["Number2"] = "Another"
    flows.fill("contact", [{"number": "2", "organisation": "O3", "last_name": "Elm", "email": "elm@example.org"}])
    assert flows.run("people").counts.rejected == 1, flows.log
    assert len(crm.entities["Person"]) == 1


def test_a_company_that_is_not_to_be_made_keeps_its_contact_back(flows: FlowSite, crm: SuperOffice) -> None:
    flows.add(crm)
    definition = flows.directory / "superoffice.toml"
    text = definition.read_text(encoding="utf-8")
    mended = text.replace('company]\nresource = "customers"', 'company]\nresource = "customers"\ncreate = false')
    assert mended != text
    definition.write_text(mended, encoding="utf-8")
    flows.add_task("people", "update-contacts", link="superoffice")
    organisations(flows)
    flows.fill("contact", [{"number": "1", "organisation": "O1", "last_name": "Ash", "email": "ash@example.org"}])
    assert flows.run("people").counts.rejected == 1, flows.log
    assert "does not have the company that it belongs to" in "\n".join(flows.log)
    assert (crm.entities["Contact"], crm.entities["Person"]) == ({}, {})


def test_the_certificate_of_a_system_user_lies_beside_the_configuration(flows: FlowSite, crm: SuperOffice) -> None:
    application, theirs = generate_private_key(65537, 2048), generate_private_key(65537, 2048)
    crm.application, crm.key = application.public_key(), theirs
    shown = theirs.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (flows.directory / "superoffice.pem").write_bytes(shown)
    key = application.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    # The engine was started elsewhere: by a service manager, in the root directory.
    flows.add_system_user(crm, key=key, certificate=Path("superoffice.pem"))
    flows.add_task("sales", "import-opportunities", link="crm", assortment="crm")
    crm.sales = [sale(1)]
    assert flows.run("sales").counts.new == 1, flows.log
    assert crm.tickets == 1
