"""The one pass over a source file that counts its records, finds the unreadable ones and makes ready what DuckDB reads.

DuckDB is given nothing but text that is proven sound. Most files are: they are read where they lie. Otherwise a copy
is written in which each unreadable record is replaced by one of empty values, so that the n-th row is the n-th record
in either case.
"""

from __future__ import annotations

import csv
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.config.layouts import JSON_LINES
from core.exchange.blocks import Dialect
from core.exchange.encoding import CHUNK
from core.exchange.records import Block, Head, Record, RecordReader
from core.text import clean

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO, Self

    from core.config.layouts import FileSettings
    from core.exchange.encoding import TextFile
    from core.stop import StopToken

EXCERPT = 1000
"""So many characters of a value or a record are kept in a table of rejects."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known of a file after it was gone through once."""

    head: Head
    records: int
    unreadable: int
    longest: int
    """The bytes of the longest record that can be read."""
    prepared: Path | None
    """The copy to be read in place of the file: UTF-8, line feeds, no header; None where the file itself will do."""
    faults: Path
    """A CSV file without a header: record, line, column (from 1, or empty), value, reason, raw."""
    places: Path
    """Where in the file each record begins, and where the last one ends, as 64-bit integers; of use only where the file
    itself will do."""


def record_reader(text: TextFile, file: FileSettings, *, name: str = "") -> RecordReader:
    """Return a reader of the records of ``text``."""
    dialect = Dialect(file.delimiter.encode(), file.quote.encode())
    return RecordReader(
        text.chunks(),
        dialect,
        skip_lines=file.skip_lines,
        header=file.header,
        name=name or clean(text.path.name),
        width=1 if file is JSON_LINES else None,
    )


def survey(text: TextFile, file: FileSettings, reader: RecordReader, work_dir: Path, stop: StopToken) -> Survey:
    """Go through the records of ``reader``, writing a prepared copy and a file of faults into ``work_dir``."""
    head = reader.head
    records = unreadable = longest = 0
    with ExitStack() as files:
        faults_path = work_dir / "faults.csv"
        faults = csv.writer(
            files.enter_context(faults_path.open("w", encoding="utf-8", newline="")),
            quoting=csv.QUOTE_ALL,
            lineterminator="\n",
        )
        copy = files.enter_context(_Copy(text, file, head, work_dir / "prepared.csv"))
        places_path = work_dir / "places.bin"
        places = files.enter_context(places_path.open("wb"))
        position = len(text.mark) + len(head.text)
        places.write(position.to_bytes(8, sys.byteorder))
        for block in reader.blocks():
            stop.check()
            copy.add(block)
            if not copy.written:
                places.write(block.places(position))
                position += block.size
            records += block.count
            if block.piece is not None:
                longest = max(longest, block.piece.longest)
                continue
            for record in block.records:
                if record.fault is None:
                    longest = max(longest, len(record.raw))
                else:
                    unreadable += 1
                    faults.writerow(_fault_row(record))
    prepared = copy.path if copy.written else None
    return Survey(head, records, unreadable, longest, prepared, faults_path, places_path)


def _fault_row(record: Record) -> tuple[int, int, int | None, str, str, str]:
    fault = record.fault
    assert fault is not None  # noqa: S101 - for the type checker: only faulty records come here
    column = None if fault.column is None else fault.column + 1
    return record.number, record.line, column, excerpt(fault.value), fault.reason, excerpt(record.raw)


def excerpt(data: bytes) -> str:
    """Return the beginning of ``data`` as text; what is no character, and NUL, is written as an escape."""
    return data[: 4 * EXCERPT].decode("utf-8", "backslashreplace")[:EXCERPT].replace("\0", "\\x00")


class _Copy:
    """The prepared copy, which comes into being at the first block that DuckDB may not read as it stands."""

    def __init__(self, text: TextFile, file: FileSettings, head: Head, path: Path) -> None:
        self.path = path
        self._text = text
        self._line_end = head.line_end
        self._quote = file.quote.encode()
        self._head_size = len(head.text)
        delimiter = file.delimiter.encode()
        self._placeholder = (delimiter * (head.width - 1) or b"-") + b"\n"
        self._passed = 0
        self._out: BinaryIO | None = None
        if not (text.is_utf8 and head.simple):
            self._out = self._open()

    @property
    def written(self) -> bool:
        return self._out is not None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._out is not None:
            self._out.close()

    def add(self, block: Block) -> None:
        if self._out is None and not self._as_it_stands(block):
            self._out = self._open()
        if self._out is None:
            self._passed += block.size
        elif block.piece is None:
            self._out.writelines(self._placeholder if each.fault else each.raw + b"\n" for each in block.records)
        else:
            text = self._with_newlines(block.piece.data)
            self._out.write(text if text.endswith(b"\n") else text + b"\n")

    def _with_newlines(self, data: bytes) -> bytes:
        """Turn the line ends of sound records into line feeds, and leave alone what stands in quotes."""
        if self._line_end == b"\n":
            return data
        if not self._quote or self._quote not in data:
            return data.replace(b"\r", b"")
        parts = data.split(self._quote)
        parts[::2] = [part.replace(b"\r", b"") for part in parts[::2]]
        return self._quote.join(parts)

    def _as_it_stands(self, block: Block) -> bool:
        """Whether DuckDB 2.0.0 reads the block rightly: it does not where CRLF and quotes come together."""
        plain = self._line_end == b"\n" or not self._quote
        if block.piece is not None:
            return plain or self._quote not in block.piece.data
        size = 0
        for record in block.records:
            if record.fault or record.end not in (self._line_end, b"") or not (plain or self._quote not in record.raw):
                return False
            size += len(record.raw) + len(record.end)
        return self._line_end != b"\r" and size == block.size

    def _open(self) -> BinaryIO:
        """Begin the copy with all that has been passed by as sound."""
        out = self.path.open("wb")
        with self._text.path.open("rb") as source:
            source.seek(len(self._text.mark) + self._head_size)
            left = self._passed
            while left:
                chunk = source.read(min(left, CHUNK))
                out.write(self._with_newlines(chunk))
                left -= len(chunk)
        return out
