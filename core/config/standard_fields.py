"""Words in which the standard entities are declared; the same field is declared once, and shared."""

from __future__ import annotations

from functools import cache
from typing import Any

from core.config.entities import EntitySettings, FieldSettings


@cache
def field(kind: str, title: str = "", **more: Any) -> FieldSettings:
    """Return a field; equal ones are the same object."""
    return FieldSettings.model_validate({"type": kind, "title": title, **more})


def ref(entity: str, title: str = "") -> FieldSettings:
    """Return a field that has the key of another record."""
    return field("text", title, refers_to=entity)


def words(title: str = "") -> FieldSettings:
    """Return a text that there is in each language."""
    return field("text", title, translated=True)


def entity(key: str, fields: dict[str, FieldSettings], title: str = "", *, published: bool = False) -> EntitySettings:
    """Return an entity; ``key`` names its key fields, with spaces between."""
    return EntitySettings(title=title, key=key.split(), fields=fields, published=published)


TEXT, INTEGER, YES_NO = field("text"), field("integer"), field("boolean")
DATE, TIME = field("date"), field("datetime")
WORDS = words()
# Prices below a cent are usual per piece (PAB, BMEcat: four decimals); sums of money have what a currency has at most.
PRICE, SUM = field("decimal", decimals=6), field("decimal", decimals=4)
QUANTITY, PERCENT = field("decimal", decimals=6), field("decimal", unit="%", decimals=4)
FACTOR = field("decimal", decimals=9)
WEIGHT = field("decimal", unit="kg", decimals=6)
MILLIMETRES = field("decimal", unit="mm", decimals=3)
VOLUME = field("decimal", unit="m3", decimals=9)
MONTHS = field("integer", unit="months")
CURRENCY = field("text", "Currency (ISO 4217)")
UNIT = field("text", "Unit (UN/ECE Rec 20)")
COUNTRY = field("text", "Country (ISO 3166-1)")
LANGUAGE = field("text", "Language (ISO 639-1)")
GLN, GTIN = field("text", "GLN"), field("text", "GTIN")
VAT_RATE = field("decimal", "VAT rate", unit="%", decimals=4)
EXTENSION = field("text", "What the format has beyond these fields")
"""Kept as the file has it, so that it can be written back into the same format."""

ADDRESS = {
    "street": TEXT,
    "house_number": TEXT,
    "postal_code": TEXT,
    "city": TEXT,
    "region": TEXT,
    "country": COUNTRY,
}
MEASURES = {
    "weight": WEIGHT,
    "length": MILLIMETRES,
    "width": MILLIMETRES,
    "height": MILLIMETRES,
    "depth": MILLIMETRES,
    "diameter": MILLIMETRES,
    "volume": VOLUME,
}
