"""The one pass over a source file that counts its records, finds the unreadable ones and makes ready what DuckDB reads.

DuckDB is given nothing but text that is proven sound. Most files are: they are read where they lie. Otherwise a copy
is written in which each unreadable record is replaced by one of empty values, so that the n-th row is the n-th record
in either case.
"""

from __future__ import annotations

import csv
import io
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.exchange.blocks import Dialect
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
    """The copy that is to be read in place of the file: UTF-8, without a header; None where the file itself will do."""
    prepared_line_end: bytes
    faults: Path
    """A CSV file without a header: record, line, column (from 1, or empty), value, reason, raw."""


def record_reader(text: TextFile, file: FileSettings, *, name: str = "") -> RecordReader:
    """Return a reader of the records of ``text``."""
    dialect = Dialect(file.delimiter.encode(), file.quote.encode())
    return RecordReader(
        text.chunks(), dialect, skip_lines=file.skip_lines, header=file.header, name=name or clean(text.path.name)
    )


def survey(text: TextFile, file: FileSettings, reader: RecordReader, work_dir: Path, stop: StopToken) -> Survey:
    """Go through the records of ``reader``, writing a prepared copy and a file of faults into ``work_dir``."""
    head = reader.head
    records = unreadable = longest = 0
    with ExitStack() as files:
        faults_path = work_dir / "faults.csv"
        faults = csv.writer(
            files.enter_context(faults_path.open("w", encoding="utf-8", newline="")), quoting=csv.QUOTE_ALL
        )
        copy = files.enter_context(_Copy(text, file, head, work_dir / "prepared.csv"))
        for block in reader.blocks():
            stop.check()
            copy.add(block)
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
    return Survey(head, records, unreadable, longest, copy.path if copy.written else None, copy.line_end, faults_path)


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
        self.line_end = b"\n" if head.line_end == b"\r" else head.line_end
        self._text = text
        self._same_line_end = head.line_end == self.line_end
        self._head_size = len(head.text)
        delimiter = file.delimiter.encode()
        self._placeholder = (delimiter * (head.width - 1) or b"-") + self.line_end
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
        sound = block.piece.data if block.piece is not None else None
        if sound is None and self._out is None and not self._as_it_stands(block):
            self._out = self._open()
        if self._out is None:
            self._passed += block.size
        elif sound is not None:
            self._out.write(sound if sound.endswith(self.line_end) else sound + self.line_end)
        else:
            self._out.write(b"".join(self._mended(record) for record in block.records))

    def _mended(self, record: Record) -> bytes:
        return self._placeholder if record.fault else record.raw + self.line_end

    def _as_it_stands(self, block: Block) -> bool:
        size = 0
        for record in block.records:
            if record.fault or record.end not in (self.line_end, b""):
                return False
            size += len(record.raw) + len(record.end)
        return self._same_line_end and size == block.size

    def _open(self) -> BinaryIO:
        """Begin the copy with all that has been passed by as sound."""
        out = self.path.open("wb")
        with self._text.path.open("rb") as source:
            source.seek(len(self._text.mark) + self._head_size)
            left = self._passed
            while left:
                chunk = source.read(min(left, io.DEFAULT_BUFFER_SIZE * 64))
                out.write(chunk)
                left -= len(chunk)
        return out
