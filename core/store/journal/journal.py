"""The journal as one object, with a part for each thing that it keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.store.journal.alerts import Outbox, Streaks
from core.store.journal.attachments import Fetched, Orphans
from core.store.journal.database import Database
from core.store.journal.history import History
from core.store.journal.occurrences import Occurrences, Plans
from core.store.journal.records import Audit, Cursors, Files, Logs, Rejects, Sequences
from core.store.journal.requests import Requests
from core.store.journal.runs import Runs
from core.store.journal.tallies import Tallies

if TYPE_CHECKING:
    import sqlite3
    from contextlib import AbstractContextManager
    from pathlib import Path


class Journal:
    """Everything that must survive: many small durable transactions, readable by a second process.

    Raises:
        StoreError: the file cannot be opened or written, or is of another version.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._database = Database(path, read_only=read_only)
        self.runs = Runs(self._database)
        self.history = History(self._database)
        self.occurrences = Occurrences(self._database)
        self.plans = Plans(self._database)
        self.logs = Logs(self._database)
        self.rejects = Rejects(self._database)
        self.files = Files(self._database)
        self.cursors = Cursors(self._database)
        self.audit = Audit(self._database)
        self.requests = Requests(self._database)
        self.sequences = Sequences(self._database)
        self.tallies = Tallies(self._database)
        self.streaks = Streaks(self._database)
        self.outbox = Outbox(self._database)
        self.fetched = Fetched(self._database)
        self.orphans = Orphans(self._database)

    def transaction(self) -> AbstractContextManager[None]:
        """All that is written inside the ``with`` block, or nothing."""
        return self._database.transaction()

    def compact(self) -> None:
        """Give the space of what was deleted back to the disk."""
        self._database.vacuum()

    def frozen(self) -> AbstractContextManager[sqlite3.Connection]:
        """Give a connection that sees the journal as it stands now, whatever is written meanwhile."""
        return self._database.frozen()

    @property
    def path(self) -> Path:
        """The file."""
        return self._database.path

    def close(self) -> None:
        """Close the file."""
        self._database.close()
