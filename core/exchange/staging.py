"""Rows of text, whatever kind of file they are of, through the columns of a layout into typed fields or rejects.

Who reads a file makes :class:`RawRows` of it: records as text, before any layout. All that a layout means
(conversions, value lists, types, defaults, expressions, what is required) is done to them here, in one place for all
kinds of files, and each record ends up either staged or rejected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import DataError
from core.exchange.projection import LineFilter, compile_import, raw_column
from core.exchange.sql_errors import sql_errors
from core.exchange.survey import EXCERPT
from core.sql import quoted_name
from core.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.config.layouts import ImportColumn
    from core.config.values import ValueFormats
    from core.stop import StopToken


@dataclass(frozen=True, slots=True)
class ReadResult:
    """How a file was read; ``accepted + rejected + skipped == records``."""

    records: int
    accepted: int
    rejected: int
    fields: tuple[str, ...]
    """The fields that the layout fills, in its order."""
    places: Path | None = None
    """Where the records lie in the file, if digests were staged: for :func:`core.exchange.picking.read_picked`."""
    skipped: int = 0
    """Lines that have no record of the entity, by a filter of lines."""
    deleted: int = 0
    """Of the accepted, those that the file says are gone: they are in a table of their own."""


@dataclass(frozen=True, slots=True)
class RawRows:
    """The records of one kind in a file, as text, before any layout."""

    names: tuple[str, ...]
    """Of the columns, in order; empty where a layout can only name them by their position, from 1."""
    width: int
    """The number of columns."""
    relation: str
    """SQL that yields each record that can be read, once, in order: ``_record`` (BIGINT: its number in this part of the
    file, from 1) and ``_c1`` to ``_cN`` (VARCHAR, NULL where there is no value). It is read more than once."""
    records: int
    """How many there are, counted otherwise than by reading ``relation``; those that cannot be read too."""
    has_lines: bool = False
    """Whether ``relation`` yields ``_line`` (BIGINT): the line or the sheet's row in which the record begins."""
    has_places: bool = False
    """Whether ``relation`` yields ``_place`` (VARCHAR): where the record stands, such as its path in an XML file."""
    has_raw: bool = False
    """Whether ``relation`` yields ``_raw`` (VARCHAR): the record as it stands in the file, or the beginning of that."""
    has_deleted: bool = False
    """Whether ``relation`` yields ``_deleted`` (BOOLEAN): the record is gone, and only its key is of interest."""
    unreadable: str = ""
    """SQL that yields what is wrong with records that cannot be read: ``record``, ``line``, ``"column"``, ``value``,
    ``reason``, ``raw``, ``place``; empty where there are none. Those that are in ``relation`` too may have NULL as
    ``raw``."""


def stage_rows(
    rows: RawRows,
    columns: Sequence[ImportColumn],
    formats: ValueFormats,
    entity: Entity,
    *,
    connection: DuckDBPyConnection,
    stop: StopToken,
    name: str,
    staged: str = "staged",
    rejects: str = "rejects",
    deleted: str = "deleted",
    lines: LineFilter | None = None,
) -> ReadResult:
    """Put the records of ``rows``, through ``columns``, into two temporary tables, which are replaced where they exist.

    The tables are those of :func:`core.exchange.reading.read_file`; the ``line``, ``place`` and ``raw`` of rejects that
    others add later are filled by :func:`locate_rows`. ``formats`` says how numbers and dates are written in the text;
    ``name`` is what the file, or the part of it, is called in messages. Records that the file says are gone are moved
    to a third table, ``deleted``, which is there only where there are any.

    Raises:
        DataError: the columns do not go with the rows or the entity, or the number of rows is not that of the records.
        EngineError: the disk or the memory does not suffice.
        StopRequested: a stop was asked for; the two tables may or may not be there.
    """
    select = compile_import(
        columns, formats, entity, rows, rows.relation, connection=connection, name=name, numbered=True, lines=lines
    )
    table = quoted_name(staged)
    with sql_errors(connection, stop, f"{name} cannot be read"):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {select}")
        found = connection.execute(f"SELECT count(*), count(DISTINCT _record) FROM {table}").fetchone()
    read, distinct = found or (0, 0)
    rejected, skipped = move_rejects(
        connection, staged, rejects, rows.unreadable, stop=stop, name=name, filtered=lines is not None
    )
    accepted = _count(connection, f"SELECT count(*) FROM {table}")
    if accepted + rejected + skipped != rows.records or read != distinct:
        raise wrong_count(name, rows.records, read)
    if rejected:
        locate_rows(rows, rejects, connection=connection, stop=stop, name=name)
    gone = 0
    if rows.has_deleted:
        marked = f"_record IN (SELECT _record FROM {rows.relation} WHERE _deleted)"
        with sql_errors(connection, stop, f"{name} cannot be read"):
            connection.execute(
                f"CREATE OR REPLACE TEMP TABLE {quoted_name(deleted)} AS SELECT * FROM {table} WHERE {marked}"
            )
            connection.execute(f"DELETE FROM {table} WHERE {marked}")
        gone = _count(connection, f"SELECT count(*) FROM {quoted_name(deleted)}")
    fields = tuple(column.field for column in columns)
    return ReadResult(rows.records, accepted, rejected, fields, skipped=skipped, deleted=gone)


