"""The files of a watched folder: which are there, how one is taken out of it, and where it goes in the end (IM11).

A file is taken by renaming it into a hidden directory of the folder, under a name that says which Pendel and which run
has it. Nobody takes it twice, the sender cannot write over it, and what a run left there is found by the next one.
"""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from core.errors import FileMissing
from core.tasks.connection import Connection
from core.tasks.pickup import SourceFile
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.config.auto_import import AutoImportTask
    from core.tasks.context import RunContext
    from core.transfer.location import Location, RemoteFile

Mode = Literal["import", "check"]

TAKEN, PROCESSED, QUARANTINE = ".pendel", "processed", "quarantine"
"""Directories inside a watched folder."""
REPORT_ENDINGS = (".report.txt", ".report.json")
_UNFINISHED = (".part", ".partial", ".filepart", ".tmp", ".crdownload", "~")
"""How programs name a file that they still write."""
_LONGEST_NAME = 255


@dataclass(slots=True)
class Arrival:
    """A file that appeared in a watched folder, and how far it came; kept in the checkpoint."""

    mode: Mode
    folder: str
    path: str
    """Where it appeared."""
    name: str
    size: int
    modified: str
    taken: str = ""
    """Where it lies while it is worked on; written before it is moved there."""
    walk: dict[str, Any] = field(default_factory=dict)
    """The checkpoint of its import."""
    before: list[int] = field(default_factory=list)
    """The counts of the run when its import began."""
    report: dict[str, Any] = field(default_factory=dict)
    """What came of it, once that is known."""
    verdict: str = ""
    """The directory that it belongs into then."""
    parked: str = ""
    """Where it lies in the end; written before it is moved there."""
    done: bool = False

    @classmethod
    def of(cls, mode: Mode, folder: str, file: RemoteFile) -> Arrival:
        """A file that was just listed."""
        found = SourceFile.of(file)
        return cls(mode, folder, found.path, found.name, found.size, found.modified)

    def source(self, path: str) -> SourceFile:
        """The file as an import takes it, from where it lies now."""
        return SourceFile(path, self.name, self.size, self.modified)

    def is_still(self, file: RemoteFile) -> bool:
        """Whether ``file`` is the one that was listed, by size and time."""
        return self.source(self.path).is_still(file)

    def as_dict(self) -> dict[str, Any]:
        """For the checkpoint, which is written at once."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


def folders(task: AutoImportTask) -> dict[str, Mode]:
    """Return the folders that a task watches, in the directory of its location, and what is done in each."""
    found: dict[str, Mode] = {}
    if task.import_directory:
        found[task.import_directory.strip("/")] = "import"
    if task.check_directory:
        found[task.check_directory.strip("/")] = "check"
    return found


def folder_connection(context: RunContext, task: AutoImportTask) -> Connection:
    """The location that a task watches."""
    return Connection.to(context, task.location) if task.location else Connection.to_uploads(context)


def waiting(location: Location, task: AutoImportTask) -> tuple[list[Arrival], list[str]]:
    """Return the files that wait in the folders, oldest first, and why names were left out.

    Raises:
        FileMissing: a folder is not there.
    """
    found: list[Arrival] = []
    skipped: list[str] = []
    for folder, mode in folders(task).items():
        files = location.list(f"{folder}/*")
        skipped += location.skipped
        found += [Arrival.of(mode, folder, file) for file in files if not _is_ours_or_unfinished(file.name)]
    return sorted(found, key=lambda arrival: (arrival.modified, arrival.name)), skipped


def _is_ours_or_unfinished(name: str) -> bool:
    return name.casefold().endswith((*REPORT_ENDINGS, *_UNFINISHED))


class Shelf:
    """Moves files of the folders of one task: into the hands of a run, and on."""

    def __init__(self, context: RunContext, connection: Connection) -> None:
        self._context = context
        self._connection = connection

    @cached_property
    def _mark(self) -> str:
        return _mark_of(self._context.config.data_dir)

    def take(self, arrival: Arrival) -> str:
        """Move a file out of its folder, where nobody else takes it; return why it was not taken, if so.

        ``arrival.taken`` must be on record before: see :meth:`place`.
        """
        taken = self._stat(arrival.taken)
        if taken is None:
            present = self._stat(arrival.path)
            if present is None:
                return "it is gone"
            if not arrival.is_still(present):
                return "it is still being written"
            arrival.taken = self._move(arrival.path, arrival.taken, f"Taking {clean(arrival.name)}")
            taken = self._stat(arrival.taken)
        if taken is None or not arrival.is_still(taken):
            self.put_back(arrival)
            return "it is still being written"
        return ""

    def place(self, arrival: Arrival, number: int) -> str:
        """Return where a file is to lie while it is worked on."""
        prefix = f"{self._mark}-{self._context.run}-{number}-"
        return f"{arrival.folder}/{TAKEN}/{prefix}{_short(arrival.name, len(prefix))}"

    def changed(self, arrival: Arrival) -> bool:
        """Whether somebody has gone on writing a file after it was taken."""
        present = self._stat(arrival.taken)
        return present is not None and not arrival.is_still(present)

    def put_back(self, arrival: Arrival) -> None:
        """Move a file that was taken into its folder again, under a number where its name is taken by now."""
        if self._stat(arrival.taken) is not None:
            self._move(arrival.taken, arrival.path, f"Putting {clean(arrival.name)} back")

    def park(self, arrival: Arrival) -> None:
        """Move a file that was dealt with to where it belongs; ``arrival.parked`` must be on record before."""
        if self._stat(arrival.taken) is not None:
            arrival.parked = self._move(arrival.taken, arrival.parked, f"Moving {clean(arrival.name)}")

    def free_place(self, arrival: Arrival) -> str:
        """Return a path in the directory of the verdict that neither the file nor its reports find taken."""
        directory = f"{arrival.folder}/{arrival.verdict}"

        def names(location: Location) -> set[str]:
            try:
                return {entry.name for entry in location.entries(directory)}
            except FileMissing:
                return set()

        taken = self._connection.attempt("Listing", names)
        return (
            f"{directory}/{next(name for name in _numbered(arrival.name) if not {name, *report_names(name)} & taken)}"
        )

    def left_behind(self, task: AutoImportTask) -> Iterator[tuple[int, Arrival]]:
        """Yield what earlier runs had taken and left, with the number of the run."""
        pattern = re.compile(rf"{self._mark}-(\d+)-\d+-(.+)")
        for folder, mode in folders(task).items():
            directory = f"{folder}/{TAKEN}"

            def listed(location: Location, directory: str = directory) -> list[RemoteFile]:
                try:
                    return location.list(f"{directory}/*")
                except FileMissing:
                    return []

            for file in self._connection.attempt("Listing", listed):
                match = pattern.fullmatch(file.name)
                if match and int(match[1]) != self._context.run:
                    arrival = Arrival.of(mode, folder, file)
                    arrival.name, arrival.path, arrival.taken = match[2], f"{folder}/{match[2]}", file.path
                    yield int(match[1]), arrival

    def has(self, path: str) -> bool:
        """Whether there is a file at a path."""
        return self._stat(path) is not None

    def deliver(self, source: Path, path: str) -> None:
        """Put a report in its place, whole or not at all."""
        context = self._context
        token = f"run-{context.run}-{context.fence}"
        self._connection.attempt(
            "Writing the report",
            lambda location: location.deliver(source, path, overwrite=True, token=token, stop=context.stop),
        )

    def _stat(self, path: str) -> RemoteFile | None:
        if not path:
            return None
        return self._connection.attempt("Looking", lambda location: location.stat(path))

    def _move(self, path: str, to: str, what: str) -> str:
        return self._connection.attempt(what, lambda location: location.move(path, to))


def report_names(name: str) -> tuple[str, ...]:
    """Return the names of the reports beside a file."""
    longest = max(map(len, REPORT_ENDINGS))
    return tuple(_short(name, longest) + ending for ending in REPORT_ENDINGS)


def _numbered(name: str) -> Iterator[str]:
    """Yield a name, and then that name with rising numbers before its ending."""
    from core.transfer.names import numbered_path

    yield name
    number = 1
    while True:
        yield numbered_path(name, number)
        number += 1


def _short(name: str, taken: int) -> str:
    """Cut a name so that so many bytes more go into it; its end, which says what it is, stays."""
    room = _LONGEST_NAME - taken
    return name if len(name.encode()) <= room else name.encode()[-room:].decode(errors="ignore").lstrip(".")


def _mark_of(data_dir: Path) -> str:
    """A few letters that tell the files that this Pendel takes from those of another one at the same folder.

    They are drawn once and kept in the data directory: the name of the machine is another one with each container.
    """
    file = data_dir / "instance"
    with suppress(FileNotFoundError):
        if known := file.read_text(encoding="ascii").strip():
            return known
    new, drawn = file.with_name(".instance.new"), secrets.token_hex(3)
    new.write_text(drawn, encoding="ascii")
    new.replace(file)
    return drawn
