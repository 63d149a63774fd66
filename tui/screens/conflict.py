"""What to keep where a table was changed in the file while its form was open."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from core.text import clean
from tui.widgets.list_table import Column, ListTable, Row
from tui.widgets.rows import Lines, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult

    from tui.words import Signs

Values = dict[str, Any]
Keys = tuple[str, ...]
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting that was changed in the file, and what the form has for it."""

    keys: Keys
    mine: Any
    theirs: Any
    both: bool
    """Whether it was changed in the form, too."""

    @property
    def name(self) -> str:
        """Its keys as they stand in the file."""
        return ".".join(self.keys)


def differences(base: Values, mine: Values, theirs: Values) -> list[Difference]:
    """Return what the file has otherwise than the form, of what was changed there since the form was opened."""
    old, form, file = dict(_leaves(base)), dict(_leaves(mine)), dict(_leaves(theirs))
    found = []
    for keys in {**file, **old, **form}:
        before, here, there = (each.get(keys, _ABSENT) for each in (old, form, file))
        if there not in (before, here):
            found.append(Difference(keys, here, there, both=here != before))
    return found


def merged(mine: Values, taken: list[Difference]) -> Values:
    """Return the values of the form with those of the file where they are taken."""
    result: Values = json.loads(json.dumps(mine))
    for each in taken:
        node = result
        for key in each.keys[:-1]:
            inner = node.get(key)
            if not isinstance(inner, dict):
                inner = node[key] = {}
            node = inner
        if each.theirs is _ABSENT:
            node.pop(each.keys[-1], None)
        else:
            node[each.keys[-1]] = each.theirs
    return {key: value for key, value in result.items() if value != {} or mine.get(key) == {}}


def _leaves(values: Values, keys: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*keys, key))
        else:
            yield (*keys, key), value


def _shown(value: Any) -> str:
    if value is _ABSENT:
        return "not set"
    return clean(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), limit=60)


class ConflictDialog(ModalScreen[list[Difference] | None]):
    """Shows each difference, and asks field by field or for all of them what is kept.

    The answer is what is taken from the file; ``None`` goes back to the form with nothing decided.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", priority=True),
        Binding("down,j,tab", "move(1)", priority=True),
        Binding("space,left,right", "turn", priority=True),
        Binding("m", "all(False)", priority=True),
        Binding("t", "all(True)", priority=True),
        Binding("enter", "take", priority=True),
        Binding("escape,ctrl+c,n", "leave", priority=True),
    ]

    def __init__(self, what: str, found: list[Difference], *, signs: Signs) -> None:
        super().__init__()
        self._what = what
        self._found = found
        # What was changed in the file only is taken from there; where both were changed, the form's stays.
        self._theirs = {each.keys for each in found if not each.both}
        columns = [
            Column("keep", "keep", 6, 0),
            Column("name", "setting", 14, 1),
            Column("theirs", "in the file", 12, 2, grows=True),
            Column("mine", "in the form", 20, 3),
        ]
        self._list = ListTable(columns, signs)

    def compose(self) -> ComposeResult:
        """Build the box: what happened, the differences, and the keys."""
        width = self.app.size.width - 4
        text = [f"{self._what} was changed in the file while this form was open. Nothing was written."]
        words = [row for each in text for row in wrapped(each, width)]
        keys = "space turns one, m keeps all mine, t takes all theirs, enter goes on, esc leaves it open"
        foot = wrapped(keys, width)
        head, bottom = Lines(id="conflict-head"), Lines(id="conflict-foot")
        head.show([((row, "title"),) for row in words])
        bottom.show([((row, "label"),) for row in foot])
        head.styles.height, bottom.styles.height = len(words), len(foot)
        with Vertical(id="box"):
            yield head
            yield self._list
            yield bottom
        self._list.styles.height = min(len(self._found) + 1, max(2, self.app.size.height - len(words) - len(foot) - 2))

    def on_mount(self) -> None:
        """Show the differences."""
        self._list.focus()
        self._show()

    def _show(self) -> None:
        self._list.take(
            [
                Row(
                    each.name,
                    (
                        "theirs" if each.keys in self._theirs else "mine",
                        clean(each.name, limit=40),
                        _shown(each.theirs),
                        _shown(each.mine),
                    ),
                )
                for each in self._found
            ]
        )

    def action_move(self, lines: int) -> None:
        """Move the cursor."""
        self._list.move(lines)

    def action_turn(self) -> None:
        """Take the other one of the setting under the cursor."""
        for each in self._found:
            if each.name == self._list.cursor:
                self._theirs ^= {each.keys}
        self._show()

    def action_all(self, theirs: bool) -> None:
        """Take all of the file, or keep all of the form."""
        self._theirs = {each.keys for each in self._found} if theirs else set()
        self._show()

    def action_take(self) -> None:
        """Go on with what was chosen."""
        self.dismiss([each for each in self._found if each.keys in self._theirs])

    def action_leave(self) -> None:
        """Go back to the form with nothing decided."""
        self.dismiss(None)
