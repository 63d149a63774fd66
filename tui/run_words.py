"""How the console speaks of a run: what it is, what it did or does, where it stops, and how a task's runs went."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from core.runs import FLOWS, IMPORTS, RunState, Trigger
from core.text import counted, time_span
from tui.words import full_progress, full_time, short_time, sign_of, state_word, waits_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from core.engine.api import RunView
    from core.engine.api.history import FieldDifference, Reject, RunOutcome
    from tui.action import KeyOf
    from tui.words import Signs

AUTO_IMPORT, ETL, REVERT = "auto-import", "etl", "revert"
_EXPORTS = ("export", "csv-export", "export-artikelbeheer", "artconnect-settings", "artconnect-users")
_NOT_BEGUN = (RunState.QUEUED, RunState.WAITING, RunState.INTERRUPTED)


def what_it_is(run: RunView) -> str:
    """Return what kind of run it is, where it is no plain one: ``dry run``, ``revert of run 12``."""
    if run.reverts is not None:
        return f"{'dry run of a ' if run.dry_run else ''}revert of run {run.reverts}"
    return "dry run" if run.dry_run else ""


def where_it_stops(run: RunView) -> str:
    """Return where a stop takes effect, and what that means: what follows on "It stops"."""
    progress = run.progress
    if run.state in _NOT_BEGUN:
        return "at once: it has not begun."
    if run.dry_run:
        return "at once; a dry run changes nothing."
    if progress and progress.block:
        if progress.done >= progress.total:
            return "at its end: all blocks are written."
        return (
            f"at the end of block {progress.block_number:,} of {progress.blocks:,}, with about {progress.block_end:,} "
            f"of {progress.total:,} {progress.unit} written. They stay; the next run does the rest."
        )
    if run.type in IMPORTS:
        return "at once: nothing of the file in hand is imported. What was committed before stays."
    if run.type in FLOWS:
        return "after the record that is being sent. What was sent stays; the next run goes on with the rest."
    if run.type == ETL:
        return "at once, and nothing is changed; unless it was committed just now, then all of it is."
    if run.type == REVERT:
        return "at once, and nothing is put back; unless it was committed just now, then all of it is."
    if run.type in _EXPORTS:
        return (
            "at once: a file that is being sent does not appear. Files that were sent stay; the cursor does not move."
        )
    return "at the end of the step that it is in. What is done stays."


def how_long(run: RunView, now: datetime) -> str:
    """Return how long a run took, or has been going."""
    if run.started_at is None:
        return ""
    return time_span(max(0.0, ((run.ended_at or now) - run.started_at).total_seconds()))


def in_a_line(run: RunView, now: datetime) -> str:
    """Return what a run does, waits for, or came to, for the last column of a list."""
    kind = what_it_is(run)
    if run.state in (RunState.QUEUED, RunState.WAITING):
        said = f"waits for {waits_for(run)}" if run.waits_for else "about to begin"
    elif not run.state.ended:
        doing = full_progress(run.progress, now) if run.progress else ""
        said = "; ".join(part for part in (doing, run.counts.in_words()) if part)
    else:
        # Counts alone would not say that one of several files was not taken.
        counts = run.counts.in_words() if run.state.good and run.type != AUTO_IMPORT else ""
        said = counts or run.message
    return f"{kind}: {said}" if kind and said else kind or said


_BY = {
    Trigger.PLANNED: "by plan",
    Trigger.MISSED: "by plan, late",
    Trigger.AFTER: "after another",
    Trigger.ARRIVAL: "a file arrived",
}


def asked_by(run: RunView) -> str:
    """Return who or what asked for a run, in a word or two."""
    return _BY.get(run.trigger, run.requested_by)


_COUNTS = {
    "read": "accepted from the files",
    "new": "were not there before",
    "changed": "differ from what was kept",
    "unchanged": "are as they were",
    "archived": "are not in the file any more",
    "restored": "come back from the archive",
    "rejected": "could not be taken",
    "written": "stand in the files",
}


_WITHOUT_FILE = {"archived": "go into the archive"}
_OF_FLOWS = {
    "read": "came from the source",
    "new": "were not at the target before",
    "changed": "were there, and are updated",
    "unchanged": "are left as they are",
    "rejected": "could not be sent",
    "written": "stand in the catalogue",
}


def counts_table(run: RunView) -> list[str]:
    """Return the counts of a run as the rows of a table; of an import, those that are zero say something, too."""
    always = frozenset(_COUNTS) - {"written"} if run.type in IMPORTS else frozenset()
    rows = [(name, number) for name, number in asdict(run.counts).items() if number or name in always]
    width = max((len(f"{number:,}") for _, number in rows), default=0)
    words = _COUNTS if run.type in IMPORTS else {**_COUNTS, **_WITHOUT_FILE}
    if run.type in FLOWS:
        words |= _OF_FLOWS
    return [f"{name:<9} {number:>{width},}  {words[name]}" for name, number in rows]


def difference_in_words(change: FieldDifference, arrow: str, *, new_record: bool) -> str:
    """Return what becomes of a field: ``gross_price: 2.50 → 9.99``; of a new record, only what it will be."""
    if new_record:
        # A record of a feed is shown as a whole.
        return f"{change.field}: {change.new}" if change.field else str(change.new)
    old, new = ("(empty)" if value is None else value for value in (change.old, change.new))
    return f"{change.field}: {old} {arrow} {new}"


def reject_in_words(reject: Reject) -> str:
    """Return where and why a record was rejected."""
    place = f"line {reject.line:,}" if reject.line else "a line"
    if reject.entity:
        place += f" as {reject.entity}"
    name = reject.column or reject.field
    if reject.column and reject.field and reject.column != reject.field:
        name = f"{reject.column} ({reject.field})"
    value = f" “{reject.value}”" if reject.value else ""
    return f"{place}{f', {name}{value}' if name else value}: {reject.reason}"


# -- how the runs of a task went ---------------------------------------------------------------------------------------


def sparkline(outcomes: Sequence[RunOutcome], signs: Signs) -> tuple[str, str]:
    """Return a sign for how each run ended and one for how long it took, oldest first; the tallest took longest."""
    longest = max((outcome.seconds or 0.0 for outcome in outcomes), default=0.0)
    bars = signs.bars

    def bar(seconds: float | None) -> str:
        if seconds is None:
            return " "
        return bars[min(len(bars) - 1, int(seconds / longest * len(bars)))] if longest else bars[0]

    ended = "".join(sign_of(outcome.state, signs) for outcome in outcomes)
    return ended, "".join(bar(outcome.seconds) for outcome in outcomes)


def sparkline_legend(outcomes: Sequence[RunOutcome], signs: Signs) -> str:
    """Return in words what a sparkline shows."""
    states = dict.fromkeys(outcome.state for outcome in outcomes)
    numbers = {state: sum(outcome.state is state for outcome in outcomes) for state in states}
    told = ", ".join(f"{sign_of(state, signs)} {state_word(state)} {number}" for state, number in numbers.items())
    took = sorted(outcome.seconds for outcome in outcomes if outcome.seconds is not None)
    if not took:
        return told
    shortest, median, longest = (time_span(took[place]) for place in (0, len(took) // 2, -1))
    return f"{told}; took {shortest}" + (f" to {longest}, {median} as a rule" if longest != shortest else "")


def history_lines(task: str, outcomes: Sequence[RunOutcome], signs: Signs, width: int) -> list[str]:
    """Return the last runs of a task as a sparkline with its legend, in three rows."""
    if not outcomes:
        return [f"{task} has no run of its own that ended.", "", ""]
    shown = outcomes[-max(1, width - 10) :]
    ended, took = sparkline(shown, signs)
    legend = sparkline_legend(shown, signs)
    return [f"Outcome   {ended}", f"Duration  {took}", f"Last {counted(len(shown), 'run')}: {legend}"]


def times(run: RunView, zone: tzinfo) -> str:
    """Return when a run was queued, began and ended."""
    parts = [f"queued {full_time(run.queued_at, zone)}"]
    for word, moment in (("began", run.started_at), ("ended", run.ended_at)):
        if moment:
            same_day = moment.astimezone(zone).date() == run.queued_at.astimezone(zone).date()
            parts.append(
                f"{word} {moment.astimezone(zone):%H:%M:%S}" if same_day else f"{word} {full_time(moment, zone)}"
            )
    return ", ".join(parts)


def began(run: RunView, now: datetime, zone: tzinfo) -> str:
    """Return when a run began, or was queued, in at most nine characters."""
    return short_time(run.started_at or run.queued_at, now, zone)


def next_steps(run: RunView, key_of: KeyOf) -> list[str]:
    """Return what somebody may do about a run, in sentences; none where all is well."""
    if not run.state.ended:
        return []
    again, log = key_of("run.again"), key_of("run.log")
    steps = []
    if run.braked:
        steps.append(f"If the file is right, press {again} and choose to start with archiving confirmed.")
    elif run.state is RunState.FAILED:
        steps.append(
            f"The message says what is wrong; {log} shows how it came to that. Once it is mended, {again} starts again."
        )
    elif run.state is RunState.STOPPED:
        steps.append(f"{again} starts the task again; it does what is left.")
    elif run.state is RunState.SKIPPED:
        steps.append(f"It never began. {again} starts the task now.")
    steps += _about_sent(run, key_of) if run.type in FLOWS else _about_records(run, key_of)
    changed = run.counts.new + run.counts.changed + run.counts.archived + run.counts.restored
    if run.type in IMPORTS and not run.dry_run and changed and not run.state.good:
        steps.append(f"What it changed before stays; {key_of('run.revert')} puts that back.")
    return steps


def _about_sent(run: RunView, key_of: KeyOf) -> list[str]:
    """Return what somebody may do about records that a flow could not send, and where all are that it met."""
    show, flows, opened = key_of("run.activity"), key_of("screen.flows"), key_of("flow.open")
    if run.dry_run:
        return [f"{show} shows the records with the requests that would be sent, and why some would fail."]
    if run.counts.rejected:
        return [f"{show} shows which could not be sent, and why; {flows}, then {opened}, is where they are sent again."]
    if run.state is RunState.WARNINGS:
        return [f"Some wait in the list of failures since earlier runs: {flows}, then {opened}, shows why."]
    return []


def _about_records(run: RunView, key_of: KeyOf) -> list[str]:
    """Return what somebody may do about records and files that were not taken."""
    steps = []
    if run.type == AUTO_IMPORT and run.state is RunState.WARNINGS and not run.dry_run:
        steps.append("Files says what came of each file, and why one is in quarantine; put back, it is tried again.")
    if run.counts.rejected and run.dry_run:
        steps.append("The rejects say line by line what could not be taken, and why.")
    elif run.counts.rejected:
        steps.append("The rejects say line by line what was wrong, and where to mend and send them again.")
    elif run.state is RunState.WARNINGS and run.type != AUTO_IMPORT:
        steps.append(f"It did its work. Read the message, and the log with {key_of('run.log')}.")
    return steps
