"""As much of OData 2 filters as the definitions use."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_CONDITION = re.compile(r"(\w+) (eq|gt|ge) (guid'[^']*'|datetime'[^']*'|'(?:[^']|'')*'|-?\d+L?|true|false)")
_AND = re.compile(r" and (?=(?:[^']|'[^']*')*$)")
_DATE = re.compile(r"/Date\((-?\d+)\)/")


def wanted(text: str) -> Callable[[dict[str, Any]], bool]:
    """Return whether a row fits a filter; an empty one fits all.

    Raises:
        ValueError: it cannot be read.
    """
    conditions = []
    for part in _AND.split(text) if text else []:
        match = _CONDITION.fullmatch(part)
        if match is None:
            raise ValueError(part)
        conditions.append((match[1], match[2], _literal(match[3])))
    return lambda row: all(_fits(row.get(name), operator, literal) for name, operator, literal in conditions)


def _literal(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    if text[0].isdecimal() or text[0] == "-":
        return int(text.removesuffix("L"))
    kind, _, rest = text.partition("'")
    rest = rest[:-1].replace("''", "'")
    return dt.datetime.fromisoformat(rest) if kind == "datetime" else rest


def _fits(value: Any, operator: str, literal: Any) -> bool:
    if value is None:
        return False
    if isinstance(literal, dt.datetime):
        match = _DATE.fullmatch(str(value))
        epoch = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - as it is written, without a zone
        value = epoch + dt.timedelta(milliseconds=int(match[1])) if match else dt.datetime.fromisoformat(str(value))
    elif isinstance(literal, int) and not isinstance(literal, bool):
        value = int(value)
    if operator == "eq":
        return bool(value == literal)
    return bool(value > literal or (operator == "ge" and value == literal))
