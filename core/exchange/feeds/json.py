"""Feeds as JSON (RFC 8259), in UTF-8. Each record stands on a line of its own."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from core.config.feeds import JsonFeedLayout, JsonMember
from core.errors import DataError
from core.exchange.feeds.pieces import Piece, presence, whole_or_nothing
from core.exchange.feeds.scopes import is_plain, kind_of
from core.exchange.feeds.tree import Tree
from core.sql import quoted_text
from core.text import clean

if TYPE_CHECKING:
    from core.config.feeds import FeedNode
    from core.exchange.feeds.scopes import Scope
    from core.exchange.rendering import Cell

_KINDS = {"integer": "number", "decimal": "number", "boolean": "boolean"}
"""What values of these types are written as; all others are text."""
_SHAPES = {"number": r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", "boolean": "true|false"}
"""What may stand in JSON without quotes (RFC 8259, sections 3 and 6)."""


class JsonTree(Tree):
    """Compiles the tree of a JSON layout."""

    layout: JsonFeedLayout
    separator = ",\n"
    joint = ","

    def around(self, node: FeedNode, outside: Scope, records: Scope) -> tuple[str, str, str]:
        """Return what stands before the records, the markup of one of them, and what stands behind them."""
        head, markup, tail = self._around(node, outside, records)
        return f"{head}\n", markup, f"\n{tail}\n"

    def _around(self, node: FeedNode, outside: Scope, records: Scope) -> tuple[str, str, str]:
        if node.records:
            return "[", self.of_records(node, records), "]"
        before: list[str] = []
        after: list[str] = []
        head, markup, tail = "", "", ""
        for child in node.children:
            assert isinstance(child, JsonMember)  # noqa: S101 - the tree of a JSON layout has no other nodes
            if any(each.records for each in child.walk()):
                head, markup, tail = self._around(child, outside, records)
                before.append(f"{self._name(child, self.feed.language)}:{head}")
            else:
                (after if markup else before).extend(self.fixed(child, outside))
        return f"{{{','.join(before)}", markup, f"{','.join([tail, *after])}}}"

    def _name(self, node: FeedNode, language: str) -> str:
        return json.dumps(self.feed.constant(node.name, language), ensure_ascii=False)

    def named(self, node: FeedNode, value: Piece, language: str) -> Piece:
        """Return a member: its name and its value."""
        name = f"{self._name(node, language)}:"
        if value.fixed is not None:
            return Piece.literal(name + value.fixed)
        return whole_or_nothing([Piece.literal(name), value], always=not value.through)

    def once(self, node: FeedNode, scope: Scope, language: str) -> Piece:
        """Return the value of a member; the value alone of what is repeated, and of the records."""
        assert isinstance(node, JsonMember)  # noqa: S101 - the tree of a JSON layout has no other nodes
        value = self._value(node, scope, language) if node.has_value else self._object(node, scope, language)
        if node.if_empty == "write" and value.through:
            empty = "null" if node.has_value else "{}"
            value = Piece(f"coalesce({value.sql}, '{empty}')", None, value.there)
        return value if node.repeat or node.records else self.named(node, value, language)

    def gathered(self, node: FeedNode, column: str, language: str) -> Piece:
        """Return the list of all records that are joined; the value of the first alone where only that is wanted."""
        assert node.repeat is not None  # noqa: S101 - it is called for what is repeated
        sql, empty = (column, "null") if node.repeat.first else (f"'[' || {column} || ']'", "[]")
        value = Piece(sql, None, column, through=True)
        if node.if_empty == "write":
            value = Piece(f"coalesce({sql}, '{empty}')", None, column)
        return self.named(node, value, language)

    def _object(self, node: JsonMember, scope: Scope, language: str) -> Piece:
        parts = [piece for child in node.members for piece in self.pieces(child, scope, language)]
        if all(part.fixed is not None for part in parts):
            return Piece.literal(f"{{{','.join(part.fixed or '' for part in parts)}}}")
        sql = f"concat('{{', concat_ws(',', {', '.join(part.sql for part in parts)}), '}}')"
        there = presence(parts)
        if there is None or node.records:
            return Piece(sql, None, there)
        return Piece(f"CASE WHEN {there} IS NOT NULL THEN {sql} END", None, there, through=True)

    def _value(self, node: JsonMember, scope: Scope, language: str) -> Piece:
        if node.constant is not None:
            return Piece.literal(self._constant(node, self.feed.constant(node.constant, language)))
        cell = scope.cell(node, language)
        column = scope.text(cell)
        kind = node.write_as or {"integer": "number", "decimal": "number", "boolean": "boolean"}.get(
            kind_of(node, cell), "text"
        )
        if kind == "text":
            return Piece(f"CAST(to_json({column}) AS VARCHAR)", None, column, through=True)
        own = "boolean" if cell.kind == "boolean" else "number"
        if own == kind and is_plain(node, cell):
            return Piece(column, None, column, through=True)
        return Piece(self._checked(node, scope, cell, column, kind), None, column, through=True)

    def _checked(self, node: JsonMember, scope: Scope, cell: Cell, column: str, kind: str) -> str:
        shape = quoted_text(_SHAPES[kind])
        reason = f"Its value is no {kind} of JSON."
        scope.check(f"NOT regexp_full_match(CAST({cell.text} AS VARCHAR), {shape})", node.name, reason)
        fits = f"{column} IS NULL OR regexp_full_match({column}, {shape})"
        return f"CASE WHEN {fits} THEN {column} ELSE error({quoted_text(reason)}) END"

    def _constant(self, node: JsonMember, text: str) -> str:
        if node.write_as in (None, "text"):
            return json.dumps(text, ensure_ascii=False)
        if not re.fullmatch(_SHAPES[str(node.write_as)], text):
            raise DataError(f"The constant {clean(text, limit=60)!r} of {clean(node.name)} is no {node.write_as}.")
        return text
