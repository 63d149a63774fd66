"""One run, whole, in parts: how it went, samples, rejects, files and its log."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Vertical
from textual.message import Message

from core.text import counted
from tui.action import Scope
from tui.run_parts import file_lines, log_lines, outcome_lines, reject_lines, sample_lines
from tui.screens.run_commands import RunCommands
from tui.widgets.rows import Line, Lines, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from core.engine.api import LogLine, RunView, Snapshot
    from core.engine.api.history import LogPage, Reject, RejectPage, RunDetails
    from tui.screens.base import Context

PAGE = 200
"""Rejects or lines of the log that are fetched at once."""


class Part(StrEnum):
    """What the screen shows of the run; the key goes round in this order."""

    OUTCOME = "Outcome"
    SAMPLES = "Samples"
    REJECTS = "Rejects"
    FILES = "Files"
    LOG = "Log"


class PartPanel(Lines):
    """Shows one part of a run, and says when it was moved to one of its ends: there may be more."""

    class EndReached(Message):
        """The first line is in view, or the last."""

        def __init__(self, *, bottom: bool) -> None:
            super().__init__()
            self.bottom = bottom

    def move(self, lines: int) -> None:
        """Scroll by that many lines."""
        super().move(lines)
        if lines > 0 and self.top >= len(self.lines) - self.size.height:
            self.post_message(self.EndReached(bottom=True))
        elif lines < 0 and self.top == 0:
            self.post_message(self.EndReached(bottom=False))

    def move_to_end(self, *, bottom: bool) -> None:
        """Scroll to the first line or the last."""
        self.move(len(self.lines) if bottom else -len(self.lines))


class RunScreen(RunCommands):
    """Shows a run that goes as it goes, and one that ended from the history."""

    scope: ClassVar[Scope] = Scope.RUN

    def __init__(self, context: Context, snapshot: Snapshot, run: RunView, part: Part = Part.OUTCOME) -> None:
        super().__init__(context, snapshot)
        self.run_ = run
        self.part = part
        self.details: RunDetails | None = None
        self._tabs = Lines(id="parts")
        self._panel_ = PartPanel(id="part", can_focus=True)
        self._rejects: list[Reject] = []
        self._more_rejects: int | None = 0
        self._log: list[LogLine] = []
        self._earlier = False
        self._log_seen = -1
        self._words = ""

    def compose_body(self) -> Iterable[Widget]:
        """Return the names of the parts, and the part that is shown."""
        return (Vertical(self._tabs, self._panel_, id="run"),)

    @property
    def main_panel(self) -> Widget:
        """The part that is shown."""
        return self._panel_

    @property
    def current_run(self) -> RunView | None:
        """The run that is shown."""
        return self.run_

    def on_mount(self) -> None:
        """Ask for the run, its rejects and its log."""
        self._load()

    # -- asking the history ---------------------------------------------------------------------------------------

    def _load(self) -> None:
        history, run = self.engine.history, self.run_.id
        self.ask(lambda: history.run(run), self._take_details, group="run", awaited=True, reads=True)
        self.ask(lambda: history.rejects(run, limit=PAGE), self._take_first_rejects, group="rejects")
        self._log_seen = self.snapshot.log_number
        self.ask(lambda: history.log(run, limit=PAGE), self._take_latest_log, group="log")

    def _take_details(self, details: RunDetails) -> None:
        self.details = details
        if details.run.state.ended or self.live(self.run_.id) is None:
            self.run_ = details.run
        self._draw()

    def _take_first_rejects(self, page: RejectPage) -> None:
        self._rejects, self._more_rejects = list(page.rejects), page.next_start
        self._draw()

    def _take_more_rejects(self, page: RejectPage) -> None:
        self._rejects += page.rejects
        self._more_rejects = page.next_start
        self._draw()

    def _take_latest_log(self, page: LogPage) -> None:
        self._log, self._earlier = list(page.lines), page.earlier
        self._draw()
        if self.part is Part.LOG:
            self._panel_.move_to_end(bottom=True)

    def _take_new_log(self, page: LogPage) -> None:
        following = self._panel_.top >= len(self._panel_.lines) - self._panel_.size.height
        self._log += [line for line in page.lines if not self._log or line.number > self._log[-1].number]
        self._draw()
        if self.part is Part.LOG and following:
            Lines.move_to_end(self._panel_, bottom=True)

    def _take_earlier_log(self, page: LogPage) -> None:
        before = len(self._panel_.lines)
        self._log, self._earlier = [*page.lines, *self._log], page.earlier
        self._draw()
        if self.part is Part.LOG:
            # What was read stays in view.
            Lines.move(self._panel_, len(self._panel_.lines) - before)

    @on(PartPanel.EndReached)
    def _fetch_more(self, message: PartPanel.EndReached) -> None:
        history, run = self.engine.history, self.run_.id
        if message.bottom and self.part is Part.REJECTS and self._more_rejects:
            start = self._more_rejects
            self._more_rejects = None
            self.ask(lambda: history.rejects(run, start=start, limit=PAGE), self._take_more_rejects, group="rejects")
        elif not message.bottom and self.part is Part.LOG and self._earlier and self._log:
            first = self._log[0].number
            self._earlier = False
            self.ask(lambda: history.log(run, before=first, limit=PAGE), self._take_earlier_log, group="earlier log")

    # -- what is shown --------------------------------------------------------------------------------------------

    def show(self, *, progress: bool) -> None:
        """Show how far the run is while it goes, and the whole of it once it has ended."""
        live = self.live(self.run_.id)
        if live is not None:
            if progress or live.state is not self.run_.state:
                self.run_ = live
                self._draw()
            if progress and self.snapshot.log_number != self._log_seen:
                self._ask_for_new_log()
        elif not self.run_.state.ended and self.details is not None:
            self.details = None
            self._load()

    def _ask_for_new_log(self) -> None:
        history, run = self.engine.history, self.run_.id
        last = self._log[-1].number if self._log else 0
        self._log_seen = self.snapshot.log_number
        self.ask(lambda: history.log(run, after=last, limit=1000), self._take_new_log, group="new log")

    def _draw(self) -> None:
        if self._panel_.size.width:
            self._tabs.show([self._tab_line(self._tabs.size.width)])
            self._panel_.show(self._lines(self._panel_.size.width))
            self.stand()

    def _tab_line(self, width: int) -> Line:
        numbers = {
            Part.SAMPLES: len(self.details.samples) if self.details else 0,
            Part.REJECTS: max(self.run_.counts.rejected, self.details.rejects_kept if self.details else 0),
            Part.FILES: max(len(self.details.files), len(self.details.arrived)) if self.details else 0,
        }
        line: list[tuple[str, str]] = []
        for part in Part:
            name = f"{part} {numbers[part]:,}" if numbers.get(part) and width >= 60 else part.value
            line.append((f"[{name}]", "cursor") if part is self.part else (f" {name} ", "label"))
        return tuple(line)

    def _lines(self, width: int) -> list[Line]:
        zone, signs = self.snapshot.zone, self.signs
        match self.part:
            case Part.OUTCOME:
                now = self.context.clock()
                task = self.task_of(self.run_)
                lines = outcome_lines(
                    self.run_, self.details, task, width=width, now=now, zone=zone, signs=signs, key_of=self.key_of
                )
            case Part.SAMPLES:
                lines = sample_lines(self.run_, self.details, width=width, signs=signs, key_of=self.key_of)
            case Part.REJECTS:
                lines = reject_lines(self.run_, self.details, self._rejects, width=width, key_of=self.key_of)
            case Part.FILES:
                lines = file_lines(self.run_, self.details, width=width, zone=zone)
            case _:
                earlier = self.key_of("move.top") if self._earlier else ""
                lines = log_lines(self._log, earlier=earlier, width=width, zone=zone)
        words = self._words.casefold().split()
        return [line for line in lines if all(word in text_of(line).casefold() for word in words)]

    def standing_words(self) -> str:
        """Say what is filtered, and where there is more."""
        parts = []
        if self._words:
            parts.append(f"Only lines with {self._words!r}, {len(self._panel_.lines):,} of them; esc shows all.")
        if self.part is Part.REJECTS and self._more_rejects:
            parts.append(f"{counted(len(self._rejects), 'reject')} fetched; there are more below.")
        if self.part is Part.LOG and self._earlier:
            parts.append(f"There are earlier lines above; {self.key_of('move.top')} fetches them.")
        if self.snapshot.notice:
            parts.append(self.snapshot.notice)
        return " ".join(parts)

    def after_layout(self) -> None:
        """Fill panels that have just been shown."""
        super().after_layout()
        self._draw()

    def on_resize(self) -> None:
        """Break the lines anew."""
        self.call_after_refresh(self._draw)

    def copied(self) -> tuple[str, str]:
        """Return the part that is shown."""
        lines = self._lines(100)
        text = "\n".join(text_of(line).rstrip() for line in lines) + "\n"
        return text, f"The part {self.part} of run {self.run_.id}"

    # -- actions --------------------------------------------------------------------------------------------------

    @property
    def filter_words(self) -> str:
        """The words that the lines are filtered by."""
        return self._words

    def set_filter(self, words: str) -> None:
        """Show only the lines in which every word occurs."""
        self._words = words
        self._draw()

    def do_run_part(self) -> None:
        """Carry out ``run.part``."""
        self._turn(1)

    def do_run_part_before(self) -> None:
        """Carry out ``run.part_before``."""
        self._turn(-1)

    def do_run_log(self) -> None:
        """Carry out ``run.log``."""
        self._turn_to(Part.LOG)

    def _turn(self, step: int) -> None:
        parts = list(Part)
        self._turn_to(parts[(parts.index(self.part) + step) % len(parts)])

    def _turn_to(self, part: Part) -> None:
        self.part = part
        self._words = ""
        self._panel_.top = 0
        self._draw()
        if part is Part.LOG:
            # The end says how it came out.
            Lines.move_to_end(self._panel_, bottom=True)

    def leave_screen(self) -> None:
        """Leave the run."""
        self.app.pop_screen()
