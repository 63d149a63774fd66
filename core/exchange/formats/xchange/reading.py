"""Reading a catalogue of ETIM xChange: 2.0, and 1.x as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.errors import DataError
from core.exchange.formats.contract import Content, Inspection, Part
from core.exchange.formats.json_items import JsonStream
from core.exchange.formats.xchange.classes import CELLS
from core.exchange.formats.xchange.document import Met, Outline, walk
from core.exchange.formats.xchange.names import CATALOGUE, SUPPLIER
from core.exchange.formats.xchange.products import Catalogue, Record, take_product
from core.exchange.formats.xchange.values import Texts, dumped, take
from core.exchange.sql_errors import disk_errors
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from core.exchange.formats.contract import Reading, Scope
    from core.exchange.formats.rawfile import RawFile
    from core.exchange.formats.xchange.values import Values

_PLAIN: Final = {
    "supplier_catalogue": (
        "supplier catalogue format version languages default_language currency territories generated_on valid_from "
        "valid_until supplier_name supplier_gln supplier_duns buyer_name buyer_gln agreement extension"
    ),
    "product": (
        "number gtin brand manufacturer manufacturer_gln series variation product_group etim_class status kind "
        "country_of_origin customs_code warranty page valid_from valid_until extension"
    ),
    "article": (
        "number product gtin other_gtins supplier supplier_gln alternative_number buyer_number manufacturer "
        "manufacturer_gln manufacturer_number brand etim_class status condition gross_price net_price retail_price "
        "currency price_unit price_unit_quantity price_unit_factor price_valid_from price_valid_until price_on_request "
        "discount_group bonus_group vat_rate order_unit use_unit use_unit_quantity order_quantity_min "
        "order_quantity_step delivery_days stocked length width height diameter volume net_weight country_of_origin "
        "customs_code shelf_life valid_from valid_until extension"
    ),
    "price": (
        "article price_list quantity_from valid_from valid_until gross_price net_price retail_price on_request "
        "currency price_unit price_unit_quantity price_unit_factor vat_rate extension"
    ),
    "surcharge": ("article type sequence allowance percentage amount currency quantity_from valid_from extension"),
    "packaging": (
        "article sequence type quantity gtin other_gtins gs1_128 breakable parts weight length width height diameter "
        "extension"
    ),
    "relation": "article type target target_gtin of_product quantity extension",
    "article_class": "article system class class_version released_on extension",
    "article_feature": " ".join((*CELLS, "unit extension")),
    "attachment": (
        "entity record file type type_detail purpose language file_name issued_on expires_on sort_order source"
    ),
}
"""The fields that a file speaks of, by entity, in the order in which they refer to each other."""
_WORDS: Final = {
    "supplier_catalogue": ("name",),
    "product": ("name", "description", "long_description", "marketing_text", "keywords"),
    "article": ("description", "long_description"),
    "surcharge": ("description",),
    "packaging": ("name",),
    "article_feature": ("details",),
    "attachment": ("description",),
}
_OWNERS: Final = {"attachment": ("entity", "record")}
_LOOKED_AT: Final = 3 << 20
_COUNTED: Final = 1 << 28
_STEP: Final = 1 << 20
_MARKS: Final = {"products": b'"ProductIdentification"', "trade items": b'"ItemIdentification"'}


def read(reading: Reading) -> Content:
    """Read a catalogue.

    In a complete one, what is absent is archived. In one of changes, an article or product with the status OBSOLETE is:
    the standard has no other way to say that it is gone.

    Raises:
        DataError: it is broken, no catalogue, or has changes of another version than the one that the catalogue has.
    """
    outline = Outline()
    reader = CatalogueReader(reading, outline)
    reader.read()
    if outline.late:
        # What matters for products stood behind them: once more, now that it is known.
        reading.unheld.clear()
        reader = CatalogueReader(reading, Outline(outline.root, outline.suppliers))
        reader.read()
    return reader.content()


class CatalogueReader:
    """Takes the products of a file into raw files, one an entity."""

    def __init__(self, reading: Reading, outline: Outline) -> None:
        self._reading, self._outline = reading, outline
        self._catalogue: Catalogue | None = None
        self._raw: dict[str, RawFile] = {
            entity: reading.part(entity, fields.split(), optional=reading.every_language(*_WORDS.get(entity, ())))
            for entity, fields in _PLAIN.items()
        }
        self._checked = 0

    def read(self) -> None:
        """Walk through the file once."""
        reading = self._reading
        with JsonStream(reading.path, name=reading.name, stop=reading.stop, advance=reading.advance) as stream:
            for met in walk(stream, self._outline, reading.name):
                if met.supplier > self._checked:
                    self._checked = met.supplier
                    check_version(reading, self._outline, met.supplier)
                self._take(met)
        if not self._outline.late:
            for number in range(1, len(self._outline.suppliers) + 1):
                check_version(reading, self._outline, number)
        self.add_catalogues()
        for raw in self._raw.values():
            raw.close()

    def _take(self, met: Met) -> None:
        if self._catalogue is None:
            self._catalogue = catalogue_of(self._reading, self._outline)
        for record in records_of(met, self._catalogue):
            raw = self._raw[record.entity]
            self.complete(record)
            if record.fault:
                value = record.values.get(record.member, "")
                raw.reject(
                    record.fault, column=record.member, value=value, line=met.line, item=met.number, place=record.place
                )
            else:
                raw.add(record.values, line=met.line, item=met.number, place=record.place, deleted=record.deleted)
                if record.features:
                    self._raw["article_feature"].add_cells(
                        [(cells, met.line) for cells in record.features],
                        owner=record.values["number"],
                        item=met.number,
                        place=record.place,
                    )

    def complete(self, record: Record) -> None:
        """Put into a record what the file does not say; a file of a supplier says all of it."""

    def scope_of(self, entity: str, *, complete: bool) -> Scope:
        """Return what the records of an entity replace."""
        if entity in _OWNERS or entity == "supplier_catalogue":
            return "owners" if entity in _OWNERS else "listed"
        if complete:
            return "all"
        return "listed" if entity in ("product", "article") else "owners"

    def add_catalogues(self) -> None:
        """Add what the file says of itself and of its suppliers."""
        outline = self._outline
        catalogue = self._catalogue or catalogue_of(self._reading, outline)
        for number, said in enumerate(outline.suppliers, start=1):
            values: Values = {"supplier": outline.supplier_key(number), "format": "etim-xchange"}
            rest = take(outline.root, CATALOGUE, values, catalogue.units)
            left = take(said, SUPPLIER, values, catalogue.units)
            languages = outline.languages
            values["languages"] = "\n".join(languages)
            values["default_language"] = languages[0] if len(languages) == 1 else ""
            countries = rest.pop("Country", None)
            values["territories"] = "\n".join(each for each in countries or () if isinstance(each, str))
            catalogue.texts.put_words(values, "name", rest.pop("CatalogueName", None), "CatalogueName")
            for known in ("SchemaVersion", "CatalogueType", "ChangeReferenceCatalogueVersion", "Language"):
                rest.pop(known, None)
            values["extension"] = dumped({"Catalogue": rest, "Supplier": left})
            self._raw["supplier_catalogue"].add(values, place=f"supplier {number}")

    def content(self) -> Content:
        """Return what was read; parts of which the file has nothing say nothing of what there is."""
        outline, reading = self._outline, self._reading
        complete = outline.complete
        if complete is None:
            complete = not reading.delta
        parts: list[Part] = []
        for entity, raw in self._raw.items():
            if not raw.records:
                continue
            scope = self.scope_of(entity, complete=complete)
            owners = () if entity in ("supplier_catalogue", "product", "article") else _OWNERS.get(entity, ("article",))
            parts.append(Part(raw, scope, owners))
        return Content(outline.facts(), parts, self.warnings())

    def warnings(self) -> list[str]:
        """Return what whoever started the run should know, a sentence each."""
        outline, name = self._outline, self._reading.name
        warnings: list[str] = []
        if outline.complete is False and not outline.text("ChangeReferenceCatalogueVersion"):
            warnings.append(f"{name} has changes, and does not say of which version of the catalogue.")
        if outline.complete is None:
            warnings.append(f"{name} does not say whether it is a whole catalogue or has changes of one.")
        if not outline.languages:
            warnings.append(f"{name} does not say which languages it has.")
        if catalogue := self._catalogue:
            warnings += [
                f"{number:,} {what} in {name}."
                for what, number in (catalogue.doubts + catalogue.texts.doubts).most_common()
            ]
            warnings += catalogue.units.warnings()
        return warnings + self._reading.language_warnings()


def catalogue_of(reading: Reading, outline: Outline) -> Catalogue:
    """Return what is needed to understand the products of a file."""
    languages = outline.languages
    return Catalogue(outline, Texts(reading, languages[0] if languages else ""), reading.today)


def records_of(met: Met, catalogue: Catalogue) -> list[Record]:
    """Return the records of a product; one with a fault where it cannot be understood at all."""
    if met.faults:
        return [Record("product", {}, f"product number {met.number:,}", fault=met.faults[0])]
    if not isinstance(met.product, dict):
        return [Record("product", {}, f"product number {met.number:,}", fault="is no object")]
    try:
        return take_product(met.product, met.supplier, catalogue)
    except RecursionError:
        return [Record("product", {}, f"product number {met.number:,}", fault="is nested too deep")]


def check_version(reading: Reading, outline: Outline, supplier: int) -> None:
    """Refuse changes of another version of a catalogue than the one that came last.

    Raises:
        DataError: they are.
    """
    since = outline.text("ChangeReferenceCatalogueVersion")
    catalogue, key = outline.text("CatalogueId"), outline.supplier_key(supplier)
    if outline.complete is not False or not since or not catalogue or not key:
        return
    stored = reading.known("supplier_catalogue", {"supplier": key, "catalogue": catalogue})
    version = (stored or {}).get("version", "")
    if not version or version in (since, outline.text("CatalogueVersion")):
        return
    raise DataError(
        f"{reading.name} has the changes since version {clean(since, limit=50)} of the catalogue "
        f"{clean(catalogue, limit=20)}, but version {clean(version, limit=50)} is the one that came last.",
        advice="Import what came between first, or the complete catalogue.",
    )


def inspect(reading: Reading) -> Inspection:
    """Look at what a file says of itself and at its first products; count or estimate the others."""
    outline = Outline()
    problems: list[str] = []
    counts = dict.fromkeys(_MARKS, 0)
    with JsonStream(reading.path, name=reading.name, stop=reading.stop, most=_LOOKED_AT) as stream:
        try:
            for met in walk(stream, outline, reading.name):
                catalogue = catalogue_of(reading, outline)
                for record in records_of(met, catalogue):
                    counts["products"] += record.entity == "product"
                    counts["trade items"] += record.entity == "article"
                    if record.fault and len(problems) < 10:
                        problems.append(f"Line {met.line:,}, {clean(record.place)}: {record.fault}.")
        except DataError:
            if stream.whole or not outline.suppliers:
                raise
        whole = stream.whole
    if whole:
        return Inspection(outline.facts(), {name: f"{number:,}" for name, number in counts.items()}, problems)
    return Inspection(outline.facts(), _estimated(reading.path, reading.name), problems)


def _estimated(path: Path, name: str) -> Mapping[str, str]:
    size, read, tail = path.stat().st_size, 0, b""
    counts = dict.fromkeys(_MARKS, 0)
    longest = max(map(len, _MARKS.values())) - 1
    with disk_errors(f"{name} cannot be read"), path.open("rb") as file:
        while read < _COUNTED and (data := file.read(_STEP)):
            read += len(data)
            text = tail + data
            for what, mark in _MARKS.items():
                counts[what] += text.count(mark)
            # A mark may go on in the next piece; a whole one does not fit in what is kept of this.
            tail = text[-longest:]
    exact = read >= size
    return {
        what: f"{number:,}" if exact else f"about {round(number * size / max(read, 1)):,}"
        for what, number in counts.items()
    }


def rewrite_rejects(reading: Reading, items: Collection[int], target: Path) -> None:
    """Write the products of these numbers, byte for byte, under what the file says of itself and of their suppliers."""
    from core.exchange.formats.xchange.rewriting import rewrite

    rewrite(reading, set(items), target)
