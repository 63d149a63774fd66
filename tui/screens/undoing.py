"""Deleting a table of the configuration, and taking the last change of it back, from any screen that shows tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.text import clean, counted
from tui.screens.base import PendelScreen
from tui.screens.confirm import Choice, ConfirmDialog
from tui.words import full_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.engine.api.settings import ChangeView

_DELETED_BY = {"tasks": "task.delete"}


class Undoing(PendelScreen):
    """The part of a screen that deletes tables and takes changes back."""

    def settings_changed(self) -> None:
        """Show what the configuration has now, after a change."""

    def ask_to_delete(self, kind: str, name: str, users: Sequence[str], *, note: str = "", but: str = "") -> None:
        """Ask whether to delete a table; where others name it, only say which.

        ``note`` says what that does; an undo brings everything back ``but`` what this says.
        """
        from tui.forms.form import NAMED_KINDS  # not before the first paint, as all that forms are made of

        word = NAMED_KINDS.get(kind, kind)
        if users:
            self.app.push_screen(
                ConfirmDialog(
                    f"The {word} {clean(name)} cannot be deleted: {counted(len(users), 'table')} "
                    f"{'names' if len(users) == 1 else 'name'} it.",
                    names=users,
                    notes=["Change or delete what names it first."],
                    choices=[],
                    way_out="Back",
                    sign=self.signs.cursor,
                )
            )
            return
        settings, undo = self.engine.settings, self.key_of("settings.undo")

        def answered(choice: str | None) -> None:
            if choice:
                self.ask(
                    lambda: settings.delete(kind, name),
                    lambda _: self._deleted(f"Deleted {word} {clean(name)}; {undo} takes it back."),
                    group="settings",
                    awaited=True,
                )

        self.app.push_screen(
            ConfirmDialog(
                f"Delete the {word} {clean(name)}?",
                notes=[f"{note or 'It is taken out of the configuration.'} {undo} takes this back{but}."],
                choices=[Choice("delete", "Delete", "y")],
                opened_by=[_DELETED_BY.get(kind, "item.delete")],
                sign=self.signs.cursor,
            ),
            answered,
        )

    def _deleted(self, words: str) -> None:
        self.say(words)
        self.settings_changed()

    def do_settings_undo(self) -> None:
        """Carry out ``settings.undo``: says what would be taken back, and asks."""
        settings = self.engine.settings
        self.ask(settings.last_change, self._ask_to_undo, group="settings", awaited=True)

    def _ask_to_undo(self, change: ChangeView | None) -> None:
        if change is None:
            self.say("There is no change of the settings to take back, or the file was changed by hand since.")
            return
        settings, undo = self.engine.settings, self.key_of("settings.undo")

        def answered(choice: str | None) -> None:
            if choice:
                self.ask(
                    settings.undo,
                    lambda _: self._deleted(f"The change was taken back; {undo} brings it back."),
                    group="settings",
                    awaited=True,
                )

        self.app.push_screen(
            ConfirmDialog(
                "Take back the last change of the settings?",
                names=change.tables,
                notes=[f"It was made on {full_time(change.saved_at, self.snapshot.zone)}."],
                choices=[Choice("undo", "Take it back", "y")],
                opened_by=["settings.undo"],
                sign=self.signs.cursor,
            ),
            answered,
        )
