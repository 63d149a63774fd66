"""The records of flows, as one actor may use them (:mod:`core.engine.api.flows`)."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from core.config.crm_tasks import flow_of
from core.engine.api.flows import ActivityView, FailureView, FlowView, Possible, RecordField
from core.engine.api.rights import Right
from core.engine.desks.surroundings import surroundings
from core.errors import DataError, Refused
from core.runs import Trigger
from core.store.activity import ActivityLog
from core.text import clean, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pydantic import JsonValue

    from core.config.flow_kinds import Kind
    from core.config.flows import FlowTask
    from core.engine.door import Door
    from core.store.activity import Activity
    from core.store.journal.flow_choices import FlowChoice
    from core.store.journal.flows import FlowRow


class FlowsDesk:
    """Failures and activity, as one actor may use them."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def flows(self) -> Sequence[FlowView]:
        """Return every flow that the actor may see."""
        records = self._door.engine.workspace.journal.flow_records
        return [
            FlowView(each.id, each.kind, each.source, each.target, *records.count_failures(each.id))
            for each in self._tasks()
        ]

    def possible(self, source: str, target: str) -> Sequence[Possible]:
        """Return every kind, and whether its records can flow between two systems."""
        from core.config.flow_kinds import KINDS
        from core.flows.possible import why_not

        for name in (source, target):
            if name in self._door.hidden_links:
                raise Refused(f"There is no link {clean(name, limit=70)!r}.")
        reasons = why_not(source, target, surroundings(self._door.engine.workspace))
        return [Possible(kind, KINDS[kind].title, clean(reason)) for kind, reason in reasons.items()]

    def failures(self, task: str | None = None, *, limit: int = 1000) -> Sequence[FailureView]:
        """Return records that failed, the latest first."""
        hidden = self._door.hidden_tasks
        rows = self._door.engine.workspace.journal.flow_records.failures(task, limit=limit)
        return self._views([row for row in rows if row.task not in hidden])

    def resend(self, task: str, keys: Sequence[str] = (), *, start: bool = True) -> int:
        """Let failures be sent again."""
        engine = self._door.engine
        what = f"{task}: {', '.join(keys)}" if keys else task
        with self._door.command("flow.resend", what):
            self._flow(task)
            found, workspace = self._door.task(task), engine.workspace
            number = workspace.journal.flow_records.resend(task, list(keys) or None, at=workspace.now())
            if not number:
                raise _not_among_failures()
            if start:
                engine.refuse_when_ending()
                with engine.starter.deciding:
                    engine.starter.refuse_running(task)
                    engine.starter.start([found], trigger=Trigger.MANUAL, actor=self._door.actor)
            return number

    def discard(self, task: str, keys: Sequence[str]) -> int:
        """Take failures out of the list."""
        with self._door.command("flow.discard", f"{task}: {', '.join(keys)}"):
            self._flow(task)
            workspace = self._door.engine.workspace
            number = workspace.journal.flow_records.discard(task, keys, at=workspace.now())
            if not number:
                raise _not_among_failures()
            if workspace.config.activity_file.exists():
                with closing(ActivityLog(workspace.config.activity_file)) as log:
                    for key in keys:
                        log.mend(task, key, {}, at=workspace.now())
            return number

    def fields(self, task: str, key: str) -> Sequence[RecordField]:
        """Return the fields of a record that failed."""
        from core.flows.mending import fields_of

        self._door.require(Right.OPERATE)
        with self._failed_record(task, key) as (kind, record, log):
            given = log.mended(task).get(key, {})
            names = fields_of(kind, record)
            return [
                RecordField(clean(name), clean(came), (clean(given[name] or "") if name in given else None))
                for name, came in names.items()
            ]

    def mend(self, task: str, key: str, changes: Mapping[str, str | None]) -> None:
        """Give fields of a record that failed other values."""
        from core.flows.mending import fields_of, mended

        # Which fields, the audit may know; what stands in them, it may not.
        audited = self._door.command("flow.mend", f"{task}: {key}", new=clean(", ".join(changes)))
        with audited, self._failed_record(task, key) as (kind, record, log):
            came, wanted = fields_of(kind, record), {**log.mended(task).get(key, {}), **changes}
            kept = {
                name: value or None
                for name, value in wanted.items()
                if value is not None and value != came.get(name, "")
            }
            try:
                mended(kind, record, kept)
            except DataError as error:
                raise Refused(error.message, advice=error.advice) from None
            log.mend(task, key, kept, at=self._door.engine.workspace.now())

    def choose(self, task: str, key: str, target_key: str, *, start: bool = True) -> None:
        """Say which of the records that fit a failure is meant, and send it again."""
        choices = self._door.engine.workspace.journal.flow_choices
        with self._door.command("flow.choose", f"{task}: {key}", new=target_key):
            self._door.task(task)
            fits = choices.get(task, key).fits
            if target_key not in fits:
                named = listed([clean(each, limit=60) for each in fits], last="and") if fits else ""
                raise Refused(
                    f"{clean(target_key, limit=60)} is none of the records that fit {clean(key, limit=60)}.",
                    advice=f"There are {named}." if named else "Of that failure, there is nothing to choose.",
                )
            choices.choose(task, key, target_key)
        self.resend(task, [key], start=start)

    @contextmanager
    def _failed_record(self, task: str, key: str) -> Iterator[tuple[Kind, Mapping[str, JsonValue], ActivityLog]]:
        """Return a record that failed, as it came when it was sent last, with its kind and the log that has it."""
        from core.config.flow_kinds import KINDS

        kind, workspace = KINDS[self._flow(task).kind], self._door.engine.workspace
        row = workspace.journal.flow_records.get(task, key)
        if row is None or row.state not in ("failed", "given up"):
            raise _not_among_failures()
        path = workspace.config.activity_file
        if path.exists():
            with closing(ActivityLog(path)) as log:
                for latest in log.latest(task, source_key=key, limit=1):
                    yield kind, latest.record, log
                    return
        raise Refused(
            "What came of this record is deleted: it was kept for its time only.",
            advice="Send it again; what comes of it then can be mended.",
        )

    def _flow(self, task: str) -> FlowTask:
        found = flow_of(self._door.task(task))
        if found is None:
            raise Refused(f"{clean(task, limit=70)} is no flow.")
        return found

    def activity(
        self,
        task: str | None = None,
        *,
        key: str | None = None,
        run: int | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> Sequence[ActivityView]:
        """Return what happened, the latest first."""
        self._door.require(Right.OPERATE)
        hidden = self._door.hidden_tasks
        found = self._activity(task, key=key, run=run, before=before, limit=limit)
        return [_activity_view(each) for each in found if each.task not in hidden]

    def _activity(
        self,
        task: str | None,
        *,
        key: str | None,
        run: int | None = None,
        before: int | None = None,
        limit: int,
    ) -> Sequence[Activity]:
        path = self._door.engine.workspace.config.activity_file
        if not path.exists():
            return []
        with closing(ActivityLog(path)) as log:
            return log.latest(task, source_key=key, run=run, before=before, limit=limit)

    def _tasks(self) -> Iterator[FlowTask]:
        """Yield the flows, and the tasks that are flows of one kind."""
        hidden = self._door.hidden_tasks
        for task in filter(None, map(flow_of, self._door.engine.workspace.config.tasks)):
            if task.id not in hidden:
                yield task

    def _views(self, rows: Sequence[FlowRow]) -> list[FailureView]:
        """Return failures as they are shown: to who may see what stands in records, with all that was said of each."""
        path, choices = (
            self._door.engine.workspace.config.activity_file,
            self._door.engine.workspace.journal.flow_choices,
        )
        latest: dict[tuple[str, str], Activity] = {}
        given: dict[str, dict[str, dict[str, str | None]]] = {}
        if rows and self._door.right.allows(Right.OPERATE) and path.exists():
            with closing(ActivityLog(path)) as log:
                given = {task: log.mended(task) for task in {row.task for row in rows}}
                for row in rows:
                    for each in log.latest(row.task, source_key=row.source_key, limit=1):
                        latest[row.task, row.source_key] = each
        return [
            _failure_view(
                row,
                latest.get((row.task, row.source_key)),
                given.get(row.task, {}).get(row.source_key, ()),
                choices.get(row.task, row.source_key),
            )
            for row in rows
        ]


def _not_among_failures() -> Refused:
    return Refused("None of these records is in the list of failures.", advice='See "pendel flow failures".')


def _failure_view(row: FlowRow, latest: Activity | None, mended: Iterable[str], choice: FlowChoice) -> FailureView:
    number = str(latest.record.get("number") or "") if latest is not None else ""
    return FailureView(
        row.task,
        clean(row.source_key),
        clean(row.reason),
        clean(latest.message) if latest is not None else "",
        row.attempts,
        row.next_try,
        row.at,
        number=clean(number, limit=60) if number != row.source_key else "",
        mended=tuple(clean(name) for name in mended),
        fits=tuple(clean(each) for each in choice.fits),
        chosen=clean(choice.chosen),
    )


def _activity_view(each: Activity) -> ActivityView:
    return ActivityView(
        each.id,
        each.at,
        each.task,
        each.run,
        clean(each.source_key),
        clean(each.target_key),
        each.outcome,
        dict(each.record),
        tuple(dict(request) for request in each.sent),
        clean(each.message),
    )
