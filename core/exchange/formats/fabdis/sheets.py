"""The sheets of a workbook as rows of text by the codes of their columns.

A column is found by its header first, by its place second: headers have line breaks and blanks in them, or are missing.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from core.config.typed_files import ExcelSettings
from core.errors import DataError
from core.exchange.formats.fabdis.columns import COLUMNS, COLUMNS_2, sheet_of
from core.exchange.sql_errors import disk_errors
from core.exchange.workbook import read_sheet
from core.text import clean, listed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.exchange.formats.contract import Reading

SHEET_STEP: Final = 1 << 40
"""The items of a workbook are the rows of its sheets; those of the second sheet begin here, and so on."""
_SEPARATOR = "\x1f"
_OFTEN = 2000


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row that is not empty."""

    cells: dict[str, str]
    """By the codes of the columns; those without a value are left out."""
    line: int
    """The row of the sheet."""
    item: int


@dataclass(slots=True)
class SheetFile:
    """A sheet that was read into a file of rows."""

    kind: str
    """Which sheet of the standard it is."""
    name: str
    number: int
    path: Path
    names: tuple[str, ...]
    """The cells of its header."""
    places: dict[int, str] = field(default_factory=dict)
    """The codes of the columns by their places, from 0."""

    def rows(self, reading: Reading) -> Iterator[SheetRow]:
        """Yield the rows. Raises StopRequested."""
        for row, cells in self.cells():
            if row % _OFTEN == 0:
                reading.stop.check()
            named = {code: cells[place].strip() for place, code in self.places.items() if place < len(cells)}
            if any(named.values()):
                values = {code: cell for code, cell in named.items() if cell}
                yield SheetRow(values, row, self.number * SHEET_STEP + row)

    def cells(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows of the sheet as they stand, with their numbers."""
        with disk_errors(f"{self.name} cannot be read"), self.path.open(encoding="utf-8", newline="") as file:
            for _, row, *cells in csv.reader(file, delimiter=_SEPARATOR):
                yield int(row), cells


def sheet_names(reading: Reading) -> list[str]:
    """Return the names of all sheets. Raises DataError where it is no workbook."""
    target = reading.work_dir / "sheet-0"
    target.parent.mkdir(parents=True, exist_ok=True)
    found = read_sheet(reading.path, ExcelSettings(), target, stop=reading.stop, name=reading.name, most_rows=1)
    return list(found.sheets)


def read_sheets(reading: Reading, *, most_rows: int = 0) -> tuple[list[SheetFile], list[str]]:
    """Read the sheets of the standard; return them, in the order of the workbook, and the names of the others.

    Raises:
        DataError: it is no workbook, or has no sheet of articles.
        EngineError: the disk does not suffice.
        StopRequested: a stop was asked for.
    """
    names = sheet_names(reading)
    known = {name: kind for name in names if (kind := sheet_of(name)) in COLUMNS or kind in COLUMNS_2}
    if not {"B01_COMMERCE", "01_COMMERCE"} & set(known.values()):
        raise DataError(
            f"{reading.name} has no sheet B01_COMMERCE (3.0) or 01_COMMERCE (2.x).",
            advice=f"It has {listed([clean(name, limit=40) for name in names[:10]])}.",
        )
    found = []
    for number, (name, kind) in enumerate(known.items()):
        target = reading.work_dir / f"sheet-{number + 1}"
        sheet = read_sheet(
            reading.path,
            ExcelSettings(sheet=name),
            target,
            stop=reading.stop,
            name=f"{reading.name}, {clean(name, limit=40)}",
            most_rows=most_rows,
        )
        reading.stop.check()
        file = SheetFile(kind, clean(name, limit=40), number, target, sheet.rows.names)
        file.places = _places(kind, sheet.rows.names)
        found.append(file)
    return found, [name for name in names if name not in known]


def _places(kind: str, header: tuple[str, ...]) -> dict[int, str]:
    """Tell which column each place is: by its header, else, where that is none of the standard, by where it stands."""
    codes = COLUMNS.get(kind, ()) or COLUMNS_2[kind]
    words = [code_of(cell) for cell in header]
    places = {place: word for place, word in enumerate(words) if word in codes and word not in words[:place]}
    if kind in COLUMNS:
        for place, code in enumerate(codes):
            if code not in places.values() and place < len(header) and place not in places:
                places[place] = code
    return places


def code_of(header: str) -> str:
    """Return the code in a cell of a header: its first word."""
    return (header.split() or [""])[0].upper()
