"""The tables of the catalogue: made, migrated, and extended as the configuration declares more.

Pendel's own tables change by numbered migrations. The tables of entities follow the configuration: a new field becomes
a column; a field that is no longer declared keeps its column and its data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import StoreError
from core.sql import column_list, quoted_name
from core.store.catalogue.names import (
    HISTORY_COLUMNS,
    RECORD_COLUMNS,
    column_type,
    entity_table,
    history_table,
    record_column_type,
)
from core.store.catalogue.transactions import transaction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE SCHEMA entity;
    CREATE SCHEMA history;
    CREATE TABLE entity_key (entity VARCHAR, key VARCHAR[]);
    CREATE TABLE applied (
        run BIGINT, fence BIGINT, block BIGINT, moment TIMESTAMP, entity VARCHAR, assortment VARCHAR,
        new BIGINT, changed BIGINT, archived BIGINT, restored BIGINT, removed BIGINT
    );
    CREATE TABLE fence (run BIGINT, fence BIGINT);
    CREATE TABLE reverted (run BIGINT, by_run BIGINT);
    """,
    # The records that were made with only their key, and by which run; it outlives the retention of runs.
    """
    CREATE TABLE stubs (run BIGINT, entity VARCHAR, assortment VARCHAR, key VARCHAR);
    """,
)
"""What takes the schema from version n to n + 1, from an empty database on."""


def prepare_schema(connection: DuckDBPyConnection, entities: Mapping[str, Entity]) -> None:
    """Bring the database to this version of the schema, with a table for each entity and a column for each field.

    Raises:
        StoreError: a newer Pendel wrote it, or a declaration does not fit the data that is kept.
    """
    _migrate(connection)
    present = _columns(connection)
    keys: dict[str, list[str]] = dict(connection.execute("SELECT entity, key FROM entity_key").fetchall())
    for entity in entities.values():
        # Mostly nothing has changed, and a transaction for each of so many takes longer than all the rest.
        if keys.get(entity.name) != list(entity.key) or any(
            _lacks(present.get((schema, entity.name), {}), columns) for schema, columns in _tables(entity)
        ):
            with transaction(connection):
                _declare(connection, entity, present)


def _lacks(present: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return any(name not in present or _plain(present[name]) != _plain(kind) for name, kind in wanted.items())


def _migrate(connection: DuckDBPyConnection) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER)")
    row = connection.execute("SELECT max(version) FROM schema_version").fetchone()
    version = (row[0] if row else None) or 0
    if version > len(MIGRATIONS):
        raise StoreError(
            f"The catalogue was written by a newer Pendel (its schema is {version}, this one knows {len(MIGRATIONS)}).",
            advice="Use the newer release, or restore a backup from before the upgrade.",
        )
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        with transaction(connection):
            connection.execute(script)
            connection.execute("INSERT INTO schema_version VALUES (?)", [number])


def _columns(connection: DuckDBPyConnection) -> dict[tuple[str, str], dict[str, str]]:
    """Return the columns of every table, by schema and table: their types by name, in order."""
    rows = connection.execute(
        "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() "
        "WHERE database_name = current_database() ORDER BY schema_name, table_name, column_index"
    ).fetchall()
    tables: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, kind in rows:
        tables.setdefault((schema, table), {})[column] = kind
    return tables


def field_columns(connection: DuckDBPyConnection, entity: str) -> list[str]:
    """Return every field that is kept of an entity, also those that are no longer declared."""
    return [name for name in _columns(connection)["entity", entity] if name not in RECORD_COLUMNS]


def key_of(connection: DuckDBPyConnection, entity: str) -> tuple[str, ...]:
    """Return the key fields of an entity, as it was declared last.

    Raises:
        StoreError: the catalogue has no such entity.
    """
    row = connection.execute("SELECT key FROM entity_key WHERE entity = ?", [entity]).fetchone()
    if row is None:
        raise StoreError(f"The catalogue knows no entity {entity!r}.", advice="Restart the engine.")
    return tuple(row[0])


