"""The files of a configuration: reading them, and putting what they hold together."""

from __future__ import annotations

import codecs
import glob
import re
import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from core.config.file_set import fingerprint_of, matching
from core.config.outline import outline
from core.errors import Problem
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from core.config.outline import KeyPath, Outline

NAMED_TABLES = ("entities", "locations", "layouts", "schemes", "connectors", "links")
"""The top-level tables that hold a table a name; ``tasks`` is a list."""
LONE_TABLES = ("engine", "retention", "access", "console", "alerts", "monitoring", "superoffice", "keys")
"""The top-level tables that stand alone."""

_TOML_PLACE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass
class SourceFile:
    """One file that was read. ``data`` is empty where it is no TOML; ``problems`` says why."""

    path: Path
    """Absolute."""
    name: str
    """As it is named in messages."""
    content: bytes = b""
    text: str = ""
    """Without a byte order mark."""
    data: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @cached_property
    def outline(self) -> Outline:
        """Where the keys of this file stand."""
        return outline(self.text)


@dataclass
class Sources:
    """All files of a configuration, and their content as one."""

    files: list[SourceFile]
    """The main file first."""
    data: dict[str, Any] = field(default_factory=dict)
    """As if it all stood in one file."""
    problems: list[Problem] = field(default_factory=list)
    origins: dict[KeyPath, tuple[SourceFile, KeyPath]] = field(default_factory=dict)
    """The file of each top-level key, named table and task, and where it stands in that file."""

    @property
    def main(self) -> SourceFile:
        """The file that includes the others."""
        return self.files[0]

    @property
    def complete(self) -> bool:
        """Whether every file could be read, so that nothing is missing from ``data``."""
        return not any(file.problems for file in self.files)

    @cached_property
    def fingerprint(self) -> str:
        """Of the names and contents of all files."""
        return fingerprint_of((file.path, file.content) for file in self.files)

    def origin(self, path: KeyPath) -> tuple[SourceFile, KeyPath]:
        """Return the file in which ``path`` of ``data`` stands, and its path there."""
        for size in (2, 1):
            if found := self.origins.get(path[:size]):
                file, start = found
                return file, (*start, *path[size:])
        return self.main, path


def read(path: Path, *, instead: Mapping[Path, bytes] | None = None) -> Sources:
    """Read the main file and all that it includes; what is wrong with files is noted, not raised.

    ``instead`` gives contents to take in place of what is on the disk, by absolute path.
    """
    contents = instead or {}
    main = read_file(path.absolute(), str(path), contents)
    sources = Sources([main])
    for included in _included(main, path):
        sources.files.append(read_file(included.absolute(), str(included), contents))
    for file in sources.files:
        sources.problems += file.problems
        _merge(sources, file)
    return sources


def unchanged(read: Sources) -> bool:
    """Whether the files on the disk are still those that were read, with the same content."""
    try:
        if any(file.path.read_bytes() != file.content for file in read.files):
            return False
    except OSError:
        return False
    return [path.absolute() for path in _included(read.main, read.main.path)] == [file.path for file in read.files[1:]]


def read_file(path: Path, name: str, contents: Mapping[Path, bytes]) -> SourceFile:
    """Read one file; what is wrong with it is noted, not raised. ``contents`` as ``instead`` of :func:`read`."""
    file = SourceFile(path, clean(name))
    try:
        file.content = contents[path] if path in contents else path.read_bytes()
    except OSError as error:
        return _unusable(file, f"the file cannot be read: {(error.strerror or str(error)).lower()}")
    if file.content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _unusable(file, "the file is UTF-16 text; save it as UTF-8")
    try:
        file.text = file.content.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        line = file.content.count(b"\n", 0, error.start) + 1
        return _unusable(file, "the file is not UTF-8 text; save it as UTF-8", line)
    try:
        file.data = tomllib.loads(file.text)
    except tomllib.TOMLDecodeError as error:
        return _no_toml(file, str(error))
    except RecursionError:
        return _unusable(file, "the file is nested too deeply")
    return file


def _unusable(file: SourceFile, message: str, line: int | None = None) -> SourceFile:
    file.problems.append(Problem(file.name, "", "", message, line=line))
    return file


