"""What reports are told of the run history: rows of the journal, in batches, as it stood at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.store.journal.database import plain_errors, to_text

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

BATCH = 2000
"""Rows that are in memory at once."""

MOMENT = "TIMESTAMPTZ"
"""The type of a column whose text is a moment."""


@dataclass(frozen=True, slots=True)
class RowColumn:
    """One column of what is told."""

    name: str
    type: str
    """DuckDB's; of a moment :data:`MOMENT`."""
    help: str
    source: str
    """Its SQL over the journal's tables."""


@dataclass(frozen=True, slots=True)
class RowSet:
    """Rows of the journal that belong to a period."""

    summary: str
    columns: tuple[RowColumn, ...]
    tables: str
    """What stands behind FROM; with two parameters, from (included) and until (not included)."""


def _count(name: str, words: str) -> RowColumn:
    return RowColumn(name, "BIGINT", words, f"coalesce(json_extract(run.counts, '$.{name}'), 0)")


_RUN = RowColumn("run", "BIGINT", "The number of the run.", "run.id")
_TASK = RowColumn("task", "VARCHAR", "The id of its task.", "run.task")
_ENDED = "run WHERE run.ended_at >= ? AND run.ended_at < ?"
_OF_ENDED = "{table} JOIN run ON run.id = {table}.run WHERE run.ended_at >= ? AND run.ended_at < ?"

ROW_SETS: Mapping[str, RowSet] = {
    "runs": RowSet(
        "The runs that ended in the period.",
        (
            _RUN,
            _TASK,
            RowColumn("type", "VARCHAR", "The type of its task.", "run.type"),
            RowColumn("trigger", "VARCHAR", "Why it ran: planned, missed, after, manual or revert.", "run.trigger"),
            RowColumn("requested_by", "VARCHAR", "Who asked for it.", "run.requested_by"),
            RowColumn("dry_run", "BOOLEAN", "Whether it changed nothing.", "run.dry_run"),
            RowColumn("state", "VARCHAR", "succeeded, warnings, failed, stopped or skipped.", "run.state"),
            RowColumn("queued_at", MOMENT, "When it was queued.", "run.queued_at"),
            RowColumn("started_at", MOMENT, "When it began; empty where it never did.", "run.started_at"),
            RowColumn("ended_at", MOMENT, "When it ended.", "run.ended_at"),
            RowColumn(
                "seconds",
                "DOUBLE",
                "How long it ran.",
                "(julianday(run.ended_at) - julianday(run.started_at)) * 86400",
            ),
            RowColumn("message", "VARCHAR", "How it ended, in words.", "run.message"),
            _count("read", "Records that were read."),
            _count("new", "Records that were new."),
            _count("changed", "Records that were changed."),
            _count("unchanged", "Records that were as before."),
            _count("archived", "Records that were archived."),
            _count("restored", "Records that came back."),
            _count("rejected", "Records that were rejected."),
            _count("written", "Records that were written to a file."),
        ),
        _ENDED,
    ),
    "run_files": RowSet(
        "The files that these runs read and wrote.",
        (
            _RUN,
            _TASK,
            RowColumn("role", "VARCHAR", "source, rejects or target.", "file.role"),
            RowColumn("name", "VARCHAR", "The path of the file.", "file.name"),
            RowColumn("location", "VARCHAR", "Where it is.", "file.location"),
            RowColumn("size", "BIGINT", "In bytes.", "file.size"),
            RowColumn("at", MOMENT, "When it was read or written.", "file.at"),
        ),
        _OF_ENDED.format(table="file"),
    ),
    "run_rejects": RowSet(
        "The records that these runs rejected, as far as the journal keeps them.",
        (
            _RUN,
            _TASK,
            RowColumn("file", "VARCHAR", "The file.", "reject.file"),
            RowColumn("line", "BIGINT", "The line in it.", "reject.line"),
            RowColumn("field", "VARCHAR", "The field.", "reject.field"),
            RowColumn("column_name", "VARCHAR", "The column in the file.", "reject.column_name"),
            RowColumn("value", "VARCHAR", "The value.", "reject.value"),
            RowColumn("reason", "VARCHAR", "Why it was rejected.", "reject.reason"),
        ),
        _OF_ENDED.format(table="reject"),
    ),
}
"""By the name of the view in which a report finds them."""


def batches(
    connection: sqlite3.Connection, path: Path, name: str, *, since: datetime, until: datetime
) -> Iterator[list[Sequence[Any]]]:
    """Yield the rows of a set that belong to a period, some at a time, over a frozen connection.

    Raises:
        StoreError: the journal cannot be read.
    """
    rows = ROW_SETS[name]
    columns = ", ".join(f"{column.source}" for column in rows.columns)
    with plain_errors(path):
        cursor = connection.execute(f"SELECT {columns} FROM {rows.tables}", (to_text(since), to_text(until)))
        while batch := cursor.fetchmany(BATCH):
            yield batch


@dataclass(frozen=True, slots=True)
class TaskRow:
    """How a task is, by its runs."""

    last_run_at: str | None
    last_state: str | None
    last_success_at: str | None
    due_since_success: int
    """Occurrences since its last run that succeeded."""


def task_rows(connection: sqlite3.Connection, path: Path, tasks: Sequence[str], *, now: datetime) -> list[TaskRow]:
    """Return how each of these tasks is, in their order."""
    with plain_errors(path):
        return [
            TaskRow(*connection.execute(_TASK_ROW, {"task": task, "now": to_text(now)}).fetchone()) for task in tasks
        ]


_TASK_ROW = """
    WITH own AS (
        SELECT id, ended_at, state FROM run
        WHERE task = :task AND ended_at IS NOT NULL AND dry_run = 0 AND trigger <> 'revert' ORDER BY id DESC LIMIT 1
    ), good AS (SELECT (SELECT succeeded_at FROM condition WHERE task = :task) AS at)
    SELECT (SELECT ended_at FROM own), (SELECT state FROM own), good.at,
        (
            SELECT count(*) FROM occurrence
            WHERE task = :task AND due_at <= :now AND due_at > coalesce(good.at, '')
        )
    FROM good
"""
