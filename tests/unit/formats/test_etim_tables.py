"""The tables of an ETIM release: the release of ETIM International whole, and what other exports make of them."""

from __future__ import annotations

import codecs
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.format_desk import FormatDesk, Found

from core.errors import DataError
from core.exchange.formats.registry import industry_format

NAME = "ETIM-10.0-ALL-SECTORS-CSV-METRIC-EI-2024-12-05.zip"
RELEASE = Path(__file__).parents[4] / "shared" / "formats" / "etim" / "data" / NAME
TABLES = {
    "ETIMARTGROUP": ["ARTGROUPID;GROUPDESC", "EG000001;Cables"],
    "ETIMARTCLASS": [
        "ARTCLASSID;ARTGROUPID;ARTCLASSDESC;ARTCLASSVERSION;ARTCLASSVERSIONDATE", "EC000001;EG000001;Cable;6;",
    ],
    "ETIMARTCLASSSYNONYMMAP": ["ARTCLASSID;CLASSSYNONYM", "EC000001;Wire"],
    "ETIMFEATURE": ["FEATUREID;FEATUREGROUPID;FEATUREDESC", "EF000001;EFG00007;Nominal current"],
    "ETIMFEATUREGROUP": ["FEATUREGROUPID;FEATUREGROUPDESC", "EFG00007;Electrical"],
    "ETIMUNIT": ["UNITOFMEASID;UNITDESC", "EU000001;A"],
    "ETIMVALUE": ["VALUEID;VALUEDESC", 'EV000001;1" pipe'],
    "ETIMARTCLASSFEATUREMAP": [
        "ARTCLASSFEATURENR;ARTCLASSID;FEATUREID;FEATURETYPE;UNITOFMEASID;SORTNR", "17;EC000001;EF000001;N;EU000001;2",
    ],
    "ETIMARTCLASSFEATUREVALUEMAP": ["ARTCLASSFEATUREVALUENR;ARTCLASSFEATURENR;VALUEID;SORTNR", "1;17;EV000001;3"],
}  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> FormatDesk:
    return FormatDesk("etim-csv", tmp_path, languages=("nl", "en"))


def release(
    directory: Path, *, name: str = NAME, mark: bytes = b"", end: str = "\n", **tables: list[str] | None
) -> Path:
    """Write a release; tables that are None are left out."""
    path = directory / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for table, lines in {**TABLES, **tables}.items():
            if lines is not None:
                text = end.join(lines) + end
                content = text.encode("utf-8" if mark == codecs.BOM_UTF8 else "utf-16-le")
                archive.writestr(f"{table}.csv", mark + content)
    return path


def read(desk: FormatDesk, path: Path) -> Found:
    return desk.read(path)


@pytest.mark.skipif(not RELEASE.exists(), reason="the release is not here")
def test_the_whole_release_is_read(desk: FormatDesk) -> None:
    found = read(desk, RELEASE)
    assert {name: len(rows) for name, rows in found.rows.items()} == {
        "classification_system": 1, "classification_group": 159 + 18, "classification_feature": 17_377,
        "classification_value": 16_163, "classification_unit": 188, "classification_class": 5_640,
        "class_synonym": 37_058, "class_feature": 76_625, "class_feature_value": 201_284,
    }  # fmt: skip
    assert not found.rejects
    assert not found.content.warnings
    system = found.one("classification_system")
    assert (system["code"], system["released_on"]) == ("ETIM-10.0", "2024-12-05")
    assert "Open Data Commons" in system["attribution"]
    assert found.one("classification_class", code="EC000003")["name.en"] == "Residual current circuit breaker (RCCB)"
    inches = [row for row in found.rows["classification_value"] if '"' in row["name.en"]]
    assert inches
    features = {(row["class"], row["feature"]) for row in found.rows["class_feature"]}
    assert {(row["class"], row["feature"]) for row in found.rows["class_feature_value"]} <= features


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF16_LE, codecs.BOM_UTF8])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_other_exports_say_the_same(desk: FormatDesk, tmp_path: Path, mark: bytes, end: str) -> None:
    found = read(desk, release(tmp_path, mark=mark, end=end))
    assert not found.rejects
    assert found.one("classification_value")["name.en"] == '1" pipe'
    value = found.one("class_feature_value")
    assert (value["class"], value["feature"], value["value"], value["sort_order"]) == (
        "EC000001", "EF000001", "EV000001", "3",
    )  # fmt: skip
    assert {row["kind"] for row in found.rows["classification_group"]} == {"classes", "features"}


@pytest.mark.parametrize(
    ("name", "code", "column"),
    [
        ("ETIM-9.0-ALL-SECTORS-CSV-METRIC-NL-2022-12-05.zip", "ETIM-9.0", "name.nl"),
        ("etim_8.0.zip", "ETIM-8.0", "name.en"),
        ("ETIM-10.0-CSV-nl-NL-2024-12-05.zip", "ETIM-10.0", "name.nl"),
    ],
)
def test_release_and_language_are_those_of_the_name(
    desk: FormatDesk, tmp_path: Path, name: str, code: str, column: str
) -> None:
    found = read(desk, release(tmp_path, name=name))
    assert found.one("classification_system")["code"] == code
    assert found.one("classification_class")[column] == "Cable"


