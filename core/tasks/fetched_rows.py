"""Rows that were fetched, on disk until they are put together: a supplier has more of them than memory."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from core.errors import EngineError
from core.links.values import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Json = dict[str, Any]


class FetchedRows:
    """Rows of several resources by the key that they belong to; a file of its own, which nobody else opens."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        with _faults():
            self._connection = sqlite3.connect(path, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode = OFF")
            self._connection.execute("PRAGMA synchronous = OFF")
            self._connection.execute("CREATE TABLE fetched (owner TEXT, number TEXT, resource TEXT, body TEXT)")
            self._connection.execute("CREATE TABLE item (owner TEXT, product TEXT, number TEXT PRIMARY KEY)")
            self._connection.execute("CREATE INDEX by_product ON item (owner, product, number)")
            self._connection.execute("BEGIN")

    def add(self, resource: str, rows: Iterable[tuple[str, str, Json]]) -> None:
        """Add rows, each with its owner and number."""
        with _faults():
            self._connection.executemany(
                "INSERT INTO fetched VALUES (?, ?, ?, ?)",
                ((owner, number, resource, _dumped(row)) for owner, number, row in rows),
            )

    def place(self, items: Iterable[tuple[str, str, str]]) -> None:
        """Say of items to which product they belong: owner and number of the product, number of the item."""
        with _faults():
            self._connection.executemany("INSERT OR IGNORE INTO item VALUES (?, ?, ?)", items)

    def placed(self) -> Iterator[tuple[str, str, list[str]]]:
        """Yield owner and number of each product, in order, with the numbers of its items."""
        with _faults():
            products = self._connection.execute("SELECT DISTINCT owner, product FROM item ORDER BY owner, product")
            for owner, product in products:
                items = self._connection.execute(
                    "SELECT number FROM item WHERE owner = ? AND product = ? ORDER BY number", [owner, product]
                ).fetchall()
                yield owner, product, [number for (number,) in items]

    def unplaced(self, owner: str) -> list[str]:
        """Return the numbers of an owner that have rows and are no item whose product is known."""
        with _faults():
            rows = self._connection.execute(
                "SELECT DISTINCT number FROM fetched WHERE owner = ? AND number NOT IN (SELECT number FROM item)",
                [owner],
            ).fetchall()
        return [number for (number,) in rows]

    def seal(self) -> None:
        """Make the rows of a key quick to find; after the last was added."""
        with _faults():
            self._connection.execute("CREATE INDEX by_key ON fetched (owner, number)")

    def of(self, owner: str, number: str) -> dict[str, list[Json]]:
        """Return the rows of a key by resource, in the order in which they came."""
        found: dict[str, list[Json]] = defaultdict(list)
        with _faults():
            rows = self._connection.execute(
                "SELECT resource, body FROM fetched WHERE owner = ? AND number = ? ORDER BY rowid", [owner, number]
            )
            for resource, body in rows:
                found[resource].append(json.loads(body))
        return found

    def close(self) -> None:
        """Close the file; it stays."""
        self._connection.close()


def _dumped(row: Json) -> str:
    return json.dumps(row, ensure_ascii=False, default=plain)


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise EngineError(
            f"What was fetched cannot be kept: {error}.", advice="Look whether the disk of the data directory is full."
        ) from error
