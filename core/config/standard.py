"""The entities that ship with Pendel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.standard_articles import CATALOGUES, PRODUCTS
from core.config.standard_classification import CLASSIFICATION
from core.config.standard_fields import (
    COUNTRY,
    CURRENCY,
    DATE,
    GLN,
    LANGUAGE,
    PERCENT,
    PRICE,
    QUANTITY,
    SUM,
    TEXT,
    VAT_RATE,
    YES_NO,
    entity,
    field,
    ref,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.config.entities import EntitySettings

_ADDRESS = {
    "street": TEXT,
    "house_number": TEXT,
    "postal_code": TEXT,
    "city": TEXT,
    "region": TEXT,
    "country": COUNTRY,
}
_REACH = {"email": field("text", title="E-mail"), "phone": TEXT, "mobile": TEXT, "website": TEXT}
_PARTY = {
    "vat_number": field("text", title="VAT number"),
    "registration_number": field("text", title="Chamber of commerce number"),
    "gln": GLN,
    "language": LANGUAGE,
    "currency": CURRENCY,
    "payment_condition": TEXT,
}
_LINE = {
    "line": field("integer", title="Line number"),
    "article": ref("article"),
    "description": TEXT,
    "quantity": QUANTITY,
    "unit": TEXT,
    "price": PRICE,
    "discount": PERCENT,
    "vat_rate": VAT_RATE,
    "total": SUM,
}
_TOTALS = {
    "currency": CURRENCY,
    "total": field("decimal", title="Total with VAT", decimals=4),
    "total_net": field("decimal", title="Total without VAT", decimals=4),
    "vat_amount": field("decimal", title="VAT", decimals=4),
}


STANDARD_ENTITIES: Mapping[str, EntitySettings] = {
    **PRODUCTS,
    "organisation": entity(
        "number",
        {"number": TEXT, "name": TEXT, "kind": TEXT, **_ADDRESS, **_REACH, **_PARTY, "active": YES_NO},
    ),
    "contact": entity(
        "number",
        {
            "number": TEXT,
            "organisation": ref("organisation"),
            "salutation": TEXT,
            "first_name": TEXT,
            "last_name": TEXT,
            "position": TEXT,
            "department": TEXT,
            **_REACH,
            "language": LANGUAGE,
            "active": YES_NO,
        },
    ),
    "customer": entity(
        "number",
        {
            "number": TEXT,
            "name": TEXT,
            "company": TEXT,
            "first_name": TEXT,
            "last_name": TEXT,
            "organisation": ref("organisation"),
            **_REACH,
            **_ADDRESS,
            **_PARTY,
            "customer_group": TEXT,
            "price_list": TEXT,
            "discount": PERCENT,
            "credit_limit": SUM,
            "active": YES_NO,
        },
    ),
    "order": entity(
        "number",
        {
            "number": TEXT,
            "ordered_on": DATE,
            "customer": ref("customer"),
            "customer_reference": TEXT,
            "status": TEXT,
            **_TOTALS,
            "payment_condition": TEXT,
            "payment_method": TEXT,
            "shipping_method": TEXT,
            "shipping_cost": SUM,
            "deliver_on": DATE,
            "delivery_name": TEXT,
            **{f"delivery_{name}": declared for name, declared in _ADDRESS.items() if name != "region"},
            "remark": TEXT,
        },
    ),
    "order_line": entity("order line", {"order": ref("order"), **_LINE, "deliver_on": DATE}),
    "invoice": entity(
        "number",
        {
            "number": TEXT,
            "invoiced_on": DATE,
            "due_on": DATE,
            "customer": ref("customer"),
            "order": ref("order"),
            "status": TEXT,
            **_TOTALS,
            "paid": SUM,
            "paid_on": DATE,
            "reference": TEXT,
        },
    ),
    "invoice_line": entity("invoice line", {"invoice": ref("invoice"), **_LINE}),
    "opportunity": entity(
        "number",
        {
            "number": TEXT,
            "title": TEXT,
            "organisation": ref("organisation"),
            "contact": ref("contact"),
            "stage": TEXT,
            "probability": PERCENT,
            "amount": SUM,
            "currency": CURRENCY,
            "expected_on": DATE,
            "closed_on": DATE,
            "owner": TEXT,
        },
    ),
    **CATALOGUES,
    **CLASSIFICATION,
}
"""Every standard entity by name. Text that is a number elsewhere (GTIN, customs code) stays text: its zeros count."""
