"""The check of ETL schemes: what passes, what does not, and what is said of it."""

# ruff: noqa: ISC004 - statements and sentences in tables

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.config.entities import build_entities
from core.config.schemes import SchemeSettings
from core.config.standard import STANDARD_ENTITIES
from core.errors import DataError
from core.store.transform import checked_scheme, scheme_faults
from core.store.transform.tokens import calls, tokens, written_tables

ENTITIES = build_entities(STANDARD_ENTITIES, {}, ["nl", "en"])


def scheme(*steps: str) -> SchemeSettings:
    return SchemeSettings.model_validate(
        {"steps": [{"name": f"s{number}", "sql": sql} for number, sql in enumerate(steps, start=1)]}
    )


def wrong(*steps: str) -> str:
    """What is said of the first step that is wrong."""
    faults = scheme_faults(scheme(*steps), ENTITIES)
    assert faults, "it passed"
    return str(faults[0])


GOOD = [
    "UPDATE article SET gross_price = gross_price * 2",
    'UPDATE article AS a SET "description.nl" = upper("description.nl") WHERE a.number LIKE \'A%\' -- all; of; them',
    "/* one */ UPDATE article SET unit = 'it''s; DROP TABLE x' ;",
    "DELETE FROM article WHERE NOT EXISTS (SELECT 1 FROM product p WHERE p.number = article.product)",
    "INSERT INTO article BY NAME SELECT number, count(*) OVER () AS gross_price FROM product",
    "INSERT INTO article (number) SELECT number FROM all_article EXCEPT SELECT number FROM article",
    "MERGE INTO article a USING product p ON p.number = a.number WHEN MATCHED THEN UPDATE SET unit = 'PCE' "
    "WHEN NOT MATCHED THEN INSERT (number) VALUES (p.number)",
    "WITH dear AS (SELECT number FROM article WHERE gross_price > 9) DELETE FROM article USING dear "
    "WHERE dear.number = article.number",
    'UPDATE "order" SET number = number',
    "INSERT INTO article (number) SELECT i::VARCHAR FROM range(10) t(i)",
    "UPDATE article SET product = a.product FROM archived_article a WHERE a.number = article.number",
]


@pytest.mark.parametrize("step", GOOD)
def test_what_changes_records_passes(step: str) -> None:
    assert scheme_faults(scheme(step), ENTITIES) == []


@pytest.mark.parametrize(
    "step",
    [
        "UPDATE attachment SET type = 'x'",
        "INSERT INTO attachment (entity, record, file) VALUES ('article', 'A1', 'a.png')",
        "DELETE FROM attachment",
        "MERGE INTO attachment a USING article b ON a.record = b.number WHEN MATCHED THEN DELETE",
    ],
)
def test_attachments_are_there_to_be_read_only(step: str) -> None:
    (fault,) = scheme_faults(scheme(step), ENTITIES)
    assert "Records of 'attachment' can be read in a step and not changed: they belong to files" in fault.message
    assert f"line 1, column {step.index('attachment') + 1}: " in fault.message
    reading = "UPDATE article SET unit = 'x' WHERE number IN (SELECT record FROM attachment WHERE entity = 'article')"
    assert scheme_faults(scheme(reading), ENTITIES) == []


