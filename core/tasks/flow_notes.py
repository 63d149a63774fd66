"""What becomes of the records of a flow: noted in the journal and the activity log, counted, and told."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from core.config.flow_kinds import KINDS
from core.errors import ConfigError, ConnectionFailed, EngineError, PendelError
from core.links.faults import CallFailed
from core.runs import Counts, RunState
from core.store.activity import Activity
from core.store.journal.flows import FlowRow
from core.tasks.context import Outcome
from core.tasks.samples import SAMPLES
from core.text import clean, counted, listed

if TYPE_CHECKING:
    from core.config.flows import FlowTask
    from core.flows.record import Record
    from core.flows.sides import Arrival, Sent
    from core.tasks.context import RunContext
    from core.tasks.flow_sides import Sides

PAUSES: Final = (
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    timedelta(hours=24),
)
"""Before a failure is tried again by itself; after the last one it waits until somebody sends it again (FL10)."""

_SAME_IN_A_ROW = 5
"""So many records that a system refuses for what is no matter of theirs, and the flow ends: it would refuse all."""


class FlowNotes:
    """What is noted of the records of one run."""

    def __init__(self, context: RunContext, task: FlowTask, sides: Sides) -> None:
        self.context = context
        self.task = task
        self.sides = sides
        self.kind = KINDS[task.kind]
        self.refusals = 0
        """So many records in a row were refused for what is no matter of theirs."""
        self.mends = sides.activity.mended(task.id)
        """By key, what somebody mended in records that failed."""
        self._tally: Counter[str] = Counter()

    def failed(self, arrival: Arrival, row: FlowRow | None, error: PendelError, sent: Sent, *, told: str = "") -> None:
        """Note that a record failed, and go on with the next; or end the flow where no record can be sent."""
        away = isinstance(error, CallFailed) and error.kind in ("wait", "sign_in")
        if away or isinstance(error, ConnectionFailed | EngineError | ConfigError):
            # No matter of this record: it is met again by the next run, for the cursor stays.
            self.ended(row, error, sent)
            raise _as_told(error)
        context, reason = self.context, reason_of(error)
        self.count(rejected=1)
        context.log.warning("%s: %s was not sent: %s", self.kind.title, _name(arrival), reason)
        if context.dry_run:
            self.show(arrival, "failed", sent, said=str(error))
        else:
            attempts = (row.attempts if row else 0) + 1
            double = self._may_double(arrival.record, row, error, sent)
            pause = PAUSES[attempts - 1] if attempts <= len(PAUSES) and not double else None
            failed = self.row(
                arrival,
                row,
                state="failed" if pause else "given up",
                sent_hash=told,
                target_key=self._made(row, sent),
                attempts=attempts,
                next_try=context.now() + pause if pause else None,
                reason=reason,
            )
            self.sides.activity.add([self.activity(arrival, "failed", sent, message=str(error))])
            with context.journal.transaction():
                context.journal.flow_records.put(failed)
                context.journal.flow_choices.offer(
                    self.task.id, arrival.key, error.fits if isinstance(error, CallFailed) else ()
                )
        beyond = isinstance(error, CallFailed) and error.kind in ("settings", "retry")
        self.refusals = self.refusals + 1 if beyond else 0
        if self.refusals >= _SAME_IN_A_ROW:
            raise _as_told(error)

    def ended(self, row: FlowRow | None, error: PendelError, sent: Sent) -> None:
        """Note what is known of a record that was being created where the run ends."""
        if self.context.dry_run or row is None or row.state != "intent" or not sent.begun:
            return
        if sent.made is None:
            known = replace(row, begun="", echo_hash="")
        else:
            known = replace(row, target_key=sent.made or row.target_key, reason=reason_of(error))
        self.context.journal.flow_records.put(known)

    def _may_double(self, record: Record, row: FlowRow | None, error: PendelError, sent: Sent) -> bool:
        """Whether trying again by itself could create a record twice: nobody knows whether it is there, or can ask."""
        if not isinstance(error, CallFailed) or row is None or row.begun != self.kind.name:
            return False
        if error.kind != "unclear":
            return sent.made == ""
        records = self.sides.target.of(self.kind.name)
        return records is not None and not records.shows_at_once(record)

    def _made(self, row: FlowRow | None, sent: Sent) -> str:
        """Return the id that a record has at the target although it failed: what goes along with it is missing."""
        own = row is not None and row.begun == self.kind.name
        return (own and sent.made) or (row.target_key if row else "")

    def row(self, arrival: Arrival, row: FlowRow | None, **changes: Any) -> FlowRow:
        """Return what is known of a record now; ``row`` is what was known of it."""
        moment = self.context.now()
        known = row or FlowRow(task=self.task.id, source_key=arrival.key, state="intent", at=moment)
        return replace(known, run=self.context.run, at=moment, row_hash=arrival.row_hash, **changes)

    def activity(
        self, arrival: Arrival, outcome: str, sent: Sent, *, target_key: str = "", message: str = ""
    ) -> Activity:
        """Return what the activity log is to say of a record."""
        if fields := self.mends.get(arrival.key):
            message = f"{message} Mended here: {listed(list(fields), last='and')}.".strip()
        return Activity(
            at=self.context.now(),
            task=self.task.id,
            run=self.context.run,
            source_key=arrival.key,
            target_key=target_key,
            outcome=outcome,
            record=arrival.record,
            sent=sent.requests,
            message=message,
        )

    def count(self, **more: int) -> None:
        """Count what became of records, by the names of :class:`core.runs.Counts`."""
        self._tally.update(more)
        self.context.counts = Counts(**self._tally)

    def show(self, arrival: Arrival, outcome: str, sent: Sent, *, said: str = "") -> None:
        """Show in a dry run what would be sent: the first of each outcome, in the activity log like what was sent."""
        told: dict[str, int] = self.context.details.setdefault("flow", {})
        told[outcome] = told.get(outcome, 0) + 1
        if told[outcome] <= SAMPLES and (sent.requests or said):
            would = "would fail" if outcome == "failed" else f"would be {outcome}"
            self.sides.activity.add([self.activity(arrival, would, sent, message=said)])

    def outcome(self) -> Outcome:
        """Return what the run has come to."""
        context, counts = self.context, self.context.counts
        what = self.kind.title.lower()
        between = f"from {self.sides.source.name} to {self.sides.target.name}"
        parts = [
            f"{number:,} {word}"
            for number, word in (
                (counts.new, "created"),
                (counts.changed, "updated"),
                (counts.unchanged, "left as they were"),
                (counts.rejected, "failed"),
            )
            if number
        ]
        would = "Would bring" if context.dry_run else "Brought"
        message = f"{would} {what} {between}: {counts.read:,} read{', ' if parts else ''}{', '.join(parts)}."
        failed, given_up = context.journal.flow_records.count_failures(self.task.id)
        if failed and not context.dry_run:
            message += f" {counted(failed, 'record')} in the list of failures"
            message += f", {given_up:,} of them until somebody sends them again." if given_up else "."
        state = RunState.WARNINGS if counts.rejected or (failed and not context.dry_run) else RunState.SUCCEEDED
        return Outcome(message, state, counts, dict(context.details))


def _as_told(error: PendelError) -> PendelError:
    """Return an error as it may stand in the log and the history of runs."""
    if isinstance(error, CallFailed):
        error.say(error.discreet)
    return error


def _name(arrival: Arrival) -> str:
    """Return what people call a record, and its key where that is something else."""
    key, number = clean(arrival.key, limit=80), clean(str(arrival.record.get("number", "")), limit=60)
    return f"{number} ({key})" if number and number != key else key


def reason_of(error: PendelError) -> str:
    """Return why a record failed, without what another system says: that may repeat what stands in the record."""
    message = error.discreet if isinstance(error, CallFailed) else error.message
    return clean(f"{message} {error.advice}".strip(), limit=400)
