"""Changing one table in the text of a TOML file, and nothing else.

The lines of the table are cut out, changed with tomlkit and put back: what stands elsewhere in the file cannot be
touched, and tomlkit, which is slow, never sees a file of a thousand tasks. Every result is read again with ``tomllib``
and compared with what was meant, because tomlkit has written wrong TOML before (0.15.2: a table appended after a
comment without a final newline).
"""

from __future__ import annotations

import copy
import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from core.config.outline import outline
from core.errors import EngineError

if TYPE_CHECKING:
    from core.config.outline import KeyPath, Section

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SECOND_KEY = re.compile(r"""^(\s*\[\s*[^.\]]+\.\s*)("[^"]*"|'[^']*'|[A-Za-z0-9_-]+)""")
"""In a header such as ``[locations.supplier]``: what stands before the second key, and that key."""

EMPTY_ALLOWED = ("entities", "locations", "layouts", "schemes", "connectors", "links", "tasks")
"""Top-level tables that mean the same when they are empty and when they are not there."""

_STEP = "    "
"""By which lists of tables are indented."""


def replace_table(text: str, path: KeyPath, meant: Any) -> str:
    """Return ``text`` with the table or list at ``path`` holding what is meant; only lines that differ are touched.

    Raises:
        EngineError: the text is written in a way in which this could not be done for certain.
    """
    data = _with(parsed(text), path, meant)
    for update in (_update, _assign):
        changed = _edited(text, path, meant, update)
        if _holds(changed, data):
            return changed
    raise _not_certain(path)


def add_table(text: str, path: KeyPath, meant: Mapping[str, Any]) -> str:
    """Return ``text`` with a new table or task behind the others of its kind, or at the end.

    Raises:
        EngineError: as :func:`replace_table`.
    """
    text = _ended(text)
    kind = path[0]
    stands_there = kind in parsed(text)
    data = _with(parsed(text), path, dict(meant))
    shape = outline(text)
    siblings = [section for section in shape.sections if section.path[:1] == (kind,)]
    if stands_there and not siblings:
        # All stand in one value, such as tasks = [{ … }], which headers cannot add to.
        return replace_table(text, (kind,), data[str(kind)])
    lines = _lines(text)
    end = _end_of_block(lines, siblings[-1].last_line) if siblings else len(lines)
    above = "" if end == 0 or not lines[end - 1].strip() else "\n"
    below = "\n" if end < len(lines) and lines[end].strip() else ""
    changed = "".join([*lines[:end], above, _rendered(path, meant), below, *lines[end:]])
    if not _holds(changed, data):
        raise _not_certain(path)
    return changed


def delete_table(text: str, path: KeyPath) -> str:
    """Return ``text`` without a table or task, and without the comment that stands directly above it.

    Raises:
        EngineError: as :func:`replace_table`.
    """
    text = _ended(text)
    data = _without(parsed(text), path)
    shape = outline(text)
    own = [section for section in shape.sections if section.path[: len(path)] == path]
    if not own:
        parent: Any = data
        for part in path[:-1]:
            parent = parent[part]
        return replace_table(text, path[:-1], parent)
    lines = _lines(text)
    for section in reversed(own):
        start, end = _start_of_block(lines, section.first_line - 1), _end_of_block(lines, section.last_line)
        while end < len(lines) and not lines[end].strip() and (start == 0 or not lines[start - 1].strip()):
            end += 1
        del lines[start:end]
    changed = "".join(lines)
    if not _holds(changed, data):
        raise _not_certain(path)
    return changed


def rename_table(text: str, path: KeyPath, name: str) -> str:
    """Return ``text`` with the table at ``path`` under another name; its place and its comments stay where they can.

    Raises:
        EngineError: as :func:`replace_table`.
    """
    data = parsed(text)
    parent = data[str(path[0])]
    renamed = {name if key == path[1] else key: value for key, value in parent.items()}
    lines = _lines(text)
    key = name if _BARE.fullmatch(name) else f'"{name}"'
    for section in outline(text).sections:
        if section.path[:2] == path and len(section.path) >= 2:
            line = lines[section.first_line - 1]
            lines[section.first_line - 1] = _SECOND_KEY.sub(lambda match: match[1] + key, line, count=1)
    changed = "".join(lines)
    if _holds(changed, {**data, str(path[0]): renamed}):
        return changed
    return add_table(delete_table(text, path), (path[0], name), parent[path[1]])