def test_a_checked_step_says_what_it_reads_and_writes() -> None:
    steps = checked_scheme(
        "x",
        scheme(
            "CREATE TEMP TABLE dear AS SELECT article AS number FROM price",
            "UPDATE article SET unit = 'x' WHERE number IN (FROM dear)",
            "DELETE FROM dear",
            "MERGE INTO product p USING article a ON a.product = p.number WHEN MATCHED THEN DELETE;",
        ),
        ENTITIES,
    )
    assert [(step.kind, step.writes, step.makes) for step in steps] == [
        ("CREATE", (), "dear"),
        ("UPDATE", ("article",), ""),
        ("DELETE", (), ""),
        ("MERGE", ("product",), ""),
    ]
    assert not steps[3].sql.endswith(";")


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (
            "UPDATE artcle SET unit = 'x'",
            "line 1, column 8: Table with name artcle does not exist; did you mean 'article'?",
        ),
        (
            "UPDATE article\n  SET gros_price = 1",
            "line 2, column 7: Referenced update column gros_price not found in table",
        ),
        (
            "UPDATE article\nSET unit = unt",
            'line 2, column 12: Referenced column "unt" not found in FROM clause; did you',
        ),
        ("UPDATE article SET unit = 'é' || unt", "line 1, column 34: "),
        (
            "UPDATE article SET description = 'x'",
            'It is translated: write "description.nl" or "description.en", in double',
        ),
        (
            "UPDATE article SET unit = uper(unit)",
            "line 1, column 27: Scalar Function with name uper does not exist; did you",
        ),
        ("UPDATE article SET created_at = now()", "'created_at' is kept by Pendel itself and cannot be changed."),
        ("UPDATE article SET unit = 'x', changed_by_run = 1", "'changed_by_run' is kept by Pendel itself"),
        ("INSERT INTO article (number, assortment) VALUES ('a', 'b')", "'assortment' is kept by Pendel itself"),
        ("UPDATE article SET unit = 'x' WHERE archived_at IS NULL", "it can be read in all_… and archived_…"),
        ("UPDATE order SET number = '1'", "'order' is a word of SQL too: write \"order\"."),
        ("TRUNCATE article", "Write DELETE FROM, which archives the records."),
        ("UPDATE article SET unit = ", "syntax error"),
        ("-- nothing", "There is no statement in this step."),
        ("INSERT INTO article SELECT 1, 2", "values were supplied"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_what_was_meant(step: str, words: str) -> None:
    assert words in wrong(step)


HOSTILE = [
    "COPY article TO '/tmp/x.csv'",
    "COPY article FROM '/etc/passwd'",
    "ATTACH '/tmp/x.duckdb' AS x",
    "DETACH memory",
    "USE temp",
    "PRAGMA database_list",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET threads = 1",
    "RESET threads",
    "CHECKPOINT",
    "VACUUM",
    "BEGIN",
    "COMMIT",
    "CALL pragma_version()",
    "EXPORT DATABASE '/tmp/x'",
    "SELECT 1",
    "EXPLAIN ANALYZE UPDATE article SET unit = 'x'",
    "PREPARE p AS DELETE FROM article",
    "DROP TABLE article",
    "ALTER TABLE article ADD COLUMN x INTEGER",
    "CREATE TABLE x AS SELECT 1",
    "CREATE OR REPLACE TABLE main.x AS SELECT 1",
    "CREATE TEMP VIEW x AS SELECT 1",
    "CREATE TEMP MACRO x() AS 1",
    "CREATE SECRET s (TYPE http)",
    "CREATE TEMP TABLE article AS SELECT 1 AS number",
    "CREATE TEMP TABLE all_article AS SELECT 1",
    "CREATE TEMP TABLE entity.x AS SELECT 1",
    'CREATE TEMP TABLE "_x y" AS SELECT 1',
    "DELETE FROM article; DROP TABLE applied",
    "DELETE FROM article; --\nDELETE FROM product",
    "UPDATE entity.article SET unit = 'x'",
    "DELETE FROM history.article",
    "DELETE FROM applied",
    "INSERT INTO fence VALUES (1, 1)",
    "UPDATE all_article SET unit = 'x'",
    "DELETE FROM archived_article",
    'DELETE FROM "_kept article"',
    "UPDATE article SET unit = getenv('HOME')",
    "UPDATE article SET unit = current_setting('temp_directory')",
    "UPDATE article SET unit = (SELECT content FROM read_text('/etc/passwd'))",
    "UPDATE article SET unit = (SELECT content FROM read_text/* */ ('/etc/passwd'))",
    "UPDATE article SET unit = (SELECT content FROM \"read_text\" ('/etc/passwd'))",
    "UPDATE article SET unit = (SELECT content FROM READ_BLOB('/etc/passwd'))",
    "INSERT INTO article (number) FROM '/etc/passwd'",
    "INSERT INTO article (number) SELECT * FROM 'https://example.com/x.csv'",
    'INSERT INTO article (number) SELECT * FROM "x.parquet"',
    "INSERT INTO article (number) SELECT a FROM read_csv('/etc/passwd') t(a)",
    "INSERT INTO article (number) SELECT file FROM glob('/*')",
    "INSERT INTO article (number) SELECT * FROM query('SELECT 1')",
    "INSERT INTO article (number) SELECT * FROM query_table('applied')",
    "INSERT INTO article (number) SELECT path FROM duckdb_databases()",
    "INSERT INTO article (number) SELECT name FROM duckdb_settings",
    "INSERT INTO article (number) SELECT table_name FROM information_schema.tables",
    "INSERT INTO article (number) SELECT relname FROM pg_catalog.pg_class",
    "INSERT INTO article (number) SELECT sql FROM sqlite_master",
    "INSERT INTO article (number) SELECT secret_string FROM duckdb_secrets()",
    "UPDATE article SET unit = nextval('s')",
    "UPDATE article SET unit = sleep_ms(10)::VARCHAR",
    "UPDATE article SET unit = write_log('x')",
    "UPDATE article SET unit = error('x')",
    "UPDATE article SET unit = uuid()",
    "UPDATE article SET gross_price = random()",
    "UPDATE article SET unit = 'a'.getvariable()",
    "UPDATE article SET unit = $1",
    "UPDATE article SET unit = ?",
    "DELETE FROM article RETURNING *",
    "UPDATE article SET unit = CAST(ENTITIES AS VARCHAR) FROM ENTITIES",
]


@pytest.mark.parametrize("step", HOSTILE)
def test_nothing_else_passes(step: str) -> None:
    assert wrong(step)
    with pytest.raises(DataError, match="The ETL scheme x cannot be used: step 1, s1: "):
        checked_scheme("x", scheme(step), ENTITIES)


def test_what_has_no_end_is_not_carried_out_by_the_check() -> None:
    endless = "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) SELECT i FROM r"
    assert scheme_faults(scheme(f"CREATE TEMP TABLE h AS {endless}", "DELETE FROM h"), ENTITIES) == []
    assert scheme_faults(scheme("INSERT INTO article (number) SELECT repeat('x', 1000000000000)"), ENTITIES) == []


def test_every_wrong_step_is_named_and_those_behind_it_are_checked() -> None:
    faults = scheme_faults(scheme("UPDATE x SET y = 1", "DELETE FROM article", "SELECT 1"), ENTITIES)
    assert [fault.step for fault in faults] == [0, 2]


def test_a_helper_table_is_known_from_its_step_on() -> None:
    helper = "CREATE TEMP TABLE h AS SELECT number FROM article"
    assert "Table with name h does not exist" in wrong("DELETE FROM h", helper)
    assert "There is a helper table 'h' already" in wrong(helper, helper)
    assert scheme_faults(scheme(helper, helper.replace("CREATE", "CREATE OR REPLACE")), ENTITIES) == []


WORDS = st.sampled_from(
    [
        "select",
        "from",
        "where",
        "update",
        "set",
        "insert",
        "into",
        "delete",
        "merge",
        "create",
        "temp",
        "table",
        "as",
        "values",
        "article",
        "product",
        "all_article",
        "number",
        "unit",
        "read_csv",
        "read_text",
        "glob",
        "query",
        "getenv",
        "attach",
        "copy",
        "pragma",
        "(",
        ")",
        ",",
        ";",
        ".",
        "*",
        "=",
        "'x'",
        '"x"',
        '"read_text"',
        "$$a$$",
        "--",
        "/*",
        "*/",
        "\n",
        "\\",
        "$1",
        "?",
        "::",
        "||",
        "[",
        "]",
        "{",
        "}",
        "1",
        "1.5",
        "é",
        "\x00",
        "\ufeff",
    ]
)


@given(st.lists(WORDS, max_size=14).map(" ".join))
@settings(max_examples=40)
def test_any_text_is_judged_and_what_passes_names_nothing_that_is_forbidden(text: str) -> None:
    if not text:
        return
    if not scheme_faults(scheme(text), ENTITIES):
        found = tokens(text)
        called = {token.name for token in calls(found)}
        assert not called & {"read_csv", "read_text", "glob", "query", "getenv"}
        assert {token.name for token in written_tables(found)} <= {"article", "product"}


@given(st.text(max_size=30), st.text(st.characters(codec="utf-8", exclude_characters="'"), max_size=10))
@settings(max_examples=200)
def test_tokens_are_where_they_say(before: str, inside: str) -> None:
    statement = f"/* {before.replace('*/', '')} */ UPDATE article SET unit = '{inside}' -- {before}"
    try:
        found = tokens(statement)
    except duckdb.Error:
        return
    for token in found:
        assert statement[token.start :].startswith(token.text)


def test_words_in_strings_and_comments_are_not_called() -> None:
    statement = (
        "UPDATE article SET unit = 'read_csv(1)' /* read_text(1) */ WHERE x = $$glob(1)$$ -- query(1)\n AND f (2)"
    )
    assert [token.name for token in calls(tokens(statement))] == ["f"]


def test_half_a_character_is_refused() -> None:
    with pytest.raises(ValueError, match="unable to parse raw data as a unicode string"):
        scheme("DELETE FROM x \ud800")


def test_two_steps_have_two_names() -> None:
    steps: list[dict[str, Any]] = [{"name": "a", "sql": "DELETE FROM article"}] * 2
    with pytest.raises(ValueError, match="two steps are named 'a'"):
        SchemeSettings.model_validate({"steps": steps})
