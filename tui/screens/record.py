"""One record: all its fields, and what runs did to it."""

from __future__ import annotations

import re
from base64 import b64decode
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar

from core.errors import Refused
from core.text import counted, file_size
from tui.action import Scope, Situation
from tui.forms.choosing import ChoiceDialog
from tui.saving import save_pieces
from tui.screens.base import PendelScreen
from tui.screens.records import text_of_record
from tui.widgets.rows import Line, Lines, beside, paragraph
from tui.words import full_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import tzinfo

    from textual.widget import Widget

    from core.engine.api import Snapshot
    from core.engine.api.catalogue import AttachmentView, CatalogueApi, EntityView, RecordView
    from tui.screens.base import Context
    from tui.widgets.list_table import ListTable
    from tui.words import Signs


class RecordScreen(PendelScreen):
    """Shows the record under the cursor of a list, and moves that cursor."""

    scope: ClassVar[Scope] = Scope.RECORD

    def __init__(self, context: Context, snapshot: Snapshot, entity: EntityView, records: ListTable) -> None:
        super().__init__(context, snapshot)
        self._entity = entity
        self._records = records
        self._record: RecordView | None = None
        self._lines = Lines(id="record", can_focus=True)

    def compose_body(self) -> Iterable[Widget]:
        """Return the record."""
        return (self._lines,)

    @property
    def main_panel(self) -> Widget:
        """The record."""
        return self._lines

    def on_mount(self) -> None:
        """Ask for the record."""
        super().on_mount()
        self._load()

    def _load(self) -> None:
        record, catalogue, entity = self._records.cursor, self.engine.catalogue, self._entity.name
        if record is not None:
            self.ask(
                lambda: catalogue.record(entity, record),
                self._take,
                group="record",
                awaited=self._record is None,
                reads=True,
            )

    def _take(self, record: RecordView) -> None:
        if self._record is None or record.name != self._record.name:
            self._lines.top = 0
        self._record = record
        self._show()

    def _show(self) -> None:
        if self._record and self._lines.size.width:
            lines = record_lines(self._record, self._entity, self._lines.size.width, self.snapshot.zone, self.signs)
            self._lines.show(lines)

    def on_resize(self) -> None:
        """Break the lines anew."""
        self.call_after_refresh(self._show)

    def after_layout(self) -> None:
        """Break the lines anew where the log gave or took room."""
        super().after_layout()
        self._show()

    def situation(self) -> Situation:
        """Return what decides which actions can be done now."""
        return Situation(item=self._records.cursor or "", attached=bool(self._attached))

    @property
    def _attached(self) -> list[AttachmentView]:
        """The files of the record that can be saved."""
        return [file for file in self._record.attachments if file.sha256] if self._record else []

    def copied(self) -> tuple[str, str]:
        """Return the record."""
        return (text_of_record(self._record), f"The record {self._record.name}") if self._record else ("", "")

    def leave_screen(self) -> None:
        """Go back to the list."""
        self.dismiss()

    def do_record_next(self) -> None:
        """Carry out ``record.next``."""
        self._move(1)

    def do_record_previous(self) -> None:
        """Carry out ``record.previous``."""
        self._move(-1)

    def do_record_save(self) -> None:
        """Carry out ``record.save``."""
        files = self._attached

        def chosen(places: tuple[str, ...] | None) -> None:
            if places:
                self._save(files[int(places[0])])

        if len(files) == 1:
            chosen(("0",))
        else:
            words = [(str(place), in_words(file)) for place, file in enumerate(files)]
            self.app.push_screen(ChoiceDialog("Save which attachment?", words, signs=self.signs), chosen)

    def _save(self, file: AttachmentView) -> None:
        catalogue = self.engine.catalogue
        name = re.split(r"[/\\]", file.file.partition("?")[0])[-1].lstrip(".") or "attachment"
        self.ask_where_to_save(
            f"Save {in_words(file)} to:",
            name,
            what=f"{file.file} ({file_size(file.size)})",
            write=lambda path, overwrite: save_pieces(path, contents(catalogue, file), overwrite=overwrite),
        )

    def _move(self, step: int) -> None:
        before = self._records.cursor
        self._records.move(step)
        if self._records.cursor == before:
            self.say("There is no record after this one." if step > 0 else "There is no record before this one.")
        else:
            self._load()


def record_lines(record: RecordView, entity: EntityView, width: int, zone: tzinfo, signs: Signs) -> list[Line]:
    """Return a record as lines of ``width`` columns: its fields with title and unit, then its history."""
    title = f"{signs.rule * 2} {record.entity} {record.name}"
    if record.archived_at:
        title += f", archived since {full_time(record.archived_at, zone)}"
    lines: list[Line] = paragraph(title, width, "title")
    fields = {field.name: field for field in entity.fields}
    label = min(width // 3, max((len(name) for name, _ in record.values), default=0) + 2)
    for name, value in record.values:
        unit = f" {fields[name].unit}" if name in fields and fields[name].unit and value else ""
        lines += beside(name, f"{value}{unit}" or "-", width, label, "" if value else "faint")
    lines += _attachment_lines(record, width, signs)
    lines += [(), ((f"{signs.rule * 2} History: {counted(len(record.versions), 'version')} kept", "title"),)]
    for version in record.versions:
        lines += paragraph(f"{full_time(version.at, zone)} run {version.run}: {version.action}", width)
        for change in version.changes:
            words = f"{change.field}: {change.old or '(nothing)'} -> {change.new or '(nothing)'}"
            lines += paragraph(words, max(12, width), "faint", indent="  ")
    return lines


def in_words(file: AttachmentView) -> str:
    """Return an attachment as a phrase: ``front.png (PPI, image/png, 2.1 kB)``."""
    told = ", ".join(filter(None, [file.type, file.language, file.media_type, file_size(file.size)]))
    return f"{file.file} ({told})"


def contents(catalogue: CatalogueApi, file: AttachmentView) -> Iterator[bytes]:
    """Yield what an attachment holds.

    Raises:
        StoreError: it is not kept.
        Refused: it is not what it was; that is said behind the last piece.
    """
    digest, start = sha256(), 0
    while piece := b64decode(catalogue.content(file.sha256, start).base64):
        yield piece
        digest.update(piece)
        start += len(piece)
    if digest.hexdigest() != file.sha256:
        raise Refused(
            f"What is kept of {file.file} is damaged, and was not saved.",
            advice="system-integrity names all that is damaged; a backup has it, or the import that brought it.",
        )


def _attachment_lines(record: RecordView, width: int, signs: Signs) -> list[Line]:
    """Return the files that belong to a record, a line each."""
    if not record.attachments:
        return []
    lines: list[Line] = [(), ((f"{signs.rule * 2} {counted(record.attachment_count, 'attachment')}", "title"),)]
    for file in record.attachments:
        lines += paragraph(in_words(file), width)
    if left := record.attachment_count - len(record.attachments):
        lines.append(((f"and {left:,} more", "faint"),))
    return lines
