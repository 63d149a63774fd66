"""How the actors of an ERP Sync Connector become records of flows and back, where its fields have the usual keys.

These are the keys by which SuperOffice maps fields by itself. (SuperOffice, ERP connectors: "Automatic field mapping".)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.links.model.kinds import CompanyWrite, ContactWrite, KindMapping, KindRead, KindWrite, ReadField, WriteField
from core.links.model.writes import LookUp
from core.links.superoffice.contract import Access

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.config.flow_kinds import KindName
    from core.links.superoffice.contract import FieldInfo

    Fields = Mapping[str, FieldInfo]

CUSTOMER, SUPPLIER, PARTNER, PERSON, PROJECT = "Customer", "Supplier", "Partner", "Person", "Project"
MAPPED: Final[Mapping[str, KindName]] = {
    CUSTOMER: "customers",
    SUPPLIER: "suppliers",
    PARTNER: "partners",
    PERSON: "contacts",
    PROJECT: "projects",
}
"""What actors of a type are in flows."""

_COMPANY: Mapping[str, str] = {
    "NUMBER1": "number",
    "NAME": "name",
    "EMAIL": "email",
    "PHONE": "phone",
    "URL": "website",
    "VATNO": "vat_number",
    "STREETAD1": "street",
    "STREETZIP": "postal_code",
    "STREETCITY": "city",
    "STREETSTATE": "region",
    "COUNTRY": "country",
}
_PERSON: Mapping[str, str] = {
    "NUMBER": "number",
    "FIRSTNAME": "first_name",
    "LASTNAME": "last_name",
    "TITLE": "salutation",
    "POSITION": "position",
    "EMAIL": "email",
    "PHONE_DIRECT": "phone",
    "PHONE_MOBILE": "mobile",
    "URL": "website",
}
_PROJECT: Mapping[str, str] = {
    "NUMBER": "number",
    "NAME": "name",
    "TEXT": "description",
    "URL": "website",
    "ENDDATE": "ends_on",
}
_KEYS: Mapping[str, Mapping[str, str]] = {
    CUSTOMER: _COMPANY,
    SUPPLIER: _COMPANY,
    PARTNER: _COMPANY,
    PERSON: _PERSON,
    PROJECT: _PROJECT,
}
_NEVER_OF_A_CONTACT = ("NUMBER",)
"""A customer's number is not that of its contact."""


def kinds_of(actors: Mapping[str, Fields]) -> dict[KindName, KindMapping]:
    """Return the kinds of a connector that has actors of these types, each with these fields by their keys."""
    found = {MAPPED[name]: _kind(name, fields, actors) for name, fields in actors.items() if name in MAPPED}
    return {kind: mapping for kind, mapping in found.items() if mapping is not None}


def _kind(name: str, fields: Fields, actors: Mapping[str, Fields]) -> KindMapping | None:
    keys = _KEYS[name]
    read = {field: ReadField(member=key) for key, field in keys.items() if key in fields}
    if not read:
        return None
    match name:
        case "Customer":
            if "NAME" in fields:
                read["company"] = ReadField(member="NAME")
        case "Supplier" | "Partner":
            read["kind"] = ReadField.model_validate({"constant": name.lower()})
    if name != CUSTOMER:
        # Of a customer an e-mail address is enough. What has no number of its own is known by its key.
        number = next((key for key in ("NUMBER1", "NUMBER") if key in keys and key in fields), "ErpKey")
        read["number"] = ReadField(member=number, instead="ErpKey")
    mapping: dict[str, Any] = {"read": KindRead(resource=name, key="ErpKey", fields=read)}
    written = _written(keys, fields)
    if written:
        more: dict[str, Any] = {}
        if name == CUSTOMER:
            more["contact"] = _contact(actors.get(PERSON, {}))
        if name == PERSON:
            more["company"] = _company(actors.get(CUSTOMER, {}))
            if more["company"] is not None:
                written |= _belonging("organisation.key")
        mapping["write"] = KindWrite(resource=name, fields=written, **more)
    return KindMapping(**mapping)


def _contact(person: Fields) -> ContactWrite | None:
    """Return how the contact of a customer is written; None where there are no such actors, or they need more."""
    written = _written({key: field for key, field in _PERSON.items() if key not in _NEVER_OF_A_CONTACT}, person)
    # One that needs more than is known of a contact would be refused with each customer.
    if not written or _lacks(written, person):
        return None
    return ContactWrite(resource=PERSON, fields={**written, **_belonging("customer.key")})


def _company(customer: Fields) -> CompanyWrite | None:
    """Return how the company of a person is looked for, and made; None where it could not be."""
    fields = {
        key: rule.model_copy(update={"field": f"organisation.{rule.field}"})
        for key, rule in _written(_COMPANY, customer).items()
    }
    if "NAME" not in fields:
        return None
    by_name = [LookUp(match=["NAME"])]
    return CompanyWrite(resource=CUSTOMER, fields=fields, look_up=by_name, create=not _lacks(fields, customer))


def _belonging(key: str) -> dict[str, WriteField]:
    return {
        "ParentErpKey": WriteField(field=key),
        "ParentActorType": WriteField.model_validate({"constant": CUSTOMER}),
    }


def _lacks(written: Mapping[str, WriteField], fields: Fields) -> bool:
    return any(each.access is Access.Mandatory and key not in written for key, each in fields.items())


def _written(keys: Mapping[str, str], fields: Fields) -> dict[str, WriteField]:
    return {
        key: WriteField(
            field=field,
            required=fields[key].access is Access.Mandatory,
            max_length=fields[key].max_length or None,
            cut=key == "NAME",
            # A contact may be known by an address alone.
            default="-" if key == "LASTNAME" else None,
        )
        for key, field in keys.items()
        if key in fields and fields[key].access is not Access.ReadOnly
    }
