"""The ETIM classification in IXF: what a release becomes, in the form of 1.0 and of 3.1."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.format_desk import FormatDesk

from core.errors import DataError
from core.exchange.formats.registry import industry_format

SAMPLE = Path(__file__).parents[4] / "shared" / "formats" / "etim" / "samples" / "etim6-ixf-excerpt.xml"
PUBLICATION = "<Publication><Name>ETIM INT 7.0</Name><Number>7</Number><Date>2017-09-01T00:00:00</Date></Publication>"
TRANSLATIONS = (
    '<Translations><Translation language="nl-NL"><Description>kabel</Description></Translation>'
    '<Translation language="EN"><Description>cable</Description><Synonyms><Synonym>wire</Synonym>'
    "<Synonym>wire</Synonym></Synonyms></Translation></Translations>"
)
FEATURE = f"<Feature><Code>EF000001</Code><Type>Numeric</Type>{TRANSLATIONS}</Feature>"
CLASS = (
    f'<Class changeCode="Changed"><Code>EC000001</Code><Version>3</Version>{TRANSLATIONS}<Features>'
    '<Feature changeCode="New"><FeatureCode>EF000001</FeatureCode><UnitCode>EU570448</UnitCode>'
    "<OrderNumber>2</OrderNumber><Unknown/><Values>"
    '<Value changeCode="Deleted"><ValueCode>EV000001</ValueCode><OrderNumber>1</OrderNumber></Value>'
    "</Values></Feature></Features><Status>Published</Status><GroupCode>EG000001</GroupCode></Class>"
)


@pytest.fixture
def desk(tmp_path: Path) -> FormatDesk:
    return FormatDesk("etim-ixf", tmp_path, languages=("nl", "en"))


def ixf(*content: str, header: str = PUBLICATION, version: str = "1") -> str:
    return (
        f'<IXF xmlns="http://www.etim-international.com/etimixf/{version}" schemaVersion="1.0"><Header>'
        f"<ExportDate>2026-02-28T10:00:00</ExportDate>{header}</Header>{''.join(content)}</IXF>"
    )


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample is not here")
def test_the_sample_is_read_whole(tmp_path: Path) -> None:
    found = FormatDesk("etim-ixf", tmp_path, languages=("nl", "en", "de")).read(SAMPLE)
    assert {name: len(rows) for name, rows in found.rows.items()} == {
        "classification_system": 1, "classification_group": 23, "classification_feature": 341,
        "classification_value": 765, "classification_unit": 27, "classification_class": 43, "class_synonym": 1406,
        "class_feature": 535, "class_feature_value": 1733,
    }  # fmt: skip
    assert not found.rejects
    system = found.one("classification_system")
    assert (system["code"], system["released_on"], system["prerelease"]) == ("ETIM-6.0", "2014-04-25", "false")
    unit = found.one("classification_unit", code="EU570448")
    assert unit["abbreviation.nl"]
    classes = {row["code"] for row in found.rows["classification_class"]}
    assert {row["class"] for row in found.rows["class_feature"]} <= classes
    groups = {row["code"] for row in found.rows["classification_group"]}
    assert {row["class_group"] for row in found.rows["classification_class"]} <= groups


def test_a_class_has_features_with_type_unit_and_values(desk: FormatDesk) -> None:
    found = desk.read(ixf(f"<Features>{FEATURE}</Features><Classes>{CLASS}</Classes>"))
    row = found.one("classification_class")
    assert {name: value for name, value in row.items() if "." not in name} == {
        "system": "ETIM-7.0", "code": "EC000001", "version": "3", "class_group": "EG000001", "status": "Published",
        "modelling": "false", "change": "changed",
    }  # fmt: skip
    assert (row["name.nl"], row["name.en"]) == ("kabel", "cable")
    feature = found.one("class_feature")
    assert {name: feature[name] for name in ("class", "feature", "type", "unit", "sort_order", "change")} == {
        "class": "EC000001", "feature": "EF000001", "type": "N", "unit": "EU570448", "sort_order": "2", "change": "new",
    }  # fmt: skip
    assert found.one("class_feature_value")["change"] == "deleted"
    assert [(row["language"], row["synonym"]) for row in found.rows["class_synonym"]] == [("en", "wire")]


def test_only_its_own_release_is_replaced(desk: FormatDesk) -> None:
    content = desk.read(ixf(f"<Classes>{CLASS}</Classes>")).content
    assert content.facts.complete
    assert {(part.scope, part.owners) for part in content.parts if part.entity.name != "classification_system"} == {
        ("owners", ("system",))
    }


def test_an_export_without_a_publication_is_of_the_dynamic_release(desk: FormatDesk) -> None:
    found = desk.read(ixf(f"<Classes>{CLASS}</Classes>", header="", version="31"))
    row = found.one("classification_class")
    assert row["system"] == "ETIM-DYNAMIC"
    assert "change" not in row
    assert found.one("class_feature_value")["change"] == "deleted"


@pytest.mark.parametrize(
    ("name", "number", "version"),
    [("ETIM INT-E 6.0", "6", "6.0"), ("Publication", "7", "7.0"), ("ETIM 10.0", "10", "10.0"), ("x", "", "DYNAMIC")],
)
def test_the_release_is_told_by_name_or_number(desk: FormatDesk, name: str, number: str, version: str) -> None:
    header = f"<Publication><Name>{name}</Name><Number>{number}</Number></Publication>"
    assert desk.read(ixf(header=header)).content.facts.version == version


def test_texts_in_other_languages_are_told(tmp_path: Path) -> None:
    desk = FormatDesk("etim-ixf", tmp_path, languages=("fr",))
    path = tmp_path / "a.xml"
    path.write_text(ixf(f"<Features>{FEATURE}</Features>"))
    reading = desk.reading(path)
    read = industry_format("etim-ixf").read
    assert read is not None
    read(reading)
    assert [each[:11] for each in reading.language_warnings()] == ["1 text in n", "1 text in E"]


def test_what_has_no_code_is_rejected(desk: FormatDesk) -> None:
    found = desk.read(
        ixf(
            "\n<Features><Feature><Type>Numeric</Type></Feature></Features>",
            "<Classes>",
            CLASS.replace("<FeatureCode>EF000001</FeatureCode>", ""),
            "</Classes>",
        ),
    )
    assert [(each.entity, each.line, each.place, each.reason) for each in found.rejects] == [
        ("classification_feature", 2, "Feature", "has no code"),
        ("class_feature", 2, "Class EC000001", "has no code"),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("<Other><Header/></Other>", "is no ETIM IXF"),
        ("<IXF/>", "is no ETIM IXF"),
        ("<IXF>\n<Units><Unit><Code>EU1</Code></Unit></Units></IXF>", "has Unit before its Header, at line 2"),
        (ixf(CLASS)[:-30], "not well-formed XML, at line 1"),
        ('<!DOCTYPE IXF [<!ENTITY a "&b;">]><IXF/>', "declares entities"),
    ],
)
def test_what_is_none_is_refused(desk: FormatDesk, content: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        desk.read(content)


CODES = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=8)


@settings(max_examples=15)
@given(codes=st.lists(CODES, max_size=5, unique=True))
def test_any_codes_and_texts_come_as_they_are(tmp_path_factory: pytest.TempPathFactory, codes: list[str]) -> None:
    from xml.sax.saxutils import escape

    desk = FormatDesk("etim-ixf", tmp_path_factory.mktemp("desk"), languages=("nl",))
    values = "".join(
        f'<Value><Code>{escape(code)}</Code><Translations><Translation language="nl"><Description>{escape(code)}'
        "</Description></Translation></Translations></Value>"
        for code in codes
    )
    found = desk.read(ixf(f"<Values>{values}</Values>"))
    rows = found.rows.get("classification_value", [])
    assert [(row["code"], row["name.nl"]) for row in rows] == [(code, code) for code in codes]


def test_a_look_tells_the_release_and_counts(desk: FormatDesk, tmp_path: Path) -> None:
    inspect = industry_format("etim-ixf").inspect
    assert inspect is not None
    path = tmp_path / "a.xml"
    path.write_text(ixf(f"<Classes>{CLASS}</Classes>"))
    found = inspect(desk.reading(path))
    assert found.facts.version == "7.0"
    assert found.counts == {"classes": "1", "groups": "0", "units": "0"}
