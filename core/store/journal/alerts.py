"""Alerts in the journal: trouble that lasts, and the messages about it until they are sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.store.journal.database import maybe_moment, to_moment, to_text

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from datetime import datetime

    from core.store.journal.database import Database


@dataclass(frozen=True, slots=True)
class Streak:
    """Trouble of one kind that a task is in, from the first time on until the task is well."""

    task: str
    kind: str
    since: datetime
    times: int = 1
    run: int | None = None
    """The last run that counted."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A message to one target."""

    target: str
    task: str
    """Empty: of no task alone."""
    outcome: str
    """A kind of trouble, ``well`` or ``digest``."""
    title: str
    text: str
    at: datetime
    not_before: datetime
    """The end of the quiet hours in which it came up, or when it came up."""
    id: int = 0


class Streaks:
    """The trouble that tasks are in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[str, dict[str, Streak]]:
        """Return by task, then by kind."""
        result: dict[str, dict[str, Streak]] = {}
        for row in self._database.rows("SELECT task, kind, since, times, run FROM streak ORDER BY since"):
            streak = Streak(row["task"], row["kind"], to_moment(row["since"]), row["times"], row["run"])
            result.setdefault(streak.task, {})[streak.kind] = streak
        return result

    def put(self, streak: Streak) -> None:
        """Keep a streak in place of what was known of it."""
        self._database.execute(
            "INSERT OR REPLACE INTO streak (task, kind, since, times, run) VALUES (?, ?, ?, ?, ?)",
            (streak.task, streak.kind, to_text(streak.since), streak.times, streak.run),
        )

    def end(self, task: str) -> None:
        """Forget all trouble of a task."""
        self._database.execute("DELETE FROM streak WHERE task = ?", (task,))


class Outbox:
    """The messages that are to be sent, and those that were."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, alerts: Iterable[Alert]) -> None:
        """Keep messages until they are sent."""
        self._database.execute_many(
            "INSERT INTO alert (target, task, outcome, title, text, at, not_before) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (one.target, one.task, one.outcome, one.title, one.text, to_text(one.at), to_text(one.not_before))
                for one in alerts
            ],
        )

    def targets(self, *, now: datetime) -> list[str]:
        """Return for whom there is something that may be sent."""
        rows = self._database.rows(
            "SELECT DISTINCT target FROM alert WHERE closed_at IS NULL AND not_before <= ?", (to_text(now),)
        )
        return [row["target"] for row in rows]

    def due(self, target: str, *, now: datetime, limit: int) -> list[Alert]:
        """Return what may be sent to a target, oldest first."""
        rows = self._database.rows(
            "SELECT * FROM alert WHERE target = ? AND closed_at IS NULL AND not_before <= ? ORDER BY id LIMIT ?",
            (target, to_text(now), limit),
        )
        return [_alert(row) for row in rows]

    def close(self, alerts: Iterable[Alert], *, at: datetime, answer: str = "") -> None:
        """Note that messages were sent, or why they are given up."""
        self._database.execute_many(
            "UPDATE alert SET closed_at = ?, answer = ? WHERE id = ?", [(to_text(at), answer, one.id) for one in alerts]
        )

    def last(self, outcome: str) -> datetime | None:
        """Return when the latest message of an outcome came up."""
        row = self._database.row("SELECT max(at) AS at FROM alert WHERE outcome = ?", (outcome,))
        return maybe_moment(row["at"]) if row else None

    def latest(self, *, limit: int = 100) -> list[tuple[Alert, datetime | None, str]]:
        """Return messages, the latest first, each with when it was sent or given up, and why it was given up."""
        rows = self._database.rows("SELECT * FROM alert ORDER BY id DESC LIMIT ?", (limit,))
        return [(_alert(row), maybe_moment(row["closed_at"]), row["answer"]) for row in rows]

    def forget(self, *, before: datetime) -> int:
        """Delete what was sent or given up before a moment; return how many."""
        return self._database.execute("DELETE FROM alert WHERE closed_at < ?", (to_text(before),))


def _alert(row: sqlite3.Row) -> Alert:
    return Alert(
        target=row["target"],
        task=row["task"],
        outcome=row["outcome"],
        title=row["title"],
        text=row["text"],
        at=to_moment(row["at"]),
        not_before=to_moment(row["not_before"]),
        id=row["id"],
    )
