"""A trade item: an article of ours, with its prices, surcharges, packaging and relations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.exchange.codes import Unfit
from core.exchange.codes.dates import ALWAYS, iso_date
from core.exchange.codes.numbers import decimal_text, integer_text
from core.exchange.formats.xchange import measures
from core.exchange.formats.xchange.attachments import take_attachments
from core.exchange.formats.xchange.names import (
    ITEM_DETAILS,
    ITEM_IDENTIFICATION,
    ITEM_RELATION,
    ITEM_WORDS,
    ORDERING,
    PACKAGING,
    PRICE_LIST,
    PRICING,
    SUMMARY,
    SURCHARGE,
)
from core.exchange.formats.xchange.values import dumped, objects, scalar, take, take_first, texts_of

if TYPE_CHECKING:
    from core.exchange.formats.xchange.products import Catalogue
    from core.exchange.formats.xchange.values import Json, Values

_OBSOLETE = "OBSOLETE"


@dataclass(slots=True)
class Item:
    """What was found of a trade item; its number is put into the records that belong to it in the end."""

    values: Values = field(default_factory=dict)
    related: dict[str, list[Values]] = field(default_factory=dict)
    rejected: list[tuple[str, str, str]] = field(default_factory=list)
    """Records that are none: entity, reason, member."""
    targets: set[tuple[str, str]] = field(default_factory=set)
    """Types and numbers of its relations."""
    deleted: bool = False
    fault: str = ""

    @property
    def number(self) -> str:
        """Of the supplier."""
        return self.values.get("number", "")


def take_item(item: Json, shared: Values, catalogue: Catalogue) -> Item:
    """Gather the records of a trade item; ``shared`` is what its product says of it."""
    found = Item(dict(shared))
    values, units, rest = found.values, catalogue.units, dict(item)
    left: Json = {}
    values["manufacturer_number"] = values["product"]
    identification = take(rest.pop("ItemIdentification", None), ITEM_IDENTIFICATION, values, units)
    details = take(rest.pop("ItemDetails", None), ITEM_DETAILS, values, units)
    left["Ordering"] = take(rest.pop("Ordering", None), ORDERING, values, units)
    if not found.number:
        found.fault = "has no number (SupplierItemNumber)"
        return found
    found.deleted = catalogue.changes and values.get("status") == _OBSOLETE
    _take_gtins(identification, "ItemGtin", values, catalogue)
    descriptions = details.pop("ItemDescriptions", None)
    details["ItemDescriptions"] = catalogue.texts.take_descriptions(descriptions, ITEM_WORDS, values)
    left["ItemIdentification"] = identification
    left["ItemDetails"] = {name: value for name, value in details.items() if value}
    left["ItemLogisticDetails"] = measures.take_measures(rest.pop("ItemLogisticDetails", None), measures.ITEM, values)
    files, left["ItemAttachments"] = take_attachments(
        rest.pop("ItemAttachments", None), "article", found.number, catalogue
    )
    found.related["attachment"] = files
    _take_prices(rest.pop("Pricing", None), found, catalogue)
    _take_packaging(rest.pop("PackagingUnit", None), found, catalogue)
    left["ItemRelations"] = _take_relations(rest.pop("ItemRelations", None), found, catalogue)
    values["extension"] = dumped(left | rest)
    return found


def _take_gtins(rest: Json, name: str, values: Values, catalogue: Catalogue) -> None:
    """The first GTIN is the record's own, others are lines of a text. Zeros stand for none."""
    gtins = [each for each in texts_of(rest.pop(name, None)) if each.strip("0")]
    if gtins:
        values["gtin"] = gtins[0]
        values["other_gtins"] = "\n".join(gtins[1:])
        for gtin in gtins:
            catalogue.look_at_gtin(gtin)


def _take_prices(pricing: object, item: Item, catalogue: Catalogue) -> None:
    entries = objects(pricing)
    prices: list[Values] = []
    taken: set[tuple[str, str]] = set()
    for entry in entries:
        values: Values = {"quantity_from": "1", "currency": catalogue.outline.text("CurrencyCode")}
        rest = take(entry, PRICING, values, catalogue.units)
        surcharges = rest.pop("AllowanceSurcharge", None)
        values["valid_from"] = values.get("valid_from") or ALWAYS
        number, name = 1, PRICE_LIST
        while (name, values["valid_from"]) in taken:
            number += 1
            name = f"{PRICE_LIST} {number}"
        taken.add((name, values["valid_from"]))
        values["price_list"] = name
        values["extension"] = dumped(rest)
        prices.append(values)
        _take_surcharges(surcharges, values if len(entries) > 1 else None, item, catalogue)
    item.related["price"] = prices
    if chosen := _valid(prices, catalogue.today):
        # What is wrong with a price is no reason to reject the article with it.
        item.values |= {
            summary: chosen[name]
            for name, summary in SUMMARY.items()
            if chosen.get(name) and chosen[name] != ALWAYS and _is_sound(name, chosen[name])
        }


