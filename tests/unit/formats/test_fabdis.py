"""FAB-DIS workbooks."""

from __future__ import annotations

import csv
import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from support.format_desk import FormatDesk

from core.errors import DataError
from core.exchange.formats.fabdis.columns import COLUMNS, COLUMNS_2, sheet_of
from core.exchange.formats.fabdis.reading import _Reader

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FORMAT = "fab-dis"
"""Of the desk."""

TITLE: list[list[Any]] = [["DECSEP", "LANG", "DEV", "FABRICANT", "NRB01", "NRC05"], [",", "FR", "EUR", "Usine", "", ""]]
NAMES: list[Any] = ["MARQUE", "REFCIALE", "GTIN", "LIBELLE80", "DATETARIF", "TARIF", "QT", "UB"]


@pytest.fixture
def desk(tmp_path: Path) -> FormatDesk:
    """With an engine that has French."""
    return FormatDesk("fab-dis", tmp_path, languages=("fr", "nl"))


def book(path: Path, **sheets: Sequence[Any]) -> Path:
    """Write a workbook with these sheets, each a list of rows."""
    made = Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    made.save(path)
    return path


def test_the_columns_are_those_of_the_sources(shared_formats: Path) -> None:
    for name, known in (("columns-3.0.csv", COLUMNS), ("columns-2.x-known.csv", COLUMNS_2)):
        with (shared_formats / "fabdis" / name).open() as file:
            rows = list(csv.DictReader(file))
        found: dict[str, list[str]] = {}
        for row in rows:
            found.setdefault(row["sheet"], []).append(row["column"])
        assert {sheet: list(columns) for sheet, columns in known.items()} == found


def test_the_sample(desk: FormatDesk, shared_formats: Path) -> None:
    found = desk.read(shared_formats / "fabdis/samples-synthetic/synthetic-fabdis-3.0.xlsx")
    assert not found.rejects
    assert not found.content.warnings
    assert {name: len(rows) for name, rows in found.records.items()} == {
        "article": 3, "packaging": 2, "article_class": 1, "article_feature": 3, "relation": 0, "attachment": 2
    }  # fmt: skip
    first, second, _ = found.records["article"]
    assert first["number"] == first["manufacturer_number"] == first["alternative_number"] == "0012345"
    assert (first["gtin"], first["brand"], first["manufacturer"]) == (
        "3414970351821",
        "MARQUE A",
        "FABRICANT SYNTHETIQUE",
    )
    assert (first["gross_price"], first["price_unit_quantity"], first["price_unit"]) == (Decimal("102.5"), 1, "EA")
    assert (first["price_valid_from"], second["price_valid_from"]) == (dt.date(2030, 2, 1), dt.date(2030, 2, 1))
    assert first["description.fr"] == "Disjoncteur différentiel 1P+N C16A 30mA"
    assert first["short_name.fr"] == "Disjoncteur 1P+N C16"
    assert (first["currency"], first["customs_code"], first["vat_rate"]) == ("EUR", "85362010", Decimal(20))
    assert sum(row.get("gross_price", 0) for row in found.records["article"]) == Decimal("557.5")
    assert json.loads(first["extension"]) == {"B01_COMMERCE": {"QMV": "1", "ST": "O"}}
    assert found.deleted["article"] == [{"number": "0012344"}]
    whole, box = found.records["packaging"]
    assert (whole["sequence"], whole["type"], whole["weight"], whole["height"]) == (
        1, "PRODUIT", Decimal("0.213"), Decimal(85)
    )  # fmt: skip
    assert (box["sequence"], box["gtin"], box["quantity"]) == (2, "13414970351828", 6)
    features = found.rows["article_feature"]
    assert [(row["system"], row["feature"], row["value"]) for row in features] == [
        ("ETIM", "EF000227", "16"),
        ("ETIM", "EF000003", "EV000242"),
        ("FAB-DIS B04_REGLEMENTAIRE", "DEEE", "0,12"),
    ]
    photo, sheet = found.rows["attachment"]
    assert (photo["record"], photo["file"], photo["type"]) == (
        "0012345", "https://example.invalid/p/0012345.jpg", "PHOTO"
    )  # fmt: skip
    assert sheet["language"] == "fr"
    facts = found.content.facts
    assert (facts.title, facts.complete, facts.announced, facts.languages) == ("FAB-DIS 3.0", True, 3, ("FR",))
    assert (facts.made_at, facts.valid_from) == ("2030-01-07", "2030-02-01")


