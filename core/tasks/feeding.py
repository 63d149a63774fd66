"""The feed task: records, with what belongs to them, as a nested document; delivered as an export is (FE1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.entities import publication_field
from core.config.feeds import values_in
from core.config.model import placed
from core.tasks.exporting import cursor_of, send_records
from core.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.config.feeds import FeedLayout
    from core.config.tasks import FeedTask
    from core.exchange.feeds.writing import FeedWriter
    from core.exchange.writing import WriteResult
    from core.tasks.context import Outcome, RunContext

_SAMPLES = 3
_SAMPLE_LENGTH = 2000


def run_feed(context: RunContext, task: FeedTask) -> Outcome:
    """Write the records of an entity into one nested document, check it where that is set, and deliver it.

    Raises:
        PendelError: the document could not be rendered or delivered, or is not as its schema wants it; nothing was
            sent, and the cursor stays.
    """
    layout = context.config.layouts[task.layout]
    assert layout.direction == "feed"  # noqa: S101 - checked when the configuration was loaded
    return send_records(context, task, Document(context, task, layout))


class Document:
    """Renders records as a nested document; see :class:`core.tasks.exporting.Rendering`."""

    def __init__(self, context: RunContext, task: FeedTask, layout: FeedLayout) -> None:
        self._context = context
        self._task = task
        self._layout = layout
        told = {value.field for value in values_in(layout.root)}
        self.cursor = cursor_of(context, task)
        self.tells_deleted = bool(told & {"mutation", "archived_at"})

    def __call__(self, session: DuckDBPyConnection, selection: str, target: Path, watermark: datetime) -> WriteResult:
        """Write the document, and hold it against its schema where there is one."""
        from core.exchange.feeds.writing import FeedTexts, FeedWriter

        context, task = self._context, self._task
        writer = FeedWriter(
            self._layout,
            context.config.entities,
            connection=session,
            selection=selection,
            relation=joined_records(context.config.entities, session, watermark, publication=task.publication),
            language=task.language,
            languages=context.config.engine.languages,
            texts=FeedTexts(
                context.now().astimezone(context.config.engine.zone),
                task.id,
                task.entity,
                task.assortment or "",
                task.publication or "",
            ),
            stop=context.stop,
        )
        result = writer.write(target)
        if self._layout.schema_file is not None:
            self._validate(writer, target, result.records)
        if context.dry_run:
            self._show(writer)
        return result

    def cursor_moves(self) -> None:
        """Nothing depends on it."""

    def delivered(self) -> None:
        """Nothing depends on it."""

    def _validate(self, writer: FeedWriter, target: Path, records: int) -> None:
        from core.exchange.feeds.validating import validate

        schema = placed(self._context.config.base_dir, self._layout.schema_file or "")
        advance = self._context.step(f"checking it by {schema.name}", total=records, unit="records")
        validate(self._layout, schema, target, writer, records=records, stop=self._context.stop, progress=advance)
        self._context.log.info("The document is as %s wants it.", schema.name)

    def _show(self, writer: FeedWriter) -> None:
        """Keep the first records, as they are rendered, with the run."""
        shown = [
            {"key": list(key), "changes": {"": [None, shorten(text, _SAMPLE_LENGTH)]}}
            for key, text in zip(writer.keys(_SAMPLES), writer.records(_SAMPLES), strict=True)
        ]
        self._context.details["samples"] = {"written": shown}


def joined_records(
    entities: Mapping[str, Entity],
    session: DuckDBPyConnection,
    watermark: datetime,
    *,
    publication: str | None = None,
) -> Callable[[str], str]:
    """Return what gives the relation that has the records of another entity, as the snapshot has them.

    With a ``publication``, records that say where they are published must be published there.
    """
    from core.store.catalogue import select_records

    def relation(entity: str) -> str:
        flagged = publication is not None and publication_field(publication) in entities[entity].fields
        return select_records(
            session,
            entities[entity],
            assortment=None,
            since=None,
            upto=watermark,
            with_archived=False,
            publication=publication if flagged else None,
            name=f"joined_{entity}",
        )

    return relation
