"""The console as a Textual application: it wires an engine to the screens and owns nothing else."""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from textual.app import App
from textual.binding import BindingType  # noqa: TC002 - Textual reads it
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.events import Event, InputEvent, Paste
from textual.widgets import Input

from core.errors import PendelError
from tui.action import Scope
from tui.actions import actions_of
from tui.driver import TerminalBack, TerminalDriver, TerminalLost
from tui.ending import Ending
from tui.keymap import Keymap
from tui.screens.base import Context, PendelScreen
from tui.screens.quitting import quit_dialog
from tui.screens.tasks import TasksScreen
from tui.themes import ANSI, THEMES
from tui.typed_ahead import TypedAhead
from tui.widgets.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from textual.geometry import Region

    from core.engine.api import EngineApi, Snapshot, TaskView
    from tui.words import Signs

_logger = logging.getLogger("pendel.console")
# Without an engine that writes a log file, a traceback is for nobody; least of all for the terminal.
_logger.addHandler(logging.NullHandler())

TICK = 0.25
"""Seconds between two looks at the engine."""
MOST_ROUNDS = 20
"""Rounds of drawing that the engine waits for the list."""
PROGRESS_TICKS = 4
"""How far runs are is shown at every fourth look: ten running tasks must fit a slow line."""


def main_screen(scope: Scope) -> type[PendelScreen]:
    """Return the class of a main screen; all but the first are imported when they are first shown."""
    if scope is Scope.TASKS:
        return TasksScreen
    module = import_module(f"tui.screens.{scope}")
    screen: type[PendelScreen] = getattr(module, f"{scope.title()}Screen")
    return screen


class ActionProvider(Provider):
    """Feeds the command palette from the action table."""

    def _entries(self) -> Iterator[tuple[str, str, Callable[[], None]]]:
        screen = self.screen
        if not isinstance(screen, PendelScreen):
            return
        situation = screen.present_situation()
        keymap = screen.context.keymap
        for entry in actions_of(screen.scope):
            if entry.in_palette:
                why_not = entry.why_not(situation)
                keys = keymap.in_words(entry, screen.scope)
                text = f"Not now: {why_not}" if why_not else f"{entry.help_line} ({keys})"

                def perform(action_id: str = entry.id) -> None:
                    screen.action_perform(action_id)

                yield f"{entry.label} · {entry.id}", text, perform

    async def discover(self) -> Hits:
        """Offer every action."""
        for name, text, perform in self._entries():
            yield DiscoveryHit(name, perform, help=text)

    async def search(self, query: str) -> Hits:
        """Offer the actions whose names are like the query."""
        matcher = self.matcher(query)
        for name, text, perform in self._entries():
            if (score := matcher.match(name)) > 0:
                yield Hit(score, matcher.highlight(name), perform, help=text)


class ActionPalette(CommandPalette):
    """Textual's command palette, whose cursor stands still."""

    def on_mount(self) -> None:
        """Let the cursor stand still: a cursor that blinks sends something all the time."""
        for field in self.query(Input):
            field.cursor_blink = False


