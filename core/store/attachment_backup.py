"""The attachments of backups: kept once for all of them, in a directory beside, each backup with a list of its own.

Content never changes, so a backup brings only what those before it did not have; where the filesystem is that of the
store, it is another name of the same file, and takes neither room nor time.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import shutil
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.store.attachments import AttachmentStore, Content
from core.syncing import sync

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.stop import StopToken

DIRECTORY = "attachments"
"""Beside the backups."""
LIST = "attachments.txt"
"""In a backup: the SHA-256 and the size of each content, a line each."""
_NO_LINK = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EACCES})
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Kept:
    """The attachments of one backup."""

    files: int
    size: int
    digest: str
    """SHA-256 of the list in the backup; empty where there are none, and no list."""


def keep_contents(store: AttachmentStore, beside: Path, archive: zipfile.ZipFile, stop: StopToken) -> Kept:
    """Keep all content of a store beside a backup, and write the list of it into the backup.

    Raises:
        OSError: the disk does not take it.
        StopRequested: a stop was asked for; what was kept so far is of use to the next backup.
    """
    kept = AttachmentStore(beside / DIRECTORY)
    digest, files, size = hashlib.sha256(), 0, 0
    changed: set[Path] = set()
    if next(iter(store), None) is None:
        return Kept(0, 0, "")
    with archive.open(zipfile.ZipInfo(LIST), "w", force_zip64=True) as listing:
        for content in store:
            stop.check()
            place = kept.place(content.sha256)
            try:
                if _keep(store.place(content.sha256), place, content.size, stop):
                    changed.add(place.parent)
            except FileNotFoundError:
                # It was removed meanwhile: nothing refers to it.
                continue
            line = f"{content.sha256} {content.size}\n".encode()
            digest.update(line)
            listing.write(line)
            files, size = files + 1, size + content.size
    for shelf in sorted(changed):
        sync(shelf)
    if changed:
        sync(kept.directory)
        sync(beside)
    return Kept(files, size, digest.hexdigest())


def _keep(source: Path, place: Path, size: int, stop: StopToken) -> bool:
    """Give content its place beside the backups; return whether that changed anything."""
    there = place.exists()
    if there and source.samefile(place):
        return False
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = place.with_name(f".{place.name}.part")
    partial.unlink(missing_ok=True)
    try:
        # Another file of that name is older than the one in use: what the store has was hashed when it came.
        os.link(source, partial)
    except OSError as error:
        if error.errno not in _NO_LINK:
            raise
        if there and place.stat().st_size == size:
            return False
        _copy(source, partial, stop)
    partial.replace(place)
    return True


def _copy(source: Path, target: Path, stop: StopToken) -> str:
    """Copy content, and return the SHA-256 of what was copied."""
    digest = hashlib.sha256()
    with source.open("rb") as reading, target.open("wb") as writing:
        target.chmod(0o600)
        while piece := reading.read(_CHUNK):
            stop.check()
            digest.update(piece)
            writing.write(piece)
        writing.flush()
        os.fsync(writing.fileno())
    return digest.hexdigest()


def listed(backup: Path) -> Iterator[Content]:
    """Yield what a backup lists; nothing where it is none, or of a time before there were attachments."""
    try:
        with zipfile.ZipFile(backup) as archive, io.TextIOWrapper(archive.open(LIST), "ascii") as listing:
            for line in listing:
                sha256, _, size = line.strip().partition(" ")
                yield Content(sha256, int(size), 0)
    except (KeyError, zipfile.BadZipFile):
        return


def missing_contents(backup: Path) -> int:
    """Return how many attachments of a backup are not beside it in their size."""
    kept = AttachmentStore(backup.parent / DIRECTORY)
    return sum(kept.size(content.sha256) != content.size for content in listed(backup))


def restore_contents(backup: Path, target: Path, stop: StopToken) -> int:
    """Copy the attachments of a backup into the store ``target``; return how many are not there, or damaged."""
    kept, restored, missing = AttachmentStore(backup.parent / DIRECTORY), AttachmentStore(target), 0
    for content in listed(backup):
        stop.check()
        source, place = kept.place(content.sha256), restored.place(content.sha256)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = place.with_name(f".{place.name}.part")
        try:
            whole = _copy(source, partial, stop) == content.sha256
        except FileNotFoundError:
            whole = False
        if whole:
            partial.replace(place)
        else:
            partial.unlink(missing_ok=True)
            missing += 1
    return missing


def forget_contents(directory: Path) -> int:
    """Delete what none of the backups in a directory lists any more; return how many bytes that gives back."""
    kept = AttachmentStore(directory / DIRECTORY)
    wanted = {content.sha256 for backup in sorted(directory.glob("*.zip")) for content in listed(backup)}
    freed = 0
    for content in list(kept):
        if content.sha256 not in wanted:
            place = kept.place(content.sha256)
            place.unlink(missing_ok=True)
            freed += content.size
            with suppress(OSError):
                # As soon as it is empty.
                place.parent.rmdir()
    if kept.directory.is_dir() and not any(kept.directory.iterdir()):
        shutil.rmtree(kept.directory)
    return freed
