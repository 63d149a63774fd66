"""Invoices that were created or changed since the cursor, imported as any file is (DP4).

What changed is told by the time of the file. The cursor is the time of the newest file that was imported before the
first one that was not, so that this is tried again; files of that very time are taken but for those that were taken
then.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from core.runs import RunState
from core.tasks import pickup
from core.tasks.context import Outcome
from core.tasks.importing import import_each
from core.tasks.pickup import SourceFile
from core.text import clean, counted

if TYPE_CHECKING:
    from core.config.art_connect import InvoicesTask
    from core.store.journal.records import Cursor
    from core.tasks.context import RunContext

_INVOICES = ("invoice", "invoice_line")


def run_invoices(context: RunContext, task: InvoicesTask) -> Outcome:
    """Import the invoices that are new since the cursor, oldest first; one that cannot be read holds up no other.

    Raises:
        PendelError: the location or the stores fail; what was committed before it stays, and so does the cursor.
    """
    reading = task.as_import()
    cursor = context.journal.cursors.get(task.id)
    with pickup.connect(context, reading) as connection:
        files = [SourceFile(**known) for known in context.checkpoint.get("files", [])]
        if not files:
            found = pickup.find_files(context, reading, connection)
            files = _since(context, found.files, cursor)
            context.log.info(
                "%s at %s, of which %s new%s.",
                counted(len(found.files), "file"),
                connection.name,
                f"{len(files):,} {'is' if len(files) == 1 else 'are'}",
                f" since {cursor.moment.astimezone(context.config.engine.zone):%Y-%m-%d %H:%M:%S}" if cursor else "",
            )
            if not files and (found.growing or not found.files):
                return Outcome(*pickup.nothing_to_take(context, reading, found, connection))
            if not files:
                return Outcome("No invoice was created or changed since the cursor.")
        outcome, left_out = import_each(context, reading, connection, files, entities=_INVOICES, what="invoices")
    if not context.dry_run:
        _move_cursor(context, task, cursor, files, left_out)
    if left_out:
        names = ", ".join(clean(file.name) for file in left_out[:3])
        message = (
            f"{outcome.message} {counted(len(left_out), 'file')} left out, and tried again by the next run: {names}."
        )
        state = RunState.FAILED if len(left_out) == len(files) else RunState.WARNINGS
        outcome = replace(outcome, message=message, state=state)
    return outcome


def _since(context: RunContext, files: list[SourceFile], cursor: Cursor | None) -> list[SourceFile]:
    """Return the files that are new; one whose time nobody tells always is."""
    if cursor is None:
        return files
    taken: set[tuple[str, int]] = set()
    if cursor.run is not None:
        taken = {(row.name, row.size) for row in context.journal.files.of_run(cursor.run) if row.role == "source"}
    new = []
    for file in files:
        moment = datetime.fromisoformat(file.modified) if file.modified else None
        known = (clean(file.name), file.size) in taken
        if moment is None or moment > cursor.moment or (moment == cursor.moment and not known):
            new.append(file)
    return new


def _move_cursor(
    context: RunContext, task: InvoicesTask, cursor: Cursor | None, files: list[SourceFile], left_out: list[SourceFile]
) -> None:
    until = min((file.modified for file in left_out), default="")
    reached = [
        datetime.fromisoformat(file.modified)
        for file in files
        if file.modified and (not left_out or file.modified < until)
    ]
    latest = max(reached, default=None)
    if latest is not None and (cursor is None or latest >= cursor.moment):
        context.journal.cursors.set(task.id, latest, set_by="run", at=context.now(), run=context.run)
