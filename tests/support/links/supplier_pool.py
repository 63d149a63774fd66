"""What suppliers share at 2BA, as a test puts it there and changes it; rows are held against the API's description."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from support.links.product_data import DESCRIPTIONS, ProductData

if TYPE_CHECKING:
    from support.links.rest_server import FakeClock

__all__ = ["DESCRIPTIONS", "SupplierPool"]
BEFORE = "2026-01-01T00:00:00Z"


@dataclass(frozen=True)
class _Row:
    mutated: str
    body: dict[str, Any]


class SupplierPool(ProductData):
    """Heeds filters by GLN, and what changed since a moment."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self._kept: dict[str, list[_Row]] = {}

    def put(self, path: str, *, mutated: str = BEFORE, **body: Any) -> None:
        """Put a row there: ``trade-items/bulk/details``."""
        self._kept.setdefault(f"/{path}", []).append(_Row(mutated, body))

    def put_item(
        self, gln: str, number: str, product: str, maker: str, *, price: float, mutated: str = BEFORE, **more: Any
    ) -> None:
        """Put a trade item there with a description, ordering and a price, and its product."""
        key = {"supplierIdGln": gln, "supplierItemNumber": number}
        of_product = {"manufacturerIdGln": maker, "manufacturerProductNumber": product}
        details = {"itemGtins": ["8712345678906"], "itemValidityDate": "2026-01-01", "itemStatus": "ACTIVE", **more}
        self.put("trade-items/bulk/details", mutated=mutated, **key, **of_product, **details)
        texts = {"descriptionLanguage": "nl-NL", "minimalItemDescription": f"Artikel {number}"}
        self.put("trade-items/bulk/descriptions", mutated=mutated, **key, **texts)
        ordering = {"orderUnit": "C62", "minimumOrderQuantity": 1.0, "orderStepSize": 5}
        self.put("trade-items/bulk/ordering", mutated=mutated, **key, **ordering)
        self.put_price(gln, number, price, mutated=mutated)
        said = {"brandName": "Merk", "productValidityDate": "2025-01-01", "productGtins": ["8712345678906"]}
        self.put("products/bulk/details", mutated=mutated, **of_product, **said)

    def put_price(self, gln: str, number: str, price: float, **more: Any) -> None:
        """Put a price of a trade item there."""
        given: dict[str, Any] = {
            "supplierIdGln": gln,
            "supplierItemNumber": number,
            "priceUnit": "C62",
            "priceQuantity": 1,
            "currencyCode": "EUR",
            "grossListPrice": price,
            "vat": 21,
            "priceValidityDate": "2026-01-01",
        }
        self.put("trade-items/bulk/pricings", **given | more)

    def drop(self, number: str) -> None:
        """Take a trade item away."""
        for rows in self._kept.values():
            rows[:] = [row for row in rows if row.body.get("supplierItemNumber") != number]

    def _page(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        since = query.get("mutationDateTime", "")
        filters = {name: query[name] for name in ("supplierIdGln", "manufacturerIdGln") if name in query}
        self.rows[path] = [
            row.body
            for row in self._kept.get(path, [])
            if row.mutated >= since and all(row.body.get(name) == value for name, value in filters.items())
        ]
        return super()._page(path, query)
