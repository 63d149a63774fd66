"""What files of the classification have in common: the release that they are, and the records that they become."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from core.exchange.formats.contract import Content, Facts, Part
from core.exchange.sql_errors import disk_errors
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from core.config.formats import FormatId
    from core.exchange.formats.contract import Reading
    from core.exchange.formats.rawfile import RawFile

DYNAMIC: Final = "DYNAMIC"
ATTRIBUTION: Final = (
    "Contains information from the ETIM Classification Model, which is made available by ETIM International under the "
    "Open Data Commons Attribution Licence v1.0."
)
"""The sentence that the licence of the classification (ODC-BY 1.0) asks for."""
TYPES: Final = {"Alphanumeric": "A", "Numeric": "N", "Range": "R", "Logical": "L"}
_FIELDS: Final = {
    "classification_system": ("code version released_on prerelease exported_on attribution", "name"),
    "classification_group": ("system code kind change", "name"),
    "classification_feature": ("system code type feature_group change", "name description"),
    "classification_value": ("system code change", "name description"),
    "classification_unit": ("system code change", "name abbreviation"),
    "classification_class": ("system code class_group version modelling status change", "name"),
    "class_synonym": ("system class language synonym", ""),
    "class_feature": ("system class feature type unit imperial_unit port sort_order change", ""),
    "class_feature_value": ("system class feature value sort_order change", ""),
}
"""By entity, in the order of the parts: the plain fields, and those with a text in each language."""


@dataclass(slots=True)
class Release:
    """A release of the classification, as a file tells of it."""

    format: FormatId
    title: str
    version: str = ""
    """``10.0``, or DYNAMIC."""
    name: str = ""
    released_on: str = ""
    exported_on: str = ""
    prerelease: bool | None = None
    languages: list[str] = field(default_factory=list)

    @property
    def system(self) -> str:
        """The code under which its records stand."""
        return f"ETIM-{self.version}"

    def facts(self) -> Facts:
        """Return what is shown of the file."""
        more = {"release": self.name} if self.name else {}
        if self.prerelease:
            more["prerelease"] = "yes"
        return Facts(
            self.format,
            self.title,
            self.version,
            f"release {self.system} of the classification",
            complete=True,
            languages=tuple(self.languages),
            valid_from=self.released_on,
            made_at=self.exported_on,
            more=more,
        )


class Tables:
    """The records of a release by entity."""

    def __init__(self, reading: Reading, release: Release, fields: Collection[str] = _FIELDS) -> None:
        """``fields`` names the entities that the file tells of."""
        self.release, self._reading = release, reading
        self._raw: dict[str, RawFile] = {
            name: reading.part(name, plain.split(), optional=reading.every_language(*words.split()))
            for name, (plain, words) in _FIELDS.items()
            if name in fields
        }

    def add(self, entity: str, values: dict[str, str], *, line: int, place: str = "", raw: str = "") -> None:
        """Add a record; its system is added."""
        values["system"] = self.release.system
        self._raw[entity].add(values, line=line, item=1, place=place, raw=raw)

    def reject(self, entity: str, reason: str, *, line: int, place: str = "", raw: str = "", column: str = "") -> None:
        """Note that a record is none."""
        self._raw[entity].reject(reason, column=column, line=line, item=1, place=place, raw=raw)

    def content(self, warnings: Collection[str] = ()) -> Content:
        """Return what was read. Raises EngineError where the disk is full."""
        release = self.release
        values = {
            "code": release.system,
            "version": release.version,
            "released_on": release.released_on,
            "prerelease": "" if release.prerelease is None else str(release.prerelease).lower(),
            "exported_on": release.exported_on,
            "attribution": ATTRIBUTION,
        }
        if release.name:
            values |= {f"name.{language}": release.name for language in self._reading.languages}
        self._raw["classification_system"].add(values, item=1, place=release.system)
        parts = []
        for entity, raw in self._raw.items():
            raw.close()
            if entity == "classification_system":
                parts.append(Part(raw, "listed"))
            elif raw.records:
                parts.append(Part(raw, "owners", ("system",)))
        return Content(release.facts(), parts, list(warnings))


def rewrite_rejects(reading: Reading, _: Collection[int], target: Path) -> None:
    """Copy the whole file: a release is complete, and with a part of it the rest would be archived."""
    with disk_errors(f"{clean(target.name)} cannot be written"):
        shutil.copyfile(reading.path, target)
