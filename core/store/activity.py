"""The activity log: what came from the source of a flow, and what was sent to its target, record by record (FL7).

It is the only place where Pendel keeps what stands in such records, in a file of its own that is in no backup; so what
somebody mended in a record that failed is here, too. What is deleted is overwritten.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.errors import StoreError
from core.store.journal.database import BUSY_TIMEOUT, plain_errors, to_moment, to_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

_SCHEMA = """
    CREATE TABLE IF NOT EXISTS activity (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL,
        task TEXT NOT NULL,
        run INTEGER NOT NULL,
        source_key TEXT NOT NULL,
        target_key TEXT NOT NULL,
        outcome TEXT NOT NULL,
        record TEXT NOT NULL,                    -- what came from the source, as JSON
        sent TEXT NOT NULL,                      -- the requests that wrote, each with its answer, as JSON
        message TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS activity_by_record ON activity (task, source_key, id);
    CREATE INDEX IF NOT EXISTS activity_by_moment ON activity (at);
    CREATE TABLE IF NOT EXISTS mended (
        task TEXT NOT NULL,
        source_key TEXT NOT NULL,
        at TEXT NOT NULL,
        changes TEXT NOT NULL,                   -- values by field, as JSON; null where there is to be none
        PRIMARY KEY (task, source_key)
    ) WITHOUT ROWID;
"""
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What happened to one record, once."""

    at: datetime
    task: str
    run: int
    source_key: str
    target_key: str = ""
    outcome: str
    """``created``, ``updated``, ``found``, ``failed`` and the like."""
    record: Mapping[str, Any]
    sent: Sequence[Mapping[str, Any]] = ()
    message: str = ""
    id: int = 0


class ActivityLog:
    """The activity of all flows.

    Raises:
        StoreError: the file cannot be opened, read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        with plain_errors(path):
            # Only this user may read it, from its first byte on.
            path.touch(mode=0o600)
            self._connection = sqlite3.connect(
                path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self) -> None:
        run = self._connection.execute
        self._connection.row_factory = sqlite3.Row
        run("PRAGMA secure_delete=ON")
        run("PRAGMA journal_mode=WAL")
        run("PRAGMA synchronous=NORMAL")
        version = run("PRAGMA user_version").fetchone()[0]
        if version > _VERSION:
            raise StoreError(
                f"The activity log {self.path} was written by a later Pendel.", advice="Start that version of Pendel."
            )
        self._connection.executescript(_SCHEMA)
        run(f"PRAGMA user_version = {_VERSION}")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def add(self, entries: Sequence[Activity]) -> None:
        """Write down what happened, in one transaction."""
        with self._writing():
            self._connection.executemany(
                "INSERT INTO activity (at, task, run, source_key, target_key, outcome, record, sent, message)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        to_text(each.at),
                        each.task,
                        each.run,
                        each.source_key,
                        each.target_key,
                        each.outcome,
                        _json(each.record),
                        _json(list(each.sent)),
                        each.message,
                    )
                    for each in entries
                ],
            )

    def latest(
        self,
        task: str | None = None,
        *,
        source_key: str | None = None,
        run: int | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[Activity]:
        """Return what happened, the latest first: of one task, of one record, in one run, before an entry."""
        conditions: list[str] = ["1"]
        values: list[str | int] = []
        wanted = (("task = ?", task), ("source_key = ?", source_key), ("run = ?", run), ("id < ?", before))
        for column, value in wanted:
            if value is not None:
                conditions.append(column)
                values.append(value)
        with self._lock, plain_errors(self.path):
            rows = self._connection.execute(
                f"SELECT * FROM activity WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT ?", (*values, limit)
            ).fetchall()
        return [_entry(row) for row in rows]

    def mended(self, task: str) -> dict[str, dict[str, str | None]]:
        """Return by record of a task what somebody mended in it: values by field, None where there is to be none."""
        with self._lock, plain_errors(self.path):
            rows = self._connection.execute("SELECT source_key, changes FROM mended WHERE task = ?", (task,)).fetchall()
        return {row["source_key"]: json.loads(row["changes"]) for row in rows}

    def mend(self, task: str, source_key: str, changes: Mapping[str, str | None], *, at: datetime) -> None:
        """Keep what is mended in a record, in place of what was; without changes, it is what it is at its source."""
        with self._writing():
            self._connection.execute("DELETE FROM mended WHERE task = ? AND source_key = ?", (task, source_key))
            if changes:
                self._connection.execute(
                    "INSERT INTO mended (task, source_key, at, changes) VALUES (?, ?, ?, ?)",
                    (task, source_key, to_text(at), _json(dict(changes))),
                )

    def rename_task(self, old: str, new: str) -> None:
        """Give a flow another name; what an earlier flow of that name has mended goes, what it did stays beside it."""
        with self._writing():
            self._connection.execute("DELETE FROM mended WHERE task = ?", (new,))
            for table in ("activity", "mended"):
                self._connection.execute(f"UPDATE {table} SET task = ? WHERE task = ?", (new, old))

    def forget(self, *, before: datetime) -> int:
        """Delete what happened before a moment, and overwrite it; return how many entries."""
        with self._writing():
            self._connection.execute("DELETE FROM mended WHERE at < ?", (to_text(before),))
            number = self._connection.execute("DELETE FROM activity WHERE at < ?", (to_text(before),)).rowcount
        with self._lock, plain_errors(self.path):
            # The log of changes has the old pages still.
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return number

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock, plain_errors(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise


def _entry(row: sqlite3.Row) -> Activity:
    return Activity(
        id=row["id"],
        at=to_moment(row["at"]),
        task=row["task"],
        run=row["run"],
        source_key=row["source_key"],
        target_key=row["target_key"],
        outcome=row["outcome"],
        record=json.loads(row["record"]),
        sent=json.loads(row["sent"]),
        message=row["message"],
    )


def _json(value: Any) -> str:
    # Amounts as text: they come back as what they were. Whatever a system sends, ASCII can be written.
    return json.dumps(value, default=str)
