"""How the actors of an ERP Sync Connector become the customers of flows and back, where its fields have the usual keys.

These are the keys by which SuperOffice maps fields by itself. (SuperOffice, ERP connectors: "Automatic field mapping".)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.links.model.kinds import ContactWrite, KindMapping, KindRead, KindWrite, ReadField, WriteField
from core.links.superoffice.contract import Access

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.config.flow_kinds import KindName
    from core.links.superoffice.contract import FieldInfo

CUSTOMER, PERSON = "Customer", "Person"
_CUSTOMER: Mapping[str, str] = {
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
    "FIRSTNAME": "first_name",
    "LASTNAME": "last_name",
    "TITLE": "salutation",
    "EMAIL": "email",
    "PHONE_MOBILE": "mobile",
}


def customers(customer: Mapping[str, FieldInfo], person: Mapping[str, FieldInfo]) -> Mapping[KindName, KindMapping]:
    """Return the kinds of a connector with these fields; ``person`` is empty where it has no such actors."""
    read = {field: ReadField(member=key) for key, field in _CUSTOMER.items() if key in customer}
    if "NAME" in customer:
        read["company"] = ReadField(member="NAME")
    if not read:
        return {}
    written = _written(_CUSTOMER, customer)
    contact = None
    of_person = _written(_PERSON, person)
    # One that needs more than is known of a contact would be refused with each customer.
    if of_person and not any(each.access is Access.Mandatory and key not in of_person for key, each in person.items()):
        belongs = {
            "ParentErpKey": WriteField(field="customer.key"),
            "ParentActorType": WriteField.model_validate({"constant": CUSTOMER}),
        }
        contact = ContactWrite(resource=PERSON, fields={**of_person, **belongs})
    mapping: dict[str, Any] = {"read": KindRead(resource=CUSTOMER, key="ErpKey", fields=read)}
    if written:
        mapping["write"] = KindWrite(resource=CUSTOMER, fields=written, contact=contact)
    return {"customers": KindMapping(**mapping)}


def _written(keys: Mapping[str, str], fields: Mapping[str, FieldInfo]) -> dict[str, WriteField]:
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
