"""A release of the classification as it was read from the ETIM API, kept as lines of JSON.

The first line says which release it is, and how the languages of the API go with those of the engine. Each other line
is a class that changed, a group, feature, value or unit, or the key of a record that is gone. Nothing that is not in it
changes, but for groups, features, values and units, of which all are there.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from core.errors import DataError
from core.exchange.formats.contract import Content, IndustryFormat, Part
from core.exchange.formats.etim.release import ATTRIBUTION, TYPES, Release
from core.exchange.sql_errors import disk_errors

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from core.exchange.formats.contract import Reading
    from core.exchange.formats.rawfile import RawFile

Json = dict[str, Any]
LANGUAGES: Final = "api_languages"
"""The member of a system's extension that says with which languages its classes were read."""
TERMS: Final = {
    "Group": "classification_group",
    "Feature": "classification_feature",
    "Value": "classification_value",
    "Unit": "classification_unit",
}
OF_CLASS: Final = ("class_synonym", "class_feature", "class_feature_value")
"""What belongs to a class."""
_PLAIN: Final = {
    "classification_system": "code version attribution extension",
    "classification_group": "system code kind",
    "classification_feature": "system code type",
    "classification_value": "system code",
    "classification_unit": "system code",
    "classification_class": "system code class_group version modelling status mutated",
    "class_synonym": "system class language synonym",
    "class_feature": "system class feature type unit imperial_unit port sort_order",
    "class_feature_value": "system class feature value sort_order",
}
_WORDS: Final = {"classification_system": ["name"], "classification_unit": ["name", "abbreviation"]}
_TITLE: Final = "ETIM API"


def read(reading: Reading) -> Content:
    """Read what was fetched of a release.

    Raises:
        DataError: the file is not what Pendel wrote.
        EngineError, StopRequested: the disk is full; a stop was asked for.
    """
    lines = _lines(reading)
    head = next(lines, None)
    if head is None or "release" not in head[1]:
        raise DataError(f"{reading.name} is not what Pendel fetched from the ETIM API.")
    reader = _Reader(reading, head[1])
    for number, line in lines:
        reader.take(number, line)
    return reader.content()


def _lines(reading: Reading) -> Iterator[tuple[int, Json]]:
    with disk_errors(f"{reading.name} cannot be read"), reading.path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if number % 500 == 0:
                reading.stop.check()
                reading.advance(file.tell())
            try:
                yield number, json.loads(line)
            except ValueError as error:
                raise DataError(f"Line {number:,} of {reading.name} is not what Pendel fetched.") from error


class _Reader:
    def __init__(self, reading: Reading, head: Json) -> None:
        self._reading = reading
        self._columns: Mapping[str, str] = head["languages"]
        """The language of the engine, by that of the API."""
        self._release = Release("etim-ixf", _TITLE, head["release"].removeprefix("ETIM-"), head["release"])
        self._release.languages = list(self._columns)
        self._raw: dict[str, RawFile] = {
            entity: reading.part(
                entity,
                fields.split(),
                optional=reading.every_language(*_WORDS.get(entity, ["name"] if _named(entity) else [])),
            )
            for entity, fields in _PLAIN.items()
        }
        self._doubts: Counter[str] = Counter()
        self._add_system()

    def _add_system(self) -> None:
        release = self._release
        values = {"code": release.system, "version": release.version, "attribution": ATTRIBUTION}
        values["extension"] = json.dumps({LANGUAGES: sorted(self._columns)})
        values |= {f"name.{language}": release.name for language in self._reading.languages}
        self._raw["classification_system"].add(values, item=1, line=1, place=release.system)

    def take(self, number: int, line: Json) -> None:
        """Take a line."""
        if "gone" in line:
            self._raw[line["gone"]].add(
                {**line["key"], "system": self._release.system}, line=number, item=number, deleted=True
            )
        elif line["kind"] == "Class":
            self._class(number, line["row"])
        else:
            self._term(number, line["kind"], line["row"])

    def content(self) -> Content:
        """Return what was read."""
        parts = []
        for entity, raw in self._raw.items():
            raw.close()
            if not raw.records:
                continue
            whole = entity in TERMS.values()
            parts.append(Part(raw, "owners", ("system",)) if whole else Part(raw, "listed"))
        warnings = [f"{number:,} {what} in {self._reading.name}." for what, number in self._doubts.most_common()]
        facts = self._release.facts()
        return Content(facts, parts, warnings)

    def _term(self, number: int, kind: str, row: Json) -> None:
        entity = TERMS[kind]
        code = _text(row, "code")
        place = f"{kind} {code}"
        if not code:
            self._raw[entity].reject("has no code", column="code", line=number, item=number, place=place)
            return
        values = {"system": self._release.system, "code": code}
        if kind == "Group":
            values["kind"] = "classes"
        elif kind == "Feature":
            values["type"] = _type(row)
        self._put_texts(values, row, "description", "name")
        if kind == "Unit":
            self._put_texts(values, row, "abbreviation", "abbreviation")
        self._raw[entity].add(values, line=number, item=number, place=place)

    def _class(self, number: int, row: Json) -> None:
        code = _text(row, "code")
        place = f"Class {code}"
        if not code:
            self._raw["classification_class"].reject(
                "has no code", column="code", line=number, item=number, place=place
            )
            return
        system = self._release.system
        group = row.get("group")
        values = {
            "system": system,
            "code": code,
            "class_group": _text(group, "code") if isinstance(group, dict) else "",
            "version": _text(row, "version"),
            "modelling": _text(row, "modelling"),
            "status": _text(row, "status"),
            "mutated": _text(row, "mutationDate"),
        }
        self._put_texts(values, row, "description", "name")
        self._raw["classification_class"].add(values, line=number, item=number, place=place)
        for entity, record in of_class(row, self._columns, self._doubts):
            self._raw[entity].add({**record, "system": system}, line=number, item=number, place=place)

    def _put_texts(self, values: dict[str, str], row: Json, member: str, field: str) -> None:
        for translation in _objects(row, "translations"):
            column = self._columns.get(_text(translation, "languagecode"))
            if column and (text := _text(translation, member)):
                values.setdefault(f"{field}.{column}", text)


