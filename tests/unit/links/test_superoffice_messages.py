"""The messages of an ERP Sync Connector: there and back in both wrappings, and by the description of the other side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from support.links.memory_erp import MemoryErp

from core.links.superoffice.answering import Answering
from core.links.superoffice.contract import (
    NAMESPACE,
    OPERATIONS,
    Access,
    Actor,
    FieldInfo,
    FieldType,
    Request,
    Response,
    Restriction,
    State,
)
from core.links.superoffice.describing import description
from core.links.superoffice.documents import BadXml, body_of, local, parsed
from core.links.superoffice.messages import (
    read_request,
    read_response,
    response_members,
    written_request,
    written_response,
)
from core.links.superoffice.wsdl import BadDescription, Description

if TYPE_CHECKING:
    from core.links.superoffice.contract import Operation
    from core.links.superoffice.messages import Style

ADDRESS = "https://erp.example.org/Services/ErpConnectorWS.svc?wsdl"
RECONSTRUCTED = Path(__file__).parents[3].parent / "shared/apis/superoffice/erpconnector.reconstructed.wsdl"

# What XML can have; a carriage return alone stays one, for it is written as a reference.
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\ufffe\uffff", min_codepoint=0x20), max_size=30)
SOME = st.lists(WORDS, max_size=3)
MAPS = st.dictionaries(WORDS, WORDS, max_size=3)
ACTORS = st.builds(Actor, type=WORDS, key=WORDS, modified=WORDS, parent_type=WORDS, parent_key=WORDS, values=MAPS)
RESTRICTIONS = st.builds(Restriction, field=WORDS, operator=WORDS, values=SOME, scalar=WORDS)
FIELDS = st.builds(
    FieldInfo,
    key=WORDS,
    name=WORDS,
    description=WORDS,
    type=st.sampled_from(FieldType),
    list_name=WORDS,
    default=WORDS,
    rank=st.integers(-(2**31), 2**31 - 1),
    max_length=st.integers(0, 2**31 - 1),
    access=st.sampled_from(Access),
)
REQUESTS = st.builds(
    Request,
    connection=WORDS,
    connection_info=MAPS,
    actor_type=WORDS,
    keys=SOME,
    field_keys=SOME,
    text=WORDS,
    restrictions=st.lists(RESTRICTIONS, max_size=2),
    parent_type=WORDS,
    parent_key=WORDS,
    actor=ACTORS,
    actors=st.lists(ACTORS, max_size=2),
    list_name=WORDS,
    item_keys=SOME,
    since=WORDS,
)
RESPONSES = st.builds(
    Response,
    ok=st.booleans(),
    state=st.sampled_from(State),
    explanation=WORDS,
    technical=WORDS,
    code=WORDS,
    fields=st.lists(FIELDS, max_size=2),
    items=SOME,
    actors=st.lists(ACTORS, max_size=2),
    actor=ACTORS,
    list_items=MAPS,
)
STYLES: st.SearchStrategy[Style] = st.sampled_from(["wrapped", "bare"])


def plain(value: Any) -> Any:
    """A value without the difference between an empty list and none."""
    if isinstance(value, Actor):
        return replace(value, values=dict(value.values))
    if isinstance(value, Restriction):
        return replace(value, values=list(value.values))
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


@given(st.sampled_from(list(OPERATIONS.values())), REQUESTS, STYLES)
def test_a_request_comes_as_it_went(operation: Operation, request: Request, style: Style) -> None:
    found, as_style = read_request(operation, body_of(parsed(written_request(operation, request, style))))
    assert as_style == style or operation.request is None
    for member in operation.members:
        assert plain(getattr(found, member.attribute)) == plain(getattr(request, member.attribute))


@given(st.sampled_from(list(OPERATIONS.values())), RESPONSES, STYLES)
def test_a_response_comes_as_it_went(operation: Operation, response: Response, style: Style) -> None:
    found = read_response(operation, body_of(parsed(written_response(operation, response, style))))
    for member in response_members(operation):
        assert plain(getattr(found, member.attribute)) == plain(getattr(response, member.attribute))


@given(st.sampled_from(list(OPERATIONS)), st.text())
def test_texts_that_xml_cannot_have_are_left_out_of_answers(name: str, text: str) -> None:
    response = Response(explanation=text, items=[text], list_items={text: text}, actor=Actor(text, values={"A": text}))
    content = written_response(OPERATIONS[name], response, "wrapped")
    assert read_response(OPERATIONS[name], body_of(parsed(content))).ok


def full() -> Request:
    actor = Actor("Customer", "1", "7", values={"A": "", "B": "x\r\ny <&>"})
    return Request(
        connection="g",
        connection_info={"a": "b"},
        actor_type="Customer",
        keys=["1"],
        field_keys=["a", ""],
        text="t",
        restrictions=[Restriction("f", "=", ["1"], "q")],
        parent_type="Customer",
        parent_key="1",
        actor=actor,
        actors=[actor, Actor("Person")],
        list_name="l",
        item_keys=["", "i"],
        since="9",
    )


def bare(wsdl: bytes) -> bytes:
    """A description in which the types of requests and responses are bodies themselves."""
    root = etree.fromstring(wsdl)
    (schema,) = [each for each in root.iter() if local(each) == "schema" and each.get("targetNamespace") == NAMESPACE]
    for element in [each for each in schema if local(each) == "element"]:
        schema.remove(element)
    types = {each.name: (each.request, each.response) for each in OPERATIONS.values()}
    for name in {each for pair in types.values() for each in pair if each}:
        etree.SubElement(schema, f"{{{schema.nsmap['xs']}}}element", name=name, type=f"t:{name}")
    for message in [each for each in root if local(each) == "message"]:
        name, _, way = str(message.get("name")).rpartition("_")
        (part,) = message
        body = types[name][0 if way == "In" else 1]
        if body is None:
            message.remove(part)
        else:
            part.set("element", f"t:{body}")
    return etree.tostring(root)


@pytest.mark.parametrize("kind", ["own", "reconstructed", "bare", "other namespace"])
def test_requests_are_written_as_the_other_side_describes_them(kind: str) -> None:
    wsdl = description("https://erp.example.org/x")
    if kind == "reconstructed":
        if not RECONSTRUCTED.exists():
            pytest.skip("the reconstructed description of the contract is not on this machine")
        wsdl = RECONSTRUCTED.read_bytes()
    elif kind == "bare":
        wsdl = bare(wsdl)
    elif kind == "other namespace":
        wsdl = wsdl.replace(NAMESPACE.encode(), b"urn:other")
    described = Description(ADDRESS, lambda _: wsdl)
    request = full()
    for operation in OPERATIONS.values():
        content = described.written_request(operation, request)
        found, style = read_request(operation, body_of(parsed(content)))
        assert style == ("bare" if kind == "bare" else "wrapped")
        for member in operation.members:
            assert plain(getattr(found, member.attribute)) == plain(getattr(request, member.attribute))
        assert described.action(operation).endswith(f"/{operation.name}")
        if kind == "other namespace":
            assert NAMESPACE.encode() not in content
        elif operation.members:
            # Zeep and we write the same.
            ours = parsed(written_request(operation, request, style))
            assert [(each.tag, each.text) for each in parsed(content)[0].iter()] == [
                (each.tag, each.text) for each in ours[0].iter()
            ]


def test_all_of_a_description_comes_from_the_connector_itself() -> None:
    asked: list[str] = []
    wsdl = description("https://erp.example.org/x").decode()
    begin, end = (
        wsdl.index('<xs:schema elementFormDefault="qualified" targetNamespace="http://www.sup'),
        wsdl.index("</wsdl:types>"),
    )
    schema = wsdl[begin:end].replace(
        "<xs:schema ",
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="{NAMESPACE}" '
        'xmlns:a="http://schemas.microsoft.com/2003/10/Serialization/Arrays" ',
        1,
    )
    moved = (
        f'<xs:schema><xs:import namespace="{NAMESPACE}" schemaLocation="http://inside:81/Services/x.svc?xsd=xsd0"/>'
        "</xs:schema>"
    )
    arrays = wsdl[wsdl.index("<xs:schema") : begin].replace(
        "<xs:schema ", '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" ', 1
    )
    schema = schema.replace('/Arrays"/>', '/Arrays" schemaLocation="file:///Services/x.svc?xsd=xsd1"/>', 1)

    def fetch(url: str) -> bytes:
        asked.append(url)
        if url.endswith("xsd1"):
            return arrays.encode()
        return (schema if url.endswith("xsd0") else wsdl[:begin] + moved + wsdl[end:]).encode()

    described = Description(ADDRESS, fetch)
    assert described.style(OPERATIONS["WSGetList"]) == "wrapped"
    assert {urlsplit(each).netloc for each in asked} == {"erp.example.org"}
    assert {urlsplit(each).scheme for each in asked} == {"https"}
    assert len(asked) > 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html/>",
        b"not xml",
        b'<!DOCTYPE a [<!ENTITY b "c">]><definitions>&b;</definitions>',
        b'<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"/>',
        b'<d:definitions xmlns:d="http://schemas.xmlsoap.org/wsdl/"><d:import location="?wsdl=a"/></d:definitions>',
        description("https://a/").replace(b"WSGetActorsByTimestamp", b"WSGetActorsByTime"),
        description("https://a/").replace(b"WSGetConfigData", b"GetCapabilities"),
        description("https://a/").replace(b"wsdl:portType", b"wsdl:portTypes"),
    ],
)
def test_what_is_no_description_of_a_connector_is_none(content: bytes) -> None:
    with pytest.raises(BadDescription, match="its description"):
        Description(ADDRESS, lambda _: content)


ANSWERING = Answering(MemoryErp(), name="Memory")
TAGS = st.sampled_from(["Envelope", "Body", "request", "IsOk", "Actor", "nil", *OPERATIONS, "GetListRequestWS"])
TREES = st.recursive(
    st.builds(lambda text: text.replace("&", "").replace("<", ""), st.text(max_size=5)),
    lambda inner: st.builds(lambda tag, inside: f"<{tag}>{''.join(inside)}</{tag}>", TAGS, st.lists(inner, max_size=4)),
    max_leaves=12,
)


@settings(max_examples=300)
@given(st.one_of(st.binary(max_size=200), TREES.map(lambda text: text.encode("utf-8", "replace"))), TAGS, st.booleans())
def test_whatever_is_asked_is_answered(content: bytes, action: str, enveloped: bool) -> None:
    if enveloped:
        content = (
            b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
            + content
            + b"</e:Body></e:Envelope>"
        )
    answer = ANSWERING.answer(content, action=f"x/{action}", asked_by="127.0.0.1")
    root = parsed(answer.content)
    assert (answer.status, local(root)) in ((200, "Envelope"), (500, "Envelope"))


def test_an_answer_without_anything_in_it_is_none() -> None:
    operation = OPERATIONS["WSTestConnection"]
    xsi = "http://www.w3.org/2001/XMLSchema-instance"
    empty = f'<Envelope><Body><a xmlns:i="{xsi}"><aResult i:nil="true"/></a></Body></Envelope>'.encode()
    for content in (empty, b"<Envelope><Body/></Envelope>"):
        with pytest.raises(BadXml, match="no answer to WSTestConnection"):
            read_response(operation, body_of(parsed(content)))


@pytest.mark.parametrize(
    ("inside", "ok"),
    [
        ("<IsOk>1</IsOk>", True),
        ("<IsOk>false</IsOk><State>Ok</State>", False),
        ("<State>2</State>", True),
        ("<State>Error</State>", False),
        ("<State>3</State>", False),
    ],
)
def test_whether_it_went_well_is_read_from_what_is_there(inside: str, ok: bool) -> None:
    content = f"<Envelope><Body><a><b>{inside}</b></a></Body></Envelope>".encode()
    assert read_response(OPERATIONS["WSTestConnection"], body_of(parsed(content))).ok is ok
