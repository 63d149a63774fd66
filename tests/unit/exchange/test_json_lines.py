"""JSON Lines: exact to the digit, and a bad line costs one record."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.exchange_desk import Desk, make_entity, select
from support.typed_files import NUMBER, TypedDesk, layout_of

from core.errors import DataError
from core.exchange.checking import check_layout
from core.exchange.reading import Digest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def typed(desk: Desk) -> TypedDesk:
    return TypedDesk(desk)


def lines(typed: TypedDesk, *content: str | bytes, end: bytes = b"\n") -> Path:
    path = typed.desk.directory / "supplier.jsonl"
    path.write_bytes(b"".join((line.encode() if isinstance(line, str) else line) + end for line in content))
    return path


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1.10", "1.10"),
        ("-0.30", "-0.30"),
        ("12345678901234567890123.450", "12345678901234567890123.450"),
        ("4006381333931", "4006381333931"),
        ("1E5", "1E5"),
        ('"0012"', "0012"),
        ('""', ""),
        ("null", None),
        ("true", "true"),
        (r'"\u00e9\ud83d\ude00 \"q\" \\ \/ \n"', 'é😀 "q" \\ / \n'),
        ('": 1.50,"', ": 1.50,"),
        ('{"b": 1.5, "c": [1, {"d": 2}]}', '{"b":1.5,"c":[1,{"d":2}]}'),
        ("[1, 2]", "[1,2]"),
    ],
)
def test_a_member_is_taken_as_it_is_written(typed: TypedDesk, value: str, expected: str | None) -> None:
    path = lines(typed, f'{{"number":"1", "x" : {value} , "y":1}}')
    assert typed.read_cells(path, "jsonl", ["number", "x"]) == [("1", expected)]


def test_members_are_named_by_their_path_and_one_that_is_missing_is_no_value(typed: TypedDesk) -> None:
    content = ['{"number":1,"price":{"gross":{"eur":2.50}}}', '{"number":2,"price":3}', '{"number":3,"a.b":4}']
    path = lines(typed, *content, '{"number":4,"price":{"gross":null}}')
    found = typed.read_cells(path, "jsonl", ["number", "price.gross.eur"])
    assert found == [("1", "2.50"), ("2", None), ("3", None), ("4", None)]


def test_numbers_and_dates_go_into_their_fields(typed: TypedDesk) -> None:
    path = lines(
        typed,
        '{"number":"a","price":1.5e1,"stock":2E2,"active":true,"from":"2026-01-31","at":"2026-01-31T23:30:00-05:00"}',
        '{"number":"b","price":"2.50","stock":"7","active":"nee","from":"31/01/2026","at":"2026-01-31 10:00"}',
    )
    columns = [{"column": "price", "field": "price"}, {"column": "stock", "field": "stock"}]
    columns += [{"column": "active", "field": "active"}, {"column": "at", "field": "seen_at"}]
    date = {"column": "from", "field": "valid_from", "format": "%d/%m/%Y"}
    typed.read(path, layout_of("jsonl", "import", NUMBER, *columns, date))
    assert [each.reason for each in typed.rejects()] == []
    shown = "number, CAST(price AS VARCHAR), stock, active, CAST(seen_at AS VARCHAR), CAST(valid_from AS VARCHAR)"
    assert typed.desk.rows(shown) == [
        ("a", "15.00", 200, True, "2026-02-01 04:30:00", "2026-01-31"),
        ("b", "2.50", 7, False, "2026-01-31 10:00:00", "2026-01-31"),
    ]


BAD = (
    b'{"number":"2",', b"number;name", b'"text"', b"[1]", b"null", b'{"number":"\xff"}', b'{"number":"\\u0000"}',
    b'{"number":"\\ud83d"}', b'{"number":01}', b"{'number':1}", b'{"number":"\x1f"}', b'{"number":1}{"number":2}',
)  # fmt: skip


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("bad", BAD)
def test_a_bad_line_is_one_reject_and_nothing_else_is_lost(typed: TypedDesk, bad: bytes, end: bytes) -> None:
    path = lines(typed, '{"number":"1"}', bad, b"", '{"number":"3"}', end=end)
    result = typed.read(path, layout_of("jsonl", "import", NUMBER))
    assert (result.records, result.accepted, result.rejected) == (3, 2, 1)
    (reject,) = typed.rejects()
    assert (reject.record, reject.line) == (2, 2)
    assert reject.reason
    assert typed.desk.rows("number") == [("1",), ("3",)]
    assert typed.mendable("again.jsonl").read_bytes() == bad + end


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_first_line_costs_no_more_than_another(typed: TypedDesk, bad: bytes) -> None:
    result = typed.read(lines(typed, bad, '{"number":"2"}'), layout_of("jsonl", "import", NUMBER))
    assert (result.accepted, result.rejected, typed.rejects()[0].line) == (1, 1, 1)


def test_the_values_of_records_are_read_again_by_their_digests(typed: TypedDesk) -> None:
    path = lines(typed, *(f'{{"number":"{number}","name":"n{number}","price":{number}.10}}' for number in range(1, 50)))
    columns = [NUMBER, {"column": "name", "field": "name"}, {"column": "price", "field": "price"}]
    source = typed.open(path, layout_of("jsonl", "import", *columns))
    digest = Digest(("number",), "hash(name, price)")
    result = source.read("staged", "rejects", digest)
    assert source.digested is not None
    assert result.places is not None
    typed.desk.source, typed.desk.layout = path, source.digested.layout  # type: ignore[assignment]
    assert typed.desk.pick("SELECT 7 AS _record UNION ALL SELECT 49", digest, result.places) == 2
    assert typed.desk.rows("number, name, CAST(price AS VARCHAR)", "picked") == [
        ("7", "n7", "7.10"),
        ("49", "n49", "49.10"),
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    records=st.lists(st.dictionaries(st.sampled_from(["number", "x", "y"]), JSON, max_size=3), min_size=1, max_size=5)
)
def test_what_pythons_json_reads_is_what_is_read(shared_desk: Desk, records: list[dict[str, Any]]) -> None:
    typed = TypedDesk(shared_desk)
    records = [{**record, "number": f"{place}"} for place, record in enumerate(records)]
    path = lines(typed, *(json.dumps(record) for record in records))
    result = typed.read(path, layout_of("jsonl", "import", NUMBER, {"column": "x", "field": "name"}))
    nul = [record for record in records if "\0" in _text(record.get("x"))]
    assert (result.records, result.rejected) == (len(records), len(nul))
    found = typed.desk.rows("number, name")
    expected = [(record["number"], record.get("x")) for record in records if record not in nul]
    for (number, name), (known, value) in zip(found, expected, strict=True):
        assert number == known
        if isinstance(value, list | dict):
            assert json.loads(name) == value
        else:
            assert name == (None if value is None else json.dumps(value) if not isinstance(value, str) else value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def test_an_export_writes_nested_objects_numbers_as_numbers_and_null(typed: TypedDesk) -> None:
    select(
        typed.desk,
        {"number": "0012", "name": 'say "x"\n', "price": Decimal("1.10"), "stock": None, "active": False},
    )
    columns = [{"column": "id", "field": "number"}, {"column": "text", "field": "description"}]
    columns += [
        {"column": "price.gross", "field": "price"},
        {"column": "price.shown", "field": "price", "format": "0.00"},
    ]
    columns += [{"column": "name", "field": "name"}, {"column": "stock", "field": "stock"}]
    columns += [{"column": "on", "field": "active"}, {"column": "kind", "constant": "x"}]
    columns += [{"column": "double", "expression": "price * 2"}]
    path = typed.write(layout_of("jsonl", "export", *columns))
    assert path.read_text() == (
        '{"id":"0012","text":{"nl":null,"en":null},"price":{"gross":1.1,"shown":1.10},"name":"say \\"x\\"\\n",'
        '"stock":null,"on":false,"kind":"x","double":2.2}\n'
    )


def test_a_name_that_would_be_a_value_and_an_object_is_refused(typed: TypedDesk) -> None:
    columns = [{"column": "price", "field": "price"}, {"column": "price.gross", "field": "price"}]
    layout = layout_of("jsonl", "export", *columns)
    assert any("cannot stand in one JSON object" in each for each in check_layout(layout, make_entity(), ["nl"]))
    select(typed.desk, {"number": "1"})
    with pytest.raises(DataError, match="part of its path"):
        typed.write(layout)


def test_a_position_is_refused_when_the_layout_is_checked() -> None:
    layout = layout_of("jsonl", "import", {"column": 1, "field": "number"})
    assert any("names and no positions" in each for each in check_layout(layout, make_entity(), ["nl"]))
