"""Classes and features of a product: of ETIM, and of other classifications."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from core.exchange.formats.xchange.names import FEATURE
from core.exchange.formats.xchange.values import dumped, objects, scalar

if TYPE_CHECKING:
    from core.exchange.formats.xchange.products import Catalogue
    from core.exchange.formats.xchange.values import Json, Values

ETIM: Final = "ETIM-"
_OTHER_CLASS: Final = (
    "ClassificationName",
    "ClassificationVersion",
    "ClassificationClassCode",
    "ClassificationFeatures",
)
_OTHER_FEATURE: Final = {
    "ClassificationFeatureName": "feature",
    "ClassificationFeatureValue1": "value",
    "ClassificationFeatureValue2": "value_to",
    "ClassificationFeatureUnit": "unit",
}


CELLS: Final = ["article", "system", "class", "feature", "occurrence", "value", "value_to", "reason", "sort_order"]
_PLAIN_MEMBERS: Final = {
    "EtimFeatureCode": 2,
    **dict.fromkeys(FEATURE, 4),
    "EtimValueRangeUpper": 5,
    "ReasonNoValue": 6,
}
"""The members of a feature that are a text, by their place in its cells without the article."""


@dataclass(slots=True)
class Classes:
    """The classes of a product as records without an article, and what cannot be such records."""

    classes: list[Values] = field(default_factory=list)
    features: list[Values] = field(default_factory=list)
    """Those that have more than :data:`CELLS`."""
    plain: list[list[str]] = field(default_factory=list)
    """The others, by these fields but the article: most of all records of a file."""
    etim: str = ""
    """The first class of ETIM."""
    etim_as_read: Any = None
    others_as_read: Any = None
    left_etim: list[Json] = field(default_factory=list)
    left_others: list[Json] = field(default_factory=list)
    _taken: set[tuple[str, str]] = field(default_factory=set)
    seen: dict[str, dict[str, int]] = field(default_factory=dict)
    """How often each feature was met, by its system."""

    def begin(self, system: str, code: str) -> bool:
        """Begin a class; return False where the product has it already, or it is none."""
        if not system or not code or (system, code) in self._taken:
            return False
        self._taken.add((system, code))
        return True

    def number(self, system: str, feature: str) -> str:
        """Return which of the same feature in a system the next is."""
        seen = self.seen.setdefault(system, {})
        count = seen[feature] = seen.get(feature, 0) + 1
        return str(count)


def take_classes(etim: Any, others: Any, catalogue: Catalogue) -> Classes:
    """Return the classes of EtimClassification and OtherClassifications."""
    found = Classes(etim_as_read=etim, others_as_read=others)
    for entry in objects(etim):
        _take_etim(entry, found, catalogue)
    for entry in objects(others):
        _take_other(entry, found)
    return found


def _take_etim(entry: Json, found: Classes, catalogue: Catalogue) -> None:
    rest = dict(entry)
    release = scalar(rest.pop("EtimReleaseVersion", None)) or ""
    code = scalar(rest.pop("EtimClassCode", None)) or ""
    system = f"{ETIM}{release}"
    found.etim = found.etim or code
    if not release or not found.begin(system, code):
        found.left_etim.append(entry)
        return
    values: Values = {
        "system": system,
        "class": code,
        "class_version": scalar(rest.pop("EtimClassVersion", None)) or "",
        "released_on": scalar(rest.pop("EtimDynamicReleaseDate", None)) or "",
    }
    features = rest.pop("EtimFeatures", None)
    # Modelling features hang on ports, and these on types of connections: they are kept as they are.
    values["extension"] = dumped(rest)
    found.classes.append(values)
    seen = found.seen.setdefault(system, {})
    for order, feature in enumerate(objects(features), start=1):
        cells = _plain_feature(feature)
        if cells is None:
            _take_feature(feature, system, code, order, found, catalogue)
            continue
        name = cells[2]
        count = seen[name] = seen.get(name, 0) + 1
        cells[0], cells[1], cells[3], cells[7] = system, code, str(count), str(order)
        found.plain.append(cells)


def _take_feature(feature: Json, system: str, code: str, order: int, found: Classes, catalogue: Catalogue) -> None:
    name = feature.get("EtimFeatureCode")
    values: Values = {"system": system, "class": code, "sort_order": str(order)}
    values["feature"] = scalar(name) or ""
    values["occurrence"] = found.number(system, values["feature"])
    rest: Json | None = None
    for member, value in feature.items():
        if member == "EtimFeatureCode":
            continue
        text = scalar(value)
        if member in FEATURE and text is not None and "value" not in values:
            values["value"] = text
        elif member == "EtimValueRangeUpper" and text is not None:
            values["value_to"] = text
        elif member == "ReasonNoValue" and text is not None:
            values["reason"] = text
        elif member == "EtimValueDetails":
            catalogue.texts.put_words(values, "details", value, member)
        else:
            rest = (rest or {}) | {member: value}
    if rest:
        values["extension"] = dumped(rest)
    found.features.append(values)


def _plain_feature(feature: Json) -> list[str] | None:
    """Return a feature with one value, or a range, as cells; None where there is more to it."""
    cells = [""] * 8
    for member, value in feature.items():
        place = _PLAIN_MEMBERS.get(member)
        text = value if value.__class__ is str else scalar(value)
        if place is None or text is None or cells[place]:
            return None
        cells[place] = text
    return cells


def _take_other(entry: Json, found: Classes) -> None:
    name = scalar(entry.get("ClassificationName")) or ""
    version = scalar(entry.get("ClassificationVersion")) or ""
    code = scalar(entry.get("ClassificationClassCode")) or ""
    system = f"{name}-{version}" if version else name
    if not found.begin(system, code):
        found.left_others.append(entry)
        return
    rest = {member: value for member, value in entry.items() if member not in _OTHER_CLASS}
    if split_system(system) != (name, version):
        rest |= {"ClassificationName": name, "ClassificationVersion": version}
    found.classes.append({"system": system, "class": code, "extension": dumped(rest)})
    for number, feature in enumerate(objects(entry.get("ClassificationFeatures")), start=1):
        values: Values = {"system": system, "class": code, "sort_order": str(number)}
        for member, field_name in _OTHER_FEATURE.items():
            values[field_name] = scalar(feature.get(member)) or ""
        values["occurrence"] = found.number(system, values["feature"])
        found.features.append(values)


def split_system(system: str) -> tuple[str, str]:
    """Return name and version of a classification: ``ECLASS-12.0`` is ECLASS and 12.0."""
    name, dash, version = system.rpartition("-")
    return (name, version) if dash and name and version[:1].isdigit() and len(version) <= 10 else (system, "")
