"""What the catalogue demands of staged records: a key, used once, and references that exist (IM10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.sql import column_list, quoted_name, quoted_text
from core.store.catalogue.faults import faults
from core.store.catalogue.names import entity_table, same_key
from core.store.catalogue.references import StagedPart, reject_dangling
from core.store.catalogue.transactions import transaction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.stop import StopToken

_SORTED_AT_MOST = 2_000_000
"""Keys, whose hashes take 20 bytes each until it is known that none repeats."""


def check_staged(session: DuckDBPyConnection, staged: str, rejects: str, entity: Entity, *, stop: StopToken) -> int:
    """Check the records of a file that has those of one entity; return how many were rejected."""
    part = StagedPart(entity, staged, rejects)
    check_parts(session, [part], stop=stop)
    return part.rejected


def check_parts(session: DuckDBPyConnection, parts: Sequence[StagedPart], *, stop: StopToken) -> None:
    """Move staged records that cannot be imported to the rejects of their part, each once; the parts count them.

    The parts stand in the order in which they will be applied. The table ``staged`` of each has ``_record`` (the number
    of the record in the file) and a column for each mapped field, the key among them. Into its ``rejects`` go
    ``record``, ``field``, ``value`` and ``reason``; ``line``, ``"column"`` and ``raw`` stay NULL. Rejected are: a key
    with an empty part; a key that an earlier record of the part has; a reference to a record that neither the file has
    (:data:`core.store.catalogue.references.Reference`) nor any assortment, or only as an archived one.
    """
    with faults("check the file", session=session, stop=stop), transaction(session):
        for part in parts:
            keys = Keys(session, part.staged, part.entity)
            part.reject(session, keys.empty())
            if keys.may_repeat():
                part.reject(session, keys.repeated())
            if part.only_known:
                part.reject(session, keys.unknown(part.assortment))
        reject_dangling(session, parts)


@dataclass(frozen=True, slots=True)
class Folded:
    """Records that were left out because an earlier one of the file has the same key."""

    records: int = 0
    differing: int = 0
    """Of them, those that say something else than the first."""
    example: tuple[int, int] | None = None
    """The numbers of a record that differs and of the first one with its key."""


def fold_repeated(session: DuckDBPyConnection, staged: str, entity: Entity, content: str, *, stop: StopToken) -> Folded:
    """Leave of the staged records with the same key only the first.

    ``content`` is SQL over the staged columns by which it is told whether two records say the same.
    """
    table, keys = quoted_name(staged), Keys(session, staged, entity)
    with faults("check the file", session=session, stop=stop), transaction(session):
        if not keys.may_repeat():
            return Folded()
        session.execute(
            f"CREATE OR REPLACE TEMP TABLE folded AS SELECT s._record AS record, r._first AS first, "
            f"{content} AS content FROM {keys.with_first()}"
        )
        session.execute(f"DELETE FROM {table} WHERE _record IN (SELECT record FROM folded WHERE record > first)")
        row = session.execute(
            "SELECT count(*), count(*) FILTER (differs), min({'record': record, 'first': first}) FILTER (differs) "
            "FROM (SELECT a.record, a.first, a.content IS DISTINCT FROM f.content AS differs "
            "FROM folded a JOIN folded f ON f.record = a.first WHERE a.record > a.first)"
        ).fetchone()
    records, differing, example = row or (0, 0, None)
    return Folded(records, differing, (example["record"], example["first"]) if example else None)


class Keys:
    """The keys of a staging table."""

    def __init__(self, session: DuckDBPyConnection, staged: str, entity: Entity) -> None:
        self.session = session
        self.staged = quoted_name(staged)
        self.names = entity.key
        self.entity = entity.name
        self._empty = [f"coalesce(CAST(s.{quoted_name(name)} AS VARCHAR), '') = ''" for name in entity.key]

    def empty(self) -> str:
        """SQL of the records that lack a part of their key."""
        cases = zip(self.names, self._empty, strict=True)
        first = " ".join(f"WHEN {test} THEN {quoted_text(name)}" for name, test in cases)
        return (
            f"SELECT s._record AS record, CASE {first} END AS field, '' AS value, "
            f"'The key field is empty.' AS reason FROM {self.staged} s WHERE {' OR '.join(self._empty)}"
        )

    def repeated(self) -> str:
        """SQL of all records but the first of those with the same key."""
        text = ", ".join(f"s.{quoted_name(name)}" for name in self.names)
        return (
            f"SELECT s._record AS record, {quoted_text(', '.join(self.names))} AS field, "
            f"concat_ws(', ', {text}) AS value, "
            "'Record ' || r._first || ' of this file has the same key.' AS reason "
            f"FROM {self.with_first()} WHERE s._record > r._first"
        )

    def unknown(self, assortment: str) -> str:
        """SQL of the records that an assortment does not have, or only as archived ones."""
        text = ", ".join(f"s.{quoted_name(name)}" for name in self.names)
        return (
            f"SELECT s._record AS record, {quoted_text(', '.join(self.names))} AS field, "
            f"concat_ws(', ', {text}) AS value, "
            "'The assortment has no such record, and the file says too little of it to make one.' AS reason "
            f"FROM {self.staged} s WHERE NOT EXISTS (SELECT 1 FROM {entity_table(self.entity)} t "
            f"WHERE t.assortment = {quoted_text(assortment)} AND t.archived_at IS NULL "
            f"AND {same_key(self.names, 't', 's')})"
        )

    def with_first(self) -> str:
        """SQL of the records ``s`` that share a whole key, each with the number ``r._first`` of the first of them."""
        key = column_list(self.names)
        whole = " AND ".join(f"NOT {test}" for test in self._empty)
        return (
            f"{self.staged} s JOIN (SELECT {key}, min(_record) AS _first FROM {self.staged} s WHERE {whole} "
            f"GROUP BY {key} HAVING count(*) > 1) r ON {same_key(self.names, 's', 'r')}"
        )

    def may_repeat(self) -> bool:
        """Whether two keys may be the same; nearly always none are, which sorted hashes show in a third of the time.

        They are sorted in the memory of the process; those of more records are left to DuckDB, which keeps to its own.
        """
        hashed = f"SELECT hash({column_list(self.names)}) AS _hash FROM {self.staged}"
        (records,) = self.session.execute(f"SELECT count(*) FROM {self.staged}").fetchone() or (0,)
        if records > _SORTED_AT_MOST:
            repeated = f"SELECT 1 FROM ({hashed}) GROUP BY _hash HAVING count(*) > 1 LIMIT 1"
            return self.session.execute(repeated).fetchone() is not None
        hashes = self.session.execute(hashed).fetchnumpy()["_hash"]
        hashes.sort()
        return bool((hashes[1:] == hashes[:-1]).any())
