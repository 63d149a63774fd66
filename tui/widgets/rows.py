"""Widgets that are drawn row by row, so that a change sends what changed and no more.

Textual's own widgets repaint whole lines with the blanks at their ends, or all of themselves. Over a slow line that is
felt at every key. A widget here says what each row reads; the base compares that with what stands on the screen.
"""

from __future__ import annotations

from operator import eq
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.events import Click, MouseScrollDown, MouseScrollUp

_WHEEL = 3
"""Lines that a step of the mouse's wheel moves by."""
_TERMINALS_OWN = Style(color="default", bgcolor="default")

Part = tuple[str, str]
"""Text, and the role that gives it its style; an empty role is the widget's own style."""
Line = tuple[Part, ...]


def plain(text: str) -> Line:
    """Return a line of one part in the widget's own style."""
    return ((text, ""),)


def text_of(line: Line) -> str:
    """Return what a line says."""
    return "".join(text for text, _ in line)


def wrapped(text: str, width: int) -> list[str]:
    """Return text as lines of at most ``width`` columns, broken between words where that can be."""
    return [line.plain.rstrip() for line in Content(text).wrap(max(2, width))] if text else []


def paragraph(text: str, width: int, role: str = "", *, indent: str = "", hanging: str = "") -> list[Line]:
    """Return a text in lines of at most ``width`` columns, all in one style.

    ``indent`` stands before each line, and ``hanging`` behind it before all but the first.
    """
    rows = wrapped(text, width - len(indent) - len(hanging))
    return [((f"{indent}{hanging if at else ''}{row}", role),) for at, row in enumerate(rows)]


def beside(label: str, text: str, width: int, room: int, role: str = "") -> list[Line]:
    """Return a text beside its label, for which there are ``room`` columns; below it where the two have no room so."""
    if text and cell_len(label) >= room and cell_len(label) + 1 + cell_len(text) <= width:
        return [((f"{label} ", "label"), (text, role))]
    rows = wrapped(text, max(8, width - room)) or [""]
    above: list[Line] = []
    if text and cell_len(label) >= room:
        above, label = [((label, "label"),)], ""
    return above + [((f"{'' if at else label:<{room}}", "label"), (row, role)) for at, row in enumerate(rows)]


def fitted(text: str, width: int, ellipsis: str) -> str:
    """Return text in exactly ``width`` columns: padded, or cut with an ellipsis."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, max(0, width - 1)) + ellipsis if width else ""


class Rows(Widget, inherit_bindings=False):
    """Draws rows. A subclass says in :meth:`line_at` what each reads, and calls :meth:`redraw` after a change."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "rows--title",
        "rows--cursor",
        "rows--label",
        "rows--key",
        "rows--good",
        "rows--going",
        "rows--warning",
        "rows--bad",
        "rows--faint",
    }

    standing: ClassVar[int] = 0
    """Rows at the top that stay where they are when the others move."""

    def __init__(self, *, id: str | None = None, can_focus: bool = False) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.can_focus = can_focus
        self.top = 0
        """The first row of the content that is in view."""
        self._drawn: dict[int, Line] = {}

    @property
    def drawn(self) -> bool:
        """Whether it stands on the screen."""
        return bool(self._drawn)

    def line_at(self, y: int) -> Line:
        """Return what row ``y`` of the widget reads."""
        raise NotImplementedError

    def move(self, lines: int) -> None:
        """Move the cursor, or what is in view, by that many lines."""

    def pick(self, y: int) -> None:
        """Put the cursor on row ``y`` of the widget, where there is a cursor."""

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Move down."""
        event.stop()
        self.move(_WHEEL)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Move up."""
        event.stop()
        self.move(-_WHEEL)

    def on_click(self, event: Click) -> None:
        """Put the cursor there."""
        self.pick(event.y)

    def redraw(self) -> None:
        """Draw the rows that read differently from what stands on the screen, as far as they do."""
        lines = [self.line_at(y) for y in range(self.size.height)]
        self._move_drawn(lines)
        for y, new in enumerate(lines):
            old = self._drawn.get(y, ())
            if columns := _differing(old, new, self.size.width):
                first = min(_alike(old, new), columns - 1)
                self.refresh(Region(first, y, columns - first, 1))

    @property
    def page(self) -> int:
        """How many rows are in view, but for those that stand."""
        return max(1, self.size.height - self.standing)

    def show_row(self, position: int, rows: int) -> None:
        """Bring a row of the content, of so many, into view."""
        page = self.page
        last = self.top + page - 1
        if not self.top <= position <= last:
            # Half a page at once: on a slow line, one row at a time would send the whole page with each key.
            beyond = position - last if position > last else position - self.top
            self.top += (
                beyond if abs(beyond) <= page // 2 and self._terminal_scrolls else position - self.top - page // 2
            )
        self.top = max(0, min(self.top, rows - page))

    @property
    def _terminal_scrolls(self) -> bool:
        app = self.app
        return self.is_mounted and app.screen is self.screen and getattr(app, "can_scroll", _never)(self.region)

    def _move_drawn(self, lines: Sequence[Line]) -> None:
        """Let the terminal move the rows that stand elsewhere now, where that spares most of them."""
        first, height = self.standing, len(lines)
        if not self._drawn or not self._terminal_scrolls:
            return
        rows = _shift([self._drawn.get(y, ()) for y in range(first, height)], lines[first:])
        if not rows:
            return
        self.app.scroll_rows(self.region.shrink((first, 0, 0, 0)), rows)  # type: ignore[attr-defined]
        blank: Line = ((" " * self.size.width, "blank"),)
        moved = {
            y: self._drawn.get(y + rows, blank) if first <= y + rows < height else blank for y in range(first, height)
        }
        self._drawn |= moved
        # What Textual keeps of each row stands elsewhere now, and would come back when all is drawn, as after a dialog.
        self._styles_cache.clear()

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        line = self._drawn[y] = self.line_at(y)
        segments = [Segment(text, self._style(role)) for text, role in line]
        return Strip(segments).adjust_cell_length(self.size.width, self._style("")).simplify()

    def _style(self, role: str) -> Style | None:
        style = self.get_component_rich_style(f"rows--{role}") if role else self.rich_style
        # The terminal's own colours need no words to be sent.
        return None if style == _TERMINALS_OWN else style


