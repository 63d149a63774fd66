"""Text with placeholders in a definition: ``Timestamp gt {since}L``, ``OrderedBy eq {customer|odata_guid}``.

A placeholder names a value; behind a bar stands how it is written. Several ways are applied from left to right.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from pydantic import AfterValidator, StrictStr

from core.links.values import WAYS, written
from core.text import listed, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_./]*")


def _parts(text: str) -> Iterator[tuple[str, str | None]]:
    """Yield literal text, and the placeholder behind it.

    Raises:
        ValueError: a brace is not closed, or stands alone.
    """
    for literal, name, spec, conversion in string.Formatter().parse(text):
        if name is not None and (spec or conversion or not name):
            raise ValueError("a placeholder is a name, and behind a bar how it is written: {since|odata_datetime}")
        yield literal, name


def _sound(text: str) -> str:
    try:
        parts = list(_parts(text))
    except ValueError as error:
        raise ValueError(f"the placeholders cannot be read: {error}; a brace that is meant is doubled: {{{{") from None
    for _, placeholder in parts:
        if placeholder is None:
            continue
        name, *ways = placeholder.split("|")
        if not _NAME.fullmatch(name):
            raise ValueError(f"{{{placeholder}}} is no placeholder: a name comes first")
        for way in ways:
            _known_way(way)
    return text


def _known_way(way: str) -> None:
    name, _, argument = way.partition(" ")
    if name not in WAYS:
        near = nearest(name, WAYS)
        hint = f"did you mean {near!r}?" if near else f"there are {listed(WAYS, last='and')}"
        raise ValueError(f"{name!r} is no way to write a value; {hint}")
    if WAYS[name].takes_number != argument.isdecimal() or (argument and not argument.isdecimal()):
        needed = "a number behind it, such as left_space 18" if WAYS[name].takes_number else "nothing behind it"
        raise ValueError(f"{name} takes {needed}")


Template = Annotated[StrictStr, AfterValidator(_sound)]
"""Text in which placeholders may stand."""


def _sound_tree(value: Any) -> Any:
    for text in _texts(value):
        _sound(text)
    return value


TemplateTree = Annotated[dict[StrictStr, Any], AfterValidator(_sound_tree)]
"""A table for a JSON body, whose texts may have placeholders."""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def names_in(value: Any) -> Iterator[str]:
    """Yield the names of the placeholders in a template, or in a table of them."""
    for text in _texts(value):
        for _, placeholder in _parts(text):
            if placeholder is not None:
                yield placeholder.split("|")[0]


def filled(template: str, values: Mapping[str, Any], *, in_path: bool = False) -> str:
    """Return the text with every placeholder replaced; ``in_path`` quotes what is filled in for a URL.

    Raises:
        ValueError: a value is not there, or cannot be written so.
    """
    result = []
    for literal, placeholder in _parts(template):
        result.append(literal)
        if placeholder is not None:
            text = written(_looked_up(placeholder, values), placeholder.split("|")[1:])
            result.append(quote(text, safe="") if in_path else text)
    return "".join(result)


def filled_tree(value: Any, values: Mapping[str, Any]) -> Any:
    """Return a table for a JSON body with its placeholders replaced; one that is a whole text keeps its value's type.

    Raises:
        ValueError: as :func:`filled`.
    """
    if isinstance(value, Mapping):
        return {key: filled_tree(each, values) for key, each in value.items()}
    if isinstance(value, list):
        return [filled_tree(each, values) for each in value]
    if not isinstance(value, str):
        return value
    parts = list(_parts(value))
    if len(parts) == 1 and parts[0][0] == "" and parts[0][1] and "|" not in parts[0][1]:
        return _looked_up(parts[0][1], values)
    return filled(value, values)


def _looked_up(placeholder: str, values: Mapping[str, Any]) -> Any:
    name = placeholder.split("|", maxsplit=1)[0]
    if name not in values or values[name] is None:
        raise ValueError(f"there is no value for {{{name}}}")
    return values[name]
