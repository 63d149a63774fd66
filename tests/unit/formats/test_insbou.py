"""The messages of DICO/INSBOU003, both ways."""

from __future__ import annotations

import csv
import datetime as dt
import json
import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from support.pab_files import zip_of

from core.config.industry import DicoHeader
from core.errors import DataError
from core.exchange.formats.dico.fields import BY_ENTITY, MESSAGES
from core.exchange.formats.dico.nodes import message

if TYPE_CHECKING:
    from pathlib import Path

    from support.format_desk import FormatDesk, Found

    from core.exchange.formats.dico.nodes import Node

FORMAT = "dico-insbou"
"""Of the desk."""

GLN = "8713450010018"
BUYER = "8714230000076"
PARTIES = f"<Buyer><GLN>{BUYER}</GLN></Buyer><Supplier><GLN>{GLN}</GLN></Supplier>"
LINE = """<OrderLine><LineNumber>1</LineNumber><OrderedQuantity>2</OrderedQuantity><LineIdentification>1
</LineIdentification><TradeItemIdentification><SuppliersTradeItemIdentification>A1</SuppliersTradeItemIdentification>
</TradeItemIdentification></OrderLine>"""
RESPONSE = f"""<OrderResponse><OrderResponseNumber>R1</OrderResponseNumber><OrderResponseDate>2026-03-01
</OrderResponseDate><StatusCode>4</StatusCode><TotalAmount>12.50</TotalAmount><OrderReference><BuyersOrderNumber>O1
</BuyersOrderNumber></OrderReference>{PARTIES}<Charge><ChargeTypeCode>FC</ChargeTypeCode><ChargeAmount>5</ChargeAmount>
<VATInformation><VATRate>S</VATRate><VATPercentage>21</VATPercentage></VATInformation></Charge><OrderResponseLine>
<LineNumber>1</LineNumber><StatusCode>6</StatusCode><PlannedDeliveryQuantity>3</PlannedDeliveryQuantity>
<DifferenceWithOrderedQuantity>-1</DifferenceWithOrderedQuantity><QuantityMeasureUnitCode>PCE</QuantityMeasureUnitCode>
<TradeItemIdentification><GTIN>8712345007003</GTIN></TradeItemIdentification><OrderLineReference>
<OrderLineIdentification>10</OrderLineIdentification></OrderLineReference><PriceInformation><GrossPrice>10</GrossPrice>
<NetPrice>7.5</NetPrice><PriceBase><NumberOfUnitsInPriceBasis>100</NumberOfUnitsInPriceBasis><MeasureUnitPriceBasis>MTR
</MeasureUnitPriceBasis></PriceBase></PriceInformation><PartialDelivery><PlannedPartialDeliveryQuantity>1
</PlannedPartialDeliveryQuantity></PartialDelivery><PartialDelivery><PlannedPartialDeliveryQuantity>2
</PlannedPartialDeliveryQuantity></PartialDelivery></OrderResponseLine></OrderResponse>"""
DESPATCH = f"""<DespatchAdvice><MessageNumber>D1</MessageNumber><MessageDate>2026-03-01</MessageDate>
<MessageStructure>EANNL4</MessageStructure><BuyersOrderNumber>O1</BuyersOrderNumber><FreeText>Eén</FreeText>
<FreeText>Twee</FreeText><Supplier><GLN>{GLN}</GLN></Supplier><Buyer><GLN>{BUYER}</GLN></Buyer><DespatchLine><DespatchLineNumber>1</DespatchLineNumber><DespatchUnitInformation>
<SSCC>387134500000000017</SSCC></DespatchUnitInformation><ItemLevelDespatchAdvice><LineNumber>1</LineNumber>
<DeliveredQuantity>2</DeliveredQuantity><DeliveredQuantityMeasurementUnit>PCE</DeliveredQuantityMeasurementUnit>
<TradeItemIdentification><SuppliersTradeItemIdentification>A1</SuppliersTradeItemIdentification>
</TradeItemIdentification><BatchNumber>B7</BatchNumber></ItemLevelDespatchAdvice><ItemLevelDespatchAdvice>
<LineNumber>2</LineNumber><DeliveredQuantity>1.5</DeliveredQuantity><DeliveredQuantityMeasurementUnit>MTR
</DeliveredQuantityMeasurementUnit><TradeItemIdentification><SuppliersTradeItemIdentification>A2
</SuppliersTradeItemIdentification></TradeItemIdentification></ItemLevelDespatchAdvice></DespatchLine><DespatchLine>
<DespatchLineNumber>2</DespatchLineNumber><ItemLevelDespatchAdvice><LineNumber>1</LineNumber><DeliveredQuantity>1
</DeliveredQuantity><DeliveredQuantityMeasurementUnit>PCE</DeliveredQuantityMeasurementUnit><TradeItemIdentification>
<SuppliersTradeItemIdentification>A3</SuppliersTradeItemIdentification></TradeItemIdentification>
</ItemLevelDespatchAdvice></DespatchLine></DespatchAdvice>"""


