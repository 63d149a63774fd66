"""Values that cannot be written, each told with the record in which it stands; and files as DuckDB writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import DataError
from core.exchange.sql_errors import sql_errors
from core.sql import column_list, quoted_name, quoted_text
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.exchange.rendering import Cell
    from core.stop import StopToken

_AT_ONCE = 4096
_PLAIN_LINES = {"HEADER": "false", "QUOTE": "''", "ESCAPE": "''", "DELIMITER": "'\x01'", "COMPRESSION": "'none'"}
"""Of a line of one value in which no control character stands."""


@dataclass(frozen=True, slots=True)
class ValueChecks:
    """The cells of a file over the records that are to be written."""

    connection: DuckDBPyConnection
    entity: Entity
    cells: Sequence[Cell]
    selection: str
    stop: StopToken

    @property
    def relation(self) -> str:
        """SQL that yields the records."""
        return quoted_name(self.selection)

    def refuse_failures(self) -> None:
        """Refuse records on which an expression fails.

        Raises:
            DataError: there is one; the message names it.
        """
        for cell in self.cells:
            if cell.check:
                self.refuse(
                    f"{cell.check} IS NULL", cell, "The expression fails on its values.", "Mend the expression."
                )

    def refuse(self, condition: str, cell: Cell, what: str, advice: str) -> None:
        """Refuse the first record for which ``condition`` (SQL) holds, saying ``what`` is wrong with ``cell``.

        Raises:
            DataError: there is one.
        """
        keys = column_list(self.entity.key)
        with sql_errors(self.connection, self.stop, "The records cannot be checked"):
            row = self.connection.execute(
                f"SELECT left(CAST({cell.text if not cell.check else 'NULL'} AS VARCHAR), 200), {keys} "
                f"FROM {self.relation} WHERE {condition} LIMIT 1"
            ).fetchone()
        if row is not None:
            key = clean(", ".join(map(str, row[1:])), limit=80)
            shown = f" ({clean(row[0], limit=80)})" if row[0] is not None else ""
            raise DataError(
                f"{self.entity.title} {key!r} cannot be written: column {clean(cell.header)!r}{shown}. {what}",
                advice=advice,
            )


def copy_to(checks: ValueChecks, select: str, target: Path, form: str, options: Mapping[str, str]) -> int:
    """Let DuckDB write what ``select`` yields; return the number of rows."""
    settings = ", ".join(f"{key} {value}" for key, value in options.items())
    with sql_errors(checks.connection, checks.stop, f"{clean(target.name)} cannot be written"):
        # The file may have a second name, which a new one in its place would not have.
        row = checks.connection.execute(
            f"COPY ({select}) TO {quoted_text(str(target))} (FORMAT {form}, USE_TMP_FILE false, {settings})"
        ).fetchone()
    return int(row[0]) if row else 0


def copy_lines(checks: ValueChecks, select: str, target: Path) -> int:
    """Let DuckDB write the one text column of ``select``, a line each, as it is; return how many."""
    return copy_to(checks, select, target, "csv", _PLAIN_LINES)


def streamed(checks: ValueChecks, select: str, what: str) -> Iterator[list[tuple[str]]]:
    """Yield the rows of ``select``, some at a time, in their order; the message of a failure begins with ``what``."""
    with sql_errors(checks.connection, checks.stop, what):
        found = checks.connection.execute(select)
    while True:
        with sql_errors(checks.connection, checks.stop, what):
            rows = found.fetchmany(_AT_ONCE)
        if not rows:
            return
        yield rows
