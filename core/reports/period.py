"""What a report looks back on: whole days in the time zone of the engine, or what came since its last run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as time_of_day
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from core.config.reports import Period

_MIDNIGHT = time_of_day()


@dataclass(frozen=True, slots=True)
class Span:
    """From a moment, included, until another."""

    since: datetime
    until: datetime
    zone: ZoneInfo

    @property
    def words(self) -> str:
        """The period in words: ``23 Nov 2026 to 29 Nov 2026``, with the times where it does not begin at midnight."""
        since, until = self.since.astimezone(self.zone), self.until.astimezone(self.zone)
        if since.time() == until.time() == _MIDNIGHT:
            last = until - timedelta(days=1)
            return f"{since:%d %b %Y} to {last:%d %b %Y}" if last.date() > since.date() else f"{since:%d %b %Y}"
        begin = f"{since:%d %b %Y}" if since.time() == _MIDNIGHT else f"{since:%d %b %Y %H:%M}"
        return f"{begin} to {until:%d %b %Y %H:%M}"


@dataclass(frozen=True, slots=True)
class Spans:
    """What one report looks back on."""

    runs: Span
    """In which runs ended."""
    changes: Span
    """In which records changed."""


def spans_of(
    period: Period,
    *,
    now: datetime,
    zone: ZoneInfo,
    watermark: datetime,
    runs_seen: datetime | None,
    changes_seen: datetime | None,
) -> Spans:
    """Return what a period means now; what was seen is where the last report of the task ended.

    The moments of the catalogue's blocks are not the clock's. A report that goes on from the last one ends where the
    catalogue does, so that the next one misses nothing.
    """
    runs = span_of(period, now=now, zone=zone, last_run=runs_seen)
    if period != "since_last_run":
        return Spans(runs, runs)
    return Spans(runs, Span(changes_seen or runs.since, watermark, zone))


def span_of(period: Period, *, now: datetime, zone: ZoneInfo, last_run: datetime | None = None) -> Span:
    """Return what a period means now; ``last_run`` is up to where the last report of the task looked."""
    today = now.astimezone(zone).date()
    match period:
        case "previous_week":
            monday = today - timedelta(days=today.weekday())
            days = (monday - timedelta(days=7), monday)
        case "previous_month":
            first = today.replace(day=1)
            days = ((first - timedelta(days=1)).replace(day=1), first)
        case "since_last_run" if last_run is not None:
            return Span(last_run, now, zone)
        case _:
            return Span(_midnight(today - timedelta(days=6), zone), now, zone)
    return Span(_midnight(days[0], zone), _midnight(days[1], zone), zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, _MIDNIGHT, zone)
