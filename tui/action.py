"""What an action of the console is, and what decides whether it can be done."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from core.engine.api.rights import Right

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.engine.api import RunView, TaskView

KeyOf: TypeAlias = "Callable[[str], str]"
"""Returns the key of an action, by its id, as a user reads it."""


class Group(StrEnum):
    """What an action has to do with: the headings of the help, in this order."""

    SCREENS = "Screens"
    TASKS = "Tasks"
    RUNS = "Runs"
    SETTINGS = "Settings, locations, layouts and links"
    LAYOUT = "Layout editor"
    CATALOGUE = "Catalogue"
    FLOWS = "Flows"
    FORM = "Forms"
    MOVE = "Move and mark"
    VIEW = "Find and view"
    LOG = "Log"
    PROGRAM = "Program"


class Scope(StrEnum):
    """Where an action applies: a screen of the console."""

    TASKS = "tasks"
    RUNS = "runs"
    RUN = "run"
    """One run, whole."""
    LOCATIONS = "locations"
    LAYOUTS = "layouts"
    LINKS = "links"
    FLOWS = "flows"
    FAILURES = "failures"
    """The records of one flow, or of all, that could not be sent."""
    ACTIVITY = "activity"
    """What came from one system and was sent to another, record by record."""
    SET_UP = "set-up"
    """The guided set-up of flows between two systems."""
    CATALOGUE = "catalogue"
    RECORDS = "records"
    """The records of one entity."""
    RECORD = "record"
    """One record, whole."""
    SETTINGS = "settings"
    FORM = "form"
    LAYOUT = "layout"
    """The editor of one layout."""


EVERYWHERE = frozenset(Scope)
TYPING = frozenset({Scope.FORM})
"""The screens on which letters are text that is typed, and no keys."""
EDITORS = TYPING | {Scope.LAYOUT}
"""The screens that need all the room for what is edited, and leave the log out to begin with."""
LISTS = EVERYWHERE - TYPING
"""Every screen on which letters are keys."""
TABLES = LISTS - {Scope.RUNS, Scope.RUN, Scope.RECORD, Scope.LAYOUT, Scope.ACTIVITY, Scope.SET_UP}
"""Every screen with rows that can be put into another order; runs are as they came, columns as the file has them."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides whether an action can be done at this moment."""

    targets: tuple[TaskView, ...] = ()
    """The marked tasks, else the one under the cursor."""
    run: RunView | None = None
    """The run under the cursor, or the one that is shown."""
    item: str = ""
    """The name of what is under the cursor of another list: a location, a layout, an entity, …"""
    empty: str = ""
    """What the list says in place of rows: that it is being read, or why there are none."""
    attached: bool = False
    """Whether the record that is shown has attachments that can be saved."""
    right: Right = Right.ADMINISTER
    log_shown: bool = True
    log_searched: bool = False
    """Whether something is looked for in the log."""
    log_key: str = "l"
    """The key that shows the log, as a user reads it."""
    find_key: str = "/"
    can_undo: bool = True


_WAYS_OUT = ("app.back", "app.quit", "app.suspend", "form.leave")
_APART = ("app.help", "app.palette", "log.panel")


def always(_: Situation) -> str:
    """Nothing stands in the way."""
    return ""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a user can do."""

    id: str
    """Stable, and what a user rebinds: ``task.start``."""
    keys: tuple[str, ...]
    """As Textual names them; the first is the one that is shown."""
    label: str
    help: str
    group: Group
    scopes: frozenset[Scope] = LISTS
    needs: Right = Right.VIEW
    """The right without which it is refused; anything but ``view`` changes something outside the console."""
    asks: bool = False
    """Whether it asks before it does anything."""
    in_bar: bool = False
    """Whether it stands in the key bar."""
    in_palette: bool = True
    obstacle: Callable[[Situation], str] = always
    """Why it cannot be done now, in a sentence; empty where it can."""

    @property
    def changes(self) -> bool:
        """Whether it changes anything outside the console."""
        return self.needs is not Right.VIEW

    @property
    def leads_out(self) -> bool:
        """Whether it leaves what is shown, and is never kept waiting by it."""
        return self.group is Group.SCREENS or self.id in _WAYS_OUT

    @property
    def needs_nothing(self) -> bool:
        """Whether it has nothing to do with what a screen shows."""
        return self.id in _APART

    @property
    def help_line(self) -> str:
        """What it does, and whether it asks first."""
        return f"{self.help} Asks first." if self.asks else self.help

    @property
    def method(self) -> str:
        """The method of a screen that carries it out."""
        return f"do_{self.id.replace('.', '_')}"

    def why_not(self, situation: Situation) -> str:
        """Return why the action cannot be done now; empty where it can."""
        if not situation.right.allows(self.needs):
            if situation.right is Right.VIEW:
                return "This console is read-only."
            return f"You may {situation.right}, and this needs the right to {self.needs}."
        return self.obstacle(situation)
