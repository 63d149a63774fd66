"""Records into an Excel workbook (``.xlsx``): one sheet, with numbers as numbers and dates as dates.

Text is always a text cell, whatever it begins with: never a formula.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.errors import DataError
from core.exchange.excel_dates import excel_date_format
from core.exchange.rendering import NUMBER_FORMAT
from core.exchange.sql_errors import sql_errors
from core.exchange.workbook_package import SheetColumn, pack_sheet
from core.sql import quoted_text
from core.text import counted

if TYPE_CHECKING:
    from pathlib import Path

    from core.config.layouts import ExcelExportLayout
    from core.config.values import ValueFormats
    from core.exchange.rendering import Cell
    from core.exchange.value_checks import ValueChecks

MOST_ROWS, MOST_COLUMNS, MOST_CHARACTERS = 1_048_576, 16_384, 32_767
"""Of a sheet and a cell, as Excel has them (its specifications and limits)."""
_CELL_SIZE, _LARGE = 64, 15 * 10**8
"""The XML of a cell without its text, in bytes; and from where on a sheet may come near 2 GB."""
_WIDEST, _NARROWEST = 60, 8
_LOOKED_AT = 1000
_DIGITS = 15
"""A number of more digits is written as text, for a cell would not keep them; so is a date before March 1900, which
Excel counts wrongly or not at all."""
_FIRST_DAY = "1900-03-01"
_SPECIAL = r"[&<>\x00-\x08\x0b-\x1f]|_x[0-9A-Fa-f]{4}_"


@dataclass(slots=True)
class _Styles:
    """The formats of numbers that a workbook uses; the first two styles are plain and that of the header."""

    formats: list[str] = field(default_factory=list)

    def of(self, code: str) -> int:
        if code not in self.formats:
            self.formats.append(code)
        return self.formats.index(code) + 2


def write_workbook(layout: ExcelExportLayout, checks: ValueChecks, target: Path) -> int:
    """Write the records into a sheet; return how many.

    Raises:
        DataError: there are more records or columns than a sheet has room for, or a text is too long for a cell;
            nothing was written then.
    """
    records = _count(checks)
    rows = records + layout.file.header
    if rows > MOST_ROWS or len(checks.cells) > MOST_COLUMNS:
        raise DataError(
            f"{counted(records, 'record')} of {counted(len(checks.cells), 'column')} do not fit into a sheet: it has "
            f"{MOST_ROWS:,} rows and {MOST_COLUMNS:,} columns at most. Nothing was written.",
            advice="Let the task send a part of the records (assortment, changes only), or write CSV or Parquet.",
        )
    size = _refuse_long_text(checks) + records * len(checks.cells) * _CELL_SIZE
    styles = _Styles()
    columns = []
    for cell, width in zip(checks.cells, _widths(checks), strict=True):
        attributes, content = _cell(cell, layout.file, styles)
        columns.append(SheetColumn(cell.header, width, attributes, content))
    sheet = layout.file.sheet
    return pack_sheet(
        checks, columns, target, sheets=[sheet if isinstance(sheet, str) else "Sheet1"], header=layout.file.header,
        formats=styles.formats, large=size > _LARGE,
    )  # fmt: skip


def _count(checks: ValueChecks) -> int:
    with sql_errors(checks.connection, checks.stop, "The records cannot be counted"):
        row = checks.connection.execute(f"SELECT count(*) FROM {checks.relation}").fetchone()
    return int(row[0]) if row else 0


def _refuse_long_text(checks: ValueChecks) -> int:
    """Refuse a text that no cell takes; return how many bytes there are of all text."""
    texts = {cell: f"CAST({cell.text} AS VARCHAR)" for cell in checks.cells if cell.kind == "text" or not cell.value}
    if not texts:
        return 0
    longest = ", ".join(f"max(strlen({text})), sum(strlen({text}))" for text in texts.values())
    with sql_errors(checks.connection, checks.stop, "The records cannot be checked"):
        found = checks.connection.execute(f"SELECT {longest} FROM {checks.relation}").fetchone() or ()
    for (cell, text), most in zip(texts.items(), found[::2], strict=True):
        if (most or 0) <= MOST_CHARACTERS:
            continue
        # Excel counts characters as UTF-16 does: those beyond U+FFFF twice.
        units = f"length({text}) + length(regexp_replace({text}, '[^\\x{{10000}}-\\x{{10FFFF}}]', '', 'g'))"
        checks.refuse(
            f"strlen({text}) > {MOST_CHARACTERS} AND {units} > {MOST_CHARACTERS}", cell,
            f"A cell takes {MOST_CHARACTERS:,} characters at most.",
            "Shorten the value by an expression, or write CSV.",
        )  # fmt: skip
    return sum(int(size or 0) for size in found[1::2])


def _widths(checks: ValueChecks) -> list[int]:
    """Return how wide the columns should be for their first values and their header."""
    longest = ", ".join(f"max(length(CAST({cell.text} AS VARCHAR)))" for cell in checks.cells)
    with sql_errors(checks.connection, checks.stop, "The records cannot be looked at"):
        row = checks.connection.execute(
            f"SELECT {longest} FROM (SELECT * FROM {checks.relation} LIMIT {_LOOKED_AT})"
        ).fetchone()
    found = row or [0] * len(checks.cells)
    return [
        max(_NARROWEST, min(_WIDEST, max(width or 0, len(cell.header)) + 2))
        for cell, width in zip(checks.cells, found, strict=True)
    ]


def text_cell(text: str) -> tuple[str, str]:
    """Return the SQL of a cell with this text (SQL), as :class:`SheetColumn` has it."""
    # Of an underscore that looks like the beginning of an escape only the underscore is escaped (ECMA-376, ST_Xstring).
    escaped = f"regexp_replace({text}, '_(x[0-9A-Fa-f]{{4}}_)', '_x005F_\\1', 'g')"
    for sign, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        escaped = f"replace({escaped}, '{sign}', '{name}')"
    for code in (*range(9), 11, 12, *range(13, 32)):
        escaped = f"replace({escaped}, chr({code}), '_x{code:04X}_')"
    shown = f"CASE WHEN regexp_matches({text}, {quoted_text(_SPECIAL)}) THEN {escaped} ELSE {text} END"
    attributes = f"CASE WHEN {text} IS NOT NULL THEN ' t=\"inlineStr\"' END"
    return attributes, f"'<is><t xml:space=\"preserve\">' || {shown} || '</t></is>'"


def _cell(cell: Cell, formats: ValueFormats, styles: _Styles) -> tuple[str, str]:
    """Return the SQL of a cell: of its type, or of its text where that is more exact."""
    text = f"CAST({cell.text} AS VARCHAR)"
    as_text = text_cell(text)
    value, style, fits = cell.value, 0, ""
    if not value:
        return as_text
    match cell.kind:
        case "integer" | "decimal":
            pattern = NUMBER_FORMAT.fullmatch(cell.pattern) if cell.pattern else None
            if pattern is not None:
                style = styles.of(("#,##0" if formats.thousands else "0") + (f".{pattern[1]}" if pattern[1] else ""))
            number = f"CAST({value} AS VARCHAR)"
            digits = f"strlen(regexp_replace({number}, '^[-0.]+|[.]|0*$', '', 'g'))"
            fits = f"CASE WHEN strlen({number}) <= {_DIGITS} THEN true ELSE {digits} <= {_DIGITS} END"
        case "boolean":
            return _typed(
                f"CASE WHEN {value} IS NOT NULL THEN ' t=\"b\"' END", f"CASE WHEN {value} THEN '1' ELSE '0' END"
            )
        case "date" | "datetime":
            code = excel_date_format(cell.pattern or (formats.date if cell.kind == "date" else formats.datetime))
            if code is None:
                return as_text
            style = styles.of(code)
            fits = f"({value} >= TIMESTAMP '{_FIRST_DAY}' AND {value} < TIMESTAMP '10000-01-01')"
            days = f"date_diff('day', DATE '1899-12-30', CAST({value} AS DATE))"
            number = f"CAST({days} AS VARCHAR)"
            if cell.kind == "datetime":
                moment = f"CAST({value} AS TIMESTAMP)"
                number = f"CAST(round(epoch_us({moment}) / 86400000000.0 + 25569, 11) AS VARCHAR)"
        case _:
            return as_text
    tag = quoted_text(f' s="{style}"' if style else "")
    styled = f"CASE WHEN {value} IS NOT NULL THEN {tag} END"
    attributes, content = _typed(styled, number)
    return (
        f"CASE WHEN {fits} THEN {attributes} ELSE {as_text[0]} END",
        f"CASE WHEN {fits} THEN {content} ELSE {as_text[1]} END",
    )


def _typed(attributes: str, number: str) -> tuple[str, str]:
    return attributes, f"'<v>' || {number} || '</v>'"
