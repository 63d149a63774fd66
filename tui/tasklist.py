"""Which tasks are shown, in what order, and where the cursor and the marks are. No widget, no terminal."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from core.runs import RunState
from tui.words import shown_state, state_word

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from core.engine.api import TaskView


class StateFilter(StrEnum):
    """Which tasks are shown by their state; the key goes round in this order."""

    ALL = "all"
    GOING = "going"
    """Queued, waiting, running or stopping."""
    TROUBLE = "not succeeded"
    """The last run failed, was stopped, skipped or interrupted, or had warnings."""
    OFF = "off"
    """Not active."""

    def admits(self, task: TaskView) -> bool:
        """Whether a task passes."""
        if self is StateFilter.GOING:
            return task.run is not None
        if self is StateFilter.TROUBLE:
            last = task.last_run
            return last is not None and last.state is not RunState.SUCCEEDED
        return self is StateFilter.ALL or not task.active


_STATE_ORDER = {state: position for position, state in enumerate(RunState)}


def _moment(value: Any) -> tuple[bool, Any]:
    # Tasks without such a moment come last in either order that makes sense to read.
    return (value is None, value)


SORT_KEYS: dict[str, Callable[[TaskView], Any]] = {
    "state": lambda task: _STATE_ORDER.get(state, -1) if (state := shown_state(task)) else len(_STATE_ORDER),
    "active": lambda task: not task.active,
    "type": lambda task: task.type,
    "description": lambda task: task.description.casefold(),
    "frequency": lambda task: task.frequency,
    "next": lambda task: _moment(task.next_run),
    "last": lambda task: _moment(task.last_run.started_at or task.last_run.queued_at if task.last_run else None),
}
"""By column. The column ``sequence`` has none: it is the engine's own order."""


class TaskList:
    """The tasks of a snapshot, filtered and sorted. The cursor and the marks belong to task ids, never to positions."""

    def __init__(self) -> None:
        self.shown: list[TaskView] = []
        self.total = 0
        self.words = ""
        self.states = StateFilter.ALL
        self.sorted_by = "sequence"
        self.reverse = False
        self.marked: set[str] = set()
        self.cursor: str | None = None
        self._chosen: str | None = None
        """Where the cursor was put last: it is there again once a filter that left no task is taken away."""
        self._last_marked: str | None = None
        self._tasks: tuple[TaskView, ...] = ()
        self._positions: dict[str, int] = {}

    def take(self, tasks: tuple[TaskView, ...]) -> None:
        """Take the tasks of a new snapshot."""
        self._tasks = tasks
        self.total = len(tasks)
        self.marked &= {task.id for task in tasks}
        before = self.position
        self._arrange()
        if self.cursor not in self._positions:
            self.cursor = self.shown[min(before, len(self.shown) - 1)].id if self.shown else None

    def arrange(self) -> None:
        """Filter and sort anew, after a change of the filter or the order."""
        nowhere = self.cursor is None
        self._arrange()
        if nowhere and self._chosen in self._positions:
            self.cursor = self._chosen
        elif self.cursor not in self._positions:
            self.cursor = self.shown[0].id if self.shown else None

    def _arrange(self) -> None:
        words = self.words.casefold().split()
        shown = [task for task in self._tasks if self.states.admits(task) and _matches(task, words)]
        if sort_key := SORT_KEYS.get(self.sorted_by):
            shown.sort(key=sort_key)
        if self.reverse:
            shown.reverse()
        self.shown = shown
        self._positions = {task.id: position for position, task in enumerate(shown)}

    @property
    def position(self) -> int:
        """Where the cursor is among the tasks shown; 0 where there are none."""
        return self._positions.get(self.cursor, 0) if self.cursor else 0

    @property
    def current(self) -> TaskView | None:
        """The task under the cursor."""
        return self.shown[self.position] if self.shown else None

    @property
    def targets(self) -> tuple[TaskView, ...]:
        """The marked tasks in the engine's order, else the one under the cursor."""
        if self.marked:
            return tuple(task for task in self._tasks if task.id in self.marked)
        current = self.current
        return (current,) if current else ()

    def position_of(self, task_id: str | None) -> int | None:
        """Return where a task is among those shown."""
        return self._positions.get(task_id) if task_id else None

    def put(self, task_id: str | None) -> None:
        """Put the cursor on a task."""
        self.cursor = self._chosen = task_id

    def move_to(self, position: int) -> None:
        """Move the cursor; positions beyond the ends are the ends."""
        if self.shown:
            self.put(self.shown[max(0, min(position, len(self.shown) - 1))].id)

    def toggle_mark(self) -> None:
        """Mark the task under the cursor, or take its mark away."""
        if self.cursor:
            self.marked ^= {self.cursor}
            self._last_marked = self.cursor

    def mark_range(self) -> int:
        """Mark all that are shown from the one marked last, else the first one marked, to the cursor; return how many.

        Where none of those shown is marked, the range is the task under the cursor.
        """
        marked = [position for position, task in enumerate(self.shown) if task.id in self.marked]
        start = self.position_of(self._last_marked)
        if start is None or self._last_marked not in self.marked:
            start = marked[0] if marked else self.position
        first, last = sorted((start, self.position))
        self.marked |= {task.id for task in self.shown[first : last + 1]}
        self._last_marked = self.cursor
        return last + 1 - first

    def toggle_all(self) -> None:
        """Mark all that are shown; where they all are, take their marks away."""
        shown = set(self._positions)
        self.marked = self.marked - shown if shown <= self.marked else self.marked | shown


def _matches(task: TaskView, words: list[str]) -> bool:
    if not words:
        return True
    text = " ".join((task.id, task.type, task.description, task.frequency, state_word(shown_state(task)))).casefold()
    return all(word in text for word in words)
