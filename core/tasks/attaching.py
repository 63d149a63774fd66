"""Attachments on their way in: the files that staged records name, brought before the records are compared (IM8)."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING

from core.config.attachments import AttachmentImport
from core.store.attachments import AttachmentStore
from core.store.catalogue.attached import (
    ContentAnswer,
    addresses,
    fill_contents,
    list_addresses,
    note_answers,
    refuse_unattached,
)
from core.tasks.fetching import Fetcher
from core.tasks.pickup import connect
from core.text import counted, file_size
from core.transfer import names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.tasks.context import RunContext
    from core.tasks.parts import Part, Reading

_AT_ONCE = 500
"""Answers that are written into the session's table at a time."""


def attach_contents(reading: Reading, parts: Sequence[Part], part: Part, path: str) -> None:
    """Fetch the files of the staged attachments of a part, and fill in what they are; what cannot be is rejected.

    ``path`` is that of the imported file, beside which the files lie unless the task says otherwise. A dry run asks the
    sources and fetches nothing.

    Raises:
        StopRequested: a stop was asked for; what was fetched is kept, and is not fetched again.
        PendelError: the location of the files cannot be reached, or the disk is full.
    """
    context, session, task = reading.context, reading.session, reading.task
    settings = task.attachments or AttachmentImport()
    refuse_unattached(session, part, parts, context.config.entities, stop=context.stop)
    total = list_addresses(session, part.staged, stop=context.stop)
    fetcher = Fetcher(
        context,
        settings,
        AttachmentStore(context.config.attachments_dir),
        connect=lambda: connect(context, task),
        location=task.source.location if task.source else "uploads",
        directory=_directory(settings, path),
        brought=context.details.get("attachments", {}).get("bytes", 0),
    )
    doing = "looking for attachments" if context.dry_run else "fetching attachments"
    advance = context.step(doing, total=total, unit="files")
    answered: list[ContentAnswer] = []
    done = 0
    with closing(fetcher.answers(addresses(session))) as answers:
        for answer in answers:
            answered.append(answer)
            done += 1
            advance(done, total)
            if len(answered) == _AT_ONCE:
                note_answers(session, answered)
                answered.clear()
    note_answers(session, answered)
    fill_contents(session, part, stop=context.stop)
    # Files that were stopped halfway and then changed or vanished at their source.
    shutil.rmtree(context.spool / "attachments", ignore_errors=True)
    _tell(context, asdict(fetcher.tally))


def _directory(settings: AttachmentImport, path: str) -> str:
    """Return where the files lie in the location; empty for its own directory."""
    if not settings.directory:
        return names.split_path(names.checked_path(path))[0]
    return "" if settings.directory.strip("/") == "." else names.checked_path(settings.directory)


def _tell(context: RunContext, tally: dict[str, int]) -> None:
    """Add to what the run tells: it may import several files."""
    told: dict[str, int] = context.details.setdefault("attachments", {})
    for name, number in tally.items():
        told[name] = told.get(name, 0) + number
    context.log.info("%s", attached_words(context).strip())


def attached_words(context: RunContext) -> str:
    """Return what was done about attachments, as a sentence behind others."""
    told = context.details["attachments"]
    fetched = f"{counted(told['fetched'], 'file')} ({file_size(told['bytes'])})"
    words = f" {'Would fetch' if context.dry_run else 'Fetched'} {fetched}"
    if told["same"]:
        words += f", {told['same']:,} of them with content that was kept already"
    if told["unchanged"]:
        words += f"; {told['unchanged']:,} unchanged"
    return f"{words}."
