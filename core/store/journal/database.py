"""One SQLite file: opening, migrating, transactions that survive a power failure."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from core.errors import StoreError
from core.store.journal.schema import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

BUSY_TIMEOUT = 10.0
_ROOM = 64 * 1024
"""Bytes; with less, the disk is as good as full."""


class Database:
    """The connection of a journal, shared by the threads of one process.

    Writers take turns; every transaction is on the disk when it returns (``synchronous=FULL``). A second process may
    read at any time (WAL).
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        with plain_errors(path):
            address = f"{path.resolve().as_uri()}?mode={'ro' if read_only else 'rwc'}"
            self._connection = sqlite3.connect(
                address, uri=True, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare(read_only=read_only)
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self, *, read_only: bool) -> None:
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA foreign_keys=ON")
        self._check_not_later()
        if not read_only:
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._migrate()
        self._check_not_earlier()

    def close(self) -> None:
        """Close the file; nothing is lost by not doing so."""
        with self._lock:
            self._connection.close()

    def _version(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    def _migrate(self) -> None:
        for number in range(self._version(), len(MIGRATIONS)):
            with self.transaction():
                for statement in _statements(MIGRATIONS[number]):
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA user_version = {number + 1}")

    def _check_not_later(self) -> None:
        version = self._version()
        if version > len(MIGRATIONS):
            raise StoreError(
                f"The journal {self.path} was written by a later Pendel (version {version} of its schema).",
                advice="Start that version of Pendel, or restore a backup of the data directory.",
            )

    def _check_not_earlier(self) -> None:
        if self._version() < len(MIGRATIONS):
            raise StoreError(
                f"The journal {self.path} is of an earlier version of Pendel.",
                advice="Start the engine once; it brings the journal up to date.",
            )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block or nothing. An inner transaction is part of the outer one; its error must reach that."""
        with self._lock, plain_errors(self.path):
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
                if self._depth == 1:
                    self._connection.execute("COMMIT")
            except BaseException:
                # Also where the commit itself failed: a transaction left open would make every later one fail.
                if self._depth == 1 and self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                self._depth -= 1

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Carry out one statement; return how many rows it touched."""
        with self.transaction():
            return self._connection.execute(sql, values).rowcount

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """Carry out one statement for every row, in one transaction; return how many rows it touched."""
        with self.transaction():
            return self._connection.executemany(sql, rows).rowcount

    def insert(self, sql: str, values: Sequence[Any]) -> int:
        """Insert one row and return its id."""
        with self.transaction():
            return int(self._connection.execute(sql, values).lastrowid or 0)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Return all rows of a query."""
        with self._lock, plain_errors(self.path):
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Row | None:
        """Return the first row of a query, or ``None``."""
        rows = self.rows(sql, values)
        return rows[0] if rows else None

    def vacuum(self) -> None:
        """Bring what planning of queries needs up to date, and give the space of deleted rows back to the disk.

        The file is written anew where a tenth of it is free, and the disk has room for that.
        """
        with self._lock, plain_errors(self.path):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._connection.execute("PRAGMA optimize")
            pages, free = (
                self._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count")
            )
            room = shutil.disk_usage(self.path.parent).free
            if free * 10 >= pages and room > 3 * self.path.stat().st_size:
                self._connection.execute("VACUUM")

    @contextmanager
    def frozen(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that sees the journal as it stands now, whatever is written meanwhile."""
        with plain_errors(self.path), closing(read_beside(self.path)) as connection:
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            yield connection


def read_beside(path: Path) -> sqlite3.Connection:
    """Open a journal for reading, beside whoever writes it."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT, isolation_level=None)


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, one by one: ``executescript`` would commit the transaction around it."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite raises into errors of Pendel."""
    try:
        yield
    except sqlite3.Error as error:
        text = str(error)
        # Where there is no room for SQLite's shared memory, it speaks of an I/O error.
        if "full" in text or ("I/O" in text and _no_room(path)):
            raise StoreError(
                f"The journal {path} cannot be written: the disk is full.", advice="Free some space and start again."
            ) from error
        if "locked" in text or "busy" in text:
            raise StoreError(
                f"The journal {path} is held by another process.", advice="End that process, or wait and try again."
            ) from error
        if "readonly" in text or "unable to open" in text:
            raise StoreError(
                f"The journal {path} cannot be opened: {text}.",
                advice="Check that the file is there and that this user may read and write it and its directory.",
            ) from error
        if "malformed" in text or "not a database" in text:
            raise StoreError(f"The journal {path} is damaged: {text}.", advice="Restore it from a backup.") from error
        raise StoreError(f"The journal {path} cannot do what was asked of it: {text}.") from error


def _no_room(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < _ROOM
    except OSError:
        return False


def to_text(moment: datetime) -> str:
    """A moment as the journal keeps it: UTC, to the microsecond, so that text sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def to_moment(text: str) -> datetime:
    """The moment of a text that :func:`to_text` wrote."""
    return datetime.fromisoformat(text)


def maybe_moment(text: str | None) -> datetime | None:
    """As :func:`to_moment`, of a column that may be empty."""
    return to_moment(text) if text else None
