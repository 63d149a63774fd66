"""Records that come from the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.flows.catalogue_names import columns_of
from core.flows.record import LINES, Record, Unfit, shaped
from core.flows.sides import Arrival
from core.links.faults import CannotTell
from core.sql import quoted_name, quoted_text
from core.store.catalogue import select_records, snapshot

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.config.flow_kinds import KindName
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
        self._columns = columns_of(kind, entities, language)
        self._watermark: datetime | None = None

    @property
    def fields(self) -> Collection[str]:
        """The fields that records can have."""
        columns = self._columns
        return {
            *columns.own,
            *(f"{columns.party}.{name}" for name in columns.party_columns),
            *(f"lines.{name}" for name in columns.lines),
        }

    @property
    def echoed(self) -> Collection[str]:
        """Of these, the ones that the catalogue is written by."""
        return {name for name in self._columns.own if "." not in name}

    def pages(self, since: str) -> Iterator[list[Arrival]]:  # noqa: ARG002 - the moment stands in the journal
        """Yield what changed; copied in one snapshot, which is not held open while records are sent."""
        with self._catalogue.session() as session:
            with snapshot(session) as watermark:
                number = self._copy(session, watermark)
                self._watermark = watermark
            for start in range(0, number, _PAGE):
                yield self._page(session, start)

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
        if len(self._columns.entity.key) != 1:
            raise CannotTell
        own = quoted_name(self._columns.entity.key[0])
        with self._catalogue.session() as session:
            with snapshot(session) as watermark:
                number = self._copy(session, watermark, only=f"CAST({own} AS VARCHAR) = {quoted_text(key)}")
            found = self._page(session, 0) if number else []
        return found[0] if found else None

    def report(self, key: str, target_key: str, status: str) -> Sequence[Mapping[str, Any]]:  # noqa: ARG002
        """The catalogue is not told: what became of its records stands in the journal."""
        return ()

    def _copy(self, session: DuckDBPyConnection, watermark: datetime, *, only: str | None = None) -> int:
        """Copy records, their lines and their parties into temporary tables; return how many records."""
        columns, entity = self._columns, self._columns.entity
        key = ", ".join(f"r.{quoted_name(name)}" for name in entity.key)
        changed = self._view(session, entity, "flow changed", watermark, None if only else self._since, only)
        chosen = f"SELECT * FROM {quoted_name(changed)}"
        if columns.line_entity is not None and only is None and self._since is not None:
            # A record of which a line changed is another record.
            every = self._view(session, entity, "flow records", watermark, None, None)
            lines = self._view(session, columns.line_entity, "flow changed lines", watermark, self._since, None)
            owner, own = quoted_name(columns.owner), quoted_name(entity.key[0])
            chosen += (
                f" UNION ALL SELECT * FROM {quoted_name(every)} WHERE {own} IN (SELECT {owner} FROM "
                f"{quoted_name(lines)}) AND {own} NOT IN (SELECT {own} FROM {quoted_name(changed)})"
            )
        session.execute(
            "CREATE OR REPLACE TEMP TABLE flowing AS SELECT row_number() OVER "
            f"(ORDER BY changed_at, {key.replace('r.', '')}) - 1 AS _n, * FROM ({chosen})"
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
        return int(row[0]) if row else 0

    def _view(
        self,
        session: DuckDBPyConnection,
        entity: Entity,
        name: str,
        watermark: datetime,
        since: datetime | None,
        where: str | None,
    ) -> str:
        return select_records(
            session,
            entity,
            assortment=self._assortment,
            since=since,
            upto=watermark,
            with_archived=False,
            where=where,
            name=name,
        )

    def _page(self, session: DuckDBPyConnection, start: int) -> list[Arrival]:
        columns = self._columns
        among = f"_n >= {start} AND _n < {start + _PAGE}"
        rows = _rows(
            session,
            f"SELECT {_named(('_n', *columns.entity.key))}, {_aliased(columns.own)} FROM flowing "
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
        return [self._arrival(row, lines, parties) for row in rows]

    def _arrival(self, row: Record, lines: Mapping[int, list[Record]], parties: Mapping[int, Record]) -> Arrival:
        number = row.pop("_n")
        key = " ".join(str(row.pop(f"_{name}")) for name in self._columns.entity.key)
        values = {**row, **parties.get(number, {})}
        if self._columns.kind.lines:
            values[LINES] = lines.get(number, [])
        try:
            return Arrival(key, shaped(self._columns.kind, values))
        except Unfit as error:
            return Arrival(key, {}, str(error))


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
