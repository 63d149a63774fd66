"""The locations: where files are read and written, what uses them, and whether they work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on

from core.text import clean, counted
from tui.action import Scope, Situation
from tui.forms.choosing import ChoiceDialog
from tui.forms.words import settings_in_words
from tui.screens.form import FormScreen
from tui.screens.testing import LocationTesting, test_lines
from tui.screens.undoing import Undoing
from tui.widgets.list_table import Column, ListTable, Row
from tui.widgets.rows import Line, Lines, text_of, wrapped
from tui.words import full_time, short_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from core.engine.api import Snapshot
    from core.engine.api.location_tests import LastTest
    from core.engine.api.settings import ItemView, Template
    from tui.screens.base import Context

_COLUMNS = (
    Column("name", "Location", 16, 0),
    Column("protocol", "Protocol", 14, 2),
    Column("place", "Place", 20, 3, grows=True),
    Column("used", "Used by", 8, 4),
    Column("tested", "Last test", 16, 1),
)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is shown of one location."""

    item: ItemView
    last: LastTest | None

    @property
    def place(self) -> str:
        values = self.item.values
        host, directory = str(values.get("host", "")), str(values.get("directory", ""))
        return clean(f"{host}:{directory}" if host and directory else host or directory)

    @property
    def text(self) -> str:
        """What the filter looks into."""
        return " ".join(
            (self.item.name, self.place, *map(str, self.item.values.values()), *self.item.used_by)
        ).casefold()


