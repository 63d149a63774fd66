from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.exchange_desk import import_layout, make_entity, select

from core.config.layouts import CsvExportLayout, FileSettings
from core.errors import DataError, StopRequested
from core.exchange.rendering import shown_text
from core.exchange.writing import write_csv, write_file
from core.stop import StopToken

if TYPE_CHECKING:
    from support.exchange_desk import Desk

    from core.exchange.writing import WriteResult


def moment(*parts: int) -> dt.datetime:
    """A UTC time as DuckDB's TIMESTAMP gives it: without saying so."""
    return dt.datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


NR = {"column": "nr", "field": "number"}
LANGUAGES = ["nl", "en"]
MONEY = {"field": "price", "format": "0.00"}


def export_layout(*columns: dict[str, Any], **file: Any) -> CsvExportLayout:
    return CsvExportLayout.model_validate(
        {"direction": "export", "format": "csv", "entity": "article", "file": file, "columns": list(columns)}
    )


def write(desk: Desk, layout: CsvExportLayout, language: str | None = None) -> WriteResult:
    return write_file(
        layout, make_entity(), connection=desk.connection, selection="selection", target=desk.target,
        language=language, languages=LANGUAGES, stop=StopToken(),
    )  # fmt: skip


def cell(desk: Desk, value: Any, column: dict[str, Any], **file: Any) -> str:
    field = column.get("field") or "number"
    select(desk, {"number": "1", field: value} if field != "number" else {"number": value})
    write(desk, export_layout({"column": "x", **column}, **{"header": False, "delimiter": "|", **file}))
    return desk.target.read_text().removesuffix("\n")


@pytest.mark.parametrize(
    ("value", "column", "file", "expected"),
    [
        (Decimal("12.50"), {"field": "price"}, {}, "12.5"),
        (Decimal("100.00"), {"field": "price"}, {"decimal": ","}, "100"),
        (Decimal("-0.05"), {"field": "price"}, {"decimal": ","}, "-0,05"),
        (Decimal("12.50"), {"field": "price", "format": "0.00"}, {}, "12.50"),
        (Decimal("12.55"), {"field": "price", "format": "0.0"}, {"decimal": ","}, "12,6"),
        (Decimal("-1234567.5"), MONEY, {"decimal": ",", "thousands": "."}, "-1.234.567,50"),
        (Decimal("123456.5"), {"field": "price", "format": "0.00"}, {"thousands": "'"}, "123'456.50"),
        (Decimal(-123), {"field": "price", "format": "0"}, {"thousands": ","}, "-123"),
        (1234, {"field": "stock", "format": "0"}, {"thousands": " "}, "1 234"),
        (1234, {"field": "stock"}, {"thousands": " "}, "1234"),
        (None, {"field": "price"}, {}, ""),
        (None, {"field": "price"}, {"null": "NULL"}, "NULL"),
        ("", {"field": "name"}, {}, '""'),
        ("NULL", {"field": "name"}, {"null": "NULL"}, '"NULL"'),
        (None, {"field": "name", "default": "-"}, {}, "-"),
        (True, {"field": "active"}, {}, "true"),
        (True, {"field": "active"}, {"null": "true"}, '"true"'),
        (True, {"field": "active"}, {"delimiter": "e"}, '"true"'),
        (None, {"field": "stock", "default": "0"}, {}, "0"),
        (7, {"field": "stock", "values": {"7": "seven"}}, {}, "seven"),
        (dt.date(2026, 1, 2), {"field": "valid_from"}, {}, "2026-01-02"),
        (dt.date(2026, 1, 2), {"field": "valid_from"}, {"delimiter": "-"}, '"2026-01-02"'),
        (False, {"field": "active", "values": {"false": "N", "true": "J"}}, {}, "N"),
        (dt.date(2026, 1, 2), {"field": "valid_from"}, {"date": "%d-%m-%Y"}, "02-01-2026"),
        (dt.date(2026, 1, 2), {"field": "valid_from", "format": "%Y%m%d"}, {}, "20260102"),
        (moment(2026, 1, 2, 3, 4, 5), {"field": "changed_at"}, {}, "2026-01-02 03:04:05"),
        (moment(2026, 1, 2, 3, 4, 5), {"field": "changed_at", "format": "%Y-%m-%d"}, {}, "2026-01-02"),
        ("a", {"constant": "vast"}, {}, "vast"),
        ("a", {"expression": "upper(number) || '!'"}, {}, "A!"),
        ("7", {"expression": "number::DECIMAL(9, 2) / 2", "format": "0.00"}, {"decimal": ","}, "3,50"),
        ('a"b|c', {"field": "name"}, {}, '"a""b|c"'),
        ("a\nb", {"field": "name"}, {"line_end": "crlf"}, '"a\nb"'),
        (" <b>x</b> ", {"field": "name", "convert": ["strip_tags", "trim", "upper"]}, {}, "X"),
    ],
)  # fmt: skip
def test_cells(desk: Desk, value: Any, column: dict[str, Any], file: dict[str, Any], expected: str) -> None:
    assert cell(desk, value, column, **file) == expected


