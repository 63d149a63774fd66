"""The formats: golden files, other programs that read them, hostile values, nothing at all, and a great deal."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import time
import zipfile
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from pypdf import PdfReader
from support.report_desk import HOSTILE, LAYOUT, document, one_table, results

from core.errors import StopRequested
from core.reports.csv import is_zipped, write_csv
from core.reports.excel import write_excel
from core.reports.html import as_html
from core.reports.pdf import write_pdf
from core.reports.results import Result
from core.reports.text import as_text
from core.text import clean

if TYPE_CHECKING:
    from core.reports.document import Document

GOLDEN = Path(__file__).parent / "golden"


def html_of(made: Document) -> str:
    return "".join(as_html(made))


def pdf_text(made: Document, tmp_path: Path) -> str:
    write_pdf(made, tmp_path / "r.pdf")
    return "\n".join(page.extract_text() for page in PdfReader(tmp_path / "r.pdf").pages)


# -- golden files: written anew with PENDEL_GOLDEN=1 -----------------------------------------------------------------


def same_as_golden(name: str, made: str) -> None:
    import os

    if os.environ.get("PENDEL_GOLDEN"):
        (GOLDEN / name).write_text(made, encoding="utf-8", newline="")
    assert made == (GOLDEN / name).read_bytes().decode()


@pytest.mark.parametrize("width", [80, 50])
def test_the_text_is_the_golden_one(width: int) -> None:
    made = as_text(document(), width)
    assert max(map(len, made.splitlines())) <= width
    same_as_golden(f"report-{width}.txt", made)


def test_the_html_is_the_golden_one() -> None:
    same_as_golden("report.html", html_of(document()))


def test_the_csv_is_the_golden_one(tmp_path: Path) -> None:
    made = document()
    assert is_zipped(made)
    write_csv(made, tmp_path / "r.zip")
    with zipfile.ZipFile(tmp_path / "r.zip") as packed:
        assert packed.namelist() == ["articles.csv", "none.csv"]
        same_as_golden("articles.csv", packed.read("articles.csv").decode())


def test_the_same_report_is_the_same_file(tmp_path: Path) -> None:
    for name, write in (("x.xlsx", write_excel), ("x.pdf", write_pdf), ("x.zip", write_csv)):
        write(document(), tmp_path / name)
        first = (tmp_path / name).read_bytes()
        write(document(), tmp_path / name)
        assert (tmp_path / name).read_bytes() == first


# -- HTML ------------------------------------------------------------------------------------------------------------


class Tags(HTMLParser):
    """Checks that tags are closed in order, and keeps all of them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_html_needs_nothing_from_outside_and_is_accessible() -> None:
    text = html_of(document())
    tags = Tags(text)
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in tags.seen}
    assert not any(key in ("src", "href", "onload") for _, attributes in tags.seen for key in attributes)
    assert "url(" not in text
    heads = [attributes for tag, attributes in tags.seen if tag == "th"]
    assert heads
    assert all(attributes.get("scope") for attributes in heads)
    assert any(tag == "caption" for tag, _ in tags.seen)
    (chart,) = (attributes for tag, attributes in tags.seen if tag == "svg")
    assert chart["role"] == "img"
    assert chart["aria-label"] == "Runs per day: Good, Bad"


def test_the_chart_is_an_image_that_parses_and_has_a_bar_for_each_number() -> None:
    (svg,) = re.findall(r"<svg.*?</svg>", html_of(document()), re.DOTALL)
    tree = ET.fromstring(svg)
    boxes = [each for each in tree.iter("{http://www.w3.org/2000/svg}rect") if each.get("height") != "10.0"]
    numbers = [number for _, good, bad in results()["days"].rows for number in (good, bad) if number]
    assert len(boxes) == len(numbers)
    heights = sorted(float(each.get("height", 0)) for each in boxes)
    assert heights[-1] / heights[0] == pytest.approx(max(numbers) / min(numbers), rel=0.02)


