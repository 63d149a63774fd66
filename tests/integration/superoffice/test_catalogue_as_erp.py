"""The catalogue as the ERP of a SuperOffice: what it shows, how it is searched, and what becomes of what is written."""

from __future__ import annotations

import base64
import datetime as dt
import ssl
import threading
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from support.erp_desk import ACTORS, BASE, SECRET, VARIABLE, erp_desk

from core.config.superoffice import SUPEROFFICE_ID
from core.demo.credentials import write_certificate
from core.engine.engine import Engine
from core.engine.workspace import utc_now
from core.errors import PendelError
from core.links.faults import CallFailed
from core.links.model.writes import LookUp
from core.links.superoffice.contract import Access, Actor, FieldType, Restriction, State
from core.links.superoffice.documents import local, parsed, text
from core.runs import RunState, Trigger
from core.store.catalogue import record_history
from core.store.journal import Journal
from core.store.journal.runs import NewRun
from core.tasks.superoffice import change

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.erp_desk import ErpDesk

    from core.links.superoffice.link import Link


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ErpDesk]:
    with erp_desk(tmp_path) as found:
        yield found


@pytest.fixture
def link(desk: ErpDesk) -> Iterator[Link]:
    with desk.link() as found:
        yield found


def log_of(directory: Path) -> str:
    """Return the log of an engine that has ended."""
    [file] = directory.rglob("pendel.log")
    return file.read_text(encoding="utf-8")


def made(link: Link, kind: str, **values: Any) -> str:
    parent = values.pop("parent", None)
    own = {} if parent is None else {"ParentActorType": "Customer", "ParentErpKey": parent}
    return link.writer(kind, look_up=LookUp(match=[])).create(values | own).key


def found(link: Link, kind: str, field: str, operator: str, *values: str) -> list[str]:
    given = Restriction(field, operator, values) if len(values) != 1 else Restriction(field, operator, scalar=values[0])
    return [row["ErpKey"] for row in link.search_where(kind, [given])]


def test_who_does_not_know_the_secret_learns_nothing(desk: ErpDesk, caplog: pytest.LogCaptureFixture) -> None:
    with desk.client(info={"Password": SECRET[:-1]}) as client:
        assert [each.type for each in client.ask("WSGetConfigData").fields] == [FieldType.Password]
        for operation in ("WSTestConfigData", "WSSaveConnection", "WSGetSupportedActorTypes"):
            with pytest.raises(CallFailed, match="The password is not the one of this Pendel"):
                client.ask(operation)
    assert "may not connect" in caplog.text
    assert SECRET not in caplog.text


def test_a_secret_that_is_missing_is_told_to_who_runs_pendel_and_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE)
    with erp_desk(tmp_path) as desk, desk.client() as client:
        with pytest.raises(CallFailed, match="cannot look at the password: its own is missing") as caught:
            client.ask("WSTestConfigData")
        assert VARIABLE not in caught.value.message
        # It is looked up whenever somebody connects.
        monkeypatch.setenv(VARIABLE, SECRET)
        assert client.ask("WSTestConfigData").ok
    assert "SuperOffice cannot connect to this Pendel yet" in log_of(tmp_path)
    assert VARIABLE in log_of(tmp_path)


def test_actor_types_and_fields_are_those_of_the_configuration(link: Link) -> None:
    assert list(link.actor_types()) == ["Customer", "Person", "Project"]
    customer = link.fields("Customer")
    assert list(customer)[:2] == ["NUMBER1", "NAME"]
    assert {"STREETAD1", "STREETZIP", "STREETCITY", "COUNTRY", "EMAIL", "PHONE", "URL", "VATNO"} < customer.keys()
    assert (customer["NUMBER1"].access, customer["NAME"].access) == (Access.ReadOnly, Access.Normal)
    assert customer["ACTIVE"].type is FieldType.Checkbox
    assert sorted({each.rank for each in customer.values()}) == list(range(1, len(customer) + 1))
    assert {"NUMBER", "FIRSTNAME", "LASTNAME", "POSITION", "PHONE_MOBILE"} < link.fields("Person").keys()
    # To whom a person belongs is no field.
    assert "ORGANISATION" not in link.fields("Person")
    visit = link.fields("Project")
    assert (visit["HOST"].type, visit["HOST"].list_name) == (FieldType.List, "contact")
    assert (visit["COST"].type, visit["AT"].type) == (FieldType.Double, FieldType.Datetime)


