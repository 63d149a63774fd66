"""Rejected records, found again in their source: where they stand, and as a file that can be mended."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from core.exchange.encoding import open_text
from core.exchange.numbers import queried_numbers
from core.exchange.sql_errors import disk_errors, sql_errors
from core.exchange.survey import excerpt, record_reader
from core.sql import quoted_name, quoted_text
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.config.layouts import LinesImportLayout
    from core.exchange.records import Record, RecordReader
    from core.stop import StopToken


def locate_rejects(
    connection: DuckDBPyConnection,
    rejects: str,
    source: Path,
    layout: LinesImportLayout,
    *,
    work_dir: Path,
    stop: StopToken,
) -> None:
    """Fill ``line`` and ``raw`` of the rejects that have no line yet, by one pass over the source.

    For rejects that others than :func:`core.exchange.reading.read_file` have added, with the ``_record`` of a row.
    """
    table = quoted_name(rejects)
    wanted = queried_numbers(connection, f"SELECT DISTINCT record FROM {table} WHERE line IS NULL ORDER BY record")
    if not wanted:
        return
    path = work_dir / "places.csv"
    try:
        with (
            disk_errors("The places of rejected records cannot be kept"),
            path.open("w", encoding="utf-8", newline="") as file,
        ):
            rows = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
            for record in picked(record_reader(open_text(source, layout.text.encoding), layout.text), wanted, stop):
                rows.writerow((record.number, record.line, excerpt(record.raw)))
        with sql_errors(connection, stop, "The places of rejected records cannot be kept"):
            connection.execute(
                f"UPDATE {table} SET line = place.line, raw = place.raw FROM read_csv({quoted_text(str(path))}, "
                "auto_detect = false, header = false, columns = {record: 'BIGINT', line: 'BIGINT', raw: 'VARCHAR'}, "
                "delim = ',', quote = '\"', escape = '\"', new_line = '\\n') AS place "
                f"WHERE {table}.record = place.record AND {table}.line IS NULL"
            )
    finally:
        path.unlink(missing_ok=True)


def write_rejects(
    connection: DuckDBPyConnection,
    rejects: str,
    source: Path,
    layout: LinesImportLayout,
    target: Path,
    *,
    stop: StopToken,
) -> int:
    """Write the rejected records into ``target``, in the source's own format; return how many.

    Skipped lines, header and each rejected record stand there once, in the order and with the very bytes of the source;
    but a record too long to be held in memory is left out.
    """
    wanted = queried_numbers(connection, f"SELECT DISTINCT record FROM {quoted_name(rejects)} ORDER BY record")
    text = open_text(source, layout.text.encoding)
    reader = record_reader(text, layout.text)
    written = 0
    with disk_errors(f"{clean(target.name)} cannot be written"), target.open("wb") as out:
        out.write(text.mark + text.original(reader.head.text))
        for record in picked(reader, wanted, stop):
            if not record.whole:
                continue
            out.write(text.original(record.raw + (record.end or reader.head.line_end)))
            written += 1
    return written


def picked(reader: RecordReader, wanted: Sequence[int], stop: StopToken) -> Iterator[Record]:
    """Yield the records of ``reader`` with these rising numbers."""
    position = 0
    for block in reader.blocks():
        stop.check()
        first = position
        after = block.first_number + block.count
        while position < len(wanted) and wanted[position] < after:
            position += 1
        yield from block.pick(wanted[first:position])
        if position == len(wanted):
            return
