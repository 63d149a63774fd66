"""Whatever a file holds, each of its records is accepted or rejected, by the rules and by them alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import exchange_reference as reference
from support.exchange_desk import import_layout

from core.exchange import records as records_module
from core.exchange.reading import Digest

if TYPE_CHECKING:
    from support.exchange_desk import Desk

    from core.config.layouts import CsvImportLayout

PIECES = [
    b'"', b'"', b'""', b";", b";", b"\n", b"\n", b"\r\n", b"\r", b"\0", b"a", b"bc", b" ", b"\xc3\xa9", b"\xc3",
    b"\xff", b"'", b"\\", b"#", b"1;2", b'"x";"y"\n', b'"a\nb";c\n', b"NULL", b"\xe2\x82\xac", b"\xc2\xa7",
]  # fmt: skip
texts = st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join)
line_ends = st.sampled_from([b"\n", b"\r\n", b"\r"])


@pytest.fixture(params=["usual", "tiny"])
def blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few bytes bring every border between two of them into the small files of these tests."""
    if request.param == "tiny":
        monkeypatch.setattr(records_module, "BLOCK", 24)
        monkeypatch.setattr(records_module, "SMALL_BLOCK", 6)
        monkeypatch.setattr("core.exchange.encoding.CHUNK", 5)


def check(desk: Desk, body: bytes, width: int, delimiter: str, quote: str, line_end: bytes) -> None:
    mark = delimiter.encode()
    header = mark.join(b"abc"[i : i + 1] for i in range(width)) + line_end
    if header.endswith(b"\r") and body.startswith(b"\n"):
        header, body = header + b"\n", body[1:]
    layout = import_layout(
        {"column": "a", "field": "name"},
        *[{"column": "bc"[i - 1], "field": f"description.{('nl', 'en')[i - 1]}"} for i in range(1, width)],
        {"field": "number", "constant": "x"},
        delimiter=delimiter,
        quote=quote,
    )
    expected = reference.records(body, mark, quote.encode(), width, first_line=2)
    result = desk.read(header + body, layout)
    assert result.records == len(expected)
    assert result.accepted + result.rejected == result.records
    good = [record.values for record in expected if record.values is not None]
    fields = ", ".join(f'"{column.field}"' for column in layout.columns[:width])
    assert desk.rows(fields) == good
    numbers = [number for number, record in enumerate(expected, 1) if record.values is not None]
    assert [number for (number,) in desk.rows("_record")] == numbers
    bad = [(number, record.line) for number, record in enumerate(expected, 1) if record.values is None]
    assert [(reject.record, reject.line) for reject in desk.rejects()] == bad
    picked_as_staged(desk, header + body, layout)
    kept = desk.mendable()
    assert kept.startswith(header)
    raws = [record.raw for record in expected if record.values is None]
    position = len(header)
    for raw in raws:
        assert kept.startswith(raw, position)
        position = reference.first_line_end(kept, position + len(raw))[1]
    assert position == len(kept)


def picked_as_staged(desk: Desk, content: bytes, layout: CsvImportLayout) -> None:
    """Where only digests are staged, what is picked afterwards is what would have been staged."""
    staged = desk.rows("*")
    digest = Digest(("number",), 'hash("name")')
    places = desk.read(content, layout, digest=digest).places
    if places is None:
        assert desk.rows("*") == staged
        return
    assert [row[0] for row in desk.rows("_record")] == [row[0] for row in staged]
    picked = desk.pick("SELECT _record FROM staged WHERE _record % 3 <> 2", digest, places)
    assert desk.rows("*", "picked") == [row for row in staged if row[0] % 3 != 2]
    assert picked == len(desk.rows("*", "picked"))


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize("quote", ['"', ""])
@pytest.mark.parametrize("width", [1, 2, 3])
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(body=texts, line_end=line_ends)
def test_records_are_those_of_the_reference(
    shared_desk: Desk, body: bytes, width: int, quote: str, line_end: bytes
) -> None:
    check(shared_desk, body, width, ";", quote, line_end)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(body=texts.map(lambda body: body.replace(b";", "§".encode())), line_end=line_ends)
def test_a_delimiter_of_several_bytes(shared_desk: Desk, body: bytes, line_end: bytes) -> None:
    check(shared_desk, body, 2, "§", '"', line_end)
