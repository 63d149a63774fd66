"""Whether what is kept is whole: asked of the stores in use, and of those that a backup was restored into."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from core.sql import column_list, quoted_name
from core.store.catalogue.faults import faults
from core.store.catalogue.names import entity_table
from core.store.catalogue.transactions import transaction
from core.store.journal.database import plain_errors, read_beside
from core.text import clean, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.stop import StopToken

_FAULTS_SHOWN = 5
_STEPS = 100_000
"""Of SQLite's machine, between two looks whether to stop."""


def find_faults(
    session: DuckDBPyConnection, journal: Path, stop: StopToken, *, step: Callable[[str], object] = lambda _: None
) -> list[str]:
    """Return what is wrong with the two stores, one sentence each; what cannot be read at all raises.

    Every value of the catalogue and every page of the journal is read; nobody who writes is held up.

    Raises:
        StoreError: a store is damaged so that it cannot be read.
        StopRequested: a stop was asked for.
    """
    step("checking the catalogue")
    with faults("be checked"), transaction(session), faults("be checked", session=session, stop=stop):
        found = list(_faults_of_catalogue(session))
        newest = _newest_run(session)
    # The journal comes second: it knows every run that the catalogue knew.
    step("checking the journal")
    return found + list(_faults_of_journal(journal, newest, stop))


def rows_of_catalogue(session: DuckDBPyConnection) -> dict[str, int]:
    """Return how many rows each table has, as ``schema.table``."""
    counts: dict[str, int] = {}
    for schema, table in _tables(session):
        row = session.execute(f"SELECT count(*) FROM {quoted_name(schema, table)}").fetchone()
        counts[f"{schema}.{table}"] = int(row[0]) if row else 0
    return counts


def rows_of_journal(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many rows each table has, as ``journal.table``."""
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    return {
        f"journal.{name}": int(connection.execute(f"SELECT count(*) FROM {quoted_name(name)}").fetchone()[0])
        for (name,) in tables.fetchall()
    }


def _tables(session: DuckDBPyConnection) -> list[tuple[str, str]]:
    return session.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() "
        "WHERE database_name = current_database() AND NOT temporary ORDER BY ALL"
    ).fetchall()


def _faults_of_catalogue(session: DuckDBPyConnection) -> Iterator[str]:
    present = set(_tables(session))
    for entity, key in session.execute("SELECT entity, key FROM entity_key ORDER BY entity").fetchall():
        if ("entity", entity) not in present:
            yield f"The table of the entity {entity} is missing in the catalogue."
            continue
        table = entity_table(entity)
        missing = " OR ".join(f"{quoted_name(name)} IS NULL" for name in key)
        row = session.execute(f"SELECT count(*) FROM {table} WHERE {missing}").fetchone()
        if row and row[0]:
            yield f"{counted(row[0], 'record')} of {entity} lack a key."
        row = session.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM {table} GROUP BY assortment, {column_list(key)} HAVING count(*) > 1)"
        ).fetchone()
        if row and row[0]:
            yield f"{counted(row[0], 'key')} of {entity} stand in an assortment more than once."
    for schema, table in sorted(present):
        # Every value is read, so that DuckDB compares the checksum of every block.
        session.execute(f"SELECT bit_xor(hash(kept)) FROM {quoted_name(schema, table)} AS kept").fetchone()


def _newest_run(session: DuckDBPyConnection) -> int:
    """Return the highest number of a run that the catalogue knows of."""
    history = [("history", table, "_run") for schema, table in _tables(session) if schema == "history"]
    newest = 0
    for schema, table, column in [*history, ("main", "applied", "run")]:
        row = session.execute(f"SELECT coalesce(max({column}), 0) FROM {quoted_name(schema, table)}").fetchone()
        newest = max(newest, int(row[0]) if row else 0)
    return newest


def _faults_of_journal(path: Path, newest: int, stop: StopToken) -> Iterator[str]:
    with plain_errors(path), closing(read_beside(path)) as connection:
        connection.set_progress_handler(lambda: int(stop.requested), _STEPS)
        try:
            # As is a file whose beginning is damaged, this raises; what it finds otherwise, it tells.
            verdicts = connection.execute(f"PRAGMA integrity_check({_FAULTS_SHOWN})").fetchall()
            if [tuple(verdict) for verdict in verdicts] != [("ok",)]:
                yield from (f"The journal is damaged: {clean(str(verdict[0]), limit=200)}." for verdict in verdicts)
                return
            for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check").fetchmany(_FAULTS_SHOWN):
                yield f"Row {row} of the journal's table {table} belongs to a {parent} that is not there."
            (lost,) = connection.execute(
                "SELECT count(*) FROM occurrence WHERE (run IS NULL) = (skipped IS NULL)"
            ).fetchone()
            if lost:
                yield f"{counted(lost, 'planned moment')} in the journal ended neither as a run nor as skipped."
            row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'run'").fetchone()
        except sqlite3.OperationalError:
            stop.check()
            raise
    if newest > (last := int(row[0]) if row else 0):
        yield f"The catalogue has changes of run {newest}, but the journal knows no run after {last}."
