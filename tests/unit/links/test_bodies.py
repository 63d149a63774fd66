"""What a record becomes in a request."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Refused
from core.links.bodies import body_of, empty, merged
from core.links.loading import checked

if TYPE_CHECKING:
    from core.links.model.resources import Resource

HEAD = """version = 1
name = "X"
base_url = "https://example.org"
auth = { kind = "none" }
test = { path = "x" }
[resources.a]
path = "a"
[resources.a.write]
id = "id"
create = { id_member = "id" }
"""
ARRAYS = '[resources.a.lines]\nwrite = { kind = "arrays" }\n'
TABLES = """[resources.a.write.form]
kind = "tables"
object = "O"
table = "T"
columns = { a = "C", b = "N" }
"""
WORDS = st.text("abc", min_size=1, max_size=2)


def resource(more: str = "") -> Resource:
    return checked(HEAD + more, "x").resources["a"]


def body(record: dict[str, Any], more: str = "") -> dict[str, Any]:
    return body_of(resource(more), record, {}, "a")


@given(st.lists(st.dictionaries(WORDS, st.none() | st.integers() | st.text(max_size=3), max_size=3), max_size=5))
def test_arrays_are_of_text_and_as_long_as_the_lines_are_many(lines: list[dict[str, Any]]) -> None:
    told = body({"lines": lines}, ARRAYS)
    assert set(told) == {key for line in lines for key in line}
    for name, values in told.items():
        assert [type(value) for value in values] == [str] * len(lines)
        assert [value != "" for value in values] == [not empty(line.get(name)) for line in lines]


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=2),
    lambda inner: st.dictionaries(WORDS, inner, max_size=3) | st.lists(inner, max_size=3),
    max_leaves=8,
)


@given(JSON, JSON)
def test_merging_changes_neither_and_changes_nothing_when_done_twice(whole: Any, changes: Any) -> None:
    before = copy.deepcopy((whole, changes))
    once = merged(whole, changes)
    assert (whole, changes) == before
    assert merged(once, changes) == once
    if isinstance(whole, dict) and isinstance(changes, dict):
        assert set(once) == set(whole) | set(changes)
        assert all(once[key] == whole[key] for key in whole if key not in changes)


def test_a_path_leads_into_objects_and_lists() -> None:
    rules = """[resources.a.fields]
mail = { write_name = "Emails.0.Value" }
kind = { write_name = "Emails.0.Kind" }
second = { write_name = "Emails.1.Value" }
"a.b" = {}
"""
    told = body({"mail": "x", "kind": 1, "second": "y", "a.b": 5}, rules)
    assert told == {"Emails": [{"Value": "x", "Kind": 1}, {"Value": "y"}], "a.b": 5}


@pytest.mark.parametrize(
    ("record", "more", "words"),
    [
        ({"lines": [{"a": 1}]}, "", "a has no way to write lines"),
        ({"lines": [{"a": 1}]}, TABLES, "a has no way to write lines"),
        ({"lines": "x"}, ARRAYS, "lines of a record of a must be a list of records"),
        ({"lines": [5]}, ARRAYS, "lines of a record of a must be a list of records"),
        ({"a": 1, "c\x1b": 2}, TABLES, r"The definition of a has no column for c\\x1b"),
    ],
)
def test_what_has_no_place_is_refused(record: dict[str, Any], more: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        body(record, more)


def test_no_lines_are_none() -> None:
    assert body({"a": 1, "lines": []}) == {"a": 1}
    assert body({"a": 1, "lines": None}, ARRAYS) == {"a": 1}
    assert "DetailDefinitions" not in body({"a": 1}, TABLES)["Table"]
