"""What the catalogue demands of staged records: a key, used once, and references that exist (IM10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.sql import column_list, quoted_name, quoted_text
from core.store.catalogue.faults import faults
from core.store.catalogue.names import entity_table, same_key
from core.store.catalogue.schema import key_of
from core.store.catalogue.transactions import transaction

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity, Field
    from core.stop import StopToken


def check_staged(session: DuckDBPyConnection, staged: str, rejects: str, entity: Entity, *, stop: StopToken) -> int:
    """Move staged records that cannot be imported to the rejects, each once; return how many.

    ``staged`` has ``_record`` (the number of the record in the file) and a column for each mapped field, the key among
    them. Into ``rejects`` go ``record``, ``field``, ``value`` and ``reason``; ``line``, ``"column"`` and ``raw`` stay
    NULL. Rejected are: a key with an empty part; a key that an earlier record of the file has; a reference to a record
    that no assortment has, or has only as an archived one. A record may refer to another of the same file.
    """
    with faults("check the file", session=session, stop=stop), transaction(session):
        check = _Check(session, staged, rejects, entity)
        count = check.empty_keys() + check.repeated_keys()
        present = {name for name, *_ in session.execute(f"DESCRIBE {quoted_name(staged)}").fetchall()}
        references = [field for field in entity.references if field.name in present]
        # Last those to the entity itself: only then is it known which records of the file are there to refer to.
        for field in sorted(references, key=lambda field: field.refers_to == entity.name):
            count += check.own_references(field) if field.refers_to == entity.name else check.references(field)
        return count


class _Check:
    """The checks of one staging table."""

    def __init__(self, session: DuckDBPyConnection, staged: str, rejects: str, entity: Entity) -> None:
        self.session = session
        self.staged = quoted_name(staged)
        self.rejects = quoted_name(rejects)
        self.entity = entity
        parts = ", ".join(f"s.{quoted_name(name)}" for name in entity.key)
        self.key_text = f"concat_ws(', ', {parts})"
        self.key_fields = quoted_text(", ".join(entity.key))

    def empty_keys(self) -> int:
        """Reject records that lack a part of their key."""
        empty = [f"coalesce(CAST(s.{quoted_name(name)} AS VARCHAR), '') = ''" for name in self.entity.key]
        first = " ".join(
            f"WHEN {test} THEN {quoted_text(name)}" for name, test in zip(self.entity.key, empty, strict=True)
        )
        return self._reject(
            f"SELECT s._record AS record, CASE {first} END AS field, '' AS value, "
            f"'The key field is empty.' AS reason FROM {self.staged} s WHERE {' OR '.join(empty)}"
        )

    def repeated_keys(self) -> int:
        """Reject all records but the first of those with the same key."""
        if not self._hashes_repeat():
            return 0
        key = ", ".join(quoted_name(name) for name in self.entity.key)
        return self._reject(
            f"SELECT s._record AS record, {self.key_fields} AS field, {self.key_text} AS value, "
            "'Record ' || r._first || ' of this file has the same key.' AS reason "
            f"FROM {self.staged} s JOIN ("
            f"SELECT {key}, min(_record) AS _first FROM {self.staged} GROUP BY {key} HAVING count(*) > 1"
            f") r ON {same_key(self.entity.key, 's', 'r')} WHERE s._record > r._first"
        )

    def _hashes_repeat(self) -> bool:
        """Whether two keys may be the same; nearly always none are, which sorted hashes show in a third of the time."""
        key = column_list(self.entity.key)
        hashes = self.session.execute(f"SELECT hash({key}) AS _hash FROM {self.staged}").fetchnumpy()["_hash"]
        hashes.sort()
        return bool((hashes[1:] == hashes[:-1]).any())

    def references(self, field: Field) -> int:
        """Reject records that refer to a record of another entity that is not there."""
        return self._reject(self._dangling(field))

    def own_references(self, field: Field) -> int:
        """Reject records that refer to a record of their own entity that is neither kept nor in the file.

        A rejected record takes those along that refer to it, and so on.
        """
        (key,) = self.entity.key
        in_file = (
            f"AND NOT EXISTS (SELECT 1 FROM {self.staged} o WHERE "
            f"CAST(o.{quoted_name(key)} AS VARCHAR) = CAST(s.{quoted_name(field.name)} AS VARCHAR))"
        )
        count = rejected = self._reject(self._dangling(field, in_file))
        while rejected:
            just_rejected = f"AND CAST(s.{quoted_name(field.name)} AS VARCHAR) IN (SELECT key FROM refused)"
            rejected = self._reject(self._dangling(field, just_rejected))
            count += rejected
        return count

    def _dangling(self, field: Field, condition: str = "") -> str:
        target = field.refers_to or ""
        (key,) = key_of(self.session, target)
        value = f"s.{quoted_name(field.name)}"
        reason = f"There is no {target.replace('_', ' ')} with this {key.replace('_', ' ')} in the catalogue."
        if target == self.entity.name:
            reason = f"{reason[:-1]}, nor in this file."
        return (
            f"SELECT s._record AS record, {quoted_text(field.name)} AS field, CAST({value} AS VARCHAR) AS value, "
            f"{quoted_text(reason)} AS reason, {self.key_text} AS key FROM {self.staged} s "
            f"WHERE {value} IS NOT NULL AND CAST({value} AS VARCHAR) <> '' {condition} "
            f"AND NOT EXISTS (SELECT 1 FROM {entity_table(target)} t WHERE t.archived_at IS NULL "
            f"AND CAST(t.{quoted_name(key)} AS VARCHAR) = CAST({value} AS VARCHAR))"
        )

    def _reject(self, query: str) -> int:
        return refuse(self.session, self.staged, self.rejects, query)


def refuse(session: DuckDBPyConnection, staged: str, rejects: str, query: str) -> int:
    """Move the records that a query finds to the rejects, and return how many; both tables are named in quotes.

    The query yields ``record``, ``field``, ``value`` and ``reason``; it stays in the table ``refused`` meanwhile.
    """
    session.execute(f"CREATE OR REPLACE TEMP TABLE refused AS {query}")
    columns = "record, field, value, reason"
    row = session.execute(f"INSERT INTO {rejects} ({columns}) SELECT {columns} FROM refused").fetchone()
    count = int(row[0]) if row else 0
    if count:
        session.execute(f"DELETE FROM {staged} WHERE _record IN (SELECT record FROM refused)")
    return count