def wrong_count(name: str, records: int, read: int) -> DataError:
    """Return the error that ends an import which would have lost records, or made some up."""
    return DataError(
        f"{name} has {counted(records, 'record')}, but {read:,} were read; nothing was imported.",
        advice="This must not happen: please report it, with the first lines of the file.",
    )


def move_rejects(
    connection: DuckDBPyConnection,
    staged: str,
    rejects: str,
    unreadable: str,
    *,
    stop: StopToken,
    name: str,
    filtered: bool = False,
) -> tuple[int, int]:
    """Make the table ``rejects`` of what is ``unreadable`` (as in :class:`RawRows`) and of ``_faults`` in ``staged``.

    Return the number of records that were rejected, and of lines that have none: rows that are ``_absent``, where
    ``staged`` is ``filtered``. They are taken out of ``staged``, and the columns ``_faults`` and ``_absent`` too.
    """
    table, into = quoted_name(staged), quoted_name(rejects)
    with sql_errors(connection, stop, f"The rejected records of {name} cannot be kept"):
        run = connection.execute
        run(
            f"CREATE OR REPLACE TEMP TABLE {into} (record BIGINT, line BIGINT, field VARCHAR, "
            '"column" VARCHAR, value VARCHAR, reason VARCHAR, raw VARCHAR, place VARCHAR)'
        )
        if unreadable:
            run(
                f'INSERT INTO {into} SELECT record, line, NULL, "column", value, reason, raw, place '
                f"FROM ({unreadable}) ORDER BY record"
            )
        skipped = 0
        if filtered:
            gone = f"_record IN (SELECT record FROM {into})"
            skipped = _count(connection, f"SELECT count(*) FROM {table} WHERE _absent AND NOT {gone}")
            run(f"DELETE FROM {table} WHERE _absent OR {gone}")
            run(f"ALTER TABLE {table} DROP COLUMN _absent")
        run(
            f'INSERT INTO {into} SELECT _record, NULL, fault.field, fault."column", fault.value, fault.reason, '
            f"NULL, NULL FROM (SELECT _record, unnest(_faults) AS fault FROM {table} WHERE _faults IS NOT NULL "
            f"AND _record NOT IN (SELECT record FROM {into})) ORDER BY _record"
        )
        run(f"DELETE FROM {table} WHERE _faults IS NOT NULL OR _record IN (SELECT record FROM {into})")
        run(f"ALTER TABLE {table} DROP COLUMN _faults")
        return _count(connection, f"SELECT count(DISTINCT record) FROM {into}"), skipped


def locate_rows(
    rows: RawRows, rejects: str, *, connection: DuckDBPyConnection, stop: StopToken, name: str, only: str = "true"
) -> None:
    """Fill ``line``, ``place`` and ``raw`` of the rejects without ``raw`` for which ``only`` (SQL) holds."""
    cells = ", ".join(f"coalesce({raw_column(position)}, '')" for position in range(1, rows.width + 1))
    raw = "r._raw" if rows.has_raw else f"concat_ws(chr(9), {cells})"
    table = quoted_name(rejects)
    with sql_errors(connection, stop, f"The places of rejected records of {name} cannot be kept"):
        connection.execute(
            f"UPDATE {table} SET line = {'r._line' if rows.has_lines else 'NULL'}, "
            f"place = {'r._place' if rows.has_places else 'NULL'}, raw = left({raw}, {EXCERPT}) "
            f"FROM (SELECT * FROM {rows.relation} WHERE _record IN (SELECT record FROM {table} "
            f"WHERE raw IS NULL AND {only})) r WHERE {table}.record = r._record AND {table}.raw IS NULL AND {only}"
        )


def _count(connection: DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
