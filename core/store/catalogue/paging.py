"""Pages of records for whoever looks through them: filtered, in any order, in both directions, never all at once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from core.config.entities import RECORD_FIELDS
from core.errors import Refused
from core.sql import column_list, quoted_name
from core.store.catalogue.faults import faults
from core.store.catalogue.names import RECORD_COLUMNS, column_type, entity_table, record_column_type
from core.store.catalogue.showing import Value, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity, FieldType

_NOTHING: dict[FieldType, str] = {
    "text": "''",
    "integer": "0",
    "decimal": "0",
    "boolean": "false",
    "date": "DATE '1970-01-01'",
    "datetime": "TIMESTAMP '1970-01-01'",
}
"""What takes the place of a value that is not there, behind a column that says so: NULL has no place in an order."""


class Which(StrEnum):
    """Which records are shown."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Selection:
    """What is looked through."""

    assortment: str | None = None
    """None for all of them, ``""`` for the records without one."""
    words: str = ""
    """Each must occur in a text field, in any case; ``field:part`` looks into one field, ``field=value`` compares."""
    which: Which = Which.ACTIVE


@dataclass(frozen=True, slots=True)
class Order:
    """By what records are ordered; assortment and key decide where that leaves them equal, and by themselves."""

    column: str = ""
    descending: bool = False


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """One record of a page."""

    place: str
    """Its place in the order, for the page after it or before it; exact, where what is shown was cleaned."""
    id: str
    """What identifies it: assortment and key, exact."""
    archived: bool
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Some records of an entity, in order."""

    columns: tuple[str, ...]
    records: tuple[FoundRecord, ...]
    more: bool
    """Whether there are further ones in the direction that was asked for."""


def read_page(
    session: DuckDBPyConnection,
    entity: Entity,
    selection: Selection,
    *,
    columns: Sequence[str] = (),
    order: Order | None = None,
    start: str = "",
    backwards: bool = False,
    limit: int = 100,
) -> Page:
    """Return the records after ``start``, or those before it where ``backwards``.

    Without a ``start``, the page is the first, or the last. ``columns`` are fields and record columns, by default the
    assortment and all fields.

    Raises:
        Refused: there is no such column, or ``start`` is no place.
        StoreError: the catalogue cannot be read.
    """
    chosen = tuple(columns) or ("assortment", *entity.fields)
    order = order or Order()
    for name in (*chosen, *([order.column] if order.column else [])):
        _type_of(entity, name)
    places = _places(entity, order)
    conditions, parameters = _conditions(entity, selection)
    turned = order.descending != backwards
    if start:
        marks = ", ".join(f"CAST(? AS {sql_type})" for _, sql_type in places)
        conditions.append(f"({', '.join(term for term, _ in places)}) {'<' if turned else '>'} ({marks})")
        parameters += _unpacked(start, len(places))
    identity = ("assortment", *entity.key)
    direction = " DESC" if turned else ""
    with faults("be read"):
        rows = session.execute(
            f"SELECT archived_at IS NOT NULL, {', '.join(term for term, _ in places)}, "
            f"{column_list((*identity, *chosen))} FROM {entity_table(entity.name)} "
            f"WHERE {' AND '.join(conditions)} "
            f"ORDER BY {', '.join(term + direction for term, _ in places)} LIMIT {limit + 1:d}",
            parameters,
        ).fetchall()
    more = len(rows) > limit
    rows = rows[:limit]
    if backwards:
        rows.reverse()
    at, own = 1 + len(places), 1 + len(places) + len(identity)
    return Page(
        chosen,
        tuple(
            FoundRecord(
                packed(row[1:at]), packed(row[at:own]), bool(row[0]), tuple(shown(value) for value in row[own:])
            )
            for row in rows
        ),
        more,
    )


def count_selected(session: DuckDBPyConnection, entity: Entity, selection: Selection) -> int:
    """Return how many records a selection has."""
    conditions, parameters = _conditions(entity, selection)
    with faults("be read"):
        row = session.execute(
            f"SELECT count(*) FROM {entity_table(entity.name)} WHERE {' AND '.join(conditions)}", parameters
        ).fetchone()
    return int(row[0]) if row else 0


def packed(values: Sequence[Value]) -> str:
    """Return values as one text that loses nothing."""
    return json.dumps([value if isinstance(value, bool | int | None) else str(value) for value in values])


def identity_of(entity: Entity, record: str) -> tuple[str, tuple[str | int | bool, ...]]:
    """Return assortment and key of a record's ``id``; dates and decimals as text that the store reads.

    Raises:
        Refused: it is no id of a record of this entity.
    """
    assortment, *key = _unpacked(record, 1 + len(entity.key))
    return str(assortment), tuple(part if part is not None else "" for part in key)


def _unpacked(text: str, size: int) -> list[str | int | bool | None]:
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, list) or len(values) != size:
        raise Refused("This place in the catalogue is not known.", advice="Look through the records from the start.")
    return values


def _type_of(entity: Entity, name: str) -> FieldType:
    if name in entity.fields:
        return entity.fields[name].type
    if name in RECORD_COLUMNS:
        return RECORD_FIELDS[name]
    raise Refused(f"The entity {entity.name} has no field {name!r}.")


def _sql_type(entity: Entity, name: str) -> str:
    return column_type(entity.fields[name]) if name in entity.fields else record_column_type(name)


def _places(entity: Entity, order: Order) -> list[tuple[str, str]]:
    """Return the terms that order records, each with its type."""
    terms = [(quoted_name(name), _sql_type(entity, name)) for name in ("assortment", *entity.key)]
    if not order.column:
        return terms
    name = quoted_name(order.column)
    filled = f"coalesce({name}, {_NOTHING[_type_of(entity, order.column)]})"
    return [(f"({name} IS NULL)", "BOOLEAN"), (filled, _sql_type(entity, order.column)), *terms]


def _conditions(entity: Entity, selection: Selection) -> tuple[list[str], list[object]]:
    conditions, parameters = ["true"], list[object]()
    if selection.assortment is not None:
        conditions.append("assortment = ?")
        parameters.append(selection.assortment)
    if selection.which is not Which.ALL:
        conditions.append(f"archived_at IS {'NOT ' if selection.which is Which.ARCHIVED else ''}NULL")
    texts = [name for name, field in entity.fields.items() if field.type == "text"]
    for word in selection.words.split():
        name, sign, part = _in_one_field(entity, word)
        if sign == "=":
            conditions.append(f"CAST({quoted_name(name)} AS VARCHAR) = ?")
            parameters.append(part)
        elif sign == ":":
            conditions.append(f"contains(lower(CAST({quoted_name(name)} AS VARCHAR)), lower(?))")
            parameters.append(part)
        else:
            tests = [f"contains(lower({quoted_name(text)}), lower(?))" for text in texts]
            conditions.append(f"({' OR '.join(tests) or 'false'})")
            parameters += [word] * len(texts)
    return conditions, parameters


def _in_one_field(entity: Entity, word: str) -> tuple[str, str, str]:
    for sign in ("=", ":"):
        name, found, part = word.partition(sign)
        if found and (name in entity.fields or name in RECORD_COLUMNS):
            return name, sign, part
    return "", "", word
