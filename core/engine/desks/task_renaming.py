"""A task that gets another name keeps its runs, its cursors, and all else that is known of it."""

from __future__ import annotations

from contextlib import closing, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from core.engine.desks import tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.engine.engine import Engine


@contextmanager
def renaming(engine: Engine, names: Mapping[str, str]) -> Iterator[None]:
    """Let the journal and the activity log follow when tasks get other names inside the ``with`` block.

    ``names`` are the new ones by the old ones. Nothing is started meanwhile.

    Raises:
        Refused: one of the tasks has a run that has not ended, which knows only the old name.
        StoreError: the journal or the activity log cannot be written.
    """
    with engine.starter.deciding if names else nullcontext():
        for old in names:
            engine.starter.refuse_running(old)
        yield
        for old, new in names.items():
            engine.workspace.journal.rename_task(old, new)
            engine.board.history_changed()
        activity = engine.workspace.config.activity_file
        if names and activity.exists():
            from core.store.activity import ActivityLog

            with closing(ActivityLog(activity)) as log:
                for old, new in names.items():
                    log.rename_task(old, new)


def renamed_tasks(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str]:
    """Return the new names of tasks by their old ones; both are whole configurations."""
    was, now = ({name: tables.at(data, path) for name, path in tables.named(data, "tasks")} for data in (before, after))
    return tables.renamed(was, now)
