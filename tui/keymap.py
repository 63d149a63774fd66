"""The keys of the console: those of the action table, and those that a user has chosen in ``[keys]`` instead."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

from textual.keys import Keys, _character_to_key

from core.config.finding import Finding, shown
from core.text import clean, listed, nearest
from tui.action import EVERYWHERE, TYPING, Scope
from tui.actions import ACTIONS, action, actions_of, key_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.config.model import Config
    from core.errors import Problem
    from tui.action import Action

_KEPT = {"app.back": ("escape",), "form.leave": ("escape",), "app.quit": ("ctrl+c",)}
"""Keys that stay with an action, whatever else is chosen for it: the way out is always there."""
_SAME = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+left_square_bracket": "escape"}
"""What a terminal sends as another key."""
_PRINTED = {_character_to_key(character): character for character in string.punctuation + " "}
_NAMES = {
    *(key.value for key in Keys if not key.value.startswith("<") and key.value not in ("return", "ctrl-at")),
    *_PRINTED,
} - set(_SAME)
_BY_NAME = {key_name(key).lower(): key for key in _NAMES} | {name: name for name in _NAMES}


def prints(key: str) -> bool:
    """Whether a key is a character, which is text where text is typed."""
    return len(key) == 1 or key in _PRINTED


def _silent(keys: Sequence[str]) -> tuple[str, ...]:
    return tuple(key for key in keys if not prints(key))


class Keymap:
    """Which keys carry an action out."""

    def __init__(self, own: Mapping[str, Sequence[str]] | None = None) -> None:
        """``own`` are the user's, as they stand in the configuration, and must be without :func:`faults`."""
        self._own = {
            action_id: tuple(dict.fromkeys([*(_key(name) for name in names), *_KEPT.get(action_id, ())]))
            for action_id, names in (own or {}).items()
        }

    def keys(self, entry: Action, scope: Scope | None = None) -> tuple[str, ...]:
        """Return the keys of an action, as Textual names them.

        On a screen where text is typed, without those that print; where that leaves none, the table's own stay.
        """
        keys = self._own.get(entry.id, entry.keys)
        if scope not in TYPING:
            return keys
        return _silent(keys) or _silent(entry.keys)

    def name(self, action_id: str, scope: Scope | None = None) -> str:
        """Return the key of an action as a user reads it; empty where it has none on that screen."""
        keys = self.keys(action(action_id), scope)
        return key_name(keys[0]) if keys else ""

    def in_words(self, entry: Action, scope: Scope | None = None) -> str:
        """Return the keys of an action as a user reads them: ``j, down``."""
        return ", ".join(key_name(key) for key in self.keys(entry, scope))


def problems(config: Config) -> tuple[Problem, ...]:
    """Return all that is wrong with the keys of a configuration, each with its file and line."""
    found = faults(config.keys)
    if not found:
        return ()
    from core.config.load import misfits  # with all that settings are made of: 90 ms, and mostly there by now

    return misfits(config.path, found).problems


def faults(own: Mapping[str, Sequence[str]]) -> list[Finding]:
    """Return all that is wrong with the keys that a user has chosen."""
    found: list[Finding] = []
    good: dict[str, Sequence[str]] = {}
    known = [entry.id for entry in ACTIONS]
    for action_id, names in own.items():
        path = ("keys", action_id)
        if action_id not in known:
            found.append(Finding(path, "there is no such action", suggestion=nearest(action_id, known)))
            continue
        wrong = [fault for name in names if (fault := _fault(action_id, name))]
        found += wrong
        if not wrong:
            good[action_id] = names
    return [*found, *_clashes(good)]


def _key(name: str) -> str:
    return name if len(name) == 1 and name.isalnum() else _character_to_key(name) if len(name) == 1 else _by_name(name)


def _by_name(name: str) -> str:
    return _BY_NAME.get(name) or _BY_NAME.get(name.lower(), "")


def _fault(action_id: str, name: str) -> Finding | None:
    path = ("keys", action_id)
    if name.lower() in _SAME:
        return Finding(path, f"a terminal sends {name} as {key_name(_SAME[name.lower()])}; choose another key")
    key = _key(name)
    if not key or (len(name) == 1 and not name.isprintable()):
        near = nearest(name, sorted(_BY_NAME))
        return Finding(path, "there is no key of this name", shown(clean(name)), near)
    for keeper, kept in _KEPT.items():
        if key in kept and key not in _KEPT.get(action_id, ()):
            return Finding(path, f"the key {key_name(key)} always belongs to {keeper}; choose another")
    if prints(key) and not action(action_id).scopes - TYPING:
        return Finding(path, f"{name} is text where {action_id} applies; choose a key that prints nothing")
    return None


def _clashes(own: Mapping[str, Sequence[str]]) -> list[Finding]:
    """Two actions of one screen on the same key. Each pair is told once, where the user has chosen it."""
    keymap = Keymap(own)
    pairs: dict[tuple[str, str, str], list[Scope]] = {}
    for scope in Scope:
        holders: dict[str, str] = {}
        for entry in actions_of(scope):
            for key in keymap.keys(entry, scope):
                other = holders.setdefault(key, entry.id)
                if other != entry.id:
                    pairs.setdefault((key, other, entry.id), []).append(scope)
    found = []
    for (key, first, second), scopes in pairs.items():
        if first not in own and second not in own:
            continue
        chosen, other = (second, first) if second in own else (first, second)
        where = "everywhere" if set(scopes) >= EVERYWHERE - TYPING else f"on {listed(scopes, last='and')}"
        message = f"the key {key_name(key)} is that of {other}, too, {where}; give one of the two another key"
        found.append(Finding(("keys", chosen), message))
    return found
