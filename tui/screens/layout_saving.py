"""Saving a layout from its editor, and leaving the editor without losing anything unasked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import ChangedOutside, PendelError
from tui.screens.base import PendelScreen
from tui.screens.confirm import Choice, ConfirmDialog
from tui.screens.conflict import ConflictDialog, Difference, differences, merged

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.engine.api import Snapshot
    from core.engine.api.settings import TableView
    from tui.layout_draft import LayoutDraft
    from tui.screens.base import Context

_LEAVES = ("screen.", "app.quit")


class LayoutSaving(PendelScreen):
    """Saves the layout that a screen edits, and asks before what was changed is lost."""

    def __init__(self, context: Context, snapshot: Snapshot, draft: LayoutDraft) -> None:
        super().__init__(context, snapshot)
        self.draft = draft

    def draft_changed(self) -> None:
        """Show the changed layout, and try it soon."""
        raise NotImplementedError

    def was_saved(self, name: str) -> None:
        """Tell whoever opened the editor."""
        raise NotImplementedError

    def do_form_save(self) -> None:
        """Carry out ``form.save``."""
        self._save()

    def _save(self, then: Callable[[], object] | None = None) -> None:
        draft, settings = self.draft, self.engine.settings
        table, fingerprint, name = draft.table(), draft.fingerprint, draft.name

        def question() -> TableView:
            settings.save("layouts", "" if draft.is_new else name, table, fingerprint=fingerprint, new_name=name)
            return settings.table("layouts", name)

        def take(view: TableView) -> None:
            draft.saved(name, table, view.fingerprint)
            self.say(f"The layout {name} was saved.")
            self.was_saved(name)
            if then:
                then()

        self.ask(question, take, group="save", failed=self._not_saved)

    def _not_saved(self, error: PendelError) -> None:
        if isinstance(error, ChangedOutside) and not self.draft.is_new:
            settings, name = self.engine.settings, self.draft.name
            self.ask(lambda: settings.table("layouts", name), self._ask_conflict, group="save")
            return
        self.app.push_screen(
            ConfirmDialog(
                "The layout cannot be saved so.",
                notes=str(error).splitlines(),
                choices=[],
                way_out="Back",
                opened_by=["form.save"],
                sign=self.signs.cursor,
            )
        )

    def _ask_conflict(self, theirs: TableView) -> None:
        draft = self.draft
        found = differences(draft.base, draft.table(), theirs.values)

        def answered(taken: list[Difference] | None) -> None:
            if taken is None:
                return
            draft.remember()
            draft.accept(merged(draft.table(), taken))
            draft.saved(draft.name, theirs.values, theirs.fingerprint)
            self.draft_changed()
            self._save()

        self.app.push_screen(ConflictDialog(f"layout {draft.name}", found, signs=self.signs), answered)

    def leave_screen(self) -> None:
        """Leave the editor, unless something is to be saved first."""
        self._leave(self.app.pop_screen)

    def action_perform(self, action_id: str) -> None:
        """Carry an action out; ask before one that leaves the editor."""
        if self.draft.changed and action_id.startswith(_LEAVES):
            self._leave(lambda: super(LayoutSaving, self).action_perform(action_id))
        else:
            super().action_perform(action_id)

    def _leave(self, leave: Callable[[], object]) -> None:
        if not self.draft.changed:
            leave()
            return

        def answered(choice: str | None) -> None:
            if choice == "save":
                self._save(leave)
            elif choice == "leave":
                leave()

        self.app.push_screen(
            ConfirmDialog(
                f"Leave the layout {self.draft.name} without saving it?",
                notes=["What was changed since it was saved would be lost."],
                choices=[Choice("save", "Save", "s"), Choice("leave", "Leave", "y")],
                way_out="Stay",
                sign=self.signs.cursor,
            ),
            answered,
        )
