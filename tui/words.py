"""How the console says things: states with their signs, times in the configured zone, progress."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from core.runs import RunState, Trigger
from core.text import counted, file_size, time_span

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from core.engine.api import RunView, TaskView
    from core.runs import Progress


_NAMED = 8
"""Of a list of names, those that are shown at most."""


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs of the console. Every one stands beside a word or in a place that says the same."""

    states: dict[RunState, str]
    no_run: str
    cursor: str
    mark: str
    rule: str
    ascending: str
    descending: str
    ellipsis: str
    dot: str
    arrow: str
    bars: str
    """From the lowest to the highest."""


UNICODE = Signs(
    states={
        RunState.QUEUED: "○",
        RunState.WAITING: "◌",
        RunState.RUNNING: "►",
        RunState.STOPPING: "▪",
        RunState.INTERRUPTED: "?",
        RunState.SUCCEEDED: "✓",
        RunState.WARNINGS: "!",
        RunState.FAILED: "×",
        RunState.STOPPED: "■",
        RunState.SKIPPED: "»",
    },
    no_run="·",
    cursor="›",
    mark="*",
    rule="─",
    ascending="▲",
    descending="▼",
    ellipsis="…",
    dot="·",
    arrow="→",
    bars="▁▂▃▄▅▆▇█",
)

ASCII = Signs(
    states={
        RunState.QUEUED: "o",
        RunState.WAITING: "~",
        RunState.RUNNING: ">",
        RunState.STOPPING: "#",
        RunState.INTERRUPTED: "?",
        RunState.SUCCEEDED: "+",
        RunState.WARNINGS: "!",
        RunState.FAILED: "x",
        RunState.STOPPED: "#",
        RunState.SKIPPED: "-",
    },
    no_run=".",
    cursor=">",
    mark="*",
    rule="-",
    ascending="^",
    descending="v",
    ellipsis="~",
    dot="-",
    arrow="->",
    bars="12345678",
)

# Written out, so that the screen does not change with the locale of who looks at it.
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def shown_state(task: TaskView) -> RunState | None:
    """Return the state of the run that is going, else the outcome of the last; ``None`` where there was never one."""
    run = task.run or task.last_run
    return run.state if run else None


def state_word(state: RunState | None) -> str:
    """Return the word for a state."""
    return state.value if state else "never run"


def sign_of(state: RunState | None, signs: Signs) -> str:
    """Return the sign of a state."""
    return signs.states[state] if state else signs.no_run


_ROLES = {
    RunState.RUNNING: "going",
    RunState.STOPPING: "going",
    RunState.QUEUED: "faint",
    RunState.WAITING: "faint",
    RunState.SUCCEEDED: "good",
    RunState.WARNINGS: "warning",
    RunState.FAILED: "bad",
    RunState.INTERRUPTED: "bad",
    RunState.STOPPED: "warning",
    RunState.SKIPPED: "warning",
}


def role_of(state: RunState | None) -> str:
    """Return the role of a state: the style that its word is drawn in."""
    return _ROLES[state] if state else "faint"


def short_time(moment: datetime | None, now: datetime, zone: tzinfo) -> str:
    """Return a moment in at most nine characters: ``07:30`` today, ``Mon 07:30`` this week, ``23 Nov``."""
    if moment is None:
        return ""
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    if local.date() == today:
        return f"{local:%H:%M}"
    if abs(local.date() - today) < timedelta(days=7):
        return f"{_WEEKDAYS[local.weekday()]} {local:%H:%M}"
    month = _MONTHS[local.month - 1]
    return f"{local.day} {month}" if local.year == today.year else f"{month} {local.year}"


def full_time(moment: datetime, zone: tzinfo) -> str:
    """Return a moment with its day: ``Mon 23 Nov 2026 07:30:05``; without the seconds where they are zero."""
    local = moment.astimezone(zone)
    clock = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    return f"{_WEEKDAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year} {clock}"


def moments_in_words(moments: Sequence[datetime], zone: tzinfo) -> list[str]:
    """Return moments to come with their days, and a comma behind all but the last: ``Mon 23 Nov 07:30,``."""
    local = [moment.astimezone(zone) for moment in moments]
    words = [f"{_WEEKDAYS[each.weekday()]} {each.day} {_MONTHS[each.month - 1]} {each:%H:%M}" for each in local]
    return [f"{word}," for word in words[:-1]] + words[-1:]


