"""Parquet files as rows of text, which DuckDB reads by itself; a layout gives the text its types again.

A double is written down with at most fifteen digits, so that 0.1 + 0.2 is 0.3; a decimal, a date and a moment are
exact, a moment in UTC. Lists and structures are JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import DataError
from core.exchange.projection import raw_column
from core.exchange.sql_errors import sql_errors
from core.exchange.staging import RawRows
from core.sql import quoted_name, quoted_text
from core.text import clean

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.stop import StopToken

_MARK, _ENCRYPTED = b"PAR1", b"PARE"


def read_table(source: Path, *, connection: DuckDBPyConnection, stop: StopToken, name: str) -> RawRows:
    """Return the records of a Parquet file as text, and their number by its footer.

    Raises:
        DataError: it is no Parquet file, or is cut off, encrypted or broken.
        EngineError: the disk or the memory does not suffice.
        StopRequested: a stop was asked for.
    """
    _look(source, name)
    path = quoted_text(str(source))
    with sql_errors(connection, stop, f"{name} is broken"):
        columns = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({path})").fetchall()
        row = connection.execute(f"SELECT num_rows FROM parquet_file_metadata({path})").fetchone()
    cells = ", ".join(
        f"{_text(quoted_name(column[0]), column[1])} AS {raw_column(place)}"
        for place, column in enumerate(columns, start=1)
    )
    relation = f"(SELECT file_row_number + 1 AS _record, _record AS _line, {cells} FROM {_numbered(source)})"
    names = tuple(column[0] for column in columns)
    # There are no lines: a record is found by its number.
    return RawRows(names, len(columns), relation, row[0] if row else 0, has_lines=True)


def _numbered(source: Path) -> str:
    return f"read_parquet({quoted_text(str(source))}, file_row_number = true)"


def _look(source: Path, name: str) -> None:
    size = source.stat().st_size
    with source.open("rb") as file:
        first = file.read(4)
        file.seek(max(0, size - 4))
        last = file.read(4)
    if _ENCRYPTED in (first, last):
        raise DataError(f"{name} is encrypted.", advice="Ask the sender for a file that is not.")
    if first != _MARK:
        raise DataError(
            f"{name} is no Parquet file, whatever its name says.",
            advice="Look at what it is with pendel propose, and set format in the layout.",
        )
    if last != _MARK or size < 12:
        raise DataError(f"{name} is cut off: the end of the Parquet file is missing.", advice="Fetch it again.")


def _text(value: str, kind: str) -> str:
    """Return the SQL of a value of this type as text."""
    if kind == "DOUBLE":
        # Of 15 digits, and without an exponent where DECIMAL can hold that.
        short = f"CAST(CAST(format('{{:.15g}}', {value}) AS DOUBLE) AS VARCHAR)"
        plain = (
            f"regexp_replace(CAST(TRY_CAST(format('{{:.15g}}', {value}) AS DECIMAL(38, 15)) AS VARCHAR), '\\.?0+$', '')"
        )
        whole = f"regexp_replace({short}, '\\.0$', '')"
        return f"CASE WHEN contains({short}, 'e') THEN coalesce({plain}, {short}) ELSE {whole} END"
    if kind == "FLOAT":
        return f"regexp_replace(CAST({value} AS VARCHAR), '\\.0$', '')"
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"CAST(timezone('UTC', {value}) AS VARCHAR)"
    if kind.startswith(("STRUCT", "MAP")) or kind.endswith("]"):
        return f"CAST(to_json({value}) AS VARCHAR)"
    return f"CAST({value} AS VARCHAR)"


def write_rejected_records(
    source: Path, rejects: str, target: Path, *, connection: DuckDBPyConnection, stop: StopToken
) -> int:
    """Write the rejected records as they are, with the types of the file, into ``target``; return how many."""
    with sql_errors(connection, stop, f"{clean(target.name)} cannot be written"):
        row = connection.execute(
            f"COPY (SELECT * EXCLUDE (file_row_number) FROM {_numbered(source)} "
            f"WHERE file_row_number + 1 IN (SELECT record FROM {quoted_name(rejects)})) "
            f"TO {quoted_text(str(target))} (FORMAT parquet)"
        ).fetchone()
    return int(row[0]) if row else 0
