"""Texts of a record that is written, by language; and what is said where one is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.exchange.codes import Unfit

if TYPE_CHECKING:
    from core.exchange.formats.bmecat.nodes import Maker, Node
    from core.exchange.formats.contract import Row


class Missing(Unfit):
    """The record lacks what the format demands."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


@dataclass(slots=True)
class Wording:
    """Finds the texts of a record, by language."""

    maker: Maker

    def nodes(self, name: str, row: Row, field: str, *, lines: bool = False) -> list[Node]:
        """Return an element for the text of each language; ``lines``: one for each line of it."""
        found: list[Node] = []
        for ours, attributes in self.maker.languages.items():
            text = row.get(f"{field}.{ours}", "")
            if lines:
                found += self.maker.leaves(name, text, **attributes)
            elif (node := self.maker.leaf(name, text, **attributes)) is not None:
                found.append(node)
        return found

    def at_least_one(self, name: str, row: Row, field: str) -> list[Node]:
        """Return the texts that must not all be absent: in another language than the default, or none at all."""
        found = self.nodes(name, row, field)
        if not found:
            texts = [row[key] for key in sorted(row) if key.startswith(f"{field}.") and row[key]]
            found = [node for node in [self.maker.leaf(name, texts[0] if texts else "")] if node]
        return found
