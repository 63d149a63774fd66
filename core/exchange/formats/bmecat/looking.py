"""What a catalogue is, without reading it: its header, how many articles it has, and what is wrong with the first."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from core.errors import DataError
from core.exchange.formats.bmecat.gathered import Catalogue
from core.exchange.formats.bmecat.names import TRANSACTIONS
from core.exchange.formats.bmecat.prices import AMOUNTS
from core.exchange.formats.bmecat.products import read_product
from core.exchange.formats.bmecat.reading import ITEMS, PRODUCTS, look_at_header
from core.exchange.formats.bmecat.texts import Texts, is_number
from core.exchange.formats.contract import Inspection
from core.exchange.formats.xml_items import count_items, xml_items
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.config.formats import FormatId
    from core.exchange.formats.bmecat.gathered import Gathered
    from core.exchange.formats.bmecat.header import Header
    from core.exchange.formats.contract import Reading

_COUNTED: Final = {
    "articles": PRODUCTS,
    "prices": ("ARTICLE_PRICE", "PRODUCT_PRICE"),
    "groups": ("CATALOG_STRUCTURE",),
}
_LOOKED_AT: Final = 200
"""Items in which faults are looked for: groups and classes may stand before the articles."""
_PROBLEMS: Final = 10


def inspect_catalogue(reading: Reading, format_id: FormatId) -> Inspection:
    """Look at the header of a catalogue and at its first articles, and count all of them."""
    items = xml_items(
        reading.path, ("HEADER",), openings=("BMECAT", *TRANSACTIONS), name=reading.name, stop=reading.stop
    )
    header, met = look_at_header(items)
    if met:
        problems = list(islice(_problems(reading, header), _PROBLEMS))
    else:
        problems = [f"{reading.name} has no transaction such as T_NEW_CATALOG."]
    names = [name for group in _COUNTED.values() for name in group]
    found, exact = count_items(reading.path, names)
    counts = {what: sum(found[name] for name in group) for what, group in _COUNTED.items()}
    return Inspection(
        header.facts(format_id),
        {what: f"{'' if exact else 'about '}{count:,}" for what, count in counts.items() if count},
        problems,
    )


def _problems(reading: Reading, header: Header) -> Iterator[str]:
    """Yield what is wrong with the first articles, as an import would reject it."""
    catalogue = Catalogue(header, Texts(reading, header.language))
    items = xml_items(reading.path, ITEMS, name=reading.name, stop=reading.stop)
    try:
        for item in islice(items, _LOOKED_AT):
            if item.name in PRODUCTS:
                yield from _of_article(read_product(item.element, catalogue), item.line)
    except DataError as error:
        yield error.message


def _of_article(gathered: Gathered, line: int) -> Iterator[str]:
    article = f"article {clean(gathered.values.get('number', ''), limit=40) or 'without a number'}"
    if gathered.fault:
        yield f"Line {line:,}, {article}: {gathered.fault}."
    for entity, reason, *_, where in gathered.rejected:
        yield f"Line {where:,}, {article}: {entity} {reason}."
    for values, where in gathered.related.get("price", ()):
        for field in AMOUNTS:
            if (amount := values.get(field)) and not is_number(amount):
                yield f"Line {where:,}, {article}: the price {clean(amount, limit=20)} is no number with a point."
