"""A text of several lines that is edited on the whole screen: one step of SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import TextArea

from tui.widgets.rows import Line, Lines, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult

_LOOK_SECONDS = 0.25
_FOOT = 3


class TextDialog(ModalScreen[None]):
    """Edits a text. Each change goes to ``typed``; ``problems`` says what is wrong with it, which is shown under it."""

    AUTO_FOCUS: ClassVar[str | None] = "TextArea"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,ctrl+c,ctrl+s", "leave", priority=True)]

    def __init__(
        self, title: str, text: str, *, typed: Callable[[str], None], problems: Callable[[], Sequence[str]]
    ) -> None:
        super().__init__()
        self._title = title
        self._typed = typed
        self._problems = problems
        self._area = TextArea(text, id="long-text", compact=True, show_line_numbers=True, tab_behavior="indent")
        self._area.cursor_blink = False
        self._head = Lines(id="long-title")
        self._foot = Lines(id="long-foot")

    def compose(self) -> ComposeResult:
        """Build the screen: the title, the text, and what is wrong with it."""
        with Vertical(id="long"):
            yield self._head
            yield self._area
            yield self._foot

    def on_mount(self) -> None:
        """Begin at the start, and look for problems again and again: they are found beside the typing."""
        self._show()
        self.set_interval(_LOOK_SECONDS, self._show)

    def _show(self) -> None:
        row, column = self._area.cursor_location
        self._head.show([((f"{self._title}, line {row + 1}, column {column + 1}", "title"),)])
        texts = [text for problem in self._problems() for text in wrapped(f"! {problem}", self.size.width)]
        lines: list[Line] = [((text, "bad"),) for text in texts[:_FOOT]]
        keys: Line = (("esc", "key"), (" Back to the form  ", ""), ("ctrl+z", "key"), (" Undo", ""))
        self._foot.styles.height = len(lines) + 1
        self._foot.show([*lines, keys])

    @on(TextArea.Changed)
    def _take(self, event: TextArea.Changed) -> None:
        event.stop()
        self._typed(event.text_area.text)

    @on(TextArea.SelectionChanged)
    def _moved(self, event: TextArea.SelectionChanged) -> None:
        event.stop()
        self._show()

    def action_leave(self) -> None:
        """Go back; what was typed stands in the form, which is not saved yet."""
        self.dismiss(None)
