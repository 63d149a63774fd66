"""How a file would be read that is of no format of the industry: a proposal for a layout, by its content."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.config.layouts import FileSettings, TextFileSettings
from core.config.typed_files import ExcelSettings
from core.errors import DataError
from core.exchange.detecting import propose, written_values
from core.stop import StopToken
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from core.exchange.staging import RawRows
    from core.exchange.workbook import Sheet

_ROWS = 200
_MOST_SHEETS = 10
_LOOKED_AT = 1 << 16
_FULL = 0.8
_NUMBER = re.compile(r"[+-]?[\d.,/: -]+")
OLD_OFFICE, _ZIP, _PARQUET = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04", b"PAR1"
"""How files begin: those of Microsoft Office before 2007, ``.xls`` among them (MS-CFB, section 2.2), and others."""


@dataclass(frozen=True, slots=True)
class LayoutProposal:
    """What a file looks like, with its first records as they would be read."""

    format: str
    """As a layout names it."""
    file: dict[str, Any]
    """Settings as ``file`` of a layout takes them."""
    columns: tuple[str, ...]
    """What the layout calls the columns; clean text."""
    rows: tuple[tuple[str, ...], ...]
    """The first records, in clean text."""
    doubts: tuple[str, ...] = ()
    """What could be otherwise, in sentences."""


def binary_format(first: bytes) -> str:
    """Return the format of a file that is no text, by its first bytes: ``excel``, ``parquet``, or nothing."""
    if first.startswith((OLD_OFFICE, _ZIP)):
        return "excel"
    return "parquet" if first.startswith(_PARQUET) else ""


def propose_layout(path: Path, work_dir: Path, *, rows: int = 10) -> LayoutProposal:
    """Look at the beginning of a file and propose how it is to be read; ``work_dir`` takes working files.

    Raises:
        DataError: the file is empty, cannot be read, or is of no kind that is known.
    """
    try:
        with path.open("rb") as file:
            first = file.read(_LOOKED_AT)
    except OSError as error:
        raise DataError(f"{clean(path.name)} cannot be read: {clean(str(error.strerror))}.") from error
    match binary_format(first):
        case "excel":
            return _workbook(path, work_dir, rows)
        case "parquet":
            return _table(path, rows)
    return _json_lines(path, rows) if _is_json_lines(first) else _text(path, rows)


def _text(path: Path, rows: int) -> LayoutProposal:
    found = propose(path, rows=rows)
    kind = "text" if found.encoding.startswith("utf-16") and found.delimiter == "\t" else "csv"
    usual = TextFileSettings() if kind == "text" else FileSettings()
    file: dict[str, Any] = {"delimiter": found.delimiter, "encoding": found.encoding, "decimal": found.decimal}
    more: dict[str, Any] = {
        "quote": found.quote,
        "header": found.header,
        "thousands": found.thousands,
        "date": found.date,
    }
    file |= {key: value for key, value in more.items() if value != getattr(usual, key)}
    return LayoutProposal(kind, file, found.columns, found.rows, found.doubts)


def _workbook(path: Path, work_dir: Path, rows: int) -> LayoutProposal:
    sheet, number = _first_filled(path, work_dir)
    lines = [(int(line), row) for line, *row in sampled(sheet.rows, also="_line, ")]
    head = _header_place(row for _, row in lines)
    body = [row for _, row in lines[(head or 0) + (head is not None) :]]
    values = [value.strip() for row in body for value in row if value.strip()]
    file: dict[str, Any] = {} if number == 1 else {"sheet": sheet.name}
    if head is None:
        file["header"] = False
    elif head:
        file["skip_rows"] = lines[head][0] - 1
    # What is a number or a date in the sheet comes with a decimal point and as ISO 8601: only text tells of others.
    file |= {key: value for key, value in written_values(values).items() if value != getattr(ExcelSettings(), key)}
    doubts: tuple[str, ...] = ()
    if len(sheet.sheets) > 1:
        others = ", ".join(f"“{clean(name, limit=40)}”" for name in sheet.sheets if name != sheet.name)
        doubts = (f"The sheet “{clean(sheet.name, limit=40)}” is read; there are others: {clean(others, limit=200)}.",)
    names = () if head is None else tuple(lines[head][1])
    return LayoutProposal("excel", file, *_shown(names, sheet.rows.width, body[:rows]), doubts)


def _header_place(rows: Iterable[Sequence[str]]) -> int | None:
    """Return which of the rows names the columns: the first that is about as full as the fullest; None if none does."""
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    most = max(map(len, cells), default=0)
    for place, names in enumerate(cells):
        if len(names) >= _FULL * most:
            return place if len(set(names)) == len(names) and not any(map(_NUMBER.fullmatch, names)) else None
    return None


def _first_filled(path: Path, work_dir: Path) -> tuple[Sheet, int]:
    """Return the first sheet that has anything in it, and its number."""
    from core.exchange.workbook import read_sheet, refuse_empty

    name, target = clean(path.name), work_dir / "recognised.rows"
    number = 1
    while True:
        settings = ExcelSettings(sheet=number, header=False)
        sheet = read_sheet(path, settings, target, stop=StopToken(), name=name, most_rows=_ROWS)
        if sheet.rows.width:
            return sheet, number
        if number >= min(len(sheet.sheets), _MOST_SHEETS):
            refuse_empty(sheet, name)
        number += 1


def _table(path: Path, rows: int) -> LayoutProposal:
    import duckdb

    from core.exchange.parquet import read_table

    with duckdb.connect() as connection:
        table = read_table(path, connection=connection, stop=StopToken(), name=clean(path.name))
    return LayoutProposal("parquet", {}, *_shown(table.names, table.width, sampled(table, rows=rows)))


def sampled(table: RawRows, *, rows: int = _ROWS, also: str = "") -> Iterator[tuple[str, ...]]:
    """Yield the cells of the first records, behind what is asked for ``also`` (SQL)."""
    import duckdb

    cells = ", ".join(f"coalesce(_c{place}, '')" for place in range(1, table.width + 1))
    with duckdb.connect() as connection:
        yield from connection.execute(
            f"SELECT {also}{cells} FROM {table.relation} ORDER BY _record LIMIT {rows}"
        ).fetchall()


def _shown(
    names: Sequence[str], width: int, rows: Iterable[Sequence[str]]
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    shown = tuple(tuple(clean(cell, limit=200) for cell in row) for row in rows)
    titles = (clean(name.strip()) for name in names or [""] * width)
    return tuple(title or str(place) for place, title in enumerate(titles, start=1)), shown


def _is_json_lines(first: bytes) -> bool:
    line = first.removeprefix(b"\xef\xbb\xbf").lstrip().split(b"\n", 1)[0].strip()
    if not line.startswith(b"{"):
        return False
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _json_lines(path: Path, rows: int) -> LayoutProposal:
    names: dict[str, None] = {}
    records: list[dict[str, str]] = []
    with path.open("rb") as file:
        for line in file:
            record = members_of(line)
            if record:
                records.append(record)
                names.update(dict.fromkeys(record))
            if len(records) >= _ROWS:
                break
    shown = tuple(tuple(clean(record.get(name, ""), limit=200) for name in names) for record in records[:rows])
    return LayoutProposal("jsonl", {}, tuple(clean(name) for name in names), shown)


def members_of(line: bytes | str) -> dict[str, str] | None:
    """Return the members of the object on a line, by their paths, as text; None where it is no object."""
    try:
        found = json.loads(line, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None
    return dict(_flat(found, "")) if isinstance(found, dict) else None


def _flat(tree: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for name, value in tree.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{path}{name}.")
        elif isinstance(value, str):
            yield f"{path}{name}", value
        else:
            yield f"{path}{name}", "" if value is None else json.dumps(value, ensure_ascii=False)
