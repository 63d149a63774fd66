"""Values of JSON as the text of our fields, texts in languages, and what is left over for an extension."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from core.exchange.codes import Unfit
from core.exchange.codes.numbers import decimal_text
from core.exchange.formats.xchange.names import UNITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.exchange.codes.units import Units
    from core.exchange.formats.contract import Reading

Json = dict[str, Any]
Values = dict[str, str]
"""The values of a record by field, while it is gathered."""


def scalar(value: object) -> str | None:
    """Return a value as text; None for an object or a list. What has no value is an empty text."""
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        try:
            return decimal_text(repr(value), exponent=True)
        except Unfit:
            return repr(value)
    return None


def take(section: object, fields: Mapping[str, str], values: Values, units: Units) -> Json:
    """Put the members of an object into the fields that there are for them; return the others.

    What is no object is returned as it is under an empty name, so that nothing is lost.
    """
    if not isinstance(section, dict):
        return {} if section is None else {"": section}
    rest: Json = {}
    for name, value in section.items():
        field = fields.get(name)
        if field is None or (text := scalar(value)) is None:
            rest[name] = value
        elif name in UNITS:
            values[field] = units.read(text)
        else:
            values[field] = text
    return rest


def objects(value: object) -> list[Json]:
    """Return the objects of a list; anything else in it is passed over."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def texts_of(value: object) -> list[str]:
    """Return the texts of a list that are not empty."""
    return [text for each in value if (text := scalar(each))] if isinstance(value, list) else []


def take_first(rest: Json, name: str, field: str, values: Values) -> None:
    """Put the first text of a list into a field; the list stays among what is left over where it has more."""
    found = texts_of(rest.get(name))
    if found:
        values[field] = found[0]
        if len(found) == 1:
            del rest[name]


def dumped(extension: Json) -> str:
    """Return an extension as text; empty where there is nothing in it."""
    kept = {name: value for name, value in extension.items() if value not in ({}, [], None)}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")) if kept else ""


def loaded(extension: str) -> Json:
    """Return what stands in an extension; nothing where it is not ours."""
    if not extension.startswith("{"):
        return {}
    try:
        found = json.loads(extension)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def same(first: str, second: str) -> bool:
    """Whether two texts say the same; numbers may be written in different ways."""
    if first == second:
        return True
    try:
        return Decimal(decimal_text(first)) == Decimal(decimal_text(second))
    except Unfit:
        return False


class Texts:
    """Puts texts into the fields of their language."""

    def __init__(self, reading: Reading, default: str) -> None:
        """``default`` is the language of texts that name none."""
        self._reading, self._default = reading, default
        self._columns: dict[tuple[str, str], str | None] = {}
        self.doubts: Counter[str] = Counter()

    def column(self, field: str, language: object) -> str | None:
        """Return the field of a text in a language; None where the engine lacks it."""
        tag = language if isinstance(language, str) and language else self._default
        try:
            return self._columns[field, tag]
        except KeyError:
            # Whether the engine has the language; how often it has not is counted where a text is put.
            column = self._columns[field, tag] = self._reading.translated(field, tag)
            if column is None:
                self._reading.unheld[tag] -= 1
            return column

    def put(self, values: Values, field: str, language: object, text: str) -> None:
        """Put a text into the field of its language, where it has none yet."""
        if not text:
            return
        column = self.column(field, language)
        if column is None:
            self._reading.translated(field, language if isinstance(language, str) and language else self._default)
        elif column not in values:
            values[column] = text
        elif values[column] != text:
            self.doubts[
                "texts are in a language, or a variety of one, that another text has taken, and were not kept"
            ] += 1

    def put_words(self, values: Values, field: str, words: object, name: str) -> bool:
        """Put texts with their language, ``[{"Language": …, name: …}]``; return whether it was such a list."""
        if not isinstance(words, list):
            return False
        for each in objects(words):
            self.put(values, field, each.get("Language"), scalar(each.get(name)) or "")
        return True

    def take_descriptions(self, entries: object, fields: Mapping[str, str], values: Values) -> list[Json]:
        """Put texts of ProductDescriptions or ItemDescriptions; return what is left over, each with its language."""
        left: list[Json] = []
        for entry in objects(entries):
            language = entry.get("DescriptionLanguage")
            rest: Json = {}
            for name, value in entry.items():
                if name == "DescriptionLanguage":
                    continue
                if (field := fields.get(name)) is None:
                    rest[name] = value
                elif isinstance(value, list):
                    self.put(values, field, language, "\n".join(texts_of(value)))
                else:
                    self.put(values, field, language, scalar(value) or "")
            if rest and self.column("", language) is not None:
                left.append(({"DescriptionLanguage": language} if language else {}) | rest)
        return left
