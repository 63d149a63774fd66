"""A product with what is said of it: its own record, and what its articles know of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from core.exchange.formats.xchange.classes import ETIM, split_system
from core.exchange.formats.xchange.item_writing import RELATION_TYPES, attachments
from core.exchange.formats.xchange.making import Maker, whole, with_first
from core.exchange.formats.xchange.names import PRODUCT_FIRST, PRODUCT_SECTIONS, PRODUCT_WORDS
from core.exchange.formats.xchange.products import written_brand
from core.exchange.formats.xchange.shapes import Misfit, shape_at
from core.exchange.formats.xchange.values import Json, loaded, objects, scalar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.exchange.formats.contract import Item, Row

_CODE: Final = re.compile(r"EC[0-9]{6}", re.ASCII)
_RELEASE: Final = re.compile(r"[0-9]{1,2}\.[0-9]|DYNAMIC", re.ASCII)
_VALUE: Final = re.compile(r"EV[0-9]{6}", re.ASCII)
_WORDS_OF_ARTICLE: Final = {
    "name": "description",
    "description": "long_description",
    "marketing_text": "marketing_text",
}
"""What a product has from its article, where it has no record of its own."""
NEEDED: Final = (
    "number", "manufacturer", "manufacturer_gln", "manufacturer_number", "brand", "supplier", "customs_code",
    "country_of_origin",
)  # fmt: skip


class ProductWriter:
    """Makes products, without their trade items."""

    def __init__(self, maker: Maker) -> None:
        self._maker = maker
        self._shape = shape_at("Supplier", "Product")
        self._files = shape_at("Supplier", "Product", "ProductAttachments")
        self._relations = shape_at("Supplier", "Product", "ProductRelations")
        self._etim = shape_at("Supplier", "Product", "EtimClassification")
        self._feature = shape_at("Supplier", "Product", "EtimClassification", "EtimFeatures")
        self._other = shape_at("Supplier", "Product", "OtherClassifications")

    def product(self, item: Item, told: Json) -> tuple[Json, str]:
        """Return a product, and whose it was in its file, which is kept of one without articles.

        ``told`` is what its articles know of it.

        Raises:
            Misfit: it cannot be written.
        """
        row, maker = item.row, self._maker
        kept = loaded(row.get("extension", ""))
        supplier = scalar(kept.pop("Supplier", "")) or ""
        value: Json = dict(kept)
        for name, section in PRODUCT_SECTIONS.items():
            shape = self._shape.members[name]
            before = kept.get(name)
            value[name] = {**(before if isinstance(before, dict) else {}), **maker.members(row, section, shape)}
            for member, field_name in PRODUCT_FIRST[name].items():
                if text := row.get(field_name):
                    value[name][member] = with_first(value[name], member, text)
        self._put_brand(row, value["ProductIdentification"])
        details = value["ProductDetails"]
        details["ProductDescriptions"] = maker.descriptions(
            row, PRODUCT_WORDS, details.get("ProductDescriptions"), "MinimalProductDescription", "ProductKeyword"
        )
        page = row.get("page")
        if (
            page
            and (entries := details["ProductDescriptions"])
            and not any("ProductPageUrl" in each for each in entries)
        ):
            entries[0]["ProductPageUrl"] = page
        if item.change == "deleted":
            details["ProductStatus"] = "OBSOLETE"
        elif len(details) == 1 and not details["ProductDescriptions"]:
            del value["ProductDetails"]
        for name, more in told.items():
            value[name] = [*more, *objects(value.get(name))]
        found = maker.fitted(value, self._shape, kept)
        files = attachments(
            maker,
            [each for each in item.related.get("attachment", ()) if each.get("entity") == "product"],
            self._files,
            found.pop("ProductAttachments", []),
        )
        if files:
            found["ProductAttachments"] = files
        return {name: found[name] for name in self._shape.members if name in found}, supplier

    def of_article(self, row: Row, told: Json) -> Json:
        """Return the product of an article that has none of its own.

        Raises:
            Misfit: what is known of the article does not suffice.
        """
        identification: Json = {
            "ManufacturerName": row.get("manufacturer") or row.get("brand") or row.get("supplier", ""),
            "ManufacturerProductNumber": row.get("manufacturer_number") or row["number"],
            "ManufacturerIdGln": row.get("manufacturer_gln", ""),
            "BrandName": row.get("brand", ""),
            "CustomsCommodityCode": row.get("customs_code", ""),
            "CountryOfOrigin": [row["country_of_origin"]] if "country_of_origin" in row else [],
        }
        value: Json = {"ProductIdentification": {name: each for name, each in identification.items() if each}, **told}
        words = {
            f"{name}.{language}": text
            for name, ours in _WORDS_OF_ARTICLE.items()
            for language, _ in self._maker.languages
            if (text := row.get(f"{ours}.{language}"))
        }
        if found := self._maker.descriptions(words, PRODUCT_WORDS, None, "MinimalProductDescription"):
            value["ProductDetails"] = {"ProductDescriptions": found}
        return self._maker.fitted(value, self._shape)

    def _put_brand(self, row: Row, identification: Json) -> None:
        """Write series and variation; as they were kept, where they still are the same."""
        brand = {name: row[name] for name in ("series", "variation") if name in row}
        kept = objects(identification.get("BrandDetails"))
        before = {
            field_name: scalar(words[0].get(name)) or ""
            for name, field_name in (("BrandSeries", "series"), ("BrandSeriesVariation", "variation"))
            if kept and (words := objects(kept[0].get(name)))
        }
        if before != brand:
            identification["BrandDetails"] = [written_brand(brand)] if brand else []

    def told_by(self, item: Item) -> Json:
        """Return what an article knows of its product: classes, and relations between products."""
        related = item.related
        told = self._classes(item.row["number"], related.get("article_class", ()), related.get("article_feature", ()))
        relations: list[Json] = []
        for row in related.get("relation", ()):
            if row.get("of_product") != "true":
                continue
            kept = loaded(row.get("extension", ""))
            try:
                one: Json = {**kept, "RelatedManufacturerProductNumber": row.get("target", "")}
                if gtin := row.get("target_gtin"):
                    one["RelatedProductGtin"] = with_first(kept, "RelatedProductGtin", gtin)
                if quantity := row.get("quantity"):
                    one["RelatedProductQuantity"] = whole(quantity, "RelatedProductQuantity")
                kind = RELATION_TYPES.get(row.get("type", ""), row.get("type", ""))
                relations.append(self._maker.fitted({"RelationType": kind, "RelatedProducts": [one]}, self._relations))
            except Misfit as misfit:
                self._maker.refuse("relation", item.row["number"], misfit)
            else:
                self._maker.count("relation")
        if relations:
            told["ProductRelations"] = _by_type(relations)
        return told

    def _classes(self, article: str, classes: Sequence[Row], features: Sequence[Row]) -> Json:
        by_class: dict[tuple[str, str], list[Row]] = {}
        rows = {(row.get("system", ""), row.get("class", "")): row for row in classes}
        for feature in sorted(features, key=lambda row: int(row.get("sort_order", "0"))):
            by_class.setdefault((feature.get("system", ""), feature.get("class", "")), []).append(feature)
        told: dict[str, list[Json]] = {"EtimClassification": [], "OtherClassifications": []}
        for system, code in {**rows, **by_class}:
            row = rows.get((system, code), {})
            etim = system.startswith(ETIM) and _CODE.fullmatch(code) and _RELEASE.fullmatch(system[len(ETIM) :])
            try:
                if etim:
                    found = self._etim_class(system, code, row)
                    make, member, name = self._etim_feature, "EtimFeatures", "EtimClassification"
                else:
                    found = self._other_class(system, code, row)
                    make, member, name = _other_feature, "ClassificationFeatures", "OtherClassifications"
                made: list[Json] = []
                for feature in by_class.get((system, code), ()):
                    try:
                        made.append(make(feature))
                    except Misfit as misfit:
                        self._maker.refuse("article_feature", f"{article} {feature.get('feature', '')}", misfit)
                value = {**found, member: made}
                told[name].append(self._maker.fitted(value, self._etim if etim else self._other))
            except Misfit as misfit:
                self._maker.refuse("article_class", f"{article} {system} {code}", misfit)
            else:
                self._maker.count("article_class")
                self._maker.count("article_feature", len(made))
        return {name: found for name, found in told.items() if found}

    def _etim_class(self, system: str, code: str, row: Row) -> Json:
        section = {"EtimClassVersion": "class_version", "EtimDynamicReleaseDate": "released_on"}
        return {
            **loaded(row.get("extension", "")),
            "EtimReleaseVersion": system[len(ETIM) :],
            "EtimClassCode": code,
            **self._maker.members(row, section, self._etim),
        }

    def _etim_feature(self, row: Row) -> Json:
        value: Json = {"EtimFeatureCode": row.get("feature", "")}
        text, upper = row.get("value", ""), row.get("value_to", "")
        if upper:
            value |= {"EtimValueRangeLower": text, "EtimValueRangeUpper": upper}
        elif text in ("true", "false"):
            value["EtimValueLogical"] = text == "true"
        elif _VALUE.fullmatch(text):
            value["EtimValueCode"] = text
        elif text:
            value["EtimValueNumeric"] = text
        if reason := row.get("reason"):
            value["ReasonNoValue"] = reason
        value["EtimValueDetails"] = self._maker.words(row, "details", "EtimValueDetails")
        return self._maker.fitted({**loaded(row.get("extension", "")), **value}, self._feature)

    @staticmethod
    def _other_class(system: str, code: str, row: Row) -> Json:
        name, version = split_system(system)
        value: Json = {"ClassificationName": name, "ClassificationVersion": version, "ClassificationClassCode": code}
        return {**value, **loaded(row.get("extension", ""))}


def _other_feature(row: Row) -> Json:
    value = {
        "ClassificationFeatureName": row.get("feature", ""),
        "ClassificationFeatureValue1": row.get("value", ""),
        "ClassificationFeatureValue2": row.get("value_to", ""),
        "ClassificationFeatureUnit": row.get("unit", ""),
    }
    if not value["ClassificationFeatureValue1"]:
        raise Misfit("has no value", ("ClassificationFeatureValue1",))
    return value


def _by_type(relations: list[Json]) -> list[Json]:
    found: dict[str, Any] = {}
    for each in relations:
        kind = each["RelationType"]
        if kind in found:
            found[kind]["RelatedProducts"] += each["RelatedProducts"]
        else:
            found[kind] = each
    return list(found.values())
