"""The reference of all settings in ``docs/settings.md``, written from their declarations.

``python -m core.config.reference > docs/settings.md`` writes it anew; a test says when that is due.
"""

from __future__ import annotations

import inspect
import json
import sys
from typing import TYPE_CHECKING, Any

from core.config.base import Settings
from core.config.config_file import ConfigFile
from core.config.introspect import DISCRIMINATORS, extra_of, fields_of, models_in, tells_kind, words_of
from core.config.secrets import SecretRef
from core.config.tasks import TaskBase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TOP = {
    "engine": "[engine]",
    "retention": "[retention]",
    "access": "[access]",
    "console": "[console]",
    "alerts": "[alerts]",
    "monitoring": "[monitoring]",
    "superoffice": "[superoffice]",
    "entities": "[entities.NAME]",
    "locations": "[locations.NAME]",
    "layouts": "[layouts.NAME]",
    "schemes": "[schemes.NAME]",
    "connectors": "[connectors.NAME]",
    "links": "[links.NAME]",
    "tasks": "[[tasks]]",
}
_HEAD = """# Settings

Every setting of the configuration, table by table. This file is written by `python -m core.config.reference`; the
declarations in `core/config/` are where a setting is changed. `config.toml.example` shows all of them in use.

A secret (a password, a key) never stands in the configuration, only where it is kept: see [secrets](#secrets).
Times are `"HH:MM"` in 24-hour notation, in the time zone of the engine. Paths are relative to the file.
"""


def tables() -> Iterator[tuple[str, type[Settings]]]:
    """Return each table of the configuration that settings can stand in: its heading, and the model that checks it."""
    yield "Top of the file", ConfigFile
    for name, info in fields_of(ConfigFile).items():
        models = models_in(info.annotation)
        if name == "tasks":
            yield f"`{_TOP[name]}`, all types", TaskBase
        seen: set[type[Settings]] = set()
        for model in models:
            yield from _with_inner(f"`{_TOP[name]}`{_variant(model, models)}", _TOP[name], model, seen)
    yield "Secrets", SecretRef


def _variant(model: type[Settings], models: list[type[Settings]]) -> str:
    """Return by which words a model is chosen among others."""
    if len(models) == 1:
        return ""
    words = [(key, words_of(model, key)) for key in DISCRIMINATORS if tells_kind(model, key)]
    return "".join(f", `{key} = {' | '.join(json.dumps(word) for word in found)}`" for key, found in words)


def _with_inner(
    heading: str, table: str, model: type[Settings], seen: set[type[Settings]]
) -> Iterator[tuple[str, type[Settings]]]:
    yield heading, model
    for key, info in fields_of(model).items():
        models = [each for each in models_in(info.annotation) if each is not SecretRef and each not in seen]
        seen.update(models)
        for inner in models:
            yield from _with_inner(f"`{key}` of `{table}`{_variant(inner, models)}", table, inner, seen)


def own_keys(model: type[Settings]) -> list[str]:
    """Return the settings of a model, without those that every task has."""
    common = set(fields_of(TaskBase)) if issubclass(model, TaskBase) and model is not TaskBase else set()
    return [key for key in fields_of(model) if key not in common]


def render() -> str:
    """Return the reference as Markdown."""
    parts = [_HEAD]
    for heading, model in tables():
        lines = [
            f"## {heading}",
            "",
            inspect.getdoc(model) or "",
            "",
            "| setting | takes | default | |",
            "|---|---|---|---|",
        ]
        schema = model.model_json_schema(by_alias=True)
        # One that can hold itself stands among the definitions.
        properties = schema["properties"] if "properties" in schema else schema["$defs"][model.__name__]["properties"]
        lines += [_row(key, model, properties[key]) for key in own_keys(model)]
        parts.append("\n".join(lines).replace("``", "`") + "\n")
    return "\n".join(parts)


def _row(key: str, model: type[Settings], schema: Mapping[str, Any]) -> str:
    info = fields_of(model)[key]
    factory = info.default_factory
    if info.is_required() or tells_kind(model, key):
        default = "must be given"
    elif factory is not None:
        made = factory()  # type: ignore[call-arg]  # ours take no arguments
        default = "" if isinstance(made, Settings) else _written(made)
    else:
        default = _written(info.default)
    takes = ", ".join(filter(None, [_takes(schema), extra_of(info, "unit")]))
    help_text = " ".join(filter(None, [f"{info.title}." if info.title else "", info.description]))
    return f"| `{key}` | {takes} | {default} | {help_text} |".replace("|  |", "| |")


def _written(value: Any) -> str:
    return "" if value is None or value in ([], {}) else f"`{json.dumps(value, ensure_ascii=False)}`"


_WORDS = {"string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}


def _takes(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        kinds = [_takes(each) for each in schema["anyOf"] if each.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in schema or "const" in schema:
        return " or ".join(f"`{json.dumps(word)}`" for word in schema.get("enum", [schema.get("const")]))
    if "$ref" in schema:
        return "a secret" if schema["$ref"].endswith("/SecretRef") else "a table"
    if "oneOf" in schema or schema.get("type") == "object":
        return "a table"
    if schema.get("type") == "array":
        return f"a list of {_takes(schema['items']).removeprefix('a ')}".replace("of table", "of tables")
    if schema.get("format") in ("time", "date"):
        return f"a {schema['format']}"
    words = _WORDS.get(schema.get("type", ""), "text")
    if "minimum" in schema:
        words += f" from {schema['minimum']:,}"
    if "maximum" in schema:
        words += f" to {schema['maximum']:,}"
    return words


if __name__ == "__main__":
    sys.stdout.write(render())
