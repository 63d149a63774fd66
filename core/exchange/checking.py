"""What is wrong with a layout, found without a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.config.entities import RECORD_FIELDS, Field
from core.config.industry_layouts import ImportPart
from core.config.layouts import ImportColumn, JsonLinesExportLayout, JsonLinesImportLayout
from core.errors import DataError
from core.exchange.conversions import sql_type
from core.exchange.expressions import checked_expression
from core.exchange.projection import literal
from core.exchange.rendering import NUMBER_FORMAT, exported_fields, render_cells
from core.sql import quoted_name, quoted_text
from core.text import clean, counted, listed, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.config.feeds import FeedNode, XmlAttribute
    from core.config.industry_layouts import IndustryLayout
    from core.config.layouts import ExportColumn, ExportLayout, ImportLayout


@dataclass(frozen=True, slots=True)
class LayoutFault:
    """One thing that is wrong with a layout, in a plain sentence."""

    message: str
    column: int | None = None
    """The position of the column in the layout, from 0; None where it is about the layout as a whole."""


def check_layout(layout: ImportLayout | ExportLayout, entity: Entity, languages: Sequence[str]) -> list[str]:
    """Return what is wrong with a layout for this entity, in plain sentences; an empty list where nothing is."""
    return list(dict.fromkeys(fault.message for fault in layout_faults(layout, entity, languages)))


def check_parts(layout: IndustryLayout, entities: Mapping[str, Entity], languages: Sequence[str]) -> list[str]:
    """Return what is wrong with what a layout of an industry format takes, or writes, otherwise."""
    found: list[str] = []
    for part in layout.parts:
        entity = entities[part.entity]
        tried: ImportLayout | ExportLayout
        if isinstance(part, ImportPart):
            own = {column.field for column in part.columns}
            rest = [ImportColumn(column=name, field=name) for name in entity.fields if name not in own]
            columns = [*part.columns, *rest]
            tried = JsonLinesImportLayout(direction="import", format="jsonl", entity=entity.name, columns=columns)
        else:
            tried = JsonLinesExportLayout(direction="export", format="jsonl", entity=entity.name, columns=part.columns)
        found += [f"{part.entity}: {message}" for message in check_layout(tried, entity, languages)]
    return found


def check_passes(
    layout: ImportLayout | ExportLayout, entities: Mapping[str, Entity], languages: Sequence[str]
) -> list[str]:
    """Return what is wrong with a layout, in each of its passes where it has several."""
    if layout.direction == "export" or not layout.passes:
        entity = entities[layout.entity if layout.direction == "export" else layout.walks[0].entity]
        return check_layout(layout, entity, languages)
    found: dict[str, list[str]] = {}
    for number, walk in enumerate(layout.walks, start=1):
        messages = check_layout(layout.of_pass(walk), entities[walk.entity], languages)
        if walk.only and isinstance(walk.only.column, str) and not layout.names_columns:
            messages.append(
                f"Lines are chosen by the column {clean(walk.only.column)!r}, but there is no header line; "
                "give its position."
            )
        for message in messages:
            found.setdefault(message, []).append(f"Pass {number} ({walk.entity}): ")
    # What is wrong in all of them is wrong with the file's settings.
    return [
        message if len(passes) == len(layout.passes) > 1 else f"{label}{message}"
        for message, passes in found.items()
        for label in passes[:1]
    ]


def layout_faults(layout: ImportLayout | ExportLayout, entity: Entity, languages: Sequence[str]) -> list[LayoutFault]:
    """Return what is wrong with a layout for this entity, each with the column that it is about."""
    import duckdb

    with duckdb.connect(config={"enable_external_access": False}) as connection:
        if layout.direction == "import":
            faults = list(_import_faults(layout, entity, connection))
        else:
            faults = list(_export_faults(layout, entity, languages, connection))
        faults += (LayoutFault(message) for message in _file_problems(layout, connection))
    return list(dict.fromkeys(faults))


def _file_problems(layout: ImportLayout | ExportLayout, connection: DuckDBPyConnection) -> Iterator[str]:
    if layout.format in ("csv", "text"):
        file = layout.file
        if not file.quote.isascii():
            yield f"The quote {clean(file.quote)!r} cannot be used: it must be an ASCII character, or empty."
        if "\n" in file.null or "\r" in file.null or (file.null and file.delimiter in file.null):
            yield "The text for no value (null) may hold neither the delimiter nor a line end."
    if layout.format == "jsonl" and layout.direction == "export":
        yield from _path_problems(layout)
    for pattern in (layout.formats.date, layout.formats.datetime):
        yield from _pattern_problems(pattern, connection)


def _path_problems(layout: JsonLinesExportLayout) -> Iterator[str]:
    """Columns of which one would be a value and an object at once."""
    names = [column.column for column in layout.columns]
    for name in names:
        if inner := next((other for other in names if other.startswith(f"{name}.")), None):
            yield (
                f"The columns {clean(name)!r} and {clean(inner)!r} cannot stand in one JSON object: "
                f"{clean(name)!r} would be a value and an object at once."
            )


def _pattern_problems(pattern: str, connection: DuckDBPyConnection) -> Iterator[str]:
    import duckdb

    try:
        connection.execute(f"SELECT strftime(TIMESTAMP '2000-01-01', {quoted_text(pattern)})")
        if "%" not in pattern:
            yield f"The date format {clean(pattern)!r} holds nothing of a date."
    except duckdb.Error as error:
        yield f"The date format {clean(pattern)!r} is not known: {clean(str(error), limit=120)}"


def check_condition(expression: str, entity: Entity) -> list[str]:
    """Return what is wrong with a condition over the fields of a record; an empty list where nothing is."""
    import duckdb

    known = {**{name: Field(name, kind, name) for name, kind in RECORD_FIELDS.items()}, **entity.fields}
    known.pop("mutation")
    with duckdb.connect(config={"enable_external_access": False}) as connection:
        return list(_expression_problems(expression, known, connection, "BOOLEAN"))


def _field_problem(name: str, known: Iterable[str], entity: Entity) -> str:
    near = nearest(name, known)
    hint = f" Did you mean {near!r}?" if near else ""
    translations = [each for each in entity.fields if each.startswith(f"{name}.")]
    if translations:
        hint = f" It is translated: write {listed(translations)}."
    return f"{name!r} is no field of {entity.name}.{hint}"


def _import_faults(layout: ImportLayout, entity: Entity, connection: DuckDBPyConnection) -> Iterator[LayoutFault]:
    names = [column.field for column in layout.columns]
    for key in entity.key:
        if key not in names:
            yield LayoutFault(
                f"The key field {key!r} of {entity.name} is not filled; it tells one record from another."
            )
    plain = {
        column.field: entity.fields[column.field]
        for column in layout.columns
        if column.expression is None and column.field in entity.fields
    }
    for position, column in enumerate(layout.columns):
        if names.count(column.field) > 1:
            times = counted(names.count(column.field), "time")
            yield LayoutFault(f"The field {column.field!r} is filled {times}; once is enough.", position)
        for message in _import_problems(column, entity, plain, connection, layout=layout):
            yield LayoutFault(message, position)


def _import_problems(
    column: ImportColumn,
    entity: Entity,
    plain: dict[str, Field],
    connection: DuckDBPyConnection,
    *,
    layout: ImportLayout,
) -> Iterator[str]:
    field = entity.fields.get(column.field)
    if column.field in RECORD_FIELDS:
        yield f"{column.field!r} is kept by Pendel itself and cannot be imported."
    elif field is None:
        yield _field_problem(column.field, entity.fields, entity)
    else:
        yield from format_problems(column, field, connection)
        yield from _literal_problems(column, field, connection)
        if column.expression is not None:
            yield from _expression_problems(column.expression, plain, connection, sql_type(field))
    if isinstance(column.column, str) and not layout.names_columns:
        yield f"The column {clean(column.column)!r} is named, but there is no header line; give its position."
    if isinstance(column.column, int) and layout.format == "jsonl":
        yield f"The members of JSON have names and no positions; name the one that {column.field!r} is filled from."


def format_problems(
    column: ImportColumn | ExportColumn | FeedNode | XmlAttribute, field: Field, connection: DuckDBPyConnection
) -> Iterator[str]:
    """Yield what is wrong with the format of a value, and with a value list that is to be the only one."""
    if isinstance(column, ImportColumn) and column.strict_values and not column.values:
        yield f"Only listed values are allowed for {field.name!r}, but its value list is empty."
    if column.format is None:
        return
    if field.type in ("date", "datetime"):
        yield from _pattern_problems(column.format, connection)
    elif field.type not in ("integer", "decimal"):
        yield f"A format is for numbers and dates; {field.name!r} is of the type {field.type}."
    elif isinstance(column, ImportColumn):
        yield f"A number format is for exports; how numbers are read is said by decimal and thousands ({field.name!r})."
    elif not NUMBER_FORMAT.fullmatch(column.format):
        yield f"The number format {clean(column.format)!r} of {field.name!r} is not known; write 0, or 0.00."


def _literal_problems(column: ImportColumn, field: Field, connection: DuckDBPyConnection) -> Iterator[str]:
    for what, text in (("constant", column.constant), ("default", column.default)):
        if text is None:
            continue
        row = connection.execute(f"SELECT {literal(text, field)} IS NULL").fetchone()
        if row and row[0]:
            yield (
                f"The {what} {clean(text)!r} is no value of {field.name!r}, which is of the type {field.type}; "
                "numbers are written with a decimal point and dates as 2026-12-31."
            )


def _expression_problems(
    expression: str, fields: dict[str, Field], connection: DuckDBPyConnection, target: str
) -> Iterator[str]:
    import duckdb

    try:
        checked = checked_expression(expression, fields, connection=connection)
    except DataError as error:
        yield str(error)
        return
    try:
        connection.execute(f"SELECT CAST({checked} AS {target}) FROM ({empty_relation(fields)})")
    except duckdb.Error as error:
        yield f"The expression {clean(expression, limit=120)!r} does not compile: {clean(str(error), limit=200)}"


def empty_relation(fields: dict[str, Field]) -> str:
    """Return a query without rows that has these fields."""
    columns = ", ".join(f"CAST(NULL AS {sql_type(field)}) AS {quoted_name(name)}" for name, field in fields.items())
    return f"SELECT {columns or '1 AS nothing'} LIMIT 0"


def _export_faults(
    layout: ExportLayout, entity: Entity, languages: Sequence[str], connection: DuckDBPyConnection
) -> Iterator[LayoutFault]:
    known = {**{name: Field(name, kind, name) for name, kind in RECORD_FIELDS.items()}, **entity.fields}
    connection.execute(f"CREATE TEMP TABLE selection AS {empty_relation(known)}")

    def misfit(columns: list[ExportColumn]) -> str:
        part = layout.model_copy(update={"columns": columns})
        try:
            render_cells(part, entity, connection=connection, selection="selection", language=None, languages=languages)
        except DataError as error:
            return str(error)
        return ""

    sound = True
    for position, column in enumerate(layout.columns):
        messages = list(_export_problems(column, entity, languages, known, connection))
        # What is left can only be told by compiling the column.
        for message in messages or filter(None, [misfit([column])]):
            sound = False
            yield LayoutFault(message, position)
    if sound and (message := misfit(layout.columns)):
        names = [column.column for column in layout.columns]
        twice = next((position for position, name in enumerate(names) if name in names[:position]), None)
        yield LayoutFault(message, twice)


def _export_problems(
    column: ExportColumn,
    entity: Entity,
    languages: Sequence[str],
    known: dict[str, Field],
    connection: DuckDBPyConnection,
) -> Iterator[str]:
    if column.field is None:
        return
    try:
        fields = exported_fields(column.field, known, None, languages)
    except DataError:
        yield _field_problem(column.field, known, entity)
    else:
        yield from format_problems(column, fields[0][1], connection)
