"""The list of tasks, the details of one, and the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import Screen
from textual.widgets import Input

from core.errors import PendelError
from tui.actions import ACTIONS, Situation, action
from tui.screens.commands import TaskCommands
from tui.screens.help import HelpScreen
from tui.tasklist import StateFilter, TaskList
from tui.widgets.bars import KeyBar, MessageBar, TitleBar, state_of_view
from tui.widgets.details_panel import DetailsPanel, details, details_text
from tui.widgets.log_panel import LogPanel
from tui.widgets.task_table import TaskTable, columns_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from textual.app import ComposeResult

    from core.engine.api import EngineApi, Snapshot
    from tui.words import Signs

_DETAILS_DELAY = 0.12
"""Seconds that the cursor must rest before the details follow it: a held key then costs two lines a step."""

_LOG_WEIGHT = 200
"""Characters that a scrolling log may send at each look at the engine."""
_LOG_PAUSE = 7
"""Looks that it leaves out at most."""


class Panel(Protocol):
    """What the keys that move act on."""

    def move(self, lines: int) -> None:
        """Move by that many lines."""

    def move_to_end(self, *, bottom: bool) -> None:
        """Move to the first line or the last."""


class TasksScreen(TaskCommands, Screen[None]):
    """Composes the panels, and carries out the actions of the table on them."""

    AUTO_FOCUS: ClassVar[str | None] = "#tasks"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 - Textual's declaration
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (14, "-low"), (20, "-high"), (36, "-tall")]  # noqa: RUF012 - Textual's declaration
    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority: a key is then carried out before the next one is looked at, so that keys that were typed ahead
        # go to the dialog that the first of them opened, and never to the list below it.
        Binding(",".join(entry.keys), f"perform('{entry.id}')", entry.label, id=entry.id, priority=True)
        for entry in ACTIONS
    ]

    def __init__(self, engine: EngineApi, first: Snapshot, signs: Signs, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self.engine = engine
        self.snapshot = first
        self.task_list = TaskList()
        self.frozen = False
        self._log_pause = 0
        self.signs = signs
        self._clock = clock
        self._table = TaskTable(self.task_list, signs, clock)
        self._details_panel = DetailsPanel(signs)
        self._log_panel = LogPanel(signs)
        self._title = TitleBar(signs)
        self._message = MessageBar()
        self._input = Input(placeholder="words to look for", id="filter", compact=True, select_on_focus=False)
        self._input.cursor_blink = False
        self._input.display = False

    def compose(self) -> ComposeResult:
        """Build the screen."""
        yield self._title
        with Container(id="body"):
            yield self._table
            yield self._details_panel
        yield self._log_panel
        yield self._input
        yield self._message
        yield KeyBar()

    def on_mount(self) -> None:
        """Show the first snapshot."""
        self.take(self.snapshot, progress=True)
        self.take_log()

    # -- what comes from the engine -------------------------------------------------------------------------------

    def take(self, snapshot: Snapshot, *, progress: bool) -> None:
        """Show a new snapshot; how far runs are only where ``progress`` says so."""
        self.snapshot = snapshot
        if self.frozen:
            return
        self.task_list.take(snapshot.tasks)
        self._show_list(progress=progress)
        self._title.take(snapshot)
        if progress or not self._shows_progress():
            self._show_details()

    def take_log(self) -> None:
        """Show the lines of the log that came since; nothing while the log is hidden or held still.

        The more is in view, the rarer: a log that scrolls sends all of it, and is to leave room on a slow line.
        """
        self._log_pause -= 1
        if self._log_panel.display and not self.frozen and self._log_pause < 0:
            before = self._log_panel.last_number
            self._log_panel.append(self.engine.log_after(self._log_panel.last_number), self.snapshot.zone)
            if self._log_panel.last_number != before and self._log_panel.following:
                self._log_pause = min(_LOG_PAUSE, self._log_panel.weight // _LOG_WEIGHT)

    def _shows_progress(self) -> bool:
        current = self.task_list.current
        return bool(current and current.run and current.run.progress)

    def _show_list(self, *, progress: bool = False) -> None:
        self._table.empty_text = (
            "No task passes the filter; esc clears it."
            if self.task_list.total
            else f"There are no tasks yet. Declare them in {self.snapshot.config_path} under [[tasks]]."
        )
        self._table.take(self.snapshot.zone, progress=progress)
        self._stand()

    def _show_details(self) -> None:
        self._details_panel.take(self.task_list.current, self._clock(), self.snapshot.zone)

    def _stand(self) -> None:
        states = self.task_list.states
        self._message.stand(
            state_of_view(
                words=self.task_list.words,
                states="" if states is StateFilter.ALL else states.value,
                shown=len(self.task_list.shown),
                total=self.task_list.total,
                marked=len(self.task_list.marked),
                frozen=self.frozen,
                notice=self.snapshot.notice,
            )
        )

    @on(TaskTable.CursorMoved)
    def _follow_cursor(self) -> None:
        self.set_timer(_DETAILS_DELAY, self._show_details)

    # -- actions --------------------------------------------------------------------------------------------------

    def situation(self) -> Situation:
        """Return what decides which actions can be done now."""
        return Situation(
            targets=self.task_list.targets, read_only=self.snapshot.read_only, log_shown=bool(self._log_panel.display)
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the keys to the filter while words are typed into it; only the way out stays."""
        if action == "perform" and self._input.has_focus:
            return parameters == ("app.back",)
        return super().check_action(action, parameters)

    def action_perform(self, action_id: str) -> None:
        """Carry an action out, or say why it cannot be done."""
        self._message.hush()
        why_not = action(action_id).why_not(self.situation())
        if why_not:
            self.say(why_not)
            return
        try:
            getattr(self, f"do_{action_id.replace('.', '_')}")()
        except PendelError as error:
            self.say(str(error))

    def say(self, text: str) -> None:
        """Say something in the message line until the next key."""
        self._message.say(text)

    def on_key(self) -> None:
        """Take back what was said at keys that mean nothing here."""
        if not self._input.has_focus:
            self._message.hush()

    @property
    def _panel(self) -> Panel:
        focused = self.focused
        return focused if isinstance(focused, (LogPanel, DetailsPanel)) else self._table

    @property
    def _page(self) -> int:
        focused = self.focused
        return max(1, focused.size.height - 1) if focused else 1

    def do_move_down(self) -> None:
        """Carry out ``move.down``."""
        self._panel.move(1)

    def do_move_up(self) -> None:
        """Carry out ``move.up``."""
        self._panel.move(-1)

    def do_move_page_down(self) -> None:
        """Carry out ``move.page_down``."""
        self._panel.move(self._page)

    def do_move_page_up(self) -> None:
        """Carry out ``move.page_up``."""
        self._panel.move(-self._page)

    def do_move_top(self) -> None:
        """Carry out ``move.top``."""
        self._panel.move_to_end(bottom=False)

    def do_move_bottom(self) -> None:
        """Carry out ``move.bottom``."""
        self._panel.move_to_end(bottom=True)

    def do_move_focus(self) -> None:
        """Carry out ``move.focus``."""
        self.focus_next()

    def do_mark_toggle(self) -> None:
        """Carry out ``mark.toggle``."""
        self.task_list.toggle_mark()
        self._table.move(1)
        self._show_list()

    def do_mark_all(self) -> None:
        """Carry out ``mark.all``."""
        self.task_list.toggle_all()
        self._show_list()

    def do_view_filter(self) -> None:
        """Carry out ``view.filter``."""
        self._message.display = False
        self._input.display = True
        self._input.value = self.task_list.words
        self._input.focus()

    @on(Input.Changed)
    def _filter_typed(self, event: Input.Changed) -> None:
        if self._input.display:
            self.task_list.words = event.value.strip()
            self._rearrange()

    @on(Input.Submitted)
    def _filter_done(self) -> None:
        self._input.display = False
        self._message.display = True
        self._table.focus()

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

    def do_view_freeze(self) -> None:
        """Carry out ``view.freeze``."""
        self.frozen = not self.frozen
        self.take(self.snapshot, progress=True)
        self.take_log()
        self._stand()

    def do_view_copy(self) -> None:
        """Carry out ``view.copy``."""
        if self.focused is self._log_panel:
            text, what = self._log_panel.lines_in_view(), "The log lines in view"
        elif current := self.task_list.current:
            lines = details(current, width=100, now=self._clock(), zone=self.snapshot.zone, signs=self.signs)
            text, what = details_text(lines), f"The details of {current.id}"
        else:
            return
        self.app.copy_to_clipboard(text)
        self.say(f"{what} went to your terminal's clipboard, where it allows that.")

    def do_task_details(self) -> None:
        """Carry out ``task.details``."""
        full = self.toggle_class("-details").has_class("-details")
        self.remove_class("-log")
        (self._details_panel if full else self._table).focus()
        self.call_after_refresh(self._show_details)

    def do_log_panel(self) -> None:
        """Carry out ``log.panel``: shown, then the whole body, then hidden."""
        self.remove_class("-details")
        if self.has_class("-log"):
            self.remove_class("-log")
            self.add_class("-no-log")
            self._table.focus()
        elif self.has_class("-no-log"):
            self.remove_class("-no-log")
        else:
            self.add_class("-log")
            self._log_panel.focus()
        self.call_after_refresh(self._after_layout)

    def _after_layout(self) -> None:
        self.take_log()
        self._show_details()

    def do_log_task(self) -> None:
        """Carry out ``log.task``."""
        current = self.task_list.current
        self._log_panel.set_task(None if self._log_panel.task_id or current is None else current.id)

    def do_log_severity(self) -> None:
        """Carry out ``log.severity``."""
        self._log_panel.next_severity()

    def do_log_wrap(self) -> None:
        """Carry out ``log.wrap``."""
        self._log_panel.toggle_wrap()

    def do_app_back(self) -> None:
        """Carry out ``app.back``."""
        if self._input.display:
            self._filter_done()
        elif self.has_class("-details"):
            self.do_task_details()
        elif self.has_class("-log"):
            self.remove_class("-log")
            self._table.focus()
        elif self.focused is not self._table:
            self._table.focus()
        elif self.task_list.words or self.task_list.states is not StateFilter.ALL:
            self.task_list.words, self.task_list.states = "", StateFilter.ALL
            self._rearrange()
        elif self.task_list.marked:
            self.task_list.marked.clear()
            self._show_list()

    def do_app_palette(self) -> None:
        """Carry out ``app.palette``."""
        self.app.action_command_palette()

    def do_app_suspend(self) -> None:
        """Carry out ``app.suspend``."""
        self.app.action_suspend_process()

    def do_app_help(self) -> None:
        """Carry out ``app.help``."""
        self.app.push_screen(HelpScreen(self.situation()))
