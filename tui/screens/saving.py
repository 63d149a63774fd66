"""Asking where something is to be saved, and saving it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import PendelError
from core.text import clean
from tui.saving import place_for
from tui.screens.asking import AskingScreen
from tui.screens.confirm import Choice, ConfirmDialog
from tui.screens.prompt import PromptDialog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class SavingScreen(AskingScreen):
    """The part of a screen that saves what it shows to files of the user's own."""

    def ask_where_to_save(
        self,
        question: str,
        name: str,
        *,
        what: str,
        write: Callable[[Path, bool], None],
        notes: Sequence[str] = (),
    ) -> None:
        """Ask for a file, with a proposal, and before one is overwritten; then let ``write`` write it in a thread.

        ``write`` is given the place, and whether it overwrites; ``what`` it was is said when it is done.
        """

        def save(path: Path, *, overwrite: bool) -> None:
            def saved(_: None) -> None:
                self.say(f"{what} went to {clean(str(path))}.")

            self.ask(lambda: write(path, overwrite), saved, group="save")

        def named(name: str | None) -> None:
            if name is None:
                return
            try:
                path, exists = place_for(name)
            except PendelError as error:
                self.say(str(error))
                return
            if not exists:
                save(path, overwrite=False)
                return
            ask = ConfirmDialog(
                f"{clean(str(path))} exists already. Overwrite it?",
                choices=[Choice("overwrite", "Overwrite", "y")],
                sign=self.signs.cursor,
            )
            self.app.push_screen(ask, lambda choice: save(path, overwrite=True) if choice else None)

        here = f"From {clean(str(Path.cwd()))}."
        self.app.push_screen(PromptDialog(question, value=name, notes=[*notes, here]), named)
