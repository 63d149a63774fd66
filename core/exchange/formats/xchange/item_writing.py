"""An article of ours as a trade item, with its prices, surcharges, packaging, relations and files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.exchange.codes import Unfit
from core.exchange.codes.numbers import product
from core.exchange.formats.contract import Related
from core.exchange.formats.xchange import measures
from core.exchange.formats.xchange.making import Maker, with_first
from core.exchange.formats.xchange.names import (
    ATTACHMENT,
    ITEM_RELATION,
    ITEM_SECTIONS,
    ITEM_WORDS,
    PACKAGING,
    PRICING,
    SUMMARY,
    SURCHARGE,
)
from core.exchange.formats.xchange.shapes import Misfit, Shape, shape_at
from core.exchange.formats.xchange.values import Json, loaded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from core.exchange.formats.contract import Item, Row

RELATED: Final = (
    Related("price", "article", ("valid_from",)),
    Related("surcharge", "article", ("sequence",)),
    Related("packaging", "article", ("sequence",)),
    Related("relation", "article", ("sort_order",)),
    Related("article_class", "article"),
    Related("article_feature", "article", ("sort_order",)),
    Related("attachment", "record", ("sort_order",)),
)
_ITEM: Final = ("Supplier", "Product", "TradeItem")
_AMOUNTS: Final = ("gross_price", "net_price", "retail_price")
RELATION_TYPES: Final = {
    "accessories": "ACCESSORY",
    "consists_of": "CONSISTS_OF",
    "followup": "SUCCESSOR",
    "mandatory": "MANDATORY",
    "select": "SELECT",
    "similar": "SIMILAR",
    "sparepart": "SPAREPART",
    "others": "OTHER",
}
"""The types of BMEcat, which is where articles with relations come from as well."""


class ItemWriter:
    """Makes trade items."""

    def __init__(self, maker: Maker) -> None:
        self._maker = maker
        self._shape = shape_at(*_ITEM)
        self._shapes = {
            name: shape_at(*_ITEM, name) for name in ("Pricing", "PackagingUnit", "ItemRelations", "ItemAttachments")
        }

    def item(self, item: Item) -> Json:
        """Return an article with what belongs to it; what of that cannot be written is left out, and noted.

        Raises:
            Misfit: the article itself cannot be written.
        """
        row, maker = item.row, self._maker
        kept = loaded(row.get("extension", ""))
        value = self._own(row, kept, deleted=item.change == "deleted")
        own = maker.fitted(value | {"Pricing": []}, self._shape, kept)
        related: dict[str, Sequence[Row]] = dict(item.related)
        lists: dict[str, list[Any]] = {
            "Pricing": self._pricing(row, related),
            "PackagingUnit": self._each("packaging", related.get("packaging", ()), self._packaging, row),
            "ItemRelations": [
                *self._each(
                    "relation",
                    [each for each in related.get("relation", ()) if each.get("of_product") != "true"],
                    self._relation,
                    row,
                ),
                *own.pop("ItemRelations", ()),
            ],
            "ItemAttachments": attachments(
                maker,
                [each for each in related.get("attachment", ()) if each.get("entity") == "article"],
                self._shapes["ItemAttachments"],
                own.pop("ItemAttachments", []),
            ),
        }
        found = own | {name: value for name, value in lists.items() if value or name == "Pricing"}
        return {name: found[name] for name in self._shape.members if name in found}

    def _own(self, row: Row, kept: Json, *, deleted: bool) -> Json:
        """Return what the article itself says."""
        maker, shape = self._maker, self._shape
        value: Json = dict(kept)
        for name, section in ITEM_SECTIONS.items():
            value[name] = {**_object(kept, name), **maker.members(row, section, shape.members[name])}
        identification, details, ordering = (value[name] for name in ITEM_SECTIONS)
        if identification.get("ManufacturerItemNumber", "") == row.get("product"):
            # The reader takes the number of the product for that of the item where the file has none.
            del identification["ManufacturerItemNumber"]
        if gtin := row.get("gtin"):
            identification["ItemGtin"] = with_first({}, "", gtin, row.get("other_gtins", "").split("\n"))
        details["ItemDescriptions"] = maker.descriptions(
            row, ITEM_WORDS, details.get("ItemDescriptions"), "MinimalItemDescription"
        )
        if deleted:
            details["ItemStatus"] = "OBSOLETE"
            details["ItemDescriptions"] = details["ItemDescriptions"] or [{"MinimalItemDescription": row["number"]}]
        if not details["ItemDescriptions"]:
            if len(details) > 1:
                maker.writing.warn("status, condition and shelf life of articles without a description were left out")
            del value["ItemDetails"]
        if "OrderUnit" not in ordering and row.get("unit"):
            ordering |= maker.members(
                {"order_unit": row["unit"]}, {"OrderUnit": "order_unit"}, shape.members["Ordering"]
            )
        if deleted:
            ordering.setdefault("OrderUnit", "C62")
        ordering.setdefault("MinimumOrderQuantity", "1")
        ordering.setdefault("OrderStepSize", "1")
        value["ItemLogisticDetails"] = measures.written_measures(row, kept.get("ItemLogisticDetails"), measures.ITEM)
        return value

    def _each(self, entity: str, rows: Iterable[Row], make: Callable[[Row], Json], owner: Row) -> list[Json]:
        found: list[Json] = []
        for each in rows:
            try:
                found.append(make(each))
            except Misfit as misfit:
                self._maker.refuse(entity, owner["number"], misfit)
            else:
                self._maker.count(entity)
        return found

    def _pricing(self, row: Row, related: dict[str, Sequence[Row]]) -> list[Json]:
        rows = merged(related.get("price", ()))
        if not rows and any(row.get(name) for name in (*_AMOUNTS, "price_on_request")):
            rows = [{name: row[summary] for name, summary in SUMMARY.items() if summary in row}]
        keys: list[list[str]] = []
        found: list[Json] = []
        for each in rows:
            try:
                found.append(self._price(each, row))
            except Misfit as misfit:
                self._maker.refuse("price", row["number"], misfit)
            else:
                keys.append([each.get("price_list", ""), each.get("valid_from", "")])
                self._maker.count("price")
        self._put_surcharges(row, related.get("surcharge", ()), found, keys)
        return found

    def _price(self, row: Row, article: Row) -> Json:
        maker, shape = self._maker, self._shapes["Pricing"]
        if row.get("quantity_from", "1") != "1":
            raise Misfit(
                "holds from a quantity on, and ETIM xChange has no such prices",
                ("quantity_from",),
                row["quantity_from"],
            )
        currency = row.get("currency", "")
        if currency and not maker.currency:
            maker.currency = currency
        if currency not in ("", maker.currency):
            raise Misfit(f"is in another currency than the catalogue, {maker.currency}", ("currency",), currency)
        values = dict(row)
        if (factor := row.get("price_factor", "1")) != "1":
            for name in _AMOUNTS:
                if name in values:
                    values[name] = _times(values[name], factor)
        value = maker.members(values, PRICING, shape)
        unit = article.get("order_unit") or article.get("unit", "")
        if "PriceUnit" not in value and unit:
            value |= maker.members({"price_unit": unit}, {"PriceUnit": "price_unit"}, shape)
        value.setdefault("PriceQuantity", article.get("price_unit_quantity") or "1")
        return maker.fitted(loaded(row.get("extension", "")) | value, shape)

    def _put_surcharges(self, row: Row, rows: Sequence[Row], prices: list[Json], keys: list[list[str]]) -> None:
        shape = self._shapes["Pricing"].members["AllowanceSurcharge"].item
        assert shape is not None  # noqa: S101 - the tree says that it is a list
        numbered = len(rows) > 1
        for each in rows:
            kept = loaded(each.get("extension", ""))
            price = kept.pop("Pricing", None)
            try:
                if not prices:
                    raise Misfit("belongs to a price, and the article has none")
                value = {**kept, **self._maker.members(each, SURCHARGE, shape)}
                value["AllowanceSurchargeIndicator"] = "ALLOWANCE" if each.get("allowance") == "true" else "SURCHARGE"
                name = "AllowanceSurchargeDescription"
                value[name] = self._maker.words(each, "description", name) or kept.get(name, [])
                if numbered or each.get("sequence", "1") != "1":
                    value |= {
                        "AllowanceSurchargeSequenceNumber": kept.get(
                            "AllowanceSurchargeSequenceNumber", int(each.get("sequence", "1"))
                        )
                    }
                found = self._maker.fitted(value, shape, kept)
            except Misfit as misfit:
                self._maker.refuse("surcharge", row["number"], misfit)
            else:
                place = keys.index(price) if price in keys else 0
                prices[place].setdefault("AllowanceSurcharge", []).append(found)
                self._maker.count("surcharge")

    def _packaging(self, row: Row) -> Json:
        maker, shape = self._maker, self._shapes["PackagingUnit"]
        kept = loaded(row.get("extension", ""))
        name = "PackagingIdentification"
        identification = {**_object(kept, name), **maker.members(row, PACKAGING, shape.members[name])}
        if gtin := row.get("gtin"):
            identification["PackagingGtin"] = with_first({}, "", gtin, row.get("other_gtins", "").split("\n"))
        identification["PackagingUnitName"] = maker.words(row, "name", "PackagingUnitName")
        value = {**kept, name: identification}
        value["PackagingLogisticDetails"] = measures.written_measures(
            row, kept.get("PackagingLogisticDetails"), measures.PACKAGING
        )
        return maker.fitted(value, shape, kept)

    def _relation(self, row: Row) -> Json:
        maker, shape = self._maker, self._shapes["ItemRelations"]
        kept = loaded(row.get("extension", ""))
        typed = {**row, "type": RELATION_TYPES.get(row.get("type", ""), row.get("type", ""))}
        value = {"RelatedItemQuantity": 1, **kept, **maker.members(typed, ITEM_RELATION, shape)}
        if gtin := row.get("target_gtin"):
            value["RelatedItemGtin"] = with_first(kept, "RelatedItemGtin", gtin)
        return maker.fitted(value, shape, kept)


def merged(rows: Sequence[Row]) -> list[Row]:
    """Return prices with those of other types put together, as BMEcat has them apart: list price, net price, retail."""
    found: list[dict[str, str]] = []
    for row in rows:
        amounts = [name for name in _AMOUNTS if name in row]
        kind = row.get("price_type")
        for other in found:
            shared = {*row, *other} - {*_AMOUNTS, "price_type", "price_list", "extension", "article"}
            if (
                kind
                and other.get("price_type")
                and not any(name in other for name in amounts)
                and all(row.get(name) == other.get(name) for name in shared)
            ):
                other |= {name: row[name] for name in amounts}
                break
        else:
            found.append(dict(row))
    return list(found)


def attachments(maker: Maker, rows: Iterable[Row], shape: Shape, kept: list[Json]) -> list[Json]:
    """Return files as attachments, those of the same type as details of one; and those that were kept as they came."""
    found: dict[tuple[Any, ...], Json] = {}
    detail_shape = shape.members["AttachmentDetails"].item
    assert detail_shape is not None  # noqa: S101 - the tree says that it is a list
    for row in rows:
        detail: Json = {}
        if languages := row.get("language"):
            codes = dict(maker.languages)
            detail["AttachmentLanguage"] = [codes.get(each, each) for each in languages.split("\n")]
        try:
            detail |= maker.members(row, ATTACHMENT, detail_shape)
            if "://" not in row.get("file", "") and row.get("source"):
                detail["AttachmentUri"] = row["source"]
            detail["AttachmentDescription"] = maker.words(row, "description", "AttachmentDescription")
            value: Json = {"AttachmentType": row.get("type", ""), "AttachmentDetails": [detail]}
            if row.get("type_detail"):
                value["AttachmentTypeSpecification"] = row["type_detail"]
            if "AttachmentOrder" in shape.members:
                value |= maker.members(row, {"AttachmentOrder": "sort_order"}, shape)
            value = maker.fitted(value, shape)
        except Misfit as misfit:
            maker.refuse("attachment", f"{row.get('record', '')} {row.get('file', '')}", misfit)
            continue
        maker.count("attachment")
        key = tuple(value.get(name) for name in ("AttachmentType", "AttachmentTypeSpecification", "AttachmentOrder"))
        if key in found:
            found[key]["AttachmentDetails"] += value["AttachmentDetails"]
        else:
            found[key] = value
    return [*found.values(), *kept]


def _object(value: Json, name: str) -> Json:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _times(amount: str, factor: str) -> str:
    try:
        return product(amount, factor)
    except Unfit as unfit:
        raise Misfit(str(unfit), ("price_factor",), factor) from unfit
