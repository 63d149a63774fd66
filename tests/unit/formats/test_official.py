"""Files held against official schemas, lists of codes and templates that were dropped into a directory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from support import pab_files
from support.format_desk import FormatDesk
from support.icc_files import condition, file_of, header
from support.xchange_files import catalogue, item, product

from core.exchange.formats.official.checking import SAMPLE, check_official
from core.exchange.formats.official.dropped import LARGEST
from core.exchange.formats.official.verdict import MOST_FAULTS, Verdict
from core.exchange.formats.registry import industry_format

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from core.config.formats import FormatId

XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{space}" xmlns="{space}"
 elementFormDefault="qualified">{more}
 <xs:element name="BMECAT"><xs:complexType><xs:sequence>
  <xs:element name="HEADER" minOccurs="0"/>
  <xs:element name="{child}"><xs:complexType><xs:sequence>
   <xs:element name="ARTICLE" maxOccurs="unbounded"><xs:complexType><xs:sequence>
    <xs:element name="SUPPLIER_AID" type="{aid}"/><xs:element name="UNIT" minOccurs="0" type="xs:string"/>
   </xs:sequence><xs:attribute name="mode"/></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>
 </xs:sequence><xs:attribute name="version"><xs:simpleType><xs:restriction base="xs:string">
 {versions}</xs:restriction></xs:simpleType></xs:attribute></xs:complexType></xs:element></xs:schema>"""


def xsd(
    space: str = "urn:official", *versions: str, child: str = "T_NEW_CATALOG", more: str = "", aid: str = "xs:integer"
) -> str:
    allowed = "".join(f'<xs:enumeration value="{each}"/>' for each in versions or ("2005",))
    return XSD.format(space=space, versions=allowed, child=child, more=more, aid=aid)


def document(*articles: str, space: str = "urn:official", version: str = "2005", child: str = "T_NEW_CATALOG") -> str:
    declared = f' xmlns="{space}"' if space else ""
    items = "\n".join(f"<ARTICLE>{each}</ARTICLE>" for each in articles)
    return f'<BMECAT{declared} version="{version}">\n<HEADER/>\n<{child}>\n{items}\n</{child}>\n</BMECAT>\n'


GOOD = "<SUPPLIER_AID>1</SUPPLIER_AID>"
BAD = "<SUPPLIER_AID>x</SUPPLIER_AID>"


