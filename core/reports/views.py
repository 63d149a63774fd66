"""The views that the queries of a report may read, made in a session of the catalogue for one report."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.config.frequency import After, Manual
from core.errors import DataError
from core.planning.words import in_words
from core.sql import quoted_name, quoted_text
from core.store.catalogue import report_views
from core.store.journal.report_rows import MOMENT, ROW_SETS, batches, task_rows

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.config.tasks import TaskBase
    from core.reports.period import Span
    from core.stop import StopToken
    from core.store.journal import Journal

CHANGES = "_changes"
"""What stands behind the name of an entity in that of the view with its changes."""

RECORD_VIEWS: Mapping[str, str] = {
    "record": "The records of the report's entity and assortment, as the view of that entity has them.",
    "record_changes": "What became of them in the period, as the view of that entity's changes has it.",
    "record_fields": "For each field: how many records have a value, and how many values cannot be right.",
    "record_gtins": "The GTINs that cannot be right, and those that several records share.",
    "record_missing_texts": "The records that lack a text in one of the languages.",
    "record_references": "The values that name a record that is not there, or archived.",
}
"""The views of the entity that a report is about; but for the first two without archived records."""

TASK_COLUMNS: Mapping[str, tuple[str, str]] = {
    "task": ("VARCHAR", "Its id."),
    "description": ("VARCHAR", "What it is called."),
    "type": ("VARCHAR", "Its type."),
    "active": ("BOOLEAN", "Whether it starts by itself."),
    "sequence": ("BIGINT", "Its sequence number."),
    "frequency": ("VARCHAR", "When it starts, in words."),
    "last_run_at": (MOMENT, "When its last run ended."),
    "last_state": ("VARCHAR", "How that ended."),
    "last_success_at": (MOMENT, "When its last run that succeeded ended."),
    "due_since_success": ("BIGINT", "How many times it was due since then."),
    "overdue": ("BOOLEAN", "Whether it is active, starts by itself, and was due twice without success."),
}

REPORT_COLUMNS: Mapping[str, tuple[str, str]] = {
    "since": ("TIMESTAMP", "Where the period begins."),
    "until": ("TIMESTAMP", "Where it ends."),
    "task": ("VARCHAR", "The id of the report's task."),
    "entity": ("VARCHAR", "The report's entity."),
    "assortment": ("VARCHAR", "Its assortment; empty where it is about all."),
}

OTHER_VIEWS: Mapping[str, str] = {
    "tasks": "The tasks of the configuration, and how they are.",
    "days": "The days of the period: one column, day. Joined to what happened, it shows days without anything, too.",
    "report": "One row: what the report was asked for.",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a report is about."""

    span: Span
    """In which runs ended."""
    changes: Span
    """In which records changed; where a report goes on from the last one, that of the catalogue's own moments."""
    task: str = ""
    entity: Entity | None = None
    assortment: str | None = None


