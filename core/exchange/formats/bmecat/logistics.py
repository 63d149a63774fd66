"""Packing units, measures, surcharges and what else the ETIM guideline adds in UDX.EDXF (guideline 5.0; 3.x likewise).

Lengths are metres there, and in BMEcat 2005; weights kilograms, volumes cubic metres.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.exchange.formats.bmecat.extension import Rest
from core.exchange.formats.bmecat.media import UDX, read_media
from core.exchange.formats.bmecat.texts import boolean, date, from_metres, number, percent, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element as Element

    from core.exchange.formats.bmecat.gathered import Catalogue, Gathered
    from core.exchange.formats.bmecat.texts import Values

USER_DEFINED: Final = "USER_DEFINED_EXTENSIONS"
_TEXT: Final[dict[str, tuple[str, Callable[[str], str]]]] = {
    "BRAND_NAME": ("brand", str),
    "BONUS_GROUP_SUPPLIER": ("bonus_group", str),
    "SHELF_LIFE_PERIOD": ("shelf_life", number),
    "VALID_FROM": ("valid_from", date),
    "EXPIRATION_DATE": ("valid_until", date),
    "PRODUCT_TO_STOCK": ("stocked", boolean),
}
_WORDS: Final = {
    "DESCRIPTION_VERY_SHORT": "short_name",
    "TENDER_TEXT": "tender_text",
    "PRODUCT_SERIES": "series",
    "PRODUCT_VARIATION": "variation",
}
_NET: Final[dict[str, tuple[str, Callable[[str], str]]]] = {
    "NETVOLUME": ("volume", number),
    "NETWEIGHT": ("net_weight", number),
    "NETLENGTH": ("length", from_metres),
    "NETWIDTH": ("width", from_metres),
    "NETDEPTH": ("depth", from_metres),
    "NETDIAMETER": ("diameter", from_metres),
    "REGION_OF_ORIGIN": ("region_of_origin", str),
}
_DIMENSIONS: Final[dict[str, tuple[str, Callable[[str], str]]]] = {
    "VOLUME": ("volume", number),
    "WEIGHT": ("weight", number),
    "LENGTH": ("length", from_metres),
    "WIDTH": ("width", from_metres),
    "DEPTH": ("depth", from_metres),
}
_PACKING: Final[dict[str, tuple[str, Callable[[str], str]]]] = {
    "QUANTITY_MIN": ("quantity", number),
    "QUANTITY_MAX": ("quantity_max", number),
    "PACKAGE_BREAK": ("breakable", boolean),
    "PACKING_PARTS": ("parts", number),
    "VOLUME": ("volume", number),
    "WEIGHT": ("weight", number),
    "LENGTH": ("length", from_metres),
    "WIDTH": ("width", from_metres),
    "DEPTH": ("depth", from_metres),
    "DIAMETER": ("diameter", from_metres),
    "GTIN": ("gtin", str),
    "GS1_128": ("gs1_128", str),
}
_SURCHARGE: Final[dict[str, tuple[str, Callable[[str], str]]]] = {
    "SURCHARGE_TYPE": ("type", str),
    "SURCHARGE_CLASS": ("class", str),
    "SURCHARGE_MANNER": ("manner", str),
    "SURCHARGE_PERCENTAGE": ("percentage", percent),
    "SURCHARGE_PRICE_AMOUNT": ("amount", number),
    "SURCHARGE_CALCULATION": ("calculation", str),
    "MATERIAL_BASIS": ("material_basis", number),
    "MATERIAL_BASIS_WEIGHT": ("material_weight", number),
}
PACKAGING_FIELDS: Final = (
    "article", "sequence", "type", "quantity", "quantity_max", "gtin", "gs1_128", "breakable", "parts",
    "weight", "length", "width", "depth", "diameter", "volume", "extension",
)  # fmt: skip
SURCHARGE_FIELDS: Final = (
    "article", "type", "sequence", "class", "percentage", "amount", "manner", "calculation", "material_basis",
    "material_weight", "extension",
)  # fmt: skip


def read_extensions(element: Element, catalogue: Catalogue, gathered: Gathered) -> None:
    """Gather what stands in USER_DEFINED_EXTENSIONS; what is not ETIM's is kept as it is."""
    for child in element:
        name = catalogue.names[child.tag]
        if not name.startswith(UDX) or not _edxf(name[len(UDX) :], child, catalogue, gathered):
            gathered.rest.add(child, USER_DEFINED)


