"""What the layout editor changes: fields, conversions, value lists, how the file is read; saving and leaving."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.config.entities import RECORD_FIELDS
from core.text import clean
from tui.forms.choosing import ChoiceDialog
from tui.screens.about_file import AboutFile
from tui.screens.layout_saving import LayoutSaving
from tui.screens.layout_sheets import (
    CONVERSIONS,
    ValueList,
    column_entries,
    put_column,
    put_reading,
    reading_entries,
)
from tui.screens.sheet import SheetDialog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.engine.api import Snapshot
    from core.engine.api.catalogue import EntityView
    from core.engine.api.files import Recognised, SampleView
    from tui.layout_draft import DraftRow, LayoutDraft
    from tui.screens.base import Context

_CONSTANT, _EXPRESSION = "constant", "expression"
_TURNED = {"repeated": "first", "without_key": "skip"}
"""Settings of a pass that a key turns: what they say where they do not reject."""
MOST_PASSES = 5


class LayoutChanges(LayoutSaving):
    """The actions that change a layout, for a screen that shows one."""

    def __init__(self, context: Context, snapshot: Snapshot, draft: LayoutDraft) -> None:
        super().__init__(context, snapshot, draft)
        self.field_titles: dict[str, str] = {}
        """The fields that columns can have, each with what it is."""
        self._doubts: tuple[str, ...] = ()
        self._sheet: SheetDialog | None = None

    # -- what a subclass does -------------------------------------------------------------------------------------

    @property
    def current(self) -> DraftRow | None:
        """The row under the cursor."""
        raise NotImplementedError

    @property
    def sample(self) -> SampleView | None:
        """The sample that is looked at."""
        raise NotImplementedError

    def go_to_row(self, row_id: str) -> None:
        """Move the cursor to a row."""
        raise NotImplementedError

    def show_records(self) -> None:
        """Show below what an edited column brings about."""
        raise NotImplementedError

    def problems_of(self, row: DraftRow) -> list[str]:
        """Return what is wrong with a row."""
        raise NotImplementedError

    def pass_chosen(self) -> None:
        """Show the columns of another pass."""
        raise NotImplementedError

    # -- passes ---------------------------------------------------------------------------------------------------

    def do_layout_passes(self) -> None:
        """Carry out ``layout.passes``."""
        draft = self.draft
        if not draft.imports:
            self.say("Passes are for imports: several entities out of the same lines.")
            return
        words = [
            (f"pass {place}", f"Pass {place + 1}: {clean(str(each.get('entity', '')))}, {len(each['columns'])} columns")
            for place, each in enumerate(draft.passes)
        ]
        if len(draft.passes) < MOST_PASSES:
            words.append(("add", "Add a pass: another entity out of the same lines"))
        if draft.passes:
            own, number = draft.passes[draft.chosen], draft.chosen + 1
            said = "the first counts" if own.get("repeated") == "first" else "rejected"
            words.append(("repeated", f"Pass {number}, repeated record: {said} (turn)"))
            said = "skipped" if own.get("without_key") == "skip" else "rejected"
            words.append(("without_key", f"Pass {number}, line without a key: {said} (turn)"))
        if len(draft.passes) > 1:
            words.append(("remove", f"Take pass {draft.chosen + 1} out"))

        def answered(choice: tuple[str, ...] | None) -> None:
            if choice:
                self._change_passes(choice[0])

        chosen = [f"pass {draft.chosen}"] if draft.passes else []
        self.app.push_screen(ChoiceDialog("Passes over the file", words, signs=self.signs, chosen=chosen), answered)

    def _change_passes(self, what: str) -> None:
        draft = self.draft
        if what == "add":
            self.ask(self.engine.catalogue.entities, self._ask_entity, group="fields")
            return
        if what in _TURNED:
            draft.remember()
            draft.turn_pass(what, "reject", _TURNED[what])
            self.draft_changed()
            return
        if what == "remove":
            draft.remember()
            draft.remove_pass()
        else:
            draft.choose_pass(int(what.removeprefix("pass ")))
        self.pass_chosen()

    def _ask_entity(self, entities: Sequence[EntityView]) -> None:
        taken = {each.get("entity") for each in self.draft.passes} or {self.draft.entity}
        words = [(each.name, each.name.replace("_", " ")) for each in entities if each.name not in taken]

        def answered(choice: tuple[str, ...] | None) -> None:
            if choice:
                self.draft.remember()
                self.draft.add_pass(choice[0])
                self.pass_chosen()

        self.app.push_screen(ChoiceDialog("Records of what kind?", words, signs=self.signs), answered)

    # -- fields ---------------------------------------------------------------------------------------------------

    def ask_fields(self) -> None:
        """Ask which fields the entity has."""
        self.ask(self.engine.catalogue.entities, self._take_entities, group="fields")

    def _take_entities(self, entities: Sequence[EntityView]) -> None:
        found = next((entity for entity in entities if entity.name == self.draft.entity), None)
        if found is None:
            return
        fields = [field for field in found.fields if not field.own]
        self.draft.referring = frozenset(field.name for field in fields if field.refers_to)
        self.field_titles = {
            field.name: ", ".join(filter(None, (field.title, field.type, "key" if field.name in found.key else "")))
            for field in fields
        }
        if not self.draft.imports:
            translated = {field.name.partition(".")[0] for field in fields if "." in field.name}
            self.field_titles |= dict.fromkeys(sorted(translated), "a column for each language")
            self.field_titles |= {name: f"of every record, {kind}" for name, kind in RECORD_FIELDS.items()}

    def do_layout_field(self) -> None:
        """Carry out ``layout.field``."""
        if row := self.current:
            self._choose_field(row, lambda field: self.draft.set_field(row, field))

    def _choose_field(self, row: DraftRow | None, take: Callable[[str], str]) -> None:
        if not self.field_titles:
            self.say(f"The fields of {clean(self.draft.entity)} are not known yet; try again in a moment.")
            self.ask_fields()
            return
        proposed = row.proposal.field if row and row.proposal else ""
        names = list(self.field_titles)
        if proposed in self.field_titles:
            names.remove(proposed)
            names.insert(0, proposed)
        taken = self.draft.fields_taken() - {row.field if row else ""}
        words = [
            (name, f"{name:<22} {self.field_titles[name]}" + (" (has a column already)" if name in taken else ""))
            for name in names
        ]

        def answered(choice: tuple[str, ...] | None) -> None:
            if choice:
                self.draft.remember()
                row_id = take(choice[0])
                self.draft_changed()
                self.go_to_row(row_id)
                self.renew_sheet()

        title = f"Field for {row.title}" if row else "Field"
        chosen = [row.field or proposed] if row else []
        self.app.push_screen(ChoiceDialog(title, words, signs=self.signs, chosen=chosen), answered)

    def do_layout_accept(self) -> None:
        """Carry out ``layout.accept``."""
        row = self.current
        if row is None:
            return
        self.draft.remember()
        if self.draft.accept_proposal(row) is None:
            self.draft.forget_step()
            if row.place is None:
                self.say(f"No field is proposed for {row.title}; {self.key_of('layout.field')} chooses one.")
        else:
            self.draft_changed()
        self._panel.move(1)

    def do_layout_accept_all(self) -> None:
        """Carry out ``layout.accept_all``."""
        self.draft.remember()
        count = self.draft.accept_all()
        if count:
            self.draft_changed()
        else:
            self.draft.forget_step()
        self.say(f"{count} proposed {'field was' if count == 1 else 'fields were'} taken.")

    def do_layout_add(self) -> None:
        """Carry out ``layout.add``."""
        kinds = [(_CONSTANT, "a constant: the same value for each record"),
                 (_EXPRESSION, "an SQL expression over the other fields")]  # fmt: skip
        if not self.draft.imports:
            kinds.insert(0, ("field", "a field of the record"))

        def answered(choice: tuple[str, ...] | None) -> None:
            if not choice:
                return
            if self.draft.imports or choice[0] == "field":
                self._choose_field(None, lambda field: self._added(choice[0], field))
            else:
                self._add_export(choice[0])

        self.app.push_screen(ChoiceDialog("What stands in it?", kinds, signs=self.signs), answered)

    def _added(self, kind: str, field: str) -> str:
        entry: dict[str, Any] = {"field": field}
        if self.draft.imports:
            entry[kind] = ""
        else:
            entry["column"] = field
        row_id = self.draft.add(entry)
        if kind != "field":
            self.call_after_refresh(self.do_layout_edit)
        return row_id

    def _add_export(self, kind: str) -> None:
        self.draft.remember()
        row_id = self.draft.add({"column": kind, kind: ""})
        self.draft_changed()
        self.go_to_row(row_id)
        self.do_layout_edit()

    def do_layout_remove(self) -> None:
        """Carry out ``layout.remove``."""
        row = self.current
        self.draft.remember()
        if row is not None and self.draft.remove(row):
            self.draft_changed()
        else:
            self.draft.forget_step()
            self.say("The column has no field, so there is nothing to take out.")

    def do_layout_earlier(self) -> None:
        """Carry out ``layout.earlier``."""
        self._move_column(-1)

    def do_layout_later(self) -> None:
        """Carry out ``layout.later``."""
        self._move_column(1)

    def _move_column(self, step: int) -> None:
        row = self.current
        self.draft.remember()
        if row is not None and self.draft.move(row, step):
            self.draft_changed()
        else:
            self.draft.forget_step()

    def do_layout_undo(self) -> None:
        """Carry out ``layout.undo``."""
        if self.draft.undo():
            self.draft_changed()
        else:
            self.say("There is nothing to take back in the editor.")

    # -- sheets ---------------------------------------------------------------------------------------------------

    @property
    def sheet_open(self) -> bool:
        """Whether a column, or how the file is read, is being edited."""
        return self._sheet is not None

    def renew_sheet(self) -> None:
        """Show in an open sheet what a trial has found."""
        if self._sheet is not None and self._sheet.is_attached:
            self._sheet.renew()

    def _open_sheet(self, sheet: SheetDialog) -> None:
        """Open a sheet, in place of one that is open; its changes are one step to go back."""
        if self._sheet is not None:
            # Not one above the other: what stands below two of them is not drawn anew.
            self._sheet.dismiss(True)
            self.draft.forget_step()
        self._sheet = sheet
        self.draft.remember()

        def answered(kept: bool | None) -> None:
            if self._sheet is not sheet:
                # Another one has taken its place, and its changes stay.
                return
            self._sheet = None
            if kept:
                self.draft.forget_step()
            else:
                self.draft.undo()
            self.draft_changed()
            self.renew_sheet()

        self.app.push_screen(sheet, answered)

    def do_layout_edit(self) -> None:
        """Carry out ``layout.edit``."""
        row = self.current
        if row is None:
            return
        if row.place is None:
            self.do_layout_field()
            return
        place = row.place
        self.show_records()

        def put(key: str, value: str) -> None:
            put_column(self.draft, place, key, value)
            self.draft_changed()

        self._open_sheet(
            SheetDialog(
                row.title if "column" in self.draft.columns[place] else row.field or row.title,
                lambda: column_entries(self.draft, place),
                put,
                signs=self.signs,
                opened=lambda key: self._open_part(row.id, key),
                note=lambda: next(iter(self.problems_of(row)), ""),
            )
        )

    def _open_part(self, row_id: str, key: str) -> None:
        row = self.draft.row(row_id)
        if row is None or row.place is None:
            return
        if key == "field":
            self._choose_field(row, lambda field: self.draft.set_field(row, field))
        elif key == "convert":
            self._choose_conversions(row.place)
        elif key == "values":
            values = ValueList(self.draft, row)

            def put(old: str, new: str) -> None:
                values.put(old, new)
                self.draft_changed()

            self._open_sheet(SheetDialog(f"Values of {row.title}", values.entries, put, signs=self.signs))

    def _choose_conversions(self, place: int) -> None:
        words = [(word, f"{word:<14} {meaning}") for word, meaning in CONVERSIONS.items()]

        def answered(choice: tuple[str, ...] | None) -> None:
            if choice is not None:
                self.draft.change(place, "convert", list(choice))
                self.draft_changed()
                self.renew_sheet()

        chosen = [str(word) for word in self.draft.columns[place].get("convert") or []]
        self.app.push_screen(
            ChoiceDialog("Conversions", words, signs=self.signs, chosen=chosen, several=True), answered
        )

    def do_layout_reading(self) -> None:
        """Carry out ``layout.reading``."""

        def put(key: str, value: str) -> None:
            put_reading(self.draft, key, value)
            self.draft_changed()

        title = "Reading" if self.draft.imports else "Writing"
        self._open_sheet(
            SheetDialog(
                title,
                lambda: reading_entries(self.draft, self._doubts),
                put,
                signs=self.signs,
                opened=lambda _: self._recognise(),
            )
        )

    def _recognise(self) -> None:
        sample = self.sample
        if sample is None:
            self.say("Choose a file first: F.")
            return
        files = self.engine.files
        self.ask(lambda: files.recognise(sample.id), self._recognised, group="recognise")

    def _recognised(self, found: Recognised) -> None:
        self.take_recognised(found)
        self.draft_changed()
        self.renew_sheet()

    def take_recognised(self, found: Recognised) -> None:
        """Take the way in which a file seems to be written."""
        self._doubts = found.doubts
        if found.format:
            self.draft.values["format"] = found.format
            self.draft.put_file(dict(found.file))
        if found.doubts:
            self.say(" ".join(found.doubts))
        if found.about:
            self.app.push_screen(AboutFile(found))
