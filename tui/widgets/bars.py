"""The rows that frame a screen: what there is to see at the top, what can be done at the bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from core.runs import RunState
from core.text import counted
from tui.action import Scope
from tui.actions import actions_of
from tui.widgets.rows import Line, Lines, fitted, text_of, wrapped
from tui.words import tasks_in_words

if TYPE_CHECKING:
    from textual.events import Resize

    from core.engine.api import Snapshot
    from tui.keymap import Keymap
    from tui.words import Signs


class TitleBar(Lines):
    """Says how many tasks there are, how many are going and how many failed; and which configuration this is."""

    def __init__(self, signs: Signs, scope: Scope) -> None:
        super().__init__(id="title")
        self._signs = signs
        self._scope = scope
        self._snapshot: Snapshot | None = None

    def take(self, snapshot: Snapshot) -> None:
        """Show a snapshot's figures."""
        self._snapshot = snapshot
        failed = sum(1 for task in snapshot.tasks if task.last_run and task.last_run.state is RunState.FAILED)
        going = sum(1 for task in snapshot.tasks if task.run)
        parts = [f"Pendel: {self._scope}"]
        if self._scope is Scope.TASKS:
            parts = ["Pendel", tasks_in_words(len(snapshot.tasks))]
        if going:
            parts.append(f"{snapshot.running} running")
        if going > snapshot.running:
            parts.append(f"{going - snapshot.running} waiting")
        if failed:
            parts.append(f"{failed} failed")
        if snapshot.attached:
            parts.append("attached" if snapshot.answers else "attached, no answer")
        if snapshot.read_only:
            parts.append("read-only")
        left = f" {self._signs.dot} ".join(parts)
        right = f"{snapshot.config_path} {self._signs.dot} {snapshot.zone.key}"
        room = self.size.width - cell_len(left) - 1
        if cell_len(right) > room:
            right = snapshot.config_path if cell_len(snapshot.config_path) <= room else ""
        self.show([((left, "title"), (" " * (room + 1 - cell_len(right)) + right, "faint"))])

    def _on_resize(self) -> None:
        if self._snapshot:
            self.take(self._snapshot)


_MOST_LINES = 3
"""Of what is said until the next key."""


class MessageBar(Lines):
    """Says in one line what is filtered, marked or held still; or, until the next key, why something was not done.

    What is said takes the lines that it needs: why something was not done is often the end of the sentence.
    """

    def __init__(self, signs: Signs) -> None:
        super().__init__(id="message")
        self._signs = signs
        self._height = 1
        self._said = ""
        self._standing = ""

    def say(self, text: str) -> None:
        """Say something until the next key."""
        self._said = text
        self._draw()

    def hush(self) -> None:
        """Take back what was said."""
        if self._said:
            self.say("")

    def stand(self, text: str) -> None:
        """Say something for as long as it is true; empty for nothing."""
        self._standing = text
        self._draw()

    def _draw(self) -> None:
        width = self.size.width
        rows = wrapped(self._said, width) if width else [self._said]
        if len(rows) > _MOST_LINES:
            rest = " ".join(rows[_MOST_LINES - 1 :])
            rows[_MOST_LINES - 1 :] = [fitted(rest, width, self._signs.ellipsis)]
        height = max(1, len(rows))
        if height != self._height and self.is_attached:
            # A new layout, which is made only where it is needed, and never for a screen that is gone.
            self._height, self.styles.height = height, height
        self.show(
            [((row, "warning"),) for row in rows]
            if self._said
            else [((fitted(self._standing, width, self._signs.ellipsis).rstrip(), "label"),)]
        )

    def _on_resize(self) -> None:
        self._draw()


class KeyBar(Lines):
    """Names the keys that matter most; as many as there is room for, and always help and quit."""

    def __init__(self, scope: Scope, keymap: Keymap) -> None:
        super().__init__(id="keys")
        self._scope = scope
        self._keymap = keymap

    def _on_resize(self, event: Resize) -> None:
        self.show([self._keys(event.size.width)])

    def _keys(self, width: int) -> Line:
        entries: list[Line] = [
            ((key, "key"), (f" {entry.label}  ", ""))
            for entry in actions_of(self._scope)
            if entry.in_bar and (key := self._keymap.name(entry.id, self._scope))
        ]
        # What parts the last one from nothing needs no room.
        while len(entries) > 2 and sum(cell_len(text_of(entry)) for entry in entries) - 2 > width:
            del entries[-3]
        return tuple(part for entry in entries for part in entry)


def state_of_view(*, words: str, states: str, shown: int, total: int, marked: int, notice: str) -> str:
    """Return what the message bar says while nothing else is to be said."""
    parts = []
    if words or states:
        what = " and ".join(part for part in (repr(words) if words else "", states) if part)
        parts.append(f"Filter: {what}, {shown} of {total}; esc clears it.")
    if marked:
        parts.append(f"{counted(marked, 'task')} marked.")
    if notice:
        parts.append(notice)
    return " ".join(parts)
