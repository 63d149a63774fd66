"""The description (WSDL) of the connector that Pendel is: in the ``wrapped`` style, with one namespace for all."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from core.links.superoffice.contract import (
    ACTOR_MEMBERS,
    ARRAYS,
    FIELD_MEMBERS,
    NAMESPACE,
    OPERATIONS,
    RESTRICTION_MEMBERS,
    SERVICE,
    Access,
    FieldType,
    Shape,
    State,
)
from core.links.superoffice.messages import response_members

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import IntEnum

    from core.links.superoffice.contract import Member, Operation

_STRINGS, _MAP = "a:ArrayOfstring", "a:ArrayOfKeyValueOfstringstring"
_TYPES = {
    Shape.TEXT: "xs:string",
    Shape.TEXTS: _STRINGS,
    Shape.MAP: _MAP,
    Shape.ACTOR: "t:ErpActorWS",
    Shape.ACTORS: "t:ArrayOfErpActorWS",
    Shape.RESTRICTIONS: "t:ArrayOfSearchRestrictionInfoWS",
    Shape.FIELDS: "t:ArrayOfFieldMetadataInfoWS",
}
_NUMBERS = {
    "IsOk": "xs:boolean",
    "State": "t:ResponseStateWS",
    "FieldType": "t:FieldMetadataTypeInfoWS",
    "Access": "t:FieldAccessInfoWS",
}
_ENUMS: dict[str, type[IntEnum]] = {
    "ResponseStateWS": State,
    "FieldMetadataTypeInfoWS": FieldType,
    "FieldAccessInfoWS": Access,
}
_OPENING = (
    f'<wsdl:definitions name="ErpConnectorWS" targetNamespace="{NAMESPACE}" xmlns:t="{NAMESPACE}" xmlns:a="{ARRAYS}" '
    'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" '
    'xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/">'
)
_OPTIONAL = 'minOccurs="0" nillable="true"'
_ARRAYS_SCHEMA = f"""\
<xs:schema elementFormDefault="qualified" targetNamespace="{ARRAYS}">
<xs:complexType name="ArrayOfstring"><xs:sequence>
<xs:element name="string" type="xs:string" nillable="true" minOccurs="0" maxOccurs="unbounded"/>
</xs:sequence></xs:complexType>
<xs:complexType name="ArrayOfKeyValueOfstringstring"><xs:sequence>
<xs:element name="KeyValueOfstringstring" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
<xs:element name="Key" type="xs:string" nillable="true"/><xs:element name="Value" type="xs:string" nillable="true"/>
</xs:sequence></xs:complexType></xs:element>
</xs:sequence></xs:complexType>
</xs:schema>"""


def description(address: str) -> bytes:
    """Return the description of a connector that is asked at this address."""
    before, after = _parts()
    return f"{before}{quoteattr(address)}{after}".encode()


@cache
def _parts() -> tuple[str, str]:
    """Return what stands before the address, and after it."""
    operations = OPERATIONS.values()
    requests = {each.request: each.members for each in operations if each.request}
    responses = {each.response: response_members(each) for each in operations}
    kinds = {
        **requests,
        **responses,
        "ErpActorWS": ACTOR_MEMBERS,
        "SearchRestrictionInfoWS": RESTRICTION_MEMBERS,
        "FieldMetadataInfoWS": FIELD_MEMBERS,
    }
    arrays = ("ErpActorWS", "SearchRestrictionInfoWS", "FieldMetadataInfoWS")
    before = [
        '<?xml version="1.0" encoding="utf-8"?>',
        _OPENING,
        "<wsdl:types>",
        _ARRAYS_SCHEMA,
        f'<xs:schema elementFormDefault="qualified" targetNamespace="{NAMESPACE}"><xs:import namespace="{ARRAYS}"/>',
        *(_enumeration(name, kind) for name, kind in _ENUMS.items()),
        *(_complex(name, members) for name, members in kinds.items()),
        *(_array(name) for name in arrays),
        *(_elements(each) for each in operations),
        "</xs:schema></wsdl:types>",
        *(_messages(each) for each in operations),
        f'<wsdl:portType name="{SERVICE}">',
        *(
            f'<wsdl:operation name="{each.name}"><wsdl:input message="t:{each.name}_In"/>'
            f'<wsdl:output message="t:{each.name}_Out"/></wsdl:operation>'
            for each in operations
        ),
        f'</wsdl:portType><wsdl:binding name="BasicHttpBinding_{SERVICE}" type="t:{SERVICE}">',
        '<soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>',
        *(
            f'<wsdl:operation name="{each.name}"><soap:operation soapAction="{escape(each.action)}" style="document"/>'
            '<wsdl:input><soap:body use="literal"/></wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output>'
            "</wsdl:operation>"
            for each in operations
        ),
        '</wsdl:binding><wsdl:service name="ErpConnectorWS">',
        f'<wsdl:port name="BasicHttpBinding_{SERVICE}" binding="t:BasicHttpBinding_{SERVICE}"><soap:address location=',
    ]
    return "\n".join(before), "/></wsdl:port></wsdl:service></wsdl:definitions>\n"


def _enumeration(name: str, kind: type[IntEnum]) -> str:
    values = "".join(f'<xs:enumeration value="{each.name}"/>' for each in kind)
    return f'<xs:simpleType name="{name}"><xs:restriction base="xs:string">{values}</xs:restriction></xs:simpleType>'


def _complex(name: str, members: Iterable[Member]) -> str:
    elements = "".join(
        f'<xs:element name="{each.name}" type="{_NUMBERS.get(each.name, "xs:int")}" minOccurs="0"/>'
        if each.shape is Shape.NUMBER
        else f'<xs:element name="{each.name}" type="{_TYPES[each.shape]}" {_OPTIONAL}/>'
        for each in members
    )
    return f'<xs:complexType name="{name}"><xs:sequence>{elements}</xs:sequence></xs:complexType>'


def _array(name: str) -> str:
    item = f'<xs:element name="{name}" type="t:{name}" nillable="true" minOccurs="0" maxOccurs="unbounded"/>'
    return f'<xs:complexType name="ArrayOf{name}"><xs:sequence>{item}</xs:sequence></xs:complexType>'


def _elements(operation: Operation) -> str:
    given = f'<xs:element name="request" type="t:{operation.request}" {_OPTIONAL}/>' if operation.request else ""
    result = f'<xs:element name="{operation.name}Result" type="t:{operation.response}" {_OPTIONAL}/>'
    return "".join(
        f'<xs:element name="{name}"><xs:complexType><xs:sequence>{inside}</xs:sequence></xs:complexType></xs:element>'
        for name, inside in ((operation.name, given), (f"{operation.name}Response", result))
    )


def _messages(operation: Operation) -> str:
    return "".join(
        f'<wsdl:message name="{operation.name}_{way}"><wsdl:part name="parameters" element="t:{name}"/></wsdl:message>'
        for way, name in (("In", operation.name), ("Out", f"{operation.name}Response"))
    )
