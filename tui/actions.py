"""Every action of the console, once.

Key bindings, the key bar, the ``?`` help, the command palette, README's key table and the read-only gate are all read
from :data:`ACTIONS`. A screen carries an action out in the method that it names for the action's id.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.engine.api import TaskView


class Group(StrEnum):
    """What an action has to do with: the headings of the help, in this order."""

    TASKS = "Tasks"
    MOVE = "Move and mark"
    VIEW = "Find and view"
    LOG = "Log"
    PROGRAM = "Program"


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides whether an action can be done at this moment."""

    targets: tuple[TaskView, ...] = ()
    """The marked tasks, else the one under the cursor."""
    read_only: bool = False
    log_shown: bool = True


def _always(_: Situation) -> str:
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
    changes: bool = False
    """Whether it changes anything outside the console; such actions are refused where the console is read-only."""
    asks: bool = False
    """Whether it asks before it does anything."""
    in_bar: bool = False
    """Whether it stands in the key bar."""
    in_palette: bool = True
    obstacle: Callable[[Situation], str] = _always
    """Why it cannot be done now, in a sentence; empty where it can."""

    @property
    def help_line(self) -> str:
        """What it does, and whether it asks first."""
        return f"{self.help} Asks first." if self.asks else self.help

    def why_not(self, situation: Situation) -> str:
        """Return why the action cannot be done now; empty where it can."""
        if self.changes and situation.read_only:
            return "This console is read-only."
        return self.obstacle(situation)


def _one_or_many(situation: Situation, one: str, many: str) -> str:
    targets = situation.targets
    return one.format(targets[0].id) if len(targets) == 1 else many


def _cannot_choose(situation: Situation) -> str:
    return "" if situation.targets else "There is no task to choose here."


def _cannot_start(situation: Situation) -> str:
    if not situation.targets:
        return _cannot_choose(situation)
    if all(task.run for task in situation.targets):
        return _one_or_many(
            situation, "{} is going already; a task has one run at a time.", "All marked tasks are going already."
        )
    return ""


def _cannot_stop(situation: Situation) -> str:
    if not situation.targets:
        return _cannot_choose(situation)
    if not any(task.run for task in situation.targets):
        return _one_or_many(
            situation, "{} is not going, so there is nothing to stop.", "None of the marked tasks is going."
        )
    return ""


def _cannot_toggle(situation: Situation) -> str:
    if not situation.targets:
        return _cannot_choose(situation)
    if all(task.system for task in situation.targets):
        return _one_or_many(
            situation, "{} is a task of Pendel's own and always active.", "Pendel's own tasks are always active."
        )
    return ""


def _log_hidden(situation: Situation) -> str:
    return "" if situation.log_shown else "The log is hidden; the key l shows it."


def _log_of_task(situation: Situation) -> str:
    return _log_hidden(situation) or _cannot_choose(situation)


