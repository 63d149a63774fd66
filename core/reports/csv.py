"""The tables of a report as CSV for people: one file, or a zip file with one for each table."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from core.text import clean, plain_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from core.reports.document import Document, Table

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_HARMLESS = re.compile(r"[+-][\d\s.,()/-]*")
"""Signed numbers and telephone numbers."""


def is_zipped(document: Document) -> bool:
    """Whether the file is a zip file: there is more than one table."""
    return len(list(document.tables)) > 1


def write_csv(document: Document, path: Path, check: Callable[[], None] = lambda: None) -> None:
    """Write the tables of a report; ``check`` is called now and then, and may raise to end it."""
    tables = list(document.tables)
    if len(tables) < 2:
        with path.open("wb") as file:
            for part in _parts(tables[0] if tables else None, document.decimal, check):
                file.write(part)
        return
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for table, name in zip(tables, table_names(tables), strict=True):
            # A set date, so that the same report is the same file.
            entry = zipfile.ZipInfo(f"{name}.csv", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            with packed.open(entry, "w", force_zip64=True) as file:
                for part in _parts(table, document.decimal, check):
                    file.write(part)


def table_names(tables: list[Table]) -> list[str]:
    """Return a name for each table: that of its query, with a number where there are several."""
    names: list[str] = []
    for table in tables:
        name, number = table.query, 2
        while name in names:
            name, number = f"{table.query}-{number}", number + 1
        names.append(name)
    return names


def _parts(table: Table | None, decimal: str, check: Callable[[], None]) -> Iterator[bytes]:
    """Yield a table as spreadsheets of the region open it: UTF-8 with a mark, semicolons beside decimal commas."""
    yield b"\xef\xbb\xbf"
    if table is None:
        return
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";" if decimal == "," else ",", lineterminator="\r\n")
    writer.writerow([plain_text(column.title) for column in table.columns])
    for number, row in enumerate(table.data):
        writer.writerow([_cell(value, decimal) for value in row])
        if number % 1000 == 0:
            check()
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _cell(value: Any, decimal: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal):
        text = plain_number(value) if isinstance(value, Decimal) else str(value)
        return text.replace(".", decimal)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    return plain_text(str(value))


def plain_text(text: str) -> str:
    """Return text that no spreadsheet takes for a formula (OWASP, CSV Injection), and no terminal for a command."""
    shown = clean(text.replace("\r\n", " ").replace("\n", " "))
    return f"'{shown}" if shown.startswith(_FORMULA) and not _HARMLESS.fullmatch(shown) else shown
