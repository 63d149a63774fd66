"""A task under another name: what the journal knows of it goes along."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.store.journal.database import Database

HISTORY = ("run", "occurrence", "alert")
"""Tables with what happened. What an earlier task of the new name has in them stays beside it."""
PRESENT = ("planned", "cursor", "sequence", "tally", "condition", "streak", "flow_record", "flow_cursor", "flow_choice")
"""Tables with how a task is now. What an earlier task of the new name has left in them goes."""


def rename_task(database: Database, old: str, new: str) -> None:
    """Give a task another name. Lines of the log keep the one that they were written with: there may be millions.

    Raises:
        StoreError: the journal cannot be written; nothing of it was renamed.
    """
    with database.transaction():
        for table in PRESENT:
            database.execute(f"DELETE FROM {table} WHERE task = ?", (new,))
        for table in (*PRESENT, *HISTORY):
            database.execute(f"UPDATE OR REPLACE {table} SET task = ? WHERE task = ?", (new, old))
