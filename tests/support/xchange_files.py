"""Catalogues of ETIM xChange for tests."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

RICH = Path(__file__).parents[1] / "data" / "xchange" / "rich.json"
"""A catalogue with a value in nearly every member of the standard; two products, two trade items."""
SHARED = Path(__file__).parents[3] / "shared" / "formats" / "etim-xchange"
GLN = "8713450010014"

Json = dict[str, Any]


def rich() -> Json:
    """Return the rich catalogue, to be changed."""
    found: Json = json.loads(RICH.read_bytes())
    return found


def item(number: str = "A-1", **more: Any) -> Json:
    """Return a trade item."""
    found: Json = {
        "ItemIdentification": {"SupplierItemNumber": number},
        "ItemDetails": {"ItemStatus": "ACTIVE", "ItemDescriptions": [{"MinimalItemDescription": f"Item {number}"}]},
        "Ordering": {"OrderUnit": "C62", "MinimumOrderQuantity": "1", "OrderStepSize": "1"},
        "Pricing": [{"PriceUnit": "C62", "PriceQuantity": "1", "GrossListPrice": "10.5"}],
    }
    return merged(found, more)


def product(number: str = "P-1", *items: Json, **more: Any) -> Json:
    """Return a product with its trade items."""
    found: Json = {
        "ProductIdentification": {"ManufacturerName": "Acme", "ManufacturerProductNumber": number},
        "ProductDetails": {
            "ProductStatus": "ACTIVE",
            "ProductDescriptions": [{"MinimalProductDescription": f"Product {number}"}],
        },
    }
    if items:
        found["TradeItem"] = list(items)
    return merged(found, more)


def catalogue(*products: Any, **more: Any) -> Json:
    """Return a catalogue of one supplier."""
    found: Json = {
        "SchemaVersion": "2.0",
        "CatalogueId": "C-1",
        "CatalogueVersion": "1",
        "CatalogueType": "FULL",
        "CatalogueValidityStart": "2026-03-01",
        "Language": ["nl-NL"],
        "CurrencyCode": "EUR",
    }
    found = merged(found, more)
    found.setdefault("Supplier", [{"SupplierName": "Acme", "SupplierIdGln": GLN, "Product": list(products)}])
    return found


def changes(*products: Any, since: str = "1", version: str = "2", **more: Any) -> Json:
    """Return a catalogue of changes."""
    told = {"CatalogueType": "CHANGE", "CatalogueVersion": version, "ChangeReferenceCatalogueVersion": since}
    return catalogue(*products, **{**told, **more})


def merged(value: Json, more: Json) -> Json:
    """Return an object with other members; None takes one out, an object is merged."""
    result = copy.deepcopy(value)
    for name, each in more.items():
        if each is None:
            result.pop(name, None)
        elif isinstance(each, dict) and isinstance(result.get(name), dict):
            result[name] = merged(result[name], each)
        else:
            result[name] = copy.deepcopy(each)
    return result


def text(value: Json) -> str:
    """Return a catalogue as a file has it."""
    return json.dumps(value, ensure_ascii=False)
