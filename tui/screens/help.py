"""Every key, and what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.actions import ACTIONS, action, actions_of, in_groups
from tui.screens.reading import ReadingScreen
from tui.widgets.rows import Line, wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.action import Scope, Situation
    from tui.keymap import Keymap

_KEYS = 18


class HelpScreen(ReadingScreen):
    """Lists the action table, with the reason beside what cannot be done at the moment."""

    def __init__(self, scope: Scope, situation: Situation, keymap: Keymap) -> None:
        super().__init__()
        # The key that opened the help closes it, too.
        self._bindings.bind(",".join(keymap.keys(action("app.help"))), "close", priority=True)
        self._keymap = keymap
        self._scope = scope
        self._situation = situation

    def lines(self, width: int) -> Sequence[Line]:
        """Return the action table."""
        return help_lines(self._scope, self._situation, self._keymap, width)


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
