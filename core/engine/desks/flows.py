"""The records of flows, as one actor may use them (:mod:`core.engine.api.flows`)."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from core.config.crm_tasks import flow_of
from core.engine.api.flows import ActivityView, FailureView, FlowView, Possible
from core.engine.api.rights import Right
from core.engine.desks.surroundings import surroundings
from core.errors import Refused
from core.runs import Trigger
from core.store.activity import ActivityLog
from core.text import clean, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.config.flows import FlowTask
    from core.engine.door import Door
    from core.store.activity import Activity
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
            found = self._door.task(task)
            if flow_of(found) is None:
                raise Refused(f"{clean(task, limit=70)} is no flow.")
            workspace = engine.workspace
            number = workspace.journal.flow_records.resend(task, list(keys) or None, at=workspace.now())
            if not number:
                raise Refused("None of these records is in the list of failures.", advice='See "pendel flow failures".')
            if start:
                engine.refuse_when_ending()
                with engine.starter.deciding:
                    engine.starter.refuse_running(task)
                    engine.starter.start([found], trigger=Trigger.MANUAL, actor=self._door.actor)
            return number

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

    def _choice(self, row: FlowRow) -> tuple[tuple[str, ...], str]:
        choice = self._door.engine.workspace.journal.flow_choices.get(row.task, row.source_key)
        return tuple(map(clean, choice.fits)), clean(choice.chosen)

    def _views(self, rows: Sequence[FlowRow]) -> list[FailureView]:
        """Return failures as they are shown: to who may see what stands in records, with all that was said of each."""
        path, said = self._door.engine.workspace.config.activity_file, dict[tuple[str, str], str]()
        if rows and self._door.right.allows(Right.OPERATE) and path.exists():
            with closing(ActivityLog(path)) as log:
                for row in rows:
                    for latest in log.latest(row.task, source_key=row.source_key, limit=1):
                        said[row.task, row.source_key] = clean(latest.message)
        return [
            FailureView(
                row.task,
                clean(row.source_key),
                clean(row.reason),
                said.get((row.task, row.source_key), ""),
                row.attempts,
                row.next_try,
                row.at,
                *self._choice(row),
            )
            for row in rows
        ]


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
