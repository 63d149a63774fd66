"""Transactions: those that write, one at a time and each with its own moment; and those that read one snapshot.

Writers are serialised by one lock in the process that covers the whole transaction, and the moment of each is later
than that of the one before. Whoever reads in one snapshot therefore sees a prefix of the moments: all changes up to
its watermark, the latest moment that it can see, and none after it. That holds when the clock is set back, too.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from core.errors import FencedOff
from core.store.catalogue.faults import faults
from core.store.catalogue.names import EPOCH, aware

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

    from core.stop import StopToken

# The engine has one catalogue; tests that open more lose nothing but time by waiting for each other.
_writing = threading.Lock()


@contextmanager
def transaction(session: DuckDBPyConnection) -> Iterator[None]:
    """Run the ``with`` block in one transaction; it is rolled back where the block raises."""
    session.begin()
    try:
        yield
    except BaseException:
        _roll_back(session)
        raise
    session.commit()


def _roll_back(session: DuckDBPyConnection) -> None:
    import duckdb

    try:
        session.rollback()
    except duckdb.Error:
        # The database has closed itself, or the transaction ended with the fault; the fault itself is what matters.
        return


@contextmanager
def snapshot(session: DuckDBPyConnection) -> Iterator[datetime]:
    """Read in one transaction; yields its watermark, the moment up to which it sees every change.

    An export that selects ``changed_at > cursor AND changed_at <= watermark`` in here and takes the watermark as its
    next cursor misses no change, and sees none twice.
    """
    with faults("be read"), transaction(session):
        yield last_moment(session)


@contextmanager
def writing(
    session: DuckDBPyConnection, doing: str, *, run: int, fence: int, stop: StopToken | None = None
) -> Iterator[datetime]:
    """Write in one transaction, as the only writer of the process; yields the moment of what is written.

    ``stop`` interrupts the statements of the ``with`` block, never the commit.

    Raises:
        FencedOff: a later attempt took the run over.
        StopRequested: nothing was written.
        StoreError: nothing was written.
    """
    with _writing, faults(doing), transaction(session), faults(doing, session=session, stop=stop):
        _check_fence(session, run, fence)
        yield next_moment(session)


@contextmanager
def alone(doing: str) -> Iterator[None]:
    """Keep other writers of the process out, for what makes transactions of its own."""
    with _writing, faults(doing):
        yield


@contextmanager
def housekeeping(session: DuckDBPyConnection, doing: str) -> Iterator[None]:
    """Write, as the only writer of the process, what changes no record."""
    with alone(doing), transaction(session):
        yield


def last_moment(session: DuckDBPyConnection) -> datetime:
    """Return the latest moment at which a block was committed, as the session's transaction sees it."""
    row = session.execute("SELECT max(moment) FROM applied").fetchone()
    return aware(row[0]) if row and row[0] is not None else EPOCH


def next_moment(session: DuckDBPyConnection) -> datetime:
    """Return now, or where the clock was set back, the first moment after the last."""
    return max(utc_now(), last_moment(session) + timedelta(microseconds=1))


def utc_now() -> datetime:
    """Return what the clock says."""
    return datetime.now(UTC)


def current_fence(session: DuckDBPyConnection, run: int) -> int:
    """Return the fence of the latest attempt that took the run over; 0 where none did."""
    row = session.execute("SELECT max(fence) FROM fence WHERE run = ?", [run]).fetchone()
    return (row[0] if row else None) or 0


def _check_fence(session: DuckDBPyConnection, run: int, fence: int) -> None:
    current = current_fence(session, run)
    if fence < current:
        raise FencedOff(
            f"Run {run} was taken over by a later attempt (fence {current}); this attempt has fence {fence}.",
            advice="Nothing to do: the later attempt goes on with the run.",
        )
