"""What a message says: of trouble, of its end, of several at once, and of a day."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.engine.alerts.rules import DIGEST, FAILED, LONG, OVERDUE, REPORT, SKIPPED, TEST, WELL
from core.runs import RunState
from core.text import clean, counted, listed, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from core.engine.api import TaskView
    from core.store.journal.alerts import Alert, Streak
    from core.store.journal.tallies import Ended

_TITLES = {
    FAILED: "{} failed",
    SKIPPED: "{} was skipped",
    OVERDUE: "{} is overdue",
    LONG: "{} takes long",
    WELL: "{} is well again",
}
_LISTED = 20
"""Tasks that a digest names one by one in each of its parts."""
_REASON_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent at once."""

    title: str
    text: str
    tasks: tuple[str, ...]
    """One for each alert in it; empty for a digest or a test."""
    outcomes: tuple[str, ...]
    """One for each alert in it."""
    html: str = ""
    """The same as markup, for mail; empty where there is only the text."""
    files: tuple[tuple[str, Path], ...] = ()
    """Name and place of what goes with it."""

    @property
    def good(self) -> bool:
        """Whether it tells of no trouble."""
        return set(self.outcomes) <= {WELL, DIGEST, TEST, REPORT}


def title_of(kind: str, task: str) -> str:
    """Return the first line of a message about a task."""
    return _TITLES[kind].format(task)


def local(moment: datetime, zone: ZoneInfo) -> str:
    """Return a moment as a message has it."""
    return f"{moment.astimezone(zone):%a %Y-%m-%d %H:%M}"


def trouble(description: str, reason: str, *, at: datetime, run: int | None, zone: ZoneInfo) -> str:
    """Return what is wrong with a task, and why."""
    which = f"Run {run}, {local(at, zone)}" if run else local(at, zone)
    return f"{clean(description)}\n{which}: {clean(reason, limit=_REASON_LENGTH)}"


def well(description: str, streaks: Iterable[Streak], good: Ended, zone: ZoneInfo) -> str:
    """Return that a task is well, and what was wrong with it."""
    said = {FAILED: "failed", SKIPPED: "was skipped", OVERDUE: "was overdue", LONG: "took long"}
    parts = [
        f"{said[one.kind]}{f' {one.times:,} times' if one.times > 1 else ''} since {local(one.since, zone)}"
        for one in streaks
    ]
    reason = clean(good.message, limit=_REASON_LENGTH)
    return f"{clean(description)}\nIt {listed(parts, last='and')}.\nRun {good.run}, {local(good.at, zone)}: {reason}"


def together(alerts: Sequence[Alert]) -> Message:
    """Return alerts as one message."""
    tasks, outcomes = tuple(one.task for one in alerts), tuple(one.outcome for one in alerts)
    if len(alerts) == 1:
        return Message(alerts[0].title, alerts[0].text, tasks if tasks[0] else (), outcomes)
    title = shorten(f"{counted(len(alerts), 'alert')}: {'; '.join(one.title for one in alerts)}", 120)
    text = "\n\n".join(f"{one.title}\n{one.text}" for one in alerts)
    return Message(title, text, tasks, outcomes)


def digest(ended: Sequence[Ended], tasks: Sequence[TaskView], streaks: Sequence[Streak], zone: ZoneInfo) -> str:
    """Return what ran in a day, what failed, what is off or in trouble, and what comes next."""
    states = Counter(one.state for one in ended)
    ran = listed([f"{number:,} {state}" for state, number in sorted(states.items())], last="and")
    parts = [f"Runs: {ran}." if ran else "Nothing ran."]
    failures = [one for one in ended if one.state is RunState.FAILED]
    failed = Counter(one.task for one in failures)
    last = {one.task: one for one in failures}
    parts += _part(
        "Failed",
        [
            f"{task}{f', {number:,} times' if number > 1 else ''}: {clean(last[task].message, limit=200)}"
            for task, number in failed.items()
        ],
    )
    parts += _part("In trouble", [f"{title_of(one.kind, one.task)}, since {local(one.since, zone)}" for one in streaks])
    parts += _part("Off", [task.id for task in tasks if not task.active])
    coming = sorted((task.next_run, task.id) for task in tasks if task.next_run is not None)
    parts += _part("Next", [f"{local(moment, zone)} {task}" for moment, task in coming])
    return "\n".join(parts)


def _part(heading: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    more = [f"  and {len(lines) - _LISTED:,} more"] if len(lines) > _LISTED else []
    return ["", f"{heading}:", *(f"  {line}" for line in lines[:_LISTED]), *more]
