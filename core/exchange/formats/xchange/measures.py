"""Lengths, weights and volumes: with us millimetre, kilogram and cubic metre, in a file whatever unit it names.

What was not in our units is kept as it stood, so that it can be written as it came; unless our value was changed since.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from core.exchange.codes import Unfit
from core.exchange.codes.measures import cubic_metres, kilograms, millimetres
from core.exchange.codes.numbers import product
from core.exchange.formats.xchange.values import objects, same, scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from core.exchange.formats.xchange.values import Json, Values


@dataclass(frozen=True, slots=True)
class Measure:
    """Members that share a unit."""

    fields: Mapping[str, str]
    unit: str
    read: Callable[[str, str], str]
    written: tuple[tuple[str, str], ...]
    """Units to write in, each with the factor from ours; the first in which four decimals suffice is taken."""


_LENGTHS: Final = (("MMT", "1"),)
_WEIGHTS: Final = (("KGM", "1"), ("GRM", "1000"), ("MGM", "1000000"))
_VOLUMES: Final = (("MTQ", "1"), ("LTR", "1000"), ("MLT", "1000000"))
_DECIMALS: Final = 4

ITEM: Final = (
    Measure(
        {
            "BaseItemNetLength": "length",
            "BaseItemNetWidth": "width",
            "BaseItemNetHeight": "height",
            "BaseItemNetDiameter": "diameter",
        },
        "NetDimensionUnit",
        millimetres,
        _LENGTHS,
    ),
    Measure({"BaseItemNetWeight": "net_weight"}, "NetWeightUnit", kilograms, _WEIGHTS),
    Measure({"BaseItemNetVolume": "volume"}, "NetVolumeUnit", cubic_metres, _VOLUMES),
)
PACKAGING: Final = (
    Measure(
        {
            "PackagingTypeLength": "length",
            "PackagingTypeWidth": "width",
            "PackagingTypeHeight": "height",
            "PackagingTypeDiameter": "diameter",
        },
        "PackagingTypeDimensionUnit",
        millimetres,
        _LENGTHS,
    ),
    Measure({"PackagingTypeWeight": "weight"}, "PackagingTypeWeightUnit", kilograms, _WEIGHTS),
)


def take_measures(entries: object, measures: tuple[Measure, ...], values: Values) -> Any:
    """Put the measures of a list's only object into their fields; return what is left over, or had to be kept.

    A list with several objects is about several parcels, and is kept as it is.
    """
    found = objects(entries)
    if len(found) != 1 or not isinstance(entries, list) or len(entries) != 1:
        return entries
    fields = _read(found[0], measures)
    values.update(fields)
    if any(found[0].get(name) != value for name, value in _written(fields, measures).items()) or len(
        _members(found[0], measures)
    ) != len(_written(fields, measures)):
        return entries
    rest = {name: value for name, value in found[0].items() if name not in _names(measures)}
    return [rest] if rest else None


def written_measures(values: Mapping[str, str], kept: object, measures: tuple[Measure, ...]) -> Any:
    """Return the list of measures to write: as it was kept, where our values are still what was read of it."""
    found = objects(kept)
    fields = {field: values[field] for each in measures for field in each.fields.values() if values.get(field)}
    if len(found) > 1:
        return found
    if not found:
        written = _written(fields, measures)
        return [written] if written else None
    before = _read(found[0], measures)
    if before and before.keys() == fields.keys() and all(same(before[name], fields[name]) for name in fields):
        return found
    rest = {name: value for name, value in found[0].items() if name not in _names(measures)}
    return [rest | _written(fields, measures)]


def _names(measures: tuple[Measure, ...]) -> set[str]:
    return {name for each in measures for name in (*each.fields, each.unit)}


def _members(entry: Json, measures: tuple[Measure, ...]) -> list[str]:
    return [name for name in _names(measures) if name in entry]


def _read(entry: Json, measures: tuple[Measure, ...]) -> Values:
    values: Values = {}
    for measure in measures:
        unit = scalar(entry.get(measure.unit)) or ""
        for name, field in measure.fields.items():
            text = scalar(entry.get(name))
            if not text:
                continue
            try:
                values[field] = measure.read(text, unit)
            except Unfit:
                continue
    return values


def _written(values: Mapping[str, str], measures: tuple[Measure, ...]) -> Json:
    result: Json = {}
    for measure in measures:
        present = {name: values[field] for name, field in measure.fields.items() if values.get(field)}
        if not present:
            continue
        in_units = [
            {name: _scaled(text, factor) for name, text in present.items()} | {measure.unit: unit}
            for unit, factor in measure.written
        ]
        result |= next((each for each in in_units if _is_short(each)), in_units[0])
    return result


def _is_short(written: Json) -> bool:
    return all(len(text.partition(".")[2]) <= _DECIMALS for text in written.values())


def _scaled(text: str, factor: str) -> str:
    try:
        return product(text, factor)
    except Unfit:
        return text
