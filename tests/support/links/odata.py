"""As much of OData 2 filters as the definitions use."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_CONDITION = re.compile(r"(\w+) (eq|gt|ge) (guid'[^']*'|datetime'[^']*'|'(?:[^']|'')*'|-?\d+L?|true|false)")
_AND = re.compile(r" and (?=(?:[^']|'[^']*')*$)")
_LONG = 200
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


class Tables:
    """Answers filters. In a long table, rows are looked up by what a column has, and not all walked through."""

    def __init__(self, switches: Mapping[str, Any] | None = None) -> None:
        """``switches`` stand in filters and are no values of a row."""
        self._switches = switches
        self._by: dict[tuple[str, str], tuple[int, dict[str, list[dict[str, Any]]]]] = {}

    def changed(self) -> None:
        """Be told that a value of a row that was there is another now."""
        self._by.clear()

    def fitting(self, name: str, rows: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
        """Return the rows of a table that fit a filter.

        Raises:
            ValueError: it cannot be read.
        """
        fits = wanted(text)
        matches = (_CONDITION.fullmatch(part) for part in _AND.split(text)) if len(rows) > _LONG else ()
        for match in matches:
            if match is not None and match[2] == "eq" and isinstance(literal := _literal(match[3]), str):
                rows = self._looked_up(name, rows, match[1], literal)
                break
        return [row for row in rows if fits({**self._switches, **row} if self._switches else row)]

    def _looked_up(self, name: str, rows: list[dict[str, Any]], column: str, value: str) -> list[dict[str, Any]]:
        known, by = self._by.get((name, column), (0, {}))
        if known > len(rows):
            known, by = 0, {}
        for row in rows[known:]:
            by.setdefault(str(row.get(column)), []).append(row)
        self._by[name, column] = len(rows), by
        return by.get(value, [])


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
