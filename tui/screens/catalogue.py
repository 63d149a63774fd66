"""The catalogue: every entity with its assortments, and how many records they have."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from core.engine.api.catalogue import RecordQuery
from core.runs import TAKE_ASSORTMENT
from core.text import clean
from tui.action import Scope, Situation
from tui.forms.choosing import ChoiceDialog
from tui.screens.confirm import Choice, ConfirmDialog
from tui.screens.listing import ListScreen
from tui.widgets.list_table import Column, Row
from tui.widgets.rows import Line, paragraph
from tui.words import short_time, task_in_words

if TYPE_CHECKING:
    from core.engine.api import Snapshot, TaskView
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


class CatalogueScreen(ListScreen):
    """Lists entities and assortments; enter opens their records."""

    scope: ClassVar[Scope] = Scope.CATALOGUE

    columns: ClassVar[tuple[Column, ...]] = _COLUMNS
    waiting: ClassVar[str] = "Looking into the catalogue"

    def __init__(self, context: Context, snapshot: Snapshot) -> None:
        super().__init__(context, snapshot)
        self.list.sorted_by = "name"
        self._entities: tuple[EntityView, ...] = ()
        self._queries: dict[str, RecordQuery] = {}
        self._seen: tuple[int | None, ...] | None = None

    # -- what is shown --------------------------------------------------------------------------------------------

    def show(self, *, progress: bool) -> None:  # noqa: ARG002 - counts know nothing of it
        """Count anew where a run has ended since the last count."""
        ended = tuple(task.last_run.id if task.last_run else None for task in self.snapshot.tasks)
        if ended != self._seen:
            self._seen = ended
            self.ask_for_list(self.engine.catalogue.entities, self._take, awaited=not self._entities)

    def _take(self, entities: tuple[EntityView, ...]) -> None:
        self._entities = entities
        self.list.empty_text = "No entity passes the filter; esc clears it."
        self.show_list()

    def show_list(self) -> None:
        """Show the entities that pass the filter, each with its assortments."""
        self._queries.clear()
        rows: list[Row] = []
        for entity in self._arranged():
            rows.append(self._row(entity, None))
            # Words that the entity itself has are about all of it; else only the assortments that they name are shown.
            named = [each for each in entity.assortments if self.admits(f"{_text(entity)} {each.name}")]
            rows += [self._row(entity, assortment) for assortment in named]
        self.list.take(rows)
        self.show_details()
        self.stand()

    def _arranged(self) -> list[EntityView]:
        shown = [
            entity
            for entity in self._entities
            if any(self.admits(f"{_text(entity)} {name}") for name in ("", *(each.name for each in entity.assortments)))
        ]
        keys = {
            "title": lambda entity: entity.title.casefold(),
            "active": lambda entity: entity.active,
            "archived": lambda entity: entity.archived,
            "changed": lambda entity: entity.last_changed.timestamp() if entity.last_changed else 0.0,
        }
        # What holds nothing is looked for least.
        shown.sort(key=lambda entity: (not entity.assortments, entity.name))
        if key := keys.get(self.list.sorted_by):
            shown.sort(key=key)
        if self.list.reverse:
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
        query = self._queries.get(self.list.cursor or "")
        return next((entity for entity in self._entities if query and entity.name == query.entity), None)

    def detail_lines(self, width: int) -> list[Line]:
        """Return the key and the fields of the entity under the cursor."""
        return fields_in_words(self._current, width, self.signs.rule) if self._current else []

    def situation(self) -> Situation:
        """Return what decides which actions can be done now; the tasks are those that may deliver an assortment."""
        takers = tuple(task for task in self.snapshot.tasks if task.type in TAKE_ASSORTMENT)
        return replace(super().situation(), targets=takers)

    # -- actions --------------------------------------------------------------------------------------------------

    def do_catalogue_send(self) -> None:
        """Carry out ``catalogue.send``: by the task that does that, of several by the one that is chosen."""
        query = self._queries[self.list.cursor or ""]
        free = [task for task in self.situation().targets if not task.run]
        if len(free) == 1:
            self._ask_to_send(free[0], query)
            return

        def chosen(found: tuple[str, ...] | None) -> None:
            if found:
                self._ask_to_send(next(task for task in free if task.id == found[0]), query)

        words = [(task.id, task_in_words(task)) for task in free]
        self.app.push_screen(ChoiceDialog("Which task sends it", words, signs=self.signs), chosen)

    def _ask_to_send(self, task: TaskView, query: RecordQuery) -> None:
        name = query.assortment or ""
        shown = clean(name) or _NO_ASSORTMENT

        def answered(choice: str | None) -> None:
            if choice is None:
                return
            engine, dry_run = self.engine, choice == "dry"
            said = f"A {'dry ' if dry_run else ''}run of {task.id} for the assortment {shown} was queued."
            self.command(
                lambda: engine.start_tasks([task.id], dry_run=dry_run, assortment=name), lambda _: self.say(said)
            )

        self.app.push_screen(
            ConfirmDialog(
                f"Send the assortment {shown}?",
                names=[task_in_words(task)],
                notes=["Its records are sent whole, whatever was sent before; the cursor of the task stays."],
                choices=[Choice("send", "Send", "y"), Choice("dry", "Dry run", "d")],
                opened_by=["catalogue.send"],
                sign=self.signs.cursor,
            ),
            answered,
        )

    def do_catalogue_open(self) -> None:
        """Carry out ``catalogue.open``."""
        from tui.screens.records import RecordsScreen

        entity, query = self._current, self._queries.get(self.list.cursor or "")
        if entity and query:
            self.app.push_screen(RecordsScreen(self.context, self.snapshot, entity, query))


def fields_in_words(entity: EntityView, width: int, rule: str) -> list[Line]:
    """Return an entity's key and fields as lines of ``width`` columns."""
    title = f"{rule * 2} {entity.name}: {entity.title}, key {' and '.join(entity.key)}"
    lines: list[Line] = paragraph(title, width, "title")
    for field in entity.fields:
        more = ", ".join(
            part for part in (field.type, field.unit, f"refers to {field.refers_to}" if field.refers_to else "") if part
        )
        lines += paragraph(f"{field.name}: {field.title} ({more})", width)
    return lines


def _text(entity: EntityView) -> str:
    return f"{entity.name} {entity.title}"
