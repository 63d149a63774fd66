"""How values are written in requests, and read in replies: the notations of other systems."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def plain(value: Any) -> str:
    """Return a value as text, the way JSON would show it, without quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return str(value)


def json_bytes(value: Any) -> bytes:
    """Return a value as JSON; decimal numbers as numbers."""
    return json.dumps(value, ensure_ascii=False, default=_for_json).encode("utf-8", "replace")


def _for_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value) if value != value.to_integral_value() else int(value)
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def moment(value: Any) -> dt.datetime:
    """Return a moment in UTC out of one that was kept as ISO 8601 text.

    Raises:
        ValueError: it is none, or has no time zone.
    """
    found = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(str(value))
    if found.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return found.astimezone(dt.UTC)


def _guid(value: Any) -> str:
    # Nothing but a GUID: what stands in a filter is taken as part of a question.
    return f"guid'{UUID(str(value))}'"


def _whole(value: Any) -> str:
    return str(int(str(value)))


@dataclass(frozen=True, slots=True)
class Way:
    """One way to write a value."""

    write: Callable[[Any, int], str]
    takes_number: bool = False


WAYS: Mapping[str, Way] = {
    # OData 2 and 3, "URI Conventions", Abstract Type System: literals in filters.
    "odata_text": Way(lambda value, _: "'" + plain(value).replace("'", "''") + "'"),
    "odata_guid": Way(lambda value, _: _guid(value)),
    "odata_datetime": Way(lambda value, _: f"datetime'{moment(value):%Y-%m-%dT%H:%M:%S}'"),
    "odata_int64": Way(lambda value, _: f"{_whole(value)}L"),
    # SuperOffice: words of its own between values, dates and texts alike in quotes.
    "superoffice": Way(lambda value, _: f"'{moment(value):%Y-%m-%dT%H:%M:%S}'"),
    "iso": Way(lambda value, _: f"{moment(value):%Y-%m-%dT%H:%M:%SZ}"),
    "date": Way(lambda value, _: f"{moment(value):%Y-%m-%d}"),
    "number": Way(lambda value, _: _whole(value)),
    "left_space": Way(lambda value, width: plain(value).rjust(width), takes_number=True),
    "left_zero": Way(lambda value, width: plain(value).rjust(width, "0"), takes_number=True),
    "lower": Way(lambda value, _: plain(value).lower()),
    "trim": Way(lambda value, _: plain(value).strip()),
}
"""By the name that stands behind a bar in a placeholder."""


def written(value: Any, ways: Sequence[str]) -> str:
    """Return a value as text, written in these ways one after the other.

    Raises:
        ValueError: it cannot be written so.
    """
    for way in ways:
        name, _, number = way.partition(" ")
        value = WAYS[name].write(value, int(number or 0))
    return plain(value)


# OData 2, "JSON Format": milliseconds since 1970, and an offset in minutes that says nothing of the moment.
_ODATA_DATE = re.compile(r"/Date\((-?\d{1,15})([+-]\d{4})?\)/")
_WHOLE = re.compile(r"\s*-?\d{1,30}\s*")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def _odata_date(value: Any) -> Any:
    match = _ODATA_DATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("it is no date of the kind /Date(1700000000000)/")
    try:
        return (_EPOCH + dt.timedelta(milliseconds=int(match[1]))).isoformat()
    except OverflowError:
        raise ValueError("it lies outside the calendar") from None


def _odata_local(value: Any) -> Any:
    """Read a local time, which some write as if it were one of UTC: nothing says which zone it is of."""
    if isinstance(value, str) and not value.startswith("/"):
        return dt.datetime.fromisoformat(value).replace(tzinfo=None).isoformat()
    return dt.datetime.fromisoformat(_odata_date(value)).replace(tzinfo=None).isoformat()


def _integer(value: Any) -> Any:
    if type(value) is int:
        return value
    if isinstance(value, bool) or not _WHOLE.fullmatch(str(value)):
        raise ValueError("it is no whole number")
    return int(str(value))


def _decimal(value: Any) -> Any:
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError("it is no number with a decimal point") from None
    if not found.is_finite():
        raise ValueError("it is no number with a decimal point")
    return found


def _flag(value: Any) -> Any:
    try:
        return {"0": False, "1": True, "false": False, "true": True}[plain(value).lower()]
    except KeyError:
        raise ValueError("it is neither 0 nor 1") from None


READ_AS: Mapping[str, Callable[[Any], Any]] = {
    "odata_date": _odata_date,
    "odata_local": _odata_local,
    "integer": _integer,
    "decimal": _decimal,
    "flag": _flag,
    "trimmed": lambda value: str(value).strip(),
    "text": plain,
}
"""By the name in the ``read`` of a field. An absent or empty value is read as none, whatever the notation."""


def read_as(value: Any, notation: str) -> Any:
    """Return the value that a system wrote in this notation; None for none, and for empty text.

    Raises:
        ValueError: it is not written so.
    """
    if value is None or (isinstance(value, str) and (not value or value.isspace())):
        return None
    return READ_AS[notation](value)
