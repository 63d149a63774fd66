"""Which records a task writes: the locks that its runs hold (T9), and the order in which imports fit each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.tasks import EtlTask, ExportTask, ImportTask, TaskBase

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from core.config.layouts import ImportPass
    from core.config.model import Config


EVERY = "*"
"""In place of an assortment: which ones is known only when the run looks."""


def clash(one: Collection[tuple[str, str]], other: Collection[tuple[str, str]]) -> tuple[str, str] | None:
    """Return an entity and assortment that both may write; None where they may run side by side."""
    for first, second in ((one, other), (other, one)):
        wide = {entity for entity, assortment in first if assortment == EVERY}
        for pair in second:
            if pair in first or pair[0] in wide:
                return pair
    return None


def written_by(task: TaskBase, config: Config) -> tuple[tuple[str, str], ...]:
    """Return the (entity, assortment) pairs that a run of this task may write, each once.

    Of an import: the entities of all passes of its layout, in order, and those of which it may make stubs. Of an
    automatic import: those of all its rules, for what a file is, is known only when it was looked at.
    """
    if task.type in ("flow", "import-opportunities", "update-contacts"):
        return _by_flow(task, config)
    match task:
        case ImportTask():
            return _through(task.layout, task.assortment, config)
        case EtlTask():
            names = config.schemes[task.scheme].entities_among(config.entities)
            return tuple((name, task.assortment) for name in names)
        case TaskBase(type="superoffice") if config.superoffice is not None:
            return tuple((each.entity, each.assortment) for each in config.superoffice.actors.values() if each.write)
        case ExportTask() if task.archive_left_out:
            return ((task.entity, task.assortment or ""),)
    return _by_exchange(task, config)


def _by_exchange(task: TaskBase, config: Config) -> tuple[tuple[str, str], ...]:
    """What a task of a rare type writes; its models are not imported for an engine that has none of them."""
    match task.type:
        case "auto-import":
            return _of_rules(task, config)
        case "artconnect-invoices":
            from core.config.art_connect import InvoicesTask

            return _through(task.layout, task.assortment, config) if isinstance(task, InvoicesTask) else ()
        case "import-etim":
            from core.config.industry import TRAITS

            return tuple((name, "") for name in TRAITS["etim-ixf"].reads)
        case "import-2ba":
            from core.config.industry import TRAITS
            from core.config.two_ba import TwoBaTask

            named = task.assortment if isinstance(task, TwoBaTask) and task.supplier is not None else EVERY
            return tuple((name, named) for name in TRAITS["etim-xchange"].reads)
    return ()


def _of_rules(task: TaskBase, config: Config) -> tuple[tuple[str, str], ...]:
    from core.config.auto_import import AutoImportTask  # 15 ms

    assert isinstance(task, AutoImportTask)  # noqa: S101 - what it is said to be
    found = (pair for rule in task.accept for pair in _through(rule.layout_name, rule.assortment, config))
    return tuple(dict.fromkeys(found))


def _by_flow(task: TaskBase, config: Config) -> tuple[tuple[str, str], ...]:
    """What a flow writes: records of the catalogue, or of a link, which is locked by its kind of records.

    With documents go their customers and articles.
    """
    from core.config.crm_tasks import flow_of
    from core.config.flow_kinds import CATALOGUE, KINDS

    flow = flow_of(task)
    if flow is None:
        return ()
    kind = KINDS[flow.kind]
    kinds = [kind, *(KINDS[name] for name in ("customers", "products") if kind.lines)]
    if flow.target != CATALOGUE:
        return tuple((f"{each.title.lower()} of the link {flow.target}", "") for each in kinds)
    names = (name for each in kinds for name in (each.entity, each.line_entity))
    entities = [name for name in (*names, *kind.part_entities) if name in config.entities]
    return tuple((name, flow.assortment) for name in dict.fromkeys(entities))


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
