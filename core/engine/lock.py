"""One engine a data directory: a lock that the operating system releases when its holder dies."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from core.errors import EngineError, StoreBusy
from core.text import clean

if TYPE_CHECKING:
    from pathlib import Path


def is_held(data_dir: Path) -> bool:
    """Whether an engine works on a data directory now."""
    try:
        with (data_dir / "engine.lock").open(encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


class DataDirLock:
    """Held from creation to :meth:`release`.

    Raises:
        StoreBusy: another process holds it; the message says which.
        EngineError: the data directory cannot be used.
    """

    def __init__(self, data_dir: Path) -> None:
        path = data_dir / "engine.lock"
        try:
            # For this user only: it holds the catalogue, the spool and the vault.
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = path.open("a+", encoding="utf-8")
        except OSError as error:
            raise EngineError(
                f"The data directory {data_dir} cannot be used: {error.strerror}.",
                advice="Check [engine] data_dir, and that this user may write there.",
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            holder = clean(self._file.read().strip(), limit=200) or "another process"
            self._file.close()
            raise StoreBusy(
                f"Another engine works on the data directory {data_dir}: {holder}.",
                advice="Use that one, or end it first.",
            ) from None
        except OSError as error:
            self._file.close()
            raise EngineError(
                f"{path} cannot be locked: {error.strerror}.",
                advice="Put data_dir on a disk of this machine; a network file system may know no locks.",
            ) from error
        # A courtesy to whoever comes second; a full disk is told by what cannot do without room.
        with suppress(OSError):
            os.ftruncate(self._file.fileno(), 0)
            os.write(
                self._file.fileno(),
                f"process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n".encode(),
            )

    def release(self) -> None:
        """Let the next engine in."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
