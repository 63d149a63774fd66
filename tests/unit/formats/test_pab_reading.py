from __future__ import annotations

import csv
import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from support.format_desk import FormatDesk
from support.pab_files import GLN, article, header, old_article, price, product, surcharge, zip_of

from core.errors import DataError
from core.exchange.formats.pab.records import ARTLEV_1, RECORDS

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = "pab"
"""Of the desk."""


def sample(shared: Path, target: Path) -> Path:
    found = {file.name: file.read_bytes() for file in sorted((shared / "pab/samples-synthetic").iterdir())}
    return zip_of(target, found)


def test_the_tables_are_those_of_the_sources(shared_formats: Path) -> None:
    with (shared_formats / "pab/layout-2.03.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(len(record.fixed.fields) for record in RECORDS.values()) == 102
    for row in rows:
        record = RECORDS[row["record"].casefold()]
        field = next(field for field in record.fixed.fields if field.name == row["key"])
        assert (field.first, field.last) == (int(row["start"]), int(row["end"])), row
        assert (field.name in record.mandatory) == (row["mandatory"] == "M"), row
        if row["format"].startswith("D "):
            assert record.numbers[field.name] == tuple(map(int, row["format"].removeprefix("D ").split("."))), row
    assert {name: record.width for name, record in RECORDS.items()} == {
        "hartlev": 74, "artlev": 623, "artpr2": 128, "arttoko": 136, "product": 846
    }  # fmt: skip


def test_the_table_of_pab_1_is_that_of_the_source(shared_formats: Path) -> None:
    with (shared_formats / "pab/layout-1-artlev.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["name_nl"] != "CR LF"]
    assert [(field.first, field.last) for field in ARTLEV_1.fixed.fields] == [
        (int(row["start"]), int(row["end"])) for row in rows
    ]


def test_a_set_with_all_that_is_known(desk: FormatDesk, shared_formats: Path, tmp_path: Path) -> None:
    found = desk.read(sample(shared_formats, tmp_path / "pab.zip"))

    facts = found.content.facts
    assert (facts.title, facts.kind, facts.complete) == ("PAB 2.03", "a complete set", True)
    assert (facts.supplier_gln, facts.buyer_gln) == ("8713450010018", "8714230000076")
    assert (facts.made_at, facts.currency, facts.more["message number"]) == ("2025-04-01", "EUR", "MSG00007")
    assert not found.rejects
    assert {name: len(rows) for name, rows in found.records.items()} == {
        "product": 3, "article": 4, "price": 2, "surcharge": 1
    }  # fmt: skip
    articles = found.records["article"]
    assert [row["number"] for row in articles] == ["100001", "100002", "100003", "100004"]
    assert sum(row["gross_price"] for row in articles) == Decimal("61.885")
    assert sum(row["net_price"] for row in articles) == Decimal("37.131")
    assert articles[0] == {
        "number": "100001",
        "supplier_gln": "8713450010018",
        "gtin": "08712345007003",
        "valid_from": dt.date(2025, 4, 1),
        "orderable": True,
        "processable": True,
        "use_unit_quantity": Decimal(100),
        "use_unit": "MTR",
        "manufacturer_gln": "8713450010018",
        "manufacturer_number": "P100001",
        "product": "P100001",
        "package_type": "CT",
        "order_unit": "C62",
        "order_quantity_min": Decimal(1),
        "order_quantity_step": Decimal(1),
        "delivery_time": Decimal(3),
        "delivery_time_unit": "DAY",
        "price_valid_from": dt.date(2025, 4, 1),
        "vat_code": "S",
        "vat_rate": Decimal(21),
        "follow_manufacturer_price": False,
        "discount_group": "KABEL01",
        "gross_price": Decimal("45.5"),
        "price_unit_quantity": Decimal(100),
        "price_unit": "MTR",
        "net_price": Decimal("27.3"),
        "price_unit_factor": Decimal(1),
        "currency": "EUR",
        "weight": Decimal("1.25"),
        "description.nl": "Installatiedraad VD 2,5 mm² bruin, rol 100 m",
    }
    assert (articles[2]["status"], articles[2]["orderable"], articles[2]["successor_number"]) == (
        "94E",
        False,
        "100004",
    )
    assert articles[1]["description.nl"].endswith("crème")
    price_row = found.records["price"][0]
    assert (price_row["valid_from"], price_row["gross_price"]) == (dt.date(2025, 7, 1), Decimal("47.32"))
    assert (price_row["price_list"], price_row["quantity_from"]) == ("list", Decimal(1))
    assert json.loads(price_row["extension"]) == {"FollowManufacturerPriceIndication": "NEE"}
    surcharge_row = found.records["surcharge"][0]
    assert (surcharge_row["type"], surcharge_row["sequence"]) == ("QD", 1)
    assert surcharge_row["description.nl"] == "Staffelkorting vanaf 100"


def test_each_file_of_a_set_can_come_by_itself(desk: FormatDesk, shared_formats: Path) -> None:
    counts = {}
    for file in sorted((shared_formats / "pab/samples-synthetic").iterdir()):
        found = desk.read(file)
        counts[file.name] = {name: len(rows) for name, rows in found.records.items()}
    assert counts == {
        "ArtLev.txt": {"article": 4},
        "ArtPr2.txt": {"price": 2},
        "ArtToKo.txt": {"surcharge": 1},
        "HArtLev.txt": {},
        "Product.txt": {"product": 3},
    }


def test_what_a_set_replaces_follows_from_its_header(desk: FormatDesk, tmp_path: Path) -> None:
    members = {"ARTLEV.TXT": article(), "artpr2.txt": price(), "ArtToKo.txt": surcharge()}
    for mutation, delta, scopes in (
        ("9", True, ["all", "owners", "owners"]),
        ("4", False, ["listed", "listed", "listed"]),
        ("", True, ["listed", "listed", "listed"]),
        ("", False, ["all", "owners", "owners"]),
    ):
        source = zip_of(tmp_path / "set.zip", members | ({"hartlev.txt": header(mutation)} if mutation else {}))
        found = desk.read(source, delta=delta)
        assert [part.scope for part in found.content.parts] == scopes
        assert found.content.facts.complete == {"9": True, "4": False, "": None}[mutation]


def test_a_record_that_the_file_deletes_is_gone_here(desk: FormatDesk, tmp_path: Path) -> None:
    source = zip_of(
        tmp_path / "set.zip",
        {
            "HArtLev.txt": header("4"),
            "ArtLev.txt": article("1") + article("2", "2") + article("3", "3"),
            "ArtPr2.txt": price("3", "2", StartDatePriceInformation="20260101"),
            "Product.txt": product("P1", "2"),
        },
    )
    found = desk.read(source)
    assert [row["number"] for row in found.records["article"]] == ["1", "3"]
    assert found.deleted["article"] == [{"number": "2"}]
    assert found.deleted["product"] == [{"number": "P1"}]
    assert [(row["article"], row["valid_from"]) for row in found.deleted["price"]] == [("3", "2026-01-01")]


def test_files_whose_fields_are_not_known_are_named_and_not_read(desk: FormatDesk, tmp_path: Path) -> None:
    source = zip_of(
        tmp_path / "set.zip",
        {"artlev.txt": article(), "HProduct.txt": b"?", "PRODSPEC.TXT": b"?", "Leesmij.pdf": b"%PDF", "x/": b""},
    )
    found = desk.read(source)
    assert found.content.warnings == [
        "HProduct.txt and PRODSPEC.TXT are present, not read: where their fields stand is not published.",
        "Leesmij.pdf is no file of PAB: not read.",
    ]
    assert found.content.facts.more["present, not read"] == "HProduct.txt, PRODSPEC.TXT"


def test_products_are_referred_to_where_the_set_has_them(desk: FormatDesk, tmp_path: Path) -> None:
    articles = article(Productcode="P9")
    alone = desk.read(desk.file("ArtLev.txt", articles))
    assert "product" not in alone.part("article").raw.fields
    together = desk.read(zip_of(tmp_path / "set.zip", {"ArtLev.txt": articles, "Product.txt": product("P1")}))
    assert together.records["article"][0]["product"] == "P9"
    assert together.part("article").references == {"product": "stub"}
    assert [part.entity.name for part in together.content.parts] == ["product", "article"]


def test_numbers_are_read_however_they_are_padded(desk: FormatDesk) -> None:
    content = b"".join(
        article(str(number), GrossPriceInOrderUnit=text)
        for number, text in enumerate(
            ("0000002405.0000", "2405.0000", "     2405.0000", "2405", "00000000000.0000", "")
        )
    )
    found = desk.read(desk.file("ArtLev.txt", content))
    assert [row.get("gross_price") for row in found.records["article"]] == [
        *[Decimal(2405)] * 4, Decimal(0), None
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        (
            {"GrossPriceInOrderUnit": "12,34"},
            "GrossPriceInOrderUnit",
            "is no decimal number, and a comma is no decimal",
        ),
        ({"StartDatePriceInformation": "20251301"}, "StartDatePriceInformation", "is no day of the calendar"),
        ({"GTIN": "8712345x"}, "GTIN", "is no GTIN"),
        ({"SupplierGLN": "8713"}, "SupplierGLN", "is no GLN, which has 13 digits"),
        ({"OrderableIndicator": "JA"}, "OrderableIndicator", "is none of TU, NO"),
        ({"PackagingWeight": "1.000", "PackagingWeightMeasureUnitCode": "KG"}, "PackagingWeight", "has KG as its unit"),
        ({"PackagingWeight": "1.000"}, "PackagingWeight", "has nothing as its unit of weight"),
        ({"DeliveryTime": "1.5"}, "DeliveryTime", "is no whole number"),
        ({"MutationCode": "7"}, "MutationCode", "is none of 1 (added), 2 (deleted) and 3 (changed)"),
        ({"MutationCode": ""}, "MutationCode", "is none of 1 (added), 2 (deleted) and 3 (changed)"),
    ],
)
def test_a_record_that_cannot_be_read_is_told_with_its_place(
    desk: FormatDesk, tmp_path: Path, cells: dict[str, str], column: str, reason: str
) -> None:
    from core.exchange.formats.pab.records import ARTLEV

    known = ARTLEV.fixed.values(article("2")[:-2].decode("latin-1"))
    bad = ARTLEV.fixed.line(known | cells).encode("latin-1") + b"\r\n"
    found = desk.read(zip_of(tmp_path / "set.zip", {"ArtLev.txt": article("1") + bad + article("3")}))
    assert [row["number"] for row in found.records["article"]] == ["1", "3"]
    (reject,) = found.rejects
    assert (reject.entity, reject.line, reject.place, reject.field) == ("article", 2, "ArtLev.txt", column)
    assert reject.reason.startswith(reason)
    assert reject.value == next(iter(cells.values()))


def test_a_line_that_is_too_long_is_rejected_and_a_trimmed_one_is_read(desk: FormatDesk) -> None:
    full = article("1", Description="Draad")
    content = full.rstrip() + b"\n" + full.rstrip(b"\r\n") + b"   \r\n" + full.rstrip(b"\r\n").ljust(623) + b" x\r\n"
    found = desk.read(desk.file("ArtLev.txt", content))
    assert [row["description.nl"] for row in found.records["article"]] == ["Draad", "Draad"]
    assert [(reject.line, reject.reason) for reject in found.rejects] == [
        (3, "is longer than the 623 characters of a line: 625")
    ]


def test_a_gtin_or_a_date_of_zeros_is_none(desk: FormatDesk) -> None:
    content = article(GTIN="0" * 14, StartDatePriceInformation="0" * 8, PackagingWeight="000000000000000.000")
    (row,) = desk.read(desk.file("ArtLev.txt", content)).records["article"]
    assert not {"gtin", "price_valid_from", "weight"} & row.keys()


def test_units_of_weight_and_size_become_ours(desk: FormatDesk) -> None:
    content = article(
        PackagingWeight="1250.000",
        PackagingWeightMeasureUnitCode="GRM",
        PackagingDepth="1.500",
        PackagingWidth="2.000",
        PackagingSizeMeasureUnitCode="CMT",
        OrderUnitMeasureCode="ST",
    )
    found = desk.read(desk.file("ArtLev.txt", content))
    (row,) = found.records["article"]
    assert (row["weight"], row["length"], row["width"]) == (Decimal("1.25"), Decimal(15), Decimal(20))
    assert row["order_unit"] == "ST"
    assert [each for each in found.content.warnings if "ST" in each and "sheet" in each]


def test_pab_1_has_no_prices_and_codes_of_its_own(desk: FormatDesk) -> None:
    content = old_article(
        GTIN="8712345007003".rjust(14),
        ProcessableIndicator="SU",
        OrderableIndicator="NO",
        QuantityOfUseUnits="0000000100",
        UseUnitMeasureUnitCode="MTR",
        ConversionFactor="0000000001",
        OrderUnitMeasureCode="PCE",
        DeliveryTime="0000000002",
        DeliveryTimeMeasureUnitCode="803",
        Description="Draad",
        StatusCode="94E",
        StartDatePriceNeutralInformation="20060101",
        MutationDate="20060201",
    )
    found = desk.read(desk.file("artikelen.txt", content))
    assert found.content.facts.title == "PAB 1"
    (row,) = found.records["article"]
    assert (row["gtin"], row["orderable"], row["processable"]) == ("8712345007003", False, True)
    assert (row["delivery_time"], row["delivery_time_unit"], row["use_unit_quantity"]) == (2, "WEE", 100)
    assert json.loads(row["extension"]) == {"ConversionFactor": "0000000001", "MutationDate": "20060201"}
    assert "gross_price" not in found.part("article").raw.fields


def test_attachments_by_their_address(desk: FormatDesk, tmp_path: Path) -> None:
    lines = "Artikel\tSoort\tURL\r\n1\tPPI\thttps://example.invalid/1.jpg\r\n1\tMAN\r\n"
    source = zip_of(tmp_path / "set.zip", {"ArtLev.txt": article("1"), "AttachmentIndex2.txt": lines.encode()})
    found = desk.read(source)
    assert found.records["attachment"] == [
        {"entity": "article", "record": "1", "type": "PPI", "file": "https://example.invalid/1.jpg"}
    ]
    assert [(reject.line, reject.place) for reject in found.rejects] == [(3, "AttachmentIndex2.txt")]


def test_a_text_stands_in_dutch_if_the_engine_has_it_and_else_in_its_first_language(tmp_path: Path) -> None:
    german = FormatDesk("pab", tmp_path, languages=("de", "en"))
    found = german.read(german.file("ArtLev.txt", article(Description="Draad")))
    assert found.records["article"][0]["description.de"] == "Draad"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.txt", b"Nummer;Prijs\r\n1;2\r\n", "is no record file of PAB"),
        ("x.txt", b"", "is no record file of PAB"),
        ("x.zip", b"PK\x03\x04 and then nothing", "is a broken zip file"),
    ],
)
def test_what_is_no_pab_is_refused(desk: FormatDesk, name: str, content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        desk.read(desk.file(name, content))


def test_a_zip_file_without_a_known_record_file_is_refused(desk: FormatDesk, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="none of the record files of PAB"):
        desk.read(zip_of(tmp_path / "x.zip", {"ProdSpec.txt": b"?"}))


def test_a_header_with_a_mutation_that_is_not_known_is_refused(desk: FormatDesk, tmp_path: Path) -> None:
    source = zip_of(tmp_path / "x.zip", {"ArtLev.txt": article(), "HArtLev.txt": header("1")})
    with pytest.raises(DataError, match=r"says 1, which is neither 4 \(changes\) nor 9"):
        desk.read(source)
    assert any("neither 4" in problem for problem in desk.inspect(source).problems)


def test_a_look_counts_the_lines_and_names_what_is_wrong(desk: FormatDesk, tmp_path: Path) -> None:
    bad = article("2", GrossPriceInOrderUnit="1,00")
    source = zip_of(
        tmp_path / "set.zip",
        {"HArtLev.txt": header(), "ArtLev.txt": article("1") * 1000 + bad, "ArtIn.txt": b"?", "ArtPr2.txt": bad},
    )
    found = desk.inspect(source)
    assert found.counts == {"HArtLev": "1", "ArtLev": "1,001", "ArtPr2": "1"}
    assert found.facts.supplier_gln == GLN
    assert found.problems[0] == "ArtPr2.txt, line 1: is longer than the 128 characters of a line: 563."
    assert "ArtIn.txt is present, not read" in found.problems[-1]


def test_a_look_at_a_large_set_unpacks_little_of_it(desk: FormatDesk, tmp_path: Path) -> None:
    source = zip_of(tmp_path / "set.zip", {"HArtLev.txt": header(), "ArtLev.txt": article("1") * 20_000})
    found = desk.inspect(source)
    assert found.counts["ArtLev"].startswith("about 20,0")


def test_rejects_can_be_mended_and_imported_again(desk: FormatDesk, tmp_path: Path) -> None:
    bad = article("2", GrossPriceInOrderUnit="1,00")
    members = {"HArtLev.txt": header("4"), "ArtLev.txt": article("1") + bad, "ArtPr2.txt": price("1")}
    source = zip_of(tmp_path / "set.zip", members)
    found = desk.read(source)
    rejects = desk.rewrite(source, found.rejected_items())
    again = desk.read(rejects)
    assert again.content.facts.complete is False
    assert again.content.facts.more["message number"] == "MSG1"
    assert not again.records["article"]
    assert [(reject.line, reject.field) for reject in again.rejects] == [(1, "GrossPriceInOrderUnit")]
    alone = desk.file("ArtLev.txt", article("1") + bad)
    items = desk.read(alone).rejected_items()
    assert desk.rewrite(alone, items).read_bytes() == bad
