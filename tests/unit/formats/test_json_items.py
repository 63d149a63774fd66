"""JSON as a stream of items: what is walked through, what is refused, and where it says that something is wrong."""

from __future__ import annotations

import json
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import DataError, StopRequested
from core.exchange.formats.json_items import JsonStream
from core.stop import StopToken

if TYPE_CHECKING:
    from pathlib import Path


def put(directory: Path, content: str | bytes) -> Path:
    path = directory / "file.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def stream(path: Path, **more: Any) -> JsonStream:
    return JsonStream(path, name="file.json", stop=more.pop("stop", StopToken()), **more)


def value_of(path: Path) -> tuple[Any, list[str]]:
    with stream(path) as found:
        value = found.value()
        faults = list(found.faults)
        found.end()
    return value, faults


def taken(found: JsonStream) -> int:
    """Take all elements of the list that stands here."""
    return sum(1 for _ in found.elements() if found.value() is not found)


def refused(path: Path) -> str:
    with pytest.raises(DataError) as error:
        value_of(path)
    return error.value.message


def test_objects_and_lists_are_walked_through(tmp_path: Path) -> None:
    path = put(tmp_path, '\ufeff{ "a" : 1,\n "list": [ {"x": [true]},\n "é" , null ] ,"empty": [], "none": {} }\n')
    seen: list[Any] = []
    with stream(path) as found:
        for key in found.members():
            if found.begins("["):
                seen += [(key, number, found.value(), found.line, found.raw) for number in found.elements()]
            else:
                seen.append((key, found.value()))
        found.end()
    assert seen == [
        ("a", 1),
        ("list", 1, {"x": [True]}, 2, '{"x": [true]}'),
        ("list", 2, "é", 3, '"é"'),
        ("list", 3, None, 3, "null"),
        ("none", {}),
    ]


@settings(max_examples=60)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
        max_leaves=20,
    ),
    indent=st.sampled_from([None, 1]),
    ascii_only=st.booleans(),
)  # fmt: skip
def test_any_document_is_read_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, value: Any, indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    path = put(tmp_path_factory.mktemp("json"), text)
    assert value_of(path) == (value, [])


def test_a_document_that_ends_anywhere_is_said_to_be_cut(tmp_path: Path) -> None:
    text = json.dumps({"a": [1.5, True, "x\u00e9\ud83d\ude00", {"b": None}]})
    for end in range(1, len(text)):
        message = refused(put(tmp_path, text[:end]))
        assert message == "file.json ends in the middle, at line 1."


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "ends in the middle, at line 1"),
        ('{"a": 1,\n "b": tru }' + " " * 50, "no whole JSON, at line 2, character 7: expecting value"),
        ('{"a" 1}' + " " * 50, "at line 1, character 6: expecting ':' delimiter"),
        ("[1 2]" + " " * 50, "at line 1, character 4: expecting ',' delimiter"),
        ("{} {}", "at line 1, character 4: something stands behind its end"),
        ("[" * 100_000, "is nested too deep, at line 1"),
        ("[" * 100_000 + "]" * 100_000, "is nested too deep, at line 1"),
        ("\ufeff{}".encode("utf-16-le"), "is not in UTF-8"),
        ("{}".encode("utf-16-be"), "is not in UTF-8"),
        ("<?xml version='1.0'?>" + " " * 50, "at line 1, character 1: expecting value"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(tmp_path: Path, content: str | bytes, words: str) -> None:
    assert words in refused(put(tmp_path, content))


def test_a_walk_says_where_something_else_was_wanted(tmp_path: Path) -> None:
    path = put(tmp_path, '{"a": 1}\n')
    with stream(path) as found, pytest.raises(DataError, match="line 1, character 1: a list is wanted here"):
        next(found.elements())
    with stream(put(tmp_path, "[1;")) as found, pytest.raises(DataError, match="character 3: a comma is wanted"):
        taken(found)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b'{"a": 1, "b": {"x": 1, "x": 2}}', "says x twice"),
        (b'{"a": ' + b"9" * 5000 + b"}", "has a number of 5,000 digits"),
        (b'{"a": 1e999}', "has a number that is beyond all bounds"),
        (b'{"a": NaN}', "has NaN, which is no number of JSON"),
        (b'{"a": "\\ud83d"}', "holds half of a character (an escape such as \\ud800)"),
        (b'{"a": "caf\xe9"}', "holds bytes that are no UTF-8"),
        (b'{"\xe9": 1}', "holds bytes that are no UTF-8"),
    ],
)
def test_what_is_wrong_with_a_value_does_not_end_the_reading(tmp_path: Path, content: bytes, fault: str) -> None:
    with stream(put(tmp_path, b"[" + content + b', {"good": "\\\\ud83d"}]')) as found:
        faults = []
        for _ in found.elements():
            found.value()
            faults.append(list(found.faults))
    assert faults == [[fault], []]


def test_what_was_read_is_there_byte_for_byte(tmp_path: Path) -> None:
    content = '{"a": "é\\u00e9",  "b":1 }'.encode() + b'\xff"'
    with stream(put(tmp_path, b"[" + content.replace(b'\xff"', b"") + b"]")) as found:
        next(found.elements())
        found.value()
        assert found.raw.encode() == content[:-2]


def test_memory_stays_flat(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with path.open("w") as file:
        file.write("[")
        for number in range(40_000):
            file.write(f'{"," if number else ""}{{"number": {number}, "text": "{"x" * 500}"}}')
        file.write("]")
    tracemalloc.start()
    with stream(path) as found:
        count = sum(found.value()["number"] >= 0 for _ in found.elements())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 40_000
    assert most < path.stat().st_size / 2


def test_a_stop_is_heeded_and_progress_told(tmp_path: Path) -> None:
    path = put(tmp_path, json.dumps(["x" * 1000] * 3000))
    told: list[int] = []
    with stream(path, advance=told.append) as found:
        assert taken(found) == 3000
        assert found.whole
    assert told[-1] == path.stat().st_size
    stop = StopToken()
    with stream(path, stop=stop, advance=lambda _: stop.request()) as found, pytest.raises(StopRequested):
        taken(found)


def test_a_look_ends_where_it_is_told_to(tmp_path: Path) -> None:
    path = put(tmp_path, json.dumps(list(range(1000))))
    with stream(path, most=500) as found:
        with pytest.raises(DataError, match="ends in the middle"):
            taken(found)
        assert not found.whole
