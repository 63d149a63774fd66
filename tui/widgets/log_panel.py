"""The live log as a screen draws it: line by line, following what comes or standing still while it is read."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from core.runs import Level
from tui.widgets.rows import Line, Rows, fitted, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from core.engine.api import LogLine
    from tui.log_view import Found, LogView
    from tui.words import Signs

_ROLES = {Level.DEBUG: "faint", Level.WARNING: "warning", Level.ERROR: "bad"}
_INDENT = "  "
"""Before what a wrapped line goes on with, and before lines without what is looked for."""

_Place = tuple[int, int]
"""A line among those shown, and a row of it."""


class LogPanel(Rows):
    """Draws a :class:`LogView` and moves in it. Its first row says what is shown and stays where it is.

    Only what is in view is broken into rows, so that it costs the same however long the log is.
    """

    standing = 1

    def __init__(self, view: LogView, signs: Signs, nothing: Callable[[], str]) -> None:
        """``nothing`` says what to do where no line is shown."""
        super().__init__(id="log", can_focus=True)
        self.view = view
        self._nothing = nothing
        self._signs = signs
        self._zone: tzinfo = UTC
        self._rows: list[tuple[LogLine, str]] = []
        """What is in view."""

    def take(self, zone: tzinfo) -> None:
        """Draw what changed in the log."""
        self._zone = zone
        self.redraw()

    def redraw(self) -> None:
        """Draw what changed."""
        self._rows = self._in_view()
        super().redraw()

    def _on_resize(self) -> None:
        # It may have been drawn already, in its new size and at its old place.
        self.redraw()

    # -- moving ---------------------------------------------------------------------------------------------------

    def move(self, lines: int) -> None:
        """Scroll by rows; away from the end the log stands still, at the end it follows again."""
        self._go_to(self._moved(self._top(), lines))

    def move_to_end(self, *, bottom: bool) -> None:
        """Go to the first line that is kept, or to the end and follow."""
        if bottom:
            self.view.follow()
            self.redraw()
        else:
            self._go_to((0, 0))

    def toggle_pause(self) -> None:
        """Stand still here, or go to the end and follow."""
        if self.view.following:
            self._stand_at(self._top())
            self.redraw()
        else:
            self.move_to_end(bottom=True)

    def go_to_match(self, step: int) -> Found | None:
        """Go to the next line that was looked for, or the one before, and stand still there."""
        view = self.view
        start = self._rows[-1][0].number if self._rows else 0
        found = view.find(step, start=start)
        if found:
            top = self._top()
            if not any(line.number == found.number for line, _ in self._rows):
                top = min(self._moved((view.index_of(found.number), 0), -(self.page // 2)), self._bottom())
            self._stand_at(top)
        self.redraw()
        return found

    def _go_to(self, top: _Place) -> None:
        if top >= self._bottom():
            self.view.follow()
        else:
            self._stand_at(top)
        self.redraw()

    def _stand_at(self, top: _Place) -> None:
        index, skipped = top
        shown = self.view.shown
        self.view.pause(shown[index].number if index < len(shown) else 0, skipped)

    def _top(self) -> _Place:
        """Where the first row in view is."""
        bottom = self._bottom()
        if self.view.following:
            return bottom
        return min((self.view.index_of(self.view.top), self.view.skipped), bottom)

    def _bottom(self) -> _Place:
        """Where the first row in view is when the last one is in view, too."""
        return self._moved((len(self.view.shown), 0), -self.page)

    def _moved(self, place: _Place, rows: int) -> _Place:
        index, row = place
        shown = self.view.shown
        row += rows
        while row < 0 and index > 0:
            index -= 1
            row += len(self._broken(shown[index]))
        while index < len(shown) and row >= (size := len(self._broken(shown[index]))):
            index += 1
            row -= size
        return (index, max(0, row)) if index < len(shown) else (len(shown), 0)

    # -- drawing --------------------------------------------------------------------------------------------------

    def _in_view(self) -> list[tuple[LogLine, str]]:
        index, skipped = self._top()
        shown = self.view.shown
        rows: list[tuple[LogLine, str]] = []
        while index < len(shown) and len(rows) < self.page:
            rows += [(shown[index], row) for row in self._broken(shown[index])[skipped:]]
            index, skipped = index + 1, 0
        return rows[: self.page]

    def _broken(self, line: LogLine) -> list[str]:
        text = self.view.text_of(line, self._zone)
        if not self.view.wrap or not self.size.width:
            return [text]
        width = self.size.width - len(_INDENT) * (2 if self.view.words else 1)
        first, *rest = wrapped(text, max(10, width)) or [""]
        return [first, *(_INDENT + row for row in rest)]

    def lines_in_view(self) -> str:
        """Return what is in view as text for a clipboard, whole lines."""
        seen = {line.number: line for line, _ in self._rows}
        return self.view.text(list(seen.values()), self._zone)

    @property
    def weight(self) -> int:
        """How many characters are in view: what a scroll by one line sends."""
        return sum(min(len(text), self.size.width) for _, text in self._rows)

    def line_at(self, y: int) -> Line:
        """Return the title, or one row of the log."""
        if y == 0:
            title = f" {self._signs.dot} ".join(("Log", *self.view.in_words()))
            return (
                (fitted(f"{self._signs.rule * 2} {title}", self.size.width, self._signs.ellipsis).rstrip(), "title"),
            )
        if not self._rows and not self.view.shown:
            told = wrapped(self._nothing(), self.size.width - len(_INDENT))
            return ((_INDENT + told[y - 1], "label"),) if y <= len(told) else ()
        if y > len(self._rows):
            return ()
        line, text = self._rows[y - 1]
        gutter = self._gutter(line) if self.view.words else ""
        return self._marked(gutter + fitted(text, self.size.width - len(gutter), self._signs.ellipsis).rstrip(), line)

    def _gutter(self, line: LogLine) -> str:
        if line.number == self.view.at:
            return f"{self._signs.cursor} "
        return f"{self._signs.mark} " if self.view.has_words(line) else _INDENT

    def _marked(self, text: str, line: LogLine) -> Line:
        role = _ROLES.get(line.level, "")
        parts: list[tuple[str, str]] = []
        end = 0
        for start, stop in self.view.spans(text):
            parts += [(text[end:start], role), (text[start:stop], "cursor")]
            end = stop
        return tuple(part for part in (*parts, (text[end:], role)) if part[0])
