"""Members of JSON from the fields of a record, held against the standard: what no reader could take is not written."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.exchange.codes import Unfit
from core.exchange.codes.dates import ALWAYS
from core.exchange.codes.numbers import integer_text
from core.exchange.codes.units import written_unit
from core.exchange.formats.xchange.names import UNITS
from core.exchange.formats.xchange.shapes import Misfit, Shape
from core.exchange.formats.xchange.values import objects

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.exchange.formats.contract import Row, Writing
    from core.exchange.formats.xchange.shapes import Path
    from core.exchange.formats.xchange.values import Json


@dataclass(slots=True)
class Maker:
    """Makes the members of one file."""

    writing: Writing
    languages: Sequence[tuple[str, str]]
    """Those that are written: as ours, and as the standard has them."""
    currency: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    """Of the records that were written, by entity."""

    def members(self, row: Row, section: Mapping[str, str], shape: Shape) -> Json:
        """Return the members that fields have a value for.

        Raises:
            Misfit: a whole number is none.
        """
        result: Json = {}
        for name, field_name in section.items():
            text = row.get(field_name, "")
            if not text or text == ALWAYS:
                continue
            member = shape.members[name]
            if member.kind == "flag":
                result[name] = text == "true"
            elif member.kind == "whole":
                result[name] = whole(text, name)
            else:
                if name in UNITS:
                    text = written_unit(text, "xchange")
                if member.codes and text not in member.codes and name not in shape.mandatory:
                    self.writing.warn(f"values of {field_name} are none of the codes of {name}, and were left out")
                else:
                    result[name] = text
        return result

    def words(self, row: Row, field_name: str, name: str) -> list[Json]:
        """Return a text in the languages that are written: ``[{"Language": …, name: …}]``."""
        return [
            {"Language": code, name: text}
            for language, code in self.languages
            if (text := row.get(f"{field_name}.{language}"))
        ]

    def descriptions(
        self, row: Row, section: Mapping[str, str], kept: object, short: str, lists: str = ""
    ) -> list[Json]:
        """Return texts as ProductDescriptions and ItemDescriptions have them, with what was kept of each language."""
        left = {each.get("DescriptionLanguage", ""): each for each in objects(kept)}
        found: list[Json] = []
        for place, (language, code) in enumerate(self.languages):
            entry: Json = {}
            for name, field_name in section.items():
                if text := row.get(f"{field_name}.{language}"):
                    entry[name] = list(dict.fromkeys(text.split("\n"))) if name == lists else text
            entry |= left.get(code) or (left.get("", {}) if place == 0 else {})
            if short in entry:
                found.append({**entry, "DescriptionLanguage": code})
            elif entry:
                self.writing.warn(f"texts in a language without a {short} were left out")
        return found

    def fitted(self, value: Json, shape: Shape, kept: Json | None = None) -> Json:
        """Return an object as the standard wants it. Of what was kept from a file, what does not fit is left out.

        Raises:
            Misfit: a value does not fit, or something is missing.
        """
        while True:
            try:
                found: Json = shape.fit(value, self.writing.fitted)
            except Misfit as misfit:
                if not misfit.path or _at(value, misfit.path) != _at(kept or {}, misfit.path):
                    raise
                value = json.loads(json.dumps(value))
                _drop(value, misfit.path)
                name = next(str(step) for step in reversed(misfit.path) if isinstance(step, str))
                self.writing.warn(f"values of {name} are not as ETIM xChange 2.0 wants them, and were left out")
            else:
                return found

    def refuse(self, entity: str, key: str, misfit: Misfit) -> None:
        """Note that a record is not written."""
        path = "/".join(str(step + 1) if isinstance(step, int) else step for step in misfit.path)
        value = misfit.value if isinstance(misfit.value, str) else ""
        self.writing.refuse(entity, key, misfit.reason, field=path, value=value)

    def count(self, entity: str, number: int = 1) -> None:
        """Count records that are written."""
        self.counts[entity] = self.counts.get(entity, 0) + number


def whole(text: str, name: str) -> int:
    """Return a whole number.

    Raises:
        Misfit: it is none.
    """
    try:
        return int(integer_text(text))
    except Unfit as unfit:
        raise Misfit(str(unfit), (name,), text) from unfit


def with_first(kept: Json, name: str, value: str, more: Sequence[str] = ()) -> list[str]:
    """Return a list that begins with a value: as it was kept, where it still does."""
    found = kept.get(name)
    if isinstance(found, list) and found and found[0] == value:
        return found
    return list(dict.fromkeys(each for each in (value, *more) if each))


def _at(value: Any, path: Path) -> Any:
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step, _ABSENT)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return _ABSENT
    return value


def _drop(value: Any, path: Path) -> None:
    parent = _at(value, path[:-1])
    del parent[path[-1]]


_ABSENT = object()