@pytest.mark.parametrize("kind", ["bar", "stacked", "line"])
@pytest.mark.parametrize(("values", "said"), [([0, 0], True), ([0, 1], False), ([None, None], False)])
def test_a_chart_of_zeros_says_so(kind: str, values: list[int | None], said: bool) -> None:
    layout = {
        "direction": "report",
        "title": "Zeros",
        "queries": [{"name": "found", "sql": "SELECT 1"}],
        "blocks": [{"kind": "chart", "chart": kind, "query": "found", "category": "day", "values": ["number"]}],
    }
    found = Result({"day": "text", "number": "integer"}, [(f"{place}", value) for place, value in enumerate(values)])
    (svg,) = re.findall(r"<svg.*?</svg>", html_of(document(layout, {"found": found})), re.DOTALL)
    assert ("All values are 0." in svg) is said


# -- Excel -----------------------------------------------------------------------------------------------------------


def test_excel_has_a_sheet_a_table_with_real_types(tmp_path: Path) -> None:
    write_excel(document(), tmp_path / "r.xlsx")
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    assert book.sheetnames == ["Report", "Runs per day", "Prices"]
    sheet = book["Prices"]
    assert [cell.value for cell in sheet[1]] == ["Article", "Price", "Change", "When", "Size", "Active"]
    first, second = [cell.value for cell in sheet[2]], [cell.value for cell in sheet[3]]
    assert first[:3] == ["A1", 1234.5, 0.0345]
    assert first[3:] == [dt.datetime(2026, 11, 17, 8, 5), 1500, True]  # noqa: DTZ001 - as the views have it
    assert second[1] == -7.25
    assert sheet["B2"].number_format == "#,##0.00"
    assert sheet["C2"].number_format == "+0.0%;-0.0%;0.0%"
    assert sheet.freeze_panes == "A2"
    assert sheet.max_row == 8, "all five rows, and the totals: the limit is for reading"
    assert [cell.value for cell in sheet[8]][:2] == [5, 1230.255]
    book.close()
    with zipfile.ZipFile(tmp_path / "r.xlsx") as packed:
        assert "xl/charts/chart1.xml" in packed.namelist()


def test_key_figures_are_numbers_in_excel(tmp_path: Path) -> None:
    formats = [("share", "0.0%"), ("took", "duration"), ("when", None), ("absent", None)]
    columns = [{"column": name, **({"format": said} if said else {})} for name, said in formats]
    layout = {
        "direction": "report",
        "title": "Figures",
        "queries": [{"name": "found", "sql": "SELECT 1"}],
        "blocks": [{"kind": "figures", "query": "found", "columns": columns}],
    }
    kinds: dict[str, Any] = {"share": "decimal", "took": "integer", "when": "date", "absent": "integer"}
    found = Result(kinds, [(Decimal("0.925"), 125, dt.date(2026, 11, 17), None)])
    write_excel(document(layout, {"found": found}), tmp_path / "r.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx")["Report"]
    cells = [sheet.cell(row, 2) for row in range(5, 9)]
    assert [cell.value for cell in cells] == [0.925, "2 min 5 s", dt.datetime(2026, 11, 17), "-"]  # noqa: DTZ001
    assert cells[0].number_format == "0.0%"


def test_excel_keeps_what_it_would_round_or_cannot_have(tmp_path: Path) -> None:
    rows = [(12345678901234567, float("nan")), (5, 1.5)]
    write_excel(one_table(rows, {"big": "integer", "odd": "decimal"}), tmp_path / "r.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx")["found"]
    assert [cell.value for cell in sheet[2]] == ["12345678901234567", "not a number"]
    assert [cell.value for cell in sheet[3]] == [5, 1.5]


# -- PDF -------------------------------------------------------------------------------------------------------------