def order(number: str = "O1", header: str = "", lines: str = LINE) -> bytes:
    return (
        f"<Order><OrderType>220</OrderType><OrderNumber>{number}</OrderNumber><OrderDate>2026-03-01</OrderDate>"
        f"{header}{PARTIES}{lines}</Order>"
    ).encode()


def sample_order(shared: Path) -> bytes:
    text = (shared / "insbou003/samples/order-full.xml").read_text()
    for name in ("BUYER", "SUPPLIER", "DELIVERYPARTY"):
        text = text.replace(f"%%{name}_GLN%%", GLN)
    return text.replace("%%ITEM_ID%%", "10001").encode()


def read(desk: FormatDesk, content: bytes, name: str = "message.xml") -> Found:
    return desk.read(desk.file(name, content))


def written(desk: FormatDesk, found: Found, entity: str, **header: Any) -> bytes:
    desk.last = desk.writing(found.rows, DicoHeader.model_validate(header), entity, sequence=7)
    desk.write(desk.last)
    return desk.last.target.read_bytes()


def plain(content: bytes) -> list[tuple[str, str]]:
    """The elements of a document that have a text, by their path; numbers without zeros that say nothing."""
    root = etree.fromstring(content)
    found = []
    for element in root.iter(etree.Element):
        text = (element.text or "").strip()
        if text and not len(element):
            if "." in text and text.replace(".", "").isdigit():
                text = text.rstrip("0").rstrip(".")
            path = "/".join([*(str(each.tag) for each in reversed(list(element.iterancestors()))), str(element.tag)])
            found.append((path, text))
    return found


