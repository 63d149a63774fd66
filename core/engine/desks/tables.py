"""The configuration as plain values: one table of it, with changes that are not written yet."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, get_args

from core.config.introspect import fields_of, models_at
from core.config.references import references
from core.config.sources import NAMED_TABLES
from core.errors import Refused
from core.text import clean, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.config.outline import KeyPath

WORDS = {
    "tasks": "task", "locations": "location", "layouts": "layout", "schemes": "ETL scheme", "entities": "entity",
    "connectors": "connector", "links": "link",
}  # fmt: skip
_ABSENT = object()


def in_words(kind: str, name: str) -> str:
    """Return a table as a message names it: ``task supplier-prices``, ``engine``."""
    return f"{WORDS.get(kind, kind)} {clean(name, limit=70)}".rstrip()


def plain(value: Any) -> Any:
    """Return a value of the file as JSON has it: dates and times as text."""
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, dt.time):
        return f"{value:%H:%M}"
    return value.isoformat() if isinstance(value, dt.date) else value


def written(values: Any, before: Any = _ABSENT) -> Any:
    """Return plain values as the file has them; what is the same as ``before`` stays as it is written there."""
    if before is not _ABSENT and plain(before) == values and not isinstance(values, dict | list):
        return before
    if isinstance(values, dict):
        known = before if isinstance(before, Mapping) else {}
        return {key: written(inner, known.get(key, _ABSENT)) for key, inner in values.items()}
    if isinstance(values, list):
        items = before if isinstance(before, list) else []
        return [
            written(inner, items[position] if position < len(items) else _ABSENT)
            for position, inner in enumerate(values)
        ]
    return values


def dated(data: dict[str, Any], path: KeyPath) -> None:
    """Make dates of the text in the table at ``path`` of a configuration where its settings are dates."""
    table = at(data, path)
    if isinstance(table, list):
        for position in range(len(table)):
            dated(data, (*path, position))
    if not isinstance(table, dict):
        return
    dates = {key for model in models_at(data, path) for key, info in fields_of(model).items() if _is_date(info)}
    for key, value in table.items():
        if key in dates and isinstance(value, str):
            try:
                table[key] = dt.date.fromisoformat(value)
            except ValueError:
                continue  # the check says that it is no date
        else:
            dated(data, (*path, key))


def _is_date(info: Any) -> bool:
    return dt.date in (info.annotation, *get_args(info.annotation))


def fingerprint(values: Mapping[str, Any] | None) -> str:
    """Return the fingerprint of a table; empty where there is none."""
    if values is None:
        return ""
    return hashlib.sha256(json.dumps(plain(values), sort_keys=True).encode()).hexdigest()


def at(data: Any, path: KeyPath) -> Any:
    """Return what stands at a path of the configuration."""
    for part in path:
        data = data[part]
    return data


def named(data: Mapping[str, Any], kind: str) -> Iterator[tuple[str, KeyPath]]:
    """Yield the name and the place of every table of a kind."""
    tables = data.get(kind)
    if kind == "tasks":
        for position, task in enumerate(tables or []):
            yield str(task.get("id", "")) if isinstance(task, Mapping) else "", ("tasks", position)
    elif kind in NAMED_TABLES:
        for name in tables or {}:
            yield name, (kind, name)
    elif tables is not None:
        yield "", (kind,)


def place_of(data: Mapping[str, Any], kind: str, name: str) -> KeyPath | None:
    """Return where a table stands, or ``None``."""
    return next((path for found, path in named(data, kind) if found == name), None)


def found_place(data: Mapping[str, Any], kind: str, name: str) -> KeyPath:
    """Return where a table stands.

    Raises:
        Refused: nowhere; the advice names the nearest.
    """
    path = place_of(data, kind, name)
    if path is None:
        near = nearest(name, [found for found, _ in named(data, kind)])
        raise Refused(
            f"The configuration has no {in_words(kind, name)}.", advice=f"Did you mean {near!r}?" if near else ""
        )
    return path


def owner(data: Mapping[str, Any], path: KeyPath) -> tuple[str, str, KeyPath]:
    """Return kind and name of the table in which a path leads, and the rest of the path inside it."""
    kind = str(path[0])
    if kind == "tasks" and len(path) > 1:
        task = data["tasks"][path[1]]
        return kind, str(task.get("id", "")) if isinstance(task, Mapping) else "", path[2:]
    if kind in NAMED_TABLES and len(path) > 1:
        return kind, str(path[1]), path[2:]
    return kind, "", path[1:]


def used_by(data: Mapping[str, Any]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return by kind and name the tables that name it, in words."""
    result: dict[tuple[str, str], dict[str, None]] = {}
    for reference in references(data):
        kind, name, _ = owner(data, reference.path)
        if (kind, name) != (reference.kind, reference.name):
            result.setdefault((reference.kind, reference.name), {})[in_words(kind, name)] = None
    return {key: tuple(words) for key, words in result.items()}


