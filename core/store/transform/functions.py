"""Which of DuckDB's functions a step of an ETL scheme may call: those that compute a value from what they are given."""

from __future__ import annotations

from functools import cache

_TABLE_FUNCTIONS = frozenset(
    {"generate_series", "generate_subscripts", "range", "unnest", "repeat", "regexp_split_to_table"}
)
_OF_THE_DATABASE = frozenset(
    (  # noqa: SIM905
        "current_catalog current_database current_query current_role current_schema current_schemas current_setting "
        "current_user get_block_size getvariable in_search_path json_deserialize_sql json_execute_serialized_sql "
        "json_serialize_plan json_serialize_sql parse_duckdb_log_message query query_table session_user stats "
        "transaction_timestamp txid_current user version col_description obj_description shobj_description"
    ).split()
)
"""Functions that compute nothing out of records, but tell of the database or run text as SQL."""
_OF_THE_DATABASE_BEGIN = ("_", "pg_", "has_", "inet_", "duckdb_", "icu_", "pragma_")


@cache
def functions() -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of all functions of DuckDB, and of those that a step may call."""
    import duckdb

    with duckdb.connect() as connection:
        functions = connection.execute(
            "SELECT lower(function_name), bool_or(function_type IN ('table', 'table_macro', 'pragma')), "
            "bool_or(coalesce(stability, '') = 'VOLATILE'), "
            "bool_or(function_type NOT IN ('table', 'table_macro', 'pragma')) FROM duckdb_functions() GROUP BY 1"
        ).fetchall()
    allowed = {
        name
        for name, of_table, volatile, computes in functions
        if not volatile
        and name not in _OF_THE_DATABASE
        and not name.startswith(_OF_THE_DATABASE_BEGIN)
        and (name in _TABLE_FUNCTIONS or (computes and not of_table))
    }
    return frozenset(name for name, *_ in functions), frozenset(allowed)
