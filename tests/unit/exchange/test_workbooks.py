"""Excel workbooks as they come: each kind of cell, what may go wrong, and how it is told."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import xlwt
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from support.typed_files import NUMBER, TypedDesk, layout_of
from xlwt.CompoundDoc import XlsDoc

from core.config.typed_files import ExcelSettings
from core.errors import DataError, StopRequested
from core.exchange import workbook
from core.exchange.workbook import read_sheet
from core.stop import StopToken

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet
    from support.exchange_desk import Desk

DAY = dt.datetime(2026, 1, 31, 10, 30)  # noqa: DTZ001 - a cell knows no zone


@pytest.fixture
def typed(desk: Desk) -> TypedDesk:
    return TypedDesk(desk)


def book(
    directory: Path, *rows: Any, change: Callable[[Worksheet], None] = lambda _: None, epoch_1904: bool = False
) -> Path:
    """Save a workbook of one sheet, as openpyxl writes it."""
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    if epoch_1904:
        made.epoch = CALENDAR_MAC_1904
    for row in rows:
        sheet.append(row)
    change(sheet)
    path = directory / "supplier.xlsx"
    made.save(path)
    return path


def with_parts(path: Path, **parts: bytes) -> Path:
    """Save a workbook again with the content of some parts replaced: ``sheet1`` for ``xl/worksheets/sheet1.xml``."""
    content = io.BytesIO(path.read_bytes())
    with zipfile.ZipFile(content) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            name = entry.filename.rpartition("/")[2].partition(".")[0]
            new.writestr(entry.filename, parts.get(name) or old.read(entry.filename))
    return path


def sheet_of(*rows: str, before: str = "") -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'{before}<worksheet xmlns="{main}"><sheetData>{"".join(rows)}</sheetData></worksheet>'.encode()


@pytest.mark.parametrize(
    ("value", "number_format", "expected"),
    [
        (12345, "General", "12345"),
        (12345.0, "0.00", "12345"),
        (4006381333931, "General", "4006381333931"),
        (9007199254740991, "General", "9007199254740991"),
        (12345678901234567890, "General", "12345678901234600000"),
        ("0012345", "General", "0012345"),
        ("12345678901234567890", "@", "12345678901234567890"),
        ("0.30000000000000004", "@", "0.30000000000000004"),
        (0.1 + 0.2, "General", "0.3"),
        (1.1 * 3, "General", "3.3"),
        (-0.000012, "General", "-0.000012"),
        (1e-7, "General", "0.0000001"),
        (1.5e21, "General", "1500000000000000000000"),
        (0.21, "0%", "0.21"),
        (True, "General", "true"),
        (DAY, "yyyy-mm-dd hh:mm", "2026-01-31 10:30:00"),
        (dt.date(2026, 1, 31), "dd/mm/yy", "2026-01-31"),
        (dt.time(10, 30), "hh:mm", "10:30:00"),
        (dt.timedelta(hours=30), "[h]:mm", "30:00:00"),
        ("  spaces ", "General", "  spaces "),
        ('two\nlines, "quoted"', "General", 'two\nlines, "quoted"'),
        ("naïve 😀", "General", "naïve 😀"),
        ("=1+1 as text", "@", "=1+1 as text"),
    ],
)
@pytest.mark.parametrize("epoch_1904", [False, True])
def test_a_cell_is_read_as_excel_means_it(
    typed: TypedDesk, value: Any, number_format: str, expected: str, epoch_1904: bool
) -> None:
    def put(sheet: Worksheet) -> None:
        cell = sheet["B2"]
        cell.value = value
        cell.number_format = number_format
        if isinstance(value, str):
            cell.data_type = "s"

    path = book(typed.desk.directory, ["number", "x"], ["1"], change=put, epoch_1904=epoch_1904)
    assert typed.read_cells(path, "excel", ["number", "x"]) == [("1", expected)]


@pytest.mark.parametrize("dates_1904", [False, True])
def test_the_old_format_is_read_too(typed: TypedDesk, dates_1904: bool) -> None:
    made = xlwt.Workbook()
    made.dates_1904 = dates_1904
    sheet = made.add_sheet("Prijzen")
    rows: list[list[Any]] = [["number", "x", "y"], [12345, "007", DAY], [4006381333931, 0.1 + 0.2, None]]
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            style = xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm:ss" if isinstance(cell, dt.datetime) else "General")
            if cell is not None:
                sheet.write(row, column, cell, style)
    path = typed.desk.directory / "supplier.xls"
    made.save(str(path))
    assert typed.read_cells(path, "excel", ["number", "x", "y"]) == [
        ("12345", "007", "2026-01-31 10:30:00"),
        ("4006381333931", "0.3", None),
    ]


def test_numbers_and_dates_go_into_their_fields_and_text_by_the_layouts_formats(typed: TypedDesk) -> None:
    rows = [["number", "price", "from", "seen"], ["a", 1234.5, dt.date(2026, 1, 31), DAY]]
    rows += [["b", "1.234,50", "31-01-2026", "31-01-2026 10:30"], ["c", 5, DAY, dt.date(2026, 1, 31)]]
    columns = [{"column": "price", "field": "price"}, {"column": "from", "field": "valid_from"}]
    file = {"decimal": ",", "thousands": ".", "date": "%d-%m-%Y", "datetime": "%d-%m-%Y %H:%M"}
    layout = layout_of("excel", "import", NUMBER, *columns, {"column": "seen", "field": "seen_at"}, **file)
    typed.read(book(typed.desk.directory, *rows), layout)
    day, midnight = dt.date(2026, 1, 31), DAY.replace(hour=0, minute=0)
    assert [each.reason for each in typed.rejects()] == []
    assert typed.desk.rows("number, CAST(price AS VARCHAR), valid_from, seen_at") == [
        ("a", "1234.50", day, DAY),
        ("b", "1234.50", day, DAY),
        ("c", "5.00", day, midnight),
    ]


def test_empty_rows_are_no_records_and_rejects_tell_the_row_of_the_sheet(typed: TypedDesk) -> None:
    rows = [["Supplier Ltd"], [], [], ["number", "stock"], [], ["a", 1], [], ["b", "many"], ["c", 3]]
    layout = layout_of("excel", "import", NUMBER, {"column": "stock", "field": "stock"}, skip_rows=2)
    result = typed.read(book(typed.desk.directory, *rows), layout)
    assert (result.records, result.accepted, result.rejected) == (3, 2, 1)
    (reject,) = typed.rejects()
    assert (reject.record, reject.line, reject.column, reject.value) == (2, 8, "stock", "many")


def test_a_table_need_not_begin_in_the_first_cell(typed: TypedDesk) -> None:
    def put(sheet: Worksheet) -> None:
        for place, value in {"C5": "number", "D5": "x", "C6": "1", "D9": "only"}.items():
            sheet[place] = value

    path = book(typed.desk.directory, change=put)
    assert typed.read_cells(path, "excel", ["x", 3]) == [("only", None)]
    assert typed.rejects()[0].line == 6


@pytest.mark.parametrize(("fill", "expected"), [(False, [("1", "group"), ("2", None)]), (True, [("1", "group")] * 0)])
def test_merged_cells_count_once_or_for_each(typed: TypedDesk, fill: bool, expected: list[Any]) -> None:
    def merge(sheet: Worksheet) -> None:
        sheet.merge_cells("B2:C3")

    path = book(typed.desk.directory, ["number", "x", "y"], ["1", "group", None], ["2"], change=merge)
    found = typed.read_cells(path, "excel", ["number", "x", "y"], fill_merged=fill)
    filled = [("1", "group", "group"), ("2", "group", "group")]
    assert found == (filled if fill else [(*row, None) for row in expected])


def test_hidden_rows_and_columns_are_read_and_formulas_by_their_saved_value(typed: TypedDesk) -> None:
    def hide(sheet: Worksheet) -> None:
        sheet.row_dimensions[2].hidden = True
        sheet.column_dimensions["B"].hidden = True

    path = book(typed.desk.directory, ["number", "x"], ["1", "=2*3"], change=hide)
    row = '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>{1}</t></is></c>{2}</row>'
    formula = '<c r="B2"><f>2*3</f><v>6</v></c>'
    names = '<c r="B1" t="inlineStr"><is><t>x</t></is></c>'
    with_parts(path, sheet1=sheet_of(row.format(1, "number", names), row.format(2, "1", formula)))
    assert typed.read_cells(path, "excel", ["number", "x"]) == [("1", "6")]


def test_an_error_rejects_the_record_where_the_layout_reads_it(typed: TypedDesk) -> None:
    cell = '<c r="{}{}" t="e"><v>{}</v></c>'
    row = '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>{1}</t></is></c>{2}</row>'
    head = "".join(f'<c r="{place}1" t="inlineStr"><is><t>{name}</t></is></c>' for place, name in ("Bx", "Cy"))
    rows = [row.format(1, "number", head), row.format(2, "a", cell.format("B", 2, "#N/A"))]
    rows += [row.format(3, "b", cell.format("C", 3, "#REF!")), f'<row r="4">{cell.format("A", 4, "#DIV/0!")}</row>']
    path = with_parts(book(typed.desk.directory, ["number"]), sheet1=sheet_of(*rows))
    layout = layout_of("excel", "import", NUMBER, {"column": "x", "field": "name"})
    result = typed.read(path, layout)
    assert (result.records, result.accepted, result.rejected) == (3, 1, 2)
    assert [(each.line, each.column, each.value, each.reason) for each in typed.rejects()] == [
        (2, "x", "#N/A", "is an error in Excel"),
        (4, "number", "#DIV/0!", "is an error in Excel"),
    ]
    again = typed.read(typed.mendable("again.xlsx"), layout)
    assert (again.records, again.rejected) == (2, 2), "what was not mended is no text now"


def test_rejects_are_a_workbook_that_is_read_again_once_it_is_mended(typed: TypedDesk) -> None:
    made = openpyxl.Workbook()
    made.create_sheet("Prijzen")
    sheet = made["Prijzen"]
    for row in (["title"], ["number", "stock", "name"], ["0012", 1, "good"], ["0013", "many", "=bad & <b>"]):
        sheet.append(row)
    sheet["C4"].data_type = "s"
    path = typed.desk.directory / "supplier.xlsx"
    made.save(path)
    columns = [NUMBER, {"column": "stock", "field": "stock"}, {"column": "name", "field": "name"}]
    layout = layout_of("excel", "import", *columns, sheet=2, skip_rows=1)
    assert typed.read(path, layout).rejected == 1
    mended = typed.mendable("rejects.xlsx")
    opened = openpyxl.load_workbook(mended)
    found = opened["Prijzen"]
    assert [[cell.value for cell in row] for row in found.iter_rows(min_row=2)] == [
        ["number", "stock", "name"], ["0013", "many", "=bad & <b>"],
    ]  # fmt: skip
    found["B3"] = 7
    opened.save(mended)
    result = typed.read(mended, layout)
    assert (result.accepted, result.rejected) == (1, 0)
    assert typed.desk.rows("number, stock, name") == [("0013", 7, "=bad & <b>")]


def test_sheets_are_chosen_by_name_or_number(typed: TypedDesk) -> None:
    made = openpyxl.Workbook()
    for name in ("Eén", "Twee"):
        made.create_sheet(name).append([name])
    path = typed.desk.directory / "sheets.xlsx"
    made.save(path)
    for sheet, expected in ((2, "Eén"), ("Twee", "Twee")):
        assert typed.read_cells(path, "excel", [1], header=False, sheet=sheet) == [(expected,)]
    with pytest.raises(DataError, match="the sheets “Sheet”, “Eén” or “Twee”"):
        typed.read_cells(path, "excel", [1], sheet="Drie")
    with pytest.raises(DataError, match="The sheet 'Sheet' of sheets"):
        typed.read_cells(path, "excel", [1])


# -- what may be sent to do harm, or by mistake -------------------------------------------------------------------


def refusal(typed: TypedDesk, path: Path) -> str:
    with pytest.raises(DataError) as caught:
        typed.read_cells(path, "excel", ["number"])
    return str(caught.value)


def test_what_is_no_workbook_is_refused_in_words(typed: TypedDesk) -> None:
    path = typed.desk.directory / "prices.xlsx"
    path.write_text("number;name\n1;x\n")
    assert "is no Excel workbook, whatever its name says" in refusal(typed, path)
    whole = book(typed.desk.directory, ["number"], ["1"]).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "is broken or cut off" in refusal(typed, path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "no workbook")
    assert "is broken or cut off" in refusal(typed, path)
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096))
    assert "is broken or cut off" in refusal(typed, path)


def test_a_workbook_under_a_password_is_refused_as_that(typed: TypedDesk) -> None:
    content = io.BytesIO()
    XlsDoc().save(content, bytes(5000))
    data = bytearray(content.getvalue())
    # The container as Office makes it: its one part bears another name, of another length.
    place, name = data.find("Workbook".encode("utf-16-le")), "EncryptedPackage".encode("utf-16-le")
    data[place : place + len(name)] = name
    data[place + 64 : place + 66] = (len(name) + 2).to_bytes(2, "little")
    path = typed.desk.directory / "secret.xlsx"
    path.write_bytes(data)
    assert "secret.xlsx is protected by a password" in refusal(typed, path)


def test_the_kind_is_told_by_the_content_and_not_the_name(typed: TypedDesk) -> None:
    path = book(typed.desk.directory, ["number"], ["1"])
    path = path.rename(path.with_suffix(".xls"))
    assert typed.read_cells(path, "excel", ["number"]) == [("1",)]
    made = xlwt.Workbook()
    sheet = made.add_sheet("S")
    sheet.write(0, 0, "number")
    sheet.write(1, 0, "2")
    path = typed.desk.directory / "old.xlsx"
    made.save(str(path))
    assert typed.read_cells(path, "excel", ["number"]) == [("2",)]


def test_what_unpacks_to_too_much_is_not_unpacked(typed: TypedDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "UNPACKED", 1_000_000)
    path = with_parts(book(typed.desk.directory, ["number"]), sheet1=sheet_of("<row/>" * 500_000))
    assert path.stat().st_size < 20_000
    assert "unpacks to 3.0 MB, more than the 1.0 MB that are read" in refusal(typed, path)


def test_what_takes_too_much_memory_ends_the_child_and_not_the_engine(
    typed: TypedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MEMORY", 250_000_000)
    far = '<row r="{0}"><c r="{1}{0}"><v>1</v></c></row>'
    path = with_parts(
        book(typed.desk.directory, ["number"]), sheet1=sheet_of(far.format(1, "A"), far.format(1_048_576, "XFD"))
    )
    assert "takes more than 250.0 MB of memory" in refusal(typed, path)
    cell = '<row r="1"><c r="A1" t="inlineStr"><is><t>' + "x" * 120_000_000 + "</t></is></c></row>"
    with_parts(path, sheet1=sheet_of(cell))
    assert "takes more than" in refusal(typed, path)


def test_entities_are_not_expanded(typed: TypedDesk) -> None:
    entities = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {after} "{f"&{before};" * 10}">' for before, after in zip("abcdefgh", "bcdefghi", strict=True)
    )
    cell = '<row r="1"><c r="A1" t="inlineStr"><is><t>&i;</t></is></c></row>'
    path = with_parts(book(typed.desk.directory, ["x"]), sheet1=sheet_of(cell, before=f"{entities}]>"))
    rows = typed.desk.directory / "rows"
    try:
        sheet = read_sheet(path, ExcelSettings(header=False), rows, stop=StopToken(), name="x")
    except DataError:
        return
    assert sheet.rows.records <= 1
    assert rows.stat().st_size < 1000


def test_a_stop_ends_the_reading(typed: TypedDesk) -> None:
    path = book(typed.desk.directory, ["number"], ["1"])
    typed.stop.request()
    with pytest.raises(StopRequested):
        typed.read_cells(path, "excel", ["number"])
