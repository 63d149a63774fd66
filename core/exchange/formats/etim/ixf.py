"""ETIM IXF 1.0 (ETIM International, 24 January 2014), and 3.1 as far as it is known: a release as XML.

Elements are read by their local names, and those that are not known are passed over. ``changeCode`` is about the
publication before, and says nothing of what was imported last: it decides nothing here, and is kept as it is; also of
what it calls deleted, which the release still has.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from core.errors import DataError
from core.exchange.codes import Unfit
from core.exchange.codes.dates import iso_date
from core.exchange.formats.contract import Content, IndustryFormat, Inspection
from core.exchange.formats.etim.release import DYNAMIC, TYPES, Release, Tables, rewrite_rejects
from core.exchange.formats.xml_items import children, count_items, text_at, text_of, xml_items
from core.exchange.formats.xml_sharing import Document, read_document
from core.text import clean

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from core.exchange.formats.contract import Reading
    from core.exchange.formats.xml_items import XmlItem

_ITEMS: Final = ("Header", "Unit", "Feature", "Value", "Group", "Class")
_COUNTED: Final = {"classes": "Class", "groups": "Group", "units": "Unit"}
_NUMBER: Final = re.compile(r"\d{1,2}\.\d", re.ASCII)
_MODELLING: Final = "MC"
_GONE: Final = "deleted"


def read(reading: Reading) -> Content:
    """Read a release.

    Raises:
        DataError: it is broken, no IXF, or its header does not come first.
    """
    return read_document(reading, DOCUMENT)


class _Reader:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._root = False
        self._tables: Tables | None = None
        self._types: dict[str, str] = {}
        """Of features by their code: a class does not repeat it."""
        self._doubts: Counter[str] = Counter()
        self._languages: dict[str, int] = {}
        """With how many texts, in the order in which they are met."""

    def take(self, item: XmlItem) -> None:
        if item.opening:
            self._root = True
            return
        if not self._root:
            raise _no_ixf(self._reading.name)
        if item.name == "Header":
            self._tables = Tables(self._reading, release_of(item.element))
            return
        if self._tables is None:
            raise DataError(
                f"{self._reading.name} has {item.name} before its Header, at line {item.line:,}.",
                advice="Ask the sender for a correct file.",
            )
        self._record(item, self._tables)

    def content(self) -> Content:
        if self._tables is None:
            raise _no_ixf(self._reading.name)
        self._tables.release.languages = list(self._languages)
        warnings = [f"{number:,} {what} in {self._reading.name}." for what, number in self._doubts.most_common()]
        return self._tables.content(warnings)

    def counts(self) -> list[dict[str, int]]:
        return [self._reading.unheld, self._doubts, self._languages]

    def _record(self, item: XmlItem, tables: Tables) -> None:
        element, name = item.element, item.name
        entity = f"classification_{name.lower()}"
        code = text_at(element, "Code")
        if not code:
            tables.reject(entity, "has no code", line=item.line, place=name, column="Code")
            return
        values = {"code": code}
        values["change"] = self._change(element, tables)
        if name == "Feature":
            written = text_at(element, "Type")
            values["type"] = self._types[code] = TYPES.get(written, written)
            values["feature_group"] = text_at(element, "FeatureGroupCode")
        elif name == "Group":
            values["kind"] = "classes"
        elif name == "Class":
            values["class_group"] = text_at(element, "GroupCode")
            values["version"] = text_at(element, "Version")
            values["status"] = text_at(element, "Status")
            values["modelling"] = str(code.startswith(_MODELLING)).lower()
        self._put_texts(values, element, unit=name == "Unit")
        tables.add(entity, values, line=item.line, place=f"{name} {code}")
        if name == "Class":
            self._class(element, code, item.line, tables)

    def _put_texts(self, values: dict[str, str], element: Element, *, unit: bool) -> None:
        for translation in _translations(element):
            language = translation.get("language", "")
            if (column := self._column("name", language)) is None:
                continue
            values.setdefault(column, text_at(translation, "Description"))
            if unit and (other := self._column("abbreviation", language)):
                values.setdefault(other, text_at(translation, "Abbreviation"))

    def _column(self, field: str, language: str) -> str | None:
        self._languages[language] = self._languages.get(language, 0) + 1
        return self._reading.translated(field, language)

    def _class(self, element: Element, code: str, line: int, tables: Tables) -> None:
        for translation in _translations(element):
            column = self._reading.translated("name", translation.get("language", ""))
            texts = [
                text_of(each) for group in children(translation, "Synonyms") for each in children(group, "Synonym")
            ]
            for synonym in dict.fromkeys(texts) if column else ():
                values = {"class": code, "language": column.partition(".")[2] if column else "", "synonym": synonym}
                if synonym:
                    tables.add("class_synonym", values, line=line, place=f"Class {code}")
        seen: set[str] = set()
        for group in children(element, "Features"):
            for feature in children(group, "Feature"):
                self._feature(feature, code, seen, line, tables)

    def _feature(self, feature: Element, code: str, seen: set[str], line: int, tables: Tables) -> None:
        name, place = text_at(feature, "FeatureCode") or text_at(feature, "Code"), f"Class {code}"
        if not name:
            tables.reject("class_feature", "has no code", line=line, place=place, column="FeatureCode")
            return
        if name in seen:
            self._doubts["features are named twice by their class, and were kept once"] += 1
            return
        seen.add(name)
        written = text_at(feature, "Type")
        values = {
            "class": code,
            "feature": name,
            "type": TYPES.get(written, written) or self._types.get(name, ""),
            "unit": text_at(feature, "UnitCode"),
            "imperial_unit": text_at(feature, "ImperialUnitCode"),
            "port": text_at(feature, "PortCode"),
            "sort_order": text_at(feature, "OrderNumber"),
            "change": self._change(feature, tables),
        }
        tables.add("class_feature", values, line=line, place=f"{place}, feature {name}")
        taken: set[str] = set()
        for group in children(feature, "Values"):
            for each in children(group, "Value"):
                found = text_at(each, "ValueCode") or text_at(each, "Code")
                if not found or found in taken:
                    self._doubts["values of features are named twice or have no code, and were kept once"] += 1
                    continue
                taken.add(found)
                tables.add(
                    "class_feature_value",
                    {
                        "class": code,
                        "feature": name,
                        "value": found,
                        "sort_order": text_at(each, "OrderNumber"),
                        "change": self._change(each, tables),
                    },
                    line=line,
                    place=f"{place}, feature {name}",
                )

    def _change(self, element: Element, tables: Tables) -> str:
        """Return what changed since the publication before; of an export between publications only what is deleted."""
        change = element.get("changeCode", "").lower()
        if change == _GONE:
            self._doubts["classes, features of classes or their values are marked as deleted"] += 1
        return change if change == _GONE or tables.release.version != DYNAMIC else ""


DOCUMENT: Final = Document(_Reader, _ITEMS, openings=("IXF",), repeated=("Class",))


def release_of(header: Element) -> Release:
    """Return what the header says. An export that names no publication is of the dynamic release."""
    release = Release("etim-ixf", "ETIM IXF")
    release.exported_on = _date(text_at(header, "ExportDate"))
    publication = next(children(header, "Publication"), None)
    if publication is None:
        release.version = DYNAMIC
        return release
    release.name = text_at(publication, "Name")
    number = text_at(publication, "Number")
    found = _NUMBER.search(release.name) or _NUMBER.search(number)
    release.version = found[0] if found else (f"{number}.0" if number.isdecimal() else DYNAMIC)
    release.released_on = _date(text_at(publication, "Date"))
    release.prerelease = text_at(publication, "Prerelease").lower() == "true"
    return release


def _translations(element: Element) -> list[Element]:
    return [each for group in children(element, "Translations") for each in children(group, "Translation")]


def _date(text: str) -> str:
    try:
        return iso_date(text)
    except Unfit:
        return ""


def inspect(reading: Reading) -> Inspection:
    """Look at the header; count classes, groups and units."""
    release: Release | None = None
    problems: list[str] = []
    for item in xml_items(reading.path, ("Header",), openings=("IXF",), name=reading.name, stop=reading.stop):
        if not item.opening:
            release = release_of(item.element)
            break
    if release is None:
        release, problems = Release("etim-ixf", "ETIM IXF"), [f"{reading.name} has no Header of an IXF."]
    found, exact = count_items(reading.path, tuple(_COUNTED.values()))
    counts = {what: f"{'' if exact else 'about '}{found[name]:,}" for what, name in _COUNTED.items()}
    return Inspection(release.facts(), counts, problems)


def _no_ixf(name: str) -> DataError:
    return DataError(f"{clean(name)} is no ETIM IXF: it has no root IXF with a Header in it.")


FORMAT = IndustryFormat(
    "etim-ixf",
    "ETIM IXF",
    inspect=inspect,
    read=read,
    rewrite_rejects=rewrite_rejects,
    records=dict.fromkeys(("Class", "Feature", "Value", "Group", "Unit"), "Code"),
)
