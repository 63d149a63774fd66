"""What is known of attachments beside their records: what their sources held, and which content nothing refers to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.store.journal.database import to_moment, to_text

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from core.store.journal.database import Database


@dataclass(frozen=True, slots=True)
class FetchedRow:
    """What an address held when it was looked at last."""

    address: str
    """A URL, or the name of a location and a path in it."""
    stamp: str
    """By which the source tells whether it changed: a size and a time, or what a web server calls a version."""
    sha256: str
    size: int
    media_type: str
    run: int
    """The run that looked."""


class Fetched:
    """What was fetched from where. To lose it costs transfers, and nothing else."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, address: str) -> FetchedRow | None:
        """Return what an address held, or None where it was never fetched."""
        row = self._database.row("SELECT * FROM fetched WHERE address = ?", (address,))
        return FetchedRow(**dict(row)) if row else None

    def note(self, row: FetchedRow) -> None:
        """Keep what an address holds."""
        self._database.execute(
            "INSERT INTO fetched (address, stamp, sha256, size, media_type, run) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (address) DO UPDATE SET stamp = excluded.stamp, sha256 = excluded.sha256,"
            " size = excluded.size, media_type = excluded.media_type, run = excluded.run",
            (row.address, row.stamp, row.sha256, row.size, row.media_type, row.run),
        )

    def forget(self, contents: Collection[str]) -> None:
        """Forget the addresses of content that is no longer kept."""
        self._database.execute_many("DELETE FROM fetched WHERE sha256 = ?", [(sha256,) for sha256 in contents])


class Orphans:
    """Content of the attachment store that nothing refers to, and since when that is known."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def replace(self, contents: Collection[str], *, at: datetime) -> None:
        """Note what nothing refers to now; what was known before keeps its moment, and what is not named is none."""
        with self._database.transaction():
            known = {row["sha256"] for row in self._database.rows("SELECT sha256 FROM orphan")}
            gone = known.difference(contents)
            self._database.execute_many("DELETE FROM orphan WHERE sha256 = ?", [(sha256,) for sha256 in gone])
            fresh = sorted(set(contents) - known)
            self._database.execute_many("INSERT INTO orphan VALUES (?, ?)", [(each, to_text(at)) for each in fresh])

    def since(self) -> dict[str, datetime]:
        """Return when each was first seen to be one."""
        rows = self._database.rows("SELECT sha256, since FROM orphan ORDER BY sha256")
        return {row["sha256"]: to_moment(row["since"]) for row in rows}
