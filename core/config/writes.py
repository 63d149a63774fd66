"""Which records a task writes: the locks that its runs hold (T9), and the order in which imports fit each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.tasks import ImportTask

if TYPE_CHECKING:
    from core.config.layouts import ImportPass
    from core.config.model import Config
    from core.config.tasks import TaskBase


def written_by(task: TaskBase, config: Config) -> tuple[tuple[str, str], ...]:
    """Return the (entity, assortment) pairs that a run of this task may write, each once.

    Of an import: the entities of all passes of its layout, in order, and those of which it may make stubs.
    """
    if not isinstance(task, ImportTask):
        return ()
    walks = passes_of(task, config)
    names = [walk.entity for walk in walks]
    for walk in walks:
        fields = config.entities[walk.entity].fields
        stubs = (fields[column.field].refers_to for column in walk.columns if column.references == "stub")
        names += [name for name in stubs if name]
    return tuple((name, task.assortment) for name in dict.fromkeys(names))


def passes_of(task: ImportTask, config: Config) -> tuple[ImportPass, ...]:
    """Return what an import reads of its file, in order."""
    layout = config.layouts.get(task.layout)
    return layout.walks if layout is not None and layout.direction == "import" else ()