def _never(_: Region) -> bool:
    return False


def _shift(old: Sequence[Line], new: Sequence[Line]) -> int:
    """Return by how many rows up the old lines make most of the new ones; 0 where moving them spares little."""
    best, most = 0, sum(map(eq, old, new)) + 1
    for rows in range(1, len(new) // 2 + 1):
        for way, alike in ((rows, sum(map(eq, old[rows:], new))), (-rows, sum(map(eq, old, new[rows:])))):
            if alike > most:
                best, most = way, alike
    return best if most > len(new) // 2 else 0


def _differing(old: Line, new: Line, width: int) -> int:
    """Return how many columns from the left must be drawn to make one line of another; 0 where they are the same."""
    if old == new:
        return 0
    before, after = cell_len(text_of(old)), cell_len(text_of(new))
    if before > after:
        # All of it: the driver sends blanks up to the edge of the screen as one word.
        return width
    parts = list(new)
    if before == after:
        for old_part, new_part in zip(reversed(old), reversed(new), strict=False):
            if old_part != new_part:
                break
            parts.pop()
    return min(cell_len(text_of(tuple(parts))), width)


def _alike(old: Line, new: Line) -> int:
    """Return how many columns at the left two lines have in common."""
    columns = 0
    for (old_text, old_role), (new_text, new_role) in zip(old, new, strict=False):
        if old_role != new_role:
            break
        pairs = enumerate(zip(old_text, new_text, strict=False))
        same = next((place for place, (one, other) in pairs if one != other), min(len(old_text), len(new_text)))
        columns += cell_len(new_text[:same])
        if same < len(new_text) or same < len(old_text):
            break
    return columns


class Lines(Rows):
    """Shows lines of text, and scrolls where there are more than there is room for."""

    def __init__(self, *, id: str | None = None, can_focus: bool = False) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, can_focus=can_focus)
        self.lines: Sequence[Line] = ()

    def show(self, lines: Sequence[Line]) -> None:
        """Show these lines instead of the present ones."""
        self.lines = lines
        self._go_to(self.top)

    def line_at(self, y: int) -> Line:
        """Return what row ``y`` reads."""
        number = self.top + y
        return self.lines[number] if number < len(self.lines) else ()

    def move(self, lines: int) -> None:
        """Scroll by that many lines."""
        self._go_to(self.top + lines)

    def move_to_end(self, *, bottom: bool) -> None:
        """Scroll to the first line or the last."""
        self._go_to(len(self.lines) if bottom else 0)

    def _go_to(self, top: int) -> None:
        self.top = max(0, min(top, len(self.lines) - self.size.height))
        self.redraw()
