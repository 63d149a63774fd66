"""The catalogue and an ERP through its Sync Connector for SuperOffice: customers both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.links.memory_erp import CANARY, connector_site

from core.links.superoffice.contract import Actor
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
