"""The raw records of one part of a file, on disk: written row by row while the file is read, read by DuckDB after that.

It is text with a separator that no text has, a line a record. Each row begins with the number of the record in its
part, its line, and the number of the item of the file that it was made of; so that rejects can be told their place, and
the items of rejected records be written to a file of their own.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from core.config.layouts import FileSettings
from core.exchange.projection import raw_column
from core.exchange.reading import csv_relation
from core.exchange.sql_errors import disk_errors
from core.exchange.staging import RawRows
from core.exchange.survey import EXCERPT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from core.config.entities import Entity

SEPARATOR = "\x1f"
_SPECIAL = re.compile('["\\n\\r\\0]').search
_BATCH = 2000
_FILE = FileSettings(delimiter=SEPARATOR, header=False)
_LEADING = ("_record", "_line", "_item", "_gone")
Piece = tuple[int, int, int, list[str], list[str], list[str]]
"""Records that one process hands to another (:meth:`RawFile.take`); of plain types, so that ``marshal`` takes it."""
_FAULTS = ("column", "value", "reason", "raw", "place")


class RawFile:
    """The records of an entity, as text. What was added is on disk when :meth:`close` has returned."""

    def __init__(
        self,
        path: Path,
        entity: Entity,
        fields: Sequence[str],
        optional: Sequence[str] = (),
        extra: Sequence[str] = (),
        *,
        handed_on: bool = False,
    ) -> None:
        """``handed_on``: what is added stays in memory, until it is taken by :meth:`take`."""
        self.entity = entity
        self.columns = tuple(dict.fromkeys((*fields, *optional, *extra)))
        self.records = 0
        """How many were added or rejected."""
        self.rejected = 0
        self.deleted = 0
        self._blanks = ("",) * len(self.columns)
        self._fields = set(fields)
        self._optional = set(optional) - self._fields
        self._found: set[str] = set()
        self._lines: list[str] = []
        self._faults: list[str] = []
        self._longest = 0
        self._most = sys.maxsize if handed_on else _BATCH
        self._path = path
        self._faults_path = path.with_name(f"{path.name}-faults")
        if handed_on:
            return
        with disk_errors(f"The records of {entity.name} cannot be kept"):
            path.parent.mkdir(parents=True, exist_ok=True)
            for each in (self._path, self._faults_path):
                each.write_bytes(b"")

    def add(
        self,
        values: Mapping[str, str | None],
        *,
        line: int | None = None,
        item: int = 0,
        place: str = "",
        raw: str = "",
        deleted: bool = False,
    ) -> None:
        """Add a record; columns that are not among ``values``, or empty, have no value.

        ``line`` and ``place`` are where it stands (``ARTICLE 4711``, a path); ``item`` is the number, from 1, of what
        the file of rejects would have to hold of it: the line of a text file, the article element of a catalogue.
        ``raw`` is the record as it stands in the file, where that is at hand; without it, rejects show its values.
        A record that is ``deleted`` needs no more than its key: it is archived.
        """
        self.records += 1
        if deleted:
            self.deleted += 1
        if self._optional:
            found = self._optional.intersection(values)
            if found:
                self._found.update(name for name in found if values[name])
                self._optional -= self._found
        # One step of the interpreter for all columns: files have millions of records, and dozens of columns.
        cells = map(values.get, self.columns, self._blanks)
        gone = "1" if deleted else "0"
        self._lines.append(_line([f"{self.records}", f"{line or ''}", f"{item}", gone, *cells, place, raw[:EXCERPT]]))
        if len(self._lines) >= self._most:
            self._flush()

    def add_cells(
        self, rows: Sequence[tuple[Sequence[str], int]], *, owner: str, item: int = 0, place: str = ""
    ) -> None:
        """Add records of one owner by their first columns: for those of which a file has millions.

        The owner stands in the first column. A row has the values of the columns that follow, in their order, and the
        line, or 0; all rows have as many, and the columns behind them are empty. They must be required ones, not
        optional. It takes a third of the time of :meth:`add`.
        """
        if not rows:
            return
        before = f"{SEPARATOR}{item}{SEPARATOR}0{SEPARATOR}{owner}{SEPARATOR}"
        behind = SEPARATOR.join(("", *self._blanks[len(rows[0][0]) + 1 :], place, ""))
        lines = [
            f"{number}{SEPARATOR}{line or ''}{before}{SEPARATOR.join(cells)}{behind}"
            for number, (cells, line) in enumerate(rows, start=self.records + 1)
        ]
        # One look at all of them: nearly always there is nothing to be quoted.
        text = "".join(lines)
        if _has_special(text) or text.count(SEPARATOR) != len(lines) * (len(_LEADING) + len(self.columns) + 1):
            for cells, line in rows:
                self.add(dict(zip(self.columns, (owner, *cells), strict=False)), line=line, item=item, place=place)
            return
        self.records += len(lines)
        self._lines += lines
        if len(self._lines) >= self._most:
            self._flush()

    def reject(
        self,
        reason: str,
        *,
        column: str = "",
        value: str = "",
        line: int | None = None,
        item: int = 0,
        place: str = "",
        raw: str = "",
    ) -> None:
        """Count a record that cannot be read, with the reason as a sentence without a subject: ``has no number``."""
        self.records += 1
        self.rejected += 1
        cells = (column, value[:EXCERPT], reason, raw[:EXCERPT] or value[:EXCERPT], place)
        self._faults.append(_line([f"{self.records}", f"{line or ''}", f"{item}", "0", *cells]))
        if len(self._faults) >= self._most:
            self._flush()

    def take(self) -> Piece:
        """Return what was added since the last call, and forget it: for :meth:`append` in another process."""
        piece = self.records, self.rejected, self.deleted, self._lines, self._faults, sorted(self._found)
        self.records = self.rejected = self.deleted = 0
        self._lines, self._faults = [], []
        return piece

    def append(self, piece: Piece) -> None:
        """Add what another process has taken of the same part; its records are numbered on from those that are here."""
        records, rejected, deleted, lines, faults, found = piece
        before = self.records
        for mine, theirs in ((self._lines, lines), (self._faults, faults)):
            for line in theirs:
                number, _, rest = line.partition(SEPARATOR)
                mine.append(f"{before + int(number)}{SEPARATOR}{rest}")
        self.records += records
        self.rejected += rejected
        self.deleted += deleted
        self._found.update(found)
        self._optional.difference_update(found)
        if len(self._lines) >= self._most:
            self._flush()

    def close(self) -> None:
        """Write down what is left. Raises EngineError where the disk is full."""
        self._flush()

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of the entity that the file fills: those it speaks of, and the optional ones it has."""
        filled = self._fields | self._found
        return tuple(name for name in self.columns if name in filled and name in self.entity.fields)

    def rows(self) -> RawRows:
        """Return the records for :func:`core.exchange.staging.stage_rows`; to be called after :meth:`close`."""
        width = len(self.columns)
        cells = "".join(f", {raw_column(place)}" for place in range(1, width + 1))
        relation = (
            f"(SELECT _record, _line{cells}, {raw_column(width + 1)} AS _place, "
            f"coalesce({raw_column(width + 2)}, concat_ws(chr(9){cells})) AS _raw, _gone = 1 AS _deleted "
            f"FROM {self._relation(self._path, width + 2)})"
        )
        return RawRows(
            self.columns,
            width,
            relation,
            self.records,
            has_lines=True,
            has_places=True,
            has_raw=True,
            has_deleted=self.deleted > 0,
            unreadable=self._unreadable() if self.rejected else "",
        )

    def items(self) -> str:
        """Return SQL that yields the number of the item of each record: ``record``, ``item``."""
        width = len(self.columns) + 2
        items = f"SELECT _record AS record, _item AS item FROM {self._relation(self._path, width)}"
        if not self.rejected:
            return items
        return f"{items} UNION ALL SELECT _record, _item FROM {self._relation(self._faults_path, len(_FAULTS))}"

    def _unreadable(self) -> str:
        named = ", ".join(f'{raw_column(place)} AS "{name}"' for place, name in enumerate(_FAULTS, start=1))
        return (
            f"SELECT _record AS record, _line AS line, {named} FROM {self._relation(self._faults_path, len(_FAULTS))}"
        )

    def _relation(self, path: Path, width: int) -> str:
        if not path.stat().st_size:
            names = ", ".join([f"NULL::BIGINT AS {name}" for name in _LEADING])
            cells = ", ".join(f"NULL::VARCHAR AS {raw_column(place)}" for place in range(1, width + 1))
            return f"(SELECT {names}, {cells} WHERE false)"
        return csv_relation(
            path, _FILE, width, header=False, line_end=b"\n", longest=max(self._longest, 1), leading=_LEADING
        )

    def _flush(self) -> None:
        with disk_errors(f"The records of {self.entity.name} cannot be kept"):
            # Not kept open meanwhile: a reader that raises has nothing to close.
            for lines, path in ((self._lines, self._path), (self._faults, self._faults_path)):
                if lines:
                    # A character has at most four bytes.
                    self._longest = max(self._longest, 4 * max(map(len, lines)))
                    with path.open("a", encoding="utf-8", newline="") as file:
                        file.write("\n".join(lines))
                        file.write("\n")
                    lines.clear()


