"""Backup: the system task that keeps the workspace every night, and trusts no backup that it has not restored (T5)."""

from __future__ import annotations

import shutil
from contextlib import suppress
from datetime import UTC
from typing import TYPE_CHECKING, Literal

from core.config.base import setting
from core.config.frequency import TimeOfDayFrequency
from core.config.tasks import TaskBase
from core.errors import PendelError, StopRequested, StoreError
from core.runs import RunState
from core.tasks.context import Outcome
from core.text import counted, file_size

if TYPE_CHECKING:
    from pathlib import Path

    from core.config.model import Config
    from core.store.backup import Backup
    from core.tasks.context import RunContext

BACKUP_ID = "system-backup"
_TIMES = 3
"""The stores are copied, packed and restored once, and lie there side by side for a while."""


class BackupTask(TaskBase):
    """Keeps configuration, journal, catalogue and vault in a file."""

    type: Literal["backup"] = setting("backup", title="Type")


def backup_task(config: Config) -> BackupTask:
    """Return the task as the settings have it."""
    return BackupTask.model_construct(
        id=BACKUP_ID,
        description="Backs up configuration, journal, catalogue and vault",
        sequence=2,
        frequency=TimeOfDayFrequency.model_construct(at=config.retention.at),
        missed="run_once",
    )


def run_backup(context: RunContext) -> Outcome:
    """Write a backup while runs go on, restore it to see that it is whole, and only then delete the oldest."""
    directory, keep = context.config.backups_dir, context.config.retention.backups
    size = _size_of_stores(context.config)
    if context.dry_run:
        surplus = len(_surplus(directory, keep - 1))
        deleting = f", and delete the oldest {counted(surplus, 'backup')}" if surplus else ""
        return Outcome(
            f"Would keep {file_size(size)} of stores in a new backup in {directory}, restore it to check it{deleting}."
        )
    _make_room(context, size)
    target = directory / f"pendel-{context.now().astimezone(UTC):%Y%m%d-%H%M%S}-run-{context.run}.zip"
    # It gets its name when it was verified: what has one is a backup to rely on.
    unverified = target.with_name(f".{target.name}.unverified")
    try:
        backup = _write(context, unverified)
        _verify(context, backup)
        _name(unverified, target)
    except BaseException as error:
        unverified.unlink(missing_ok=True)
        if isinstance(error, PendelError) and not isinstance(error, StopRequested):
            raise StoreError(
                f"There is no new backup; those before it are kept. {error.message}",
                advice=error.advice or "Mend what is said, and start the task again.",
            ) from error
        raise
    message = (
        f"Kept {counted(len(backup.files), 'file')} in {target.name} ({file_size(target.stat().st_size)}), "
        "and restored it to check it."
    )
    if backup.attachments:
        message += (
            f" It has {counted(backup.attachments, 'attachment')} ({file_size(backup.attachments_size)}) beside it."
        )
    deleted, stuck = _delete(_surplus(directory, keep))
    if deleted:
        freed = _forget_attachments(directory)
        more = f", and {file_size(freed)} of attachments that no other has" if freed else ""
        message += f" Deleted {counted(deleted, 'old backup')}{more}."
    return Outcome(f"{message} Not deleted: {stuck}", RunState.WARNINGS) if stuck else Outcome(message)


def _write(context: RunContext, target: Path) -> Backup:
    from core.store.backup import left_out, pack
    from core.store.copying import copy_stores

    config = context.config
    for path in left_out(config):
        context.log.warning("%s lies outside %s and is not in the backup.", path, config.base_dir)
    with context.work_dir("backup") as work:
        catalogue, journal = work / config.catalogue_file.name, work / config.journal_file.name
        context.step("copying the stores")
        rows = copy_stores(
            context.catalogue, context.journal, catalogue_file=catalogue, journal_file=journal, stop=context.stop
        )
        context.step("packing the copies")
        return pack(
            config, target, catalogue=catalogue, journal=journal, rows=rows, now=context.now(), stop=context.stop
        )


def _verify(context: RunContext, backup: Backup) -> None:
    """Restore the backup into the spool; that compares every table's rows, examines the stores, loads the settings."""
    from core.store.backup import restore_backup

    context.step("restoring the backup to check it")
    with context.work_dir("restored") as work:
        restored = restore_backup(backup.path, work / "workspace", stop=context.stop, attachments=False)
    if restored.missing:
        raise StoreError(
            f"{counted(restored.missing, 'attachment')} could not be kept beside the backup.",
            advice="Check the disk; the next backup brings what is missing.",
        )


def _name(unverified: Path, target: Path) -> None:
    from core.syncing import sync

    try:
        unverified.replace(target)
        sync(target.parent)
    except OSError as error:
        raise StoreError(f"{target} cannot be named: {error.strerror}.", advice="Check the disk.") from error


def _make_room(context: RunContext, size: int) -> None:
    """Make the directory, clear what a killed attempt left there, and see that the disk has room for a backup."""
    directory = context.config.backups_dir
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        for left in directory.glob(".*"):
            left.unlink()
        free = shutil.disk_usage(directory).free
    except OSError as error:
        raise StoreError(
            f"The directory of the backups {directory} cannot be used: {error.strerror}.",
            advice="Check the disk and the permissions of the data directory.",
        ) from error
    wanted = _TIMES * size
    if free < wanted:
        raise StoreError(
            f"There is no room for a backup in {directory}: {file_size(free)} free, {file_size(wanted)} wanted. "
            "Those before it are kept.",
            advice="Make room on that disk, or keep fewer: backups in [retention].",
        )


def _size_of_stores(config: Config) -> int:
    """Return the bytes of both stores, with the logs beside them."""
    size = 0
    for store in (config.catalogue_file, config.journal_file):
        for path in store.parent.glob(f"{store.name}*"):
            # A log may be gone meanwhile: it was written into its store.
            with suppress(FileNotFoundError):
                size += path.stat().st_size
    return size


def _surplus(directory: Path, keep: int) -> list[Path]:
    """Return the backups beyond those that are kept, the oldest first; their names sort as their moments do."""
    found = sorted(directory.glob("pendel-*-run-*.zip"))
    return found[: max(0, len(found) - keep)]


def _forget_attachments(directory: Path) -> int:
    from core.store.attachment_backup import forget_contents

    return forget_contents(directory)


def _delete(paths: list[Path]) -> tuple[int, str]:
    for number, path in enumerate(paths):
        try:
            path.unlink()
        except OSError as error:
            return number, f"{path}: {error.strerror}."
    return len(paths), ""
