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
from core.exchange.formats.bmecat.extension import Rest, attributes_of, plain_xml
from core.exchange.formats.bmecat.names import ByTag
from core.exchange.formats.bmecat.texts import boolean, date, is_number, number, percent, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element as Element

    from core.exchange.formats.bmecat.gathered import Catalogue, Gathered
    from core.exchange.formats.bmecat.texts import Values

AMOUNT_FIELDS: Final = {"net_list": "gross_price", "nrp": "retail_price", "gros_list": "retail_price"}
"""The field of the amount by price type; all others, such as ``net_customer``, are net prices."""
ON_REQUEST: Final = "on_request"
PRICE_FIELDS: Final = (
    "article", "price_list", "quantity_from", "valid_from", "price_type", "valid_until", "gross_price",
    "net_price", "retail_price", "on_request", "daily", "currency", "price_unit", "price_unit_factor",
    "price_factor", "vat_rate", "territories", "extension",
)  # fmt: skip
SUMMARY_FIELDS: Final = (
    "gross_price", "net_price", "retail_price", "currency", "price_unit", "price_unit_factor",
    "price_valid_from", "price_valid_until", "price_on_request", "vat_rate",
)  # fmt: skip
_MIDNIGHT: Final = ("", "00:00", "00:00:00")
_UNNAMED: Final = "unnamed"
AMOUNTS: Final = ("gross_price", "net_price", "retail_price")


def read_prices(details: Element, catalogue: Catalogue, gathered: Gathered) -> None:
    """Gather the prices of one PRODUCT_PRICE_DETAILS."""
    names = catalogue.names
    shared: Values = {}
    rest = Rest()
    undated = ""
    elements: list[Element] = []
    for child in details:
        tag = child.tag
        name = names[tag]
        if name == "PRODUCT_PRICE":
            elements.append(child)
        elif known := _SHARED[tag]:
            shared[known[0]] = known[1](text(child))
        elif name == "DATETIME":
            undated = _take_date(child, shared, catalogue) or undated
            _keep_time(child, rest, catalogue)
        elif name == "PRICE_BASE":
            _take_base(child, shared, catalogue)
        else:
            rest.add(child, "PRODUCT_PRICE_DETAILS")
    kept = rest.text()
    if not elements:
        # Terms of prices that the file does not say.
        gathered.rest.add(details)
    for element in elements:
        line = element.sourceline or 0
        if undated:
            reason = "has a date of which is not said whether the price begins or ends with it"
            gathered.rejected.append(("price", reason, "DATETIME", undated, line))
        else:
            gathered.add("price", _price(element, shared, kept, catalogue), line)


def _price(element: Element, shared: Values, extension: str, catalogue: Catalogue) -> Values:
    """Return one PRODUCT_PRICE, with what is said of several."""
    values = shared.copy()
    for child in element:
        tag = child.tag
        if known := _PRICE[tag]:
            if written := (child.text or "").strip():
                values[known[0]] = known[1](written)
        elif (name := catalogue.names[tag]) == "TERRITORY":
            before = values.get("territories")
            values["territories"] = text(child) if before is None else f"{before}\n{text(child)}"
        elif name == "PRICE_BASE":
            _take_base(child, values, catalogue)
        else:
            if name == "TAX_DETAILS":
                _take_rate(child, values, catalogue)
            extension += plain_xml(child)
    kind = values["price_type"] = element.get("price_type") or _UNNAMED
    if amount := values.pop(_AMOUNT, ""):
        values[AMOUNT_FIELDS.get(kind, "net_price")] = amount
    if not values.get("valid_from"):
        values["valid_from"] = ALWAYS
    values.setdefault("quantity_from", "1")
    values.setdefault("currency", catalogue.header.currency)
    if kind == ON_REQUEST:
        values["on_request"] = "true"
    values["extension"] = extension
    return values


def _take_date(element: Element, values: Values, catalogue: Catalogue) -> str:
    """Take in a DATETIME; return its date where it does not say what it is the date of."""
    found = next((date(text(each)) for each in element if catalogue.names[each.tag] == "DATE"), "")
    field = _PERIOD.get(element.get("type", ""))
    if field is None:
        return found or "(none)"
    values[field] = found
    return ""


def _keep_time(element: Element, rest: Rest, catalogue: Catalogue) -> None:
    """Keep the time of a day at which a price begins or ends, unless it is midnight."""
    times = [each for each in element if catalogue.names[each.tag] in ("TIME", "TIMEZONE")]
    if any(catalogue.names[each.tag] == "TIME" and text(each) not in _MIDNIGHT for each in times):
        kept = "".join(plain_xml(each) for each in times)
        rest.add_xml(f"<DATETIME{attributes_of(element)}>{kept}</DATETIME>", "PRODUCT_PRICE_DETAILS")


