"""Which runs are shown, and in what order: those that are going first, then ended ones, as far as they were fetched."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from core.engine.api.history import RunQuery
from core.runs import RunState
from tui.run_words import what_it_is

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from core.engine.api import RunView
    from core.engine.api.history import RunPage

PAGE = 100
"""Runs that are fetched at once."""

_GOING = tuple(state for state in RunState if not state.ended)
_ORDER = (RunState.STOPPING, RunState.RUNNING, RunState.WAITING, RunState.QUEUED, RunState.INTERRUPTED)


class OutcomeFilter(StrEnum):
    """Which runs are shown by their state; the key goes round in this order."""

    ALL = "all"
    GOING = "going"
    """Queued, waiting, running or stopping."""
    TROUBLE = "not succeeded"
    FAILED = "failed"
    WARNINGS = "with warnings"
    SUCCEEDED = "succeeded"

    @property
    def states(self) -> tuple[RunState, ...]:
        """The states that pass; empty: all."""
        return _STATES[self]


_STATES = {
    OutcomeFilter.ALL: (),
    OutcomeFilter.GOING: _GOING,
    OutcomeFilter.TROUBLE: (RunState.WARNINGS, RunState.FAILED, RunState.STOPPED, RunState.SKIPPED),
    OutcomeFilter.FAILED: (RunState.FAILED,),
    OutcomeFilter.WARNINGS: (RunState.WARNINGS,),
    OutcomeFilter.SUCCEEDED: (RunState.SUCCEEDED,),
}


class Dates(StrEnum):
    """Which runs are shown by the day on which they were queued; the key goes round in this order."""

    ALL = "all dates"
    TODAY = "today"
    WEEK = "this week"
    MONTH = "this month"

    def since(self, now: datetime, zone: tzinfo) -> datetime | None:
        """Return the first moment of the time, as clocks in the zone have it; None for all."""
        today = now.astimezone(zone).date()
        first = {
            Dates.TODAY: today,
            Dates.WEEK: today - timedelta(days=today.weekday()),
            Dates.MONTH: today.replace(day=1),
        }.get(self)
        return datetime(first.year, first.month, first.day, tzinfo=zone) if first else None


class RunList:
    """The runs of a screen. What is going comes from snapshots; the rest was fetched from the history, in pages."""

    def __init__(self) -> None:
        self.words = ""
        self.task = ""
        self.outcomes = OutcomeFilter.ALL
        self.dates = Dates.ALL
        self.more: int | None = None
        """From where the next page goes on; None where everything was fetched."""
        self._live: dict[int, RunView] = {}
        self._fetched: dict[int, RunView] = {}

    # -- what is looked for ---------------------------------------------------------------------------------------

    @property
    def filtered(self) -> bool:
        """Whether some runs are left out."""
        narrowed = self.outcomes is not OutcomeFilter.ALL or self.dates is not Dates.ALL
        return bool(self.words or self.task or narrowed)

    def clear_filter(self) -> None:
        """Leave none out."""
        self.words, self.task, self.outcomes, self.dates = "", "", OutcomeFilter.ALL, Dates.ALL

    def filter_in_words(self) -> str:
        """Return what is left in."""
        parts = (
            repr(self.words) if self.words else "",
            f"task {self.task}" if self.task else "",
            "" if self.outcomes is OutcomeFilter.ALL else self.outcomes.value,
            "" if self.dates is Dates.ALL else self.dates.value,
        )
        return ", ".join(part for part in parts if part)

    def query(self, now: datetime, zone: tzinfo) -> RunQuery:
        """Return what the history is asked for."""
        return RunQuery(self.task, self.outcomes.states, self.dates.since(now, zone), None, self.words)

    # -- taking runs ----------------------------------------------------------------------------------------------

    def take_live(self, runs: Iterable[RunView], *, progress: bool) -> None:
        """Take the runs that are going; how far they are only where ``progress`` says so."""
        fresh: dict[int, RunView] = {}
        for run in runs:
            known = self._live.get(run.id)
            if known is not None and not progress and known.state is run.state:
                run = replace(run, progress=known.progress, counts=known.counts)  # noqa: PLW2901 - the same run
            fresh[run.id] = run
        self._live = fresh

    def begin(self, page: RunPage) -> None:
        """Take the first page of a new query."""
        self._fetched = {run.id: run for run in page.runs}
        self.more = page.next_before

    def extend(self, page: RunPage) -> None:
        """Take the page after those fetched."""
        self._fetched |= {run.id: run for run in page.runs}
        self.more = page.next_before

    def renew(self, page: RunPage) -> None:
        """Take the first page again, with what is new in it; begin anew where it leaves a gap."""
        if len(page.runs) >= PAGE and page.runs[-1].id > max(self._fetched, default=0):
            self.begin(page)
        else:
            # One that is no longer going may no longer pass the filter.
            self._fetched = {number: run for number, run in self._fetched.items() if run.state.ended}
            self._fetched |= {run.id: run for run in page.runs}

    # -- what is shown --------------------------------------------------------------------------------------------

    def shown(self, now: datetime, zone: tzinfo) -> list[RunView]:
        """Return the runs in their order."""
        query = self.query(now, zone)
        going = [run for run in self._live.values() if _passes(run, query)]
        going += [run for run in self._fetched.values() if not run.state.ended and run.id not in self._live]
        going.sort(key=lambda run: (_ORDER.index(run.state), run.id))
        ended = sorted((run for run in self._fetched.values() if run.state.ended), key=lambda run: -run.id)
        return going + ended


def _passes(run: RunView, query: RunQuery) -> bool:
    if query.task and run.task != query.task:
        return False
    if query.states and run.state not in query.states:
        return False
    if query.since is not None and run.queued_at < query.since:
        return False
    if not query.words:
        return True
    said = (run.task, run.type, run.state, run.requested_by, str(run.id), run.message, what_it_is(run), run.waits_for)
    text = " ".join(said).casefold()
    return all(word in text for word in query.words.casefold().split())
