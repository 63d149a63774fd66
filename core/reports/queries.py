"""An operator's query: checked against a list of what is allowed, and written anew from its parsed form.

A query reads views and computes; it reaches no table, file, setting or function beyond those listed here. As with
expressions (:mod:`core.exchange.expressions`), what DuckDB is given is the text of the checked tree, never the
operator's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.errors import DataError
from core.exchange.expressions import EXPRESSION_NODES, SCALAR_FUNCTIONS
from core.text import clean, nearest

if TYPE_CHECKING:
    from collections.abc import Collection

    from duckdb import DuckDBPyConnection

_EXPRESSIONS = EXPRESSION_NODES | {"STAR", "SUBQUERY", "WINDOW"}

_PARTS = frozenset({
    "BASE_TABLE", "DISTINCT_MODIFIER", "EMPTY", "EXPRESSION_LIST", "JOIN", "LIMIT_MODIFIER", "ORDER_MODIFIER",
    "SELECT_NODE", "SET_OPERATION_NODE", "SUBQUERY", "TABLE_FUNCTION",
    "ASCENDING", "DESCENDING", "ORDER_DEFAULT",
})  # fmt: skip
"""What a query may be made of beside expressions: no recursion, PIVOT, DESCRIBE or whatever DuckDB adds."""

_SET_FUNCTIONS = frozenset(
    (  # noqa: SIM905 - names read better as words
        "any_value approx_count_distinct arg_max arg_min avg bool_and bool_or corr count count_if count_star "
        "cume_dist dense_rank first first_value geomean lag last last_value lead list listagg max max_by mean median "
        "min min_by mode nth_value ntile percent_rank quantile_cont quantile_disc rank row_number stddev stddev_pop "
        "string_agg sum var_pop variance "
    ).split()
)
FUNCTIONS = SCALAR_FUNCTIONS | _SET_FUNCTIONS | {"array_to_string", "list_sort", "list_distinct"}
_TABLE_FUNCTIONS = frozenset({"generate_series", "range", "unnest"})


@dataclass(slots=True)
class CheckedQuery:
    """A query that is safe to run over views, and which of them it uses."""

    name: str
    sql: str
    views: set[str] = field(default_factory=set)


def checked_query(
    name: str, sql: str, views: Collection[str], *, translated: Collection[str], connection: DuckDBPyConnection
) -> CheckedQuery:
    """Return a query that reads nothing but these views.

    ``translated`` are names with a dot, such as ``description.nl``, that may be written without quotes.

    Raises:
        DataError: it is no single SELECT, or uses what is not allowed.
    """
    return _Check(name, views, translated).carry_out(sql, connection)


class _Check:
    def __init__(self, name: str, views: Collection[str], translated: Collection[str]) -> None:
        self._views = {view.casefold(): view for view in views}
        self._translated = translated
        self._found = CheckedQuery(name, "")

    def carry_out(self, sql: str, connection: DuckDBPyConnection) -> CheckedQuery:
        statements = self._parsed(sql, connection)
        if len(statements) != 1:
            raise self._wrong("is not one single SELECT")
        self._walk(statements[0]["node"], frozenset())
        document = json.dumps({"error": False, "statements": statements})
        row = connection.execute("SELECT json_deserialize_sql(?::JSON)", [document]).fetchone()
        self._found.sql = str(row[0]) if row else ""
        return self._found

    def _parsed(self, sql: str, connection: DuckDBPyConnection) -> list[dict[str, Any]]:
        import duckdb

        try:
            row = connection.execute("SELECT json_serialize_sql(?)", [sql.strip().rstrip(";")]).fetchone()
        except duckdb.Error as error:
            raise self._wrong(f"cannot be read: {clean(str(error), limit=200)}") from error
        outcome: dict[str, Any] = json.loads(row[0]) if row else {"error": True}
        if outcome["error"]:
            reason = clean(str(outcome.get("error_message")), limit=200)
            if "Only SELECT" in reason:
                raise self._wrong("is no SELECT")
            raise self._wrong(f"cannot be read: {reason}")
        statements: list[dict[str, Any]] = outcome["statements"]
        return statements

    def _walk(self, part: object, known: frozenset[str]) -> None:
        """Check a part of the tree; ``known`` are the names that WITH has given to queries around it."""
        if isinstance(part, list):
            for each in part:
                self._walk(each, known)
        if not isinstance(part, dict):
            return
        if isinstance(common := part.get("cte_map"), dict):
            # A name may be used by the queries after it; that it hides a view around it does no harm.
            for entry in common["map"]:
                self._walk(entry["value"], known)
                known |= {str(entry["key"]).casefold()}
        self._check(part, known)
        for key, value in part.items():
            if key != "cte_map":
                self._walk(value, known)

    def _check(self, part: dict[str, Any], known: frozenset[str]) -> None:
        kind = part.get("type")
        if "class" in part:
            if part["class"] not in _EXPRESSIONS:
                words = {"PARAMETER": "parameters", "LAMBDA": "lambda functions"}.get(part["class"], part["class"])
                raise self._wrong(f"uses {clean(str(words))}, which is not allowed")
            if part["class"] in ("FUNCTION", "WINDOW"):
                self._check_function(part, FUNCTIONS)
            elif part["class"] == "COLUMN_REF":
                self._join_translated(part)
        elif isinstance(kind, str):
            if kind not in _PARTS:
                raise self._wrong(f"uses {clean(kind)}, which is not allowed")
            if kind == "BASE_TABLE":
                self._check_table(part, known)
            elif kind == "TABLE_FUNCTION":
                self._check_table_function(part)

    def _check_table(self, part: dict[str, Any], known: frozenset[str]) -> None:
        name = str(part["table_name"])
        plain = not part["schema_name"] and not part["catalog_name"] and not part.get("at_clause")
        if plain and name.casefold() in known:
            return
        view = self._views.get(name.casefold())
        if view is None or not plain:
            near = nearest(name, self._views.values())
            written = ".".join(str(each) for each in (part["catalog_name"], part["schema_name"], name) if each)
            raise self._wrong(
                f"reads {clean(written)!r}, which is no view of reports", f"Did you mean {near!r}?" if near else ""
            )
        self._found.views.add(view)

    def _check_table_function(self, part: dict[str, Any]) -> None:
        function = part["function"]
        if not isinstance(function, dict) or function.get("class") != "FUNCTION":
            raise self._wrong("uses a table function that is not allowed")
        self._check_function(function, _TABLE_FUNCTIONS)

    def _check_function(self, part: dict[str, Any], allowed: Collection[str]) -> None:
        name = str(part["function_name"]).lower()
        # The function of a table function is met again on the way down.
        if part.get("schema") or part.get("catalog") or name not in (*allowed, *_TABLE_FUNCTIONS):
            near = nearest(name, (each for each in FUNCTIONS if each.isidentifier()))
            raise self._wrong(f"uses {clean(name)!r}, which is not allowed", f"Did you mean {near!r}?" if near else "")

    def _join_translated(self, part: dict[str, Any]) -> None:
        names: list[str] = part["column_names"]
        if len(names) > 1 and (joined := ".".join(names[-2:])) in self._translated:
            part["column_names"] = [*names[:-2], joined]

    def _wrong(self, what: str, hint: str = "") -> DataError:
        return DataError(
            f"The query {self._found.name!r} {what}.",
            advice=hint or "Write one SELECT over the views that docs/reports.md lists.",
        )