def tables_naming(data: Mapping[str, Any], kind: str, name: str) -> list[tuple[str, str]]:
    """Return kind and name of each table that names one."""
    found = [owner(data, each.path)[:2] for each in references(data) if (each.kind, each.name) == (kind, name)]
    return list(dict.fromkeys(found))


def changed(data: Mapping[str, Any], kind: str, name: str, values: dict[str, Any], new_name: str) -> dict[str, Any]:
    """Return the configuration as it would be with these settings; what is not concerned is shared.

    Every reference to the old name becomes one to the new name.
    """
    result = dict(data)
    path = place_of(data, kind, name) if name or kind not in WORDS else None
    values = written(values, at(data, path) if path else _ABSENT)
    if kind == "tasks":
        tasks = [*data.get("tasks", [])]
        position = int(path[1]) if path else len(tasks)
        tasks[position : position + 1] = [values]
        result["tasks"] = tasks
        path = ("tasks", position)
    elif kind in NAMED_TABLES:
        tables = {new_name if key == name and path else key: table for key, table in data.get(kind, {}).items()}
        result[kind] = {**tables, new_name: values}
        path = (kind, new_name)
    else:
        result[kind] = values
        path = (kind,)
    if name and new_name != name:
        for reference in references(result):
            if (reference.kind, reference.name) == (kind, name):
                result = replaced(result, reference.path, new_name)
    dated(result, path)
    return result


def replaced(data: Any, path: KeyPath, value: Any) -> Any:
    """Return a copy of ``data`` with another value at a path; what is not on the way there is shared."""
    if not path:
        return value
    copy: Any = list(data) if isinstance(data, list) else dict(data)
    copy[path[0]] = replaced(data[path[0]], path[1:], value)
    return copy


def differences(old: Any, new: Any) -> tuple[str, str]:
    """Return what changed between two contents of a table: the keys with their old values, and with their new ones."""
    before, after = dict(_leaves(old)), dict(_leaves(new))
    keys = [key for key in {**before, **after} if before.get(key, _ABSENT) != after.get(key, _ABSENT)]
    return _pairs(before, keys), _pairs(after, keys)


def _pairs(leaves: Mapping[str, str], keys: list[str]) -> str:
    return clean(", ".join(f"{key} = {leaves[key]}" for key in keys if key in leaves), limit=2000)


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for part, inner in value.items():
            yield from _leaves(inner, f"{key}.{part}" if key else str(part))
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for position, inner in enumerate(value):
            yield from _leaves(inner, f"{key}[{position + 1}]")
    else:
        # A command that prints a secret may hold one itself.
        yield key, "…" if key.rpartition(".")[2] == "command" else json.dumps(plain(value), ensure_ascii=False)


def different_tables(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return in words what is different between two configurations, table by table."""
    result: list[str] = []
    for kind in {**before, **after}:
        old = {name: plain(at(before, path)) for name, path in named(before, kind)}
        new = {name: plain(at(after, path)) for name, path in named(after, kind)}
        moved = renamed(old, new)
        result += [f"{in_words(kind, name)}, now called {clean(target)}" for name, target in moved.items()]
        result += [f"{in_words(kind, name)}, deleted" for name in old if name not in new and name not in moved]
        result += [f"{in_words(kind, name)}, added" for name in new if name not in old and name not in moved.values()]
        result += [
            f"{in_words(kind, name)}: {' '.join(_change(old[name], new[name]))}"
            for name in new
            if name in old and old[name] != new[name]
        ]
    return result


def renamed(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """Return the new names of tables by their old ones; both are all tables of a kind by name.

    One change of the settings gives one table another name at most, and deletes and adds none with it.
    """
    gone, come = [name for name in old if name not in new], [name for name in new if name not in old]
    if len(gone) != 1 or len(come) != 1:
        return {}
    before, after = old[gone[0]], new[come[0]]
    alike = isinstance(before, Mapping) and isinstance(after, Mapping) and before.get("type") == after.get("type")
    return {gone[0]: come[0]} if alike else {}


def _change(old: Any, new: Any) -> tuple[str, str]:
    before, after = differences(old, new)
    return clean(before or "nothing", limit=60), f"became {clean(after or 'nothing', limit=60)}"