def test_pdf_has_its_letters_heads_and_page_numbers(tmp_path: Path) -> None:
    rows = [(f"Zażółć gęślą jaźń {number}", number) for number in range(200)]
    made = one_table(rows, {"word": "text", "size": "integer"}, title="Größe in ĳs")
    write_pdf(made, tmp_path / "r.pdf")
    reader = PdfReader(tmp_path / "r.pdf")
    pages = [page.extract_text() for page in reader.pages]
    assert len(pages) > 2
    for number, text in enumerate(pages, start=1):
        assert f"Page {number}" in text
        assert "Word" in text, "the head of the table stands on every page"
    together = "".join(pages)
    assert all(f"Zażółć gęślą jaźń {number}" in together for number in range(200))
    assert "Größe in ĳs" in together
    assert b"Roboto" in (tmp_path / "r.pdf").read_bytes(), "the font is in the file"


def test_pdf_tells_what_its_font_lacks_by_number(tmp_path: Path) -> None:
    assert "a -> \\u6f22" in pdf_text(one_table([("a → 漢",)], {"x": "text"}), tmp_path)


def test_a_value_longer_than_a_page_finds_room(tmp_path: Path) -> None:
    rows = [("x" * 4000, "word " * 800), ("y", "z")]
    text = pdf_text(one_table(rows, {"a": "text", "b": "text"}), tmp_path)
    assert "…" in text


def test_many_columns_lie_on_their_side(tmp_path: Path) -> None:
    columns: dict[str, Any] = {f"a_long_name_{number}": "text" for number in range(12)}
    write_pdf(one_table([tuple("some words here" for _ in columns)], columns), tmp_path / "r.pdf")
    box = PdfReader(tmp_path / "r.pdf").pages[0].mediabox
    assert box.width > box.height


# -- hostile values --------------------------------------------------------------------------------------------------


def hostile() -> Document:
    rows = [(text, number) for number, text in enumerate(HOSTILE)]
    layout = {
        **LAYOUT,
        "title": f"Title {HOSTILE[0]}",
        "queries": [{"name": "found", "sql": "SELECT 1"}],
        "blocks": [
            {"kind": "text", "text": "First: {found.value}"},
            {"kind": "chart", "query": "found", "title": HOSTILE[1], "category": "value", "values": ["number"]},
            {"kind": "table", "query": "found", "group_by": "value", "columns": [
                {"column": "value", "title": HOSTILE[0]}, {"column": "number", "total": "sum"}]},
        ],
    }  # fmt: skip
    return document(layout, {"found": Result({"value": "text", "number": "integer"}, rows)})


def test_hostile_values_are_text_in_html() -> None:
    text = html_of(hostile())
    tags = Tags(text)
    assert not {"script", "img"} & {tag for tag, _ in tags.seen}
    assert not any(key.startswith("on") for _, attributes in tags.seen for key in attributes)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", text)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_hostile_values_are_text_on_a_terminal() -> None:
    text = as_text(hostile())
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", text)
    assert "\\x1b[31mred" in text


def test_hostile_values_are_no_formulas_in_excel(tmp_path: Path) -> None:
    write_excel(hostile(), tmp_path / "r.xlsx")
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    cells = [cell for sheet in book for row in sheet for cell in row if cell.value is not None]
    assert cells
    assert all(cell.data_type in ("s", "n") for cell in cells), "no formula"
    assert not any(cell.hyperlink for cell in cells)
    values = {cell.value for cell in cells}
    assert clean(HOSTILE[2]) in values, "what looks like a formula is there as the text that it is"
    assert "-12.50" in values
    with zipfile.ZipFile(tmp_path / "r.xlsx") as packed:
        sheets = b"".join(packed.read(name) for name in packed.namelist() if name.startswith("xl/worksheets/sheet"))
    assert b"<f>" not in sheets


