"""The first record as a feed layout renders it, beside the form in which the layout is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.text import counted
from tui.screens.base import PendelScreen
from tui.widgets.rows import Line, paragraph

if TYPE_CHECKING:
    from core.engine.api.files import FeedTrial
    from core.errors import PendelError
    from tui.words import Signs

Values = dict[str, Any]


class FeedPreviewing(PendelScreen):
    """The part of a screen that shows what a feed layout makes of the first record; it follows what is typed."""

    feed_trial: FeedTrial | None = None
    previewing = False

    def show_preview(self) -> None:
        """Show ``self.feed_trial``."""

    def begin_preview(self, layout: Values) -> None:
        """Ask the engine for the document of a layout, and show it when it is there."""
        self.previewing = True
        files = self.engine.files
        self.ask(lambda: files.try_feed(layout), self._take_preview, group="preview", failed=self._not_tried)

    def end_preview(self) -> None:
        """Show it no longer."""
        self.previewing, self.feed_trial = False, None

    def _take_preview(self, trial: FeedTrial) -> None:
        if self.previewing:
            self.feed_trial = trial
            self.show_preview()

    def _not_tried(self, error: PendelError) -> None:
        self.say(str(error))


def preview_lines(trial: FeedTrial, width: int, signs: Signs) -> list[Line]:
    """Return a document as lines, with what it is of."""
    if trial.failure:
        return paragraph(trial.failure, width, "warning")
    of = f"The first of {counted(trial.records, 'record')}" if trial.records else "The catalogue has no such record yet"
    lines: list[Line] = [((f"{signs.rule * 2} {of} {signs.dot} PgDn, PgUp", "title"),)]
    for line in trial.lines:
        indent = min(len(line) - len(line.lstrip(" ")), width // 2)
        lines += paragraph(line.lstrip(" "), width, indent=" " * indent, hanging="  ") or [()]
    return lines
