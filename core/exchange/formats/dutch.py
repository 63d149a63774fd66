"""What the formats of the Dutch installation trade have in common (PAB, INSBOU, SALES005)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.exchange.codes.dates import ALWAYS
from core.exchange.codes.languages import fitting
from core.exchange.codes.numbers import decimal_text
from core.exchange.codes.unfit import Unfit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.exchange.formats.contract import Row

PRICE_LIST: Final = "list"
"""What the one price list is called in a format that has no names for them."""


def text_field(name: str, languages: Sequence[str]) -> str:
    """Return the field for a text of which the format does not say the language: in Dutch, if the engine has it."""
    return f"{name}.{fitting('nl', languages) or languages[0]}"


def text_in(row: Row, name: str, languages: Sequence[str]) -> str:
    """Return a translated text in the first of these languages that has one, as one line."""
    found = next((text for language in languages if (text := row.get(f"{name}.{language}"))), "")
    return " ".join(found.split())


def current_price(prices: Sequence[Row], today: str) -> Row:
    """Return the price that is valid today from the least quantity on: the newest; empty where there is none."""
    valid = [
        price
        for price in prices
        if price.get("valid_from", ALWAYS) <= today <= price.get("valid_until", "9999-12-31") and is_single(price)
    ]
    return max(valid, key=lambda price: price.get("valid_from", ALWAYS), default={})


def is_single(price: Row) -> bool:
    """Whether a price is for a single unit, and not from a larger quantity on."""
    try:
        return float(decimal_text(price.get("quantity_from", "1"))) <= 1
    except Unfit:
        return False