ACTIONS: tuple[Action, ...] = (
    Action(
        "task.start",
        ("s",),
        "Start",
        "Start the marked tasks, or the one under the cursor, in the order of their sequence numbers.",
        Group.TASKS,
        changes=True,
        asks=True,
        in_bar=True,
        obstacle=_cannot_start,
    ),
    Action(
        "task.dry_run",
        ("S",),
        "Dry run",
        "Start a dry run: it says what a run would do, and changes nothing.",
        Group.TASKS,
        changes=True,
        asks=True,
        obstacle=_cannot_start,
    ),
    Action(
        "task.stop",
        ("x",),
        "Stop",
        "Stop the runs of the marked tasks, or of the one under the cursor; what they have committed stays.",
        Group.TASKS,
        changes=True,
        asks=True,
        in_bar=True,
        obstacle=_cannot_stop,
    ),
    Action(
        "task.toggle",
        ("t",),
        "Active",
        "Switch the marked tasks on or off; a task that is off never starts by itself.",
        Group.TASKS,
        changes=True,
        in_bar=True,
        obstacle=_cannot_toggle,
    ),
    Action(
        "task.details",
        ("enter",),
        "Details",
        "Give the details of the task the whole body of the screen, or give it back.",
        Group.TASKS,
        in_bar=True,
        obstacle=_cannot_choose,
    ),
    Action("move.down", ("j", "down"), "Down", "Move one line down.", Group.MOVE, in_palette=False),
    Action("move.up", ("k", "up"), "Up", "Move one line up.", Group.MOVE, in_palette=False),
    Action("move.page_down", ("pagedown",), "Page down", "Move one page down.", Group.MOVE, in_palette=False),
    Action("move.page_up", ("pageup",), "Page up", "Move one page up.", Group.MOVE, in_palette=False),
    Action("move.top", ("g", "home"), "Top", "Go to the first line.", Group.MOVE, in_palette=False),
    Action(
        "move.bottom",
        ("G", "end"),
        "Bottom",
        "Go to the last line; in the log, follow what comes.",
        Group.MOVE,
        in_palette=False,
    ),
    Action(
        "move.focus",
        ("tab",),
        "Next panel",
        "Move between the list, the details and the log.",
        Group.MOVE,
        in_palette=False,
    ),
    Action(
        "mark.toggle",
        ("space",),
        "Mark",
        "Mark the task under the cursor, or take the mark away, and move on.",
        Group.MOVE,
        obstacle=_cannot_choose,
    ),
    Action(
        "mark.all",
        ("ctrl+a",),
        "Mark all",
        "Mark all tasks that are shown, or take all marks away.",
        Group.MOVE,
        obstacle=_cannot_choose,
    ),
    Action(
        "view.filter",
        ("slash",),
        "Filter",
        "Show only the tasks in which every word that you type occurs; esc clears it.",
        Group.VIEW,
        in_bar=True,
    ),
    Action(
        "view.states",
        ("f",),
        "States",
        "Show all tasks, those that are going, those that did not succeed, or those that are off.",
        Group.VIEW,
    ),
    Action("view.sort_left", ("less_than_sign",), "Sort left", "Sort by the column to the left.", Group.VIEW),
    Action("view.sort_right", ("greater_than_sign",), "Sort right", "Sort by the column to the right.", Group.VIEW),
    Action("view.reverse", ("r",), "Reverse", "Turn the order round.", Group.VIEW),
    Action("view.freeze", ("p",), "Freeze", "Hold what is shown still, or let it go on.", Group.VIEW),
    Action(
        "view.copy",
        ("y",),
        "Copy",
        "Copy the details of the task, or the log lines in view, to your clipboard (OSC 52).",
        Group.VIEW,
    ),
    Action(
        "app.back",
        ("escape",),
        "Back",
        "Leave what is open; then clear the filter, then the marks. Never does harm.",
        Group.VIEW,
        in_palette=False,
    ),
    Action("log.panel", ("l",), "Log", "Show the log, give it the whole body, or hide it.", Group.LOG, in_bar=True),
    Action(
        "log.task",
        ("o",),
        "One task",
        "Show the log of the task under the cursor only, or of all.",
        Group.LOG,
        obstacle=_log_of_task,
    ),
    Action(
        "log.severity",
        ("i",),
        "Severity",
        "Show every line, or only information, warnings or errors and what is graver.",
        Group.LOG,
        obstacle=_log_hidden,
    ),
    Action("log.wrap", ("w",), "Wrap", "Wrap long lines of the log, or cut them.", Group.LOG, obstacle=_log_hidden),
    Action(
        "app.palette",
        ("ctrl+p", "colon"),
        "Commands",
        "Find any action by its name and carry it out.",
        Group.PROGRAM,
        in_palette=False,
    ),
    Action(
        "app.suspend",
        ("ctrl+z",),
        "Suspend",
        "Go back to the shell; fg comes back. Runs stand still meanwhile.",
        Group.PROGRAM,
    ),
    Action("app.help", ("question_mark",), "Help", "Show every key and what it does.", Group.PROGRAM, in_bar=True),
    Action(
        "app.quit",
        ("q", "ctrl+c", "ctrl+q"),
        "Quit",
        "End Pendel; where runs are going, choose whether to wait for them or to stop them.",
        Group.PROGRAM,
        in_bar=True,
    ),
)

_KEY_NAMES = {
    "slash": "/",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "question_mark": "?",
    "colon": ":",
    "escape": "esc",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
}


def action(action_id: str) -> Action:
    """Return the action of that id."""
    return _BY_ID[action_id]


_BY_ID = {entry.id: entry for entry in ACTIONS}


def key_name(key: str) -> str:
    """Return a key as a user reads it: ``slash`` is ``/``."""
    return _KEY_NAMES.get(key, key)


def keys_in_words(entry: Action) -> str:
    """Return the keys of an action as a user reads them: ``j, down``."""
    return ", ".join(key_name(key) for key in entry.keys)


def in_groups() -> list[tuple[Group, list[Action]]]:
    """Return all actions under their headings."""
    return [(group, [entry for entry in ACTIONS if entry.group is group]) for group in Group]


def key_table() -> str:
    """Return README's table of keys, in Markdown."""
    lines = ["| keys | action | what it does |", "|---|---|---|"]
    for _, entries in in_groups():
        for entry in entries:
            keys = " ".join(f"`{key_name(key)}`" for key in entry.keys)
            lines.append(f"| {keys} | {entry.label} | {entry.help_line} |")
    return "\n".join(lines) + "\n"
