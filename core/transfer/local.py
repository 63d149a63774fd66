"""A directory of this machine as a location.

Symbolic links are followed as long as they stay inside the directory; one that leads out is refused, because whoever
may write into an upload directory must not thereby read or replace files elsewhere.
"""

from __future__ import annotations

import datetime as dt
import os
import stat as modes
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from itertools import cycle
from typing import TYPE_CHECKING

from core.errors import AccessDenied, FileMissing
from core.syncing import sync
from core.text import clean
from core.transfer import names
from core.transfer.faults import disk_fault
from core.transfer.growing import GrowingFile
from core.transfer.location import Entry, Kind, Location, RemoteFile

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from pathlib import Path

    from core.transfer.meter import Meter

_CHUNK = 1024 * 1024


class LocalLocation(Location):
    """Reads and writes in a directory of this machine."""

    def __init__(self, name: str, directory: Path) -> None:
        super().__init__(name)
        self.directory = directory
        self._growing: dict[Path, GrowingFile] = {}
        """What is being written where it is delivered from, by its temporary name."""

    def stat(self, path: str) -> RemoteFile | None:
        """Return the file at ``path``, or None where there is none (or a directory)."""
        path = names.checked_path(path)
        place = self._inside(path)
        with _reporting(place):
            try:
                status = place.stat()
            except (FileNotFoundError, NotADirectoryError):
                return None
        if not modes.S_ISREG(status.st_mode):
            return None
        return RemoteFile(path, names.split_path(path)[1], status.st_size, _moment(status.st_mtime))

    @contextmanager
    def laid_out(self, source: Path, path: str, *, token: str) -> Iterator[bool]:
        """Make ``source`` a second name of the temporary file, where one filesystem has both.

        It is made in the target's directory, and so has the group, the rights and the label of any new file there.
        """
        temporary = names.temporary_path(names.checked_path(path), token)
        place = self._inside(temporary, follow=False)
        if not _linked(place, source):
            yield False
            return
        try:
            with _reporting(place):
                growing = self._growing[place] = GrowingFile(place)
            with closing(growing):
                yield True
        finally:
            self._growing.pop(place, None)
            self.withdraw(path, token=token)

    def delete(self, path: str) -> None:
        """Delete a file."""
        place = self._inside(names.checked_path(path), follow=False)
        with _reporting(place):
            place.unlink()
            _sync_directory(place.parent)

    def read_from(self, path: str, offset: int, size: int) -> Generator[bytes | memoryview, None, None]:
        """Yield the bytes of a file from ``offset`` on."""
        del size
        place = self._inside(path)
        # Two buffers in turn: memory that is new for every chunk costs more than reading, and the chunk before may
        # still be looked at.
        buffers = cycle([memoryview(bytearray(_CHUNK)), memoryview(bytearray(_CHUNK))])
        with _reporting(place), place.open("rb", buffering=0) as file:
            file.seek(offset)
            while count := file.readinto(buffer := next(buffers)):
                yield buffer[:count]

    def _entries(self, directory: str) -> Sequence[Entry]:
        place = self._inside(directory) if directory else self.directory
        entries = []
        with _reporting(place), os.scandir(place) as found:
            for item in found:
                if item.is_symlink():
                    entries.append(Entry(item.name, 0, None, "link"))
                    continue
                try:
                    status = item.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                kinds: dict[int, Kind] = {modes.S_IFREG: "file", modes.S_IFDIR: "directory"}
                kind = kinds.get(modes.S_IFMT(status.st_mode), "other")
                entries.append(Entry(item.name, status.st_size, _moment(status.st_mtime), kind))
        return entries

    def _exists(self, path: str) -> bool:
        return os.path.lexists(self._inside(path, follow=False))

    def _store(self, source: Path, temporary: str, meter: Meter) -> None:
        place = self._inside(temporary, follow=False)
        growing = self._growing.pop(place, None)
        with _reporting(place):
            if _same(place, source):
                if growing is not None:
                    meter.take(*growing.finish())
                    return
                # Writing into it would empty what is to be read.
                place.unlink()
        with _reporting(source):
            reader = source.open("rb")
        # The checksum of one chunk is worked out while the next one is written.
        with reader, _reporting(place), place.open("wb") as writer, ThreadPoolExecutor(1) as metering:
            metered: Future[None] | None = None
            while chunk := reader.read(_CHUNK):
                if metered is not None:
                    metered.result()
                metered = metering.submit(meter.add, chunk)
                writer.write(chunk)
            if metered is not None:
                metered.result()
            writer.flush()
            os.fsync(writer.fileno())

    def _rename_over(self, temporary: str, target: str, token: str) -> None:
        del token
        place = self._inside(target, follow=False)
        with _reporting(place):
            self._inside(temporary, follow=False).replace(place)
            _sync_directory(place.parent)

    def _rename_new(self, path: str, target: str) -> None:
        source, place = self._inside(path, follow=False), self._inside(target, follow=False)
        with _reporting(place):
            try:
                os.link(source, place, follow_symlinks=False)
            except FileExistsError:
                raise self._target_exists(target) from None
            except PermissionError:
                # A filesystem without hard links (FAT, some shares): the check and the rename are two steps there.
                if os.path.lexists(place):
                    raise self._target_exists(target) from None
                source.rename(place)
            else:
                source.unlink()
            _sync_directory(place.parent)
            if source.parent != place.parent:
                _sync_directory(source.parent)

    def _make_directory(self, directory: str) -> None:
        place = self._inside(directory)
        with _reporting(place):
            place.mkdir(parents=True, exist_ok=True)

    def _discard(self, temporary: str) -> None:
        place = self._inside(temporary, follow=False)
        with _reporting(place):
            place.unlink(missing_ok=True)

    def _inside(self, path: str, *, follow: bool = True) -> Path:
        """Return the real place of a path; without ``follow``, a link itself in its real directory."""
        with _reporting(self.directory):
            base = self.directory.resolve(strict=True)
            place = base / path
            real = place.resolve() if follow else place.parent.resolve() / place.name
        if not real.is_relative_to(base):
            raise AccessDenied(
                f"{clean(path)} is a link that leads out of the directory {clean(str(self.directory))}.",
                advice="Put the file itself there, or give the location the directory that it lies in.",
            )
        return real


def checked_directory(directory: Path) -> str:
    """Say that a directory is there and may be listed.

    Raises:
        FileMissing: it is not there, or is no directory.
        AccessDenied: it may not be listed.
    """
    with _reporting(directory):
        if directory.exists() and not directory.is_dir():
            raise FileMissing(f"{clean(str(directory))} is a file.", advice="Check the location's directory.")
        with os.scandir(directory):
            return f"{clean(str(directory))} is there."


@contextmanager
def _reporting(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise disk_fault(error, place) from error


def _linked(place: Path, source: Path) -> bool:
    """Make an empty file at ``place`` whose second name is ``source``; return False where that cannot be."""
    with suppress(OSError):
        if place.parent.stat().st_dev != source.parent.stat().st_dev:
            return False
        place.unlink(missing_ok=True)
        source.unlink(missing_ok=True)
        place.touch(exist_ok=False)
        try:
            source.hardlink_to(place)
        except OSError:
            place.unlink()
        else:
            return True
    return False


def _same(place: Path, source: Path) -> bool:
    try:
        return place.samefile(source)
    except FileNotFoundError:
        return False


def _sync_directory(directory: Path) -> None:
    # Some network filesystems cannot; the rename is done all the same.
    with suppress(OSError):
        sync(directory)


def _moment(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
