"""The export task: select, render, deliver, finish (EX); and what a csv-export shares with it."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Protocol

from core.config.industry_layouts import IndustryLayout
from core.config.placeholders import FileNameValues, expand_placeholders, uses_sequence
from core.config.tasks import ExportTask
from core.errors import TargetExists
from core.runs import Counts, RunState
from core.store.journal.database import to_text
from core.tasks import leaving_out
from core.tasks.connection import Connection
from core.tasks.context import Outcome
from core.tasks.files import sha256_of, zipped
from core.text import clean, counted, file_size

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.config.tasks import CsvExportTask, FeedTask, RecordExport
    from core.exchange.writing import WriteResult
    from core.store.journal.records import Cursor
    from core.tasks.attachment_export import AttachedExport
    from core.tasks.context import RunContext
    from core.transfer.location import Location, RemoteFile, Transferred


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file that is ready to be delivered; kept in the checkpoint, so that a resumed run sends it only once."""

    spooled: str
    """The name of the file in the spool of the run."""
    path: str
    """Where it goes, in the location's directory."""
    size: int
    records: int
    watermark: str
    """Up to which moment the records were seen (T11)."""
    replaces: str = ""
    """Size and time of the file that had this path before; empty where there was none."""
    in_place: bool = False
    """Whether ``spooled`` becomes another name of the target, and not a copy of it."""
    delivered: bool = False


def target_of(context: RunContext, task: RecordExport | CsvExportTask) -> Connection:
    """The location that an export writes to."""
    return Connection.to(context, task.target.location) if task.target else Connection.to_exports(context)


def file_path(
    context: RunContext, template: str, *, entity: str, assortment: str | None, compress: bool = False
) -> str:
    """Return the path of a target file with its placeholders replaced (EX6), and the ending of a zip file if so."""
    number = 0
    if uses_sequence(template):
        number = 0 if context.dry_run else context.journal.sequences.next(context.task)
    values = FileNameValues(
        moment=context.now().astimezone(context.config.engine.zone),
        task=context.task,
        entity=entity,
        assortment=assortment or "all",
        sequence=number,
    )
    path = expand_placeholders(template, values)
    return f"{path}.zip" if compress and not path.endswith(".zip") else path


def _token(context: RunContext, fence: int) -> str:
    """Return what the hidden names of an attempt's files carry."""
    return f"{context.run}-{fence}"


@contextmanager
def laid_out(
    context: RunContext, connection: Connection, written: Path, path: str, *, compress: bool
) -> Iterator[bool]:
    """Let the file that is rendered as ``written`` and delivered inside the ``with`` block lie at its target already.

    Yield whether that is so; where it is not, the delivery copies.
    """
    if compress or context.dry_run:
        yield False
        return

    def lay_out(location: Location) -> AbstractContextManager[bool]:
        if remains := context.checkpoint.get("laid_out"):
            _clear(context, location, remains)
        context.checkpoint["laid_out"] = path
        context.save_checkpoint()
        return location.laid_out(written, path, token=_token(context, context.fence))

    with connection.attempt("Looking", lay_out) as in_place:
        yield in_place


def _clear(context: RunContext, location: Location, path: str) -> None:
    """Remove what earlier attempts of this run, which were interrupted, have left at the target."""
    for fence in range(1, context.fence):
        location.withdraw(path, token=_token(context, fence))


def pack(context: RunContext, written: Path, path: str, *, compress: bool, records: int, watermark: datetime) -> Parcel:
    """Make a parcel of a rendered file, zipped where the task says so."""
    if compress:
        name = PurePosixPath(path).name.removesuffix(".zip")
        packed = zipped(written, name, written.with_name(f"{written.name}.zip"), context.stop)
        written.unlink()
        written = packed
    return Parcel(
        spooled=written.name,
        path=path,
        size=written.stat().st_size,
        records=records,
        watermark=to_text(watermark),
    )


def kept_parcel(context: RunContext, known: dict[str, Any] | None) -> Parcel | None:
    """Return a parcel of an earlier attempt, or None where a loss of power has left less than the whole of its file."""
    if known is None:
        return None
    parcel = Parcel(**known)
    file = context.spool / parcel.spooled
    return parcel if parcel.delivered or (file.exists() and file.stat().st_size == parcel.size) else None


def addressed(connection: Connection, parcel: Parcel) -> Parcel:
    """Note on a parcel, before it is sent for the first time, what it replaces."""
    present = connection.attempt("Looking", lambda location: location.stat(parcel.path))
    return replace(parcel, replaces=_mark_of(present))


def _mark_of(file: RemoteFile | None) -> str:
    return f"{file.size} {file.modified}" if file else ""


def deliver(context: RunContext, connection: Connection, parcel: Parcel, *, overwrite: bool, look_first: bool) -> str:
    """Send a parcel, and return its SHA-256: its target appears whole or not at all (EX5).

    ``look_first`` is for a resumed run, whose earlier attempt may have come as far as the last rename.

    Raises:
        TargetExists: the target is there, and may not be overwritten.
    """
    name = clean(parcel.path)
    advance = context.step(f"sending {name}", total=parcel.size, unit="bytes")
    look = look_first

    def send(location: Location) -> Transferred | None:
        nonlocal look
        # An attempt before this one may have done all but hear the answer to its rename.
        if look and _arrived(parcel, location.stat(parcel.path)):
            return None
        if look_first:
            _clear(context, location, parcel.path)
        look = True
        return location.deliver(
            context.spool / parcel.spooled,
            parcel.path,
            overwrite=overwrite,
            token=_token(context, context.fence),
            stop=context.stop,
            progress=advance,
        )

    sent = connection.attempt(f"Sending {name}", send)
    if sent is None:
        context.log.info("%s had arrived at %s already; it is not sent again.", name, connection.name)
        return sha256_of(context.spool / parcel.spooled)
    context.log.info("Sent %s to %s: %s.", name, connection.name, file_size(sent.size))
    return sent.sha256


def _arrived(parcel: Parcel, present: RemoteFile | None) -> bool:
    """Whether the file at the target is this parcel. In doubt it is not: sending a file again does no harm."""
    return present is not None and present.size == parcel.size and _mark_of(present) != parcel.replaces


def note_target(context: RunContext, connection: Connection, parcel: Parcel, sha256: str) -> None:
    """Write a delivered file into the journal."""
    kept = None if parcel.in_place else context.spool / parcel.spooled
    context.note_file("target", parcel.path, connection.name, size=parcel.size, sha256=sha256, kept=kept)


def let_go(context: RunContext, parcel: Parcel) -> None:
    """Give up the spool's name of a delivered file that is no copy: who edits the target would edit both.

    To be called when the journal knows of the delivery; until then a resumed run needs it.
    """
    if parcel.in_place:
        (context.spool / parcel.spooled).unlink(missing_ok=True)


def refuse_existing(connection: Connection, path: str) -> None:
    """Refuse a target that is there already, before anything is rendered.

    Raises:
        TargetExists: it is there.
    """
    if connection.attempt("Looking", lambda location: location.stat(path)) is not None:
        raise TargetExists(
            f"{clean(path)} exists at {connection.name} and may not be overwritten.",
            advice="Nothing was sent. Take it away, or set overwrite for this task.",
        )


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
