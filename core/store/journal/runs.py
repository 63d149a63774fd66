"""Runs in the journal: one row a run, from the moment it was queued."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from core.runs import NO_COUNTS, Counts, RunState, Trigger
from core.store.journal.database import maybe_moment, to_moment, to_text

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from core.store.journal.database import Database

_OPEN_STATES = tuple(state.value for state in RunState if not state.ended)
_OPEN = ", ".join(f"'{state}'" for state in _OPEN_STATES)
_LAST_OF_EACH_TASK = (
    "SELECT max(id) FROM run WHERE ended_at IS NOT NULL AND dry_run = 0"
    f" AND trigger <> '{Trigger.REVERT.value}' GROUP BY task"
)


@dataclass(frozen=True, slots=True)
class NewRun:
    """What is known of a run when it is queued."""

    task: str
    type: str
    trigger: Trigger
    requested_by: str
    dry_run: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run as the journal knows it."""

    id: int
    task: str
    type: str
    trigger: Trigger
    requested_by: str
    dry_run: bool
    options: Mapping[str, Any]
    state: RunState
    waits_for: str
    fence: int
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    message: str
    counts: Counts
    details: Mapping[str, Any]
    checkpoint: Mapping[str, Any]


class Runs:
    """The runs of a journal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def queue(self, runs: Iterable[NewRun], *, at: datetime) -> list[int]:
        """Write new runs in one transaction and return their ids in the same order."""
        with self._database.transaction():
            return [
                self._database.insert(
                    "INSERT INTO run (task, type, trigger, requested_by, dry_run, options, state, queued_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        run.task,
                        run.type,
                        run.trigger,
                        run.requested_by,
                        run.dry_run,
                        json.dumps(dict(run.options)),
                        RunState.QUEUED,
                        to_text(at),
                    ),
                )
                for run in runs
            ]

    def start(self, run: int, *, at: datetime) -> int:
        """Note that a run is being carried out, and return its new fence. The first start counts as its beginning."""
        with self._database.transaction():
            self._database.execute(
                "UPDATE run SET state = ?, waits_for = '', fence = fence + 1, started_at = coalesce(started_at, ?)"
                " WHERE id = ?",
                (RunState.RUNNING, to_text(at), run),
            )
            row = self._database.row("SELECT fence FROM run WHERE id = ?", (run,))
        assert row is not None  # noqa: S101 - it was updated in this transaction
        return int(row["fence"])

    def set_checkpoint(self, run: int, checkpoint: Mapping[str, Any]) -> None:
        """Keep what the run needs to know if it must be resumed."""
        self._database.execute("UPDATE run SET checkpoint = ? WHERE id = ?", (json.dumps(dict(checkpoint)), run))

    def end(
        self,
        run: int,
        state: RunState,
        *,
        at: datetime,
        message: str,
        counts: Counts = NO_COUNTS,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Note how a run ended."""
        self._database.execute(
            "UPDATE run SET state = ?, waits_for = '', ended_at = ?, message = ?, counts = ?, details = ? WHERE id = ?",
            (state, to_text(at), message, json.dumps(asdict(counts)), json.dumps(dict(details or {})), run),
        )

    def mark_interrupted(self) -> list[RunRow]:
        """Mark the runs that were being carried out when the process ended, and return them."""
        self._database.execute(
            "UPDATE run SET state = ? WHERE state IN (?, ?)",
            (RunState.INTERRUPTED, RunState.RUNNING, RunState.STOPPING),
        )
        return self._select("state = ?", (RunState.INTERRUPTED,), "ORDER BY id")

    def get(self, run: int) -> RunRow | None:
        """Return one run."""
        found = self._select("id = ?", (run,))
        return found[0] if found else None

    def open(self) -> list[RunRow]:
        """Return the runs that have not ended, oldest first."""
        return self._select(f"state IN ({_OPEN})", (), "ORDER BY id")

    def latest(self, task: str | None = None, *, limit: int = 100, ended: bool = False) -> list[RunRow]:
        """Return runs, the latest first; ``ended`` leaves out those that are going."""
        conditions = ["task = ?"] if task else []
        if ended:
            conditions.append("ended_at IS NOT NULL")
        return self._select(
            " AND ".join(conditions) or "1", (task,) if task else (), "ORDER BY id DESC LIMIT ?", (limit,)
        )

    def last_ended(self) -> dict[str, RunRow]:
        """Return for every task the latest run that ended; dry runs and reverts are none of the task's own."""
        found = self._select(f"id IN ({_LAST_OF_EACH_TASK})", ())
        return {row.task: row for row in found}

    def past(self, *, before: datetime) -> list[int]:
        """Return the runs that ended before a moment, but for the last run of each task: its outcome always stays."""
        rows = self._database.rows(
            f"SELECT id FROM run WHERE ended_at < ? AND id NOT IN ({_LAST_OF_EACH_TASK})", (to_text(before),)
        )
        return [int(row["id"]) for row in rows]

    def forget(self, runs: Iterable[int]) -> None:
        """Delete runs, with their rejects and files."""
        self._database.execute_many("DELETE FROM run WHERE id = ?", [(run,) for run in runs])

    def _select(
        self, condition: str, values: Sequence[Any], tail: str = "", tail_values: Sequence[Any] = ()
    ) -> list[RunRow]:
        sql = f"SELECT * FROM run WHERE {condition} {tail}"
        return [row_of(row) for row in self._database.rows(sql, (*values, *tail_values))]


def row_of(row: sqlite3.Row) -> RunRow:
    """Return a row of the table as what it stands for."""
    return RunRow(
        id=row["id"],
        task=row["task"],
        type=row["type"],
        trigger=Trigger(row["trigger"]),
        requested_by=row["requested_by"],
        dry_run=bool(row["dry_run"]),
        options=json.loads(row["options"]),
        state=RunState(row["state"]),
        waits_for=row["waits_for"],
        fence=row["fence"],
        queued_at=to_moment(row["queued_at"]),
        started_at=maybe_moment(row["started_at"]),
        ended_at=maybe_moment(row["ended_at"]),
        message=row["message"],
        counts=Counts(**json.loads(row["counts"])),
        details=json.loads(row["details"]),
        checkpoint=json.loads(row["checkpoint"]),
    )
