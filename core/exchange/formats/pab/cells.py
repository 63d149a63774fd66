"""What stands in the fields of PAB, and what it is with us.

A field that is blank has no value. Numbers have a point and are padded in any way; where PAB says that something is
so, it has the codes TU and NO (can be ordered), SU and NS (can be processed), JA and NEE.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from core.exchange.codes.dates import as_compact, compact_date
from core.exchange.codes.identifiers import gln, gtin
from core.exchange.codes.measures import kilograms, millimetres
from core.exchange.codes.numbers import decimal_text, integer_text
from core.exchange.codes.unfit import Unfit
from core.exchange.codes.units import written_unit
from core.exchange.formats.pab.fields import MEASURES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from core.exchange.codes.units import Units
    from core.exchange.formats.pab.fields import Entry
    from core.exchange.formats.pab.records import PabRecord

_CODES: Final = {
    "orderable": {"TU": "true", "NO": "false"},
    "processable": {"SU": "true", "NS": "false"},
    "follow": {"JA": "true", "NEE": "false", "J": "true", "N": "false"},
}
_TIME_UNITS: Final = {"803": "WEE", "804": "DAY", "805": "HUR"}
"""Of PAB 1."""


class Cells:
    """Turns fields into values, and remembers which one it was at, for the message of what does not fit."""

    def __init__(self, units: Units) -> None:
        self.column = ""
        self.value = ""
        self._kinds: Mapping[str, Callable[[str], str]] = {
            "text": str,
            "date": date,
            "number": decimal_text,
            "whole": integer_text,
            "gtin": gtin,
            "gln": gln,
            "unit": units.read,
            "time-unit": lambda text: _TIME_UNITS.get(text, text),
            "orderable": lambda text: _told("orderable", text),
            "processable": lambda text: _told("processable", text),
            "follow": lambda text: _told("follow", text),
        }

    def take(self, cells: Mapping[str, str], entries: Iterable[Entry]) -> dict[str, str]:
        """Return the values of those fields that are filled. Raises Unfit."""
        values: dict[str, str] = {}
        for entry in entries:
            if value := cells[entry.column]:
                self.column, self.value = entry.column, value
                values[entry.field] = self._kinds[entry.kind](value)
        self.column = self.value = ""
        return values

    def measure(self, cells: Mapping[str, str], column: str, unit: str, convert: Callable[[str, str], str]) -> str:
        """Return a measure in our unit. Raises Unfit where it is no number, or has no unit that is known."""
        self.column, self.value = column, cells[column]
        if not self.value:
            return ""
        number = decimal_text(self.value)
        # Files fill what is not known with zeros, and say no unit.
        return convert(number, unit) if unit or number != "0" else ""

    def package(self, cells: Mapping[str, str]) -> dict[str, str]:
        """Return the weight and the size of a package. Raises Unfit."""
        weight, size = cells["PackagingWeightMeasureUnitCode"], cells["PackagingSizeMeasureUnitCode"]
        return {
            name: self.measure(cells, column, weight, kilograms)
            if name == "weight"
            else self.measure(cells, column, size, millimetres)
            for name, column in MEASURES.items()
        }


def date(text: str) -> str:
    """Return a date; zeros are none. Raises Unfit."""
    return compact_date(text) if text.strip("0") else ""


def _told(kind: str, text: str) -> str:
    codes = _CODES[kind]
    if text.upper() not in codes:
        raise Unfit(f"is none of {', '.join(codes)}")
    return codes[text.upper()]


def cell_of(value: str, column: str, kind: str, record: PabRecord) -> str:
    """Return a value of ours as it stands in a field: the opposite of :meth:`Cells.take`.

    Raises:
        Unfit: the field cannot hold it.
    """
    match kind:
        case "date":
            return as_compact(value)
        case "gtin":
            return gtin(value, width=14)
        case "gln":
            return gln(value)
        case "number":
            return pointed(value, *record.numbers[column])
        case "whole":
            text = integer_text(value)
            if text.startswith("-"):
                raise Unfit("is negative, and PAB has no sign")
            return _fitting(text.zfill(record.widths[column]), column, record)
        case "unit":
            return _fitting(written_unit(value, "dico"), column, record)
        case "orderable" | "processable" | "follow":
            return next(code for code, meant in _CODES[kind].items() if meant == value)
        case _:
            return _fitting(" ".join(value.split()), column, record)


def _fitting(text: str, column: str, record: PabRecord) -> str:
    width = record.widths[column]
    if len(text) > width:
        raise Unfit(f"is longer than the {width} characters that PAB has for it")
    return text


def pointed(number: str, whole: int, part: int) -> str:
    """Return a number as PAB has it: zeros before it, an explicit point, and so many decimals.

    Raises:
        Unfit: it is no number, negative, or has more digits before or behind the point.
    """
    text = decimal_text(number)
    before, _, behind = text.partition(".")
    if text.startswith("-"):
        raise Unfit("is negative, and PAB has no sign")
    if len(behind) > part:
        raise Unfit(f"has more than the {part} decimals that PAB has for it")
    if len(before) > whole:
        raise Unfit(f"has more than the {whole} digits before the point that PAB has for it")
    return f"{before.zfill(whole)}.{behind.ljust(part, '0')}"


def extension_of(cells: Mapping[str, str], columns: Iterable[str]) -> str:
    """Return the fields that no field of ours is made for, as they stand; empty where none is filled."""
    kept = {name: cells[name] for name in columns if cells[name]}
    return json.dumps(kept, ensure_ascii=False) if kept else ""


def extended(extension: str, columns: Iterable[str], record: PabRecord) -> dict[str, str]:
    """Return what :func:`extension_of` kept; of what another format left there, nothing."""
    try:
        kept = json.loads(extension) if extension.startswith("{") else {}
    except ValueError:
        return {}
    return {
        name: text for name in columns if isinstance(text := kept.get(name), str) and len(text) <= record.widths[name]
    }
