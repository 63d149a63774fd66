"""Carrying out the steps of a scheme on working copies: the catalogue itself is only read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import DataError
from core.sql import column_list, quoted_name, quoted_text
from core.store.catalogue.faults import faults
from core.store.catalogue.names import RECORD_COLUMNS, entity_table
from core.store.catalogue.transactions import snapshot
from core.store.transform.empty_tables import ALL, ARCHIVED
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.stop import StopToken
    from core.store.transform.checking import CheckedStep


@dataclass(frozen=True, slots=True)
class StepResult:
    """What a step did to the working copies."""

    name: str
    kind: str
    rows: int
    """That it wrote; of a helper table those that it has."""


@dataclass(frozen=True, slots=True)
class Worked:
    """What the steps have left in the session."""

    steps: tuple[StepResult, ...]
    outcomes: Mapping[str, str]
    """By entity that may have been changed: the table with all records that its assortment is to have, in which
    ``_record`` tells one from another."""
    seen: datetime
    """The watermark of the state that the steps began with."""


def carry_out_steps(
    session: DuckDBPyConnection,
    steps: Sequence[CheckedStep],
    entities: Mapping[str, Entity],
    *,
    assortment: str,
    stop: StopToken,
    began: Callable[[int, CheckedStep], None] = lambda _number, _step: None,
) -> Worked:
    """Carry out the steps of a checked scheme; all of them see one state of the catalogue.

    Each entity of ``entities`` (those that the scheme names) is a table of its fields with the active records of the
    assortment, or where no step writes it, a view; beside it stand the views ``all_…`` and ``archived_…``, which have
    Pendel's own fields too. ``began`` is told of each step, by its number from 1.

    Raises:
        DataError: a step failed on the values that it met.
        StopRequested: the run was asked to stop.
        StoreError: the store failed.
    """
    written = [name for name in entities if any(name in step.writes for step in steps)]
    results: list[StepResult] = []
    with faults("carry out the ETL scheme", session=session, stop=stop), snapshot(session) as seen:
        views = list(_fill(session, entities, written, assortment))
        for number, step in enumerate(steps, start=1):
            stop.check()
            began(number, step)
            results.append(StepResult(step.name, step.kind, _rows(session, number, step)))
        # From here on, no name of theirs may stand before a table of the catalogue.
        for view in views:
            session.execute(f"DROP VIEW temp.main.{quoted_name(view)}")
        for helper in {step.makes for step in steps if step.makes}:
            session.execute(f"DROP TABLE temp.main.{quoted_name(helper)}")
        outcomes: dict[str, str] = {}
        for name in written:
            outcomes[name] = f"_outcome {name}"
            session.execute(f"ALTER TABLE temp.main.{quoted_name(name)} RENAME TO {quoted_name(f'_worked {name}')}")
    for name, table in outcomes.items():
        session.execute(
            f"CREATE OR REPLACE TEMP VIEW {quoted_name(table)} AS "
            f"SELECT rowid AS _record, * FROM temp.main.{quoted_name(f'_worked {name}')}"
        )
    return Worked(tuple(results), outcomes, seen)


def _fill(
    session: DuckDBPyConnection, entities: Mapping[str, Entity], written: Sequence[str], assortment: str
) -> Iterator[str]:
    """Make the tables and views that the steps see, and yield the names of the views."""
    own = f"assortment = {quoted_text(assortment)}"
    for name, entity in entities.items():
        source, fields = entity_table(name), column_list(entity.fields)
        records = f"{column_list(RECORD_COLUMNS)}, {fields}"
        session.execute(
            f"CREATE TEMP {'TABLE' if name in written else 'VIEW'} {quoted_name(name)} AS "
            f"SELECT {fields} FROM {source} WHERE {own} AND archived_at IS NULL"
        )
        if name not in written:
            yield name
        for prefix, condition in ((ALL, "archived_at IS NULL"), (ARCHIVED, f"{own} AND archived_at IS NOT NULL")):
            if prefix + name not in entities:
                session.execute(
                    f"CREATE TEMP VIEW {quoted_name(prefix + name)} AS SELECT {records} FROM {source} WHERE {condition}"
                )
                yield prefix + name


def _rows(session: DuckDBPyConnection, number: int, step: CheckedStep) -> int:
    import duckdb

    try:
        row = session.execute(step.sql).fetchone()
    except (duckdb.DataError, duckdb.ProgrammingError, duckdb.IntegrityError) as error:
        said = clean(str(error).strip().partition("\n")[0], limit=300)
        raise DataError(
            f"Step {number}, {clean(step.name, limit=60)}, could not be carried out: {said.rstrip('!.')}.",
            advice="Nothing was changed. Mend the step, or the record that it stumbles over.",
        ) from error
    return int(row[0]) if row else 0