def _tables(entity: Entity) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """Return the columns that the two tables of an entity must have, each by the name of its schema."""
    wanted = {name: record_column_type(name) for name in RECORD_COLUMNS}
    wanted |= {name: column_type(field) for name, field in entity.fields.items()}
    images = dict(zip(HISTORY_COLUMNS, ("BIGINT", "VARCHAR", "TIMESTAMP"), strict=True)) | wanted
    return (("entity", wanted), ("history", images))


def _declare(
    connection: DuckDBPyConnection, entity: Entity, present: Mapping[tuple[str, str], Mapping[str, str]]
) -> None:
    for schema, columns in _tables(entity):
        _extend(connection, schema, entity.name, columns, present.get((schema, entity.name), {}))
    _declare_key(connection, entity)


def _extend(
    connection: DuckDBPyConnection, schema: str, entity: str, wanted: Mapping[str, str], present: Mapping[str, str]
) -> None:
    table = quoted_name(schema, entity)
    if not present:
        columns = ", ".join(f"{quoted_name(name)} {kind}" for name, kind in wanted.items())
        connection.execute(f"CREATE TABLE {table} ({columns})")
        return
    for name, kind in wanted.items():
        if name not in present:
            connection.execute(f"ALTER TABLE {table} ADD COLUMN {quoted_name(name)} {kind}")
        elif _plain(present[name]) != _plain(kind):
            _retype(connection, table, entity, name, present[name], kind)


def _plain(kind: str) -> str:
    return kind.replace(" ", "").upper()


def _retype(connection: DuckDBPyConnection, table: str, entity: str, name: str, old: str, new: str) -> None:
    """Change the type of a column where every value comes back from the new type as it was."""
    column = quoted_name(name)
    lost = connection.execute(
        f"SELECT {column}::VARCHAR FROM {table} "
        f"WHERE TRY_CAST(TRY_CAST({column} AS {new}) AS {old}) IS DISTINCT FROM {column} LIMIT 1"
    ).fetchone()
    if lost is not None:
        raise StoreError(
            f"The field {name!r} of the entity {entity!r} is kept as {old} and cannot become {new}: "
            f"the value {lost[0]!r} would be lost.",
            advice="Declare the field as it was, or declare a new one with another name.",
        )
    connection.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET DATA TYPE {new}")


def _declare_key(connection: DuckDBPyConnection, entity: Entity) -> None:
    row = connection.execute("SELECT key FROM entity_key WHERE entity = ?", [entity.name]).fetchone()
    if row is not None and tuple(row[0]) == entity.key:
        return
    if row is not None:
        _check_new_key(connection, entity, tuple(row[0]))
        connection.execute("DELETE FROM entity_key WHERE entity = ?", [entity.name])
    connection.execute("INSERT INTO entity_key VALUES (?, ?)", [entity.name, list(entity.key)])


def _check_new_key(connection: DuckDBPyConnection, entity: Entity, old: tuple[str, ...]) -> None:
    key = column_list(entity.key)
    missing = " OR ".join(f"{quoted_name(name)} IS NULL" for name in entity.key)
    found = connection.execute(
        f"SELECT 1 FROM {entity_table(entity.name)} GROUP BY assortment, {key} HAVING count(*) > 1 OR {missing} LIMIT 1"
    ).fetchone()
    # Undo finds the records of a before image by their key.
    images = connection.execute(f"SELECT 1 FROM {history_table(entity.name)} WHERE {missing} LIMIT 1").fetchone()
    if found is not None or images is not None:
        raise StoreError(
            f"The key of the entity {entity.name!r} was {', '.join(old)} and cannot become {', '.join(entity.key)}: "
            "records that are kept would be without a key, or share one.",
            advice="Declare the key as it was, or declare a new entity.",
        )
