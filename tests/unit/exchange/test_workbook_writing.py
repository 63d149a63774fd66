"""Workbooks that are written: real types, text that stays text, and what does not fit is refused."""

from __future__ import annotations

import datetime as dt
import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from support.exchange_desk import Desk, select
from support.typed_files import TypedDesk, layout_of

from core.errors import DataError
from core.exchange import workbook_writing
from core.exchange.workbook_package import column_letters

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

MOMENT = dt.datetime(2026, 1, 31, 10, 30)  # noqa: DTZ001 - a cell knows no zone


@pytest.fixture
def typed(desk: Desk) -> TypedDesk:
    return TypedDesk(desk)


def written(typed: TypedDesk, *columns: dict[str, Any], **file: Any) -> Worksheet:
    """Write the selection, and open it with openpyxl."""
    path = typed.write(layout_of("excel", "export", *columns, **file), "out.xlsx")
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    return sheet


@pytest.mark.parametrize(
    ("value", "column", "expected", "number_format"),
    [
        ("0012", {"field": "name"}, "0012", "General"),
        ("=1+1", {"field": "name"}, "=1+1", "General"),
        ("+31 6", {"field": "name"}, "+31 6", "General"),
        ("-5", {"field": "name"}, "-5", "General"),
        ("@x", {"field": "name"}, "@x", "General"),
        ("<b> & \"q\" 'a'", {"field": "name"}, "<b> & \"q\" 'a'", "General"),
        ("  two\nlines ", {"field": "name"}, "  two\nlines ", "General"),
        (-5, {"field": "stock"}, -5, "General"),
        (10**15 - 1, {"field": "stock"}, 10**15 - 1, "General"),
        (10**15 + 1, {"field": "stock"}, "1000000000000001", "General"),
        (Decimal("-1234.50"), {"field": "price"}, -1234.5, "General"),
        (Decimal("1234.50"), {"field": "price", "format": "0.00"}, 1234.5, "0.00"),
        (Decimal("1234567890123456.78"), {"field": "price"}, "1234567890123456.78", "General"),
        (True, {"field": "active"}, True, "General"),
        (MOMENT.date(), {"field": "valid_from"}, MOMENT.replace(hour=0, minute=0), "yyyy-mm-dd"),
        (MOMENT.date(), {"field": "valid_from", "format": "%d-%m-%Y"}, MOMENT.replace(hour=0, minute=0), "dd-mm-yyyy"),
        (MOMENT.date(), {"field": "valid_from", "format": "week %W"}, "week 04", "General"),
        (dt.date(1899, 12, 31), {"field": "valid_from"}, "1899-12-31", "General"),
        (MOMENT, {"field": "seen_at"}, MOMENT, "yyyy-mm-dd hh:mm:ss"),
        ("st", {"field": "name", "values": {"st": "PCE"}}, "PCE", "General"),
        (None, {"field": "name"}, None, "General"),
        (None, {"field": "stock", "default": "0"}, 0, "General"),
        (None, {"field": "price", "default": "on request"}, "on request", "General"),
    ],
)
def test_a_value_is_a_cell_of_its_type(
    typed: TypedDesk, value: Any, column: dict[str, Any], expected: Any, number_format: str
) -> None:
    select(typed.desk, {"number": "1", column["field"]: value})
    cell = written(typed, {"column": "x", **column})["A2"]
    assert (cell.value, cell.number_format) == (expected, number_format)
    assert cell.data_type != "f"


def test_expressions_and_constants_are_cells_too(typed: TypedDesk) -> None:
    select(typed.desk, {"number": "1", "stock": 2, "price": Decimal("1.50")})
    columns = [{"column": "a", "expression": "stock * price"}, {"column": "b", "constant": "=x"}]
    sheet = written(typed, *columns, {"column": "c", "expression": "name || 'x'"})
    assert [cell.value for cell in sheet[2]][:2] == [3, "=x"]


def test_the_header_is_bold_and_stays_in_view_and_columns_are_wide_enough(typed: TypedDesk) -> None:
    select(typed.desk, {"number": "x" * 30})
    sheet = written(typed, {"column": "=No", "field": "number"}, {"column": "n", "field": "stock"}, sheet="Prijzen")
    assert sheet.title == "Prijzen"
    assert sheet["A1"].value == "=No"
    assert sheet["A1"].data_type != "f"
    assert sheet["A1"].font.b
    assert sheet.freeze_panes == "A2"
    assert [sheet.column_dimensions[each].width for each in "AB"] == [32, 8]
    select(typed.desk, {"number": "1"})
    assert written(typed, {"column": "n", "field": "number"}, header=False)["A1"].value == "1"


def test_what_does_not_fit_is_refused_before_anything_is_written(
    typed: TypedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    select(typed.desk, {"number": "1", "name": "😀" * 16_384}, {"number": "2"}, {"number": "3"})
    layout = layout_of("excel", "export", {"column": "x", "field": "name"})
    with pytest.raises(DataError, match=r"Article '1' cannot be written: .* 32,767 characters at most"):
        typed.write(layout, "long.xlsx")
    monkeypatch.setattr(workbook_writing, "MOST_ROWS", 3)
    with pytest.raises(DataError, match=r"3 records of 1 column do not fit into a sheet: it has 3 rows"):
        typed.write(layout, "many.xlsx")
    assert not list(typed.desk.directory.glob("*.xlsx*"))
    select(typed.desk, {"number": "1", "name": "😀" * 16_383}, {"number": "2"})
    assert typed.read_cells(typed.write(layout, "fits.xlsx"), "excel", ["x"]) == [("😀" * 16_383,)]


def test_the_file_grows_from_its_beginning_and_stays_the_same_file(typed: TypedDesk) -> None:
    target = typed.desk.directory / "out.xlsx"
    target.write_bytes(b"old" * 10_000)
    before = target.stat().st_ino
    select(typed.desk, {"number": "1"})
    written(typed, {"column": "n", "field": "number"})
    assert target.stat().st_ino == before
    assert not list(typed.desk.directory.glob("*.sheet"))


def test_columns_are_lettered_as_excel_letters_them() -> None:
    assert [column_letters(place) for place in (1, 26, 27, 702, 703, 16_384)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
