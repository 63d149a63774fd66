"""Which field a column may be meant for, by its name: proposals, each with its reason, for people to accept."""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.exchange.synonyms import synonyms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.config.entities import Entity, Field

_ALIKE = 0.9
_SHORTEST_ALIKE = 6
"""Letters that a name must have before one that is spelled nearly like it is proposed."""
_TONGUES = {"nl": "Dutch", "en": "English", "de": "German", "fr": "French"}
LANGUAGES = tuple(_TONGUES)
"""The languages of which words for fields are known."""
_BRACKETS = re.compile(r"[\(\[].*?[\)\]]")


@dataclass(frozen=True, slots=True)
class Match:
    """A field that a column may be meant for."""

    column: int
    """The position of the column, from 0."""
    field: str
    why: str
    """Such as ``a Dutch word for it``."""


@dataclass(frozen=True, slots=True)
class _Name:
    """One way to write the name of a field; the lower the rank, the surer."""

    rank: int
    text: str
    field: str
    why: str


def propose_fields(columns: Sequence[str], entity: Entity, languages: Sequence[str]) -> list[Match]:
    """Return at most one field for each column, and each field once, the surest first where two columns want it."""
    names = list(_names(entity, languages))
    found = sorted(
        (name.rank, position, name.field, name.why)
        for position, column in enumerate(columns)
        for name in _fitting(column, names)
    )
    matches: list[Match] = []
    columns_taken: set[int] = set()
    fields_taken: set[str] = set()
    for _, position, field, why in found:
        if position not in columns_taken and field not in fields_taken:
            columns_taken.add(position)
            fields_taken.add(field)
            matches.append(Match(position, field, why))
    return sorted(matches, key=lambda match: match.column)


def normalised(name: str) -> str:
    """Return a name without case, accents, spaces and signs: ``Art.-Nr.`` is ``artnr``, ``Größe`` is ``grosse``."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(char for char in plain if char.isalnum())


def _names(entity: Entity, languages: Sequence[str]) -> Iterator[_Name]:
    for field in entity.fields.values():
        base, language = field.name.partition(".")[0], field.language
        titles = {base: "its name", _BRACKETS.sub("", field.title): "its title"}
        for text, why in titles.items():
            if language is None:
                yield _Name(0, normalised(text), field.name, why)
                continue
            yield _Name(0, normalised(text + language), field.name, f"{why} and language")
            # A column that names no language is taken for the first one of the site.
            first = languages.index(language)
            yield _Name(2 + first, normalised(text), field.name, f"{why}; the language is not said")
        yield from _synonyms(entity, field, base, languages)


def _synonyms(entity: Entity, field: Field, base: str, languages: Sequence[str]) -> Iterator[_Name]:
    # English words stand in headers everywhere; other languages count where the site has them.
    for tongue, words in synonyms(entity.name, base, field.refers_to).items():
        if tongue not in languages and tongue != "en":
            continue
        why = f"a {_TONGUES[tongue]} word for it".replace("a English", "an English")
        for word in filter(None, (part.strip() for part in words.split(","))):
            if field.language is None:
                yield _Name(1, normalised(word), field.name, why)
                continue
            yield _Name(1, normalised(word + field.language), field.name, f"{why}, with its language")
            own = tongue == field.language
            yield _Name(2 if own else 3 + languages.index(field.language), normalised(word), field.name, why)


def _fitting(column: str, names: Sequence[_Name]) -> Iterator[_Name]:
    written = {normalised(column), normalised(_BRACKETS.sub("", column))} - {""}
    exact = [name for name in names if name.text in written]
    yield from exact
    if exact:
        return
    matcher = difflib.SequenceMatcher(autojunk=False)
    for each in written:
        matcher.set_seq2(each)
        for name in names:
            matcher.set_seq1(name.text)
            if len(name.text) >= _SHORTEST_ALIKE and matcher.real_quick_ratio() >= _ALIKE and _alike(matcher):
                yield _Name(20 + name.rank, name.text, name.field, f"spelled nearly as {name.why}")


def _alike(matcher: difflib.SequenceMatcher[str]) -> bool:
    return matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE
