"""Attributes and characteristics: fields whose names a system has, and nobody declared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.flows.record import Record, Unfit, under
from core.links.judging import MISSING, member
from core.links.values import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.links.model.kinds import NamedRead, NamedWrite

_UNIT = "unit"


def named_in(row: Any, prefix: str, rule: NamedRead) -> Iterator[tuple[str, Any]]:
    """Yield the fields that a row has by their names, and their units.

    Raises:
        Unfit: they are not where the definition says.
    """
    found = member(row, rule.member)
    if found is MISSING or found is None:
        return
    if rule.name is None or rule.value is None:
        if not isinstance(found, dict):
            raise _unread(prefix, rule.member, "table")
        for name, value in found.items():
            yield f"{prefix}.{name.strip()}", _text(value)
        return
    if not isinstance(found, list):
        raise _unread(prefix, rule.member, "list")
    for item in found:
        name = _text(member(item, rule.name))
        if not name:
            continue
        yield f"{prefix}.{name}", _text(member(item, rule.value))
        if rule.unit is not None and (unit := _text(member(item, rule.unit))):
            yield f"{_UNIT}.{name}", unit


def named_out(record: Mapping[str, Any], prefix: str, rule: NamedWrite) -> Any:
    """Return the fields behind a prefix as the system takes them; None where there are none."""
    fields = under(record, prefix)
    if not fields:
        return None
    if rule.name is None or rule.value is None:
        return fields
    units = under(record, _UNIT)
    return [
        {rule.name: name, rule.value: value, **({rule.unit: units[name]} if rule.unit and name in units else {})}
        for name, value in fields.items()
    ]


def named_update(record: Mapping[str, Any], current: Mapping[str, Any] | None, prefix: str, rule: NamedWrite) -> Any:
    """Return what an update sends of the fields behind a prefix; None for nothing.

    ``if_empty``: those that the target has stay as it has them, and are sent along, for a system takes the whole list.
    """
    if rule.mode == "always":
        return named_out(record, prefix, rule)
    if rule.mode == "on_create" or current is None:
        # What cannot be seen is not overwritten.
        return None
    start = f"{prefix}."
    if not any(name.startswith(start) and name not in current for name in record):
        return None
    theirs: Record = {name: value for name, value in current.items() if name.startswith((start, f"{_UNIT}."))}
    return named_out({**record, **theirs}, prefix, rule)


def _text(value: Any) -> str:
    if value is MISSING or value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(plain(each).strip() for each in value if not isinstance(each, dict | list))
    return "" if isinstance(value, dict) else plain(value).strip()


def _unread(prefix: str, path: str, what: str) -> Unfit:
    return Unfit(
        f"Its {prefix}s cannot be read: {path} is no {what}.",
        advice="Compare the definition of the connector with what the system answers.",
    )
