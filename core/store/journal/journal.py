"""The journal as one object, with a part for each thing that it keeps."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from core.store.journal.database import Database
from core.store.journal.runs import Runs

if TYPE_CHECKING:
    import sqlite3
    from contextlib import AbstractContextManager
    from pathlib import Path

    from core.store.journal.alerts import Outbox, Streaks
    from core.store.journal.attachments import Fetched, Orphans
    from core.store.journal.flow_choices import FlowChoices
    from core.store.journal.flows import FlowCursors, FlowRecords
    from core.store.journal.history import History
    from core.store.journal.occurrences import Occurrences, Plans
    from core.store.journal.records import Audit, Cursors, Files, Logs, Rejects, Sequences
    from core.store.journal.requests import Requests
    from core.store.journal.tallies import Tallies


class Journal:
    """Everything that must survive: many small durable transactions, readable by a second process.

    Raises:
        StoreError: the file cannot be opened or written, or is of another version.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._database = Database(path, read_only=read_only)
        self.runs = Runs(self._database)

    # What the first screen does not show is imported when it is first used. None of it keeps a state of its own.

    @cached_property
    def logs(self) -> Logs:
        """What was logged."""
        from core.store.journal.records import Logs

        return Logs(self._database)

    @cached_property
    def rejects(self) -> Rejects:
        """Records that were not accepted."""
        from core.store.journal.records import Rejects

        return Rejects(self._database)

    @cached_property
    def files(self) -> Files:
        """The files that runs read and wrote."""
        from core.store.journal.records import Files

        return Files(self._database)

    @cached_property
    def cursors(self) -> Cursors:
        """How far tasks that follow changes have come."""
        from core.store.journal.records import Cursors

        return Cursors(self._database)

    @cached_property
    def audit(self) -> Audit:
        """Who asked for what."""
        from core.store.journal.records import Audit

        return Audit(self._database)

    @cached_property
    def sequences(self) -> Sequences:
        """The numbers in the names of files."""
        from core.store.journal.records import Sequences

        return Sequences(self._database)

    @cached_property
    def history(self) -> History:
        """Runs as somebody looks back on them."""
        from core.store.journal.history import History

        return History(self._database)

    @cached_property
    def occurrences(self) -> Occurrences:
        """What was due, and became a run or was skipped."""
        from core.store.journal.occurrences import Occurrences

        return Occurrences(self._database)

    @cached_property
    def plans(self) -> Plans:
        """Which tasks are planned since when."""
        from core.store.journal.occurrences import Plans

        return Plans(self._database)

    @cached_property
    def requests(self) -> Requests:
        """What other processes ask of the engine."""
        from core.store.journal.requests import Requests

        return Requests(self._database)

    @cached_property
    def tallies(self) -> Tallies:
        """Sums that outlive the runs."""
        from core.store.journal.tallies import Tallies

        return Tallies(self._database)

    @cached_property
    def streaks(self) -> Streaks:
        """The troubles that go on."""
        from core.store.journal.alerts import Streaks

        return Streaks(self._database)

    @cached_property
    def outbox(self) -> Outbox:
        """Messages that are to be sent."""
        from core.store.journal.alerts import Outbox

        return Outbox(self._database)

    @cached_property
    def fetched(self) -> Fetched:
        """What addresses of attachments held."""
        from core.store.journal.attachments import Fetched

        return Fetched(self._database)

    @cached_property
    def orphans(self) -> Orphans:
        """Content of attachments that nothing refers to."""
        from core.store.journal.attachments import Orphans

        return Orphans(self._database)

    @cached_property
    def flow_records(self) -> FlowRecords:
        """What became of the records of flows."""
        from core.store.journal.flows import FlowRecords

        return FlowRecords(self._database)

    @cached_property
    def flow_cursors(self) -> FlowCursors:
        """Where the next readings of flows begin."""
        from core.store.journal.flows import FlowCursors

        return FlowCursors(self._database)

    @cached_property
    def flow_choices(self) -> FlowChoices:
        """Which of several records at a target those of flows are meant to be."""
        from core.store.journal.flow_choices import FlowChoices

        return FlowChoices(self._database)

    def transaction(self) -> AbstractContextManager[None]:
        """All that is written inside the ``with`` block, or nothing."""
        return self._database.transaction()

    def rename_task(self, old: str, new: str) -> None:
        """Let all that is known of a task be known of another name."""
        from core.store.journal.renaming import rename_task

        rename_task(self._database, old, new)

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
