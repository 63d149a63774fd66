"""What every screen of the console shares: its frame, the log, the keys of the action table, and asking the engine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Protocol, cast

from rich.cells import cell_len
from textual import on
from textual.containers import Container
from textual.widgets import Input

from core.errors import PendelError
from tui.action import Group, Scope, Situation
from tui.actions import action, actions_of
from tui.screens.asking import fault_of
from tui.screens.context import Context
from tui.screens.log_screen import LogScreen
from tui.widgets.bars import KeyBar, MessageBar, TitleBar
from tui.widgets.log_panel import LogPanel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult
    from textual.widget import Widget

    from core.engine.api import Snapshot
    from tui.action import Action
    from tui.app import PendelApp
    from tui.typed_ahead import TypedAhead

__all__ = ["Context", "Panel", "PendelScreen"]


class Panel(Protocol):
    """What the keys that move act on."""

    def move(self, lines: int) -> None:
        """Move by that many lines."""

    def move_to_end(self, *, bottom: bool) -> None:
        """Move to the first line or the last."""


class PendelScreen(LogScreen):
    """A screen that looks at an engine. A subclass names its ``scope``, composes its body and carries actions out.

    For every action of its scope it has a method ``do_…``; those that are the same everywhere are here.
    """

    scope: ClassVar[Scope]

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 - Textual's declaration
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (14, "-low"), (20, "-high"), (36, "-tall")]  # noqa: RUF012 - Textual's declaration

    def __init__(self, context: Context, snapshot: Snapshot) -> None:
        super().__init__()
        # Textual does so, too, but only when all is styled, which is then done again: 7 ms.
        width, height = self.app.size
        self.add_class(
            _class_of(width, self.HORIZONTAL_BREAKPOINTS), _class_of(height, self.VERTICAL_BREAKPOINTS), update=False
        )
        self._by_key: dict[str, Action] = {}
        for entry in actions_of(self.scope):
            if keys := context.keymap.keys(entry, self.scope):
                self._by_key |= dict.fromkeys(keys, entry)
                # With priority: a key is then carried out before the next one is looked at, so that keys that were
                # typed ahead go to the dialog that the first of them opened, and never to the list below it.
                self._bindings.bind(",".join(keys), f"perform('{entry.id}')", entry.label, priority=True)
        self.context = context
        self.snapshot = snapshot
        self.frozen = False
        self.log_panel = LogPanel(context.log, context.signs, self.nothing_logged)
        self._title_bar = TitleBar(context.signs, self.scope)
        self.message_bar = MessageBar(context.signs)
        self._input = Input(placeholder="words to look for", id="filter", compact=True, select_on_focus=False)
        self._input.cursor_blink = False
        self._input.display = False
        self._searching = False
        """Whether what is typed is looked for in the log, and no filter of the list."""

    # -- what a subclass says -------------------------------------------------------------------------------------

    def compose_body(self) -> Iterable[Widget]:
        """Return what stands between the title and the log."""
        raise NotImplementedError

    @property
    def main_panel(self) -> Widget:
        """The panel that has the focus at first, and gets it back."""
        raise NotImplementedError

    def show(self, *, progress: bool) -> None:
        """Show ``self.snapshot``; how far runs are only where ``progress`` says so."""

    def situation(self) -> Situation:
        """Return what decides which actions can be done now, but for what is the same on every screen."""
        return Situation()

    def standing_words(self) -> str:
        """Return what the message bar says while nothing else is to be said."""
        return self.snapshot.notice

    @property
    def filter_words(self) -> str:
        """The words that the list is filtered by."""
        return ""

    def set_filter(self, words: str) -> None:
        """Filter the list by words, which may still be typed on."""

    def filter_done(self) -> None:
        """Take note that the words are whole."""

    def copied(self) -> tuple[str, str]:
        """Return a text for the clipboard, and what it is: ``("…", "The details of prices")``. Empty: nothing."""
        return "", ""

    def present_situation(self) -> Situation:
        """Return the situation, with what is the same on every screen."""
        log = self.context.log
        return replace(
            self.situation(),
            right=self.snapshot.right,
            log_shown=bool(self.log_panel.display),
            log_searched=bool(log.words),
            log_key=self.key_of("log.panel"),
            find_key=self.key_of("view.filter"),
        )

    def key_of(self, action_id: str) -> str:
        """Return the key of an action as a user reads it."""
        return self.context.keymap.name(action_id, self.scope)

    # -- the frame ------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Build the screen."""
        yield self._title_bar
        with Container(id="body"):
            yield from self.compose_body()
        yield self.log_panel
        yield self._input
        yield self.message_bar
        yield KeyBar(self.scope, self.context.keymap)

    def on_mount(self) -> None:
        """Show the first snapshot."""
        self.set_focus(self.main_panel)
        self.take(self.snapshot, progress=True)
        self.take_log()

    def on_resize(self) -> None:
        """Say it anew, as there is room for now."""
        self.call_after_refresh(self.stand)

    @property
    def pendel(self) -> PendelApp:
        """The application."""
        return cast("PendelApp", self.app)

    @property
    def typed_ahead(self) -> TypedAhead:
        """The keys that wait."""
        return self.pendel.typed_ahead

    def leads_out(self, key: str) -> bool:
        """Whether a key leaves this screen or what is open in it, and never waits for what the screen shows."""
        entry = self._by_key.get(key)
        return entry is not None and entry.leads_out

    def needs_nothing(self, key: str) -> bool:
        """Whether a key has nothing to do with what the screen shows, or is one of the words to look for."""
        entry = self._by_key.get(key)
        return self.focused is self._input or (entry is not None and entry.needs_nothing)

    def take(self, snapshot: Snapshot, *, progress: bool) -> None:
        """Show a new snapshot; how far runs are only where ``progress`` says so."""
        self.snapshot = snapshot
        self.ask_again()
        if self.frozen:
            return
        self._title_bar.take(snapshot)
        self.show(progress=progress)
        self.stand()

    def stand(self) -> None:
        """Say in the message line what is true of the view."""
        parts = [f"Held still; {self.key_of('view.freeze')} lets it go on."] if self.frozen else []
        words = " ".join(part for part in (*parts, self.standing_words()) if part)
        self.message_bar.stand(words or self._other_screens())

    def _other_screens(self) -> str:
        """Return the main screens with their keys, the present one in brackets; without room, it alone is named."""
        entries = [entry for entry in actions_of(self.scope) if entry.group is Group.SCREENS]
        keys = [self.key_of(entry.id) for entry in entries]
        present = [entry.id == f"screen.{self.scope}" for entry in entries]
        words = [f"{key} {entry.label}" for key, entry in zip(keys, entries, strict=True)]
        named = [f"[{text}]" if here else text for text, here in zip(words, present, strict=True)]
        alone = [text if here else key for text, key, here in zip(named, keys, present, strict=True)]
        ways = ("  ".join(named), " ".join(named), " ".join(alone))
        return next((way for way in ways if cell_len(way) <= self.size.width), "")

    def say(self, text: str) -> None:
        """Say something in the message line until the next key."""
        self.message_bar.say(text)

    # -- actions --------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the keys to the filter while words are typed into it; only the way out stays."""
        # What the widget itself knows of its focus comes later than a key that was typed ahead.
        if action == "perform" and self.focused is self._input:
            return parameters == ("app.back",)
        return super().check_action(action, parameters)

    def action_perform(self, action_id: str) -> None:
        """Carry an action out, or say why it cannot be done."""
        self.message_bar.hush()
        entry = action(action_id)
        why_not = entry.why_not(self.present_situation())
        if why_not:
            self.say(why_not)
            return
        try:
            getattr(self, entry.method)()
        except PendelError as error:
            self.say(str(error))
        except Exception as error:
            self.say(str(fault_of(error)))

    def on_key(self) -> None:
        """Take back what was said at keys that mean nothing here."""
        if self.focused is not self._input:
            self.message_bar.hush()

    def do_screen_tasks(self) -> None:
        """Carry out ``screen.tasks``."""
        self.pendel.go(Scope.TASKS)

    def do_screen_runs(self) -> None:
        """Carry out ``screen.runs``."""
        self.pendel.go(Scope.RUNS)

    def do_screen_locations(self) -> None:
        """Carry out ``screen.locations``."""
        self.pendel.go(Scope.LOCATIONS)

    def do_screen_layouts(self) -> None:
        """Carry out ``screen.layouts``."""
        self.pendel.go(Scope.LAYOUTS)

    def do_screen_catalogue(self) -> None:
        """Carry out ``screen.catalogue``."""
        self.pendel.go(Scope.CATALOGUE)

    def do_screen_links(self) -> None:
        """Carry out ``screen.links``."""
        self.pendel.go(Scope.LINKS)

    def do_screen_flows(self) -> None:
        """Carry out ``screen.flows``."""
        self.pendel.go(Scope.FLOWS)

    def do_screen_settings(self) -> None:
        """Carry out ``screen.settings``."""
        self.pendel.go(Scope.SETTINGS)

    @property
    def _panel(self) -> Panel:
        focused = self.focused
        return cast("Panel", focused if hasattr(focused, "move_to_end") else self.main_panel)

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

    def do_view_filter(self) -> None:
        """Carry out ``view.filter``."""
        self._searching = self.focused is self.log_panel
        self.message_bar.display = False
        self._input.display = True
        self._input.value = self.context.log.words if self._searching else self.filter_words
        self.set_focus(self._input)

    @on(Input.Changed, "#filter")
    def _filter_typed(self, event: Input.Changed) -> None:
        if not self._input.display:
            return
        if self._searching:
            self.context.log.look_for(event.value.strip())
            self.log_panel.redraw()
        else:
            self.set_filter(event.value.strip())

    @on(Input.Submitted, "#filter")
    def _filter_done(self) -> None:
        self._input.display = False
        self.message_bar.display = True
        if self._searching:
            self.set_focus(self.log_panel)
            if self.context.log.words:
                self._go_to_match(-1)
        else:
            self.set_focus(self.main_panel)
            self.filter_done()

    def do_view_freeze(self) -> None:
        """Carry out ``view.freeze``; in the log, let it stand still or follow."""
        if self.focused is self.log_panel:
            self.log_panel.toggle_pause()
            return
        self.frozen = not self.frozen
        self.take(self.snapshot, progress=True)
        self.take_log()
        self.stand()

    def do_view_copy(self) -> None:
        """Carry out ``view.copy``."""
        if self.focused is self.log_panel:
            text, what = self.log_panel.lines_in_view(), "The log lines in view"
        else:
            text, what = self.copied()
        if not text:
            self.say("There is nothing here to copy.")
        else:
            self.app.copy_to_clipboard(text)
            self.say(f"{what} went to your terminal's clipboard, where it allows that.")

    def do_app_back(self) -> None:
        """Carry out ``app.back``: leave what is open, the innermost first."""
        if self._input.display:
            if self._searching:
                self.context.log.look_for("")
            self._filter_done()
        elif self.focused is self.log_panel and self.context.log.words:
            self.context.log.look_for("")
            self.log_panel.redraw()
        elif self.has_class("-log"):
            self.remove_class("-log")
            self.set_focus(self.main_panel)
        elif self.focused is not self.main_panel:
            self.set_focus(self.main_panel)
        else:
            self.go_back()

    def go_back(self) -> None:
        """Leave what is open in the list: a filter, marks, the screen itself."""
        if self.filter_words:
            self.set_filter("")
        else:
            self.leave_screen()

    def leave_screen(self) -> None:
        """Leave the screen, where it lies over another one."""

    def do_app_palette(self) -> None:
        """Carry out ``app.palette``."""
        self.app.action_command_palette()

    def do_app_suspend(self) -> None:
        """Carry out ``app.suspend``."""
        self.app.action_suspend_process()

    def do_app_help(self) -> None:
        """Carry out ``app.help``."""
        from tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.scope, self.present_situation(), self.context.keymap))

    def do_app_quit(self) -> None:
        """Carry out ``app.quit``."""
        self.pendel.ask_to_quit(self.snapshot)


def _class_of(size: int, breakpoints: list[tuple[int, str]]) -> str:
    return max(entry for entry in breakpoints if entry[0] <= size)[1]