class LocationsScreen(LocationTesting, Undoing):
    """Lists the locations; each can be edited, tested, copied and deleted."""

    scope: ClassVar[Scope] = Scope.LOCATIONS

    def __init__(self, context: Context, snapshot: Snapshot) -> None:
        super().__init__(context, snapshot)
        self._list = ListTable(_COLUMNS, context.signs)
        self._list.empty_text = f"Reading the configuration{context.signs.ellipsis}"
        self._list.sorted_by = "name"
        self._details = Lines(id="details", can_focus=True)
        self._seen: dict[str, _Seen] = {}
        self._words = ""
        self._tasks: tuple[Any, ...] | None = None
        self._go_to = ""

    def compose_body(self) -> Iterable[Widget]:
        """Return the list and the details."""
        return self._list, self._details

    @property
    def main_panel(self) -> Widget:
        """The list."""
        return self._list

    # -- what is shown --------------------------------------------------------------------------------------------

    def show(self, *, progress: bool) -> None:  # noqa: ARG002 - locations know nothing of it
        """Look again where the tasks have become others, as they do when the configuration is read again."""
        tasks = tuple((task.id, task.description, task.frequency, task.active) for task in self.snapshot.tasks)
        if tasks != self._tasks:
            self._tasks = tasks
            self.settings_changed()

    def on_screen_resume(self) -> None:
        """Look again: another screen may have changed something."""
        self.settings_changed()

    def settings_changed(self) -> None:
        """Read the locations anew."""
        settings, files = self.engine.settings, self.engine.files
        self.ask(
            lambda: (settings.items("locations"), files.last_tests()), lambda found: self._take(*found), group="items"
        )

    def _take(self, items: Sequence[ItemView], tests: Sequence[LastTest]) -> None:
        last = {test.location: test for test in tests}
        self._seen = {item.name: _Seen(item, last.get(clean(item.name))) for item in items}
        self._show_list()
        if self._go_to:
            self._list.move_to_row(self._go_to)
            self._go_to = ""

    def _show_list(self) -> None:
        self._list.empty_text = (
            "No location passes the filter; esc clears it."
            if self._seen
            else f"There are no locations yet. Press {self.key_of('item.add')} to add one: a directory, or a server."
        )
        parts = self._words.casefold().split()
        shown = [seen for seen in self._seen.values() if all(part in seen.text for part in parts)]
        keys = {
            "name": lambda seen: seen.item.name,
            "protocol": lambda seen: str(seen.item.values.get("protocol")),
            "place": lambda seen: seen.place,
            "used": lambda seen: len(seen.item.used_by),
            "tested": lambda seen: seen.last.at.timestamp() if seen.last else 0.0,
        }
        shown.sort(key=keys[self._list.sorted_by], reverse=self._list.reverse)
        self._list.take([self._row(seen) for seen in shown])
        self._show_details()
        self.stand()

    def _row(self, seen: _Seen) -> Row:
        item = seen.item
        used = counted(len(item.used_by), "task") if item.used_by else "-"
        return Row(
            item.name,
            (clean(item.name), clean(str(item.values.get("protocol", ""))), seen.place, used, self._last_test(seen)),
        )

    def _last_test(self, seen: _Seen) -> str:
        if self.testing and self.tested == seen.item.name:
            return f"testing{self.signs.ellipsis}"
        if seen.last is None:
            return "never"
        word = "good" if seen.last.good else "failed"
        return f"{word} {short_time(seen.last.at, self.context.clock(), self.snapshot.zone)}"

    @property
    def _current(self) -> _Seen | None:
        return self._seen.get(self._list.cursor or "")

    @on(ListTable.CursorMoved)
    def _show_details(self) -> None:
        if self._details.size.width:
            self._details.show(self._detail_lines(self._details.size.width))
            if self.testing:
                self._details.move_to_end(bottom=True)

    def _detail_lines(self, width: int) -> list[Line]:
        seen = self._current
        if seen is None:
            return [((f"{self.signs.rule * 2} no location", "title"),)]
        item = seen.item
        lines: list[Line] = [((row, "title"),) for row in wrapped(f"{self.signs.rule * 2} {clean(item.name)}", width)]
        if self.location_test is not None and self.tested == item.name:
            return lines + test_lines(self.location_test, width, self.signs)
        if seen.last is not None:
            outcome = f"tested {full_time(seen.last.at, self.snapshot.zone)}: {seen.last.outcome}"
            lines += [((row, "good" if seen.last.good else "bad"),) for row in wrapped(outcome, width)]
        lines += settings_in_words("locations", dict(item.values), width)
        users = ", ".join(item.used_by) or "nothing"
        lines += [((row, ""),) for row in wrapped(f"Used by {users}. Stands in {item.file}.", width)]
        return lines

    def show_test(self) -> None:
        """Show a test as far as it has come, in the details."""
        self._show_details()
        if self.location_test is not None and self.location_test.ended:
            self.settings_changed()
        elif seen := self._seen.get(self.tested):
            self._list.take([self._row(seen) if row.id == seen.item.name else row for row in self._list.rows])

    def after_layout(self) -> None:
        """Fill panels that have just been shown."""
        super().after_layout()
        self._show_details()

    def on_resize(self) -> None:
        """Break the details anew."""
        self.call_after_refresh(self._show_details)

    def situation(self) -> Situation:
        """Return what decides which actions can be done now."""
        return Situation(
            item=self._list.cursor or "", right=self.snapshot.right, log_shown=bool(self.log_panel.display)
        )

    def standing_words(self) -> str:
        """Say what is filtered."""
        shown = f"Filter: {self._words!r}; esc clears it." if self._words else ""
        return " ".join(part for part in (shown, self.snapshot.notice) if part)

    @property
    def filter_words(self) -> str:
        """The words that the list is filtered by."""
        return self._words

    def set_filter(self, words: str) -> None:
        """Show only the locations in which every word occurs."""
        self._words = words
        self._show_list()

    def copied(self) -> tuple[str, str]:
        """Return the details of the location under the cursor."""
        if self._current is None:
            return "", ""
        lines = self._detail_lines(100)
        return "".join(f"{text_of(line).rstrip()}\n" for line in lines), f"The details of {self._current.item.name}"

    # -- actions --------------------------------------------------------------------------------------------------

    def do_item_edit(self) -> None:
        """Carry out ``item.edit``."""
        if self._current:
            self._open(self._current.item.name)

    def _open(self, name: str = "", values: dict[str, Any] | None = None) -> None:
        def saved(new: str) -> None:
            self._go_to = new

        self.app.push_screen(FormScreen(self.context, self.snapshot, "locations", name, values=values, saved=saved))

    def do_item_add(self) -> None:
        """Carry out ``item.add``."""
        settings = self.engine.settings
        self.ask(lambda: settings.templates("locations"), self._choose_protocol, group="settings")

    def _choose_protocol(self, templates: Sequence[Template]) -> None:
        by_id = {template.id: template for template in templates}

        def answered(chosen: tuple[str, ...] | None) -> None:
            if chosen:
                self._open(values=dict(by_id[chosen[0]].values))

        words = [(template.id, template.title) for template in templates]
        self.app.push_screen(ChoiceDialog("A new location by", words, signs=self.signs), answered)

    def do_item_copy(self) -> None:
        """Carry out ``item.copy``."""
        if self._current:
            self._open(values=dict(self._current.item.values))

    def do_item_delete(self) -> None:
        """Carry out ``item.delete``."""
        if seen := self._current:
            self.ask_to_delete("locations", seen.item.name, seen.item.used_by)

    def do_location_test(self) -> None:
        """Carry out ``location.test``."""
        if seen := self._current:
            self.begin_test(seen.item.name)

    def go_back(self) -> None:
        """Leave what is shown of a test, then the filter."""
        if self.location_test is not None:
            self.give_up_test()
            self._show_list()
        else:
            super().go_back()

    def do_view_sort_left(self) -> None:
        """Carry out ``view.sort_left``."""
        self._list.sort_beside(-1)
        self._show_list()

    def do_view_sort_right(self) -> None:
        """Carry out ``view.sort_right``."""
        self._list.sort_beside(1)
        self._show_list()

    def do_view_reverse(self) -> None:
        """Carry out ``view.reverse``."""
        self._list.reverse = not self._list.reverse
        self._show_list()
