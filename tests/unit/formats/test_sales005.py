"""DICO/SALES005: the price catalogue by what is known of it, and the unverified profile of the other messages."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from support.pab_files import zip_of

from core.config.industry import SalesHeader
from core.errors import DataError
from core.exchange.formats.dico.fields import MESSAGES
from core.exchange.formats.dico.messages import CODES
from core.exchange.formats.dico.nodes import message
from core.exchange.formats.xml_items import local_name

if TYPE_CHECKING:
    from pathlib import Path

    from support.format_desk import FormatDesk, Found

    from core.exchange.formats.dico.nodes import Node

FORMAT = "dico-sales"
"""Of the desk."""

SPACE = "http://www.ketenstandaard.nl/artikelbericht/SALES/005"
GLN = "8713450010018"
ORDERS = "http://example.invalid/order/SALES/005"


def catalogue(*lines: str, head: str = "", starts: str = "<StartDate>2026-01-01</StartDate>") -> bytes:
    return (
        f'<PriceCatalogue xmlns="{SPACE}"><PriceCatalogueNumber>C1</PriceCatalogueNumber>{head}{starts}'
        f"<Supplier><GLN>{GLN}</GLN><Name>Groothandel</Name></Supplier><Grouping>{''.join(lines)}</Grouping>"
        "</PriceCatalogue>"
    ).encode()


def article(number: str = "1", more: str = "", prices: str = "<GrossPrice>10</GrossPrice>") -> str:
    price = f"<PriceInformation>{prices}</PriceInformation>" if prices else ""
    return (
        f"<TradeItemLine><TradeItemIdentification><SuppliersTradeItemId>{number}</SuppliersTradeItemId>"
        f"</TradeItemIdentification>{more}{price}</TradeItemLine>"
    )


def read(desk: FormatDesk, content: bytes, *, delta: bool = False) -> Found:
    return desk.read(desk.file("catalogue.xml", content), delta=delta)


def write(desk: FormatDesk, rows: dict[str, list[dict[str, str]]], entity: str = "article", **header: Any) -> bytes:
    known = {"supplier_gln": GLN, **header}
    desk.last = desk.writing(rows, SalesHeader.model_validate(known), entity, sequence=7)
    desk.write(desk.last)
    return desk.last.target.read_bytes()


def test_the_sample_of_a_price_catalogue(desk: FormatDesk, shared_formats: Path) -> None:
    found = desk.read(shared_formats / "dico/samples/synthetic-pricecatalogue.xml")
    assert not found.rejects
    assert {name: len(rows) for name, rows in found.records.items()} == {
        "supplier_catalogue": 1, "article": 2, "price": 4, "attachment": 1
    }  # fmt: skip
    first, second = found.rows["article"]
    assert first == {
        "number": "100001",
        "gtin": "08712345007010",
        "supplier": "Synthetisch Groothandel B.V.",
        "supplier_gln": GLN,
        "description.nl": "Installatiedraad 2,5 mm² bruin",
        "buying_group": "KABEL",
        "use_unit": "MTR",
        "order_unit": "C62",
        "order_quantity_min": "1",
        "price_unit_factor": "100",
        "vat_rate": "21",
        "gross_price": "45.5",
        "net_price": "27.3",
        "price_unit_quantity": "100",
        "price_unit": "MTR",
        "price_valid_from": "2025-04-01",
    }
    assert "gtin" not in second
    prices = found.records["price"]
    assert sum(price["net_price"] for price in prices) == Decimal("49.3")
    assert [(price["quantity_from"], price["valid_from"], price.get("valid_until")) for price in prices[1:]] == [
        (Decimal(1), dt.date(2025, 4, 1), None),
        (Decimal(100), dt.date(2025, 4, 1), None),
        (Decimal(1), dt.date(2025, 7, 1), dt.date(2025, 12, 31)),
    ]
    assert found.records["attachment"][0]["file"] == "https://example.invalid/100001"
    facts = found.content.facts
    assert (facts.catalogue, facts.supplier_gln, facts.valid_from, facts.complete) == (
        "CAT2025-01",
        GLN,
        "2025-04-01",
        None,
    )
    assert "members only" in facts.more["checked"]


def test_the_sample_comes_back_as_it_was(desk: FormatDesk, shared_formats: Path) -> None:
    found = desk.read(shared_formats / "dico/samples/synthetic-pricecatalogue.xml")
    rows = found.rows
    content = write(desk, rows, supplier="Synthetisch Groothandel B.V.")
    again = read(desk, content).rows
    for entity in ("article", "attachment"):
        assert again[entity] == rows[entity]
    ordered = sorted(rows["price"], key=lambda row: (row["article"], row["quantity_from"], row["valid_from"]))
    assert again["price"] == ordered
    assert desk.last.warned == {"the catalogue was not validated: the schema of SALES005 is for members only": 1}
    assert etree.fromstring(content).tag == f"{{{SPACE}}}PriceCatalogue"


def test_a_catalogue_in_a_zip_file_beside_other_files(desk: FormatDesk, tmp_path: Path) -> None:
    source = zip_of(tmp_path / "c.zip", {"cat.xml": catalogue(article("1")), "leesmij.pdf": b"%PDF"})
    assert [row["number"] for row in desk.read(source).rows["article"]] == ["1"]


@pytest.mark.parametrize(
    ("head", "delta", "complete", "scope"),
    [
        ("<MutationType>9</MutationType>", True, True, "all"),
        ("<MutationType>4</MutationType>", False, False, "listed"),
        ("", True, None, "listed"),
        ("", False, None, "all"),
    ],
)
def test_what_a_catalogue_replaces(desk: FormatDesk, head: str, delta: bool, complete: bool | None, scope: str) -> None:
    found = read(desk, catalogue(article(), head=head), delta=delta)
    assert found.content.facts.complete is complete
    assert found.part("article").scope == scope
    assert (found.part("price").scope, found.part("price").owners) == ("owners", ("article",))


def test_a_special_condition_is_a_status_or_a_deletion(desk: FormatDesk) -> None:
    lines = [
        article(code, f"<Any><SpecialCondition>{code}</SpecialCondition></Any>")
        for code in ("94E", "126", "130", "155")
    ]
    found = read(desk, catalogue(*lines))
    assert [(row["number"], row["status"]) for row in found.rows["article"]] == [("94E", "94E"), ("126", "126")]
    assert found.deleted["article"] == [{"number": "130"}, {"number": "155"}]
    assert len(found.records["price"]) == 2


def test_a_deleted_article_is_written_as_discontinued(desk: FormatDesk) -> None:
    rows = {"article": [{"number": "1"}, {"number": "2", "gross_price": "1"}]}
    writing = desk.writing(rows, SalesHeader(supplier_gln=GLN), changes={"1": "deleted"}, changes_only=True, sequence=7)
    assert desk.write(writing).records == 2
    found = desk.read(writing.target, delta=True)
    assert found.content.facts.complete is False
    assert found.deleted["article"] == [{"number": "1"}]
    assert [row["gross_price"] for row in found.rows["price"]] == ["1"]


def test_names_of_the_predecessor_and_commas_are_taken(desk: FormatDesk) -> None:
    line = """<TradeItemLine><TradeItemIdentification><SuppliersTradeItemIdentification>1
    </SuppliersTradeItemIdentification></TradeItemIdentification><OrderConditions><OrderMeasureUnitCode>PCE
    </OrderMeasureUnitCode></OrderConditions><PriceInformation><NetPrice>12,5</NetPrice><PriceBase>
    <NumberOfUnitsInPriceBasis>1</NumberOfUnitsInPriceBasis><MeasureUnitPriceBasis>PCE</MeasureUnitPriceBasis></PriceBase>
    </PriceInformation></TradeItemLine>"""
    (row,) = read(desk, catalogue(line)).rows["article"]
    assert (row["number"], row["order_unit"], row["net_price"], row["price_unit"]) == ("1", "C62", "12.5", "C62")


@pytest.mark.parametrize(
    ("bad", "column", "value", "reason"),
    [
        (article("2", prices="<NetPrice>1,234</NetPrice>"), "PriceInformation/NetPrice", "1,234", "is no decimal"),
        (article("2", prices="<NetPrice>veel</NetPrice>"), "PriceInformation/NetPrice", "veel", "is no decimal number"),
        (article("2", "<VATInformation><VATPercentage>x</VATPercentage></VATInformation>"),
         "VATInformation/VATPercentage", "x", "is no decimal number"),
        (article("2", prices="<StartDatePriceInformation>1-1-2026</StartDatePriceInformation>"),
         "PriceInformation/StartDatePriceInformation", "1-1-2026", "is no date"),
    ],
)  # fmt: skip
def test_an_article_that_cannot_be_read_is_told_with_its_path(
    desk: FormatDesk, bad: str, column: str, value: str, reason: str
) -> None:
    path = desk.file("c.xml", catalogue(article("1"), "\n" + bad, article("3")))
    found = desk.read(path)
    assert [row["number"] for row in found.rows["article"]] == ["1", "3"]
    (reject,) = found.rejects
    assert (reject.line, reject.field, reject.value) == (2, column, value)
    assert reject.place == f"TradeItemLine[2]/{column}"
    assert reject.reason.startswith(reason)
    again = desk.read(desk.rewrite(path, found.rejected_items()))
    assert again.content.facts.catalogue == "C1"
    assert not again.records["article"]
    assert [each.value for each in again.rejects] == [value]


def test_texts_by_language_go_where_they_belong(desk: FormatDesk) -> None:
    texts = "".join(
        f'<TradeItemDescription language="{code}"><Description>{text}</Description></TradeItemDescription>'
        for code, text in (("nl", "Draad"), ("EN", "Wire"), ("fr", "Fil"))
    )
    line = article("1", f"<MultiLanguageTradeItemDescription>{texts}</MultiLanguageTradeItemDescription>")
    found = read(desk, catalogue(line))
    (row,) = found.rows["article"]
    assert (row["description.nl"], row["description.en"]) == ("Draad", "Wire")


def test_what_is_not_known_of_an_article_survives(desk: FormatDesk) -> None:
    more = (
        '<OrderConditions><OrderUoM>PCE</OrderUoM><Leverdag>2</Leverdag></OrderConditions><Nieuw soort="x"/>'
        '<UserDefinedExtension><u:Data xmlns:u="http://www.ketenstandaard.nl/UDE/SALES/Data/v2">7</u:Data>'
        "</UserDefinedExtension>"
    )
    rows = read(desk, catalogue(article("1", more))).rows
    assert "Leverdag" in rows["article"][0]["extension"]
    content = write(desk, rows, supplier="Groothandel")
    assert read(desk, content).rows["article"] == rows["article"]
    line = etree.fromstring(content).find(f".//{{{SPACE}}}TradeItemLine")
    assert line is not None
    assert [local_name(child) for child in line[1]] == ["OrderUoM", "Leverdag"]


def test_what_another_format_kept_is_not_written(desk: FormatDesk) -> None:
    for extension in ("<ARTICLE_X/>", '{"x": 1}', "<ketenstandaard.nl/ broken"):
        content = write(desk, {"article": [{"number": "1", "extension": extension}]})
        assert [local_name(child) for child in etree.fromstring(content)[-1][0]] == ["TradeItemIdentification"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"number": "1" * 36}, "is longer than the 35 characters"),
        ({"order_unit": "XYZ"}, "is no unit that DICO has"),
        ({"gross_price": "veel"}, "is no decimal number"),
        ({"buying_group": "a\x01"}, "holds a character that XML cannot have"),
    ],
)
def test_what_cannot_be_written_is_left_out_and_told(desk: FormatDesk, change: dict[str, str], reason: str) -> None:
    content = write(desk, {"article": [{"number": "1"} | change, {"number": "2"}]})
    (refusal,) = desk.last.refusals
    assert refusal.reason.startswith(reason)
    assert [row["number"] for row in read(desk, content).rows["article"]] == ["2"]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({"supplier_gln": ""}, "needs the GLN of the supplier"),
        ({"supplier_gln": "12"}, "is no GLN"),
        ({"catalogue": "x" * 18}, "longer than 17 characters"),
    ],
)
def test_a_head_that_cannot_be_written_is_refused(desk: FormatDesk, header: dict[str, str], words: str) -> None:
    with pytest.raises(DataError, match=words):
        write(desk, {"article": [{"number": "1"}]}, **header)


def test_a_large_catalogue_is_looked_at_quickly(desk: FormatDesk) -> None:
    content = catalogue(*(article(str(number)) for number in range(3000)))
    found = desk.inspect(desk.file("c.xml", content))
    assert found.counts == {"articles": "3,000"}
    assert not found.problems


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<Stock/>", "is no message of DICO/SALES005 that is read"),
        (b'<MaintenanceInstruction xmlns="x"/>', "is no message of DICO/SALES005 that is read"),
        (catalogue(article())[:-40], "is not well-formed XML"),
        (b'<!DOCTYPE p [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><PriceCatalogue>&b;</PriceCatalogue>', "entities"),
    ],
)
def test_what_is_no_message_or_harmful_is_refused(desk: FormatDesk, content: bytes, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read(desk, content)


# The messages of the order family.

INVOICE = f"""<Invoice xmlns="http://www.ketenstandaard.nl/factuurbericht/SALES/005"><InvoiceType>380</InvoiceType>
<InvoiceNumber>F1</InvoiceNumber><InvoiceDate>2026-03-01</InvoiceDate><Currency>EUR</Currency><Buyer>
<GLN>8714230000076</GLN></Buyer><Supplier><GLN>{GLN}</GLN></Supplier><Invoicee><GLN>8714230000076</GLN><Street>Dorp
</Street><HouseNumber>1</HouseNumber></Invoicee><InvoiceLine><LineNumber>1</LineNumber><DeliveredQuantity>2
</DeliveredQuantity><DeliveredQuantityUoM>PCE</DeliveredQuantityUoM><NumberOfInvoicingUnits>2</NumberOfInvoicingUnits>
<NetLineAmount>20</NetLineAmount><TradeItemIdentification><SuppliersTradeItemId>A1</SuppliersTradeItemId>
</TradeItemIdentification><PriceInformation><Price>10</Price><PriceBase><NumberOfUnitsInPriceBasis>1
</NumberOfUnitsInPriceBasis><PriceBasisUoM>PCE</PriceBasisUoM></PriceBase></PriceInformation><VATInformation>
<VATRate>AE</VATRate><VATPercentage>0</VATPercentage></VATInformation></InvoiceLine><InvoiceTotals><TotalInvoiceAmount>20
</TotalInvoiceAmount><TotalNetLineAmount>20</TotalNetLineAmount></InvoiceTotals><VATSubTotal><VATAmount>0</VATAmount>
<VATInformation><VATRate>AE</VATRate><VATPercentage>0</VATPercentage></VATInformation></VATSubTotal></Invoice>"""


def test_an_invoice_copy_is_read_by_the_unverified_profile(desk: FormatDesk) -> None:
    found = read(desk, INVOICE.encode())
    assert not found.rejects
    assert not found.content.warnings
    (record,) = found.rows["invoice"]
    assert (record["number"], record["total"], record["supplier_gln"]) == ("F1", "20", GLN)
    (line,) = found.rows["invoice_line"]
    assert (line["article"], line["unit"], line["price"], line["price_unit"]) == ("A1", "C62", "10", "C62")
    assert found.content.facts.title == "DICO/SALES005"


def test_messages_are_written_only_where_that_is_allowed(desk: FormatDesk) -> None:
    rows = read(desk, INVOICE.encode()).rows
    with pytest.raises(DataError, match="is not verified") as refused:
        write(desk, rows, "invoice")
    assert "unverified = true" in refused.value.advice
    with pytest.raises(DataError, match="The namespace of this message"):
        write(desk, rows, "invoice", unverified=True)
    space = "http://www.ketenstandaard.nl/factuurbericht/SALES/005"
    content = write(desk, rows, "invoice", unverified=True, namespace=space)
    assert etree.fromstring(content).tag == f"{{{space}}}Invoice"
    assert texts(content) == texts(INVOICE.encode())
    assert desk.last.warned == {"messages were not validated: they follow an unverified profile of SALES005": 1}


def texts(content: bytes) -> list[tuple[str, str]]:
    elements = etree.fromstring(content).iter(etree.Element)
    return [(str(each.tag), text) for each in elements if (text := (each.text or "").strip())]


def test_an_order_of_the_one_is_written_as_the_other(desk: FormatDesk) -> None:
    rows = {
        "order": [{"number": "O1", "ordered_on": "2026-03-01", "buyer_gln": GLN, "delivery_street": "Dorp",
                   "delivery_house_number": "7", "delivery_city": "Ede", "remark": "x" * 200}],
        "order_line": [{"order": "O1", "line": "1", "quantity": "2", "article": "A1", "unit": "C62"}],
    }  # fmt: skip
    content = write(desk, rows, "order", unverified=True, namespace=ORDERS)
    found = read(desk, content).rows
    assert {name: found["order"][0][name] for name in rows["order"][0]} == rows["order"][0]
    assert b"OrderedQuantityUoM" in content
    assert b"SuppliersTradeItemId>" in content


def test_the_codes_are_those_that_are_published(shared_formats: Path) -> None:
    schema = (shared_formats / "dico/xsd/codelist.xsd").read_text()

    def codes(*types: str) -> set[str]:
        found = [re.search(rf'simpleType name="{name}">(.*?)</xs:simpleType>', schema, re.DOTALL) for name in types]
        return {code for match in found if match for code in re.findall(r'enumeration value="([^"]+)"', match[1])}

    sales = {name: set(listed.split()) for name, listed in CODES["sales"].items()}
    assert sales["vat"] == codes("VATRateType")
    assert sales["order"] == codes("OrderType")
    assert sales["transport"] == codes("TransportInstructionType")
    assert sales["charge"] == codes("CommonChargeType", "SubChargeType")
    assert sales["allowance"] == codes("CommonAllowanceType", "Sub1AllowanceType", "Sub2AllowanceType")
    kinds = ("Number", "Length", "Area", "Angle", "Volume", "Weight", "Time")
    assert sales["unit"] == codes(*(f"{kind}UoMType" for kind in kinds), "PseudoUoMType")
    assert message("OrderResponse", "sales").at("StatusCode").codes == codes("OrderResponseStatusType")
    assert message("DespatchAdvice", "sales").at("MessageStructure").codes == codes("DespatchStructureType")
    assert message("Invoice", "sales").at("InvoiceType").codes == codes("InvoiceType")


def test_parties_are_as_the_one_published_schema_has_them(shared_formats: Path) -> None:
    tree = (shared_formats / "dico/spec/element-tree-maintenanceinstruction.txt").read_text()
    lines = tree.partition("  Buyer 1\n")[2].partition("  Affiliate")[0].splitlines()
    published = [re.match(r"\s{4}(\w+) ", line) for line in lines if re.match(r"\s{4}\w", line)]
    party = message("Order", "sales").at("Buyer")
    assert [match[1] for match in published if match] == list(party.children)
    for line in lines:
        if match := re.match(r"\s{4}(\w+) .*max(\d+)", line):
            assert party.children[match[1]].most == int(match[2]), line


_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=20)


@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {"number": _TEXT},
            optional={
                "description.nl": _TEXT,
                "gtin": st.integers(1, 10**14 - 1).map(lambda number: f"{number:014d}"),
                "buying_group": _TEXT,
                "status": st.sampled_from(["125", "94E", "175"]),
                "order_unit": st.sampled_from(["C62", "MTR", "KGM"]),
                "vat_rate": st.sampled_from(["0", "9", "21"]),
                "order_quantity_min": st.integers(1, 10**6).map(str),
            },
        ),
        max_size=5,
        unique_by=lambda row: row["number"],
    )
)
@settings(max_examples=15)
def test_whatever_is_written_is_read_back(shared_desk: FormatDesk, rows: list[dict[str, str]]) -> None:
    content = write(shared_desk, {"article": rows})
    found = read(shared_desk, content).rows
    expected = sorted((row | {"supplier_gln": GLN} for row in rows), key=lambda row: row["number"])
    assert found.get("article", []) == [{name: row[name] for name in found["article"][place]} for place, row in
                                        enumerate(expected)]  # fmt: skip
    assert all(row.keys() <= found["article"][place].keys() for place, row in enumerate(expected))


@pytest.mark.parametrize("root", MESSAGES)
def test_all_names_that_changed_are_read(root: str) -> None:
    """Each element of the profile is found by its name in SALES005 and by that in INSBOU003."""

    def walk(node: Node) -> None:
        for part in node.children.values():
            assert node.find(part.written) is part
            assert node.find(part.name) is part
            walk(part)

    walk(message(root, "sales"))
