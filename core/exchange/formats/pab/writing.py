"""Records of ours as PAB 2.03: a set in a zip file, or by itself the one record file of what the task exports."""

from __future__ import annotations

import shutil
from collections import Counter
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Final

from core.errors import DataError
from core.exchange.codes.dates import ALWAYS
from core.exchange.codes.identifiers import gln
from core.exchange.codes.numbers import product
from core.exchange.codes.unfit import Unfit
from core.exchange.formats.contract import Related, Written
from core.exchange.formats.dutch import current_price, is_single, text_in
from core.exchange.formats.fixed import is_latin
from core.exchange.formats.pab import fields as of
from core.exchange.formats.pab.cells import cell_of, extended, pointed
from core.exchange.formats.pab.records import ARTLEV, ARTPR2, ARTTOKO, HARTLEV, PRODUCT
from core.exchange.formats.unpacking import Member, pack
from core.exchange.sql_errors import disk_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import BinaryIO

    from core.config.industry import PabHeader
    from core.exchange.formats.contract import Change, Item, Row, Writing
    from core.exchange.formats.pab.fields import Entry
    from core.exchange.formats.pab.records import PabRecord

_MUTATIONS: Final[dict[Change, str]] = {"new": of.ADDED, "changed": of.CHANGED, "deleted": of.DELETED}
_ASSUMED: Final = {
    "OrderableIndicator": ("TU", "that they can be ordered"),
    "ProcessableIndicator": ("NS", "that they cannot be processed"),
    "QuantityOfUseUnits": ("000000000001.000", "one use unit"),
}
"""What stands in fields that PAB wants filled, where an article does not say; how often is told."""
_OF_PRICES: Final = (
    "gross_price", "net_price", "currency", "price_unit", "price_unit_quantity", "price_unit_factor", "vat_code",
    "vat_rate",
)  # fmt: skip
_PRICE, _SURCHARGE, _ATTACHMENT = (
    Related("price", "article", order=("valid_from",)),
    Related("surcharge", "article", order=("type", "sequence")),
    Related("attachment", "record", order=("sort_order", "file")),
)
_WEIGHTS: Final = (("KGM", "1"), ("GRM", "1000"))
_LENGTHS: Final = (("MMT", "1"),)
_TEXTS: Final = {"Description": 70, "AllowanceDescription": 35}


class _Left(Exception):
    """A record was noted as one that cannot be written."""


class _Cells:
    """The fields of one line, on their way into it."""

    def __init__(self, writing: Writing, record: PabRecord, entity: str, key: str) -> None:
        self.texts: dict[str, str] = {}
        self._writing = writing
        self._record = record
        self._entity = entity
        self._key = key

    def put(self, row: Row, entries: Sequence[Entry]) -> None:
        """Put the fields of a record in their places."""
        for entry in entries:
            if value := row.get(entry.field, ""):
                try:
                    self.texts[entry.column] = cell_of(value, entry.column, entry.kind, self._record)
                except Unfit as unfit:
                    raise self.left(str(unfit), entry.field, value) from unfit

    def measure(self, row: Row, field: str, column: str, unit: str, units: Sequence[tuple[str, str]]) -> None:
        """Put a measure in its place, in the first of these units (by their factor) in which it has few decimals."""
        value = row.get(field, "")
        if not value:
            return
        for place, (code, factor) in enumerate(units, start=1):
            try:
                self.texts[column] = pointed(product(value, factor), *self._record.numbers[column])
            except Unfit as unfit:
                if place == len(units):
                    raise self.left(str(unfit), field, value) from unfit
            else:
                self.texts[unit] = code
                return

    def text(self, row: Row, column: str) -> None:
        """Put the description of a record in its place."""
        value = text_in(row, "description", self._writing.languages)
        width = _TEXTS[column]
        fitted = self._writing.fitted(value, width, "description")
        if fitted is None:
            raise self.left(f"is longer than the {width} characters that PAB has for it", "description", value)
        self.texts[column] = fitted

    def line(self) -> bytes:
        """Return the line."""
        for column, text in self.texts.items():
            if not is_latin(text):
                raise self.left("holds a character that ISO 8859-1 does not have", column, text)
        return f"{self._record.fixed.line(self.texts)}\r\n".encode("latin-1")

    def left(self, reason: str, field: str = "", value: str = "") -> _Left:
        """Note that the record is left out."""
        self._writing.refuse(self._entity, self._key, reason, field=field, value=value)
        return _Left()


