from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from core.errors import DataError
from core.exchange.expressions import checked_expression

if TYPE_CHECKING:
    from collections.abc import Iterator

FIELDS = ["price", "name", "description.nl", "valid_from"]


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"enable_external_access": False}) as opened:
        opened.execute(
            "CREATE TABLE record AS SELECT 10::DECIMAL(18, 2) AS price, 'a' AS name, 'x' AS \"description.nl\", "
            "DATE '2026-01-31' AS valid_from"
        )
        yield opened


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("round(price * 0.62, 2)", "6.20"),
        ("description.nl || '-' || name", "x-a"),
        ('"description.nl"', "x"),
        ("CASE WHEN name IN ('a', 'b') AND price BETWEEN 1 AND 20 THEN 'cheap' ELSE 'dear' END", "cheap"),
        ("coalesce(nullif(name, 'a'), 'none')", "none"),
        ("valid_from + INTERVAL 1 DAY", "2026-02-01 00:00:00"),
        ("price::INTEGER // 3 -- a third", "3"),
        ("name LIKE 'A%' OR NOT name ~ '^b'", "true"),
        ("1) + (2", "3"),
    ],
)
def test_what_is_allowed(connection: duckdb.DuckDBPyConnection, expression: str, expected: str) -> None:
    checked = checked_expression(expression, FIELDS, connection=connection)
    row = connection.execute(f"SELECT CAST({checked} AS VARCHAR) FROM record").fetchone()
    assert row == (expected,)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "1, 2",
        "1) AS a, (2",
        "1) FROM read_text('/etc/passwd') --",
        "1); DROP TABLE record; SELECT (1",
        "(SELECT 1)",
        "EXISTS (SELECT 1)",
        "name IN (SELECT name FROM record)",
        "1) UNION SELECT (2",
        "1) FROM record WHERE (true",
        "1) ORDER BY (1",
        "sum(price)",
        "row_number() OVER ()",
        "unnest([1, 2])",
        "getenv('HOME')",
        "current_setting('threads')",
        "read_text('/etc/passwd')",
        "main.upper(name)",
        "random()",
        "nextval('x')",
        "pg_sleep(10)",
        "query('select 1')",
        "COLUMNS(*)",
        "*",
        "?",
        "$1",
        "#1",
        "list_transform([1], lambda x: x)",
        "name COLLATE nocase",
        "current_date",
        "record.name",
        "1 AS b",
    ],
)
def test_what_is_not_allowed(connection: duckdb.DuckDBPyConnection, expression: str) -> None:
    with pytest.raises(DataError) as raised:
        checked_expression(expression, FIELDS, connection=connection)
    assert raised.value.advice


@pytest.mark.parametrize(
    ("expression", "hint"), [("prise * 2", "Did you mean 'price'?"), ("rouond(price)", "Did you mean 'round'?")]
)
def test_the_nearest_name_is_proposed(connection: duckdb.DuckDBPyConnection, expression: str, hint: str) -> None:
    with pytest.raises(DataError) as raised:
        checked_expression(expression, FIELDS, connection=connection)
    assert raised.value.advice == hint
