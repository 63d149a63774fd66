"""Every action of the console, once.

Key bindings, the key bar, the ``?`` help, the command palette, README's key table, the gate of rights and the user's
own keys are all read from :data:`ACTIONS`. A screen carries an action out in the method that it names for its id.

"""

from __future__ import annotations

from core.engine.api.rights import Right
from tui import obstacles
from tui.action import EVERYWHERE, LISTS, TABLES, Action, Group, Scope

ACTIONS: tuple[Action, ...] = (
    Action("screen.tasks", ("1",), "Tasks", "Show the tasks.", Group.SCREENS),
    Action("screen.runs", ("2",), "Runs", "Show the runs: queued, waiting, running and ended.", Group.SCREENS),
    Action("screen.locations", ("3",), "Locations", "Show where files are read and written.", Group.SCREENS),
    Action("screen.layouts", ("4",), "Layouts", "Show how columns and fields go together.", Group.SCREENS),
    Action("screen.catalogue", ("5",), "Catalogue", "Show the records that are kept.", Group.SCREENS),
    Action(
        "screen.settings",
        ("6",),
        "Settings",
        "Show the settings of the engine, and what was changed by whom.",
        Group.SCREENS,
    ),
    Action(
        "task.start",
        ("s",),
        "Start",
        "Start the marked tasks, or the one under the cursor, in the order of their sequence numbers.",
        Group.TASKS,
        scopes=frozenset({Scope.TASKS}),
        needs=Right.OPERATE,
        asks=True,
        in_bar=True,
        obstacle=obstacles.cannot_start,
    ),
    Action(
        "task.dry_run",
        ("S",),
        "Dry run",
        "Start a dry run: it says what a run would do, and changes nothing.",
        Group.TASKS,
        scopes=frozenset({Scope.TASKS}),
        needs=Right.OPERATE,
        asks=True,
        obstacle=obstacles.cannot_start,
    ),
    Action(
        "task.stop",
        ("x",),
        "Stop",
        "Stop the runs of the marked tasks, or of the one under the cursor; what they have committed stays.",
        Group.TASKS,
        scopes=frozenset({Scope.TASKS}),
        needs=Right.OPERATE,
        asks=True,
        in_bar=True,
        obstacle=obstacles.cannot_stop,
    ),
    Action(
        "task.toggle",
        ("t",),
        "Active",
        "Switch the marked tasks on or off; a task that is off never starts by itself.",
        Group.TASKS,
        scopes=frozenset({Scope.TASKS}),
        needs=Right.OPERATE,
        in_bar=True,
        obstacle=obstacles.cannot_toggle,
    ),
    Action(
        "task.details",
        ("enter",),
        "Details",
        "Give the details of the task the whole body of the screen, or give it back.",
        Group.TASKS,
        scopes=frozenset({Scope.TASKS}),
        in_bar=True,
        obstacle=obstacles.no_task,
    ),
    Action(
        "task.add",
        ("a",),
        "Add",
        "Make a new task, from a template or empty.",
        Group.TASKS,
        scopes=frozenset({Scope.TASKS}),
        needs=Right.ADMINISTER,
    ),
    Action(
        "task.edit",
        ("e",),
        "Edit",
        "Change the settings of the task.",
        Group.TASKS,
        scopes=frozenset({Scope.TASKS}),
        needs=Right.ADMINISTER,
        in_bar=True,
        obstacle=obstacles.not_editable,
    ),
    Action(
        "task.copy",
        ("c",),
        "Copy",
        "Make a new task with the settings of this one.",
        Group.TASKS,
        scopes=frozenset({Scope.TASKS}),
        needs=Right.ADMINISTER,
        obstacle=obstacles.not_editable,
    ),
    Action(
        "task.delete",
        ("d",),
        "Delete",
        "Take the task out of the configuration; its runs stay in the history.",
        Group.TASKS,
        scopes=frozenset({Scope.TASKS}),
        needs=Right.ADMINISTER,
        asks=True,
        obstacle=obstacles.not_editable,
    ),
    Action(
        "task.cursor",
        ("m",),
        "Cursor",
        "Set the moment up to which an export has seen changes, or let it forget it.",
        Group.TASKS,
        scopes=frozenset({Scope.TASKS}),
        needs=Right.OPERATE,
        obstacle=obstacles.not_editable,
    ),
    Action(
        "task.history",
        ("h",),
        "History",
        "Show the runs of the task.",
        Group.TASKS,
        scopes=frozenset({Scope.TASKS}),
        obstacle=obstacles.no_task,
    ),
    Action(
        "run.open",
        ("enter",),
        "Open",
        "Show all of the run: counts, files, rejects, samples and log.",
        Group.RUNS,
        scopes=frozenset({Scope.RUNS}),
        in_bar=True,
        obstacle=obstacles.no_run,
    ),
    Action(
        "run.stop",
        ("x",),
        "Stop",
        "Stop the run; what it has committed stays.",
        Group.RUNS,
        scopes=frozenset({Scope.RUNS, Scope.RUN}),
        needs=Right.OPERATE,
        asks=True,
        in_bar=True,
        obstacle=obstacles.run_ended,
    ),
    Action(
        "run.again",
        ("s",),
        "Start again",
        "Start the task of the run again; with archiving confirmed where the brake stopped it.",
        Group.RUNS,
        scopes=frozenset({Scope.RUNS, Scope.RUN}),
        needs=Right.OPERATE,
        asks=True,
        in_bar=True,
        obstacle=obstacles.cannot_run_again,
    ),
    Action(
        "run.dry_run",
        ("S",),
        "Dry run",
        "Start a dry run of the task of the run.",
        Group.RUNS,
        scopes=frozenset({Scope.RUNS, Scope.RUN}),
        needs=Right.OPERATE,
        asks=True,
        obstacle=obstacles.cannot_run_again,
    ),
    Action(
        "run.revert",
        ("R",),
        "Revert",
        "Put back what the import or revert changed, record by record.",
        Group.RUNS,
        scopes=frozenset({Scope.RUNS, Scope.RUN}),
        needs=Right.OPERATE,
        asks=True,
        in_bar=True,
        obstacle=obstacles.cannot_revert,
    ),
    Action(
        "run.part",
        ("enter", "right_square_bracket"),
        "Next part",
        "Go on to the next part: outcome, samples, rejects, files, log.",
        Group.RUNS,
        scopes=frozenset({Scope.RUN}),
        in_bar=True,
    ),
    Action(
        "run.part_before",
        ("left_square_bracket",),
        "Part before",
        "Go back to the part before.",
        Group.RUNS,
        scopes=frozenset({Scope.RUN}),
    ),
    Action(
        "run.log",
        ("o",),
        "Its log",
        "Show the log of the run, from its begin to its end.",
        Group.RUNS,
        scopes=frozenset({Scope.RUNS, Scope.RUN}),
        in_bar=True,
        obstacle=obstacles.no_run,
    ),
    Action(
        "run.dates",
        ("D",),
        "Dates",
        "Show the runs of today, of this week, of this month, or all.",
        Group.RUNS,
        scopes=frozenset({Scope.RUNS}),
    ),
    Action(
        "item.edit",
        (
            "enter",
            "e",
        ),
        "Edit",
        "Change the settings.",
        Group.SETTINGS,
        scopes=frozenset({Scope.LOCATIONS, Scope.LAYOUTS, Scope.SETTINGS}),
        needs=Right.ADMINISTER,
        in_bar=True,
        obstacle=obstacles.no_item,
    ),
    Action(
        "item.add",
        ("a",),
        "Add",
        "Make a new one.",
        Group.SETTINGS,
        scopes=frozenset({Scope.LOCATIONS, Scope.LAYOUTS, Scope.SETTINGS}),
        needs=Right.ADMINISTER,
        in_bar=True,
    ),
    Action(
        "item.copy",
        ("c",),
        "Copy",
        "Make a new one with these settings.",
        Group.SETTINGS,
        scopes=frozenset({Scope.LOCATIONS, Scope.LAYOUTS}),
        needs=Right.ADMINISTER,
        obstacle=obstacles.no_item,
    ),
    Action(
        "item.delete",
        ("d",),
        "Delete",
        "Take it out of the configuration, unless something depends on it.",
        Group.SETTINGS,
        scopes=frozenset({Scope.LOCATIONS, Scope.LAYOUTS, Scope.SETTINGS}),
        needs=Right.ADMINISTER,
        asks=True,
        obstacle=obstacles.no_item,
    ),
    Action(
        "location.test",
        ("T",),
        "Test",
        "Test the location step by step: name, port, host key or TLS, login, directory, reading, writing.",
        Group.SETTINGS,
        scopes=frozenset({Scope.LOCATIONS}),
        needs=Right.OPERATE,
        in_bar=True,
        obstacle=obstacles.no_item,
    ),
    Action(
        "layout.form",
        ("E",),
        "As a form",
        "Change the settings of the layout in a form, without a file beside it.",
        Group.SETTINGS,
        scopes=frozenset({Scope.LAYOUTS}),
        needs=Right.ADMINISTER,
        obstacle=obstacles.no_item,
    ),
    Action(
        "settings.undo",
        ("u",),
        "Undo",
        "Take back the last change of the settings.",
        Group.SETTINGS,
        scopes=frozenset({Scope.TASKS, Scope.LOCATIONS, Scope.LAYOUTS, Scope.SETTINGS}),
        needs=Right.ADMINISTER,
        asks=True,
        obstacle=obstacles.nothing_to_undo,
    ),
    Action(
        "catalogue.open",
        ("enter",),
        "Open",
        "Show the records of the entity or assortment.",
        Group.CATALOGUE,
        scopes=frozenset({Scope.CATALOGUE}),
        in_bar=True,
        obstacle=obstacles.no_item,
    ),
    Action(
        "record.open",
        ("enter",),
        "Open",
        "Show the record with all its fields and its history.",
        Group.CATALOGUE,
        scopes=frozenset({Scope.RECORDS}),
        in_bar=True,
        obstacle=obstacles.no_item,
    ),
    Action(
        "record.columns",
        ("C",),
        "Columns",
        "Choose the columns.",
        Group.CATALOGUE,
        scopes=frozenset({Scope.RECORDS}),
        in_bar=True,
    ),
    Action(
        "record.next",
        ("right_square_bracket",),
        "Next",
        "Go to the next record.",
        Group.CATALOGUE,
        scopes=frozenset({Scope.RECORD}),
        in_bar=True,
    ),
    Action(
        "record.previous",
        ("left_square_bracket",),
        "Previous",
        "Go to the record before.",
        Group.CATALOGUE,
        scopes=frozenset({Scope.RECORD}),
        in_bar=True,
    ),
    Action(
        "form.save",
        ("ctrl+s",),
        "Save",
        "Check everything, write it to the file, and plan anew.",
        Group.FORM,
        scopes=frozenset({Scope.FORM, Scope.LAYOUT}),
        needs=Right.ADMINISTER,
        in_bar=True,
    ),
    Action(
        "form.test",
        ("ctrl+t",),
        "Test",
        "Test the connection with the values of the form.",
        Group.FORM,
        scopes=frozenset({Scope.FORM}),
        needs=Right.OPERATE,
        in_bar=True,
    ),
    Action(
        "form.next",
        (
            "tab",
            "down",
        ),
        "Next field",
        "Go to the next field.",
        Group.FORM,
        scopes=frozenset({Scope.FORM, Scope.LAYOUT}),
        in_palette=False,
    ),
    Action(
        "form.previous",
        (
            "shift+tab",
            "up",
        ),
        "Field before",
        "Go to the field before.",
        Group.FORM,
        scopes=frozenset({Scope.FORM, Scope.LAYOUT}),
        in_palette=False,
    ),
    Action(
        "form.leave",
        ("escape",),
        "Leave",
        "Leave the form; asks where something was changed.",
        Group.FORM,
        scopes=frozenset({Scope.FORM, Scope.LAYOUT}),
        in_bar=True,
        in_palette=False,
    ),
    Action(
        "move.down",
        (
            "j",
            "down",
        ),
        "Down",
        "Move one line down.",
        Group.MOVE,
        in_palette=False,
    ),
    Action(
        "move.up",
        (
            "k",
            "up",
        ),
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
        scopes=frozenset({Scope.RECORDS}),
        in_palette=False,
    ),
    Action(
        "move.right",
        ("right",),
        "Right",
        "Move to the columns on the right.",
        Group.MOVE,
        scopes=frozenset({Scope.RECORDS}),
        in_palette=False,
    ),
    Action(
        "move.top",
        (
            "g",
            "home",
        ),
        "Top",
        "Go to the first line.",
        Group.MOVE,
        in_palette=False,
    ),
    Action(
        "move.bottom",
        (
            "G",
            "end",
        ),
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
        scopes=frozenset({Scope.TASKS}),
        obstacle=obstacles.no_task,
    ),
    Action(
        "mark.range",
        ("v",),
        "Mark range",
        "Mark all tasks from the last one marked to the one under the cursor.",
        Group.MOVE,
        scopes=frozenset({Scope.TASKS}),
        obstacle=obstacles.no_task,
    ),
    Action(
        "mark.all",
        ("ctrl+a",),
        "Mark all",
        "Mark all tasks that are shown, or take all marks away.",
        Group.MOVE,
        scopes=frozenset({Scope.TASKS}),
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
    Action("log.panel", ("l",), "Log", "Show the log, give it the whole body, or hide it.", Group.LOG, in_bar=True),
    Action(
        "log.task",
        ("o",),
        "One task",
        "Show the log of the task or run under the cursor only, or of all.",
        Group.LOG,
        scopes=frozenset({Scope.TASKS, Scope.RUNS, Scope.RUN}),
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
        (
            "ctrl+p",
            "colon",
        ),
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
        scopes=EVERYWHERE,
    ),
    Action("app.help", ("question_mark",), "Help", "Show every key and what it does.", Group.PROGRAM, in_bar=True),
    Action(
        "app.quit",
        (
            "q",
            "ctrl+c",
            "ctrl+q",
        ),
        "Quit",
        "End Pendel; where runs are going, choose whether to wait for them or to stop them.",
        Group.PROGRAM,
        in_bar=True,
    ),
)

_BY_ID = {entry.id: entry for entry in ACTIONS}


def action(action_id: str) -> Action:
    """Return the action of that id."""
    return _BY_ID[action_id]


def actions_of(scope: Scope) -> list[Action]:
    """Return the actions that apply on a screen."""
    return [entry for entry in ACTIONS if scope in entry.scopes]


def in_groups(entries: list[Action] | None = None) -> list[tuple[Group, list[Action]]]:
    """Return actions, all by default, under their headings; headings without any are left out."""
    chosen = ACTIONS if entries is None else entries
    groups = [(group, [entry for entry in chosen if entry.group is group]) for group in Group]
    return [(group, found) for group, found in groups if found]


_KEY_NAMES = {
    "slash": "/",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "question_mark": "?",
    "colon": ":",
    "escape": "esc",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
}


def key_name(key: str) -> str:
    """Return a key as a user reads it: ``slash`` is ``/``."""
    return _KEY_NAMES.get(key, key)


def keys_in_words(entry: Action) -> str:
    """Return the keys of an action as a user reads them: ``j, down``."""
    return ", ".join(key_name(key) for key in entry.keys)


def key_table() -> str:
    """Return README's table of keys, in Markdown."""
    lines = ["| keys | action | where | what it does |", "|---|---|---|---|"]
    for _, entries in in_groups():
        for entry in entries:
            keys = " ".join(f"`{key_name(key)}`" for key in entry.keys)
            lines.append(f"| {keys} | {entry.label} | {where(entry)} | {entry.help_line} |")
    return "\n".join(lines) + "\n"


def where(entry: Action) -> str:
    """Return in words on which screens an action applies."""
    if entry.scopes >= LISTS:
        return "everywhere"
    return ", ".join(scope.value for scope in Scope if scope in entry.scopes)
