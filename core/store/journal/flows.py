"""What became of the records of flows: keys, hashes and moments; what stood in them is nowhere here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from core.store.journal.database import maybe_moment, to_moment, to_text

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from datetime import datetime

    from core.store.journal.database import Database

FlowState = Literal["intent", "done", "failed", "given up", "discarded"]
"""``intent``: it is about to be created; after a crash, nobody knows whether it was. ``discarded``: somebody took it
out of the list of failures; it is not sent, unless it changes at its source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRow:
    """One record of a flow."""

    task: str
    source_key: str
    target_key: str = ""
    state: FlowState
    sent_hash: str = ""
    echo_hash: str = ""
    row_hash: str = ""
    attempts: int = 0
    next_try: datetime | None = None
    reason: str = ""
    begun: str = ""
    """The kind of what was about to be created last: its own, or that of what it refers to; empty once it is done."""
    run: int = 0
    at: datetime


class FlowRecords:
    """The records of all flows, by task and source key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, task: str, source_key: str) -> FlowRow | None:
        """Return what is known of a record; None where it was never met."""
        row = self._database.row("SELECT * FROM flow_record WHERE task = ? AND source_key = ?", (task, source_key))
        return _row(row) if row else None

    def by_target(self, task: str, target_key: str) -> FlowRow | None:
        """Return the record that became this one at the target; None where none did."""
        row = self._database.row(
            "SELECT * FROM flow_record WHERE task = ? AND target_key = ? AND state = 'done' LIMIT 1", (task, target_key)
        )
        return _row(row) if row else None

    def begun_as(self, task: str, echo_hash: str) -> bool:
        """Whether a flow was cut off while it created a record that shows this at the target."""
        return bool(
            self._database.row(
                "SELECT 1 FROM flow_record WHERE task = ? AND state = 'intent' AND echo_hash = ? LIMIT 1",
                (task, echo_hash),
            )
        )

    def among(self, task: str, source_keys: Sequence[str]) -> dict[str, FlowRow]:
        """Return what is known of some records, by their keys."""
        found = {}
        for start in range(0, len(source_keys), 500):
            part = source_keys[start : start + 500]
            marks = ", ".join("?" * len(part))
            rows = self._database.rows(
                f"SELECT * FROM flow_record WHERE task = ? AND source_key IN ({marks})", (task, *part)
            )
            found.update({row["source_key"]: _row(row) for row in rows})
        return found

    def put(self, *rows: FlowRow) -> None:
        """Keep what is known of records now, of all or of none."""
        self._database.execute_many(
            "INSERT OR REPLACE INTO flow_record (task, source_key, target_key, state, sent_hash, echo_hash, row_hash,"
            " attempts, next_try, reason, begun, run, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [_cells(row) for row in rows],
        )

    def forget(self, task: str, source_key: str) -> None:
        """Forget a record: it is met for the first time when it comes again."""
        self._database.execute("DELETE FROM flow_record WHERE task = ? AND source_key = ?", (task, source_key))

    def due(self, task: str, now: datetime, *, after: str = "", limit: int = 500) -> list[FlowRow]:
        """Return failures whose next attempt is due, in the order of their keys, behind one.

        Among them are those whose last attempt was cut off: the source will not show them again by itself.
        """
        rows = self._database.rows(
            "SELECT * FROM flow_record WHERE task = ? AND state <> 'done' AND next_try <= ?"
            " AND source_key > ? ORDER BY source_key LIMIT ?",
            (task, to_text(now), after, limit),
        )
        return [_row(row) for row in rows]

    def failures(self, task: str | None = None, *, limit: int = 1000) -> list[FlowRow]:
        """Return the records that failed, the latest first; of one task, or of all."""
        own, values = ("task = ? AND", (task,)) if task is not None else ("", ())
        rows = self._database.rows(
            f"SELECT * FROM flow_record WHERE {own} state IN ('failed', 'given up')"
            " ORDER BY at DESC, source_key LIMIT ?",
            (*values, limit),
        )
        return [_row(row) for row in rows]

    def count_failures(self, task: str) -> tuple[int, int]:
        """Return how many records of a task failed, and how many of those were given up."""
        row = self._database.row(
            "SELECT count(*) AS failed, count(*) FILTER (WHERE state = 'given up') AS given_up FROM flow_record"
            " WHERE task = ? AND state IN ('failed', 'given up')",
            (task,),
        )
        return (int(row["failed"]), int(row["given_up"])) if row else (0, 0)

    def resend(self, task: str, source_keys: Sequence[str] | None, *, at: datetime) -> int:
        """Let failures be tried again by the next run; all of the task, or these. Return how many."""
        moment = to_text(at)
        if source_keys is None:
            return self._database.execute(
                "UPDATE flow_record SET state = 'failed', attempts = 0, next_try = ?"
                " WHERE task = ? AND state IN ('failed', 'given up')",
                (moment, task),
            )
        return self._database.execute_many(
            "UPDATE flow_record SET state = 'failed', attempts = 0, next_try = ?"
            " WHERE task = ? AND source_key = ? AND state IN ('failed', 'given up', 'discarded')",
            [(moment, task, key) for key in source_keys],
        )

    def discard(self, task: str, source_keys: Sequence[str], *, at: datetime) -> int:
        """Take failures out of the list, and return how many; :meth:`resend` with their keys takes that back.

        Of those that wait for somebody the hash is dropped: a document may be there although nobody knows, so that not
        even a change at its source sends it again.
        """
        return self._database.execute_many(
            "UPDATE flow_record SET state = 'discarded', next_try = NULL, at = ?,"
            " sent_hash = CASE state WHEN 'given up' THEN '' ELSE sent_hash END"
            " WHERE task = ? AND source_key = ? AND state IN ('failed', 'given up')",
            [(to_text(at), task, key) for key in source_keys],
        )


class FlowCursors:
    """Where the next reading of a system begins, in its own words: a moment, or the number of a version."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, task: str, moment: datetime | None) -> str:
        """Return the mark that belongs to the cursor of a task; empty where that was set by hand since."""
        row = self._database.row("SELECT mark, moment FROM flow_cursor WHERE task = ?", (task,))
        return row["mark"] if row and moment is not None and row["moment"] == to_text(moment) else ""

    def set(self, task: str, mark: str, moment: datetime) -> None:
        """Keep a mark, with the cursor of the same moment."""
        self._database.execute("INSERT OR REPLACE INTO flow_cursor VALUES (?, ?, ?)", (task, mark, to_text(moment)))


def _cells(row: FlowRow) -> tuple[str | int | None, ...]:
    return (
        row.task,
        row.source_key,
        row.target_key,
        row.state,
        row.sent_hash,
        row.echo_hash,
        row.row_hash,
        row.attempts,
        to_text(row.next_try) if row.next_try else None,
        row.reason,
        row.begun,
        row.run,
        to_text(row.at),
    )


def _row(row: sqlite3.Row) -> FlowRow:
    return FlowRow(
        task=row["task"],
        source_key=row["source_key"],
        target_key=row["target_key"],
        state=row["state"],
        sent_hash=row["sent_hash"],
        echo_hash=row["echo_hash"],
        row_hash=row["row_hash"],
        attempts=row["attempts"],
        next_try=maybe_moment(row["next_try"]),
        reason=row["reason"],
        begun=row["begun"],
        run=row["run"],
        at=to_moment(row["at"]),
    )
