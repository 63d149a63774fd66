"""What a transfer counts while it moves bytes: how many, and their SHA-256."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.stop import StopToken


class Meter:
    """Counts and hashes each chunk of one file, tells the progress, and looks whether a stop was asked for."""

    def __init__(self, total: int, stop: StopToken, progress: Callable[[int, int], None] | None) -> None:
        self.total = total
        self.done = 0
        self._hash = hashlib.sha256()
        self._known = ""
        self._stop = stop
        self._progress = progress

    def add(self, chunk: bytes | memoryview) -> None:
        """Count one chunk, in the order of the file.

        Raises:
            StopRequested: a stop was asked for.
        """
        self._stop.check()
        self._hash.update(chunk)
        self.done += len(chunk)
        if self._progress is not None:
            self._progress(self.done, self.total)

    def take(self, size: int, sha256: str) -> None:
        """Count a whole file that was hashed elsewhere.

        Raises:
            StopRequested: a stop was asked for.
        """
        self._stop.check()
        self._known = sha256
        self.done = size
        if self._progress is not None:
            self._progress(self.done, self.total)

    @property
    def sha256(self) -> str:
        """The hash of all chunks so far, in hexadecimal."""
        return self._known or self._hash.hexdigest()
