"""What flows between systems: the kinds of records, and the fields of each, as Pendel names them (FL1).

Every system says once, in the definition of its connector, how its records become these and back. A record is a flat
table of fields; what belongs to another record has its name before a dot (``customer.email``), and lines are records
of their own, as are the parts of a product: its variants, and the categories that it stands in. The names are those of
the standard entities.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

FieldType = Literal["text", "decimal", "integer", "boolean", "date", "datetime"]

KindName = Literal[
    "orders",
    "invoices",
    "direct-invoices",
    "sales-entries",
    "products",
    "customers",
    "stock",
    "order-status",
    "contacts",
    "opportunities",
    "suppliers",
    "projects",
    "partners",
]

OPEN_PREFIXES: Final = ("free", "attribute", "characteristic", "unit")
"""Before a dot: fields that a system has and nobody declared, as text. Attributes tell the variants of a product from
each other, characteristics are information; ``unit.NAME`` is the unit of the one of that name."""

PartName = Literal["variants", "categories"]

CATALOGUE: Final = "catalogue"
"""What a flow names in place of a link, where it begins or ends in the catalogue."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record that flows."""

    name: KindName
    title: str
    key: str
    """The field that names a record for people, and by which it is looked for."""
    fields: Mapping[str, FieldType]
    lines: Mapping[str, FieldType] = field(default_factory=dict)
    """The fields of a line; empty where records have none."""
    updates: bool = False
    """A record that the target has is updated; otherwise it is left as it is."""
    entity: str = ""
    """Of the catalogue."""
    line_entity: str = ""
    parts: Mapping[PartName, Mapping[str, FieldType]] = field(default_factory=dict)
    """The fields of what a record consists of besides lines."""
    part_entities: tuple[str, ...] = ()
    """Of the catalogue, in which parts are kept."""
    sorts: tuple[str, ...] = ()
    """What ``kind`` of a record of the catalogue is, where other kinds are in the same entity; empty: none is said."""

    def type_of(self, name: str, *, line: bool = False, part: PartName | None = None) -> FieldType | None:
        """Return the type of a field of a record, of one of its lines, or of a part; None where there is none."""
        fields = self.fields if part is None else self.parts.get(part, {})
        known = (self.lines if line else fields).get(name)
        if known is None and "." in name and name.partition(".")[0] in OPEN_PREFIXES:
            return "text"
        return known

    def placed(self, name: str) -> FieldType | None:
        """Return the type of a field whose name says where it is: ``lines.price``, ``variants.gtin``, ``number``."""
        first, _, rest = name.partition(".")
        if first == "lines":
            return self.type_of(rest, line=True)
        part = next((each for each in self.parts if each == first), None)
        return self.type_of(rest, part=part) if part is not None else self.type_of(name)

    @property
    def all_fields(self) -> list[str]:
        """The names of all fields, with what says where they are."""
        among = [f"{part}.{name}" for part, fields in self.parts.items() for name in fields]
        return [*self.fields, *(f"lines.{name}" for name in self.lines), *among]


def _among(prefix: str, fields: Mapping[str, FieldType]) -> dict[str, FieldType]:
    return {f"{prefix}.{name}": kind for name, kind in fields.items()}