def _take_base(element: Element, values: Values, catalogue: Catalogue) -> None:
    for child in element:
        name, written = catalogue.names[child.tag], text(child)
        if name == "PRICE_UNIT":
            values["price_unit"] = catalogue.units.read(written)
        elif name == "PRICE_UNIT_FACTOR":
            values["price_unit_factor"] = number(written) if written else ""


def _take_rate(element: Element, values: Values, catalogue: Catalogue) -> None:
    """The rate counts; what else TAX_DETAILS says is kept as it is."""
    if "vat_rate" not in values:
        for child in element:
            if catalogue.names[child.tag] == "TAX" and (written := text(child)):
                values["vat_rate"] = percent(written)


_AMOUNT: Final = "amount"
"""Stands for the field of the amount until the type of the price is known; it is no field."""
_PERIOD: Final = {"valid_start_date": "valid_from", "valid_end_date": "valid_until"}
_SHARED: Final[ByTag[tuple[str, Callable[[str], str]]]] = ByTag({
    "VALID_START_DATE": ("valid_from", date),
    "VALID_END_DATE": ("valid_until", date),
    "DAILY_PRICE": ("daily", boolean),
})  # fmt: skip
_PRICE: Final[ByTag[tuple[str, Callable[[str], str]]]] = ByTag({
    "PRICE_AMOUNT": (_AMOUNT, number),
    "PRICE_CURRENCY": ("currency", str),
    "TAX": ("vat_rate", percent),
    "LOWER_BOUND": ("quantity_from", number),
    "PRICE_FACTOR": ("price_factor", number),
})  # fmt: skip
"""What says one thing and nothing else; an empty element says nothing."""


def name_prices(prices: list[tuple[Values, int]]) -> None:
    """Give each price of an article a list of its own where type, quantity and date do not tell it from others."""
    taken: set[tuple[str, ...]] = set()
    for values, _ in prices:
        name = kind = values["price_type"]
        when = values["quantity_from"], values["valid_from"]
        if (name, *when) in taken:
            name = _other_name(kind, when, values, taken)
        taken.add((name, *when))
        values["price_list"] = name


def _other_name(kind: str, when: tuple[str, str], values: Values, taken: set[tuple[str, ...]]) -> str:
    name = kind
    for tail in (values.get("territories", "").replace("\n", " "), values.get("currency", ""), "2"):
        name = f"{kind} {tail}" if tail else kind
        if (name, *when) not in taken:
            return name
    count = 2
    while (name, *when) in taken:
        count += 1
        name = f"{kind} {count}"
    return name


def summarise(prices: list[tuple[Values, int]], today: str) -> Values:
    """Return what stands in the article: of each kind the price that is valid today, for the least quantity.

    What is no number or no date is left out: its own record is rejected for it, and not the article with all of it.
    """
    summary: Values = {}
    found: dict[str, list[Values]] = {}
    for values, _ in prices:
        if "on_request" in values:
            summary["price_on_request"] = "true"
        for field in AMOUNTS:
            if amount := values.get(field):
                if is_number(amount) and is_number(values["quantity_from"]):
                    found.setdefault(field, []).append(values)
                break
    chosen = {
        field: several[0] if len(several) == 1 else max(several, key=lambda values: _rank(values, today))
        for field, several in found.items()
    }
    for field, values in chosen.items():
        summary[field] = _effective(values[field], values.get("price_factor", ""))
    leading = [chosen[each] for each in AMOUNTS if each in chosen]
    return summary | _conditions(leading) if leading else summary


def _conditions(prices: list[Values]) -> Values:
    """Return what is said of prices beside their amounts; the first before all, and its period."""
    found: Values = {}
    for values in reversed(prices):
        for name in ("currency", "price_unit"):
            if said := values.get(name):
                found[name] = said
        for name in ("vat_rate", "price_unit_factor"):
            if (said := values.get(name)) and is_number(said):
                found[name] = said
    for name, date_of in (("valid_from", "price_valid_from"), ("valid_until", "price_valid_until")):
        if (written := prices[0].get(name)) and _is_date(written) and written != ALWAYS:
            found[date_of] = written
    return found


def _rank(values: Values, today: str) -> tuple[bool, str, bool, float]:
    """By which one price goes before another: valid now, the newest, everywhere, for the least quantity."""
    start, end = values["valid_from"], values.get("valid_until")
    now = start <= today and (not end or not _is_date(end) or today <= end)
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
