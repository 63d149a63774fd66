"""The definition of SuperOffice CRM against a server that behaves as the vendor's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from support.links.opening import open_superoffice
from support.links.rest_server import serving
from support.links.superoffice import SYSTEM_TOKEN, SuperOffice

from core.errors import PendelError
from core.links.faults import CallFailed
from core.links.reading import Reading
from core.links.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.links.rest_server import FakeClock

    from core.links.connection import Connection

STATE = "/api/state/Cust12345"
EMAIL = "email/emailAddress"


@pytest.fixture
def site(clock: FakeClock) -> Iterator[SuperOffice]:
    with serving(SuperOffice(clock)) as site:
        yield site


@pytest.fixture
def link(site: SuperOffice, tmp_path: Path) -> Iterator[Connection]:
    with open_superoffice(site, tmp_path) as connection:
        yield connection


def read(reading: Reading) -> list[dict[str, Any]]:
    return [row for page in reading.pages() for row in page]


def company(number: int) -> dict[str, Any]:
    return {
        "Name": f"C{number}",
        "Number2": str(number),
        "Emails": [{"Value": f"c{number}@x.no", "Description": "work"}],
        "Country": {"CountryId": 578, "Name": "Norway"},
        "UserDefinedFields": {"SuperOffice:1": "gold"},
        "Address": {"Postal": {"Address1": "Street 1", "City": "Oslo"}, "Street": {}},
    }


# Where the system is.


def test_the_home_is_looked_up_once_and_without_credentials(site: SuperOffice, link: Connection) -> None:
    for _ in range(3):
        link.test()
    [asked] = site.asked(STATE)
    assert "authorization" not in asked.headers
    assert len(site.asked("/Cust1/api/v1/Contact")) == 3


def test_trap_17_a_customer_that_moved_is_looked_up_again(site: SuperOffice, link: Connection) -> None:
    link.test()
    site.home = "Cust2"
    link.test()
    assert [asked.path for asked in site.log[-3:]] == ["/Cust1/api/v1/Contact", STATE, "/Cust2/api/v1/Contact"]
    link.test()
    assert len(site.asked(STATE)) == 2


def test_trap_17_a_move_between_two_pages_loses_nothing(site: SuperOffice, link: Connection) -> None:
    for number in range(1, 1201):
        site.save("Contact", number, company(number))
    rows: list[dict[str, Any]] = []
    for page in Reading(link, "customers").pages():
        rows += page
        site.home = "Cust2"
    assert [row["contactId"] for row in rows] == list(range(1, 1201))


def test_trap_17_what_writes_is_sent_again_for_it_was_not_taken(site: SuperOffice, link: Connection) -> None:
    link.test()
    site.home = "Cust2"
    Writer(link, "projects").create({"name": "P", "number": "1"})
    assert len(site.entities["Project"]) == 1


def test_trap_17_a_421_that_stays_ends_plainly(site: SuperOffice, link: Connection) -> None:
    site.misbehave("421", "/Cust1/*", times=99)
    with pytest.raises(CallFailed, match="421 Misdirected Request") as caught:
        link.test()
    assert caught.value.kind == "settings"
    assert len(site.asked("/Cust1/*")) == 2


def test_a_system_that_does_not_run_is_waited_for(site: SuperOffice, link: Connection, clock: FakeClock) -> None:
    site.running = False
    with pytest.raises(CallFailed, match="says that the system is not running now"):
        link.test()
    assert clock.waits == [60] * 4
    site.running = True
    link.test()


def test_a_home_of_somebody_else_is_not_followed(site: SuperOffice, link: Connection) -> None:
    site.api = "https://example.org/Cust1/api"
    with pytest.raises(CallFailed, match=r"leads to example\.org, where credentials do not belong"):
        link.test()
    assert len(site.log) == 1


# Reading.


def test_pages_are_followed_by_a_member_with_a_dot_in_its_name(site: SuperOffice, link: Connection) -> None:
    for number in range(1, 1002):
        site.save("Contact", number, company(number))
    rows = read(Reading(link, "customers"))
    assert len(rows) == 1001
    assert (rows[0]["name"], rows[0][EMAIL], rows[0]["postAddress/city"]) == ("C1", "c1@x.no", "Oslo")
    assert len(site.asked("/Cust1/api/v1/Contact")) == 3


def test_changes_are_asked_for_in_words_of_the_system(site: SuperOffice, link: Connection, clock: FakeClock) -> None:
    site.save("Person", 1, {"Lastname": "Early", "Emails": []})
    clock.forward(10 * 86_400)
    site.save("Person", 2, {"Lastname": "Late", "Emails": []})
    reading = Reading(link, "contacts")
    assert len(read(reading)) == 2
    # The same day is read again, for days are what is compared.
    assert [row["lastName"] for row in read(Reading(link, "contacts", since=reading.cursor))] == ["Late"]
    assert site.log[-1].query["$filter"].startswith("personUpdatedDate after '20")


def test_sales_and_lists(site: SuperOffice, link: Connection) -> None:
    site.sales = [{"saleId": each, "heading": f"S{each}", "updatedDate": "2026-11-29T10:00:00"} for each in range(3)]
    assert [row["heading"] for row in read(Reading(link, "opportunities"))] == ["S0", "S1", "S2"]
    assert len(read(Reading(link, "list_items", about={"list": "category"}))) == 2


# Writing.


def test_a_new_record_begins_as_the_system_says(site: SuperOffice, link: Connection) -> None:
    record = {"name": "O'Hara", EMAIL: "o'hara@x.no", "postAddress/city": "Oslo"}
    writer = Writer(link, "customers")
    assert [writer.create(record).key, writer.create(record).outcome] == ["1", "found"]
    entity = site.entities["Contact"][1]
    assert (entity["Emails"], entity["Country"]["CountryId"]) == ([{"Value": "o'hara@x.no"}], 826)
    assert entity["Address"]["Postal"] == {"Address1": "", "City": "Oslo"}


def test_an_update_is_the_whole_entity_with_what_changed_in_it(site: SuperOffice, link: Connection) -> None:
    site.save("Contact", 1, company(1))
    Writer(link, "customers").update("1", {"name": "New", EMAIL: "new@x.no", "postAddress/city": "Bergen"})
    entity = site.entities["Contact"][1]
    assert (entity["Name"], entity["UserDefinedFields"]) == ("New", {"SuperOffice:1": "gold"})
    assert entity["Emails"] == [{"Value": "new@x.no", "Description": "work"}]
    assert entity["Address"]["Postal"] == {"Address1": "Street 1", "City": "Bergen"}


@pytest.mark.parametrize("header", [True, False])
def test_what_another_changed_meanwhile_is_kept(
    site: SuperOffice, link: Connection, clock: FakeClock, header: bool
) -> None:
    site.tells_last_modified = header
    site.save("Contact", 1, company(1))
    changes = [{"Number2": "by another"}]

    def another() -> None:
        if changes:
            clock.forward(5)
            site.save("Contact", 1, {**site.entities["Contact"][1], **changes.pop()})

    site.before_put = another
    Writer(link, "customers").update("1", {"name": "New"})
    entity = site.entities["Contact"][1]
    assert (entity["Name"], entity["Number2"]) == ("New", "by another")
    assert len(site.asked("*/Contact/1", "PUT")) == 2


def test_one_who_is_always_faster_ends_in_a_conflict(site: SuperOffice, link: Connection, clock: FakeClock) -> None:
    site.save("Contact", 1, company(1))

    def another() -> None:
        clock.forward(5)
        site.save("Contact", 1, site.entities["Contact"][1])

    site.before_put = another
    with pytest.raises(CallFailed, match="412 Precondition Failed") as caught:
        Writer(link, "customers").update("1", {"name": "New"})
    assert caught.value.kind == "conflict"
    assert len(site.asked("*/Contact/1", "PUT")) == 3


def test_trap_12_a_company_whose_answer_was_lost_is_looked_for(site: SuperOffice, link: Connection) -> None:
    site.misbehave("lost", "*/Contact", method="POST")
    assert Writer(link, "customers").create({"name": "ACME", EMAIL: "a@x.no"}).key == "1"
    assert len(site.entities["Contact"]) == 1


def test_the_key_of_another_system_is_kept_with_the_record(site: SuperOffice, link: Connection) -> None:
    writer = Writer(link, "foreign_keys")
    record = {"Key": "customer", "Value": "25/7", "RecordId": 1, "TableName": "contact"}
    assert [writer.create(record).outcome, writer.create(record).outcome] == ["created", "found"]
    about = {"key": "customer", "table": "contact", "key_value": "25/7"}
    assert [row["RecordId"] for row in read(Reading(link, "foreign_keys", about=about))] == [1]
    assert len(site.keys) == 1


def test_a_refresh_token_stays(site: SuperOffice, link: Connection, clock: FakeClock) -> None:
    for _ in range(3):
        clock.forward(3600)
        link.test()
    assert len({asked.form["refresh_token"] for asked in site.asked("/login/*")}) == 1


# The system user.


@pytest.fixture(scope="module")
def keys() -> tuple[RSAPrivateKey, RSAPrivateKey]:
    """Those of the application and of SuperOffice."""
    return generate_private_key(65537, 2048), generate_private_key(65537, 2048)


@pytest.fixture
def system_user(site: SuperOffice, keys: tuple[RSAPrivateKey, RSAPrivateKey], tmp_path: Path) -> dict[str, str]:
    """The fields of a link of it."""
    application, superoffice = keys
    site.application, site.key = application.public_key(), superoffice
    certificate = tmp_path / "superoffice.pem"
    certificate.write_bytes(superoffice.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    pem = application.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    fields = {"sign_in": "system_user", "system_token": SYSTEM_TOKEN, "private_key": pem}
    return {**fields, "certificate": str(certificate)}


AUTHENTICATE = "/Login/api/PartnerSystemUser/Authenticate"


def test_a_system_user_signs_in_without_a_person(
    site: SuperOffice, system_user: dict[str, str], tmp_path: Path, clock: FakeClock
) -> None:
    with open_superoffice(site, tmp_path, values=system_user) as link:
        for _ in range(4):
            link.test()
            # A ticket is good for six hours after its last use.
            clock.forward(5 * 3600)
        assert site.tickets == 1
        clock.forward(3600)
        link.test()
        assert site.tickets == 2
        site.ticket = "withdrawn"
        link.test()
        assert site.tickets == 3
        assert link._redactor.redact("ticket 7T:3") == "ticket [secret]"
    assert "authorization" not in site.asked(AUTHENTICATE)[0].headers


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"system_token": "another"}, r"gives the system user no ticket: The system user is not known\."),
        ({"private_key": "no key"}, "The key of the application for SuperOffice cannot be used"),
        (
            {"certificate": "/nowhere/x.pem"},
            r"The certificate of SuperOffice in /nowhere/x\.pem cannot be read: no such",
        ),
    ],
)
def test_a_system_user_that_gets_no_ticket_is_told_why(
    site: SuperOffice, system_user: dict[str, str], tmp_path: Path, change: dict[str, str], words: str
) -> None:
    with (
        open_superoffice(site, tmp_path, values=system_user | change) as link,
        pytest.raises(PendelError, match=words) as caught,
    ):
        link.test()
    assert "BEGIN" not in str(caught.value)
