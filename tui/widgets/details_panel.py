"""Everything about the task under the cursor, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.runs import RunState
from tui.widgets.rows import Line, Lines, text_of, wrapped
from tui.words import duration, full_progress, full_time, origin, sign_of, state_word

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from core.engine.api import RunView, TaskView
    from tui.words import Signs

_LABEL = 11


def details(task: TaskView, *, width: int, now: datetime, zone: tzinfo, signs: Signs) -> list[Line]:
    """Return the details of a task as lines of ``width`` columns, the most urgent first."""
    place = "system task" if task.system else f"sequence {task.sequence}"
    active = "active" if task.active else "not active"
    title = f" {signs.dot} ".join((task.id, task.type, place, active))
    lines: list[Line] = [((row, "title"),) for row in wrapped(f"{signs.rule * 2} {title}", width)]
    lines += [((text, ""),) for text in wrapped(task.description, width)]
    if task.run:
        lines += _going(task.run, width, now, zone, signs)
    if task.last_run:
        lines += _ended(task.last_run, width, zone, signs)
    else:
        lines += _labelled("Last run", "This task has never run.", width)
    planned = f"next {full_time(task.next_run, zone)}" if task.next_run else _why_unplanned(task)
    lines += _labelled("Planned", f"{task.frequency}; {planned}", width)
    return lines


def details_text(lines: list[Line]) -> str:
    """Return details as text for a clipboard."""
    return "\n".join(text_of(line).rstrip() for line in lines) + "\n"


def _why_unplanned(task: TaskView) -> str:
    return "no run is planned" if task.active else "no run is planned while it is not active"


def _labelled(label: str, text: str, width: int, role: str = "") -> list[Line]:
    rows = wrapped(text, max(10, width - _LABEL))
    return [((f"{label if not number else '':<{_LABEL}}", "label"), (row, role)) for number, row in enumerate(rows)]


def _going(run: RunView, width: int, now: datetime, zone: tzinfo, signs: Signs) -> list[Line]:
    since = f", since {full_time(run.started_at, zone)}" if run.started_at else ""
    what = f"{sign_of(run.state, signs)} {state_word(run.state)}{since}; run {run.id}, {origin(run)}"
    lines = _labelled("Now", what, width, "going")
    if run.state in (RunState.QUEUED, RunState.WAITING):
        if run.waits_for:
            lines += _labelled("Waits for", run.waits_for, width)
        return lines
    if run.progress:
        lines += _labelled("Progress", full_progress(run.progress, now), width)
    if counts := run.counts.in_words():
        lines += _labelled("So far", counts, width)
    return lines


def _ended(run: RunView, width: int, zone: tzinfo, signs: Signs) -> list[Line]:
    parts = [f"{sign_of(run.state, signs)} {state_word(run.state)}", full_time(run.started_at or run.queued_at, zone)]
    parts += [part for part in (duration(run), f"run {run.id}", origin(run)) if part]
    role = "good" if run.state is RunState.SUCCEEDED else "warning" if run.state.good else "bad"
    lines = _labelled("Last run", ", ".join(parts), width, role)
    if run.message:
        lines += _labelled("", run.message, width)
    counts = run.counts.in_words()
    if counts and counts not in run.message:
        lines += _labelled("Counts", counts, width)
    return lines


class DetailsPanel(Lines):
    """Shows the details of one task."""

    def __init__(self, signs: Signs) -> None:
        super().__init__(id="details", can_focus=True)
        self._signs = signs
        self._shown: tuple[TaskView | None, datetime, tzinfo] | None = None

    def take(self, task: TaskView | None, now: datetime, zone: tzinfo) -> None:
        """Show a task; none where the list is empty."""
        before = self._shown[0] if self._shown else None
        if before is None or task is None or task.id != before.id:
            self.top = 0
        self._shown = (task, now, zone)
        self._break_lines()

    def _break_lines(self) -> None:
        if self._shown is None or not self.display or not self.size.width:
            return
        task, now, zone = self._shown
        if task is None:
            self.show([((f"{self._signs.rule * 2} no task", "title"),)])
        else:
            self.show(details(task, width=self.size.width, now=now, zone=zone, signs=self._signs))

    def _on_resize(self) -> None:
        self._break_lines()
