"""The catalogue: every entity with its assortments, and how many records they have."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on

from core.engine.api.catalogue import RecordQuery
from tui.action import Scope, Situation
from tui.screens.base import PendelScreen
from tui.widgets.list_table import Column, ListTable, Row
from tui.widgets.rows import Line, Lines, plain, text_of, wrapped
from tui.words import short_time

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from core.engine.api import Snapshot
    from core.engine.api.catalogue import AssortmentView, EntityView
    from tui.screens.base import Context

_COLUMNS = (
    Column("name", "Entity", 24, 0, grows=True),
    Column("title", "Title", 18, 3),
    Column("active", "Records", 11, 1, right=True),
    Column("archived", "Archived", 10, 2, right=True),
    Column("changed", "Changed", 10, 4),
)
_NO_ASSORTMENT = "(no assortment)"


class CatalogueScreen(PendelScreen):
    """Lists entities and assortments; enter opens their records."""

    scope: ClassVar[Scope] = Scope.CATALOGUE

    def __init__(self, context: Context, snapshot: Snapshot) -> None:
        super().__init__(context, snapshot)
        self._list = ListTable(_COLUMNS, context.signs)
        self._list.empty_text = "Looking into the catalogue" + context.signs.ellipsis
        self._list.sorted_by = "name"
        self._details = Lines(id="details", can_focus=True)
        self._entities: tuple[EntityView, ...] = ()
        self._queries: dict[str, RecordQuery] = {}
        self._words = ""
        self._seen: tuple[int | None, ...] | None = None

    def compose_body(self) -> Iterable[Widget]:
        """Return the list and the fields of the entity under the cursor."""
        return self._list, self._details

    @property
    def main_panel(self) -> Widget:
        """The list."""
        return self._list

    # -- what is shown --------------------------------------------------------------------------------------------

    def show(self, *, progress: bool) -> None:  # noqa: ARG002 - counts know nothing of it
        """Count anew where a run has ended since the last count."""
        ended = tuple(task.last_run.id if task.last_run else None for task in self.snapshot.tasks)
        if ended != self._seen:
            self._seen = ended
            self.ask(self.engine.catalogue.entities, self._take, group="entities", failed=self._failed)

    def _failed(self, error: Exception) -> None:
        self._list.empty_text = str(error)
        self._list.redraw()

    def _take(self, entities: tuple[EntityView, ...]) -> None:
        self._entities = entities
        self._list.empty_text = "No entity passes the filter; esc clears it."
        self._show_list()

    def _show_list(self) -> None:
        self._queries.clear()
        rows: list[Row] = []
        for entity in self._arranged():
            rows.append(self._row(entity, None))
            rows += [self._row(entity, assortment) for assortment in entity.assortments]
        self._list.take(rows)
        self._show_details()
        self.stand()

    def _arranged(self) -> list[EntityView]:
        words = self._words.casefold().split()
        shown = [entity for entity in self._entities if all(word in _text(entity) for word in words)]
        keys = {
            "title": lambda entity: entity.title.casefold(),
            "active": lambda entity: entity.active,
            "archived": lambda entity: entity.archived,
            "changed": lambda entity: entity.last_changed.timestamp() if entity.last_changed else 0.0,
        }
        # What holds nothing is looked for least.
        shown.sort(key=lambda entity: (not entity.assortments, entity.name))
        if key := keys.get(self._list.sorted_by):
            shown.sort(key=key)
        if self._list.reverse:
            shown.reverse()
        return shown

    def _row(self, entity: EntityView, assortment: AssortmentView | None) -> Row:
        row_id = entity.name if assortment is None else f"{entity.name} {assortment.name}"
        self._queries[row_id] = RecordQuery(entity.name, None if assortment is None else assortment.name)
        part = entity if assortment is None else assortment
        changed = short_time(part.last_changed, self.context.clock(), self.snapshot.zone)
        name = entity.name if assortment is None else f"  {assortment.name or _NO_ASSORTMENT}"
        title = entity.title if assortment is None else ""
        return Row(row_id, (name, title, f"{part.active:,}", f"{part.archived:,}", changed or "-"))

    @property
    def _current(self) -> EntityView | None:
        query = self._queries.get(self._list.cursor or "")
        return next((entity for entity in self._entities if query and entity.name == query.entity), None)

    @on(ListTable.CursorMoved)
    def _show_details(self) -> None:
        width = self._details.size.width
        self._details.show(fields_in_words(self._current, width, self.signs.rule) if self._current and width else [])

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
        """Show only the entities in whose name, title or assortments every word occurs."""
        self._words = words
        self._show_list()

    def copied(self) -> tuple[str, str]:
        """Return the fields of the entity under the cursor."""
        entity = self._current
        if entity is None:
            return "", ""
        lines = fields_in_words(entity, 100, self.signs.rule)
        return "".join(f"{text_of(line).rstrip()}\n" for line in lines), f"The fields of {entity.name}"

    # -- actions --------------------------------------------------------------------------------------------------

    def do_catalogue_open(self) -> None:
        """Carry out ``catalogue.open``."""
        from tui.screens.records import RecordsScreen

        entity, query = self._current, self._queries.get(self._list.cursor or "")
        if entity and query:
            self.app.push_screen(RecordsScreen(self.context, self.snapshot, entity, query))

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


def fields_in_words(entity: EntityView, width: int, rule: str) -> list[Line]:
    """Return an entity's key and fields as lines of ``width`` columns."""
    title = f"{rule * 2} {entity.name}: {entity.title}, key {' and '.join(entity.key)}"
    lines: list[Line] = [((row, "title"),) for row in wrapped(title, width)]
    for field in entity.fields:
        more = ", ".join(
            part for part in (field.type, field.unit, f"refers to {field.refers_to}" if field.refers_to else "") if part
        )
        lines += [plain(row) for row in wrapped(f"{field.name}: {field.title} ({more})", width)]
    return lines


def _text(entity: EntityView) -> str:
    names = " ".join(assortment.name for assortment in entity.assortments)
    return f"{entity.name} {entity.title} {names}".casefold()
