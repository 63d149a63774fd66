"""Places for requests that are on their way at the same time, shared by all threads and processes that use a link.

A place is a file that is locked while it is taken. The system lets go of the lock of a process that ends, however that
comes, so that a place is never lost.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from core.stop import StopToken

_LOOK_AGAIN_SECONDS = 0.02


class Places:
    """As many places as a limit allows."""

    def __init__(self, files: Sequence[Path]) -> None:
        """``files`` are the places; they are made where they are not there."""
        self._files = files

    @contextmanager
    def taken(self, stop: StopToken) -> Iterator[None]:
        """Wait for a place, and have it inside the ``with`` block.

        Raises:
            StopRequested: a stop was asked for meanwhile.
            StoreError: the files cannot be opened.
        """
        while (place := self._free()) is None:
            stop.wait(_LOOK_AGAIN_SECONDS)
        try:
            yield
        finally:
            os.close(place)

    def _free(self) -> int | None:
        """Take a place that is free, and return its file; None where all are taken."""
        for path in self._files:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                # One that is opened anew is locked against those of the same process, too.
                place = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as error:
                raise StoreError(
                    f"{path} cannot be opened: {(error.strerror or str(error)).lower()}.",
                    advice="Requests that a link sends at the same time are counted by it; it may be deleted.",
                ) from None
            try:
                fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(place)
            else:
                return place
        return None
