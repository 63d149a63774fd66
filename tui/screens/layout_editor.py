"""The editor of one layout: the columns of a file beside the fields, and below what comes of them, live."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import on
from textual.containers import Horizontal, Vertical

from core.engine.api.files import LOOKED_AT
from core.errors import PendelError
from core.text import clean, counted
from tui.action import Scope, Situation
from tui.layout_preview import EXPORT_VIEWS, IMPORT_VIEWS, Look, View, preview
from tui.screens.file_picker import FilePicker
from tui.screens.layout_changes import LayoutChanges
from tui.widgets.list_table import Column, ListTable, Row
from tui.widgets.rows import Line, Lines, fitted, paragraph, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual.timer import Timer
    from textual.widget import Widget

    from core.engine.api import Snapshot
    from core.engine.api.files import FieldProposal, RawRows, Recognised, SampleView
    from tui.layout_draft import DraftRow, LayoutDraft
    from tui.screens.base import Context

_PAUSE = 0.2
"""Seconds without a change after which the layout is tried anew."""
_COLUMNS = (
    Column("column", "Column", 17, 0),
    Column("field", "Field", 19, 1),
    Column("how", "How", 16, 3),
    Column("sample", "In the file", 12, 2, grows=True),
)


class LayoutEditor(LayoutChanges):
    """Shows a layout with a file beside it, tries it after every change, and saves it."""

    scope: ClassVar[Scope] = Scope.LAYOUT

    def __init__(
        self,
        context: Context,
        snapshot: Snapshot,
        draft: LayoutDraft,
        *,
        from_file: bool = False,
        saved: Callable[[str], None] | None = None,
    ) -> None:
        """``from_file`` asks for a file at once; ``saved`` is told the name of the layout when it was written."""
        super().__init__(context, snapshot, draft)
        self._from_file = from_file
        self._saved = saved
        self._look = Look()
        self._view = View.ROWS if draft.imports else View.RECORDS
        self._scrolled = 0
        self._words = ""
        self._waiting: Timer | None = None
        self._list = ListTable(_COLUMNS, context.signs, id="columns")
        choose, add = self.key_of("layout.file"), self.key_of("layout.add")
        self._list.empty_text = (
            f"Press {choose} to choose a file: its columns stand here then. {add} adds a field with a constant or an "
            "expression."
            if draft.imports
            else f"Press {add} to add a column."
        )
        self._column_details = Lines(id="column-details", can_focus=True)
        self._preview_title = Lines(id="preview-title")
        self._preview = ListTable((Column("none", "", 10, 0, grows=True),), context.signs, id="preview")

    def compose_body(self) -> Iterable[Widget]:
        """Return the columns with the details of one, and the preview below."""
        upper = Horizontal(self._list, self._column_details, id="upper")
        return (Vertical(upper, self._preview_title, self._preview, id="editor"),)

    @property
    def main_panel(self) -> Widget:
        """The columns."""
        return self._list

    def on_mount(self) -> None:
        """Show the layout, and ask for its fields and for a file."""
        self.add_class("-no-log")
        self.show_columns()
        self.ask_fields()
        if self._from_file:
            self.call_after_refresh(self.do_layout_file)
        else:
            self.try_soon(at_once=True)

    # -- what is shown --------------------------------------------------------------------------------------------

    def show_columns(self) -> None:
        """Show the columns as they are now."""
        parts = self._words.casefold().split()
        rows = [
            row for row in self.draft.rows() if all(part in f"{row.title} {row.field}".casefold() for part in parts)
        ]
        self._list.take([self._row(row) for row in rows])
        self._show_current()

    def _row(self, row: DraftRow) -> Row:
        wrong = row.missing or (row.place is not None and bool(self._look.problems_of(row.place)))
        field = row.field or (f"? {row.proposal.field}" if row.proposal else self.signs.no_run)
        if not self.draft.imports and not row.field:
            field = ""
        values = ", ".join(value for value, _ in row.column.values[:4]) if row.column else ""
        cells = (row.title, f"! {field}" if wrong else field, row.how, values)
        return Row(row.id, cells, "bad" if wrong else "" if row.place is not None else "faint")

    @property
    def current(self) -> DraftRow | None:
        """The row under the cursor."""
        return self.draft.row(self._list.cursor) if self._list.cursor else None

    def go_to_row(self, row_id: str) -> None:
        """Move the cursor to a row."""
        self._list.move_to_row(row_id)

    @on(ListTable.CursorMoved, "#columns")
    def _show_current(self) -> None:
        if self._column_details.display and (width := self._column_details.size.width):
            row = self.current
            self._column_details.show(self._details(row, width) if row else [])
        self.stand()

    def _details(self, row: DraftRow, width: int) -> list[Line]:
        lines: list[Line] = paragraph(f"{self.signs.rule * 2} {row.title}", width, "title")
        lines += [line for problem in self.problems_of(row) for line in paragraph(problem, width, "bad")]
        lines += paragraph(self._field_words(row), width)
        if row.how:
            lines += paragraph(f"How: {row.how}", width)
        if row.column:
            records = self._look.rows.records if self._look.rows else 0
            filled = (
                f"{row.column.filled:,} of {counted(min(records, LOOKED_AT), 'record')} have a value; the commonest:"
            )
            lines += paragraph(filled, width)
            lines += [plain(f"{count:>7,}  {value}") for value, count in row.column.values[:20]]
        return lines

    def _field_words(self, row: DraftRow) -> str:
        if row.field:
            title = self.field_titles.get(row.field, "")
            return f"Field: {row.field}{f' ({title})' if title else ''}"
        if row.proposal:
            return f"Proposed: {row.proposal.field}, {row.proposal.why}; {self.key_of('layout.accept')} takes it."
        choose = self.key_of("layout.field")
        return f"No field: the column is not read; {choose} chooses one." if row.place is None else ""

    def problems_of(self, row: DraftRow) -> list[str]:
        """Return what is wrong with a row."""
        return self._look.problems_of(row.place) if row.place is not None else []

    def standing_words(self) -> str:
        """Say what is wrong with the column under the cursor, or what is proposed for it."""
        if self.focused is self._preview and (reject := self._reject):
            return reject
        row = self.current
        if row is not None:
            if problems := self.problems_of(row):
                return problems[0]
            if row.proposal and row.place is None:
                return self._field_words(row)
        if problems := self._look.whole_problems:
            return problems[0]
        if self._look.problem_count:
            return f"{self._look.problem_count} columns have problems; they are marked with !."
        if self._words:
            return f"Filter: {self._words!r}; esc clears it."
        words = f"Layout {clean(self.draft.name)} of {clean(self.draft.entity)}"
        if self.draft.passes:
            number = f"{self.draft.chosen + 1} of {len(self.draft.passes)}"
            words = f"Layout {clean(self.draft.name)}, pass {number}: {clean(self.draft.entity)}"
        words += f"; changed, {self.key_of('form.save')} saves it." if self.draft.changed else "."
        return " ".join(part for part in (words, super().standing_words()) if part)

    @property
    def _reject(self) -> str:
        """What is wrong with the record under the cursor of the rejects."""
        trial, position = self._look.imported, self._preview.position
        if self._view is not View.REJECTS or trial is None or position >= len(trial.rejects):
            return ""
        reject = trial.rejects[position]
        subject = " ".join(part for part in (reject.column or reject.field, reject.value) if part)
        return f"Line {reject.line}: {f'{subject}: ' if subject else ''}{reject.reason}"

    @on(ListTable.CursorMoved, "#preview")
    def _tell_reject(self) -> None:
        self.stand()

    def on_descendant_focus(self) -> None:
        """Say what matters of the panel that has the focus now."""
        self.stand()

    def situation(self) -> Situation:
        """Return what decides which actions can be done now."""
        return Situation(item=self._list.cursor or "", empty=self._list.empty_text)

    @property
    def filter_words(self) -> str:
        """The words that the columns are filtered by."""
        return self._words

    def set_filter(self, words: str) -> None:
        """Show only the columns in whose name or field every word occurs."""
        self._words = words
        self.show_columns()

    def copied(self) -> tuple[str, str]:
        """Return the preview as text."""
        lines = ["\t".join(row.cells) for row in self._preview.rows]
        return "\n".join(lines), f"The {self._view} in view"

    def show_records(self) -> None:
        """Show the records in place of the rows as they are recognised."""
        if self._view is View.ROWS and self.draft.imports:
            self._view = View.RECORDS

    def _scroll_to_edited(self) -> bool:
        """Scroll to the field that is edited, where it is out of view; return whether that was so."""
        trial, row = self._look.imported, self.current
        if not self.sheet_open or self._view is not View.RECORDS or trial is None or row is None:
            return False
        if row.field not in trial.fields:
            return False
        place = trial.fields.index(row.field)
        if f"c{place + 1}" in (column.id for column in self._preview.shown_columns):
            return False
        self._scrolled = place
        return True

    def _show_preview(self) -> None:
        self._show_table()
        if self._scroll_to_edited():
            self._show_table()

    def _show_table(self) -> None:
        shown = preview(self._look, self._view, imports=self.draft.imports, key_of=self.key_of, start=self._scrolled)
        views = IMPORT_VIEWS if self.draft.imports else EXPORT_VIEWS
        following = views[(views.index(self._view) + 1) % len(views)]
        title, way = f"{self.signs.rule * 2} {shown.title}", f"  {self.key_of('layout.view')}: {following}"
        room = self.size.width - cell_len(way)
        if cell_len(title) > room:
            title = fitted(title, room, self.signs.ellipsis)
        self._preview_title.show([((title, "title"), (way, "faint"))])
        self._preview.empty_text = shown.empty
        self._preview.take(shown.rows, shown.columns)

    def after_layout(self) -> None:
        """Fill panels that have just been shown."""
        super().after_layout()
        self._show_current()

    def on_resize(self) -> None:
        """Break the details anew."""
        self.call_after_refresh(self._show_current)

    # -- trying ---------------------------------------------------------------------------------------------------

    def draft_changed(self) -> None:
        """Show the changed layout, and try it soon."""
        self.show_columns()
        self.try_soon()

    def pass_chosen(self) -> None:
        """Show the columns of another pass, with the fields of its entity."""
        self._scrolled = 0
        self.draft.proposals = {}
        self.field_titles = {}
        self.ask_fields()
        if titles := [column.title for column in self.draft.file_columns]:
            self._ask_proposals(titles)
        # What was tried is of another pass.
        self._look = replace(self._look, imported=None)
        self.show_columns()
        self.try_soon(at_once=True)

    def try_soon(self, *, at_once: bool = False) -> None:
        """Try the layout when nothing has changed for a moment."""
        if self._waiting is not None:
            self._waiting.stop()
        self._show_preview()
        if at_once:
            self._try()
        else:
            self._waiting = self.set_timer(_PAUSE, self._try)

    def _try(self) -> None:
        self._waiting = None
        table, files, chosen = self.draft.table(), self.engine.files, self.draft.chosen
        file, kind = self.draft.file, self.draft.format
        sample = self._look.sample
        if not self.draft.imports:
            self.ask(lambda: Look(exported=files.try_export(table)), self._take_look, group="try", failed=self._failed)
            return
        if sample is None:
            return

        def look() -> Look:
            rows: RawRows | None = None
            failure = ""
            try:
                rows = files.rows(sample.id, file, kind)
            except PendelError as error:
                failure = str(error)
            return Look(sample, rows, failure, imported=files.try_import(sample.id, table, chosen))

        self.ask(look, self._take_look, group="try", failed=self._failed)

    def _take_look(self, look: Look) -> None:
        self._look = look
        before = [column.title for column in self.draft.file_columns]
        # Where the file cannot be read so, its last known columns stay: the next key may mend it.
        if look.rows is not None:
            self.draft.file_columns = look.rows.columns
        titles = [column.title for column in self.draft.file_columns]
        if titles != before:
            self._ask_proposals(titles)
        self.show_columns()
        self._show_preview()
        self.renew_sheet()

    def _failed(self, error: PendelError) -> None:
        self._look = replace(self._look, failure=str(error), rows=None, imported=None)
        self.say(str(error))
        self._show_preview()

    def _ask_proposals(self, titles: list[str]) -> None:
        entity = self.draft.entity
        files = self.engine.files

        def take(found: Sequence[FieldProposal]) -> None:
            self.draft.proposals = {proposal.column: proposal for proposal in found}
            self.show_columns()

        self.ask(lambda: files.propose(entity, titles), take, group="propose")

    # -- the file -------------------------------------------------------------------------------------------------

    def do_layout_file(self) -> None:
        """Carry out ``layout.file``."""
        if not self.draft.imports:
            self.say("An export is tried on the records of the catalogue; it needs no file.")
            return

        def answered(choice: tuple[str, str] | None) -> None:
            if choice:
                self._take_sample(*choice)

        self.app.push_screen(FilePicker(self), answered)

    def _take_sample(self, place: str, path: str) -> None:
        before, files = self._look.sample, self.engine.files
        recognise = self.draft.is_new and not self.draft.columns

        def question() -> tuple[SampleView, Recognised | None]:
            sample = files.sample(place, path)
            if before is not None:
                files.forget_sample(before.id)
            return sample, files.recognise(sample.id) if recognise else None

        def take(found: tuple[SampleView, Recognised | None]) -> None:
            sample, recognised = found
            self.message_bar.hush()
            self._look = Look(sample)
            if recognised is not None:
                self.take_recognised(recognised)
            self.try_soon(at_once=True)

        self.say(f"Reading the beginning of the file{self.signs.ellipsis}")
        self.ask(question, take, group="sample")

    @property
    def sample(self) -> SampleView | None:
        """The sample that is looked at."""
        return self._look.sample

    def do_layout_view(self) -> None:
        """Carry out ``layout.view``."""
        views = IMPORT_VIEWS if self.draft.imports else EXPORT_VIEWS
        self._view = views[(views.index(self._view) + 1) % len(views)]
        self._scrolled = 0
        self._preview.move_to_end(bottom=False)
        self._show_preview()

    def do_move_right(self) -> None:
        """Carry out ``move.right``."""
        self._scroll(1)

    def do_move_left(self) -> None:
        """Carry out ``move.left``."""
        self._scroll(-1)

    def _scroll(self, step: int) -> None:
        shown = preview(self._look, self._view, imports=self.draft.imports, key_of=self.key_of)
        self._scrolled = max(0, min(self._scrolled + step, len(shown.columns) - 2))
        self._show_preview()

    # -- the end --------------------------------------------------------------------------------------------------

    def was_saved(self, name: str) -> None:
        """Tell whoever opened the editor."""
        if self._saved:
            self._saved(name)
        self.stand()

    def on_unmount(self) -> None:
        """Let the engine forget the sample."""
        if self._look.sample is None:
            return
        files, sample = self.engine.files, self._look.sample.id

        def forget() -> None:
            # An engine that is gone has nothing to forget; it clears its spool by itself.
            with suppress(PendelError):
                files.forget_sample(sample)

        # Of the application: what a screen asked for ends with it.
        self.app.run_worker(forget, thread=True, group="forget", exit_on_error=False)