def test_hostile_values_are_no_formulas_in_csv(tmp_path: Path) -> None:
    write_csv(hostile(), tmp_path / "r.csv")
    text = (tmp_path / "r.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    values = [row[0] for row in rows[1:]]
    assert len(values) == len(HOSTILE)
    assert values[2:6] == [f"'{clean(HOSTILE[number])}" for number in range(2, 6)]
    assert values[9:11] == ["-12.50", "+31 20 123 45 67"], "signed numbers and telephone numbers are unharmed"
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", text)


def test_a_negative_number_stays_a_number_in_csv(tmp_path: Path) -> None:
    write_csv(one_table([(Decimal("-12.50"), -3)], {"a": "decimal", "b": "integer"}), tmp_path / "r.csv")
    assert (tmp_path / "r.csv").read_bytes().decode("utf-8-sig").splitlines()[1] == "-12.5,-3"


def test_hostile_values_are_text_in_pdf(tmp_path: Path) -> None:
    text = pdf_text(hostile(), tmp_path)
    assert "<script>alert(1)</script>" in text
    assert b"/URI" not in (tmp_path / "r.pdf").read_bytes()


# -- nothing, and a great deal ---------------------------------------------------------------------------------------


def test_no_rows_at_all(tmp_path: Path) -> None:
    empty = {name: Result(found.columns) for name, found in results().items()}
    made = document(found=empty)
    assert made.empty
    assert "Nothing to tell." in as_text(made)
    assert "0 articles, - filled" in as_text(made)
    Tags(html_of(made))
    assert "Nothing to tell." in pdf_text(made, tmp_path)
    write_excel(made, tmp_path / "r.xlsx")
    assert openpyxl.load_workbook(tmp_path / "r.xlsx").sheetnames == ["Report"]
    write_csv(made, tmp_path / "r.zip")
    with zipfile.ZipFile(tmp_path / "r.zip") as packed:
        assert packed.read("articles.csv").decode("utf-8-sig").splitlines() == ["Article,Price,Change,When,Size,Active"]


def test_a_hundred_thousand_rows(tmp_path: Path) -> None:
    rows = [(f"A{number:06}", number, Decimal(number) / 4) for number in range(100_000)]
    columns: dict[str, Any] = {"number": "text", "size": "integer", "price": "decimal"}
    block = {"columns": [{"column": "number"}, {"column": "size", "total": "sum"}, {"column": "price"}]}
    made = one_table(rows, columns, **block)
    begun = time.monotonic()
    text = html_of(made)
    assert text.count("<tr") == 2000 + 2
    assert "… and 98,000 more." in text
    assert f'<td class="right whole">{sum(range(100_000))}</td>' in text, "totals are of all rows"
    write_csv(made, tmp_path / "r.csv")
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        assert sum(1 for _ in csv.reader(file)) == 100_001
    write_excel(made, tmp_path / "r.xlsx")
    with zipfile.ZipFile(tmp_path / "r.xlsx") as packed:
        assert packed.read("xl/worksheets/sheet2.xml").count(b"<row ") == 100_002
    assert time.monotonic() - begun < 60


def test_a_stop_ends_the_writing(tmp_path: Path) -> None:
    made = one_table([(number,) for number in range(5000)], {"a": "integer"})

    def stopped() -> None:
        raise StopRequested

    for write in (write_csv, write_excel, write_pdf):
        with pytest.raises(StopRequested):
            write(made, tmp_path / "r", stopped)


def test_rows_that_were_cut_are_told() -> None:
    layout = {**LAYOUT, "blocks": [{"kind": "table", "query": "articles", "limit": 2}]}
    found = results()["articles"]
    made = document(layout, {**results(), "articles": Result(found.columns, found.rows, cut=True)})
    assert made.cut
    assert "… and more than 3 more; totals are of the first 5 rows." in as_text(made)


def test_a_mail_shows_fewer_rows_and_all_totals() -> None:
    made = one_table([(number,) for number in range(500)], {"a": "integer"}, columns=[{"column": "a", "total": "sum"}])
    (table,) = made.shortened(100).tables
    assert sum(row.level == "row" for row in table.rows) == 100
    assert table.rows[-1].level == "total"
    assert table.more == 400
