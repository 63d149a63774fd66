"""Feeds as XML 1.0, in UTF-8.

Characters that XML 1.0 cannot have in any form (control characters but tab and line ends, U+FFFE, U+FFFF; production 2)
are left out. All others come back as they were: what a parser would normalise is written as a reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.feeds import XmlElement, XmlFeedLayout
from core.exchange.feeds.pieces import Piece, only_when, run_together, whole_or_nothing
from core.exchange.feeds.scopes import MARKUP, is_plain
from core.exchange.feeds.tree import Tree
from core.sql import quoted_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.config.feeds import FeedNode, XmlAttribute
    from core.exchange.feeds.scopes import Scope

_TEXT = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_ATTRIBUTE = {**_TEXT, '"': "&quot;", "\t": "&#9;", "\n": "&#10;"}
_CDATA = {"]]>": "]]]]><![CDATA[>", "\r": "]]>&#13;<![CDATA["}
"""A section cannot hold its own end, nor keep a carriage return: it is closed and opened again around them."""
_FORBIDDEN_CODES = (*range(9), 0xB, 0xC, *range(0xE, 0x20), 0xFFFE, 0xFFFF)
_FORBIDDEN = "".join(map(chr, _FORBIDDEN_CODES))
_FORBIDDEN_PATTERN = "[" + "".join(rf"\x{{{code:x}}}" for code in _FORBIDDEN_CODES) + "]"


def _has_any(sql: str, texts: Iterable[str]) -> str:
    """Return the SQL for: one of the texts occurs. Looking for each is quicker than a regular expression for all."""
    return " OR ".join(f"contains({sql}, {_char(text)})" for text in texts)


def _replaced(sql: str, pairs: dict[str, str]) -> str:
    """Return the SQL of a text with its replacements; most have nothing to replace, and are not copied."""
    return f"CASE WHEN {_has_any(sql, pairs)} THEN {_all_replaced(sql, pairs)} ELSE {sql} END"


def _all_replaced(sql: str, pairs: dict[str, str]) -> str:
    for old, new in pairs.items():
        sql = f"replace({sql}, {_char(old)}, '{new}')"
    return sql


def _section(sql: str) -> str:
    """Return the SQL of a text as a CDATA section has it."""
    # A character that is left out later must not bring the end of the section about.
    plain = f"regexp_replace({sql}, {quoted_text(_FORBIDDEN_PATTERN)}, '', 'g')"
    return f"CASE WHEN {_has_any(sql, (']', chr(13)))} THEN {_all_replaced(plain, _CDATA)} ELSE {sql} END"


def _char(text: str) -> str:
    return f"chr({ord(text)})" if len(text) == 1 else quoted_text(text)


def _escaped(text: str, pairs: dict[str, str]) -> str:
    text = text.translate(dict.fromkeys(_FORBIDDEN_CODES))
    for old, new in pairs.items():
        text = text.replace(old, new)
    return text


class XmlTree(Tree):
    """Compiles the tree of an XML layout."""

    layout: XmlFeedLayout
    separator = "\n"
    joint = ""
    # Once for the whole record and not for each value: these characters have no part in markup.
    finished = (
        f"CASE WHEN {_has_any(MARKUP, _FORBIDDEN)} "
        f"THEN regexp_replace({MARKUP}, {quoted_text(_FORBIDDEN_PATTERN)}, '', 'g') ELSE {MARKUP} END"
    )

    def around(self, node: FeedNode, outside: Scope, records: Scope) -> tuple[str, str, str]:
        """Return what stands before the records, the markup of one of them, and what stands behind them."""
        head, markup, tail = self._around(node, outside, records)
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}\n', markup, f"\n{tail}\n"

    def _around(self, node: FeedNode, outside: Scope, records: Scope) -> tuple[str, str, str]:
        assert isinstance(node, XmlElement)  # noqa: S101 - the tree of an XML layout has no other nodes
        if node.records:
            return "", self.of_records(node, records), ""
        name, head, tail, found = self._name(node.name, ""), "", "", ""
        for child in node.elements:
            if any(each.records for each in child.walk()):
                before, found, after = self._around(child, outside, records)
                head, tail = head + before, after
            elif found:
                tail += "".join(self.fixed(child, outside))
            else:
                head += "".join(self.fixed(child, outside))
        attributes = run_together(self._attributes(node, outside, self.feed.language)).fixed
        return f"<{name}{self._declarations(node)}{attributes}>{head}", found, f"{tail}</{name}>"

    def _declarations(self, node: XmlElement) -> str:
        if node is not self.layout.root:
            return ""
        spaces = {f"xmlns:{prefix}": uri for prefix, uri in self.layout.namespaces.items()}
        if self.layout.namespace:
            spaces = {"xmlns": self.layout.namespace, **spaces}
        return "".join(f' {name}="{_escaped(uri, _ATTRIBUTE)}"' for name, uri in spaces.items())

    def _name(self, name: str, language: str) -> str:
        return name.replace("{language}", language)

    def once(self, node: FeedNode, scope: Scope, language: str) -> Piece:
        """Return an element with all that is in it."""
        assert isinstance(node, XmlElement)  # noqa: S101 - the tree of an XML layout has no other nodes
        name = self._name(node.name, language)
        attributes = self._attributes(node, scope, language)
        content = [self._text(node, scope, language)] if node.has_value else []
        content += [piece for child in node.elements for piece in self.pieces(child, scope, language)]
        always = node.if_empty == "write" or node.records
        if not content:
            parts = [Piece.literal(f"<{name}"), *attributes, Piece.literal("/>")]
        else:
            opened = [Piece.literal(f"<{name}"), *attributes, Piece.literal(">")]
            parts = [*opened, *content, Piece.literal(f"</{name}>")]
        return whole_or_nothing(parts, always=always)

    def gathered(self, node: FeedNode, column: str, language: str) -> Piece:
        """Return the elements of all records that are joined; without any, an empty one where that is asked for."""
        if node.if_empty == "write":
            return Piece(f"coalesce({column}, '<{self._name(node.name, language)}/>')", None, column)
        return Piece(column, None, column, through=True)

    def _text(self, node: XmlElement, scope: Scope, language: str) -> Piece:
        pairs = _CDATA if node.cdata else _TEXT
        around = ("<![CDATA[", "]]>") if node.cdata else ("", "")
        if node.constant is not None:
            text = _escaped(self.feed.constant(node.constant, language), pairs)
            return Piece.literal(f"{around[0]}{text}{around[1]}")
        cell = scope.cell(node, language)
        column = scope.text(cell)
        if node.cdata:
            section = [Piece.literal("<![CDATA["), Piece(_section(column), None, column), Piece.literal("]]>")]
            return whole_or_nothing(section, always=False)
        return Piece(column if is_plain(node, cell) else _replaced(column, pairs), None, column, through=True)

    def _attributes(self, node: XmlElement, scope: Scope, language: str) -> list[Piece]:
        return [self._attribute(each, scope, language) for each in node.attributes]

    def _attribute(self, attribute: XmlAttribute, scope: Scope, language: str) -> Piece:
        when = self.condition(attribute.when, attribute.name, scope, language)
        if attribute.constant is not None:
            text = _escaped(self.feed.constant(attribute.constant, language), _ATTRIBUTE)
            piece = Piece.literal(f' {attribute.name}="{text}"')
            if when is None:
                return piece
            # A constant tells nothing of the record: it does not keep an empty element alive.
            return Piece(f"CASE WHEN {when} THEN {piece.sql} ELSE '' END")
        cell = scope.cell(attribute, language)
        column = scope.text(cell)
        text = column if is_plain(attribute, cell) else _replaced(column, _ATTRIBUTE)
        parts = [Piece.literal(f' {attribute.name}="'), Piece(text, None, column, through=True), Piece.literal('"')]
        return only_when(whole_or_nothing(parts, always=False), when)
