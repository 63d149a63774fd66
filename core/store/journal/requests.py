"""Requests to the engine by other processes of the same machine: left in the journal, taken within a second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.runs import Actor
from core.store.journal.database import to_text

if TYPE_CHECKING:
    from datetime import datetime

    from core.store.journal.database import Database


@dataclass(frozen=True, slots=True)
class StopRequest:
    """Somebody asks a run to stop."""

    run: int
    actor: Actor


class Requests:
    """The requests of a journal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, request: StopRequest, *, at: datetime) -> None:
        """Leave a request for the engine."""
        self._database.execute(
            "INSERT INTO request (at, user, terminal, run) VALUES (?, ?, ?, ?)",
            (to_text(at), request.actor.user, request.actor.terminal, request.run),
        )

    def take(self) -> list[StopRequest]:
        """Return what was asked for since the last call, oldest first."""
        if not self._database.rows("SELECT 1 FROM request LIMIT 1"):
            return []
        with self._database.transaction():
            rows = self._database.rows("SELECT user, terminal, run FROM request ORDER BY id")
            self._database.execute("DELETE FROM request")
        return [StopRequest(row["run"], Actor(row["user"], row["terminal"])) for row in rows]
