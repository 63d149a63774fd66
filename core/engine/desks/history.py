"""Runs, what they left behind, and cursors (:mod:`core.engine.api.history`)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.config.auto_import import AutoImportTask
from core.config.tasks import ImportTask
from core.engine.active import view_of
from core.engine.api.history import (
    CursorView,
    LogPage,
    RejectPage,
    RevertConflict,
    RevertOutlook,
    RevertPart,
    RunDetails,
    RunOutcome,
    RunPage,
)
from core.engine.api.views import LogLine
from core.engine.desks.leftovers import arrived_files, files_of, kept_in_details, parts_of, reject_view, samples_of
from core.errors import Refused
from core.runs import FOLLOW_CHANGES, RunState
from core.store.journal import Journal
from core.store.journal.history import Wanted
from core.store.journal.records import LAST_ID
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from core.config.tasks import TaskBase
    from core.engine.api.history import RunQuery
    from core.engine.door import Door
    from core.store.catalogue import RevertPlan
    from core.store.journal.runs import RunRow

MOST = 1000
"""Of whatever is asked for at once."""
_UNTAKEN = {RunState.FAILED: "failed", RunState.STOPPED: "was stopped"}
"""Ends of a run after which more than the rejects of a file has not been taken."""


class HistoryDesk:
    """Runs, what they left behind, and cursors, as one actor may."""

    def __init__(self, door: Door) -> None:
        self._door = door

    @contextmanager
    def _reading(self) -> Iterator[Journal]:
        """Give the journal over a connection of its own: the engine writes on while somebody looks back."""
        journal = Journal(self._door.engine.workspace.config.journal_file, read_only=True)
        try:
            yield journal
        finally:
            journal.close()

    def runs(self, query: RunQuery, *, before: int | None = None, limit: int = 100) -> RunPage:
        """Return the latest runs whose number is smaller than ``before``, those that are going among them."""
        wanted = Wanted(query.task, query.states, query.since, query.until, tuple(query.words.split()))
        with self._reading() as journal:
            found = journal.history.page(wanted, before=_number(before), limit=max(1, min(limit, MOST)))
        hidden = self._door.hidden_tasks
        return RunPage(tuple(view_of(row) for row in found.runs if row.task not in hidden), found.next_before)

    def run(self, run_id: int) -> RunDetails:
        """Return one run, whole.

        Raises:
            Refused: there is no such run, or it is past retention.
        """
        with self._reading() as journal:
            row = self._known(journal, run_id)
            files = journal.files.of_run(run_id)
            rejects = journal.rejects.count(run_id) or len(kept_in_details(row))
            reverted_by = journal.history.reverted_by(run_id, row.task)
        return RunDetails(
            run=view_of(row),
            attempts=row.fence,
            archive_confirmed=bool(row.options.get("confirm_archive")),
            forced=bool(row.options.get("force")),
            files=files_of(files, self._door.engine.workspace.config.data_dir),
            samples=samples_of(row),
            rejects_kept=rejects,
            send_again=self._send_again(row) if rejects else "",
            reverted_by=reverted_by,
            arrived=arrived_files(row),
            parts=parts_of(row),
        )

    def _send_again(self, row: RunRow) -> str:
        if row.dry_run:
            return "A dry run writes no rejects file. Mend the source, or start the task: it then writes one."
        task = self._task(row.task)
        if isinstance(task, AutoImportTask):
            again = f"Mend the rejects file and put it into {clean(task.import_directory)} as a file of its own."
            full = [rule for rule in task.accept if not rule.delta]
            if any(file.outcome == "quarantined" for file in arrived_files(row)):
                again += " Of a file in quarantine nothing was taken: mend that file itself, and put it back."
            return f"{again} Not where its rule has delta = false: send the whole file then." if full else again
        if not isinstance(task, ImportTask):
            return "Mend the rejects file and import it with a task of the same layout."
        if row.state in _UNTAKEN:
            # What the rejects file holds is only a part of what was not taken.
            return (
                f"The run {_UNTAKEN[row.state]}: of the file that it was at, the good records may be missing, too. "
                f"Mend that file itself, not only its rejects, and start {row.task} again."
            )
        uploads = self._door.engine.workspace.config.uploads_dir
        place = f"at location {task.source.location}" if task.source else f"in {uploads}"
        path = clean((task.source.path if task.source else task.file) or "")
        name = f"under a name that fits {path}" if any(char in path for char in "*?[") else f"as {path}"
        again = f"Mend the rejects file, put it {place} {name}, and start {row.task} again."
        if task.delta:
            if not any(told["full"] for told in row.details.get("read", ())):
                return again
            return (
                f"{again} But the file says that it is complete, as the rejects file will: send the whole file again."
            )
        return (
            f"{again} But {row.task} is a full import: a file of these records alone would archive all others, so "
            "send the whole file again, or import the rejects with a task that has delta = true."
        )

    def _task(self, task_id: str) -> TaskBase | None:
        try:
            return self._door.engine.task(task_id)
        except Refused:
            return None

    def _known(self, journal: Journal, run_id: int) -> RunRow:
        row = journal.runs.get(run_id) if 0 < run_id <= LAST_ID else None
        if row is None or row.task in self._door.hidden_tasks:
            raise Refused(f"There is no run {run_id}, or it is past retention.", advice="Look at the list of runs.")
        return row

    def rejects(self, run_id: int, *, start: int = 0, limit: int = 200) -> RejectPage:
        """Return the rejects of a run, without the first ``start``."""
        limit, start = max(1, min(limit, MOST)), _number(start) or 0
        with self._reading() as journal:
            row = self._known(journal, run_id)
            found = journal.rejects.of_run(run_id, start=start, limit=limit + 1)
            if not found:
                found = kept_in_details(row)[start : start + limit + 1]
        more = start + limit if len(found) > limit else None
        return RejectPage(tuple(reject_view(row) for row in found[:limit]), more)

    def log(self, run_id: int, *, before: int | None = None, after: int | None = None, limit: int = 200) -> LogPage:
        """Return the latest lines of a run before a number, or the first ones after one."""
        limit = max(1, min(limit, MOST))
        self._door.engine.sinks.flush()
        with self._reading() as journal:
            rows = journal.logs.of_run(
                _number(run_id) or 0, before=_number(before), after=_number(after), limit=limit + (after is None)
            )
        hidden = self._door.hidden_tasks
        rows = [row for row in rows if row.task not in hidden]
        earlier = after is None and len(rows) > limit
        lines = tuple(
            LogLine(row.id, row.at, row.level, clean(row.text), clean(row.task), row.run) for row in rows[-limit:]
        )
        return LogPage(lines, earlier)

    def outcomes(self, task_id: str, limit: int = 40) -> tuple[RunOutcome, ...]:
        """Return how the last runs of a task ended, oldest first; dry runs and reverts are left out."""
        if task_id in self._door.hidden_tasks:
            return ()
        with self._reading() as journal:
            rows = journal.history.outcomes(task_id, limit=max(1, min(limit, MOST)))
        return tuple(
            RunOutcome(
                run=row.run,
                state=row.state,
                at=row.started_at or row.queued_at,
                seconds=(row.ended_at - row.started_at).total_seconds() if row.started_at and row.ended_at else None,
            )
            for row in rows
        )

    def revert_outlook(self, run_id: int) -> RevertOutlook:
        """Return what reverting a run would do, without doing it.

        Raises:
            Refused: it was reverted before, or nothing is known of what it changed.
        """
        from core.store.catalogue import plan_revert

        with self._reading() as journal:
            self._known(journal, run_id)
        with self._door.engine.workspace.catalogue.session() as session:
            plan = plan_revert(session, run_id)
        if plan.empty:
            raise Refused(f"Run {run_id} changed no record that could be put back.")
        return _outlook(plan)

    def cursor(self, task_id: str) -> CursorView | None:
        """Return the cursor of a task; None where it has seen nothing yet."""
        with self._reading() as journal:
            known = journal.cursors.get(task_id) if task_id not in self._door.hidden_tasks else None
        return CursorView(known.moment, known.set_by, known.set_at, known.run) if known else None

    def set_cursor(self, task_id: str, moment: datetime | None) -> None:
        """Set, or with ``None`` forget, the moment up to which a task has seen changes (T11).

        Raises:
            Refused: the task is unknown, follows no changes or has a run that has not ended; or the moment has not come
                yet.
        """
        engine = self._door.engine
        journal, now = engine.workspace.journal, engine.workspace.now()
        known = journal.cursors.get(task_id)
        old = known.moment.isoformat() if known else ""
        new = moment.isoformat() if moment else "forgotten"
        with self._door.command("task.cursor", task_id, old=old, new=new), engine.starter.deciding:
            if moment is not None and moment > now:
                raise Refused(
                    f"{moment:%Y-%m-%d %H:%M} lies in the future; until then the task would see no change.",
                    advice="Set a moment that has passed.",
                )
            task = self._door.task(task_id)
            if task.type not in FOLLOW_CHANGES:
                raise Refused(f"{task_id} has no cursor: tasks of type {task.type} follow no changes.")
            engine.starter.refuse_running(task_id)
            if moment is None:
                journal.cursors.clear(task_id)
            else:
                journal.cursors.set(task_id, moment, set_by=str(self._door.actor), at=now)


def _number(given: int | None) -> int | None:
    """Return a number that the journal can take."""
    return None if given is None else max(0, min(given, LAST_ID))


def _outlook(plan: RevertPlan) -> RevertOutlook:
    return RevertOutlook(
        run=plan.run,
        words=plan.in_words(),
        parts=tuple(
            RevertPart(part.entity, clean(part.assortment), part.in_words(), part.conflicts) for part in plan.parts
        ),
        conflicts=plan.conflicts,
        samples=tuple(
            RevertConflict(
                conflict.entity, clean(", ".join(map(str, conflict.key)), limit=100), conflict.changed_by_run
            )
            for conflict in plan.samples
        ),
    )
