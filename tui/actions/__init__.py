"""Every action of the console, once.

Key bindings, the key bar, the ``?`` help, the command palette, README's key table, the gate of rights and the user's
own keys are all read from :data:`ACTIONS`. A screen carries an action out in the method that it names for its id. The
actions stand in a module for each noun, in its ``TABLE``.
"""

from __future__ import annotations

from tui.action import LISTS, Action, Group, Scope
from tui.actions import catalogue, flows, forms, layouts, lists, program, runs, screens, settings, tasks


def join(*tables: tuple[Action, ...]) -> tuple[Action, ...]:
    """Return the actions of all tables as one.

    Raises:
        ValueError: two actions have the same id, or the same key on the same screen.
    """
    ids: set[str] = set()
    holders: dict[tuple[Scope, str], str] = {}
    joined = tuple(entry for table in tables for entry in table)
    for entry in joined:
        if entry.id in ids:
            raise ValueError(f"two actions are {entry.id}")
        ids.add(entry.id)
        for scope in entry.scopes:
            for key in entry.keys:
                if (other := holders.setdefault((scope, key), entry.id)) != entry.id:
                    raise ValueError(f"{key} is the key of {other} and of {entry.id} on the screen {scope}")
    return joined


ACTIONS = join(
    screens.TABLE,
    tasks.TABLE,
    runs.TABLE,
    settings.TABLE,
    layouts.TABLE,
    catalogue.TABLE,
    flows.TABLE,
    forms.TABLE,
    lists.TABLE,
    program.TABLE,
)
"""All of them; the key bar and the palette go by this order."""
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
