"""A task that gets another name keeps its runs, its cursors, and all else that is known of it."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from core.engine.engine import Engine


@contextmanager
def renaming(engine: Engine, names: Iterable[tuple[str, str]]) -> Iterator[None]:
    """Let the journal follow when tasks got other names inside the ``with`` block: the old one and the new one of each.

    Nothing is started meanwhile.

    Raises:
        Refused: one of the tasks has a run that has not ended, which knows only the old name.
        StoreError: the journal cannot be written.
    """
    pairs = list(names)
    with engine.starter.deciding if pairs else nullcontext():
        for old, _ in pairs:
            engine.starter.refuse_running(old)
        yield
        for old, new in pairs:
            engine.workspace.journal.rename_task(old, new)


def renamed_back(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Return the old and the new name of each task that an undo gives another one; both are whole configurations."""
    was, now = (_by_name(data) for data in (before, after))
    come = now.keys() - was.keys()
    for name in was.keys() - now.keys():
        same = [new for new in come if now[new] == was[name]]
        if len(same) == 1:
            yield name, same[0]


def _by_name(data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    tasks = data.get("tasks", [])
    return {task["id"]: {**task, "id": ""} for task in tasks if isinstance(task, dict) and "id" in task}
