"""Reads a sheet of a workbook into rows of text, in a process of its own; started by :mod:`core.exchange.workbook`.

A workbook is read whole by calamine, and what others send may be made to do harm. So this process is given limits, and
what it takes goes back with its end. It imports nothing of Pendel, so that it starts quickly and knows nothing.

It is given one argument, a JSON object: ``path`` of the workbook, ``rows`` (where to write), ``sheet``, ``header``,
``skip_rows``, ``fill_merged``, ``decimal``, ``most_rows`` (0: all), ``memory`` and ``unpacked`` (bytes at most). It
answers with a JSON object on one line. A line of ``rows`` is a record: its number, its row in the sheet, its cells.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import resource
import sys
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEPARATOR = "\x1f"
_SPECIAL = re.compile('[\n\r"\0]')
_AT_ONCE = 1000
_CPU_SECONDS = 900
_SHORT = 16
"""Characters of a number of fifteen digits with its point; what is longer may be noise."""
_LARGEST_EXACT = 2**53
_OLE, _ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
"""The name of the part in which Office keeps a workbook that is protected by a password (MS-OFFCRYPTO 2.3.4.4)."""
_CHUNK = 1 << 20
_CELL = re.compile(rb"<(?:\w+:)?c\s")
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_VALUE = re.compile(rb"<(?:\w+:)?v[^>]*>([^<]{1,40})<")
_MOST_ERRORS = 500_000

_Errors = dict[int, list[tuple[int, str]]]
"""Cells that are errors: by the row, their columns and what they say."""


class UnreadableError(Exception):
    """Why the workbook cannot be read: a word for the parent, and what it needs for its sentence."""

    def __init__(self, kind: str, **facts: Any) -> None:
        super().__init__(kind)
        self.answer = {"error": kind, **facts}


def main() -> None:
    """Do what the argument says; print the answer."""
    order = json.loads(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (order["memory"], order["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    try:
        answer = read(order)
    except UnreadableError as error:
        answer = error.answer
    except MemoryError:
        answer = {"error": "memory"}
    print(json.dumps(answer))  # noqa: T201 - this is how it answers


def read(order: dict[str, Any]) -> dict[str, Any]:
    """Write the rows; return what is known of the sheet."""
    import python_calamine as calamine

    path = Path(order["path"])
    _look(path, order["unpacked"])
    try:
        # Given a path, calamine would go by the ending of its name.
        with path.open("rb") as file, calamine.load_workbook(file) as book:
            names = book.sheet_names
            place = _sheet_place(order["sheet"], names)
            sheet = book.get_sheet_by_index(place)
            # calamine takes errors such as #N/A for empty cells.
            errors = _errors_of(path, place)
            left = sheet.start[1] if sheet.start else 0
            rows: Iterator[tuple[int, list[Any]]] = (
                (number, [*[""] * left, *row]) for number, row in enumerate(sheet.iter_rows(), start=1)
            )
            if order["fill_merged"]:
                rows = _filled(rows, sheet.merged_cell_ranges or [])
            written = _Writer(order, errors).write(rows)
            written["width"] = left + sheet.width if sheet.start else 0
    except calamine.PasswordError as error:
        raise UnreadableError("password") from error
    except (calamine.CalamineError, zipfile.BadZipFile, OSError, ValueError, IndexError, EOFError) as error:
        raise UnreadableError("broken", detail=str(error)[:300]) from error
    return {**written, "sheets": names, "sheet": names[place], "errors": sum(map(len, errors.values()))}


def _look(path: Path, most: int) -> None:
    """Refuse early what is no workbook or unpacks to more than is allowed."""
    with path.open("rb") as file:
        first = file.read(8)
    if first.startswith(_ZIP):
        try:
            with zipfile.ZipFile(path) as archive:
                unpacked = sum(entry.file_size for entry in archive.infolist())
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise UnreadableError("broken", detail=str(error)[:300]) from error
        if unpacked > most:
            raise UnreadableError("unpacked", size=unpacked)
    elif first != _OLE:
        raise UnreadableError("other")
    elif _holds(path, _ENCRYPTED):
        raise UnreadableError("password")


def _holds(path: Path, words: bytes) -> bool:
    rest = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if words in rest + chunk:
                return True
            rest = chunk[-len(words) :]
    return False


def _sheet_place(sheet: str | int, names: list[str]) -> int:
    if isinstance(sheet, int) and sheet <= len(names):
        return sheet - 1
    if isinstance(sheet, int) or sheet not in names:
        raise UnreadableError("sheet", sheets=names)
    return names.index(sheet)


def _filled(
    rows: Iterator[tuple[int, list[Any]]], merged: list[tuple[tuple[int, int], tuple[int, int]]]
) -> Iterator[tuple[int, list[Any]]]:
    """Put the value of merged cells into each of them."""
    waiting = sorted(merged, reverse=True)
    going: list[tuple[int, int, int, Any]] = []
    for number, row in rows:
        going = [each for each in going if each[0] >= number]
        while waiting and waiting[-1][0][0] < number:
            (top, left), (bottom, right) = waiting.pop()
            if top == number - 1 and left < len(row):
                going.append((bottom + 1, left, right + 1, row[left]))
        for _, left, right, value in going:
            end = min(right, len(row))
            row[left:end] = [value] * (end - left)
        yield number, row


class _Writer:
    """Writes rows as lines of text, and finds the header before them."""

    def __init__(self, order: dict[str, Any], errors: _Errors) -> None:
        self._order = order
        self._errors = errors
        self._texts = _texts(order["decimal"])

    def write(self, rows: Iterator[tuple[int, list[Any]]]) -> dict[str, Any]:
        order, most = self._order, self._order["most_rows"]
        names: list[str] | None = None
        records = longest = 0
        lines: list[str] = []
        with Path(order["rows"]).open("w", encoding="utf-8", newline="") as out:
            for number, row in rows:
                cells = self._cells(number, row) if number > order["skip_rows"] else []
                if not any(cells):
                    continue
                if order["header"] and names is None:
                    names = cells
                    continue
                records += 1
                line = _line(records, number, cells)
                longest = max(longest, len(line))
                lines.append(line)
                if len(lines) >= _AT_ONCE:
                    out.write("".join(lines))
                    lines.clear()
                if records == most:
                    break
            out.write("".join(lines))
        return {"names": names or [], "records": records, "longest": 4 * longest}

    def _cells(self, number: int, row: list[Any]) -> list[str]:
        texts = self._texts
        cells = [cell if (kind := cell.__class__) is str else texts[kind](cell) for cell in row]
        for column, text in self._errors.get(number, ()):
            if column <= len(cells):
                cells[column - 1] = text
        return cells


def _texts(decimal: str) -> dict[type, Callable[[Any], str]]:
    """How each type of cell is written down."""

    def number(value: float) -> str:
        return _number(value).replace(".", decimal)

    return {
        float: _number if decimal == "." else number,
        int: str,
        bool: lambda value: "true" if value else "false",
        dt.date: str,
        dt.datetime: str,
        dt.time: str,
        dt.timedelta: _hours,
        type(None): lambda _: "",
    }


def _number(value: float) -> str:
    """Return a number as Excel means it: fifteen digits, without the noise of binary fractions; never as 4.01E+12."""
    text = repr(value)
    if text[-2:] == ".0":
        return "0" if text == "-0.0" else text[:-2]
    if len(text) <= _SHORT and "e" not in text:
        return text
    if abs(value) < _LARGEST_EXACT and value == int(value):
        return str(int(value))
    text = f"{value:.15g}"
    return format(Decimal(text), "f") if "e" in text else text


def _hours(value: dt.timedelta) -> str:
    """Return a span of time as Excel shows it: ``30:00:00``."""
    seconds = round(value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _line(number: int, row: int, cells: list[str]) -> str:
    text = SEPARATOR.join(cells)
    if _SPECIAL.search(text) or text.count(SEPARATOR) >= len(cells):
        text = SEPARATOR.join(_quoted(cell) if _SPECIAL.search(cell) or SEPARATOR in cell else cell for cell in cells)
    return f"{number}{SEPARATOR}{row}{SEPARATOR}{text}\n"


def _quoted(cell: str) -> str:
    # NUL is nothing that a cell may have, and that a text can have.
    return '"' + cell.replace("\0", "").replace('"', '""') + '"'


def _errors_of(path: Path, place: int) -> _Errors:
    """Find the cells of an ``.xlsx`` that are errors; those of other formats are not told."""
    found: _Errors = {}
    if not zipfile.is_zipfile(path):
        return found
    with zipfile.ZipFile(path) as archive:
        name = _sheet_file(archive, place)
        if name is None:
            return found
        with archive.open(name) as file:
            for count, (row, column, text) in enumerate(_error_cells(file)):
                if count >= _MOST_ERRORS:
                    raise UnreadableError("errors", most=_MOST_ERRORS)
                found.setdefault(row, []).append((column, text))
    return found


def _error_cells(file: IO[bytes]) -> Iterator[tuple[int, int, str]]:
    """Yield row, column and text of the cells that are errors, reading the sheet a piece at a time."""
    rest = b""
    while chunk := file.read(_CHUNK):
        data = rest + chunk
        if b't="e"' not in data:
            # As much as the beginning of a cell may take.
            rest = data[-256:]
            continue
        *cells, rest = _CELL.split(data)
        yield from filter(None, map(_error, cells))
        rest = b"<c " + rest[-_CHUNK:]
    yield from filter(None, map(_error, _CELL.split(rest)))


def _error(cell: bytes) -> tuple[int, int, str] | None:
    tag = cell[: cell.find(b">") + 1]
    if b't="e"' not in tag:
        return None
    place, value = _PLACE.search(tag), _VALUE.search(cell)
    if place is None or value is None:
        return None
    column = 0
    for letter in place[1]:
        column = 26 * column + letter - 64
    return int(place[2]), column, value[1].decode("utf-8", "replace")


def _sheet_file(archive: zipfile.ZipFile, place: int) -> str | None:
    """Return the part of an ``.xlsx`` that holds the sheet; None where it cannot be told."""
    try:
        book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
        relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    except KeyError:
        return None
    ids = [_attribute(each, r"\w+:id") for each in re.findall(r"<(?:\w+:)?sheet\s[^>]*>", book)]
    targets = {
        _attribute(each, "Id"): _attribute(each, "Target")
        for each in re.findall(r"<(?:\w+:)?Relationship\s[^>]*>", relations)
    }
    target = targets.get(ids[place], "") if place < len(ids) else ""
    name = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return name if name in archive.namelist() else None


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\s{name}="([^"]*)"', tag)
    return found[1] if found else ""


if __name__ == "__main__":
    main()
