"""The question at the end, where runs are going."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens.confirm import Choice, ConfirmDialog
from tui.words import task_in_words, tasks_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.engine.api import TaskView


def quit_dialog(going: Callable[[], Sequence[TaskView]], *, sign: str) -> ConfirmDialog:
    """Return the dialog that asks whether to wait for the runs that are ``going``, to stop them, or to stay."""

    def question() -> str:
        number = len(going())
        what = tasks_in_words(number) if number else "Nothing"
        return f"{what} {'is' if number < 2 else 'are'} going{'' if number else ' any more'}. Quit?"

    return ConfirmDialog(
        question,
        names=lambda: [task_in_words(task, task.run.state) for task in going() if task.run],
        notes=["Waiting starts nothing more, and ends when they have ended."],
        choices=[Choice("wait", "Wait for them", "w"), Choice("stop", "Stop them", "s")],
        way_out="Stay",
        opened_by=["app.quit"],
        sign=sign,
    )
