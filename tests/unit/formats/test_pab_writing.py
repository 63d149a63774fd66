from __future__ import annotations

import datetime as dt
import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.format_desk import as_text
from support.pab_files import GLN, zip_of

from core.config.industry import PabHeader
from core.errors import DataError
from core.exchange.formats.pab.records import ARTLEV, ARTPR2, HARTLEV

if TYPE_CHECKING:
    from pathlib import Path

    from support.format_desk import FormatDesk

    from core.exchange.formats.pab.records import PabRecord

FORMAT = "pab"
"""Of the desk."""


def article(number: str = "1", **more: str) -> dict[str, str]:
    known = {"supplier_gln": GLN, "orderable": "true", "processable": "false", "use_unit": "C62"}
    return {"number": number, **known, "use_unit_quantity": "1", "description.nl": "Draad", **more}


def price(number: str, valid_from: str, quantity_from: str = "1", **more: str) -> dict[str, str]:
    return {
        "article": number, "price_list": "list", "quantity_from": quantity_from, "valid_from": valid_from, **more
    }  # fmt: skip


def write(
    desk: FormatDesk, rows: dict[str, list[dict[str, str]]], entity: str = "article", **header: object
) -> dict[str, bytes]:
    """Write and return the members by name."""
    desk.last = desk.writing(rows, PabHeader.model_validate(header), entity, sequence=7)
    desk.write(desk.last)
    with zipfile.ZipFile(desk.last.target) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def cells(record: PabRecord, content: bytes) -> list[dict[str, str]]:
    return [record.fixed.values(line) for line in content.decode("latin-1").split("\r\n") if line]


def test_the_samples_are_written_as_they_were_read(desk: FormatDesk, shared_formats: Path, tmp_path: Path) -> None:
    sources = {file.name: file.read_bytes() for file in sorted((shared_formats / "pab/samples-synthetic").iterdir())}
    first = desk.read(zip_of(tmp_path / "first.zip", sources))
    written = write(desk, first.rows, supplier_gln="", buyer_gln="8714230000076")
    again = desk.read(desk.last.target)
    assert again.rows == first.rows
    # Byte for byte; in a complete set, all are new.
    assert written["ArtLev.txt"] == sources["ArtLev.txt"].replace(b"\r\n3100003", b"\r\n1100003")
    assert written["ArtPr2.txt"] == sources["ArtPr2.txt"]
    assert written["Product.txt"] == sources["Product.txt"]
    assert written["ArtToKo.txt"] == sources["ArtToKo.txt"]
    assert list(written) == ["HArtLev.txt", "Product.txt", "ArtLev.txt", "ArtPr2.txt", "ArtToKo.txt"]
    (header,) = cells(HARTLEV, written["HArtLev.txt"])
    assert header == {
        "MessageVersion": "203",
        "MessageType": "ART",
        "ArticleMessagenumber": "20260302000000007",
        "MessageDate": "20260302",
        "MutationCode": "9",
        "PriceChangeIndication": "JA",
        "SupplierGLN": GLN,
        "ConsumerGLN": "8714230000076",
        "CentralArtGLN": "",
    }


def test_a_set_of_changes_says_what_became_of_each_record(desk: FormatDesk) -> None:
    rows = {
        "article": [article("1"), article("2"), {"number": "3"}],
        "price": [
            {
                "article": "2",
                "price_list": "list",
                "valid_from": "2026-07-01",
                "gross_price": "2",
                "quantity_from": "1",
            }
        ],
    }
    changes = {"2": "changed", "3": "deleted"}
    writing = desk.writing(rows, PabHeader(supplier_gln=GLN), changes=changes, changes_only=True, sequence=7)
    written = desk.write(writing)
    assert (written.records, written.counts) == (3, {"price": 1})
    with zipfile.ZipFile(writing.target) as archive:
        assert [row["MutationCode"] for row in cells(ARTLEV, archive.read("ArtLev.txt"))] == ["1", "3", "2"]
        assert [row["MutationCode"] for row in cells(ARTPR2, archive.read("ArtPr2.txt"))] == ["3"]
        assert cells(HARTLEV, archive.read("HArtLev.txt"))[0]["MutationCode"] == "4"
    again = desk.read(writing.target)
    assert again.deleted["article"] == [{"number": "3"}]


def test_the_price_of_an_article_comes_from_its_prices_where_it_has_none_itself(desk: FormatDesk) -> None:
    prices = [
        price("1", "1900-01-01", gross_price="9"),
        price("1", "2025-05-01", gross_price="10", currency="EUR"),
        price("1", "2025-05-01", "100", gross_price="8"),
        price("1", "2026-07-01", gross_price="11"),
    ]
    written = write(desk, {"article": [article("1")], "price": prices})
    (row,) = cells(ARTLEV, written["ArtLev.txt"])
    assert (row["GrossPriceInOrderUnit"], row["StartDatePriceInformation"]) == ("00000000010.0000", "20250501")
    assert [row["GrossPriceInOrderUnit"] for row in cells(ARTPR2, written["ArtPr2.txt"])] == ["00000000011.0000"]
    assert desk.last.warned == {"prices without a date, or from a quantity on, were left out: PAB has none": 2}


def test_what_pab_wants_and_an_article_does_not_say_is_told(desk: FormatDesk) -> None:
    written = write(
        desk, {"article": [{"number": "1", "order_unit": "MTR", "description.en": "Wire"}]}, supplier_gln=GLN
    )
    (row,) = cells(ARTLEV, written["ArtLev.txt"])
    assert (row["OrderableIndicator"], row["ProcessableIndicator"]) == ("TU", "NS")
    assert (row["QuantityOfUseUnits"], row["UseUnitMeasureUnitCode"]) == ("000000000001.000", "MTR")
    assert row["Description"] == "Wire"
    assert len(desk.last.warned) == 4


