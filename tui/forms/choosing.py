"""A list to choose from: one word, or several in the order in which they are chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical

from core.text import clean
from tui.widgets.list_table import Column, ListTable, Row
from tui.widgets.narrowing import NarrowingDialog
from tui.widgets.rows import Lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from tui.words import Signs

_WIDEST = 66


class ChoiceDialog(NarrowingDialog[tuple[str, ...] | None]):
    """Asks for one word of several, or with ``several`` for any number of them; ``None`` is the way out.

    What is typed narrows the list down.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", priority=True),
        Binding("ctrl+a", "mark_all", priority=True),
        Binding("enter", "take", priority=True),
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
        super().__init__(ListTable([Column("word", title, 10, 0, grows=True)], signs))
        self._words = list(words)
        self._chosen = [word for word in chosen if word]
        self._several = several
        self._foot = Lines(id="choice-foot")
        self._at_first = self._chosen[0] if self._chosen else ""

    def compose(self) -> ComposeResult:
        """Build the box."""
        with Vertical(id="box") as box:
            yield self.list
            yield self._foot
        box.styles.width = min(_WIDEST, self.app.size.width - 2)
        self.list.styles.height = min(len(self._words) + 1, max(3, self.app.size.height - 4))

    def on_mount(self) -> None:
        """Show everything, with the cursor on what is chosen."""
        self.show_narrowed()
        self.list.move_to_row(self._at_first)

    def show_narrowed(self) -> None:
        """Show the words in which all that was typed occurs."""
        shown = [(word, text) for word, text in self._words if self.admits(text)]
        self.list.take([Row(word, (self._marked(word, text),)) for word, text in shown])
        way = "space marks, enter takes" if self._several else "enter takes"
        self._foot.show(
            [((f"/{self.narrowed_to}" if self.narrowed_to else f"{way}, esc leaves, type to find", "label"),)]
        )

    def _marked(self, word: str, text: str) -> str:
        shown = clean(text, limit=60)
        if not self._several:
            return shown
        place = f"{self._chosen.index(word) + 1:>2}" if word in self._chosen else "  "
        return f"{place} {shown}"

    def action_mark_all(self) -> None:
        """Choose all, or none where all are chosen."""
        if self._several:
            names = [word for word, _ in self._words]
            self._chosen = [] if len(self._chosen) == len(names) else names
            self.show_narrowed()

    def action_mark(self) -> None:
        """Choose the word under the cursor as the next one, or no longer."""
        word = self.list.cursor
        if not self._several:
            self.narrow(self.narrowed_to + " ")
            return
        if word is None:
            return
        if word in self._chosen:
            self._chosen.remove(word)
        else:
            self._chosen.append(word)
        self.show_narrowed()

    def action_take(self) -> None:
        """Answer with what is chosen."""
        if self._several:
            self.dismiss(tuple(self._chosen))
        elif self.list.cursor is not None:
            self.dismiss((self.list.cursor,))
