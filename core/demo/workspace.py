"""The workspace of the demonstration: a configuration, supplier files, and the definitions of two systems."""

from __future__ import annotations

from decimal import Decimal
from importlib.resources import files
from typing import TYPE_CHECKING

from core.demo.supplier import make_articles, with_new_prices, write_assortment, write_price_list

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

PRICE_LIST, ASSORTMENT = 4000, 2500
"""Articles of the wholesaler's price list and of the maker's full list."""
DROPPED = 40
"""Articles that the maker's second list lacks; the full import archives them."""


def make_files(root: Path, *, today: date) -> None:
    """Write the suppliers' files into the directories that the servers offer.

    The second set of files, with new prices and fewer articles, lies beside the first under ``next``; the tasks take
    the first set oldest first, and then the second.
    """
    outbox = root / "sftp" / "out"
    outbox.mkdir(parents=True)
    (root / "ftps" / "import").mkdir(parents=True)
    prices = make_articles(PRICE_LIST, seed=1, today=today)
    write_price_list(outbox / "prices-1.csv", prices)
    write_price_list(outbox / "prices-2.csv", with_new_prices(prices, seed=2, share=0.05, factor=Decimal("1.035")))
    assortment = make_articles(ASSORTMENT, seed=3, today=today)
    write_assortment(outbox / "assortment-1.txt", assortment)
    fewer = with_new_prices(assortment[:-DROPPED], seed=4, share=0.02, factor=Decimal("0.97"))
    write_assortment(outbox / "assortment-2.txt", fewer)


def write_config(
    path: Path, *, sftp_port: int, ftps_port: int, username: str, certificate: Path | None, shop: str, books: str
) -> None:
    """Write the configuration for servers on these ports, and two systems at these addresses.

    The vault has their passwords. The definitions of the systems go beside it, where they can be read and changed.
    """
    text = _CONFIG.format(
        sftp_port=sftp_port, ftps_port=ftps_port, username=username, certificate=certificate, shop=shop, books=books
    )
    path.write_text(text, encoding="utf-8")
    connectors = path.parent / "connectors"
    connectors.mkdir()
    for name in ("shop", "books"):
        definition = files("core.demo").joinpath(f"{name}.toml").read_text(encoding="utf-8")
        (connectors / f"{name}.toml").write_text(definition, encoding="utf-8")