def _is_sound(name: str, value: str) -> bool:
    if name in ("price_unit", "currency"):
        return True
    try:
        if name in ("valid_from", "valid_until"):
            iso_date(value)
        elif name != "on_request":
            decimal_text(value)
    except Unfit:
        return False
    return True


def _valid(prices: list[Values], today: str) -> Values | None:
    """Return the price that is valid today: of several, the one that began last; where there is none, the first."""
    valid = [
        each
        for each in prices
        if each["valid_from"] <= today and (not each.get("valid_until") or each["valid_until"] >= today)
    ]
    return max(valid, key=lambda each: each["valid_from"]) if valid else next(iter(prices), None)


def _take_surcharges(entries: object, price: Values | None, item: Item, catalogue: Catalogue) -> None:
    """``price`` is that which they belong to, where an article has several."""
    found = item.related.setdefault("surcharge", [])
    for entry in objects(entries):
        values: Values = {}
        rest = take(entry, SURCHARGE, values, catalogue.units)
        if not values.get("type"):
            item.rejected.append(("surcharge", "does not say its type", "AllowanceSurchargeType"))
            continue
        values["allowance"] = "true" if rest.pop("AllowanceSurchargeIndicator", None) == "ALLOWANCE" else "false"
        values["currency"] = catalogue.outline.text("CurrencyCode")
        name = "AllowanceSurchargeDescription"
        if catalogue.texts.put_words(values, "description", rest.get(name), name):
            del rest[name]
        taken = {each["sequence"] for each in found if each["type"] == values["type"]}
        wanted = scalar(rest.get("AllowanceSurchargeSequenceNumber")) or str(len(found) + 1)
        if wanted not in taken and _is_whole(wanted):
            rest.pop("AllowanceSurchargeSequenceNumber", None)
            values["sequence"] = wanted
        else:
            values["sequence"] = str(max((int(each) for each in taken), default=0) + 1)
        if price is not None:
            rest["Pricing"] = [price["price_list"], price["valid_from"]]
        values["extension"] = dumped(rest)
        found.append(values)


def _is_whole(text: str) -> bool:
    try:
        return integer_text(text) == text
    except Unfit:
        return False


def _take_packaging(units: object, item: Item, catalogue: Catalogue) -> None:
    found: list[Values] = []
    for number, unit in enumerate(objects(units), start=1):
        values: Values = {"sequence": str(number)}
        rest = dict(unit)
        identification = take(rest.pop("PackagingIdentification", None), PACKAGING, values, catalogue.units)
        _take_gtins(identification, "PackagingGtin", values, catalogue)
        if catalogue.texts.put_words(values, "name", identification.get("PackagingUnitName"), "PackagingUnitName"):
            del identification["PackagingUnitName"]
        rest["PackagingIdentification"] = identification
        rest["PackagingLogisticDetails"] = measures.take_measures(
            rest.pop("PackagingLogisticDetails", None), measures.PACKAGING, values
        )
        values["extension"] = dumped(rest)
        found.append(values)
    item.related["packaging"] = found


def _take_relations(entries: object, item: Item, catalogue: Catalogue) -> list[Json]:
    """Return those that the article has already."""
    found: list[Values] = []
    repeated: list[Json] = []
    for entry in objects(entries):
        values: Values = {"of_product": "false"}
        rest = take(entry, ITEM_RELATION, values, catalogue.units)
        if not values.get("target") or not values.get("type"):
            missing = "RelatedSupplierItemNumber" if not values.get("target") else "RelationType"
            item.rejected.append(("relation", f"lacks {missing}", missing))
            continue
        if (values["type"], values["target"]) in item.targets:
            repeated.append(entry)
            continue
        item.targets.add((values["type"], values["target"]))
        take_first(rest, "RelatedItemGtin", "target_gtin", values)
        values["extension"] = dumped(rest)
        found.append(values)
    item.related["relation"] = found
    return repeated
