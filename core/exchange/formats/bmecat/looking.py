"""What a catalogue is, without reading it: its header, and how many articles it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.exchange.formats.bmecat.names import TRANSACTIONS
from core.exchange.formats.bmecat.reading import PRODUCTS, look_at_header
from core.exchange.formats.contract import Inspection
from core.exchange.formats.xml_items import count_items, xml_items

if TYPE_CHECKING:
    from core.config.formats import FormatId
    from core.exchange.formats.contract import Reading

_COUNTED = {"articles": PRODUCTS, "prices": ("ARTICLE_PRICE", "PRODUCT_PRICE"), "groups": ("CATALOG_STRUCTURE",)}


def inspect_catalogue(reading: Reading, format_id: FormatId) -> Inspection:
    """Look at the header of a catalogue, and count its articles."""
    items = xml_items(
        reading.path, ("HEADER",), openings=("BMECAT", *TRANSACTIONS), name=reading.name, stop=reading.stop
    )
    header, met = look_at_header(items)
    problems = [] if met else [f"{reading.name} has no transaction such as T_NEW_CATALOG."]
    names = [name for group in _COUNTED.values() for name in group]
    found, exact = count_items(reading.path, names)
    counts = {what: sum(found[name] for name in group) for what, group in _COUNTED.items()}
    return Inspection(
        header.facts(format_id),
        {what: f"{'' if exact else 'about '}{count:,}" for what, count in counts.items() if count},
        problems,
    )
