"""A file that another part of the program is still writing: hashed, and brought to the disk, while it grows."""

from __future__ import annotations

import hashlib
import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_CHUNK = 1 << 20
_PAUSE = 0.05
_SYNCED_AT_ONCE = 16 << 20


class GrowingFile:
    """Follows a file whose writer only ever appends, in a thread, so that little is left to do when it is complete."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self._hash = hashlib.sha256()
        self._done = 0
        self._error: OSError | None = None
        self._complete = threading.Event()
        self._thread = threading.Thread(target=self._follow, name=f"following {path.name}", daemon=True)
        self._thread.start()

    def finish(self) -> tuple[int, str]:
        """Return the size and the SHA-256 of the file, which is complete, once it is on the disk; close it.

        Raises:
            OSError: it could not be read or brought to the disk, now or earlier.
        """
        with self._file:
            self._join()
            if self._error is not None:
                raise self._error
            self._read_on()
            os.fsync(self._file.fileno())
        return self._done, self._hash.hexdigest()

    def close(self) -> None:
        """Stop following it; of no effect after :meth:`finish`."""
        self._join()
        self._file.close()

    def _join(self) -> None:
        self._complete.set()
        self._thread.join()

    def _follow(self) -> None:
        synced = 0
        try:
            while not self._complete.wait(_PAUSE):
                self._read_on()
                if self._done - synced >= _SYNCED_AT_ONCE:
                    os.fdatasync(self._file.fileno())
                    synced = self._done
        except OSError as error:
            # A fault in writing back is told once only: it must not be lost here.
            self._error = error

    def _read_on(self) -> None:
        buffer = memoryview(bytearray(_CHUNK))
        while size := self._file.readinto(buffer):
            self._hash.update(buffer[:size])
            self._done += size
