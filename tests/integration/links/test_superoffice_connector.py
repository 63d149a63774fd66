"""Pendel's client and Pendel's connector for SuperOffice: all operations, in each wrapping, and what can go wrong."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from support.links.memory_erp import CANARY, FIELDS, GUID, INFO, NAME, connector_site

from core.demo.credentials import write_certificate
from core.errors import ConnectionFailed, Refused
from core.links.faults import CallFailed
from core.links.superoffice.answering import Answer
from core.links.superoffice.contract import (
    EMPTY_GUID,
    OPERATIONS,
    UNKNOWN_CONNECTION,
    UNKNOWN_FIELD,
    Actor,
    Response,
    Restriction,
    State,
)
from core.links.superoffice.describing import description
from core.links.superoffice.documents import local, parsed, text
from core.links.superoffice.messages import written_fault, written_response
from core.links.superoffice.server import LARGEST_REQUEST, PATH, Limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from support.links.memory_erp import Site

    from core.links.superoffice.client import Client
    from core.links.superoffice.contract import FieldInfo

RECONSTRUCTED = Path(__file__).parents[3].parent / "shared/apis/superoffice/erpconnector.reconstructed.wsdl"
PAGE = b"<!DOCTYPE html><html><body>Sign in</body></html>"
ALL_FIELDS = [each.key for each in FIELDS]


@pytest.fixture
def site() -> Iterator[Site]:
    with connector_site() as found:
        yield found


@pytest.fixture(params=["auto", "wrapped", "bare"])
def client(site: Site, request: pytest.FixtureRequest) -> Iterator[Client]:
    with site.client(style=request.param) as found:
        yield found


def test_all_seventeen_operations_go_there_and_back_in_each_wrapping(client: Client, site: Site) -> None:
    ask = client.ask
    assert [each.key for each in ask("WSGetConfigData").fields] == ["Company", "Password", "Hint"]
    assert ask("WSTestConfigData").ok
    assert ask("WSSaveConnection").ok
    assert ask("WSTestConnection").ok
    assert list(ask("WSGetSupportedActorTypes").items) == ["Customer", "Person"]
    assert tuple(ask("WSGetSupportedActorTypeFields", actor_type="Customer").fields) == FIELDS
    assert list(ask("WSGetSearchableFields", actor_type="Customer").items) == ["NUMBER1", "NAME", "EMAIL"]

    made = ask("WSCreateActor", actor=Actor("Customer", values={"NAME": 'Bäcker & "Söhne" <2>', "CREDIT": ""})).actor
    assert made is not None
    assert made.values == {"NAME": 'Bäcker & "Söhne" <2>', "CREDIT": ""}
    child = ask(
        "WSCreateActor", actor=Actor("Person", values={"NAME": "Ida"}, parent_type="Customer", parent_key=made.key)
    )
    saved = ask("WSSaveActors", actors=[replace(made, values={"CREDIT": "[F:12.5]"}), Actor("Customer", "none")])
    assert (saved.state, [each.key for each in saved.actors]) == (State.Warning, [made.key])
    assert "There is no Customer none." in saved.explanation

    (got,) = ask("WSGetActors", actor_type="Customer", keys=[made.key, "none"], field_keys=ALL_FIELDS).actors
    assert got.values == {"NAME": 'Bäcker & "Söhne" <2>', "CREDIT": "[F:12.5]"}
    (found,) = ask("WSSearchActors", actor_type="Customer", text="söhne", field_keys=ALL_FIELDS).actors
    assert found == got
    by_name = [Restriction("NAME", "=", scalar="ida")]
    (found,) = ask("WSSearchActorsAdvanced", actor_type="Person", restrictions=by_name, field_keys=ALL_FIELDS).actors
    assert found == child.actor
    below: dict[str, Any] = {"actor_type": "Person", "text": "", "parent_type": "Customer", "field_keys": ALL_FIELDS}
    assert ask("WSSearchActorByParent", **below, parent_key=made.key).actors == [child.actor]
    assert ask("WSSearchActorByParent", **below, parent_key="other").actors == []
    assert ask("WSGetActorsByTimestamp", actor_type="Customer", since=made.modified, field_keys=ALL_FIELDS).actors == [
        got
    ]

    assert ask("WSGetList", list_name="groups").list_items == {"a": "Wholesale", "b": "Retail"}
    assert ask("WSGetListItems", list_name="groups", item_keys=["b"]).list_items == {"b": "Retail"}
    assert ask("WSDeleteConnection").ok
    assert set(site.answering.asked) == set(OPERATIONS)


def test_the_description_decides_how_a_body_is_wrapped(site: Site) -> None:
    with site.client() as client:
        client.ask("WSGetList", list_name="groups")
    assert b"<request" in site.answering.contents[-1] or b":request" in site.answering.contents[-1]
    with site.client(style="bare") as client:
        client.ask("WSGetList", list_name="groups")
    assert b"GetListRequestWS" in site.answering.contents[-1]


def test_trap_16_a_connection_that_the_connector_lost_is_saved_again_and_the_call_repeated_once(
    site: Site, client: Client
) -> None:
    client.ask("WSSaveConnection")
    site.answering.forget()
    site.answering.asked.clear()
    assert client.ask("WSGetList", list_name="groups").list_items
    assert site.answering.asked == ["WSGetList", "WSSaveConnection", "WSGetList"]


def test_trap_16_a_connection_is_saved_again_once_only(site: Site) -> None:
    operation = OPERATIONS["WSGetList"]
    unknown = Response(ok=False, state=State.Error, explanation="Never heard of it", code=UNKNOWN_CONNECTION)
    reply = Answer(200, written_response(operation, unknown, "wrapped"))
    site.answering.instead = [reply, None, reply]
    with site.client(style="wrapped") as client, pytest.raises(CallFailed, match="Never heard of it") as caught:
        client.ask("WSGetList", list_name="groups")
    assert caught.value.kind == "settings"
    assert site.answering.asked == ["WSGetList", "WSSaveConnection", "WSGetList"]


def test_what_a_connector_refuses_is_told_in_its_words_and_without_a_password(site: Site, client: Client) -> None:
    with pytest.raises(
        CallFailed, match=r"refuses WSGetActors \(UNKOWN_FIELDKEY\): There is no field COLOUR"
    ) as caught:
        client.ask("WSGetActors", actor_type="Customer", keys=["1"], field_keys=["COLOUR"])
    assert (caught.value.kind, caught.value.code) == ("settings", UNKNOWN_FIELD)
    says = Response(ok=False, state=State.Error, explanation=f"No: {CANARY}", technical="SQL 17")
    site.answering.instead = [Answer(200, written_response(OPERATIONS["WSTestConfigData"], says, "wrapped"))]
    with pytest.raises(CallFailed, match="SQL 17") as caught:
        client.ask("WSTestConfigData")
    assert CANARY not in str(caught.value)
    with pytest.raises(CallFailed, match="The password is wrong"):
        client.ask("WSTestConfigData", connection_info={"Password": "no"})


@pytest.mark.parametrize(
    ("instead", "words", "kind"),
    [
        (Answer(200, PAGE), "answers 200 with a web page", "settings"),
        (Answer(404, PAGE), "answers 404 with a web page", "gone"),
        (Answer(302, b""), "leads on to another address", "settings"),
        (Answer(401, b""), "answers 401", "sign_in"),
        (Answer(200, b"<a/>"), "it is no SOAP envelope", "settings"),
        (Answer(200, b"<a"), "no well-formed XML", "settings"),
        (Answer(200, written_fault("Client", "I do not understand")), "I do not understand", "settings"),
        (Answer(500, written_fault("Client", "I do not understand")), "I do not understand", "settings"),
        (Answer(500, written_fault("Server", "Out of order")), "Out of order", "retry"),
        (Answer(503, b""), "answers 503", "retry"),
    ],
)
def test_what_is_no_answer_is_told_in_a_sentence(site: Site, instead: Answer, words: str, kind: str) -> None:
    site.answering.instead = [instead] * 5
    with site.client(style="wrapped") as client, pytest.raises(CallFailed, match=words) as caught:
        client.ask("WSGetConfigData")
    assert caught.value.kind == kind
    assert len(site.answering.asked) == (5 if kind == "retry" else 1)


def test_a_creation_without_an_answer_that_can_be_read_is_unclear_and_not_repeated(site: Site) -> None:
    with site.client(style="wrapped") as client:
        client.ask("WSSaveConnection")
        for instead in (Answer(200, b"<a"), Answer(500, written_fault("Server", "Oops")), Answer(503, b"")):
            site.answering.instead = [instead]
            site.answering.asked.clear()
            with pytest.raises(CallFailed) as caught:
                client.ask("WSCreateActor", actor=Actor("Customer", values={"NAME": "One"}))
            assert caught.value.kind == "unclear"
            assert site.answering.asked == ["WSCreateActor"]


def test_nobody_there_is_told_as_that(site: Site) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with site.client(address=f"http://127.0.0.1:{port}/x.svc") as client, pytest.raises(ConnectionFailed):
        client.ask("WSGetConfigData")
    with pytest.raises(Refused, match="https"):
        site.client(address="http://erp.example.org/Services/ErpConnectorWS.svc")


def test_text_that_xml_cannot_have_is_not_sent(site: Site, client: Client) -> None:
    with pytest.raises(CallFailed, match=r"U\+0007") as caught:
        client.ask("WSSearchActors", actor_type="Customer", text="a\x07b")
    assert caught.value.kind == "record"
    assert "WSSearchActors" not in site.answering.asked


def test_a_password_appears_in_no_log(site: Site, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client.ask("WSSaveConnection")
    with pytest.raises(CallFailed):
        client.ask("WSTestConfigData", connection_info={"Password": CANARY + "x"})
    with pytest.raises(CallFailed):
        client.ask("WSGetSupportedActorTypeFields", actor_type=CANARY)
    assert "saved a connection" in caplog.text
    assert CANARY not in caplog.text


# The connector, asked by others.


@pytest.mark.parametrize("source", ["own", "reconstructed"])
def test_zeep_by_itself_can_ask_the_connector(site: Site, source: str, tmp_path: Path) -> None:
    import zeep

    if source == "reconstructed":
        if not RECONSTRUCTED.exists():
            pytest.skip("the reconstructed description of the contract is not on this machine")
        described = RECONSTRUCTED.read_bytes()
    else:
        described = httpx.get(f"{site.url}?wsdl").content
    file = tmp_path / "connector.wsdl"
    file.write_bytes(described)
    with zeep.Client(str(file)) as other:  # type: ignore[no-untyped-call]
        service = other.create_service(
            "{http://www.superoffice.net/EIS/Connector/1.0}BasicHttpBinding_IErpConnectorWS", site.url
        )
        told = service.WSGetConfigData()
        assert [(each.FieldKey, each.FieldType) for each in told.FieldMetaDataObjects.FieldMetadataInfoWS] == [
            ("Company", "List"),
            ("Password", "Password"),
            ("Hint", "Label"),
        ]
        info = {"KeyValueOfstringstring": [{"Key": key, "Value": value} for key, value in INFO.items()]}
        lost = service.WSGetList(request={"ConnectionGuid": GUID, "ListName": "groups"})
        assert (lost.IsOk, lost.State, lost.ErrorCode) == (False, "Error", UNKNOWN_CONNECTION)
        assert service.WSSaveConnection(request={"ConnectionGuid": GUID, "ConnectionInfo": info}).IsOk
        values = {"KeyValueOfstringstring": [{"Key": "NAME", "Value": "Ærlig"}]}
        made = service.WSCreateActor(
            request={"ConnectionGuid": GUID, "Actor": {"ActorType": "Customer", "FieldValues": values}}
        )
        assert (made.IsOk, made.State, made.Actor.ActorType) == (True, "Ok", "Customer")
        found = service.WSGetActorsByTimestamp(
            request={"ConnectionGuid": GUID, "ActorType": "Customer", "FieldKeys": {"string": ["NAME"]}}
        )
        (actor,) = found.Actors.ErpActorWS
        assert (actor.ErpKey, actor.FieldValues.KeyValueOfstringstring[0].Value) == (made.Actor.ErpKey, "Ærlig")
        items = service.WSGetList(request={"ConnectionGuid": GUID, "ListName": "groups"})
        assert [each.Value for each in items.ListItems.KeyValueOfstringstring] == ["Wholesale", "Retail"]


def post(site: Site, content: bytes, action: str = "", **headers: str) -> httpx.Response:
    given = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"x/{action}"'} | headers
    return httpx.post(site.url, content=content, headers=given, timeout=20)


def enveloped(body: str) -> bytes:
    return (
        f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>{body}</e:Body></e:Envelope>'.encode()
    )


def test_namespaces_order_and_nil_do_not_matter(site: Site) -> None:
    body = enveloped(
        '<WSTestConfigData xmlns:q="urn:q" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><q:request>'
        f'<ConnectionGuid i:nil="true"/><q:ConnectionInfo><pair><q:Value>{CANARY}</q:Value><Key>Password</Key></pair>'
        "</q:ConnectionInfo></q:request></WSTestConfigData>"
    )
    assert b"<IsOk>true</IsOk>" in post(site, body, "WSTestConfigData").content
    # Without a SOAPAction, the body says what is asked.
    assert b"<IsOk>true</IsOk>" in post(site, body, SOAPAction='""').content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not xml",
        b"<a/>",
        b"\xff\xfe<",
        enveloped("<Nothing/>"),
        enveloped("<WSGetActors/>"),
        b'<!DOCTYPE a [<!ENTITY b "' + b"c" * 100 + b'">]><a>&b;</a>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + enveloped("<WSGetConfigData>&x;</WSGetConfigData>"),
        b"<a>" * 5000,
        "<?xml version='1.0' encoding='utf-16'?><!DOCTYPE a []><a/>".encode("utf-16"),
    ],
)
def test_hostile_and_broken_requests_get_a_fault_and_harm_nobody(site: Site, content: bytes) -> None:
    answer = post(site, content, "WSSearchActors")
    assert answer.status_code == 500
    assert b"faultstring" in answer.content
    assert b"root:" not in answer.content
    assert post(site, enveloped("<WSGetConfigData/>"), "WSGetConfigData").status_code == 200


def test_a_billion_laughs_are_not_laughed(site: Site) -> None:
    entities = "".join(f'<!ENTITY l{number} "{f"&l{number - 1};" * 10}">' for number in range(1, 10))
    bomb = f'<!DOCTYPE a [<!ENTITY l0 "ha">{entities}]><a b="&l9;">&l9;</a>'
    answer = post(site, bomb.encode(), "WSGetConfigData")
    assert answer.status_code == 500


def test_other_requests_than_soap_are_turned_away(site: Site) -> None:
    root = site.url.removesuffix(PATH)
    assert httpx.get(root + "/").status_code == 404
    assert httpx.post(root + "/other", content=b"x").status_code == 404
    assert httpx.get(site.url).status_code == 200
    assert httpx.put(site.url).status_code == 501
    asking = enveloped("<WSGetConfigData/>")
    assert post(site, b"{}", **{"Content-Type": "application/json"}).status_code == 415
    # What a web page can send without asking, and what a browser says of one.
    assert post(site, asking, **{"Content-Type": "text/plain"}).status_code == 415
    assert post(site, asking, Origin="https://page.example").status_code == 403
    assert post(site, b"x" * (LARGEST_REQUEST + 1)).status_code == 413
    for raw in (
        b"Content-Length: x\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"Content-Length: 99999999999999\r\n",
    ):
        with socket.create_connection(("127.0.0.1", site.server.port), timeout=20) as sock:
            sock.sendall(
                b"POST " + PATH.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n" + raw + b"\r\n"
            )
            assert sock.recv(100).startswith(b"HTTP/1.1 4")


def faults(answer: httpx.Response) -> str:
    """Return what a fault says."""
    assert answer.headers["Content-Type"].startswith("text/xml")
    return text(next(each for each in parsed(answer.content).iter() if local(each) == "faultstring"))


def test_what_is_not_taken_is_a_fault_that_says_why(site: Site) -> None:
    asking = enveloped("<WSGetConfigData/>")
    for content, headers, words in (
        (asking, {"Content-Type": "application/soap+xml; charset=utf-8"}, "SOAP 1.1 is spoken here: text/xml."),
        (asking, {"Origin": "https://page.example"}, "Web pages get no answer here."),
        (b"x" * (LARGEST_REQUEST + 1), {}, "The request is larger than 4 MB."),
        (asking, {"SOAPAction": '"urn:other/WSNothing"'}, "There is no operation 'WSNothing'."),
        (asking, {"SOAPAction": '"x/WSGetActors"'}, "its body is not that of WSGetActors."),
    ):
        assert words in faults(post(site, content, **headers))


def test_connections_that_stay_open_keep_nobody_out() -> None:
    limits = Limits(answers=1, silence=20.0)
    asking = enveloped("<WSGetConfigData/>")
    with connector_site(limits=limits) as site, ExitStack() as stack:
        for _ in range(20):
            # As .NET does, each is kept for the next request.
            client = stack.enter_context(httpx.Client(timeout=10))
            headers = {"Content-Type": "text/xml", "SOAPAction": "WSGetConfigData"}
            assert client.post(site.url, content=asking, headers=headers).status_code == 200
        assert post(site, asking, "WSGetConfigData").status_code == 200


def test_who_waits_too_long_for_his_turn_is_told_so() -> None:
    with connector_site(limits=Limits(answers=1, patience=0.05)) as site, ThreadPoolExecutor() as pool:
        begun, go_on = threading.Event(), threading.Event()
        searching = site.erp.config_fields

        def slow() -> Sequence[FieldInfo]:
            begun.set()
            assert go_on.wait(20)
            return searching()

        site.erp.config_fields = slow  # type: ignore[method-assign]
        first = pool.submit(post, site, enveloped("<WSGetConfigData/>"), "WSGetConfigData")
        assert begun.wait(20)
        second = post(site, enveloped("<WSGetConfigData/>"), "WSGetConfigData")
        go_on.set()
        assert (second.status_code, faults(second)) == (503, "Pendel has much to do. Ask again later.")
        assert first.result(20).status_code == 200


def test_a_request_that_trickles_in_ends_with_its_time() -> None:
    with (
        connector_site(limits=Limits(silence=0.2, request=0.2)) as site,
        socket.create_connection(("127.0.0.1", site.server.port), timeout=20) as sock,
    ):
        sock.sendall(b"POST " + PATH.encode() + b" HTTP/1.1\r\nX: ")
        came = b"x"
        end = time.monotonic() + 20
        while came and time.monotonic() < end:
            # Never silent, and never done.
            with suppress(OSError):
                sock.sendall(b"x")
            sock.settimeout(0.02)
            try:
                came = sock.recv(100)
            except TimeoutError:
                came = b"still open"
            except OSError:
                came = b""
        assert came == b""


def test_a_renewed_certificate_is_taken_without_a_restart(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    certificate, key = write_certificate(tmp_path)

    with connector_site(certificate=(certificate, key)) as secure:

        def shown() -> bytes:
            return ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", secure.server.port)))

        first = shown()
        certificate.write_text("nothing", encoding="utf-8")
        assert shown() == first
        assert "keeps the one before" in caplog.text
        write_certificate(tmp_path)
        assert shown() not in (b"", first)
        assert shown() == ssl.PEM_cert_to_DER_cert(certificate.read_text(encoding="utf-8"))


def test_a_request_in_chunks_is_read(site: Site) -> None:
    content = enveloped("<WSGetConfigData/>")
    pieces = (content[start : start + 7] for start in range(0, len(content), 7))
    answer = httpx.post(site.url, content=pieces, headers={"Content-Type": "text/xml", "SOAPAction": "WSGetConfigData"})
    assert b"<IsOk>true</IsOk>" in answer.content


def test_a_connector_of_another_name_is_not_this_one(site: Site) -> None:
    with site.client(address=f"{site.url}?ConnectorName={NAME.lower()}") as client:
        assert client.ask("WSGetConfigData").ok
    other = site.client(address=f"{site.url}?ConnectorName=Other")
    with other, pytest.raises(CallFailed, match="There is no connector 'Other' here"):
        other.ask("WSGetConfigData")
    assert b"ConnectorName=Memory" in httpx.get(f"{site.url}?wsdl&ConnectorName=Memory").content
    behind = httpx.get(f"{site.url}?wsdl", headers={"Host": "erp.example.org", "X-Forwarded-Proto": "https"}).content
    assert b'location="https://erp.example.org/Services' in behind


def test_lists_of_the_configuration_are_given_before_there_is_a_connection(site: Site) -> None:
    with site.client() as client:
        assert client.ask("WSGetList", connection=EMPTY_GUID, list_name="companies").list_items["1"] == "North"
        with pytest.raises(CallFailed, match="UNKOWN_LISTITEM_ID"):
            client.ask("WSGetList", connection=EMPTY_GUID, list_name="groups")
    assert "WSSaveConnection" not in site.answering.asked


def test_a_fault_of_pendel_is_an_answer_too(site: Site, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.ask("WSSaveConnection")
    del site.erp.rows
    with pytest.raises(CallFailed, match="A fault in Pendel ended WSSearchActors"):
        client.ask("WSSearchActors", actor_type="Customer", text="x")
    assert "AttributeError" in caplog.text
    assert client.ask("WSGetList", list_name="groups").ok


def test_the_description_has_the_address_that_was_asked_whatever_is_in_it() -> None:
    address = 'https://erp.example.org/x?a=1&b="<'
    root = parsed(description(address))
    assert [each.get("location") for each in root.iter() if local(each) == "address"] == [address]
