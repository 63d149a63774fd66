"""Some records of a file that was read as digests, read again with all their fields."""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import DataError
from core.exchange.encoding import open_text
from core.exchange.reading import compile_lines, csv_relation
from core.exchange.sql_errors import disk_errors, sql_errors
from core.exchange.survey import record_reader
from core.sql import quoted_name
from core.text import clean, counted

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from duckdb import DuckDBPyConnection
    from numpy.typing import NDArray

    from core.config.entities import Entity
    from core.config.layouts import LinesImportLayout
    from core.exchange.reading import Digest
    from core.stop import StopToken

_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class DigestedFile:
    """A file of which :func:`core.exchange.reading.read_file` has staged digests."""

    source: Path
    layout: LinesImportLayout
    entity: Entity
    digest: Digest
    places: Path
    staged: str


def read_picked(
    file: DigestedFile, wanted: str, into: str, *, connection: DuckDBPyConnection, work_dir: Path, stop: StopToken
) -> int:
    """Make the temporary table ``into`` of the records that the query ``wanted`` names; return how many there are.

    ``wanted`` is SQL that yields distinct ``_record``. ``into`` has ``_record`` and the fields, as ``staged`` has them
    where no digest is asked for. The lines of the records are put into a file of their own, each with its number
    before it, and go through the same projection; what comes out must have the content that was staged.

    Raises:
        DataError: what was read now is not what was read before.
        EngineError: the disk or the memory does not suffice.
        StopRequested: a stop was asked for.
    """
    import numpy as np

    name = clean(file.source.name)
    text = open_text(file.source, file.layout.text.encoding)
    head = record_reader(text, file.layout.text).head
    picked, table = work_dir / "picked.csv", quoted_name(into)
    with sql_errors(connection, stop, f"The changed records of {name} cannot be read"):
        numbers = connection.execute(f"SELECT _record FROM ({wanted}) ORDER BY _record").fetchnumpy()["_record"]
    try:
        with disk_errors(f"The changed records of {name} cannot be read"):
            places = np.memmap(file.places, np.int64, mode="r")
            delimiter = file.layout.text.delimiter.encode()
            _write_lines(file.source, places, numbers, picked, delimiter, head.line_end, stop)
        relation = csv_relation(
            picked,
            file.layout.text,
            head.width,
            header=False,
            line_end=head.line_end,
            longest=_longest(places) + 32,
            leading=("_record",),
        )
        select = compile_lines(
            file.layout, file.entity, head, relation, connection=connection, name=name, numbered=True
        )
        with sql_errors(connection, stop, f"The changed records of {name} cannot be read"):
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * EXCLUDE (_faults) FROM ({select})")
            row = connection.execute(
                f"SELECT count(*) FROM (SELECT _record, {file.digest.content} AS _content FROM {table}) p "
                f"JOIN {quoted_name(file.staged)} s ON p._record = s._record AND p._content = s._content"
            ).fetchone()
    finally:
        picked.unlink(missing_ok=True)
    same = int(row[0]) if row else 0
    if same != len(numbers):
        raise DataError(
            f"{counted(len(numbers), 'record')} of {name} were read a second time, but {same:,} of them came out as "
            "before; nothing was imported.",
            advice="This must not happen: please report it, with the first lines of the file.",
        )
    return same


def _write_lines(
    source: Path,
    places: NDArray[np.int64],
    numbers: NDArray[np.int64],
    target: Path,
    delimiter: bytes,
    line_end: bytes,
    stop: StopToken,
) -> None:
    """Write the lines of the records with these numbers, each behind its number and a delimiter."""
    with (
        source.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text,
        target.open("wb") as out,
    ):
        for first in range(0, len(numbers), _AT_ONCE):
            stop.check()
            part = numbers[first : first + _AT_ONCE]
            begins, ends = places[part - 1].tolist(), places[part].tolist()
            for number, begin, end in zip(part.tolist(), begins, ends, strict=True):
                out.write(b"%d%b%b" % (number, delimiter, text[begin:end]))
            # Else what was looked at would count as memory of this process, up to the size of the file.
            text.madvise(mmap.MADV_DONTNEED)
        if len(numbers) and text[places[numbers[-1]] - 1] not in b"\n\r":
            out.write(line_end)


def _longest(places: NDArray[np.int64]) -> int:
    """Return the length of the longest line."""
    import numpy as np

    parts = range(0, len(places), _AT_ONCE)
    return max((int(np.diff(places[first : first + _AT_ONCE + 1]).max(initial=0)) for first in parts), default=0)