_CONFIG = """\
# The workspace of "pendel demo": everything here is real, only the suppliers are invented.
version = 1

[engine]
data_dir = "data"
time_zone = "Europe/Amsterdam"
window = {{ opens = "06:00", closes = "23:00" }}
languages = ["nl", "de"]

[entities.article.fields]
warehouse_bin = {{ type = "text", title = "Warehouse bin" }}

[locations.supplier]
protocol = "sftp"
description = "SFTP server of the suppliers, in this process"
host = "127.0.0.1"
port = {sftp_port}
username = "{username}"
password = {{ secret = "demo" }}
directory = "/out"
timeout = 10

[locations.webshop]
protocol = "ftps"
description = "FTPS server of the webshop, in this process"
host = "127.0.0.1"
port = {ftps_port}
username = "{username}"
password = {{ secret = "demo" }}
directory = "/import"
ca_file = "{certificate}"
timeout = 10

[layouts.wholesaler-prices]
direction = "import"
entity = "article"
format = "csv"
file = {{ delimiter = ";", quote = '"', encoding = "windows-1252", decimal = ",", date = "%d-%m-%Y" }}
columns = [
  {{ column = "Artikelnummer", field = "number", required = true }},
  {{ column = "Omschrijving", field = "description.nl", convert = ["trim", "collapse"] }},
  {{ column = "EAN", field = "gtin" }},
  {{ column = "Bruto", field = "gross_price" }},
  {{ column = "Eenheid", field = "unit", values = {{ "ST" = "PCE", "M" = "MTR", "DS" = "BX" }}, default = "PCE" }},
  {{ column = "Merk", field = "brand" }},
  {{ column = "ETIM", field = "etim_class" }},
  {{ column = "Ingang", field = "price_valid_from" }},
  {{ field = "currency", constant = "EUR" }},
  {{ field = "net_price", expression = "round(gross_price * 0.62, 2)" }},
]

[layouts.maker-assortment]
direction = "import"
entity = "article"
format = "text"
file = {{ quote = "", decimal = "," }}
columns = [
  {{ column = "Artikelnummer", field = "number", required = true }},
  {{ column = "Bezeichnung", field = "description.de", convert = ["trim"] }},
  {{ column = "GTIN", field = "gtin" }},
  {{ column = "Listenpreis", field = "gross_price" }},
  {{ column = "Mengeneinheit", field = "unit", values = {{ "ST" = "PCE", "M" = "MTR", "DS" = "BX" }} }},
  {{ column = "Marke", field = "brand" }},
  {{ field = "currency", constant = "EUR" }},
]

[layouts.webshop-articles]
direction = "export"
entity = "article"
format = "csv"
file = {{ delimiter = ",", encoding = "utf-8", decimal = "." }}
columns = [
  {{ column = "sku", field = "number" }},
  {{ column = "title", field = "description.nl" }},
  {{ column = "gtin", field = "gtin" }},
  {{ column = "price", field = "net_price", format = "0.00" }},
  {{ column = "unit", field = "unit" }},
  {{ column = "updated", field = "changed_at", format = "%Y-%m-%d" }},
]

[[tasks]]
id = "wholesaler-prices"
type = "import"
description = "Price lists of the wholesaler: what is new or changed"
active = true
sequence = 10
frequency = {{ kind = "weekly", day = "monday", at = "07:30" }}
entity = "article"
assortment = "wholesaler"
layout = "wholesaler-prices"
delta = true
source = {{ location = "supplier", path = "prices-*.csv" }}
settle = 0
move_after = "processed"

[[tasks]]
id = "maker-assortment"
type = "import"
description = "Full lists of the maker: what is missing is archived"
active = true
sequence = 10
frequency = {{ kind = "workday", at = "07:30" }}
entity = "article"
assortment = "maker"
layout = "maker-assortment"
delta = false
source = {{ location = "supplier", path = "assortment-*.txt" }}
settle = 0
move_after = "processed"

[[tasks]]
id = "webshop-articles"
type = "export"
description = "Changed articles to the webshop"
active = true
sequence = 20
frequency = {{ kind = "weekly", day = "monday", at = "07:30" }}
after = {{ tasks = ["wholesaler-prices"], on_failure = "skip" }}
entity = "article"
assortment = "wholesaler"
layout = "webshop-articles"
changes_only = true
overwrite = true
target = {{ location = "webshop", path = "articles-{{datetime:%Y%m%d-%H%M%S}}.csv" }}

[[tasks]]
id = "erp-files"
type = "csv-export"
description = "Daily files for the ERP, in the export directory"
active = true
sequence = 30
frequency = {{ kind = "time_of_day", at = "12:00" }}
overwrite = true
exports = [
  {{ entity = "article", assortment = "maker", file = "maker-{{date}}.csv", fields = ["number", "gross_price"] }},
  {{ entity = "article", assortment = "wholesaler", file = "prices-{{date}}.csv", fields = ["number", "net_price"] }},
]

# Two systems of other people, and what flows between them (screens 7 and 8).
[connectors.shop]
file = "connectors/shop.toml"

[connectors.books]
file = "connectors/books.toml"

[links.shop]
connector = "shop"
description = "The webshop, in this process"
active = true
fields = {{ address = "{shop}", api_key = {{ secret = "shop" }} }}

[links.books]
connector = "books"
description = "The bookkeeping, in this process"
active = true
fields = {{ address = "{books}", api_key = {{ secret = "books" }} }}

[[tasks]]
id = "shop-products"
type = "flow"
description = "Products of the shop into the books"
active = true
sequence = 40
frequency = {{ kind = "time_of_day", at = "07:30" }}
kind = "products"
source = "shop"
target = "books"

[[tasks]]
id = "shop-orders"
type = "flow"
description = "Orders of the shop into the books; one has an article that the books lack"
active = true
sequence = 50
frequency = {{ kind = "after" }}
after = {{ tasks = ["shop-products"], on_failure = "run" }}
kind = "orders"
source = "shop"
target = "books"
"""