def _edxf(name: str, element: Element, catalogue: Catalogue, gathered: Gathered) -> bool:
    """Take an element in; say whether it is known."""
    if field := _WORDS.get(name):
        gathered.rest.add_xml(catalogue.texts.put(gathered.values, field, element), USER_DEFINED)
    elif known := _TEXT.get(name):
        if written := text(element):
            gathered.values[known[0]] = known[1](written)
    elif take := _EDXF.get(name):
        take(element, catalogue, gathered)
    else:
        return False
    return True


def _net_measures(element: Element, catalogue: Catalogue, gathered: Gathered) -> None:
    _measures(element, _NET, UDX, catalogue, gathered, USER_DEFINED)


def _discount_groups(element: Element, catalogue: Catalogue, gathered: Gathered) -> None:
    for child in element:
        supplier = catalogue.names[child.tag] == f"{UDX}DISCOUNT_GROUP_SUPPLIER"
        gathered.values["discount_group" if supplier else "manufacturer_discount_group"] = text(child)


def _predecessor(element: Element, _: Catalogue, gathered: Gathered) -> None:
    before = gathered.values.get("predecessor_number")
    gathered.values["predecessor_number"] = f"{before}\n{text(element)}" if before else text(element)


def read_logistics(element: Element, catalogue: Catalogue, gathered: Gathered) -> None:
    """Gather PRODUCT_LOGISTIC_DETAILS of BMEcat 2005."""
    values, names = gathered.values, catalogue.names
    for child in element:
        name = names[child.tag]
        if name == "CUSTOMS_TARIFF_NUMBER" and "customs_code" not in values and len(child) == 1:
            values["customs_code"] = text(child[0])
        elif name == "COUNTRY_OF_ORIGIN" and "country_of_origin" not in values:
            values["country_of_origin"] = text(child)
        elif name == "STATISTICS_FACTOR":
            values["statistics_factor"] = number(text(child))
        elif name == "PRODUCT_DIMENSIONS":
            _measures(child, _DIMENSIONS, "", catalogue, gathered, "PRODUCT_LOGISTIC_DETAILS")
        else:
            gathered.rest.add(child, "PRODUCT_LOGISTIC_DETAILS")


def _measures(
    element: Element,
    fields: dict[str, tuple[str, Callable[[str], str]]],
    prefix: str,
    catalogue: Catalogue,
    gathered: Gathered,
    *path: str,
) -> None:
    for child in element:
        known = fields.get(catalogue.names[child.tag].removeprefix(prefix))
        written = text(child)
        if known is None:
            gathered.rest.add(child, *path, catalogue.names[element.tag])
        elif written:
            gathered.values[known[0]] = known[1](written)


def read_packing(element: Element, catalogue: Catalogue, gathered: Gathered) -> None:
    """Gather packing units, of the guideline or of BMEcat 2005 itself."""
    for child in element:
        values: Values = {}
        rest = Rest()
        for each in child:
            name = catalogue.names[each.tag].removeprefix(UDX)
            written = text(each)
            if known := _PACKING.get(name):
                if written:
                    values[known[0]] = known[1](written)
            elif name == "PACKING_UNIT_CODE":
                values["type"] = catalogue.units.read(written)
            elif name in ("PACKING_UNIT_NAME", "PACKING_UNIT_DESCR"):
                rest.add_xml(catalogue.texts.put(values, "name", each))
            else:
                rest.add(each)
        values["extension"] = rest.text()
        values["sequence"] = str(len(gathered.related.get("packaging", ())) + 1)
        gathered.add("packaging", values, child.sourceline or 0)


def _surcharges(element: Element, catalogue: Catalogue, gathered: Gathered) -> None:
    for child in element:
        values: Values = {}
        rest = Rest()
        for each in child:
            known = _SURCHARGE.get(catalogue.names[each.tag].removeprefix(UDX))
            written = text(each)
            if known is None:
                rest.add(each)
            elif written:
                values[known[0]] = known[1](written)
        values["extension"] = rest.text()
        values["sequence"] = str(len(gathered.related.get("surcharge", ())) + 1)
        gathered.add("surcharge", values, child.sourceline or 0)


_EDXF: Final[dict[str, Callable[[Element, Catalogue, Gathered], None]]] = {
    "MIME_INFO": read_media,
    "PACKING_UNITS": read_packing,
    "SURCHARGE_LIST": _surcharges,
    "PRODUCT_LOGISTIC_DETAILS": _net_measures,
    "DISCOUNT_GROUP": _discount_groups,
    "PREDECESSOR_PID": _predecessor,
}
