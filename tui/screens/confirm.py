"""The question before something that is hard to take back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button

from tui.actions import action, key_name
from tui.widgets.rows import Line, Lines, fitted, paragraph, plain, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult

    from tui.app import PendelApp

_WIDEST = 70
_RENEWED = 1.0
"""Seconds after which what a dialog says is looked at again."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a question: what it does, and the key that gives it."""

    id: str
    label: str
    key: str


class Answer(Button):
    """A button that shows by a sign, and not by its looks alone, that it has the focus."""

    def __init__(self, label: str, *, id: str, sign: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(f"  {label}", id=id, compact=True)
        self._text = label
        self._sign = sign

    def watch_has_focus(self, has_focus: bool) -> None:
        """Show the sign, or take it away."""
        super().watch_has_focus(has_focus)
        self.label = Content(f"{self._sign if has_focus else ' '} {self._text}")


class ConfirmDialog(ModalScreen[str | None]):
    """Asks a question. The answer is the id of a choice, or ``None`` for leaving things as they are.

    The way out has the focus. The keys of the actions that ``opened_by`` names by their ids do nothing here, so that a
    key that is held down or pressed twice never answers; an answer of that key is still there to go to.
    """

    # With priority, as in the list: each key is carried out before the next one is looked at, so that what is typed
    # ahead neither answers twice nor is lost. The keys of all answers that there are; each dialog takes its own.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, f"take('{key}')", show=False, priority=True)
        for key in (
            *("y", "d", "w", "s", "a", "n", "escape", "ctrl+c", "enter"),
            *("left", "up", "shift+tab", "right", "down", "tab"),
        )
    ]

    def __init__(
        self,
        question: str | Callable[[], str],
        *,
        names: Sequence[str] | Callable[[], Sequence[str]] = (),
        notes: Sequence[str] | Callable[[], Sequence[str]] = (),
        choices: Sequence[Choice],
        way_out: str = "Cancel",
        opened_by: Sequence[str] = (),
        sign: str = ">",
    ) -> None:
        super().__init__()
        # Asked for again while the dialog stands: what is said of runs that go on must stay true.
        self._question = question if callable(question) else lambda: question
        self._names = names if callable(names) else lambda: names
        self._notes = notes if callable(notes) else lambda: notes
        self._choices = choices
        self._opened_by = opened_by
        self._way_out = way_out
        self._sign = sign
        self._keys: dict[str, str | None] = {"n": None, "escape": None, "ctrl+c": None}

    def compose(self) -> ComposeResult:
        """Build the box: the question, what it is about, and the answers."""
        sign = self._sign
        opener = self._keys_of_opener()
        self._keys |= {choice.key: choice.id for choice in self._choices if choice.key not in opener}
        with Vertical(id="box") as box:
            yield Lines(id="question")
            with Horizontal(id="answers"):
                yield Answer(f"{self._way_out} (n)", id="way-out", sign=sign)
                for choice in self._choices:
                    key = f" ({key_name(choice.key)})" if choice.key in self._keys else ""
                    yield Answer(f"{choice.label}{key}", id=choice.id, sign=sign)
        box.styles.width = self._width

    def _keys_of_opener(self) -> list[str]:
        keymap = cast("PendelApp", self.app).keymap
        return [key for name in self._opened_by for key in keymap.keys(action(name))]

    def on_mount(self) -> None:
        """Give the way out the focus."""
        self.query_one("#way-out", Button).focus()
        self._tell()
        self.set_interval(_RENEWED, self._tell)

    @property
    def _width(self) -> int:
        return min(_WIDEST, self.app.size.width - 4)

    def _tell(self) -> None:
        lines = self._lines(self._width - 4, self.app.size.height - 7)
        question = self.query_one("#question", Lines)
        if lines != question.lines:
            question.styles.height = len(lines)
            question.show(lines)

    def _lines(self, width: int, height: int) -> list[Line]:
        question: list[Line] = paragraph(self._question(), width, "title")
        notes = [line for note in self._notes() for line in paragraph(note, width)]
        room = max(1, height - len(question) - len(notes))
        names = list(self._names())
        if len(names) > room:
            names = [*names[: room - 1], f"and {len(names) - room + 1} more"]
        ellipsis = cast("PendelApp", self.app).signs.ellipsis
        return [*question, *(plain(fitted(f"  {name}", width, ellipsis).rstrip()) for name in names), *notes]

    def action_take(self, key: str) -> None:
        """Answer by a key, or move between the answers."""
        if key in self._keys:
            self.dismiss(self._keys[key])
        elif key in ("left", "up", "shift+tab"):
            self.focus_previous(Button)
        elif key in ("right", "down", "tab"):
            self.focus_next(Button)
        elif key == "enter":
            focused = self.focused
            self.dismiss(focused.id if focused and focused.id != "way-out" else None)

    def question_text(self) -> str:
        """Return what is asked."""
        return "\n".join(text_of(line) for line in self.query_one("#question", Lines).lines)