def test_a_workbook_is_all_there_is(desk: FormatDesk, tmp_path: Path) -> None:
    found = desk.read(book(tmp_path / "f.xlsx", B00_CARTOUCHE=TITLE, B01_COMMERCE=[NAMES, ["A", "1"]]))
    assert {part.entity.name: (part.scope, part.owners) for part in found.content.parts} == {
        "article": ("all", ()),
        "packaging": ("owners", ("article",)),
        "article_class": ("owners", ("article",)),
        "article_feature": ("owners", ("article",)),
        "relation": ("owners", ("article",)),
        "attachment": ("owners", ("entity", "record")),
    }


def test_references_are_texts_whatever_they_look_like(desk: FormatDesk, tmp_path: Path) -> None:
    rows: list[Any] = [["A", "0012"], ["A", "1E5"], ["A", 100000], ["A", 3414970351821, 3414970351821], ["A", "12.50"]]
    found = desk.read(book(tmp_path / "f.xlsx", B00_CARTOUCHE=TITLE, B01_COMMERCE=[NAMES, *rows]))
    assert [row["number"] for row in found.rows["article"]] == ["0012", "1E5", "100000", "3414970351821", "12.50"]
    assert found.rows["article"][3]["gtin"] == "3414970351821"


@pytest.mark.parametrize(
    ("sign", "cell", "value"),
    [
        (",", "1 234,50", "1234.5"),
        (",", "1\u202f234,50", "1234.5"),
        (",", 12.5, "12.5"),
        (".", "12.50", "12.5"),
        ("", "12,50", "12.5"),
        ("virgule", "12,50", "12.5"),
        (".", "12,50", ""),
        (",", "1.234,50", ""),
        (",", "douze", ""),
        (",", "#N/A", ""),
    ],
)
def test_numbers_have_the_sign_that_the_workbook_says(
    desk: FormatDesk, tmp_path: Path, sign: str, cell: object, value: str
) -> None:
    title: list[Any] = [["DECSEP"], [sign or None]] if sign else [["LANG"], ["FR"]]
    rows: list[Any] = [NAMES, ["A", "1", None, None, None, cell]]
    found = desk.read(book(tmp_path / "f.xlsx", B00_CARTOUCHE=title, B01_COMMERCE=rows))
    if value:
        assert found.rows["article"][0]["gross_price"] == value
    else:
        (reject,) = found.rejects
        assert (reject.line, reject.field, reject.value, reject.place) == (2, "TARIF", str(cell), "B01_COMMERCE")


@pytest.mark.parametrize(
    ("cell", "date"),
    [("01/02/2030", "2030-02-01"), (dt.date(2030, 2, 1), "2030-02-01"), (47515, "2030-02-01"), ("1.2.30", "")],
)
def test_dates_are_those_of_excel_or_of_france(desk: FormatDesk, tmp_path: Path, cell: object, date: str) -> None:
    rows: list[Any] = [NAMES, ["A", "1", None, None, cell]]
    found = desk.read(book(tmp_path / "f.xlsx", B01_COMMERCE=rows))
    if date:
        assert found.rows["article"][0]["price_valid_from"] == date
    else:
        assert [reject.field for reject in found.rejects] == ["DATETARIF"]


