"""An import layout as one SQL projection: raw columns in, typed fields and the faults of each record out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from core.config.values import ValueFormats
from core.errors import DataError
from core.exchange.conversions import converted, is_blank, is_missing, sql_type, type_fault, typed
from core.exchange.expressions import checked_expression
from core.exchange.survey import EXCERPT
from core.sql import quoted_name, quoted_text
from core.text import clean, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity, Field
    from core.config.layouts import ImportColumn

_CANONICAL = ValueFormats()
"""How constants and defaults are written, whatever the file does: a decimal point and ISO dates."""


class Columns(Protocol):
    """The columns of a file or of a part of one."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of all columns; empty where there are none."""

    @property
    def width(self) -> int:
        """How many columns there are."""


@dataclass(frozen=True, slots=True)
class LineFilter:
    """Which lines of a file have a record; the others are left out, and are no rejects."""

    with_key: bool = False
    """Only those that have something in a column of the key."""
    column: str | int | None = None
    """Only those that have in this column one of ``values``."""
    values: tuple[str, ...] = ()


def raw_column(position: int) -> str:
    """Return the name under which the column at this position, from 1, is read.

    This and other names of the projection begin with an underscore, as the name of no field does.
    """
    return f"_c{position}"


@dataclass(frozen=True, slots=True)
class _Source:
    """One field of the layout, on its way."""

    index: int
    formats: ValueFormats
    column: ImportColumn
    field: Field
    label: str
    """What the column is called in messages."""
    raw: str
    """SQL of the text after its conversions, over the raw columns; empty for constants and expressions."""
    required: bool

    @property
    def expression(self) -> str | None:
        return self.column.expression

    @property
    def text(self) -> str:
        """The name of the converted text; of an expression's outcome, a struct of ``v``."""
        return f"_t{self.index}"

    @property
    def mapped(self) -> str:
        """The name of the text after the value list."""
        return f"_m{self.index}" if self.column.values else self.text


def column_position(reference: str | int, head: Columns, name: str) -> int:
    """Return the position, from 1, of the column that a layout refers to.

    Raises:
        DataError: there is no such column, or more than one.
    """
    if isinstance(reference, int):
        if reference > head.width:
            raise DataError(
                f"{name} has {head.width} columns, but the layout reads column {reference}.",
                advice="Look at delimiter and quote in the layout, or at the file.",
            )
        return reference
    if not head.names:
        raise DataError(
            f"The layout reads the column {clean(reference)!r} by name, but says that {name} has no header line.",
            advice="Set header = true, or refer to columns by their position, from 1.",
        )
    names = [each.strip() for each in head.names]
    found = [position for position, each in enumerate(names, start=1) if each == reference.strip()]
    if len(found) == 1:
        return found[0]
    if found:
        raise DataError(
            f"The header of {name} has {len(found)} columns named {clean(reference)!r}.",
            advice=f"Refer to the right one by its position: {' or '.join(map(str, found))}.",
        )
    near = nearest(reference, names)
    known = clean(", ".join(names), limit=300)
    raise DataError(
        f"The header of {name} has no column {clean(reference)!r}.",
        advice=f"Did you mean {clean(near)!r}?" if near else f"Its columns are: {known}.",
    )


