"""The log, and what has to do with the program itself."""

from __future__ import annotations

from tui import obstacles
from tui.action import EVERYWHERE, Action, Group, Scope

TABLE: tuple[Action, ...] = (
    Action(
        "log.panel",
        ("l", "ctrl+l"),
        "Log",
        "Show the log, give it the whole body, or hide it.",
        Group.LOG,
        scopes=EVERYWHERE,
        in_bar=True,
    ),
    Action(
        "log.task",
        ("o",),
        "One task",
        "Show the log of the task under the cursor only, or of all.",
        Group.LOG,
        scopes=frozenset({Scope.TASKS}),
        obstacle=obstacles.log_hidden,
    ),
    Action(
        "log.run",
        ("O",),
        "One run",
        "Show the lines of the run only in the log below, or of all.",
        Group.LOG,
        scopes=frozenset({Scope.RUNS, Scope.RUN}),
        obstacle=obstacles.log_hidden,
    ),
    Action(
        "log.severity",
        ("i",),
        "Severity",
        "Show every line, or only information, warnings or errors and what is graver.",
        Group.LOG,
        obstacle=obstacles.log_hidden,
    ),
    Action(
        "log.wrap", ("w",), "Wrap", "Wrap long lines of the log, or cut them.", Group.LOG, obstacle=obstacles.log_hidden
    ),
    Action(
        "log.save",
        ("W",),
        "Save log",
        "Save the lines of the log that pass its filters to a file.",
        Group.LOG,
        asks=True,
        obstacle=obstacles.log_hidden,
    ),
    Action(
        "app.palette",
        ("ctrl+p", "colon"),
        "Commands",
        "Find any action by its name and carry it out.",
        Group.PROGRAM,
        scopes=EVERYWHERE,
        in_palette=False,
    ),
    Action(
        "app.suspend",
        ("ctrl+z",),
        "Suspend",
        "Go back to the shell; fg comes back. Runs stand still meanwhile.",
        Group.PROGRAM,
        scopes=EVERYWHERE,
    ),
    Action(
        "app.help",
        ("question_mark", "f1"),
        "Help",
        "Show every key and what it does.",
        Group.PROGRAM,
        scopes=EVERYWHERE,
        in_bar=True,
    ),
    Action(
        "app.quit",
        ("q", "ctrl+c", "ctrl+q"),
        "Quit",
        "End Pendel; where runs are going, choose whether to wait for them or to stop them.",
        Group.PROGRAM,
        in_bar=True,
    ),
)
