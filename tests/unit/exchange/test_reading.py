from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from support.exchange_desk import import_layout, make_entity

from core.errors import DataError, StopRequested
from core.exchange import records as records_module
from core.exchange.reading import read_file
from core.stop import StopToken

if TYPE_CHECKING:
    from pathlib import Path

    from support.exchange_desk import Desk


def moment(*parts: int) -> dt.datetime:
    """A UTC time as DuckDB's TIMESTAMP gives it: without saying so."""
    return dt.datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


NUMBER = {"column": "nr", "field": "number"}
NAME = {"column": "naam", "field": "name"}


def one(desk: Desk, value: str, column: dict[str, Any], **file: Any) -> Any:
    """Read one record with this text in the column ``x``; return the value, or the reason of its reject."""
    layout = import_layout(NUMBER, {"column": "x", **column}, **{"delimiter": "|", **file})
    desk.read(f"nr|x\n1|{value}\n".encode(), layout)
    rejects = desk.rejects()
    if rejects:
        assert rejects[0].field == column["field"]
        assert rejects[0].column == "x"
        assert (rejects[0].value or "") == value
        return rejects[0].reason
    return desk.rows(f'"{column["field"]}"')[0][0]


@pytest.mark.parametrize(
    ("text", "file", "expected"),
    [
        ("12,5", {"decimal": ","}, Decimal("12.50")),
        ("1.234,56", {"decimal": ",", "thousands": "."}, Decimal("1234.56")),
        ("1234,56", {"decimal": ",", "thousands": "."}, Decimal("1234.56")),
        ("1 234.5", {"thousands": " "}, Decimal("1234.50")),
        ("1\u00a0234.5", {"thousands": " "}, Decimal("1234.50")),
        ("1'234'567.80", {"thousands": "'"}, Decimal("1234567.80")),
        ("-0.50", {}, Decimal("-0.50")),
        ("+3", {}, Decimal("3.00")),
        (".5", {}, Decimal("0.50")),
        (" 7 ", {}, Decimal("7.00")),
        ("1.500", {}, Decimal("1.50")),
        ("", {}, None),
        ("  ", {}, None),
        ("1.505", {}, "has more than 2 decimals"),
        ("12-", {}, "is not a number with a point before the decimals"),
        ("1e3", {}, "is not a number with a point before the decimals"),
        ("1_000", {}, "is not a number with a point before the decimals"),
        ("1,2,3", {"decimal": ","}, "is not a number with a comma before the decimals"),
        ("12.34,5", {"decimal": ",", "thousands": "."}, "is not a number with a comma before the decimals"),
        ("1.5", {"decimal": ","}, "is not a number with a comma before the decimals"),
        ("5.", {}, "is not a number with a point before the decimals"),
        ("NaN", {}, "is not a number with a point before the decimals"),
        ("99999999999999999", {}, "is too large a number"),
    ],
)
def test_decimals(desk: Desk, text: str, file: dict[str, Any], expected: Decimal | str | None) -> None:
    assert one(desk, text, {"field": "price"}, **file) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("007", 7),
        ("-12", -12),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", "is too large a number"),
        ("1.0", "is not a whole number"),
        ("0x10", "is not a whole number"),
        ("1e3", "is not a whole number"),
        ("١٢", "is not a whole number"),
    ],
)
def test_integers(desk: Desk, text: str, expected: int | str) -> None:
    assert one(desk, text, {"field": "stock"}) == expected


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("31-12-2026", {"format": "%d-%m-%Y"}, dt.date(2026, 12, 31)),
        ("2026-12-31", {}, dt.date(2026, 12, 31)),
        ("31-02-2026", {"format": "%d-%m-%Y"}, "is not a date written as %d-%m-%Y"),
        ("31-12-26", {"format": "%d-%m-%Y"}, "is not a date written as %d-%m-%Y"),
        ("31-12-26", {"format": "%d-%m-%y"}, dt.date(2026, 12, 31)),
        ("2026-12-31x", {}, "is not a date written as %Y-%m-%d"),
        ("", {}, None),
    ],
)
def test_dates(desk: Desk, text: str, column: dict[str, str], expected: dt.date | str | None) -> None:
    assert one(desk, text, {"field": "valid_from", **column}) == expected


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("2026-12-31 23:59:58", None, moment(2026, 12, 31, 23, 59, 58)),
        ("2026-12-31T23:59:58+0100", "%Y-%m-%dT%H:%M:%S%z", moment(2026, 12, 31, 22, 59, 58)),
        ("2026-12-31 24:00:00", None, "is not a date and time written as %Y-%m-%d %H:%M:%S"),
    ],
)
def test_moments_are_utc(desk: Desk, text: str, pattern: str | None, expected: object) -> None:
    assert one(desk, text, {"field": "seen_at", "format": pattern}) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1", True), ("JA", True), (" yes ", True), ("x", True), ("wahr", True), ("nee", False), ("Nein", False),
     ("0", False), ("", None), ("2", "is neither yes nor no"), ("maybe", "is neither yes nor no")],
)  # fmt: skip
def test_booleans(desk: Desk, text: str, expected: bool | str | None) -> None:
    assert one(desk, text, {"field": "active"}) == expected