_ADDRESS: dict[str, FieldType] = {
    "name": "text",
    "company": "text",
    "street": "text",
    "house_number": "text",
    "postal_code": "text",
    "city": "text",
    "region": "text",
    "country": "text",
}
_PARTY: dict[str, FieldType] = {
    "email": "text",
    "phone": "text",
    "mobile": "text",
    "website": "text",
    "vat_number": "text",
    "registration_number": "text",
    "language": "text",
    "currency": "text",
    "payment_condition": "text",
}
_CUSTOMER: dict[str, FieldType] = {
    "number": "text",
    "kind": "text",
    **_ADDRESS,
    "first_name": "text",
    "last_name": "text",
    "salutation": "text",
    **_PARTY,
    "customer_group": "text",
    "discount": "decimal",
    "credit_limit": "decimal",
    "active": "boolean",
}
_LINE: dict[str, FieldType] = {
    "line": "integer",
    "article": "text",
    "gtin": "text",
    "description": "text",
    "quantity": "decimal",
    "unit": "text",
    "price": "decimal",
    "discount": "decimal",
    "vat_rate": "decimal",
    "vat_code": "text",
    "total": "decimal",
    "revenue_account": "text",
    "cost_centre": "text",
    "cost_unit": "text",
    "warehouse": "text",
    "deliver_on": "date",
    "remark": "text",
}
_DOCUMENT: dict[str, FieldType] = {
    "number": "text",
    "reference": "text",
    "kind": "text",
    "status": "text",
    "currency": "text",
    "total": "decimal",
    "total_net": "decimal",
    "vat_amount": "decimal",
    "payment_condition": "text",
    "payment_method": "text",
    "shipping_method": "text",
    "shipping_cost": "decimal",
    "discount": "decimal",
    "discount_amount": "decimal",
    "remark": "text",
    "employee": "text",
    "warehouse": "text",
    "cost_centre": "text",
    "cost_unit": "text",
    **_among("customer", _CUSTOMER),
    **_among("billing", _ADDRESS),
    **_among("delivery", _ADDRESS),
}
_INVOICE: dict[str, FieldType] = {
    **_DOCUMENT,
    "invoiced_on": "date",
    "due_on": "date",
    "delivered_on": "date",
    "order": "text",
    "journal": "text",
    "paid": "decimal",
    "paid_on": "date",
}
_PRODUCT: dict[str, FieldType] = {
    "number": "text",
    "name": "text",
    "description": "text",
    "long_description": "text",
    "gtin": "text",
    "kind": "text",
    "parent": "text",
    "brand": "text",
    "category": "text",
    "assortment": "text",
    "unit": "text",
    "gross_price": "decimal",
    "net_price": "decimal",
    "retail_price": "decimal",
    "currency": "text",
    "vat_rate": "decimal",
    "vat_code": "text",
    "quantity": "decimal",
    "net_weight": "decimal",
    "country_of_origin": "text",
    "customs_code": "text",
    "stocked": "boolean",
    "active": "boolean",
}
_CATEGORY: dict[str, FieldType] = {
    "code": "text",
    "name": "text",
    "parent": "text",
    "direct": "boolean",
}
"""``direct`` is false of those that stand here because others are below them."""
_STOCK: dict[str, FieldType] = {
    "article": "text",
    "location": "text",
    "on_hand": "decimal",
    "reserved": "decimal",
    "available": "decimal",
    "planned_in": "decimal",
    "planned_out": "decimal",
    "quantity": "decimal",
    "unit": "text",
    "manage_stock": "boolean",
}
_ORGANISATION: dict[str, FieldType] = {
    "number": "text",
    "kind": "text",
    **{name: given for name, given in _ADDRESS.items() if name != "company"},
    **_PARTY,
    "active": "boolean",
}
_PROJECT: dict[str, FieldType] = {
    "number": "text",
    "name": "text",
    "description": "text",
    "organisation": "text",
    "status": "text",
    "begins_on": "date",
    "ends_on": "date",
    "website": "text",
    "active": "boolean",
}
_CONTACT: dict[str, FieldType] = {
    "number": "text",
    "organisation": "text",
    **_among("organisation", _ORGANISATION),
    "salutation": "text",
    "first_name": "text",
    "last_name": "text",
    "position": "text",
    "department": "text",
    "email": "text",
    "phone": "text",
    "mobile": "text",
    "website": "text",
    "language": "text",
    "active": "boolean",
}
_OPPORTUNITY: dict[str, FieldType] = {
    "number": "text",
    "title": "text",
    "organisation": "text",
    "contact": "text",
    "stage": "text",
    "probability": "decimal",
    "amount": "decimal",
    "currency": "text",
    "expected_on": "date",
    "closed_on": "date",
    "owner": "text",
}
_STATUS: dict[str, FieldType] = {
    "number": "text",
    "reference": "text",
    "status": "text",
    "deliver_on": "date",
    "shipped_on": "date",
    "tracking": "text",
}

KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind(
            "orders",
            "Orders",
            "number",
            {**_DOCUMENT, "ordered_on": "date", "deliver_on": "date", "payment_status": "text"},
            _LINE,
            entity="order",
            line_entity="order_line",
        ),
        Kind("invoices", "Invoices", "number", _INVOICE, _LINE, entity="invoice", line_entity="invoice_line"),
        Kind(
            "direct-invoices",
            "Direct invoices",
            "number",
            _INVOICE,
            _LINE,
            entity="invoice",
            line_entity="invoice_line",
        ),
        Kind("sales-entries", "Sales entries", "number", _INVOICE, _LINE, entity="invoice", line_entity="invoice_line"),
        Kind(
            "products",
            "Products",
            "number",
            _PRODUCT,
            updates=True,
            entity="article",
            parts={"variants": _PRODUCT, "categories": _CATEGORY},
            part_entities=("product", "article_feature", "catalogue_group", "group_member"),
        ),
        Kind(
            "customers",
            "Customers",
            "email",
            {**_CUSTOMER, **_among("delivery", _ADDRESS)},
            updates=True,
            entity="customer",
        ),
        Kind("stock", "Stock", "article", _STOCK, updates=True, entity="stock"),
        Kind("order-status", "Order status", "number", _STATUS, updates=True, entity="order"),
        Kind("contacts", "Contacts", "email", _CONTACT, updates=True, entity="contact"),
        Kind("opportunities", "Opportunities", "number", _OPPORTUNITY, updates=True, entity="opportunity"),
        Kind(
            "suppliers",
            "Suppliers",
            "number",
            _ORGANISATION,
            updates=True,
            entity="organisation",
            sorts=("", "supplier"),
        ),
        Kind("projects", "Projects", "number", _PROJECT, updates=True, entity="project"),
        Kind("partners", "Partners", "number", _ORGANISATION, updates=True, entity="organisation", sorts=("partner",)),
    )
}

REPORT: Final = "report."
"""Before a member that a link is told what became of its record in."""
REPORTED: Final = ("target.key", "target.number", "target.status", "target.outcome")
"""What a source may be told of a record: id, number and status that it has at the target, and what became of it there
(``created``, ``updated`` or ``found``)."""

RESOLVED: Final = (
    "customer.key", "article_key", "order_key", "organisation.key", "category.key", "parent.key", "parent.number",
    "part.key",
)  # fmt: skip
"""What a write mapping may name besides the fields: the ids that the target has for what a record refers to."""
