"""Copies of both stores as they stand at one moment, made while runs go on."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing, suppress
from typing import TYPE_CHECKING

from core.sql import quoted_name, quoted_text
from core.store.catalogue.faults import faults
from core.store.catalogue.transactions import alone, last_moment, transaction
from core.store.integrity import rows_of_catalogue, rows_of_journal
from core.store.journal.database import plain_errors

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.stop import StopToken
    from core.store.catalogue import Catalogue
    from core.store.journal import Journal

_PAGES = 2000
"""Of the journal, between two looks whether to stop."""
_COPY = "pendel_copy"


def copy_stores(
    catalogue: Catalogue, journal: Journal, *, catalogue_file: Path, journal_file: Path, stop: StopToken
) -> dict[str, int]:
    """Copy the stores into new files, and return how many rows each table has; nobody who writes is held up.

    Both copies show one moment at which nobody was writing: what a run was about then is, in the copies, a run that
    was interrupted. ``catalogue_file`` must be where the catalogue may write.

    Raises:
        StoreError: a store cannot be read, or a copy not be written.
        StopRequested: a stop was asked for.
    """
    doing = "be copied"
    with ExitStack() as until_copied:
        until_copied.callback(_let_go, catalogue)
        session = until_copied.enter_context(catalogue.session())
        with alone(doing), journal.transaction():
            frozen = until_copied.enter_context(journal.frozen())
            until_copied.enter_context(faults(doing))
            until_copied.enter_context(transaction(session))
            # DuckDB's transactions begin to see at their first statement.
            last_moment(session)
        with faults(doing, session=session, stop=stop):
            counts = rows_of_catalogue(session)
            _copy_catalogue(session, catalogue_file)
        counts |= rows_of_journal(frozen)
        _copy_journal(frozen, journal_file, stop)
    return counts


def _copy_catalogue(session: DuckDBPyConnection, target: Path) -> None:
    row = session.execute("SELECT current_database()").fetchone()
    session.execute(f"ATTACH {quoted_text(str(target.absolute()))} AS {_COPY}")
    session.execute(f"COPY FROM DATABASE {quoted_name(str(row[0] if row else ''))} TO {_COPY}")


def _let_go(catalogue: Catalogue) -> None:
    """Close the copy, which writes its log into its file; what is attached belongs to all sessions of a database."""
    import duckdb

    # Where this fails, so did the copying, or the copy will be found wanting.
    with suppress(duckdb.Error), catalogue.session() as session:
        session.execute(f"DETACH DATABASE IF EXISTS {_COPY}")


def _copy_journal(frozen: sqlite3.Connection, target: Path, stop: StopToken) -> None:
    with plain_errors(target), closing(sqlite3.connect(target)) as copy:
        frozen.backup(copy, pages=_PAGES, progress=lambda *_: stop.check())
        # Without a log beside it: the copy is one file.
        copy.execute("PRAGMA journal_mode=DELETE")
