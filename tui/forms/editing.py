"""What the keys of a form do: typing, choosing, and the items of lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.config.introspect import DISCRIMINATORS
from core.engine.api.settings import NAME
from core.text import clean
from tui.forms.choosing import ChoiceDialog
from tui.forms.fields import Kind
from tui.forms.long_text import TextDialog
from tui.forms.rows import Part, pair_hint
from tui.forms.texts import pair_of, value_of
from tui.screens.base import PendelScreen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.forms.form import Form, Path
    from tui.forms.panel import FormPanel
    from tui.forms.rows import Row

_NOT_SET = "\0"
_WHILE_TYPING = ("form.turn_on", "form.turn_back")


class FormEditing(PendelScreen):
    """The part of a screen that edits the :class:`~tui.forms.form.Form` that it shows."""

    form: Form | None = None
    panel: FormPanel

    def show_form(self) -> None:
        """Show the fields as they are now."""
        raise NotImplementedError

    def show_help(self) -> None:
        """Say what the field under the cursor is for."""
        raise NotImplementedError

    def check_soon(self) -> None:
        """Check what stands in the form once no key comes for a moment."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the arrows to the text that is typed."""
        if action == "perform" and self.panel.typing and parameters and parameters[0] in _WHILE_TYPING:
            return False
        return super().check_action(action, parameters)

    def changed(self) -> None:
        """Show what was changed by other means than typing, and check it."""
        self.panel.forget()
        self.show_form()
        self.check_soon()

    # -- typing ---------------------------------------------------------------------------------------------------

    def take_text(self, row: Row, text: str) -> None:
        """Take what is typed into a field."""
        form = self.form
        if form is None:
            return
        self.message_bar.hush()
        match row.part:
            case Part.NAME:
                form.new_name = text.strip()
            case Part.SECRET_TEXT:
                form.set_secret_text(row.path[:-1], text)
            case Part.PAIR | Part.ITEM_NAME:
                self._take_key(form, row, text)
            case _:
                form.put(row.path, value_of(row.field, text))
        self.show_form()
        self.check_soon()

    def _take_key(self, form: Form, row: Row, text: str) -> None:
        key, value = pair_of(text) if row.part is Part.PAIR else (text.strip(), None)
        form.rename_key(row.path, key)
        path: Path = (*row.path[:-1], key)
        if form.get(path) is None:
            return  # another item has this name
        if value is not None:
            form.put(path, value)
        elif row.path in form.open_items:
            form.open_items = (form.open_items - {row.path}) | {path}
        self.panel.follow(row, path)

    # -- the cursor -----------------------------------------------------------------------------------------------

    def do_form_next(self) -> None:
        """Carry out ``form.next``."""
        self.move_cursor(1)

    def do_form_previous(self) -> None:
        """Carry out ``form.previous``."""
        self.move_cursor(-1)

    def do_form_page_down(self) -> None:
        """Carry out ``form.page_down``."""
        self.move_cursor(max(1, self.panel.rows.size.height - 1))

    def do_form_page_up(self) -> None:
        """Carry out ``form.page_up``."""
        self.move_cursor(-max(1, self.panel.rows.size.height - 1))

    def move_cursor(self, lines: int) -> None:
        """Move the cursor by that many fields."""
        self.panel.rows.move(lines)
        self.panel.place_input()
        self.show_help()

    def field_help(self) -> str:
        """Return what the field under the cursor is for, and what can be done in it."""
        row = self.panel.rows.current
        if row is None or self.form is None:
            return "Reading the configuration." if self.form is None else ""
        field = row.field
        if row.part is Part.PAIR:
            words = pair_hint(field)
            return f"{words[:1].upper()}{words[1:]}. {self.key_of('form.remove')} takes the line out."
        if row.part is Part.ADD:
            return f"{self.key_of('form.open')} adds one."
        if row.part is Part.ITEM:
            move = f"{self.key_of('form.earlier')} and {self.key_of('form.later')} move it"
            return f"{self.key_of('form.open')} opens or closes it, {self.key_of('form.remove')} takes it out, {move}."
        parts = [field.help, f"In {field.unit}." if field.unit else "", self._hint(row)]
        if field.required and row.faint:
            parts.append("It must be given.")
        return " ".join(part for part in parts if part)

    def _hint(self, row: Row) -> str:
        """Return what can be done in a field beyond typing."""
        opens = self.key_of("form.open")
        if row.words:
            return f"{opens}, {self.key_of('form.turn_on')} and {self.key_of('form.turn_back')} choose."
        if row.in_editor:
            return f"{opens} opens it."
        if row.typed is None:
            return "This text has several lines or signs that cannot be shown; change it in the file."
        if self.offered(row):
            return f"{opens} shows what there is."
        return 'Type "" for an empty text.' if row.field.may_be_empty else ""

    # -- choosing -------------------------------------------------------------------------------------------------

    def do_form_open(self) -> None:
        """Carry out ``form.open``."""
        form, row = self.form, self.panel.rows.current
        if form is None or row is None:
            return
        if row.part is Part.ADD:
            self.do_form_add()
        elif row.part is Part.ITEM:
            form.open_items ^= {row.path}
            self.changed()
        elif row.in_editor:
            self._edit_text(form, row)
        elif row.words:
            self._choose_word(row)
        elif offered := self.offered(row):
            self.choose_offered(row, offered)
        else:
            self.move_cursor(1)

    def _edit_text(self, form: Form, row: Row) -> None:
        """Give a text of several lines a screen of its own; what is typed there stands in the form at once."""

        def typed(text: str) -> None:
            form.put(row.path, text or None)
            self.changed()

        name = form.get((*row.path[:-1], "name"))
        title = f"{self.signs.rule * 2} {row.field.title} of {clean(str(name))}" if name else row.field.title
        dialog = TextDialog(
            title, str(form.get(row.path) or ""), typed=typed, problems=lambda: self.problems_at(row.path)
        )
        self.app.push_screen(dialog, lambda _: self.changed())

    def problems_at(self, path: Path) -> Sequence[str]:
        """Return what is wrong with a field, as far as it was checked."""
        raise NotImplementedError

    def _choose_word(self, row: Row) -> None:
        def answered(chosen: tuple[str, ...] | None) -> None:
            if chosen:
                self._take_word(row, chosen[0])

        self.app.push_screen(
            ChoiceDialog(row.field.title, row.words, signs=self.signs, chosen=[self._word_of(row)]), answered
        )

    def _word_of(self, row: Row) -> str:
        """The word that a field has now."""
        shown = row.text
        return next((word for word, text in row.words if text == shown), "")

    def do_form_turn_on(self) -> None:
        """Carry out ``form.turn_on``."""
        self._turn(1)

    def do_form_turn_back(self) -> None:
        """Carry out ``form.turn_back``."""
        self._turn(-1)

    def _turn(self, step: int) -> None:
        row = self.panel.rows.current
        if row is None or not row.words:
            return
        words = [word for word, _ in row.words]
        here = self._word_of(row)
        place = words.index(here) if here in words else (-1 if step > 0 else 0)
        self._take_word(row, words[(place + step) % len(words)])

    def _take_word(self, row: Row, word: str) -> None:
        form, field = self.form, row.field
        if form is None:
            return
        if row.part is Part.SECRET:
            form.set_place_of_secret(row.path, "" if word == _NOT_SET else word)
        elif word == _NOT_SET:
            form.shelve(row.path)
        elif row.part is Part.TABLE:
            if field.teller:
                form.choose(row.path, field.models, field.teller, word)
            else:
                form.unshelve(row.path)
        elif len(row.path) == 1 and field.key in DISCRIMINATORS:
            form.choose((), form.models, field.key, word)
        elif field.kind is Kind.BOOL:
            form.put(row.path, word == "true")
        else:
            form.put(row.path, word)
        self.changed()

    def offered(self, row: Row) -> Sequence[str]:
        """What the value of a field can name, of what there is."""
        form, field = self.form, row.field
        if form is None:
            return ()
        if field.kind is Kind.WORDS and field.words:
            return field.words
        if field.refers == "fields":
            return form.choices.fields.get(self._entity_of(row.path), ())
        return form.choices.names.get(field.refers, ())

    def offered_title(self, row: Row, word: str) -> str:  # noqa: ARG002 - who knows more says it
        """Return a value that is offered as it is shown."""
        return clean(word)

    def _entity_of(self, path: Path) -> str:
        """The entity whose fields a setting names: the one beside it, else the nearest above."""
        form = self.form
        while path and form is not None:
            path = path[:-1]
            table = form.get(path) if path else form.values
            if not isinstance(table, dict):
                continue
            # What is repeated in a feed is of the entity that it is repeated for.
            joined = table.get("repeat")
            for each in (table, joined if isinstance(joined, dict) else {}):
                if isinstance(each.get("entity"), str):
                    return str(each["entity"])
        return ""

    def choose_offered(self, row: Row, offered: Sequence[str]) -> None:
        """Let one of what is offered be chosen, or several where the field holds several."""
        form, several = self.form, row.field.kind is Kind.WORDS
        if form is None:
            return
        held: Any = form.get(row.path) if row.part is not Part.SECRET_TEXT else form.secret_text(row.path[:-1])
        chosen = [str(item) for item in held] if isinstance(held, list) else [str(held or "")]
        words = [
            (word, self.offered_title(row, word))
            for word in dict.fromkeys([*offered, *(chosen if several else [])])
            if word
        ]

        def answered(found: tuple[str, ...] | None) -> None:
            if found is None or form is None:
                return
            if row.part is Part.SECRET_TEXT:
                form.set_secret_text(row.path[:-1], found[0])
            elif row.part is Part.ITEM_NAME:
                self._take_key(form, row, found[0])
            else:
                form.put(row.path, (list(found) or None) if several else found[0])
            self.changed()

        self.app.push_screen(
            ChoiceDialog(row.field.title, words, signs=self.signs, chosen=chosen, several=several), answered
        )

    # -- items ----------------------------------------------------------------------------------------------------

    def _list_around(self, row: Row) -> Row | None:
        """The row that adds to the list in which a row is."""
        inside = [
            each for each in self.panel.rows.rows if each.part is Part.ADD and row.path[: len(each.path)] == each.path
        ]
        return max(inside, key=lambda each: len(each.path), default=None)

    def do_form_add(self) -> None:
        """Carry out ``form.add``."""
        form, row = self.form, self.panel.rows.current
        adding = self._list_around(row) if row else None
        if form is None or adding is None:
            self.say("The cursor is in no list here.")
            return
        path = form.add_item(adding.path, adding.field)
        self.changed()
        added = [each for each in self.panel.rows.rows if each.path[: len(path)] == path]
        inner = next((each for each in added if each.stops and each.part is not Part.ITEM), added[0])
        self.panel.rows.go_to(inner)
        self.panel.place_input()
        self.show_help()

    def do_form_remove(self) -> None:
        """Carry out ``form.remove``."""
        form, row = self.form, self.panel.rows.current
        if form is None or row is None or row.part in (Part.ADD, Part.NAME):
            return
        if row.part is Part.SECRET_TEXT:
            form.set_secret_text(row.path[:-1], "")
        elif row.part is Part.SECRET:
            form.set_place_of_secret(row.path, "")
        elif row.path != NAME:
            form.put(row.path, None)
            if row.is_item:
                form.closed(row.path)
        self.changed()

    def do_form_earlier(self) -> None:
        """Carry out ``form.earlier``."""
        self._move_item(-1)

    def do_form_later(self) -> None:
        """Carry out ``form.later``."""
        self._move_item(1)

    def _move_item(self, step: int) -> None:
        form, row = self.form, self.panel.rows.current
        if form is None or row is None or row.part is not Part.ITEM:
            self.say("Only an item of a list can be moved.")
            return
        path = form.move_item(row.path, step)
        self.panel.follow(row, path)
        self.changed()
