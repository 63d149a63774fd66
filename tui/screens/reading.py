"""A screen with nothing but lines to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.screen import Screen

from tui.widgets.rows import Line, Lines, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.events import Resize


class ReadingScreen(Screen[None]):
    """Shows lines over the whole screen, and goes back. A subclass says in :meth:`lines` what they are."""

    AUTO_FOCUS: ClassVar[str | None] = "#help"

    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority, as in the list: each key is carried out before the next one is looked at.
        Binding("escape,q,enter,ctrl+c", "close", priority=True),
        Binding("j,down", "scroll(1)", priority=True),
        Binding("k,up", "scroll(-1)", priority=True),
        Binding("pagedown,space", "page(1)", priority=True),
        Binding("pageup", "page(-1)", priority=True),
        Binding("g,home", "end(False)", priority=True),
        Binding("G,end", "end(True)", priority=True),
    ]

    def lines(self, width: int) -> Sequence[Line]:
        """Return the lines for a screen of that width."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """Build the screen."""
        yield Lines(id="help", can_focus=True)
        yield Lines(id="help-keys")

    def on_mount(self) -> None:
        """Say how to leave."""
        self.query_one("#help-keys", Lines).show([(("esc", "key"), (" Back  ", ""), ("j k", "key"), (" Move", ""))])

    def on_resize(self, event: Resize) -> None:
        """Break the lines anew."""
        self.query_one("#help", Lines).show(list(self.lines(event.size.width)))

    def action_scroll(self, lines: int) -> None:
        """Scroll by that many lines."""
        self.query_one("#help", Lines).move(lines)

    def action_page(self, pages: int) -> None:
        """Scroll by that many pages."""
        self.action_scroll(pages * max(1, self.size.height - 2))

    def action_end(self, bottom: bool) -> None:
        """Go to the first line or the last."""
        self.query_one("#help", Lines).move_to_end(bottom=bottom)

    def action_close(self) -> None:
        """Go back."""
        self.dismiss()


class TextScreen(ReadingScreen):
    """Shows clean text whose lines are broken already."""

    def __init__(self, text: Sequence[str]) -> None:
        super().__init__()
        self._text = [plain(line) for line in text]

    def lines(self, width: int) -> Sequence[Line]:  # noqa: ARG002 - they are broken already
        """Return the text."""
        return self._text
