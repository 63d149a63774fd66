"""Where in the text of a TOML file its keys and tables stand.

``tomllib`` keeps no positions. This walks a text that ``tomllib`` has accepted, only where a position is needed: to
name the line of a problem, and to cut out the part of a file that an edit concerns.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass, field

KeyPath = tuple[str | int, ...]
"""Keys from the top of the file; a number is a position in an array, from 0."""

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)+")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}#\r\n]+")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)


@dataclass(slots=True)
class Section:
    """The lines under one header; the first section of a file has none."""

    path: KeyPath
    first_line: int
    """Of the header, from 1; of the file for the section without one."""
    last_line: int
    """Where its last value ends; comments and blank lines may follow."""


@dataclass(slots=True)
class Outline:
    """The lines of every key and table of a file, counted from 1."""

    sections: list[Section] = field(default_factory=lambda: [Section((), 1, 0)])
    lines: dict[KeyPath, int] = field(default_factory=dict)
    _places: dict[KeyPath, int] = field(default_factory=dict)

    def line(self, path: KeyPath) -> int | None:
        """Return the line of what stands at ``path``, or of the nearest table around it.

        A table without a header of its own begins where the first thing in it stands.
        """
        while path:
            if path in self.lines:
                return self.lines[path]
            if within := [line for found, line in self.lines.items() if found[: len(path)] == path]:
                return min(within)
            path = path[:-1]
        return None

    def sections_of(self, path: KeyPath) -> list[int]:
        """Return the positions in ``sections`` of those that hold something of the table at ``path``."""
        size = len(path)
        return sorted({place for found, place in self._places.items() if found[:size] == path})

    def add(self, path: KeyPath, line: int) -> None:
        """Note that what stands at ``path`` begins at ``line``, in the newest section."""
        self.lines.setdefault(path, line)
        self._places.setdefault(path, len(self.sections) - 1)


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.outline = Outline()
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._array_sizes: dict[KeyPath, int] = {}

    def scan(self) -> Outline:
        table: KeyPath = ()
        while self._skip(_BLANK) < len(self.text):
            line = self._line()
            if self.text.startswith("[", self.position):
                table = self._header()
                self.outline.sections.append(Section(table, line, line))
                self.outline.add(table, line)
            else:
                self._pair(table)
            self.outline.sections[-1].last_line = self._line()
        return self.outline

    def _line(self) -> int:
        return bisect_right(self._starts, self.position)

    def _skip(self, pattern: re.Pattern[str]) -> int:
        match = pattern.match(self.text, self.position)
        if match:
            self.position = match.end()
        return self.position

    def _header(self) -> KeyPath:
        brackets = 2 if self.text.startswith("[[", self.position) else 1
        self.position += brackets
        *parents, name = self._keys()
        self.position += brackets
        path: KeyPath = ()
        for key in parents:
            path = (*path, key)
            if path in self._array_sizes:
                path = (*path, self._array_sizes[path] - 1)
        path = (*path, name)
        if brackets == 2:
            size = self._array_sizes.get(path, 0)
            self._array_sizes[path] = size + 1
            path = (*path, size)
        return path

    def _keys(self) -> list[str]:
        keys: list[str] = []
        while True:
            self._skip(_SPACE)
            start = self.position
            if self.text[start] in "\"'":
                self._skip(_STRING)
                keys.append(tomllib.loads(f"key = {self.text[start : self.position]}")["key"])
            else:
                self._skip(_BARE_KEY)
                keys.append(self.text[start : self.position])
            self._skip(_SPACE)
            if not self.text.startswith(".", self.position):
                return keys
            self.position += 1

    def _pair(self, table: KeyPath) -> None:
        line = self._line()
        path = table
        for key in self._keys():
            path = (*path, key)
            self.outline.add(path, line)
        self.position += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        char = self.text[self.position]
        if char == "[":
            self.position += 1
            index = 0
            while self._next_item("]"):
                self.outline.add((*path, index), self._line())
                self._value((*path, index))
                index += 1
        elif char == "{":
            self.position += 1
            while self._next_item("}"):
                self._pair(path)
        else:
            self._skip(_STRING if char in "\"'" else _BARE_VALUE)

    def _next_item(self, closing: str) -> bool:
        self._skip(_BLANK)
        if self.text.startswith(",", self.position):
            self.position += 1
            self._skip(_BLANK)
        if self.text.startswith(closing, self.position):
            self.position += 1
            return False
        return True


def outline(text: str) -> Outline:
    """Return where everything stands in a text that ``tomllib`` accepts."""
    return _Scanner(text).scan()
