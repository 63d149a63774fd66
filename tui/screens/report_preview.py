"""A report as text, before anything is sent: from a layout, a task, or a form with either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.text import clean
from tui.screens.asking import AskingScreen
from tui.screens.reading import TextScreen

if TYPE_CHECKING:
    from core.engine.api.files import ReportTrial

REPORT = "report"
"""The direction of the layouts, and the type of the tasks."""


class ReportPreview(AskingScreen):
    """The part of a screen that shows reports."""

    def preview_task(self, task: dict[str, Any]) -> None:
        """Show the report of a task with these settings."""
        settings, files, name = self.engine.settings, self.engine.files, str(task.get("layout", ""))
        width = self.size.width - 1

        def question() -> ReportTrial:
            return files.try_report(settings.table("layouts", name).values, task, width=width)

        self._show(question)

    def preview_layout(self, layout: dict[str, Any]) -> None:
        """Show the report of a layout, as a task without settings of its own would make it."""
        files, width = self.engine.files, self.size.width - 1
        self._show(lambda: files.try_report(layout, {}, width=width))

    def _show(self, question: Any) -> None:
        self.say("Asking the queries of the report. The preview comes when they have answered.")
        self.ask(question, self._shown, group="report")

    def _shown(self, trial: ReportTrial) -> None:
        if trial.problems:
            self.say(f"There is no report yet: {clean(trial.problems[0])}")
            return
        self.say("")
        self.app.push_screen(TextScreen(trial.lines))