@lru_cache(maxsize=8)
def parsed(text: str) -> Mapping[str, Any]:
    """Return what a text holds; it is shared and not to be changed."""
    # The text that one edit makes is the one that the next begins with, and a thousand tasks take tomllib 70 ms.
    return tomllib.loads(text)


def same(first: Any, second: Any) -> bool:
    """Whether two values are the same in TOML, where 1, 1.0 and true are not."""
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return first.keys() == second.keys() and all(same(first[key], second[key]) for key in first)
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(same, first, second))
    # By their repr: not a number is not equal to itself.
    return type(first) is type(second) and repr(first) == repr(second)


def _holds(text: str, data: Mapping[str, Any]) -> bool:
    try:
        found = parsed(text)
    except tomllib.TOMLDecodeError:
        return False
    return same(_without_empty(found), _without_empty(data))


def _without_empty(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value or key not in EMPTY_ALLOWED}


def _not_certain(path: KeyPath) -> EngineError:
    return EngineError(
        f"The place of {'.'.join(map(str, path))} in the configuration cannot be changed without harm to the rest.",
        advice="Change it in the file by hand; nothing was written.",
    )


def _lines(text: str) -> list[str]:
    # Not str.splitlines, for which more than a line feed ends a line.
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"


def _with(data: Any, path: KeyPath, value: Any) -> Any:
    """Return a copy of ``data`` that holds ``value`` at ``path``; what is not on the way there is shared."""
    if not path:
        return copy.deepcopy(value)
    first, *rest = path
    if isinstance(first, int):
        items = [*(data or [])]
        items[first : first + 1] = [_with(items[first] if first < len(items) else None, tuple(rest), value)]
        return items
    return {**(data or {}), first: _with((data or {}).get(first), tuple(rest), value)}


def _without(data: Any, path: KeyPath) -> Any:
    """Return a copy of ``data`` that lacks what stands at ``path``."""
    first, *rest = path
    result = copy.copy(data)
    if rest:
        result[first] = _without(data[first], tuple(rest))
    else:
        del result[first]
    return result


def _start_of_block(lines: list[str], first: int) -> int:
    """Return where the comment begins that stands directly above line ``first`` (from 0) and belongs to it."""
    start = first
    while start and lines[start - 1].lstrip().startswith("#"):
        start -= 1
    # What a file begins with is said of the file.
    return first if start == 0 else start


def _end_of_block(lines: list[str], last: int) -> int:
    """Return behind which line a block ends whose last value is in line ``last`` (from 1): its comments are its own."""
    end = last
    while end < len(lines) and lines[end].lstrip().startswith("#"):
        end += 1
    return last if end < len(lines) and lines[end].strip() else end


def _edited(text: str, path: KeyPath, meant: Any, edit: Callable[[Any, Any, Any], None]) -> str:
    """Return ``text`` after ``edit`` made the tomlkit node at ``path`` hold what is meant; nothing where it failed."""
    # Costs about 30 ms, which reading the configuration need not pay.
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    text = _ended(text)
    shape = outline(text)
    places = shape.sections_of(path)
    sections = shape.sections[places[0] : places[-1] + 1]
    lines = _lines(text)
    start, end = sections[0].first_line - 1, sections[-1].last_line
    local = _path_inside(path, sections)
    segment = "".join(lines[start:end])
    document = tomlkit.parse(segment)
    unchanged = document.as_string()
    node: Any = document
    plain: Any = tomllib.loads(segment)
    for part in local:
        node, plain = node[part], plain[part]
    try:
        edit(node, plain, meant)
        changed = _as_they_were(lines[start:end], _lines(unchanged), _lines(_ended(document.as_string())))
    except (TOMLKitError, ValueError, KeyError, IndexError, TypeError, AttributeError):
        # Judged like any wrong result: by what the text holds.
        return ""
    return "".join([*lines[:start], changed, *lines[end:]])


def _as_they_were(lines: list[str], unchanged: list[str], changed: list[str]) -> str:
    """Return the changed lines, with those that tomlkit writes in another way although nothing changed as they were.

    tomlkit 0.15.2 drops the blank behind a date at the end of an inline table.
    """
    if len(lines) != len(unchanged):
        return "".join(changed)
    result: list[str] = []
    for tag, start, end, new_start, new_end in difflib.SequenceMatcher(
        None, unchanged, changed, autojunk=False
    ).get_opcodes():
        result += lines[start:end] if tag == "equal" else changed[new_start:new_end]
    return "".join(result)


