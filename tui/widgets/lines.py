"""Lines of plain text that are drawn one by one, so that a change sends what changed and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.content import Content
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style
    from textual.events import Resize

Part = tuple[str, str]
"""Text, and the role that gives it its style; an empty role is the widget's own style."""
Line = tuple[Part, ...]


def plain(text: str) -> Line:
    """Return a line of one part in the widget's own style."""
    return ((text, ""),)


def wrapped(text: str, width: int) -> list[str]:
    """Return text as lines of at most ``width`` columns, broken between words where that can be."""
    return [line.plain.rstrip() for line in Content(text).wrap(max(2, width))] if text else []


def fitted(text: str, width: int, ellipsis: str) -> str:
    """Return text in exactly ``width`` columns: padded, or cut with an ellipsis."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, max(0, width - 1)) + ellipsis if width else ""


def text_of(line: Line) -> str:
    """Return what a line says."""
    return "".join(text for text, _ in line)


class Lines(ScrollView, inherit_bindings=False):
    """Shows lines of text. :meth:`show` draws only those that differ from what stands there."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "lines--title",
        "lines--label",
        "lines--key",
        "lines--good",
        "lines--going",
        "lines--warning",
        "lines--bad",
        "lines--faint",
    }

    def __init__(self, *, id: str | None = None, can_focus: bool = False) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.can_focus = can_focus
        self.lines: list[Line] = []

    def show(self, lines: Sequence[Line]) -> None:
        """Show these lines instead of the present ones."""
        before, self.lines = self.lines, list(lines)
        if len(before) != len(self.lines):
            self.virtual_size = Size(self.size.width, len(self.lines))
        for number in range(max(len(before), len(self.lines))):
            old = before[number] if number < len(before) else ()
            new = self.lines[number] if number < len(self.lines) else ()
            if old != new:
                # Blank columns to the right of both need not be sent.
                columns = max(cell_len(text_of(old)), cell_len(text_of(new)))
                self.refresh(Region(0, number - self.scroll_offset.y, min(columns, self.size.width), 1))

    def _on_resize(self, event: Resize) -> None:
        self.virtual_size = Size(event.size.width, len(self.lines))

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        number = y + self.scroll_offset.y
        base = self.rich_style
        line = self.lines[number] if number < len(self.lines) else ()
        segments = [Segment(text, self._style(role, base)) for text, role in line if text]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _style(self, role: str, base: Style) -> Style:
        return self.get_component_rich_style(f"lines--{role}") if role else base

    def move(self, lines: int) -> None:
        """Scroll by that many lines."""
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False)

    def move_to_end(self, *, bottom: bool) -> None:
        """Scroll to the first line or the last."""
        self.scroll_to(y=self.max_scroll_y if bottom else 0, animate=False)