class _Set:
    """The record files that are written; one is there once it has a line."""

    def __init__(self, writing: Writing, files: ExitStack) -> None:
        self.counts: Counter[str] = Counter()
        self.suppliers: set[str] = set()
        self.has_prices = False
        self._writing = writing
        self._settings: PabHeader = writing.settings
        self._today = f"{writing.made_at:%Y-%m-%d}"
        self._files = files
        self._open: dict[str, BinaryIO] = {}

    def add(self, name: str, line: bytes) -> None:
        """Add a line to a record file."""
        if name not in self._open:
            path = self._writing.work_dir / name
            self._open[name] = self._files.enter_context(path.open("wb"))
        self._open[name].write(line)
        self.counts[name] += 1

    def members(self, *names: str) -> list[Member]:
        """Return those of these files that have a line; to be asked when they are closed."""
        return [Member(f"{name}.txt", self._writing.work_dir / name) for name in names if name in self._open]

    def article(self, item: Item) -> None:
        """Add the lines of an article; none where that itself cannot be written."""
        row, key = item.row, item.row["number"]
        cells = _Cells(self._writing, ARTLEV, "article", key)
        supplier = self._gln(cells, row, "supplier_gln")
        cells.texts |= {"MutationCode": _MUTATIONS[item.change], "SupplierGLN": supplier}
        if item.change == "deleted":
            cells.put({"number": key}, of.ARTICLE[:1])
            self.add("ArtLev", cells.line())
            return
        prices = item.related["price"]
        current = self._current(row, prices)
        price = {name: current[name] for name in _OF_PRICES if current.get(name)}
        if current.get("valid_from", ALWAYS) != ALWAYS:
            price["price_valid_from"] = current["valid_from"]
        known = extended(row.get("extension", ""), of.ARTICLE_EXTRA, ARTLEV)
        cells.texts |= known
        own = {name: value for name, value in row.items() if name != "supplier_gln"}
        cells.put(price | own, (*of.ARTICLE, *of.ARTICLE_PRICE))
        cells.text(row, "Description")
        cells.measure(row, "weight", of.MEASURES["weight"], "PackagingWeightMeasureUnitCode", _WEIGHTS)
        for name in ("height", "length", "width"):
            cells.measure(row, name, of.MEASURES[name], "PackagingSizeMeasureUnitCode", _LENGTHS)
        self._assume(cells)
        self.add("ArtLev", cells.line())
        self.has_prices |= "GrossPriceInOrderUnit" in cells.texts or "NetPriceInOrderUnit" in cells.texts
        if self._settings.packed:
            self._belonging(item, supplier, [each for each in prices if each is not current])

    def product(self, item: Item) -> None:
        """Add the line of a product."""
        row, key = item.row, item.row["number"]
        if row.keys() == {"number"} and item.change != "deleted":
            # A stub, of which nobody has told anything yet.
            if self._writing.entity == "product":
                self._writing.leave_out()
            return
        cells = _Cells(self._writing, PRODUCT, "product", key)
        cells.texts |= {"MutationCode": _MUTATIONS[item.change]}
        cells.texts["ManufacturerGLN"] = self._gln(cells, row, "manufacturer_gln")
        if item.change == "deleted":
            cells.put({"number": key}, of.PRODUCT_FIELDS[:1])
        else:
            cells.texts |= extended(row.get("extension", ""), of.PRODUCT_EXTRA, PRODUCT)
            cells.put(row, of.PRODUCT_FIELDS)
            cells.text(row, "Description")
            cells.measure(row, "net_weight", "WeightQuantity", "WeightMeasureUnitCode", _WEIGHTS)
            if "WeightQuantity" not in cells.texts:
                self._writing.warn("products have no net weight, which PAB wants: it is blank")
        self.add("Product", cells.line())

    def _gln(self, cells: _Cells, row: Row, field: str) -> str:
        """Return whose a record is. PAB has no line without."""
        own = self._settings.supplier_gln if field == "supplier_gln" else ""
        found = own or row.get(field, "") or self._settings.supplier_gln
        try:
            found = gln(found) if found else ""
        except Unfit as unfit:
            raise cells.left(str(unfit), field, found) from unfit
        if not found:
            raise cells.left("has no GLN, neither of its own nor in the header of the layout (supplier_gln)", field)
        self.suppliers.add(found)
        return found

    def _current(self, row: Row, prices: Sequence[Row]) -> Row:
        """Return the record of the price that an article does not have in itself."""
        return {} if row.get("gross_price") or row.get("net_price") else current_price(prices, self._today)

    def _assume(self, cells: _Cells) -> None:
        texts = cells.texts
        for column, (text, what) in _ASSUMED.items():
            if column not in texts:
                texts[column] = text
                self._writing.warn(f"articles do not say so, and PAB wants it: {what} was written")
        if "UseUnitMeasureUnitCode" not in texts:
            texts["UseUnitMeasureUnitCode"] = texts.get("OrderUnitMeasureCode", "PCE")
            self._writing.warn("articles have no use unit, which PAB wants: the order unit, or PCE, was written")

    def _belonging(self, item: Item, supplier: str, prices: Sequence[Row]) -> None:
        """Add the prices to come, the surcharges and the attachments of an article."""
        key = item.row["number"]
        for price in prices:
            if price.get("valid_from", ALWAYS) == ALWAYS or not is_single(price):
                self._writing.warn("prices without a date, or from a quantity on, were left out: PAB has none")
                continue
            cells = _Cells(self._writing, ARTPR2, "price", f"{key} {price['valid_from']}")
            cells.texts |= {"MutationCode": _MUTATIONS[item.change], "SupplierGLN": supplier}
            cells.texts |= extended(price.get("extension", ""), of.PRICE_EXTRA, ARTPR2)
            self._try(cells, price, of.PRICE, "ArtPr2")
            self.has_prices = True
        for surcharge in item.related["surcharge"]:
            cells = _Cells(self._writing, ARTTOKO, "surcharge", f"{key} {surcharge.get('type', '')}")
            cells.texts["SupplierGLN"] = supplier
            cells.texts |= extended(surcharge.get("extension", ""), of.SURCHARGE_EXTRA, ARTTOKO)
            self._try(cells, surcharge, of.SURCHARGE, "ArtToKo", text="AllowanceDescription")
        for attachment in item.related["attachment"]:
            address = attachment.get("file", "")
            if attachment.get("entity") == "article" and address.startswith(("http://", "https://")):
                line = "\t".join((key, attachment.get("type", ""), address))
                self.add("AttachmentIndex2", f"{line}\r\n".encode("latin-1", "replace"))

    def _try(self, cells: _Cells, row: Row, entries: Sequence[Entry], name: str, *, text: str = "") -> None:
        with suppress(_Left):
            cells.put(row, entries)
            if text:
                cells.text(row, text)
            self.add(name, cells.line())


