from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import AccessDenied, FileMissing
from core.transfer import names


@pytest.mark.parametrize(
    "name", ["", ".", "..", "....", "a/b", "/", "a\\b", "a\nb", "a\x00", "\x1b[2J", "a\u2028b", "\udcff", "é" * 128]
)
def test_unusable_names(name: str) -> None:
    assert names.fault_of_name(name)


@pytest.mark.parametrize("name", ["a", ".hidden", "..a", "a b", "-rf", "prices [1].csv", "Größe.csv", "a" * 255])
def test_usable_names(name: str) -> None:
    assert names.fault_of_name(name) == ""


@given(st.text())
def test_no_usable_name_can_leave_a_directory_or_break_a_command(name: str) -> None:
    if names.fault_of_name(name) == "":
        assert "/" not in name
        assert name not in ("", ".", "..")
        assert not any(char in name for char in "\r\n\x00\\")


@given(st.text())
def test_a_checked_path_stays_below_its_directory(path: str) -> None:
    try:
        checked = names.checked_path(path)
    except (AccessDenied, FileMissing):
        return
    assert not checked.startswith("/")
    assert ".." not in checked.split("/")
    assert names.checked_path(checked) == checked


@pytest.mark.parametrize(
    ("name", "wildcard", "expected"),
    [
        ("prices-1.csv", "prices-*.csv", True),
        ("Prices-1.csv", "prices-*.csv", False),
        (".prices.csv.t.part", "*", False),
        (".prices", ".*", True),
        ("prices [1].csv", "prices [1].csv", True),
        ("a1", "a[0-9]", True),
        ("ab", "a[!b]", False),
    ],
)
def test_wildcards(name: str, wildcard: str, expected: bool) -> None:
    assert names.matches(name, wildcard) is expected


def test_a_wildcard_in_a_directory_is_refused() -> None:
    with pytest.raises(AccessDenied, match="wildcard"):
        names.checked_pattern("in-*/prices.csv")


def test_temporary_names_carry_the_token_and_fit() -> None:
    assert names.temporary_path("out/articles.csv", "r7-f1") == "out/.articles.csv.r7-f1.part"
    long = names.temporary_path("ü" * 120 + ".csv", "r7-f1")
    assert names.fault_of_name(long) == ""
    assert long.endswith(".r7-f1.part")


@pytest.mark.parametrize(
    ("path", "expected"),
    [("done/a.csv", "done/a-2.csv"), ("a", "a-2"), (".hidden", ".hidden-2"), ("a.tar.gz", "a.tar-2.gz")],
)
def test_numbered_paths(path: str, expected: str) -> None:
    assert names.numbered_path(path, 2) == expected


@pytest.mark.parametrize("utf8", [True, False])
@pytest.mark.parametrize(
    "raw", [b"plain.csv", "größe.csv".encode(), "größe.csv".encode("latin-1"), b"\xff\xfe", b"\xc3"]
)
def test_a_listed_name_goes_back_as_the_bytes_it_came_in(utf8: bool, raw: bytes) -> None:
    wire = names.WireNames(utf8=utf8)
    assert wire.encode("in/" + wire.decode(raw)) == b"in/" + raw


def test_a_name_that_was_not_listed_is_encoded_as_the_server_speaks() -> None:
    assert names.WireNames(utf8=True).encode("é") == b"\xc3\xa9"
    assert names.WireNames(utf8=False).encode("é") == b"\xe9"
    assert names.WireNames(utf8=False).encode("€") == "€".encode()
