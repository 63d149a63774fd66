"""Records found by conditions on their fields, as another system asks for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from core.sql import column_list, quoted_name
from core.store.catalogue.faults import faults
from core.store.catalogue.names import EPOCH, column_type, entity_table, moment_literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity, Field

Test = Literal[
    "equals", "differs", "begins", "contains", "ends", "less", "at most", "more", "at least", "between", "one of",
    "none of", "begins not", "contains not", "ends not",
]  # fmt: skip
"""What a condition looks at. Texts are compared in any case; a moment is compared to the minute."""

_TEXTS: dict[Test, str] = {"begins": "starts_with", "contains": "contains", "ends": "ends_with"}
_NOT: dict[Test, Test] = {"begins not": "begins", "contains not": "contains", "ends not": "ends", "none of": "one of"}
_SIGNS: dict[Test, str] = {"less": "<", "at most": "<=", "more": ">", "at least": ">="}


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold for the value of a field."""

    field: str
    test: Test
    values: Sequence[Any]
    """What it is compared with, of the type of the field; two for ``between``, any number for ``one of``."""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these conditions must hold; without any, nothing does."""

    conditions: Sequence[Condition]


Row: TypeAlias = tuple[Any, ...]
"""When a record was changed, and the values that were asked for."""


def find_records(
    session: DuckDBPyConnection,
    entity: Entity,
    assortment: str,
    columns: Sequence[str],
    conditions: Sequence[Condition | AnyOf] = (),
    *,
    limit: int,
) -> list[Row]:
    """Return active records of an assortment for which all conditions hold, by their key.

    Raises:
        StoreError: the catalogue cannot be read.
    """
    query, parameters = _chosen(entity, assortment, columns, conditions)
    with faults("be read"):
        return session.execute(f"{query} ORDER BY {column_list(entity.key)} LIMIT {limit:d}", parameters).fetchall()


def changed_records(
    session: DuckDBPyConnection,
    entity: Entity,
    assortment: str,
    columns: Sequence[str],
    *,
    since: datetime | None,
    limit: int,
) -> list[Row]:
    """Return active records that were changed at or after a moment, the oldest change first.

    Those of that moment come all, and after it about ``limit``: all of the last moment, so that whoever goes on from
    there misses none.

    Raises:
        StoreError: the catalogue cannot be read.
    """
    begin = moment_literal(since or EPOCH)
    query, parameters = _chosen(entity, assortment, columns, ())
    last = (
        f"SELECT max(changed_at) FROM (SELECT changed_at FROM {entity_table(entity.name)} WHERE assortment = ? "
        f"AND archived_at IS NULL AND changed_at > {begin} ORDER BY changed_at LIMIT {limit:d})"
    )
    with faults("be read"):
        return session.execute(
            f"{query} AND changed_at >= {begin} AND changed_at <= coalesce(({last}), {begin}) "
            f"ORDER BY changed_at, {column_list(entity.key)}",
            [*parameters, assortment],
        ).fetchall()


def highest_number(session: DuckDBPyConnection, entity: Entity, prefix: str) -> int:
    """Return the highest number behind a prefix among the keys of an entity, in any assortment; 0 where there is none.

    Raises:
        StoreError: the catalogue cannot be read.
    """
    (key,) = entity.key
    digits = f"substr(CAST({quoted_name(key)} AS VARCHAR), {len(prefix) + 1:d})"
    with faults("be read"):
        row = session.execute(
            f"SELECT max(TRY_CAST({digits} AS BIGINT)) FROM {entity_table(entity.name)} "
            f"WHERE starts_with(CAST({quoted_name(key)} AS VARCHAR), ?) "
            f"AND regexp_full_match({digits}, '[0-9]{{1,15}}')",
            [prefix],
        ).fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def _chosen(
    entity: Entity, assortment: str, columns: Sequence[str], conditions: Sequence[Condition | AnyOf]
) -> tuple[str, list[Any]]:
    terms, parameters = ["assortment = ?", "archived_at IS NULL"], [assortment]
    for condition in conditions:
        any_of = condition.conditions if isinstance(condition, AnyOf) else [condition]
        found = [_term(entity.fields[each.field], each) for each in any_of]
        terms.append(f"({' OR '.join(term for term, _ in found) or 'false'})")
        parameters += [value for _, values in found for value in values]
    chosen = column_list(("changed_at", *columns))
    return f"SELECT {chosen} FROM {entity_table(entity.name)} WHERE {' AND '.join(terms)}", parameters


def _term(field: Field, condition: Condition) -> tuple[str, list[Any]]:
    """Return a condition as SQL, and its parameters."""
    test, values = condition.test, list(condition.values)
    if test in _NOT:
        term, values = _term(field, Condition(condition.field, _NOT[test], values))
        # What has no value is, begins with and contains nothing.
        return f"NOT coalesce({term}, false)", values
    column, mark = _comparable(field)
    if test in _TEXTS:
        return f"{_TEXTS[test]}(lower(CAST({quoted_name(field.name)} AS VARCHAR)), lower(?))", values
    if test == "between":
        return f"{column} BETWEEN {mark} AND {mark}", values
    if test == "one of":
        return f"{column} IN ({', '.join([mark] * len(values))})" if values else "false", values
    if test == "differs":
        return f"{column} IS DISTINCT FROM {mark}", values
    return f"{column} {_SIGNS.get(test, '=')} {mark}", values


def _comparable(field: Field) -> tuple[str, str]:
    """Return a field and the mark of a value as they are compared."""
    name, mark = quoted_name(field.name), f"CAST(? AS {column_type(field)})"
    if field.type == "text":
        return f"lower({name})", f"lower({mark})"
    if field.type == "datetime":
        return f"date_trunc('minute', {name})", f"date_trunc('minute', {mark})"
    return name, mark
