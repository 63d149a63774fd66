"""A text file, through its layout, into a staging table of typed fields; and what is wrong with it into another.

Every record of the file ends up in exactly one of the two: ``accepted + rejected == records``, where ``records`` is
counted by :mod:`core.exchange.records` and not by DuckDB. DuckDB parses nothing that was not proven sound, so that it
has nothing to reject or to skip; should it ever come to another number of rows, the file fails.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.exchange.encoding import open_text
from core.exchange.json_lines import member_relation, members
from core.exchange.projection import LineFilter, compile_import, raw_column
from core.exchange.rejecting import locate_rejects
from core.exchange.sql_errors import disk_errors, interruptible, sql_errors
from core.exchange.staging import ReadResult, move_rejects, wrong_count
from core.exchange.survey import Survey, record_reader, survey
from core.sql import quoted_name, quoted_text
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.config.layouts import FileSettings, LinesImportLayout
    from core.exchange.projection import Columns
    from core.exchange.records import Head
    from core.stop import StopToken

_LINE_SIZE = 2 << 20
_KNOWN_LINE_SIZE = 1 << 19


@dataclass(frozen=True, slots=True)
class Digest:
    """What is staged of a record instead of all its fields, where few records will be asked for the others."""

    fields: tuple[str, ...]
    """The fields that are staged as they are."""
    content: str
    """SQL over the fields of the layout, staged as ``_content``."""


def read_file(
    source: Path,
    layout: LinesImportLayout,
    entity: Entity,
    *,
    connection: DuckDBPyConnection,
    work_dir: Path,
    stop: StopToken,
    staged: str = "staged",
    rejects: str = "rejects",
    source_name: str | None = None,
    digest: Digest | None = None,
    lines: LineFilter | None = None,
) -> ReadResult:
    """Read ``source`` into two temporary tables of ``connection``, which are replaced where they exist.

    ``staged``: ``_record`` (the number of the record in the file, from 1) and one typed column for each field of the
    layout: text VARCHAR, integer BIGINT, decimal DECIMAL(18, decimals), boolean, DATE, TIMESTAMP (UTC).

    ``rejects``: ``record``, ``line`` (of the file, from 1, where the record begins), ``field``, ``column``, ``value``,
    ``reason``, ``raw``, ``place`` (NULL for text files); one row for each thing that is wrong with a record. ``value``
    and ``raw`` are data as the file has it, at most 1,000 characters of each: whoever shows them cleans them.

    With a ``digest``, only that is staged beside ``_record`` and the values are left where they are; they are dear to
    keep. That needs a file that DuckDB reads as it lies; of another, all fields are staged, and ``places`` is None.

    ``lines`` says which lines of the file have a record.

    ``work_dir`` takes working files, of which none but ``places`` is left; ``connection`` must be allowed to read
    there and at ``source``, and have DuckDB's optimizer ``in_clause`` disabled: the joins that it makes of long lists
    of constants mix up the rows, whose order is all that tells the number of a record.

    Raises:
        DataError: the file is empty or cut off, its header does not go with the layout, or the layout does not compile.
        EngineError: the disk or the memory does not suffice.
        StopRequested: a stop was asked for; the two tables may or may not be there.
    """
    name = source_name or clean(source.name)
    text = open_text(source, layout.text.encoding, name=name)
    reader = record_reader(text, layout.text, name=name)
    fields = tuple(column.field for column in layout.columns)
    work_dir.mkdir(parents=True, exist_ok=True)
    staging = _Staging(connection, layout, entity, reader.head, name, quoted_name(staged), stop, lines)
    places = None
    try:
        with ThreadPoolExecutor(1, "survey") as pool:
            surveying = pool.submit(survey, text, layout.text, reader, work_dir, stop)
            # Most files are sound: DuckDB reads this one while it is still being looked through.
            rows = staging.try_fill(source, digest) if text.is_utf8 and reader.head.simple else None
            with disk_errors(f"{name} cannot be read into the spool"):
                found = surveying.result()
        if found.prepared is not None or rows != found.records:
            rows = staging.fill(found.prepared or source, found)
        elif digest is not None:
            places = found.places
        if rows != found.records:
            raise wrong_count(name, found.records, rows or 0)
        unreadable = _unreadable(found) if found.unreadable else ""
        rejected, skipped = move_rejects(
            connection, staged, rejects, unreadable, stop=stop, name=name, filtered=lines is not None
        )
        if rejected:
            locate_rejects(connection, rejects, source, layout, work_dir=work_dir, stop=stop)
    finally:
        for leftover in ("faults.csv", "prepared.csv", *(["places.bin"] if places is None else [])):
            (work_dir / leftover).unlink(missing_ok=True)
    return ReadResult(found.records, found.records - rejected - skipped, rejected, fields, places, skipped)


@dataclass(frozen=True, slots=True)
class _Staging:
    connection: DuckDBPyConnection
    layout: LinesImportLayout
    entity: Entity
    head: Head
    name: str
    staged: str
    stop: StopToken
    lines: LineFilter | None

    def try_fill(self, source: Path, digest: Digest | None) -> int | None:
        """Read the file as it stands; None where DuckDB finds anything wrong with it."""
        import duckdb

        select = self._select(source, header=self.layout.text.header, line_end=self.head.line_end, longest=0)
        with interruptible(self.connection, self.stop):
            try:
                return self._create(select, digest)
            except duckdb.InterruptException:
                raise
            except duckdb.Error:
                return None

    def fill(self, path: Path, found: Survey) -> int:
        """Read a file that is known to be sound."""
        header = self.layout.text.header and found.prepared is None
        line_end = b"\n" if found.prepared else self.head.line_end
        select = self._select(path, header=header, line_end=line_end, longest=max(found.longest, _LINE_SIZE // 2))
        with sql_errors(self.connection, self.stop, f"{self.name} cannot be read"):
            return self._create(select)

    def _select(self, path: Path, *, header: bool, line_end: bytes, longest: int) -> str:
        relation = csv_relation(
            path, self.layout.text, self.head.width, header=header, line_end=line_end, longest=longest
        )
        return compile_lines(
            self.layout,
            self.entity,
            self.head,
            relation,
            connection=self.connection,
            name=self.name,
            lines_with_records=self.lines,
        )

    def _create(self, select: str, digest: Digest | None = None) -> int:
        kept = "*"
        if digest is not None:
            kept = ", ".join([*map(quoted_name, digest.fields), f"{digest.content} AS _content", "_faults"])
            kept += ", _absent" if self.lines else ""
        # The number of a record is its row's place; numbering rows in the SELECT would bind it to a single thread.
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {self.staged} AS SELECT CAST(0 AS BIGINT) AS _record, {kept} FROM ({select})"
        )
        self.connection.execute(f"UPDATE {self.staged} SET _record = rowid + 1")
        row = self.connection.execute(f"SELECT count(*) FROM {self.staged}").fetchone()
        return int(row[0]) if row else 0


def compile_lines(
    layout: LinesImportLayout,
    entity: Entity,
    head: Head,
    lines: str,
    *,
    connection: DuckDBPyConnection,
    name: str,
    numbered: bool = False,
    lines_with_records: LineFilter | None = None,
) -> str:
    """As :func:`compile_import`, of ``lines`` (SQL) as :func:`csv_relation` reads them."""
    columns: Columns = head
    if layout.format == "jsonl":
        columns = members(layout.columns, lines_with_records.column if lines_with_records else None)
        lines = member_relation(lines, columns.names, numbered=numbered)
    return compile_import(
        layout.columns,
        layout.formats,
        entity,
        columns,
        lines,
        connection=connection,
        name=name,
        numbered=numbered,
        may_be_wrong=layout.format == "jsonl",
        lines=lines_with_records,
    )


def csv_relation(
    path: Path,
    file: FileSettings,
    width: int,
    *,
    header: bool,
    line_end: bytes,
    longest: int,
    leading: Sequence[str] = (),
) -> str:
    """Return the SQL that reads sound CSV as text, with nothing left for DuckDB to guess.

    ``longest`` is that of the lines, or 0 where it is not known yet. DuckDB reads a file by as many threads as it fills
    buffers, which hold several lines.

    ``leading`` names columns of whole numbers that stand before those of the file.
    """
    line_size = max(2 * longest, _KNOWN_LINE_SIZE if longest else _LINE_SIZE)
    columns = ", ".join(
        [f"{name}: 'BIGINT'" for name in leading]
        + [f"{raw_column(position)}: 'VARCHAR'" for position in range(1, width + 1)]
    )
    options = {
        "auto_detect": "false",
        "columns": f"{{{columns}}}",
        "header": str(header).lower(),
        "delim": quoted_text(file.delimiter),
        "quote": quoted_text(file.quote),
        "escape": quoted_text(file.quote),
        "nullstr": quoted_text(file.null),
        "allow_quoted_nulls": "false",
        "null_padding": "false",
        "strict_mode": "true",
        "encoding": "'utf-8'",
        "max_line_size": str(line_size),
        "buffer_size": str(8 * line_size if line_size <= _LINE_SIZE else 2 * line_size),
    }
    if line_end == b"\n":
        # Told that lines end with \r\n, DuckDB 2.0.0 loses records; told nothing, it sees by itself.
        options["new_line"] = "'\\n'"
    return f"read_csv({quoted_text(str(path))}, {', '.join(f'{key} = {value}' for key, value in options.items())})"


def _unreadable(found: Survey) -> str:
    """Return the SQL of what :mod:`core.exchange.survey` has found to be unreadable."""
    names = " ".join(
        f"WHEN {position} THEN {quoted_text(name.strip())}" for position, name in enumerate(found.head.names, 1)
    )
    label = f"CASE number {names} ELSE CAST(number AS VARCHAR) END" if names else "CAST(number AS VARCHAR)"
    columns = "record: 'BIGINT', line: 'BIGINT', number: 'BIGINT', value: 'VARCHAR', reason: 'VARCHAR', raw: 'VARCHAR'"
    return (
        f'SELECT record, line, {label} AS "column", value, reason, raw, NULL AS place '
        f"FROM read_csv({quoted_text(str(found.faults))}, "
        f"auto_detect = false, header = false, columns = {{{columns}}}, "
        "delim = ',', quote = '\"', escape = '\"', new_line = '\\n', nullstr = '', allow_quoted_nulls = true)"
    )
