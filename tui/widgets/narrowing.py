"""A dialog with a list that is narrowed down by what is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.events import Key
from textual.screen import ModalScreen

if TYPE_CHECKING:
    from textual.events import Event

    from tui.widgets.list_table import ListTable

Answer = TypeVar("Answer")


class NarrowingDialog(ModalScreen[Answer]):
    """The keys of such a dialog; a subclass shows in :meth:`show_narrowed` what it :meth:`admits`."""

    AUTO_FOCUS: ClassVar[str | None] = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority, as in the lists: each key is carried out before the next one is looked at.
        Binding("up,shift+tab", "move(-1)", priority=True),
        Binding("down,tab", "move(1)", priority=True),
        Binding("pageup", "page(-1)", priority=True),
        Binding("pagedown", "page(1)", priority=True),
        Binding("home", "end(False)", priority=True),
        Binding("end", "end(True)", priority=True),
        Binding("backspace", "erase", priority=True),
        Binding("escape,ctrl+c", "leave", priority=True),
    ]

    def __init__(self, table: ListTable) -> None:
        super().__init__()
        self.list = table
        self.list.can_focus = False
        self.narrowed_to = ""

    def show_narrowed(self) -> None:
        """Show what is called so."""
        raise NotImplementedError

    def admits(self, text: str) -> bool:
        """Whether every word that was typed occurs in a text."""
        folded = text.casefold()
        return all(word in folded for word in self.narrowed_to.casefold().split())

    def narrow(self, text: str) -> None:
        """Show only what is called so."""
        self.narrowed_to = text
        self.list.empty_text = "Nothing is called so; backspace takes letters back."
        self.show_narrowed()

    def _forward_event(self, event: Event) -> None:
        # At once, as the bindings: over a slow line, letters and the enter behind them come together.
        if isinstance(event, Key) and event.is_printable and event.character:
            self.narrow(self.narrowed_to + event.character)
        else:
            super()._forward_event(event)

    def action_move(self, lines: int) -> None:
        """Move the cursor."""
        self.list.move(lines)

    def action_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        self.list.move(pages * self.list.page)

    def action_end(self, bottom: bool) -> None:
        """Move the cursor to the first line or the last."""
        self.list.move_to_end(bottom=bottom)

    def action_erase(self) -> None:
        """Take a letter back."""
        self.narrow(self.narrowed_to[:-1])

    def action_leave(self) -> None:
        """Leave things as they are."""
        self.dismiss(None)
