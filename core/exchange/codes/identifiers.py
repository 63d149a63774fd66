"""GTIN and GLN, which are text: their zeros count, and they have a check digit (GS1 General Specifications, 7.9)."""

from __future__ import annotations

import re

from core.exchange.codes.unfit import Unfit

_DIGITS = re.compile(r"[0-9]+", re.ASCII)


def gtin(text: str, *, width: int = 0) -> str:
    """Return a GTIN of 8 to 14 digits, padded to ``width``; an empty text for a placeholder of zeros.

    The check digit is not looked at, as a wrong one is no reason to lose an article: see :func:`has_check_digit`.

    Raises:
        Unfit: it is none.
    """
    text = text.strip()
    if not _DIGITS.fullmatch(text) or len(text) > 14:
        raise Unfit("is no GTIN, which has 8 to 14 digits")
    if not text.strip("0"):
        return ""
    if len(text) < 8:
        raise Unfit("is no GTIN, which has 8 to 14 digits")
    return text.zfill(width)


def gln(text: str) -> str:
    """Return a GLN of 13 digits; an empty text for a placeholder of zeros.

    Raises:
        Unfit: it is none.
    """
    text = text.strip()
    if not _DIGITS.fullmatch(text) or len(text) != 13:
        raise Unfit("is no GLN, which has 13 digits")
    return text if text.strip("0") else ""


def has_check_digit(number: str) -> bool:
    """Whether the last digit of a GTIN or GLN is the one that those before it call for."""
    from biip.checksums import gs1_standard_check_digit

    return _DIGITS.fullmatch(number) is not None and gs1_standard_check_digit(number[:-1]) == int(number[-1])
