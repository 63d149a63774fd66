"""The one contract of every place where files are read and written."""

from __future__ import annotations

import datetime as dt
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from core.closing import Closing
from core.errors import FileMissing, PendelError, SourceChanged, TargetExists
from core.text import clean
from core.transfer import names
from core.transfer.faults import disk_fault
from core.transfer.meter import Meter
from core.transfer.receiving import receive

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from pathlib import Path

    from core.stop import StopToken

Progress = Callable[[int, int], None]
"""Called with the bytes done and the bytes in total."""

_log = logging.getLogger(__name__)
_BEGINNING = dt.datetime.min.replace(tzinfo=dt.UTC)
_NUMBERS_TRIED = 20


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file at a location."""

    path: str
    """Relative to the location's directory."""
    name: str
    size: int
    modified: dt.datetime | None
    """In UTC; None where the server does not tell."""


@dataclass(frozen=True, slots=True)
class Transferred:
    """A file that was moved whole."""

    path: str
    size: int
    sha256: str
    resumed_from: int = 0
    """Bytes that an earlier attempt had brought already."""


Kind = Literal["file", "directory", "link", "other"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a listing. ``kind`` is ``link`` where only a stat tells what it leads to."""

    name: str
    size: int
    modified: dt.datetime | None
    kind: Kind


class Location(Closing, ABC):
    """A place where files are read and written; paths are relative to its directory and never lead out of it.

    A context manager that closes its connection, which is opened by the first call and opened again by the next one
    after it was lost. One thread at a time uses a location. Every method raises ConnectionFailed, AccessDenied and
    TransferError beside what it names.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.skipped: tuple[str, ...] = ()
        """Why names of the last listing were left out: a sentence each, fit to be shown."""

    def close(self) -> None:
        """Close the connection; never raises."""

    def list(self, pattern: str) -> list[RemoteFile]:
        """Return the files that match, oldest first, then by name.

        A wildcard may stand in the last part of the pattern; it is case-sensitive and leaves out hidden files unless
        it begins with a dot. Without one, the result is that one file, or nothing.

        Raises:
            FileMissing: the directory is not there.
        """
        directory, wildcard = names.checked_pattern(pattern)
        self.skipped = ()
        if not names.is_wildcard(wildcard):
            found = self.stat(names.joined_path(directory, wildcard))
            return [found] if found else []
        entries = [entry for entry in self._entries(directory) if entry.kind in ("file", "link")]
        good, faults = names.usable(entry.name for entry in entries)
        wanted = {name for name in good if names.matches(name, wildcard)}
        files = []
        for entry in entries:
            if entry.name not in wanted:
                continue
            path = names.joined_path(directory, entry.name)
            if entry.kind == "file":
                files.append(RemoteFile(path, entry.name, entry.size, entry.modified))
                continue
            try:
                linked = self.stat(path)
            except PendelError as error:
                if error.retriable:
                    raise
                faults.append(f"{clean(entry.name, limit=120)!r} is left out: {error.message}")
            else:
                files += [linked] if linked else []
        for fault in faults:
            _log.warning(
                "unusable name in a listing: %s", fault, extra={"action": "transfer.list", "location": self.name}
            )
        self.skipped = tuple(faults)
        return sorted(files, key=lambda file: (file.modified or _BEGINNING, file.name))

    def entries(self, directory: str) -> Sequence[Entry]:
        """Return the files, directories and links in a directory, empty for the location's own, by name.

        Raises:
            FileMissing: the directory is not there.
        """
        found = self._entries(names.checked_path(directory) if directory else "")
        good, faults = names.usable(entry.name for entry in found)
        self.skipped = tuple(faults)
        wanted = set(good)
        chosen = [entry for entry in found if entry.name in wanted and entry.kind != "other"]
        return sorted(chosen, key=lambda entry: entry.name)

    @abstractmethod
    def stat(self, path: str) -> RemoteFile | None:
        """Return the file at ``path``, or None where there is none (or a directory)."""

    def fetch(self, file: RemoteFile, into: Path, *, stop: StopToken, progress: Progress | None = None) -> Transferred:
        """Copy a file to the path ``into``, which appears only when it is complete.

        A partial file of an earlier attempt lies beside ``into``; it is carried on with only where size, time and the
        last bytes prove that the source is the same.

        Raises:
            FileMissing: the file is gone.
            SourceChanged: it is not the file that was listed, or changed while it was read.
            VerifyFailed: the size that arrived is not the size that was announced.
            StopRequested: a stop was asked for; the partial file stays.
        """
        path = names.checked_path(file.path)
        with self._interruptible(stop):
            size, sha256, resumed_from = receive(self, file, into, stop=stop, progress=progress)
        return Transferred(path, size, sha256, resumed_from)

    def deliver(
        self,
        source: Path,
        path: str,
        *,
        overwrite: bool,
        token: str,
        stop: StopToken,
        progress: Progress | None = None,
    ) -> Transferred:
        """Copy the file ``source`` to ``path``, where it appears whole or not at all.

        It travels under a hidden name that carries ``token``, is verified there, and then renamed. The same token in a
        later attempt takes over what a broken connection has left behind.

        Raises:
            TargetExists: there is such a file and ``overwrite`` is not set; nothing was sent.
            FileMissing: the target's directory is not there.
            VerifyFailed: what arrived is not what was sent.
            StopRequested: a stop was asked for; the target is as it was.
        """
        target = names.checked_path(path)
        temporary = names.temporary_path(target, token)
        try:
            meter = Meter(source.stat().st_size, stop, progress)
        except OSError as error:
            raise disk_fault(error, source) from error
        with self._interruptible(stop):
            if not overwrite and self._exists(target):
                raise self._target_exists(target)
            try:
                try:
                    self._store(source, temporary, meter)
                except FileMissing as error:
                    directory = clean(names.split_path(target)[0] or "itself")
                    raise FileMissing(
                        f"The directory of {clean(target)} at the location {self.name} ({directory}) is not there.",
                        advice="Make it, or correct the path of the target.",
                    ) from error
                if meter.done != meter.total:
                    raise SourceChanged(f"{clean(str(source))} changed while it was sent.")
                stop.check()
                if overwrite:
                    self._rename_over(temporary, target, token)
                else:
                    self._rename_new(temporary, target)
            except BaseException:
                # The fault that led here is told; whether the clean-up works as well is not worth a second one.
                with suppress(PendelError):
                    self._discard(temporary)
                raise
        return Transferred(target, meter.done, meter.sha256)

    @contextmanager
    def laid_out(self, source: Path, path: str, *, token: str) -> Iterator[bool]:
        """Let the file that is yet to be written at ``source`` lie where :meth:`deliver` need not copy it.

        Yield whether that is so, which takes a directory of this machine on the filesystem of ``source``: it then is an
        empty file that must be appended to, not replaced, and that a delivery with the same token inside the ``with``
        block renames. What was not delivered by the end of the block is gone from the location; ``source`` stays. After
        a delivery, ``source`` is another name of the target.
        """
        del source, path, token
        yield False

    def withdraw(self, path: str, *, token: str) -> None:
        """Remove what a delivery to ``path`` that broke off has left behind, as far as that can be done."""
        with suppress(PendelError):
            self._discard(names.temporary_path(names.checked_path(path), token))

    @abstractmethod
    def delete(self, path: str) -> None:
        """Delete a file.

        Raises:
            FileMissing: it is not there.
        """

    def move(self, path: str, to: str) -> str:
        """Move a file within the location, and return where it is now. The directory of ``to`` is created.

        Nothing is ever overwritten: where ``to`` is taken, a number is put before its ending (``prices-1.csv``), so
        that a file which comes every week under the same name can be kept each time.

        Raises:
            FileMissing: the file is not there.
            TargetExists: no free name was found.
        """
        source, target = names.checked_path(path), names.checked_path(to)
        if self.stat(source) is None:
            raise self._missing(source)
        directory = names.split_path(target)[0]
        try:
            taken = {entry.name for entry in self._entries(directory)}
        except FileMissing:
            self._make_directory(directory)
            taken = set()
        number = 0
        for _ in range(_NUMBERS_TRIED):
            candidate = names.numbered_path(target, number) if number else target
            while names.split_path(candidate)[1] in taken:
                number += 1
                candidate = names.numbered_path(target, number)
            try:
                self._rename_new(source, candidate)
            except TargetExists:
                taken.add(names.split_path(candidate)[1])
            else:
                return candidate
        raise self._target_exists(target)

    def make_directory(self, path: str) -> None:
        """Create a directory, and those above it, where they are missing."""
        directory = names.checked_path(path)
        if not self._exists(directory):
            self._make_directory(directory)

    @abstractmethod
    def read_from(self, path: str, offset: int, size: int) -> Generator[bytes | memoryview, None, None]:
        """Yield the bytes of a file from ``offset`` on; ``size`` is its whole size as far as is known."""

    @abstractmethod
    def _entries(self, directory: str) -> Sequence[Entry]:
        """Return what is in a directory; raise FileMissing where it is not there."""

    @abstractmethod
    def _exists(self, path: str) -> bool:
        """Whether a file or directory, or a link to nowhere, has this name."""

    @abstractmethod
    def _store(self, source: Path, temporary: str, meter: Meter) -> None:
        """Write a file of this machine to a path, feeding ``meter``, and verify it."""

    @abstractmethod
    def _rename_over(self, temporary: str, target: str, token: str) -> None:
        """Give a file its name, in place of the one that may have it."""

    @abstractmethod
    def _rename_new(self, path: str, target: str) -> None:
        """Give a file a name that nobody has; raise TargetExists else."""

    @abstractmethod
    def _make_directory(self, directory: str) -> None:
        """Create a directory and those above it that are missing."""

    @abstractmethod
    def _discard(self, temporary: str) -> None:
        """Remove a temporary file if the connection is still there; being absent is no fault."""

    @contextmanager
    def _interruptible(self, stop: StopToken) -> Iterator[None]:
        """Let a stop end a call that blocks, inside the ``with`` block."""
        stop.check()
        yield

    def _missing(self, path: str) -> FileMissing:
        return FileMissing(
            f"{clean(path)} is not there at the location {self.name}.", advice="Check the path and the directory."
        )

    def _target_exists(self, path: str) -> TargetExists:
        return TargetExists(
            f"{clean(path)} exists already at the location {self.name}.",
            advice="Set overwrite, or choose another name.",
        )
