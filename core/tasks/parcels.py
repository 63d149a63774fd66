"""A file on its way to its target: packed, sent whole or not at all, and noted (EX5)."""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from core.config.placeholders import FileNameValues, expand_placeholders, uses_sequence
from core.errors import TargetExists
from core.store.journal.database import to_text
from core.tasks.connection import Connection
from core.tasks.files import sha256_of, zipped
from core.text import clean, file_size

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from core.config.tasks import CsvExportTask, RecordExport
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
