"""An operator's query reads the views of reports, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from core.errors import DataError
from core.reports.queries import checked_query

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VIEWS = ("article", "article_changes", "runs", "order")
TRANSLATED = frozenset({"description.nl"})

GOOD = {
    "SELECT number FROM article": {"article"},
    "SELECT number FROM ARTICLE;": {"article"},
    "FROM runs": {"runs"},
    'SELECT * FROM "order" o JOIN article a ON a.number = o.number': {"order", "article"},
    "WITH a AS (SELECT * FROM runs), b AS (SELECT * FROM a) SELECT count(*) FROM b": {"runs"},
    "SELECT 1 UNION ALL SELECT count(*) FROM runs ORDER BY 1 LIMIT 3": {"runs"},
    "SELECT number, row_number() OVER (PARTITION BY brand ORDER BY price) FROM article": {"article"},
    "SELECT sum(price) FILTER (price > 1) OVER w FROM article WINDOW w AS (ORDER BY number)": {"article"},
    "SELECT * FROM article WHERE EXISTS (SELECT 1 FROM runs WHERE run = price)": {"article", "runs"},
    "SELECT * FROM (VALUES (1, 'a'), (2, 'b')) v(x, y)": set(),
    "SELECT x FROM range(10) r(x)": set(),
    "SELECT brand, count(DISTINCT number) FROM article GROUP BY ALL HAVING count(*) > 1": {"article"},
    "SELECT CASE WHEN price > 1 THEN 'x' ELSE 'y' END FROM article QUALIFY row_number() OVER () = 1": {"article"},
    "SELECT DISTINCT ON (brand) brand, number FROM article -- a comment": {"article"},
}

BAD = {
    "": "no SELECT|single|cannot be read",
    "SELECT 1; SELECT 2": "not one single SELECT",
    "SELECT 1; DROP TABLE article": "is no SELECT",
    "DELETE FROM article": "is no SELECT",
    "INSERT INTO article VALUES (1)": "is no SELECT",
    "UPDATE article SET number = 1": "is no SELECT",
    "CREATE TABLE x AS SELECT 1": "is no SELECT",
    "COPY article TO '/tmp/x.csv'": "is no SELECT",
    "EXPORT DATABASE '/tmp/x'": "is no SELECT",
    "ATTACH '/tmp/x.db'": "is no SELECT",
    "PRAGMA database_list": "is no SELECT|no view",
    "SET memory_limit = '1TB'": "is no SELECT",
    "INSTALL httpfs": "is no SELECT",
    "CALL pragma_version()": "is no SELECT",
    "CHECKPOINT": "is no SELECT",
    "EXPLAIN SELECT 1": "is no SELECT",
    "SELECT * FROM '/etc/passwd'": "no view of reports",
    "SELECT * FROM 'x.parquet'": "no view of reports",
    "SELECT * FROM read_csv('/etc/passwd')": "'read_csv', which is not allowed",
    "SELECT * FROM read_text('/etc/passwd')": "not allowed",
    "SELECT * FROM glob('/**')": "not allowed",
    "SELECT * FROM sqlite_scan('/j', 'run')": "not allowed",
    "SELECT * FROM query('SELECT 1')": "not allowed",
    "SELECT * FROM query_table('applied')": "not allowed",
    "SELECT * FROM duckdb_settings()": "not allowed",
    "SELECT * FROM applied": "no view of reports",
    "SELECT * FROM entity.article": "'entity.article', which is no view",
    "SELECT * FROM main.article": "no view of reports",
    "SELECT * FROM memory.main.article": "no view of reports",
    "SELECT * FROM history.article": "no view of reports",
    "SELECT * FROM information_schema.tables": "no view of reports",
    "SELECT * FROM sqlite_master": "no view of reports",
    "SELECT (SELECT count(*) FROM applied)": "no view of reports",
    "SELECT * FROM article WHERE number IN (SELECT run FROM fence)": "no view of reports",
    "WITH applied AS (SELECT 1), x AS (SELECT * FROM fence) SELECT * FROM applied": "no view of reports",
    "SELECT * FROM (WITH fence AS (SELECT 1) SELECT * FROM fence) x, fence": "no view of reports",
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT * FROM t": "not allowed",
    "SELECT getenv('HOME')": "'getenv', which is not allowed",
    "SELECT current_setting('secret_directory')": "not allowed",
    "SELECT getvariable('x')": "not allowed",
    "SELECT nextval('x')": "not allowed",
    "SELECT pg_catalog.abs(1)": "not allowed",
    "SELECT now()": "not allowed",
    "SELECT random()": "not allowed",
    "SELECT list_transform([1], x -> x + 1)": "not allowed",
    "SELECT $secret": "parameters",
    "SELECT ?": "parameters",
    "DESCRIBE article": "not allowed",
    "SUMMARIZE article": "not allowed",
    "SHOW TABLES": "not allowed|no view",
    "PIVOT article ON brand USING count(*)": "no SELECT|not allowed",
    "SELECT * FROM (PIVOT article ON brand USING count(*))": "not allowed|cannot|no SELECT",
    "SELECT * FROM articles": "Did you mean 'article'",
    "SELECT FROM WHERE": "cannot be read",
}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"enable_external_access": False}) as opened:
        yield opened


@pytest.mark.parametrize("sql", GOOD)
def test_a_query_over_views_is_taken(sql: str, connection: duckdb.DuckDBPyConnection) -> None:
    for name in VIEWS:
        connection.execute(f"CREATE TEMP VIEW \"{name}\" AS SELECT 'a' AS number, 1 AS price, 'b' AS brand, 2 AS run")
    query = checked_query("q", sql, VIEWS, translated=TRANSLATED, connection=connection)
    assert query.views == GOOD[sql]
    connection.execute(query.sql).fetchall()


@pytest.mark.parametrize("sql", BAD)
def test_anything_else_is_refused(sql: str, connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(DataError, match=BAD[sql]):
        checked_query("q", sql, VIEWS, translated=TRANSLATED, connection=connection)


def test_a_translated_field_needs_no_quotes(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE TEMP VIEW article AS SELECT 'x' AS \"description.nl\"")
    for written in ("description.nl", "a.description.nl", 'a."description.nl"'):
        query = checked_query(
            "q", f"SELECT {written} FROM article a", VIEWS, translated=TRANSLATED, connection=connection
        )
        assert connection.execute(query.sql).fetchall() == [("x",)]


def test_what_is_run_is_the_tree_and_not_the_text(connection: duckdb.DuckDBPyConnection) -> None:
    query = checked_query("q", "SELECT /* ; DROP */ 1 -- x", VIEWS, translated=TRANSLATED, connection=connection)
    assert query.sql == "SELECT 1"


def test_no_file_is_made_or_read(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """The session is confined, too: a query that passed by mistake would reach nothing."""
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    for statement in (f"SELECT * FROM '{secret}'", f"COPY (SELECT 1) TO '{tmp_path}/out.csv'"):
        with pytest.raises(duckdb.PermissionException):
            connection.execute(statement)
    assert [path.name for path in tmp_path.iterdir()] == ["secret.csv"]