@pytest.mark.parametrize(
    ("text", "conversions", "expected"),
    [
        ("  a \u00a0", ["trim"], "a"),
        (" a \t b ", ["collapse"], " a b "),
        ("één", ["upper"], "ÉÉN"),
        ("ÉÉN", ["lower"], "één"),
        ("élan vital", ["capitalize"], "Élan vital"),
        ("+31 (0)20-123", ["digits"], "31020123"),
        ("000120", ["strip_zeros"], "120"),
        ("000", ["strip_zeros"], "0"),
        ("<p>3 < 4 <b>x</b></p>", ["strip_tags"], "3 < 4 x"),
        ("R&amp;D &#8364; &#x20AC; &lt;b&gt; & co", ["unescape"], "R&D € € <b> & co"),
        ("&bogus; &#xD800; &#1114112; &euml;&apos;", ["unescape"], "&bogus; &#xD800; &#1114112; ë'"),
        ("  ", ["empty_to_null"], None),
        (" <i> A </i> ", ["strip_tags", "trim", "lower"], "a"),
    ],
)  # fmt: skip
def test_conversions(desk: Desk, text: str, conversions: list[str], expected: str | None) -> None:
    assert one(desk, text, {"field": "name", "convert": conversions}) == expected


def test_value_lists_replace_after_the_conversions_and_keep_what_is_not_listed(desk: Desk) -> None:
    column = {"field": "name", "convert": ["trim"], "values": {"ST": "PCE", "": "none"}}
    assert one(desk, " ST ", column) == "PCE"
    assert one(desk, "st", column) == "st"
    assert one(desk, "M", {**column, "strict_values": True}) == "is not in the value list"
    assert one(desk, "ST", {**column, "strict_values": True}) == "PCE"


def test_defaults_constants_and_expressions(desk: Desk) -> None:
    layout = import_layout(
        NUMBER,
        {"column": "naam", "field": "name", "default": "?"},
        {"column": "prijs", "field": "price", "default": "1.50"},
        {"field": "description.nl", "constant": "vast"},
        {"field": "stock", "expression": "round(price * 2) + length(description.nl)"},
        {"field": "active", "expression": "name = '?'"},
        decimal=",",
    )
    result = desk.read(b'nr,naam,prijs\n1,a,"10,25"\n2,"",\n', layout)
    assert result.fields == ("number", "name", "price", "description.nl", "stock", "active")
    assert desk.rows() == [
        ("1", "a", Decimal("10.25"), "vast", 25, False),
        ("2", "?", Decimal("1.50"), "vast", 7, True),
    ]


def test_an_expression_that_fails_rejects_its_record_alone(desk: Desk) -> None:
    layout = import_layout(NUMBER, NAME, {"field": "stock", "expression": "CAST(name AS INTEGER) // 2"})
    desk.read(b"nr,naam\n1,4\n2,x\n3,\n", layout)
    assert desk.rows() == [("1", "4", 2), ("3", None, None)]
    (reject,) = desk.rejects()
    assert (reject.record, reject.line, reject.field) == (2, 3, "stock")
    assert reject.reason == "the expression fails on the values of this record"


def test_keys_and_required_fields_must_have_a_value(desk: Desk) -> None:
    layout = import_layout(NUMBER, {**NAME, "required": True}, {"column": "p", "field": "price", "required": True})
    result = desk.read(b"nr,naam,p\n1,a,1\n,b,1\n 	,c,1\n4, ,1\n5,d,\n6,e,x\n", layout)
    assert (result.records, result.accepted, result.rejected) == (6, 1, 5)
    assert [(reject.line, reject.field) for reject in desk.rejects()] == [
        (3, "number"), (4, "number"), (5, "name"), (6, "price"), (7, "price"),
    ]  # fmt: skip
    assert desk.rejects()[-1].reason == "is not a number with a point before the decimals"


