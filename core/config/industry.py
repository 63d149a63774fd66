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


@dataclass(frozen=True, slots=True)
class FormatTraits:
    """What can be done with a format, and with what records."""

    reads: tuple[str, ...] = ()
    """The entities that a file may bring, in the order of its parts; empty where no file is read."""
    writes: tuple[str, ...] = ()
    """The entities of which a file can be made; of the first, where a task does not say."""
    header: type[HeaderSettings] = HeaderSettings


TRAITS: Mapping[FormatId, FormatTraits] = {
    "icc": FormatTraits(reads=("condition",), writes=("condition",), header=IccHeader),
    "pab": FormatTraits(
        reads=("product", "article", "price", "surcharge", "attachment"),
        writes=("article", "product"),
        header=PabHeader,
    ),
}
"""By format; one that is not here is only recognised."""
