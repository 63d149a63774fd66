"""Placeholders in the file names of exports (EX6): ``articles-{datetime:%Y%m%d-%H%M}.csv``."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.text import listed, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOMENTS = {"date": "%Y-%m-%d", "time": "%H%M%S", "datetime": "%Y%m%d-%H%M%S"}
_NAMES = ("task", "entity", "assortment")
_PLACEHOLDERS = (*_MOMENTS, *_NAMES, "sequence")
_NUMBER_FORMAT = re.compile(r"(0?[1-9]\d?d?|d?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class FileNameValues:
    """What the placeholders of one file stand for."""

    moment: datetime
    """In the time zone of the engine."""
    task: str
    entity: str
    assortment: str
    sequence: int


def placeholder_problem(template: str) -> str | None:
    """Return what is wrong with a file name, in a sentence, or ``None``."""
    sample = FileNameValues(datetime(2026, 1, 31, 12, 30), "task", "entity", "assortment", 1)  # noqa: DTZ001 - a sample
    try:
        for _, name, spec, conversion in string.Formatter().parse(template):
            if name is None:
                continue
            if name not in _PLACEHOLDERS:
                return unknown(name, _PLACEHOLDERS)
            if conversion or (spec and name in _NAMES):
                return f"the placeholder {{{name}}} takes no format"
        expand_placeholders(template, sample)
    except ValueError as error:
        return f"the placeholders cannot be read: {error}"
    return None


def unknown(name: str, known: Sequence[str]) -> str:
    """Return the sentence about a placeholder that is none of those known."""
    near = nearest(name, known)
    hint = f" Did you mean {{{near}}}?" if near else f" There are {listed(known, last='and')}."
    return f"the placeholder {{{name}}} is not known.{hint}"


def uses_sequence(template: str) -> bool:
    """Whether a file name has the placeholder ``{sequence}``, which uses up a number."""
    return any(name == "sequence" for _, name, _, _ in string.Formatter().parse(template))


def expand_placeholders(template: str, values: FileNameValues) -> str:
    """Return the file name with every placeholder replaced.

    Raises:
        ValueError: a placeholder or its format cannot be read.
    """
    parts = []
    for text, name, spec, _ in string.Formatter().parse(template):
        parts.append(text)
        if name in _MOMENTS:
            parts.append(one_name(values.moment.strftime(spec or _MOMENTS[name])))
        elif name == "sequence":
            if not _NUMBER_FORMAT.fullmatch(spec or ""):
                raise ValueError(f"{{sequence}} takes a number of digits, such as {{sequence:04}}, and not {spec!r}")
            parts.append(format(values.sequence, spec or ""))
        elif name is not None:
            parts.append(one_name(str(getattr(values, name))))
    return "".join(parts)


def one_name(value: str) -> str:
    """A value as part of one file name: it cannot lead into another directory, nor be the name of one above."""
    if not value.strip("."):
        return "_" * len(value)
    return "".join("_" if char in '/\\:*?"<>|\x7f' or char < " " else char for char in value)
