"""The records of one article, while its element is read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.exchange.codes.units import Units
from core.exchange.formats.bmecat.extension import Rest
from core.exchange.formats.bmecat.names import Names

if TYPE_CHECKING:
    from core.exchange.formats.bmecat.header import Header
    from core.exchange.formats.bmecat.texts import Texts, Values


@dataclass(slots=True)
class Gathered:
    """What was found of an article; its number is put into the records of other entities in the end."""

    values: Values = field(default_factory=dict)
    rest: Rest = field(default_factory=Rest)
    related: dict[str, list[tuple[Values, int]]] = field(default_factory=dict)
    """By entity: the records that belong to the article, each with its line."""
    plain: list[tuple[tuple[str, str, str, str, str], int]] = field(default_factory=list)
    """Features of nothing but a code and a value, which are nearly all: the first cells behind the article (system,
    feature, occurrence, class, value), and the line."""
    seen: dict[str, dict[str, int]] = field(default_factory=dict)
    """How often each feature was met, by its system."""
    files: set[str] = field(default_factory=set)
    """The files that were met."""
    references: set[tuple[str, str]] = field(default_factory=set)
    """The types and targets of the references that were met."""
    rejected: list[tuple[str, str, str, str, int]] = field(default_factory=list)
    """Records that are none: entity, reason, element, value, line."""
    fault: str = ""
    """Why the whole article is none."""

    def add(self, entity: str, values: Values, line: int) -> None:
        """Add a record of an entity that belongs to the article."""
        self.related.setdefault(entity, []).append((values, line))


@dataclass(slots=True)
class Catalogue:
    """What is needed to understand an article: the header of its file, and what is counted over the whole of it."""

    header: Header
    texts: Texts
    names: Names = field(default_factory=Names)
    units: Units = field(default_factory=Units)
    doubts: Counter[str] = field(default_factory=Counter)
    """What whoever started the run should know, by the sentence without its number."""
    today: str = ""
