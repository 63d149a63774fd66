"""Records into JSON Lines and Parquet: numbers as numbers, moments in UTC, no value as null."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import DataError
from core.exchange.value_checks import copy_lines, copy_to
from core.sql import quoted_name, quoted_text
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from core.config.layouts import ParquetExportLayout
    from core.exchange.rendering import Cell
    from core.exchange.value_checks import ValueChecks

_Tree = dict[str, "str | _Tree"]


def write_json_lines(checks: ValueChecks, target: Path) -> int:
    """Write an object a line; return how many.

    Raises:
        DataError: two columns cannot stand in one object, as ``price`` and ``price.gross`` cannot.
    """
    tree = json_tree(checks.cells)
    return copy_lines(checks, f"SELECT {_object(tree)} FROM {checks.relation}", target)


def json_tree(cells: Iterable[Cell]) -> _Tree:
    """Return the objects that the dotted names of columns make, with the SQL of each value as JSON.

    Raises:
        DataError: a name stands for a value and for an object.
    """
    tree: _Tree = {}
    for cell in cells:
        *path, last = cell.header.split(".")
        place = tree
        for name in path:
            below = place.setdefault(name, {})
            if isinstance(below, str):
                raise _both(cell.header)
            place = below
        if last in place:
            raise _both(cell.header)
        place[last] = _json_value(cell)
    return tree


def _both(header: str) -> DataError:
    return DataError(
        f"The column {clean(header)!r} cannot be written: another one has a part of its path as its name.",
        advice="In JSON a name is a value or an object, and not both; give one of the two another name.",
    )


def _object(tree: _Tree) -> str:
    members = [
        f"to_json({quoted_text(name)}) || ':' || {value if isinstance(value, str) else _object(value)}"
        for name, value in tree.items()
    ]
    return "'{' || " + " || ',' || ".join(members) + " || '}'"


def _json_value(cell: Cell) -> str:
    text = f"CAST({cell.text} AS VARCHAR)"
    if cell.value and not cell.pattern and cell.kind == "date":
        text = f"CAST({cell.value} AS VARCHAR)"
    elif cell.value and not cell.pattern and cell.kind == "datetime":
        text = f"replace(CAST(CAST({cell.value} AS TIMESTAMP) AS VARCHAR), ' ', 'T') || 'Z'"
    elif cell.value and cell.kind in ("integer", "decimal", "boolean"):
        return f"coalesce({text}, 'null')"
    return f"coalesce(CAST(to_json({text}) AS VARCHAR), 'null')"


def write_parquet(layout: ParquetExportLayout, checks: ValueChecks, target: Path) -> int:
    """Write Parquet with the types of the fields; return the number of records."""
    columns = ", ".join(f"{_typed(cell)} AS {quoted_name(cell.header)}" for cell in checks.cells)
    compression = layout.file.compression
    options = {"COMPRESSION": quoted_text("uncompressed" if compression == "none" else compression)}
    return copy_to(checks, f"SELECT {columns} FROM {checks.relation}", target, "parquet", options)


def _typed(cell: Cell) -> str:
    if not cell.value or (cell.kind in ("date", "datetime") and cell.pattern):
        return f"CAST({cell.text} AS VARCHAR)"
    # A moment is kept without its zone, which is UTC.
    return f"timezone('UTC', CAST({cell.value} AS TIMESTAMP))" if cell.kind == "datetime" else cell.value