@pytest.mark.parametrize(
    ("more", "field", "reason"),
    [
        ({"number": "1" * 21}, "number", "is longer than the 20 characters that PAB has for it"),
        ({"description.nl": "x" * 71}, "description", "is longer than the 70 characters that PAB has for it"),
        ({"description.nl": "10 €"}, "Description", "holds a character that ISO 8859-1 does not have"),
        ({"gross_price": "-1"}, "gross_price", "is negative, and PAB has no sign"),
        ({"gross_price": "1.23456"}, "gross_price", "has more than the 4 decimals that PAB has for it"),
        ({"gross_price": "123456789012"}, "gross_price", "has more than the 11 digits before the point"),
        ({"gtin": "12"}, "gtin", "is no GTIN"),
        ({"supplier_gln": "123"}, "supplier_gln", "is no GLN"),
        ({"supplier_gln": ""}, "supplier_gln", "has no GLN, neither of its own nor in the header of the layout"),
        ({"weight": "0.0000001"}, "weight", "has more than the 3 decimals that PAB has for it"),
        ({"delivery_time": "1.5"}, "delivery_time", "is no whole number"),
    ],
)
def test_what_pab_cannot_hold_is_left_out_and_told(
    desk: FormatDesk, more: dict[str, str], field: str, reason: str
) -> None:
    written = write(desk, {"article": [article("1") | more, article("2")]})
    assert [row["TradeItemId"] for row in cells(ARTLEV, written["ArtLev.txt"])] == ["2"]
    (refusal,) = desk.last.refusals
    assert (refusal.entity, refusal.field) == ("article", field)
    assert refusal.reason.startswith(reason)


def test_a_text_that_is_too_long_is_cut_where_the_settings_say_so(desk: FormatDesk) -> None:
    written = write(desk, {"article": [article("1", **{"description.nl": "x" * 80})]}, too_long="cut")
    assert cells(ARTLEV, written["ArtLev.txt"])[0]["Description"] == "x" * 70
    assert desk.last.warned == {"texts of description were cut to the 70 characters that the format has for them": 1}


def test_light_things_are_weighed_in_grams(desk: FormatDesk) -> None:
    written = write(desk, {"article": [article("1", weight="0.00125"), article("2", weight="1.25")]})
    light, heavy = cells(ARTLEV, written["ArtLev.txt"])
    assert (light["PackagingWeight"], light["PackagingWeightMeasureUnitCode"]) == ("000000000000001.250", "GRM")
    assert (heavy["PackagingWeight"], heavy["PackagingWeightMeasureUnitCode"]) == ("000000000000001.250", "KGM")


def test_one_record_file_by_itself(desk: FormatDesk) -> None:
    rows = {"article": [article("1")], "product": [{"number": "P1", "manufacturer_gln": GLN}]}
    for entity, name in (("article", "ArtLev"), ("product", "Product")):
        writing = desk.writing(rows, PabHeader(packed=False), entity, sequence=7)
        assert desk.write(writing).records == 1
        found = desk.read(writing.target)
        assert found.content.facts.more["files"] == name
        assert list(found.records) == [entity]


def test_nothing_to_write_is_a_set_with_a_header_only(desk: FormatDesk) -> None:
    assert list(write(desk, {}, supplier_gln=GLN)) == ["HArtLev.txt"]


def test_a_header_with_a_gln_that_is_none_is_refused(desk: FormatDesk) -> None:
    with pytest.raises(DataError, match="ConsumerGLN, 12, is no GLN"):
        write(desk, {}, buyer_gln="12")


NUMBERS = {"gross_price", "order_quantity_min", "weight", "use_unit_quantity"}
# No two signs of ISO 8859-1 that together could be one of UTF-8.
_TEXT = st.text(st.sampled_from([chr(code) for code in range(33, 127)] + list("éèëïöüçñßÄØ")), min_size=1)


@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {"number": _TEXT.filter(lambda text: len(text) <= 20), "description.nl": _TEXT},
            optional={
                "gross_price": st.decimals(0, 10**10, places=4).map(lambda number: f"{number:f}"),
                "order_quantity_min": st.decimals(0, 10**11, places=3).map(lambda number: f"{number:f}"),
                "weight": st.decimals(0, 10**6, places=3).map(lambda number: f"{number:f}"),
                "valid_from": st.dates(dt.date(1900, 1, 1)).map(dt.date.isoformat),
                "orderable": st.sampled_from(["true", "false"]),
                "gtin": st.integers(1, 10**14 - 1).map(lambda number: f"{number:014d}"),
                "status": st.sampled_from(["84E", "94E"]),
            },
        ),
        max_size=5,
        unique_by=lambda row: row["number"],
    )
)
@settings(max_examples=20)
def test_whatever_is_written_is_read_back(shared_desk: FormatDesk, rows: list[dict[str, str]]) -> None:
    desk = shared_desk
    given_rows = [article(**row) for row in rows]
    writing = desk.writing({"article": given_rows}, PabHeader(too_long="cut"), "article", sequence=7)
    desk.write(writing)
    found = desk.read(writing.target)
    assert not found.rejects
    assert not writing.refusals
    read = {row["number"]: row for row in found.rows.get("article", [])}
    assert len(read) == len(given_rows)
    for row in given_rows:
        again = read[row["number"]]
        assert again["description.nl"] == row["description.nl"][:70].rstrip()
        for name in row.keys() - {"number", "description.nl"}:
            assert again[name] == (as_text(Decimal(row[name])) if name in NUMBERS else row[name]), name
