"""The catalogue: the database, its sessions, and what is known of runs."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from core.errors import FencedOff, StoreError
from core.sql import quoted_name, quoted_text
from core.store.catalogue.applying import AppliedCounts
from core.store.catalogue.faults import faults, opening_fault
from core.store.catalogue.schema import prepare_schema
from core.store.catalogue.transactions import alone, current_fence, housekeeping, last_moment

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity

_CLOSING_SECONDS = 5.0
_INSISTING_SECONDS = 0.05


class Catalogue:
    """The store of records: one DuckDB database, opened once in the process.

    Every run, and every view of a console, works in a session of its own. Readers see one state and never wait;
    writers take turns, a block at a time.
    """

    def __init__(self, connection: DuckDBPyConnection) -> None:
        self._connection = connection
        # DuckDB refuses a call on a connection that another thread is in, also one for a cursor.
        self._turn = threading.Condition()
        self._sessions: list[DuckDBPyConnection] = []

    @classmethod
    def open(
        cls,
        path: Path,
        entities: Mapping[str, Entity],
        *,
        spool: Path,
        memory_limit_mb: int,
        threads: int | None = None,
    ) -> Catalogue:
        """Open the database at ``path``, or make it, with a table for each entity.

        Statements, an operator's expressions among them, reach no files but those in ``spool``, and
        cannot change that. What does not fit into ``memory_limit_mb`` goes to a directory beside the database.

        Raises:
            StoreBusy: another process has it open.
            StoreError: it is damaged, of a newer release, or does not fit the entities.
        """
        import duckdb  # 60 ms

        spilled = path.parent / f"{path.stem}.tmp"
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{memory_limit_mb}MB",
            # At the default of 16 MB nearly every block rewrites the columns that it touched, at 64 MB every delta of a
            # long list. The log is read again, in about a second, only after a crash.
            "checkpoint_threshold": "128MB",
            # A list of constants would become a join, and that loses the order of the records of a file.
            "disabled_optimizers": "in_clause",
            "temp_directory": str(spilled),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
        }
        if threads is not None:
            config["threads"] = threads
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = duckdb.connect(str(path), config=config)
        except duckdb.Error as error:
            raise opening_fault(error, path) from error
        except OSError as error:
            raise StoreError(
                f"The directory of the catalogue {path.parent} cannot be made: {error.strerror}.",
                advice="Check data_dir in [engine], and who may write there.",
            ) from error
        try:
            _clear_spilled(spilled)
            with faults("be opened"):
                _confine(connection, spool)
                prepare_schema(connection, entities)
        except BaseException:
            connection.close()
            raise
        return cls(connection)

    def declare(self, entities: Mapping[str, Entity]) -> None:
        """Make room for entities and fields that were declared since the database was opened.

        Raises:
            StoreError: a declaration does not fit the data that is kept, or a run is writing to a changed entity.
        """
        doing = "take the changed entities in"
        with self.session() as session, alone(doing):
            prepare_schema(session, entities)

    @contextmanager
    def session(self) -> Iterator[DuckDBPyConnection]:
        """Give a connection with temporary tables of its own, for one run in one thread."""
        with faults("open a session"), self._turn:
            session = self._connection.cursor()
            self._sessions.append(session)
        try:
            yield session
        finally:
            with self._turn:
                session.close()
                self._sessions = [each for each in self._sessions if each is not session]
                self._turn.notify_all()

    def watermark(self) -> datetime:
        """Return the moment of the last committed block; the epoch where there is none."""
        with self.session() as session, faults("be read"):
            return last_moment(session)

    def take_fence(self, run: int, fence: int) -> None:
        """Make every later block of the run with a smaller fence fail.

        Raises:
            FencedOff: the run has a larger fence already.
        """
        with self.session() as session, housekeeping(session, f"take run {run} over"):
            current = current_fence(session, run)
            if current > fence:
                raise FencedOff(f"Run {run} was taken over by a later attempt (fence {current}); this one has {fence}.")
            if current < fence:
                session.execute("DELETE FROM fence WHERE run = ?", [run])
                session.execute("INSERT INTO fence VALUES (?, ?)", [run, fence])

    def applied(self, run: int, *, of: tuple[str, str] | None = None) -> AppliedCounts:
        """Return what all committed blocks of a run did, those of earlier attempts included.

        ``of`` says to the records of which entity and assortment, in place of all; the stubs among these are left out.
        """
        own, parameters = ("run = ? AND entity = ? AND assortment = ?", [run, *of]) if of else ("run = ?", [run])
        with self.session() as session, faults("be read"):
            row = session.execute(
                "SELECT coalesce(sum(new), 0)::BIGINT, coalesce(sum(changed), 0)::BIGINT, "
                "coalesce(sum(archived), 0)::BIGINT, coalesce(sum(restored), 0)::BIGINT, "
                f"coalesce(sum(removed), 0)::BIGINT, count(*) FROM applied WHERE {own}",
                parameters,
            ).fetchone()
        counts = AppliedCounts(*(row or ()))
        return replace(counts, new=counts.new - self.stubs(run).get(of, 0)) if of else counts

    def stubs(self, run: int) -> dict[tuple[str, str], int]:
        """Return how many stubs a run has made so far, by entity and assortment."""
        with self.session() as session, faults("be read"):
            rows = session.execute(
                "SELECT entity, assortment, count(*) FROM stubs WHERE run = ? GROUP BY ALL ORDER BY ALL",
                [run],
            ).fetchall()
        return {(entity, assortment): number for entity, assortment, number in rows}

    def forget_runs(self, runs: Collection[int]) -> int:
        """Delete the before images of runs that are past retention; return how many there were.

        These runs can no longer be reverted, and a record that one of them removed is no longer exported as deleted.
        """
        chosen = list(runs)
        if not chosen:
            return 0
        images = 0
        with self.session() as session, housekeeping(session, "forget old runs"):
            session.execute("CREATE OR REPLACE TEMP TABLE forgotten AS SELECT unnest(?::BIGINT[]) AS run", [chosen])
            tables = session.execute(
                "SELECT table_name FROM duckdb_tables() "
                "WHERE database_name = current_database() AND schema_name = 'history'"
            ).fetchall()
            for (name,) in tables:
                row = session.execute(
                    f"DELETE FROM {quoted_name('history', name)} WHERE _run IN (SELECT run FROM forgotten)"
                ).fetchone()
                images += int(row[0]) if row else 0
            # The last moment stays: the watermark never goes back.
            session.execute(
                "DELETE FROM applied WHERE run IN (SELECT run FROM forgotten) "
                "AND moment < (SELECT max(moment) FROM applied)"
            )
            session.execute("DELETE FROM fence WHERE run IN (SELECT run FROM forgotten)")
            session.execute("DELETE FROM reverted WHERE run IN (SELECT run FROM forgotten)")
        self.compact()
        return images

    def compact(self) -> bool:
        """Write the log into the database file and free what deletions left; return False while runs are in its way."""
        import duckdb

        with self.session() as session, faults("be compacted"):
            try:
                session.execute("CHECKPOINT")
            except duckdb.TransactionException:
                return False
        return True

    def close(self) -> None:
        """Close the database. Statements of sessions that are still open, such as a view's, are interrupted."""
        ends = monotonic() + _CLOSING_SECONDS
        with self._turn:
            # DuckDB does not close while one of its connections is in a call.
            while self._sessions and monotonic() < ends:
                for session in self._sessions:
                    session.interrupt()
                self._turn.wait(_INSISTING_SECONDS)
            self._connection.close()


def _clear_spilled(directory: Path) -> None:
    """Delete what a process that was killed had spilled; DuckDB does so only when it has to spill itself.

    Nobody else can be using it: whoever has the database open has the directory.
    """
    for leftover in directory.glob("duckdb_temp_*"):
        with suppress(OSError):
            leftover.unlink()


def _confine(connection: DuckDBPyConnection, directory: Path) -> None:
    connection.execute(f"SET allowed_directories = [{quoted_text(str(directory.absolute()))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
