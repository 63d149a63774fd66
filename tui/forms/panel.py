"""The fields of a form on the screen: drawn rows, and one input behind the value that is being typed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import on
from textual.containers import Container
from textual.strip import Strip
from textual.widgets import Input

from tui.forms.rows import Part
from tui.widgets.rows import Line, Rows, fitted, plain, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from textual.app import ComposeResult
    from textual.events import Key

    from tui.forms.form import Path
    from tui.forms.rows import Row
    from tui.words import Signs

_GUTTER = 2
_LABEL, _NARROW_LABEL, _WIDE = 29, 14, 64
Place = tuple["Path", Part]
"""What the cursor stands on: it stays there when the rows around it change."""


class FormRows(Rows):
    """Draws the rows with their problems and notes under them, and moves a cursor over those that can be edited."""

    def __init__(self, signs: Signs) -> None:
        super().__init__(id="form-rows")
        self.rows: list[Row] = []
        self.place: Place | None = None
        self._signs = signs
        self._problems: Mapping[Path, Sequence[str]] = {}
        self._notes: Mapping[Path, Sequence[str]] = {}
        self._heading = ""
        self._head: Sequence[str] = ()
        self._lines: list[tuple[Line, int | None]] = []
        self._text: tuple[str, int] | None = None

    # -- what is shown --------------------------------------------------------------------------------------------

    def take(
        self,
        rows: list[Row],
        *,
        heading: str = "",
        head: Sequence[str] = (),
        problems: Mapping[Path, Sequence[str]] | None = None,
        notes: Mapping[Path, Sequence[str]] | None = None,
    ) -> None:
        """Show these rows; ``head`` above them all, problems under the row of their path, notes under its last.

        A note is a row of texts that are not broken.
        """
        before = self.position
        self.rows, self._heading, self._head = rows, heading, head
        self._problems, self._notes = problems or {}, notes or {}
        if self.place not in [(row.path, row.part) for row in rows]:
            stops = [row for row in rows[before:] if row.stops] or [row for row in rows if row.stops]
            self.place = (stops[0].path, stops[0].part) if stops else None
        self.break_lines()

    def break_lines(self) -> None:
        """Break the lines anew for the present size, and draw what changed."""
        width = self.size.width
        lines: list[tuple[Line, int | None]] = [
            *((((row, "title"),), None) for row in wrapped(self._heading, width)),
            *((((row, "bad"),), None) for text in self._head for row in wrapped(text, width)),
        ]
        shown = self._shown_problems()
        for position, row in enumerate(self.rows):
            lines.append((self._line(row, bad=position in shown), position))
            indent = " " * (_GUTTER + 2 * row.depth + 2)
            lines += [
                (((indent + text, "bad"),), None)
                for problem in shown.get(position, ())
                for text in wrapped(f"! {problem}", width - len(indent))
            ]
            for path, texts in self._notes.items():
                if row.path[: len(path)] == path and not self._inside(position + 1, path):
                    lines += [(plain(indent + text), None) for text in packed(texts, width - len(indent))]
        self._lines = lines
        self._show_cursor()
        self.redraw()

    def _inside(self, position: int, path: Path) -> bool:
        return position < len(self.rows) and self.rows[position].path[: len(path)] == path

    def _shown_problems(self) -> dict[int, list[str]]:
        """The problems by the row that shows them: the one of their path, else the nearest around it."""
        result: dict[int, list[str]] = {}
        for path, texts in self._problems.items():
            sizes = {position: _shared(row.path, path) for position, row in enumerate(self.rows)}
            best = max(sizes.values(), default=0)
            if best:
                result.setdefault(next(each for each, size in sizes.items() if size == best), []).extend(texts)
        return result

    @property
    def label_width(self) -> int:
        """The columns that labels take, the gutter included."""
        return _GUTTER + (_LABEL if self.size.width >= _WIDE else _NARROW_LABEL)

    def _line(self, row: Row, *, bad: bool) -> Line:
        here = self.place == (row.path, row.part)
        width = self.label_width
        sign = self._signs.cursor if here else "!" if bad else " "
        if here and row.part is Part.PAIR and self._text is not None:
            indent = f"{sign} {'  ' * row.depth}"
            return ((indent, "cursor"), *self._typed_text(row, max(1, self.size.width - len(indent))))
        if row.part in (Part.ITEM, Part.ADD, Part.PAIR):
            number = f"{row.label} " if row.label else ""
            mark = "+ " if row.part is Part.ADD else ""
            text = f"{sign} {'  ' * row.depth}{mark}{number}{row.text}"
            return ((fitted(text, self.size.width, self._signs.ellipsis).rstrip(), "cursor" if here else ""),)
        label = fitted(f"{sign} {'  ' * row.depth}{row.label}", width - 1, self._signs.ellipsis) + " "
        value = row.text
        room = max(1, self.size.width - width)
        if cell_len(value) > room:
            value = fitted(value, room, self._signs.ellipsis)
        role = "bad" if bad else "label" if row.faint else ""
        if row.part is Part.TABLE and not row.stops:
            return ((label.rstrip(), "title"), (f" {value}", "label"))
        if here and row.typed is not None and self._text is not None:
            return ((label, "cursor"), *self._typed_text(row, room))
        if here:
            return ((label, "cursor"), (value, "cursor"))
        return ((label, "title" if row.part is Part.TABLE else ""), (value, role))

    def _typed_text(self, row: Row, room: int) -> Line:
        """The text that is being typed with its cursor, and as much of it around that as there is room for."""
        text, cursor = self._text or ("", 0)
        if not text and row.faint and row.text:
            # What is in force as long as nothing is typed.
            return ((row.text[0], "cursor"), (fitted(row.text[1:], room - 1, self._signs.ellipsis).rstrip(), "label"))
        shown = "*" * len(text) if row.masked else text
        first = max(0, cursor - room + 1)
        while cell_len(shown[first:cursor]) >= room:
            first += 1
        return (
            (shown[first:cursor], ""),
            (shown[cursor : cursor + 1] or " ", "cursor"),
            (set_cell_size(shown[cursor + 1 :], max(0, room - cell_len(shown[first : cursor + 1]) - 1)).rstrip(), ""),
        )

    def show_text(self, text: tuple[str, int] | None) -> None:
        """Show this text with its cursor as what is being typed; ``None`` where nothing can be typed."""
        if text != self._text:
            self._text = text
            self.break_lines()

    def line_at(self, y: int) -> Line:
        """Return what row ``y`` of the widget reads."""
        number = self.top + y
        return self._lines[number][0] if number < len(self._lines) else ()

    # -- the cursor -----------------------------------------------------------------------------------------------

    @property
    def position(self) -> int:
        """Where the cursor is among the rows."""
        places = [(row.path, row.part) for row in self.rows]
        return places.index(self.place) if self.place in places else 0

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        return self.rows[self.position] if self.place and self.rows else None

    def move(self, lines: int) -> None:
        """Move the cursor by that many rows that can be edited; at the ends it stays."""
        stops = [position for position, row in enumerate(self.rows) if row.stops]
        if not stops:
            return
        here = self.position
        place = stops.index(here) if here in stops else 0
        self.go_to(self.rows[stops[max(0, min(place + lines, len(stops) - 1))]])

    def move_to_end(self, *, bottom: bool) -> None:
        """Move the cursor to the first row or the last."""
        self.move(len(self.rows) if bottom else -len(self.rows))

    def go_to(self, row: Row) -> None:
        """Move the cursor to a row."""
        self.place = (row.path, row.part)
        self.break_lines()

    def _show_cursor(self) -> None:
        height = max(1, self.size.height)
        numbers = [number for number, (_, position) in enumerate(self._lines) if position == self.position]
        if not numbers:
            return
        first = last = numbers[0]
        while last + 1 < len(self._lines) and self._lines[last + 1][1] is None and last - first < height - 1:
            last += 1
        if self.position == 0 or all(not row.stops for row in self.rows[: self.position]):
            first = 0  # what stands above the first field is seen, too
        if last >= self.top + height or first < self.top:
            # Half a page at once: on a slow line, one line at a time would send the whole page with each key.
            self.top = numbers[0] - height // 2
        self.top = max(0, min(self.top, len(self._lines) - height))

    def _on_resize(self) -> None:
        self.break_lines()


def packed(parts: Sequence[str], width: int) -> list[str]:
    """Return texts one behind the other, on as few lines as hold them; none is broken that has room on a line."""
    lines: list[str] = []
    for part in parts:
        if lines and cell_len(lines[-1]) + 1 + cell_len(part) <= width:
            lines[-1] += f" {part}"
        else:
            lines += wrapped(part, width)
    return lines


def _shared(row: Path, problem: Path) -> int:
    """How much of a problem's path leads to a row; 0 where the row is about something else."""
    if row == problem:
        return len(row) + 1
    return len(row) if row == problem[: len(row)] and row != ("",) else 0


