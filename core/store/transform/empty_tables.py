"""What the steps of an ETL scheme find, without any record: the tables and views that they are bound to."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.sql import column_list, quoted_name
from core.store.catalogue.names import RECORD_COLUMNS, column_type, record_column_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.config.schemes import SchemeSettings

ALL, ARCHIVED = "all_", "archived_"
"""What stands before the name of an entity: active records of all assortments; archived records of the task's own."""
SECONDS = 10.0
"""In which a scheme must be checked; DuckDB computes constants while it binds."""


def known_to(scheme: SchemeSettings, entities: Mapping[str, Entity]) -> dict[str, Entity]:
    """Return the entities that a scheme names, be it for their records of all assortments or archived ones."""
    names = scheme.entities_among([prefix + name for name in entities for prefix in ("", ALL, ARCHIVED)])
    return {
        name: entity
        for name, entity in entities.items()
        if any(prefix + name in names for prefix in ("", ALL, ARCHIVED))
    }


@contextmanager
def empty_database(entities: Mapping[str, Entity], written: set[str]) -> Iterator[DuckDBPyConnection]:
    """Give a database with what the steps of a scheme find, but no record."""
    import duckdb

    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "enable_external_access": False,
            "python_enable_replacements": False,
            "errors_as_json": True,
            "memory_limit": "64MB",
            "threads": 1,
        }
    )
    watch = threading.Timer(SECONDS, connection.interrupt)
    watch.daemon = True
    watch.start()
    try:
        # It would compute what is constant in a step, however long that takes.
        connection.execute("PRAGMA disable_optimizer")
        for statement in empty_tables(entities, written):
            connection.execute(statement)
        connection.execute("SET lock_configuration = true")
        yield connection
    finally:
        watch.cancel()
        connection.close()


def empty_tables(entities: Mapping[str, Entity], written: set[str]) -> Iterator[str]:
    """Yield the statements that make the tables and views of a scheme without a record."""
    for name, entity in entities.items():
        fields = ", ".join(f"{quoted_name(field)} {column_type(kind)}" for field, kind in entity.fields.items())
        records = ", ".join(f"{quoted_name(column)} {record_column_type(column)}" for column in RECORD_COLUMNS)
        kept = quoted_name(f"_kept {name}")
        yield f"CREATE TEMP TABLE {kept} ({records}, {fields})"
        columns = column_list(entity.fields)
        kind = "TABLE" if name in written else "VIEW"
        yield f"CREATE TEMP {kind} {quoted_name(name)} AS SELECT {columns} FROM {kept}"
        for prefix in (ALL, ARCHIVED):
            if prefix + name not in entities:
                yield f"CREATE TEMP VIEW {quoted_name(prefix + name)} AS FROM {kept}"
