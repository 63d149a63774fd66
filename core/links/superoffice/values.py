"""How SuperOffice writes values as text: ``[DT:12/31/2013 23:59:59.0000000]``, ``[F:12.5]``, ``[I:3]``, or as they are.

Texts and the ids of list items stand as they are. A connector should send values so, and must read them; a value that
is not written so is read as the text that it is. (SuperOffice, ERP connectors: "Field values".)
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, TypeAlias

from core.links.superoffice.contract import FieldType
from core.links.values import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

Value: TypeAlias = str | int | bool | Decimal | dt.date | dt.datetime | None

_ENCODED = re.compile(r"\[(DT|D|F|I):([^\[\]]*)\]", re.ASCII)
_MOMENT = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,7}))?)?)?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,30}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,3})?", re.ASCII)
_LANGUAGE = re.compile(r'([A-Za-z]{2}(?:-[A-Za-z]{2})?):"((?:[^"\\]|\\.|"(?!\s*(?:;|$)))*)"\s*(?:;|$)\s*')


def written(value: Value) -> str:
    """Return a value as SuperOffice writes it; none as an empty text. Times are kept as their clock shows them."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "[I:1]" if value else "[I:0]"
    if isinstance(value, int):
        return f"[I:{value}]"
    if isinstance(value, Decimal):
        return f"[F:{value:f}]"
    if isinstance(value, dt.datetime):
        # Seven digits: .NET counts time in ticks of 100 nanoseconds.
        clock = f"{value.hour:02}:{value.minute:02}:{value.second:02}.{value.microsecond:06}0"
        return f"[DT:{value.month:02}/{value.day:02}/{value.year:04} {clock}]"
    if isinstance(value, dt.date):
        return f"[DT:{value.month:02}/{value.day:02}/{value.year:04} 00:00:00.0000000]"
    return value


def read(text: str | None) -> Value:
    """Return the value that a text stands for; a text that is no encoded value is itself, an empty one is none.

    ``[D:0.0]``, which one sample of the documentation shows, is read as a number. Moments have no zone.

    Raises:
        ValueError: it has the brackets of a value, and no such value in them.
    """
    if not text:
        return None
    match = _ENCODED.fullmatch(text)
    if match is None:
        return text
    kind, inside = match[1], match[2].strip()
    if not inside:
        return None
    if kind == "DT":
        return _moment(inside)
    if kind == "I":
        if not _WHOLE.fullmatch(inside):
            raise ValueError(f"{text[:60]} is no whole number")
        return int(inside)
    if not _NUMBER.fullmatch(inside):
        raise ValueError(f"{text[:60]} is no number with a decimal point")
    try:
        return Decimal(inside)
    except InvalidOperation:
        raise ValueError(f"{text[:60]} is no number with a decimal point") from None


def _moment(text: str) -> dt.datetime:
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise ValueError(f"[DT:{text[:40]}] is no moment of the kind MM/DD/YYYY hh:mm:ss")
    month, day, year, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    fraction = int((match[7] or "").ljust(7, "0")) // 10
    try:
        return dt.datetime(year, month, day, hour, minute, second, fraction)  # noqa: DTZ001 - it has no zone
    except ValueError as error:
        raise ValueError(f"[DT:{text[:40]}] is no moment: {error}") from None


def by_language(text: str) -> dict[str, str]:
    """Return the texts of one that has several languages; empty where it has none."""
    found: dict[str, str] = {}
    place = 0
    while place < len(text):
        match = _LANGUAGE.match(text, place)
        if match is None:
            return {}
        found[match[1].upper()] = match[2]
        place = match.end()
    return found


def in_language(text: str, *languages: str) -> str:
    """Return a text in the first of these languages that it has, else in the first that it has; or as it is."""
    found = by_language(text)
    if not found:
        return text
    return next((found[each] for each in languages if each in found), next(iter(found.values())))


def typed(text: str, kind: FieldType) -> Value:
    """Return the value that a field of this kind has, encoded or plain; none for an empty one.

    A text that cannot be read so stays what it is: whoever uses the record refuses that one, and no other.
    """
    if kind in _TEXTS:
        return text or None
    try:
        value = read(text)
    except ValueError:
        return text
    if kind is FieldType.Checkbox:
        return _YES_NO.get(str(value).lower(), value)
    if kind in (FieldType.Integer, FieldType.Double) and isinstance(value, str):
        digits = value.strip()
        if kind is FieldType.Double:
            return Decimal(digits) if _NUMBER.fullmatch(digits) else value
        return int(digits) if _WHOLE.fullmatch(digits) else value
    if kind is FieldType.Double and isinstance(value, int):
        return Decimal(value)
    if kind is FieldType.Datetime and isinstance(value, str):
        try:
            return dt.datetime.fromisoformat(value)
        except ValueError:
            return value
    return value


def encoded(value: object, kind: FieldType) -> str:
    """Return a value as a field of this kind is sent.

    Raises:
        ValueError: it is no value of this kind.
    """
    if value is None or value == "":
        return ""
    if kind in _TEXTS:
        return plain(value)
    found = typed(value, kind) if isinstance(value, str) else value
    if kind is FieldType.Double and isinstance(found, int | float) and not isinstance(found, bool):
        found = Decimal(str(found))
    fits = {
        FieldType.Checkbox: isinstance(found, bool),
        FieldType.Integer: isinstance(found, int) and not isinstance(found, bool),
        FieldType.Double: isinstance(found, Decimal) and found.is_finite(),
        FieldType.Datetime: isinstance(found, dt.date),
    }
    if not fits[kind] or not isinstance(found, bool | int | Decimal | dt.date):
        raise ValueError(f"it is no {_WORDS[kind]}")
    return written(found)


_TEXTS = frozenset({FieldType.Text, FieldType.Password, FieldType.List, FieldType.Label})
_WORDS = {
    FieldType.Checkbox: "yes or no",
    FieldType.Integer: "whole number",
    FieldType.Double: "number",
    FieldType.Datetime: "moment",
}
_YES_NO: Mapping[str, bool] = {"1": True, "0": False, "true": True, "false": False}