def _path_inside(path: KeyPath, sections: list[Section]) -> KeyPath:
    """Return ``path`` as it is inside the lines of ``sections`` alone, where arrays of tables count from 0 again."""
    headers = {section.path for section in sections}
    result: KeyPath = ()
    for size, part in enumerate(path, 1):
        if isinstance(part, int) and path[:size] in headers:
            earlier = [each for each in headers if each[: size - 1] == path[: size - 1] and len(each) == size]
            result = (*result, part - min(int(each[-1]) for each in earlier))
        else:
            result = (*result, part)
    return result


def _update(node: Any, before: Any, meant: Any) -> None:
    """Make ``node`` hold what is meant, leaving alone what is the same."""
    if isinstance(meant, list):
        _update_list(node, before, meant)
        return
    for key in [key for key in before if key not in meant]:
        del node[key]
    for key, value in meant.items():
        if key not in before:
            node[key] = _item(value)
        elif not same(before[key], value):
            if _both(dict, before[key], value) or (_both(list, before[key], value) and value):
                _update(node[key], before[key], value)
            else:
                node[key] = _item(value)


def _assign(node: Any, before: Any, meant: Any) -> None:
    """Make ``node`` hold what is meant, writing anew each value that differs."""
    if isinstance(meant, list):
        del node[:]
        node.extend(_item(value) for value in meant)
        return
    for key in [key for key in before if key not in meant]:
        del node[key]
    for key, value in meant.items():
        if key not in before or not same(before[key], value):
            node[key] = _item(value)


def _update_list(node: Any, before: list[Any], meant: list[Any]) -> None:
    # Items are matched by content, so that comments stay beside the items that they are about.
    matcher = difflib.SequenceMatcher(None, [*map(repr, before)], [*map(repr, meant)], autojunk=False)
    for tag, old_start, old_end, new_start, new_end in reversed(matcher.get_opcodes()):
        if tag == "equal":
            continue
        common = min(old_end - old_start, new_end - new_start)
        for position in reversed(range(old_start + common, old_end)):
            del node[position]
        for offset in range(common, new_end - new_start):
            node.insert(old_start + offset, _item(meant[new_start + offset]))
        for offset in range(common):
            old, new = before[old_start + offset], meant[new_start + offset]
            if _both(dict, old, new):
                _update(node[old_start + offset], old, new)
            else:
                node[old_start + offset] = _item(new)


def _both(kind: type, *values: Any) -> bool:
    return all(isinstance(value, kind) for value in values)


def _item(value: Any, depth: int = 0) -> Any:
    """Return a value as tomlkit writes it behind a key: tables on one line, a list of tables with a line for each.

    Lists inside of such lists are a step further in, so that a tree reads as one.
    """
    import tomlkit

    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        for key, inner in value.items():
            table[key] = _item(inner, depth)
        return table
    if isinstance(value, list):
        array = tomlkit.array()
        if any(isinstance(inner, Mapping) for inner in value):
            for inner in value:
                array.add_line(_item(inner, depth + 1), indent=_STEP * (depth + 1))
            array.add_line(indent=_STEP * depth)
        else:
            array.extend(value)
        return array
    if isinstance(value, str) and "\n" in value and "\r" not in value:
        return tomlkit.string(value, multiline=True)
    return tomlkit.item(value)


def _rendered(path: KeyPath, meant: Mapping[str, Any]) -> str:
    """Return the lines of a new table, with its header."""
    import tomlkit

    table = tomlkit.table()
    for key, value in meant.items():
        if path[0] == "entities" and key == "fields" and isinstance(value, Mapping):
            fields = tomlkit.table()
            for name, declared in value.items():
                fields[name] = _item(declared)
            table[key] = fields
        else:
            table[key] = _item(value)
    document = tomlkit.document()
    if len(path) == 1:
        document[str(path[0])] = table
    elif isinstance(path[1], int):
        tables = tomlkit.aot()
        tables.append(table)
        document[str(path[0])] = tables
    else:
        parent = tomlkit.table(is_super_table=True)
        parent[path[1]] = table
        document[str(path[0])] = parent
    return _ended(document.as_string().strip("\n"))
