"""A link to an ERP Sync Connector: its fields, and actors as records that are read, searched for and written."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from support.links.link_site import LinkSite
from support.links.memory_erp import CANARY, connector_site

from core.config.vault import Vault
from core.errors import Refused
from core.links.connectors import connector_named
from core.links.faults import CallFailed
from core.links.linkcheck import check_links
from core.links.opening import open_link, settings_of
from core.links.superoffice.answering import Answer
from core.links.superoffice.contract import Actor
from core.links.superoffice.link import Link
from core.links.testing import test_link

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.links.memory_erp import Site

    from core.links.contract import Surroundings

GONE = Answer(503, b"")


@pytest.fixture
def site() -> Iterator[Site]:
    with connector_site() as found:
        yield found


@pytest.fixture
def link(site: Site) -> Iterator[Link]:
    with Link(site.client(style="wrapped")) as found:
        yield found


CONNECTOR = """
[connectors.memory]
definition = "superoffice-sync"
base_url = "{url}"
[links.erp]
connector = "memory"
active = true
[links.erp.fields]
Password = {{ secret = "erp" }}
Company = "2"
"""


def linked(site: Site, directory: Path, text: str = CONNECTOR) -> Surroundings:
    links = LinkSite(directory, site.clock)
    links.vault.set("erp", CANARY)
    return links.write(text.format(url=site.url))


def test_a_link_has_the_fields_that_its_connector_asks_for(site: Site, tmp_path: Path) -> None:
    around = linked(site, tmp_path)
    connector = connector_named("memory", around.config)
    fields = connector.fields(around)
    assert [(each.name, each.title, each.type, each.optional) for each in fields] == [
        ("Password", "Password", "password", False),
        ("Company", "Company", "choice", True),
        ("style", "How messages are wrapped", "choice", True),
    ]
    assert fields[1].choices == ["1", "2"]
    assert fields[1].help == "Which one 1: North; 2: South. Ask your administrator."
    assert site.answering.asked.count("WSSaveConnection") == 0


def test_a_link_of_the_configuration_is_tested_opened_and_used(site: Site, tmp_path: Path) -> None:
    around = linked(site, tmp_path)
    assert check_links(around.config) == []
    with pytest.raises(Refused, match="was never tested"):
        open_link("erp", around)
    steps = list(test_link("erp", settings_of("erp", around.config), around))
    assert [each.step for each in steps if each.ok] == ["settings", "configuration", "connection"]
    with closing(open_link("erp", around)) as link:
        made = link.writer("Customer").create({"NAME": "North", "EMAIL": "a@b.example"})
        assert [row["NAME"] for page in link.reading("Customer").pages() for row in page] == ["North"]
    assert made.outcome == "created"
    # The connector knows it by the same GUID from the test on, which nobody can guess.
    assert len(site.answering._connections) == 1
    with closing(open_link("erp", around)) as link:
        assert link.writer("Customer").find({"EMAIL": "A@b.example"}) == made.key
    assert len(site.answering._connections) == 1
    (guid,) = site.answering._connections
    assert around.redactor.redact(f"{guid} {CANARY}") == "[secret] [secret]"


@pytest.mark.parametrize(
    ("old", "new", "step", "words"),
    [
        ('Company = "2"', 'Company = "3"', "settings", "must be 1 or 2"),
        ('Company = "2"', 'Colour = "2"', "settings", "has no field 'Colour'"),
        ('"superoffice-sync"\nbase_url = "{url}"', '"superoffice-sync"', "settings", "needs the address"),
        ("{url}", "{url}?ConnectorName=Other", "settings", "There is no connector 'Other' here"),
    ],
)
def test_a_link_that_cannot_work_says_why(
    site: Site, tmp_path: Path, old: str, new: str, step: str, words: str
) -> None:
    assert old in CONNECTOR
    around = linked(site, tmp_path, CONNECTOR.replace(old, new))
    last = list(test_link("erp", settings_of("erp", around.config), around))[-1]
    assert (last.step, last.ok) == (step, False)
    assert words in last.message


def test_a_wrong_password_is_told_by_the_test(site: Site, tmp_path: Path) -> None:
    around = linked(site, tmp_path)
    Vault(around.config.data_dir).set("erp", "another")
    last = list(test_link("erp", settings_of("erp", around.config), around))[-1]
    assert (last.step, last.ok) == ("configuration", False)
    assert "The password is wrong" in last.message


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
    writer = link.writer("Customer")
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


def test_a_person_without_an_address_is_known_by_name_in_its_company(site: Site, link: Link) -> None:
    acme, other = (site.erp.put(Actor("Customer", values={"NAME": name})).key for name in ("ACME", "Other"))
    writer = link.writer("Person")
    ash = {"FIRSTNAME": "Ann", "LASTNAME": "Ash", "ParentErpKey": acme, "ParentActorType": "Customer"}
    first = writer.create(ash)
    assert (writer.create(ash).outcome, writer.find(ash)) == ("found", first.key)
    assert "WSSearchActorByParent" in site.answering.asked
    # Another company's, another's first name, and who belongs to nobody, are others.
    assert writer.create({**ash, "ParentErpKey": other}).outcome == "created"
    assert writer.create({**ash, "FIRSTNAME": "Abe"}).outcome == "created"
    assert writer.find({"FIRSTNAME": "Ann", "LASTNAME": "Ash"}) is None


def test_a_link_tells_fields_and_the_items_of_lists_and_reads_one_actor(site: Site, link: Link) -> None:
    members = link.members("Customer")
    assert list(members)[:2] == ["ErpKey", "ActorType"]
    assert (members["GROUP"], members["NAME"]) == ([("a", "Wholesale"), ("b", "Retail")], ())
    key = site.erp.put(Actor("Customer", values={"NAME": "ACME"})).key
    row = link.row("Customer", key, None)
    assert row is not None
    assert row["NAME"] == "ACME"
    assert link.row("Customer", "gone", None) is None


def test_nobody_guesses_which_of_several_is_meant(site: Site, link: Link) -> None:
    for key in ("K1", "K2"):
        site.erp.put(Actor("Customer", key, values={"NAME": key, "EMAIL": "a@b.example"}))
    with pytest.raises(CallFailed, match="has 2 actors of type Customer that fit this one by EMAIL") as caught:
        link.writer("Customer").create({"NAME": "K", "EMAIL": "A@b.example"})
    assert (caught.value.kind, caught.value.fits) == ("conflict", ("K1", "K2"))
    assert "K1 (K1, a@b.example) and K2 (K2, a@b.example)" in caught.value.message
    assert caught.value.discreet.endswith("fit this one by EMAIL: K1 and K2.")


def test_a_creation_whose_answer_got_lost_is_looked_for_before_it_is_sent_again(site: Site, link: Link) -> None:
    link.actor_types()
    writer = link.writer("Customer")
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
    link.actor_types()
    site.erp.put(Actor("Customer", "K1", values={"NAME": "North"}))
    writer = link.writer("Customer")
    site.answering.instead = [GONE]
    assert writer.update("K1", {"NAME": "South"}).key == "K1"
    assert site.answering.asked.count("WSSaveActors") == 2
    with pytest.raises(CallFailed, match="There is no Customer K9"):
        writer.update("K9", {"NAME": "South"})


def test_an_item_that_a_list_does_not_have_is_said_before_anything_is_sent(site: Site, link: Link) -> None:
    writer = link.writer("Customer")
    writer.create({"NAME": "A", "GROUP": "a"})
    writer.create({"NAME": "B", "GROUP": "a"})
    # One is asked for, and once.
    assert (site.answering.asked.count("WSGetListItems"), site.answering.asked.count("WSGetList")) == (1, 0)
    for refused in (
        lambda: writer.create({"NAME": "C", "GROUP": "zz"}),
        lambda: writer.request_for({"GROUP": "zz"} | {"NAME": "C"}),
    ):
        with pytest.raises(CallFailed, match="GROUP of a record of Customer has a value that is no item") as caught:
            refused()
        assert "zz" not in caught.value.message
    assert site.answering.asked.count("WSCreateActor") == 2


def test_what_cannot_be_written_is_said_before_anything_is_sent(site: Site, link: Link) -> None:
    writer = link.writer("Customer")
    asked = len(site.answering.asked)
    with pytest.raises(Refused, match="no field 'NAMES'") as refused:
        writer.create({"NAMES": "x"})
    assert "NAME" in refused.value.advice
    with pytest.raises(Refused, match="has no NAME"):
        writer.create({"EMAIL": "a@b.example"})
    with pytest.raises(CallFailed, match="CREDIT of a record of Customer cannot be written: it is no number"):
        writer.create({"NAME": "x", "CREDIT": "much"})
    with pytest.raises(Refused, match="no actors of type 'Customers'"):
        link.writer("Customers")
    shown = writer.request_for({"NAME": "x", "CREDIT": 1, "ParentErpKey": "7", "ParentActorType": "Partner"})
    assert shown.body == {
        "ActorType": "Customer",
        "ParentActorType": "Partner",
        "ParentErpKey": "7",
        "FieldValues": {"NAME": "x", "CREDIT": "[F:1]"},
    }
    assert [each for each in site.answering.asked[asked:] if each != "WSGetSupportedActorTypes"] == []
    assert CANARY not in str(shown)
