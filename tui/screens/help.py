"""Every key, and what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.screen import Screen

from tui.actions import Situation, in_groups, keys_in_words
from tui.widgets.rows import Line, Lines, wrapped

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Key, Resize

_KEYS = 18
_STEPS = {"j": 1, "down": 1, "k": -1, "up": -1}


class HelpScreen(Screen[None]):
    """Lists the action table, with the reason beside what cannot be done at the moment."""

    AUTO_FOCUS: ClassVar[str | None] = "#help"

    def __init__(self, situation: Situation) -> None:
        super().__init__()
        self._situation = situation

    def compose(self) -> ComposeResult:
        """Build the screen."""
        yield Lines(id="help", can_focus=True)
        yield Lines(id="help-keys")

    def on_mount(self) -> None:
        """Say how to leave."""
        self.query_one("#help-keys", Lines).show([(("esc", "key"), (" Back  ", ""), ("j k", "key"), (" Move", ""))])

    def on_resize(self, event: Resize) -> None:
        """Break the lines anew."""
        self.query_one("#help", Lines).show(help_lines(self._situation, event.size.width))

    def on_key(self, event: Key) -> None:
        """Scroll or leave; the key that opened the help closes it too."""
        if not self.is_current:
            return
        page = self.query_one("#help", Lines)
        if event.key in ("escape", "q", "question_mark", "enter", "ctrl+c"):
            self.dismiss()
        elif event.key in _STEPS:
            page.move(_STEPS[event.key])
        elif event.key in ("pagedown", "space", "pageup"):
            step = max(1, page.size.height - 1)
            page.move(-step if event.key == "pageup" else step)
        elif event.key in ("g", "home", "G", "end"):
            page.move_to_end(bottom=event.key in ("G", "end"))
        else:
            return
        event.stop()


def help_lines(situation: Situation, width: int) -> list[Line]:
    """Return the whole action table as lines of ``width`` columns."""
    lines: list[Line] = []
    for group, entries in in_groups():
        lines.append(((group.value, "title"),))
        for entry in entries:
            why_not = entry.why_not(situation)
            text = f"{entry.help_line} Not now: {why_not}" if why_not else entry.help_line
            rows = wrapped(text, max(10, width - _KEYS))
            lines.append(((f"  {keys_in_words(entry):<{_KEYS - 2}}", "key"), (rows[0], "")))
            lines += [((" " * _KEYS + row, ""),) for row in rows[1:]]
        lines.append(())
    return lines
