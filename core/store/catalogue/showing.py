"""Records as a console or a report shows them: samples of a plan, and the history of one record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from core.sql import column_list, quoted_name, quoted_text
from core.store.catalogue.faults import faults
from core.store.catalogue.names import (
    HISTORY_COLUMNS,
    RECORD_COLUMNS,
    Kind,
    aware,
    entity_table,
    history_table,
    same_key,
    typed,
)
from core.text import clean, plain_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.store.catalogue.changes import ChangePlan

Value: TypeAlias = str | int | Decimal | bool | date | datetime | None
"""A value of a field; text is cleaned, times are in UTC."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """The value of one field before and after."""

    field: str
    old: Value
    new: Value


@dataclass(frozen=True, slots=True)
class Sample:
    """One record that a plan touches."""

    kind: Kind
    key: tuple[Value, ...]
    changes: tuple[FieldChange, ...]
    """The fields that differ; for a record that is archived, none."""

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON can hold it."""
        return {
            "key": [_plain(part) for part in self.key],
            "changes": {change.field: [_plain(change.old), _plain(change.new)] for change in self.changes},
        }


@dataclass(frozen=True, slots=True)
class RecordVersion:
    """A record as a run left it."""

    run: int
    moment: datetime
    action: str
    """What the run did: new, changed, restored, archived or removed."""
    values: Mapping[str, Value]


def samples(session: DuckDBPyConnection, plan: ChangePlan, kind: Kind, limit: int) -> list[Sample]:
    """Return the first records of a kind that a plan touches, with what would change in each."""
    entity, keys = plan.entity, plan.entity.key
    source = f"(SELECT _record, {typed(entity, plan.fields, 's')} FROM {quoted_name(plan.staged)} s)"
    new_values = "".join(f", s.{quoted_name(name)}" for name in plan.values)
    old_values = "".join(f", t.{quoted_name(name)}" for name in plan.values)
    with faults("show what would change"):
        rows = session.execute(
            f"SELECT {column_list(keys, prefix='c.')} {old_values} {new_values} "
            f"FROM (FROM {plan.table} WHERE _kind = {quoted_text(kind)} ORDER BY _block, _record LIMIT {limit:d}) c "
            f"LEFT JOIN {source} s ON s._record = c._record "
            f"LEFT JOIN {entity_table(entity.name)} t "
            f"ON {same_key(keys, 't', 'c')} AND t.assortment = {quoted_text(plan.assortment)} "
            f"ORDER BY c._record, {column_list(keys, prefix='c.')}"
        ).fetchall()
    found = []
    for row in rows:
        values = [shown(value) for value in row]
        old, new = values[len(keys) : len(keys) + len(plan.values)], values[len(keys) + len(plan.values) :]
        changes = [FieldChange(*change) for change in zip(plan.values, old, new, strict=True) if change[1] != change[2]]
        found.append(Sample(kind, tuple(values[: len(keys)]), () if kind == "archived" else tuple(changes)))
    return found


def record_history(
    session: DuckDBPyConnection, entity: Entity, assortment: str, key: Sequence[Value]
) -> list[RecordVersion]:
    """Return the versions of a record that are kept, oldest first; empty where there never was one.

    A version ends with the before image that the next run kept. Of a record that was removed, the last version has the
    values that it had until then.
    """
    columns = (*RECORD_COLUMNS, *entity.fields)
    condition = " AND ".join(["assortment = ?", *(f"{quoted_name(name)} = ?" for name in entity.key)])
    with faults("be read"):
        rows = session.execute(
            f"SELECT {column_list((*HISTORY_COLUMNS, *columns))} FROM {history_table(entity.name)} WHERE {condition} "
            f"UNION ALL BY NAME SELECT {column_list(columns)} FROM {entity_table(entity.name)} WHERE {condition} "
            "ORDER BY _moment NULLS LAST",
            [assortment, *key] * 2,
        ).fetchall()
    versions: list[RecordVersion] = []
    done: tuple[str, int, datetime] | None = None
    for run, action, moment, *record in rows:
        values = {name: shown(value) for name, value in zip(columns, record, strict=True)}
        changed_at, changed_by = values["changed_at"], values["changed_by_run"]
        if not isinstance(changed_at, datetime) or not isinstance(changed_by, int):
            continue
        known = done is not None and done[1] == changed_by
        untouched = values["created_at"] == changed_at
        what = done[0] if done is not None and known else "new" if untouched else "changed"
        versions.append(RecordVersion(changed_by, changed_at, what, values))
        done = (action, run, moment) if action is not None else None
        if action == "removed":
            versions.append(RecordVersion(run, aware(moment), "removed", values))
    return versions


def shown(value: Value) -> Value:
    """Return a value that was read from a column as it may be shown."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    return value


def _plain(value: Value) -> str | int | bool | None:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return plain_number(value) if isinstance(value, Decimal) else value
