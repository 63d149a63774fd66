"""Of a file of which digests were staged, a few records are read again with all their fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.exchange_desk import import_layout

from core.errors import DataError
from core.exchange.reading import Digest

if TYPE_CHECKING:
    from support.exchange_desk import Desk

DIGEST = Digest(("number",), 'hash("price", "name", "valid_from")')
LAYOUT = import_layout(
    {"column": "Nr", "field": "number"},
    {"column": "Name", "field": "name", "convert": ["trim"], "values": {"x": "y"}, "default": "-"},
    {"column": "Price", "field": "price"},
    {"column": "From", "field": "valid_from"},
    {"field": "stock", "constant": "7"},
    {"field": "description.nl", "expression": "upper(name) || number"},
    delimiter=";",
)
HEADER = b"Nr;Name;Price;From\n"
RECORDS = [
    b'1;" a ""b"";\n c ";1.50;2026-01-02\n',
    b"2;x;2.00;2026-01-02\n",
    b"3;;nothing;2026-01-02\n",
    b"4;d;;\n",
    "5;é;4.00;2026-01-05".encode(),
]


def test_picked_records_are_as_they_would_have_been_staged(desk: Desk) -> None:
    content = HEADER + b"".join(RECORDS)
    desk.read(content, LAYOUT)
    staged = desk.rows("*")
    result = desk.read(content, LAYOUT, digest=DIGEST)
    assert (result.records, result.accepted, result.rejected) == (5, 4, 1)
    assert [name for name, *_ in desk.connection.execute("DESCRIBE staged").fetchall()] == [
        "_record",
        "number",
        "_content",
    ]
    assert result.places is not None
    assert desk.pick("SELECT unnest([5, 1, 4]) AS _record", DIGEST, result.places) == 3
    assert desk.rows("*", "picked") == [row for row in staged if row[0] in (1, 4, 5)]
    assert [(reject.record, reject.field) for reject in desk.rejects()] == [(3, "price")]


def test_no_record_need_be_picked(desk: Desk) -> None:
    result = desk.read(HEADER + b"".join(RECORDS), LAYOUT, digest=DIGEST)
    assert result.places is not None
    assert desk.pick("SELECT 1 AS _record WHERE false", DIGEST, result.places) == 0
    assert desk.rows("*", "picked") == []


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"", b"\r\n"])
def test_lines_may_end_in_either_way_and_the_last_in_none(desk: Desk, mark: bytes, end: bytes) -> None:
    layout = import_layout({"column": "Nr", "field": "number"}, {"column": "Name", "field": "name"}, delimiter="§")
    digest = Digest(("number",), 'hash("name")')
    result = desk.read(mark + "Nr§Name\r\n1§a\r\n2§b\r\n3§c".encode() + end, layout, digest=digest)
    assert result.places is not None
    desk.pick("SELECT unnest([1, 3]) AS _record", digest, result.places)
    assert desk.rows("*", "picked") == [(1, "1", "a"), (3, "3", "c")]


@pytest.mark.parametrize(
    "content",
    [b"Nr;Name\n1;a\n2;b;c\n3;d\n", b"Nr;Name\n1;a\n\n3;d\n", b'Nr;Name\r\n1;"a"\r\n3;d\r\n', b"Nr;Name\r1;a\r3;d\r"],
)
def test_where_the_file_itself_will_not_do_all_fields_are_staged(desk: Desk, content: bytes) -> None:
    layout = import_layout({"column": "Nr", "field": "number"}, {"column": "Name", "field": "name"}, delimiter=";")
    result = desk.read(content, layout, digest=Digest(("number",), 'hash("name")'))
    assert result.places is None
    assert desk.rows() == [("1", "a"), ("3", "d")]
    assert list((desk.directory / "work").iterdir()) == []


def test_a_file_that_is_no_longer_what_was_read_is_refused(desk: Desk) -> None:
    result = desk.read(HEADER + b"".join(RECORDS), LAYOUT, digest=DIGEST)
    assert result.places is not None
    desk.source.write_bytes(HEADER + b"".join(RECORDS).replace(b"4.00", b"4.01"))
    with pytest.raises(DataError, match="3 of them came out as before; nothing was imported"):
        desk.pick("SELECT _record FROM staged", DIGEST, result.places)
