"""What is wrong with the settings, in plain English and with its place, out of what pydantic found."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from core.config.base import EntityName, FieldName, Identifier, Line
from core.config.config_file import ConfigFile
from core.config.finding import Finding, shown
from core.config.introspect import DISCRIMINATORS, fields_of, models_at, words_of
from core.config.locations import Host
from core.config.secrets import SecretRef
from core.text import listed, nearest

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from core.config.base import Settings
    from core.config.outline import KeyPath


def _shown(value: Any, path: KeyPath, data: Mapping[str, Any], root: type[Settings]) -> str:
    """Return a value as it may stand in a message: cleaned, cut, and nothing where a secret may stand."""
    if path[0] in ("alerts", "monitoring") and isinstance(value, str) and "://" in value:
        return ""  # an address of a service may be made of tokens
    if any(SecretRef in models_at(data, path[: size + 1], root) for size in range(len(path))):
        return ""
    return shown(value)


def findings(error: ValidationError, data: Mapping[str, Any], root: type[Settings] = ConfigFile) -> list[Finding]:
    """Return what pydantic found in ``data``, each thing once; ``root`` is the model that it was checked by."""
    by_place: dict[KeyPath, list[ErrorDetails]] = {}
    for details in error.errors(include_url=False):
        by_place.setdefault(_path(details, data), []).append(details)
    result: list[Finding] = []
    for path, found in by_place.items():
        result += _strays(path, found[0], data, root)
        result.append(_finding(path, found, data, root))
    return result


def _path(details: ErrorDetails, data: Any) -> KeyPath:
    """Return the keys that lead to an error, without the names of union members that pydantic puts between them."""
    location = details["loc"]
    path: KeyPath = ()
    tags_seen: set[str | int] = set()
    for position, part in enumerate(location):
        last = position == len(location) - 1
        names_key = last and details["type"] in ("missing", "extra_forbidden")
        if not names_key and len(path) >= 2 and part not in tags_seen and _is_tag(part, data):
            tags_seen.add(part)
            continue
        if _leads_on(part, data):
            data = data[part]
        elif not names_key:
            continue
        path = (*path, part)
        tags_seen = set()
    return path


def _leads_on(part: str | int, data: Any) -> bool:
    return (isinstance(data, Mapping) and part in data) or (isinstance(data, list) and isinstance(part, int))


def _is_tag(part: str | int, table: Any) -> bool:
    return isinstance(table, Mapping) and any(table.get(key) == part for key in DISCRIMINATORS)


def _finding(path: KeyPath, found: list[ErrorDetails], data: Mapping[str, Any], root: type[Settings]) -> Finding:
    # The members of a plain union each say what they miss; a value of the right type but out of range says it best.
    details = next((each for each in found if not each["type"].endswith("_type")), found[0])
    kind, context = details["type"], details.get("ctx", {})
    if details["loc"][-1] == "[key]":
        return Finding(path, _message("key", details), of_key=True)
    if kind == "missing":
        return Finding(path, "this setting is missing")
    if kind == "extra_forbidden":
        return _unknown_key(path, data, root)
    if kind == "union_tag_not_found":
        key = context["discriminator"].strip("'")
        return Finding((*path, key), f"this setting is missing; {_one_of(_words_at(data, path, key, root))}")
    if kind == "union_tag_invalid":
        key = context["discriminator"].strip("'")
        tag, words = str(context["tag"]), re.findall(r"'([^']*)'", context["expected_tags"])
        return Finding((*path, key), _one_of(words), shown(tag), nearest(tag, words))
    value = details["input"]
    suggestion = ""
    if kind == "literal_error" and isinstance(value, str):
        suggestion = nearest(value, re.findall(r"'([^']*)'", context["expected"]))
    if len(found) > 1 and details["type"].endswith("_type"):
        needed = dict.fromkeys(_NEEDED.get(each["type"], "another value") for each in found)
        if "a number" in needed:
            needed.pop("a whole number", None)
        message = f"{listed(needed)} is needed"
    else:
        message = _message(kind, details)
    return Finding(path, message, _shown(value, path, data, root), suggestion)


def _unknown_key(path: KeyPath, data: Mapping[str, Any], root: type[Settings]) -> Finding:
    keys = [key for model in models_at(data, path[:-1], root) for key in fields_of(model)]
    # What stands behind a key that nobody knows may be anything, a password too: it is not repeated.
    return Finding(path, "this setting is not known", suggestion=nearest(str(path[-1]), keys), unknown_key=True)


def _strays(path: KeyPath, details: ErrorDetails, data: Any, root: type[Settings]) -> list[Finding]:
    """Return the unknown keys of a table that could not be checked, because nothing says of what kind it is."""
    if not details["type"].startswith("union_tag"):
        return []
    known = {key for model in models_at(data, path, root) for key in fields_of(model)}
    table = data
    for part in path:
        table = table[part]
    return [_unknown_key((*path, key), data, root) for key in table if key not in known]


def _words_at(data: Any, path: KeyPath, key: str, root: type[Settings]) -> list[str]:
    return list(dict.fromkeys(word for model in models_at(data, path, root) for word in words_of(model, key)))


def _one_of(words: list[str]) -> str:
    return f"it must be {listed(words)}"


_PATTERNS = {
    Identifier: "letters, digits, dots, underscores and hyphens are allowed, and a letter or digit comes first",
    EntityName: "lower-case letters, digits and underscores are allowed, and a letter comes first",
    FieldName: "the name of a field is needed, with its language behind a dot where it is translated: description.nl",
    Line: "one line of text is needed that is not blank, without tabs and control characters",
    Host: "the name or address of a machine is needed, without a protocol, a port or a path",
}


_PATTERN_WORDS = {TypeAdapter(annotation).json_schema()["pattern"]: words for annotation, words in _PATTERNS.items()}

_NEEDED = {
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list in square brackets",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "date_type": "a date such as 2026-11-23",
    "time_type": 'a time such as "07:30"',
}

_MESSAGES: dict[str, Callable[[dict[str, Any]], str]] = {
    "date_from_datetime_parsing": lambda _: "a date such as 2026-11-23 is needed",
    "date_from_datetime_inexact": lambda _: "a date such as 2026-11-23 is needed, without a time",
    "date_parsing": lambda _: "a date such as 2026-11-23 is needed",
    "finite_number": lambda _: "a number is needed that is not infinite",
    "greater_than": lambda context: f"it must be more than {context['gt']}",
    "greater_than_equal": lambda context: f"it must be {context['ge']:,} or more",
    "int_from_float": lambda _: "a whole number is needed",
    "less_than": lambda context: f"it must be less than {context['lt']}",
    "less_than_equal": lambda context: f"it must be {context['le']:,} or less",
    "literal_error": lambda context: f"it must be {re.sub(chr(39), '', context['expected'])}",
    "string_pattern_mismatch": lambda context: _PATTERN_WORDS.get(
        context["pattern"], "it has characters that are not allowed here"
    ),
    "string_too_long": lambda context: f"it may have {context['max_length']} characters at most",
    "string_too_short": lambda context: (
        "it may not be empty" if context["min_length"] == 1 else f"it needs {context['min_length']} characters or more"
    ),
    "too_long": lambda context: f"it may have {context['max_length']} items at most",
    "too_short": lambda context: (
        "it needs at least one item"
        if context["min_length"] == 1
        else f"it needs {context['min_length']} items or more"
    ),
    "value_error": lambda context: str(context["error"]),
}


def _message(kind: str, details: ErrorDetails) -> str:
    if kind == "key":
        return f"this name cannot be used: {_message(details['type'], details)}"
    if kind in _NEEDED:
        return f"{_NEEDED[kind]} is needed"
    explain = _MESSAGES.get(kind)
    return explain(details.get("ctx", {})) if explain else "this value cannot be used here"