def write(writing: Writing) -> Written:
    """Write a set, or without ``packed`` the record file of the entity that is exported.

    A complete set says so in its header (9), a set of changes too (4); each record says whether it is new, changed or
    deleted.

    Raises:
        DataError: the header cannot be written.
    """
    settings: PabHeader = writing.settings
    main = "Product" if writing.entity == "product" else "ArtLev"
    related = (_PRICE, _SURCHARGE, _ATTACHMENT) if settings.packed else (_PRICE,)
    with disk_errors("The record files of PAB cannot be written"), ExitStack() as files:
        found = _Set(writing, files)
        if writing.entity == "article":
            for item in writing.items("article", related):
                _try(found.article, item)
        if writing.entity == "product" or (settings.packed and writing.records.count("product")):
            for item in writing.items("product"):
                _try(found.product, item)
        if settings.packed and writing.entity == "article":
            found.add("HArtLev", _header(writing, found))
    members = found.members("HArtLev", "Product", "ArtLev", "ArtPr2", "ArtToKo", "AttachmentIndex2")
    with disk_errors("The file of PAB cannot be written"):
        if settings.packed:
            pack(writing.target, members, stop=writing.stop)
        elif members:
            shutil.copyfile(members[0].path, writing.target)
        else:
            writing.target.write_bytes(b"")
    entities = {"product": "Product", "price": "ArtPr2", "surcharge": "ArtToKo", "attachment": "AttachmentIndex2"}
    counts = {entity: found.counts[name] for entity, name in entities.items() if name != main and found.counts[name]}
    return Written(found.counts[main], counts)


def _try(add: Callable[[Item], None], item: Item) -> None:
    with suppress(_Left):
        add(item)


def _header(writing: Writing, found: _Set) -> bytes:
    settings: PabHeader = writing.settings
    supplier = settings.supplier_gln or (next(iter(found.suppliers)) if len(found.suppliers) == 1 else "")
    cells = {
        "MessageVersion": "203",
        "MessageType": "ART",
        "ArticleMessagenumber": f"{writing.made_at:%Y%m%d}{writing.sequence % 10**9:09d}",
        "MessageDate": f"{writing.made_at:%Y%m%d}",
        "MutationCode": "4" if writing.changes_only else "9",
        "PriceChangeIndication": "JA" if found.has_prices else "NEE",
        "SupplierGLN": supplier,
        "ConsumerGLN": settings.buyer_gln,
        "CentralArtGLN": settings.central_gln,
    }
    for name in ("SupplierGLN", "ConsumerGLN", "CentralArtGLN"):
        try:
            cells[name] = gln(cells[name]) if cells[name] else ""
        except Unfit as unfit:
            raise DataError(
                f"The header of the PAB file cannot be written: {name}, {cells[name][:40]}, {unfit}.",
                advice="Set it in the header of the layout.",
            ) from unfit
    return f"{HARTLEV.fixed.line(cells)}\r\n".encode("latin-1")
