"""A list to choose from: one word, or several in the order in which they are chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from core.text import clean
from tui.widgets.list_table import Column, ListTable, Row
from tui.widgets.rows import Lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.events import Key

    from tui.words import Signs

_WIDEST = 66


class ChoiceDialog(ModalScreen[tuple[str, ...] | None]):
    """Asks for one word of several, or with ``several`` for any number of them; ``None`` is the way out.

    What is typed narrows the list down.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority, as in the lists: each key is carried out before the next one is looked at.
        Binding("up,shift+tab", "move(-1)", priority=True),
        Binding("down,tab", "move(1)", priority=True),
        Binding("pageup", "page(-1)", priority=True),
        Binding("pagedown", "page(1)", priority=True),
        Binding("home", "end(False)", priority=True),
        Binding("end", "end(True)", priority=True),
        Binding("space", "mark", priority=True),
        Binding("ctrl+a", "mark_all", priority=True),
        Binding("enter", "take", priority=True),
        Binding("escape,ctrl+c", "leave", priority=True),
        Binding("backspace", "erase", priority=True),
    ]

    def __init__(
        self,
        title: str,
        words: Sequence[tuple[str, str]],
        *,
        signs: Signs,
        chosen: Sequence[str] = (),
        several: bool = False,
    ) -> None:
        super().__init__()
        self._words = list(words)
        self._chosen = [word for word in chosen if word]
        self._several = several
        self._filter = ""
        self._foot = Lines(id="choice-foot")
        self._list = ListTable([Column("word", title, 10, 0, grows=True)], signs)
        self._at_first = self._chosen[0] if self._chosen else ""

    def compose(self) -> ComposeResult:
        """Build the box."""
        with Vertical(id="box") as box:
            yield self._list
            yield self._foot
        box.styles.width = min(_WIDEST, self.app.size.width - 2)
        self._list.styles.height = min(len(self._words) + 1, max(3, self.app.size.height - 4))

    def on_mount(self) -> None:
        """Show everything, with the cursor on what is chosen."""
        self._list.focus()
        self._show()
        self._list.move_to_row(self._at_first)

    def _show(self) -> None:
        parts = self._filter.casefold().split()
        shown = [(word, text) for word, text in self._words if all(part in text.casefold() for part in parts)]
        self._list.empty_text = "Nothing is called so; backspace takes letters back."
        self._list.take([Row(word, (self._marked(word, text),)) for word, text in shown])
        way = "space marks, enter takes" if self._several else "enter takes"
        self._foot.show([((f"/{self._filter}" if self._filter else f"{way}, esc leaves, type to find", "label"),)])

    def _marked(self, word: str, text: str) -> str:
        shown = clean(text, limit=60)
        if not self._several:
            return shown
        place = f"{self._chosen.index(word) + 1:>2}" if word in self._chosen else "  "
        return f"{place} {shown}"

    def on_key(self, event: Key) -> None:
        """Narrow the list down by what is typed."""
        if event.is_printable and event.character:
            self._filter += event.character
            self._show()

    def action_erase(self) -> None:
        """Take a letter back."""
        self._filter = self._filter[:-1]
        self._show()

    def action_move(self, lines: int) -> None:
        """Move the cursor."""
        self._list.move(lines)

    def action_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        self._list.move(pages * self._list.page)

    def action_end(self, bottom: bool) -> None:
        """Move the cursor to the first word or the last."""
        self._list.move_to_end(bottom=bottom)

    def action_mark_all(self) -> None:
        """Choose all, or none where all are chosen."""
        if self._several:
            names = [word for word, _ in self._words]
            self._chosen = [] if len(self._chosen) == len(names) else names
            self._show()

    def action_mark(self) -> None:
        """Choose the word under the cursor as the next one, or no longer."""
        word = self._list.cursor
        if not self._several:
            self._filter += " "
            self._show()
            return
        if word is None:
            return
        if word in self._chosen:
            self._chosen.remove(word)
        else:
            self._chosen.append(word)
        self._show()

    def action_take(self) -> None:
        """Answer with what is chosen."""
        if self._several:
            self.dismiss(tuple(self._chosen))
        elif self._list.cursor is not None:
            self.dismiss((self._list.cursor,))

    def action_leave(self) -> None:
        """Leave things as they are."""
        self.dismiss(None)
