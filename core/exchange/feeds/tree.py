"""What XML and JSON feeds share: walking the tree of a layout, level by level, and its one place of the records."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import DataError
from core.exchange.feeds.pieces import Piece, only_when
from core.exchange.feeds.scopes import MARKUP, THERE, Feed, Join, Scope
from core.sql import quoted_text
from core.text import clean

if TYPE_CHECKING:
    from core.config.feeds import FeedJoin, FeedLayout, FeedNode


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it is written: what stands before, between and behind the records, and each record as SQL."""

    head: str
    separator: str
    tail: str
    records: Scope
    """The scope of the records; its relation has them in order."""
    markup: str
    """The markup of one record, over what the scope computes."""
    finished: str = MARKUP
    """What is written of :data:`MARKUP`."""


class Tree(ABC):
    """Compiles the tree of a layout."""

    separator: str
    """What stands between two records."""
    joint: str
    """What stands between two of what is repeated inside of a record."""
    finished: str = MARKUP

    def __init__(self, layout: FeedLayout, feed: Feed, selection: str) -> None:
        self.layout = layout
        self.feed = feed
        self._selection = selection

    def document(self) -> Document:
        """Return the document.

        Raises:
            DataError: the layout names what the entities do not have, or an expression does not compile.
        """
        records = Scope(self.feed, self.feed.entities[self.layout.entity], self._selection)
        outside = Scope(self.feed, records.entity, self._selection)
        head, markup, tail = self.around(self.layout.root, outside, records)
        return Document(head, self.separator, tail, records, markup, self.finished)

    @abstractmethod
    def around(self, node: FeedNode, outside: Scope, records: Scope) -> tuple[str, str, str]:
        """Return what stands before the records, the markup of one of them, and what stands behind them."""

    @abstractmethod
    def once(self, node: FeedNode, scope: Scope, language: str) -> Piece:
        """Return a node as it is written once, without regard to how often it is repeated, and when."""

    @abstractmethod
    def gathered(self, node: FeedNode, column: str, language: str) -> Piece:
        """Return what is written of a node for all records that are joined; ``column`` has what they gave together."""

    def of_records(self, node: FeedNode, records: Scope) -> str:
        """Return the markup of one record; the condition of its node chooses among the records."""
        if node.when:
            records.conditions.append(records.condition(node.when, node.name, self.feed.language))
        return self.once(node, records, self.feed.language).sql

    def pieces(self, node: FeedNode, scope: Scope, language: str) -> list[Piece]:
        """Return all that a node becomes inside of the node around it."""
        if node.languages:
            return [self._piece(node, scope, each) for each in self.feed.languages]
        return [self._piece(node, scope, language)]

    def _piece(self, node: FeedNode, scope: Scope, language: str) -> Piece:
        piece = self._join(node, node.repeat, scope, language) if node.repeat else self.once(node, scope, language)
        return only_when(piece, self.condition(node.when, node.name, scope, language))

    def condition(self, when: str | None, place: str, scope: Scope, language: str) -> str | None:
        """Return the column with a condition; None where there is none."""
        return scope.column("w", scope.condition(when, place, language)) if when else None

    def _join(self, node: FeedNode, join: FeedJoin, scope: Scope, language: str) -> Piece:
        inner, order = scope.joined(join, node.name, language)
        # Whether it is written without content is asked of all that are joined, not of each.
        piece = self.once(node.model_copy(update={"if_empty": "skip", "when": None}), inner, language)
        by = f"ORDER BY {', '.join(order)}" if order else ""
        if join.first:
            gathered = f"first({MARKUP} {by}) FILTER ({THERE} AND {MARKUP} IS NOT NULL)"
        else:
            gathered = f"string_agg({MARKUP}, {quoted_text(self.joint)} {by}) FILTER ({THERE})"
        column = scope.join(Join(inner, piece.sql, gathered))
        return self.gathered(node, column, language)

    def fixed(self, node: FeedNode, outside: Scope) -> list[str]:
        """Return all that a node outside of the records becomes."""
        found = [piece.fixed for piece in self.pieces(node, outside, self.feed.language)]
        if None in found:
            raise DataError(
                f"{clean(node.name)} does not stand in the element of the records, and so in no record.",
                advice="Give it a constant, or move it there.",
            )
        return [text for text in found if text is not None]
