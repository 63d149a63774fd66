"""Rows of any source through the columns of a layout: the same rules as for CSV, and nothing lost."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from support.exchange_desk import make_entity

from core.config.layouts import ImportColumn
from core.config.values import TypedFormats, ValueFormats
from core.errors import DataError
from core.exchange.staging import RawRows, locate_rows, stage_rows
from core.stop import StopToken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from support.exchange_desk import Desk

    from core.exchange.staging import ReadResult

DUTCH = ValueFormats(decimal=",", thousands=".", date="%d-%m-%Y", datetime="%d-%m-%Y %H:%M")
UNREADABLE = 'record BIGINT, line BIGINT, "column" VARCHAR, value VARCHAR, reason VARCHAR, raw VARCHAR, place VARCHAR'


def raw_rows(desk: Desk, rows: Sequence[Sequence[Any]], *names: str, **settings: Any) -> RawRows:
    """Put rows of number, line, place and cells into a table, as a reader does."""
    width = len(rows[0]) - 3
    cells = ", ".join(f"_c{position} VARCHAR" for position in range(1, width + 1))
    desk.connection.execute(f"CREATE TEMP TABLE raw_rows (_record BIGINT, _line BIGINT, _place VARCHAR, {cells})")
    desk.connection.executemany(f"INSERT INTO raw_rows VALUES ({', '.join('?' * (width + 3))})", rows)
    settings = {"records": len(rows), "has_lines": True, "has_places": True, **settings}
    return RawRows(names, width, "raw_rows", **settings)


def stage(desk: Desk, rows: RawRows, *columns: dict[str, Any], formats: ValueFormats = DUTCH) -> ReadResult:
    return stage_rows(
        rows,
        [ImportColumn.model_validate(column) for column in columns],
        formats,
        make_entity(),
        connection=desk.connection,
        stop=StopToken(),
        name="catalogue.xml, its articles",
    )


NUMBER = {"column": "SUPPLIER_AID", "field": "number"}


def test_rows_go_through_conversions_values_defaults_types_and_expressions(desk: Desk) -> None:
    rows = raw_rows(
        desk,
        [(1, 12, "a[1]", " 00123 ", "ja", "1.234,50", "31-12-2026", None), (2, 15, "a[2]", "7", "N", None, None, "x")],
        "SUPPLIER_AID", "ACTIVE", "PRICE", "FROM", "NAME",
    )  # fmt: skip
    result = stage(
        desk,
        rows,
        {**NUMBER, "convert": ["trim", "strip_zeros"]},
        {"column": 2, "field": "active", "values": {"N": "nee"}},
        {"column": "PRICE", "field": "price", "default": "0.99"},
        {"column": "FROM", "field": "valid_from"},
        {"column": "NAME", "field": "name"},
        {"expression": "number || '!'", "field": "description.nl"},
    )
    assert (result.records, result.accepted, result.rejected) == (2, 2, 0)
    assert result.fields == ("number", "active", "price", "valid_from", "name", "description.nl")
    found = desk.rows('_record, number, active, CAST(price AS VARCHAR), valid_from, name, "description.nl"')
    assert found == [
        (1, "123", True, "1234.50", date(2026, 12, 31), None, "123!"),
        (2, "7", False, "0.99", None, "x", "7!"),
    ]


def test_a_reject_says_line_place_column_and_what_the_record_was(desk: Desk) -> None:
    rows = raw_rows(desk, [(1, 12, "a[1]", "1", "2,50"), (2, 15, "a[2]", "2", "much")], "SUPPLIER_AID", "PRICE")
    result = stage(desk, rows, NUMBER, {"column": "PRICE", "field": "price"})
    assert (result.accepted, result.rejected) == (1, 1)
    (reject,) = desk.rejects()
    assert (reject.record, reject.line, reject.place) == (2, 15, "a[2]")
    assert (reject.field, reject.column, reject.value, reject.raw) == ("price", "PRICE", "much", "2\tmuch")
    assert reject.reason == "is not a number with a comma before the decimals"


def test_what_the_reader_could_not_read_is_rejected_beside_what_the_layout_refuses(desk: Desk) -> None:
    desk.connection.execute(f"CREATE TEMP TABLE broken ({UNREADABLE})")
    desk.connection.execute(
        "INSERT INTO broken VALUES (2, 9, NULL, NULL, 'ends in the middle of a tag', '<a', 'ARTICLE 2')"
    )
    rows = raw_rows(desk, [(1, 8, "p", "1"), (3, 10, "p", None)], "SUPPLIER_AID", records=3, unreadable="FROM broken")
    result = stage(desk, rows, NUMBER)
    assert (result.records, result.accepted, result.rejected) == (3, 1, 2)
    assert [(each.record, each.line, each.raw) for each in desk.rejects()] == [(2, 9, "<a"), (3, 10, "")]
    assert desk.rows("_record, number") == [(1, "1")]


def test_a_row_that_vanished_or_came_twice_fails_the_whole_file(desk: Desk) -> None:
    rows = raw_rows(desk, [(1, 1, "", "1"), (2, 2, "", "2")], "SUPPLIER_AID", records=3)
    with pytest.raises(DataError, match="its articles has 3 records, but 2 were read"):
        stage(desk, rows, NUMBER)
    desk.connection.execute("UPDATE raw_rows SET _record = 1")
    with pytest.raises(DataError, match="nothing was imported"):
        stage(desk, RawRows(("SUPPLIER_AID",), 1, "raw_rows", 2), NUMBER)


def test_rejects_that_are_found_later_are_located_too(desk: Desk) -> None:
    rows = raw_rows(desk, [(1, 30, "a[1]", "1"), (2, 31, "a[2]", "2")], "SUPPLIER_AID")
    stage(desk, rows, NUMBER)
    desk.connection.execute("INSERT INTO rejects (record, field, value, reason) VALUES (2, 'number', '2', 'is known')")
    locate_rows(rows, "rejects", connection=desk.connection, stop=StopToken(), name="catalogue.xml")
    (reject,) = desk.rejects()
    assert (reject.line, reject.place, reject.raw) == (31, "a[2]", "2")


def test_a_layout_that_names_a_column_the_rows_do_not_have_is_refused(desk: Desk) -> None:
    rows = raw_rows(desk, [(1, 1, "", "1")], "SUPPLIER_AID")
    with pytest.raises(DataError, match="has no column 'AID'"):
        stage(desk, rows, {"column": "AID", "field": "number"})


@pytest.mark.parametrize(
    ("text", "day", "moment"),
    [
        ("2026-01-31", date(2026, 1, 31), datetime(2026, 1, 31)),  # noqa: DTZ001 - staged without a zone, as UTC
        ("31-01-2026 23:30", None, datetime(2026, 1, 31, 23, 30)),  # noqa: DTZ001
        ("2026-01-31T23:30:00.25", date(2026, 1, 31), datetime(2026, 1, 31, 23, 30, 0, 250_000)),  # noqa: DTZ001
        ("2026-01-31T23:30-05:00", date(2026, 1, 31), datetime(2026, 2, 1, 4, 30)),  # noqa: DTZ001
        ("2026-01-31 23:30:00Z", date(2026, 1, 31), datetime(2026, 1, 31, 23, 30)),  # noqa: DTZ001
        ("2026-02-31", None, None),
    ],
)
def test_where_dates_may_be_iso_the_layouts_format_still_holds_too(
    desk: Desk, text: str, day: date | None, moment: datetime | None
) -> None:
    rows = raw_rows(desk, [(1, 1, "", "1", text)], "SUPPLIER_AID", "AT")
    formats = TypedFormats(date="%d-%m-%Y", datetime="%d-%m-%Y %H:%M")
    for field, expected in (("valid_from", day), ("seen_at", moment)):
        result = stage(desk, rows, NUMBER, {"column": "AT", "field": field}, formats=formats)
        assert result.accepted == (expected is not None)
        assert [row[0] for row in desk.rows(field)] == ([expected] if expected is not None else [])
