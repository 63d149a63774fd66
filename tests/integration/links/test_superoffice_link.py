"""A link to an ERP Sync Connector: its fields, and actors as records that are read, searched for and written."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from support.links.memory_erp import CANARY, connector_site

from core.errors import Refused
from core.links.faults import CallFailed
from core.links.superoffice.answering import Answer
from core.links.superoffice.configuration import configuration_fields, passwords_among
from core.links.superoffice.contract import Actor
from core.links.superoffice.link import Link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.links.memory_erp import Site

    from core.links.connection import Connection
    from core.links.opened import OpenLink

GONE = Answer(503, b"")


@pytest.fixture
def site() -> Iterator[Site]:
    with connector_site() as found:
        yield found


@pytest.fixture
def link(site: Site) -> Iterator[Link]:
    with Link(site.client(style="wrapped")) as found:
        yield found


def as_open_link(link: Link, connection: Connection) -> tuple[OpenLink, OpenLink]:
    """Nothing is run here: that both are open links is checked by the types."""
    return link, connection


def test_the_fields_of_a_link_are_those_that_the_connector_asks_for(site: Site, link: Link) -> None:
    fields = configuration_fields(link.client)
    assert [(each.key, each.title, each.kind, each.required) for each in fields] == [
        ("Password", "Password", "password", True),
        ("Company", "Company", "choice", False),
        ("Hint", "Ask your administrator.", "label", False),
    ]
    assert fields[1].choices == {"1": "North", "2": "South"}
    assert passwords_among(fields) == ["Password"]
    assert configuration_fields(link.client, language="NO")[0].title == "Passord"
    assert site.answering.asked.count("WSSaveConnection") == 0


def test_a_test_keeps_nothing_and_connecting_does(site: Site, link: Link) -> None:
    link.test()
    assert site.answering.asked == ["WSTestConfigData"]
    link.connect()
    assert site.answering.asked[1:] == ["WSSaveConnection", "WSTestConnection"]
    link.forget()
    assert site.answering.asked[-1] == "WSDeleteConnection"


def test_what_changed_is_read_from_the_cursor_on(site: Site, link: Link) -> None:
    for number in range(12):
        site.erp.put(Actor("Customer", f"K{number}", values={"NAME": f"No {number}", "CREDIT": f"[F:{number}.5]"}))
    site.erp.put(Actor("Customer", "K3", values={"SINCE": "[DT:12/31/2013 23:59:59.0000000]", "ACTIVE": "[I:1]"}))
    walk = link.reading("Customer")
    with pytest.raises(RuntimeError):
        _ = walk.cursor
    rows = {row["ErpKey"]: row for page in walk.pages() for row in page}
    assert len(rows) == 12
    assert rows["K3"] == {
        "ErpKey": "K3",
        "ActorType": "Customer",
        "LastModified": "13",
        "ParentErpKey": None,
        "ParentActorType": None,
        "NAME": "No 3",
        "CREDIT": Decimal("3.5"),
        "SINCE": dt.datetime.fromisoformat("2013-12-31T23:59:59"),
        "ACTIVE": True,
    }
    # By number, not as text: "9" is not later than "13".
    assert walk.cursor == "13"
    site.erp.put(Actor("Customer", "K5", values={"NAME": "Changed"}))
    after = link.reading("Customer", since=walk.cursor)
    assert sorted(row["ErpKey"] for page in after.pages() for row in page) == ["K3", "K5"]
    assert after.cursor == "14"
    nothing = link.reading("Person", since="14")
    assert list(nothing.pages()) == []
    assert nothing.cursor == "14"


def test_values_that_are_empty_or_odd_stop_nothing(site: Site, link: Link) -> None:
    site.erp.put(
        Actor("Customer", "K1", values={"CREDIT": "[D:0.0]", "SINCE": "", "ACTIVE": "perhaps", "NAME": "[I:5]"})
    )
    (row,) = link.get("Customer", ["K1"])
    assert (row["CREDIT"], row["SINCE"], row["ACTIVE"], row["NAME"]) == (Decimal("0.0"), None, "perhaps", "[I:5]")


def test_actors_are_searched_for_by_text_and_by_who_they_belong_to(site: Site, link: Link) -> None:
    site.erp.put(Actor("Customer", "K1", values={"NAME": "North"}))
    site.erp.put(Actor("Person", "P1", parent_type="Customer", parent_key="K1", values={"NAME": "Ida North"}))
    assert [row["ErpKey"] for row in link.search("Customer", "nor")] == ["K1"]
    assert [row["ParentErpKey"] for row in link.search("Person", "", parent=("Customer", "K1"))] == ["K1"]
    assert link.search("Person", "", parent=("Customer", "K2")) == []
    assert link.list_items("groups", ["b"]) == {"b": "Retail"}
    assert link.list_items("groups") == {"a": "Wholesale", "b": "Retail"}


def test_a_record_is_created_once_and_found_after_that(site: Site, link: Link) -> None:
    writer = link.writing("Customer")
    record = {"NAME": "North", "EMAIL": "Info@North.example", "CREDIT": Decimal("10.5"), "ACTIVE": True}
    made = writer.create(record)
    assert made.outcome == "created"
    assert site.erp.rows["Customer", made.key].values == {
        "NAME": "North",
        "EMAIL": "Info@North.example",
        "CREDIT": "[F:10.5]",
        "ACTIVE": "[I:1]",
    }
    again = writer.create({**record, "EMAIL": " info@north.EXAMPLE"})
    assert (again.outcome, again.key) == ("found", made.key)
    changed = writer.create({**record, "CREDIT": 11}, update=True)
    assert (changed.outcome, changed.key) == ("updated", made.key)
    assert site.erp.rows["Customer", made.key].values["CREDIT"] == "[F:11]"
    assert len(site.erp.rows) == 1


def test_nobody_guesses_which_of_several_is_meant(site: Site, link: Link) -> None:
    for key in ("K1", "K2"):
        site.erp.put(Actor("Customer", key, values={"NAME": key, "EMAIL": "a@b.example"}))
    with pytest.raises(CallFailed, match="has 2 actors of type Customer that fit this one by EMAIL") as caught:
        link.writing("Customer").create({"NAME": "K", "EMAIL": "A@b.example"})
    assert caught.value.kind == "conflict"


def test_a_creation_whose_answer_got_lost_is_looked_for_before_it_is_sent_again(site: Site, link: Link) -> None:
    link.connect()
    writer = link.writing("Customer")
    # The look-up finds nothing; the creation is carried out, and its answer lost.
    site.answering.instead = [None, GONE]
    made = writer.create({"NAME": "North", "EMAIL": "a@b.example"})
    assert (made.outcome, made.key) == ("created", "N1")
    assert len(site.erp.rows) == 1
    assert site.answering.asked.count("WSCreateActor") == 1
    site.answering.instead = [GONE]
    with pytest.raises(CallFailed) as caught:
        writer.create({"NAME": "Without anything to look for it by"})
    assert caught.value.kind == "unclear"


def test_a_change_whose_answer_got_lost_is_sent_again(site: Site, link: Link) -> None:
    link.connect()
    site.erp.put(Actor("Customer", "K1", values={"NAME": "North"}))
    writer = link.writing("Customer")
    site.answering.instead = [GONE]
    assert writer.update("K1", {"NAME": "South"}).key == "K1"
    assert site.answering.asked.count("WSSaveActors") == 2
    with pytest.raises(CallFailed, match="There is no Customer K9"):
        writer.update("K9", {"NAME": "South"})


def test_what_cannot_be_written_is_said_before_anything_is_sent(site: Site, link: Link) -> None:
    writer = link.writing("Customer")
    asked = len(site.answering.asked)
    with pytest.raises(Refused, match="no field 'NAMES'") as refused:
        writer.create({"NAMES": "x"})
    assert "NAME" in refused.value.advice
    with pytest.raises(Refused, match="has no NAME"):
        writer.create({"EMAIL": "a@b.example"})
    with pytest.raises(CallFailed, match="CREDIT of a record of Customer cannot be written: it is no number"):
        writer.create({"NAME": "x", "CREDIT": "much"})
    with pytest.raises(Refused, match="no actors of type 'Customers'"):
        link.writing("Customers")
    shown = writer.request_for({"NAME": "x", "CREDIT": 1, "ParentErpKey": "7", "ParentActorType": "Partner"})
    assert shown.body == {
        "ActorType": "Customer",
        "ParentActorType": "Partner",
        "ParentErpKey": "7",
        "FieldValues": {"NAME": "x", "CREDIT": "[F:1]"},
    }
    assert [each for each in site.answering.asked[asked:] if each != "WSGetSupportedActorTypes"] == []
    assert CANARY not in str(shown)
