"""The activity log of a flow: which data came, which was sent, and with what answer (FL7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on

from core.text import clean
from tui.action import Scope
from tui.flow_record_words import activity_lines, number_of
from tui.screens.listing import ListScreen
from tui.screens.reading import ReadingScreen
from tui.widgets.list_table import Column, ListTable, Row
from tui.words import short_time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from core.engine.api import Snapshot
    from core.engine.api.flows import ActivityView
    from core.errors import PendelError
    from tui.screens.base import Context
    from tui.widgets.rows import Line

_COLUMNS = (
    Column("at", "When", 12, 1),
    Column("key", "Record", 18, 0),
    Column("outcome", "Outcome", 16, 0, grows=True),
    Column("target", "At the target", 16, 2),
    Column("run", "Run", 6, 3, right=True),
)
_PAGE = 100


class ActivityScreen(ListScreen):
    """Lists what happened, the latest first: of one flow, of one of its records, or in one run."""

    scope: ClassVar[Scope] = Scope.ACTIVITY
    columns: ClassVar[tuple[Column, ...]] = _COLUMNS
    waiting: ClassVar[str] = "Looking at the activity"

    def __init__(
        self, context: Context, snapshot: Snapshot, task: str, *, key: str | None = None, run: int | None = None
    ) -> None:
        super().__init__(context, snapshot)
        self.list.sorted_by = ""
        self._of = (task, key, run)
        self._entries: dict[str, ActivityView] = {}
        self._whole = False
        self._asking = False

    def on_mount(self) -> None:
        """Ask for the latest."""
        super().on_mount()
        self._more()

    def _more(self) -> None:
        """Ask for the entries before those that are held."""
        if self._whole or self._asking:
            return
        self._asking = True
        flows, (task, key, run) = self.engine.flows, self._of
        before = min((entry.id for entry in self._entries.values()), default=None)
        self.ask_for_list(
            lambda: flows.activity(task, key=key, run=run, before=before, limit=_PAGE),
            self._take,
            awaited=not self._entries,
        )

    def not_read(self, error: PendelError) -> None:
        """Say why; the next key asks again."""
        self._asking = False
        super().not_read(error)

    def _take(self, entries: Sequence[ActivityView]) -> None:
        self._asking = False
        self._whole = len(entries) < _PAGE
        self._entries |= {str(entry.id): entry for entry in entries}
        self.show_list()

    @on(ListTable.CursorMoved)
    def _extend(self) -> None:
        if self.list.position >= len(self.list.rows) - 10:
            self._more()

    def show_list(self) -> None:
        """Show what passes the filter."""
        self.list.empty_text = (
            "Nothing passes the filter; esc clears it."
            if self._entries
            else "Nothing was sent yet, or it is past its time: [retention] activity_days says how long it is kept."
        )
        self.list.take([self._row(entry) for entry in self._entries.values() if self.admits(_text(entry))])
        self.show_details()
        self.stand()

    def _row(self, entry: ActivityView) -> Row:
        when = short_time(entry.at, self.context.clock(), self.snapshot.zone)
        return Row(
            str(entry.id),
            (when, number_of(entry) or entry.key, clean(entry.outcome), entry.target_key or "-", str(entry.run)),
        )

    def standing_words(self) -> str:
        """Say whose activity this is."""
        task, key, run = self._of
        what = f"record {clean(key)} of " if key else ""
        whose = f"Activity of {what}{clean(task)}{f' in run {run}' if run else ''}; esc goes back."
        return " ".join(part for part in (whose, super().standing_words()) if part)

    @property
    def _entry(self) -> ActivityView | None:
        return self._entries.get(self.list.cursor or "")

    def detail_lines(self, width: int) -> list[Line]:
        """Return the entry under the cursor."""
        if self._entry is None:
            return [((f"{self.signs.rule * 2} nothing", "title"),)]
        return activity_lines(self._entry, width, self.snapshot.zone)

    def do_activity_open(self) -> None:
        """Carry out ``activity.open``."""
        if self._entry is not None:
            self.app.push_screen(_EntryScreen(self._entry, self.snapshot.zone))

    def leave_screen(self) -> None:
        """Go back to the flows."""
        self.dismiss()


class _EntryScreen(ReadingScreen):
    """One entry over the whole screen."""

    def __init__(self, entry: ActivityView, zone: tzinfo) -> None:
        super().__init__()
        self._entry, self._zone = entry, zone

    def lines(self, width: int) -> Sequence[Line]:
        """Return the entry."""
        return activity_lines(self._entry, width, self._zone)


def _text(entry: ActivityView) -> str:
    """What the filter looks into: also what came."""
    return f"{entry.key} {entry.target_key} {entry.outcome} {entry.message} {entry.run} {entry.record}"