def test_the_table_is_that_of_the_source(shared_formats: Path) -> None:
    """Every element of the 409 rows is there, as often, as long and with the codes that it has there."""
    with (shared_formats / "insbou003/elements.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 409
    looked_at = 0
    for row in rows:
        path, occurrence = row["path"], row["occurrence"]
        if "alias" in occurrence:
            continue
        for each in either(path):
            node = message(row["message"], "insbou").at(each)
            looked_at += 1
            if row["codes"]:
                assert node.codes == frozenset(row["codes"].split(" ")[0].split("|")), row
            if row["type"].startswith("an..") and not row["type"].startswith("an..70 each"):
                assert node.most == int(row["type"].removeprefix("an..")), row
            if row["type"] in ("date", "time", "integer"):
                assert node.kind == {"integer": "int"}.get(row["type"], row["type"]), row
            if occurrence in ("1", "?", "*", "+"):
                assert (node.must, node.repeated) == (occurrence in "1+", occurrence in "*+"), row
    assert looked_at > 400


def either(path: str) -> list[str]:
    for name in ("Buyer|Supplier", "Allowance|Charge"):
        if name in path:
            return [path.replace(name, each) for each in name.split("|")]
    return [path]


def test_the_sample_of_an_order(desk: FormatDesk, shared_formats: Path) -> None:
    found = read(desk, sample_order(shared_formats))
    assert not found.rejects
    assert not found.content.warnings
    (record,) = found.rows["order"]
    extension = json.loads(record.pop("extension"))
    assert record == {
        "number": "ORD001",
        "ordered_on": "2012-03-01",
        "kind": "220",
        "customer_reference": "Eindafnemer001",
        "buyer_gln": GLN,
        "supplier_gln": GLN,
        "deliver_on": "2012-03-03",
        "delivery_name": "Elektrobode",
        "delivery_street": "Beatrixstraat 15",
        "delivery_postal_code": "9285TV",
        "delivery_city": "Buitenpost",
        "delivery_country": "NL",
        "remark": "Do not give pallet with cookies to blue-haired person!",
    }
    assert extension["ProjectReference"] == {"ProjectNumber": "PROJ001"}
    assert extension["Carrier"]["StreetAndNumber"] == "Iepenlaan 7f"
    (line,) = found.rows["order_line"]
    assert (line["order"], line["line"], line["article"], line["quantity"], line["unit"]) == (
        "ORD001", "1", "10001", "10", "C62"
    )  # fmt: skip
    facts = found.content.facts
    assert (facts.kind, facts.made_at, facts.more["number"]) == ("order", "2012-03-01", "ORD001")
    assert "members only" in facts.more["checked"]


def test_the_sample_of_an_invoice(desk: FormatDesk, shared_formats: Path) -> None:
    found = read(desk, (shared_formats / "insbou003/samples/invoice.xml").read_bytes())
    assert not found.rejects
    assert not found.content.warnings
    (record,) = found.records["invoice"]
    assert (record["number"], record["total"], record["total_net"], record["vat_amount"]) == (
        "12345678", Decimal("6.72"), Decimal("5.55"), Decimal("1.17")
    )  # fmt: skip
    assert (record["kind"], record["buyer_order_number"], record["despatch_number"]) == ("380", "123456", "12345/7890")
    (line,) = found.records["invoice_line"]
    assert (line["price"], line["quantity"], line["total"], line["vat_rate"]) == (
        Decimal("1.85"), Decimal(3), Decimal("5.55"), Decimal(21)
    )  # fmt: skip
    assert json.loads(record["extension"])["VATSubTotal"] == [
        {"VATAmount": "1.17", "VATInformation": {"VATRate": "S", "VATPercentage": "21.00", "VATBaseAmount": "5.55"}}
    ]


@pytest.mark.parametrize("name", ["order-full", "invoice"])
def test_a_sample_is_written_as_it_was_read(desk: FormatDesk, shared_formats: Path, name: str) -> None:
    content = (shared_formats / f"insbou003/samples/{name}.xml").read_bytes()
    if name == "order-full":
        content = sample_order(shared_formats)
    entity = "order" if name == "order-full" else "invoice"
    again = written(desk, read(desk, content), entity)
    expected = [(path.replace("VATpercentage", "VATPercentage"), text) for path, text in plain(content)]
    assert plain(again) == expected
    assert desk.last.warned == {
        "messages were made by what is documented in public: the schema of INSBOU003 is for members only": 1
    }
    assert BY_ENTITY[entity].schema.encode() in again


@pytest.mark.parametrize(
    ("content", "entity", "lines"),
    [
        (RESPONSE, "order_response", ["1"]),
        (DESPATCH, "despatch_advice", ["1", "2", "1"]),
        (order().decode(), "order", ["1"]),
    ],
)
def test_each_message_comes_back_as_it_was(desk: FormatDesk, content: str, entity: str, lines: list[str]) -> None:
    found = read(desk, content.encode())
    assert not found.rejects
    assert [row["line"] for row in found.rows[BY_ENTITY[entity].line_entity]] == lines
    again = written(desk, found, entity)
    expected = [(path, "08712345007003" if text == "8712345007003" else text) for path, text in plain(content.encode())]
    assert plain(again) == expected


def test_a_response_has_its_fields(desk: FormatDesk) -> None:
    found = read(desk, RESPONSE.encode())
    (line,) = found.rows["order_response_line"]
    assert (line["order_line"], line["status"], line["quantity"], line["difference"]) == ("10", "6", "3", "-1")
    assert (line["gross_price"], line["price"], line["price_unit_quantity"]) == ("10", "7.5", "100")
    (record,) = found.rows["order_response"]
    assert (record["number"], record["buyer_order_number"], record["status"], record["total"]) == (
        "R1",
        "O1",
        "4",
        "12.5",
    )


def test_a_response_without_a_number_is_that_of_its_order(desk: FormatDesk) -> None:
    content = RESPONSE.replace("<OrderResponseNumber>R1</OrderResponseNumber>", "")
    found = read(desk, content.encode())
    assert found.rows["order_response"][0]["number"] == "O1"
    assert b"OrderResponseNumber" not in written(desk, found, "order_response")


def test_lines_of_a_despatch_stand_in_their_units(desk: FormatDesk) -> None:
    found = read(desk, DESPATCH.encode())
    lines = found.rows["despatch_line"]
    assert [(line["unit_number"], line["line"], line["article"]) for line in lines] == [
        ("1", "1", "A1"), ("1", "2", "A2"), ("2", "1", "A3")
    ]  # fmt: skip
    assert json.loads(lines[0]["extension"]) == {"DespatchUnitInformation": {"SSCC": ["387134500000000017"]}}
    assert found.rows["despatch_advice"][0]["remark"] == "Eén\nTwee"


def test_what_receivers_in_the_field_write_is_read(desk: FormatDesk) -> None:
    deviating = order(
        header="<EndCustomerOrderNumber>E1</EndCustomerOrderNumber><ProjectNumber>P1</ProjectNumber>"
        "<BackhaulingIndicator>4</BackhaulingIndicator><FreeText>Hallo</FreeText><DraftOrderIndicator/>"
        "<DeliveryParty><Name>Bouw</Name><Contactgegevens><PhoneNumber>06</PhoneNumber></Contactgegevens></DeliveryParty>",
        lines=LINE.replace("LineIdentification>", "LineIdentitfication>"),
    )
    usual = order(
        header="<CustomerOrderReference><EndCustomerOrderNumber>E1</EndCustomerOrderNumber></CustomerOrderReference>"
        "<ProjectReference><ProjectNumber>P1</ProjectNumber></ProjectReference><DeliveryConditions>"
        "<BackhaulingIndicator>4</BackhaulingIndicator></DeliveryConditions><AdditionalInformation><FreeText>Hallo"
        "</FreeText></AdditionalInformation><DeliveryParty><Name>Bouw</Name><ContactInformation><PhoneNumber>06"
        "</PhoneNumber></ContactInformation></DeliveryParty>",
    )
    found, expected = read(desk, deviating), read(desk, usual)
    assert not found.content.warnings
    assert found.rows == expected.rows


def test_groups_where_there_should_be_none_are_read(desk: FormatDesk) -> None:
    content = DESPATCH.replace("<BuyersOrderNumber>O1</BuyersOrderNumber>", "<OrderReference><BuyersOrderNumber>O1"
                               "</BuyersOrderNumber></OrderReference>")  # fmt: skip
    assert read(desk, content.encode()).rows == read(desk, DESPATCH.encode()).rows


def test_an_element_that_is_not_known_is_told(desk: FormatDesk) -> None:
    found = read(desk, order(header="<Sustainability>A</Sustainability><OrderDate>2026-03-02</OrderDate>"))
    assert found.content.warnings == [
        "The element Sustainability is not known, and was not read: 1 time.",
        "The element OrderDate (again) is not known, and was not read: 1 time.",
    ]
    assert found.rows["order"][0]["ordered_on"] == "2026-03-01"


def test_a_document_that_comes_again_replaces_its_lines(desk: FormatDesk) -> None:
    found = read(desk, order())
    assert [(part.entity.name, part.scope, part.owners) for part in found.content.parts] == [
        ("order", "listed", ()),
        ("order_line", "owners", ("order",)),
    ]
    assert found.part("order_line").references == {"article": "stub"}


def test_a_line_that_cannot_be_read_is_told_with_its_path(desk: FormatDesk) -> None:
    bad = LINE.replace(">2<", ">twee<").replace("<LineNumber>1", "<LineNumber>2")
    path = desk.file("order.xml", order(lines=LINE + "\n" + bad))
    found = desk.read(path)
    assert [row["line"] for row in found.rows["order_line"]] == ["1"]
    (reject,) = found.rejects
    assert (reject.line, reject.field, reject.value) == (4, "OrderedQuantity", "twee")
    assert (reject.place, reject.reason) == ("Order/OrderLine[2]/OrderedQuantity", "is no decimal number")
    again = desk.read(desk.rewrite(path, found.rejected_items()))
    assert len(again.records["order"]) == 1
    assert [reject.field for reject in again.rejects] == ["OrderedQuantity"]


def test_a_document_that_cannot_be_read_is_told(desk: FormatDesk, shared_formats: Path) -> None:
    found = read(desk, (shared_formats / "insbou003/samples/order-full.xml").read_bytes())
    (reject,) = found.rejects
    assert (reject.entity, reject.place, reject.value) == ("order", "Order/Buyer/GLN", "%%BUYER_GLN%%")
    assert found.rows["order_line"][0]["order"] == "ORD001"


def test_an_invoice_whose_lines_do_not_come_to_its_total_is_warned_of(desk: FormatDesk, shared_formats: Path) -> None:
    content = (shared_formats / "insbou003/samples/invoice.xml").read_bytes().replace(b"<Price>", b"<Price>")
    content = content.replace(b"<TotalNetLineAmount>5.55", b"<TotalNetLineAmount>6.00")
    assert read(desk, content).content.warnings == [
        "The lines of invoice 12345678 come to 5.55, but it says 6 (TotalNetLineAmount)."
    ]


def test_several_messages_in_a_zip_file(desk: FormatDesk, tmp_path: Path) -> None:
    members = {"a.xml": order("O1"), "b.XML": order("O2", lines=LINE * 2), "c.xml": RESPONSE.encode(), "d.pdf": b"%"}
    found = desk.read(zip_of(tmp_path / "messages.zip", members))
    assert [row["number"] for row in found.rows["order"]] == ["O1", "O2"]
    assert [part.entity.name for part in found.content.parts] == [
        "order", "order_line", "order_response", "order_response_line"
    ]  # fmt: skip
    assert found.content.facts.kind == "2 orders, 1 order response"
    again = written(desk, found, "order", packed=True)
    assert again
    with zipfile.ZipFile(desk.last.target) as archive:
        assert archive.namelist() == ["0001-O1.xml", "0002-O2.xml"]
    assert len(desk.read(desk.last.target).records["order_line"]) == 3


def test_several_messages_are_refused_without_a_zip_file(desk: FormatDesk, tmp_path: Path) -> None:
    found = desk.read(zip_of(tmp_path / "m.zip", {"a.xml": order("O1"), "b.xml": order("O2")}))
    with pytest.raises(DataError, match="A file has one order, and there are several: 0001-O1 and O2"):
        written(desk, found, "order")


def test_rejects_of_a_zip_file_keep_to_their_messages(desk: FormatDesk, tmp_path: Path) -> None:
    bad = LINE.replace(">2<", "><").replace(
        "<OrderedQuantity></OrderedQuantity>", "<OrderedQuantity>x</OrderedQuantity>"
    )
    source = zip_of(tmp_path / "m.zip", {"a.xml": order("O1"), "b.xml": order("O2", lines=LINE + bad)})
    found = desk.read(source)
    with zipfile.ZipFile(desk.rewrite(source, found.rejected_items())) as archive:
        assert archive.namelist() == ["b.xml"]
        assert archive.read("b.xml").count(b"<OrderLine>") == 1


@pytest.mark.parametrize(
    ("change", "path", "reason"),
    [
        ({"number": "X" * 18}, "OrderNumber", "is longer than the 17 characters"),
        ({"kind": "999"}, "OrderType", "is none of 220, 402"),
        ({"buyer_gln": ""}, "Buyer", "has no value, and the standard wants one"),
        ({"remark": "x " * 400}, "AdditionalInformation/FreeText", "takes more than the 10 texts of 70 characters"),
        ({"delivery_city": "x" * 36}, "DeliveryParty/City", "is longer than the 35 characters"),
        ({"ordered_on": "gisteren"}, "OrderDate", "is no date"),
    ],
)
def test_what_the_standard_does_not_allow_is_left_out_and_told(
    desk: FormatDesk, change: dict[str, str], path: str, reason: str
) -> None:
    rows = read(desk, order()).rows
    rows["order"][0] |= change
    rows["order_line"][0]["order"] = rows["order"][0]["number"]
    desk.last = desk.writing(rows, DicoHeader(), "order", sequence=7)
    with pytest.raises(DataError, match=r"no order that can be written. The first that was refused: "):
        desk.write(desk.last)
    (refusal,) = desk.last.refusals
    assert refusal.field == path
    assert refusal.reason.startswith(reason)


def test_an_order_of_ones_own_needs_little(desk: FormatDesk) -> None:
    rows = {
        "order": [{"number": "O1", "ordered_on": "2026-03-01", "remark": "een twee " * 12, "extension": "<other/>"}],
        "order_line": [{"order": "O1", "line": "1", "article": "A1", "quantity": "2", "unit": "C62"}],
    }
    desk.last = desk.writing(rows, DicoHeader(buyer_gln=BUYER, supplier_gln=GLN), "order", sequence=7)
    result = desk.write(desk.last)
    assert (result.records, result.counts) == (1, {"order_line": 1})
    found = read(desk, desk.last.target.read_bytes())
    assert found.rows["order"][0]["kind"] == "220"
    assert found.rows["order_line"][0]["unit"] == "C62"
    assert len(found.rows["order"][0]["remark"].splitlines()) == 2


@pytest.mark.parametrize(
    ("content", "message_text"),
    [
        (b"<Catalogue/>", "is no message of DICO/INSBOU003"),
        (b"<Order><OrderNumber>1</Order>", "is not well-formed XML"),
        (b'<!DOCTYPE o [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><Order>&b;</Order>', "entities"),
        (b'<!DOCTYPE o [<!ENTITY a SYSTEM "file:///etc/passwd">]><Order>&a;</Order>', "entities"),
        (b"<Order>" + b"<a>" * 300 + b"</a>" * 300 + b"</Order>", "nested too deep"),
        (b"", "no element found"),
    ],
)
def test_what_is_no_message_or_harmful_is_refused(desk: FormatDesk, content: bytes, message_text: str) -> None:
    with pytest.raises(DataError, match=message_text):
        read(desk, content)


def test_a_look_tells_the_document_and_its_lines(desk: FormatDesk) -> None:
    found = desk.inspect(desk.file("o.xml", order(lines=LINE * 3)))
    assert found.counts == {"Order": "1", "Order line": "3"}
    large = desk.inspect(desk.file("o.xml", order(lines=LINE * 9000)))
    assert large.counts == {"order line": "9,000"}


def texts_of(node: Node) -> st.SearchStrategy[str]:
    if node.codes:
        return st.sampled_from(sorted(node.codes))
    kinds: dict[str, st.SearchStrategy[str]] = {
        "date": st.dates(dt.date(1900, 1, 1)).map(dt.date.isoformat),
        "time": st.just("12:30:00"),
        "int": st.integers(0, 10**6).map(str),
        "dec": st.decimals(0, 10**6, places=node.most or 2).map(lambda number: f"{number:f}"),
        "gln": st.just(GLN),
        "gtin": st.integers(1, 10**14 - 1).map(lambda number: f"{number:014d}"),
        "any": st.just("x"),
    }
    text = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=node.most or 20)
    return kinds.get(node.kind, text)


