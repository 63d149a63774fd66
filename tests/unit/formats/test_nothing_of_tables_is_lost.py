"""What is read of a format that a table describes, and written in it again, has every field and every element of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lxml import etree
from support.bmecat_desk import shared
from support.format_desk import FormatDesk
from support.insbou_documents import insbou_document
from support.lossless import Comparison, of_pab, of_xml, parsed
from support.pab_files import zip_of

from core.config.industry import DicoHeader, IccHeader, PabHeader
from core.exchange.formats.icc import CONDITION, HEADER
from core.exchange.formats.pab.records import RECORDS

if TYPE_CHECKING:
    from pathlib import Path

    from core.exchange.formats.pab.records import PabRecord

MESSAGES = {
    "Order": "order",
    "OrderResponse": "order_response",
    "DespatchAdvice": "despatch_advice",
    "Invoice": "invoice",
}


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("message", MESSAGES)
def test_all_that_the_table_of_insbou_knows(message: str, times: int, tmp_path: Path) -> None:
    root = insbou_document(shared("insbou003/elements.csv"), message, times)
    source = tmp_path / "source.xml"
    source.write_bytes(etree.tostring(root))
    desk = FormatDesk("dico-insbou", tmp_path)
    found = desk.read(source)
    assert (found.rejects, [each for each in found.warnings if "TotalNetLineAmount" not in each]) == ([], [])
    desk.put(found.rows, DicoHeader(), MESSAGES[message])
    assert desk.last.refusals == []
    comparison = Comparison({"@noNamespaceSchemaLocation": "which says of which message it is"})
    comparison.compare(message, of_xml(root), of_xml(parsed(desk.last.target)))
    comparison.finish()


MEANING = {
    "MutationCode": "1", "OrderableIndicator": "TU", "ProcessableIndicator": "SU", "StatusCode": "94E",
    "FollowManufacturerPriceIndication": "JA", "PriceChangeIndication": "JA", "CurrencyCode": "EUR", "VatRate": "S",
    "TradeItemId": "100001", "Productcode": "P1", "SequenceNumber": "01", "AllowanceType": "QD", "AllowanceCode": "A",
    "DeliveryTimeMeasureUnitCode": "DAY", "PackageTypeCode": "CT", "MessageVersion": "203", "MessageType": "ART",
    "PackagingWeightMeasureUnitCode": "KGM", "WeightMeasureUnitCode": "KGM", "PackagingSizeMeasureUnitCode": "MMT",
    "NVT": "", "NumberOfUnitsInPriceBasis": "000100.000", "QuantityOfUseUnits": "000000000010.000",
}  # fmt: skip
"""Of fields whose values must mean something."""


def pab_line(record: PabRecord) -> bytes:
    """A line in which each field is filled."""
    values = {}
    for number, field in enumerate(record.fixed.fields, start=1):
        if (record.name, field.name) == ("HArtLev", "MutationCode"):
            values[field.name] = "9"
        elif field.name in MEANING:
            values[field.name] = MEANING[field.name]
        elif field.name in record.numbers:
            values[field.name] = f"{number}.5".zfill(field.width - record.numbers[field.name][1] + 1).ljust(
                field.width, "0"
            )
        elif "GLN" in field.name:
            values[field.name] = "8713450010018"
        elif "GTIN" in field.name:
            values[field.name] = "08712670911213"
        elif "Date" in field.name:
            values[field.name] = f"202601{1 + number % 28:02}"
        elif "Unit" in field.name:
            values[field.name] = "MTR"
        elif field.name in record.digits:
            values[field.name] = str(number).zfill(field.width)[-field.width :]
        else:
            values[field.name] = f"T{number}"[: field.width]
    return f"{record.fixed.line(values)}\r\n".encode("latin-1")


def test_all_fields_of_pab(tmp_path: Path) -> None:
    source = zip_of(tmp_path / "source.zip", {f"{record.name}.txt": pab_line(record) for record in RECORDS.values()})
    desk = FormatDesk("pab", tmp_path)
    found = desk.read(source)
    assert found.rejects == []
    desk.put(found.rows, PabHeader())
    assert (desk.last.refusals, desk.last.warned) == ([], {})
    comparison = Comparison({"^/HArtLev/.*": "about one delivery: its number, when it was made, and for whom"})
    comparison.compare("PAB", of_pab(source), of_pab(desk.last.target))
    comparison.finish()


@pytest.mark.parametrize("subject", ["Discount group", "Article number"])
def test_all_fields_of_icc(subject: str, tmp_path: Path) -> None:
    head = {
        "GLN supplier": "8713450010018", "Customer id": "52610368", "Production date": "20260302",
        "Number of lines": "1", "Version": "1.1", "Supplier name": "Groothandel", "GLN customer": "8712670911213",
    }  # fmt: skip
    terms = {
        subject: "A1", "Description": "Korting", "Discount 1": "05220", "Discount 2": "00150", "Discount 3": "01005",
        "Net price": "000012345", "Start date": "20260101", "End date": "20261231",
    }  # fmt: skip
    assert set(head) == {each.name for each in HEADER.fields}
    assert {*terms, "Discount group", "Article number"} == {each.name for each in CONDITION.fields}
    source = f"{HEADER.line(head)}\r\n{CONDITION.line(terms)}\r\n"
    desk = FormatDesk("icc", tmp_path)
    content, _, writing = desk.put(desk.read(source).rows, IccHeader(), "condition")
    assert (writing.refusals, writing.warned) == ([], {})
    assert content.decode() == source
