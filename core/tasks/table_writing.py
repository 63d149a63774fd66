"""Records as the rows of a table, by a layout of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.tasks.exporting import cursor_of
from core.tasks.samples import show_written

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.config.layouts import ExportLayout
    from core.config.tasks import ExportTask
    from core.exchange.writing import WriteResult
    from core.tasks.context import RunContext


class Table:
    """Renders records as the rows of a table; see :class:`core.tasks.exporting.Rendering`."""

    def __init__(self, context: RunContext, task: ExportTask, layout: ExportLayout) -> None:
        self._context = context
        self._task = task
        self._layout = layout
        self.cursor = cursor_of(context, task)
        # An archived record in a file that cannot say so would come back to life at the receiver.
        self.tells_deleted = any(column.field in ("mutation", "archived_at") for column in layout.columns)

    def __call__(self, session: DuckDBPyConnection, selection: str, target: Path, watermark: datetime) -> WriteResult:  # noqa: ARG002
        """Write the file."""
        from core.exchange.writing import write_file

        context = self._context
        entity, languages = context.config.entities[self._task.entity], context.config.engine.languages
        result = write_file(
            self._layout,
            entity,
            connection=session,
            selection=selection,
            target=target,
            language=self._task.language,
            languages=languages,
            stop=context.stop,
        )
        if context.dry_run:
            show_written(context, session, selection, self._layout, language=self._task.language)
        return result

    def cursor_moves(self) -> None:
        """Nothing depends on it."""

    def delivered(self) -> None:
        """Nothing depends on it."""
