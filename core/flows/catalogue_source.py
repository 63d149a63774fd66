"""Records that come from the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.flows.catalogue_names import FAMILY_KEY, columns_of
from core.flows.catalogue_products import ProductParts, restored
from core.flows.record import LINES, Record, Unfit, shaped
from core.flows.sides import Arrival
from core.links.faults import CannotTell
from core.sql import quoted_name, quoted_text
from core.store.catalogue import select_records, snapshot
from core.store.catalogue.names import entity_table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.config.flow_kinds import KindName
    from core.flows.sides import Unchanged
    from core.store.catalogue import Catalogue

_PAGE = 500


class CatalogueSource:
    """One kind of record of an assortment (:class:`core.flows.sides.Source`)."""

    def __init__(
        self,
        catalogue: Catalogue,
        entities: Mapping[str, Entity],
        kind: KindName,
        *,
        assortment: str,
        language: str,
        since: datetime | None,
    ) -> None:
        """``since`` is the moment after which changes are taken; None takes all."""
        self.name = "the catalogue"
        self._catalogue, self._assortment, self._since = catalogue, assortment, since
        self._entities, self._language = entities, language
        self._columns = columns_of(kind, entities, language)
        self._watermark: datetime | None = None
        self._takes: Collection[str] = ()

    @property
    def fields(self) -> Collection[str]:
        """The fields that records can have."""
        columns = self._columns
        return {
            *columns.own,
            *(f"{columns.party}.{name}" for name in columns.party_columns),
            *(f"lines.{name}" for name in columns.lines),
        }

    def prefer(self, takes: Collection[str]) -> None:
        """Be told what the target takes (:class:`core.flows.sides.Source`)."""
        self._takes = takes if self._columns.kind.name == "products" else ()

    @property
    def echoed(self) -> Collection[str]:
        """Of these, the ones that the catalogue is written by."""
        return {name for name in self._columns.own if "." not in name}

    def pages(self, since: str, unchanged: Unchanged) -> Iterator[list[Arrival]]:  # noqa: ARG002 - the journal has it
        """Yield what changed; copied in one snapshot, which is not held open while records are sent."""
        with self._catalogue.session() as session:
            with snapshot(session) as watermark:
                parts = self._parts(session, watermark)
                number = self._copy(session, watermark, parts)
                self._watermark = watermark
            for start in range(0, number, _PAGE):
                yield self._page(session, start, parts)

    @property
    def watermark(self) -> datetime:
        """The moment up to which changes were seen."""
        if self._watermark is None:
            raise RuntimeError("nothing was read yet")
        return self._watermark

    @property
    def mark(self) -> str:
        """The catalogue has no words of its own for a moment."""
        return ""

    def one(self, key: str) -> Arrival | None:
        """Return a record as it is now; None where it is gone."""
        return self.some([key]).get(key)

    def some(self, keys: Collection[str]) -> dict[str, Arrival]:
        """Return records as they are now by their keys, but for those that are gone.

        Raises:
            CannotTell: records of this kind have no key of one field.
        """
        if len(self._columns.entity.key) != 1:
            raise CannotTell
        own = quoted_name(self._columns.entity.key[0])
        with self._catalogue.session() as session:
            with snapshot(session) as watermark:
                parts = self._parts(session, watermark)
                told = [quoted_text(key.removeprefix(FAMILY_KEY) if parts.families else key) for key in keys]
                only = f"CAST({own} AS VARCHAR) IN ({', '.join(told)})"
                number = self._copy(session, watermark, parts, only=only)
            found = [each for start in range(0, number, _PAGE) for each in self._page(session, start, parts)]
        return {each.key: each for each in found if each.key in keys}

    asks_back = False
    reports = False

    def report(self, key: str, told: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:  # noqa: ARG002
        """The catalogue is not told: what became of its records stands in the journal."""
        return ()

    def _parts(self, session: DuckDBPyConnection, watermark: datetime) -> ProductParts:
        """Return what reads the parts of products; of other records there are none."""

        def view(entity: Entity, name: str, since: datetime | None, with_archived: bool) -> str:
            return self._view(session, entity, name, watermark, since, None, with_archived=with_archived)

        return ProductParts(session, self._entities, self._language, self._takes, view)

    def _copy(
        self, session: DuckDBPyConnection, watermark: datetime, parts: ProductParts, *, only: str | None = None
    ) -> int:
        """Copy records, their lines, parties and parts into temporary tables; return how many records."""
        columns, entity = self._columns, self._columns.entity
        key = ", ".join(f"r.{quoted_name(name)}" for name in entity.key)
        since, gone = None if only else self._since, "active" in self._takes
        told = gone and (since is not None or only is not None)
        where = " AND ".join(f"({each})" for each in (only, self._of_its_sort) if each) or None
        changed = self._view(session, entity, "flow changed", watermark, since, where, with_archived=told)
        chosen = f"SELECT * FROM {quoted_name(changed)}"
        if self._takes and since is not None:
            chosen += self._beside(session, entity, watermark, changed, parts.touched(since))
        if parts.families:
            chosen = f"SELECT * FROM ({chosen}) WHERE product IS NULL"
        if columns.line_entity is not None and only is None and self._since is not None:
            # A record of which a line changed is another record.
            every = self._view(session, entity, "flow records", watermark, None, None)
            lines = self._view(session, columns.line_entity, "flow changed lines", watermark, self._since, None)
            owner, own = quoted_name(columns.owner), quoted_name(entity.key[0])
            chosen += (
                f" UNION ALL SELECT * FROM {quoted_name(every)} WHERE {own} IN (SELECT {owner} FROM "
                f"{quoted_name(lines)}) AND {own} NOT IN (SELECT {own} FROM {quoted_name(changed)})"
            )
        back = restored(entity, "c") if gone else "false"
        session.execute(
            "CREATE OR REPLACE TEMP TABLE flowing AS SELECT row_number() OVER "
            f"(ORDER BY changed_at, {key.replace('r.', '')}) - 1 AS _n, c.*, mutation = 'deleted' AS _gone, "
            f"{back} AS _back FROM ({chosen}) c"
        )
        if columns.line_entity is not None:
            lines = self._view(session, columns.line_entity, "flow lines", watermark, None, None)
            owner, own = quoted_name(columns.owner), quoted_name(entity.key[0])
            session.execute(
                "CREATE OR REPLACE TEMP TABLE flowing_lines AS SELECT r._n, l.* "
                f"FROM {quoted_name(lines)} l JOIN flowing r ON l.{owner} = r.{own}"
            )
        if columns.party_entity is not None:
            parties = self._view(session, columns.party_entity, "flow parties", watermark, None, None)
            session.execute(
                "CREATE OR REPLACE TEMP TABLE flowing_parties AS SELECT r._n, p.* "
                f'FROM {quoted_name(parties)} p JOIN flowing r ON p."number" = r.{quoted_name(columns.party)}'
            )
        row = session.execute("SELECT count(*) FROM flowing").fetchone()
        number = int(row[0]) if row else 0
        if parts.families:
            number += self._copy_families(session, watermark, parts, number, only)
        if self._takes:
            variants = " UNION SELECT number FROM flowing_variants" if parts.families else ""
            parts.copy(f"SELECT number FROM flowing{variants}")
        return number

    @property
    def _of_its_sort(self) -> str:
        """Which records of the entity are of this kind, as SQL; empty where all are."""
        sorts = self._columns.kind.sorts
        if not sorts or "kind" not in self._columns.entity.fields:
            return ""
        return f"coalesce(trim(\"kind\"), '') IN ({', '.join(map(quoted_text, sorts))})"

    def _copy_families(
        self, session: DuckDBPyConnection, watermark: datetime, parts: ProductParts, first: int, only: str | None
    ) -> int:
        """Copy products that have variants, numbered from ``first``, and these; return how many products."""
        entity, article = self._columns.family_entity, self._columns.entity
        assert entity is not None  # noqa: S101 - products have one
        since, gone = None if only else self._since, "active" in self._takes
        told = gone and (since is not None or only is not None)
        changed = self._view(session, entity, "flow changed products", watermark, since, only, with_archived=told)
        chosen = f"SELECT * FROM {quoted_name(changed)}"
        if since is not None:
            chosen += self._beside(session, entity, watermark, changed, parts.touched_products(since))
        # Archived articles, too: a product that has none left is told so.
        ever = f"SELECT product FROM {entity_table(article.name)} WHERE assortment = {quoted_text(self._assortment)}"
        session.execute(
            "CREATE OR REPLACE TEMP TABLE flowing_families AS SELECT row_number() OVER (ORDER BY changed_at, number) "
            f"+ {first - 1} AS _n, c.*, mutation = 'deleted' AS _gone, "
            f"{restored(entity, 'c') if gone else 'false'} AS _back FROM ({chosen}) c WHERE number IN ({ever})"
        )
        articles = self._view(session, article, "flow articles", watermark, None, None)
        session.execute(
            "CREATE OR REPLACE TEMP TABLE flowing_variants AS SELECT f._n, a.*, "
            f"{restored(article, 'a') if gone else 'false'} AS _back "
            f"FROM {quoted_name(articles)} a JOIN flowing_families f ON a.product = f.number"
        )
        row = session.execute("SELECT count(*) FROM flowing_families").fetchone()
        return int(row[0]) if row else 0

    def _beside(
        self, session: DuckDBPyConnection, entity: Entity, watermark: datetime, changed: str, touched: str
    ) -> str:
        """Return what adds to the changed records those of which a part changed."""
        every = self._view(session, entity, f"flow every {entity.name}", watermark, None, None)
        own = quoted_name(entity.key[0])
        return (
            f" UNION ALL SELECT * FROM {quoted_name(every)} WHERE {own} IN ({touched}) "
            f"AND {own} NOT IN (SELECT {own} FROM {quoted_name(changed)})"
        )

    def _view(
        self,
        session: DuckDBPyConnection,
        entity: Entity,
        name: str,
        watermark: datetime,
        since: datetime | None,
        where: str | None,
        *,
        with_archived: bool = False,
    ) -> str:
        return select_records(
            session,
            entity,
            assortment=self._assortment,
            since=since,
            upto=watermark,
            with_archived=with_archived,
            where=where,
            name=name,
        )

    def _page(self, session: DuckDBPyConnection, start: int, parts: ProductParts) -> list[Arrival]:
        columns = self._columns
        among = f"_n >= {start} AND _n < {start + _PAGE}"
        rows = _rows(
            session,
            f"SELECT {_named((*_ROW, *columns.entity.key))}, {_aliased(columns.own)} FROM flowing "
            f"WHERE {among} ORDER BY _n",
        )
        lines: dict[int, list[Record]] = {}
        parties: dict[int, Record] = {}
        if columns.line_entity is not None:
            order = quoted_name(columns.line_entity.key[-1])
            query = f"SELECT _n, {_aliased(columns.lines)} FROM flowing_lines WHERE {among} ORDER BY _n, {order}"
            for row in _rows(session, query):
                lines.setdefault(row.pop("_n"), []).append(row)
        if columns.party_entity is not None:
            query = f"SELECT _n, {_aliased(columns.party_columns)} FROM flowing_parties WHERE {among}"
            for row in _rows(session, query):
                number = row.pop("_n")
                parties[number] = {f"{columns.party}.{name}": value for name, value in row.items()}
        families = self._families(session, among) if parts.families else []
        if self._takes:
            self._add_parts(rows, families, parts)
        return [
            *(self._arrival(row, lines, parties) for row in rows),
            *(self._arrival(row, {}, {}, prefix=FAMILY_KEY) for row in families),
        ]

    def _families(self, session: DuckDBPyConnection, among: str) -> list[Record]:
        columns = self._columns
        rows = _rows(
            session,
            f"SELECT {_named((*_ROW, 'number'))}, {_aliased(columns.family)} FROM flowing_families "
            f"WHERE {among} ORDER BY _n",
        )
        variants: dict[int, list[Record]] = {}
        own = {name: column for name, column in columns.own.items() if name != "parent"}
        query = f"SELECT _n, _back, {_aliased(own)} FROM flowing_variants WHERE {among} ORDER BY _n, number"
        for row in _rows(session, query):
            if row.pop("_back"):
                row["active"] = True
            variants.setdefault(row.pop("_n"), []).append(row)
        for row in rows:
            row["kind"], row["variants"] = "configurable", variants.get(row["_n"], [])
        return rows

    def _add_parts(self, rows: Iterable[Record], families: Iterable[Record], parts: ProductParts) -> None:
        articles = [*rows, *(variant for family in families for variant in family["variants"])]
        found = parts.of([each["number"] for each in articles])
        for each in articles:
            each.update(found[each["number"]])
        for family in families:
            groups = [group for variant in family["variants"] for group in variant.pop("categories", ())]
            if "categories" in self._takes:
                family["categories"] = [group for at, group in enumerate(groups) if group not in groups[:at]]
            shared = [{*variant.items()} for variant in family["variants"]]
            common = set.intersection(*shared) if shared else set[tuple[str, Any]]()
            family.update({name: value for name, value in common if name.startswith(("characteristic.", "unit."))})

    def _arrival(
        self,
        row: Record,
        lines: Mapping[int, list[Record]],
        parties: Mapping[int, Record],
        *,
        prefix: str = "",
    ) -> Arrival:
        number, gone, back = (row.pop(name) for name in _ROW)
        key = prefix + " ".join(str(row.pop(f"_{name}")) for name in self._columns.entity.key)
        if gone or back:
            row["active"] = not gone
        values = {**row, **parties.get(number, {})}
        if self._columns.kind.lines:
            values[LINES] = lines.get(number, [])
        try:
            return Arrival(key, shaped(self._columns.kind, values), gone=gone)
        except Unfit as error:
            return Arrival(key, {}, str(error))


_ROW = ("_n", "_gone", "_back")


def _named(names: Sequence[str]) -> str:
    return ", ".join(
        quoted_name(name) if name.startswith("_") else f"{quoted_name(name)} AS {quoted_name(f'_{name}')}"
        for name in names
    )


def _aliased(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{quoted_name(column)} AS {quoted_name(name)}" for name, column in columns.items())


def _rows(session: DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    found = session.execute(query)
    names = [each[0] for each in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
