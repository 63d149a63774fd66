"""The export task: select, render, deliver, finish (EX)."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from core.config.industry_layouts import IndustryLayout
from core.config.tasks import ExportTask
from core.runs import Counts, RunState
from core.tasks import leaving_out
from core.tasks.context import Outcome
from core.tasks.parcels import (
    Parcel,
    addressed,
    deliver,
    file_path,
    kept_parcel,
    laid_out,
    let_go,
    note_target,
    pack,
    refuse_existing,
    target_of,
)
from core.text import clean, counted, file_size

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.config.tasks import FeedTask, RecordExport
    from core.exchange.writing import WriteResult
    from core.store.journal.records import Cursor
    from core.tasks.attachment_export import AttachedExport
    from core.tasks.connection import Connection
    from core.tasks.context import RunContext


class Rendering(Protocol):
    """How the records of a task become its file."""

    tells_deleted: bool
    """Whether the file can say of a record that it is no longer there."""
    cursor: Cursor | None
    """Since when records must have changed to stand in the file; None for all."""

    def __call__(self, session: DuckDBPyConnection, selection: str, target: Path, watermark: datetime) -> WriteResult:
        """Write the records of a selection into a file, in the snapshot of its watermark."""

    def cursor_moves(self) -> None:
        """Note what depends on where the cursor was, in the transaction in which it moves."""

    def delivered(self) -> None:
        """Note what depends on the delivery, in the transaction in which that is noted."""


def cursor_of(context: RunContext, task: RecordExport) -> Cursor | None:
    """Return since when records must have changed to be sent again; None where all are sent."""
    return context.journal.cursors.get(task.id) if task.changes_only else None


def run_export(context: RunContext, task: ExportTask) -> Outcome:
    """Write the records of an entity into one file and deliver it; the cursor moves only when that succeeded.

    Raises:
        PendelError: the file could not be rendered or delivered; nothing was sent, and the cursor stays.
    """
    return send_records(context, task, _rendering(context, task))


def _rendering(context: RunContext, task: ExportTask) -> Rendering:
    layout = context.config.layout(task.layout, "export")
    assert layout is not None and layout.direction == "export"  # noqa: S101, PT018 - checked when it was loaded
    if isinstance(layout, IndustryLayout):
        from core.tasks.standard_writing import StandardDocument

        return StandardDocument(context, task, layout)
    from core.tasks.table_writing import Table

    return Table(context, task, layout)


def send_records(context: RunContext, task: ExportTask | FeedTask, rendering: Rendering) -> Outcome:
    """Render the records of a task into one file and deliver it, with their attachments where the task sends those.

    The cursor moves only when all of that succeeded.

    Raises:
        PendelError: the file could not be rendered or delivered; nothing was sent, and the cursor stays.
    """
    attached = _attached(context, task)
    with target_of(context, task) as connection, ExitStack() as until_delivered:
        warning = ""
        known = kept_parcel(context, context.checkpoint.get("parcel"))
        if known and not known.delivered and attached and not attached.listed:
            known = None
        if known is None:
            parcel, warning = _render(context, task, rendering, connection, until_delivered, attached)
        else:
            parcel = known
        context.counts = Counts(written=parcel.records, archived=context.details.get("left_out", 0))
        nothing = parcel.records == 0 and not (attached and attached.found.files)
        if nothing and task.if_empty == "skip":
            if not context.dry_run:
                with context.journal.transaction():
                    _move_cursor(context, task, parcel, rendering)
            state = RunState.WARNINGS if warning else RunState.SUCCEEDED
            return Outcome(f"No record to export; no file was written. {warning}".rstrip(), state)
        if context.dry_run:
            return _outcome("Would send", _content(parcel, attached), parcel, connection, context, warning)
        if not known:
            parcel = addressed(connection, parcel)
            _save(context, parcel)
        if not parcel.delivered:
            if attached:
                # Before the file that names their records: who waits for that finds them there.
                attached.deliver(connection, parcel.path)
            sha256 = deliver(context, connection, parcel, overwrite=task.overwrite, look_first=known is not None)
            with context.journal.transaction():
                note_target(context, connection, parcel, sha256)
                _move_cursor(context, task, parcel, rendering)
                rendering.delivered()
                _save(context, replace(parcel, delivered=True))
        let_go(context, parcel)
    if isinstance(task, ExportTask) and task.archive_left_out:
        archived = leaving_out.archive(context, task, datetime.fromisoformat(parcel.watermark))
        context.counts = Counts(written=parcel.records, archived=archived)
    return _outcome("Sent", _content(parcel, attached), parcel, connection, context, warning)


def _outcome(
    did: str, content: str, parcel: Parcel, connection: Connection, context: RunContext, warning: str
) -> Outcome:
    archived = context.counts.archived
    left_out = ""
    if archived:
        verb = "would be" if context.dry_run else "were" if archived > 1 else "was"
        left_out = f" {counted(archived, 'record')} that it leaves out {verb} archived."
    message = f"{did} {clean(parcel.path)} to {connection.name}: {content}.{left_out} {warning}".rstrip()
    state = RunState.WARNINGS if warning else RunState.SUCCEEDED
    return Outcome(message, state, context.counts, dict(context.details))


def _attached(context: RunContext, task: ExportTask | FeedTask) -> AttachedExport | None:
    if task.attachments is None:
        return None
    from core.tasks.attachment_export import AttachedExport

    return AttachedExport(context, task, task.attachments)


def _save(context: RunContext, parcel: Parcel) -> None:
    context.checkpoint["parcel"] = asdict(parcel)
    context.save_checkpoint()


def _content(parcel: Parcel, attached: AttachedExport | None) -> str:
    content = f"{counted(parcel.records, 'record')}, {file_size(parcel.size)}"
    return f"{content}; {attached.in_words(parcel.path)}" if attached else content


def _render(
    context: RunContext,
    task: RecordExport,
    rendering: Rendering,
    connection: Connection,
    until_delivered: ExitStack,
    attached: AttachedExport | None,
) -> tuple[Parcel, str]:
    """Write the file; return it, with a warning of what it leaves out."""
    from core.store.catalogue import select_records, snapshot

    template = task.target.path if task.target else task.file or ""
    path = file_path(context, template, entity=task.entity, assortment=task.assortment, compress=task.compress)
    if not task.overwrite:
        refuse_existing(connection, path)
        if attached:
            attached.refuse_existing(connection, path)
    cursor = rendering.cursor
    written = context.spool / "export"
    context.step(f"writing {clean(path)}")
    in_place = until_delivered.enter_context(laid_out(context, connection, written, path, compress=task.compress))
    with context.turn(), context.catalogue.session() as session, snapshot(session) as watermark:
        warning = ""
        if isinstance(task, ExportTask) and task.archive_left_out:
            warning = leaving_out.refuse_too_many(context, task, session, watermark)
        selection = select_records(
            session,
            context.config.entities[task.entity],
            assortment=task.assortment,
            since=cursor.moment if cursor else None,
            upto=watermark,
            with_archived=rendering.tells_deleted and cursor is not None,
            where=leaving_out.condition(context, task, session),
            publication=task.publication,
        )
        result = rendering(session, selection, written, watermark)
        if attached:
            attached.list(session, selection, since=cursor.moment if cursor else None, upto=watermark)
    warning = " ".join(filter(None, [warning, *result.warnings]))
    since = f" changed since {cursor.moment:%Y-%m-%d %H:%M:%S} UTC" if cursor else ""
    context.log.info("Wrote %s%s.", counted(result.records, "record"), since)
    parcel = pack(context, written, path, compress=task.compress, records=result.records, watermark=watermark)
    return replace(parcel, in_place=in_place), warning


def _move_cursor(context: RunContext, task: RecordExport, parcel: Parcel, rendering: Rendering) -> None:
    if task.changes_only:
        rendering.cursor_moves()
        context.journal.cursors.set(
            task.id,
            datetime.fromisoformat(parcel.watermark),
            set_by="run",
            at=context.now(),
            run=context.run,
        )