def compile_import(
    columns: Sequence[ImportColumn],
    formats: ValueFormats,
    entity: Entity,
    head: Columns,
    relation: str,
    *,
    connection: DuckDBPyConnection,
    name: str,
    numbered: bool = False,
    may_be_wrong: bool = False,
    lines: LineFilter | None = None,
) -> str:
    """Return the SELECT that makes of the rows of ``relation`` (SQL) the fields, and ``_faults``.

    ``_faults`` is NULL for a good record, else a list of structs: ``field``, ``column``, ``value``, ``reason``. Where
    the rows are ``numbered``, their ``_record`` stands before the fields. Rows that ``may_be_wrong`` have ``_wrong``:
    NULL, or the reason why there is nothing in them to be read. With a filter of ``lines``, ``_absent`` says whether a
    row has no record.

    Raises:
        DataError: the layout does not go with the file or the entity.
    """
    sources = [_source(index, column, entity, head, formats, name) for index, column in enumerate(columns)]
    known = [source.field.name for source in sources if source.expression is None]
    number = ["_record"] if numbered else []
    carried = [*number, *(["_wrong"] if may_be_wrong else [])]
    if lines:
        carried.append(f"{_left_out(lines, head, name)} AS _out")
    layers = [
        carried + [f"{source.raw} AS {source.text}" for source in sources if source.raw],
        [f"{_listed(source)} AS {source.mapped}" for source in sources if source.column.values and source.raw],
        [f"{_value(source)} AS {quoted_name(source.field.name)}" for source in sources if source.expression is None],
        # A struct tells a failure (no struct) from a result that is no value (a struct with NULL in it).
        [
            f"TRY(struct_pack(v := CAST({expression} AS {sql_type(source.field)}))) AS {source.text}"
            for source in sources
            if source.expression is not None
            and (expression := checked_expression(source.expression, known, connection=connection))
        ],
    ]
    query = relation
    for depth, layer in enumerate(layers):
        if layer:
            query = f"(SELECT {'*, ' if depth else ''}{', '.join(layer)} FROM {query})"
    results = ", ".join(number + [f"{_result(source)} AS {quoted_name(source.field.name)}" for source in sources])
    faults = [fault for source in sources for fault in _faults(source)]
    absent = f", {_absent(lines, sources, entity)} AS _absent" if lines else ""
    if may_be_wrong:
        missing = _struct("NULL", "NULL", "NULL", "_wrong")
        faults = [_Fault("_wrong IS NOT NULL", missing), *(each.unless("_wrong IS NOT NULL") for each in faults)]
        absent = absent.replace(" AS _absent", " AND _wrong IS NULL AS _absent")
    return f"SELECT {results}, {_fault_list(faults)} AS _faults{absent} FROM {query}"


def _left_out(lines: LineFilter, head: Columns, name: str) -> str:
    """SQL over the raw columns: the line is not one of those that have a record."""
    if lines.column is None:
        return "false"
    value = f"trim(coalesce({raw_column(column_position(lines.column, head, name))}, ''))"
    return f"{value} NOT IN ({', '.join(quoted_text(each.strip()) for each in lines.values)})"


def _absent(lines: LineFilter, sources: list[_Source], entity: Entity) -> str:
    """SQL: the line has no record. A part of the key that is the same on every line says nothing."""
    keys = [source for source in sources if source.field.name in entity.key and source.column.constant is None]
    if not lines.with_key or not keys:
        return "_out"
    empty = (
        is_missing(source.mapped) if source.raw else _is_missing(f"{source.text}.v", source.field) for source in keys
    )
    return f"(_out OR ({' AND '.join(empty)}))"


def column_labels(columns: Sequence[ImportColumn], head: Columns, name: str) -> dict[str, str]:
    """Return what the columns are called in messages that fields come from, by field.

    Raises:
        DataError: there is no such column, or more than one.
    """
    return {
        column.field: _label(column_position(column.column, head, name), head)
        for column in columns
        if column.column is not None
    }


def _label(position: int, head: Columns) -> str:
    return head.names[position - 1].strip() if head.names else str(position)


_REQUIRED = "'has no value, but must have one'"


def _source(
    index: int, column: ImportColumn, entity: Entity, head: Columns, formats: ValueFormats, name: str
) -> _Source:
    field = entity.fields.get(column.field)
    if field is None:
        near = nearest(column.field, entity.fields)
        raise DataError(
            f"The layout fills {column.field!r}, which is no field of {entity.name}.",
            advice=f"Did you mean {near!r}?" if near else "",
        )
    required = column.required or column.field in entity.key
    if column.column is None:
        return _Source(index, formats, column, field, "", "", required)
    position = column_position(column.column, head, name)
    return _Source(
        index, formats, column, field, _label(position, head), converted(raw_column(position), column.convert), required
    )


def _listed(source: _Source) -> str:
    cases = " ".join(f"WHEN {quoted_text(old)} THEN {quoted_text(new)}" for old, new in source.column.values.items())
    return f"CASE {source.text} {cases} ELSE {source.text} END"


def _typed(source: _Source) -> str:
    return typed(source.mapped, source.field, source.formats, source.column.format)