def test_columns_are_found_by_their_names_first_and_their_places_second(desk: FormatDesk, tmp_path: Path) -> None:
    moved = [["REFCIALE", "LIBELLE80\nlibellé ", " marque "], ["1", "Un", "A"]]
    found = desk.read(book(tmp_path / "a.xlsx", B01_COMMERCE=moved))
    (row,) = found.rows["article"]
    assert (row["number"], row["description.fr"], row["brand"]) == ("1", "Un", "A")
    header = list(COLUMNS["B01_COMMERCE"])
    header[7:12] = ["Libellé 40 car.", "?", "LIBELLE240", "DATETARIF", "Prix"]
    cells = ["A", "1", *[None] * 5, "court", "long", "longest", "01/01/2026", "9,5"]
    (row,) = desk.read(book(tmp_path / "b.xlsx", B01_COMMERCE=[header, cells])).rows["article"]
    assert (row["short_name.fr"], row["description.fr"], row["gross_price"]) == ("court", "long", "9.5")


def test_sheets_that_go_on_in_another_are_one(desk: FormatDesk, tmp_path: Path) -> None:
    extension = ["MARQUE", "REFCIALE", "ETYP", "EFLAG", "ENUM"]
    found = desk.read(
        book(
            tmp_path / "f.xlsx",
            b01_commerce=[NAMES, ["A", "1"]],
            B01_COMMERCE2=[NAMES, ["A", "2"]],
            C01_EXTENSION=[extension, ["A", "1", "NONSEUL", "O"]],
            C01_EXTENSION2=[extension, ["A", "1", "NONSEUL", "N"]],
            F01_PYRAMIDE=[["NIV"], ["1"]],
            Notes=[["x"]],
        ),
    )
    assert [row["number"] for row in found.rows["article"]] == ["1", "2"]
    rows = found.rows["article_feature"]
    assert [(row["feature"], row["occurrence"]) for row in rows] == [("NONSEUL", "1"), ("NONSEUL", "2")]
    assert json.loads(rows[1]["extension"]) == {"C01_EXTENSION": {"EFLAG": "N"}}
    assert found.content.warnings == ["F01_PYRAMIDE and Notes are sheets present, not read."]


def test_links_go_by_reference(desk: FormatDesk, tmp_path: Path) -> None:
    found = desk.read(
        book(
            tmp_path / "f.xlsx",
            B01_COMMERCE=[NAMES, ["A", "1"]],
            C02_CORRESPONDANCE=[COLUMNS["C02_CORRESPONDANCE"], ["A", "1", "ACC", 1, 2, "9", "B"]],
            C06_SUBSTITUTION=[COLUMNS["C06_SUBSTITUTION"], ["A", "0", "1", "A", "T"], ["A", "00"]],
        ),
    )
    accessory, old = found.rows["relation"]
    assert (accessory["article"], accessory["type"], accessory["target"], accessory["target_manufacturer"]) == (
        "1", "ACC", "9", "B"
    )  # fmt: skip
    assert (old["article"], old["type"], old["target"]) == ("1", "SUBSTITUTION", "0")
    assert found.content.warnings == ["Rows of C06_SUBSTITUTION without a new reference were not read: 1 time."]


def test_media_without_an_address_are_told(desk: FormatDesk, tmp_path: Path) -> None:
    media: list[Any] = [["MARQUE", "REFCIALE", "MTYP", "MTEXTE", "MURL"], ["A", "1", "ARGUC", "Très bien", None]]
    found = desk.read(book(tmp_path / "f.xlsx", B01_COMMERCE=[NAMES, ["A", "1"]], B03_MEDIA=media))
    assert found.content.warnings == ["Media without an address or a name, such as texts, were not read: 1 time."]


def test_a_count_that_is_wrong_is_warned_of(desk: FormatDesk, tmp_path: Path) -> None:
    title = [TITLE[0], [",", "FR", "EUR", "Usine", 5, 2]]
    found = desk.read(book(tmp_path / "f.xlsx", B00_CARTOUCHE=title, B01_COMMERCE=[NAMES, ["A", "1"]]))
    assert found.content.warnings == [
        "B00_CARTOUCHE announces 5 articles (NRB01), but B01_COMMERCE has 1.",
        "B00_CARTOUCHE announces 2 discontinued (NRC05), but C05_ARRET has 0.",
    ]


def test_texts_in_a_language_that_the_engine_lacks_are_told(shared_desk: FormatDesk, tmp_path: Path) -> None:
    rows: list[Any] = [NAMES, ["A", "1", None, "Bonjour"]]
    found = shared_desk.read(book(tmp_path / "f.xlsx", B00_CARTOUCHE=TITLE, B01_COMMERCE=rows))
    assert found.rows["article"][0]["number"] == "1"
    assert [warning for warning in found.warnings if "FR" in warning]


