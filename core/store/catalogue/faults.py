"""DuckDB's exceptions, as ours."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.errors import PendelError, StopRequested, StoreBusy, StoreError
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.stop import StopToken


@contextmanager
def faults(doing: str, *, session: DuckDBPyConnection | None = None, stop: StopToken | None = None) -> Iterator[None]:
    """Turn what DuckDB raises into errors of Pendel; a stop interrupts the statement of ``session`` that runs.

    ``doing`` completes the sentence "The catalogue could not …".

    Raises:
        StopRequested: a stop was asked for, before or while a statement ran.
        StoreError: anything else that DuckDB reported.
    """
    import duckdb  # 60 ms

    try:
        if session is not None and stop is not None:
            with stop.insisting(session.interrupt):
                yield
        else:
            yield
    except duckdb.InterruptException as error:
        raise StopRequested(
            stop.reason if stop is not None and stop.requested else "The run was interrupted."
        ) from error
    except duckdb.Error as error:
        raise _explained(str(error), f"The catalogue could not {doing}") from error


def opening_fault(error: Exception, path: Path) -> PendelError:
    """Return what kept the database at ``path`` from being opened."""
    text = str(error)
    if "lock on file" in text:
        return StoreBusy(
            f"Another process works on the catalogue {path}.",
            advice="Stop the other engine first, or use a data directory of its own.",
        )
    if "newer version" in text or "storage version" in text.lower():
        return StoreError(
            f"The catalogue {path} was written by a newer release of DuckDB: {_first_line(text)}",
            advice="Use the release of Pendel that wrote it.",
        )
    return _explained(text, f"The catalogue {path} could not be opened")


_DAMAGED = (
    "not a valid DuckDB database",
    "Corrupt database",
    "checksum",
    "Failure while replaying WAL",
    "Serialization",
)
_UNUSABLE = ("has been invalidated", "INTERNAL Error", "FATAL Error")


def _explained(text: str, sentence: str) -> StoreError:
    detail = _first_line(text)
    lowered = text.lower()
    if "no space left" in lowered or "disk full" in lowered or "file too large" in lowered:
        return StoreError(
            f"{sentence}: the disk of the data directory is full.",
            advice="What was committed before is safe. Make room, restart the engine and start the run again.",
        )
    if "out of memory" in lowered or "could not allocate" in lowered:
        return StoreError(
            f"{sentence}: it needs more memory than it may use. {detail}",
            advice="Raise memory_limit in [engine], or lower block_rows.",
        )
    if any(word in text for word in _DAMAGED):
        return StoreError(
            f"{sentence}: its file is damaged. {detail}",
            advice="Check the disk, and restore the last backup of the catalogue.",
        )
    if any(word in text for word in _UNUSABLE):
        return StoreError(
            f"{sentence}: it met a fault and closed itself. {detail}",
            advice="What was committed before is safe. Restart the engine.",
        )
    return StoreError(f"{sentence}. {detail}")


def _first_line(text: str) -> str:
    return clean(text.strip().splitlines()[0] if text.strip() else "", limit=300)