def of_class(
    row: Json, columns: Mapping[str, str], doubts: Counter[str] | None = None
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the records that belong to a class, each with its entity and without its system."""
    doubts = Counter() if doubts is None else doubts
    code = _text(row, "code")
    said: set[tuple[str, str]] = set()
    for translation in _objects(row, "translations"):
        language = columns.get(_text(translation, "languagecode"))
        for each in translation.get("synonyms") or () if language else ():
            if language and isinstance(each, str) and (text := each.strip()) and (language, text) not in said:
                said.add((language, text))
                yield "class_synonym", {"class": code, "language": language, "synonym": text}
    seen: set[str] = set()
    for feature in _objects(row, "features"):
        name = _text(feature, "code")
        if not name or name in seen:
            # A modelling class has some on several of its ports; with us a class has a feature once.
            doubts["features have no code or are named twice by their class, and were kept once"] += 1
            continue
        seen.add(name)
        yield (
            "class_feature",
            {
                "class": code,
                "feature": name,
                "type": _type(feature),
                "unit": _code_in(feature, "unit"),
                "imperial_unit": _code_in(feature, "unitImperial"),
                "port": _text(feature, "portcode"),
                "sort_order": _text(feature, "orderNumber"),
            },
        )
        taken: set[str] = set()
        for value in _objects(feature, "values"):
            found = _text(value, "code")
            if not found or found in taken:
                doubts["values have no code or are named twice by their feature, and were kept once"] += 1
                continue
            taken.add(found)
            order = _text(value, "orderNumber")
            yield "class_feature_value", {"class": code, "feature": name, "value": found, "sort_order": order}


def _named(entity: str) -> bool:
    return entity.startswith("classification_")


def _text(row: Json, member: str) -> str:
    value = row.get(member)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip() if isinstance(value, str | int) else ""


def _type(row: Json) -> str:
    written = _text(row, "type")
    return TYPES.get(written, written)


def _code_in(row: Json, member: str) -> str:
    inner = row.get(member)
    return _text(inner, "code") if isinstance(inner, dict) else ""


def _objects(row: Json, member: str) -> list[Json]:
    found = row.get(member)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _write_rejects(reading: Reading, items: Collection[int], target: Path) -> None:
    with (
        disk_errors(f"The rejects of {reading.name} cannot be written"),
        reading.path.open("rb") as source,
        target.open("wb") as file,
    ):
        file.writelines(line for number, line in enumerate(source, start=1) if number in items)


FETCHED = IndustryFormat("etim-ixf", _TITLE, read=read, rewrite_rejects=_write_rejects, unpacks=False)
"""No format that anybody sends: an import reads with it what was fetched."""
