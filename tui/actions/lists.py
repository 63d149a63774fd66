"""How one moves, marks and finds on every screen with lines."""

from __future__ import annotations

from tui import obstacles
from tui.action import TABLES, Action, Group, Scope

_TASKS = frozenset({Scope.TASKS})

TABLE: tuple[Action, ...] = (
    Action(
        "move.down",
        ("j", "down"),
        "Down",
        "Move one line down.",
        Group.MOVE,
        in_palette=False,
    ),
    Action(
        "move.up",
        ("k", "up"),
        "Up",
        "Move one line up.",
        Group.MOVE,
        in_palette=False,
    ),
    Action("move.page_down", ("pagedown",), "Page down", "Move one page down.", Group.MOVE, in_palette=False),
    Action("move.page_up", ("pageup",), "Page up", "Move one page up.", Group.MOVE, in_palette=False),
    Action(
        "move.left",
        ("left",),
        "Left",
        "Move to the columns on the left.",
        Group.MOVE,
        scopes=frozenset({Scope.RECORDS, Scope.LAYOUT}),
        in_palette=False,
    ),
    Action(
        "move.right",
        ("right",),
        "Right",
        "Move to the columns on the right.",
        Group.MOVE,
        scopes=frozenset({Scope.RECORDS, Scope.LAYOUT}),
        in_palette=False,
    ),
    Action(
        "move.top",
        ("g", "home"),
        "Top",
        "Go to the first line.",
        Group.MOVE,
        in_palette=False,
    ),
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
        scopes=_TASKS,
        obstacle=obstacles.no_task,
    ),
    Action(
        "mark.range",
        ("v",),
        "Mark range",
        "Mark all tasks from the last one marked to the one under the cursor.",
        Group.MOVE,
        scopes=_TASKS,
        obstacle=obstacles.no_task,
    ),
    Action(
        "mark.all",
        ("ctrl+a",),
        "Mark all",
        "Mark all tasks that are shown, or take all marks away.",
        Group.MOVE,
        scopes=_TASKS,
        obstacle=obstacles.no_task,
    ),
    Action(
        "view.filter",
        ("slash",),
        "Find",
        "Show only the lines in which every word that you type occurs; in the log, search. esc clears it.",
        Group.VIEW,
        in_bar=True,
    ),
    Action(
        "view.next",
        ("n",),
        "Next match",
        "Go to the next line of the log that has what was searched for.",
        Group.VIEW,
        obstacle=obstacles.nothing_searched,
    ),
    Action(
        "view.previous",
        ("N",),
        "Match before",
        "Go to the line before that has what was searched for.",
        Group.VIEW,
        obstacle=obstacles.nothing_searched,
    ),
    Action(
        "view.states",
        ("f",),
        "States",
        "Go through the filters by state.",
        Group.VIEW,
        scopes=frozenset({Scope.TASKS, Scope.RUNS, Scope.RECORDS}),
    ),
    Action(
        "view.sort_left", ("less_than_sign",), "Sort left", "Sort by the column to the left.", Group.VIEW, scopes=TABLES
    ),
    Action(
        "view.sort_right",
        ("greater_than_sign",),
        "Sort right",
        "Sort by the column to the right.",
        Group.VIEW,
        scopes=TABLES,
    ),
    Action("view.reverse", ("r",), "Reverse", "Turn the order round.", Group.VIEW, scopes=TABLES),
    Action(
        "view.freeze", ("p",), "Freeze", "Hold what is shown still, or let it go on; in the log, pause it.", Group.VIEW
    ),
    Action(
        "view.copy",
        ("y",),
        "Copy",
        "Copy the details of what is under the cursor, or the log lines in view, to your clipboard (OSC 52).",
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
)