def brief_progress(progress: Progress | None) -> str:
    """Return how far a run is, in five characters or fewer: ``45%``, ``12k``; empty where nothing is known."""
    if progress is None or not progress.done:
        return "0%" if progress and progress.total else ""
    if progress.total:
        # Never 100 before the end.
        return f"{min(99, progress.done * 100 // progress.total)}%"
    for size, unit in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if progress.done >= size:
            return f"{progress.done // size}{unit}"
    return str(progress.done)


def full_progress(progress: Progress, now: datetime) -> str:
    """Return how far a run is: ``apply, 12,000 of 50,000 rows, 3,000 rows/s, 12 s left``."""

    def amount(number: float) -> str:
        return file_size(number) if progress.unit == "bytes" else f"{round(number):,} {progress.unit}".rstrip()

    parts = [progress.step]
    if progress.done or progress.total:
        of_total = f" of {amount(progress.total)}" if progress.total else ""
        done = f"{progress.done:,}" if progress.total and progress.unit != "bytes" else amount(progress.done)
        parts.append(done + of_total)
    seconds = (now - progress.since).total_seconds() if progress.since else 0.0
    if progress.done and seconds >= 1:
        rate = progress.done / seconds
        parts.append(f"{amount(rate)}/s")
        if progress.total > progress.done:
            parts.append(f"about {time_span(max(1.0, (progress.total - progress.done) / rate))} left")
    return ", ".join(part for part in parts if part)


_TRIGGERS = {
    Trigger.PLANNED: "by plan",
    Trigger.MISSED: "made up for after a pause",
    Trigger.AFTER: "after another task",
    Trigger.ARRIVAL: "as a file arrived",
    Trigger.REVERT: "to put back what a run changed",
}


def origin(run: RunView) -> str:
    """Return why there is a run, and by whom: ``by plan``, ``by hand, anna (pts/3)``."""
    if run.reverts is not None:
        words = f"to put back what run {run.reverts} changed, by {run.requested_by}"
    else:
        words = _TRIGGERS.get(run.trigger) or f"by hand, {run.requested_by}"
    return f"dry run, {words}" if run.dry_run else words


def waits_for(run: RunView) -> str:
    """Return what a waiting run waits for."""
    return run.waits_for.removeprefix("waits for ")


def now_short(task: TaskView, now: datetime, zone: tzinfo) -> str:
    """Return what the run that is going does or waits for, in a few words."""
    run = task.run
    if run is None:
        return ""
    if run.state in (RunState.QUEUED, RunState.WAITING):
        return f"for {waits_for(run)}" if run.waits_for else "to begin"
    step = run.progress.step if run.progress else ""
    since = short_time(run.started_at, now, zone)
    words = ", ".join(part for part in (step, f"since {since}" if since else "") if part)
    return f"dry: {words}" if run.dry_run else words


def planned(task: TaskView, zone: tzinfo) -> str:
    """Return how often a task runs, and when next, or why it is not planned."""
    if task.next_run:
        return f"{task.frequency}; next {full_time(task.next_run, zone)}"
    return f"{task.frequency}; no run is planned{'' if task.active else ' while it is not active'}"


def some_of(names: Sequence[str]) -> str:
    """Return names as a list, without those of which there are too many: ``a, b and 192 more``."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def duration(run: RunView) -> str:
    """Return how long a run that ended took."""
    if run.started_at is None or run.ended_at is None:
        return ""
    return f"took {time_span((run.ended_at - run.started_at).total_seconds())}"


def task_in_words(task: TaskView, state: str = "") -> str:
    """Return a task as a dialog names it: ``20 webshop-articles (waiting): Changed articles to the webshop``."""
    told = f" ({state})" if state else ""
    return f"{'sys' if task.system else task.sequence} {task.id}{told}: {task.description}"


def tasks_in_words(number: int) -> str:
    """Return ``1 task``, ``3 tasks``."""
    return counted(number, "task")
