"""What the settings know of the formats of the industry, without importing what reads and writes them.

A format joins by its entry in :data:`TRAITS`, beside its module in ``core.exchange.formats``; a test holds the two
against each other. Each family of formats has one model for what its header needs when it is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import StrictBool, StrictStr

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


class PabHeader(HeaderSettings):
    """Of a set of files of PAB."""

    supplier_gln: Gln = setting("", title="GLN of the supplier", help="Of all articles. Empty: as the records have it.")
    buyer_gln: Gln = setting("", title="GLN of the buyer")
    central_gln: Gln = setting("", title="GLN of the central file of articles")
    packed: StrictBool = setting(
        True,
        title="All record files, in a zip file",
        help="No: only that of the records of the task (ArtLev or Product), by itself and without a header.",
    )


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


class DicoHeader(HeaderSettings):
    """Of messages of DICO/INSBOU003."""

    buyer_gln: Gln = setting("", title="GLN of the buyer", help="Empty: as the records have it.")
    supplier_gln: Gln = setting("", title="GLN of the supplier", help="Empty: as the records have it.")
    packed: StrictBool = setting(
        False,
        title="Several in a zip file",
        help="Each message as a file of its own in a zip file. No: a file is one message, and several are refused.",
    )


class SalesHeader(DicoHeader):
    """Of price catalogues and messages of DICO/SALES005."""

    supplier: StrictStr = setting("", title="Name of the supplier", help="Of a price catalogue.")
    city: StrictStr = setting("", title="City of the supplier", help="Of a price catalogue.")
    catalogue: StrictStr = setting(
        "",
        title="Number of the catalogue",
        help="At most 17 characters. Empty: made of date and sequence.",
    )
    unverified: StrictBool = setting(
        False,
        title="Unverified messages",
        help="Orders, their answers, despatch advices and invoices are written by a profile that nobody has verified.",
    )
    namespace: StrictStr = setting(
        "",
        title="Namespace of the message",
        help="As the receiver says; it is not published.",
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
    "classification_system", "classification_value", "classification_unit", "classification_group",
    "classification_feature", "classification_class", "catalogue_group", "article", "price", "packaging", "surcharge",
    "article_class", "article_feature", "relation", "attachment", "group_member", "supplier_catalogue",
)  # fmt: skip

_MESSAGES = (
    "order", "order_line", "order_response", "order_response_line", "despatch_advice", "despatch_line", "invoice",
    "invoice_line",
)  # fmt: skip
_DOCUMENTS = _MESSAGES[::2]
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
    "dico-insbou": FormatTraits(reads=_MESSAGES, writes=_DOCUMENTS),
    "dico-sales": FormatTraits(
        reads=("supplier_catalogue", "article", "price", "attachment", *_MESSAGES), writes=("article", *_DOCUMENTS)
    ),
    "etim-bmecat": FormatTraits(reads=_CATALOGUE, writes=("article",)),
    "fab-dis": FormatTraits(
        reads=("article", "packaging", "article_class", "article_feature", "relation", "attachment")
    ),
    "etim-csv": FormatTraits(reads=_CLASSIFICATION),
    "etim-ixf": FormatTraits(reads=_CLASSIFICATION),
    "etim-xchange": FormatTraits(reads=_XCHANGE, writes=("article", "product")),
    "icc": FormatTraits(reads=("condition",), writes=("condition",), changes=False),
    "pab": FormatTraits(
        reads=("product", "article", "price", "surcharge", "attachment"), writes=("article", "product")
    ),
}
"""By format; one that is not here is only recognised."""


def traits_of(name: object) -> FormatTraits | None:
    """Return what can be done with a format that something names; None where it names none, or one of no use."""
    return next((traits for each, traits in TRAITS.items() if each == name), None)
