"""The raw records of a part: whatever text they hold comes back as it was, with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st
from support.format_desk import standard_entities

from core.exchange.formats.rawfile import RawFile

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ENTITY = standard_entities()["condition"]
CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["", "\0", "\x1f", '"', "\n", "a\rb"]
)


def rows_of(raw: RawFile, columns: str) -> list[tuple[object, ...]]:
    raw.close()
    with duckdb.connect() as connection:
        return connection.execute(f"SELECT {columns} FROM {raw.rows().relation} ORDER BY _record").fetchall()


ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=5)


def kept(text: str) -> str | None:
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n") or None


@settings(max_examples=60)
@given(ROWS)
def test_whatever_text_is_added_comes_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]
) -> None:
    raw = RawFile(tmp_path_factory.getbasetemp() / "part", ENTITY, ["customer", "code"])
    for customer, code, place in rows:
        raw.add({"customer": customer, "code": code}, line=3, item=7, place=place)
    found = rows_of(raw, "_c1, _c2, _place, _line")
    assert found == [(kept(customer), kept(code), kept(place), 3) for customer, code, place in rows]
    assert raw.records == len(rows)


@settings(max_examples=60)
@given(CELLS, CELLS, ROWS)
def test_records_of_one_owner_are_as_if_added_one_by_one(
    tmp_path_factory: pytest.TempPathFactory, owner: str, place: str, rows: list[tuple[str, str, str]]
) -> None:
    raw = RawFile(tmp_path_factory.getbasetemp() / "part", ENTITY, ["customer", "code", "kind", "target", "article"])
    raw.add({"customer": "before"})
    raw.add_cells([(cells, number) for number, cells in enumerate(rows)], owner=owner, item=7, place=place)
    raw.add({"customer": "behind"})
    found = rows_of(raw, "_record, _c1, _c2, _c3, _c4, _c5, _place, _line")
    added = [(kept(owner), *map(kept, cells), None, kept(place), number or None) for number, cells in enumerate(rows)]
    expected = [("before", *[None] * 6), *added, ("behind", *[None] * 6)]
    assert found == [(number, *row) for number, row in enumerate(expected, start=1)]
    assert raw.records == len(expected)


def test_fields_that_no_record_has_are_not_filled_where_they_are_optional(tmp_path: Path) -> None:
    raw = RawFile(tmp_path / "part", ENTITY, ["customer", "code"], ["description", "gtin"], ["no_field"])
    raw.add({"customer": "1", "gtin": "", "description": "x", "no_field": "y"})
    assert raw.fields == ("customer", "code", "description")
    assert rows_of(raw, "_c5") == [("y",)]


def test_first_columns_are_the_first_and_the_others_empty(tmp_path: Path) -> None:
    raw = RawFile(tmp_path / "part", ENTITY, ["customer", "code", "kind"])
    raw.add_cells([(("2",), 4)], owner='"1', place="here")
    raw.add({"customer": "3", "kind": None})
    assert rows_of(raw, "_c1, _c2, _c3, _line, _place") == [('"1', "2", None, 4, "here"), ("3", None, None, None, None)]


def test_what_cannot_be_read_and_what_is_gone_are_told_apart(tmp_path: Path) -> None:
    raw = RawFile(tmp_path / "part", ENTITY, ["code"])
    raw.add({"code": "1"}, item=1)
    raw.reject("has no number", column="ARTICLE", value="?", line=9, item=2, place="ARTICLE 2", raw="<ARTICLE/>")
    raw.add({"code": "3"}, item=3, deleted=True)
    assert rows_of(raw, "_record, _c1, _deleted") == [(1, "1", False), (3, "3", True)]
    rows = raw.rows()
    assert (rows.records, rows.has_deleted) == (3, True)
    with duckdb.connect() as connection:
        found = connection.execute(rows.unreadable).fetchall()
        assert found == [(2, 9, "ARTICLE", "?", "has no number", "<ARTICLE/>", "ARTICLE 2")]
        assert sorted(connection.execute(raw.items()).fetchall()) == [(1, 1), (2, 2), (3, 3)]


def test_a_part_without_a_record_is_an_empty_relation(tmp_path: Path) -> None:
    assert rows_of(RawFile(tmp_path / "part", ENTITY, ["code"]), "*") == []


def test_a_record_is_shown_by_its_values_where_its_text_is_not_at_hand(tmp_path: Path) -> None:
    raw = RawFile(tmp_path / "part", ENTITY, ["customer", "code"])
    raw.add({"customer": "1", "code": "2"})
    raw.add({"code": "2"}, raw="the line")
    assert rows_of(raw, "_raw") == [("1\t2",), ("the line",)]
