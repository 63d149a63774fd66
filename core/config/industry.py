"""What the settings know of the formats of the industry, without importing what reads and writes them.

A format joins by its entry in :data:`TRAITS`, beside its module in ``core.exchange.formats``; a test holds the two
against each other. Each family of formats has one model for what its header needs when it is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import StrictStr

from core.config.base import Settings, setting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.config.formats import FormatId

Gln = StrictStr
"""A GLN, or empty; its form is checked when a file is written, where the check digit can be told, too."""


class HeaderSettings(Settings):
    """What stands in the header of a file that is written, and how the format is written."""

    too_long: Literal["refuse", "cut"] = setting(
        "refuse",
        title="Texts that are too long",
        help="Leave the record out, and say so; or cut the text at the format's limit.",
    )


class IccHeader(HeaderSettings):
    """Of a file of conditions in ICC."""

    supplier: StrictStr = setting("", title="Name of the supplier", help="Empty: as the records have it.")
    supplier_gln: Gln = setting("", title="GLN of the supplier", help="Empty: as the records have it.")
    customer: StrictStr = setting(
        "", title="Number of the customer", help="Whose conditions are written. Empty: there are only those of one."
    )
    customer_gln: Gln = setting("", title="GLN of the customer", help="Empty: as the records have it.")


class _CatalogueHeader(HeaderSettings):
    catalogue: StrictStr = setting(
        "", title="Id of the catalogue", help="At most 20 characters. Empty: that of the one catalogue of the records."
    )
    catalogue_version: StrictStr = setting(
        "",
        title="Version of the catalogue",
        help="Such as 1.0. A complete catalogue needs a new one each time it is sent.",
    )
    name: StrictStr = setting("", title="Name of the catalogue")
    supplier: StrictStr = setting("", title="Name of the supplier", help="Empty: as the records have it.")
    supplier_gln: Gln = setting("", title="GLN of the supplier")
    buyer: StrictStr = setting("", title="Name of the buyer")
    buyer_gln: Gln = setting("", title="GLN of the buyer")
    currency: StrictStr = setting("", title="Currency", help="Of prices that name none: ISO 4217.")


class _BmecatHeader(_CatalogueHeader):
    supplier_number: StrictStr = setting("", title="Number of the supplier")
    buyer_number: StrictStr = setting("", title="Number of the buyer")
    media_root: StrictStr = setting("", title="Where attachments lie", help="The address that their names go on from.")


class BmecatHeader(_BmecatHeader):
    """Of a catalogue in BMEcat."""

    version: Literal["1.2", "2005", "2005.1", "2005.2"] = setting("2005", title="Version of BMEcat")
    content: Literal["articles", "prices"] = setting(
        "articles", title="Content", help="Whole articles, or only the prices of articles that the receiver has."
    )


class EtimBmecatHeader(_BmecatHeader):
    """Of a catalogue in BMEcat by the guideline of ETIM, version 5.0."""

    content: Literal["articles", "prices", "product-data"] = setting(
        "articles",
        title="Content",
        help="Whole articles; only the prices of articles that the receiver has; or articles without prices.",
    )


class XchangeHeader(_CatalogueHeader):
    """Of a catalogue in ETIM xChange."""


@dataclass(frozen=True, slots=True)
class FormatTraits:
    """What can be done with a format, and with what records."""

    reads: tuple[str, ...] = ()
    """The entities that a file may bring, in the order of its parts; empty where no file is read."""
    writes: tuple[str, ...] = ()
    """The entities that a file can be about."""
    changes: bool = True
    """Whether a file can have changes only; where not, each is the whole of what it is about."""


_CATALOGUE = (
    "catalogue_group", "article", "price", "packaging", "surcharge", "article_class", "article_feature", "relation",
    "attachment", "group_member", "supplier_catalogue",
)  # fmt: skip

_XCHANGE = (
    "supplier_catalogue", "product", "article", "price", "surcharge", "packaging", "relation", "article_class",
    "article_feature", "attachment",
)  # fmt: skip
_CLASSIFICATION = (
    "classification_system", "classification_group", "classification_feature", "classification_value",
    "classification_unit", "classification_class", "class_synonym", "class_feature", "class_feature_value",
)  # fmt: skip

TRAITS: Mapping[FormatId, FormatTraits] = {
    "bmecat": FormatTraits(reads=_CATALOGUE, writes=("article",)),
    "etim-bmecat": FormatTraits(reads=_CATALOGUE, writes=("article",)),
    "etim-csv": FormatTraits(reads=_CLASSIFICATION),
    "etim-ixf": FormatTraits(reads=_CLASSIFICATION),
    "etim-xchange": FormatTraits(reads=_XCHANGE, writes=("article", "product")),
    "icc": FormatTraits(reads=("condition",), writes=("condition",), changes=False),
}
"""By format; one that is not here is only recognised."""


def traits_of(name: object) -> FormatTraits | None:
    """Return what can be done with a format that something names; None where it names none, or one of no use."""
    return next((traits for each, traits in TRAITS.items() if each == name), None)