numbers = st.integers(0, 18).flatmap(
    lambda zeros: st.integers(1 - 10 ** (18 - zeros), 10 ** (18 - zeros) - 1).map(lambda digits: digits * 10**zeros)
)


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(decimals=st.integers(0, 12), unscaled=st.lists(numbers, min_size=1, max_size=20))
def test_a_decimal_is_written_exactly_and_without_zeros_at_its_end(
    shared_desk: Desk, decimals: int, unscaled: list[int]
) -> None:
    values = [Decimal(number).scaleb(-decimals) for number in unscaled]
    text = shown_text("v", "decimal", FileSettings(), None, decimals)
    rows = shared_desk.connection.execute(
        f"SELECT {text} FROM (SELECT unnest(?::VARCHAR[])::DECIMAL(18, {decimals}) AS v)", [list(map(str, values))]
    ).fetchall()
    for value, (shown,) in zip(values, rows, strict=True):
        exact = f"{value:f}"
        assert shown == (exact.rstrip("0").rstrip(".") if "." in exact else exact)


def test_translated_fields_go_out_in_one_language_or_in_all(desk: Desk) -> None:
    select(desk, {"number": "1", "description.nl": "doos", "description.en": "box"})
    layout = export_layout(NR, {"column": "title", "field": "description"}, {"column": "en", "field": "description.en"})
    write(desk, layout, "nl")
    assert desk.target.read_text() == "nr,title,en\n1,doos,box\n"
    write(desk, layout)
    assert desk.target.read_text() == "nr,title.nl,title.en,en\n1,doos,box,box\n"
    with pytest.raises(DataError, match="not kept in the language 'fr'"):
        write(desk, layout, "fr")


