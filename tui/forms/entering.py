"""A dialog that asks for one line of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.widgets.rows import Lines, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

_WIDEST = 66


class EntryDialog(ModalScreen[str | None]):
    """Asks for a line; ``problem`` says why what was typed cannot be taken. ``None`` is the way out."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", priority=True),
        Binding("escape,ctrl+c", "leave", priority=True),
    ]

    DEFAULT_CSS = """
    EntryDialog { align: center middle; background: transparent; }
    EntryDialog #box { height: auto; max-height: 100%; border: ascii $foreground; padding: 0 1; }
    EntryDialog #box { background: $background; }
    EntryDialog Input { height: 1; border: none; padding: 0; }
    EntryDialog Lines { height: 1; }
    """

    def __init__(
        self,
        title: str,
        text: str = "",
        *,
        masked: bool = False,
        problem: Callable[[str], str] = lambda text: "" if text else "something must be typed",
    ) -> None:
        super().__init__()
        self._title_text = title
        self._problem = problem
        self._head = Lines(id="entry-head")
        self._foot = Lines(id="entry-foot")
        self._entry = Input(text, password=masked, id="entry", compact=True, select_on_focus=False)
        self._entry.cursor_blink = False

    def compose(self) -> ComposeResult:
        """Build the box."""
        width = min(_WIDEST, self.app.size.width - 2)
        title = wrapped(self._title_text, width - 4)
        self._head.show([((row, "title"),) for row in title])
        self._head.styles.height = len(title)
        self._foot.show([(("enter takes it, esc leaves", "label"),)])
        with Vertical(id="box") as box:
            yield self._head
            yield self._entry
            yield self._foot
        box.styles.width = width

    def on_mount(self) -> None:
        """Begin to type."""
        self._entry.focus()

    @on(Input.Changed)
    def _look(self) -> None:
        problem = self._problem(self._entry.value)
        text = f"! {problem}" if problem else "enter takes it, esc leaves"
        self._foot.show([((text, "bad" if problem else "label"),)])

    def action_take(self) -> None:
        """Answer with what was typed, where it can be taken."""
        if not self._problem(self._entry.value):
            self.dismiss(self._entry.value)
        else:
            self._look()

    def action_leave(self) -> None:
        """Leave things as they are."""
        self.dismiss(None)