def test_everything_that_is_wrong_with_a_record_is_told(desk: Desk) -> None:
    layout = import_layout(NUMBER, {"column": "p", "field": "price"}, {"column": "s", "field": "stock"})
    result = desk.read(b"nr,p,s\n,x,y\n", layout)
    assert result.rejected == 1
    assert [reject.field for reject in desk.rejects()] == ["number", "price", "stock"]
    assert {reject.raw for reject in desk.rejects()} == {",x,y"}


def test_a_field_may_have_any_name(desk: Desk) -> None:
    entity = make_entity(t0="integer", t1="text", m2="text", c1="text", c3="integer", record="text", v="integer")
    layout = import_layout(
        NUMBER,
        {"column": "a", "field": "t0"},
        {"column": "b", "field": "c1", "values": {"x": "y"}},
        {"column": "c", "field": "m2", "values": {"x": "z"}},
        {"field": "c3", "expression": "t0 + 1"},
        {"field": "t1", "constant": "t"},
        {"field": "record", "constant": "r"},
        {"field": "v", "expression": "t0 * 2"},
    )
    desk.read(b"nr,a,b,c\n1,5,x,x\n", layout, entity)
    assert desk.rows() == [("1", 5, "y", "z", 6, "t", "r", 10)]


def test_text_survives_as_it_stands(desk: Desk) -> None:
    desk.read(b'nr,naam\n007,08712345678906\n1e3," a\tb "\n', import_layout(NUMBER, NAME))
    assert desk.rows() == [("007", "08712345678906"), ("1e3", " a\tb ")]


def test_no_value_and_empty_text_are_kept_apart(desk: Desk) -> None:
    desk.read(b'nr,naam\n1,\n2,""\n', import_layout(NUMBER, NAME))
    assert desk.rows() == [("1", None), ("2", "")]
    desk.read(b'nr,naam\n1,\n2,NULL\n3,"NULL"\n', import_layout(NUMBER, NAME, null="NULL"))
    assert desk.rows() == [("1", ""), ("2", None), ("3", "NULL")]


ENCODED = "nr;naam\n1;Käse €\n2;“ÿ”\n"


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("utf-8", ENCODED.encode()),
        ("utf-8", ENCODED.encode("utf-8-sig")),
        ("utf-8-sig", ENCODED.encode("utf-8-sig")),
        ("utf-8-sig", ENCODED.encode()),
        ("utf-16", b"\xff\xfe" + ENCODED.encode("utf-16-le")),
        ("utf-16", b"\xfe\xff" + ENCODED.encode("utf-16-be")),
        ("utf-16-le", ENCODED.encode("utf-16-le")),
        ("utf-16-le", b"\xff\xfe" + ENCODED.encode("utf-16-le")),
        ("utf-16-be", ENCODED.encode("utf-16-be")),
        ("windows-1252", ENCODED.encode("cp1252")),
    ],
)
def test_encodings(desk: Desk, encoding: str, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.exchange.encoding.CHUNK", 7)
    desk.read(content, import_layout(NUMBER, NAME, delimiter=";", encoding=encoding))
    assert desk.rows() == [("1", "Käse €"), ("2", "“ÿ”")]


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("utf-8", b"nr;naam\n1;a\n2;\xe4\n3;b\n"),
        ("windows-1252", b"nr;naam\n1;a\n2;\x81\n3;b\n"),
        ("utf-16-le", "nr;naam\n1;a\n2;".encode("utf-16-le") + b"\x00\xd8" + "\n3;b\n".encode("utf-16-le")),
        ("utf-8", b"nr;naam\n1;a\n2;\0\n3;b\n"),
    ],
)
def test_a_bad_character_costs_its_record_and_comes_back_byte_by_byte(
    desk: Desk, encoding: str, content: bytes
) -> None:
    result = desk.read(content, import_layout(NUMBER, NAME, delimiter=";", encoding=encoding))
    assert (result.records, result.accepted, result.rejected) == (3, 2, 1)
    assert desk.rows() == [("1", "a"), ("3", "b")]
    (reject,) = desk.rejects()
    assert (reject.record, reject.line, reject.column) == (2, 3, "naam")
    lines = content.split("\n".encode("utf-16-le" if "16" in encoding else "ascii"))
    newline = "\n".encode("utf-16-le" if "16" in encoding else "ascii")
    assert desk.mendable() == lines[0] + newline + lines[2] + newline


