"""How suppliers and points of sale are reached by messages, and who has an account in a portal (DP4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.standard_fields import ADDRESS, GLN, LANGUAGE, TEXT, YES_NO, entity, field, ref

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.config.entities import EntitySettings

_EMAIL = field("text", title="E-mail")

PORTAL: Mapping[str, EntitySettings] = {
    "point_of_sale": entity(
        "number",
        {
            "number": TEXT,
            "organisation": ref("organisation", "Supplier"),
            "name": TEXT,
            "gln": GLN,
            **ADDRESS,
            "email": _EMAIL,
            "phone": TEXT,
            "active": YES_NO,
        },
        title="Point of sale",
    ),
    "message_channel": entity(
        "code",
        {
            "code": TEXT,
            "organisation": ref("organisation", "Supplier"),
            "point_of_sale": ref("point_of_sale", "Point of sale; empty: all of the supplier"),
            "message": field("text", "Kind of message (order, confirmation, invoice, packing_list)"),
            "url": field("text", "Address"),
            "user_name": TEXT,
            "secret": field("text", "Name of the password in the vault"),
            "format": TEXT,
            "active": YES_NO,
        },
    ),
    "user_account": entity(
        "user_name",
        {
            "user_name": TEXT,
            "first_name": TEXT,
            "last_name": TEXT,
            "email": _EMAIL,
            "phone": TEXT,
            "language": LANGUAGE,
            "role": TEXT,
            "organisation": ref("organisation"),
            "point_of_sale": ref("point_of_sale"),
            "active": YES_NO,
        },
    ),
}
