"""The records of an entity: a page at a time, filtered, sorted, with the columns of one's choice."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content

from core.engine.api.catalogue import Archived
from tui.action import Scope
from tui.record_window import PAGE, RecordWindow
from tui.screens.listing import ListScreen
from tui.widgets.list_table import Column, Row
from tui.widgets.rows import Line, beside, paragraph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.timer import Timer

    from core.engine.api import Snapshot
    from core.engine.api.catalogue import EntityView, RecordPage, RecordQuery, RecordRow, RecordView
    from core.errors import PendelError
    from tui.screens.base import Context

_REST = 0.25
"""Seconds that the cursor, or after its first letter a filter, must rest before the engine is asked for more."""
_WIDEST = 40
_NARROWEST = 6
_RIGHT = ("integer", "decimal")


class RecordsScreen(ListScreen):
    """Shows a stretch of the records; further ones are fetched as the cursor comes near its ends."""

    scope: ClassVar[Scope] = Scope.RECORDS
    columns: ClassVar[tuple[Column, ...]] = ()
    waiting: ClassVar[str] = "Looking into the catalogue"

    def __init__(self, context: Context, snapshot: Snapshot, entity: EntityView, query: RecordQuery) -> None:
        super().__init__(context, snapshot)
        self.entity = entity
        own = () if query.assortment is not None or len(entity.assortments) < 2 else ("assortment",)
        self._chosen = (*own, *(field.name for field in entity.fields if not field.own))
        self.query_ = replace(query, columns=self._chosen)
        self._order: list[int] = []
        """The columns as they are shown, by their positions in the query."""
        self._loaded = self.query_
        """What was asked for last."""
        self._window = RecordWindow()
        self._shift = 0
        self._total: int | None = None
        self.list.steady = True
        self._record: RecordView | None = None
        self._width = 0
        """Of the details, when the record was broken into lines."""
        self._asking = False
        self._detailed: str | None = None
        """The record that was asked for last."""
        self._typing: Timer | None = None
        """Runs while more may be typed into the filter."""
        self._moving: Timer | None = None
        """Runs while the cursor may move on."""

    def on_mount(self) -> None:
        """Ask for the first records."""
        super().on_mount()
        self._load()

    # -- asking ---------------------------------------------------------------------------------------------------

    def _load(self, *, at_end: bool = False) -> None:
        """Ask for the first records, or the last, and for how many there are."""
        query, catalogue = self.query_, self.engine.catalogue

        def take(page: RecordPage) -> None:
            self._window.begin(page, at_end=at_end)
            self._order = self._order or _filled_first(page.rows, len(self._chosen))
            self.list.empty_text = self._nothing()
            self.show_list()
            self.list.move_to_end(bottom=at_end)
            self._ask_record()

        self._asking = False
        self._loaded = query
        self.ask_for_list(lambda: catalogue.page(query, backwards=at_end, limit=PAGE), take)
        self.ask(lambda: catalogue.count(query), self._take_total, group="count")

    def _take_total(self, total: int) -> None:
        self._total = total
        self.stand()

    def _extend(self) -> None:
        """Ask for more where the cursor is near an end of what is held."""
        backwards = self._window.wanted(self.list.position)
        if backwards is None or self._asking:
            return
        query, start, catalogue = self.query_, self._window.edge(backwards=backwards), self.engine.catalogue

        def take(page: RecordPage) -> None:
            self._asking = False
            self._window.extend(page, backwards=backwards)
            self.show_list()
            self._extend()

        self._asking = True
        question = partial(catalogue.page, query, start=start, backwards=backwards, limit=PAGE)
        self.ask_for_list(question, take, awaited=False)

    def not_read(self, error: PendelError) -> None:
        """Say why; the next key asks again."""
        self._asking = False
        super().not_read(error)

    def show_details(self) -> None:
        """Ask for the record under the cursor once it rests, and for more records where it is near an end."""
        if self.details.size.width != self._width:
            self._show_record()
        self._extend()
        if self._moving is not None:
            self._moving.stop()
        self._moving = self.set_timer(_REST, self._cursor_rests)

    def _cursor_rests(self) -> None:
        if self.list.cursor != self._detailed:
            self._ask_record()

    def _show_record(self) -> None:
        self._width = self.details.size.width
        super().show_details()

    def _ask_record(self) -> None:
        record, entity, catalogue = self.list.cursor, self.entity.name, self.engine.catalogue
        if record is None:
            self._record = self._detailed = None
            self._show_record()
        elif self.details.size.width:
            self._detailed = record
            self.ask(lambda: catalogue.record(entity, record), self._take_record, group="record")

    def _take_record(self, record: RecordView) -> None:
        self._record = record
        self.details.top = 0
        self._show_record()

    def detail_lines(self, width: int) -> list[Line]:
        """Return the record that was asked for last."""
        return values_in_words(self._record, width) if self._record else []

    # -- what is shown --------------------------------------------------------------------------------------------

    def _nothing(self) -> str:
        if self.query_.words:
            return "No record passes the filter; esc clears it."
        if self.query_.archived is Archived.WITHOUT:
            key = self.key_of("view.states")
            return f"There are no records here but archived ones, if any; {key} shows these. Imports bring records in."
        return "There are no records here."

    @property
    def _columns(self) -> list[int]:
        """The positions of the columns that are shown: the key, and the others from where the view was moved to."""
        fixed = [place for place in self._order if self._chosen[place] in self.entity.key]
        others = [place for place in self._order if self._chosen[place] not in self.entity.key]
        return [*fixed, *others[self._shift :]]

    def show_list(self) -> None:
        """Show the records that are held, in the columns that were chosen."""
        places = self._columns
        types = {field.name: field.type for field in self.entity.fields}
        rows = self._window.rows
        columns = [
            Column(
                name := self._chosen[place],
                name,
                _width(name, rows, place),
                rank,
                right=types.get(name) in _RIGHT,
                grows=rank == len(places) - 1,
            )
            for rank, place in enumerate(places)
        ]
        archived = self.signs.no_run
        self.list.sorted_by, self.list.reverse = self.query_.sorted_by, self.query_.descending
        self.list.take(
            [
                Row(
                    row.id,
                    tuple(
                        f"{archived}{row.cells[place]}" if row.archived and rank == 0 else row.cells[place]
                        for rank, place in enumerate(places)
                    ),
                    "faint" if row.archived else "",
                )
                for row in rows
            ],
            columns,
        )
        self.stand()

    def standing_words(self) -> str:
        """Say what is looked through, and how much there is of it."""
        query = self.query_
        where = query.entity if query.assortment is None else f"{query.entity}, {query.assortment or 'no assortment'}"
        parts = [f"{where}: {'' if self._total is None else f'{self._total:,} '}records"]
        if query.archived is not Archived.WITHOUT:
            parts.append(f"{query.archived} (archived ones begin with {self.signs.no_run})")
        if query.words:
            parts.append(f"filter {query.words!r}, esc clears it")
        if self._shift:
            parts.append(f"{self._shift} columns to the right")
        return f"{'; '.join(parts)}. {self.snapshot.notice}".rstrip()

    @property
    def filter_words(self) -> str:
        """The words that the records are filtered by."""
        return self.query_.words

    def set_filter(self, words: str) -> None:
        """Show only the records in which every word occurs; while one is being typed, once the typing rests."""
        if words == self.query_.words:
            return
        self.query_ = replace(self.query_, words=words)
        if self._typing is not None:
            self._typing.stop()
        else:
            self._load()
        self._typing = self.set_timer(_REST, self.filter_done)

    def filter_done(self) -> None:
        """Ask for what was typed last."""
        if self._typing is not None:
            self._typing.stop()
            self._typing = None
        if self.query_ != self._loaded:
            self._load()

    def copied(self) -> tuple[str, str]:
        """Return the record under the cursor."""
        if self._record is None:
            return "", ""
        return text_of_record(self._record), f"The record {self._record.name}"

    def leave_screen(self) -> None:
        """Go back to the catalogue."""
        self.dismiss()

    # -- actions --------------------------------------------------------------------------------------------------

    def do_record_open(self) -> None:
        """Carry out ``record.open``."""
        from tui.screens.record import RecordScreen

        self.app.push_screen(RecordScreen(self.context, self.snapshot, self.entity, self.list))

    def do_record_columns(self) -> None:
        """Carry out ``record.columns``."""
        from tui.forms.choosing import ChoiceDialog

        def chosen(names: tuple[str, ...] | None) -> None:
            if names:
                self._chosen, self._shift, self._order = names, 0, list(range(len(names)))
                self.query_ = replace(self.query_, columns=names)
                self._load()

        self.app.push_screen(
            ChoiceDialog(
                f"Columns of {self.entity.name}, in their order",
                [(field.name, f"{field.name}: {field.title}") for field in self.entity.fields],
                chosen=[self._chosen[place] for place in self._order] or self._chosen,
                several=True,
                signs=self.signs,
            ),
            chosen,
        )

    def do_move_left(self) -> None:
        """Carry out ``move.left``."""
        self._move_columns(-1)

    def do_move_right(self) -> None:
        """Carry out ``move.right``."""
        self._move_columns(1)

    def _move_columns(self, step: int) -> None:
        others = sum(name not in self.entity.key for name in self._chosen)
        self._shift = max(0, min(self._shift + step, others - 1))
        self.show_list()

    def do_move_top(self) -> None:
        """Carry out ``move.top``."""
        self._go_to_end(bottom=False)

    def do_move_bottom(self) -> None:
        """Carry out ``move.bottom``."""
        self._go_to_end(bottom=True)

    def _go_to_end(self, *, bottom: bool) -> None:
        beyond = self._window.after if bottom else self._window.before
        if beyond and self._panel is self.list:
            self._load(at_end=bottom)
        else:
            self._panel.move_to_end(bottom=bottom)

    def do_view_states(self) -> None:
        """Carry out ``view.states``: without the archived records, only these, or all."""
        kinds = list(Archived)
        self.query_ = replace(self.query_, archived=kinds[(kinds.index(self.query_.archived) + 1) % len(kinds)])
        self._load()

    def do_view_sort_left(self) -> None:
        """Carry out ``view.sort_left``."""
        self._sort(self.list.sort_beside(-1))

    def do_view_sort_right(self) -> None:
        """Carry out ``view.sort_right``."""
        self._sort(self.list.sort_beside(1))

    def _sort(self, column: str) -> None:
        self.query_ = replace(self.query_, sorted_by=column)
        self._load()

    def do_view_reverse(self) -> None:
        """Carry out ``view.reverse``."""
        self.query_ = replace(self.query_, descending=not self.query_.descending)
        self._load()


def values_in_words(record: RecordView, width: int) -> list[Line]:
    """Return the fields of a record as lines of ``width`` columns; what is empty is left out."""
    lines: list[Line] = paragraph(record.name, width, "title")
    filled = [(name, value) for name, value in record.values if value]
    label = min(24, max((len(name) for name, _ in filled), default=0) + 1)
    for name, value in filled:
        lines += beside(name, value, width, label)
    return lines


def text_of_record(record: RecordView) -> str:
    """Return a record as text for a clipboard."""
    return "".join(f"{name}: {value}\n" for name, value in record.values if value)


def _filled_first(rows: Sequence[RecordRow], columns: int) -> list[int]:
    """Return the positions of all columns, those without any value in these rows last."""
    return sorted(range(columns), key=lambda place: not any(row.cells[place] for row in rows))


def _width(name: str, rows: Sequence[RecordRow], place: int) -> int:
    longest = max((Content(row.cells[place]).cell_length for row in rows), default=0)
    return max(_NARROWEST, min(_WIDEST, max(longest, len(name)) + 1))
