"""Rows of the Product Data API (2BA, Artikelbeheer.nl) as a product of ETIM xChange.

The API has what xChange has, under the same names with a small first letter, but flat: a row a price and surcharge, a
row a feature, a row an attachment (Product Data OpenAPI of 2BA, Artikelbeheer.nl and ETIM, 2026; each field names its
place in xChange).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from core.exchange.formats.xchange.names import IDENTIFICATION, ITEM_IDENTIFICATION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Json = dict[str, Any]
_KEYS: Final = ("supplierIdGln", "supplierItemNumber", "manufacturerIdGln", "manufacturerProductNumber")
_RENAMED: Final = {
    "itemGtins": "ItemGtin",
    "productGtins": "ProductGtin",
    "relatedItemGtins": "RelatedItemGtin",
    "attachmentLanguages": "AttachmentLanguage",
}
_OF_PRODUCT: Final = frozenset({*IDENTIFICATION, "ProductGtin", "CountryOfOrigin"})
_OF_ITEM: Final = frozenset({*ITEM_IDENTIFICATION, "ItemGtin"})
_SURCHARGE: Final = "allowanceSurcharge"
_CLASS: Final = ("etimClassCode", "etimClassVersion", "etimReleaseVersion", "etimDynamicReleaseDate")
_ATTACHMENT: Final = ("attachmentType", "attachmentTypeSpecification", "attachmentOrder")


def product_of(manufacturer: str, number: str, rows: Mapping[str, Sequence[Json]], items: Sequence[Json]) -> Json:
    """Return a product with its trade items, of rows by resource; a section of which there are no rows is left out."""
    identification: Json = {"ManufacturerIdGln": manufacturer, "ManufacturerProductNumber": number}
    details: Json = {}
    for row in rows.get("product_details", ())[:1]:
        for name, value in _members(row).items():
            (identification if name in _OF_PRODUCT else details)[name] = value
    if descriptions := rows.get("product_descriptions"):
        details["ProductDescriptions"] = [_members(row) for row in descriptions]
    product: Json = {"ProductIdentification": identification}
    if details:
        product["ProductDetails"] = details
    if classes := list(_classes(rows.get("product_classifications", ()))):
        product["EtimClassification"] = classes
    if attachments := rows.get("product_attachments"):
        product["ProductAttachments"] = [_attachment(row) for row in attachments]
    product["TradeItem"] = list(items)
    return product


def trade_item_of(number: str, rows: Mapping[str, Sequence[Json]]) -> Json:
    """Return a trade item, of rows by resource; a section of which there are no rows is left out."""
    identification: Json = {"SupplierItemNumber": number}
    details: Json = {}
    for row in rows.get("trade_item_details", ())[:1]:
        for name, value in _members(row).items():
            (identification if name in _OF_ITEM else details)[name] = value
    if descriptions := rows.get("trade_item_descriptions"):
        details["ItemDescriptions"] = [_members(row) for row in descriptions]
    item: Json = {"ItemIdentification": identification}
    if details:
        item["ItemDetails"] = details
    for row in rows.get("trade_item_ordering", ())[:1]:
        item["Ordering"] = _members(row)
    if prices := list(_prices(rows.get("trade_item_pricings", ()))):
        item["Pricing"] = prices
    for name, resource in (
        ("ItemRelations", "trade_item_relations"),
        ("ItemLogisticDetails", "trade_item_logistic_details"),
    ):
        if found := rows.get(resource):
            item[name] = [_members(row) for row in found]
    if attachments := rows.get("trade_item_attachments"):
        item["ItemAttachments"] = [_attachment(row) for row in attachments]
    return item


def languages_in(rows: Sequence[Json]) -> set[str]:
    """Return the languages of descriptions."""
    return {text for row in rows if isinstance(text := row.get("descriptionLanguage"), str)}


def _member(name: str) -> str:
    return _RENAMED.get(name) or name[:1].upper() + name[1:]


def _members(row: Json) -> Json:
    return {_member(name): value for name, value in row.items() if name not in _KEYS and value is not None}


def _classes(rows: Sequence[Json]) -> Iterator[Json]:
    """Put the rows of a product's features together, a class of a release at a time."""
    found: dict[tuple[Any, Any], Json] = {}
    for row in rows:
        key = (row.get("etimReleaseVersion"), row.get("etimClassCode"))
        if key not in found:
            found[key] = {**_members({name: row[name] for name in _CLASS if name in row}), "EtimFeatures": []}
        feature = _members({name: value for name, value in row.items() if name not in _CLASS})
        if isinstance(details := feature.get("EtimValueDetails"), list):
            feature["EtimValueDetails"] = [_members(each) for each in details if isinstance(each, dict)]
        if "EtimFeatureCode" in feature:
            found[key]["EtimFeatures"].append(feature)
    yield from found.values()


def _prices(rows: Sequence[Json]) -> Iterator[Json]:
    """Put the rows of an item's prices together: a price has a row for each of its surcharges, or one without."""
    found: dict[str, Json] = {}
    for row in rows:
        price = _members({name: value for name, value in row.items() if not name.startswith(_SURCHARGE)})
        surcharge = _members({name: value for name, value in row.items() if name.startswith(_SURCHARGE)})
        entry = found.setdefault(repr(sorted(price.items(), key=lambda pair: pair[0])), price)
        if surcharge:
            entry.setdefault("AllowanceSurcharge", []).append(surcharge)
    yield from found.values()


def _attachment(row: Json) -> Json:
    detail = _members({name: value for name, value in row.items() if name not in _ATTACHMENT})
    if isinstance(text := detail.get("AttachmentDescription"), str):
        detail["AttachmentDescription"] = [{"AttachmentDescription": text}]
    return {**_members({name: row[name] for name in _ATTACHMENT if name in row}), "AttachmentDetails": [detail]}
