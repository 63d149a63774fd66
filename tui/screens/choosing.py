"""A dialog in which several of some names are chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui.widgets.list_table import Column, ListTable, Row
from tui.widgets.rows import Lines, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from tui.words import Signs

_WIDEST = 60


class ChooseDialog(ModalScreen[tuple[str, ...] | None]):
    """Offers names to choose from. The answer is the chosen ones in the order in which they were offered."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c,q", "leave", priority=True),
        Binding("enter", "accept", priority=True),
        Binding("space", "mark", priority=True),
        Binding("j,down", "move(1)", priority=True),
        Binding("k,up", "move(-1)", priority=True),
        Binding("pagedown", "page(1)", priority=True),
        Binding("pageup", "page(-1)", priority=True),
        Binding("g,home", "end(False)", priority=True),
        Binding("G,end", "end(True)", priority=True),
        Binding("ctrl+a", "all", priority=True),
    ]

    def __init__(self, title: str, offered: Sequence[tuple[str, str]], *, chosen: Sequence[str], signs: Signs) -> None:
        """``offered`` are names, each with what it stands for."""
        super().__init__()
        self._title_text = title
        self._list = ListTable(
            (Column("name", "Name", 20, 0), Column("title", "Title", 10, 1, grows=True)), signs, id="choices"
        )
        self._rows = [Row(name, (name, words)) for name, words in offered]
        self._list.marked = set(chosen)
        self._sign = signs.mark

    def compose(self) -> ComposeResult:
        """Build the box."""
        with Vertical(id="box") as box:
            title = Lines(id="choose-title")
            title.show([((f"{self._title_text} ({self._sign} is shown)", "title"),)])
            title.styles.height = 1
            yield title
            yield self._list
            keys = Lines(id="choose-keys")
            keys.show([plain("space marks, enter takes, esc leaves")])
            keys.styles.height = 1
            yield keys
        box.styles.width = min(_WIDEST, self.app.size.width - 2)
        self._list.styles.height = min(len(self._rows) + 1, self.app.size.height - 4)

    def on_mount(self) -> None:
        """Show the names."""
        self._list.focus()
        self._list.take(self._rows)

    def action_move(self, lines: int) -> None:
        """Move the cursor."""
        self._list.move(lines)

    def action_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        self._list.move(pages * self._list.page)

    def action_end(self, bottom: bool) -> None:
        """Move the cursor to the first name or the last."""
        self._list.move_to_end(bottom=bottom)

    def action_mark(self) -> None:
        """Choose the name under the cursor, or no longer."""
        if self._list.cursor:
            self._list.marked ^= {self._list.cursor}
            self._list.move(1)
            self._list.redraw()

    def action_all(self) -> None:
        """Choose all, or none."""
        names = {row.id for row in self._rows}
        self._list.marked = set() if self._list.marked == names else names
        self._list.redraw()

    def action_accept(self) -> None:
        """Answer with what is chosen."""
        self.dismiss(tuple(row.id for row in self._rows if row.id in self._list.marked))

    def action_leave(self) -> None:
        """Answer nothing."""
        self.dismiss(None)
