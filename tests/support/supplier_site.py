"""A small workspace for tests of a whole run: a supplier's files in, a shop's files out."""

from __future__ import annotations

import csv
import io
import random
from datetime import date, timedelta
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

Article: TypeAlias = dict[str, str]

HEADER = ("Artikelnummer", "Omschrijving", "EAN", "Bruto", "Eenheid", "Ingang")

CONFIG = """\
version = 1

[engine]
data_dir = "{data_dir}"
languages = ["nl"]
block_rows = {block_rows}
attempts = {attempts}
{engine_settings}

[locations.supplier]
{supplier}

[locations.shop]
{shop}

[layouts.prices]
direction = "import"
entity = "article"
format = "csv"
file = {{ delimiter = ";", decimal = ",", date = "%d-%m-%Y" }}
columns = [
  {{ column = "Artikelnummer", field = "number", required = true }},
  {{ column = "Omschrijving", field = "description.nl", convert = ["trim", "collapse"] }},
  {{ column = "EAN", field = "gtin" }},
  {{ column = "Bruto", field = "gross_price" }},
  {{ column = "Eenheid", field = "unit", values = {{ "ST" = "PCE", "M" = "MTR" }} }},
  {{ column = "Ingang", field = "price_valid_from" }},
]

[layouts.shop]
direction = "export"
entity = "article"
format = "csv"
columns = [
  {{ column = "number", field = "number" }},
  {{ column = "price", field = "gross_price", format = "0.00" }},
  {{ column = "mutation", field = "mutation" }},
]

[[tasks]]
id = "full"
type = "import"
description = "The whole assortment"
sequence = 10
entity = "article"
assortment = "supplier"
layout = "prices"
delta = false
source = {{ location = "supplier", path = "prices.csv" }}
settle = 0
{import_settings}

[[tasks]]
id = "delta"
type = "import"
description = "What changed"
sequence = 10
entity = "article"
assortment = "supplier"
layout = "prices"
source = {{ location = "supplier", path = "prices.csv" }}
settle = 0
{import_settings}

[[tasks]]
id = "shop"
type = "export"
description = "Changes to the shop"
sequence = 20
entity = "article"
layout = "shop"
changes_only = true
if_empty = "skip"
target = {{ location = "shop", path = "{shop_path}" }}
{export_settings}
"""

LOCAL_SUPPLIER = 'protocol = "local"\ndirectory = "supplier"'
LOCAL_SHOP = 'protocol = "local"\ndirectory = "shop"'


def write_config(
    root: Path,
    *,
    data_dir: str = "data",
    block_rows: int = 500,
    attempts: int = 4,
    engine_settings: str = "",
    supplier: str = LOCAL_SUPPLIER,
    shop: str = LOCAL_SHOP,
    shop_path: str = "changes-{sequence}.csv",
    import_settings: str = "",
    export_settings: str = "",
) -> Path:
    """Write the configuration into ``root``, with the directories that it names, and return its path."""
    for directory in ("supplier", "shop"):
        (root / directory).mkdir(parents=True, exist_ok=True)
    path = root / "config.toml"
    path.write_text(
        CONFIG.format(
            data_dir=data_dir,
            block_rows=block_rows,
            attempts=attempts,
            engine_settings=engine_settings,
            supplier=supplier,
            shop=shop,
            shop_path=shop_path,
            import_settings=import_settings,
            export_settings=export_settings,
        ),
        encoding="utf-8",
    )
    return path


def make_articles(count: int, seed: int) -> dict[str, Article]:
    """Return articles by their number."""
    rng = random.Random(seed)
    begin = date(2026, 1, 1)
    articles = {}
    for number in range(count):
        key = f"{number:08d}"
        articles[key] = {
            "Artikelnummer": key,
            "Omschrijving": f"Kabel {rng.choice(['grün', 'blauw', 'zwart'])} {rng.randrange(1, 100)} m",
            "EAN": f"871{rng.randrange(10**9, 10**10)}",
            "Bruto": price(rng),
            "Eenheid": rng.choice(["ST", "M"]),
            "Ingang": f"{begin + timedelta(days=rng.randrange(365)):%d-%m-%Y}",
        }
    return articles


def price(rng: random.Random) -> str:
    """Return a price as the supplier writes it."""
    return f"{rng.randrange(1, 1000)},{rng.randrange(100):02d}"


def csv_of(articles: dict[str, Article], *, bad_lines: int = 0) -> bytes:
    """Return the supplier's file; each bad line has a price that is no number."""
    text = io.StringIO()
    rows = csv.DictWriter(text, HEADER, delimiter=";", lineterminator="\n")
    rows.writeheader()
    rows.writerows(articles.values())
    rows.writerows(
        {"Artikelnummer": f"bad-{number}", "Omschrijving": "Fout", "Bruto": "op aanvraag"}
        for number in range(bad_lines)
    )
    return text.getvalue().encode()
