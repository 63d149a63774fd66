"""A question that is answered in a line of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.widgets.rows import Line, Lines, paragraph

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult

_WIDEST = 70


class PromptDialog(ModalScreen[str | None]):
    """Asks for a line of text. The answer is the line, or ``None`` for leaving things as they are.

    ``problem`` says why a line cannot be taken; empty where it can. ``masked`` is for what nobody may read over a
    shoulder; it is taken as it is, with the blanks at its ends.
    """

    AUTO_FOCUS: ClassVar[str | None] = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,ctrl+c", "leave", priority=True)]

    def __init__(
        self,
        question: str,
        *,
        value: str = "",
        notes: Sequence[str] = (),
        masked: bool = False,
        problem: Callable[[str], str] = lambda _: "",
    ) -> None:
        super().__init__()
        self._question = question
        self._notes = notes
        self._problem = problem
        self._fault = Lines(id="prompt-fault")
        self._input = Input(value=value, password=masked, compact=True, select_on_focus=False)
        self._input.cursor_blink = False

    def compose(self) -> ComposeResult:
        """Build the box: the question, the line, and how to leave."""
        width = min(_WIDEST, self.app.size.width - 4)
        lines: list[Line] = paragraph(self._question, width - 4, "title")
        lines += [line for note in self._notes for line in paragraph(note, width - 4)]
        with Vertical(id="box") as box:
            text = Lines(id="question")
            text.show(lines)
            text.styles.height = len(lines)
            yield text
            yield self._input
            self._fault.display = False
            self._fault.styles.height = 1
            yield self._fault
            keys = Lines(id="prompt-keys")
            keys.show([(("enter", "key"), (" Go on  ", ""), ("esc", "key"), (" Leave", ""))])
            keys.styles.height = 1
            yield keys
        box.styles.width = width

    @on(Input.Submitted)
    def _answered(self, event: Input.Submitted) -> None:
        value = event.value if self._input.password else event.value.strip()
        problem = self._problem(value) if value else ""
        self._fault.display = bool(problem)
        self._fault.show([((f"! {problem}", "bad"),)])
        if not problem:
            self.dismiss(value or None)

    def action_leave(self) -> None:
        """Leave without an answer."""
        self.dismiss(None)
