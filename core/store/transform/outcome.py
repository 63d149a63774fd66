"""What the steps of a scheme have left: held against what is demanded of records, and against the catalogue."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.sql import quoted_name, quoted_text
from core.store.catalogue.changes import plan_changes
from core.store.catalogue.checks import Keys
from core.store.catalogue.faults import faults
from core.store.catalogue.names import entity_table, same_key
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity, Field
    from core.stop import StopToken
    from core.store.catalogue.changes import ChangePlan
    from core.store.transform.working import Worked

_TOLD = 100
"""Records that cannot be kept and are told of, for each reason."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """A record that the steps would leave and that cannot be kept."""

    entity: str
    key: str
    field: str
    value: str
    reason: str

    def __str__(self) -> str:
        return f"{self.entity} {self.key}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a scheme does to the catalogue; its plans wait in the session to be applied."""

    plans: tuple[ChangePlan, ...] = ()
    """One for each entity that may have been changed."""
    unfit: tuple[Unfit, ...] = ()
    """The first records that cannot be kept; nothing may be applied where there are any."""


def plan_outcomes(
    session: DuckDBPyConnection,
    worked: Worked,
    entities: Mapping[str, Entity],
    *,
    assortment: str,
    run: int,
    block_rows: int,
    stop: StopToken,
) -> Outcome:
    """Compare the outcome of the steps with the catalogue.

    A record cannot be kept where it lacks a part of its key or shares it; or where it has been given a reference to a
    record that will not be there. Records that are no longer there will be archived.
    """
    unfit: list[Unfit] = []
    with faults("check the outcome of the ETL scheme", session=session, stop=stop):
        for name, table in worked.outcomes.items():
            unfit += _unfit_keys(session, entities[name], table)
    if unfit:
        return Outcome(unfit=tuple(unfit))
    plans = [
        replace(
            plan_changes(
                session,
                table,
                entities[name],
                assortment=assortment,
                full=True,
                run=run,
                block_rows=block_rows,
                stop=stop,
                spare_stubs=False,
            ),
            # What others have changed since the steps began is found when this is applied.
            seen=worked.seen,
        )
        for name, table in worked.outcomes.items()
    ]
    with faults("check the outcome of the ETL scheme", session=session, stop=stop):
        for plan in plans:
            for field in plan.entity.references:
                unfit += _dangling(session, worked, plan, field, entities[field.refers_to or ""])
    return Outcome(tuple(plans), tuple(unfit))


def _unfit_keys(session: DuckDBPyConnection, entity: Entity, table: str) -> Iterator[Unfit]:
    keys = Keys(session, table, entity)
    checks = [("The key field is empty.", keys.empty())]
    if keys.may_repeat():
        checks.append(("Another record has the same key.", keys.repeated()))
    for reason, query in checks:
        yield from _told(session, entity, query, reason)


def _dangling(
    session: DuckDBPyConnection, worked: Worked, plan: ChangePlan, field: Field, target: Entity
) -> Iterator[Unfit]:
    """Records to which the steps have given a reference to a record that will not be there."""
    (key,) = (quoted_name(name) for name in target.key)
    kept, name = entity_table(target.name), quoted_name(field.name)
    own = f"assortment = {quoted_text(plan.assortment)}"
    there = f"SELECT {key} AS key FROM {kept} WHERE archived_at IS NULL"
    if target.name in worked.outcomes:
        outcome = quoted_name(worked.outcomes[target.name])
        there = f"{there} AND NOT {own} UNION ALL SELECT {key} FROM {outcome}"
    value = f"CAST(s.{name} AS VARCHAR)"
    query = (
        f"SELECT s._record AS record, {quoted_text(field.name)} AS field, {value} AS value "
        f"FROM (FROM {plan.table} WHERE _kind <> 'archived') c JOIN {quoted_name(plan.staged)} s USING (_record) "
        f"LEFT JOIN (FROM {entity_table(plan.entity.name)} WHERE {own} AND archived_at IS NULL) t "
        f"ON {same_key(plan.entity.key, 't', 's')} "
        f"WHERE {value} <> '' AND s.{name} IS DISTINCT FROM t.{name} "
        f"AND NOT EXISTS (FROM ({there}) o WHERE CAST(o.key AS VARCHAR) = {value})"
    )
    words = f"There is no {target.name.replace('_', ' ')} with this {target.key[0].replace('_', ' ')}."
    return _told(session, plan.entity, query, words, staged=plan.staged)


def _told(session: DuckDBPyConnection, entity: Entity, query: str, reason: str, *, staged: str = "") -> Iterator[Unfit]:
    key = ", ".join(f"s.{quoted_name(name)}" for name in entity.key)
    table = quoted_name(staged or f"_outcome {entity.name}")
    rows = session.execute(
        f"SELECT concat_ws(', ', {key}), q.field, q.value FROM ({query}) q JOIN {table} s ON s._record = q.record "
        f"ORDER BY q.record LIMIT {_TOLD}"
    ).fetchall()
    for text, field, value in rows:
        yield Unfit(entity.name, clean(text, limit=80), field, clean(value, limit=200), reason)
