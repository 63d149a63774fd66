"""An export layout as SQL: each column of the file as the text that stands in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from core.config.entities import RECORD_FIELDS, Field
from core.errors import DataError
from core.exchange.conversions import converted, sql_type
from core.exchange.expressions import checked_expression
from core.sql import quoted_name, quoted_text
from core.text import clean, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity, FieldType
    from core.config.layouts import ExportColumn, ExportLayout
    from core.config.values import ValueFormats

NUMBER_FORMAT = re.compile(r"0(?:\.(0{1,12}))?")
"""``0`` or ``0.00``: how many decimals are written."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One column of the file: its name in the header, and the SQL of its text over the selection."""

    header: str
    text: str
    """What is written; a value that is no text yet is written as SQL casts it."""
    label: str
    """The field or expression that it shows, for messages."""
    check: str = ""
    """SQL that is NULL for a record on whose values the expression fails."""
    value: str = ""
    """SQL of the value itself, for files that have types; empty where conversions or a value list make a text of it."""
    kind: FieldType = "text"
    """The type of ``value``."""
    pattern: str | None = None
    """The format that the layout has for the column."""


def render_cells(
    layout: ExportLayout,
    entity: Entity,
    *,
    connection: DuckDBPyConnection,
    selection: str,
    language: str | None,
    languages: Sequence[str],
) -> list[Cell]:
    """Return the columns of the file, in order.

    A translated field that is named without a language is the one in ``language``; without it, there is one column for
    each of ``languages``, with the language behind its name (``title.nl``).

    Raises:
        DataError: the layout names what the entity does not have, or its expression does not compile.
    """
    known = {**{name: Field(name, kind, name) for name, kind in RECORD_FIELDS.items()}, **entity.fields}
    cells: list[Cell] = []
    for column in layout.columns:
        if column.constant is not None:
            cells.append(Cell(column.column, quoted_text(column.constant), column.column))
        elif column.expression is not None:
            cells.append(_expression_cell(column, layout.formats, known.keys(), connection, selection))
        else:
            for suffix, field in exported_fields(column.field or "", known, language, languages):
                cells.append(_field_cell(column.column + suffix, field, column, layout.formats, connection))
    headers = [cell.header for cell in cells]
    if twice := next((header for header in headers if headers.count(header) > 1), None):
        raise DataError(
            f"The layout writes two columns named {clean(twice)!r}.", advice="Give each column a name of its own."
        )
    return cells


def exported_fields(
    name: str, known: dict[str, Field], language: str | None, languages: Sequence[str]
) -> list[tuple[str, Field]]:
    """Return the fields that a name stands for, each with what its column's name gets behind it."""
    if name in known:
        return [("", known[name])]
    translations = [each for each in languages if f"{name}.{each}" in known]
    if language and f"{name}.{language}" in known:
        return [("", known[f"{name}.{language}"])]
    if translations and not language:
        return [(f".{each}", known[f"{name}.{each}"]) for each in translations]
    if translations:
        raise DataError(
            f"The field {name!r} is not kept in the language {language!r}.",
            advice=f"It is kept in {', '.join(translations)}.",
        )
    near = nearest(name, known)
    raise DataError(f"The layout writes {name!r}, which is no field.", advice=f"Did you mean {near!r}?" if near else "")


def _expression_cell(
    column: ExportColumn,
    file: ValueFormats,
    known: Collection[str],
    connection: DuckDBPyConnection,
    selection: str,
) -> Cell:
    import duckdb

    expression = checked_expression(column.expression or "", known, connection=connection)
    try:
        row = connection.execute(f"DESCRIBE SELECT {expression} AS result FROM {quoted_name(selection)}").fetchone()
    except duckdb.Error as error:
        raise DataError(
            f"The expression of the column {clean(column.column)!r} does not compile: {clean(str(error), limit=200)}",
            advice="Look at the types of the fields that it uses.",
        ) from error
    kind = _kind_of(str(row[1]) if row else "VARCHAR")
    shown = shown_text(expression, kind, file, column.format)
    attempt = f"TRY(struct_pack(v := {expression}))"
    value = "" if _is_reworked(column) or column.default is not None else expression
    text = _finished(shown, column)
    return Cell(column.column, text, column.expression or "", attempt, value, kind, column.format)


def _kind_of(sql_type: str) -> FieldType:
    """Return as what a result of this SQL type is shown."""
    if sql_type.startswith(("DECIMAL", "DOUBLE", "FLOAT")):
        return "decimal"
    if sql_type.startswith("TIMESTAMP"):
        return "datetime"
    return {"DATE": "date", "BOOLEAN": "boolean"}.get(sql_type, "integer" if "INT" in sql_type else "text")  # type: ignore[return-value]


