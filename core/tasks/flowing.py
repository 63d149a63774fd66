"""The flow task: try again what failed, read what changed, send it record by record, move the cursor (FL)."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from core.config.crm_tasks import flow_of
from core.config.flow_kinds import KINDS
from core.errors import ConnectionFailed, LinkError, PendelError, StopRequested
from core.flows.mending import mended
from core.flows.record import digest
from core.flows.rules import completed, passes
from core.flows.sending import Known, Sender
from core.flows.sides import Arrival, Sent
from core.links.faults import CallFailed, CannotTell
from core.tasks.flow_notes import FlowNotes, reason_of
from core.tasks.flow_sides import Sides, open_sides

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from core.store.activity import Activity
    from core.store.journal.flows import FlowRow
    from core.tasks.context import Outcome

    _Unsettled = tuple[Arrival, FlowRow, Activity]
    """A record that was sent, what is to be noted of it, and what the activity log is to say."""

    from core.config.flow_kinds import KindName
    from core.config.flows import FlowTask
    from core.links.clock import Clock
    from core.tasks.context import RunContext

_COUNTED: Final = {"created": "new", "updated": "changed", "found": "unchanged"}


def run_flow(context: RunContext, task: FlowTask, *, clock: Clock | None = None) -> Outcome:
    """Bring what changed since the cursor from the source to the target; the cursor moves when all of it was met.

    ``clock`` is what limits of the systems are counted by; that of this machine.

    Raises:
        PendelError: the source cannot be read, or the target takes nothing at all; what was sent stays.
    """
    with ExitStack() as stack:
        sides = open_sides(context, task, stack, clock)
        return FlowWalk(context, task, sides).carry_out()


class FlowWalk:
    """The walk of one run."""

    def __init__(self, context: RunContext, task: FlowTask, sides: Sides) -> None:
        self.context = context
        self.task = task
        self.sides = sides
        self.kind = KINDS[task.kind]
        self.sender = Sender(task, sides.target, sides.twins, _brings_articles(context, task))
        self.notes = FlowNotes(context, task, sides)
        self._unsettled: list[_Unsettled] = []
        self._met: set[str] = set()
        self._noted: set[str] = set()

    def carry_out(self) -> Outcome:
        """Carry the run out."""
        begun = self.context.now()
        if not self.context.dry_run:
            self._retry(begun)
        self._read(begun)
        return self.notes.outcome()

    # What comes.

    def _retry(self, now: datetime) -> None:
        """Send again what failed and is due, as it is now."""
        records, after = self.context.journal.flow_records, ""
        while rows := records.due(self.task.id, now, after=after):
            self.context.step("sending again what failed")
            for row in rows:
                after = row.source_key
                self.context.stop.check()
                arrival = self._again(row)
                if arrival is None:
                    records.put(
                        replace(row, state="given up", next_try=None, reason="It is gone at the source.", at=now)
                    )
                elif arrival.record or arrival.problem:
                    self.notes.count(read=1)
                    self._meet(arrival, row, forced=True)
                # Else it could not be understood when it came; it waits for being mended at the source.
            self._settle()

    def _again(self, row: FlowRow) -> Arrival | None:
        try:
            with _naming(self.task.source):
                return self.sides.source.one(row.source_key)
        except CannotTell:
            entries = self.sides.activity.latest(self.task.id, source_key=row.source_key, limit=1)
        if not entries:
            return Arrival(row.source_key, {}, "The source cannot be asked for it alone, and its activity is deleted.")
        return Arrival(row.source_key, self.sides.kept(entries[0].record))

    def _read(self, begun: datetime) -> None:
        context = self.context
        advance = context.step(f"reading {self.kind.title.lower()} of {self.sides.source.name}", unit="rows")
        waiting = 0
        for page in self._pages():
            self.sides.target.expect(self.kind.name, [each.record for each in page if not each.unchanged])
            known = context.journal.flow_records.among(self.task.id, [each.key for each in page])
            # A product before those that are its variants.
            for arrival in sorted(page, key=lambda each: "parent" in each.record):
                context.stop.check()
                self.notes.count(read=1)
                self._meet(arrival, known.get(arrival.key))
                waiting += 1
                if waiting >= self.task.block:
                    self._settle()
                    waiting = 0
            advance(context.counts.read, 0)
        self._settle()
        if not context.dry_run:
            self.sides.keep_cursor(begun)

    def _pages(self) -> Iterator[list[Arrival]]:
        pages = iter(self.sides.source.pages(self.sides.since, self._unchanged))
        while True:
            with _naming(self.task.source):
                page = next(pages, None)
            if page is None:
                return
            yield page

    def _unchanged(self, rows: Mapping[str, str]) -> Collection[str]:
        known = self.context.journal.flow_records.among(self.task.id, list(rows))
        return {key for key, row in known.items() if row.state == "done" and row.row_hash == rows[key]}

    # One record.

    def _meet(self, arrival: Arrival, row: FlowRow | None, *, forced: bool = False) -> None:
        if arrival.unchanged:
            self.notes.count(unchanged=1)
            return
        if arrival.key in self._met and not forced:
            # A row that changes while pages are read may come twice; it is met again, as it is now.
            row = self.context.journal.flow_records.get(self.task.id, arrival.key)
        self._met.add(arrival.key)
        if arrival.problem:
            told = digest({"problem": arrival.problem})
            if forced or row is None or row.sent_hash != told:
                self.notes.failed(arrival, row, PendelError(arrival.problem), Sent(), told=told)
            else:
                self.notes.count(unchanged=1)
            return
        if not passes(arrival.record, self.task.only):
            if row is not None and row.state in ("failed", "given up") and not self.context.dry_run:
                # It is not wanted any more; should it be again, it is met for the first time.
                self.context.journal.flow_records.forget(self.task.id, arrival.key)
            self.notes.count(unchanged=1)
            return
        told = digest(arrival.record)
        if not forced and self._is_done(row, told):
            self.notes.count(unchanged=1)
            return
        other = self.sides.twins.of(arrival.key)
        if other is None and not (row and row.target_key) and self.sides.twins.may_be_begun(arrival.record):
            unresolved = PendelError(
                "The flow the other way was ended while it wrote what seems to be this.",
                advice="Run that flow; then it is known whether this is to be sent.",
            )
            self.notes.failed(arrival, row, unresolved, Sent(), told=told)
            return
        if other is not None and self._comes_back(arrival, row, other, told):
            self.notes.count(unchanged=1)
            return
        self._send(arrival, row, told, other)

    def _comes_back(self, arrival: Arrival, row: FlowRow | None, other: FlowRow, told: str) -> bool:
        """Whether a record that a flow the other way wrote here stays here: nobody changed it, or the target did."""
        twins, records = self.sides.twins, self.sides.target.of(self.kind.name)
        if records is None:
            return False
        if self.task.updates and not twins.is_echo(other, arrival.record, row):
            return twins.target_counts(other, records)
        if not self.context.dry_run:
            echo = twins.echo_of(records, completed(arrival.record, self.kind, self.task))
            done = self.notes.row(
                arrival,
                row,
                state="done",
                sent_hash=told,
                echo_hash=echo,
                target_key=other.source_key,
                reason="",
                begun="",
            )
            self.context.journal.flow_records.put(done)
        return True

    def _is_done(self, row: FlowRow | None, told: str) -> bool:
        if row is None or row.state == "intent":
            return False
        if row.state == "given up":
            # It may be there already; somebody sends it again who has looked.
            return True
        if row.state == "done":
            return row.sent_hash == told or not self.task.updates
        if row.state == "discarded" and not row.sent_hash:
            # It may be there already: a document would be there twice.
            return not self.task.updates
        # One that failed is tried at once where it was mended at the source, else when its time has come.
        return row.sent_hash == told

    def _send(self, arrival: Arrival, row: FlowRow | None, told: str, other: FlowRow | None) -> None:
        context, sent = self.context, Sent()
        known = Known(
            target_key=(row.target_key if row else "") or (other.source_key if other else ""),
            begun=row.begun if row else "",
            cut_off=row is not None and row.state == "intent",
            ended=row.reason if row is not None and row.state == "intent" else "",
            chosen=context.journal.flow_choices.get(self.task.id, arrival.key).chosen
            if row and row.state != "done"
            else "",
            gone=arrival.gone,
        )

        def before_writing(what: KindName, echo: str) -> None:
            # What a target applies as a whole is there or not: nothing can have ended halfway.
            nonlocal row
            if not self.sides.target.at_once or context.dry_run:
                return
            if row is None or (row.state, row.begun) != ("intent", what):
                # One that was deleted there is made anew: the id that it had is none any more.
                key = "" if row is None or what == self.kind.name else row.target_key
                row = self.notes.row(
                    arrival, row, state="intent", sent_hash=told, echo_hash=echo, begun=what, target_key=key, reason=""
                )
                context.journal.flow_records.put(row)

        try:
            record = mended(self.kind, arrival.record, self.notes.mends.get(arrival.key, {}))
            dispatch = self.sender.send(record, known, sent, before_writing=before_writing)
        except StopRequested as error:
            self.notes.ended(row, error, sent)
            raise
        except PendelError as error:
            with _naming(self.task.target):
                self.notes.failed(arrival, row, error, sent, told=told)
            return
        self.notes.refusals = 0
        done = self.notes.row(
            arrival,
            row,
            state="done",
            sent_hash=told,
            echo_hash=dispatch.echo,
            target_key=dispatch.key,
            attempts=0,
            next_try=None,
            reason="",
            begun="",
        )
        for note in dict.fromkeys(sent.notes):
            if note not in self._noted:
                self._noted.add(note)
                context.log.warning("%s", note)
        said = " ".join(dict.fromkeys(sent.notes))
        self.notes.count(
            new=dispatch.outcome == "created",
            changed=dispatch.outcome == "updated",
            unchanged=dispatch.outcome == "found",
        )
        if context.dry_run:
            self.notes.show(arrival, dispatch.outcome, sent, said=said)
            return
        entry = self.notes.activity(arrival, dispatch.outcome, sent, target_key=dispatch.key, message=said)
        self._unsettled.append((arrival, done, entry))
        if self.sides.target.at_once:
            self._settle()

    def _settle(self) -> None:
        """Let what was sent last, tell the source, and note that both did."""
        if self.context.dry_run:
            return
        failed = self.sides.target.settle()
        waiting, self._unsettled = self._unsettled, []
        for arrival, row, entry in waiting:
            if row.target_key in failed:
                self.notes.count(**{_COUNTED[entry.outcome]: -1})
                self.notes.failed(arrival, None, PendelError(failed[row.target_key]), Sent(), told=row.sent_hash)
        good = [each for each in waiting if each[1].target_key not in failed]
        if good and self.sides.source.reports:
            good = self._told_back(good)
        if good:
            self.sides.activity.add([entry for _, _, entry in good])
            self.context.journal.flow_records.put(*(row for _, row, _ in good))
            for arrival, _, entry in good:
                if self.notes.mends.pop(arrival.key, None):
                    self.sides.activity.mend(self.task.id, arrival.key, {}, at=entry.at)
            self._note_parts([row for _, row, entry in good if entry.outcome != "found"])
            if self.task.writes_catalogue:
                self.notes.count(written=sum(entry.outcome != "found" for _, _, entry in good))

    def _note_parts(self, rows: Sequence[FlowRow]) -> None:
        """Note what the target shows now of the parts of products, so that they are known when they come back."""
        records = self.sides.target.of(self.kind.name)
        if records is None or not rows:
            return
        try:
            self.context.journal.flow_records.put(*self.sides.twins.echoes_of(records, rows))
        except LinkError as error:
            self.context.log.warning(
                "What was written cannot be read back, so that it may be sent back once: %s", reason_of(error)
            )

    def _told_back(self, good: Sequence[_Unsettled]) -> list[_Unsettled]:
        """Tell the source of records that are at the target now, and return those of which it took that.

        Their ids are noted before, so that telling it again creates nothing again.
        """
        at_target = [replace(row, state="intent") for _, row, _ in good]
        self.context.journal.flow_records.put(*at_target)
        taken = []
        for (arrival, row, entry), noted in zip(good, at_target, strict=True):
            try:
                requests = self.sides.source.report(arrival.key, self._news(entry.target_key, entry.outcome))
            except StopRequested:
                raise
            except PendelError as error:
                self.notes.count(**{_COUNTED[entry.outcome]: -1})
                with _naming(self.task.source):
                    self.notes.failed(arrival, noted, error, Sent(list(entry.sent)), told=row.sent_hash)
            else:
                taken.append((arrival, row, replace(entry, sent=[*entry.sent, *requests])))
        return taken

    def _news(self, key: str, outcome: str) -> dict[str, str]:
        """Return what the source may be told of a record that is at the target now."""
        told = {"target.key": key, "target.number": key, "target.outcome": outcome}
        records = self.sides.target.of(self.kind.name)
        if self.sides.source.asks_back and records is not None and key:
            seen = records.current(key) or {}
            told |= {f"target.{name}": str(seen[name]) for name in ("number", "status") if name in seen}
        return told


def _brings_articles(context: RunContext, task: FlowTask) -> str:
    """Return the flow that brings products on the same way, for a dry run, in which it has brought none yet."""
    flows = filter(None, map(flow_of, context.config.tasks)) if context.dry_run else ()
    way = ("products", task.source, task.target)
    return next((each.id for each in flows if (each.kind, each.source, each.target) == way), "")


@contextmanager
def _naming(link: str) -> Iterator[None]:
    """Say of what ends a run at which link it was: several may lead to one host, and each has a sign-in of its own."""
    try:
        yield
    except (LinkError, ConnectionFailed) as error:
        error.message = f"{link}: {error.message}"
        error.args = (error.message,)
        if not (isinstance(error, CallFailed) and error.kind == "wait"):
            error.advice = f'{error.advice} "pendel link test {link}" tries it.'.strip()
        raise
