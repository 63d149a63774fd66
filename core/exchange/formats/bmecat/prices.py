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
_UNNAMED: Final = "unnamed"
_AMOUNTS: Final = ("gross_price", "net_price", "retail_price")


def read_prices(details: Element, catalogue: Catalogue, gathered: Gathered) -> None:
    """Gather the prices of one PRODUCT_PRICE_DETAILS."""
    shared = _Price(catalogue)
    elements: list[Element] = []
    for child in details:
        name = catalogue.names[child.tag]
        if name == "PRODUCT_PRICE":
            elements.append(child)
        elif take := _DETAILS.get(name):
            take(shared, child)
        else:
            shared.rest.add(child, "PRODUCT_PRICE_DETAILS")
    kept = shared.rest.text()
    for element in elements:
        line = element.sourceline or 0
        if shared.undated:
            reason = "has a date of which is not said whether the price begins or ends with it"
            gathered.rejected.append(("price", reason, "DATETIME", shared.undated, line))
        else:
            price = _Price(catalogue, shared.values)
            gathered.add("price", price.read(element, kept), line)


class _Price:
    """One PRODUCT_PRICE while it is read, or what is said of several."""

    __slots__ = ("amount", "catalogue", "rest", "territories", "undated", "values")

    def __init__(self, catalogue: Catalogue, shared: Values | None = None) -> None:
        self.catalogue = catalogue
        self.values: Values = dict(shared or {})
        self.rest = Rest()
        self.amount = ""
        self.territories: list[str] = []
        self.undated = ""
        """A date that does not say what it is."""

    def read(self, element: Element, extension: str) -> Values:
        names, values = self.catalogue.names, self.values
        for child in element:
            take = _PRICE.get(names[child.tag])
            if take is not None:
                take(self, child)
            else:
                self.rest.add(child)
        kind = values["price_type"] = element.get("price_type") or _UNNAMED
        if not values.get("valid_from"):
            values["valid_from"] = ALWAYS
        if not values.get("quantity_from"):
            values["quantity_from"] = "1"
        if not values.get("currency"):
            values["currency"] = self.catalogue.header.currency
        if self.amount:
            values[AMOUNT_FIELDS.get(kind, "net_price")] = self.amount
        if kind == ON_REQUEST:
            values["on_request"] = "true"
        if self.territories:
            values["territories"] = "\n".join(self.territories)
        values["extension"] = extension + self.rest.text()
        return values

    def take_amount(self, element: Element) -> None:
        self.amount = _number_of(element)

    def take_currency(self, element: Element) -> None:
        self.values["currency"] = text(element)

    def take_tax(self, element: Element) -> None:
        if written := text(element):
            self.values["vat_rate"] = percent(written)

    def take_tax_details(self, element: Element) -> None:
        """The rate counts; what else is said of it is kept as it is."""
        if "vat_rate" not in self.values:
            for child in element:
                if self.catalogue.names[child.tag] == "TAX":
                    self.take_tax(child)
        self.rest.add(element)

    def take_bound(self, element: Element) -> None:
        self.values["quantity_from"] = _number_of(element)

    def take_factor(self, element: Element) -> None:
        self.values["price_factor"] = _number_of(element)

    def take_territory(self, element: Element) -> None:
        self.territories.append(text(element))

    def take_base(self, element: Element) -> None:
        for child in element:
            name = self.catalogue.names[child.tag]
            if name == "PRICE_UNIT":
                self.values["price_unit"] = self.catalogue.units.read(text(child))
            elif name == "PRICE_UNIT_FACTOR":
                self.values["price_unit_factor"] = _number_of(child)

    def take_datetime(self, element: Element) -> None:
        found = next((date(text(each)) for each in element if self.catalogue.names[each.tag] == "DATE"), "")
        field = _PERIOD.get(element.get("type", ""))
        if field is None:
            self.undated = found or "(none)"
        else:
            self.values[field] = found

    def take_start(self, element: Element) -> None:
        self.values["valid_from"] = date(text(element))

    def take_end(self, element: Element) -> None:
        self.values["valid_until"] = date(text(element))

    def take_daily(self, element: Element) -> None:
        self.values["daily"] = boolean(text(element))


_PERIOD: Final = {"valid_start_date": "valid_from", "valid_end_date": "valid_until"}
_DETAILS: Final[dict[str, Callable[[_Price, Element], None]]] = {
    "DATETIME": _Price.take_datetime,
    "VALID_START_DATE": _Price.take_start,
    "VALID_END_DATE": _Price.take_end,
    "DAILY_PRICE": _Price.take_daily,
    "PRICE_BASE": _Price.take_base,
}
_PRICE: Final[dict[str, Callable[[_Price, Element], None]]] = {
    "PRICE_AMOUNT": _Price.take_amount,
    "PRICE_CURRENCY": _Price.take_currency,
    "TAX": _Price.take_tax,
    "TAX_DETAILS": _Price.take_tax_details,
    "LOWER_BOUND": _Price.take_bound,
    "PRICE_FACTOR": _Price.take_factor,
    "TERRITORY": _Price.take_territory,
    "PRICE_BASE": _Price.take_base,
}


def _number_of(element: Element) -> str:
    written = text(element)
    return number(written) if written else ""


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
        if values.get("on_request"):
            summary["price_on_request"] = "true"
        field = next((each for each in _AMOUNTS if values.get(each)), "")
        if not field or not is_number(values[field]) or not is_number(values["quantity_from"]):
            continue
        best = chosen.get(field)
        if best is None or _rank(values, today) > _rank(best, today):
            chosen[field] = values
    for field, values in chosen.items():
        summary[field] = _effective(values[field], values.get("price_factor", ""))
    leading = [chosen[each] for each in _AMOUNTS if each in chosen]
    return summary | _conditions(leading) if leading else summary


def _conditions(prices: list[Values]) -> Values:
    """Return what is said of prices beside their amounts; the first before all, and its period."""
    found: Values = {}
    for values in reversed(prices):
        found |= {name: values[name] for name in ("currency", "price_unit") if values.get(name)}
        found |= {name: rate for name in ("vat_rate", "price_unit_factor") if is_number(rate := values.get(name, ""))}
    for name, date_of in (("valid_from", "price_valid_from"), ("valid_until", "price_valid_until")):
        if _is_date(written := prices[0].get(name, "")) and written != ALWAYS:
            found[date_of] = written
    return found


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