def _field_cell(
    header: str, field: Field, column: ExportColumn, file: ValueFormats, connection: DuckDBPyConnection
) -> Cell:
    name = quoted_name(field.name)
    as_it_is = not _is_reworked(column) and column.default is None
    if as_it_is and _shows_itself(field.type, column.format or (file.date if field.type == "date" else None)):
        text = name
    else:
        text = _finished(shown_text(name, field.type, file, column.format, field.decimals), column)
    value = "" if _is_reworked(column) else name
    if value and column.default is not None:
        default = f"TRY_CAST({quoted_text(column.default)} AS {sql_type(field)})"
        row = connection.execute(f"SELECT {default} IS NULL").fetchone()
        # A default that is no value of this type, such as "on request", makes the column one of text.
        value = "" if row and row[0] else f"coalesce({name}, {default})"
    return Cell(header, text, field.name, "", value, field.type, column.format)


def _is_reworked(column: ExportColumn) -> bool:
    return bool(column.convert or column.values)


def _shows_itself(kind: FieldType, pattern: str | None) -> bool:
    """Whether the writer of the file makes the same text of such a value, which is quicker than making it first."""
    return (kind, pattern) in (("integer", None), ("boolean", None), ("date", "%Y-%m-%d"))


def _finished(shown: str, column: ExportColumn) -> str:
    text = converted(shown, column.convert)
    if column.values:
        cases = " ".join(f"WHEN {quoted_text(old)} THEN {quoted_text(new)}" for old, new in column.values.items())
        text = f"CASE {text} {cases} ELSE {text} END"
    return text if column.default is None else f"coalesce({text}, {quoted_text(column.default)})"


def shown_text(
    value: str, kind: FieldType, file: ValueFormats, pattern: str | None = None, decimals: int | None = None
) -> str:
    """Return the SQL of a value as text; ``decimals`` of a DECIMAL(18, decimals), None where that is not known.

    Without a format a decimal is written exactly, without zeros at its end; with one it is rounded, half away from
    zero, and its digits are grouped by the file's thousands sign.
    """
    match kind:
        case "text":
            return value if value.startswith('"') else f"CAST({value} AS VARCHAR)"
        case "boolean":
            return f"CAST({value} AS VARCHAR)"
        case "date":
            return f"strftime({value}, {quoted_text(pattern or file.date)})"
        case "datetime":
            moment = f"CAST({value} AS TIMESTAMP)"
            return f"strftime({moment}, {quoted_text(pattern or file.datetime)})"
        case "integer" | "decimal" if pattern is not None:
            return _formatted_number(value, file, pattern, decimals)
        case "integer":
            return f"CAST({value} AS VARCHAR)"
        case "decimal":
            text = _exact_decimal(value, decimals)
            return f"replace({text}, '.', ',')" if file.decimal == "," else text


def _exact_decimal(value: str, decimals: int | None) -> str:
    if decimals is None:
        return f"regexp_replace(CAST(CAST({value} AS DECIMAL(38, 12)) AS VARCHAR), '\\.?0*$', '')"
    return _shortest_decimal(value, 0, decimals, decimals)


def _shortest_decimal(value: str, fewest: int, most: int, kept: int) -> str:
    """Look for how many decimals a value needs by halving, from two on, as most prices have; remainders are exact.

    Making a text and shortening it takes several times as long as this.
    """
    if fewest == most:
        return f"CAST(CAST({value} AS DECIMAL(18, {most})) AS VARCHAR)"
    middle = 2 if fewest <= 2 < most else (fewest + most) // 2
    unit = f"CAST({1 / Decimal(10) ** middle:f} AS DECIMAL(18, {kept}))"
    few = _shortest_decimal(value, fewest, middle, kept)
    many = _shortest_decimal(value, middle + 1, most, kept)
    return f"CASE WHEN {value} % {unit} = 0 THEN {few} ELSE {many} END"


def _formatted_number(value: str, file: ValueFormats, pattern: str, known_decimals: int | None) -> str:
    match = NUMBER_FORMAT.fullmatch(pattern)
    if match is None:
        raise DataError(
            f"The number format {clean(pattern)!r} is not known.",
            advice="Write 0, or 0.00 with as many decimals as wanted.",
        )
    decimals = len(match[1] or "")
    # The narrow type is the fast one, and wide enough where no decimals are added.
    width = 18 if known_decimals is not None and decimals <= known_decimals else 38
    text = f"CAST(CAST({value} AS DECIMAL({width}, {decimals})) AS VARCHAR)"
    if not file.thousands:
        return f"replace({text}, '.', ',')" if file.decimal == "," else text
    sign, whole = file.thousands, f"split_part({text}, '.', 1)"
    # Grouped from the right: reversed, three at a time; one sign too many stands in front of whole threes.
    group = quoted_text(f"\\1{sign}")
    whole = f"reverse(regexp_replace(reverse({whole}), '([0-9]{{3}})', {group}, 'g'))"
    whole = f"regexp_replace({whole}, {quoted_text('^(-?)' + re.escape(sign))}, '\\1')"
    return f"{whole} || {quoted_text(file.decimal)} || split_part({text}, '.', 2)" if decimals else whole
