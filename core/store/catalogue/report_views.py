"""The views over records that the queries of reports may use, as SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.sql import quoted_name, quoted_text
from core.store.catalogue.names import entity_table, history_table, moment_literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from core.config.entities import Entity, Field

OLD = "old_"
"""What stands before the name of a field for its value before the period."""

_STAMPS = ("created_at", "created_by_run", "changed_at", "changed_by_run", "archived_at", "archived_by_run")
_LIMITS = "DATE '1900-01-01' AND DATE '2199-12-31'"
_NEVER_NEGATIVE = ("price", "quantity", "weight", "length", "width", "height")


@dataclass(frozen=True, slots=True)
class Scope:
    """Which records and which changes a report looks at."""

    zone: str
    """The time zone in which moments are shown."""
    since: datetime
    until: datetime
    assortment: str | None = None
    """Of the views named ``record_…``; None: all."""


def current_records(entity: Entity, scope: Scope, *, assortment: str | None = None) -> str:
    """Return the records of an entity as they are, archived ones marked."""
    where = f" WHERE assortment = {quoted_text(assortment)}" if assortment is not None else ""
    fields = "".join(f", {quoted_name(name)}" for name in entity.fields)
    # A field that an operator declared keeps its name.
    archived = "" if "archived" in entity.fields else "archived_at IS NOT NULL AS archived, "
    return f"SELECT assortment, {archived}{_stamps(scope)}{fields} FROM {entity_table(entity.name)}{where}"


def _stamps(scope: Scope) -> str:
    return ", ".join(f"{_local(name, scope)} AS {name}" if name.endswith("_at") else name for name in _STAMPS)


def _local(moment: str, scope: Scope) -> str:
    return f"timezone({quoted_text(scope.zone)}, timezone('UTC', {moment}))"


def changed_records(entity: Entity, scope: Scope, *, assortment: str | None = None) -> str:
    """Return what became of records in the period: their values at its end, and those before it.

    A before image is what a record was until its moment, so that the first image after a moment, or else the record
    itself, is what was known at that moment.
    """
    key = ", ".join(quoted_name(name) for name in ("assortment", *entity.key))
    same = " AND ".join(f"n.{quoted_name(name)} = o.{quoted_name(name)}" for name in ("assortment", *entity.key))
    own = f"assortment = {quoted_text(assortment)} AND " if assortment is not None else ""
    since, until = moment_literal(scope.since), moment_literal(scope.until)
    columns = ", ".join(quoted_name(name) for name in ("assortment", *_STAMPS, *entity.fields))
    first = f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY _moment) = 1"
    history = history_table(entity.name)
    new = ", ".join(
        f"coalesce(n.{quoted_name(name)}, o.{quoted_name(name)}) AS {quoted_name(name)}"
        if name in ("assortment", *entity.key)
        else f"n.{quoted_name(name)}"
        for name in ("assortment", *entity.fields)
    )
    archived = "" if "archived" in entity.fields else "n.archived_at IS NOT NULL AS archived, "
    change = "" if "change" in entity.fields else "_change AS change, "
    # A record that came in the period and changed in it had no values before.
    old = "".join(
        f", CASE WHEN _was THEN o.{quoted_name(name)} END AS {quoted_name(alias)}"
        for name, alias in old_columns(entity).items()
    )
    return f"""
        WITH o AS (
            SELECT {columns} FROM {history} WHERE {own}_moment > {since} AND _moment <= {until} {first}
        ), later AS (
            SELECT {columns} FROM {history} WHERE {own}_moment > {until} {first}
        ), n AS (
            SELECT {columns} FROM later
            UNION ALL
            SELECT {columns} FROM {entity_table(entity.name)} n
            WHERE {own}changed_at > {since} AND NOT EXISTS (FROM later o WHERE {same})
        ), seen AS (
            SELECT
                coalesce(o.created_at <= {since}, false) AS _was,
                coalesce(n.created_at <= {until}, false) AS _is,
                CASE
                    WHEN NOT _was THEN 'new'
                    WHEN NOT _is THEN 'removed'
                    WHEN o.archived_at IS NULL AND n.archived_at IS NOT NULL THEN 'archived'
                    WHEN o.archived_at IS NOT NULL AND n.archived_at IS NULL THEN 'restored'
                    ELSE 'changed'
                END AS _change,
                coalesce(n.changed_at, o.changed_at) AS _moment,
                n.changed_by_run AS changed_by_run,
                {archived}{new}{old}
            FROM n FULL JOIN o ON {same}
            WHERE o.assortment IS NOT NULL OR n.created_at > {since}
        )
        SELECT {change}{_local("_moment", scope)} AS changed_at, * EXCLUDE (_was, _is, _moment, _change)
        FROM seen WHERE _was OR _is
    """


def old_columns(entity: Entity) -> dict[str, str]:
    """Return the columns with values before the period, by their field; a declared field keeps its own name."""
    return {
        name: f"{OLD}{name}" for name in entity.fields if name not in entity.key and f"{OLD}{name}" not in entity.fields
    }


def field_quality(entity: Entity, scope: Scope, entities: Mapping[str, Entity]) -> str:
    """Return, for each field, how many records have a value, and how many of the values are wrong."""
    parts = []
    for place, field in enumerate(entity.fields.values()):
        value = quoted_name(field.name)
        filled = f"trim({value}) <> ''" if field.type == "text" else f"{value} IS NOT NULL"
        parts.append(
            f"SELECT {place} AS place, {quoted_text(field.name)} AS field, {quoted_text(field.title)} AS title, "
            f"{quoted_text(field.type)} AS type, count(*) AS records, count(*) FILTER ({filled}) AS filled, "
            f"count(*) FILTER ({filled}) / nullif(count(*), 0) AS share, "
            f"count(*) FILTER ({filled} AND ({_wrong(field, entities)})) AS invalid FROM {_active(entity, scope)} r"
        )
    return " UNION ALL ".join(parts)


def _active(entity: Entity, scope: Scope) -> str:
    own = f"assortment = {quoted_text(scope.assortment)} AND " if scope.assortment is not None else ""
    return f"(SELECT * FROM {entity_table(entity.name)} WHERE {own}archived_at IS NULL)"


def _wrong(field: Field, entities: Mapping[str, Entity]) -> str:
    """Return the condition that a value that is there cannot be right."""
    value = f"r.{quoted_name(field.name)}"
    if field.refers_to:
        target = entities[field.refers_to]
        key = f"t.{quoted_name(target.key[0])}"
        return f"NOT EXISTS (FROM {entity_table(target.name)} t WHERE {key}::VARCHAR = {value}::VARCHAR)"
    if _is_gtin(field):
        return f"{_gtin_problem(value)} IS NOT NULL"
    if field.type == "text" and (field.name == "gln" or field.name.endswith("_gln")):
        return (
            f"NOT regexp_full_match(trim({value}), '[0-9]{{13}}') OR {_check_digit(value)} <> right(trim({value}), 1)"
        )
    if field.type == "text":
        # Control characters, and the sign that stands where a text was read in the wrong encoding.
        return f"regexp_matches({value}, '[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f\\x{{fffd}}]')"
    if field.type in ("date", "datetime"):
        return f"NOT ({value}::DATE BETWEEN {_LIMITS})"
    if field.type in ("integer", "decimal") and any(word in field.name for word in _NEVER_NEGATIVE):
        return f"{value} < 0"
    return "false"


def _is_gtin(field: Field) -> bool:
    return field.type == "text" and (field.name == "gtin" or field.name.endswith("_gtin"))


def _check_digit(value: str) -> str:
    """Return the check digit that the digits before the last one call for (GS1 General Specifications, 7.9.1)."""
    digits = f"lpad(trim({value}), 14, '0')"
    odd = " + ".join(f"3 * substr({digits}, {place}, 1)::INTEGER" for place in range(1, 14, 2))
    even = " + ".join(f"substr({digits}, {place}, 1)::INTEGER" for place in range(2, 13, 2))
    return f"((10 - ({odd} + {even}) % 10) % 10)::VARCHAR"


def _gtin_problem(value: str) -> str:
    text = f"trim({value})"
    return (
        f"CASE WHEN NOT regexp_full_match({text}, '[0-9]+') THEN 'is not made of digits' "
        f"WHEN length({text}) NOT IN (8, 12, 13, 14) THEN 'has ' || length({text}) || ' digits' "
        f"WHEN {_check_digit(value)} <> right({text}, 1) "
        f"THEN 'has the check digit ' || right({text}, 1) || ' in place of ' || {_check_digit(value)} END"
    )


def gtin_problems(entity: Entity, scope: Scope) -> str:
    """Return the GTINs that cannot be right, and those that several records share."""
    parts = []
    for field in filter(_is_gtin, entity.fields.values()):
        value = f"r.{quoted_name(field.name)}"
        parts.append(
            f"SELECT assortment, {record_name(entity)} AS record, {quoted_text(field.name)} AS field, {value} AS gtin, "
            f"{_gtin_problem(value)} AS wrong, "
            f"count(*) OVER (PARTITION BY lpad(trim({value}), 14, '0')) AS times "
            f"FROM {_active(entity, scope)} r WHERE trim({value}) <> ''"
        )
    found = " UNION ALL ".join(parts) or _none("assortment", "record", "field", "gtin", "wrong", times="BIGINT")
    return (
        "SELECT assortment, record, field, gtin, wrong IS NOT NULL AS invalid, times > 1 AS repeated, "
        "coalesce(wrong, 'is the same for ' || times || ' records') AS problem "
        f"FROM ({found}) WHERE wrong IS NOT NULL OR times > 1"
    )


def record_name(entity: Entity) -> str:
    """Return the key of a record as one text: ``A1``, or ``A1 / NL``."""
    return f"concat_ws(' / ', {', '.join(f'r.{quoted_name(name)}::VARCHAR' for name in entity.key)})"


def missing_texts(entity: Entity, scope: Scope) -> str:
    """Return the records that lack a text in one of the languages, of fields that some record has a text in."""
    fields = [field for field in entity.fields.values() if field.type == "text" and field.language]
    parts = []
    for field in fields:
        base = field.name.partition(".")[0]
        used = " OR ".join(
            f"trim({quoted_name(each.name)}) <> ''" for each in fields if each.name.partition(".")[0] == base
        )
        parts.append(
            f"SELECT assortment, {record_name(entity)} AS record, {quoted_text(base)} AS field, "
            f"{quoted_text(field.language or '')} AS language FROM {_active(entity, scope)} r "
            f"WHERE coalesce(trim(r.{quoted_name(field.name)}), '') = '' "
            f"AND EXISTS (FROM {_active(entity, scope)} WHERE {used})"
        )
    return " UNION ALL ".join(parts) or _none("assortment", "record", "field", "language")


def broken_references(entity: Entity, scope: Scope, entities: Mapping[str, Entity]) -> str:
    """Return the values that name a record that is not there, or archived."""
    parts = []
    for field in entity.references:
        target = entities[field.refers_to or ""]
        value = f"r.{quoted_name(field.name)}::VARCHAR"
        parts.append(
            f"SELECT assortment, {record_name(entity)} AS record, {quoted_text(field.name)} AS field, "
            f"{quoted_text(target.name)} AS refers_to, {value} AS value, "
            "CASE WHEN t.key IS NULL THEN 'is not there' ELSE 'is archived' END AS problem "
            f"FROM {_active(entity, scope)} r LEFT JOIN ("
            f"SELECT {quoted_name(target.key[0])}::VARCHAR AS key, bool_and(archived_at IS NOT NULL) AS archived "
            f"FROM {entity_table(target.name)} GROUP BY 1) t ON t.key = {value} "
            f"WHERE {value} <> '' AND (t.key IS NULL OR t.archived)"
        )
    return " UNION ALL ".join(parts) or _none("assortment", "record", "field", "refers_to", "value", "problem")


def _none(*names: str, **typed: str) -> str:
    columns = [f"NULL::VARCHAR AS {name}" for name in names] + [
        f"NULL::{kind} AS {name}" for name, kind in typed.items()
    ]
    return f"SELECT {', '.join(columns)} WHERE false"
