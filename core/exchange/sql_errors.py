"""DuckDB's exceptions, made ours at the border; and its statements, made to heed a stop."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.errors import DataError, EngineError, StopRequested
from core.sql import shortage
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

    from core.stop import StopToken


@contextmanager
def interruptible(connection: DuckDBPyConnection, stop: StopToken) -> Iterator[None]:
    """Interrupt the statements inside from the moment that a stop is asked for.

    Raises:
        StopRequested: a stop was asked for, before or while a statement ran.
    """
    import duckdb

    with stop.insisting(connection.interrupt):
        try:
            yield
        except duckdb.InterruptException as error:
            raise StopRequested(stop.reason or "The run was asked to stop.") from error


@contextmanager
def sql_errors(connection: DuckDBPyConnection, stop: StopToken, what: str) -> Iterator[None]:
    """Let a stop interrupt the statements inside; begin the message of a failure with ``what``.

    Raises:
        StopRequested: a stop was asked for.
        EngineError: the disk or the memory does not suffice, or a file is out of bounds.
        DataError: anything else that DuckDB reported, which is about values or the layout.
    """
    import duckdb

    with interruptible(connection, stop):
        try:
            yield
        except duckdb.InterruptException:
            raise
        except (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.PermissionException) as error:
            short = shortage(str(error))
            reason, advice = short or (
                clean(str(error), limit=300),
                "Look at the space and the permissions on the disk.",
            )
            raise EngineError(f"{what}: {reason}{'.' if short else ''}", advice=advice) from error
        except duckdb.Error as error:
            raise DataError(
                f"{what}: {clean(str(error), limit=300)}", advice="Look at the layout; no record was changed."
            ) from error


@contextmanager
def disk_errors(what: str) -> Iterator[None]:
    """Turn a fault of the disk into an error that begins with ``what``."""
    try:
        yield
    except OSError as error:
        raise EngineError(
            f"{what}: {clean(error.strerror or str(error))}.",
            advice="Look at the space and the permissions on the disk.",
        ) from error
