"""What a supplier shares at 2BA, fetched in bulk and put together as a catalogue of ETIM xChange."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from core.exchange.formats.xchange.flat import languages_in, product_of, trade_item_of
from core.links.reading import Reading
from core.tasks.fetched_rows import FetchedRows
from core.text import clean, counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.links.connection import Connection
    from core.tasks.context import RunContext

ITEMS: Final = (
    "trade_item_details",
    "trade_item_descriptions",
    "trade_item_ordering",
    "trade_item_pricings",
    "trade_item_relations",
    "trade_item_logistic_details",
    "trade_item_attachments",
)
PRODUCTS: Final = ("product_details", "product_descriptions", "product_classifications", "product_attachments")
"""Resources of the connector 2ba that are read; not what is enclosed in an item, which comes without its packaging."""
_ITEM: Final = ""
"""The owner of rows of trade items; those of products have the GLN of their manufacturer."""
_CATALOGUE: Final = "2BA"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Supplier:
    """Whose records are fetched, and where they go."""

    gln: str
    assortment: str
    name: str = ""

    @property
    def title(self) -> str:
        """As messages call it."""
        return f"{self.name} ({self.gln})" if self.name else self.gln


class SupplierFetch:
    """Fetches one supplier."""

    def __init__(
        self, context: RunContext, connection: Connection, supplier: Supplier, *, since: datetime | None, products: bool
    ) -> None:
        """``since`` None fetches everything."""
        self._context, self._connection, self._supplier = context, connection, supplier
        self._since, self._products = since, products
        self._languages: set[str] = set()
        self._currency = ""

    def write(self, target: Path) -> None:
        """Write all that is shared, or that changed, into a file.

        Raises:
            CallFailed, ConnectionFailed, StopRequested: as :meth:`core.links.connection.Connection.call`.
            EngineError: the disk is full.
        """
        scratch = target.with_name(f"{target.name}-rows")
        try:
            with closing(FetchedRows(scratch)) as rows:
                for resource in ITEMS:
                    self._fetch_items(resource, rows)
                with self._context.catalogue.session() as session:
                    if self._since is not None:
                        self._place_known(session, rows)
                    if self._products:
                        self._fetch_products(session, rows)
                rows.seal()
                self._put_together(rows, target)
        finally:
            scratch.unlink(missing_ok=True)

    # -- fetching ------------------------------------------------------------------------------------------------------

    def _pages(self, resource: str, **about: str) -> Iterator[list[Json]]:
        """Yield the pages of a resource; ``about`` takes the place of what the link says."""
        context = self._context
        self._connection.values.update({"supplier": "", "manufacturer": "", **about})
        since = self._since.isoformat() if self._since else ""
        advance = context.step(f"fetching {self._supplier.title}, {resource.replace('_', ' ')}", unit="rows")
        read = 0
        for page in Reading(self._connection, resource, since=since).pages():
            context.stop.check()
            read += len(page)
            advance(read, 0)
            yield page

    def _fetch_items(self, resource: str, rows: FetchedRows) -> None:
        for page in self._pages(resource, supplier=self._supplier.gln):
            found = [(str(number), row) for row in page if (number := row.get("supplierItemNumber"))]
            rows.add(resource, ((_ITEM, number, row) for number, row in found))
            self._languages |= languages_in(page)
            if resource == ITEMS[0]:
                rows.place(
                    (_text(row, "manufacturerIdGln"), _text(row, "manufacturerProductNumber"), number)
                    for number, row in found
                )
            self._currency = self._currency or next((text for row in page if (text := _text(row, "currencyCode"))), "")

    def _fetch_products(self, session: DuckDBPyConnection, rows: FetchedRows) -> None:
        """Fetch the products of the items; of changes also those of items that did not change themselves."""
        wanted = {(owner, product) for owner, product, _ in rows.placed()}
        if self._since is not None:
            known = self._query(session, "product", "manufacturer_gln, number", "manufacturer_gln IS NOT NULL")
            wanted |= {(gln, number) for gln, number in known}
        changed: set[str] = set()
        for gln in sorted({gln for gln, _ in wanted if gln}):
            for resource in PRODUCTS:
                for page in self._pages(resource, manufacturer=gln):
                    found = [
                        (gln, number, row)
                        for row in page
                        if (gln, number := _text(row, "manufacturerProductNumber")) in wanted
                    ]
                    rows.add(resource, found)
                    changed.update(number for _, number, _ in found)
                    self._languages |= languages_in(page)
        if self._since is not None and changed:
            # With a product its articles are told, which have its classes and features.
            known = self._query(
                session,
                "article",
                "manufacturer_gln, product, number",
                "product IN (SELECT unnest(?))",
                sorted(changed),
            )
            rows.place((gln or "", product, number) for gln, product, number in known)

    def _place_known(self, session: DuckDBPyConnection, rows: FetchedRows) -> None:
        """Say to which products items belong of which other things changed than what says it."""
        numbers = rows.unplaced(_ITEM)
        known = self._query(
            session, "article", "manufacturer_gln, product, number", "number IN (SELECT unnest(?))", numbers
        )
        rows.place((gln or "", product, number) for gln, product, number in known if product)
        if left := rows.unplaced(_ITEM):
            self._context.log.warning(
                "%s changed at %s, and never came whole: %s. Everything is fetched anew by and by.",
                counted(len(left), "article"),
                self._supplier.title,
                clean(", ".join(left[:3]), limit=120),
            )

    def _query(
        self, session: DuckDBPyConnection, entity: str, columns: str, where: str, values: Sequence[str] | None = None
    ) -> list[Any]:
        from core.store.catalogue import select_records, snapshot

        with snapshot(session) as watermark:
            view = select_records(
                session,
                self._context.config.entities[entity],
                assortment=self._supplier.assortment,
                since=None,
                upto=watermark,
                with_archived=False,
                name=f"known {entity}",
            )
            query = f'SELECT {columns} FROM "{view}" WHERE {where}'
            return session.execute(query, None if values is None else [list(values)]).fetchall()

    # -- putting together ----------------------------------------------------------------------------------------------

    def _put_together(self, rows: FetchedRows, target: Path) -> None:
        context, supplier = self._context, self._supplier
        context.step(f"putting {supplier.title} together")
        root = {
            "CatalogueId": _CATALOGUE,
            "SchemaVersion": "2.0",
            "CatalogueType": "CHANGE" if self._since else "FULL",
            # Of changes without a text, the language does not matter.
            "Language": sorted(self._languages) or list(context.config.engine.languages[:1]),
            "CurrencyCode": self._currency,
        }
        said = {"SupplierIdGln": supplier.gln, "SupplierName": supplier.name}
        with target.open("w", encoding="utf-8") as out:
            out.write(f"{_dumped(root)[:-1]},\n")
            out.write(f'"Supplier":[{_dumped(said)[:-1]},"Product":[')
            for number, (owner, product, items) in enumerate(rows.placed()):
                context.stop.check()
                taken = [trade_item_of(item, rows.of(_ITEM, item)) for item in items]
                out.write(
                    f"{',' if number else ''}\n{_dumped(product_of(owner, product, rows.of(owner, product), taken))}"
                )
            out.write("\n]}]}\n")


def begun_at(context: RunContext) -> datetime:
    """Return the moment at which a fetch begins, which is kept for all attempts of the run."""
    kept = context.checkpoint.setdefault("begun", context.now().astimezone(UTC).isoformat())
    return datetime.fromisoformat(kept)


def _text(row: Json, name: str) -> str:
    value = row.get(name)
    return value.strip() if isinstance(value, str) else ""


def _dumped(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