class PendelApp(App[Ending]):
    """The console around an engine that lives already and goes on living without it."""

    TITLE = "Pendel"
    CSS_PATH = "pendel.tcss"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {ActionProvider}
    BINDINGS: ClassVar[list[BindingType]] = []
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self,
        engine: EngineApi,
        signs: Signs,
        *,
        keymap: Keymap | None = None,
        theme: str = ANSI,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        greeting: str = "",
        at: str = "",
        begin: Callable[[], EngineApi] | None = None,
    ) -> None:
        own = None if "NO_COLOR" in os.environ else THEMES.get(theme)
        # By default the sixteen colours of the user's own terminal: readable on any background, and short to send.
        super().__init__(driver_class=TerminalDriver, ansi_color=None if own else True)
        if own:
            self.register_theme(own)
            self.theme = own.name
        else:
            # Not as a change of the theme, after which Textual reads all styles anew: 9 ms before the first picture.
            self.set_reactive(App.theme, "ansi-dark")
            self.stylesheet.set_variables(self.get_css_variables())
        self.animation_level = "none"
        self.fault: Exception | None = None
        """What ended the console, where it was a fault of its own."""
        self.refused: PendelError | OSError | None = None
        """Why the engine did not begin."""
        self.terminal_answers = True
        """Whether the terminal took what was sent to it at the end."""
        self._given = Context(engine, signs, clock, keymap=keymap or Keymap())
        self._greeting = greeting
        """Said once the engine has begun."""
        self._first_at = at
        """The task that the cursor is on then."""
        self._begin = begin or (lambda: engine)
        """Called once, when the list is on the screen and before any key: sets the engine going, and returns it."""
        self.typed_ahead = TypedAhead(self, super().on_event)
        """What was typed and has not had its turn."""
        self._revision = -1
        self._ticks = 0
        self._day = clock().date()
        self._main: dict[Scope, PendelScreen] = {}
        self._at = Scope.TASKS

    @property
    def keymap(self) -> Keymap:
        """The keys of the console."""
        return self._given.keymap

    @property
    def signs(self) -> Signs:
        """The signs that the terminal can show."""
        return self._given.signs

    def on_mount(self) -> None:
        """Show the list at once, from the first snapshot, and begin to look for changes."""
        first = self._given.engine.snapshot()
        if first is None:
            raise RuntimeError("The engine has no state to show.")
        self._revision = first.revision
        self._snapshot = first
        self.push_screen(self._kept(Scope.TASKS))

    def on_ready(self) -> None:
        """Let the engine begin once the list is drawn."""
        screen = self._kept(Scope.TASKS)
        screen.call_after_refresh(self._begin_after, screen, MOST_ROUNDS)

    def _begin_after(self, screen: PendelScreen, rounds: int) -> None:
        """Set the engine going once the list is drawn, after a few rounds; a terminal may have no room for it."""
        panel = screen.main_panel
        if rounds and isinstance(panel, Rows) and not panel.drawn:
            screen.call_after_refresh(self._begin_after, screen, rounds - 1)
            return
        try:
            self._given.engine, self._revision = self._begin(), -1
        except (PendelError, OSError) as error:
            self.refused = error
            self.exit(Ending.STOP)
            return
        if self._greeting:
            screen.say(self._greeting)
        self.look()
        if self._first_at and isinstance(screen, TasksScreen):
            screen.go_to(self._first_at)
        self.set_interval(TICK, self.look)
        self.typed_ahead.begin()

    async def on_event(self, event: Event) -> None:
        """Let what is typed wait for its turn: the engine must have begun, and the key before had its effect."""
        if isinstance(event, (InputEvent, Paste)) and not event.is_forwarded:
            await self.typed_ahead.take(event)
        else:
            await super().on_event(event)

    def go(self, scope: Scope) -> PendelScreen:
        """Show one of the main screens in place of the present one, and return it."""
        screen = self._kept(scope)
        while len(self.screen_stack) > 2:
            self.pop_screen()
        if scope is not self._at:
            self._at = scope
            self.switch_screen(screen)
        return screen

    def _kept(self, scope: Scope) -> PendelScreen:
        if scope not in self._main:
            self._main[scope] = main_screen(scope)(self._given, self._snapshot)
            # Textual takes a screen apart once it is not shown any more, but for those that are installed.
            self.install_screen(self._main[scope], scope)
        return self._main[scope]

    @property
    def shown(self) -> PendelScreen | None:
        """The topmost screen that looks at the engine; a dialog may stand above it."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, PendelScreen):
                return screen if screen.is_mounted else None
        return None

    def look(self) -> None:
        """Take what changed in the engine since the last look. The only way by which a screen hears of the engine."""
        screen = self.shown
        if screen is None:
            return
        self._ticks += 1
        progress = self._ticks % PROGRESS_TICKS == 0
        snapshot = self._given.engine.snapshot(self._revision)
        day = self._given.clock().astimezone(self._snapshot.zone).date()
        if snapshot is not None:
            self._revision, self._snapshot = snapshot.revision, snapshot
            screen.take(snapshot, progress=progress)
        elif screen.snapshot is not self._snapshot or day != self._day or (progress and self._snapshot.running):
            screen.take(self._snapshot, progress=True)
        self._day = day
        screen.take_log()

    def ask_to_quit(self, snapshot: Snapshot) -> None:
        """End: at once where nothing is going, or goes on without this console; else after asking."""
        if snapshot.attached or not any(task.run for task in snapshot.tasks):
            self.exit(Ending.QUIT)
            return
        shown = self.shown

        def going() -> list[TaskView]:
            return [task for task in (shown.snapshot if shown else snapshot).tasks if task.run]

        def answered(choice: str | None) -> None:
            if choice:
                self.exit(Ending.WAIT if choice == "wait" else Ending.STOP)

        self.push_screen(quit_dialog(going, sign=self._given.signs.cursor), answered)

    def on_terminal_lost(self, _: TerminalLost) -> None:
        """End: nobody looks on any more."""
        self.exit(Ending.LOST)

    def on_terminal_back(self, _: TerminalBack) -> None:
        """Draw everything: frames were dropped."""
        self.redraw()

    def can_scroll(self, region: Region) -> bool:
        """Whether the terminal can move the rows of a region by itself: nothing may stand beside it."""
        return isinstance(self._driver, TerminalDriver) and region.x == 0 and region.width == self.size.width > 0

    def scroll_rows(self, region: Region, rows: int) -> None:
        """Let the terminal move the rows of a region up, or down where ``rows`` is negative."""
        if isinstance(self._driver, TerminalDriver):
            self._driver.scroll(region.y, region.bottom - 1, rows)

    def redraw(self) -> None:
        """Send the whole screen."""
        self.refresh(layout=True)

    def action_command_palette(self) -> None:
        """Open the palette."""
        if isinstance(self.screen, PendelScreen):
            self.push_screen(ActionPalette())

    async def action_quit(self) -> None:
        """End as the key for it does; Textual offers this under a key of its own."""
        if isinstance(self.screen, PendelScreen):
            self.screen.action_perform("app.quit")

    def _fatal_error(self) -> None:
        """End after a fault, without Textual's traceback, which shows the values of local variables."""
        if self._exit:
            # A screen that was being built when the console was told to end lacks its widgets; that is how it ends.
            _logger.debug("While the console ended, a screen had a fault.", exc_info=self._exception)
        else:
            self.fault = self._exception
            _logger.error("The console ended by a fault of its own.", exc_info=self._exception)
        self._close_messages_no_wait()
