"""DuckDB's exceptions, made ours at the border."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.errors import DataError, StopRequested
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

    from core.stop import StopToken


@contextmanager
def sql_errors(connection: DuckDBPyConnection, stop: StopToken, what: str) -> Iterator[None]:
    """Let a stop request interrupt the statements inside, and begin the message of a failure with ``what``."""
    import duckdb

    with stop.interrupting(connection.interrupt):
        try:
            yield
        except duckdb.InterruptException as error:
            raise StopRequested(stop.reason or "The run was asked to stop.") from error
        except duckdb.Error as error:
            raise DataError(
                f"{what}: {clean(str(error), limit=300)}", advice="Look at the layout; no record was changed."
            ) from error
