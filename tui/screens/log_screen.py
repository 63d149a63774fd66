"""What the log does on every screen: it comes in, is filtered, searched, paused and saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from core.text import counted
from tui.action import EDITORS, TYPING
from tui.actions import action
from tui.log_view import AT_ONCE
from tui.saving import save_text
from tui.screens.saving import SavingScreen

if TYPE_CHECKING:
    from textual.widget import Widget

    from core.engine.api import Snapshot
    from tui.action import Scope, Situation
    from tui.widgets.log_panel import LogPanel

_LOG_WEIGHT = 200
"""Characters that a scrolling log may send at each look at the engine."""
_ALL_AGAIN = (action("log.task"), action("log.run"))
"""What shows one task or run only, and all again."""
_LOG_PAUSE = 7
"""Looks that it leaves out at most."""


class LogScreen(SavingScreen):
    """A screen with the panel of the log; the log itself is the same on all of them."""

    scope: ClassVar[Scope]
    snapshot: Snapshot
    log_panel: LogPanel
    frozen: bool
    _log_pause = 0
    """Looks at the engine that the log leaves out before the next."""

    @property
    def main_panel(self) -> Widget:
        """The panel that has the focus at first, and gets it back."""
        raise NotImplementedError

    def situation(self) -> Situation:
        """Return what decides which actions can be done now."""
        raise NotImplementedError

    def on_screen_resume(self) -> None:
        """Show the log as the screen before left it."""
        if self.scope not in EDITORS:
            self.set_class(self.context.log.hidden, "-no-log")
        self.log_panel.redraw()

    def nothing_logged(self) -> str:
        """Return what the log says where it shows no line: what to press for those that it has."""
        log, keys = self.context.log, self.context.keymap
        if not log.has_lines:
            return "Nothing was logged yet."
        ways = []
        if log.narrowed:
            entry = next((found for found in _ALL_AGAIN if self.scope in found.scopes), None)
            where = "" if entry else "on the tasks, "
            ways.append(f"{where}{keys.name((entry or _ALL_AGAIN[0]).id, self.scope)} shows the lines of all")
        if key := keys.name("log.severity", self.scope):
            ways.append(f"{key} goes through the severities")
        return f"No line passes the filters{': ' if ways else ''}{', '.join(ways)}."

    def take_log(self) -> None:
        """Show the lines of the log that came since; nothing while the log is hidden or held still.

        The more is in view, the rarer: a log that scrolls sends all of it, and is to leave room on a slow line.
        """
        self._log_pause -= 1
        log = self.context.log
        if self.log_panel.display and not self.frozen and self._log_pause < 0:
            came = log.take(self.engine.log_after(log.last_number, AT_ONCE))
            self.log_panel.take(self.snapshot.zone)
            if came and log.following:
                self._log_pause = min(_LOG_PAUSE, self.log_panel.weight // _LOG_WEIGHT)

    def do_view_next(self) -> None:
        """Carry out ``view.next``."""
        self._go_to_match(1)

    def do_view_previous(self) -> None:
        """Carry out ``view.previous``."""
        self._go_to_match(-1)

    def _go_to_match(self, step: int) -> None:
        found = self.log_panel.go_to_match(step)
        words = repr(self.context.log.words)
        if found is None:
            self.say(f"No match: no line of the log that is shown has {words}.")
            return
        lines = f"Match {found.place:,} of {found.total:,} for {words}."
        other_end = "the first line" if step > 0 else "the last line"
        self.say(f"{lines} The search went on from {other_end}." if found.went_round else lines)

    def do_log_panel(self) -> None:
        """Carry out ``log.panel``: shown, the whole body, hidden; over a form, the whole body or hidden."""
        self.remove_class("-details")
        if self.has_class("-log"):
            self.remove_class("-log")
            if self.scope not in TYPING:
                self.add_class("-no-log")
            self.set_focus(self.main_panel)
        elif self.has_class("-no-log"):
            self.remove_class("-no-log")
        else:
            self.add_class("-log")
            self.set_focus(self.log_panel)
        if self.scope not in EDITORS:
            # An editor leaves the log out to begin with, which is no wish of the user's.
            self.context.log.hidden = self.has_class("-no-log")
        self.call_after_refresh(self.after_layout)

    def after_layout(self) -> None:
        """Fill panels that have just been shown."""
        self.take_log()

    def do_log_severity(self) -> None:
        """Carry out ``log.severity``."""
        self.context.log.next_severity()
        self.log_panel.redraw()

    def do_log_wrap(self) -> None:
        """Carry out ``log.wrap``."""
        self.context.log.wrap = not self.context.log.wrap
        self.log_panel.redraw()

    def do_log_run(self) -> None:
        """Carry out ``log.run``."""
        self.do_log_task()

    def do_log_task(self) -> None:
        """Carry out ``log.task``: the lines of the task or run under the cursor, then of all again."""
        log = self.context.log
        if log.narrowed:
            log.only()
        else:
            task, run = self.log_subject()
            if not task and run is None:
                self.say("There is no task and no run under the cursor.")
            log.only(task=task, run=run)
        self.log_panel.redraw()

    def log_subject(self) -> tuple[str, int | None]:
        """Return the task or the run whose lines of the log can be shown alone."""
        situation = self.situation()
        if situation.run is not None:
            return "", situation.run.id
        return (situation.targets[0].id if situation.targets else ""), None

    def do_log_save(self) -> None:
        """Carry out ``log.save``."""
        log, zone = self.context.log, self.snapshot.zone
        lines = list(log.shown)
        if not lines:
            self.say(f"There is nothing to save. {self.nothing_logged()}")
            return
        now = self.context.clock().astimezone(zone)

        self.ask_where_to_save(
            f"Save {counted(len(lines), 'line')} of the log to:",
            f"pendel-log-{now:%Y%m%d-%H%M%S}.txt",
            what=f"{counted(len(lines), 'line')} of the log",
            write=lambda path, overwrite: save_text(path, log.text(lines, zone), overwrite=overwrite),
            notes=[f"In words: {', '.join(log.in_words()[:2])}."],
        )
