"""A form for one table of the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from core.config.frequency import Daily
from core.engine.api.settings import FieldProblem
from core.errors import ChangedOutside, ConfigError
from core.text import clean, counted
from tui.action import Scope, Situation
from tui.forms.fields import Kind, root_models
from tui.forms.form import NAMED_KINDS, Form
from tui.forms.panel import FormPanel
from tui.forms.rows import rows
from tui.obstacles import FEED
from tui.screens.confirm import Choice, ConfirmDialog
from tui.screens.conflict import ConflictDialog, differences, merged
from tui.screens.form_below import FormBelow
from tui.screens.report_preview import REPORT, ReportPreview
from tui.widgets.rows import Lines, paragraph
from tui.words import moments_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual.timer import Timer
    from textual.widget import Widget

    from core.config.base import Settings
    from core.engine.api import Snapshot
    from core.engine.api.settings import Choices, Planned, TableView
    from core.errors import PendelError
    from tui.forms.form import Path, Values
    from tui.forms.rows import Row
    from tui.screens.base import Context

_CHECK_DELAY = 0.15
"""Seconds without a key after which what was typed is checked."""


class FormScreen(FormBelow, ReportPreview):
    """Shows the fields of one table, checks what is typed, tests and saves it.

    ``values`` are those to begin with where the table is a new one, ``name_of_new`` its name. ``saved`` is called with
    its name after it was written and the form was left.
    """

    scope: ClassVar[Scope] = Scope.FORM

    def __init__(
        self,
        context: Context,
        snapshot: Snapshot,
        kind: str,
        name: str = "",
        *,
        values: Values | None = None,
        name_of_new: str = "",
        saved: Callable[[str], None] = lambda _: None,
    ) -> None:
        super().__init__(context, snapshot)
        self.kind = kind
        self._name_of_new = name_of_new if values is not None else ""
        self._table = name
        self.starting = values
        self._saved = saved
        self._fingerprint = ""
        self._problems: Sequence[FieldProblem] = ()
        self._warnings: Sequence[FieldProblem] = ()
        self._planned: Planned | None = None
        self._saving = False
        self._telling = False
        """Whether the problems are to be said once they are known."""
        self._timer: Timer | None = None
        self.checked = False
        """Whether the problems that are shown are those of what stands in the form now."""
        self.panel = FormPanel(context.signs, self.take_text)
        self._help = Lines(id="form-help")

    def compose_body(self) -> Iterable[Widget]:
        """Return the fields, the outcome of a test, and the help of the field under the cursor."""
        return self.panel, self.below, self._help

    @property
    def main_panel(self) -> Widget:
        """What takes the keys: the input behind the fields."""
        return self.panel.input

    def on_mount(self) -> None:
        """Ask for the table."""
        super().on_mount()
        settings, kind, name = self.engine.settings, self.kind, self._table
        new = self.starting is not None

        def question() -> tuple[TableView | None, Choices]:
            return None if new else settings.table(kind, name), settings.choices()

        self.ask(question, lambda found: self.begin(*found), group="form", failed=self._cannot_begin, awaited=True)

    def begin(self, table: TableView | None, choices: Choices) -> None:
        """Show the fields of the table."""
        self._fingerprint = table.fingerprint if table else ""
        base: Values = dict(table.values) if table else {}
        self.form = Form(
            self.kind,
            self._table,
            base=base,
            values=self.starting,
            choices=choices,
            new_name=self._name_of_new,
            models=self.models(),
        )
        self.show_form()
        self.check_now()

    def models(self) -> tuple[type[Settings], ...]:
        """Return the models of the table, where they are others than those of its kind."""
        return ()

    def _cannot_begin(self, error: PendelError) -> None:
        self.app.pop_screen()
        if self.pendel.shown:
            self.pendel.shown.say(str(error))

    def situation(self) -> Situation:
        """Return what decides which actions can be done now."""
        return Situation(item=FEED if self.is_feed else self.kind)

    # -- what is shown --------------------------------------------------------------------------------------------

    @property
    def heading(self) -> str:
        """What is edited, and how many problems it has."""
        word = NAMED_KINDS.get(self.kind, self.kind)
        name = self.form.title_name if self.form else self._table
        parts = [f"{'New' if not self._table and self.kind in NAMED_KINDS else 'Edit'} {word} {clean(name)}".rstrip()]
        if self._problems:
            parts.append(counted(len(self._problems), "problem"))
        return f"{self.signs.rule * 2} {f' {self.signs.dot} '.join(parts)}"

    def show_form(self) -> None:
        """Show the fields as they are now."""
        if self.form is None:
            return
        by_path: dict[Path, list[str]] = {}
        head: list[str] = []
        for problem in self._problems:
            if problem.path:
                by_path.setdefault(problem.path, []).append(problem.message)
            elif problem.place:
                head.append(f"! {problem.place}: {problem.message}")
            else:
                head.append(f"! {problem.message}")
        found = rows(self.form)
        self.panel.rows.take(found, heading=self.heading, head=head, problems=by_path, notes=self._notes())
        self.panel.place_input()
        self.show_help()

    def problems_at(self, path: Path) -> Sequence[str]:
        """Return what is wrong with a field, as far as it was checked."""
        return [problem.message for problem in self._problems if problem.path == path]

    def _notes(self) -> dict[Path, list[str]]:
        notes: dict[Path, list[str]] = {}
        for each in self._warnings:
            notes.setdefault(each.path, []).append(f"Warning: {each.message}.")
        if self._planned is None or self.form is None:
            return notes
        row = self._frequency_row()
        if row is None:
            return notes
        path = row.path
        planned = self._planned
        if not planned.moments:
            return {**notes, path: [planned.words]}
        first, *others = moments_in_words(planned.moments, self.snapshot.zone)
        place = f"({self.snapshot.zone.key}, window {planned.window})"
        return {**notes, path: [f"Next: {first}", *others, place]}

    def _frequency_row(self) -> Row | None:
        form = self.form
        if form is None:
            return None
        return next((row for row in rows(form) if Daily in row.field.models and row.field.kind is Kind.TABLE), None)

    def show_help(self) -> None:
        """Say what the field under the cursor is for, and what can be done in it."""
        self._help.show(paragraph(self.field_help(), self.size.width, "label")[:2])

    def on_resize(self) -> None:
        """Break lines anew."""
        self.call_after_refresh(self.show_below)
        self.call_after_refresh(self.show_help)

    # -- checking -------------------------------------------------------------------------------------------------

    def check_soon(self) -> None:
        """Check what stands in the form once no key comes for a moment."""
        self.checked = False
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_CHECK_DELAY, self.check_now)

    def check_now(self) -> None:
        """Check what stands in the form."""
        form = self.form
        if form is None:
            return
        settings, values = self.engine.settings, form.result()
        kind, name, new_name = self.kind, form.name, form.new_name
        frequency = self._frequency()

        def question() -> tuple[Sequence[FieldProblem], Planned | None]:
            planned = settings.planned(frequency) if frequency is not None else None
            return settings.check(kind, name, values, new_name=new_name), planned

        self.ask(question, lambda found: self._take_check(values, new_name, *found), group="check")

    def _frequency(self) -> Values | None:
        row = self._frequency_row()
        if row is None or self.form is None:
            return None
        found = self.form.result()
        for part in row.path:
            found = found.get(str(part), {})
        # What is not written is the default, which is not the same for every type of task.
        return found or row.field.default

    def _take_check(
        self, values: Values, new_name: str, problems: Sequence[FieldProblem], planned: Planned | None
    ) -> None:
        if self.form is None or (values, new_name) != (self.form.result(), self.form.new_name):
            return
        self._problems = _in_plain_words([each for each in problems if not each.warning], self.form.untyped_secrets())
        self._warnings = [each for each in problems if each.warning]
        self._planned, self.checked = planned, True
        self.show_form()
        if self.previewing:
            self.begin_preview(values)
        if self._telling:
            self._tell_problems()

    # -- saving and leaving ---------------------------------------------------------------------------------------

    def do_form_save(self) -> None:
        """Carry out ``form.save``."""
        form = self.form
        if form is None or self._saving:
            return
        if not form.changed and form.name:
            self.leave("Nothing was changed.")
            return
        self._saving = True
        settings, values, secrets = self.engine.settings, form.result(), form.typed_secrets()
        kind, name, new_name, fingerprint = self.kind, form.name, form.new_name, self._fingerprint
        self.ask(
            lambda: settings.save(
                kind, name, values, fingerprint=fingerprint, new_name=new_name, secrets=secrets or None
            ),
            self._written,
            group="save",
            failed=self._not_written,
            awaited=True,
        )

    def _written(self, name: str) -> None:
        word = NAMED_KINDS.get(self.kind, self.kind)
        self.leave(f"Saved {word} {clean(name)}".rstrip() + ", and planned anew.")
        self._saved(name)

    def _not_written(self, error: PendelError) -> None:
        self._saving = False
        if isinstance(error, ChangedOutside):
            self._look_at_conflict()
            return
        self.say(str(error).partition("\n")[0])
        if isinstance(error, ConfigError):
            self._telling = True
            self.check_now()

    def _tell_problems(self) -> None:
        """Say what is in the way of saving, and go there."""
        self._telling = False
        if not self._problems:
            return
        first = self._problems[0].message
        self.say(f"Not saved: {counted(len(self._problems), 'problem')}. {first[:1].upper()}{first[1:]}.")
        path = next((problem.path for problem in self._problems if problem.path), ())
        around = [row for row in self.panel.rows.rows if row.stops and row.path == path[: len(row.path)]]
        if around:
            self.panel.rows.go_to(max(around, key=lambda row: len(row.path)))
            self.panel.place_input()
            self.show_help()

    def _look_at_conflict(self) -> None:
        settings, kind, name = self.engine.settings, self.kind, self.form.name if self.form else ""
        self.ask(
            lambda: (settings.table(kind, name), settings.choices()),
            lambda found: self._ask_what_to_keep(*found),
            group="form",
            failed=lambda _: self._ask_to_write_again(),
        )

    def _ask_what_to_keep(self, table: TableView, choices: Choices) -> None:
        form = self.form
        if form is None:
            return
        mine, theirs = form.result(), dict(table.values)
        found = differences(form.base, mine, theirs)

        def answered(taken: Any) -> None:
            if taken is None:
                return
            self._fingerprint = table.fingerprint
            form.base, form.choices, form.values = theirs, choices, merged({**form.values, **mine}, taken)
            self.panel.forget()
            self.show_form()
            self.check_now()
            self.say(f"The form has what you chose; {self.key_of('form.save')} writes it.")

        if found:
            word = NAMED_KINDS.get(self.kind, self.kind)
            what = f"{word.capitalize()} {clean(form.name)}".rstrip()
            self.app.push_screen(ConflictDialog(what, found, signs=self.signs), answered)
        else:
            answered([])

    def _ask_to_write_again(self) -> None:
        form = self.form
        if form is None:
            return

        def answered(choice: str | None) -> None:
            if choice:
                form.name, form.base, self._fingerprint = "", {}, ""
                self.do_form_save()

        self.app.push_screen(
            ConfirmDialog(
                f"{clean(form.name)} was taken out of the file. Write it again?",
                choices=[Choice("write", "Write it again", "y")],
                opened_by=["form.save"],
                sign=self.signs.cursor,
            ),
            answered,
        )

    def do_form_report(self) -> None:
        """Carry out ``form.report``."""
        values = self.form.result() if self.form else {}
        if self.kind == "tasks" and values.get("type") == REPORT:
            self.preview_task(values)
        elif self.kind == "layouts" and values.get("direction") == REPORT:
            self.preview_layout(values)
        else:
            self.say("This is no report.")

    def do_app_quit(self) -> None:
        """Leave the form first: what was typed is not lost by a key."""
        self.do_form_leave()

    def do_form_leave(self) -> None:
        """Carry out ``form.leave``: what is shown of a test goes first, then the form."""
        if self.give_up_below():
            return
        if self.form is None or not self.form.changed:
            self.leave("")
        else:
            self.app.push_screen(
                ConfirmDialog(
                    "Leave without saving?",
                    notes=["What was changed in the form is lost then."],
                    choices=[Choice("leave", "Leave", "y"), Choice("save", "Save", "s")],
                    way_out="Stay",
                    opened_by=["form.leave"],
                    sign=self.signs.cursor,
                ),
                self._leave_answered,
            )

    def _leave_answered(self, choice: str | None) -> None:
        if choice == "leave":
            self.leave("")
        elif choice == "save":
            self.do_form_save()

    def leave(self, words: str) -> None:
        """Go back to the screen below, and say something there."""
        self.app.pop_screen()
        below = self.pendel.shown
        if below is not None and words:
            below.say(words)


def can_be_edited(kind: str) -> bool:
    """Whether there is a form for a kind of table: its settings are declared as a model."""
    return bool(root_models(kind))


def _in_plain_words(problems: Sequence[FieldProblem], untyped: Sequence[Path]) -> list[FieldProblem]:
    """Return the problems; where a secret is still to be typed, that in place of what is wrong with nothing."""
    found = [each for each in problems if not any(each.path[: len(path)] == path for path in untyped)]
    return [*found, *(FieldProblem(path, "nothing is typed here yet") for path in untyped)]
