"""Sending records of flows again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.text import clean, counted
from tui.screens.base import PendelScreen
from tui.screens.confirm import Choice, ConfirmDialog

if TYPE_CHECKING:
    from collections.abc import Sequence


class FlowResending(PendelScreen):
    """The part of a screen that sends failures again."""

    def look_again(self) -> None:
        """Show what there is now."""
        raise NotImplementedError

    def send_again(self, task: str, keys: Sequence[str] = ()) -> None:
        """Send these failures of a flow again, or all."""
        flows = self.engine.flows

        def sent(number: int) -> None:
            self.say(f"{counted(number, 'record')} of {clean(task)} {'is' if number == 1 else 'are'} sent again now.")
            self.look_again()

        self.ask(lambda: flows.resend(task, list(keys)), sent, group="resend")

    def ask_to_send_again(self, task: str, failed: int) -> None:
        """Send all failures of a flow again, after asking."""
        if not failed:
            self.say(f"Nothing waits in the list of failures of {clean(task)}.")
            return

        def answered(choice: str | None) -> None:
            if choice:
                self.send_again(task)

        self.app.push_screen(
            ConfirmDialog(
                f"Send {counted(failed, 'record')} of {clean(task)} again?",
                notes=["Each is read anew from its source, and looked for at the target before it is created."],
                choices=[Choice("send", "Send again", "y")],
                opened_by=["flow.resend"],
                sign=self.signs.cursor,
            ),
            answered,
        )
