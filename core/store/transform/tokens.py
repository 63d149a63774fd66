"""A step as the words and signs of which it is made, as DuckDB itself takes it apart.

What a step names, writes and calls is found in its words, not in its text: comments, quotes and strings are told apart
by the parser that will carry the step out, so that nothing can be hidden from the check in them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

_WRITES = {"insert": ("into",), "delete": ("from",), "merge": ("into",), "update": ()}
_HEAD = re.compile(r"[^\W\d][\w$]*|\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'|[0-9.]+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """One word or sign of a statement; comments are none."""

    text: str
    start: int
    """Where it begins in the statement, in characters from 0."""
    is_string: bool = False

    @property
    def is_name(self) -> bool:
        """Whether it is a word: a keyword, or a name with or without quotes."""
        return not self.is_string and (self.text[:1] == '"' or self.text[:1].isalpha() or self.text[:1] == "_")

    @property
    def name(self) -> str:
        """A word as names are compared: without quotes, in small letters."""
        return self.text[1:-1].replace('""', '"').casefold() if self.text[:1] == '"' else self.text.casefold()

    @property
    def keyword(self) -> str:
        """A word without quotes in small letters; anything else is empty."""
        return self.text.casefold() if self.is_name and self.text[:1] != '"' else ""


def tokens(statement: str) -> list[Token]:
    """Take a statement apart."""
    import duckdb

    encoded = statement.encode()
    # The places that DuckDB gives are those of bytes.
    found = [(len(encoded[:place].decode(errors="replace")), kind) for place, kind in duckdb.tokenize(statement)]
    result: list[Token] = []
    for position, (start, kind) in enumerate(found):
        if kind == duckdb.token_type.comment:
            continue
        end = found[position + 1][0] if position + 1 < len(found) else len(statement)
        is_string = kind == duckdb.token_type.string_const
        text = statement[start:end]
        result.append(Token(text.rstrip() if is_string else _first(text), start, is_string))
    return result


def _first(text: str) -> str:
    match = _HEAD.match(text)
    return match.group() if match else text


def calls(found: Sequence[Token]) -> Iterator[Token]:
    """Yield each word with a bracket behind it, but the table of an INSERT: whatever is called is among them."""
    for position, token in enumerate(found[:-1]):
        if (
            token.is_name
            and found[position + 1].text == "("
            and not (position and found[position - 1].keyword == "into")
        ):
            yield token


def written_tables(found: Sequence[Token]) -> Iterator[Token]:
    """Yield the last word of the name of each table that a statement writes."""
    position = 0
    while position < len(found):
        token = found[position]
        follow = _WRITES.get(token.keyword)
        before = found[position - 1].keyword if position else ""
        position += 1
        if follow is None or before in ("then", "for", "do"):
            continue
        if token.keyword == "insert" and _keyword(found, position) == "or":
            position += 2
        if follow and _keyword(found, position) not in follow:
            continue
        position += len(follow)
        while position + 2 < len(found) and found[position + 1].text == ".":
            position += 2
        if position < len(found) and found[position].is_name:
            yield found[position]


def _keyword(found: Sequence[Token], position: int) -> str:
    return found[position].keyword if position < len(found) else ""


def named(found: Sequence[Token], names: Collection[str]) -> list[str]:
    """Return those of ``names`` that occur as words."""
    words = {token.name for token in found if token.is_name}
    return [name for name in names if name.casefold() in words]


def place(statement: str, offset: int) -> tuple[int, int]:
    """Return line and column, from 1, of a place in a statement."""
    before = statement[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1
