"""The attachment store: files by the SHA-256 of their content, in the data directory.

A file gets its name, ``ab/cdef…``, when all of it is on the disk: it is whole or absent, whenever the power fails. No
part of a path comes from outside text. The same content is kept once; nothing ever writes into a file that is there.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import StoreError
from core.syncing import sync

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path
    from typing import BinaryIO

    from core.stop import StopToken

_HASH = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20

# Between looking whether content was used lately and removing it, nobody may begin to use it.
_changing = threading.Lock()


@dataclass(frozen=True, slots=True)
class Content:
    """One file of the store."""

    sha256: str
    size: int
    used: float
    """When it was last brought or asked for by a run, in seconds since 1970."""


class AttachmentStore:
    """The files of attachments in one directory, which is made when the first one comes.

    Raises:
        StoreError: of every method: the directory or a file cannot be used.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def place(self, sha256: str) -> Path:
        """Return where content is kept, whether it is there or not.

        Raises:
            StoreError: this is no SHA-256, in 64 hexadecimal digits.
        """
        if not _HASH.fullmatch(sha256):
            raise StoreError("An attachment names its content by something that is no SHA-256.")
        return self.directory / sha256[:2] / sha256[2:]

    def size(self, sha256: str) -> int | None:
        """Return how many bytes content has, or None where it is not kept."""
        with _plain_errors(self.directory):
            try:
                return self.place(sha256).stat().st_size
            except FileNotFoundError:
                return None

    def use(self, sha256: str, size: int) -> bool:
        """Keep content from being removed as unused for a while; return False where it is not kept in this size."""
        with _changing, _plain_errors(self.directory):
            place = self.place(sha256)
            try:
                if place.stat().st_size != size:
                    return False
                os.utime(place)
            except FileNotFoundError:
                return False
        return True

    def adopt(self, file: Path, sha256: str) -> bool:
        """Take a file of the same filesystem whose content was hashed; return whether that was not kept before.

        It is taken away from where it is. What was kept under that name gives way to it, be it damaged or not.
        """
        with _plain_errors(self.directory):
            place = self.place(sha256)
            if not place.parent.is_dir():
                place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                sync(self.directory)
                sync(self.directory.parent)
            file.chmod(0o600)
            os.utime(file)
            sync(file)
            with _changing:
                new = not place.exists()
                file.replace(place)
            sync(place.parent)
        return new

    def piece(self, sha256: str, start: int) -> bytes:
        """Return a piece of content from a byte on, empty behind its end; whether it is damaged is not looked at.

        Raises:
            StoreError: it is not kept.
        """
        with self._open(sha256) as file, _plain_errors(self.directory):
            file.seek(start)
            return file.read(_CHUNK)

    def _open(self, sha256: str) -> BinaryIO:
        place = self.place(sha256)
        with _plain_errors(self.directory):
            try:
                return place.open("rb")
            except FileNotFoundError:
                raise StoreError(
                    f"The content {sha256[:12]}… of an attachment is not in {self.directory}.",
                    advice="Restore it from a backup, or start the import that brought it again.",
                ) from None

    def read(self, sha256: str, stop: StopToken) -> Iterator[bytes]:
        """Yield content in pieces.

        Raises:
            StoreError: it is not kept, or is not what it was; the last piece was yielded then.
            StopRequested: a stop was asked for.
        """
        digest = hashlib.sha256()
        with self._open(sha256) as file:
            while True:
                stop.check()
                with _plain_errors(self.directory):
                    piece = file.read(_CHUNK)
                if not piece:
                    break
                digest.update(piece)
                yield piece
        if digest.hexdigest() != sha256:
            raise StoreError(
                f"The content {sha256[:12]}… of an attachment is damaged in {self.directory}.",
                advice='Restore it from a backup, or start the import that brought it with fetch = "always".',
            )

    def __iter__(self) -> Iterator[Content]:
        """Yield all that is kept, in no order that means anything."""
        if not self.directory.is_dir():
            return
        with _plain_errors(self.directory):
            for shelf in sorted(self.directory.iterdir()):
                if not shelf.is_dir():
                    continue
                with os.scandir(shelf) as found:
                    for item in found:
                        sha256 = shelf.name + item.name
                        if not _HASH.fullmatch(sha256):
                            continue
                        try:
                            status = item.stat(follow_symlinks=False)
                        except FileNotFoundError:
                            continue
                        yield Content(sha256, status.st_size, status.st_mtime)

    def remove(self, sha256: str, *, unused_since: datetime) -> int | None:
        """Remove content that no run has asked for since; return its size, or None where it stays or is gone."""
        with _changing, _plain_errors(self.directory):
            place = self.place(sha256)
            try:
                status = place.stat()
                if status.st_mtime >= unused_since.timestamp():
                    return None
                place.unlink()
            except FileNotFoundError:
                return None
        return status.st_size


@contextmanager
def _plain_errors(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"The attachment store {directory} cannot be used: {error.strerror or error}.",
            advice="Check the disk, and the permissions of the data directory.",
        ) from error
