"""A report that is ready to be written in any format: blocks in order, with values and how they are written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.reports.values import Look

MAIL_ROWS = 100
"""Rows of a table in the text of a mail; the files have the rest."""
READ_ROWS = 2000
"""Rows of a table in the formats for reading, where the layout sets no other number."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; clean text."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; clean text."""

    text: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One key figure; its title is clean text."""

    title: str
    found: Any
    """As the query has it; None where it has none."""
    look: Look

    @property
    def value(self) -> str:
        """The figure as clean text."""
        return self.look.words(self.found) or "-"


@dataclass(frozen=True, slots=True)
class Figures:
    """Key figures in a row."""

    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table; its title is clean text."""

    name: str
    title: str
    look: Look


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table in a format for reading."""

    level: Literal["row", "group", "subtotal", "total"]
    values: tuple[Any, ...]
    """Of a group its title alone."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table."""

    query: str
    title: str
    columns: tuple[Column, ...]
    data: Sequence[tuple[Any, ...]]
    """All rows, for the formats that are read by programs."""
    rows: tuple[Row, ...]
    """Those for reading, with groups and totals."""
    more: int
    """How many rows are in ``data`` and not in ``rows``."""
    cut: bool
    """Whether the query had more rows than are kept."""
    empty: str
    """What stands in place of a table without rows."""

    def shortened(self, rows: int) -> Table:
        """Return it with no more rows for reading."""
        shown = self.rows[:rows]
        left_out = sum(row.level == "row" for row in self.rows[rows:])
        if not left_out:
            return self
        totals = tuple(row for row in self.rows[rows:] if row.level == "total")
        return replace(self, rows=shown + totals, more=self.more + left_out)

    @property
    def rest(self) -> str:
        """What is not shown, in words; empty where all is."""
        if self.cut:
            return f"… and more than {self.more:,} more; totals are of the first {len(self.data):,} rows."
        return f"… and {self.more:,} more." if self.more else ""


@dataclass(frozen=True, slots=True)
class Series:
    """The numbers of one column along the axis."""

    title: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart."""

    query: str
    kind: Literal["bar", "stacked", "line"]
    title: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    looks: tuple[Look, ...]
    """How the numbers of each series are written."""
    more: int
    """Categories that found no place."""


Block = Heading | Paragraph | Figures | Table | Chart


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report."""

    title: str
    subject: str
    """The period, and what it is about, in words."""
    made: str
    """By what and when, in words."""
    decimal: str
    blocks: tuple[Block, ...]
    counts: tuple[tuple[str, int], ...]
    """The rows of each query."""

    @property
    def tables(self) -> Iterator[Table]:
        """The tables in their order."""
        return (block for block in self.blocks if isinstance(block, Table))

    @property
    def empty(self) -> bool:
        """Whether there is nothing to tell: no table has a row; where there is none, no query found anything."""
        tables = list(self.tables)
        if tables:
            return not any(table.data for table in tables)
        return not any(number for _, number in self.counts)

    def shortened(self, rows: int = MAIL_ROWS) -> Document:
        """Return it with no more rows in its tables than a mail client shows at once; totals stay."""
        blocks = tuple(block.shortened(rows) if isinstance(block, Table) else block for block in self.blocks)
        return replace(self, blocks=blocks)

    @property
    def cut(self) -> bool:
        """Whether a table does not hold all that its query found."""
        return any(table.cut for table in self.tables)
