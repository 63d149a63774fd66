"""Orders, what suppliers answer to them, deliveries and invoices: the messages of trade.

The names follow those of the shop world where it has them; what the messages of DICO have beyond is kept as
``extension``. Numbers of other parties' documents are texts, and refer to nothing: the document may not be here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.standard_fields import (
    ADDRESS,
    CURRENCY,
    DATE,
    EXTENSION,
    GTIN,
    PERCENT,
    PRICE,
    QUANTITY,
    SUM,
    TEXT,
    VAT_RATE,
    entity,
    field,
    ref,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.config.entities import EntitySettings

_PARTIES = {
    "buyer_gln": field("text", "GLN of the buyer"),
    "supplier_gln": field("text", "GLN of the supplier"),
}
_BUYER_ORDER = {"buyer_order_number": field("text", "Number of the order at the buyer")}
_ARTICLE = {"article": ref("article"), "gtin": GTIN, "description": TEXT}
_PRICE_BASE = {
    "price_unit": TEXT,
    "price_unit_quantity": field("decimal", "Quantity that the price is for"),
}
_LINE = {
    "line": field("integer", title="Line number"),
    **_ARTICLE,
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
_KIND = {"kind": field("text", "Kind (220 order, 380 invoice, …)")}

TRADE: Mapping[str, EntitySettings] = {
    "order": entity(
        "number",
        {
            "number": TEXT,
            "ordered_on": DATE,
            **_KIND,
            "customer": ref("customer"),
            "customer_reference": TEXT,
            **_PARTIES,
            "status": TEXT,
            **_TOTALS,
            "payment_condition": TEXT,
            "payment_method": TEXT,
            "shipping_method": TEXT,
            "shipping_cost": SUM,
            "deliver_on": DATE,
            "delivery_name": TEXT,
            **{f"delivery_{name}": declared for name, declared in ADDRESS.items() if name != "region"},
            "remark": TEXT,
            "extension": EXTENSION,
        },
    ),
    "order_line": entity(
        "order line", {"order": ref("order"), **_LINE, "deliver_on": DATE, "remark": TEXT, "extension": EXTENSION}
    ),
    "order_response": entity(
        "number",
        {
            "number": TEXT,
            "responded_on": DATE,
            **_BUYER_ORDER,
            **_PARTIES,
            "status": field("text", "Status (29 accepted, 4 changed, 27 refused, …)"),
            "total": SUM,
            "deliver_on": DATE,
            "remark": TEXT,
            "extension": EXTENSION,
        },
    ),
    "order_response_line": entity(
        "response line",
        {
            "response": ref("order_response"),
            "line": field("integer", title="Line number"),
            "order_line": field("text", "Line of the order"),
            "status": field("text", "Status (5 accepted, 6 changed, 7 refused, …)"),
            **_ARTICLE,
            "quantity": field("decimal", "Quantity that will be delivered"),
            "difference": field("decimal", "Difference with what was ordered"),
            "unit": TEXT,
            "gross_price": PRICE,
            "price": PRICE,
            **_PRICE_BASE,
            "total": SUM,
            "remark": TEXT,
            "extension": EXTENSION,
        },
    ),
    "despatch_advice": entity(
        "number",
        {
            "number": TEXT,
            "sent_on": DATE,
            **_BUYER_ORDER,
            "response_number": field("text", "Number of the order response"),
            **_PARTIES,
            "deliver_on": DATE,
            "remark": TEXT,
            "extension": EXTENSION,
        },
        title="Despatch advice",
    ),
    "despatch_line": entity(
        "despatch unit_number line",
        {
            "despatch": ref("despatch_advice"),
            "unit_number": field("integer", "Number of the despatch unit, from 1"),
            "line": field("integer", title="Line number"),
            "order_line": field("text", "Line of the order"),
            **_ARTICLE,
            "quantity": field("decimal", "Quantity that was delivered"),
            "unit": TEXT,
            "batch": TEXT,
            "remark": TEXT,
            "extension": EXTENSION,
        },
    ),
    "invoice": entity(
        "number",
        {
            "number": TEXT,
            "invoiced_on": DATE,
            **_KIND,
            "due_on": DATE,
            "delivered_on": DATE,
            "customer": ref("customer"),
            "order": ref("order"),
            **_BUYER_ORDER,
            "despatch_number": field("text", "Number of the despatch advice"),
            "corrected_number": field("text", "Number of the invoice that it corrects"),
            **_PARTIES,
            "status": TEXT,
            **_TOTALS,
            "paid": SUM,
            "paid_on": DATE,
            "reference": TEXT,
            "extension": EXTENSION,
        },
    ),
    "invoice_line": entity(
        "invoice line",
        {"invoice": ref("invoice"), **_LINE, **_PRICE_BASE, "order_line": TEXT, "extension": EXTENSION},
    ),
}
