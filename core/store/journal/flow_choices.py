"""Which of several records at a target a failure is meant to be: those that fit, and the one that somebody chose.

They are ids of other systems, as the keys of records of flows are; nothing that stands in a record is here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.store.journal.database import Database


@dataclass(frozen=True, slots=True)
class FlowChoice:
    """What can be chosen for a record, and what was."""

    fits: tuple[str, ...] = ()
    chosen: str = ""


class FlowChoices:
    """Those of all flows, by task and source key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, task: str, source_key: str) -> FlowChoice:
        """Return what can be chosen for a record; nothing where only one fitted, or none."""
        row = self._database.row(
            "SELECT fits, chosen FROM flow_choice WHERE task = ? AND source_key = ?", (task, source_key)
        )
        return FlowChoice(tuple(json.loads(row["fits"])), row["chosen"]) if row else FlowChoice()

    def offer(self, task: str, source_key: str, fits: Sequence[str]) -> None:
        """Keep which records fit, in place of what was kept and chosen.

        Where a record failed for another reason, there are none, and what was chosen for it stays.
        """
        if not fits:
            self._database.execute(
                "DELETE FROM flow_choice WHERE task = ? AND source_key = ? AND chosen = ''", (task, source_key)
            )
            return
        self._database.execute(
            "INSERT OR REPLACE INTO flow_choice (task, source_key, fits, chosen) VALUES (?, ?, ?, '')",
            (task, source_key, json.dumps(list(fits))),
        )

    def choose(self, task: str, source_key: str, target_key: str) -> None:
        """Keep which of them is meant."""
        self._database.execute(
            "UPDATE flow_choice SET chosen = ? WHERE task = ? AND source_key = ?", (target_key, task, source_key)
        )
