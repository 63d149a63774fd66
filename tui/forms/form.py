"""The settings of one table while they are edited: what is set, what was typed as a secret, what would be written."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from core.config.introspect import DISCRIMINATORS, tells_kind, words_of
from core.config.secrets import SecretRef
from tui.forms.fields import Kind, fields, root_models

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.config.base import Settings
    from core.engine.api.settings import Choices
    from tui.forms.fields import Field

Path = tuple[str | int, ...]
Values = dict[str, Any]

NAMED_KINDS = {
    "tasks": "task",
    "locations": "location",
    "layouts": "layout",
    "schemes": "ETL scheme",
    "entities": "entity",
    "connectors": "connector",
    "links": "link",
}
TYPED = "typed"
"""The place of a secret that is typed in the form, and goes into the vault when it is saved."""
PLACES = ("", TYPED, *SecretRef.model_fields)
"""Where a secret can be: nowhere, typed now, or where the models say."""


@dataclass(slots=True)
class _Typed:
    """A secret that is typed in the form."""

    text: str = ""


class Form:
    """Holds the values of one table, and changes them field by field.

    ``values`` keeps what was set for another type of the same table, so that switching back brings it back;
    :meth:`result` leaves it out.
    """

    def __init__(
        self,
        kind: str,
        name: str,
        *,
        base: Values,
        values: Values | None = None,
        choices: Choices,
        new_name: str = "",
        models: tuple[type[Settings], ...] = (),
    ) -> None:
        """``models`` are those of the table, where they are others than those of its kind."""
        self.kind = kind
        self.name = name
        """Under which the table stands in the file; empty for a new one."""
        self.base = base
        """What stands in the file."""
        self.values: Values = copy.deepcopy(base if values is None else values)
        self.new_name = new_name or name
        self.choices = choices
        self.models = models or _models(kind, self.values)
        self._begun = self.result_of(self.values)
        self.open_items: set[Path] = set()
        """The items of lists whose settings are shown."""
        self._typed: dict[Path, _Typed] = {}
        self._shelved: dict[tuple[Path, str], str] = {}
        self._kept: dict[Path, Any] = {}

    @property
    def has_name(self) -> bool:
        """Whether the table has a name of its own that is no setting, as all but tasks and single tables have."""
        return self.kind in NAMED_KINDS and self.kind != "tasks"

    @property
    def title_name(self) -> str:
        """The name that the table is to have."""
        return str(self.values.get("id", "")) if self.kind == "tasks" else self.new_name

    # -- values ---------------------------------------------------------------------------------------------------

    def get(self, path: Path) -> Any:
        """Return what is set at a path; ``None`` where nothing is."""
        node: Any = self.values
        for part in path:
            if isinstance(node, dict):
                node = node.get(str(part))
            elif isinstance(node, list) and isinstance(part, int) and part < len(node):
                node = node[part]
            else:
                return None
        return node

    def put(self, path: Path, value: Any) -> None:
        """Set what stands at a path; ``None`` takes it out. Tables on the way there are made."""
        node: Any = self.values
        for part, following in pairwise(path):
            if isinstance(node, dict):
                inner = node.get(str(part))
                if not isinstance(inner, list if isinstance(following, int) else dict):
                    inner = node[str(part)] = [] if isinstance(following, int) else {}
                node = inner
            else:
                node = node[int(part)]
        last = path[-1]
        if isinstance(node, list):
            if value is None:
                del node[int(last)]
            else:
                node[int(last) : int(last) + 1] = [value]
        elif value is None:
            node.pop(str(last), None)
        else:
            node[str(last)] = value

    def choose(self, path: Path, models: tuple[type[Settings], ...], key: str, word: str) -> None:
        """Set the word that tells the kind of the table at a path.

        What both kinds have stays, but for what is asked for in another way: the ``day`` of a week, and of a month.
        """
        held = self.get(path) if path else self.values
        table: Values = held if isinstance(held, dict) else {}
        before = {each.key: each.kind for each in fields(models, table)}
        table[key] = word
        if path:
            self.put(path, table)
        for each in fields(models, table):
            old = before.get(each.key, each.kind)
            if old is each.kind or each.key == key:
                continue
            self._kept[(*path, each.key, old)] = table.pop(each.key, None)
            kept = self._kept.get((*path, each.key, each.kind))
            if kept is not None:
                table[each.key] = kept

    def shelve(self, path: Path) -> None:
        """Take out what stands at a path, and keep it for :meth:`unshelve`."""
        self._kept[path] = self.get(path)
        self.put(path, None)

    def unshelve(self, path: Path) -> None:
        """Put back the table that was taken out at a path, else an empty one."""
        held = self._kept.pop(path, None)
        self.put(path, held if isinstance(held, dict) else {})

    def closed(self, path: Path) -> None:
        """Forget which items of a list were open: one of them was taken out."""
        self.open_items = {each for each in self.open_items if each[: len(path) - 1] != path[:-1]}

    def rename_key(self, path: Path, key: str) -> None:
        """Give an item of a table of tables, or of a value list, another key; its place stays."""
        parent = self.get(path[:-1])
        if not isinstance(parent, dict) or key in parent:
            return
        items = [(key if name == path[-1] else name, value) for name, value in parent.items()]
        parent.clear()
        parent.update(items)
        new: Path = (*path[:-1], key)
        self._typed = {_moved(each, path, new): typed for each, typed in self._typed.items()}

    def add_item(self, path: Path, field: Field) -> Path:
        """Add an item to a list or to tables by name, and return where it stands."""
        held = self.get(path)
        if field.kind is Kind.TABLES:
            items = held if isinstance(held, list) else []
            self.put(path, [*items, self.starting(field)])
            found: Path = (*path, len(items))
        else:
            tables = held if isinstance(held, dict) else {}
            number = next(each for each in range(1, len(tables) + 2) if f"new_{each}" not in tables)
            key = f"new_{number}" if field.kind is Kind.NAMED else ""
            self.put(path, {**tables, key: self.starting(field) if field.kind is Kind.NAMED else ""})
            found = (*path, key)
        self.open_items.add(found)
        return found

    def move_item(self, path: Path, step: int) -> Path:
        """Move an item of a list by one place, and return where it stands then."""
        items, position = self.get(path[:-1]), path[-1]
        if not isinstance(items, list) or not isinstance(position, int) or not 0 <= position + step < len(items):
            return path
        other: Path = (*path[:-1], position + step)
        items[position], items[position + step] = items[position + step], items[position]
        self.open_items = {_swapped(each, path, other) for each in self.open_items}
        self._typed = {_swapped(each, path, other): typed for each, typed in self._typed.items()}
        return other

    def starting(self, field: Field) -> Values:
        """Return what a table that is added begins with: the words that tell its kind."""
        model = field.models[0]
        if field.teller:
            return {field.teller: words_of(model, field.teller)[0]}
        return {}

    # -- secrets --------------------------------------------------------------------------------------------------

    def place_of_secret(self, path: Path) -> str:
        """Return where a secret is kept; empty where there is none."""
        if path in self._typed:
            return TYPED
        reference = self.get(path)
        return next((place for place in SecretRef.model_fields if place in reference), "") if reference else ""

    def set_place_of_secret(self, path: Path, place: str) -> None:
        """Say where a secret is kept; what was entered for another place comes back with that."""
        before = self.place_of_secret(path)
        self._shelved[path, before] = self.secret_text(path)
        self._typed.pop(path, None)
        text = self._shelved.get((path, place), "")
        if place == TYPED:
            self._typed[path] = _Typed(text)
        self.put(path, {place: text} if place not in ("", TYPED) else None)

    def secret_text(self, path: Path) -> str:
        """Return what is entered for a secret: itself while it is typed, else where it is."""
        if path in self._typed:
            return self._typed[path].text
        reference, place = self.get(path), self.place_of_secret(path)
        return str(reference.get(place, "")) if reference and place else ""

    def set_secret_text(self, path: Path, text: str) -> None:
        """Enter a secret, or where it is kept."""
        if path in self._typed:
            self._typed[path].text = text
        elif place := self.place_of_secret(path):
            self.put(path, {place: text})

    def vault_name(self, path: Path) -> str:
        """Return the name under which a typed secret goes into the vault: the one that it has, else a free one."""
        base: Any = self.base
        for part in path:
            base = base.get(part) if isinstance(base, dict) else None
        if isinstance(base, dict) and base.get("secret"):
            return str(base["secret"])
        own = self.title_name or NAMED_KINDS.get(self.kind, self.kind)
        parts = [str(part).replace("_", "-") for part in path if part != "password"]
        name = "-".join([own, *parts])[:60]
        taken = self.choices.names.get("secrets", ())
        number = 1
        while (found := name if number == 1 else f"{name}-{number}") in taken:
            number += 1
        return found

    def typed_secrets(self) -> dict[str, str]:
        """Return the secrets that were typed, by the names that they get in the vault."""
        shown = set(_secrets_in(self.models, self.values, ()))
        return {self.vault_name(path): typed.text for path, typed in self._typed.items() if path in shown}

    def untyped_secrets(self) -> list[Path]:
        """Return the places of secrets that are to be typed here, and are not yet."""
        shown = set(_secrets_in(self.models, self.values, ()))
        return [path for path, typed in self._typed.items() if path in shown and not typed.text]

    # -- the outcome ----------------------------------------------------------------------------------------------

    def result(self) -> Values:
        """Return what would be written: what the chosen type has, and of that what differs from the defaults.

        What stands in the file already stays there, be it the default or not.
        """
        filled = copy.copy(self)
        filled.values = copy.deepcopy(self.values)
        for path in _secrets_in(self.models, self.values, ()):
            if path in self._typed:
                filled.put(path, {"secret": self.vault_name(path) if self._typed[path].text else ""})
        return self.result_of(filled.values)

    def result_of(self, values: Values) -> Values:
        """Return what would be written of these values."""
        return _written(self.models, values, self.base)

    @property
    def changed(self) -> bool:
        """Whether something was changed since the form was opened, or since it took in what changed in the file."""
        begun = self.base if self.name or self.base else self._begun
        return self.result() != begun or bool(self.typed_secrets()) or self.new_name != self.name


def _models(kind: str, values: Values) -> tuple[type[Settings], ...]:
    """Return the models of a kind of table; of a link, whose fields its connector knows, one for what it has."""
    if kind != "links":
        return root_models(kind)
    from tui.forms.asked import as_they_stand, link_model

    return (link_model(as_they_stand(values)),)


def _secrets_in(models: tuple[type[Settings], ...], values: Values, path: Path) -> Iterator[Path]:
    """Yield where a table can have secrets, as its words tell its kind."""
    for field in fields(models, values):
        place: Path = (*path, field.key)
        held = values.get(field.key)
        if field.kind is Kind.SECRET:
            yield place
        elif field.kind is Kind.TABLE and isinstance(held, dict):
            yield from _secrets_in(field.models, held, place)
        elif field.kind is Kind.NAMED and isinstance(held, dict):
            for key, table in held.items():
                yield from _secrets_in(field.models, table, (*place, key))
        elif field.kind is Kind.TABLES and isinstance(held, list):
            for position, table in enumerate(held):
                yield from _secrets_in(field.models, table, (*place, position))


def _moved(path: Path, old: Path, new: Path) -> Path:
    return (*new, *path[len(old) :]) if path[: len(old)] == old else path


def _swapped(path: Path, one: Path, other: Path) -> Path:
    return _moved(path, one, other) if path[: len(one)] == one else _moved(path, other, one)


def _written(models: tuple[type[Settings], ...], values: Values, base: Any) -> Values:
    known = base if isinstance(base, dict) else {}
    tellers = {key for key in DISCRIMINATORS if any(tells_kind(model, key) for model in models)}
    wanted = {each.key: each for each in fields(models, values)}
    # Words that are not there are problems to be told, not to be guessed.
    result: Values = {}
    for key in dict.fromkeys([*(key for key in known if key in wanted), *wanted]):
        if key not in values:
            continue
        value = values[key] if key in tellers else _written_value(wanted[key], values[key], known.get(key))
        is_default = value == wanted[key].default and type(value) is type(wanted[key].default)
        if key not in tellers and is_default and known.get(key) != value:
            continue
        if wanted[key].always_open and not value and key not in known:
            continue
        result[key] = value
    return result


def _written_value(field: Field, value: Any, base: Any) -> Any:
    if field.kind is Kind.TABLE and isinstance(value, dict):
        return _written(field.models, value, base)
    if field.kind is Kind.TABLES and isinstance(value, list):
        items = base if isinstance(base, list) else []
        return [
            _written(field.models, item, items[place] if place < len(items) else {}) for place, item in enumerate(value)
        ]
    if field.kind is Kind.NAMED and isinstance(value, dict):
        tables = base if isinstance(base, dict) else {}
        return {key: _written(field.models, item, tables.get(key)) for key, item in value.items()}
    return value
