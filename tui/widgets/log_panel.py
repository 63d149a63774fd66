"""The live log: drawn line by line, bounded, following what comes or standing still while it is read."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from core.runs import Level
from tui.widgets.lines import fitted, wrapped

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


class LogPanel(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows lines of the engine's log. Its first row says what is shown and stays where it is."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "log-panel--title",
        "log-panel--warning",
        "log-panel--bad",
        "log-panel--faint",
    }

    def __init__(self, signs: Signs) -> None:
        super().__init__(id="log")
        self._signs = signs
        self._zone: tzinfo | None = None
        self._lines: deque[LogLine] = deque(maxlen=KEPT)
        self._rows: list[tuple[LogLine, str]] = []
        self._title = ""
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
        self._draw_title()

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
        top = self.scroll_offset.y
        seen = dict.fromkeys(line for line, _ in self._rows[top : top + self.page])
        return "".join(f"{self._text(line, date=True)}\n" for line in seen)

    def _admits(self, line: LogLine) -> bool:
        if _LEVELS.index(line.level) < _LEVELS.index(self.least):
            return False
        return self.task_id is None or line.task == self.task_id

    def _refill(self) -> None:
        self._fill(self._lines)
        self.follow()
        self.refresh()

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
        top = max(0, min(self.scroll_offset.y + lines, bottom))
        self.following = top >= bottom
        if self.following:
            self.new = 0
        self.scroll_to(y=top, animate=False, force=True)
        self._draw_title()

    def move_to_end(self, *, bottom: bool) -> None:
        """Go to the first line that is kept, or to the end and follow."""
        self.move(len(self._rows) if bottom else -len(self._rows))

    def follow(self) -> None:
        """Go to the end and stay there."""
        self.following, self.new = True, 0
        self._place(gone=0)
        self._draw_title()

    def _place(self, *, gone: int) -> None:
        self.virtual_size = Size(self.size.width, len(self._rows) + 1)
        top = self.scroll_offset.y
        bottom = max(0, len(self._rows) - self.page)
        new_top = bottom if self.following else max(0, top - gone)
        if new_top != top:
            self.scroll_to(y=new_top, animate=False, force=True)
        elif self.following or gone:
            self.refresh()

    def _on_resize(self) -> None:
        if self.wrap:
            self._fill(self._lines)
        self._place(gone=0)
        self.refresh()

    # -- drawing --------------------------------------------------------------------------------------------------

    def _title_text(self) -> str:
        whose = self.task_id or "all tasks"
        grave = "every line" if self.least is Level.DEBUG else f"{self.least} and graver"
        if self.least is Level.ERROR:
            grave = "errors"
        state = "following" if self.following else f"paused, {self.new} new"
        rule = self._signs.rule
        text = f"{rule} Log {self._signs.dot} {whose} {self._signs.dot} {grave} {self._signs.dot} {state} "
        return text + rule * max(0, self.size.width - len(text))

    def _draw_title(self) -> None:
        if self._title_text() != self._title:
            self.refresh_line(self.scroll_offset.y)

    def render_line(self, y: int) -> Strip:
        """Draw the title, or one row of the log."""
        width, base = self.size.width, self.rich_style
        if y == 0:
            self._title = self._title_text()
            style = self.get_component_rich_style("log-panel--title")
            return Strip([Segment(fitted(self._title, width, self._signs.ellipsis), style)])
        number = self.scroll_offset.y + y - 1
        if number >= len(self._rows):
            return Strip.blank(width, base)
        line, text = self._rows[number]
        role = _ROLES.get(line.level)
        style = self.get_component_rich_style(f"log-panel--{role}") if role else base
        return Strip([Segment(fitted(text, width, self._signs.ellipsis), style)])
