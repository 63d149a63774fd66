"""Retention: the system task that deletes what is kept long enough (T5, T13)."""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from core.config.base import setting
from core.config.frequency import TimeOfDayFrequency
from core.config.tasks import TaskBase
from core.runs import RunState
from core.tasks.context import Outcome
from core.tasks.orphans import orphaned, remove_orphans
from core.tasks.rejects import rejects_dir
from core.text import counted, file_size

if TYPE_CHECKING:
    from pathlib import Path

    from core.config.model import Config
    from core.tasks.context import RunContext

RETENTION_ID = "system-retention"


class RetentionTask(TaskBase):
    """Deletes runs, logs, undo values and spooled files that are past their time."""

    type: Literal["retention"] = setting("retention", title="Type")


def retention_task(config: Config) -> RetentionTask:
    """Return the task as the settings have it."""
    # Nothing to check: three validators for three constants would hold up the first screen by 10 ms.
    return RetentionTask.model_construct(
        id=RETENTION_ID,
        description="Deletes runs, logs, undo values and spooled files past retention",
        sequence=0,
        frequency=TimeOfDayFrequency.model_construct(at=config.retention.at),
        missed="run_once",
    )


def run_retention(context: RunContext) -> Outcome:
    """Delete what is past its time; what could not be deleted is named, and tried again the next night."""
    retention, now = context.config.retention, context.now()
    runs_before = now - timedelta(days=retention.runs_days)
    spool_before = now - timedelta(days=retention.spool_days)
    old_spools = _older(context.config.spool_dir, spool_before, keep=_open_runs(context))
    orphans_before = now - timedelta(days=retention.attachments_days)
    if context.dry_run:
        size = sum(_size(path) for path in old_spools)
        orphans = orphaned(context)
        since = context.journal.orphans.since()
        past_due = [size for sha256, size in orphans.items() if since.get(sha256, now) < orphans_before]
        message = (
            f"Would delete runs that ended before {runs_before:%Y-%m-%d}, "
            f"and the files of {counted(len(old_spools), 'run')} in the spool ({file_size(size)})."
        )
        if orphans:
            message += (
                f" Nothing refers to {counted(len(orphans), 'attachment')}: would delete "
                f"{len(past_due):,} ({file_size(sum(past_due))}), the others wait for their time."
            )
        return Outcome(message)
    context.step("deleting old runs")
    # The journal comes last: what stands in it still is found again, should this end halfway.
    past = context.journal.runs.past(before=runs_before)
    images = context.catalogue.forget_runs(past) if past else 0
    context.stop.check()
    with context.journal.transaction():
        context.journal.runs.forget(past)
        lines = context.journal.logs.forget(before=runs_before)
        context.journal.occurrences.forget(before=runs_before)
    context.stop.check()
    forgotten = _forget_activity(context, now - timedelta(days=retention.activity_days))
    context.step("deleting old files")
    freed, stuck = _delete(old_spools + _rejects_of_no_run(context))
    context.step("deleting attachments that nothing refers to")
    removed, emptied = remove_orphans(context, before=orphans_before)
    context.step("compacting the stores")
    context.journal.compact()
    context.catalogue.compact()
    message = (
        f"Deleted {counted(len(past), 'run')}, {counted(lines, 'log line')}, "
        f"{counted(images, 'undo value')} and {file_size(freed)} of files."
    )
    if forgotten:
        message += f" Deleted the activity of flows with {counted(forgotten, 'record')}."
    if removed:
        message += f" Deleted {counted(removed, 'attachment')} that nothing refers to ({file_size(emptied)})."
    if stuck:
        return Outcome(f"{message} Not deleted: {stuck[0]}", RunState.WARNINGS)
    return Outcome(message)


def _forget_activity(context: RunContext, before: datetime) -> int:
    """Delete what flows sent and received before a moment; return how many entries."""
    path = context.config.activity_file
    if not path.exists():
        return 0
    from core.store.activity import ActivityLog

    context.step("deleting old activity of flows")
    with closing(ActivityLog(path)) as log:
        return log.forget(before=before)


def _open_runs(context: RunContext) -> set[str]:
    return {f"run-{run.id}" for run in context.journal.runs.open()}


def _rejects_of_no_run(context: RunContext) -> list[Path]:
    """Return the rejects of runs that are forgotten: now, or earlier, where they could not be deleted then."""
    found = sorted(rejects_dir(context.config.data_dir, 0).parent.glob("run-*"))
    numbers = {path: path.name.removeprefix("run-") for path in found}
    return [path for path, run in numbers.items() if run.isdecimal() and not context.journal.runs.get(int(run))]


def _older(directory: Path, before: datetime, *, keep: set[str]) -> list[Path]:
    if not directory.is_dir():
        return []
    limit = before.timestamp()
    return [path for path in sorted(directory.iterdir()) if path.name not in keep and path.stat().st_mtime < limit]


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _delete(paths: list[Path]) -> tuple[int, list[str]]:
    freed, stuck = 0, []
    for path in paths:
        try:
            size = _size(path)
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
            freed += size
        except OSError as error:
            stuck.append(f"{path}: {error.strerror}.")
    return freed, stuck
