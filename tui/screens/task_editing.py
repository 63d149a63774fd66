"""What the list of tasks does to their settings: add, edit, copy, delete, the cursor, and taking a change back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from core.text import clean
from tui.screens.confirm import Choice, ConfirmDialog
from tui.screens.prompt import PromptDialog
from tui.screens.report_preview import ReportPreview
from tui.screens.undoing import Undoing
from tui.words import full_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.engine.api.history import CursorView
    from core.engine.api.settings import TableView, Template
    from tui.tasklist import TaskList


class TaskEditing(Undoing, ReportPreview):
    """The actions that change settings of tasks, for a screen that has a list of tasks."""

    task_list: TaskList

    def do_task_add(self) -> None:
        """Carry out ``task.add``: choose what to begin with, then the form."""
        settings = self.engine.settings
        self.ask(lambda: settings.templates("tasks"), self._choose_template, group="settings", awaited=True)

    def _choose_template(self, templates: Sequence[Template]) -> None:
        from tui.forms.choosing import ChoiceDialog  # not before the first paint, as all that forms are made of

        by_id = {template.id: template for template in templates}

        def answered(chosen: tuple[str, ...] | None) -> None:
            if chosen:
                self._open_new(by_id[chosen[0]].values)

        words = [(template.id, template.title) for template in templates]
        self.app.push_screen(ChoiceDialog("A new task: begin with", words, signs=self.signs), answered)

    def _open_new(self, values: dict[str, Any]) -> None:
        from tui.screens.form import FormScreen

        self.app.push_screen(
            FormScreen(self.context, self.snapshot, "tasks", values=dict(values), saved=self._go_to_task)
        )

    def _go_to_task(self, task_id: str) -> None:
        """Put the cursor on a task that is new."""
        self.task_list.put(task_id)
        self.pendel.look()

    def _task_id(self) -> str:
        return self.task_list.targets[0].id

    def do_task_edit(self) -> None:
        """Carry out ``task.edit``."""
        from tui.screens.form import FormScreen

        self.app.push_screen(FormScreen(self.context, self.snapshot, "tasks", self._task_id(), saved=self._go_to_task))

    def do_task_copy(self) -> None:
        """Carry out ``task.copy``."""
        settings, task_id = self.engine.settings, self._task_id()

        def question() -> tuple[TableView, Sequence[Template]]:
            return settings.table("tasks", task_id), settings.templates("tasks")

        def then(found: tuple[TableView, Sequence[Template]]) -> None:
            table, templates = found
            sequence = templates[0].values["sequence"] if templates else 10
            taken = {task.id for task in self.snapshot.tasks}
            copy = next(
                name for number in range(1, len(taken) + 2) if (name := _copy_name(task_id, number)) not in taken
            )
            self._open_new({**table.values, "id": copy, "sequence": sequence, "active": False})

        self.ask(question, then, group="settings", awaited=True)

    def do_task_delete(self) -> None:
        """Carry out ``task.delete``: asks, or says what depends on the task."""
        settings, task_id = self.engine.settings, self._task_id()
        self.ask(
            lambda: settings.dependents("tasks", task_id),
            lambda users: self.ask_to_delete("tasks", task_id, users, note="Its runs, and what it imported, stay."),
            group="settings",
            awaited=True,
        )

    def do_report_preview(self) -> None:
        """Carry out ``report.preview``."""
        settings, task_id = self.engine.settings, self._task_id()
        self.ask(
            lambda: settings.table("tasks", task_id),
            lambda table: self.preview_task(table.values),
            group="settings",
            awaited=True,
        )

    # -- the cursor -----------------------------------------------------------------------------------------------

    def do_task_cursor(self) -> None:
        """Carry out ``task.cursor``: show it, and let it be set or forgotten."""
        history, task_id = self.engine.history, self._task_id()
        self.ask(
            lambda: history.cursor(task_id),
            lambda cursor: self._show_cursor(task_id, cursor),
            group="cursor",
            awaited=True,
        )

    def _show_cursor(self, task_id: str, cursor: CursorView | None) -> None:
        zone = self.snapshot.zone
        names = (
            [f"{full_time(cursor.moment, zone)}, set by {clean(cursor.set_by)}"]
            if cursor
            else ["not set: the next run takes everything"]
        )

        def answered(choice: str | None) -> None:
            if choice == "set":
                self._enter_cursor(task_id, cursor.moment if cursor else None)
            elif choice == "forget":
                self._set_cursor(task_id, None)

        choices = [Choice("set", "Set", "s")]
        if cursor:
            choices.append(Choice("forget", "Forget it", "d"))
        self.app.push_screen(
            ConfirmDialog(
                f"{task_id} has seen changes up to",
                names=names,
                notes=["The next run takes what changed after that."],
                choices=choices,
                way_out="Leave it",
                opened_by=["task.cursor"],
                sign=self.signs.cursor,
            ),
            answered,
        )

    def _enter_cursor(self, task_id: str, moment: datetime | None) -> None:
        zone = self.snapshot.zone
        begin = (moment or self.context.clock() - timedelta(days=1)).astimezone(zone)

        def answered(text: str | None) -> None:
            if text is not None:
                self._set_cursor(task_id, _moment_of(text, begin))

        self.app.push_screen(
            PromptDialog(
                f"{task_id} is to take what changed after ({zone.key})",
                value=f"{begin:%Y-%m-%d %H:%M}",
                problem=lambda text: "" if _moment_of(text, begin) else "a moment such as 2026-11-23 07:30 is needed",
            ),
            answered,
        )

    def _set_cursor(self, task_id: str, moment: datetime | None) -> None:
        history = self.engine.history
        words = f"at {full_time(moment, self.snapshot.zone)}" if moment else "forgotten: the next run takes everything"
        self.ask(
            lambda: history.set_cursor(task_id, moment),
            lambda _: self.say(f"The cursor of {task_id} is {words}."),
            group="cursor",
        )


def _copy_name(task_id: str, number: int) -> str:
    return f"{task_id}-copy" if number == 1 else f"{task_id}-copy-{number}"


def _moment_of(text: str, like: datetime) -> datetime | None:
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d %H:%M").replace(tzinfo=like.tzinfo)
    except ValueError:
        return None