def test_a_name_that_says_no_release_is_refused(desk: FormatDesk, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not say which release of ETIM it is"):
        read(desk, release(tmp_path, name="tables.zip"))


def test_only_its_own_release_is_replaced_and_of_it_only_what_is_there(desk: FormatDesk, tmp_path: Path) -> None:
    found = read(desk, release(tmp_path, ETIMARTCLASSSYNONYMMAP=None, ETIMVALUE=None))
    assert {part.entity.name: (part.scope, part.owners) for part in found.content.parts}["classification_class"] == (
        "owners", ("system",),
    )  # fmt: skip
    assert not {"class_synonym", "classification_value"} & found.rows.keys()
    (warning,) = found.content.warnings
    assert "lacks ETIMVALUE and ETIMARTCLASSSYNONYMMAP" in warning


def test_a_table_by_itself_is_read(desk: FormatDesk, tmp_path: Path) -> None:
    path = tmp_path / "ETIM-10.0 units.csv"
    path.write_bytes("\n".join(TABLES["ETIMUNIT"]).encode("utf-16-le"))
    assert read(desk, path).one("classification_unit")["code"] == "EU000001"
    path.write_bytes("\n".join(TABLES["ETIMARTCLASSFEATUREVALUEMAP"]).encode("utf-16-le"))
    with pytest.raises(DataError, match="but not ETIMARTCLASSFEATUREMAP on which it builds"):
        read(desk, path)


def test_lines_that_are_wrong_are_rejected(desk: FormatDesk, tmp_path: Path) -> None:
    values = TABLES["ETIMARTCLASSFEATUREVALUEMAP"]
    classes = TABLES["ETIMARTCLASS"]
    path = release(
        tmp_path,
        ETIMARTCLASSFEATUREVALUEMAP=[*values, "2;99;EV000001;1"],
        ETIMARTCLASS=[*classes, "EC000002", "EC000003;EG000001;Cable; round;6;"],
    )
    found = read(desk, path)
    assert [(each.entity, each.line, each.reason) for each in found.rejects] == [
        ("classification_class", 3, "has 1 of 5 fields"),
        ("class_feature_value", 3, "refers to a feature of a class that the release does not have"),
    ]
    assert found.one("classification_class", code="EC000003")["name.en"] == "Cable; round"


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"ETIMUNIT": ["UNITOFMEASID,UNITDESC"]}, "begins with other columns than ETIMUNIT has"),
        ({"ETIMUNIT": [TABLES["ETIMUNIT"][0], "EU1;" + "x" * 1_100_000]}, "has a line without end, behind line 1"),
        (dict.fromkeys(TABLES), "has none of the tables"),
    ],
)
def test_what_is_none_is_refused(desk: FormatDesk, tmp_path: Path, tables: dict[str, Any], words: str) -> None:
    if "without end" in words:
        lines = tables["ETIMUNIT"] or []
        path = tmp_path / "ETIM-10.0 units.csv"
        path.write_bytes("\n".join(lines).encode("utf-16-le"))
    else:
        path = release(tmp_path, **tables)
    with pytest.raises(DataError, match=words):
        read(desk, path)


def test_half_a_character_at_the_end_is_a_plain_error(desk: FormatDesk, tmp_path: Path) -> None:
    path = tmp_path / "ETIM-10.0 units.csv"
    path.write_bytes("\n".join(TABLES["ETIMUNIT"]).encode("utf-16-le") + b"x")
    with pytest.raises(DataError, match="has bytes that are no UTF-16-LE, behind line 1"):
        read(desk, path)


TEXT = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters=";\x85"), min_size=1, max_size=9
)


@settings(max_examples=10)
@given(texts=st.lists(TEXT.map(str.strip).filter(bool), max_size=4))
def test_any_text_comes_as_it_is(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    directory = tmp_path_factory.mktemp("desk")
    desk = FormatDesk("etim-csv", directory, languages=("en",))
    lines = [TABLES["ETIMVALUE"][0], *(f"EV{number};{text}" for number, text in enumerate(texts))]
    path = directory / "ETIM-10.0 values.csv"
    path.write_bytes("\n".join(lines).encode("utf-16-le"))
    assert [row["name.en"] for row in read(desk, path).rows.get("classification_value", [])] == texts


def test_a_look_counts_the_lines(desk: FormatDesk, tmp_path: Path) -> None:
    inspect = industry_format("etim-csv").inspect
    assert inspect is not None
    found = inspect(desk.reading(release(tmp_path)))
    assert found.counts == dict.fromkeys(TABLES, "1")
    assert found.facts.version == "10.0"


def test_a_look_counts_the_lines_of_a_long_table_by_its_beginning(desk: FormatDesk, tmp_path: Path) -> None:
    inspect = industry_format("etim-csv").inspect
    assert inspect is not None
    number = 400_000
    values = [TABLES["ETIMVALUE"][0], *(f"EV{value:06};Een waarde als alle andere" for value in range(number))]
    found = inspect(desk.reading(release(tmp_path, ETIMVALUE=values)))
    about, _, count = found.counts["ETIMVALUE"].partition(" ")
    assert about == "about"
    assert int(count.replace(",", "")) == pytest.approx(number, rel=0.1)
