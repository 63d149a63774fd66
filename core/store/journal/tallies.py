"""What tasks did so far, summed up: every end of a run is counted once, and stays counted when the run is forgotten."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.runs import RunState, Trigger
from core.store.journal.database import maybe_moment, to_moment, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from core.store.journal.database import Database

RECORDS = "records."
"""Before the name of a count of records in a tally."""
_OWN = f"dry_run = 0 AND trigger <> '{Trigger.REVERT.value}'"
"""Dry runs and reverts say nothing of how a task is."""
_NEW = "ended_at IS NOT NULL AND tallied = 0"
_NEW_SKIP = "skipped IS NOT NULL AND tallied = 0"
_MADE_UP = (
    "EXISTS (SELECT 1 FROM occurrence AS later WHERE later.task = occurrence.task"
    " AND later.due_at > occurrence.due_at AND later.run IS NOT NULL)"
)


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a run; or a planned moment that was skipped without one, which has no number."""

    task: str
    state: RunState
    at: datetime
    message: str
    run: int | None = None
    seconds: float | None = None
    """None where it never started."""
    made_up: bool = False
    """Whether a run for a later moment of the task makes up for it."""


@dataclass(frozen=True, slots=True)
class Going:
    """A run that is being carried out."""

    run: int
    task: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Condition:
    """How a task is."""

    succeeded_at: datetime | None
    """The end of its last good run."""
    seconds: float | None
    """That its last run took."""


class Tallies:
    """The sums of a journal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, *, limit: int) -> list[Ended]:
        """Count what ended and was not counted yet, and return it, oldest first; of one call ``limit`` of each sort.

        Inside a transaction, what the caller makes of it is kept together with that it was counted.
        """
        if not self._database.rows(
            f"SELECT 1 FROM run WHERE {_NEW} UNION ALL SELECT 1 FROM occurrence WHERE {_NEW_SKIP} LIMIT 1"
        ):
            return []
        with self._database.transaction():
            self._database.execute(f"UPDATE run SET tallied = 1 WHERE {_NEW} AND NOT ({_OWN})")
            rows = self._database.rows(
                "SELECT id, task, state, started_at, ended_at, message, counts FROM run"
                f" WHERE {_NEW} ORDER BY id LIMIT ?",
                (limit,),
            )
            skipped = self._database.rows(
                f"SELECT task, due_at, skipped, {_MADE_UP} AS made_up FROM occurrence WHERE {_NEW_SKIP}"
                " ORDER BY due_at LIMIT ?",
                (limit,),
            )
            self._database.execute_many("UPDATE run SET tallied = 1 WHERE id = ?", [(row["id"],) for row in rows])
            self._database.execute_many(
                "UPDATE occurrence SET tallied = 1 WHERE task = ? AND due_at = ?",
                [(row["task"], row["due_at"]) for row in skipped],
            )
            ended: list[Ended] = []
            for row in skipped:
                self._add(row["task"], [(RunState.SKIPPED, 1)])
                at = to_moment(row["due_at"])
                ended.append(Ended(row["task"], RunState.SKIPPED, at, row["skipped"], made_up=bool(row["made_up"])))
            for row in rows:
                at, started = to_moment(row["ended_at"]), maybe_moment(row["started_at"])
                seconds = (at - started).total_seconds() if started else None
                one = Ended(row["task"], RunState(row["state"]), at, row["message"], row["id"], seconds)
                self._count(one, json.loads(row["counts"]))
                ended.append(one)
        return sorted(ended, key=lambda one: (one.at, one.run or 0))

    def _count(self, one: Ended, counts: dict[str, int]) -> None:
        self._add(one.task, [(one.state, 1), *((f"{RECORDS}{name}", number) for name, number in counts.items())])
        if one.seconds is None:
            return
        self._database.execute(
            "INSERT INTO condition (task, succeeded_at, seconds) VALUES (?, ?, ?) ON CONFLICT (task) DO UPDATE"
            " SET seconds = excluded.seconds, succeeded_at = coalesce(excluded.succeeded_at, succeeded_at)",
            (one.task, to_text(one.at) if one.state.good else None, one.seconds),
        )

    def _add(self, task: str, numbers: Iterable[tuple[str, int]]) -> None:
        self._database.execute_many(
            "INSERT INTO tally (task, name, number) VALUES (?, ?, ?)"
            " ON CONFLICT (task, name) DO UPDATE SET number = number + excluded.number",
            [(task, name, number) for name, number in numbers if number],
        )

    def sums(self) -> dict[str, dict[str, int]]:
        """Return for every task how many runs ended in each state, and what they did in records."""
        result: dict[str, dict[str, int]] = {}
        for row in self._database.rows("SELECT task, name, number FROM tally"):
            result.setdefault(row["task"], {})[row["name"]] = row["number"]
        return result

    def conditions(self) -> dict[str, Condition]:
        """Return how every task is that ever ran."""
        rows = self._database.rows("SELECT task, succeeded_at, seconds FROM condition")
        return {row["task"]: Condition(maybe_moment(row["succeeded_at"]), row["seconds"]) for row in rows}

    def going(self) -> list[Going]:
        """Return the runs that are being carried out."""
        rows = self._database.rows(
            f"SELECT id, task, started_at FROM run WHERE ended_at IS NULL AND state IN (?, ?) AND {_OWN}",
            (RunState.RUNNING, RunState.STOPPING),
        )
        return [Going(row["id"], row["task"], to_moment(row["started_at"])) for row in rows]

    def since(self, moment: datetime) -> list[Ended]:
        """Return the ends of the runs that were queued at a moment or later, oldest first."""
        rows = self._database.rows(
            "SELECT id, task, state, ended_at, message FROM run"
            f" WHERE queued_at >= ? AND ended_at IS NOT NULL AND {_OWN} ORDER BY id",
            (to_text(moment),),
        )
        return [
            Ended(row["task"], RunState(row["state"]), to_moment(row["ended_at"]), row["message"], row["id"])
            for row in rows
        ]
