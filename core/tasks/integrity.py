"""Integrity: the system task that looks whether journal and catalogue are whole (T5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from core.config.base import setting
from core.config.frequency import Weekly
from core.config.tasks import TaskBase
from core.errors import StoreError
from core.tasks.context import Outcome
from core.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.config.model import Config
    from core.tasks.context import RunContext

INTEGRITY_ID = "system-integrity"
_SHOWN = 3


class IntegrityTask(TaskBase):
    """Reads all of journal and catalogue, and looks whether they are whole."""

    type: Literal["integrity"] = setting("integrity", title="Type")


def integrity_task(config: Config) -> IntegrityTask:
    """Return the task as the settings have it."""
    return IntegrityTask.model_construct(
        id=INTEGRITY_ID,
        description="Looks whether journal and catalogue are whole",
        sequence=1,
        frequency=Weekly.model_construct(day="sunday", at=config.retention.at),
        missed="run_once",
    )


def run_integrity(context: RunContext) -> Outcome:
    """Look at both stores, and change nothing; a dry run does the same.

    Raises:
        StoreError: something is wrong; the log has all of it.
    """
    from core.store.catalogue.attached import contents_referred_to
    from core.store.integrity import find_faults, rows_of_catalogue

    with context.catalogue.session() as session:
        found = find_faults(session, context.journal.path, context.stop, step=context.step)
        rows = rows_of_catalogue(session)
        contents = contents_referred_to(session)
    found += _damaged(context, contents)
    for fault in found:
        context.log.error("%s", fault)
    if found:
        more = f" {len(found) - _SHOWN} more stand in the log." if len(found) > _SHOWN else ""
        raise StoreError(
            f"What is kept is not whole: {' '.join(found[:_SHOWN])}{more}",
            advice="Check the disk, and restore the last good backup with pendel restore.",
        )
    records = sum(count for table, count in rows.items() if table.startswith("entity."))
    attached = f", and {counted(len(contents), 'attachment')}" if contents else ""
    return Outcome(f"Journal and catalogue are whole: {counted(records, 'record')} read{attached}.")


def _damaged(context: RunContext, contents: Mapping[str, int]) -> Iterator[str]:
    """Yield what is wrong with the content that attachments refer to; all of it is read."""
    from core.store.attachments import AttachmentStore

    store = AttachmentStore(context.config.attachments_dir)
    advance = context.step("checking attachments", total=sum(contents.values()), unit="bytes")
    done = 0
    for sha256, size in contents.items():
        try:
            for _ in store.read(sha256, context.stop):
                pass
        except StoreError as error:
            yield error.message
        done += size
        advance(done, sum(contents.values()))
