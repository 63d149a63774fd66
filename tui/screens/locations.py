"""The locations: where files are read and written, what uses them, and whether they work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from core.text import clean, counted
from tui.action import Scope
from tui.forms.choosing import ChoiceDialog
from tui.forms.words import settings_in_words
from tui.screens.form import FormScreen
from tui.screens.listing import ConfiguredScreen
from tui.screens.testing import LocationTesting, test_lines
from tui.widgets.list_table import Column, Row
from tui.widgets.rows import Line, paragraph
from tui.words import full_time, short_time, some_of

if TYPE_CHECKING:
    from collections.abc import Sequence

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


class LocationsScreen(LocationTesting, ConfiguredScreen):
    """Lists the locations; each can be edited, tested, copied and deleted."""

    scope: ClassVar[Scope] = Scope.LOCATIONS

    columns: ClassVar[tuple[Column, ...]] = _COLUMNS

    def __init__(self, context: Context, snapshot: Snapshot) -> None:
        super().__init__(context, snapshot)
        self.list.sorted_by = "name"
        self._seen: dict[str, _Seen] = {}

    # -- what is shown --------------------------------------------------------------------------------------------

    def settings_changed(self) -> None:
        """Read the locations anew."""
        settings, files = self.engine.settings, self.engine.files
        self.ask_for_list(lambda: (settings.items("locations"), files.last_tests()), lambda found: self._take(*found))

    def _take(self, items: Sequence[ItemView], tests: Sequence[LastTest]) -> None:
        last = {test.location: test for test in tests}
        self._seen = {item.name: _Seen(item, last.get(clean(item.name))) for item in items}
        self.filled()

    def show_list(self) -> None:
        """Show the locations that pass the filter."""
        self.list.empty_text = (
            "No location passes the filter; esc clears it."
            if self._seen
            else f"There are no locations yet. Press {self.key_of('item.add')} to add one: a directory, or a server."
        )
        shown = [seen for seen in self._seen.values() if self.admits(seen.text)]
        keys = {
            "name": lambda seen: seen.item.name,
            "protocol": lambda seen: str(seen.item.values.get("protocol")),
            "place": lambda seen: seen.place,
            "used": lambda seen: len(seen.item.used_by),
            "tested": lambda seen: seen.last.at.timestamp() if seen.last else 0.0,
        }
        shown.sort(key=keys[self.list.sorted_by], reverse=self.list.reverse)
        self.list.take([self._row(seen) for seen in shown])
        self.show_details()
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
        return self._seen.get(self.list.cursor or "")

    def show_details(self) -> None:
        """Tell of the location under the cursor; of a test that goes on, its last step."""
        super().show_details()
        if self.testing:
            self.details.move_to_end(bottom=True)

    def detail_lines(self, width: int) -> list[Line]:
        """Return the settings of the location under the cursor, or the steps of its test."""
        seen = self._current
        if seen is None:
            return [((f"{self.signs.rule * 2} no location", "title"),)]
        item = seen.item
        lines: list[Line] = paragraph(f"{self.signs.rule * 2} {clean(item.name)}", width, "title")
        if self.step_test is not None and self.tested == item.name:
            return lines + test_lines(self.step_test, width, self.signs)
        if seen.last is not None:
            outcome = f"tested {full_time(seen.last.at, self.snapshot.zone)}: {seen.last.outcome}"
            lines += paragraph(outcome, width, "good" if seen.last.good else "bad")
        lines += settings_in_words("locations", dict(item.values), width)
        users = some_of(item.used_by) or "nothing"
        lines += paragraph(f"Used by {users}. Stands in {item.file}.", width)
        return lines

    def show_test(self) -> None:
        """Show a test as far as it has come, in the details."""
        self.show_details()
        if self.step_test is not None and self.step_test.ended:
            self.settings_changed()
        elif seen := self._seen.get(self.tested):
            self.list.take([self._row(seen) if row.id == seen.item.name else row for row in self.list.rows])

    # -- actions --------------------------------------------------------------------------------------------------

    def do_item_edit(self) -> None:
        """Carry out ``item.edit``."""
        if self._current:
            self._open(self._current.item.name)

    def _open(self, name: str = "", values: dict[str, Any] | None = None) -> None:
        self.app.push_screen(
            FormScreen(self.context, self.snapshot, "locations", name, values=values, saved=self.go_to_row)
        )

    def do_item_add(self) -> None:
        """Carry out ``item.add``."""
        settings = self.engine.settings
        self.ask(lambda: settings.templates("locations"), self._choose_protocol, group="settings", awaited=True)

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
        if self.step_test is not None:
            self.give_up_test()
            self.show_list()
        else:
            super().go_back()