class Rules:
    """A directory of dropped files, and what comes of holding a file against them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "rules"
        self.desks = directory / "desks"
        self.desks.mkdir()

    def drop(self, name: str, content: str | bytes) -> Path:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def verdict(self, source: Path | str | bytes, format_id: FormatId = "bmecat", **how: bool) -> Verdict | None:
        reading = FormatDesk(format_id, self.desks).reading(source)
        return check_official(reading, industry_format(format_id), self.directory, **how)

    def check(self, source: Path | str | bytes, format_id: FormatId = "bmecat", **how: bool) -> Verdict:
        found = self.verdict(source, format_id, **how)
        assert found is not None
        return found


@pytest.fixture
def rules(tmp_path: Path) -> Rules:
    return Rules(tmp_path)


def book(path: Path, **sheets: Sequence[Sequence[Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path)) as made:
        for name, rows in sheets.items():
            page = made.add_worksheet(name)
            for number, row in enumerate(rows):
                page.write_row(number, 0, row)
    return path


def test_where_nothing_was_dropped_nothing_is_said(rules: Rules) -> None:
    assert rules.verdict(document(BAD)) is None
    rules.drop("readme.txt", "put schemas here")
    assert rules.verdict(document(BAD)) is None


def test_faults_have_the_line_and_no_namespaces(rules: Rules) -> None:
    rules.drop("a.xsd", xsd())
    assert rules.check(document(GOOD)).faults == []
    found = rules.check(document(GOOD, BAD, "<UNIT/>"))
    assert found.against == ["a.xsd"]
    assert found.faults == [
        "line 5, ARTICLE x: Element 'SUPPLIER_AID': 'x' is not a valid value of the atomic type 'xs:integer'.",
        "line 6: Element 'UNIT': This element is not expected. Expected is ( SUPPLIER_AID ).",
    ]


def test_faults_have_the_record_that_they_are_in(rules: Rules) -> None:
    rules.drop("a.xsd", xsd())
    units(rules, "UNIT")
    articles = [
        "<SUPPLIER_AID>7</SUPPLIER_AID>\n<UNIT>MTR</UNIT>\n<NO/>",
        # What it is called stands behind what is wrong with it.
        "<UNIT>MTR</UNIT>\n<SUPPLIER_AID>8</SUPPLIER_AID>",
        "<UNIT>MTR</UNIT>",
        "<SUPPLIER_AID>9</SUPPLIER_AID>\n<UNIT>STK</UNIT>",
    ]
    assert [fault.split(": ")[0] for fault in rules.check(document(*articles)).faults] == [
        "line 6, ARTICLE 7",
        "line 7, ARTICLE 8",
        "line 9",
        "line 11, ARTICLE 9",
    ]
    # Where several records stand in a line, none is named.
    (fault,) = rules.check(document(GOOD, "<SUPPLIER_AID>5</SUPPLIER_AID><NO/>", GOOD).replace("\n", "")).faults
    assert fault.startswith("line 1: Element 'NO'")


def test_a_document_on_a_single_line_is_checked_as_well(rules: Rules) -> None:
    rules.drop("a.xsd", xsd())
    text = document(*[GOOD] * 5000, BAD).replace("\n", "")
    (fault,) = rules.check(text).faults
    assert fault.startswith("line 1: Element 'SUPPLIER_AID': 'x'")


def test_after_the_first_ten_a_file_is_not_looked_at_any_further(rules: Rules) -> None:
    rules.drop("a.xsd", xsd())
    found = rules.check(document(*[BAD] * 50))
    assert len(found.faults) == MOST_FAULTS
    assert found.in_words().startswith("has 10 faults or more by a.xsd; the first: line 4, ARTICLE x: ")


@pytest.mark.parametrize(
    ("space", "version", "child", "chosen"),
    [
        ("urn:one", "1", "T_NEW_CATALOG", ["one.xsd"]),
        ("urn:two", "1", "T_NEW_CATALOG", ["two.xsd"]),
        ("urn:wild", "1", "T_NEW_CATALOG", ["one.xsd"]),
        ("", "1", "T_UPDATE_PRICES", ["prices.xsd"]),
        ("urn:wild+onto", "2", "T_NEW_CATALOG", ["two.xsd"]),
        ("urn:wild", "3", "T_NEW_CATALOG", []),
    ],
)
def test_a_schema_is_chosen_by_namespace_then_by_version_and_children(
    rules: Rules, space: str, version: str, child: str, chosen: list[str]
) -> None:
    rules.drop("one.xsd", xsd("urn:one", "1"))
    rules.drop("prices.xsd", xsd("urn:prices", "1", child="T_UPDATE_PRICES"))
    rules.drop("two.xsd", xsd("urn:two", "1", "2"))
    found = rules.check(document(GOOD, BAD, space=space, version=version, child=child))
    assert found.against == chosen
    assert [fault[:7] for fault in found.faults] == ["line 5,"] * len(chosen)
    assert bool(found.unfitting) is (not chosen)


def test_two_schemas_that_fit_alike_are_named_and_not_chosen_between(rules: Rules) -> None:
    rules.drop("a.xsd", xsd("urn:a"))
    rules.drop("b.xsd", xsd("urn:b"))
    found = rules.check(document(BAD, space="urn:wild"))
    assert found.faults == []
    assert found.unfitting == "a.xsd and b.xsd are for such a document alike"


def test_a_file_of_our_own_is_held_against_schemas_of_its_namespace_only(rules: Rules) -> None:
    rules.drop("a.xsd", xsd())
    assert rules.check(document(BAD, space="urn:wild"), exact=True).against == []
    assert len(rules.check(document(BAD), exact=True).faults) == 1


@pytest.mark.parametrize("start", ["\ufeff", '<?xml version="1.0"?>\n<!DOCTYPE BMECAT [<!ENTITY x "1">]>\n'])
def test_what_stands_before_the_root_is_no_hindrance(rules: Rules, start: str) -> None:
    rules.drop("a.xsd", xsd())
    found = rules.check(start + document("<SUPPLIER_AID>1</SUPPLIER_AID>", space="urn:wild"))
    assert (found.against, found.faults) == (["a.xsd"], [])


@pytest.mark.parametrize(
    "content",
    [
        "<xs:schema",
        "<a/>",
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="BMECAT" type="gone"/></xs:schema>',
        '<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY c "&b;&b;">]><a>&c;</a>',
        " " * (LARGEST + 1),
    ],
)
def test_a_broken_schema_is_told_and_the_others_are_used(rules: Rules, content: str) -> None:
    rules.drop("bad.xsd", content)
    found = rules.check(document(BAD))
    assert found.faults == []
    (told,) = found.unusable
    assert told.startswith("bad.xsd is ")
    if "BMECAT" not in content:
        rules.drop("good.xsd", xsd())
        found = rules.check(document(BAD))
        # The file has no need of the broken one.
        assert (len(found.faults), found.unusable) == (1, [])
        assert found.spare == [told]


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{made.server_port}", asked
        made.shutdown()
        thread.join()


def test_nothing_is_fetched_from_the_network(rules: Rules, server: tuple[str, list[str]]) -> None:
    address, asked = server
    rules.drop("a.xsd", xsd(more=f'<xs:include schemaLocation="{address}/parts.xsd"/>'))
    found = rules.check(
        document(GOOD).replace(
            "<BMECAT",
            f'<BMECAT xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="urn:o {address}/a"',
        )
    )
    assert "a.xsd is no XML Schema that can be used" in found.unusable[0]
    rules.drop("a.xsd", xsd())
    rules.check(
        document(GOOD).replace(
            "<BMECAT",
            f'<BMECAT xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="urn:o {address}/a"',
        )
    )
    remote = json.loads(SCHEMA)
    remote["properties"]["CatalogueName"] = {"$ref": f"{address}/other.json"}
    rules.drop("a.json", json.dumps(remote))
    assert "is not fetched" in rules.check(json.dumps(catalogue()), "etim-xchange").unusable[0]
    assert asked == []


def test_what_a_schema_includes_is_found_beside_it(rules: Rules) -> None:
    kind = '<xs:simpleType name="aid"><xs:restriction base="xs:integer"/></xs:simpleType>'
    included = (
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:official">{kind}</xs:schema>'
    )
    rules.drop("parts/types.xsd", included)
    rules.drop("a.xsd", xsd(more='<xs:include schemaLocation="parts/types.xsd"/>', aid="aid"))
    assert len(rules.check(document(GOOD, BAD)).faults) == 1


def test_each_document_of_a_zip_file_is_checked(rules: Rules, tmp_path: Path) -> None:
    rules.drop("a.xsd", xsd())
    path = pab_files.zip_of(
        tmp_path / "z.zip", {"a.xml": document(GOOD).encode(), "b.xml": document(BAD).encode(), "c.txt": b"x"}
    )
    (fault,) = rules.check(path).faults
    assert fault.startswith("b.xml, line 4, ARTICLE x: ")


def test_a_look_takes_the_beginning_only_and_says_so(rules: Rules) -> None:
    rules.drop("a.xsd", xsd())
    many = SAMPLE // 40
    found = rules.check(document(BAD, *[GOOD] * many, BAD), look=True)
    assert (len(found.faults), found.sample) == (1, "the first 2.0 MB")
    assert len(rules.check(document(BAD, *[GOOD] * many, BAD)).faults) == 2
    assert rules.check(document(GOOD), look=True).sample == ""


def test_what_is_not_well_formed_is_left_to_who_reads_it(rules: Rules) -> None:
    rules.drop("a.xsd", xsd())
    assert len(rules.check(document(GOOD, BAD)[:-28]).faults) == 1


PRODUCTS = {"type": "array", "minItems": 1, "items": {
    "type": "object", "required": ["ProductIdentification"], "properties": {"TradeItem": {"type": "array", "items": {
        "type": "object", "properties": {"Ordering": {"type": "object", "properties": {
            "OrderUnit": {"enum": ["C62", "MTR"]}}}}}}}}}  # fmt: skip
SUPPLIERS = {"type": "array", "items": {"type": "object", "properties": {
    "SupplierName": {"type": "string", "maxLength": 10}, "Product": PRODUCTS}}}  # fmt: skip
SCHEMA = json.dumps({
    "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "https://example.org/xChange/20",
    "title": "ETIM xChange V2.0", "type": "object",
    "properties": {"SchemaVersion": {"type": "string"}, "CatalogueId": {"maxLength": 3}, "Supplier": SUPPLIERS},
})  # fmt: skip


def test_a_catalogue_in_json_is_checked_product_by_product(rules: Rules) -> None:
    rules.drop("xchange.json", SCHEMA)
    good = product("P-1", item("A-1"))
    bad = product("P-2", item("A-2"), item("A-3", Ordering={"OrderUnit": "PCE"}))
    assert rules.check(json.dumps(catalogue(good)), "etim-xchange").faults == []
    text = json.dumps(catalogue(good, bad, CatalogueId="C-1234"), indent=1)
    line = text[: text.index("P-2")].count("\n") + 1
    found = rules.check(text, "etim-xchange")
    assert found.against == ["xchange.json"]
    assert found.faults == [
        f'line {line - 3}, Product P-2, TradeItem/2/Ordering/OrderUnit: "PCE" is not one of "C62" or "MTR"',
        'CatalogueId: "C-1234" is longer than 3 characters',
    ]


def test_the_schema_of_the_version_is_taken(rules: Rules) -> None:
    rules.drop("v20.json", SCHEMA)
    old = json.loads(SCHEMA) | {"title": "ETIM xChange V1.1"}
    del old["properties"]["SchemaVersion"]
    rules.drop("v11.json", json.dumps(old))
    new = catalogue(product("P-1", item()))
    before = {key: value for key, value in new.items() if key != "SchemaVersion"}
    assert rules.check(json.dumps(new), "etim-xchange").against == ["v20.json"]
    assert rules.check(json.dumps(before), "etim-xchange").against == ["v11.json"]
    found = rules.check(json.dumps(new | {"SchemaVersion": "3.0"}), "etim-xchange")
    assert (found.against, found.unfitting) == ([], "no schema is for version 3.0")


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"properties": 1}', "\xff"])
def test_a_broken_json_schema_is_told(rules: Rules, content: str) -> None:
    rules.drop("bad.json", content.encode("latin-1"))
    found = rules.check(json.dumps(catalogue(product())), "etim-xchange")
    assert "bad.json is no JSON Schema" in found.unusable[0]


def units(rules: Rules, field: str) -> None:
    rules.drop("codes.csv", f"field,list\n{field},lists/units.csv\n")
    rules.drop("lists/units.csv", "Name;Code\nPiece;PCE\nMetre;MTR\n")


@pytest.mark.parametrize("field", ["UNIT", "ARTICLE/UNIT", "BMECAT/T_NEW_CATALOG/ARTICLE/UNIT"])
def test_codes_of_elements(rules: Rules, field: str) -> None:
    units(rules, field)
    bad = GOOD + "<UNIT>STK</UNIT>"
    found = rules.check(document(GOOD + "<UNIT> PCE </UNIT>", bad, bad, GOOD + "<UNIT/>"))
    assert found.against == ["codes.csv"]
    assert found.faults == [f"line 5, ARTICLE 1: {field} has 'STK', which is none of the codes of lists/units.csv"]
    assert found.unmet == []


def test_codes_are_of_the_field_where_it_stands(rules: Rules) -> None:
    units(rules, "HEADER/UNIT")
    found = rules.check(document(GOOD + "<UNIT>STK</UNIT>"))
    assert (found.faults, found.unmet) == ([], ["HEADER/UNIT"])


def test_codes_of_attributes_and_both_kinds_of_faults(rules: Rules) -> None:
    rules.drop("a.xsd", xsd())
    rules.drop("codes.csv", "field,list\nARTICLE/@mode,modes.csv\n")
    rules.drop("modes.csv", "code\nnew\n")
    found = rules.check(document(GOOD, BAD).replace("<ARTICLE>", '<ARTICLE mode="old">'))
    assert found.against == ["codes.csv", "a.xsd"]
    assert [fault.partition(" has")[0] for fault in found.faults] == [
        "line 5, ARTICLE x: Element 'SUPPLIER_AID': 'x' is not a valid value of the atomic type 'xs:integer'.",
        "line 4, ARTICLE 1: ARTICLE/@mode",
    ]


def test_lines_are_right_however_many_there_are(rules: Rules) -> None:
    rules.drop("a.xsd", xsd())
    units(rules, "UNIT")
    found = rules.check(document(*[GOOD] * 80_000, BAD, GOOD + "<UNIT>STK</UNIT>"))
    assert [fault.partition(":")[0] for fault in found.faults] == ["line 80,004, ARTICLE x", "line 80,005, ARTICLE 1"]


def test_of_a_long_list_of_values_not_all_are_told(rules: Rules) -> None:
    rules.drop("a.xsd", xsd("urn:official", *(f"2005.{number}" for number in range(100))))
    (fault,) = rules.check(document(GOOD)).faults
    assert fault.endswith("The value '2005' is none of those that it may have.")


@pytest.mark.parametrize("field", ["OrderUnit", "TradeItem/Ordering/OrderUnit"])
def test_codes_of_members_of_json(rules: Rules, field: str) -> None:
    units(rules, field)
    text = json.dumps(catalogue(product("P-1", item())))
    (fault,) = rules.check(text, "etim-xchange").faults
    assert fault == f"line 1, Product P-1: {field} has 'C62', which is none of the codes of lists/units.csv"


def test_codes_of_records_of_fixed_width(rules: Rules, tmp_path: Path) -> None:
    units(rules, "ArtLev/UseUnitMeasureUnitCode")
    files = {"HArtLev.txt": pab_files.header(), "ArtLev.txt": pab_files.article() + pab_files.article(
        "2", UseUnitMeasureUnitCode="STK")}  # fmt: skip
    (fault,) = rules.check(pab_files.zip_of(tmp_path / "p.zip", files), "pab").faults
    assert fault.startswith("line 2 of ArtLev.txt: ArtLev/UseUnitMeasureUnitCode has 'STK'")
    units(rules, "Discount group")
    (fault,) = rules.check(file_of(header(), condition(group="PCE"), condition(group="x")), "icc").faults
    assert fault.startswith("line 3: Discount group has 'x'")


def test_codes_of_a_schema_and_of_a_workbook(rules: Rules) -> None:
    kind = '<xs:restriction base="xs:string"><xs:enumeration value="PCE"/></xs:restriction>'
    kinds = f'<xs:simpleType name="Number">{kind}</xs:simpleType>'
    kinds += '<xs:simpleType name="UoM"><xs:union memberTypes="Number UoM"/></xs:simpleType>'
    enumerated = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{kinds}</xs:schema>'
    rules.drop("codelist.xsd", enumerated)
    book(rules.directory / "lists" / "rec20.xlsx", Read=[["x"]], Codes=[["Common Code", "Name"], ["PCE", "piece"]])
    for name in ("codelist.xsd#Number", "codelist.xsd#UoM", "lists/rec20.xlsx#Codes!Common Code"):
        rules.drop("codes.csv", f"field,list\nUNIT,{name}\n")
        found = rules.check(document(GOOD + "<UNIT>PCE</UNIT>", GOOD + "<UNIT>STK</UNIT>"))
        assert [fault.partition(", whic")[0] for fault in found.faults] == ["line 5, ARTICLE 1: UNIT has 'STK'"], name
        assert found.unusable == []


@pytest.mark.parametrize(
    ("bound", "told"),
    [
        ("UNIT,gone.csv", "codes.csv names gone.csv, and there is no such file beside or below it."),
        ("UNIT,../outside.csv", "codes.csv names ../outside.csv, and there is no such file beside or below it."),
        ("UNIT,a.csv#Nr", "a.csv#Nr, named in codes.csv, has no such column; it has code and name."),
        ("UNIT,empty.csv", "empty.csv, named in codes.csv, has no codes."),
        ("UNIT,codelist.xsd#Gone", "codelist.xsd is no XML Schema"),
        ("UNIT,broken.xlsx", "broken.xlsx is no Excel workbook"),
        ("UNIT,huge.csv", "huge.csv is larger than 16.0 MB."),
    ],
)
def test_a_list_that_cannot_be_used_is_told_and_the_others_are(rules: Rules, bound: str, told: str) -> None:
    rules.drop("../outside.csv", "code\nPCE\n")
    rules.drop("a.csv", "code,name\n1,one\n")
    rules.drop("empty.csv", "code\n")
    rules.drop("codelist.xsd", "<a")
    rules.drop("broken.xlsx", "none")
    rules.drop("huge.csv", "x" * (LARGEST + 1))
    rules.drop("codes.csv", f"field,list\n{bound}\nSUPPLIER_AID,a.csv\n")
    found = rules.check(document(BAD))
    assert any(each.startswith(told) for each in found.unusable), found.unusable
    assert len(found.faults) == 1


def test_a_file_of_codes_without_its_header_is_told(rules: Rules) -> None:
    rules.drop("codes.csv", "UNIT,a.csv\n")
    assert rules.check(document(GOOD)).unusable == ["codes.csv lacks its header: field,list."]


NAMES = ["MARQUE", "REFCIALE", "GTIN"]


def test_a_workbook_has_the_sheets_and_columns_of_the_template(rules: Rules, tmp_path: Path) -> None:
    book(rules.directory / "old.xlsx", Other=[["x"]])
    book(
        rules.directory / "kit-3.0.xlsx",
        B00_CARTOUCHE=[["NSCRIPT"]],
        B01_COMMERCE=[["MARQUE\nbrand", "REFCIALE", "GTIN"]],
        B03_MEDIA=[NAMES],
    )
    same = book(tmp_path / "same.xlsx", B00_CARTOUCHE=[["NSCRIPT"]], B01_COMMERCE=[NAMES, ["A", "1", ""]])
    found = rules.check(same, "fab-dis")
    assert (found.against, found.faults) == (["kit-3.0.xlsx"], [])
    other = book(
        tmp_path / "other.xlsx", B01_COMMERCE=[["REFCIALE", "MARQUE", "NEW"]], Notes=[["x"]], B03_MEDIA=[NAMES]
    )
    assert rules.check(other, "fab-dis").faults == [
        "sheet B01_COMMERCE: the columns GTIN of the template are not there",
        "sheet B01_COMMERCE: the template has no columns NEW",
        "sheet B01_COMMERCE: the column REFCIALE stands where the template has MARQUE",
        "sheet NOTES: the template has no such sheet",
    ]


def test_codes_of_the_columns_of_a_workbook(rules: Rules, tmp_path: Path) -> None:
    rules.drop("codes.csv", "field,list\nB01_COMMERCE/MARQUE,brands.csv\n")
    rules.drop("brands.csv", "code\nA\n")
    source = book(tmp_path / "f.xlsx", B01_COMMERCE=[NAMES, ["A", "1", ""], ["B", "2", ""]])
    (fault,) = rules.check(source, "fab-dis").faults
    assert fault == "row 3 of B01_COMMERCE: B01_COMMERCE/MARQUE has 'B', which is none of the codes of brands.csv"


def test_a_broken_template_is_told(rules: Rules, tmp_path: Path) -> None:
    rules.drop("bad.xlsx", "none")
    found = rules.check(book(tmp_path / "f.xlsx", B01_COMMERCE=[NAMES]), "fab-dis")
    assert found.unusable == ["bad.xlsx is no Excel workbook, whatever its name says."]


OFFICIAL: list[tuple[FormatId, str, str, list[str]]] = [
    ("bmecat", "bmecat-2005/xsd", "bmecat-2005/samples/minimal-2005.1.xml", ["bmecat_2005_1.xsd"]),
    ("bmecat", "bmecat-1.2/xsd", "bmecat-1.2/samples/golden-update-prices.xml", ["bmecat_update_prices_1_2.xsd"]),
    ("etim-bmecat", "bmecat-etim/xsd", "bmecat-etim/samples/official-sample-v5-etim10.xml", ["bmecat_etim_501.xsd"]),
    ("etim-ixf", "etim/xsd", "etim/samples/etim6-ixf-excerpt.xml", ["ETIMIXF1.0.xsd"]),
    (
        "etim-xchange",
        "etim-xchange/schema",
        "etim-xchange/samples-synthetic/invalid.json",
        ["xChange_Schema_V2.0-2025-11-27.json"],
    ),
]


@pytest.mark.parametrize(("format_id", "schemas", "sample", "chosen"), OFFICIAL)
def test_official_schemas_as_they_come(
    tmp_path: Path, shared_formats: Path, format_id: FormatId, schemas: str, sample: str, chosen: list[str]
) -> None:
    reading = FormatDesk(format_id, tmp_path).reading(shared_formats / sample)
    found = check_official(reading, industry_format(format_id), shared_formats / schemas)
    assert found is not None
    assert (found.against, found.unusable) == (chosen, [])
    assert bool(found.faults) is ("golden" in sample or "invalid" in sample)


def test_the_official_code_lists_of_dico(rules: Rules, shared_formats: Path) -> None:
    rules.drop("codelist.xsd", (shared_formats / "dico" / "xsd" / "codelist.xsd").read_bytes())
    rules.drop("codes.csv", "field,list\nUseUnitUoM,codelist.xsd#UoMType\nOrderUoM,codelist.xsd#UoMType\n")
    text = (shared_formats / "dico" / "samples" / "synthetic-pricecatalogue.xml").read_text()
    found = rules.check(text, "dico-sales")
    assert (found.faults, found.unmet, found.unusable) == ([], [], [])
    (fault,) = rules.check(text.replace("<OrderUoM>PCE<", "<OrderUoM>STK<"), "dico-sales").faults
    assert "OrderUoM has 'STK', which is none of the codes of codelist.xsd#UoMType" in fault


@pytest.fixture(scope="module")
def kept_rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    """For property tests, which may not have a fixture of their own for each example."""
    return Rules(tmp_path_factory.mktemp("rules"))


@settings(max_examples=60)
@given(
    content=st.binary(max_size=200) | st.text("ab#,;/@<>\n\"'", max_size=60).map(str.encode),
    name=st.sampled_from(["codes.csv", "list.csv", "a.xsd", "a.json", "list.xsd"]),
)
def test_whatever_was_dropped_is_used_or_told(kept_rules: Rules, content: bytes, name: str) -> None:
    for each in kept_rules.directory.glob("*"):
        each.unlink()
    kept_rules.drop("codes.csv", "field,list\nSUPPLIER_AID,list.csv\nUNIT,list.xsd#a\n")
    kept_rules.drop(name, content)
    read = kept_rules.check(document(GOOD)), kept_rules.check(json.dumps(catalogue(product())), "etim-xchange")
    for found in read:
        assert all(each.endswith(".") and "\n" not in each for each in found.unusable)


MEASURED = """
import resource, sys
from pathlib import Path
from support.format_desk import FormatDesk
from core.exchange.formats.official.checking import check_official
from core.exchange.formats.registry import industry_format

def check(name):
    reading = FormatDesk("bmecat", desks).reading(desks / name)
    found = check_official(reading, industry_format("bmecat"), rules)
    assert found.against == ["codes.csv", "a.xsd"] and not found.faults, found
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

desks, rules = map(Path, sys.argv[1:])
before = check("few.xml")
print(check("many.xml") - before)
"""


def test_memory_stays_flat(rules: Rules) -> None:
    rules.drop("a.xsd", xsd())
    rules.drop("codes.csv", "field,list\nUNIT,units.csv\n")
    rules.drop("units.csv", "code\nPCE\n")
    one = GOOD + "<UNIT>PCE</UNIT>"
    for name, articles in (("few.xml", 100), ("many.xml", 250_000)):
        (rules.desks / name).write_text(document(*[one] * articles))
    grown = subprocess.run(
        [sys.executable, "-c", MEASURED, str(rules.desks), str(rules.directory)],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    # A tree of all of them would take a hundred times as much.
    assert int(grown.stdout) < 8_000
