"""Which records a task writes: the locks that its runs hold (T9), and the order in which imports fit each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.tasks import EtlTask, ExportTask, ImportTask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.config.layouts import ImportPass
    from core.config.model import Config
    from core.config.tasks import TaskBase


def written_by(task: TaskBase, config: Config) -> tuple[tuple[str, str], ...]:
    """Return the (entity, assortment) pairs that a run of this task may write, each once.

    Of an import: the entities of all passes of its layout, in order, and those of which it may make stubs. Of an
    automatic import: those of all its rules, for what a file is, is known only when it was looked at.
    """
    match task:
        case ImportTask():
            return _through(task.layout, task.assortment, config)
        case EtlTask():
            names = config.schemes[task.scheme].entities_among(config.entities)
            return tuple((name, task.assortment) for name in names)
        case ExportTask() if task.archive_left_out:
            return ((task.entity, task.assortment or ""),)
    return _of_rules(task, config) if task.type == "auto-import" else ()


def _of_rules(task: TaskBase, config: Config) -> tuple[tuple[str, str], ...]:
    from core.config.auto_import import AutoImportTask  # 15 ms

    assert isinstance(task, AutoImportTask)  # noqa: S101 - what it is said to be
    found = (pair for rule in task.accept for pair in _through(rule.layout_name, rule.assortment, config))
    return tuple(dict.fromkeys(found))


def passes_of(task: ImportTask, config: Config) -> tuple[ImportPass, ...]:
    """Return what an import reads of its file, in order."""
    return _walks(task.layout, config)


def _walks(layout_name: str, config: Config) -> tuple[ImportPass, ...]:
    layout = config.layout(layout_name, "import")
    return layout.walks if layout is not None and layout.direction == "import" else ()


def _through(layout_name: str, assortment: str, config: Config) -> tuple[tuple[str, str], ...]:
    """What an import through a layout may write."""
    walks = _walks(layout_name, config)
    names = [*(walk.entity for walk in walks), *(name for walk in walks for name in _stubs(walk, config))]
    return tuple((name, assortment) for name in dict.fromkeys(names))


def _stubs(walk: ImportPass, config: Config) -> Iterator[str]:
    fields = config.entities[walk.entity].fields
    for column in walk.columns:
        target = fields[column.field].refers_to
        if column.references == "stub" and target:
            yield target
