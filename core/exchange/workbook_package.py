"""An Excel workbook as the package that it is (ECMA-376): its parts, its sheets, its styles.

DuckDB makes the XML of the rows, which goes into the package some thousands of rows at a time, so that nothing of the
sheet is held in memory.
"""

from __future__ import annotations

import re
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from core.errors import DataError
from core.exchange.sql_errors import disk_errors
from core.exchange.value_checks import streamed
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import IO

    from core.exchange.value_checks import ValueChecks

_LEVEL = 1
"""Of compression: the next ones take twice as long for a tenth less."""
_MOMENT = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column of a sheet: its header, its width in characters, and the SQL of its cell, XML without its place."""

    header: str
    width: int
    attributes: str
    """SQL of what stands in the tag of the cell, such as `` s="1"``; NULL where there is no cell."""
    content: str
    """SQL of what stands in the cell."""


def pack_sheet(
    checks: ValueChecks,
    columns: Sequence[SheetColumn],
    target: Path,
    *,
    sheets: Sequence[str],
    header: bool,
    formats: Sequence[str] = (),
    blank_rows: int = 0,
    large: bool = False,
) -> int:
    """Write a workbook whose last sheet has these columns, ``blank_rows`` above them; return the number of records.

    ``target`` is written from its beginning to its end, and stays the same file where it is there already. ``large``
    says that the XML of the sheet may have more than 2 GB, which makes a file that not every program reads.

    Raises:
        DataError: the sheet is larger, and was not said to be so.
    """
    first = blank_rows + 1 + header
    cells = " || ".join(_placed(column, place) for place, column in enumerate(columns, start=1))
    row = f"'<row r=\"' || _row || '\">' || {cells} || '</row>'"
    numbered = f"SELECT *, row_number() OVER () + {first - 1} AS _row FROM {checks.relation}"
    records = 0
    with disk_errors(f"{clean(target.name)} cannot be written"), target.open("wb") as out, _archive(out) as archive:
        for name, content in _frame(sheets, formats):
            _add(archive, name, content.encode())
        for number in range(1, len(sheets)):
            _add(archive, f"xl/worksheets/sheet{number}.xml", f"{_SHEET_BEGIN}<sheetData/></worksheet>".encode())
        with archive.open(_entry(f"xl/worksheets/sheet{len(sheets)}.xml"), "w", force_zip64=large) as sheet:
            sheet.write(_before(columns, header=header, blank_rows=blank_rows).encode())
            for rows in streamed(checks, f"SELECT {row} FROM ({numbered})", f"{clean(target.name)} cannot be written"):
                records += len(rows)
                _write(sheet, "".join(text for (text,) in rows).encode(), large=large)
            sheet.write(_after(len(columns), first + records - 1).encode())
    return records


def _write(sheet: IO[bytes], data: bytes, *, large: bool) -> None:
    try:
        sheet.write(data)
    except RuntimeError as error:
        if large:
            raise
        raise DataError(
            "The sheet is larger than 2 GB.", advice="Let the task send a part of the records, or write CSV."
        ) from error


def _placed(column: SheetColumn, place: int) -> str:
    tag = f"'<c r=\"{column_letters(place)}' || _row || '\"' || {column.attributes} || '>'"
    return f"coalesce({tag} || {column.content} || '</c>', '')"


def column_letters(place: int) -> str:
    """Return the name of a column of a sheet: A for 1, AA for 27."""
    letters = ""
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class _Forward:
    """A file that is only written to, from its beginning to its end, so that it can be read while it grows."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, data: bytes) -> int:
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        """Leave that to whoever has opened it."""


@contextmanager
def _archive(out: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(_Forward(out), "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        yield archive


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _MOMENT)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(_entry(name), content, compresslevel=_LEVEL)


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SHEET_BEGIN = f'{_XML}<worksheet xmlns="{_MAIN}">'


def _frame(sheets: Sequence[str], formats: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the parts of a workbook that stand around its sheets."""
    numbers = range(1, len(sheets) + 1)
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{_KIND}.worksheet+xml"/>'
        for number in numbers
    )
    yield (
        "[Content_Types].xml",
        (
            f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>{parts}'
            f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/></Types>'
        ),
    )
    yield (
        "_rels/.rels",
        (
            f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
    )
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"/>'
        for number, name in enumerate(sheets, 1)
    )
    view = f'<bookViews><workbookView activeTab="{len(sheets) - 1}"/></bookViews>'
    yield (
        "xl/workbook.xml",
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">{view}<sheets>{listed}</sheets></workbook>',
    )
    targets = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in numbers
    )
    yield (
        "xl/_rels/workbook.xml.rels",
        (
            f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{targets}'
            f'<Relationship Id="rId{len(sheets) + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
        ),
    )
    yield "xl/styles.xml", _styles(formats)


def _styles(formats: Sequence[str]) -> str:
    """The formats of cells: plain, that of the header (bold), then one for each format of numbers."""
    codes = "".join(
        f'<numFmt numFmtId="{164 + place}" formatCode={quoteattr(code)}/>' for place, code in enumerate(formats)
    )
    listed = f'<numFmts count="{len(formats)}">{codes}</numFmts>' if formats else ""
    cells = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    cells += '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    cells += "".join(
        f'<xf numFmtId="{164 + place}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        for place in range(len(formats))
    )
    font = '<sz val="11"/><name val="Calibri"/><family val="2"/>'
    return (
        f'{_XML}<styleSheet xmlns="{_MAIN}">{listed}'
        f'<fonts count="2"><font>{font}</font><font><b/>{font}</font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{2 + len(formats)}">{cells}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


def _before(columns: Sequence[SheetColumn], *, header: bool, blank_rows: int) -> str:
    """What stands before the rows: the header in view at all times, the widths, and the header itself."""
    row = blank_rows + 1
    frozen = f'<pane ySplit="{row}" topLeftCell="A{row + 1}" activePane="bottomLeft" state="frozen"/>' if header else ""
    widths = "".join(
        f'<col min="{place}" max="{place}" width="{column.width}" customWidth="1"/>'
        for place, column in enumerate(columns, start=1)
    )
    names = "".join(
        f'<c r="{column_letters(place)}{row}" s="1" t="inlineStr"><is><t xml:space="preserve">{_escaped(column.header)}'
        "</t></is></c>"
        for place, column in enumerate(columns, start=1)
    )
    return (
        f'{_SHEET_BEGIN}<sheetViews><sheetView tabSelected="1" workbookViewId="0">{frozen}</sheetView></sheetViews>'
        f"<cols>{widths}</cols><sheetData>{f'<row r={chr(34)}{row}{chr(34)}>{names}</row>' if header else ''}"
    )


def _escaped(text: str) -> str:
    text = re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)
    return escape(re.sub(r"[\x00-\x08\x0b-\x1f]", lambda match: f"_x{ord(match[0]):04X}_", text))


def _after(width: int, last_row: int) -> str:
    """What stands behind the rows; numbers that are text on purpose are nothing to be marked as a mistake."""
    everything = f"A1:{column_letters(width)}{max(1, last_row)}"
    ignored = f'<ignoredError sqref="{everything}" numberStoredAsText="1"/>'
    return f"</sheetData><ignoredErrors>{ignored}</ignoredErrors></worksheet>"
