"""What else the journal keeps: logs, rejects, files, cursors, the audit, and file numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.runs import Actor, Level
from core.store.journal.database import to_moment, to_text

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from datetime import datetime

    from core.store.journal.database import Database

LAST_ID = 2**63 - 1
"""The largest number that a row can have."""


@dataclass(frozen=True, slots=True)
class LogRow:
    """One line of the log."""

    at: datetime
    level: Level
    text: str
    task: str = ""
    run: int | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class RejectRow:
    """One rejected record of a file, and why."""

    file: str
    line: int | None
    field: str
    column: str
    value: str
    reason: str
    entity: str = ""
    """Where the file has records of several."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file that a run read or wrote."""

    role: str
    """``source``, ``rejects`` or ``target``."""
    name: str
    location: str
    size: int
    sha256: str
    at: datetime
    spooled: str = ""
    """Pendel's own copy, relative to the data directory."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The moment up to which a task has seen changes, and who set it."""

    moment: datetime
    set_by: str
    set_at: datetime
    run: int | None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """Who asked for what, and the answer."""

    at: datetime
    actor: Actor
    action: str
    object: str
    old: str = ""
    new: str = ""
    answer: str = "accepted"


class Logs:
    """The log lines of a journal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, lines: Iterable[LogRow]) -> None:
        """Write lines in one transaction."""
        self._database.execute_many(
            "INSERT INTO log (run, task, at, level, text) VALUES (?, ?, ?, ?, ?)",
            ((line.run, line.task, to_text(line.at), line.level, line.text) for line in lines),
        )

    def latest(self, *, run: int | None = None, task: str | None = None, limit: int = 1000) -> list[LogRow]:
        """Return the latest lines, oldest first."""
        condition, values = ("run = ?", (run,)) if run is not None else ("task = ?", (task,)) if task else ("1", ())
        rows = self._database.rows(f"SELECT * FROM log WHERE {condition} ORDER BY id DESC LIMIT ?", (*values, limit))
        return [_log_row(row) for row in reversed(rows)]

    def of_run(
        self, run: int, *, before: int | None = None, after: int | None = None, limit: int = 200
    ) -> list[LogRow]:
        """Return lines of a run, oldest first: the latest ones before an id, or the first ones after one."""
        order = "ASC" if after is not None else "DESC"
        rows = self._database.rows(
            f"SELECT * FROM log WHERE run = ? AND id < ? AND id > ? ORDER BY id {order} LIMIT ?",
            (run, before if before is not None else LAST_ID, after or 0, limit),
        )
        return sorted(map(_log_row, rows), key=lambda row: row.id)

    def forget(self, *, before: datetime) -> int:
        """Delete the lines before a moment; return how many."""
        return self._database.execute("DELETE FROM log WHERE at < ?", (to_text(before),))


def _log_row(row: sqlite3.Row) -> LogRow:
    return LogRow(to_moment(row["at"]), Level(row["level"]), row["text"], row["task"], row["run"], row["id"])


class Rejects:
    """The rejected records of a journal, up to a number per run; the rejects file has them all."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def replace(self, run: int, rejects: Iterable[RejectRow]) -> None:
        """Write the rejects of a run, in place of those of an earlier attempt."""
        with self._database.transaction():
            self._database.execute("DELETE FROM reject WHERE run = ?", (run,))
            self._database.execute_many(
                "INSERT INTO reject (run, file, line, field, column_name, value, reason, entity) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (run, one.file, one.line, one.field, one.column, one.value, one.reason, one.entity)
                    for one in rejects
                ),
            )

    def of_run(self, run: int, *, start: int = 0, limit: int = 1000) -> list[RejectRow]:
        """Return the rejects of a run in the order of the file, but for the first ``start``; they are few."""
        rows = self._database.rows(
            "SELECT * FROM reject WHERE run = ? ORDER BY rowid LIMIT ? OFFSET ?", (run, limit, start)
        )
        return [
            RejectRow(
                row["file"], row["line"], row["field"], row["column_name"], row["value"], row["reason"], row["entity"]
            )
            for row in rows
        ]

    def count(self, run: int) -> int:
        """Return how many rejects of a run are kept."""
        row = self._database.row("SELECT count(*) AS number FROM reject WHERE run = ?", (run,))
        return int(row["number"]) if row else 0


