"""The list of tasks: one drawn line a task. A changed value costs its own line, a cursor move two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from core.runs import RunState
from tui.widgets.lines import fitted, wrapped
from tui.words import brief_progress, now_short, short_time, shown_state, sign_of, state_word

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, tzinfo

    from textual.events import Resize

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

_ROLES = {
    RunState.RUNNING: "going",
    RunState.STOPPING: "going",
    RunState.QUEUED: "faint",
    RunState.WAITING: "faint",
    RunState.SUCCEEDED: "good",
    RunState.WARNINGS: "warning",
    RunState.FAILED: "bad",
    RunState.INTERRUPTED: "bad",
    RunState.STOPPED: "warning",
    RunState.SKIPPED: "warning",
}


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


class TaskTable(ScrollView, can_focus=True, inherit_bindings=False):
    """Draws a :class:`TaskList` and moves its cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "task-table--header",
        "task-table--cursor",
        "task-table--good",
        "task-table--going",
        "task-table--warning",
        "task-table--bad",
        "task-table--faint",
    }

    class CursorMoved(Message):
        """The cursor is on another task, or on none."""

    def __init__(self, tasks: TaskList, signs: Signs, clock: Callable[[], datetime]) -> None:
        super().__init__(id="tasks")
        self.tasks = tasks
        self._signs = signs
        self._clock = clock
        self._zone: tzinfo | None = None
        self._progress: dict[str, str] = {}
        self._drawn: dict[int, tuple[str, ...]] = {}
        self.empty_text = ""

    # -- taking changes -------------------------------------------------------------------------------------------

    def take(self, zone: tzinfo, *, progress: bool) -> None:
        """Draw what changed in the list. How far runs are is taken over only where ``progress`` says so."""
        self._zone = zone
        if progress:
            self._progress = {
                task.id: brief_progress(task.run.progress)
                for task in self.tasks.shown
                if task.run and task.run.state is RunState.RUNNING
            }
        self.virtual_size = Size(self.size.width, len(self.tasks.shown) + 1)
        self._redraw_changed()

    def _redraw_changed(self) -> None:
        self._show_cursor()
        for y in range(self.size.height):
            drawn, cells = self._drawn.get(y), self._cells(y)
            if drawn == cells:
                continue
            width = self.size.width
            if drawn and len(drawn) == len(cells) and drawn[1:] == cells[1:]:
                # Only the state changed, and nothing to the right of it needs to be sent.
                width = _GUTTER + COLUMNS[0].width
            self.refresh(Region(0, y, width, 1))

    def _on_resize(self, event: Resize) -> None:
        self.virtual_size = Size(event.size.width, len(self.tasks.shown) + 1)
        self._show_cursor()

    # -- the cursor -----------------------------------------------------------------------------------------------

    def move(self, lines: int) -> None:
        """Move the cursor by that many tasks."""
        self._move_to(self.tasks.position + lines)

    def move_to_end(self, *, bottom: bool) -> None:
        """Move the cursor to the first task or the last."""
        self._move_to(len(self.tasks.shown) - 1 if bottom else 0)

    @property
    def page(self) -> int:
        """How many tasks are in view."""
        return max(1, self.size.height - 1)

    def _move_to(self, position: int) -> None:
        before = self.tasks.cursor
        self.tasks.move_to(position)
        if self.tasks.cursor != before:
            self._redraw_changed()
            self.post_message(self.CursorMoved())

    def _show_cursor(self) -> None:
        position, top, page = self.tasks.position, self.scroll_offset.y, self.page
        if top <= position < top + page:
            return
        # Half a page at once: on a slow line, one line at a time would send the whole page with each key.
        top = position - page // 2 if page > 2 else position
        self.scroll_to(y=max(0, min(top, len(self.tasks.shown) - page)), animate=False, force=True)

    # -- drawing --------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """Draw the header, or one task."""
        cells = self._drawn[y] = self._cells(y)
        base = self.rich_style
        task = self._task_at(y)
        if y == 0:
            segments = [Segment("".join(cells), self.get_component_rich_style("task-table--header"))]
        elif task is None:
            segments = [Segment("".join(cells), base)]
        elif task.id == self.tasks.cursor:
            segments = [Segment("".join(cells), self.get_component_rich_style("task-table--cursor"))]
        else:
            state = shown_state(task)
            role = _ROLES[state] if state else "faint"
            style = self.get_component_rich_style(f"task-table--{role}")
            segments = [Segment(cells[0], style), Segment("".join(cells[1:]), base)]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _task_at(self, y: int) -> TaskView | None:
        position = self.scroll_offset.y + y - 1
        return self.tasks.shown[position] if y and position < len(self.tasks.shown) else None

    def _cells(self, y: int) -> tuple[str, ...]:
        if y == 0:
            return self._header()
        task = self._task_at(y)
        if task is None:
            lines = wrapped(self.empty_text, self.size.width - _GUTTER) if not self.tasks.shown else []
            return (" " * _GUTTER + lines[y - 1],) if y <= len(lines) else ()
        columns = columns_for(self.size.width)
        signs = self._signs
        sign = signs.cursor if task.id == self.tasks.cursor else " "
        mark = signs.mark if task.id in self.tasks.marked else " "
        names = [column.id for column, _ in columns]
        cells = [fitted(self._cell(task, column, width), width, signs.ellipsis) for column, width in columns]
        cells[0] = sign + mark + cells[0]
        if task.run and "last" in names:
            self._lay_over(cells, columns, task)
        return (cells[0], *(" " + cell for cell in cells[1:]))

    def _lay_over(self, cells: list[str], columns: list[tuple[Column, int]], task: TaskView) -> None:
        """Say over the last columns what the run that is going does or waits for."""
        first = next(position for position, (column, _) in enumerate(columns) if column.id == "last")
        if columns[first][1] < _LAST_WIDE:
            first -= 1
        width = sum(width + 1 for _, width in columns[first:]) - 1
        now = now_short(task, self._clock(), self._known_zone)
        cells[first:] = [fitted(now, width, self._signs.ellipsis)]

    def _header(self) -> tuple[str, ...]:
        sign = self._signs.descending if self.tasks.reverse else self._signs.ascending
        titles = []
        for column, width in columns_for(self.size.width):
            sorted_by = column.id == self.tasks.sorted_by
            title = f"{column.title}{sign}" if sorted_by else column.title
            titles.append(fitted(title, width, self._signs.ellipsis))
        return (" " * _GUTTER + " ".join(titles),)

    @property
    def _known_zone(self) -> tzinfo:
        from datetime import UTC

        return self._zone or UTC

    def _cell(self, task: TaskView, column: Column, width: int) -> str:
        now, zone = self._clock(), self._known_zone
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
                return short_time(task.next_run, now, zone) or "-"
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
