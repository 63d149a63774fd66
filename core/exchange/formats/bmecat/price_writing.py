"""The prices of an article as elements: those that have a record of their own, or else those in the article."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.exchange.codes.dates import ALWAYS
from core.exchange.codes.numbers import fraction_of_percent
from core.exchange.codes.units import written_unit
from core.exchange.formats.bmecat.extension import parsed
from core.exchange.formats.bmecat.nodes import Node, kept_node
from core.exchange.formats.bmecat.prices import AMOUNT_FIELDS, ON_REQUEST
from core.exchange.formats.xml_items import local_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.etree import _Element as Element

    from core.exchange.formats.bmecat.nodes import Maker
    from core.exchange.formats.contract import Row

_TYPES: Final = {"gross_price": "net_list", "net_price": "net_customer", "retail_price": "nrp"}


def price_nodes(maker: Maker, article: Row, prices: Sequence[Row], date: str, currency: str) -> list[Node]:
    """Return the elements PRODUCT_PRICE_DETAILS of an article.

    ``date`` is from when a price is valid that does not say so, where the version demands a date.
    """
    rows = list(prices) or [_of_article(article)]
    found: dict[tuple[str, ...], Node] = {}
    for row in rows:
        for kind, amount in _amounts(maker, row):
            start = row.get("valid_from", "")
            start = "" if start == ALWAYS else start
            if maker.dialect.etim and not (start or row.get("valid_until")):
                start = date
            base = (row.get("price_unit", ""), row.get("price_unit_factor", "")) if maker.dialect.etim else ("", "")
            key = (start, row.get("valid_until", ""), row.get("daily", ""), *base)
            if key not in found:
                found[key] = _details(*key)
            details = found[key]
            details.add(_price(maker, row, kind, amount, currency))
            _merge_details(maker, details, row.get("extension", ""))
    return list(found.values())


def _of_article(article: Row) -> dict[str, str]:
    row = {
        name: article[name]
        for name in (*_TYPES, "currency", "price_unit", "price_unit_factor", "vat_rate")
        if article.get(name)
    }
    row["valid_from"] = article.get("price_valid_from", "")
    row["valid_until"] = article.get("price_valid_until", "")
    if article.get("price_on_request") == "true":
        row["on_request"] = "true"
    return row


def _amounts(maker: Maker, row: Row) -> Iterator[tuple[str, str]]:
    """Yield the types and amounts of a price; a record of another format may have several."""
    dialect = maker.dialect
    said = row.get("price_type", "")
    kind = said if dialect.price_types.fullmatch(said) else ""
    amounts = [(name, row[name]) for name in _TYPES if row.get(name)]
    if kind and len(amounts) <= 1:
        amount = amounts[0][1] if amounts else ""
        if amount or not _needs_amount(maker):
            yield kind, amount
            return
    written = 0
    for name, amount in amounts:
        found = kind if kind and AMOUNT_FIELDS.get(kind, "net_price") == name else _TYPES[name]
        if dialect.etim and said and not kind:
            maker.writing.warn(f"prices of the type {said}, which ETIM BMEcat does not have, were left out")
            continue
        written += 1
        yield found, amount
    if not written and row.get("on_request") == "true" and dialect.price_types.fullmatch(ON_REQUEST):
        yield ON_REQUEST, ""


def _needs_amount(maker: Maker) -> bool:
    return maker.dialect.old or maker.dialect.etim


def _details(start: str, end: str, daily: str, unit: str, factor: str) -> Node:
    details = Node("PRODUCT_PRICE_DETAILS")
    for kind, date in (("valid_start_date", start), ("valid_end_date", end)):
        if date:
            details.add(Node("DATETIME", "", {"type": kind}, [Node("DATE", date)]))
    details.add(Node("DAILY_PRICE", daily))
    if unit:
        base = Node("PRICE_BASE").add(Node("PRICE_UNIT", written_unit(unit, "etim")), Node("PRICE_UNIT_FACTOR", factor))
        details.add(base)
    return details


def _price(maker: Maker, row: Row, kind: str, amount: str, currency: str) -> Node:
    dialect = maker.dialect
    price = Node("PRODUCT_PRICE", attributes={"price_type": kind})
    price.add(Node("PRICE_AMOUNT", amount), Node("PRICE_CURRENCY", row.get("currency") or currency))
    extension = row.get("extension", "")
    if (rate := row.get("vat_rate")) and not (
        dialect.has("TAX_DETAILS", "PRODUCT_PRICE") and "<TAX_DETAILS" in extension
    ):
        price.add(Node("TAX", fraction_of_percent(rate)))
    price.add(Node("PRICE_FACTOR", row.get("price_factor", "")), Node("LOWER_BOUND", row.get("quantity_from", "")))
    price.add(*maker.leaves("TERRITORY", row.get("territories")))
    if (unit := row.get("price_unit")) and dialect.has("PRICE_BASE", "PRODUCT_PRICE"):
        factor = row.get("price_unit_factor", "")
        price.add(
            Node("PRICE_BASE").add(Node("PRICE_UNIT", written_unit(unit, "bmecat")), Node("PRICE_UNIT_FACTOR", factor))
        )
    _merge_price(maker, price, extension)
    if not price:
        # A price of which nothing is said but its type is written nevertheless.
        price.add(Node("LOWER_BOUND", "1"))
    return price


def _merge_price(maker: Maker, price: Node, extension: str) -> None:
    head, found, tail = extension.partition("</PRODUCT_PRICE_DETAILS>")
    maker.merge(price, tail if found else head)


def _merge_details(maker: Maker, details: Node, extension: str) -> None:
    head, found, _ = extension.partition("</PRODUCT_PRICE_DETAILS>")
    kept = parsed(head.removeprefix("<PRODUCT_PRICE_DETAILS>")) if found else None
    for element in () if kept is None else kept:
        if local_name(element) == "DATETIME":
            _add_time(details, element)
        else:
            maker.merge_one(details, element)


def _add_time(details: Node, kept: Element) -> None:
    """Put the time of a day to the date of which it was kept, once."""
    for moment in details.children:
        if moment.name == "DATETIME" and moment.attributes.get("type") == kept.get("type") and not moment.child("TIME"):
            moment.add(*(kept_node(child) for child in kept))
