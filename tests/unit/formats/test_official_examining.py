"""What is wrong with dropped rules, told before any file is held against them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import xlsxwriter

from core.exchange.formats.official.examining import examine

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{}</xs:schema>'
WHOLE = SCHEMA.format('<xs:include schemaLocation="parts.xsd"/><xs:element name="BMECAT" type="part"/>')
PART = SCHEMA.format('<xs:complexType name="part"/>')
NEEDS_WHOLE = SCHEMA.format('<xs:element name="X" type="of_the_whole"/>')


def told(schemas: Path) -> list[tuple[str, str]]:
    return [(where.name, fault) for where, fault in examine(schemas, schemas.with_name("work"))]


@pytest.fixture
def schemas(tmp_path: Path) -> Path:
    for name in ("bmecat", "etim-xchange", "fab-dis"):
        (tmp_path / "schemas" / name).mkdir(parents=True)
    return tmp_path / "schemas"


def test_whole_rules_are_no_matter(schemas: Path) -> None:
    (schemas / "bmecat" / "a.xsd").write_text(WHOLE)
    (schemas / "bmecat" / "parts.xsd").write_text(PART)
    (schemas / "bmecat" / "codes.csv").write_text("field,list\nUNIT,units.csv\n")
    (schemas / "bmecat" / "units.csv").write_text("code\nMTR\n")
    (schemas / "bmecat" / "notes.txt").write_text("<")
    with xlsxwriter.Workbook(schemas / "fab-dis" / "kit.xlsx") as workbook:
        workbook.add_worksheet("B01_COMMERCE").write_row(0, 0, ["MARQUE", "REFCIALE"])
    assert told(schemas) == []


def test_there_need_be_none(tmp_path: Path) -> None:
    assert told(tmp_path / "schemas") == []


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("bmecat/a.xsd", WHOLE[:60], "a.xsd is no XML Schema that can be used: "),
        ("bmecat/a.xsd", WHOLE, "a.xsd is no XML Schema that can be used: "),
        ("bmecat/a.xsd", "<a/>", "a.xsd is no XML Schema: its root is a."),
        ("bmecat/codes.csv", "a,b\n", "codes.csv"),
        ("bmecat/codes.csv", "field,list\nUNIT,gone.csv\n", "gone.csv"),
        ("etim-xchange/a.json", "{", "a.json is no JSON Schema: "),
        ("etim-xchange/a.json", "{}", "a.json is no JSON Schema of ETIM xChange"),
        ("fab-dis/kit.xlsx", "PK", "kit.xlsx"),
    ],
)
def test_what_is_broken_is_told_with_what_to_do(schemas: Path, file: str, content: str, words: str) -> None:
    (schemas / file).write_text(content)
    ((where, fault),) = told(schemas)
    assert where == file.partition("/")[0]
    assert words in fault
    assert fault.endswith(". Put the whole file there, or take it away; until then, exports may be held up")


def test_what_another_schema_includes_need_not_be_whole(schemas: Path) -> None:
    (schemas / "bmecat" / "a.xsd").write_text(
        SCHEMA.format('<xs:include schemaLocation="parts.xsd"/><xs:complexType name="of_the_whole"/>')
    )
    (schemas / "bmecat" / "parts.xsd").write_text(NEEDS_WHOLE)
    assert told(schemas) == []


def test_a_directory_of_no_format_is_told(schemas: Path) -> None:
    (schemas / "bmecat-2005").mkdir()
    ((where, fault),) = told(schemas)
    assert where == "bmecat-2005"
    assert fault.endswith("bmecat may be meant")
