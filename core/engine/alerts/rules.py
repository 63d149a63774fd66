"""What counts for a task: its own rules over those of ``[alerts]``; and until when quiet hours hold a message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from core.planning.local_time import moment_of

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from core.config.alerts import AlertSettings, Quiet
    from core.config.tasks import TaskBase

FAILED, SKIPPED, OVERDUE, LONG = "failed", "skipped", "overdue", "long"
WELL, DIGEST, TEST, REPORT = "well", "digest", "test", "report"


@dataclass(frozen=True, slots=True)
class Rule:
    """What somebody is told of one task."""

    kinds: frozenset[str]
    to: tuple[str, ...]
    long: timedelta | None
    overdue: timedelta | None
    urgent: bool

    def tells(self, kind: str) -> bool:
        """Whether anybody is told of trouble of this kind."""
        return bool(self.to) and kind in self.kinds


def rule_of(task: TaskBase, alerts: AlertSettings) -> Rule:
    """Return what counts for a task."""
    own = task.alerts
    if own is not None and own.muted:
        return Rule(frozenset(), (), None, None, urgent=False)
    kinds = alerts.on if own is None or own.on is None else own.on
    to = alerts.to if own is None or own.to is None else own.to
    minutes = alerts.long_minutes if own is None or own.long_minutes is None else own.long_minutes
    hours = alerts.overdue_hours if own is None or own.overdue_hours is None else own.overdue_hours
    return Rule(
        kinds=frozenset(kinds),
        to=tuple(dict.fromkeys(to)),
        long=timedelta(minutes=minutes) if minutes is not None else None,
        overdue=timedelta(hours=hours) if hours is not None else None,
        urgent=own is not None and own.urgent,
    )


def held_until(moment: datetime, quiet: Quiet | None, zone: ZoneInfo) -> datetime:
    """Return when what came up at a moment may be told: at once, or at the end of the quiet hours it lies in."""
    if quiet is None:
        return moment
    local = moment.astimezone(zone)
    time, day = local.time(), local.date()
    if quiet.from_time < quiet.until:
        inside = quiet.from_time <= time < quiet.until
    else:
        inside = time >= quiet.from_time or time < quiet.until
        if time >= quiet.from_time:
            day += timedelta(days=1)
    if not inside:
        return moment
    # On the night the clocks go back, the end may come twice; it has passed once it came first.
    return max(moment, moment_of(day, quiet.until, zone)[0])
