"""A small file beside a link, which all threads and processes that use the link read and change one after another."""

from __future__ import annotations

import fcntl
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

from core.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_LARGEST = 1_000_000

T = TypeVar("T")


class SharedFile(Generic[T]):
    """One file, and what stands in it."""

    def __init__(self, path: Path, *, read: Callable[[bytes], T], told: Callable[[T], bytes], about: str) -> None:
        """``read`` and ``told`` say what a content means; ``about`` is a sentence for who cannot open the file."""
        self._path, self._about = path, about
        self._reads, self._tells = read, told
        self._lock = threading.Lock()
        self._file = -1
        self._content, self._written = read(b""), b""

    @contextmanager
    def shared(self, *, durable: bool = False) -> Iterator[T]:
        """Give what stands in it now, to nobody else inside the ``with`` block; what is changed there is kept.

        ``durable``: what is changed outlives a loss of power, too, and not the end of a process alone.

        Raises:
            StoreError: the file cannot be read or written.
        """
        with self._lock:
            try:
                self._take()
            except OSError as error:
                raise self._fault(error) from None
            try:
                yield self._content
                self._put(durable=durable)
            except OSError as error:
                raise self._fault(error) from None
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the file; it is opened again when it is needed."""
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
                self._file = -1

    def _take(self) -> None:
        if self._file < 0:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        found = os.pread(self._file, _LARGEST, 0)
        if found != self._written:
            self._content, self._written = self._reads(found), found

    def _put(self, *, durable: bool) -> None:
        told = self._tells(self._content)
        if told == self._written:
            return
        os.pwrite(self._file, told, 0)
        if len(told) < len(self._written):
            os.ftruncate(self._file, len(told))
        if durable:
            os.fsync(self._file)
        self._written = told

    def _fault(self, error: OSError) -> StoreError:
        return StoreError(
            f"{self._path} cannot be read or written: {(error.strerror or str(error)).lower()}.", advice=self._about
        )
