"""The Product Data API of 2BA on loopback: bulk pages with a cursor, filters, and what changed since a moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from support.links.identity import Identity
from support.links.rest_server import Answer

if TYPE_CHECKING:
    from support.links.rest_server import Asked, FakeClock

Json = dict[str, Any]


@dataclass
class Row:
    body: Json
    mutated: str = "2026-01-01T00:00:00Z"


@dataclass
class ProductData(Identity):
    """Rows by the path of their bulk call; a test changes what it has."""

    clock: FakeClock
    page: int = 1000
    rows: dict[str, list[Row]] = field(default_factory=dict)

    scope = "read:products read:tradeitems"

    def __post_init__(self) -> None:
        super().__init__(self.clock)

    def put(self, path: str, *, mutated: str = "2026-01-01T00:00:00Z", **body: Any) -> None:
        """Put a row there."""
        self.rows.setdefault(path, []).append(Row(body, mutated))

    def put_item(self, gln: str, number: str, product: str, maker: str, *, price: float, **more: Any) -> None:
        """Put a trade item there with a description, ordering and a price, and its product."""
        key = {"supplierIdGln": gln, "supplierItemNumber": number}
        of_product = {"manufacturerIdGln": maker, "manufacturerProductNumber": product}
        mutated = more.pop("mutated", "2026-01-01T00:00:00Z")
        details = {"itemGtins": ["8712345678906"], "itemValidityDate": "2026-01-01", "itemStatus": "ACTIVE", **more}
        self.put("trade-items/bulk/details", mutated=mutated, **key, **of_product, **details)
        self.put(
            "trade-items/bulk/descriptions",
            mutated=mutated,
            **key,
            descriptionLanguage="nl-NL",
            minimalItemDescription=f"Artikel {number}",
        )
        self.put(
            "trade-items/bulk/ordering",
            mutated=mutated,
            **key,
            orderUnit="C62",
            minimumOrderQuantity=1.0,
            orderStepSize=5,
        )
        self.put_price(gln, number, price, mutated=mutated)
        self.put(
            "products/bulk/details",
            mutated=mutated,
            **of_product,
            brandName="Merk",
            productValidityDate="2025-01-01",
            productGtins=["8712345678906"],
        )

    def put_price(self, gln: str, number: str, price: float, **more: Any) -> None:
        """Put a price of a trade item there."""
        given: Json = {
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
        for rows in self.rows.values():
            rows[:] = [row for row in rows if row.body.get("supplierItemNumber") != number]

    def content(self, asked: Asked) -> Answer:
        path = asked.path.removeprefix("/api/v1/")
        query = asked.query
        start, limit = int(query.get("cursor") or 0), int(query.get("limit", "100"))
        since = query.get("mutationDateTime", "")
        if not 1 <= limit <= 1000 or (since and not since.endswith("Z")):
            return Answer(400, {"title": "Bad Request", "status": 400, "errors": {"limit": ["out of range"]}})
        filters = {name: query[name] for name in ("supplierIdGln", "manufacturerIdGln") if name in query}
        found = [
            row.body
            for row in self.rows.get(path, [])
            if row.mutated >= since and all(row.body.get(name) == value for name, value in filters.items())
        ]
        page = found[start : start + min(limit, self.page)]
        more = start + len(page) < len(found)
        meta = {
            "cursor": str(start + len(page)),
            "prevCursor": None,
            "hasNext": more,
            "hasPrev": start > 0,
            "limit": limit,
        }
        return Answer(200, {"data": page, "meta": meta})
