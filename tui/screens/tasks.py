"""The list of tasks, the details of one, and the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import on

from tui.action import Scope, Situation
from tui.screens.commands import TaskCommands
from tui.screens.task_editing import TaskEditing
from tui.tasklist import StateFilter, TaskList
from tui.widgets.bars import state_of_view
from tui.widgets.details_panel import DetailsPanel, details, details_text
from tui.widgets.task_table import TaskTable, columns_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from core.engine.api import Snapshot
    from tui.screens.base import Context
    from tui.screens.runs import RunsScreen

_DETAILS_DELAY = 0.12
"""Seconds that the cursor must rest before the details follow it: a held key then costs two lines a step."""


class TasksScreen(TaskEditing, TaskCommands):
    """Composes the panels, and carries out the actions of the table on them."""

    scope: ClassVar[Scope] = Scope.TASKS

    def __init__(self, context: Context, snapshot: Snapshot) -> None:
        super().__init__(context, snapshot)
        self.task_list = TaskList()
        self._table = TaskTable(self.task_list, context.signs, context.clock)
        self._details_panel = DetailsPanel(context.signs)

    def compose_body(self) -> Iterable[Widget]:
        """Return the list and the details."""
        return self._table, self._details_panel

    @property
    def main_panel(self) -> Widget:
        """The list."""
        return self._table

    # -- what is shown --------------------------------------------------------------------------------------------

    def show(self, *, progress: bool) -> None:
        """Show the tasks of the snapshot."""
        self.task_list.take(self.snapshot.tasks)
        self._show_list(progress=progress)
        if progress or not self._shows_progress():
            self._show_details()

    def _shows_progress(self) -> bool:
        current = self.task_list.current
        return bool(current and current.run and current.run.progress)

    def _show_list(self, *, progress: bool = False) -> None:
        if self.task_list.total:
            empty = "No task passes the filter; esc clears it."
        elif self.snapshot.answers:
            add = self.key_of("task.add")
            empty = f"There are no tasks yet. Press {add} to make one, or declare them in {self.snapshot.config_path}."
        else:
            empty = "The tasks show once the engine answers."
        self._table.empty_text = empty
        self._table.take(self.snapshot.zone, progress=progress, planned=self.snapshot.planned)
        self.stand()

    def _show_details(self) -> None:
        snapshot = self.snapshot
        self._details_panel.take(self.task_list.current, self.context.clock(), snapshot.zone, planned=snapshot.planned)

    def standing_words(self) -> str:
        """Say what is filtered and marked."""
        states = self.task_list.states
        return state_of_view(
            words=self.task_list.words,
            states="" if states is StateFilter.ALL else states.value,
            shown=len(self.task_list.shown),
            total=self.task_list.total,
            marked=len(self.task_list.marked),
            notice=self.snapshot.notice,
        )

    @on(TaskTable.CursorMoved)
    def _follow_cursor(self) -> None:
        self.set_timer(_DETAILS_DELAY, self._show_details)

    def situation(self) -> Situation:
        """Return what decides which actions can be done now."""
        return Situation(targets=self.task_list.targets)

    def copied(self) -> tuple[str, str]:
        """Return the details of the task under the cursor."""
        current = self.task_list.current
        if current is None:
            return "", ""
        lines = details(current, width=100, now=self.context.clock(), zone=self.snapshot.zone, signs=self.signs)
        return details_text(lines), f"The details of {current.id}"

    # -- actions --------------------------------------------------------------------------------------------------

    def do_mark_toggle(self) -> None:
        """Carry out ``mark.toggle``."""
        self.task_list.toggle_mark()
        self._table.move(1)
        self._show_list()

    def do_mark_range(self) -> None:
        """Carry out ``mark.range``."""
        self.task_list.mark_range()
        self._show_list()

    def do_mark_all(self) -> None:
        """Carry out ``mark.all``."""
        self.task_list.toggle_all()
        self._show_list()

    @property
    def filter_words(self) -> str:
        """The words that the list is filtered by."""
        return self.task_list.words

    def set_filter(self, words: str) -> None:
        """Show only the tasks in which every word occurs."""
        self.task_list.words = words
        self._rearrange()

    def do_view_states(self) -> None:
        """Carry out ``view.states``."""
        states = list(StateFilter)
        self.task_list.states = states[(states.index(self.task_list.states) + 1) % len(states)]
        self._rearrange()

    def do_view_sort_left(self) -> None:
        """Carry out ``view.sort_left``."""
        self._sort_beside(-1)

    def do_view_sort_right(self) -> None:
        """Carry out ``view.sort_right``."""
        self._sort_beside(1)

    def _sort_beside(self, step: int) -> None:
        columns = [column.id for column, _ in columns_for(self._table.size.width)]
        place = columns.index(self.task_list.sorted_by) if self.task_list.sorted_by in columns else 0
        self.task_list.sorted_by = columns[(place + step) % len(columns)]
        self._rearrange()

    def do_view_reverse(self) -> None:
        """Carry out ``view.reverse``."""
        self.task_list.reverse = not self.task_list.reverse
        self._rearrange()

    def _rearrange(self) -> None:
        self.task_list.arrange()
        self._show_list()
        self._show_details()

    def go_to(self, task_id: str) -> None:
        """Put the cursor on a task."""
        self.task_list.put(task_id)
        self._rearrange()

    def do_task_details(self) -> None:
        """Carry out ``task.details``."""
        full = self.toggle_class("-details").has_class("-details")
        self.remove_class("-log")
        self.set_focus(self._details_panel if full else self._table)
        self.call_after_refresh(self._show_details)

    def do_task_history(self) -> None:
        """Carry out ``task.history``."""
        current = self.task_list.current
        if current is not None:
            cast("RunsScreen", self.pendel.go(Scope.RUNS)).show_task(current.id)

    def after_layout(self) -> None:
        """Fill panels that have just been shown."""
        super().after_layout()
        self._show_details()

    def log_subject(self) -> tuple[str, int | None]:
        """Return the task under the cursor."""
        return self.task_list.cursor or "", None

    def do_app_back(self) -> None:
        """Carry out ``app.back``."""
        if self.has_class("-details"):
            self.do_task_details()
        else:
            super().do_app_back()

    def go_back(self) -> None:
        """Clear the filter, then the marks."""
        if self.task_list.words or self.task_list.states is not StateFilter.ALL:
            self.task_list.words, self.task_list.states = "", StateFilter.ALL
            self._rearrange()
        elif self.task_list.marked:
            self.task_list.marked.clear()
            self._show_list()
