"""Relations between products, which are relations of each of its articles with us."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.exchange.formats.xchange.values import dumped, objects, scalar, take_first

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.exchange.formats.xchange.values import Json, Values


def take_relations(relations: object, taken: Sequence[set[tuple[str, str]]]) -> tuple[list[Values], list[Json]]:
    """Return the relations of a product as records without an article, and those that cannot be such records.

    ``taken`` are the relations of each of its articles: one article has one relation of a type to a number. In version
    1 each relation has one product, in version 2 a list of them.
    """
    found: list[Values] = []
    kept: list[Json] = []
    own: set[tuple[str, str]] = set()
    for relation in objects(relations):
        kind = scalar(relation.get("RelationType")) or ""
        for related in objects(relation.get("RelatedProducts")) if "RelatedProducts" in relation else [relation]:
            target = scalar(related.get("RelatedManufacturerProductNumber")) or ""
            key = (kind, target)
            rest = {name: value for name, value in related.items() if name != "RelationType"}
            if not taken or not kind or not target or key in own or any(key in each for each in taken):
                kept.append({"RelationType": kind, "RelatedProducts": [rest]})
                continue
            own.add(key)
            values: Values = {"type": kind, "target": target, "of_product": "true"}
            del rest["RelatedManufacturerProductNumber"]
            values["quantity"] = scalar(rest.pop("RelatedProductQuantity", None)) or ""
            take_first(rest, "RelatedProductGtin", "target_gtin", values)
            values["extension"] = dumped(rest)
            found.append(values)
    return found, kept