class Files:
    """The files that runs read and wrote."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, run: int, file: FileRow) -> None:
        """Write one file, in place of the same one of an earlier attempt."""
        with self._database.transaction():
            self._database.execute(
                "DELETE FROM file WHERE run = ? AND role = ? AND name = ? AND location = ?",
                (run, file.role, file.name, file.location),
            )
            self._database.execute(
                "INSERT INTO file (run, role, name, location, size, sha256, at, spooled)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (run, file.role, file.name, file.location, file.size, file.sha256, to_text(file.at), file.spooled),
            )

    def of_run(self, run: int) -> list[FileRow]:
        """Return the files of a run in the order they were written down."""
        rows = self._database.rows("SELECT * FROM file WHERE run = ? ORDER BY rowid", (run,))
        return [
            FileRow(
                role=row["role"],
                name=row["name"],
                location=row["location"],
                size=row["size"],
                sha256=row["sha256"],
                at=to_moment(row["at"]),
                spooled=row["spooled"],
            )
            for row in rows
        ]


class Cursors:
    """The cursors of tasks (T11)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, task: str, name: str = "") -> Cursor | None:
        """Return a cursor, or ``None`` where the task has seen nothing yet."""
        row = self._database.row("SELECT * FROM cursor WHERE task = ? AND name = ?", (task, name))
        if row is None:
            return None
        return Cursor(to_moment(row["moment"]), row["set_by"], to_moment(row["set_at"]), row["run"])

    def set(
        self, task: str, moment: datetime, *, set_by: str, at: datetime, run: int | None = None, name: str = ""
    ) -> None:
        """Move a cursor."""
        self._database.execute(
            "INSERT OR REPLACE INTO cursor (task, name, moment, set_by, set_at, run) VALUES (?, ?, ?, ?, ?, ?)",
            (task, name, to_text(moment), set_by, to_text(at), run),
        )

    def clear(self, task: str, name: str = "") -> None:
        """Forget a cursor: the task begins anew."""
        self._database.execute("DELETE FROM cursor WHERE task = ? AND name = ?", (task, name))


def _audit_row(row: sqlite3.Row) -> AuditRow:
    return AuditRow(
        at=to_moment(row["at"]),
        actor=Actor(row["user"], row["terminal"]),
        action=row["action"],
        object=row["object"],
        old=row["old"],
        new=row["new"],
        answer=row["answer"],
    )


class Audit:
    """Who asked for what."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, row: AuditRow) -> None:
        """Write one row."""
        self._database.execute(
            "INSERT INTO audit (at, user, terminal, action, object, old, new, answer) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                to_text(row.at),
                row.actor.user,
                row.actor.terminal,
                row.action,
                row.object,
                row.old,
                row.new,
                row.answer,
            ),
        )

    def latest(self, limit: int = 100) -> list[AuditRow]:
        """Return rows, the latest first."""
        rows = self._database.rows("SELECT * FROM audit ORDER BY id DESC LIMIT ?", (limit,))
        return [_audit_row(row) for row in rows]

    def latest_by_object(self, action: str) -> dict[str, AuditRow]:
        """Return for each object the latest row of an action."""
        rows = self._database.rows(
            "SELECT * FROM audit WHERE id IN (SELECT max(id) FROM audit WHERE action = ? GROUP BY object)", (action,)
        )
        return {row["object"]: _audit_row(row) for row in rows}


class Sequences:
    """The numbers that ``{sequence}`` in a file name stands for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def last(self, task: str) -> int:
        """Return the last number of a task that was used up or set; 0 where none was."""
        row = self._database.row("SELECT number FROM sequence WHERE task = ?", (task,))
        return int(row["number"]) if row else 0

    def set(self, task: str, number: int) -> None:
        """Let a number be the last one of a task."""
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO sequence (task, number) VALUES (?, ?)"
                " ON CONFLICT (task) DO UPDATE SET number = excluded.number",
                (task, number),
            )

    def next(self, task: str) -> int:
        """Return the next number of a task, from 1; it is used up even where the run fails."""
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO sequence (task, number) VALUES (?, 1)"
                " ON CONFLICT (task) DO UPDATE SET number = number + 1",
                (task,),
            )
            row = self._database.row("SELECT number FROM sequence WHERE task = ?", (task,))
        assert row is not None  # noqa: S101 - it was written in this transaction
        return int(row["number"])
