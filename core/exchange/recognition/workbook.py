"""The names of the sheets of an Excel workbook, and rows near the beginning of one, read from the zip file itself.

Only a bounded part of each member is unpacked; a workbook of a million rows is as quick as one of ten.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING
from xml.parsers import expat

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.exchange.recognition.archive import Archive

_LIMIT = 1 << 20
_FIRST_DAY = dt.date(1899, 12, 30)
"""Day 0 of the 1900 date system, as it counts since 1 March 1900 (ECMA-376, part 1, section 18.17.4.1)."""


def sheet_names(archive: Archive) -> list[str]:
    """Return the names of the sheets, in order; none where it is no workbook."""
    return [name for name, _ in _sheets(archive)]


def sheet_row_values(archive: Archive, sheet: str) -> dict[str, str]:
    """Return the values of the second row of a sheet by the names in its first; names without white space."""
    first, second = (sheet_row(archive, sheet, row) for row in (1, 2))
    names = {column: re.sub(r"\s.*|\s", "", value, flags=re.DOTALL) for column, value in first.items()}
    return {names[column]: value.strip() for column, value in second.items() if names.get(column)}


def sheet_row(archive: Archive, sheet: str | int, row: int) -> dict[str, str]:
    """Return the values of a row, from 1, of a sheet (its name, or its place from 1), by the letters of their columns.

    Nothing is returned of a row that lies behind the first megabyte of the sheet.
    """
    relations = (relation for place, (name, relation) in enumerate(_sheets(archive), 1) if sheet in (place, name))
    part = _targets(archive).get(next(relations, ""), "")
    member = archive.named(f"xl/{part}" if not part.startswith("/") else part[1:])
    if member is None:
        return {}
    cells: dict[str, str] = {}
    cell = {"place": "", "type": "", "text": "", "on": ""}

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            cell.update(place=attributes.get("r", ""), type=attributes.get("t", ""), text="", on="")
        elif name in ("v", "t"):
            cell["on"] = "yes"

    def characters(text: str) -> None:
        if cell["on"] and len(cell["text"]) < 500:
            cell["text"] += text

    def end(name: str) -> None:
        if name in ("v", "t"):
            cell["on"] = ""
        match = re.fullmatch(r"([A-Z]{1,3})([0-9]{1,7})", cell["place"]) if name == "c" else None
        if match and int(match[2]) == row:
            cells[match[1]] = f"{cell['type']}:{cell['text']}"

    _parse(archive.read(member, _LIMIT), start, characters, end)
    shared = _shared(archive) if cells else []
    return {column: _plain(value, shared) for column, value in cells.items()}


def excel_date(value: str) -> str:
    """Return a cell that holds a date as a number in ISO 8601, and any other as it stands."""
    match = re.fullmatch(r"(\d{5})(\.\d+)?", value)
    return (_FIRST_DAY + dt.timedelta(days=int(match[1]))).isoformat() if match else value


def _sheets(archive: Archive) -> list[tuple[str, str]]:
    """The sheets by name, and the relation that leads to each."""
    member = archive.named("xl/workbook.xml")
    found: list[tuple[str, str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            relation = next((value for key, value in attributes.items() if key.endswith("id") and key != "sheetId"), "")
            found.append((attributes.get("name", ""), relation))

    if member is not None:
        _parse(archive.read(member, _LIMIT), start)
    return found


def _targets(archive: Archive) -> dict[str, str]:
    member = archive.named("xl/_rels/workbook.xml.rels")
    found: dict[str, str] = {}

    def start(_name: str, attributes: dict[str, str]) -> None:
        if "Id" in attributes:
            found[attributes["Id"]] = attributes.get("Target", "")

    if member is not None:
        _parse(archive.read(member, _LIMIT), start)
    return found


def _shared(archive: Archive) -> list[str]:
    """The first shared strings; those of the first sheet come first."""
    member = archive.named("xl/sharedStrings.xml")
    found: list[str] = []
    on = [False]

    def start(name: str, _attributes: dict[str, str]) -> None:
        if name == "si":
            found.append("")
        on[0] = name == "t"

    def characters(text: str) -> None:
        if on[0] and found and len(found[-1]) < 500:
            found[-1] += text

    def end(_name: str) -> None:
        on[0] = False

    if member is not None:
        _parse(archive.read(member, _LIMIT), start, characters, end)
    return found


def _plain(value: str, shared: list[str]) -> str:
    kind, _, text = value.partition(":")
    if kind != "s":
        return text
    return shared[int(text)] if text.isdecimal() and int(text) < len(shared) else ""


def _parse(
    data: bytes,
    start: Callable[[str, dict[str, str]], None],
    characters: Callable[[str], None] | None = None,
    end: Callable[[str], None] | None = None,
) -> None:
    """Parse a part as far as it goes. A document type has no place in a workbook, and ends the reading."""
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: start(name.rpartition(":")[2], attributes)
    if characters:
        parser.CharacterDataHandler = characters
    if end:
        parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(data, False)
    except (expat.ExpatError, ValueError, LookupError):
        return


def _refuse(*_: object) -> None:
    raise ValueError("a document type")