@pytest.mark.parametrize(
    ("encoding", "mark", "codec"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8-sig", b"\xef\xbb\xbf", "utf-8"),
        ("utf-16", b"\xff\xfe", "utf-16-le"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("windows-1252", b"", "cp1252"),
    ],
)
def test_encodings(desk: Desk, encoding: str, mark: bytes, codec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.exchange.writing.CHUNK", 5)
    select(desk, {"number": "1", "name": "€ 5"}, {"number": "2", "name": "ÿ"})
    result = write(desk, export_layout(NR, {"column": "näme", "field": "name"}, encoding=encoding, line_end="crlf"))
    content = desk.target.read_bytes()
    assert content == mark + "nr,näme\r\n1,€ 5\r\n2,ÿ\r\n".encode(codec)
    assert (result.records, result.size) == (2, len(content))
    assert [path.name for path in desk.directory.glob("out*")] == ["out.csv"]


def test_a_character_that_the_encoding_lacks_is_named_with_its_record(desk: Desk) -> None:
    select(desk, {"number": "1", "name": "ok"}, {"number": "A7", "name": "Ω"})
    with pytest.raises(DataError, match=r"Article 'A7' cannot be written: column 'name' \(Ω\).*U\+03A9.*windows-1252"):
        write(desk, export_layout(NR, {"column": "name", "field": "name"}, encoding="windows-1252"))


def test_without_quotes_a_delimiter_in_a_value_is_refused(desk: Desk) -> None:
    layout = export_layout(NR, {"column": "name", "field": "name"}, quote="", delimiter=";")
    select(desk, {"number": "1", "name": 'a"b'})
    write(desk, layout)
    assert desk.target.read_text() == 'nr;name\n1;a"b\n'
    for value in ("a;b", "a\nb", "a\rb"):
        select(desk, {"number": "1", "name": value})
        with pytest.raises(DataError, match="Article '1' cannot be written: column 'name'"):
            write(desk, layout)


def test_an_expression_that_fails_names_the_record(desk: Desk) -> None:
    select(desk, {"number": "1"}, {"number": "x"})
    with pytest.raises(DataError, match="Article 'x' cannot be written: column 'n'"):
        write(desk, export_layout({"column": "n", "expression": "number::INTEGER"}))


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ([{"column": "a", "field": "prise"}], "'prise', which is no field. Did you mean 'price'?"),
        ([{"column": "a", "field": "name"}, {"column": "a", "field": "number"}], "two columns named 'a'"),
        ([{"column": "a", "field": "price", "format": "#.##"}], "number format '#.##' is not known"),
        ([{"column": "a", "expression": "price || read_text('x')"}], "'read_text', which is not allowed"),
        ([{"column": "a", "expression": "price + valid_from"}], "does not compile"),
    ],
)
def test_layouts_that_do_not_compile(desk: Desk, columns: list[dict[str, Any]], words: str) -> None:
    select(desk, {"number": "1"})
    with pytest.raises(DataError) as raised:
        write(desk, export_layout(*columns))
    assert words in str(raised.value)


def test_plain_lists_of_fields(desk: Desk) -> None:
    select(desk, {"number": "1", "price": Decimal("1.20"), "description.nl": "a"})
    target = desk.directory / "list.csv"
    result = write_csv(
        ["number", "price", "description"], make_entity(), connection=desk.connection, selection="selection",
        target=target, languages=LANGUAGES, stop=StopToken(),
    )  # fmt: skip
    assert target.read_text() == "number,price,description.nl,description.en\n1,1.2,a,\n"
    assert (result.records, result.size) == (1, target.stat().st_size)


def test_a_stop_is_heeded(desk: Desk) -> None:
    select(desk, {"number": "1"})
    stop = StopToken()
    stop.request("enough")
    with pytest.raises(StopRequested, match="enough"):
        write_file(
            export_layout(NR), make_entity(), connection=desk.connection, selection="selection",
            target=desk.directory / "out.csv", language=None, languages=LANGUAGES, stop=stop,
        )  # fmt: skip


texts = st.text(st.characters(codec="cp1252", exclude_characters="\0"), max_size=8) | st.sampled_from(
    ["", '"', ";", "\r\n", "\n", "\r", " x ", "NULL", "a;b", '""']
)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    names=st.lists(st.none() | texts, min_size=1, max_size=6),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "windows-1252"]),
    line_end=st.sampled_from(["lf", "crlf"]),
    null=st.sampled_from(["", "NULL"]),
)
def test_what_is_exported_is_imported_again(
    shared_desk: Desk, names: list[str | None], encoding: str, line_end: str, null: str
) -> None:
    file = {"delimiter": ";", "encoding": encoding, "line_end": line_end, "null": null, "decimal": ","}
    fields = ["number", "name", "price", "active", "valid_from", "seen_at"]
    records = [
        {
            "number": str(number), "name": name, "price": Decimal(number) / 4, "active": number % 2 == 0,
            "valid_from": dt.date(2026, 1, 1 + number), "seen_at": moment(2026, 1, 1, number),
        }
        for number, name in enumerate(names, 1)
    ]  # fmt: skip
    select(shared_desk, *records)
    write(shared_desk, export_layout(*({"column": each, "field": each} for each in fields), **file))
    layout = import_layout(*({"column": each, "field": each} for each in fields), **file)
    result = shared_desk.read(shared_desk.target.read_bytes(), layout)
    assert result.rejected == 0
    assert shared_desk.rows() == [tuple(record.values()) for record in records]