def _value(source: _Source) -> str:
    """The typed value of a column or constant, with the default in its place where there is none."""
    if source.column.constant is not None:
        return literal(source.column.constant, source.field)
    if source.column.default is not None and source.field.type == "text":
        default = literal(source.column.default, source.field)
        return f"CASE WHEN {is_missing(source.mapped)} THEN {default} ELSE {_typed(source)} END"
    return _or_default(_typed(source), source)


def literal(text: str, field: Field) -> str:
    """Return the SQL of a constant or default, written with a decimal point and ISO dates."""
    return f"CAST({typed(quoted_text(text), field, _CANONICAL)} AS {sql_type(field)})"


def _or_default(value: str, source: _Source) -> str:
    default = source.column.default
    return value if default is None else f"coalesce({value}, {literal(default, source.field)})"


def _result(source: _Source) -> str:
    if source.expression is None:
        return quoted_name(source.field.name)
    return _or_default(f"{source.text}.v", source)


def _faults(source: _Source) -> list[_Fault]:
    """SQL of what can be wrong with a field: each a condition with the struct that tells of it."""
    if source.expression is not None:
        failed = f"{source.text} IS NULL"
        faults = [_fault(source, failed, "NULL", "'the expression fails on the values of this record'")]
        if source.required:
            faults.append(
                _fault(source, f"NOT {failed} AND {_is_missing(_result(source), source.field)}", "NULL", _REQUIRED)
            )
        return faults
    if not source.raw:
        return []
    faults = []
    given = f"{source.text} IS NOT NULL AND NOT {is_blank(source.text)}"
    if source.column.strict_values:
        allowed = ", ".join(map(quoted_text, source.column.values)) or "NULL"
        faults.append(
            _fault(source, f"{given} AND {source.text} NOT IN ({allowed})", source.text, "'is not in the value list'")
        )
    if source.field.type != "text":
        value = _typed(source) if source.column.default is not None else quoted_name(source.field.name)
        reason = type_fault(source.mapped, source.field, source.formats, source.column.format)
        unread = f"{value} IS NULL"
        if source.field.type in ("date", "datetime"):
            # A year of two digits, read as one of four.
            unread = f"({unread} OR {value} < DATE '1000-01-01')"
        faults.append(_fault(source, f"{unread} AND {given} AND NOT {is_missing(source.mapped)}", source.text, reason))
    if source.required:
        # A field that is no number at all has its own reason; here only what was left blank counts.
        missing = f"{is_missing(source.mapped)} AND {_is_missing(quoted_name(source.field.name), source.field)}"
        faults.append(_fault(source, missing, source.text, _REQUIRED))
    return faults


def _is_missing(value: str, field: Field) -> str:
    return is_missing(value) if field.type == "text" else f"{value} IS NULL"


@dataclass(frozen=True, slots=True)
class _Fault:
    condition: str
    struct: str

    def unless(self, other: str) -> _Fault:
        return _Fault(f"NOT ({other}) AND ({self.condition})", self.struct)


def _fault(source: _Source, condition: str, value: str, reason: str) -> _Fault:
    return _Fault(condition, _struct(quoted_text(source.field.name), quoted_text(source.label), value, reason))


def _struct(field: str, column: str, value: str, reason: str) -> str:
    return (
        f'struct_pack(field := CAST({field} AS VARCHAR), "column" := CAST({column} AS VARCHAR), '
        f"value := left(CAST({value} AS VARCHAR), {EXCERPT}), reason := CAST({reason} AS VARCHAR))"
    )


def _fault_list(faults: list[_Fault]) -> str:
    """All that is wrong with a record as a list, worked out only for the few records where something is."""
    if not faults:
        return 'CAST(NULL AS STRUCT(field VARCHAR, "column" VARCHAR, value VARCHAR, reason VARCHAR)[])'
    wrong = " OR ".join(f"({fault.condition})" for fault in faults)
    cases = ", ".join(f"CASE WHEN {fault.condition} THEN {fault.struct} END" for fault in faults)
    return f"CASE WHEN {wrong} THEN list_filter([{cases}], lambda fault: fault IS NOT NULL) END"
