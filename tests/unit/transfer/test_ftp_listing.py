from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.transfer.ftp_listing import parse_facts, parse_listing, parse_time
from core.transfer.location import Entry

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def moment(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            b"type=file;size=12;modify=20261120120000; a b.csv",
            Entry("a b.csv", 12, moment(2026, 11, 20, 12), "file"),
        ),
        (
            b"Type=dir;Modify=20261120120000.5; sub",
            Entry("sub", 0, moment(2026, 11, 20, 12, 0, 0, 500_000), "directory"),
        ),
        (b"type=OS.unix=slink:/etc;size=4; link", Entry("link", 4, None, "link")),
        (b"type=cdir; .", None),
        (b"type=pdir; ..", None),
        (b"total 12", None),
    ],
)
def test_facts(line: bytes, expected: Entry | None) -> None:
    assert parse_facts(line, bytes.decode) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            b"-rw-r--r--   1 ftp      ftp          1024 Nov 20 12:30 a b.csv",
            Entry("a b.csv", 1024, moment(2025, 11, 20, 12, 30), "file"),
        ),
        (b"-rw-r--r-- 1 ftp ftp 7 Feb 28 09:05  spaced", Entry(" spaced", 7, moment(2026, 2, 28, 9, 5), "file")),
        (b"-rw-r--r--+ 1 domain users 7 Jan  3  2024 x", Entry("x", 7, moment(2024, 1, 3), "file")),
        (b"-rw-r--r-- 1 ftp ftp 7 Feb 29 09:05 leap", Entry("leap", 7, moment(2024, 2, 29, 9, 5), "file")),
        (b"drwxr-xr-x 2 ftp ftp 4096 Jan  3  2024 sub", Entry("sub", 4096, moment(2024, 1, 3), "directory")),
        (b"lrwxrwxrwx 1 ftp ftp 5 Jan  3  2024 l -> x.csv", Entry("l", 5, moment(2024, 1, 3), "link")),
        (b"11-20-26  01:05PM               1024 a b.csv", Entry("a b.csv", 1024, moment(2026, 11, 20, 13, 5), "file")),
        (b"11-20-2026  12:05AM       <DIR>          sub", Entry("sub", 0, moment(2026, 11, 20, 0, 5), "directory")),
    ],
)
def test_lists_of_unix_and_dos(line: bytes, expected: Entry) -> None:
    assert parse_listing([line], bytes.decode, NOW) == [expected]


def test_other_lines_are_left_out() -> None:
    lines = [
        b"total 3",
        b"drwxr-xr-x 2 a b 1 Jan  3  2024 .",
        b"-rw-r--r-- 1 a b 1 Feb 31  2024 never",
        b"99-99-99 01:00PM 1 x",
    ]
    assert parse_listing(lines, bytes.decode, NOW) == []


@given(st.binary())
def test_no_line_breaks_the_parsers(line: bytes) -> None:
    def decode(raw: bytes) -> str:
        return raw.decode("latin-1")

    parse_listing([line], decode, NOW)
    parse_facts(line, decode)


@given(st.datetimes(min_value=dt.datetime(1970, 1, 1), max_value=dt.datetime(2100, 1, 1)))  # noqa: DTZ001
def test_times(value: dt.datetime) -> None:
    value = value.replace(microsecond=0)
    assert parse_time(f"{value:%Y%m%d%H%M%S}") == value.replace(tzinfo=dt.UTC)


def test_what_is_no_time() -> None:
    assert parse_time("yesterday") is None
    assert parse_time("20261320250000") is None
