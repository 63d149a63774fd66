"""What a SuperOffice asks of a connector, in its order, by a client that is not ours, before Pendel's catalogue."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import zeep
from support.erp_desk import GUID, SECRET, VARIABLE, erp_desk

from core.links.superoffice.contract import EMPTY_GUID, OPERATIONS, UNKNOWN_CONNECTION, UNKNOWN_ITEM, Request
from core.links.superoffice.documents import body_of, parsed
from core.links.superoffice.messages import read_response, written_request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.erp_desk import ErpDesk

    from core.links.superoffice.contract import Response

PORT = "{http://www.superoffice.net/EIS/Connector/1.0}BasicHttpBinding_IErpConnectorWS"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ErpDesk]:
    monkeypatch.setenv(VARIABLE, SECRET)
    with erp_desk(tmp_path) as found:
        yield found


def pairs(**values: str) -> dict[str, Any]:
    return {"KeyValueOfstringstring": [{"Key": key, "Value": value} for key, value in values.items()]}


def values(actor: Any) -> dict[str, str]:
    return {each.Key: each.Value for each in actor.FieldValues.KeyValueOfstringstring}


def actors(told: Any) -> list[Any]:
    assert told.IsOk, told
    # zeep has none for a list that is empty.
    return list(told.Actors.ErpActorWS) if told.Actors is not None else []


class Asking:
    """The engine of a SuperOffice: it has the description of the connector, and knows nothing else."""

    def __init__(self, url: str, file: Path) -> None:
        file.write_bytes(httpx.get(f"{url}?wsdl").content)
        self._client = zeep.Client(str(file))  # type: ignore[no-untyped-call]
        self._service: Any = self._client.create_service(PORT, url)  # type: ignore[no-untyped-call]

    def close(self) -> None:
        self._client.transport.session.close()

    def __call__(self, operation: str, guid: str = GUID, **members: Any) -> Any:
        return self._service[f"WS{operation}"](request={"ConnectionGuid": guid, **members})

    def configure(self, operation: str, **members: Any) -> Any:
        return self._service[f"WS{operation}"](**({"request": members} if members else {}))


@pytest.fixture
def ask(desk: ErpDesk, tmp_path: Path) -> Iterator[Asking]:
    asking = Asking(desk.url, tmp_path / "connector.wsdl")
    yield asking
    asking.close()


def set_up(ask: Asking) -> dict[str, list[str]]:
    """Add a link, as an administrator does, and return the fields of each actor type."""
    (field,) = ask.configure("GetConfigData").FieldMetaDataObjects.FieldMetadataInfoWS
    assert (field.FieldKey, field.FieldType, field.Access) == ("Password", "Password", "Mandatory")
    wrong = ask.configure("TestConfigData", ConnectionInfo=pairs(Password="wrong"))
    assert (wrong.IsOk, wrong.UserExplanation) == (False, "The password is not the one of this Pendel.")
    assert ask.configure("TestConfigData", ConnectionInfo=pairs(Password=SECRET)).IsOk
    assert ask("TestConnection").ErrorCode == UNKNOWN_CONNECTION
    assert ask("SaveConnection", ConnectionInfo=pairs(Password=SECRET)).IsOk
    assert ask("TestConnection").IsOk
    fields = {}
    for kind in ask("GetSupportedActorTypes").Items.string:
        infos = ask("GetSupportedActorTypeFields", ActorType=kind).FieldMetaDataObjects.FieldMetadataInfoWS
        fields[kind] = [each.FieldKey for each in infos]
        assert [each.Rank for each in infos] == sorted({each.Rank for each in infos})
        assert set(ask("GetSearchableFields", ActorType=kind).Items.string) <= set(fields[kind])
    return fields


def test_a_link_is_added_companies_are_connected_synchronised_and_imported(ask: Asking) -> None:
    fields = set_up(ask)
    assert list(fields) == ["Customer", "Person", "Project"]
    company, person = fields["Customer"], fields["Person"]

    # A company is created from the CRM, and a person of it; both are looked for first.
    assert actors(ask("SearchActors", ActorType="Customer", SearchText="ACME", FieldKeys={"string": company})) == []
    made = ask("CreateActor", Actor={"ActorType": "Customer", "FieldValues": pairs(NAME="ACME", ACTIVE="[I:1]")})
    assert (made.IsOk, made.Actor.ErpKey) == (True, "SO1")
    belongs: dict[str, Any] = {"ParentActorType": "Customer", "ParentErpKey": "SO1"}
    ann = ask("CreateActor", Actor={"ActorType": "Person", **belongs, "FieldValues": pairs(LASTNAME="Ash")})
    asked: dict[str, Any] = {"ParentActorType": "Customer", "ParentActorErpKey": "SO1", "FieldKeys": {"string": person}}
    (found,) = actors(ask("SearchActorByParent", ActorType="Person", SearchText="as", **asked))
    assert (found.ErpKey, found.ParentErpKey, values(found)["LASTNAME"]) == (ann.Actor.ErpKey, "SO1", "Ash")

    # Its card is shown: the values, and of lists the texts of those items alone.
    host = ask("CreateActor", Actor={"ActorType": "Project", "FieldValues": pairs(HOST=ann.Actor.ErpKey)})
    assert host.IsOk, host
    keys = {"string": [host.Actor.ErpKey]}
    (card,) = actors(ask("GetActors", ActorType="Project", ErpKeys=keys, FieldKeys={"string": ["HOST"]}))
    (item,) = ask(
        "GetListItems", ListName="contact", ListItemKeys={"string": [values(card)["HOST"]]}
    ).ListItems.KeyValueOfstringstring
    assert (item.Key, item.Value) == (ann.Actor.ErpKey, "Ash")

    # What changes on either side goes to the other, from the last mark on.
    mark = actors(ask("GetActorsByTimestamp", ActorType="Customer", FieldKeys={"string": company}))[-1].LastModified
    (now,) = actors(ask("GetActors", ActorType="Customer", ErpKeys={"string": ["SO1"]}, FieldKeys={"string": company}))
    assert values(now)["ACTIVE"] == "[I:1]"
    changed = {"ActorType": "Customer", "ErpKey": "SO1", "FieldValues": pairs(NAME="ACME Ltd")}
    gone = {"ActorType": "Customer", "ErpKey": "gone", "FieldValues": pairs(NAME="x")}
    saved = ask("SaveActors", Actors={"ErpActorWS": [changed, gone]})
    assert (saved.IsOk, saved.State, [each.ErpKey for each in actors(saved)]) == (True, "Warning", ["SO1"])
    assert "There is no customer 'gone'." in saved.UserExplanation
    later = ask("GetActorsByTimestamp", ActorType="Customer", UpdatedOnOrAfter=mark, FieldKeys={"string": ["NAME"]})
    assert [values(each)["NAME"] for each in actors(later)] == ["ACME Ltd"]
    assert int(actors(later)[0].LastModified) > int(mark)

    # An import searches by conditions.
    begins = {"FieldKey": "NAME", "Operator": "begins", "ScalarValue": "acme"}
    restrictions = {"SearchRestrictionInfoWS": [begins]}
    rows = ask("SearchActorsAdvanced", ActorType="Customer", Restrictions=restrictions, FieldKeys={"string": ["NAME"]})
    assert [each.ErpKey for each in actors(rows)] == ["SO1"]

    assert ask("DeleteConnection").IsOk
    assert ask("TestConnection").ErrorCode == UNKNOWN_CONNECTION
    before = ask("GetList", EMPTY_GUID, ListName="contact")
    assert (before.IsOk, before.ErrorCode) == (False, UNKNOWN_ITEM)


def bare(client: httpx.Client, desk: ErpDesk, operation: str, **members: Any) -> Response:
    """Ask an operation with the type of its request as the body."""
    asked = OPERATIONS[operation]
    answer = client.post(
        desk.url,
        content=written_request(asked, Request(connection=GUID, **members), "bare"),
        headers={"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{asked.action}"'},
    )
    return read_response(asked, body_of(parsed(answer.content)))


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=60, limits=httpx.Limits(max_connections=40)) as found:
        yield found


def test_the_other_wrapping_is_answered_alike(desk: ErpDesk, ask: Asking, client: httpx.Client) -> None:
    fields = set_up(ask)
    for kind, keys in fields.items():
        assert [
            each.key for each in bare(client, desk, "WSGetSupportedActorTypeFields", actor_type=kind).fields
        ] == keys
        assert bare(client, desk, "WSSearchActors", actor_type=kind, text="nobody", field_keys=keys).actors == []
    refused = bare(client, desk, "WSGetSupportedActorTypeFields", actor_type="Sale")
    assert (refused.ok, refused.explanation.startswith("There are no actors of type 'Sale'")) == (False, True)


def test_many_at_once_are_all_answered(desk: ErpDesk, ask: Asking, client: httpx.Client) -> None:
    set_up(ask)
    with ThreadPoolExecutor(40) as pool:
        told = list(pool.map(lambda _: bare(client, desk, "WSGetSupportedActorTypes"), range(80)))
    assert [each.ok for each in told] == [True] * 80
