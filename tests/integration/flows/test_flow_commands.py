"""Flows from the command line: run, list, failures, resend, activity; with an engine, as it is."""

from __future__ import annotations

import uuid
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from support.pendel_cli import pendel

from core.cli.output import ExitCode
from core.store.activity import ActivityLog

if TYPE_CHECKING:
    from support.links.exact_globe import ExactGlobe
    from support.links.flow_site import FlowSite


def debtor(number: int, **more: Any) -> dict[str, Any]:
    return {
        "ID": str(uuid.uuid4()),
        "CustomerType": "C",
        "DebtorNumber": f"{number:>6}",
        "AccountName": f"Company {number}",
        "EmailAddress": f"buyer{number}@example.org",
        "InvoiceCity": "Delft",
        "ModifiedDate": "/Date(1700000000000)/",
        **more,
    }


@pytest.fixture
def site(flows: FlowSite, globe: ExactGlobe) -> FlowSite:
    globe.rows = {"Account": [debtor(1), debtor(2)]}
    flows.add(globe)
    flows.add_flow("customers", "customers", "globe", "catalogue")
    flows.config()
    return flows


def test_a_flow_is_run_and_its_failures_are_seen_and_sent_again(site: FlowSite, globe: ExactGlobe) -> None:
    config = site.directory / "config.toml"
    globe.rows["Account"][1]["EmailAddress"] = "buyer1@example.org"
    site.fill("customer", [{"number": each, "email": "buyer1@example.org"} for each in ("K1", "K2")])
    ran = pendel(config, "run", "customers")
    assert ran.code == ExitCode.WARNINGS, ran.notes
    listed = pendel(config, "flow", "list").told["flows"]
    assert listed == [
        {"task": "customers", "kind": "customers", "source": "globe", "target": "catalogue", "failed": 2, "given_up": 0}
    ]
    told = pendel(config, "flow", "failures", "customers").told["failures"]
    assert {each["key"] for each in told} == {row["ID"] for row in globe.rows["Account"]}
    assert told[0]["reason"].startswith("The catalogue has 2 customers with the e-mail address of this one: K1 and K2.")
    assert (told[0]["attempts"], told[0]["fits"]) == (1, ["K1", "K2"])

    refused = pendel(config, "flow", "choose", "customers", told[0]["key"], "K3")
    assert refused.told["error"]["message"] == f"K3 is none of the records that fit {told[0]['key']}."
    assert refused.told["error"]["advice"] == "There are K1 and K2."
    assert pendel(config, "flow", "choose", "customers", told[1]["key"], "K2").told["chosen"] == "K2"
    pendel(config, "run", "customers")
    assert ("K2", "Delft") in site.kept("customer", "number, city")
    assert [each["key"] for each in pendel(config, "flow", "failures").told["failures"]] == [told[0]["key"]]
    globe.rows["Account"].sort(key=lambda row: row["ID"] != told[0]["key"])

    globe.rows["Account"][0]["EmailAddress"] = "new@example.org"
    key = globe.rows["Account"][0]["ID"]
    again = pendel(config, "flow", "resend", "customers", key)
    assert again.told == {"flow": "customers", "records": 1, "started": False}
    pendel(config, "run", "customers")
    assert [each["key"] for each in pendel(config, "flow", "failures").told["failures"]] != [key]
    seen = pendel(config, "flow", "activity", "customers", "--key", key).told["activity"]
    assert [each["outcome"] for each in seen] == ["created", "failed"]
    assert seen[0]["record"]["email"] == "new@example.org"
    assert seen[0]["sent"][0]["path"] == "catalogue/customer"


