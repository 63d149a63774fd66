"""A report as an Excel workbook: what is said of it on the first sheet, then one for each table and each chart."""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from core.reports.csv import table_names
from core.reports.document import Chart, Figures, Heading, Paragraph, Table
from core.text import clean, shorten

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from core.reports.document import Document, Row
    from core.reports.values import Look

_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_EXACT = 10**15
"""Numbers from here on are rounded by Excel; they are written as text."""
_FIRST_MONTH = (1900, 3)
"""Excel counts a day before it that never was (29 February 1900)."""
_CREATED = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""In every workbook, so that the same report is the same file."""
_WIDEST, _NARROWEST = 60, 8
_MEASURED = 200
"""Rows by which the width of a column is chosen."""


def write_excel(document: Document, path: Path, check: Callable[[], None] = lambda: None) -> None:
    """Write a workbook, one row after another; ``check`` is called now and then, and may raise to end it."""
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "tmpdir": str(path.parent),
    }
    with xlsxwriter.Workbook(str(path), options) as workbook:
        workbook.set_properties({"title": document.title, "subject": document.subject, "created": _CREATED})
        _Book(workbook, document, check).write()


class _Book:
    def __init__(self, workbook: Workbook, document: Document, check: Callable[[], None]) -> None:
        self._workbook = workbook
        self._document = document
        self._check = check
        self._formats: dict[tuple[str, str, bool], Format] = {}
        self._names: set[str] = set()

    def write(self) -> None:
        """Write all sheets."""
        self._front()
        names = iter(table_names(list(self._document.tables)))
        for block in self._document.blocks:
            if isinstance(block, Table):
                self._table(block, block.title or next(names))
            elif isinstance(block, Chart) and block.categories:
                self._chart(block)

    def _format(self, number: str = "General", align: str = "left", *, bold: bool = False) -> Format:
        key = (number, align, bold)
        if key not in self._formats:
            self._formats[key] = self._workbook.add_format({"num_format": number, "align": align, "bold": bold})
        return self._formats[key]

    def _sheet(self, title: str) -> Worksheet:
        base = shorten(_FORBIDDEN.sub(" ", clean(title)).strip() or "Table", 31)
        name, number = base, 2
        while name.casefold() in self._names or name.casefold() == "history":
            ending = f" {number}"
            name, number = base[: 31 - len(ending)] + ending, number + 1
        self._names.add(name.casefold())
        return self._workbook.add_worksheet(name)

    def _front(self) -> None:
        sheet = self._sheet("Report")
        sheet.set_column(0, 0, 42)
        sheet.set_column(1, 1, 24)
        bold = self._format(bold=True)
        sheet.write_string(0, 0, self._document.title, self._workbook.add_format({"bold": True, "font_size": 16}))
        sheet.write_string(1, 0, self._document.subject)
        sheet.write_string(2, 0, self._document.made)
        line = 4
        for block in self._document.blocks:
            match block:
                case Heading(text):
                    sheet.write_string(line + 1, 0, text, bold)
                    line += 2
                case Paragraph(text):
                    sheet.write_string(line, 0, shorten(text, 32_000))
                    line += 1
                case Figures(figures):
                    for figure in figures:
                        sheet.write_string(line, 0, figure.title)
                        if figure.found is None or figure.look.format == "duration":
                            # No number format says a span of time in words.
                            sheet.write_string(line, 1, figure.value, bold)
                        else:
                            self._write(sheet, line, 1, figure.look, figure.found, bold=True)
                        line += 1
                case Table() if not block.data:
                    sheet.write_string(line, 0, f"{block.title}: {block.empty}" if block.title else block.empty)
                    line += 1

    def _table(self, table: Table, title: str) -> None:
        if not table.data:
            return
        sheet = self._sheet(title)
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(table.columns):
            sheet.set_column(place, place, _width_of(table, place))
            sheet.write_string(0, place, column.title, self._format(align=column.look.align, bold=True))
        for number, row in enumerate(table.data):
            if number % 1000 == 0:
                self._check()
            for place, (column, value) in enumerate(zip(table.columns, row, strict=True)):
                self._write(sheet, number + 1, place, column.look, value)
        sheet.autofilter(0, 0, len(table.data), len(table.columns) - 1)
        totals = next((row for row in table.rows if row.level == "total"), None)
        if totals is not None:
            self._totals(sheet, len(table.data) + 2, table, totals)
        if table.cut:
            sheet.write_string(len(table.data) + 4, 0, table.rest)

    def _totals(self, sheet: Worksheet, line: int, table: Table, row: Row) -> None:
        for place, (column, value) in enumerate(zip(table.columns, row.values, strict=True)):
            self._write(sheet, line, place, column.look, value, bold=True)

    def _write(self, sheet: Worksheet, line: int, place: int, look: Look, value: Any, *, bold: bool = False) -> None:
        """Write a value as what it is; text is text, whatever it begins with."""
        if value is None:
            return
        if isinstance(value, bool):
            sheet.write_boolean(line, place, value, self._format(align=look.align, bold=bold))
        elif _is_number(value):
            number = look.excel_format if look.kind in ("integer", "decimal") else "0"
            sheet.write_number(line, place, float(value), self._format(number, look.align, bold=bold))
        elif isinstance(value, dt.date) and (value.year, value.month) >= _FIRST_MONTH:
            sheet.write_datetime(line, place, value, self._format(look.excel_format, look.align, bold=bold))
        else:
            sheet.write_string(line, place, look.words(value), self._format("@", look.align, bold=bold))

    def _chart(self, chart: Chart) -> None:
        sheet = self._sheet(chart.title or f"Chart {chart.query}")
        sheet.set_column(0, 0, 20)
        for number, series in enumerate(chart.series):
            sheet.write_string(0, number + 1, series.title, self._format(align="right", bold=True))
        for place, category in enumerate(chart.categories):
            sheet.write_string(place + 1, 0, category)
            for number, series in enumerate(chart.series):
                if (value := series.values[place]) is not None:
                    sheet.write_number(place + 1, number + 1, value)
        self._insert(sheet, chart)

    def _insert(self, sheet: Worksheet, chart: Chart) -> None:
        from core.reports.drawing import PALETTE

        kinds = {
            "bar": {"type": "column"},
            "stacked": {"type": "column", "subtype": "stacked"},
            "line": {"type": "line"},
        }
        shown = self._workbook.add_chart(kinds[chart.kind])
        last = len(chart.categories)
        for number in range(len(chart.series)):
            colour = {"color": PALETTE[number]}
            shown.add_series(
                {
                    "name": [sheet.name, 0, number + 1],
                    "categories": [sheet.name, 1, 0, last, 0],
                    "values": [sheet.name, 1, number + 1, last, number + 1],
                    "fill": colour,
                    "line": colour,
                }
            )
        if chart.title:
            # As text: a title that looks like a formula would be taken for one.
            shown.set_title({"name": chart.title.lstrip("="), "name_font": {"size": 12}})
        shown.set_size({"width": 720, "height": 360})
        sheet.insert_chart(0, len(chart.series) + 2, shown)


def _is_number(value: Any) -> bool:
    """Whether Excel keeps a number as it is."""
    return isinstance(value, int | float | Decimal) and math.isfinite(value) and abs(float(value)) < _EXACT


def _width_of(table: Table, place: int) -> int:
    column = table.columns[place]
    longest = max((len(column.look.words(row[place])) for row in table.data[:_MEASURED]), default=0)
    return max(_NARROWEST, min(_WIDEST, max(longest, len(column.title) + 3) + 1))
