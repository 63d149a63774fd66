"""A small dialog of settings that take effect while they are typed, and that esc takes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.widgets.list_table import Column, ListTable, Row
from tui.widgets.rows import Lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult

    from tui.words import Signs

_WIDEST = 78
_FRAME = 5
"""Lines of the box beside those of the list: its border, the line that is typed in, the note and the keys."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One setting of a sheet."""

    id: str
    label: str
    value: str
    """As it is typed or chosen."""
    choices: tuple[tuple[str, str], ...] = ()
    """Values to go through, each with what is shown for it; empty where text is typed."""
    opens: bool = False
    """Whether enter opens a dialog of its own; it is not typed then."""
    help: str = ""

    @property
    def typed(self) -> bool:
        """Whether text is typed."""
        return not self.choices and not self.opens

    @property
    def shown(self) -> str:
        """The value as the list shows it."""
        return dict(self.choices).get(self.value, self.value)


class SheetDialog(ModalScreen[bool]):
    """Shows settings to change. The answer is whether they are kept.

    It stands at the top, so that what is below goes on showing what the settings bring about.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority, as in the lists: each key is carried out before the next one is looked at.
        Binding("up,shift+tab", "move(-1)", priority=True),
        Binding("down,tab", "move(1)", priority=True),
        Binding("pageup", "move(-6)", priority=True),
        Binding("pagedown", "move(6)", priority=True),
        Binding("left", "turn(-1)", priority=True),
        Binding("right,space", "turn(1)", priority=True),
        Binding("enter", "take", priority=True),
        Binding("ctrl+s", "keep", priority=True),
        Binding("escape,ctrl+c", "leave", priority=True),
    ]

    DEFAULT_CSS = """
    SheetDialog { align: center top; background: transparent; }
    SheetDialog #box { height: auto; border: ascii $foreground; padding: 0 1; background: $background; }
    SheetDialog Input { height: 1; border: none; padding: 0; }
    SheetDialog #sheet-note, SheetDialog #sheet-foot { height: 1; }
    """

    def __init__(
        self,
        title: str,
        entries: Callable[[], Sequence[Entry]],
        put: Callable[[str, str], None],
        *,
        signs: Signs,
        opened: Callable[[str], None] | None = None,
        note: Callable[[], str] | None = None,
    ) -> None:
        """``put`` is told the id and value of what was changed, ``opened`` the id of what was opened.

        ``note`` says what is wrong with the settings, or an empty string.
        """
        super().__init__()
        self._entries = entries
        self._put = put
        self._opened = opened
        self._note = note
        self._list = ListTable(
            [Column("label", title, 19, 0), Column("value", "", 10, 0, grows=True)], signs, id="sheet"
        )
        self._input = Input(compact=True, select_on_focus=False, id="sheet-input")
        self._input.cursor_blink = False
        self._note_line = Lines(id="sheet-note")
        self._foot = Lines(id="sheet-foot")
        self._typing_for = ""

    def compose(self) -> ComposeResult:
        """Build the box."""
        with Vertical(id="box") as box:
            yield self._list
            yield self._input
            yield self._note_line
            yield self._foot
        box.styles.width = min(_WIDEST, self.app.size.width)
        # The lower half of the screen is left to what the settings bring about; a very low terminal has no half.
        height = self.app.size.height
        room = height // 2 - 1 - _FRAME if height >= 20 else height - _FRAME
        self._list.styles.height = max(2, min(len(self._entries()) + 1, room))

    def on_mount(self) -> None:
        """Show the settings."""
        self.renew()

    def renew(self) -> None:
        """Show the settings as they are now."""
        entries = list(self._entries())
        self._list.take([Row(entry.id, (entry.label, self._value(entry))) for entry in entries])
        self._show_current(next((entry for entry in entries if entry.id == self._list.cursor), None))

    def _value(self, entry: Entry) -> str:
        return f"{entry.shown} {'(enter)' if entry.opens else ''}".strip()

    def _show_current(self, entry: Entry | None) -> None:
        typed = entry is not None and entry.typed
        if entry is not None and typed and self._typing_for != entry.id:
            self._typing_for = entry.id
            # Not a change of the user's; his own are those that come while the row stays the same.
            with self.prevent(Input.Changed):
                self._input.value = entry.value
            self._input.cursor_position = len(entry.value)
        if not typed:
            self._typing_for = ""
            with self.prevent(Input.Changed):
                self._input.value = ""
        self._input.disabled = not typed
        (self._input if typed else self._list).focus()
        note = self._note() if self._note else ""
        self._note_line.show([((note, "bad"),) if note else ((entry.help if entry else "", "faint"),)])
        self._foot.show([_keys(entry)])

    @property
    def _current(self) -> Entry | None:
        return next((entry for entry in self._entries() if entry.id == self._list.cursor), None)

    @on(ListTable.CursorMoved)
    def _moved(self) -> None:
        self._show_current(self._current)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        if self._typing_for:
            self._put(self._typing_for, event.value)
            self.renew()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave left, right and space to the line that is typed in."""
        if action == "turn" and (current := self._current) is not None and current.typed:
            return False
        return super().check_action(action, parameters)

    def action_move(self, lines: int) -> None:
        """Go to another setting."""
        self._list.move(lines)
        self._show_current(self._current)

    def action_turn(self, step: int) -> None:
        """Take the next choice, or the one before."""
        entry = self._current
        if entry is None or not entry.choices:
            return
        words = [word for word, _ in entry.choices]
        place = words.index(entry.value) if entry.value in words else -1 if step > 0 else 0
        self._put(entry.id, words[(place + step) % len(words)])
        self.renew()

    def action_take(self) -> None:
        """Open what has a dialog of its own; else keep the settings and leave."""
        entry = self._current
        if entry is not None and entry.opens and self._opened is not None:
            self._opened(entry.id)
        else:
            self.dismiss(True)

    def action_keep(self) -> None:
        """Keep the settings, and leave."""
        self.dismiss(True)

    def action_leave(self) -> None:
        """Take the changes back, and leave."""
        self.dismiss(False)


def _keys(entry: Entry | None) -> tuple[tuple[str, str], ...]:
    way = "Type" if entry and entry.typed else "Open" if entry and entry.opens else "Choose"
    key = {"Type": "a-z", "Open": "enter", "Choose": "left right"}[way]
    keep = "ctrl+s" if way == "Open" else "enter"
    return ((key, "key"), (f" {way}  ", ""), (keep, "key"), (" Keep  ", ""), ("esc", "key"), (" Take back", ""))
