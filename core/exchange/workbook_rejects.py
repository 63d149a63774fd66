"""The rejected rows of a workbook, as a workbook that its layout reads again once they are mended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.exchange.projection import raw_column
from core.exchange.value_checks import ValueChecks
from core.exchange.workbook import ERRORS
from core.exchange.workbook_package import SheetColumn, pack_sheet
from core.exchange.workbook_writing import text_cell
from core.sql import quoted_name, quoted_text

if TYPE_CHECKING:
    from pathlib import Path

    from core.config.typed_files import ExcelSettings
    from core.exchange.source import Desk
    from core.exchange.workbook import Sheet

_REJECTED = "rejected_rows"
_WIDTH = 16


def write_rejected_rows(desk: Desk, sheet: Sheet, settings: ExcelSettings, rejects: str, target: Path) -> int:
    """Write the rejected rows, as the text that was read, where their layout looks for them; return how many.

    Cells that are errors are errors again, so that none is taken for text by mistake.
    """
    rows = sheet.rows
    desk.connection.execute(
        f"CREATE OR REPLACE TEMP VIEW {_REJECTED} AS SELECT * FROM {rows.relation} "
        f"WHERE _record IN (SELECT record FROM {quoted_name(rejects)}) ORDER BY _record"
    )
    columns = []
    for place in range(1, rows.width + 1):
        attributes, content = text_cell(raw_column(place))
        if sheet.errors:
            is_error = f"{raw_column(place)} IN ({', '.join(map(quoted_text, ERRORS))})"
            attributes = f"CASE WHEN {is_error} THEN ' t=\"e\"' ELSE {attributes} END"
            content = f"CASE WHEN {is_error} THEN '<v>' || {raw_column(place)} || '</v>' ELSE {content} END"
        header = rows.names[place - 1] if rows.names else ""
        columns.append(SheetColumn(header, _WIDTH, attributes, content))
    # The sheet is found by its name, or by its number behind others that are empty.
    place = sheet.sheets.index(sheet.name) if isinstance(settings.sheet, int) else 0
    return pack_sheet(
        ValueChecks(desk.connection, desk.entity, (), _REJECTED, desk.stop),
        columns,
        target,
        sheets=[*sheet.sheets[:place], sheet.name],
        header=settings.header,
        blank_rows=settings.skip_rows,
    )
