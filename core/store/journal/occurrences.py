"""Occurrences in the journal: every planned moment ends as a run or as skipped with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.store.journal.database import to_moment, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from core.store.journal.database import Database


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A planned moment of a task, and what became of it: a run, or a reason for skipping it."""

    task: str
    due_at: datetime
    run: int | None = None
    skipped: str | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """How many planned moments there were: due is always run + skipped."""

    due: int
    run: int
    skipped: int

    @property
    def balanced(self) -> bool:
        """Whether no occurrence was lost."""
        return self.due == self.run + self.skipped


class Occurrences:
    """The occurrences of a journal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, occurrences: Iterable[Occurrence]) -> int:
        """Write occurrences that are not known yet, in one transaction; return how many were new."""
        return self._database.execute_many(
            "INSERT OR IGNORE INTO occurrence (task, due_at, run, skipped) VALUES (?, ?, ?, ?)",
            ((item.task, to_text(item.due_at), item.run, item.skipped) for item in occurrences),
        )

    def known(self, due_at: datetime) -> set[str]:
        """Return the tasks whose occurrence at that moment is written already."""
        rows = self._database.rows("SELECT task FROM occurrence WHERE due_at = ?", (to_text(due_at),))
        return {row["task"] for row in rows}

    def last(self) -> dict[str, datetime]:
        """Return for every task its latest occurrence."""
        rows = self._database.rows("SELECT task, max(due_at) AS due_at FROM occurrence GROUP BY task")
        return {row["task"]: to_moment(row["due_at"]) for row in rows}

    def any_after(self, task: str, moment: datetime) -> bool:
        """Whether a task was due after a moment."""
        return bool(
            self._database.rows(
                "SELECT 1 FROM occurrence WHERE task = ? AND due_at > ? LIMIT 1", (task, to_text(moment))
            )
        )

    def of_task(self, task: str, *, limit: int = 100) -> list[Occurrence]:
        """Return the occurrences of a task, the latest first."""
        rows = self._database.rows(
            "SELECT task, due_at, run, skipped FROM occurrence WHERE task = ? ORDER BY due_at DESC LIMIT ?",
            (task, limit),
        )
        return [Occurrence(row["task"], to_moment(row["due_at"]), row["run"], row["skipped"]) for row in rows]

    def skip(self, run: int, reason: str) -> None:
        """Note that the occurrence of a run that never started was skipped."""
        self._database.execute(
            "UPDATE occurrence SET run = NULL, skipped = ?, tallied = 1 WHERE run = ?", (reason, run)
        )

    def ledger(self) -> Ledger:
        """Return the sums over all occurrences that are kept."""
        row = self._database.row("SELECT count(*) AS due, count(run) AS run, count(skipped) AS skipped FROM occurrence")
        assert row is not None  # noqa: S101 - an aggregate has one row
        return Ledger(row["due"], row["run"], row["skipped"])

    def forget(self, *, before: datetime) -> int:
        """Delete the occurrences before a moment; return how many. The latest of each task stays."""
        return self._database.execute(
            "DELETE FROM occurrence WHERE due_at < ?1 AND due_at <"
            " (SELECT max(latest.due_at) FROM occurrence AS latest WHERE latest.task = occurrence.task)",
            (to_text(before),),
        )


class Plans:
    """Since when each task is planned, and when the engine was last seen alive: what was due in between was missed."""

    _ENGINE = ""

    def __init__(self, database: Database) -> None:
        self._database = database

    def since(self) -> dict[str, datetime]:
        """Return since when each task is planned."""
        rows = self._database.rows("SELECT task, since FROM planned WHERE task <> ?", (self._ENGINE,))
        return {row["task"]: to_moment(row["since"]) for row in rows}

    def replace(self, tasks: Iterable[str], *, at: datetime) -> None:
        """Note which tasks are planned now; those that were planned before keep their moment."""
        planned = set(tasks)
        known = self.since().keys()
        with self._database.transaction():
            self._database.execute_many("DELETE FROM planned WHERE task = ?", [(task,) for task in known - planned])
            self._database.execute_many(
                "INSERT INTO planned (task, since) VALUES (?, ?)", [(task, to_text(at)) for task in planned - known]
            )

    def alive(self, at: datetime) -> None:
        """Note that the engine plans."""
        self._database.execute(
            "INSERT OR REPLACE INTO planned (task, since) VALUES (?, ?)", (self._ENGINE, to_text(at))
        )

    def last_alive(self) -> datetime | None:
        """Return when the engine was last seen planning."""
        row = self._database.row("SELECT since FROM planned WHERE task = ?", (self._ENGINE,))
        return to_moment(row["since"]) if row else None
