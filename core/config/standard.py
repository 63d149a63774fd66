"""The entities that ship with Pendel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.standard_articles import CATALOGUES, PRODUCTS
from core.config.standard_classification import CLASSIFICATION
from core.config.standard_fields import (
    ADDRESS,
    CURRENCY,
    DATE,
    GLN,
    LANGUAGE,
    PERCENT,
    SUM,
    TEXT,
    YES_NO,
    entity,
    field,
    ref,
)
from core.config.standard_portal import PORTAL
from core.config.standard_trade import TRADE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.config.entities import EntitySettings

_REACH = {"email": field("text", title="E-mail"), "phone": TEXT, "mobile": TEXT, "website": TEXT}
_PARTY = {
    "vat_number": field("text", title="VAT number"),
    "registration_number": field("text", title="Chamber of commerce number"),
    "gln": GLN,
    "language": LANGUAGE,
    "currency": CURRENCY,
    "payment_condition": TEXT,
}


STANDARD_ENTITIES: Mapping[str, EntitySettings] = {
    **PRODUCTS,
    "organisation": entity(
        "number",
        {"number": TEXT, "name": TEXT, "kind": TEXT, **ADDRESS, **_REACH, **_PARTY, "active": YES_NO},
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
            **ADDRESS,
            **_PARTY,
            "customer_group": TEXT,
            "price_list": TEXT,
            "discount": PERCENT,
            "credit_limit": SUM,
            "active": YES_NO,
        },
    ),
    **TRADE,
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
    "project": entity(
        "number",
        {
            "number": TEXT,
            "name": TEXT,
            "description": TEXT,
            "organisation": ref("organisation"),
            "status": TEXT,
            "begins_on": DATE,
            "ends_on": DATE,
            "website": TEXT,
            "active": YES_NO,
        },
    ),
    **PORTAL,
    **CATALOGUES,
    **CLASSIFICATION,
}
"""Every standard entity by name. Text that is a number elsewhere (GTIN, customs code) stays text: its zeros count."""
