"""Prices of an article: types, tiers, periods, territories (BMEcat 2005, PRODUCT_PRICE_DETAILS).

The price of one order unit is PRICE_AMOUNT x PRICE_FACTOR / PRICE_QUANTITY, and with a price unit of its own
(PRICE_BASE) that times PRICE_UNIT_FACTOR. Each PRODUCT_PRICE becomes a record; the one that is valid today for the
least quantity stands in the article, too, with the factor in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.exchange.codes import Unfit
from core.exchange.codes.dates import ALWAYS
from core.exchange.codes.numbers import product
from core.exchange.formats.bmecat.extension import Rest
from core.exchange.formats.bmecat.texts import boolean, date, is_number, number, percent, text

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from core.exchange.formats.bmecat.gathered import Catalogue, Gathered
    from core.exchange.formats.bmecat.texts import Values

AMOUNT_FIELDS: Final = {"net_list": "gross_price", "nrp": "retail_price", "gros_list": "retail_price"}
"""The field of the amount by price type; all others, such as ``net_customer``, are net prices."""
ON_REQUEST: Final = "on_request"
PRICE_FIELDS: Final = (
    "article price_list quantity_from valid_from price_type valid_until gross_price net_price retail_price on_request "
    "daily currency price_unit price_unit_factor price_factor vat_rate territories extension"
).split()
SUMMARY_FIELDS: Final = (
    "gross_price net_price retail_price currency price_unit price_unit_factor price_valid_from price_valid_until "
    "price_on_request vat_rate"
).split()
_UNNAMED = "unnamed"


def read_prices(details: Element, catalogue: Catalogue, gathered: Gathered) -> None:
    """Gather the prices of one PRODUCT_PRICE_DETAILS."""
    names = catalogue.names
    shared: Values = {}
    elements: list[Element] = []
    rest, undated = Rest(), ""
    for child in details:
        name = names[child.tag]
        if name == "PRODUCT_PRICE":
            elements.append(child)
        elif name == "DATETIME":
            found = next((date(text(each)) for each in child if names[each.tag] == "DATE"), "")
            kind = child.get("type", "")
            if kind == "valid_start_date":
                shared["valid_from"] = found
            elif kind == "valid_end_date":
                shared["valid_until"] = found
            else:
                undated = found or "-"
        elif name == "VALID_START_DATE":
            shared["valid_from"] = date(text(child))
        elif name == "VALID_END_DATE":
            shared["valid_until"] = date(text(child))
        elif name == "DAILY_PRICE":
            shared["daily"] = boolean(text(child))
        elif name == "PRICE_BASE":
            _price_base(child, catalogue, shared)
        else:
            rest.add(child, "PRODUCT_PRICE_DETAILS")
    kept = rest.text()
    for element in elements:
        if undated:
            reason = "has a date of which is not said whether the price begins or ends with it"
            gathered.rejected.append(("price", reason, "DATETIME", undated, element.sourceline or 0))
            continue
        _price(element, catalogue, gathered, shared, kept)


def _price(element: Element, catalogue: Catalogue, gathered: Gathered, shared: Values, extension: str) -> None:
    names, rest = catalogue.names, Rest()
    kind = element.get("price_type") or _UNNAMED
    values: Values = {"quantity_from": "1", **shared, "price_type": kind}
    if not values.get("valid_from"):
        values["valid_from"] = ALWAYS
    amount = ""
    territories: list[str] = []
    for child in element:
        name = names[child.tag]
        written = (child.text or "").strip()
        if name == "PRICE_AMOUNT":
            amount = number(written) if written else ""
        elif name == "PRICE_CURRENCY":
            values["currency"] = written
        elif name == "TAX":
            values["vat_rate"] = percent(written) if written else ""
        elif name == "LOWER_BOUND":
            values["quantity_from"] = number(written) if written else "1"
        elif name == "PRICE_FACTOR":
            values["price_factor"] = number(written) if written else ""
        elif name == "TERRITORY":
            territories.append(written)
        elif name == "PRICE_BASE":
            _price_base(child, catalogue, values)
        else:
            if name == "TAX_DETAILS" and "vat_rate" not in values:
                values["vat_rate"] = next((percent(text(each)) for each in child if names[each.tag] == "TAX"), "")
            rest.add(child)
    if not values.get("currency"):
        values["currency"] = catalogue.header.currency
    if amount:
        values[AMOUNT_FIELDS.get(kind, "net_price")] = amount
    if kind == ON_REQUEST:
        values["on_request"] = "true"
    if territories:
        values["territories"] = "\n".join(territories)
    values["extension"] = extension + rest.text()
    gathered.add("price", values, element.sourceline or 0)


def _price_base(element: Element, catalogue: Catalogue, values: Values) -> None:
    for child in element:
        name = catalogue.names[child.tag]
        written = text(child)
        if name == "PRICE_UNIT":
            values["price_unit"] = catalogue.units.read(written)
        elif name == "PRICE_UNIT_FACTOR" and written:
            values["price_unit_factor"] = number(written)


def name_prices(prices: list[tuple[Values, int]]) -> None:
    """Give each price of an article a list of its own where type, quantity and date do not tell it from others."""
    taken: set[tuple[str, ...]] = set()
    for values, _ in prices:
        kind = values["price_type"]
        name = kind
        for tail in ("", values.get("territories", "").replace("\n", " "), values.get("currency", ""), "2"):
            name = f"{kind} {tail}" if tail else kind
            if (name, values["quantity_from"], values["valid_from"]) not in taken:
                break
        count = 2
        while (name, values["quantity_from"], values["valid_from"]) in taken:
            count += 1
            name = f"{kind} {count}"
        taken.add((name, values["quantity_from"], values["valid_from"]))
        values["price_list"] = name


def summarise(prices: list[tuple[Values, int]], today: str) -> Values:
    """Return what stands in the article: of each kind the price that is valid today, for the least quantity.

    What is no number or no date is left out: its own record is rejected for it, and not the article with all of it.
    """
    summary: Values = {}
    chosen: dict[str, Values] = {}
    for values, _ in prices:
        if not (is_number(values["quantity_from"]) and _is_date(values["valid_from"])):
            continue
        field = next((each for each in ("gross_price", "net_price", "retail_price") if values.get(each)), "")
        if values.get("on_request"):
            summary["price_on_request"] = "true"
        if field and is_number(values[field]):
            best = chosen.get(field)
            if best is None or _rank(values, today) > _rank(best, today):
                chosen[field] = values
    for field, values in chosen.items():
        summary[field] = _effective(values[field], values.get("price_factor", ""))
    leading = next((chosen[each] for each in ("gross_price", "net_price", "retail_price") if each in chosen), None)
    if leading is not None:
        for name in ("currency", "price_unit", "price_unit_factor"):
            summary[name] = leading.get(name, "")
        if is_number(rate := leading.get("vat_rate", "")):
            summary["vat_rate"] = rate
        if leading["valid_from"] != ALWAYS:
            summary["price_valid_from"] = leading["valid_from"]
        if _is_date(until := leading.get("valid_until", "")):
            summary["price_valid_until"] = until
    return summary


def _rank(values: Values, today: str) -> tuple[bool, str, bool, float]:
    """By which one price goes before another: valid now, the newest, everywhere, for the least quantity."""
    start = values["valid_from"]
    now = start <= today and (not _is_date(end := values.get("valid_until", "")) or today <= end)
    return now, start if now else "", not values.get("territories"), -float(values["quantity_from"])


def _is_date(written: str) -> bool:
    return len(written) == 10 and written[4] == "-"


def _effective(amount: str, factor: str) -> str:
    if factor in ("", "1") or not is_number(factor):
        return amount
    try:
        return product(amount, factor)
    except Unfit:
        return amount
