"""References of staged records: held against the catalogue and the other records of their file (IM10)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from core.sql import quoted_name, quoted_text
from core.store.catalogue.faults import faults
from core.store.catalogue.names import column_type, entity_table
from core.store.catalogue.schema import field_columns, key_of
from core.store.catalogue.transactions import transaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity, Field
    from core.stop import StopToken

Reference = Literal["reject", "wait", "stub"]
"""What a record may refer to beside what the catalogue has and what the file has of its own entity: ``reject``: to
records of the parts before it; ``wait``: to records of any part of the file; ``stub``: to any, or else a record is made
that has nothing but the key. Whatever refers to something else is rejected."""


@dataclass(slots=True)
class StagedPart:
    """The staged records of one entity, as one part of what a file brings."""

    entity: Entity
    staged: str
    rejects: str
    assortment: str = ""
    full: bool = False
    """Records of the assortment that are not staged will be archived."""
    owners: tuple[str, ...] = ()
    """The fields that say whose a record is; empty where records are nobody's."""
    of_owners: bool = False
    """Of what is not staged, only the records of owners that the file names will be archived."""
    deleted: str = ""
    """The table of records that the file says are gone, with at least their key; empty where there are none."""
    references: Mapping[str, Reference] = field(default_factory=dict)
    """By field; ``reject`` where nothing is said."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """What the columns of the file are called that fields come from, by field; where that is known."""
    only_known: bool = False
    """Records that the assortment does not have are rejected."""
    rejected: int = 0
    """How many records were moved to the rejects."""

    def reject(self, session: DuckDBPyConnection, query: str) -> int:
        """Move the records that the query finds (``record, field, value, reason``) to the rejects; return how many."""
        session.execute(f"CREATE OR REPLACE TEMP TABLE refused AS {query}")
        columns = "record, field, value, reason"
        row = session.execute(
            f"INSERT INTO {quoted_name(self.rejects)} ({columns}) SELECT {columns} FROM refused"
        ).fetchone()
        count = int(row[0]) if row else 0
        if count:
            session.execute(f"DELETE FROM {quoted_name(self.staged)} WHERE _record IN (SELECT record FROM refused)")
        self.rejected += count
        return count


@dataclass(frozen=True, slots=True)
class StagedStubs:
    """Staged records of an entity that have only a key, because staged records refer to them."""

    entity: str
    assortment: str
    staged: str
    records: int
    part: int
    """The part, by its place, that refers to them first."""


def reject_dangling(session: DuckDBPyConnection, parts: Sequence[StagedPart]) -> None:
    """Reject the records that refer to what is not there, and those that refer to rejected ones, and so on."""
    checks = [(place, each) for place, part in enumerate(parts) for each in _references(session, part)]
    seen: dict[tuple[int, str], int] = {}
    found = True
    while found:
        found = False
        for place, reference in checks:
            part = parts[place]
            lost = sum(other.rejected for other in _looked_in(parts, place, reference))
            if seen.get((place, reference.name)) != lost:
                seen[place, reference.name] = lost
                found |= part.reject(session, _rejected(session, parts, place, reference)) > 0


def stage_stubs(
    session: DuckDBPyConnection, parts: Sequence[StagedPart], entities: Mapping[str, Entity], *, stop: StopToken
) -> list[StagedStubs]:
    """Stage a record with only its key for everything that checked records refer to, and nobody has.

    They stand in the assortment of the part that refers to them.
    """
    made: list[StagedStubs] = []
    looked_in = list(parts)
    with faults("stage the records that others refer to", session=session, stop=stop), transaction(session):
        for place, part in enumerate(parts):
            for reference in _references(session, part):
                if part.references.get(reference.name) != "stub":
                    continue
                target = entities[reference.refers_to or ""]
                (key,) = target.key
                name = f"stubs {len(made) + 1}"
                session.execute(
                    f"CREATE OR REPLACE TEMP TABLE {quoted_name(name)} AS "
                    f"SELECT row_number() OVER (ORDER BY record) AS _record, {quoted_name(key)} FROM ("
                    f"SELECT CAST(value AS {column_type(target.fields[key])}) AS {quoted_name(key)}, "
                    "min(record) AS record "
                    f"FROM ({_dangling(session, looked_in, place, reference)}) GROUP BY ALL)"
                )
                row = session.execute(f"SELECT count(*) FROM {quoted_name(name)}").fetchone()
                if row and row[0]:
                    made.append(StagedStubs(target.name, part.assortment, name, int(row[0]), place))
                    looked_in.append(StagedPart(target, name, "", part.assortment))
    return made


def stub_condition(session: DuckDBPyConnection, entity: str, alias: str) -> str:
    """Return the condition that a record is a stub: made as one, and without a value but its key to this day."""
    row = session.execute("SELECT 1 FROM stubs WHERE entity = ? LIMIT 1", [entity]).fetchone()
    if row is None:
        return "false"
    (key,) = key_of(session, entity)
    values = [name for name in field_columns(session, entity) if name != key]
    empty = "".join(f" AND {alias}.{quoted_name(name)} IS NULL" for name in values)
    identity = f"{alias}.created_by_run, {alias}.assortment, CAST({alias}.{quoted_name(key)} AS VARCHAR)"
    return f"(({identity}) IN (SELECT run, assortment, key FROM stubs WHERE entity = {quoted_text(entity)}){empty})"


def _references(session: DuckDBPyConnection, part: StagedPart) -> list[Field]:
    """The references that are staged; last those to the entity itself, of which most is known then."""
    present = {name for name, *_ in session.execute(f"DESCRIBE {quoted_name(part.staged)}").fetchall()}
    references = [field for field in part.entity.references if field.name in present]
    return sorted(references, key=lambda field: field.refers_to == part.entity.name)


def _looked_in(parts: Sequence[StagedPart], place: int, reference: Field) -> Iterator[StagedPart]:
    """The parts in which a record that is referred to may stand."""
    waits = parts[place].references.get(reference.name, "reject") != "reject"
    for number, part in enumerate(parts):
        if part.entity.name == reference.refers_to and (waits or number <= place or part.entity is parts[place].entity):
            yield part


def _rejected(session: DuckDBPyConnection, parts: Sequence[StagedPart], place: int, reference: Field) -> str:
    """SQL of the records whose reference is a reason to reject them: ``record, field, value, reason``."""
    part = parts[place]
    target = reference.refers_to or ""
    (key,) = key_of(session, target)
    words, key_words = target.replace("_", " "), key.replace("_", " ")
    absent = f"There is no {words} with this {key_words} in the catalogue"
    others = [other for other in _looked_in(parts, place, reference) if other.entity.name != part.entity.name]
    if target == part.entity.name or part.references.get(reference.name, "reject") != "reject":
        absent += ", nor among what is accepted of this file"
    elif others:
        absent += ", nor in the parts of the file before this one"
    dangling = _dangling(session, parts, place, reference)
    named = f"record, {quoted_text(reference.name)} AS field, value"
    unfit = quoted_text(f"{absent}, and this value cannot be its {key_words}.")
    archived = quoted_text(f"The {words} with this {key_words} is archived.")
    if part.references.get(reference.name) != "stub":
        return f"SELECT {named}, {quoted_text(f'{absent}.')} AS reason FROM ({dangling})"
    written, kept = _stub_obstacles(session, part, target, key)
    return (
        f"SELECT {named}, CASE WHEN {written} THEN {unfit} ELSE {archived} END AS reason "
        f"FROM ({dangling}) d WHERE {written} OR {kept}"
    )


def _stub_obstacles(session: DuckDBPyConnection, part: StagedPart, target: str, key: str) -> tuple[str, str]:
    """Conditions over ``d.value`` under which no stub can be made: it is no such key; the record is archived."""
    row = session.execute(
        "SELECT data_type FROM duckdb_columns() WHERE database_name = current_database() "
        "AND schema_name = 'entity' AND table_name = ? AND column_name = ?",
        [target, key],
    ).fetchone()
    kind = row[0] if row else "VARCHAR"
    written = f"CAST(TRY_CAST(d.value AS {kind}) AS VARCHAR) IS DISTINCT FROM d.value"
    kept = (
        f"EXISTS (SELECT 1 FROM {entity_table(target)} t WHERE t.assortment = {quoted_text(part.assortment)} "
        f"AND CAST(t.{quoted_name(key)} AS VARCHAR) = d.value)"
    )
    return written, kept


def _dangling(session: DuckDBPyConnection, parts: Sequence[StagedPart], place: int, reference: Field) -> str:
    """SQL of the records that refer to a record which neither the catalogue has nor the file: ``record, value``."""
    target = reference.refers_to or ""
    (key,) = key_of(session, target)
    own = parts[place]
    value = f"CAST(s.{quoted_name(reference.name)} AS VARCHAR)"
    places = list(_looked_in(parts, place, reference))
    in_file = "".join(
        f" AND NOT EXISTS (SELECT 1 FROM {quoted_name(part.staged)} o "
        f"WHERE CAST(o.{quoted_name(key)} AS VARCHAR) = {value})"
        for part in places
    )
    # What another part of this file will archive is as good as gone.
    leaving = [
        quoted_text(part.assortment)
        for part in places
        if part.full and not part.of_owners and part.entity.name != own.entity.name
    ]
    stays = ""
    if leaving:
        stays = f" AND (t.assortment NOT IN ({', '.join(leaving)}) OR {stub_condition(session, target, 't')})"
    for part in places:
        if part.deleted:
            stays += (
                f" AND (t.assortment <> {quoted_text(part.assortment)} OR NOT EXISTS (SELECT 1 "
                f"FROM {quoted_name(part.deleted)} g WHERE CAST(g.{quoted_name(key)} AS VARCHAR) = {value}))"
            )
    return (
        f"SELECT s._record AS record, {value} AS value FROM {quoted_name(own.staged)} s "
        f"WHERE {value} <> ''{in_file} AND NOT EXISTS (SELECT 1 FROM {entity_table(target)} t "
        f"WHERE t.archived_at IS NULL{stays} AND CAST(t.{quoted_name(key)} AS VARCHAR) = {value})"
    )
