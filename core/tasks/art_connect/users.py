"""User accounts that are new since the cursor, as an XML file for Art-Connect (DP4)."""

from __future__ import annotations

from datetime import UTC
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Final

from core.config.tasks import FeedTask
from core.tasks.exporting import send_records
from core.tasks.feeding import Document

if TYPE_CHECKING:
    from core.config.art_connect import UsersTask
    from core.config.feeds import FeedLayout
    from core.tasks.context import Outcome, RunContext

LAYOUT: Final = "art-connect-users"


def run_users(context: RunContext, task: UsersTask) -> Outcome:
    """Write the accounts that were made since the cursor, and deliver them; where there is none, no file.

    An account that only changed is known there already, and one that is switched off is not sent.

    Raises:
        PendelError: the file could not be written or delivered; nothing was sent, and the cursor stays.
    """
    cursor = context.journal.cursors.get(task.id)
    where = "active IS DISTINCT FROM false"
    if cursor is not None:
        where += (
            f" AND created_at > TIMESTAMP '{cursor.moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=' ')}'"
        )
    feed = FeedTask.model_validate(
        {
            "id": task.id,
            "description": task.description,
            "sequence": task.sequence,
            "entity": "user_account",
            "assortment": task.assortment,
            "layout": LAYOUT,
            "changes_only": True,
            "where": where,
            "if_empty": "skip",
            "overwrite": True,
            "target": task.target,
        }
    )
    with as_file(files(__package__).joinpath("users-1.xsd")) as schema:
        return send_records(context, feed, Document(context, feed, _layout(str(schema.resolve()))))


def _layout(schema: str) -> FeedLayout:
    from core.config.feeds import XmlFeedLayout
    from core.config.ready_feeds import ready_feeds

    return XmlFeedLayout.model_validate({**ready_feeds()[LAYOUT], "schema_file": schema})
