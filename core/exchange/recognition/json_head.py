"""The head of a JSON file, read token by token; its end need not be there."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

_TOKEN = re.compile(r'[ \t\r\n]*(?:("(?:[^"\\\x00-\x1f]|\\.)*+")|([{}\[\]:,])|([^ \t\r\n{}\[\]:,"]+))')
_DEEPEST = 4
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
    head: JsonHead | None = None
    stack: list[tuple[str, str]] = []
    """The containers that are open: their bracket, and the path to them."""
    key, wants_key, position = "", False, 0
    while (match := _TOKEN.match(text, position)) is not None:
        position = match.end()
        string, sign, scalar = match.groups()
        if sign in ("{", "["):
            path = stack[-1][1] if stack else ""
            if stack and stack[-1][0] == "{":
                path = f"{path}/{key}" if path else key
            if head is None:
                head = JsonHead("object" if sign == "{" else "array")
            stack.append((sign, path if path.count("/") < _DEEPEST else "…"))
            wants_key = sign == "{"
        elif head is None or not stack:
            return head
        elif sign in ("}", "]"):
            if stack.pop()[0] != {"}": "{", "]": "["}[sign]:
                return head
            wants_key = False
        elif sign == ",":
            wants_key = stack[-1][0] == "{"
        elif sign == ":":
            wants_key = False
        elif wants_key and string:
            key = _plain(string)
            _note_key(head, stack, key)
        elif string or scalar:
            _note_value(head, stack, key, _plain(string) if string else scalar)
    return head


def _note_key(head: JsonHead, stack: list[tuple[str, str]], key: str) -> None:
    if len(stack) == 1 and len(head.keys) < _MOST_VALUES:
        head.keys.append(key)
    path = stack[-1][1]
    if path != "…" and len(head.names) < _MOST_VALUES:
        head.names.add(f"{path}/{key}" if path else key)


def _note_value(head: JsonHead, stack: list[tuple[str, str]], key: str, value: str) -> None:
    bracket, path = stack[-1]
    if path == "…" or len(head.values) >= _MOST_VALUES:
        return
    where = path if bracket == "[" else f"{path}/{key}" if path else key
    head.values.append((where, value))


def _plain(token: str) -> str:
    """Return what a string token stands for, cut to what is kept."""
    try:
        return str(json.loads(token))[:_LONGEST]
    except ValueError:
        return token[1:-1][:_LONGEST]