class LineInput(Input):
    """Textual's input without a look of its own: the rows draw its text and its cursor where the value stands.

    An input that moved from row to row would be a new layout, and send the whole form, at each key.
    """

    def __init__(self) -> None:
        super().__init__(id="form-input", compact=True, select_on_focus=False)
        self.cursor_blink = False
        self.takes_text = False
        """Whether something can be typed in the field under the cursor."""

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - it has one line
        """Draw nothing."""
        return Strip([Segment(" " * self.size.width)])

    async def _on_key(self, event: Key) -> None:
        if self.takes_text:
            await super()._on_key(event)


class FormPanel(Container):
    """The rows, and the input behind the one that is typed in."""

    DEFAULT_CSS = """
    FormPanel { layers: rows input; height: 1fr; }
    FormPanel #form-rows { layer: rows; height: 1fr; width: 1fr; }
    FormPanel #form-input { layer: input; dock: right; width: 1; height: 1; border: none; padding: 0; }
    """

    def __init__(self, signs: Signs, take_text: Callable[[Row, str], None]) -> None:
        """``take_text`` is given what is typed, and the row it is typed in."""
        super().__init__(id="form")
        self.rows = FormRows(signs)
        self.input = LineInput()
        self._take_text = take_text
        self._row: Row | None = None
        self._taken = ""
        """What the form has of the text of the input."""

    def compose(self) -> ComposeResult:
        """Build the panel."""
        yield self.rows
        yield self.input

    def on_mount(self) -> None:
        """Follow the cursor in the text."""
        self.watch(self.input, "selection", self._show_text, init=False)

    @property
    def typing(self) -> bool:
        """Whether keys are text that is typed."""
        return self.input.takes_text

    def place_input(self) -> None:
        """Let the input hold the value under the cursor, or nothing where nothing can be typed."""
        row = self.rows.current
        before, self._row = self._row, row
        same = before is not None and row is not None and (before.path, before.part) == (row.path, row.part)
        takes = row is not None and row.typed is not None
        if not same or takes != self.input.takes_text:
            text = row.typed or "" if row else ""
            self.input.takes_text = takes
            self.input.password = row is not None and row.masked
            self._taken = text
            with self.prevent(Input.Changed):
                self.input.value = text
            self.input.cursor_position = len(text)
        self._show_text()

    def _show_text(self) -> None:
        self.rows.show_text((self.input.value, self.input.cursor_position) if self.typing else None)

    def follow(self, row: Row, path: Path) -> None:
        """Keep the cursor, and what is being typed, on a row whose path becomes another."""
        self.rows.place = (path, row.part)
        if self._row is not None and (self._row.path, self._row.part) == (row.path, row.part):
            self._row = replace(row, path=path)

    def forget(self) -> None:
        """Take the text of the field anew when the input is placed: it was changed by other means."""
        self._row = None

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.take_typed()

    def take_typed(self) -> None:
        """Hand on what was typed and is not told yet: the next key may lead to another row before word of it comes."""
        row, text = self._row, self.input.value
        if row is not None and row.typed is not None and self.typing and text != self._taken:
            self._taken = text
            self._take_text(row, text)
