"""A record that failed, mended here: fields with another value than they have at the source (FL10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.flows.record import LINES, Record, Unfit, shaped
from core.links.values import plain
from core.text import clean, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.config.flow_kinds import Kind


def fields_of(kind: Kind, record: Mapping[str, Any]) -> dict[str, str]:
    """Return every field of a record that can be mended, with its value as text: first those that have one.

    Those of lines are ``lines.1.article``, of the first line.
    """
    names = dict.fromkeys(name for name, value in record.items() if not isinstance(value, list))
    found = {name: plain(record[name]) for name in names}
    for number, line in enumerate(record.get(LINES, ()), start=1):
        found |= {f"{LINES}.{number}.{name}": plain(value) for name, value in line.items()}
    found |= {name: "" for name in kind.fields if name not in found}
    for number, line in enumerate(record.get(LINES, ()), start=1):
        found |= {f"{LINES}.{number}.{name}": "" for name in kind.lines if name not in line}
    return found


def mended(kind: Kind, record: Mapping[str, Any], changes: Mapping[str, str | None]) -> Record:
    """Return a record with what was mended in it.

    Raises:
        Unfit: there is no such field or line, or the value is not of the field's type.
    """
    values: dict[str, Any] = dict(record)
    if LINES in values:
        values[LINES] = [dict(each) for each in values[LINES]]
    for name, value in changes.items():
        table, field = _place(kind, values, name)
        table[field] = value
    return shaped(kind, values)


def _place(kind: Kind, values: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    """Return the table that a field stands in, and its name there."""
    first, _, rest = name.partition(".")
    if first == LINES and kind.lines:
        number, _, field = rest.partition(".")
        lines = values.get(LINES, [])
        if not number.isdecimal() or not 1 <= int(number) <= len(lines):
            raise Unfit(
                f"{clean(name, limit=60)} is no field of a line that the record has.",
                advice=f"The first line is {LINES}.1, the last {LINES}.{len(lines)}." if lines else "It has no lines.",
            )
        _known(kind.type_of(field, line=True), name, [f"{LINES}.{number}.{each}" for each in kind.lines], kind)
        return lines[int(number) - 1], field
    _known(kind.type_of(name), name, list(kind.fields), kind)
    return values, name


def _known(declared: object, name: str, names: list[str], kind: Kind) -> None:
    if declared is None:
        near = nearest(name, names)
        raise Unfit(
            f"{kind.title} have no field {clean(name, limit=60)}.", advice=f"Did you mean {near}?" if near else ""
        )
