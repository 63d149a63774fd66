"""A text of several lines, such as a query, in an editor of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import TextArea

from tui.widgets.rows import Lines

if TYPE_CHECKING:
    from textual.app import ComposeResult


class TextDialog(ModalScreen[str | None]):
    """Edits a text over the whole screen. The answer is the text, or ``None`` for leaving it as it was."""

    AUTO_FOCUS: ClassVar[str | None] = "TextArea"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "take", priority=True),
        Binding("escape,ctrl+c", "leave", priority=True),
    ]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._begun = text
        self._area = TextArea(text, compact=True, show_line_numbers=False, tab_behavior="indent", theme="css")
        self._area.cursor_blink = False

    def compose(self) -> ComposeResult:
        """Build the screen."""
        title, keys = Lines(id="title"), Lines(id="help-keys")
        title.show([((self._title, "title"),)])
        keys.show([(("ctrl+s", "key"), (" Take  ", ""), ("esc", "key"), (" Leave as it was", ""))])
        yield title
        yield self._area
        yield keys

    def action_take(self) -> None:
        """Give the text back."""
        self.dismiss(self._area.text)

    def action_leave(self) -> None:
        """Leave the text as it was."""
        self.dismiss(None)
