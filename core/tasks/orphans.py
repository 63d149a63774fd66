"""Content of the attachment store that nothing refers to: found, and removed when it has been so for long enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from core.tasks.context import RunContext


def orphaned(context: RunContext) -> dict[str, int]:
    """Return the SHA-256 and size of the content that no record refers to, nor did before a run that can be undone."""
    from core.store.attachments import AttachmentStore
    from core.store.catalogue.attached import contents_referred_to

    # The store first: what comes while the catalogue is read is none of it.
    kept = {content.sha256: content.size for content in AttachmentStore(context.config.attachments_dir)}
    if not kept:
        return {}
    with context.catalogue.session() as session:
        referred = contents_referred_to(session)
    return {sha256: size for sha256, size in kept.items() if sha256 not in referred}


def remove_orphans(context: RunContext, *, before: datetime) -> tuple[int, int]:
    """Remove what nothing has referred to since a moment; return how many there were, and their bytes.

    What a run that has not ended asked for stays: it may be about to refer to it.
    """
    from core.store.attachments import AttachmentStore

    store, orphans = AttachmentStore(context.config.attachments_dir), context.journal.orphans
    # Before the catalogue is read: a run that ends after that may have brought what it does not show yet.
    unused_since = min([context.now(), *(run.queued_at for run in context.journal.runs.open())])
    found = orphaned(context)
    orphans.replace(found, at=context.now())
    removed: list[str] = []
    freed = 0
    for sha256, since in orphans.since().items():
        context.stop.check()
        if since < before and (size := store.remove(sha256, unused_since=unused_since)) is not None:
            removed.append(sha256)
            freed += size
    orphans.replace(found.keys() - set(removed), at=context.now())
    context.journal.fetched.forget(removed)
    return len(removed), freed
