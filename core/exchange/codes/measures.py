"""Lengths, weights and volumes: with us millimetre, kilogram and cubic metre, in files whatever their unit says."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from core.exchange.codes.numbers import plain, product
from core.exchange.codes.unfit import Unfit

if TYPE_CHECKING:
    from collections.abc import Mapping

_LENGTHS: Final = {
    "MMT": "1",
    "CMT": "10",
    "DMT": "100",
    "MTR": "1000",
    "KMT": "1000000",
    "INH": "25.4",
    "FOT": "304.8",
}
_WEIGHTS: Final = {
    "MGM": "0.000001",
    "GRM": "0.001",
    "KGM": "1",
    "TNE": "1000",
    "LBR": "0.45359237",
    "ONZ": "0.028349523125",
}
_VOLUMES: Final = {
    "MMQ": "0.000000001",
    "CMQ": "0.000001",
    "MLT": "0.000001",
    "DMQ": "0.001",
    "LTR": "0.001",
    "HLT": "0.1",
    "MTQ": "1",
    "INQ": "0.000016387064",
    "FTQ": "0.028316846592",
}
_SPELLINGS: Final = {"DTM": "DMT", "KTM": "KMT"}
"""Typing errors of ETIM xChange 1.1 and ETIM BMEcat 5.0."""


def millimetres(value: str, unit: str) -> str:
    """Return a length in millimetres, to the micrometre; ``unit`` is a code of UN/ECE Rec 20.

    Raises:
        Unfit: it is no decimal number, or that is no unit of length.
    """
    return _measured(value, unit, _LENGTHS, "length", 3)


def kilograms(value: str, unit: str) -> str:
    """Return a weight in kilograms, to the milligram; ``KG`` is a keg and no kilogram (``KGM``).

    Raises:
        Unfit: it is no decimal number, or that is no unit of weight.
    """
    return _measured(value, unit, _WEIGHTS, "weight", 6)


def cubic_metres(value: str, unit: str) -> str:
    """Return a volume in cubic metres, to the cubic millimetre.

    Raises:
        Unfit: it is no decimal number, or that is no unit of volume.
    """
    return _measured(value, unit, _VOLUMES, "volume", 9)


def metres(millimetres: str) -> str:
    """Return a length of ours in metres, as ETIM BMEcat has it.

    Raises:
        Unfit: it is no decimal number.
    """
    return plain(Decimal(product(millimetres)).scaleb(-3))


def _measured(value: str, unit: str, factors: Mapping[str, str], what: str, decimals: int) -> str:
    code = unit.strip().upper()
    factor = factors.get(_SPELLINGS.get(code, code))
    if factor is None:
        raise Unfit(f"has {code or 'nothing'} as its unit of {what}")
    # Of inches and pounds more decimals come than our fields have, and than anybody has measured.
    return plain(round(Decimal(product(value, factor)), decimals))
