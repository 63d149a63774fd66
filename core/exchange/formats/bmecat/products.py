"""An article as it stands in the file (PRODUCT; in BMEcat 1.2 ARTICLE), and the records that become of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.exchange.codes import Unfit
from core.exchange.codes.identifiers import gtin, has_check_digit
from core.exchange.codes.numbers import integer_text
from core.exchange.formats.bmecat.extension import Rest
from core.exchange.formats.bmecat.features import read_features
from core.exchange.formats.bmecat.gathered import Catalogue, Gathered
from core.exchange.formats.bmecat.logistics import read_extensions, read_logistics, read_packing
from core.exchange.formats.bmecat.media import read_media
from core.exchange.formats.bmecat.names import NEW_STATUSES, ByTag
from core.exchange.formats.bmecat.prices import name_prices, read_prices, summarise
from core.exchange.formats.bmecat.texts import number, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element as Element

    from core.exchange.formats.bmecat.texts import Values

DETAILS: Final = "PRODUCT_DETAILS"
ORDER_DETAILS: Final = "PRODUCT_ORDER_DETAILS"
PLAIN_FIELDS: Final = (
    "number", "gtin", "alternative_number", "buyer_number", "manufacturer_number", "manufacturer",
    "buyer_group", "discount_group", "delivery_days", "delivery_time", "delivery_time_unit", "sort_order",
    "status", "etim_class", "order_unit", "use_unit", "use_unit_quantity", "price_unit_quantity",
    "order_quantity_min", "order_quantity_step", "gross_price", "net_price", "retail_price", "currency",
    "price_unit", "price_unit_factor", "price_valid_from", "price_valid_until", "price_on_request", "vat_rate",
    "extension",
)  # fmt: skip
"""Of an article in BMEcat 1.2."""
MORE_PLAIN_FIELDS: Final = (
    "kind", "manufacturer_gln", "customs_code", "country_of_origin", "statistics_factor", "weight", "length",
    "width", "depth", "volume",
)  # fmt: skip
"""What BMEcat 2005 adds."""
ETIM_FIELDS: Final = (
    "brand", "bonus_group", "manufacturer_discount_group", "stocked", "predecessor_number", "shelf_life",
    "valid_from", "valid_until", "net_weight", "diameter", "region_of_origin",
)  # fmt: skip
"""What the ETIM guideline adds."""
WORDS: Final = (
    "description", "long_description", "type_description", "keywords", "remarks", "segment", "status_text",
)  # fmt: skip
ETIM_WORDS: Final = ["short_name", "tender_text", "series", "variation"]
RELATION_FIELDS: Final = (
    "article", "type", "target", "quantity", "target_catalogue", "target_catalogue_version", "extension",
)  # fmt: skip
_PLAIN: Final = ByTag({
    "SUPPLIER_ALT_PID": "alternative_number",
    "MANUFACTURER_PID": "manufacturer_number",
    "MANUFACTURER_NAME": "manufacturer",
    "ERP_GROUP_BUYER": "buyer_group",
    "ERP_GROUP_SUPPLIER": "discount_group",
})  # fmt: skip
_WORDS: Final = ByTag({
    "DESCRIPTION_SHORT": "description",
    "DESCRIPTION_LONG": "long_description",
    "MANUFACTURER_TYPE_DESCR": "type_description",
    "KEYWORD": "keywords",
    "SEGMENT": "segment",
})  # fmt: skip
_ORDER: Final = ByTag({
    "NO_CU_PER_OU": "use_unit_quantity",
    "PRICE_QUANTITY": "price_unit_quantity",
    "QUANTITY_MIN": "order_quantity_min",
    "QUANTITY_INTERVAL": "order_quantity_step",
})  # fmt: skip
_UNITS: Final = ByTag({"ORDER_UNIT": "order_unit", "CONTENT_UNIT": "use_unit"})
_GTIN_TYPES = ("gtin", "ean", "", None)


def read_product(element: Element, catalogue: Catalogue) -> Gathered:
    """Gather the records of an article.

    ``fault`` of the result says why the article is none, where it is not.
    """
    gathered = Gathered()
    for child in element:
        if take := _PARTS[child.tag]:
            take(child, catalogue, gathered)
        else:
            gathered.rest.add(child)
    if not gathered.values.get("number"):
        gathered.fault = "has no number (SUPPLIER_AID or SUPPLIER_PID)"
    _finish(catalogue, gathered)
    return gathered


def _finish(catalogue: Catalogue, gathered: Gathered) -> None:
    values, related = gathered.values, gathered.related
    if prices := related.get("price"):
        name_prices(prices)
        values |= summarise(prices, catalogue.today)
    if (classes := related.get("article_class")) and len(classes) > 1:
        first = {(values["system"], values["class"]): (values, line) for values, line in reversed(classes)}
        if len(first) < len(classes):
            catalogue.doubts["Classes that an article names twice, kept once"] += len(classes) - len(first)
            related["article_class"] = list(reversed(first.values()))
    values["extension"] = gathered.rest.text()


def _number(element: Element, _: Catalogue, gathered: Gathered) -> None:
    gathered.values["number"] = text(element)
    if element.get("type") not in (None, "supplier_specific"):
        gathered.rest.add_attributes(element)


def _details(element: Element, catalogue: Catalogue, gathered: Gathered) -> None:
    texts, values = catalogue.texts, gathered.values
    for child in element:
        tag = child.tag
        if field := _WORDS[tag]:
            gathered.rest.add_xml(texts.put(values, field, child), DETAILS)
        elif field := _PLAIN[tag]:
            values[field] = text(child)
        elif worded := _MORE_WORDS[tag]:
            worded(child, catalogue, gathered)
        elif (take := _DETAILS[tag]) is None or not take(child, catalogue, values):
            if catalogue.names[tag] == DETAILS:
                gathered.fault = "has the details of another article inside its own"
            gathered.rest.add(child, DETAILS)
        elif take is _buyer and child.get("type") not in (None, "buyer_specific"):
            gathered.rest.add_attributes(child, DETAILS)


def _international(element: Element, catalogue: Catalogue, values: Values) -> bool:
    if "gtin" in values or element.get("type") not in _GTIN_TYPES:
        return False
    _gtin(text(element), catalogue, values)
    return True


def _order(element: Element, _: Catalogue, values: Values) -> bool:
    values["sort_order"] = number(text(element))
    return True


def _buyer(element: Element, _: Catalogue, values: Values) -> bool:
    if "buyer_number" in values:
        return False
    values["buyer_number"] = text(element)
    return True


def _remarks(element: Element, catalogue: Catalogue, gathered: Gathered) -> None:
    if element.get("type") is not None:
        gathered.rest.add(element, DETAILS)
    else:
        gathered.rest.add_xml(catalogue.texts.put(gathered.values, "remarks", element), DETAILS)


def _kind(element: Element, _: Catalogue, values: Values) -> bool:
    values["kind"] = f"{values['kind']}\n{text(element)}" if "kind" in values else text(element)
    return True


def _manufacturer(element: Element, catalogue: Catalogue, values: Values) -> bool:
    party = catalogue.header.parties.get(text(element))
    if party is None:
        return False
    values["manufacturer"], values["manufacturer_gln"] = party.name, party.gln
    # Kept as well: where the parties are written, it is written in place of the name.
    return False


def _gtin(written: str, catalogue: Catalogue, values: Values) -> None:
    if not written:
        return
    try:
        found = gtin(written)
    except Unfit:
        catalogue.doubts["GTINs that are none, kept as they are"] += 1
        found = written
    else:
        if found and not has_check_digit(found):
            catalogue.doubts["GTINs with a wrong check digit"] += 1
    values["gtin"] = found


def _delivery(element: Element, _: Catalogue, values: Values) -> bool:
    """A delivery time is a number of days, which need not be a whole one."""
    if written := text(element):
        try:
            values["delivery_days"] = integer_text(written)
        except Unfit:
            values["delivery_time"], values["delivery_time_unit"] = number(written), "DAY"
    return True


def _status(element: Element, catalogue: Catalogue, gathered: Gathered) -> None:
    values = gathered.values
    said = element.get("type", "others")
    kind = NEW_STATUSES.get(said, said)
    kinds = values.get("status", "").split()
    if kind not in kinds:
        kinds.append(kind)
        values["status"] = " ".join(kinds)
    if text(element) in (kind, said):
        return
    found: Values = {}
    gathered.rest.add_xml(catalogue.texts.put(found, "status_text", element), DETAILS)
    for column, written in found.items():
        # Each status has its line, which is empty where nothing is said of it in that language.
        lines = values[column].split("\n") if column in values else []
        if len(lines) > kinds.index(kind):
            gathered.rest.add(element, DETAILS)
            continue
        lines += [""] * (kinds.index(kind) - len(lines))
        values[column] = "\n".join([*lines, " ".join(written.split())])


def _order_details(element: Element, catalogue: Catalogue, gathered: Gathered) -> None:
    values = gathered.values
    for child in element:
        tag = child.tag
        if field := _ORDER[tag]:
            if written := text(child):
                values[field] = number(written)
        elif field := _UNITS[tag]:
            values[field] = catalogue.units.read(text(child))
        elif catalogue.names[tag] == "PACKING_UNITS":
            read_packing(child, catalogue, gathered)
        else:
            gathered.rest.add(child, ORDER_DETAILS)


def _reference(element: Element, catalogue: Catalogue, gathered: Gathered) -> None:
    values: Values = {"type": element.get("type", "others")}
    if quantity := element.get("quantity", "").strip():
        values["quantity"] = number(quantity)
    rest = Rest()
    for child in element:
        name = catalogue.names[child.tag]
        if name == "PROD_ID_TO":
            values["target"] = text(child)
        elif name == "CATALOG_ID":
            values["target_catalogue"] = text(child)
        elif name == "CATALOG_VERSION":
            values["target_catalogue_version"] = text(child)
        elif name == "REFERENCE_DESCR":
            rest.add_xml(catalogue.texts.put(values, "description", child))
        else:
            rest.add(child)
    if not values.get("target"):
        line = element.sourceline or 0
        gathered.rejected.append(("relation", "does not say to which article it refers", "PROD_ID_TO", "", line))
        return
    key = values["type"], values["target"]
    if key in gathered.references:
        # A reference is known by type and target: what a second one says is kept as it is.
        gathered.rest.add(element)
        return
    gathered.references.add(key)
    values["extension"] = rest.text()
    gathered.add("relation", values, element.sourceline or 0)


_DETAILS: Final[ByTag[Callable[[Element, Catalogue, Values], bool]]] = ByTag({
    "EAN": _international,
    "INTERNATIONAL_PID": _international,
    "DELIVERY_TIME": _delivery,
    "PRODUCT_ORDER": _order,
    "BUYER_PID": _buyer,
    "PRODUCT_TYPE": _kind,
    "MANUFACTURER_IDREF": _manufacturer,
})  # fmt: skip
"""Each says whether it has taken the element; what was not taken is kept as it is."""
_MORE_WORDS: Final[ByTag[Callable[[Element, Catalogue, Gathered], None]]] = ByTag({
    "PRODUCT_STATUS": _status,
    "REMARKS": _remarks,
})  # fmt: skip
_PARTS: Final[ByTag[Callable[[Element, Catalogue, Gathered], None]]] = ByTag({
    "SUPPLIER_PID": _number,
    DETAILS: _details,
    "PRODUCT_FEATURES": read_features,
    ORDER_DETAILS: _order_details,
    "PRODUCT_PRICE_DETAILS": read_prices,
    "MIME_INFO": read_media,
    "USER_DEFINED_EXTENSIONS": read_extensions,
    "PRODUCT_REFERENCE": _reference,
    "PRODUCT_LOGISTIC_DETAILS": read_logistics,
})  # fmt: skip
