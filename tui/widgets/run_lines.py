"""A run in words, as lines of a panel: the same words wherever a run is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.runs import RunState
from tui.run_words import next_steps, what_it_is, where_it_stops
from tui.widgets.rows import Line, paragraph, wrapped
from tui.words import duration, full_progress, full_time, origin, sign_of, state_word, waits_for

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from core.engine.api import RunView
    from tui.action import KeyOf
    from tui.words import Signs

LABEL = 11
"""The columns that a label takes."""


def labelled(label: str, text: str, width: int, role: str = "") -> list[Line]:
    """Return a text beside its label, on as many lines as it needs."""
    rows = wrapped(text, max(10, width - LABEL))
    return [((f"{label if not number else '':<{LABEL}}", "label"), (row, role)) for number, row in enumerate(rows)]


def run_lines(run: RunView, *, width: int, now: datetime, zone: tzinfo, signs: Signs) -> list[Line]:
    """Return a run, going or ended, in words."""
    if run.state.ended:
        return ended_lines(run, label="Outcome", width=width, zone=zone, signs=signs)
    return going_lines(run, width=width, now=now, zone=zone, signs=signs)


def going_lines(run: RunView, *, width: int, now: datetime, zone: tzinfo, signs: Signs) -> list[Line]:
    """Return a run that is queued, waiting or running, in words."""
    since = f", since {full_time(run.started_at, zone)}" if run.started_at else ""
    what = f"{sign_of(run.state, signs)} {state_word(run.state)}{since}; run {run.id}, {origin(run)}"
    lines = labelled("Now", what, width, "going")
    if run.state in (RunState.QUEUED, RunState.WAITING):
        if run.waits_for:
            lines += labelled("Waits for", waits_for(run), width)
        return lines
    if run.progress:
        lines += labelled("Progress", full_progress(run.progress, now), width)
    if run.state is RunState.STOPPING:
        lines += labelled("Stops", where_it_stops(run), width, "warning")
    if counts := run.counts.in_words():
        lines += labelled("So far", counts, width)
    return lines


def ended_lines(run: RunView, *, label: str, width: int, zone: tzinfo, signs: Signs) -> list[Line]:
    """Return a run that ended, in words."""
    parts = [f"{sign_of(run.state, signs)} {state_word(run.state)}", full_time(run.started_at or run.queued_at, zone)]
    parts += [part for part in (duration(run), f"run {run.id}", origin(run)) if part]
    role = "good" if run.state is RunState.SUCCEEDED else "warning" if run.state.good else "bad"
    lines = labelled(label, ", ".join(parts), width, role)
    if run.message:
        lines += labelled("", run.message, width)
    counts = run.counts.in_words()
    if counts and counts not in run.message:
        lines += labelled("Counts", counts, width)
    return lines


def run_page_head(run: RunView, *, width: int, now: datetime, zone: tzinfo, signs: Signs, key_of: KeyOf) -> list[Line]:
    """Return a run under its title, with what can be done about it."""
    kind = what_it_is(run)
    title = f" {signs.dot} ".join(part for part in (f"run {run.id}", run.task, run.type, kind) if part)
    lines: list[Line] = paragraph(f"{signs.rule * 2} {title}", width, "title")
    lines += run_lines(run, width=width, now=now, zone=zone, signs=signs)
    for number, step in enumerate(next_steps(run, key_of)):
        lines += labelled("" if number else "To do", step, width)
    return lines
