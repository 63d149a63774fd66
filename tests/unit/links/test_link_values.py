"""How values are written and read."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.links.model.templates import filled, filled_tree
from core.links.values import json_bytes, read_as, written

GUID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"


@pytest.mark.parametrize(
    ("value", "ways", "text"),
    [
        ("O'Hara", ["odata_text"], "'O''Hara'"),
        (GUID.upper(), ["odata_guid"], f"guid'{GUID}'"),
        (123, ["odata_int64"], "123L"),
        ("2026-01-15T13:00:00+01:00", ["odata_datetime"], "datetime'2026-01-15T12:00:00'"),
        ("2026-01-15T13:00:00+01:00", ["superoffice"], "'2026-01-15T12:00:00'"),
        ("2026-01-15T13:00:00+01:00", ["iso"], "2026-01-15T12:00:00Z"),
        ("25", ["left_space 6", "odata_text"], "'    25'"),
        ("25", ["left_zero 4"], "0025"),
        (" A@B.nl ", ["trim", "lower"], "a@b.nl"),
        (Decimal("12.50"), [], "12.50"),
        (True, [], "true"),
    ],
)
def test_writing(value: Any, ways: list[str], text: str) -> None:
    assert written(value, ways) == text


@pytest.mark.parametrize(
    ("value", "way"),
    [("x' or 1 eq 1", "odata_guid"), ("1L or 1", "odata_int64"), ("1; drop", "number"), ("2026-01-15", "iso")],
)
def test_what_is_no_such_value_is_refused(value: str, way: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        written(value, [way])


@given(st.text())
def test_a_text_stays_one_literal(text: str) -> None:
    literal = written(text, ["odata_text"])
    assert literal[0] == literal[-1] == "'"
    assert literal[1:-1].replace("''", "").count("'") == 0
    assert literal[1:-1].replace("''", "'") == text


@given(st.text())
def test_what_is_filled_into_a_path_stays_one_part(text: str) -> None:
    path = filled("a/{x}/b", {"x": text}, in_path=True)
    assert path.count("/") == 2
    assert "?" not in path
    assert "#" not in path


def test_a_lone_placeholder_keeps_the_type_of_its_value() -> None:
    tree = {"a": "{n}", "b": ["{n|number}", 1, True], "c": "x{n}{{"}
    assert filled_tree(tree, {"n": 5}) == {"a": 5, "b": ["5", 1, True], "c": "x5{"}
    with pytest.raises(ValueError, match=r"there is no value for \{m\}"):
        filled_tree({"a": "{m}"}, {"n": 5})


@pytest.mark.parametrize(
    ("value", "notation", "found"),
    [
        ("/Date(1700000000000)/", "odata_date", "2023-11-14T22:13:20+00:00"),
        ("/Date(-1000+0200)/", "odata_date", "1969-12-31T23:59:59+00:00"),
        ("/Date(1700000000000)/", "odata_local", "2023-11-14T22:13:20"),
        ("2023-11-14T22:13:20.5+02:00", "odata_local", "2023-11-14T22:13:20.500000"),
        ("119.00", "decimal", Decimal("119.00")),
        ("12345678901234567890", "integer", 12345678901234567890),
        ("0", "flag", False),
        (1, "flag", True),
        ("   25", "trimmed", "25"),
        ("", "decimal", None),
        ("  ", "odata_date", None),
        (None, "integer", None),
    ],
)
def test_reading(value: Any, notation: str, found: Any) -> None:
    assert read_as(value, notation) == found


@pytest.mark.parametrize(
    ("value", "notation"),
    [
        ("/Date(99999999999999999)/", "odata_date"),
        ("/Date(999999999999999)/", "odata_date"),
        ("/Date(x)/", "odata_local"),
        ("14-11-2023", "odata_local"),
        ("12,50", "decimal"),
        ("NaN", "decimal"),
        (True, "integer"),
        ("1.5", "integer"),
        ("yes", "flag"),
    ],
)
def test_what_is_not_written_so_is_refused(value: Any, notation: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_as(value, notation)


@given(
    st.sampled_from(["odata_date", "odata_local", "decimal", "integer", "flag", "trimmed", "text"]),
    st.text() | st.integers() | st.floats(),
)
def test_nothing_but_a_value_error_comes_of_bad_values(notation: str, value: Any) -> None:
    with suppress(ValueError):
        read_as(value, notation)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9))
def test_an_amount_goes_out_as_it_is(amount: Decimal) -> None:
    told = json.loads(json_bytes({"amount": amount, "at": dt.date(2026, 1, 2)}), parse_float=Decimal)
    assert Decimal(told["amount"]) == amount
    assert told["at"] == "2026-01-02"