@pytest.mark.parametrize(
    ("content", "encoding", "words"),
    [
        (b"", "utf-8", "is empty"),
        (b"\xef\xbb\xbf", "utf-8", "is empty"),
        (b"\n\n", "utf-8", "holds no header line"),
        (b"\xff\xfen\0r", "utf-8", "byte order mark of UTF-16"),
        (b"n\0r\0", "utf-16", "no byte order mark"),
        (b"\xfe\xff\0n", "utf-16-le", "byte order mark of utf-16-be"),
        (b"\xff\xfen\0r\0,", "utf-16", "odd number of bytes (7)"),
        (b'nr,"naam\n1,2\n', "utf-8", "a quote is opened and never closed"),
        (b"nr,Naam\n1,2\n", "utf-8", "has no column 'naam'. Did you mean 'Naam'?"),
        (
            b"nr,naam,naam\n1,2,3\n",
            "utf-8",
            "Refer to the right one by its position: 2 or 3",
        ),
    ],
)
def test_files_that_fail_as_a_whole(desk: Desk, content: bytes, encoding: str, words: str) -> None:
    with pytest.raises(DataError) as raised:
        desk.read(content, import_layout(NUMBER, NAME, encoding=encoding))
    assert words in str(raised.value)


def test_a_missing_file_is_ours(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_file(
            tmp_path / "none.csv", import_layout(NUMBER, NAME), make_entity(), connection=desk.connection,
            work_dir=tmp_path, stop=StopToken(),
        )  # fmt: skip


def test_columns_by_position(desk: Desk) -> None:
    layout = import_layout({"column": 2, "field": "number"}, {"column": 1, "field": "name"}, header=False)
    desk.read(b"a,1\nb,2\n", layout)
    assert desk.rows() == [("1", "a"), ("2", "b")]
    with pytest.raises(DataError, match="has 1 columns, but the layout reads column 2"):
        desk.read(b"a\n", layout)


def test_lines_before_the_header_are_skipped_and_come_back_with_the_rejects(desk: Desk) -> None:
    result = desk.read(b'made "by\nhand\nnr,naam\r\n1,a\r\n,b\r\n', import_layout(NUMBER, NAME, skip_lines=2))
    assert (result.accepted, result.rejected) == (1, 1)
    assert desk.rejects()[0].line == 5
    assert desk.mendable() == b'made "by\nhand\nnr,naam\r\n,b\r\n'


def test_lines_are_those_of_the_file_when_values_hold_line_ends(desk: Desk) -> None:
    desk.read(b'nr,naam\n1,"a\r\nb\rc\nd"\n,x\n', import_layout(NUMBER, NAME))
    assert desk.rows() == [("1", "a\r\nb\rc\nd")]
    assert [reject.line for reject in desk.rejects()] == [6]


def test_quotes_can_be_plain_text(desk: Desk) -> None:
    desk.read(b'nr;naam\n1;5" pipe\n2;"x\n', import_layout(NUMBER, NAME, delimiter=";", quote=""))
    assert desk.rows() == [("1", '5" pipe'), ("2", '"x')]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_misplaced_quotes_cost_nothing_but_their_own_lines(desk: Desk, line_end: bytes) -> None:
    """DuckDB's ignore_errors lost half of the good rows of such a file."""
    lines = [b'%d,"name, %d"' % (number, number) for number in range(1, 100_006)]
    wrong = {10: b'10,"x', 20_000: b'20000,a"b', 50_000: b'50000,"a"b', 50_001: b'"50001,"', 99_999: b'99999,"a""'}
    for number, line in wrong.items():
        lines[number - 1] = line
    result = desk.read(line_end.join([b"nr,naam", *lines]), import_layout(NUMBER, NAME))
    assert (result.records, result.accepted, result.rejected) == (100_005, 100_000, 5)
    assert [(reject.record, reject.line) for reject in desk.rejects()] == [(n, n + 1) for n in wrong]
    good = desk.connection.execute(
        "SELECT count(*) FROM staged WHERE number = _record::VARCHAR AND name = 'name, ' || number"
    ).fetchone()
    assert good == (100_000,)
    assert desk.mendable() == b"".join(line + line_end for line in [b"nr,naam", *wrong.values()])


def test_long_lists_of_constants_leave_the_records_in_their_order(desk: Desk) -> None:
    """DuckDB made joins of them, which gave the records of files of more than 16 MB the numbers of others."""
    words = [f"w{number}" for number in range(20)]
    layout = import_layout(
        NUMBER,
        {"column": "woord", "field": "name", "values": {word: word for word in words}, "strict_values": True},
        {"column": "actief", "field": "active"},
        {"expression": f"name IN ({', '.join(map(repr, words))})", "field": "listed"},
    )
    lines = [f"{number},w{number % 20},ja,{'x' * 300}" for number in range(1, 120_001)]
    lines[99_998] = f"99999,wrong,ja,{'x' * 300}"
    content = "\n".join(["nr,woord,actief,rest", *lines]).encode()
    result = desk.read(content, layout, make_entity(active="boolean", listed="boolean"))
    assert (result.records, result.rejected) == (120_000, 1)
    misplaced = desk.connection.execute("SELECT count(*) FROM staged WHERE number <> _record::VARCHAR").fetchone()
    assert misplaced == (0,)
    assert [(reject.record, reject.line) for reject in desk.rejects()] == [(99_999, 100_000)]


def test_big_values_are_read_and_bigger_ones_rejected(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records_module, "MAX_RECORD", 4 << 20)
    big, bigger = b"x" * (3 << 20), b"y" * (6 << 20)
    content = b"nr,naam\n1," + big + b"\n2," + bigger + b'\n3,c\n4,"' + bigger + b'"\n5,e\n'
    result = desk.read(content, import_layout(NUMBER, NAME))
    assert (result.records, result.rejected) == (5, 2)
    assert desk.rows("number, length(name)") == [("1", len(big)), ("3", 1), ("5", 1)]
    assert [(reject.record, reject.line, len(reject.raw)) for reject in desk.rejects()] == [(2, 3, 1000), (4, 5, 1000)]
    assert all(reject.reason.startswith("longer than") for reject in desk.rejects())


def test_a_mended_rejects_file_can_be_imported(desk: Desk) -> None:
    file = {"decimal": ",", "delimiter": ";", "encoding": "windows-1252"}
    layout = import_layout(NUMBER, NAME, {"column": "p", "field": "price"}, **file)
    first = desk.read('nr;naam;p\r\n1;€;1,5\r\n2;ß;1.5\r\n3;"q\r\nr";x\r\n'.encode("cp1252"), layout)
    assert (first.accepted, first.rejected) == (1, 2)
    rejected = desk.mendable()
    assert rejected == 'nr;naam;p\r\n2;ß;1.5\r\n3;"q\r\nr";x\r\n'.encode("cp1252")
    second = desk.read(rejected.replace(b"1.5", b"1,5").replace(b";x", b";2"), layout)
    assert (second.accepted, second.rejected) == (2, 0)
    assert desk.rows() == [("2", "ß", Decimal("1.50")), ("3", "q\r\nr", Decimal("2.00"))]


def test_rejects_of_others_get_line_and_text(desk: Desk, tmp_path: Path) -> None:
    from core.exchange.rejecting import locate_rejects

    layout = import_layout(NUMBER, NAME)
    desk.read(b'nr,naam\n1,"a\nb"\n1,c\n', layout)
    desk.connection.execute("INSERT INTO rejects (record, field, reason) VALUES (2, 'number', 'stands twice')")
    locate_rejects(desk.connection, "rejects", desk.source, layout, work_dir=tmp_path, stop=StopToken())
    (reject,) = desk.rejects()
    assert (reject.line, reject.raw) == (4, "1,c")
    assert desk.mendable() == b"nr,naam\n1,c\n"


def test_working_files_are_removed(desk: Desk, tmp_path: Path) -> None:
    desk.read(b'nr,naam\n1,a"\n', import_layout(NUMBER, NAME))
    assert list((tmp_path / "work").iterdir()) == []


def test_a_stop_is_heeded(desk: Desk, tmp_path: Path) -> None:
    stop = StopToken()
    stop.request("enough")
    before = set(threading.enumerate())
    source = tmp_path / "source.csv"
    source.write_bytes(b"nr,naam\n1,a\n")
    with pytest.raises(StopRequested, match="enough"):
        read_file(
            source, import_layout(NUMBER, NAME), make_entity(), connection=desk.connection, work_dir=tmp_path, stop=stop
        )
    assert set(threading.enumerate()) <= before
