"""The entities that ship with Pendel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.config.entities import EntitySettings, FieldSettings

if TYPE_CHECKING:
    from collections.abc import Mapping


def _field(kind: str, **more: Any) -> FieldSettings:
    return FieldSettings.model_validate({"type": kind, **more})


_TEXT, _INTEGER, _YES_NO = _field("text"), _field("integer"), _field("boolean")
_DATE, _TIME = _field("date"), _field("datetime")
_WORDS = _field("text", translated=True)
# Prices below a cent are usual per piece (PAB, BMEcat: four decimals); sums of money have what a currency has at most.
_PRICE, _SUM = _field("decimal", decimals=6), _field("decimal", decimals=4)
_QUANTITY, _PERCENT = _field("decimal", decimals=6), _field("decimal", unit="%", decimals=4)
_WEIGHT = _field("decimal", unit="kg", decimals=6)
_MILLIMETRES = _field("decimal", unit="mm", decimals=3)


def _ref(entity: str, title: str = "") -> FieldSettings:
    return _field("text", refers_to=entity, title=title)


_ADDRESS = {
    "street": _TEXT,
    "house_number": _TEXT,
    "postal_code": _TEXT,
    "city": _TEXT,
    "region": _TEXT,
    "country": _field("text", title="Country (ISO 3166-1)"),
}
_REACH = {"email": _field("text", title="E-mail"), "phone": _TEXT, "mobile": _TEXT, "website": _TEXT}
_PARTY = {
    "vat_number": _field("text", title="VAT number"),
    "registration_number": _field("text", title="Chamber of commerce number"),
    "gln": _field("text", title="GLN"),
    "language": _field("text", title="Language (ISO 639-1)"),
    "currency": _field("text", title="Currency (ISO 4217)"),
    "payment_condition": _TEXT,
}
_LINE = {
    "line": _field("integer", title="Line number"),
    "article": _ref("article"),
    "description": _TEXT,
    "quantity": _QUANTITY,
    "unit": _TEXT,
    "price": _PRICE,
    "discount": _PERCENT,
    "vat_rate": _field("decimal", title="VAT rate", unit="%", decimals=4),
    "total": _SUM,
}
_TOTALS = {
    "currency": _field("text", title="Currency (ISO 4217)"),
    "total": _field("decimal", title="Total with VAT", decimals=4),
    "total_net": _field("decimal", title="Total without VAT", decimals=4),
    "vat_amount": _field("decimal", title="VAT", decimals=4),
}


def _entity(key: str, fields: dict[str, FieldSettings], title: str = "", *, published: bool = False) -> EntitySettings:
    return EntitySettings(title=title, key=key.split(), fields=fields, published=published)


STANDARD_ENTITIES: Mapping[str, EntitySettings] = {
    "product": _entity(
        "number",
        {
            "number": _TEXT,
            "name": _WORDS,
            "description": _WORDS,
            "brand": _TEXT,
            "manufacturer": _TEXT,
            "manufacturer_gln": _field("text", title="GLN of the manufacturer"),
            "series": _TEXT,
            "product_group": _TEXT,
            "etim_class": _field("text", title="ETIM class"),
            "status": _TEXT,
            "valid_from": _DATE,
            "valid_until": _DATE,
        },
        published=True,
    ),
    "article": _entity(
        "number",
        {
            "number": _TEXT,
            "product": _ref("product"),
            "description": _WORDS,
            "long_description": _WORDS,
            "gtin": _field("text", title="GTIN"),
            "manufacturer": _TEXT,
            "manufacturer_gln": _field("text", title="GLN of the manufacturer"),
            "manufacturer_number": _field("text", title="Number at the manufacturer"),
            "brand": _TEXT,
            "article_group": _TEXT,
            "etim_class": _field("text", title="ETIM class"),
            "status": _TEXT,
            "unit": _field("text", title="Unit (UN/ECE Rec 20)"),
            "gross_price": _PRICE,
            "net_price": _PRICE,
            "currency": _field("text", title="Currency (ISO 4217)"),
            "price_unit": _TEXT,
            "price_unit_quantity": _field("decimal", title="Quantity that the price is for"),
            "price_valid_from": _DATE,
            "price_valid_until": _DATE,
            "discount_group": _TEXT,
            "vat_rate": _field("decimal", title="VAT rate", unit="%", decimals=4),
            "order_unit": _TEXT,
            "order_quantity_min": _field("decimal", title="Least order quantity"),
            "order_quantity_step": _QUANTITY,
            "delivery_days": _field("integer", unit="days"),
            "stocked": _YES_NO,
            "weight": _WEIGHT,
            "length": _MILLIMETRES,
            "width": _MILLIMETRES,
            "height": _MILLIMETRES,
            "country_of_origin": _field("text", title="Country of origin (ISO 3166-1)"),
            "customs_code": _TEXT,
            "successor": _ref("article"),
            "valid_from": _DATE,
            "valid_until": _DATE,
        },
        published=True,
    ),
    "assortment": _entity(
        "code",
        {
            "code": _TEXT,
            "name": _WORDS,
            "owner": _ref("organisation"),
            "transfer": _field("boolean", title="Taken along from data pools"),
            "valid_from": _DATE,
            "valid_until": _DATE,
        },
    ),
    "price": _entity(
        "article price_list quantity_from valid_from",
        {
            "article": _ref("article"),
            "price_list": _TEXT,
            "quantity_from": _field("decimal", title="From quantity"),
            "valid_from": _DATE,
            "valid_until": _DATE,
            "gross_price": _PRICE,
            "net_price": _PRICE,
            "currency": _field("text", title="Currency (ISO 4217)"),
            "unit": _TEXT,
            "price_unit_quantity": _field("decimal", title="Quantity that the price is for"),
            "discount": _PERCENT,
        },
    ),
    "stock": _entity(
        "article location",
        {
            "article": _ref("article"),
            "location": _TEXT,
            "on_hand": _QUANTITY,
            "reserved": _QUANTITY,
            "available": _QUANTITY,
            "unit": _TEXT,
            "expected_on": _DATE,
            "expected_quantity": _QUANTITY,
            "counted_at": _TIME,
        },
        title="Stock",
    ),
    "attachment": _entity(
        "entity record file",
        {
            "entity": _field("text", title="Entity it belongs to"),
            "record": _field("text", title="Key of the record"),
            "file": _TEXT,
            "type": _TEXT,
            "language": _TEXT,
            "description": _WORDS,
            "sort_order": _INTEGER,
            "content_hash": _field("text", title="SHA-256 of the content"),
            "size": _field("integer", unit="bytes"),
            "media_type": _TEXT,
            "source": _field("text", title="Path or URL it came from"),
        },
    ),
    "organisation": _entity(
        "number",
        {"number": _TEXT, "name": _TEXT, "kind": _TEXT, **_ADDRESS, **_REACH, **_PARTY, "active": _YES_NO},
    ),
    "contact": _entity(
        "number",
        {
            "number": _TEXT,
            "organisation": _ref("organisation"),
            "salutation": _TEXT,
            "first_name": _TEXT,
            "last_name": _TEXT,
            "position": _TEXT,
            "department": _TEXT,
            **_REACH,
            "language": _field("text", title="Language (ISO 639-1)"),
            "active": _YES_NO,
        },
    ),
    "customer": _entity(
        "number",
        {
            "number": _TEXT,
            "name": _TEXT,
            "company": _TEXT,
            "first_name": _TEXT,
            "last_name": _TEXT,
            "organisation": _ref("organisation"),
            **_REACH,
            **_ADDRESS,
            **_PARTY,
            "customer_group": _TEXT,
            "price_list": _TEXT,
            "discount": _PERCENT,
            "credit_limit": _SUM,
            "active": _YES_NO,
        },
    ),
    "order": _entity(
        "number",
        {
            "number": _TEXT,
            "ordered_on": _DATE,
            "customer": _ref("customer"),
            "customer_reference": _TEXT,
            "status": _TEXT,
            **_TOTALS,
            "payment_condition": _TEXT,
            "payment_method": _TEXT,
            "shipping_method": _TEXT,
            "shipping_cost": _SUM,
            "deliver_on": _DATE,
            "delivery_name": _TEXT,
            **{f"delivery_{name}": declared for name, declared in _ADDRESS.items() if name != "region"},
            "remark": _TEXT,
        },
    ),
    "order_line": _entity("order line", {"order": _ref("order"), **_LINE, "deliver_on": _DATE}),
    "invoice": _entity(
        "number",
        {
            "number": _TEXT,
            "invoiced_on": _DATE,
            "due_on": _DATE,
            "customer": _ref("customer"),
            "order": _ref("order"),
            "status": _TEXT,
            **_TOTALS,
            "paid": _SUM,
            "paid_on": _DATE,
            "reference": _TEXT,
        },
    ),
    "invoice_line": _entity("invoice line", {"invoice": _ref("invoice"), **_LINE}),
    "opportunity": _entity(
        "number",
        {
            "number": _TEXT,
            "title": _TEXT,
            "organisation": _ref("organisation"),
            "contact": _ref("contact"),
            "stage": _TEXT,
            "probability": _PERCENT,
            "amount": _SUM,
            "currency": _field("text", title="Currency (ISO 4217)"),
            "expected_on": _DATE,
            "closed_on": _DATE,
            "owner": _TEXT,
        },
    ),
}
"""Every standard entity by name. Text that is a number elsewhere (GTIN, customs code) stays text: its zeros count."""
