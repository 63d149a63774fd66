"""Every key, and what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.screen import Screen

from tui.actions import ACTIONS, action, actions_of, in_groups
from tui.widgets.rows import Line, Lines, wrapped

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Resize

    from tui.action import Scope, Situation
    from tui.keymap import Keymap

_KEYS = 18


class HelpScreen(Screen[None]):
    """Lists the action table, with the reason beside what cannot be done at the moment."""

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

    def __init__(self, scope: Scope, situation: Situation, keymap: Keymap) -> None:
        super().__init__()
        # The key that opened the help closes it, too.
        self._bindings.bind(",".join(keymap.keys(action("app.help"))), "close", priority=True)
        self._keymap = keymap
        self._scope = scope
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
        self.query_one("#help", Lines).show(help_lines(self._scope, self._situation, self._keymap, event.size.width))

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


def help_lines(scope: Scope, situation: Situation, keymap: Keymap, width: int) -> list[Line]:
    """Return the action table as lines of ``width`` columns: what applies on this screen first, then the rest."""
    lines: list[Line] = []
    here = actions_of(scope)
    elsewhere = [entry for entry in ACTIONS if scope not in entry.scopes]
    groups = [(group.value, entries) for group, entries in in_groups(here)]
    groups += [(f"{group.value}, on other screens", entries) for group, entries in in_groups(elsewhere)]
    for title, entries in groups:
        lines.append(((title, "title"),))
        for entry in entries:
            why_not = entry.why_not(situation) if scope in entry.scopes else ""
            text = f"{entry.help_line} Not now: {why_not}" if why_not else entry.help_line
            rows = wrapped(text, max(10, width - _KEYS))
            keys = keymap.in_words(entry, scope if scope in entry.scopes else None)
            lines.append(((f"  {keys:<{_KEYS - 2}}", "key"), (rows[0], "")))
            lines += [((" " * _KEYS + row, ""),) for row in rows[1:]]
        lines.append(())
    return lines
