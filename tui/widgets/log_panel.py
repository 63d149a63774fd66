"""The live log: drawn line by line, bounded, following what comes or standing still while it is read."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from core.runs import Level
from tui.widgets.rows import Line, Rows, fitted, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

    from core.engine.api import LogLine
    from tui.words import Signs

KEPT = 5000
"""Lines that the panel holds."""

_LEVELS = tuple(Level)
_WORDS = {Level.DEBUG: "debug", Level.INFO: "info", Level.WARNING: "WARN", Level.ERROR: "ERROR"}
_ROLES = {Level.DEBUG: "faint", Level.WARNING: "warning", Level.ERROR: "bad"}


class LogPanel(Rows):
    """Shows lines of the engine's log. Its first row says what is shown and stays where it is."""

    def __init__(self, signs: Signs) -> None:
        super().__init__(id="log", can_focus=True)
        self._signs = signs
        self._zone: tzinfo | None = None
        self._lines: deque[LogLine] = deque(maxlen=KEPT)
        self._rows: list[tuple[LogLine, str]] = []
        self.last_number = 0
        self.following = True
        self.new = 0
        """Lines that came while the panel stood still."""
        self.task_id: str | None = None
        self.least = Level.INFO
        self.wrap = False

    # -- what is shown --------------------------------------------------------------------------------------------

    def append(self, lines: Sequence[LogLine], zone: tzinfo) -> None:
        """Take new lines, oldest first."""
        if not lines:
            return
        self._zone = zone
        self.last_number = lines[-1].number
        full = len(self._lines) + len(lines) > KEPT
        self._lines.extend(lines)
        fresh = [line for line in lines if self._admits(line)]
        if not self.following:
            self.new += len(fresh)
        if full:
            # The oldest went; what is being read moves up by as many rows.
            before = len(self._rows)
            self._fill(self._lines)
            self._place(gone=max(0, before + len(fresh) - len(self._rows)))
        elif fresh:
            self._rows.extend(self._rows_of(fresh))
            self._place(gone=0)
        self.redraw()

    def set_task(self, task: str | None) -> None:
        """Show the lines of one task, or of all."""
        self.task_id = task
        self._refill()

    def next_severity(self) -> Level:
        """Show only what is graver; after the gravest, show all."""
        self.least = _LEVELS[(_LEVELS.index(self.least) + 1) % len(_LEVELS)]
        self._refill()
        return self.least

    def toggle_wrap(self) -> None:
        """Break long lines, or cut them."""
        self.wrap = not self.wrap
        self._refill()

    def lines_in_view(self) -> str:
        """Return what is in view as text for a clipboard, whole lines."""
        top = self.top
        seen = dict.fromkeys(line for line, _ in self._rows[top : top + self.page])
        return "".join(f"{self._text(line, date=True)}\n" for line in seen)

    def _admits(self, line: LogLine) -> bool:
        if _LEVELS.index(line.level) < _LEVELS.index(self.least):
            return False
        return self.task_id is None or line.task == self.task_id

    def _refill(self) -> None:
        self._fill(self._lines)
        self.follow()

    def _fill(self, lines: Iterable[LogLine]) -> None:
        self._rows = list(self._rows_of(line for line in lines if self._admits(line)))

    def _rows_of(self, lines: Iterable[LogLine]) -> Iterable[tuple[LogLine, str]]:
        for line in lines:
            text = self._text(line)
            if self.wrap and self.size.width:
                first, *rest = wrapped(text, self.size.width - 2) or [""]
                yield line, first
                yield from ((line, f"  {row}") for row in rest)
            else:
                yield line, text

    def _text(self, line: LogLine, *, date: bool = False) -> str:
        local = line.at.astimezone(self._zone)
        time = f"{local:%Y-%m-%d %H:%M:%S}" if date else f"{local:%H:%M:%S}"
        task = f"{line.task}: " if line.task and line.task != self.task_id else ""
        return f"{time} {_WORDS[line.level]:<5} {task}{line.text}"

    # -- moving ---------------------------------------------------------------------------------------------------

    @property
    def page(self) -> int:
        """How many lines are in view."""
        return max(1, self.size.height - 1)

    def move(self, lines: int) -> None:
        """Scroll; away from the end the panel stands still, at the end it follows again."""
        bottom = max(0, len(self._rows) - self.page)
        top = max(0, min(self.top + lines, bottom))
        self.following = top >= bottom
        if self.following:
            self.new = 0
        self.top = top
        self.redraw()

    def move_to_end(self, *, bottom: bool) -> None:
        """Go to the first line that is kept, or to the end and follow."""
        self.move(len(self._rows) if bottom else -len(self._rows))

    def follow(self) -> None:
        """Go to the end and stay there."""
        self.following, self.new = True, 0
        self._place(gone=0)
        self.redraw()

    def _place(self, *, gone: int) -> None:
        bottom = max(0, len(self._rows) - self.page)
        self.top = bottom if self.following else max(0, self.top - gone)

    def _on_resize(self) -> None:
        if self.wrap:
            self._fill(self._lines)
        self._place(gone=0)
        # It may have been drawn already, in its new size and at its old place.
        self.redraw()

    @property
    def weight(self) -> int:
        """How many characters are in view: what a scroll by one line sends."""
        return sum(min(len(text), self.size.width) for _, text in self._rows[self.top : self.top + self.page])

    # -- drawing --------------------------------------------------------------------------------------------------

    def _title_text(self) -> str:
        whose = self.task_id or "all tasks"
        grave = {Level.DEBUG: "every line", Level.ERROR: "errors"}.get(self.least, f"{self.least} and graver")
        state = "following" if self.following else f"paused, {self.new} new"
        return f"{self._signs.rule * 2} " + f" {self._signs.dot} ".join(("Log", whose, grave, state))

    def line_at(self, y: int) -> Line:
        """Return the title, or one row of the log."""
        width, ellipsis = self.size.width, self._signs.ellipsis
        if y == 0:
            return ((self._title_text(), "title"),)
        number = self.top + y - 1
        if number >= len(self._rows):
            return ()
        line, text = self._rows[number]
        return ((fitted(text, width, ellipsis).rstrip(), _ROLES.get(line.level, "")),)