def _line(cells: Sequence[str | None]) -> str:
    """Return a row as a line; cells are quoted only where they must be, which is seldom."""
    try:
        text = SEPARATOR.join(cells)  # type: ignore[arg-type]
    except TypeError:
        return _line([cell or "" for cell in cells])
    if text.count(SEPARATOR) >= len(cells):
        return SEPARATOR.join([_quoted(cell) if cell else "" for cell in cells])
    return _with_quotes(text) if _has_special(text) else text


def _has_special(text: str) -> bool:
    """Whether anything but a separator has to be quoted; one look for each character is quicker than one for all."""
    return '"' in text or "\n" in text or "\r" in text or "\0" in text


def _with_quotes(line: str) -> str:
    """Return a line with quotes where they must be; it has dozens of cells, and one or two of these."""
    found: list[str] = []
    done = 0
    while special := _SPECIAL(line, done):
        start = line.rfind(SEPARATOR, 0, special.start()) + 1
        end = line.find(SEPARATOR, special.end())
        end = len(line) if end < 0 else end
        found += (line[done:start], _quoted(line[start:end]))
        done = end
    return "".join(found) + line[done:]


def _quoted(cell: str) -> str:
    text = cell.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").replace('"', '""')
    # In quotes, nothing would be a text without characters, and not the want of one.
    return f'"{text}"' if text else ""
