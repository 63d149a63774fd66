"""The messages of an ERP Sync Connector as XML, in both wrappings.

How a body is wrapped is not public. ``wrapped`` is what WCF makes of an operation with one parameter: an element with
the name of the operation, with ``request`` in it, answered by ``…Response`` with ``…Result`` in it. ``bare`` has the
type of the request, or of the response, itself as the body. Messages are read by local names, whatever the namespaces
and the order; what is nil or absent is empty.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from lxml import etree

from core.links.superoffice.contract import (
    ACTOR_MEMBERS,
    ARRAYS,
    BASE_MEMBERS,
    FIELD_MEMBERS,
    NAMESPACE,
    RESTRICTION_MEMBERS,
    Access,
    Actor,
    FieldInfo,
    FieldType,
    Request,
    Response,
    Restriction,
    Shape,
    State,
)
from core.links.superoffice.documents import SOAP, XSI, BadXml, child, children, first_in, local, nil, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from core.links.superoffice.contract import Member, Operation

Style = Literal["wrapped", "bare"]

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ITEMS: Mapping[Shape, tuple[str, str]] = {
    Shape.TEXTS: ("string", ARRAYS),
    Shape.MAP: ("KeyValueOfstringstring", ARRAYS),
    Shape.ACTORS: ("ErpActorWS", NAMESPACE),
    Shape.RESTRICTIONS: ("SearchRestrictionInfoWS", NAMESPACE),
    Shape.FIELDS: ("FieldMetadataInfoWS", NAMESPACE),
}
"""The name of each item of a list, and its namespace."""


@dataclass(frozen=True, slots=True)
class Items:
    """A list, on its way into XML."""

    name: str
    namespace: str
    each: list[Node]


Node: TypeAlias = "str | Items | dict[str, Node]"
"""A value on its way into XML, by the names of its members."""


def tree_of(members: Sequence[Member], source: Any, text_of: Callable[[str], str] | None = None) -> dict[str, Node]:
    """Return the members of a request, an actor and so on, by their names in XML; those without a value are left out.

    ``text_of`` makes each text one that XML can have; by default, one that is none is refused.

    Raises:
        ValueError: a text has characters that XML cannot have.
    """
    text_of = text_of or _refusing
    found: dict[str, Node] = {}
    for member in members:
        value = getattr(source, member.attribute)
        if member.shape is Shape.NUMBER or value:
            found[member.name] = _node(member.shape, value, text_of)
    return found


def _node(shape: Shape, value: Any, text_of: Callable[[str], str]) -> Node:
    if shape is Shape.ACTOR:
        return tree_of(ACTOR_MEMBERS, value, text_of)
    if shape not in _ITEMS:
        return text_of(_plain(value))
    each: list[Node]
    if shape is Shape.MAP:
        each = [{"Key": text_of(key), "Value": text_of(item)} for key, item in value.items()]
    elif shape is Shape.TEXTS:
        each = [text_of(item) for item in value]
    else:
        members = {Shape.ACTORS: ACTOR_MEMBERS, Shape.FIELDS: FIELD_MEMBERS}.get(shape, RESTRICTION_MEMBERS)
        each = [tree_of(members, item, text_of) for item in value]
    return Items(*_ITEMS[shape], each)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    # WCF writes and reads enumerations by the names of their members.
    return value.name if isinstance(value, IntEnum) else str(value)


def _refusing(text: str) -> str:
    if found := _UNWRITABLE.search(text):
        raise ValueError(f"a text has the character U+{ord(found[0]):04X}, which XML cannot have")
    return text


def written_request(operation: Operation, request: Request, style: Style) -> bytes:
    """Return the envelope of a request.

    Raises:
        ValueError: a text has characters that XML cannot have.
    """
    envelope, body = _envelope()
    if operation.request is None:
        if style == "wrapped":
            etree.SubElement(body, _name(operation.name))
    else:
        outer = etree.SubElement(body, _name(operation.name if style == "wrapped" else operation.request))
        inner = etree.SubElement(outer, _name("request")) if style == "wrapped" else outer
        _put(inner, tree_of(operation.members, request), NAMESPACE)
    return _bytes(envelope)


def written_response(operation: Operation, response: Response, style: Style) -> bytes:
    """Return the envelope of a response; characters that XML cannot have are left out."""
    envelope, body = _envelope()
    if style == "wrapped":
        outer = etree.SubElement(body, _name(f"{operation.name}Response"))
        inner = etree.SubElement(outer, _name(f"{operation.name}Result"))
    else:
        inner = etree.SubElement(body, _name(operation.response))
    tree = tree_of(response_members(operation), response, writable)
    result = operation.result
    if response.ok and result is not None and result.shape in _ITEMS and result.name not in tree:
        # An empty list is one: callers go through it.
        tree[result.name] = Items(*_ITEMS[result.shape], [])
    _put(inner, tree, NAMESPACE)
    return _bytes(envelope)


def response_members(operation: Operation) -> tuple[Member, ...]:
    """Return the members of a response, in the order of a data contract."""
    return (*BASE_MEMBERS, *([operation.result] if operation.result else ()))


def writable(value: str) -> str:
    """Return a text without the characters that XML cannot have."""
    return _UNWRITABLE.sub("", value)


def written_fault(code: Literal["Client", "Server"], words: str) -> bytes:
    """Return an envelope that says that there is no answer (SOAP 1.1, section 4.4)."""
    envelope, body = _envelope()
    fault = etree.SubElement(body, f"{{{SOAP}}}Fault")
    etree.SubElement(fault, "faultcode").text = f"s:{code}"
    etree.SubElement(fault, "faultstring").text = writable(words)
    return _bytes(envelope)


def _envelope() -> tuple[etree._Element, etree._Element]:
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"s": SOAP, None: NAMESPACE, "a": ARRAYS, "i": XSI})
    return envelope, etree.SubElement(envelope, f"{{{SOAP}}}Body")


def _name(name: str, namespace: str = NAMESPACE) -> str:
    return f"{{{namespace}}}{name}"


def _bytes(envelope: etree._Element) -> bytes:
    return etree.tostring(envelope, encoding="utf-8", xml_declaration=True)


def _put(element: etree._Element, node: Node, namespace: str) -> None:
    if isinstance(node, str):
        element.text = node
    elif isinstance(node, Items):
        for each in node.each:
            _put(etree.SubElement(element, _name(node.name, node.namespace)), each, node.namespace)
    else:
        for name, value in node.items():
            _put(etree.SubElement(element, _name(name, namespace)), value, namespace)


def read_request(operation: Operation, body: etree._Element) -> tuple[Request, Style]:
    """Return what an operation is asked, and how the body is wrapped.

    Raises:
        BadXml: the body is that of another operation.
    """
    outer = first_in(body)
    if outer is None:
        return Request(), "bare"
    name = local(outer)
    if name == operation.name:
        inner = child(outer, "request")
        return (_read(Request, operation.members, inner) if inner is not None else Request()), "wrapped"
    if name != operation.request:
        raise BadXml(f"its body is not that of {operation.name}")
    return _read(Request, operation.members, outer), "bare"


def read_response(operation: Operation, body: etree._Element) -> Response:
    """Return what an operation answered.

    Raises:
        BadXml: the body has no such answer.
    """
    element = first_in(body)
    # The answer itself, or one or two wraps around it.
    for _ in range(3):
        if element is None or child(element, "IsOk") is not None or child(element, "State") is not None:
            break
        element = first_in(element)
    if element is None:
        raise BadXml(f"it has no answer to {operation.name}")
    response = _read(Response, response_members(operation), element)
    if child(element, "IsOk") is None:
        return replace(response, ok=child(element, "State") is not None and response.state is not State.Error)
    return response


_T = TypeVar("_T")


def _read(kind: Callable[..., _T], members: Sequence[Member], element: etree._Element) -> _T:
    """Return an object of the elements that are there; what is absent keeps its default."""
    found = {}
    for member in members:
        value = child(element, member.name)
        if value is not None:
            found[member.attribute] = _value(member, value)
    return kind(**found)


def _value(member: Member, element: etree._Element) -> Any:
    there = [each for each in children(element) if not nil(each)]
    match member.shape:
        case Shape.TEXTS:
            return [text(each) for each in children(element)]
        case Shape.MAP:
            return {text(child(each, "Key")): text(child(each, "Value")) for each in there}
        case Shape.ACTOR:
            return _read(Actor, ACTOR_MEMBERS, element)
        case Shape.ACTORS:
            return [_read(Actor, ACTOR_MEMBERS, each) for each in there]
        case Shape.RESTRICTIONS:
            return [_read(Restriction, RESTRICTION_MEMBERS, each) for each in there]
        case Shape.FIELDS:
            return [_read(FieldInfo, FIELD_MEMBERS, each) for each in there]
        case Shape.NUMBER:
            return _number(member, text(element).strip())
        case Shape.TEXT:
            return text(element)


_ENUMS: Mapping[str, type[IntEnum]] = {"State": State, "FieldType": FieldType, "Access": Access}


def _number(member: Member, words: str) -> Any:
    """Return a number, a yes or no, or a member of an enumeration, by its name or its number."""
    if member.name == "IsOk":
        if words not in ("true", "false", "1", "0"):
            raise BadXml("IsOk is neither true nor false")
        return words in ("true", "1")
    kind = _ENUMS.get(member.name)
    if kind is not None and words in kind.__members__:
        return kind[words]
    try:
        number = int(words)
        return kind(number) if kind is not None else number
    except ValueError:
        raise BadXml(f"{member.name} is no value that it can have") from None