@st.composite
def trees(draw: st.DrawFn, node: Node) -> etree._Element:
    element = etree.Element(node.name)
    for part in node.children.values():
        least = 1 if part.must else 0
        for _ in range(draw(st.integers(least, 2 if part.repeated else 1))):
            if part.is_group:
                child = draw(trees(part))
                if part.must and not len(child):
                    first = next(iter(part.children.values()))
                    etree.SubElement(child, first.name).text = draw(texts_of(first))
            else:
                child = etree.Element(part.name)
                child.text = draw(texts_of(part))
            if child.text or len(child):
                element.append(child)
    return element


@pytest.mark.parametrize("root", MESSAGES)
@given(data=st.data())
@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_whatever_the_table_knows_survives(shared_desk: FormatDesk, root: str, data: st.DataObject) -> None:
    """A message with anything that the table allows is written as it was read."""
    desk, of = shared_desk, MESSAGES[root]
    element = data.draw(trees(message(root, "insbou")))
    if root == "OrderResponse" and element.find("OrderResponseNumber") is None:
        element.insert(0, etree.fromstring("<OrderResponseNumber>R1</OrderResponseNumber>"))
    number_lines(element, of.line_path)
    content = etree.tostring(element, encoding="utf-8")
    found = read(desk, content)
    assert not found.rejects
    assert not [warning for warning in found.content.warnings if "is not known" in warning]
    assert normal(written(desk, found, of.entity)) == normal(content)


def number_lines(element: etree._Element, path: str) -> None:
    """Give the lines numbers of their own, in order, as a document has them."""
    group, _, inner = path.partition("/")
    for number, line in enumerate(element.findall(group), start=1):
        for name in ("LineNumber", "DespatchLineNumber"):
            if (found := line.find(name)) is not None:
                found.text = str(number)
            elif name == "LineNumber" and not inner:
                etree.SubElement(line, "LineNumber").text = str(number)
                line.insert(0, line[-1])
        for place, each in enumerate(line.findall(inner) if inner else (), start=1):
            each[0].text = str(place)


def normal(content: bytes) -> list[tuple[str, str]]:
    return [(path, str(Decimal(text).normalize()) if text.replace(".", "").isdecimal() and text.isascii() else text)
            for path, text in plain(content)]  # fmt: skip
