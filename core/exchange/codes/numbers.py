"""Numbers as XML, JSON and files of fixed width write them: text in, text out, no binary floats on the way.

The point is the decimal sign of all these standards (formats with another one say so in their own settings); a comma
is refused, for nobody knows what it means.
"""

from __future__ import annotations

import decimal
import re

from core.exchange.codes.unfit import Unfit

DIGITS = 38
"""Numbers with more digits are refused: no store of ours keeps them."""

_PLAIN = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)", re.ASCII)
_FLOAT = re.compile(rf"{_NUMBER.pattern}(?:[eE][+-]?[0-9]{{1,3}})?", re.ASCII)
_EXACT = decimal.Context(prec=DIGITS, traps=[decimal.Inexact, decimal.InvalidOperation, decimal.Overflow])
_HUNDRED = decimal.Decimal(100)


def decimal_text(text: str, *, exponent: bool = False) -> str:
    """Return a decimal number (``xs:decimal``) in its one plain spelling: ``+01.50`` is ``1.5``.

    ``exponent`` allows ``xs:float`` too (``1E-3``), as BMEcat 2005 has it for some quantities.

    Raises:
        Unfit: it is no such number, or has more than 38 digits.
    """
    text = text.strip()
    if len(text) <= DIGITS and _PLAIN.fullmatch(text) and text != "-0":
        return text
    if not (_FLOAT if exponent else _NUMBER).fullmatch(text):
        hint = ", and a comma is no decimal sign here" if "," in text else ""
        raise Unfit(f"is no decimal number{hint}")
    return plain(decimal.Decimal(text))


def plain(number: decimal.Decimal) -> str:
    """Return a number without an exponent and without zeros that say nothing.

    Raises:
        Unfit: that takes more than 38 digits.
    """
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    whole, _, fraction = text.lstrip("-").partition(".")
    if len(whole.lstrip("0")) + len(fraction) > DIGITS:
        raise Unfit(f"has more than {DIGITS} digits")
    return "0" if text == "-0" else text


def percent_of_fraction(text: str) -> str:
    """Return a fraction as BMEcat has it for VAT (``0.21``) as a percentage (``21``).

    Raises:
        Unfit: it is no decimal number.
    """
    return _scaled(text, 2)


def fraction_of_percent(text: str) -> str:
    """Return a percentage (``21``) as a fraction (``0.21``).

    Raises:
        Unfit: it is no decimal number.
    """
    return _scaled(text, -2)


def _scaled(text: str, places: int) -> str:
    return plain(decimal.Decimal(decimal_text(text)).scaleb(places, _EXACT))


def product(*factors: str) -> str:
    """Return the exact product of decimal numbers.

    Raises:
        Unfit: one is no decimal number, or the product has more than 38 digits.
    """
    result = decimal.Decimal(1)
    try:
        for factor in factors:
            result = _EXACT.multiply(result, decimal.Decimal(decimal_text(factor)))
    except decimal.DecimalException as error:
        raise Unfit(f"has more than {DIGITS} digits") from error
    return plain(result)


def integer_text(text: str) -> str:
    """Return a whole number in its one plain spelling; ``5.0`` is one, too.

    Raises:
        Unfit: it is none.
    """
    number = decimal_text(text)
    if "." in number:
        raise Unfit("is no whole number")
    return number


def boolean_text(text: str) -> str:
    """Return ``true`` or ``false`` for ``xs:boolean`` in any case (BMEcat 1.2, dtBOOLEAN), ``1`` and ``0``.

    Raises:
        Unfit: it is none of these.
    """
    word = text.strip().lower()
    if word in ("true", "1"):
        return "true"
    if word in ("false", "0"):
        return "false"
    raise Unfit("is neither true nor false")
