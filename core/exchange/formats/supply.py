"""The records of an export for a format that is written item by item: in the order of their key, each with its own.

They are put in order once, in temporary tables that DuckDB spills to the disk where it must, and numbered; what belongs
to them is put in the same order by the same numbers. So a block of records, and what belongs to it, are narrow ranges.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, cast

from core.config.layouts import ExportColumn, JsonLinesExportLayout
from core.exchange.formats.contract import Item, Related
from core.exchange.rendering import render_cells
from core.exchange.sql_errors import sql_errors
from core.exchange.value_checks import ValueChecks
from core.sql import column_list, quoted_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.exchange.formats.contract import Change, Row
    from core.stop import StopToken

_BLOCK = 1000


class Supply:
    """The records of one export; see :class:`core.exchange.formats.contract.Records`.

    ``select`` gives the relation of the records of an entity: all that are active, or, where it is asked for changes,
    those that changed since the receiver was told last, with archived ones; both have ``mutation`` and ``assortment``.
    ``own`` are columns that are written with another value than that of the field of their name, by entity.
    """

    def __init__(
        self,
        session: DuckDBPyConnection,
        entities: Mapping[str, Entity],
        select: Callable[[str, bool], str],
        own: Mapping[str, Sequence[ExportColumn]],
        *,
        changes_only: bool,
        tells_deleted: bool,
        languages: Sequence[str],
        stop: StopToken,
    ) -> None:
        self._session = session
        self._entities = entities
        self._select = select
        self._own = own
        self._changes_only = changes_only
        self._tells_deleted = tells_deleted
        self._languages = languages
        self._stop = stop
        self._counts: dict[tuple[str, tuple[Related, ...], bool], int] = {}
        self._names: dict[str, list[str]] = {}

    def count(self, entity: str, related: Sequence[Related] = ()) -> int:
        """Return how many records :meth:`items` gives."""
        return self._prepared(entity, tuple(related), everything=False)

    def given(self, entity: str) -> int:
        """Return how many records there were the last time that they were asked for."""
        return next((count for (name, *_), count in self._counts.items() if name == entity), 0)

    def items(self, entity: str, related: Sequence[Related] = (), *, everything: bool = False) -> Iterator[Item]:
        """Yield the records of an entity in the order of their key, each with its related ones in theirs.

        Among changes, ``everything`` gives all records nevertheless.

        Raises:
            DataError: an expression of the layout fails on a record.
            EngineError: the disk or the memory does not suffice.
            StopRequested: a stop was asked for.
        """
        wanted = tuple(related)
        count = self._prepared(entity, wanted, everything=everything)
        for first in range(1, count + 1, _BLOCK):
            last = first + _BLOCK - 1
            with sql_errors(self._session, self._stop, "The records cannot be read"):
                belonging = {each.entity: self._belonging(entity, each, first, last) for each in wanted}
                rows = self._session.execute(
                    f"SELECT * FROM {_items(entity)} WHERE _n BETWEEN {first} AND {last} ORDER BY _n"
                ).fetchall()
            for number, change, *values in rows:
                row = _row(self._names[entity], values)
                own = {name: found.get(number, ()) for name, found in belonging.items()}
                yield Item(row, cast("Change", change), own)

    def _belonging(self, entity: str, each: Related, first: int, last: int) -> Mapping[int, Sequence[Row]]:
        found: dict[int, list[Row]] = defaultdict(list)
        names = self._names[each.entity]
        for number, _, *values in self._session.execute(
            f"SELECT * FROM {_related(entity, each)} WHERE _n BETWEEN {first} AND {last} ORDER BY _n, _m"
        ).fetchall():
            found[number].append(_row(names, values))
        return found

    def _prepared(self, entity: str, related: tuple[Related, ...], *, everything: bool) -> int:
        """Put the records in order, once for each way in which they are asked for; return how many there are."""
        known = self._counts.get((entity, related, everything))
        if known is not None:
            return known
        # The tables of the last way in which they were asked for are replaced.
        self._counts = {key: count for key, count in self._counts.items() if key[0] != entity}
        target = self._entities[entity]
        changes = self._changes_only and not everything
        with sql_errors(self._session, self._stop, "The records cannot be put in order"):
            chosen = self._select(entity, False) if everything else self._chosen(target, related)
            cells = self._cells(target, chosen)
            change = "mutation" if changes else "'new'"
            told = "" if self._tells_deleted or not changes else "WHERE mutation <> 'deleted'"
            self._session.execute(
                f"CREATE OR REPLACE TEMP TABLE {_items(entity)} AS SELECT row_number() OVER () AS _n, * FROM ("
                f"SELECT {change} AS _change, {cells} FROM {quoted_name(chosen)} {told} "
                f"ORDER BY {column_list(target.key)}, assortment)"
            )
            # Numbered as the records are, for they come in the same order.
            self._session.execute(
                f"CREATE OR REPLACE TEMP TABLE {_keys(entity)} AS SELECT row_number() OVER () AS _n, * FROM ("
                f"SELECT assortment, {column_list(target.key)}, {change} AS _change FROM {quoted_name(chosen)} {told} "
                f"ORDER BY {column_list(target.key)}, assortment)"
            )
            for each in related:
                self._prepare_related(target, each)
            row = self._session.execute(f"SELECT count(*) FROM {_items(entity)}").fetchone()
        self._counts[entity, related, everything] = int(row[0]) if row else 0
        return self._counts[entity, related, everything]

    def _chosen(self, entity: Entity, related: tuple[Related, ...]) -> str:
        """Return the relation of what is written; among changes, records of which only related ones have changed."""
        chosen = self._select(entity.name, self._changes_only)
        if not self._changes_only or not related:
            return chosen
        (key,) = entity.key
        everything = self._select(entity.name, False)
        touched = " UNION ".join(
            f"SELECT assortment, CAST({quoted_name(each.field)} AS VARCHAR) AS owner "
            f"FROM {quoted_name(self._select(each.entity, True))}"
            for each in related
        )
        name = f"{chosen} with related"
        same = f"c.assortment = a.assortment AND c.{quoted_name(key)} = a.{quoted_name(key)}"
        self._session.execute(
            f"CREATE OR REPLACE TEMP VIEW {quoted_name(name)} AS SELECT * FROM {quoted_name(chosen)} UNION ALL BY NAME "
            f"SELECT a.* REPLACE ('changed' AS mutation) FROM {quoted_name(everything)} a "
            f"WHERE NOT EXISTS (SELECT 1 FROM {quoted_name(chosen)} c WHERE {same}) "
            f"AND EXISTS (SELECT 1 FROM ({touched}) t WHERE t.assortment = a.assortment "
            f"AND t.owner = CAST(a.{quoted_name(key)} AS VARCHAR))"
        )
        return name

    def _prepare_related(self, owner: Entity, each: Related) -> None:
        (key,) = owner.key
        target = self._entities[each.entity]
        relation = self._select(each.entity, False)
        cells = self._cells(target, relation)
        order = column_list((*each.order, *(name for name in target.key if name not in each.order)), prefix="r.")
        self._session.execute(
            f"CREATE OR REPLACE TEMP TABLE {_related(owner.name, each)} AS SELECT k._n, r._m, r.* EXCLUDE (_m, _a, _o) "
            f"FROM {_keys(owner.name)} k JOIN (SELECT row_number() OVER (ORDER BY {order}) AS _m, assortment AS _a, "
            f"CAST({quoted_name(each.field)} AS VARCHAR) AS _o, {cells} FROM {quoted_name(relation)} r) r "
            f"ON r._a = k.assortment AND r._o = CAST(k.{quoted_name(key)} AS VARCHAR) "
            "WHERE k._change <> 'deleted' ORDER BY k._n, r._m"
        )

    def _cells(self, entity: Entity, relation: str) -> str:
        """Return the fields as text, as the layout has them written."""
        own = {column.column: column for column in self._own.get(entity.name, ())}
        columns = [own.get(name) or ExportColumn(column=name, field=name) for name in entity.fields]
        layout = JsonLinesExportLayout(direction="export", format="jsonl", entity=entity.name, columns=columns)
        cells = render_cells(
            layout,
            entity,
            connection=self._session,
            selection=relation,
            language=None,
            languages=self._languages,
        )
        ValueChecks(self._session, entity, cells, relation, self._stop).refuse_failures()
        self._names[entity.name] = [cell.header for cell in cells]
        return ", ".join(f"CAST({cell.text} AS VARCHAR) AS {quoted_name(cell.header)}" for cell in cells)


def _row(names: Sequence[str], values: Sequence[str | None]) -> Row:
    return {name: value for name, value in zip(names, values, strict=True) if value}


def _items(entity: str) -> str:
    return quoted_name(f"items {entity}")


def _keys(entity: str) -> str:
    return quoted_name(f"keys {entity}")


def _related(owner: str, each: Related) -> str:
    return quoted_name(f"{each.entity} of {owner}")