def test_a_failure_is_mended_and_discarded_from_the_command_line(site: FlowSite, globe: ExactGlobe) -> None:
    config = site.directory / "config.toml"
    globe.rows["Account"][1]["EmailAddress"] = "buyer1@example.org"
    site.fill("customer", [{"number": each, "email": "buyer1@example.org"} for each in ("K1", "K2")])
    pendel(config, "run", "customers")
    first, second = (each["key"] for each in pendel(config, "flow", "failures").told["failures"])
    fields = pendel(config, "flow", "mend", "customers", first).told["fields"]
    assert {"name": "email", "came": "buyer1@example.org", "mended": None} in fields
    assert {"name": "region", "came": "", "mended": None} in fields

    given = pendel(config, "flow", "mend", "customers", first, "email=canary@example.org", "city=")
    assert {"name": "email", "came": "buyer1@example.org", "mended": "canary@example.org"} in given.told["fields"]
    assert {"name": "city", "came": "Delft", "mended": ""} in given.told["fields"]
    told = {each["key"]: each for each in pendel(config, "flow", "failures").told["failures"]}
    assert (told[first]["mended"], told[second]["mended"]) == (["email", "city"], [])
    as_it_came = pendel(config, "flow", "mend", "customers", first, "city")
    assert {"name": "city", "came": "Delft", "mended": None} in as_it_came.told["fields"]
    for wrong, said in (
        ("emial=a", "Customers have no field emial. Did you mean email?"),
        ("discount=much", "discount is no number."),
    ):
        refused = pendel(config, "flow", "mend", "customers", first, wrong).told["error"]
        assert f"{refused['message']} {refused['advice']}".startswith(said)

    pendel(config, "flow", "resend", "customers", first)
    pendel(config, "run", "customers")
    assert "canary@example.org" in {email for (email,) in site.kept("customer", "email")}
    # Which fields were mended stands in the audit; what they were given, in the activity log only.
    assert b"canary@example.org" not in b"".join(path.read_bytes() for path in site.data.glob("journal.sqlite*"))

    assert pendel(config, "flow", "discard", "customers", second).told == {"flow": "customers", "records": 1}
    assert pendel(config, "flow", "failures").told["failures"] == []
    assert pendel(config, "flow", "list").told["flows"][0]["failed"] == 0
    for command in (("discard", "customers", second), ("mend", "customers", second)):
        refused = pendel(config, "flow", *command).told["error"]
        assert refused["message"] == "None of these records is in the list of failures."
    assert pendel(config, "flow", "resend", "customers", second).told["records"] == 1


def test_a_dry_run_shows_what_it_would_send_and_keeps_nothing_of_it_in_the_history(site: FlowSite) -> None:
    config = site.directory / "config.toml"
    ran = pendel(config, "run", "customers", "--dry-run")
    assert ran.code == ExitCode.SUCCEEDED, ran.notes
    seen = pendel(config, "flow", "activity").told["activity"]
    assert {each["outcome"] for each in seen} == {"would be created"}
    assert b"buyer1@example.org" not in (site.data / "journal.sqlite").read_bytes()
    assert pendel(config, "flow", "failures").told["failures"] == []


def test_what_a_flow_brought_into_the_catalogue_is_put_back(site: FlowSite, globe: ExactGlobe) -> None:
    config = site.directory / "config.toml"
    first = pendel(config, "run", "customers").told["run"]
    globe.rows["Account"] = [
        {**globe.rows["Account"][0], "InvoiceCity": "Breda", "ModifiedDate": "/Date(1900000000000)/"},
        debtor(3, ModifiedDate="/Date(1900000000000)/"),
    ]
    second = pendel(config, "run", "customers").told["run"]
    assert site.kept("customer", "number, city") == [("1", "Breda"), ("2", "Delft"), ("3", "Delft")]
    assert pendel(config, "revert", str(second)).code == ExitCode.SUCCEEDED
    assert site.kept("customer", "number, city") == [("1", "Delft"), ("2", "Delft")]
    # It stays put back until it changes at the source; then it comes as it is now.
    nothing = pendel(config, "run", "customers").told["run"]
    assert site.kept("customer", "number, city") == [("1", "Delft"), ("2", "Delft")]
    refused = pendel(config, "revert", str(nothing)).told["error"]["message"]
    assert refused == f"Run {nothing} changed no records of the catalogue."
    globe.rows["Account"][1] |= {"InvoiceCity": "Ede", "ModifiedDate": "/Date(1900000060000)/"}
    pendel(config, "run", "customers")
    assert site.kept("customer", "number, city") == [("1", "Delft"), ("2", "Delft"), ("3", "Ede")]
    assert pendel(config, "revert", str(first), "--force").code == ExitCode.WARNINGS


def test_a_record_that_did_not_fail_cannot_be_sent_again(site: FlowSite) -> None:
    config = site.directory / "config.toml"
    refused = pendel(config, "flow", "resend", "customers", "nothing")
    assert refused.code != ExitCode.SUCCEEDED
    assert "None of these records is in the list of failures" in refused.told["error"]["message"]


def test_retention_deletes_old_activity_and_overwrites_it(site: FlowSite) -> None:
    config = site.directory / "config.toml"
    pendel(config, "run", "customers")
    entry = site.activity("customers")[0]
    old = replace(entry, at=entry.at - timedelta(days=31), record={"name": "CANARY-OF-OLD"})
    with closing(ActivityLog(site.data / "activity.sqlite")) as log:
        log.add([old])
        log.mend("customers", "old", {"name": "CANARY-OF-OLD"}, at=old.at)
        log.mend("customers", "new", {"name": "New"}, at=entry.at)
    assert b"CANARY-OF-OLD" in b"".join(path.read_bytes() for path in site.data.glob("activity.sqlite*"))
    pendel(config, "run", "system-retention")
    assert len(site.activity("customers")) == 2
    assert site.mended("customers") == {"new": {"name": "New"}}
    assert b"CANARY-OF-OLD" not in b"".join(path.read_bytes() for path in site.data.glob("activity.sqlite*"))
