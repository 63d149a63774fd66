"""Which files an import takes, and what becomes of each at its source (IM4, IM5)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from core.errors import FileMissing
from core.runs import RunState
from core.tasks.connection import Connection
from core.text import clean, counted

if TYPE_CHECKING:
    from core.config.tasks import ImportTask
    from core.tasks.context import RunContext
    from core.transfer.location import RemoteFile


@dataclass(slots=True)
class SourceFile:
    """One file that an import takes, and how far it came; kept in the checkpoint."""

    path: str
    """In the location's directory."""
    name: str
    size: int
    modified: str
    """ISO 8601, or empty where the location does not tell."""
    spooled: str = ""
    """The name of Pendel's copy in the spool of the run, once it is complete."""
    cleared: bool = False
    """The brake was passed: blocks may have been applied."""
    parts: int = 0
    """So many of its parts were applied."""
    applied: bool = False
    """All blocks were applied."""
    done: bool = False
    """The source file was deleted, moved, or left alone as the task says."""

    @classmethod
    def of(cls, file: RemoteFile) -> SourceFile:
        """A file that was just found."""
        return cls(file.path, file.name, file.size, file.modified.isoformat() if file.modified else "")

    def is_still(self, file: RemoteFile) -> bool:
        """Whether ``file`` is the one that was taken, by size and time."""
        modified = file.modified.isoformat() if file.modified else ""
        return (file.size, modified) == (self.size, self.modified)

    def to_remote(self) -> RemoteFile:
        """The file as the location knows it."""
        from core.transfer.location import RemoteFile

        modified = datetime.fromisoformat(self.modified) if self.modified else None
        return RemoteFile(self.path, self.name, self.size, modified)

    def as_dict(self) -> dict[str, Any]:
        """For the checkpoint."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Pickup:
    """What was found at the source: the files to take, and those that appeared or changed a moment ago."""

    files: list[SourceFile]
    growing: list[str]


def connect(context: RunContext, task: ImportTask) -> Connection:
    """The location that an import reads from."""
    return Connection.to(context, task.source.location) if task.source else Connection.to_uploads(context)


def path_of(task: ImportTask) -> str:
    """The path or wildcard that an import reads."""
    return task.source.path if task.source else task.file or ""


def find_files(context: RunContext, task: ImportTask, connection: Connection) -> Pickup:
    """Return the files to take, oldest first. Files that change within the settle time are left for the next run."""
    pattern = path_of(task)
    found = connection.attempt("Listing", lambda location: location.list(pattern))
    growing: list[str] = []
    if found and task.settle:
        context.log.debug("Waiting %d s to see whether the files still change.", task.settle)
        context.stop.wait(task.settle)
        before = {file.path: SourceFile.of(file) for file in found}
        later = connection.attempt("Listing", lambda location: location.list(pattern))
        unsettled = [file.path not in before or not before[file.path].is_still(file) for file in later]
        growing = [clean(file.name) for file, grows in zip(later, unsettled, strict=True) if grows]
        # The order of the files must hold: what is newer than one that is not settled waits for it.
        settled = later[: unsettled.index(True)] if growing else later
        found = settled
    for name in growing:
        context.log.warning("%s is still being written and is not taken yet.", name)
    return Pickup([SourceFile.of(file) for file in found], growing)


def nothing_to_take(
    context: RunContext, task: ImportTask, pickup: Pickup, connection: Connection
) -> tuple[str, RunState]:
    """Say why there is nothing to import, and what that means for the run.

    Raises:
        FileMissing: there is no file, and the task is to fail then.
    """
    pattern = path_of(task)
    if pickup.growing:
        names = ", ".join(pickup.growing)
        return f"Nothing taken: {names} at {connection.name} is still being written.", RunState.WARNINGS
    wildcard = any(char in pattern for char in "*?[")
    verdict = task.if_missing or ("succeed" if wildcard else "fail")
    message = f"There is no file {pattern!r} at {connection.name}."
    if context.options.get("after_resumed"):
        return f"{message} The run that was interrupted went on just before and may have taken it.", RunState.SUCCEEDED
    if verdict == "fail":
        raise FileMissing(message, advice="Check the path, and whether the sender has delivered.")
    return message, RunState.WARNINGS if verdict == "warn" else RunState.SUCCEEDED


def fetch_file(context: RunContext, connection: Connection, file: SourceFile, number: int) -> None:
    """Copy one file into the spool; a copy that is complete already stays."""
    target = context.spool / f"{number:04d}-source"
    if file.spooled and target.exists() and target.stat().st_size == file.size:
        return
    advance = context.step(f"fetching {clean(file.name)}", total=file.size, unit="bytes")
    fetched = connection.attempt(
        f"Fetching {clean(file.name)}",
        lambda location: location.fetch(file.to_remote(), target, stop=context.stop, progress=advance),
    )
    if not context.dry_run:
        context.note_file("source", file.name, connection.name, size=fetched.size, sha256=fetched.sha256, kept=target)
    file.spooled = target.name
    resumed = f" (resumed at byte {fetched.resumed_from:,})" if fetched.resumed_from else ""
    context.log.info("Fetched %s: %s%s.", clean(file.name), counted(fetched.size, "byte"), resumed)


def clear_source(context: RunContext, task: ImportTask, connection: Connection, file: SourceFile) -> str:
    """Delete or move a source file whose import is committed; return a warning where it could not be done."""
    if not (task.delete_after or task.move_after):
        return ""
    name = clean(file.name)
    present = connection.attempt("Looking", lambda location: location.stat(file.path))
    if present is None:
        return ""
    if not file.is_still(present):
        return f"{name} was replaced at {connection.name} while it was imported; the new file stays for the next run."
    if task.delete_after:
        connection.attempt(f"Deleting {name}", lambda location: location.delete(file.path))
        context.log.info("Deleted %s at %s.", name, connection.name)
    elif task.move_after:
        directory = PurePosixPath(file.path).parent / task.move_after
        moved_to = str(directory / file.name)
        connection.attempt(f"Moving {name}", lambda location: location.move(file.path, moved_to))
        context.log.info("Moved %s to %s at %s.", name, clean(task.move_after), connection.name)
    return ""
