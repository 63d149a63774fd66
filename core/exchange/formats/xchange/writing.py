"""Writing a catalogue of ETIM xChange 2.0: suppliers, their products, and the trade items of these.

Articles are made into trade items first, and kept on disk by their product; then each product is written with those
that it has. An article without a product of its own is the only trade item of one that is made of what it says.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, contextmanager
from typing import IO, TYPE_CHECKING, Final

from core.errors import EngineError
from core.exchange.formats.contract import Related, Written
from core.exchange.formats.xchange.header_writing import Suppliers, header, known_catalogues, languages_of
from core.exchange.formats.xchange.item_writing import RELATED, ItemWriter
from core.exchange.formats.xchange.making import Maker
from core.exchange.formats.xchange.product_writing import NEEDED, ProductWriter
from core.exchange.formats.xchange.shapes import Misfit
from core.exchange.sql_errors import disk_errors
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.config.industry import XchangeHeader
    from core.exchange.formats.contract import Item, Writing
    from core.exchange.formats.xchange.values import Json

_PRODUCT_RELATED: Final = (Related("article", "product"), Related("attachment", "record", ("sort_order",)))
"""Of the articles no more is wanted than that a product of which only they have changed is there."""
_AT_ONCE: Final = 1000
_TABLES: Final = """
CREATE TABLE item (supplier INTEGER, product TEXT, number TEXT, value TEXT, source TEXT);
CREATE TABLE told (product TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE product (number TEXT, supplier INTEGER, value TEXT, PRIMARY KEY (number, supplier)) WITHOUT ROWID;
"""


def write(writing: Writing) -> Written:
    """Write a catalogue: complete, or with what changed; what is gone is told by the status OBSOLETE.

    Raises:
        DataError: the header needs what neither the layout nor the records have.
        EngineError: the disk does not suffice.
        StopRequested: a stop was asked for.
    """
    spool = writing.work_dir / "xchange.sqlite"
    spool.unlink(missing_ok=True)
    with _spool_errors(), closing(sqlite3.connect(spool, isolation_level=None)) as connection:
        connection.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_TABLES}")
        written = _Document(writing, connection).write()
    spool.unlink(missing_ok=True)
    return written


@contextmanager
def _spool_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise EngineError(
            f"The records of the catalogue cannot be kept while it is written: {clean(str(error), limit=200)}.",
            advice="Look at the space on the disk.",
        ) from error


class _Document:
    def __init__(self, writing: Writing, spool: sqlite3.Connection) -> None:
        settings: XchangeHeader = writing.settings
        self._writing, self._spool, self._settings = writing, spool, settings
        self._known = known_catalogues(writing, settings)
        row = next(iter(self._known.values()), {})
        self._maker = Maker(writing, languages_of(writing, self._known), settings.currency or row.get("currency", ""))
        self._suppliers = Suppliers(self._known, settings)
        self._items = ItemWriter(self._maker)
        self._products = ProductWriter(self._maker)
        self._about_products = writing.entity == "product"
        self._records = 0

    def write(self) -> Written:
        """Write the file."""
        for item in self._writing.items("article", RELATED):
            self._keep_item(item)
        self._spool.execute("CREATE INDEX items ON item (product)")
        for item in self._writing.items("product", _PRODUCT_RELATED):
            self._keep_product(item)
        if not self._about_products:
            self._keep_products_of_articles()
        self._put_out()
        counts = {name: count for name, count in self._maker.counts.items() if name != self._writing.entity}
        return Written(self._records, counts)

    def _keep_item(self, item: Item) -> None:
        row, number = item.row, item.row["number"]
        try:
            value = self._items.item(item)
            told = self._products.told_by(item)
        except Misfit as misfit:
            self._maker.refuse("article", number, misfit)
            return
        supplier = self._suppliers.number(row.get("supplier", ""), row.get("supplier_gln", ""))
        product = row.get("product", "")
        source = {name: row[name] for name in NEEDED if name in row}
        words = ("description.", "long_description.", "marketing_text.")
        source |= {name: text for name, text in row.items() if name.startswith(words)}
        if not product:
            source |= {"told": told}  # type: ignore[dict-item]
        elif told:
            self._spool.execute("INSERT OR IGNORE INTO told VALUES (?, ?)", (product, _dumped(told)))
        self._spool.execute(
            "INSERT INTO item VALUES (?, ?, ?, ?, ?)", (supplier, product, number, _dumped(value), _dumped(source))
        )

    def _keep_product(self, item: Item) -> None:
        number = item.row["number"]
        suppliers = [
            found for (found,) in self._spool.execute("SELECT DISTINCT supplier FROM item WHERE product = ?", (number,))
        ]
        if not suppliers and not self._about_products and not self._writing.changes_only:
            # The file is about articles, and this product has none of them.
            return
        try:
            value, key = self._products.product(item, self._told(number))
        except Misfit as misfit:
            self._maker.refuse("product", number, misfit)
            self._refuse_items(number)
            return
        for supplier in suppliers or [self._suppliers.of_key(key)]:
            self._spool.execute("INSERT INTO product VALUES (?, ?, ?)", (number, supplier, _dumped(value)))
        self._maker.count("product")
        self._records += self._about_products

    def _told(self, product: str) -> Json:
        row = self._spool.execute("SELECT value FROM told WHERE product = ?", (product,)).fetchone()
        found: Json = json.loads(row[0]) if row else {}
        return found

    def _refuse_items(self, product: str) -> None:
        for (number,) in self._spool.execute("SELECT number FROM item WHERE product = ?", (product,)).fetchall():
            self._writing.refuse("article", number, "belongs to a product that cannot be written", field="product")
        self._spool.execute("DELETE FROM item WHERE product = ?", (product,))

    def _keep_products_of_articles(self) -> None:
        """Make products for articles that have none among those that are written."""
        while left := self._spool.execute(
            "SELECT rowid, supplier, product, number, source FROM item WHERE product = '' "
            f"OR product NOT IN (SELECT number FROM product) LIMIT {_AT_ONCE}"
        ).fetchall():
            self._writing.stop.check()
            for row, supplier, product, number, source in left:
                self._keep_product_of_article(row, supplier, product, number, json.loads(source))

    def _keep_product_of_article(self, row: int, supplier: int, product: str, number: str, said: Json) -> None:
        told = said.pop("told", None) or self._told(product)
        try:
            value = self._products.of_article(said, told)
        except Misfit as misfit:
            self._maker.refuse("article", number, misfit)
            self._spool.execute("DELETE FROM item WHERE rowid = ?", (row,))
            return
        # Told from the numbers of products by a character that none begins with.
        own = f"\x1f{number}"
        self._spool.execute("UPDATE item SET product = ? WHERE rowid = ?", (own, row))
        self._spool.execute("INSERT INTO product VALUES (?, ?, ?)", (own, supplier, _dumped(value)))

    def _put_out(self) -> None:
        if not self._suppliers.found:
            self._suppliers.of_key("")
            self._writing.warn(
                "a catalogue without a product is none by the standard; the receiver may refuse the file"
            )
        target = self._writing.target
        said = header(self._maker, self._known, self._settings)
        with disk_errors(f"{clean(target.name)} cannot be written"), target.open("w", encoding="utf-8") as file:
            file.write(f'{_opened(said)}"Supplier":[')
            for number in range(len(self._suppliers.found)):
                self._put_supplier(file, number)
            file.write("]}\n")

    def _put_supplier(self, file: IO[str], number: int) -> None:
        said = self._suppliers.members(number, self._maker)
        file.write(f'{"," if number else ""}{_opened(said)}"Product":[')
        # Those made of articles come last.
        products = self._spool.execute(
            "SELECT number, value FROM product WHERE supplier = ? ORDER BY number LIKE char(31) || '%', number",
            (number,),
        )
        for place, (product, value) in enumerate(products):
            if place % 200 == 0:
                self._writing.stop.check()
            items = [
                each
                for (each,) in self._spool.execute(
                    "SELECT value FROM item WHERE product = ? AND supplier = ? ORDER BY number", (product, number)
                )
            ]
            file.write(",\n" if place else "\n")
            file.write(f'{value[:-1]},"TradeItem":[{",".join(items)}]}}' if items else value)
            self._maker.count("article", len(items))
            self._records += 0 if self._about_products else len(items)
        file.write("\n]}")


def _dumped(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _opened(members: Json) -> str:
    """Return the beginning of an object with these members, to which more can be added."""
    return _dumped(members)[:-1] + ("," if members else "")
