"""Looking back over the runs of a journal: in pages, newest first, however many there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.runs import RunState, Trigger
from core.store.journal.database import maybe_moment, to_moment, to_text
from core.store.journal.runs import row_of

if TYPE_CHECKING:
    from datetime import datetime

    from core.store.journal.database import Database
    from core.store.journal.runs import RunRow

SCANNED = 20_000
"""Runs that one question looks at, at most; where few of them are wanted, the next question goes on from there."""

# Without the checkpoint, and of the details only what a list tells: those of a dry run hold all its samples.
_COLUMNS = (
    "id, task, type, trigger, requested_by, dry_run, options, state, waits_for, fence, queued_at, started_at, ended_at,"
    " message, counts, json_object('error', json_extract(details, '$.error')) AS details, '{}' AS checkpoint"
)
_SEARCHED = (
    "task || ' ' || type || ' ' || state || ' ' || requested_by || ' ' || id || ' ' || message"
    " || CASE WHEN dry_run THEN ' dry run' ELSE '' END"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which runs are looked for; all by default."""

    task: str = ""
    states: tuple[RunState, ...] = ()
    since: datetime | None = None
    """Queued at this moment or later."""
    until: datetime | None = None
    """Queued before this moment."""
    words: tuple[str, ...] = ()
    """Each occurs in the task, type, state, number, message or who asked, in either case."""


@dataclass(frozen=True, slots=True)
class Found:
    """Some runs, the latest first."""

    runs: tuple[RunRow, ...]
    next_before: int | None
    """From where the next question goes on, as ``before``; None where there are no more."""


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """How one run ended, and how long it took."""

    run: int
    state: RunState
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class History:
    """The runs of a journal, as somebody looks back on them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, wanted: Wanted, *, before: int | None = None, limit: int = 100) -> Found:
        """Return the latest runs whose number is smaller than ``before``; fewer than ``limit`` do not mean the end."""
        lowest, highest = self._range(wanted, before)
        if highest < lowest:
            return Found((), None)
        # With a task, the index leads to its runs; else a filter would look through all there are in one go.
        floor = lowest if wanted.task else max(lowest, highest - SCANNED + 1)
        conditions, values = _conditions(wanted)
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM run WHERE {' AND '.join(['id BETWEEN ? AND ?', *conditions])}"
            " ORDER BY id DESC LIMIT ?",
            (floor, highest, *values, limit),
        )
        runs = tuple(row_of(row) for row in rows)
        if len(runs) == limit:
            return Found(runs, runs[-1].id)
        return Found(runs, floor if floor > lowest else None)

    def _range(self, wanted: Wanted, before: int | None) -> tuple[int, int]:
        """Return the numbers between which the wanted runs are: numbers rise with the time of queueing."""
        lowest, highest = 1, before - 1 if before is not None else self._edge("ORDER BY id DESC")
        if wanted.since is not None:
            lowest = self._edge("WHERE queued_at >= ? ORDER BY queued_at", to_text(wanted.since)) or highest + 1
        if wanted.until is not None:
            found = self._edge("WHERE queued_at < ? ORDER BY queued_at DESC", to_text(wanted.until))
            highest = min(highest, found)
        return lowest, highest

    def _edge(self, which: str, *values: str) -> int:
        row = self._database.row(f"SELECT id FROM run {which} LIMIT 1", values)
        return int(row["id"]) if row else 0

    def outcomes(self, task: str, *, limit: int = 40) -> list[OutcomeRow]:
        """Return how the last runs of a task ended, oldest first; dry runs and reverts are none of its own."""
        rows = self._database.rows(
            "SELECT id, state, queued_at, started_at, ended_at FROM run"
            " WHERE task = ? AND ended_at IS NOT NULL AND dry_run = 0 AND trigger <> ? ORDER BY id DESC LIMIT ?",
            (task, Trigger.REVERT, limit),
        )
        return [
            OutcomeRow(
                row["id"],
                RunState(row["state"]),
                to_moment(row["queued_at"]),
                maybe_moment(row["started_at"]),
                maybe_moment(row["ended_at"]),
            )
            for row in reversed(rows)
        ]

    def reverted_by(self, run: int, task: str) -> int | None:
        """Return the latest run that put back what a run of a task changed."""
        row = self._database.row(
            "SELECT id FROM run WHERE task = ? AND trigger = ? AND state IN (?, ?)"
            " AND json_extract(options, '$.run') = ? ORDER BY id DESC LIMIT 1",
            (task, Trigger.REVERT, RunState.SUCCEEDED, RunState.WARNINGS, run),
        )
        return int(row["id"]) if row else None


def _conditions(wanted: Wanted) -> tuple[list[str], list[str]]:
    conditions, values = list[str](), list[str]()
    if wanted.task:
        conditions.append("task = ?")
        values.append(wanted.task)
    if wanted.states:
        conditions.append(f"state IN ({', '.join('?' * len(wanted.states))})")
        values += wanted.states
    # The clock may have been set back, so the range of the numbers is not all.
    if wanted.since is not None:
        conditions.append("queued_at >= ?")
        values.append(to_text(wanted.since))
    if wanted.until is not None:
        conditions.append("queued_at < ?")
        values.append(to_text(wanted.until))
    for word in wanted.words:
        conditions.append(f"{_SEARCHED} LIKE ? ESCAPE '\\'")
        values.append(f"%{_literal(word)}%")
    return conditions, values


def _literal(word: str) -> str:
    """Return a word so that LIKE takes each of its characters for itself."""
    for sign in ("\\", "%", "_"):
        word = word.replace(sign, f"\\{sign}")
    return word
