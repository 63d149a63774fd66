"""An operator's SQL expression: checked against a list of what is allowed, and written anew from its parsed form.

Only what computes a value out of the fields of one record passes. What goes into the statement is never the
operator's text but the text that DuckDB's own parser makes of the checked tree, so that no trick with comments,
brackets or several statements survives.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from core.errors import DataError
from core.text import clean, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from duckdb import DuckDBPyConnection

EXPRESSION_NODES = frozenset({
    "BETWEEN", "CASE", "CAST", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "FUNCTION", "OPERATOR", "TYPE",
})  # fmt: skip

SCALAR_FUNCTIONS = frozenset(
    (  # noqa: SIM905 - a hundred names read better as words
        "+ - * / // % ** ^ || ~~ !~~ ~~* !~~* ~~~ & | << >> ~ = != <> < <= > >= not abs add ascii bar "
        "bit_count ceil ceiling chr char_length character_length concat concat_ws contains date_add date_diff "
        "date_part date_sub date_trunc datediff datepart datesub datetrunc day dayname dayofmonth dayofweek "
        "dayofyear divide ends_with epoch exp fdiv floor fmod format from_base64 from_hex greatest hash hex "
        "hour if instr isodow isoyear jaro_winkler_similarity last_day lcase least left length levenshtein ln "
        "log log10 log2 lower lpad ltrim make_date make_timestamp map list_value list_contains list_extract "
        "md5 minute mod month monthname multiply nfc_normalize nullif octet_length ord position pow power "
        "prefix printf quarter regexp_escape regexp_extract regexp_full_match regexp_matches regexp_replace "
        "repeat replace reverse right round round_even rpad rtrim second sha256 sign split_part sqrt "
        "starts_with strftime string_split strip_accents strlen strpos strptime substr substring "
        "subtract suffix to_base64 to_days to_hex to_hours to_minutes to_months to_seconds to_weeks to_years "
        "translate trim trunc try_strptime typeof ucase unhex unicode upper url_decode url_encode week "
        "weekday weekofyear year yearweek "
    ).split()
)
"""Scalar functions whose result depends on nothing but their arguments."""


def checked_expression(
    expression: str,
    fields: Collection[str],
    *,
    connection: DuckDBPyConnection,
    meaning: Mapping[str, str] | None = None,
) -> str:
    """Return the SQL of an expression over these fields, safe to stand in a larger statement.

    A translated field may be written with or without quotes: ``description.nl``. ``meaning`` has further names that may
    be used, and the field that each stands for.

    Raises:
        DataError: it is no single expression, uses what is not allowed, or names a field that is not there.
    """
    # Line breaks around it keep a comment at its end from swallowing the bracket.
    statement = _parsed(f"SELECT (\n{expression}\n)", expression, connection)
    if len(statement) != 1 or not _is_bare(statement[0]["node"]) or len(statement[0]["node"]["select_list"]) != 1:
        raise _wrong(expression, "is not one single expression")
    tree = statement[0]["node"]["select_list"][0]
    for node in _nodes(tree):
        _check_node(node, expression, fields, meaning or {})
    document = json.dumps({"error": False, "statements": statement})
    row = connection.execute("SELECT json_deserialize_sql(?::JSON)", [document]).fetchone()
    text = str(row[0]) if row else ""
    return f"({text.removeprefix('SELECT ')})"


def _parsed(sql: str, expression: str, connection: DuckDBPyConnection) -> list[dict[str, Any]]:
    import duckdb

    try:
        row = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    except duckdb.Error as error:
        raise _wrong(expression, f"cannot be read: {clean(str(error), limit=200)}") from error
    outcome: dict[str, Any] = json.loads(row[0]) if row else {"error": True}
    if outcome["error"]:
        raise _wrong(expression, f"cannot be read: {clean(str(outcome.get('error_message')), limit=200)}")
    statements: list[dict[str, Any]] = outcome["statements"]
    return statements


def _is_bare(node: dict[str, Any]) -> bool:
    """Whether a SELECT has nothing but its list: no FROM, WHERE, GROUP BY, WITH or the like."""
    return (
        node["type"] == "SELECT_NODE"
        and node["from_table"]["type"] == "EMPTY"
        and not node["cte_map"]["map"]
        and not any(node[key] for key in ("modifiers", "where_clause", "group_expressions", "group_sets"))
        and not any(node[key] for key in ("having", "sample", "qualify"))
    )


def _nodes(tree: object) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        if "class" in tree:
            yield tree
        for part in tree.values():
            yield from _nodes(part)
    elif isinstance(tree, list):
        for part in tree:
            yield from _nodes(part)


def _check_node(node: dict[str, Any], expression: str, fields: Collection[str], meaning: Mapping[str, str]) -> None:
    if node["class"] not in EXPRESSION_NODES:
        raise _wrong(expression, "may only compute with the fields of one record: no queries, aggregates or parameters")
    node["alias"] = ""
    if node["class"] == "COLUMN_REF":
        name = ".".join(node["column_names"])
        name = meaning.get(name, name)
        if name not in fields:
            near = nearest(name, fields)
            raise _wrong(
                expression, f"names {clean(name)!r}, which is not there", f"Did you mean {near!r}?" if near else ""
            )
        node["column_names"] = [name]
    elif node["class"] == "FUNCTION":
        name = node["function_name"].lower()
        plain = not node["schema"] and not node["catalog"] and not node["filter"] and not node["distinct"]
        if name not in SCALAR_FUNCTIONS or not plain or node["order_bys"]["orders"]:
            near = nearest(name, (known for known in SCALAR_FUNCTIONS if known.isidentifier()))
            raise _wrong(
                expression, f"uses {clean(name)!r}, which is not allowed", f"Did you mean {near!r}?" if near else ""
            )


def _wrong(expression: str, what: str, hint: str = "") -> DataError:
    advice = hint or "Write one SQL expression over the fields of the record, such as round(gross_price * 0.62, 2)."
    return DataError(f"The expression {clean(expression, limit=120)!r} {what}.", advice=advice)
