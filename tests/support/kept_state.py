"""What a workspace holds after its engine has ended, read by nothing of Pendel's own."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from pathlib import Path

MOMENTS = ("created_at", "changed_at", "archived_at")


def records(data_dir: Path, *, entity: str = "article", values_only: bool = False) -> list[tuple[Any, ...]]:
    """Return all records but for the moments, in the order of their keys.

    With ``values_only`` also without the runs that made, changed or archived them; what is left of those is whether a
    record is archived.
    """
    left_out = [*MOMENTS, *(["created_by_run", "changed_by_run", "archived_by_run"] if values_only else [])]
    return _rows(
        data_dir,
        f"SELECT * EXCLUDE ({', '.join(left_out)}), archived_at IS NOT NULL AS archived FROM entity.{entity} "
        "ORDER BY ALL",
    )


def before_images(data_dir: Path, run: int, *, entity: str = "article") -> list[tuple[Any, ...]]:
    """Return what is kept for the undo of a run, but for the moment at which it was kept."""
    return _rows(data_dir, f"SELECT * EXCLUDE (_moment) FROM history.{entity} WHERE _run = {run} ORDER BY ALL")


def applied_blocks(data_dir: Path, run: int) -> list[tuple[int, int]]:
    """Return the fence and number of every block of a run, in their order."""
    return _rows(data_dir, f"SELECT fence, block FROM applied WHERE run = {run} ORDER BY block, fence")


def runs(data_dir: Path, task: str) -> list[dict[str, Any]]:
    """Return the runs of a task, oldest first."""
    with closing(sqlite3.connect(data_dir / "journal.sqlite")) as journal:
        journal.row_factory = sqlite3.Row
        return [dict(row) for row in journal.execute("SELECT * FROM run WHERE task = ? ORDER BY id", (task,))]


def cursor(data_dir: Path, task: str) -> str | None:
    """Return the cursor of a task."""
    with closing(sqlite3.connect(data_dir / "journal.sqlite")) as journal:
        row = journal.execute("SELECT moment FROM cursor WHERE task = ?", (task,)).fetchone()
    return row[0] if row else None


def _rows(data_dir: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(data_dir / "catalogue.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()