def test_2_x_is_read_as_far_as_it_is_known(desk: FormatDesk, tmp_path: Path) -> None:
    columns = ["FABRIQUANT", "MARQUE", "REFCIALE", "GTIN13", "LIBELLE30", "TARIF", "DEV", "HAUTP", "HAUTPU", "REFNEW"]
    path = book(
        tmp_path / "old.xlsx",
        **{
            "01_COMMERCE": [columns, ["Usine", "A", "1", "3414970351821", "Un", "9,50", "EUR", "1,5", "CMT", "2"]],
            "03_MEDIA": [["REFCIALE", "TYPM", "URL"], ["1", "PHOTO", "https://example.invalid/1.jpg"]],
        },
    )
    found = desk.read(path)
    assert found.content.facts.title == "FAB-DIS 2.x"
    (row,) = found.rows["article"]
    assert (row["manufacturer"], row["gtin"], row["short_name.fr"], row["gross_price"], row["height"]) == (
        "Usine", "3414970351821", "Un", "9.5", "15"
    )  # fmt: skip
    assert (row["currency"], row["successor_number"]) == ("EUR", "2")
    assert [row["type"] for row in found.rows["attachment"]] == ["PHOTO"]


def test_rejected_rows_can_be_mended(desk: FormatDesk, tmp_path: Path) -> None:
    rows: list[Any] = [NAMES, ["A", "1", None, "Un", None, "x"], ["A", "002", None, "Deux", None, "2,5"]]
    path = book(tmp_path / "f.xlsx", B00_CARTOUCHE=TITLE, B01_COMMERCE=rows)
    found = desk.read(path)
    again = desk.read(desk.rewrite(path, found.rejected_items()))
    assert [(reject.line, reject.value) for reject in again.rejects] == [(2, "x")]
    assert not again.records["article"]
    assert again.content.facts.supplier == "Usine"


def test_a_look_counts_rows(desk: FormatDesk, tmp_path: Path) -> None:
    many = [NAMES, *(["A", str(number), None, None, None, "x" if number == 3 else "1"] for number in range(600))]
    found = desk.inspect(book(tmp_path / "f.xlsx", B00_CARTOUCHE=TITLE, B01_COMMERCE=many, Other=[["x"]]))
    assert found.counts == {"B00_CARTOUCHE": "1", "B01_COMMERCE": "500 or more"}
    assert list(found.problems) == [
        "B01_COMMERCE, row 5, TARIF: is no decimal number.",
        "Other is none of its sheets: not read.",
    ]


def test_what_is_no_fab_dis_is_refused(desk: FormatDesk, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no sheet B01_COMMERCE"):
        desk.read(book(tmp_path / "f.xlsx", Sheet=[["x"]]))
    with pytest.raises(DataError, match="is no Excel workbook"):
        desk.read(desk.file("x.xlsx", b"a;b"))


@given(name=st.from_regex(r"\s?[bcf]?[0-9]{2}_[a-z]{4,12}[0-9]{0,2}\s?", fullmatch=True))
def test_a_sheet_is_known_by_its_name_in_any_spelling(name: str) -> None:
    assert sheet_of(name) == name.strip().upper().rstrip("0123456789")


@given(text=st.text(st.sampled_from("0123456789,. \u00a0-"), max_size=12), sign=st.sampled_from(["", ",", "."]))
def test_a_number_is_what_it_says_or_none(shared_desk: FormatDesk, text: str, sign: str) -> None:
    from core.exchange.codes.unfit import Unfit

    reader = _Reader(shared_desk.reading(shared_desk.directory), [])
    reader.title.cells = {"DECSEP": sign}
    plain = text.replace(" ", "").replace("\u00a0", "")
    try:
        found = Decimal(reader._number(text))
    except Unfit:
        return
    assert found == Decimal(plain.replace(",", "."))
    assert not ("," in plain and sign == ".")