def _no_toml(file: SourceFile, message: str) -> SourceFile:
    place = _TOML_PLACE.search(message)
    what = clean(_TOML_PLACE.sub("", message))
    what = what[:1].lower() + what[1:]
    if place and place[1]:
        return _unusable(file, f"column {place[2]}: this is not TOML: {what}", int(place[1]))
    return _unusable(file, f"this is not TOML: {what}, at the end of the file", file.text.count("\n") + 1)


def _included(main: SourceFile, path: Path) -> list[Path]:
    patterns = main.data.get("include", [])
    if not isinstance(patterns, list):
        return []
    result: dict[Path, None] = {}
    for position, pattern in enumerate(patterns):
        if not isinstance(pattern, str):
            continue
        found = matching(path, pattern)
        if not found and not glob.has_magic(pattern):
            line = main.outline.line(("include", position))
            message = "there is no such file"
            main.problems.append(Problem(main.name, "", "include", message, f'"{clean(pattern, limit=60)}"', line=line))
        result.update(dict.fromkeys(found))
    return list(result)


def _merge(sources: Sources, file: SourceFile) -> None:
    included = file is not sources.main
    for key, value in file.data.items():
        if included and key == "include":
            _note(sources, file, (key,), "only the main file can include others")
        elif included and key == "version" and value == sources.data.get("version", 1):
            continue
        elif key == "tasks":
            _merge_tasks(sources, file, value)
        elif key in NAMED_TABLES:
            _merge_named(sources, file, key, value)
        else:
            _merge_one(sources, file, (key,), sources.data, key, value)


def _merge_tasks(sources: Sources, file: SourceFile, tasks: Any) -> None:
    if not isinstance(tasks, list):
        _note(sources, file, ("tasks",), "tasks are written under [[tasks]], in double brackets")
        return
    merged = sources.data.setdefault("tasks", [])
    for position, task in enumerate(tasks):
        sources.origins["tasks", len(merged)] = (file, ("tasks", position))
        merged.append(task)


def _merge_named(sources: Sources, file: SourceFile, key: str, tables: Any) -> None:
    if not isinstance(tables, dict):
        _note(sources, file, (key,), f"a table a name is needed, such as [{key}.name]")
        return
    merged = sources.data.setdefault(key, {})
    for name, table in tables.items():
        _merge_one(sources, file, (key, name), merged, name, table)


def _merge_one(sources: Sources, file: SourceFile, path: KeyPath, merged: dict[str, Any], key: str, value: Any) -> None:
    if path in sources.origins:
        other, _ = sources.origins[path]
        line = other.outline.line(path)
        _note(sources, file, path, f"this stands in {other.name}{f', line {line},' if line else ''} already")
        return
    sources.origins[path] = (file, path)
    merged[key] = value


def _note(sources: Sources, file: SourceFile, path: KeyPath, message: str) -> None:
    table, key = place_words(path, file.data)
    sources.problems.append(Problem(file.name, table, key, message, line=file.outline.line(path)))


def place_words(path: KeyPath, data: Mapping[str, Any]) -> tuple[str, str]:
    """Return a place as the operator writes it: the table, and the key inside it; lists are counted from 1."""
    top = path[0]
    if top == "tasks" and len(path) > 1 and isinstance(path[1], int):
        task = data["tasks"][path[1]]
        task_id = task.get("id") if isinstance(task, dict) else None
        name = f'"{clean(task_id, limit=70)}"' if isinstance(task_id, str) else f"number {path[1] + 1}"
        return f"[[tasks]] {name}", _key_words(path[2:])
    if top in NAMED_TABLES and len(path) > 1:
        return f"[{top}.{_quoted(str(path[1]))}]", _key_words(path[2:])
    if top in (*LONE_TABLES, *NAMED_TABLES):
        return f"[{top}]", _key_words(path[1:])
    return "", _key_words(path)


def _key_words(path: KeyPath) -> str:
    words = ""
    for part in path:
        words += f"[{part + 1}]" if isinstance(part, int) else f"{'.' if words else ''}{_quoted(part)}"
    return words


def _quoted(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else f'"{clean(key, limit=70)}"'
