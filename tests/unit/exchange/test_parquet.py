"""Parquet: the types of the file become those of the fields, and back again."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pytest
from support.exchange_desk import Desk, select
from support.typed_files import NUMBER, TypedDesk, layout_of

from core.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

MOMENT = dt.datetime(2026, 1, 31, 10, 30, 0, 123456)  # noqa: DTZ001 - as a TIMESTAMP is given


@pytest.fixture
def typed(desk: Desk) -> TypedDesk:
    return TypedDesk(desk)


def table(typed: TypedDesk, select_sql: str) -> Path:
    path = typed.desk.directory / "supplier.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({select_sql}) TO '{path}' (FORMAT parquet)")
    return path


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("CAST(0.1 AS DOUBLE) + CAST(0.2 AS DOUBLE)", "0.3"),
        ("CAST(12345 AS DOUBLE)", "12345"),
        ("CAST(4006381333931 AS DOUBLE)", "4006381333931"),
        ("CAST(1e-7 AS DOUBLE)", "0.0000001"),
        ("CAST(1e18 AS DOUBLE)", "1000000000000000000"),
        ("CAST(1.5 AS FLOAT)", "1.5"),
        ("CAST(12345678901234567.89 AS DECIMAL(38, 2))", "12345678901234567.89"),
        ("CAST(9223372036854775807 AS BIGINT)", "9223372036854775807"),
        ("true", "true"),
        ("DATE '2026-01-31'", "2026-01-31"),
        ("TIMESTAMP '2026-01-31 10:30:00.123456'", "2026-01-31 10:30:00.123456"),
        ("TIMESTAMPTZ '2026-01-31 10:30:00+02'", "2026-01-31 08:30:00"),
        ("'0012'", "0012"),
        ("''", ""),
        ("CAST(NULL AS VARCHAR)", None),
        ("[1, 2]", "[1,2]"),
        ("{'a': 1.5, 'b': 'x'}", '{"a":1.5,"b":"x"}'),
    ],
)
def test_a_value_is_read_as_text_that_is_exact(typed: TypedDesk, value: str, expected: str | None) -> None:
    assert typed.read_cells(table(typed, f"SELECT '1' AS number, {value} AS x"), "parquet", ["number", "x"]) == [
        ("1", expected)
    ]


def test_columns_are_found_by_position_too_and_rejects_keep_their_types(typed: TypedDesk) -> None:
    path = table(
        typed,
        "SELECT CAST(i AS VARCHAR) AS number, CASE i WHEN 2 THEN 1.234 ELSE 1.2 END AS price FROM range(1, 4) t(i)",
    )
    layout = layout_of("parquet", "import", NUMBER, {"column": 2, "field": "price"})
    result = typed.read(path, layout)
    assert (result.records, result.accepted, result.rejected) == (3, 2, 1)
    (reject,) = typed.rejects()
    assert (reject.record, reject.column, reject.value) == (2, "price", "1.234")
    with duckdb.connect() as connection:
        again = typed.mendable("again.parquet")
        found = connection.execute(f"SELECT *, typeof(price) FROM '{again}'").fetchall()
    assert found == [("2", Decimal("1.234"), "DECIMAL(4,3)")]


@pytest.mark.parametrize("compression", ["zstd", "snappy", "gzip", "none"])
def test_an_export_has_the_types_of_the_fields(typed: TypedDesk, compression: str) -> None:
    record = {"number": "0012", "price": Decimal("1.10"), "stock": 7, "active": True, "seen_at": MOMENT}
    select(typed.desk, {**record, "valid_from": MOMENT.date()})
    names = ["number", "price", "stock", "active", "seen_at", "valid_from"]
    columns = [{"column": name, "field": name} for name in names]
    columns += [
        {"column": "shown", "field": "valid_from", "format": "%d-%m-%Y"},
        {"column": "sum", "expression": "stock + 1"},
    ]
    path = typed.write(layout_of("parquet", "export", *columns, compression=compression), "out.parquet")
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        kinds = [row[1] for row in connection.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()]
        values = connection.execute(f"SELECT * REPLACE (CAST(seen_at AS VARCHAR) AS seen_at) FROM '{path}'").fetchone()
        how = connection.execute(f"SELECT DISTINCT compression FROM parquet_metadata('{path}')").fetchall()
    assert kinds == [
        "VARCHAR", "DECIMAL(18,2)", "BIGINT", "BOOLEAN", "TIMESTAMP WITH TIME ZONE", "DATE", "VARCHAR", "BIGINT",
    ]  # fmt: skip
    shown = ("0012", Decimal("1.10"), 7, True, "2026-01-31 10:30:00.123456+00", MOMENT.date(), "31-01-2026", 8)
    assert values == shown
    assert how == [("UNCOMPRESSED" if compression == "none" else compression.upper(),)]


def test_what_is_cut_off_broken_or_something_else_is_refused_in_words(typed: TypedDesk) -> None:
    whole = table(typed, "SELECT CAST(i AS VARCHAR) AS number FROM range(5000) t(i)").read_bytes()
    path = typed.desk.directory / "bad.parquet"
    layout = layout_of("parquet", "import", NUMBER)
    for content, words in (
        (whole[: len(whole) // 2], "is cut off: the end of the Parquet file is missing"),
        (b"number\n1\n", "is no Parquet file, whatever its name says"),
        (b"PAR1PAR1", "is cut off"),
        (whole[:-4] + b"PARE", "is encrypted"),
        (whole[:4] + bytes(len(whole) - 8) + whole[-4:], "is broken"),
        (whole[:40] + b"\xff" * 2000 + whole[2040:], "."),
    ):
        path.write_bytes(content)
        with pytest.raises(DataError, match=words):
            typed.read(path, layout)
