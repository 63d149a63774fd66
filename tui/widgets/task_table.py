"""The list of tasks: one drawn line a task. A changed value costs its own line, a cursor move two."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from textual.message import Message

from core.runs import RunState
from tui.widgets.rows import Line, Rows, fitted, plain, wrapped
from tui.words import brief_progress, now_short, role_of, short_time, shown_state, sign_of, state_word

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, tzinfo

    from core.engine.api import TaskView
    from tui.tasklist import TaskList
    from tui.words import Signs


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the lower its rank, the longer it stays on a narrow terminal."""

    id: str
    title: str
    width: int
    rank: int


COLUMNS = (
    Column("state", "State", 13, 0),
    Column("active", "On", 3, 4),
    Column("sequence", "Seq", 4, 5),
    Column("type", "Type", 10, 6),
    Column("description", "Description", 16, 1),
    Column("frequency", "Frequency", 22, 7),
    Column("next", "Next run", 9, 2),
    Column("last", "Last run", 9, 3),
)
_GUTTER = 2  # the cursor's sign and the mark
_LAST_WIDE = 30
"""What the last column grows to where there is room: the outcome stands beside its time."""


def columns_for(width: int) -> list[tuple[Column, int]]:
    """Return the columns that a table of that width shows, each with its own width, in their order."""
    room = width - _GUTTER
    chosen: set[str] = set()
    for column in sorted(COLUMNS, key=lambda entry: entry.rank):
        needed = column.width + (1 if chosen else 0)
        # The first two are always there, cut if they must be.
        if column.rank > 1 and needed > room:
            break
        chosen.add(column.id)
        room -= needed
    widths = {column.id: column.width for column in COLUMNS if column.id in chosen}
    if "last" in chosen and "frequency" in chosen:
        grown = max(0, min(room * 2 // 3, _LAST_WIDE - widths["last"]))
        widths["last"] += grown
        room -= grown
    widths["description"] = max(1, widths["description"] + room)
    return [(column, widths[column.id]) for column in COLUMNS if column.id in widths]


class TaskTable(Rows):
    """Draws a :class:`TaskList` and moves its cursor. Its first row is the header."""

    standing = 1

    class CursorMoved(Message):
        """The cursor is on another task, or on none."""

    def __init__(self, tasks: TaskList, signs: Signs, clock: Callable[[], datetime]) -> None:
        super().__init__(id="tasks", can_focus=True)
        self.tasks = tasks
        self.empty_text = ""
        self._signs = signs
        self._clock = clock
        self._zone: tzinfo = UTC
        self._planned = True
        self._progress: dict[str, str] = {}

    # -- taking changes -------------------------------------------------------------------------------------------

    def take(self, zone: tzinfo, *, progress: bool, planned: bool) -> None:
        """Draw what changed in the list. How far runs are is taken over only where ``progress`` says so.

        Before the engine has ``planned``, an active task that may have a next moment is not said to have none.
        """
        self._zone = zone
        self._planned = planned
        if progress:
            self._progress = {
                task.id: brief_progress(task.run.progress)
                for task in self.tasks.shown
                if task.run and task.run.state is RunState.RUNNING
            }
        self.redraw()

    def redraw(self) -> None:
        """Draw what changed, with the cursor in view."""
        self._show_cursor()
        super().redraw()

    def _on_resize(self) -> None:
        # At the start, Textual draws once before it sends anything.
        self._drawn.clear()
        self.redraw()

    # -- the cursor -----------------------------------------------------------------------------------------------

    def move(self, lines: int) -> None:
        """Move the cursor by that many tasks."""
        self._move_to(self.tasks.position + lines)

    def move_to_end(self, *, bottom: bool) -> None:
        """Move the cursor to the first task or the last."""
        self._move_to(len(self.tasks.shown) - 1 if bottom else 0)

    def pick(self, y: int) -> None:
        """Move the cursor to the task that is drawn there."""
        if y > 0 and self.top + y - 1 < len(self.tasks.shown):
            self._move_to(self.top + y - 1)

    def _move_to(self, position: int) -> None:
        before = self.tasks.cursor
        self.tasks.move_to(position)
        if self.tasks.cursor != before:
            self.redraw()
            self.post_message(self.CursorMoved())

    def _show_cursor(self) -> None:
        self.show_row(self.tasks.position, len(self.tasks.shown))

    # -- drawing --------------------------------------------------------------------------------------------------

    def line_at(self, y: int) -> Line:
        """Return the header, or the row of a task."""
        if y == 0:
            return self._header()
        position = self.top + y - 1
        if position < len(self.tasks.shown):
            return self._row(self.tasks.shown[position])
        if self.tasks.shown:
            return ()
        lines = wrapped(self.empty_text, self.size.width - _GUTTER)
        return plain(" " * _GUTTER + lines[y - 1]) if y <= len(lines) else ()

    def _row(self, task: TaskView) -> Line:
        columns = columns_for(self.size.width)
        cells = [fitted(self._cell(task, column, width), width, self._signs.ellipsis) for column, width in columns]
        if task.run and any(column.id == "last" for column, _ in columns):
            self._lay_over(cells, columns, task)
        mark = self._signs.mark if task.id in self.tasks.marked else " "
        if task.id == self.tasks.cursor:
            # Of the row under the cursor, the first cell only stands out: over a slow line, a whole row is felt.
            return ((f"{self._signs.cursor}{mark}{cells[0]}", "cursor"), *((f" {cell}", "") for cell in cells[1:]))
        role = role_of(shown_state(task))
        return ((f" {mark}{cells[0]}", role), *((f" {cell}", "") for cell in cells[1:]))

    def _lay_over(self, cells: list[str], columns: list[tuple[Column, int]], task: TaskView) -> None:
        """Say over the last columns what the run that is going does or waits for."""
        first = next(position for position, (column, _) in enumerate(columns) if column.id == "last")
        if columns[first][1] < _LAST_WIDE:
            first -= 1
        width = sum(width + 1 for _, width in columns[first:]) - 1
        now = now_short(task, self._clock(), self._zone)
        cells[first:] = [fitted(now, width, self._signs.ellipsis)]

    def _header(self) -> Line:
        sign = self._signs.descending if self.tasks.reverse else self._signs.ascending
        titles = []
        for column, width in columns_for(self.size.width):
            sorted_by = column.id == self.tasks.sorted_by
            title = f"{column.title}{sign}" if sorted_by else column.title
            titles.append(fitted(title, width, self._signs.ellipsis))
        return ((" " * _GUTTER + " ".join(titles), "title"),)

    def _cell(self, task: TaskView, column: Column, width: int) -> str:
        now, zone = self._clock(), self._zone
        match column.id:
            case "state":
                state = shown_state(task)
                progress = self._progress.get(task.id, "") if state is RunState.RUNNING else ""
                return f"{sign_of(state, self._signs)} {state_word(state)} {progress}".rstrip()
            case "active":
                return "yes" if task.active else "no"
            case "sequence":
                return "sys" if task.system else str(task.sequence)
            case "type":
                return task.type
            case "description":
                return task.description
            case "frequency":
                return task.frequency
            case "next":
                return short_time(task.next_run, now, zone) or (
                    self._signs.ellipsis if task.active and not self._planned else "-"
                )
            case _:
                return self._last_run(task, width, now, zone)

    def _last_run(self, task: TaskView, width: int, now: datetime, zone: tzinfo) -> str:
        last = task.last_run
        if last is None:
            return "-"
        time = short_time(last.started_at or last.queued_at, now, zone)
        if width < _LAST_WIDE - 8:
            return time
        return f"{sign_of(last.state, self._signs)} {state_word(last.state)} {time}"
