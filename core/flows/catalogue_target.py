"""An assortment as a target: what its records have gathered is applied together, as an import would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.flows.catalogue_names import columns_of
from core.flows.catalogue_records import CatalogueRecords
from core.flows.catalogue_staged import Staged, refused
from core.flows.record import LINES, Record
from core.links.looking import folded
from core.store.catalogue import apply_together, check_parts, plan_changes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.config.flow_kinds import KindName
    from core.stop import StopToken
    from core.store.catalogue import Catalogue, ChangePlan

_ORDER: tuple[KindName, ...] = (
    "products", "customers", "orders", "invoices", "direct-invoices", "sales-entries", "stock", "order-status",
    "suppliers", "partners", "contacts", "opportunities", "projects",
)  # fmt: skip
"""In which kinds are applied, so that each refers to those before it."""


class CatalogueTarget:
    """An assortment that records are written to (:class:`core.flows.sides.Target`)."""

    at_once = False

    def __init__(
        self,
        catalogue: Catalogue,
        entities: Mapping[str, Entity],
        *,
        assortment: str,
        language: str,
        run: int,
        fence: int,
        block_rows: int,
        stop: StopToken,
        source: str = "",
        fields: Mapping[KindName, Collection[str]],
        dry_run: bool = False,
    ) -> None:
        """``fields`` are those that ``source`` can fill: where it has no value, the catalogue has none either."""
        self.name = "the catalogue"
        self.source = source
        self.catalogue, self.entities, self.assortment, self.language = catalogue, entities, assortment, language
        self.dry_run = dry_run
        self._run, self._fence, self._block_rows, self._stop = run, fence, block_rows, stop
        self._fields = fields
        self._kinds: dict[KindName, CatalogueRecords] = {}
        self.chosen: Collection[str] = ()

    def of(self, kind: KindName) -> CatalogueRecords:
        """Return the records of a kind; it has all of them."""
        if kind not in self._kinds:
            columns = columns_of(kind, self.entities, self.language)
            self._kinds[kind] = CatalogueRecords(self, columns, self._fields.get(kind, ()))
        return self._kinds[kind]

    def expect(self, kind: KindName, records: Sequence[Record]) -> None:
        """Look for all these records, and the articles of their lines, at once."""
        if kind == "stock":
            return
        prefix = "" if kind == "customers" else "customer."
        self.of("customers").look_for_emails({folded(each.get(f"{prefix}email")) for each in records} - {""})
        if kind == "customers":
            return
        self.of(kind).look_for({str(each["number"]) for each in records if "number" in each})
        articles = {str(line["article"]) for each in records for line in each.get(LINES, ()) if "article" in line}
        if articles:
            self.of("products").look_for(articles)

    def settle(self) -> Mapping[str, str]:
        """Apply what waits, in one transaction (:class:`core.flows.sides.Target`)."""
        kinds = [self._kinds[name] for name in _ORDER if name in self._kinds and self._kinds[name].waiting.rows]
        if not kinds or self.dry_run:
            for each in kinds:
                each.forget()
            return {}
        with self.catalogue.session() as session:
            groups = [each.stage(session, self._stop) for each in kinds]
            staged = [each for group in groups for each in group]
            check_parts(session, [each.part for each in staged], stop=self._stop)
            failed: dict[str, str] = {}
            for group in groups:
                failed |= refused(session, group)
            plans = [self._plan(session, each) for each in staged]
            apply_together(
                session, plans, run=self._run, fence=self._fence, stop=self._stop, advance=lambda _done: None
            )
        for records in kinds:
            records.forget()
        return failed

    def _plan(self, session: DuckDBPyConnection, each: Staged) -> ChangePlan:
        from core.store.catalogue import Owned

        part = each.part
        return plan_changes(
            session,
            part.staged,
            part.entity,
            assortment=self.assortment,
            full=part.full,
            run=self._run,
            block_rows=self._block_rows,
            stop=self._stop,
            owned=Owned(part.owners, each.owners) if part.full else None,
        )
