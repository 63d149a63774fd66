"""How entities, their fields and moments are written as SQL.

Every entity has a table in the schema ``entity`` (its records as they are) and one in ``history`` (its records as they
were before a run touched them).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from core.config.entities import RECORD_FIELDS
from core.sql import quoted_name, quoted_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.config.entities import Entity, Field, FieldType

Kind = Literal["new", "changed", "restored", "archived"]
"""What a block does to a record."""

RECORD_COLUMNS = tuple(name for name in RECORD_FIELDS if name != "mutation")
"""What every entity table keeps of a record beside its fields."""

HISTORY_COLUMNS = ("_run", "_action", "_moment")
"""What a before image has beside the record: the run that made it one, what that run did, and when.

Columns of Pendel's own that stand beside fields begin with an underscore, as no field can.
"""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""The watermark of a catalogue in which nothing was ever committed."""

_TYPES: dict[FieldType, str] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "TIMESTAMP",
}


def entity_table(entity: str) -> str:
    """Return the table with an entity's records."""
    return quoted_name("entity", entity)


def history_table(entity: str) -> str:
    """Return the table with an entity's before images."""
    return quoted_name("history", entity)


def column_type(field: Field) -> str:
    """Return the type of a field's column; times are UTC."""
    return f"DECIMAL(18, {field.decimals})" if field.type == "decimal" else _TYPES[field.type]


def record_column_type(name: str) -> str:
    """Return the type of a record column."""
    return _TYPES[RECORD_FIELDS[name]]


def same_key(key: Iterable[str], left: str, right: str) -> str:
    """Return the condition that two tables' rows have the same key."""
    return " AND ".join(f"{left}.{quoted_name(name)} = {right}.{quoted_name(name)}" for name in key)


def typed(entity: Entity, names: Iterable[str], source: str) -> str:
    """Return columns of ``source``, each as the type of its field: ``CAST(s."number" AS VARCHAR) AS "number"``."""
    return ", ".join(
        f"CAST({source}.{quoted_name(name)} AS {column_type(entity.fields[name])}) AS {quoted_name(name)}"
        for name in names
    )


def moment_literal(moment: datetime) -> str:
    """Return a moment as a literal in UTC."""
    return f"TIMESTAMP {quoted_text(naive(moment).isoformat(sep=' '))}"


def naive(moment: datetime) -> datetime:
    """Return a moment as columns keep it: in UTC, without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def aware(moment: datetime) -> datetime:
    """Return a moment that was read from a column."""
    return moment.replace(tzinfo=UTC)