def test_what_is_created_and_saved_is_in_the_catalogue_with_the_run_that_did_it(desk: ErpDesk, link: Link) -> None:
    number = made(link, "Customer", NAME="Bäcker", EMAIL="a@b.example", ACTIVE=True)
    assert number == "SO1"
    assert made(link, "Customer", NAME="Second") == "SO2"
    link.writer("Customer").update("SO1", {"EMAIL": "new@b.example", "PHONE": "1"})
    (row,) = link.get("Customer", ["SO1"])
    assert (row["NAME"], row["EMAIL"], row["PHONE"], row["ACTIVE"]) == ("Bäcker", "new@b.example", "1", True)
    journal = desk.engine.workspace.journal
    first, _, third = sorted(journal.runs.latest(SUPEROFFICE_ID), key=lambda each: each.id)
    assert [first.state, first.counts.new, third.counts.changed] == [RunState.SUCCEEDED, 1, 1]
    assert first.requested_by == "SuperOffice (127.0.0.1)"
    entity = desk.engine.workspace.config.entities["organisation"]
    with desk.engine.workspace.catalogue.session() as session:
        history = record_history(session, entity, "crm", ["SO1"])
    assert [(each.run, each.action) for each in history] == [(first.id, "new"), (third.id, "changed")]
    # It can be put back as any change can.
    desk.live.ended(desk.live.gate.revert_run(third.id))
    (row,) = link.get("Customer", ["SO1"])
    assert (row["EMAIL"], row["PHONE"]) == ("a@b.example", None)


