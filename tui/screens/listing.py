"""A list and the details of what is under its cursor, with a filter by words and an order by columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import on

from tui.action import Situation
from tui.screens.base import PendelScreen
from tui.screens.undoing import Undoing
from tui.widgets.list_table import Column, ListTable
from tui.widgets.rows import Line, Lines, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.widget import Widget

    from core.engine.api import Snapshot
    from core.errors import PendelError
    from tui.screens.base import Context

T = TypeVar("T")

_COPIED = 100
"""Columns of details that are copied."""


class ListScreen(PendelScreen):
    """Shows a list. A subclass names its ``columns``, fills it in :meth:`show_list` and tells of the row under it."""

    columns: ClassVar[tuple[Column, ...]]
    waiting: ClassVar[str]
    """What an empty list says until it is filled."""

    def __init__(self, context: Context, snapshot: Snapshot) -> None:
        super().__init__(context, snapshot)
        self.list = ListTable(self.columns, context.signs)
        self.list.empty_text = f"{self.waiting}{context.signs.ellipsis}"
        self.details = Lines(id="details", can_focus=True)
        self.words = ""
        """What the list is filtered by."""

    # -- what a subclass says -------------------------------------------------------------------------------------

    def show_list(self) -> None:
        """Fill the list: filtered by ``self.words``, in the order of ``self.list``."""
        raise NotImplementedError

    def detail_lines(self, width: int) -> list[Line]:
        """Return what the details say of the row under the cursor, in lines of ``width`` columns."""
        raise NotImplementedError

    # -- asking ---------------------------------------------------------------------------------------------------

    def ask_for_list(self, question: Callable[[], T], then: Callable[[T], None], *, awaited: bool = True) -> None:
        """Ask for the rows; where none are shown, what the engine refuses stands in their place.

        ``awaited`` says whether keys wait for it: not where the rows that are shown still hold.
        """
        self.ask(question, then, group="list", failed=self.not_read, awaited=awaited, reads=True)

    def not_read(self, error: PendelError) -> None:
        """Say why the rows did not come."""
        if self.list.rows:
            self.say(str(error))
        self.list.empty_text = str(error)
        self.list.redraw()

    # -- the frame ------------------------------------------------------------------------------------------------

    def compose_body(self) -> Iterable[Widget]:
        """Return the list and the details."""
        return self.list, self.details

    @property
    def main_panel(self) -> Widget:
        """The list."""
        return self.list

    def admits(self, text: str) -> bool:
        """Whether a text passes the filter."""
        folded = text.casefold()
        return all(word in folded for word in self.words.casefold().split())

    @on(ListTable.CursorMoved)
    def _follow_cursor(self) -> None:
        self.show_details()

    def show_details(self) -> None:
        """Tell of the row under the cursor, where there is room for it."""
        if width := self.details.size.width:
            self.details.show(self.detail_lines(width))

    def after_layout(self) -> None:
        """Fill panels that have just been shown."""
        super().after_layout()
        self.show_details()

    def on_resize(self) -> None:
        """Break the details anew."""
        self.call_after_refresh(self.show_details)

    def situation(self) -> Situation:
        """Return what decides which actions can be done now."""
        return Situation(item=self.list.cursor or "", empty=self.list.empty_text)

    def standing_words(self) -> str:
        """Say what is filtered."""
        shown = f"Filter: {self.words!r}; esc clears it." if self.words else ""
        return " ".join(part for part in (shown, self.snapshot.notice) if part)

    @property
    def filter_words(self) -> str:
        """The words that the list is filtered by."""
        return self.words

    def set_filter(self, words: str) -> None:
        """Show only the rows in which every word occurs."""
        self.words = words
        self.show_list()

    def copied(self) -> tuple[str, str]:
        """Return the details of what is under the cursor."""
        if self.list.cursor is None:
            return "", ""
        lines = self.detail_lines(_COPIED)
        return "".join(f"{text_of(line).rstrip()}\n" for line in lines), "What the details say"

    # -- actions --------------------------------------------------------------------------------------------------

    def do_view_sort_left(self) -> None:
        """Carry out ``view.sort_left``."""
        self.list.sort_beside(-1)
        self.show_list()

    def do_view_sort_right(self) -> None:
        """Carry out ``view.sort_right``."""
        self.list.sort_beside(1)
        self.show_list()

    def do_view_reverse(self) -> None:
        """Carry out ``view.reverse``."""
        self.list.reverse = not self.list.reverse
        self.show_list()


class ConfiguredScreen(ListScreen, Undoing):
    """A list of what stands in the configuration; it is read anew where that may have changed."""

    waiting: ClassVar[str] = "Reading the configuration"

    def __init__(self, context: Context, snapshot: Snapshot) -> None:
        super().__init__(context, snapshot)
        self.go_to = ""
        """The row that the cursor goes to once the list is filled."""
        self._tasks: tuple[Any, ...] | None = None

    def show(self, *, progress: bool) -> None:  # noqa: ARG002 - settings know nothing of it
        """Look again where the tasks have become others, as they do when the configuration is read again."""
        tasks = tuple((task.id, task.description, task.frequency, task.active) for task in self.snapshot.tasks)
        if tasks != self._tasks:
            self._tasks = tasks
            self.settings_changed()

    def on_screen_resume(self) -> None:
        """Look again: another screen may have changed something."""
        self.settings_changed()

    def go_to_row(self, name: str) -> None:
        """Move the cursor to a row that is about to come."""
        self.go_to = name

    def filled(self) -> None:
        """Show the list as it has been read."""
        self.show_list()
        if self.go_to:
            self.list.move_to_row(self.go_to)
            self.go_to = ""
