"""A product as it stands in the file, with its trade items, and the records that become of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from core.exchange.codes.identifiers import has_check_digit
from core.exchange.codes.units import Units
from core.exchange.formats.xchange.attachments import take_attachments
from core.exchange.formats.xchange.classes import Classes, take_classes
from core.exchange.formats.xchange.items import take_item
from core.exchange.formats.xchange.names import DETAILS, IDENTIFICATION, PRODUCT_FIRST, PRODUCT_WORDS, SHARED
from core.exchange.formats.xchange.relations import take_relations
from core.exchange.formats.xchange.values import Texts, dumped, objects, scalar, take, take_first

if TYPE_CHECKING:
    from core.exchange.formats.xchange.document import Outline
    from core.exchange.formats.xchange.values import Json, Values

OBSOLETE: Final = "OBSOLETE"


@dataclass(slots=True)
class Record:
    """A record of ours."""

    entity: str
    values: Values
    place: str
    deleted: bool = False
    fault: str = ""
    """Why it is none; then the member and its value are told."""
    member: str = ""
    features: list[list[str]] = field(default_factory=list)
    """Of an article: its features as cells, see :data:`.classes.CELLS`, without their article."""


@dataclass(slots=True)
class Catalogue:
    """What is needed to understand a product, and what is counted over the whole file."""

    outline: Outline
    texts: Texts
    today: str
    units: Units = field(default_factory=Units)
    doubts: Counter[str] = field(default_factory=Counter)
    """What whoever started the run should know, by the rest of a sentence that begins with a number."""

    @property
    def changes(self) -> bool:
        """The file has changes, in which what is obsolete is gone."""
        return self.outline.complete is False

    def look_at_gtin(self, gtin: str) -> None:
        """Count a GTIN whose check digit is wrong; it is kept all the same."""
        if not has_check_digit(gtin):
            self.doubts["GTINs have a wrong check digit"] += 1


def take_product(product: Json, supplier: int, catalogue: Catalogue) -> list[Record]:
    """Return the records of a product, it before all, then its trade items with what belongs to them."""
    values: Values = {}
    left: Json = {}
    rest = dict(product)
    items = objects(rest.pop("TradeItem", None))
    identification = take(rest.pop("ProductIdentification", None), IDENTIFICATION, values, catalogue.units)
    details = take(rest.pop("ProductDetails", None), DETAILS, values, catalogue.units)
    number = values.get("number", "")
    place = f"product {number}"
    if not number:
        return _numberless(items)
    for name, section in (("ProductIdentification", identification), ("ProductDetails", details)):
        for member, field_name in PRODUCT_FIRST[name].items():
            take_first(section, member, field_name, values)
        left[name] = section
    if gtin := values.get("gtin", ""):
        if gtin.strip("0"):
            catalogue.look_at_gtin(gtin)
        else:
            del values["gtin"]
    _take_brand(identification, values)
    descriptions = details.pop("ProductDescriptions", None)
    if kept := catalogue.texts.take_descriptions(descriptions, PRODUCT_WORDS, values):
        details["ProductDescriptions"] = kept
        page = next((text for each in kept if (text := scalar(each.get("ProductPageUrl")))), "")
        values["page"] = page
    files, left["ProductAttachments"] = take_attachments(
        rest.pop("ProductAttachments", None), "product", number, catalogue
    )
    classes = take_classes(rest.pop("EtimClassification", None), rest.pop("OtherClassifications", None), catalogue)
    values["etim_class"] = classes.etim
    relations = rest.pop("ProductRelations", None)
    records = [Record("product", values, place)]
    records += [Record("attachment", each, place) for each in files]
    records += _items(items, values, relations, classes, supplier, catalogue, left)
    values["extension"] = dumped(left | rest)
    if catalogue.changes and values.get("status") == OBSOLETE:
        others = [record for record in records if record.entity == "article"]
        if all(record.deleted for record in others):
            records[0].deleted = True
            records = [record for record in records if record.entity in ("product", "article")]
    return records


def _items(
    items: list[Json],
    product: Values,
    relations: Any,
    classes: Classes,
    supplier: int,
    catalogue: Catalogue,
    left: Json,
) -> list[Record]:
    """Return the records of the trade items; what is said of the product and belongs to articles with us goes along.

    Where there are no articles, it stays with the product.
    """
    shared: Values = {name: product[name] for name in SHARED if name in product}
    said_by = catalogue.outline.suppliers[supplier - 1]
    shared["supplier"] = scalar(said_by.get("SupplierName")) or ""
    shared["supplier_gln"] = scalar(said_by.get("SupplierIdGln")) or ""
    shared["product"] = product["number"]
    shared["etim_class"] = classes.etim
    taken = [take_item(item, shared, catalogue) for item in items]
    articles = [each for each in taken if not each.fault and not each.deleted]
    of_product, kept = take_relations(relations, [each.targets for each in articles])
    if articles:
        left["EtimClassification"], left["OtherClassifications"] = classes.left_etim, classes.left_others
    else:
        left["EtimClassification"], left["OtherClassifications"] = classes.etim_as_read, classes.others_as_read
        left["Supplier"] = catalogue.outline.supplier_key(supplier)
    left["ProductRelations"] = kept
    records: list[Record] = []
    for each in taken:
        place = f"trade item {each.number}" if each.number else f"a trade item of product {product['number']}"
        records.append(Record("article", each.values, place, each.deleted, each.fault, "SupplierItemNumber"))
        if each.fault or each.deleted:
            continue
        records[-1].features = classes.plain
        belonging = {
            **each.related,
            "relation": [*each.related.get("relation", ()), *of_product],
            "article_class": classes.classes,
            "article_feature": classes.features,
        }
        for entity, found in belonging.items():
            if entity == "attachment":
                records += [Record(entity, values, place) for values in found]
            else:
                records += [Record(entity, {**values, "article": each.number}, place) for values in found]
        records += [Record(entity, {}, place, fault=fault, member=name) for entity, fault, name in each.rejected]
    return records


def _numberless(items: list[Json]) -> list[Record]:
    fault = "has no number (ManufacturerProductNumber)"
    records = [Record("product", {}, "", fault=fault, member="ManufacturerProductNumber")]
    for item in items:
        identification = item.get("ItemIdentification")
        number = scalar(identification.get("SupplierItemNumber")) if isinstance(identification, dict) else ""
        records.append(Record("article", {}, f"trade item {number}", fault="belongs to a product without a number"))
    return records


def _take_brand(rest: Json, values: Values) -> None:
    """Series and variation are single texts with us; where there is more to them, they are kept as well."""
    brands = rest.get("BrandDetails")
    entries = objects(brands)
    if not entries:
        return
    for name, field_name in (("BrandSeries", "series"), ("BrandSeriesVariation", "variation")):
        words = objects(entries[0].get(name))
        if words:
            values[field_name] = scalar(words[0].get(name)) or ""
    if len(entries) == 1 and entries == [written_brand(values)]:
        del rest["BrandDetails"]


def written_brand(values: Values) -> Json:
    """Return series and variation as BrandDetails has them, in no language."""
    return {
        name: [{name: text}]
        for name, field_name in (("BrandSeries", "series"), ("BrandSeriesVariation", "variation"))
        if (text := values.get(field_name))
    }