def test_nothing_of_a_person_is_kept_but_in_the_catalogue(desk: ErpDesk, link: Link, tmp_path: Path) -> None:
    name = "Canaria-Person"
    made(link, "Person", LASTNAME=name)
    with pytest.raises(CallFailed):
        link.client.ask("WSSaveActors", actors=[Actor("Person", "gone", values={"LASTNAME": name})])
    assert link.search("Person", name)
    data = tmp_path / "data"
    kept = [path for path in data.rglob("*") if path.is_file() and name.encode() in path.read_bytes()]
    assert {path.name.partition(".")[0] for path in kept} <= {"catalogue"}
    assert not list((data / "spool").glob("superoffice-*"))
    secrets = [path for path in data.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert secrets == []


def test_persons_belong_to_organisations(link: Link) -> None:
    north, south = made(link, "Customer", NAME="North"), made(link, "Customer", NAME="South")
    ida = made(link, "Person", LASTNAME="Ida", parent=north)
    (row,) = link.get("Person", [ida])
    assert (row["ParentActorType"], row["ParentErpKey"]) == ("Customer", north)
    assert [each["ErpKey"] for each in link.search("Person", "", parent=("Customer", north))] == [ida]
    assert link.search("Person", "", parent=("Customer", south)) == []
    assert link.search("Person", "", parent=("Supplier", north)) == []
    assert found(link, "Person", "ParentErpKey", "=", north) == [ida]
    assert found(link, "Person", "ParentActorType", "=", "Customer") == [ida]
    assert found(link, "Person", "ParentActorType", "=", "Partner") == []
    with pytest.raises(CallFailed, match="SO2: There is no organisation with this number"):
        made(link, "Person", LASTNAME="Lost", parent="nobody")


def test_a_record_that_cannot_be_kept_does_not_stop_the_others(desk: ErpDesk, link: Link) -> None:
    link.actor_types()
    one, two = made(link, "Project", COST=1), made(link, "Project", COST=2)
    answer = link.client.ask(
        "WSSaveActors",
        actors=[
            Actor("Project", one, values={"COST": "[F:12345.678]"}),
            Actor("Project", two, values={"COST": "much"}),
            Actor("Project", "V9", values={"COST": "[F:1]"}),
            Actor("Project", one + "x", values={"COLOUR": "red"}),
        ],
    )
    assert answer.state is State.Warning
    assert [(each.key, each.values) for each in answer.actors] == [(one, {"COST": "[F:12345.68]"})]
    for words in ("'much'", "no project 'V9'", f"'{one}x'"):
        assert words in answer.explanation
    with pytest.raises(CallFailed, match="There is no project 'V9'"):
        link.client.ask("WSSaveActors", actors=[Actor("Project", "V9", values={"COST": "[F:1]"})])
    with pytest.raises(CallFailed, match="UNKOWN_FIELDKEY"):
        link.client.ask("WSCreateActor", actor=Actor("Project", values={"COLOUR": "red"}))
    with pytest.raises(CallFailed, match="cannot get another number"):
        link.client.ask("WSSaveActors", actors=[Actor("Project", one, values={"NUMBER": "V7"})])


def test_a_number_that_is_given_is_taken_and_is_nobody_elses(link: Link) -> None:
    assert made(link, "Customer", NUMBER1="K-7", NAME="Given") == "K-7"
    with pytest.raises(CallFailed, match="There is a customer with the number K-7 already"):
        made(link, "Customer", NUMBER1="K-7", NAME="Again")


def test_times_are_those_of_the_engines_clock(desk: ErpDesk, link: Link) -> None:
    at = dt.datetime.fromisoformat("2024-07-01T12:30:15.250000")
    key = made(link, "Project", AT=at, DAY=dt.date(2024, 2, 29), PEOPLE=3, DONE=False, COST=Decimal("-1.5"))
    (row,) = link.get("Project", [key])
    assert (row["AT"], row["DAY"], row["PEOPLE"], row["DONE"], row["COST"]) == (
        at,
        dt.datetime.fromisoformat("2024-02-29"),
        3,
        False,
        Decimal("-1.50"),
    )
    with desk.engine.workspace.catalogue.session() as session:
        kept = session.execute('SELECT "at" FROM entity.visit').fetchone()
    # Summer time in Amsterdam: two hours ahead of UTC.
    assert kept == (at - dt.timedelta(hours=2),)


def test_every_operator_of_a_search_does_what_it_says(link: Link) -> None:
    noon = dt.datetime.fromisoformat("2024-05-01T12:00:30")
    organisation = made(link, "Customer", NAME="North")
    a = made(link, "Project", AT=noon, DAY=dt.date(2024, 5, 1), COST=Decimal("1.5"), PEOPLE=1, DONE=True)
    b = made(link, "Project", AT=noon + dt.timedelta(hours=1), COST=Decimal("2.5"), PEOPLE=2, DONE=False)
    c = made(link, "Project")
    assert organisation == "SO1"
    for field, operator, values, expected in (
        ("COST", "=", ["[F:1.5]"], [a]),
        ("COST", ">", ["1.5"], [b]),
        ("COST", "<", ["[F:2.5]"], [a]),
        ("COST", ">=", ["[F:1.50]"], [a, b]),
        ("COST", "<=", ["[F:2.5]"], [a, b]),
        ("COST", "!=", ["[F:2.5]"], [a, c]),
        ("COST", "between", ["[F:1]", "[F:2]"], [a]),
        ("PEOPLE", "=", ["[I:2]"], [b]),
        ("PEOPLE", "between", ["[I:1]", "[I:2]"], [a, b]),
        ("DONE", "=", ["[I:1]"], [a]),
        ("DONE", "=", ["[I:0]"], [b]),
        # To the minute.
        ("AT", "=", ["[DT:05/01/2024 12:00:00.0000000]"], [a]),
        ("AT", "before", ["[DT:05/01/2024 13:00:59.0000000]"], [a]),
        ("AT", "after", ["[DT:05/01/2024 12:00:00.0000000]"], [b]),
        ("AT", "beforeOrEqual", ["[DT:05/01/2024 13:00:00.0000000]"], [a, b]),
        ("AT", "afterOrEqual", ["[DT:05/01/2024 13:00:00.0000000]"], [b]),
        ("AT", "between", ["[DT:05/01/2024 11:00:00]", "[DT:05/01/2024 12:30:00]"], [a]),
        ("DAY", "=", ["[DT:05/01/2024 00:00:00.0000000]"], [a]),
    ):
        assert found(link, "Project", field, operator, *values) == expected, (field, operator)
    names = {each: made(link, "Customer", NAME=each) for each in ("Alpha Bank", "beta bank", "Gamma")}
    one, two, three = names.values()
    for operator, values, expected in (
        ("=", ["ALPHA bank"], [one]),
        ("begins", ["BETA"], [two]),
        ("contains", ["A B"], [one, two]),
        ("ends", ["bank"], [one, two]),
        ("notbegins", ["alpha"], [organisation, two, three]),
        ("notcontains", ["bank"], [organisation, three]),
        ("notends", ["A"], [organisation, one, two]),
        ("isnot", ["gamma"], [organisation, one, two]),
        ("between", ["alpha", "beta z"], [one, two]),
    ):
        assert found(link, "Customer", "name", operator, *values) == expected, operator


def test_searches_by_lists_and_words(link: Link) -> None:
    host = made(link, "Person", FIRSTNAME="Ida", LASTNAME="Host")
    visit, other = made(link, "Project", HOST=host), made(link, "Project")
    assert found(link, "Project", "HOST", "oneof", host, "x") == [visit]
    assert found(link, "Project", "HOST", "notoneof", host, "x") == [other]
    assert [row["ErpKey"] for row in link.search("Person", "ida HOST")] == [host]
    assert link.search("Person", "ida nobody") == []
    assert link.list_items("contact") == {host: "Ida Host"}
    assert link.list_items("contact", ["x", host]) == {host: "Ida Host"}
    with pytest.raises(CallFailed, match="UNKOWN_LISTITEM_ID"):
        link.list_items("secrets")


@pytest.mark.parametrize(
    ("field", "operator", "values", "words"),
    [
        ("COST", "contains", ["1"], "cannot be searched by 'contains'"),
        ("COST", "=", ["much"], "no number"),
        ("COST", "between", ["1"], "needs two values"),
        ("COST", "=", [""], "needs a value"),
        ("AT", "=", ["[DT:31/12/2024]"], "no moment"),
        ("COLOUR", "=", ["red"], "UNKOWN_FIELDKEY"),
    ],
)
def test_what_cannot_be_searched_is_said(link: Link, field: str, operator: str, values: list[str], words: str) -> None:
    with pytest.raises(CallFailed, match=words):
        found(link, "Project", field, operator, *values)


def test_changes_are_told_from_a_mark_on_and_none_is_missed(desk: ErpDesk, link: Link) -> None:
    for number in range(5):
        made(link, "Customer", NAME=f"No {number}")
    walk = link.reading("Customer")
    rows = [row for page in walk.pages() for row in page]
    assert [row["NAME"] for row in rows] == [f"No {number}" for number in range(5)]
    link.writer("Customer").update("SO2", {"NAME": "Other"})
    again = link.reading("Customer", since=walk.cursor)
    # The last one comes again: a mark is inclusive.
    assert [row["ErpKey"] for page in again.pages() for row in page] == ["SO5", "SO2"]
    assert again.cursor > walk.cursor
    with pytest.raises(CallFailed, match="is no moment of this connector"):
        list(link.reading("Customer", since="yesterday").pages())


def test_an_actor_type_that_is_only_read_is_not_written(tmp_path: Path) -> None:
    text = (
        BASE + '[superoffice.actors.Customer]\nentity = "organisation"\nwrite = false\n'
        'fields = { ID = "number", NAME = "name" }\n'
    )
    with erp_desk(tmp_path, text=text) as desk, desk.link() as link:
        assert [(key, each.access) for key, each in link.fields("Customer").items()] == [
            ("ID", Access.ReadOnly),
            ("NAME", Access.ReadOnly),
        ]
        with pytest.raises(CallFailed, match="are not written by SuperOffice"):
            made(link, "Customer", NAME="x")


def test_a_restart_asks_for_the_connection_again_and_goes_on(tmp_path: Path) -> None:
    with erp_desk(tmp_path) as desk, desk.link() as link:
        number = made(link, "Customer", NAME="North")
    with erp_desk(tmp_path) as desk, desk.link() as link:
        assert [row["NAME"] for row in link.get("Customer", [number])] == ["North"]


def test_changes_at_the_same_time_take_turns(desk: ErpDesk, link: Link) -> None:
    keys: list[str] = []
    link.actor_types()

    def make(number: int) -> None:
        answer = link.client.ask("WSCreateActor", actor=Actor("Customer", values={"NAME": f"No {number}"}))
        assert answer.actor is not None
        keys.append(answer.actor.key)

    threads = [threading.Thread(target=make, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(keys) == [f"SO{number}" for number in range(1, 7)]


def test_a_change_that_cannot_be_made_in_time_is_withdrawn(tmp_path: Path) -> None:
    with erp_desk(tmp_path, patience=0.2) as desk, desk.link() as link:
        link.actor_types()
        # No run may start, as where others take their time.
        desk.engine.dispatcher.resize(0)
        with pytest.raises(CallFailed, match="other things to do first"):
            link.client.ask("WSCreateActor", actor=Actor("Customer", values={"NAME": "North"}))
        desk.engine.dispatcher.resize(1)
        assert link.search("Customer", "North") == []
        (row,) = desk.engine.workspace.journal.runs.latest(SUPEROFFICE_ID)
        assert row.state is RunState.STOPPED
        assert not list((tmp_path / "data" / "spool").glob("superoffice-*"))


def test_a_change_that_was_interrupted_is_made_by_the_next_engine(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(BASE + ACTORS, encoding="utf-8")
    record = change.Written("", {"name": "North", "active": "true"})
    name = change.put(change.Change("Customer", new=True, records=[record]), tmp_path / "data" / "spool")
    journal = Journal(tmp_path / "data" / "journal.sqlite")
    asked = NewRun(SUPEROFFICE_ID, "superoffice", Trigger.MANUAL, "SuperOffice", options={"change": name})
    (run,) = journal.runs.queue([asked], at=utc_now())
    journal.runs.start(run, at=utc_now())
    # So far it had come: its key was given, and nothing else.
    journal.runs.set_checkpoint(run, {"keys": ["SO7"]})
    journal.close()
    engine = Engine(config)
    try:
        engine.start(plan=False)
        assert engine.dispatcher.wait([run], timeout=60)
        row = engine.workspace.journal.runs.get(run)
        assert row is not None
        assert (row.state, row.counts.new, row.details["keys"]) == (RunState.SUCCEEDED, 1, ["SO7"])
        assert not list((tmp_path / "data" / "spool").glob("superoffice-*"))
    finally:
        engine.shutdown(stop_runs=True)


def test_its_task_is_not_started_by_hand(desk: ErpDesk) -> None:
    row = desk.live.ended(desk.live.start(SUPEROFFICE_ID))
    assert row.state is RunState.FAILED
    assert "SuperOffice itself starts these runs" in row.message


def test_an_address_that_is_taken_stops_no_engine(
    desk: ErpDesk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = tmp_path / "second"
    elsewhere.mkdir()
    text = (BASE + ACTORS).replace("127.0.0.1:0", f"127.0.0.1:{desk.connector.port}")
    with erp_desk(elsewhere, text=text) as second:
        assert second.connector.port == 0
        assert "cannot listen at" in caplog.text
        desk.connector.close()
        second.connector.open()
        assert second.connector.port


def test_an_engine_listens_while_it_plans(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(BASE + ACTORS, encoding="utf-8")
    engine = Engine(config)
    try:
        engine.start()
        connector = engine._superoffice
        assert connector is not None
        assert connector.port
        config.write_text(BASE.partition("[superoffice]")[0], encoding="utf-8")
        engine.reload()
        assert connector.port == 0
    finally:
        engine.shutdown(stop_runs=True)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (("127.0.0.1:0", "0.0.0.0:8425"), "beyond this machine"),
        (("127.0.0.1:0", "erp.example.org:1"), "an address of this machine and a port"),
        (("127.0.0.1:0", "127.0.0.1:99999"), "an address of this machine and a port"),
        (('entity = "visit"', 'entity = "order_line"'), "known by one key"),
        (('entity = "visit"', 'entity = "visits"'), "there is no such entity"),
        (('entity = "visit"', 'entity = "organisation"\nassortment = "crm"'), "seen as Customer already"),
        (('entity = "visit"', 'entity = "visit"\nfields = { COST = "costs" }'), "no such field"),
        (('entity = "visit"', 'entity = "visit"\nfields = { COST = "cost" }'), "the key of the entity is missing"),
        (("[superoffice]", '[superoffice]\ncertificate = "x"'), "go together"),
        (("actors.Project", "actors.Sale"), "Customer"),
        ((ACTORS, ""), "SuperOffice would see nothing"),
    ],
)
def test_settings_that_do_not_fit_are_named(tmp_path: Path, changed: tuple[str, str], words: str) -> None:
    from core.config.load import load

    config = tmp_path / "config.toml"
    text = BASE + ACTORS
    assert changed[0] in text
    config.write_text(text.replace(*changed), encoding="utf-8")
    with pytest.raises(PendelError) as caught:
        load(config)
    assert words in str(caught.value)


class Online:
    """What a connector for SuperOffice Online has: a certificate, the key of an application, and SuperOffice's own."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.certificate, certificate_key = write_certificate(directory / "tls")
        self.application, self.superoffice = (rsa.generate_private_key(65537, 2048) for _ in range(2))
        self.superoffice_file = directory / "superoffice.pem"
        self.superoffice_file.write_bytes(
            self.superoffice.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )
        pem = self.application.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        monkeypatch.setenv("PENDEL_TEST_APPLICATION", pem.decode())
        self.text = f"""{BASE}
certificate = "{self.certificate}"
certificate_key = "{certificate_key}"
[superoffice.online]
application = "0a1b2c"
key = {{ env = "PENDEL_TEST_APPLICATION" }}
certificate = "superoffice.pem"
{ACTORS}"""


def test_beyond_this_machine_it_speaks_https_and_says_who_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    online = Online(tmp_path, monkeypatch)
    in_five_minutes = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=5)
    claims = {"aud": "spn:0a1b2c", "nonce": "N0NCE", "exp": in_five_minutes}
    token = jwt.encode(claims, online.superoffice, algorithm="RS256")
    asked = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><Authenticate xmlns="urn:a"><request>'
        f"<SignedToken>{token}</SignedToken></request></Authenticate></e:Body></e:Envelope>"
    )
    with erp_desk(tmp_path, text=online.text) as desk:
        trusted = ssl.create_default_context(cafile=str(online.certificate))
        address = desk.url.replace("http://", "https://")
        with httpx.Client(verify=trusted, headers={"Content-Type": "text/xml"}) as http:
            answer = parsed(http.post(address, content=asked.encode()).content)
            described = http.get(f"{address}?wsdl").text
        with pytest.raises(httpx.TransportError):
            httpx.get(desk.url)
    assert f'location="{address}"' in described
    told = {local(each): text(each) for each in answer.iter() if not len(each)}
    assert told["Succeeded"] == "true"
    nonce, minute, signature = told["SignedApplicationToken"].split(".")
    online.application.public_key().verify(
        base64.b64decode(signature), f"{nonce}.{minute}".encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    assert nonce == "N0NCE"


@pytest.mark.parametrize("broken", ["certificate", "superoffice", "application"])
def test_what_it_needs_and_cannot_use_is_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    online = Online(tmp_path, monkeypatch)
    if broken == "application":
        monkeypatch.setenv("PENDEL_TEST_APPLICATION", "canary words that are no key")
    else:
        (online.certificate if broken == "certificate" else online.superoffice_file).write_text("nothing")
    with erp_desk(tmp_path, text=online.text) as desk:
        assert desk.connector.port == 0
    assert "SuperOffice cannot ask this Pendel" in log_of(tmp_path)
    assert "canary" not in log_of(tmp_path)
