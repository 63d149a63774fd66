"""A list of anything that has a name: one drawn line a row, a cursor that belongs to a name, columns that make room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from tui.widgets.rows import Line, Rows, fitted, plain, wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.words import Signs

_GUTTER = 2  # the cursor's sign and the mark


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the lower its rank, the longer it stays on a narrow terminal; that of rank 0 always stays."""

    id: str
    title: str
    width: int
    rank: int
    grows: bool = False
    """Whether it takes the room that is left; one column at most."""
    right: bool = False
    """Whether it is aligned to the right, as numbers are."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    id: str
    cells: tuple[str, ...]
    """One for each column that there is, in their order."""
    role: str = ""
    """The style of the first cell."""


def columns_for(columns: Sequence[Column], width: int) -> list[tuple[int, Column, int]]:
    """Return the columns that fit a width, each with its position among all and its own width, in their order."""
    room = width - _GUTTER
    chosen: set[str] = set()
    for column in sorted(columns, key=lambda entry: entry.rank):
        needed = column.width + (1 if chosen else 0)
        if column.rank > 0 and needed > room:
            break
        chosen.add(column.id)
        room -= needed
    return [
        (position, column, max(1, column.width + (max(room, 1 - column.width) if column.grows else 0)))
        for position, column in enumerate(columns)
        if column.id in chosen
    ]


class ListTable(Rows):
    """Draws rows under a header and moves a cursor over them. The cursor stays on its row when the list changes."""

    standing = 1

    class CursorMoved(Message):
        """The cursor is on another row, or on none."""

        def __init__(self, table: ListTable) -> None:
            super().__init__()
            self.table = table

        @property
        def control(self) -> ListTable:
            """The list whose cursor moved."""
            return self.table

    def __init__(self, columns: Sequence[Column], signs: Signs, *, id: str = "list") -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, can_focus=True)
        self.columns = tuple(columns)
        self.rows: tuple[Row, ...] = ()
        self.cursor: str | None = None
        self._chosen: str | None = None
        """Where the cursor was put last: it is there again once rows come back after there were none."""
        self.marked: set[str] = set()
        self.sorted_by = ""
        """The column whose title says that the list is sorted by it; the sorting is whoever fills the list's."""
        self.reverse = False
        self.empty_text = ""
        self.steady = False
        """Whether rows that come or go above the cursor leave it where it is on the screen."""
        self._signs = signs
        self._positions: dict[str, int] = {}

    def take(self, rows: Sequence[Row], columns: Sequence[Column] | None = None) -> None:
        """Show these rows, and these columns instead of the present ones."""
        before, cursor = self.position, self.cursor
        if columns is not None:
            self.columns = tuple(columns)
        self.rows = tuple(rows)
        self._positions = {row.id: position for position, row in enumerate(self.rows)}
        if cursor is None and self._chosen in self._positions:
            self.cursor = self._chosen
        elif cursor not in self._positions:
            self.cursor = self.rows[min(before, len(self.rows) - 1)].id if self.rows else None
        elif self.steady:
            self.top += self.position - before
        self.redraw()
        if self.cursor != cursor:
            self.post_message(self.CursorMoved(self))

    @property
    def position(self) -> int:
        """Where the cursor is; 0 where there are no rows."""
        return self._positions.get(self.cursor, 0) if self.cursor is not None else 0

    @property
    def shown_columns(self) -> list[Column]:
        """The columns that there is room for."""
        return [column for _, column, _ in columns_for(self.columns, self.size.width)]

    def sort_beside(self, step: int) -> str:
        """Choose the column beside the one that the list is sorted by, and return its id."""
        columns = [column.id for column in self.shown_columns]
        # From an order that no column shows, the first key goes to the nearest end.
        place = columns.index(self.sorted_by) if self.sorted_by in columns else -1 if step > 0 else len(columns)
        self.sorted_by = columns[(place + step) % len(columns)]
        return self.sorted_by

    def redraw(self) -> None:
        """Draw what changed, with the cursor in view."""
        self.show_row(self.position, len(self.rows))
        super().redraw()

    def _on_resize(self) -> None:
        self.redraw()

    def move(self, lines: int) -> None:
        """Move the cursor by that many rows."""
        self.move_to(self.position + lines)

    def move_to_end(self, *, bottom: bool) -> None:
        """Move the cursor to the first row or the last."""
        self.move_to(len(self.rows) - 1 if bottom else 0)

    def move_to(self, position: int) -> None:
        """Move the cursor; positions beyond the ends are the ends."""
        if not self.rows:
            return
        found = self.rows[max(0, min(position, len(self.rows) - 1))].id
        self._chosen = found
        if found != self.cursor:
            self.cursor = found
            self.redraw()
            self.post_message(self.CursorMoved(self))

    def pick(self, y: int) -> None:
        """Move the cursor to the row that is drawn there."""
        if y > 0 and self.top + y - 1 < len(self.rows):
            self.move_to(self.top + y - 1)

    def move_to_row(self, row_id: str) -> None:
        """Move the cursor to a row, where there is such a row."""
        if row_id in self._positions:
            self.move_to(self._positions[row_id])

    def line_at(self, y: int) -> Line:
        """Return the header, or a row."""
        if y == 0:
            return self._header()
        position = self.top + y - 1
        if position < len(self.rows):
            return self._row(self.rows[position])
        if self.rows:
            return ()
        lines = wrapped(self.empty_text, self.size.width - _GUTTER)
        return plain(" " * _GUTTER + lines[y - 1]) if y <= len(lines) else ()

    def _header(self) -> Line:
        sign = self._signs.descending if self.reverse else self._signs.ascending
        titles = [
            self._fitted(f"{column.title}{sign}" if column.id == self.sorted_by else column.title, column, width)
            for _, column, width in columns_for(self.columns, self.size.width)
        ]
        return ((" " * _GUTTER + " ".join(titles), "title"),)

    def _row(self, row: Row) -> Line:
        cells = [
            self._fitted(row.cells[position], column, width)
            for position, column, width in columns_for(self.columns, self.size.width)
        ]
        mark = self._signs.mark if row.id in self.marked else " "
        if row.id == self.cursor:
            # Of the row under the cursor, the first cell only stands out: over a slow line, a whole row is felt.
            return ((f"{self._signs.cursor}{mark}{cells[0]}", "cursor"), *((f" {cell}", "") for cell in cells[1:]))
        return ((f" {mark}{cells[0]}", row.role), *((f" {cell}", "") for cell in cells[1:]))

    def _fitted(self, text: str, column: Column, width: int) -> str:
        cell = fitted(text, width, self._signs.ellipsis)
        return cell.rstrip().rjust(width) if column.right and cell.endswith(" ") else cell