class Views:
    """Knows every view by name, and makes those that are used."""

    def __init__(self, entities: Mapping[str, Entity], tasks: Sequence[TaskBase]) -> None:
        self._entities = entities
        self._tasks = tasks

    @property
    def names(self) -> list[str]:
        """The names of all views; those of Pendel's own win where an entity has the same."""
        own = [*ROW_SETS, *OTHER_VIEWS, *RECORD_VIEWS]
        of_entities = [f"{name}{ending}" for name in self._entities for ending in ("", CHANGES)]
        return list(dict.fromkeys([*own, *of_entities]))

    @property
    def translated(self) -> frozenset[str]:
        """The names of fields that have a language behind a dot, and of the columns with their old values."""
        names = {name for entity in self._entities.values() for name in entity.fields if "." in name}
        return frozenset(names | {f"{report_views.OLD}{name}" for name in names})

    def make(
        self,
        session: DuckDBPyConnection,
        names: Iterable[str],
        subject: Subject,
        *,
        journal: Journal | None,
        stop: StopToken,
    ) -> None:
        """Make views in a session; without a journal, its rows are left out.

        What is taken from the journal is as it stood at one moment.

        Raises:
            DataError: a view needs the entity of the report, and it has none.
            StoreError: the journal cannot be read.
            StopRequested: the run was asked to stop.
        """
        wanted = set(names)
        kept = wanted & {*ROW_SETS, "tasks"}
        with journal.frozen() if journal is not None and kept else nullcontext() as frozen:
            for name in sorted(kept):
                _make_table(session, name)
                if frozen is None or journal is None:
                    continue
                if name == "tasks":
                    self._fill_tasks(session, frozen, journal, subject)
                else:
                    _fill(session, name, frozen, journal, subject, stop)
        for name in sorted(wanted - kept):
            session.execute(f"CREATE OR REPLACE TEMP VIEW {quoted_name(name)} AS {self._sql(name, subject)}")

    def _fill_tasks(
        self, session: DuckDBPyConnection, frozen: sqlite3.Connection, journal: Journal, subject: Subject
    ) -> None:
        states = task_rows(frozen, journal.path, [task.id for task in self._tasks], now=subject.span.until)
        rows: list[Sequence[Any]] = []
        for task, state in zip(self._tasks, states, strict=True):
            by_itself = task.active and not isinstance(task.frequency, Manual | After)
            overdue = by_itself and state.due_since_success > 1
            rows.append((
                task.id, task.description, task.type, task.active, task.sequence, in_words(task.frequency),
                state.last_run_at, state.last_state, state.last_success_at, state.due_since_success, overdue,
            ))  # fmt: skip
        _insert(session, "tasks", rows, subject.span)

    def _sql(self, name: str, subject: Subject) -> str:
        span, changes = subject.span, subject.changes
        scope = report_views.Scope(str(span.zone), changes.since, changes.until, subject.assortment)
        if name == "days":
            since, until = (_local_literal(moment, span) for moment in (span.since, span.until))
            return f"SELECT day::DATE AS day FROM range(date_trunc('day', {since}), {until}, INTERVAL 1 DAY) days(day)"
        if name == "report":
            values = {
                "since": _local_literal(span.since, span),
                "until": _local_literal(span.until, span),
                "task": quoted_text(subject.task),
                "entity": quoted_text(subject.entity.name) if subject.entity else "NULL::VARCHAR",
                "assortment": quoted_text(subject.assortment) if subject.assortment is not None else "NULL::VARCHAR",
            }
            return f"SELECT {', '.join(f'{value} AS {key}' for key, value in values.items())}"
        if name in RECORD_VIEWS:
            return self._record_sql(name, scope, subject)
        if name in self._entities:
            return report_views.current_records(self._entities[name], scope)
        return report_views.changed_records(self._entities[name.removesuffix(CHANGES)], scope)

    def _record_sql(self, name: str, scope: report_views.Scope, subject: Subject) -> str:
        entity = subject.entity
        if entity is None:
            raise DataError(
                f"A query reads the view {name!r}, which is about one entity, and none is set.",
                advice="Set entity in the layout or the task.",
            )
        match name:
            case "record":
                return report_views.current_records(entity, scope, assortment=subject.assortment)
            case "record_changes":
                return report_views.changed_records(entity, scope, assortment=subject.assortment)
            case "record_fields":
                return report_views.field_quality(entity, scope, self._entities)
            case "record_gtins":
                return report_views.gtin_problems(entity, scope)
            case "record_missing_texts":
                return report_views.missing_texts(entity, scope)
            case _:
                return report_views.broken_references(entity, scope, self._entities)


def _local_literal(moment: datetime, span: Span) -> str:
    return f"TIMESTAMP {quoted_text(moment.astimezone(span.zone).replace(tzinfo=None).isoformat(sep=' '))}"


def _types(name: str) -> dict[str, str]:
    if name == "tasks":
        return {column: kind for column, (kind, _) in TASK_COLUMNS.items()}
    return {column.name: column.type for column in ROW_SETS[name].columns}


def _make_table(session: DuckDBPyConnection, name: str) -> None:
    columns = ", ".join(
        f"{quoted_name(column)} {'TIMESTAMP' if kind == MOMENT else kind}" for column, kind in _types(name).items()
    )
    session.execute(f"CREATE OR REPLACE TEMP TABLE {quoted_name(name)} ({columns})")


def _fill(
    session: DuckDBPyConnection,
    name: str,
    frozen: sqlite3.Connection,
    journal: Journal,
    subject: Subject,
    stop: StopToken,
) -> None:
    span = subject.span
    for rows in batches(frozen, journal.path, name, since=span.since, until=span.until):
        stop.check()
        _insert(session, name, rows, span)


def _insert(session: DuckDBPyConnection, name: str, rows: Sequence[Sequence[Any]], span: Span) -> None:
    """Insert a batch as one list a column, which DuckDB takes a hundred times faster than rows."""
    if not rows:
        return
    # Moments are text in the journal, and local times in the view.
    values = [
        f"timezone({quoted_text(str(span.zone))}, unnest(?::VARCHAR[])::TIMESTAMPTZ)"
        if kind == MOMENT
        else f"unnest(?::{kind}[])"
        for kind in _types(name).values()
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    session.execute(f"INSERT INTO {quoted_name(name)} SELECT {', '.join(values)}", columns)
