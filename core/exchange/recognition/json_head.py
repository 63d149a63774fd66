"""The head of a JSON file, read token by token; its end need not be there."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

_TOKEN = re.compile(r'[ \t\r\n]*(?:("(?:[^"\\\x00-\x1f]|\\.)*+")|([{}\[\]:,])|([^ \t\r\n{}\[\]:,"]+))')
_DEEPEST = 4
_TOO_DEEP = 500
"""No format of the industry is nested so deeply; the reading ends there."""
_MOST_VALUES = 4000
_LONGEST = 200


@dataclass(slots=True)
class JsonHead:
    """What stands at the beginning of a JSON file."""

    kind: str
    """``object`` or ``array``."""
    keys: list[str] = field(default_factory=list)
    """Of the outermost object."""
    values: list[tuple[str, str]] = field(default_factory=list)
    """Scalars by their path, in which an array adds nothing: ``Supplier/SupplierName``."""
    names: set[str] = field(default_factory=set)
    """Every path of keys that occurs, down to a few levels."""

    def first(self, path: str) -> str:
        """Return the first scalar at a path; empty where there is none."""
        return next((value for key, value in self.values if key == path), "")

    def every(self, path: str) -> list[str]:
        """Return the scalars at a path, each once."""
        return list(dict.fromkeys(value for key, value in self.values if key == path))


def read_json_head(text: str) -> JsonHead | None:
    """Read the beginning of a JSON document as far as ``text`` reaches; None where it is none from its first signs."""
    reader, position = _Reader(), 0
    while (match := _TOKEN.match(text, position)) is not None and reader.take(*match.groups()):
        position = match.end()
    return reader.head


@dataclass(slots=True)
class _Open:
    """A container that is open."""

    sign: str
    path: str | None
    """The keys that lead to it; None where it lies too deep to be looked at."""


class _Reader:
    """Fills a :class:`JsonHead` token by token."""

    def __init__(self) -> None:
        self.head: JsonHead | None = None
        self._open: list[_Open] = []
        self._key = ""
        self._wants_key = False

    def take(self, string: str | None, sign: str | None, scalar: str | None) -> bool:
        """Take in a token; return False where the document ends, or is no JSON."""
        if sign in ("{", "["):
            if len(self._open) == _TOO_DEEP:
                return False
            self._begin(sign)
        elif not self._open:
            return False
        elif sign in ("}", "]"):
            self._wants_key = False
            return self._open.pop().sign + sign in ("{}", "[]")
        elif sign is not None:
            self._wants_key = sign == "," and self._open[-1].sign == "{"
        elif self._wants_key and string is not None:
            self._key = _plain(string)
            self._note_key()
        else:
            self._note_value(_plain(string) if string is not None else scalar or "")
        return True

    def _begin(self, sign: str) -> None:
        if self.head is None:
            self.head = JsonHead("object" if sign == "{" else "array")
        path = self._here() if self._open else ""
        self._open.append(_Open(sign, path if path is not None and path.count("/") < _DEEPEST else None))
        self._wants_key = sign == "{"

    def _here(self) -> str | None:
        """The path of what stands at this place."""
        container = self._open[-1]
        if container.path is None or container.sign == "[":
            return container.path
        return f"{container.path}/{self._key}" if container.path else self._key

    def _note_key(self) -> None:
        assert self.head is not None  # noqa: S101 - a key stands in a container
        if len(self._open) == 1 and len(self.head.keys) < _MOST_VALUES:
            self.head.keys.append(self._key)
        if (path := self._here()) is not None and len(self.head.names) < _MOST_VALUES:
            self.head.names.add(path)

    def _note_value(self, value: str) -> None:
        assert self.head is not None  # noqa: S101 - a value stands in a container
        if (path := self._here()) is not None and len(self.head.values) < _MOST_VALUES:
            self.head.values.append((path, value))


def _plain(token: str) -> str:
    """Return what a string token stands for, cut to what is kept."""
    try:
        return str(json.loads(token))[:_LONGEST]
    except ValueError:
        return token[1:-1][:_LONGEST]
