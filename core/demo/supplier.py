"""Supplier files as they come in real life: thousands of articles, decimal commas, several languages, some bad lines.

The same seed gives the same files, so that a demonstration can be repeated.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_THINGS = (
    ("Kabelgoot", "Kabelkanal", "EC000853"),
    ("Installatieautomaat", "Leitungsschutzschalter", "EC000042"),
    ("Wandcontactdoos", "Steckdose", "EC000125"),
    ("Aardlekschakelaar", "Fehlerstromschutzschalter", "EC000003"),
    ("Ledlamp", "LED-Lampe", "EC001959"),
    ("Kogelkraan", "Kugelhahn", "EC011146"),
    ("Radiatorafsluiter", "Heizkörperventil", "EC011338"),
    ("Persfitting koppeling", "Pressfitting Muffe", "EC011042"),
    ("Thermostaatkop", "Thermostatkopf", "EC011340"),
    ("Circulatiepomp", "Umwälzpumpe", "EC010918"),
    ("Buisklem", "Rohrschelle", "EC001142"),
    ("Lasdoos", "Abzweigdose", "EC000199"),
)
_COLOURS = (
    ("wit", "weiß"),
    ("zwart", "schwarz"),
    ("grijs", "grau"),
    ("crème", "cremeweiß"),
    ("geëloxeerd", "eloxiert"),
)
_BRANDS = ("Brandt & Söhne", "Van Ørsted", "Müller-Lüdenscheidt", "De Koning", "Hörmann Installatie")
_UNITS = ("ST", "M", "DS")


@dataclass(frozen=True, slots=True)
class Article:
    """One article of the invented supplier."""

    number: str
    dutch: str
    german: str
    gtin: str
    gross: Decimal
    unit: str
    brand: str
    etim_class: str
    valid_from: date


def make_articles(count: int, *, seed: int, today: date) -> list[Article]:
    """Return so many articles with consecutive numbers."""
    chance = random.Random(seed)  # noqa: S311 - made-up articles need no secrecy
    articles = []
    for index in range(count):
        dutch, german, etim_class = chance.choice(_THINGS)
        dutch_colour, german_colour = chance.choice(_COLOURS)
        size = chance.choice((16, 20, 25, 32, 40, 63, 100))
        articles.append(
            Article(
                number=f"{index + 1:08d}",
                dutch=f"{dutch} {size} mm {dutch_colour}",
                german=f"{german} {size} mm {german_colour}",
                gtin=_gtin(871_234_500_000 + index),
                gross=Decimal(chance.randint(45, 250_000)) / 100,
                unit=chance.choice(_UNITS),
                brand=chance.choice(_BRANDS),
                etim_class=etim_class,
                valid_from=today - timedelta(days=chance.randint(0, 300)),
            )
        )
    return articles


def with_new_prices(articles: Sequence[Article], *, seed: int, share: float, factor: Decimal) -> list[Article]:
    """Return the articles, a share of them at another price."""
    chance = random.Random(seed)  # noqa: S311 - as above
    return [
        replace(article, gross=round(article.gross * factor, 2)) if chance.random() < share else article
        for article in articles
    ]


def write_price_list(path: Path, articles: Sequence[Article]) -> None:
    """Write a Dutch wholesaler's file: semicolons, Windows-1252, decimal commas, and three lines that went wrong."""
    lines = ["Artikelnummer;Omschrijving;EAN;Bruto;Eenheid;Merk;ETIM;Ingang"]
    lines += [
        f'{article.number};"{article.dutch}";{article.gtin};{_with_comma(article.gross)};{article.unit};'
        f'"{article.brand}";{article.etim_class};{article.valid_from:%d-%m-%Y}'
        for article in articles
    ]
    lines[len(lines) // 3] = lines[len(lines) // 3].replace(",", ",,", 1)
    lines[len(lines) // 2] = ";".join(lines[len(lines) // 2].split(";")[:3])
    head, _, _ = lines[-1].rpartition(";")
    lines[-1] = f"{head};31-02-2026"
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode("windows-1252"))


def write_assortment(path: Path, articles: Sequence[Article]) -> None:
    """Write a German maker's full list: tabs, UTF-16, as a spreadsheet saves Unicode text."""
    lines = ["Artikelnummer\tBezeichnung\tGTIN\tListenpreis\tMengeneinheit\tMarke"]
    lines += [
        "\t".join(
            [article.number, article.german, article.gtin, _with_comma(article.gross), article.unit, article.brand]
        )
        for article in articles
    ]
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode("utf-16"))


def _with_comma(price: Decimal) -> str:
    return f"{price:.2f}".replace(".", ",")


def _gtin(digits: int) -> str:
    """Return a GTIN-13: twelve digits and the check digit (GS1 General Specifications, section 7.9)."""
    text = f"{digits:012d}"
    total = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(text))
    return f"{text}{-total % 10}"
