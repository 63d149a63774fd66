"""Formats whose carrier is JSON: ETIM xChange."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.exchange.recognition.claim import Claim, facts
from core.text import clean

if TYPE_CHECKING:
    from core.exchange.recognition.head import Head

ETIM_XCHANGE: Final = "etim-xchange"


def etim_xchange(head: Head) -> Claim | None:
    """An ETIM xChange catalogue: an object with CatalogueId and Supplier. Version 1 does not say which it is."""
    found = head.json
    if found is None or found.kind != "object" or "Supplier" not in found.keys:
        return None
    product = "Supplier/Product/ProductIdentification" in found.names
    if "CatalogueId" not in found.keys and not product:
        return None
    sure = "CatalogueId" in found.keys
    given = clean(found.first("SchemaVersion"), limit=20)
    if sure:
        version = f"SchemaVersion {given}" if given else "no SchemaVersion, as in 1.x"
        why = f"It is an object with CatalogueId, Supplier and {version}."
    else:
        why = "It is an object with suppliers and their products, but no CatalogueId stands before them."
    kind = clean(found.first("CatalogueType"), limit=20)
    return Claim(
        ETIM_XCHANGE,
        "ETIM xChange",
        why,
        given or "1.x",
        {"FULL": "full", "CHANGE": "changes"}.get(kind, kind),
        sure=sure,
        facts=facts(
            [
                ("supplier", found.first("Supplier/SupplierName")),
                ("supplier GLN", found.first("Supplier/SupplierIdGln")),
                ("buyer", found.first("BuyerName")),
                ("catalogue", found.first("CatalogueId")),
                ("catalogue version", found.first("CatalogueVersion")),
                ("catalogue name", found.first("CatalogueName/CatalogueName")),
                ("changes from version", found.first("ChangeReferenceCatalogueVersion")),
                ("date", found.first("GenerationDate")),
                ("valid from", found.first("CatalogueValidityStart")),
                ("valid until", found.first("CatalogueValidityEnd")),
                ("language", ", ".join(found.every("Language"))),
                ("currency", found.first("CurrencyCode")),
                ("territory", ", ".join(found.every("Country"))),
            ]
        ),
    )
