"""What no table can know alone: whether the tables of a configuration fit one another."""

from __future__ import annotations

import graphlib
from typing import TYPE_CHECKING

from core.config.auto_import import AutoImportTask
from core.config.checking import Checking, check_targets
from core.config.entities import UnfitEntity, build_entities
from core.config.frequency import After, Arrival, Workday, window_problem
from core.config.layoutcheck import check_layout
from core.config.taskcheck import check_task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.config.checking import Validated
    from core.config.entities import Entity, EntitySettings
    from core.config.finding import Finding
    from core.config.outline import KeyPath
    from core.config.task_types import TaskSettings

RESERVED_PREFIX = "system-"
"""Ids that begin so are those of Pendel's own tasks (T5)."""


def cross_check(
    validated: Validated, standard: Mapping[str, EntitySettings]
) -> tuple[dict[str, Entity], list[Finding]]:
    """Return all entities by name, and what does not fit; what was left out is not held against others."""
    check = Checking(validated, standard)
    _check_entities(check)
    for name, layout in validated.settings.layouts.items():
        check_layout(check, ("layouts", name), layout)
    check_targets(check, ("alerts", "to"), validated.settings.alerts.to)
    first_places: dict[str, int] = {}
    for position, task in zip(validated.task_positions, validated.settings.tasks, strict=True):
        path: KeyPath = ("tasks", position)
        if first_places.setdefault(task.id, position) != position:
            check.note((*path, "id"), f"another task, number {first_places[task.id] + 1}, has this id", task.id)
        elif task.id.startswith(RESERVED_PREFIX):
            check.note((*path, "id"), f"ids that begin with {RESERVED_PREFIX} are kept for system tasks", task.id)
        _check_planning(check, path, task)
        check_targets(check, (*path, "alerts", "to"), (task.alerts and task.alerts.to) or [])
        check_task(check, path, task)
    _check_loops(check)
    return check.entities, check.findings


def _check_entities(check: Checking) -> None:
    engine = check.validated.settings.engine
    declared = dict(check.validated.settings.entities)
    removed = check.validated.names("entities") - declared.keys()
    while True:
        try:
            check.entities = build_entities(check.standard, declared, engine.languages, engine.publications)
        except UnfitEntity as error:
            settings = declared.pop(error.entity)
            path: KeyPath = ("entities", error.entity, *(("fields", error.field) if error.field else ()))
            if error.refers_to and error.refers_to in removed:
                pass  # what is wrong with that entity was said already
            elif error.refers_to:
                names = [*check.standard, *check.validated.names("entities")]
                check.note((*path, "refers_to"), "there is no such entity", error.refers_to, names)
            else:
                check.note(path, str(error))
            if error.field:
                declared[error.entity] = _without(settings, error.field, check.standard.get(error.entity))
            else:
                removed.add(error.entity)
        else:
            return


def _without(settings: EntitySettings, name: str, standard: EntitySettings | None) -> EntitySettings:
    """Return the declaration without a field that stands twice, or without what the field refers to."""
    fields = dict(settings.fields)
    if standard and name in standard.fields:
        del fields[name]
    else:
        fields[name] = fields[name].model_copy(update={"refers_to": None})
    return settings.model_copy(update={"fields": fields})


def _check_planning(check: Checking, path: KeyPath, task: TaskSettings) -> None:
    engine = check.validated.settings.engine
    if check.knows("window") and (problem := window_problem(task.frequency, engine.window)):
        key = "at" if hasattr(task.frequency, "at") else "expression"
        value = f"{task.frequency.at:%H:%M}" if hasattr(task.frequency, "at") else ""
        check.note((*path, "frequency", key), problem, value)
    skips_holidays = isinstance(task.frequency, Workday) and task.frequency.skip_holidays
    if skips_holidays and engine.holidays is None and check.knows("holidays"):
        message = "which holidays is not said: set holidays in [engine] to a country"
        check.note((*path, "frequency", "skip_holidays"), message)
    if isinstance(task.frequency, After) and task.after is None:
        message = 'a task that is started by the end of others names them: set after = { tasks = ["…"] }'
        check.note((*path, "frequency", "kind"), message)
    if isinstance(task.frequency, Arrival) and not isinstance(task, AutoImportTask):
        check.note((*path, "frequency", "kind"), "only an auto-import has a folder in which files arrive", "arrival")


def _check_loops(check: Checking) -> None:
    tasks = check.validated.settings.tasks
    positions = dict(zip((task.id for task in tasks), check.validated.task_positions, strict=True))
    names = positions.keys() | check.validated.task_ids_left_out
    graph: dict[str, list[str]] = {}
    for position, task in zip(check.validated.task_positions, tasks, strict=True):
        graph[task.id] = list(task.after.tasks) if task.after else []
        for index, name in enumerate(graph[task.id]):
            if name not in names:
                check.note(("tasks", position, "after", "tasks", index), "there is no such task", name, sorted(names))
    while True:
        try:
            graphlib.TopologicalSorter(graph).prepare()
        except graphlib.CycleError as error:
            # graphlib names a loop from predecessor to successor, the first again at the end.
            loop: list[str] = error.args[1][::-1]
            words = " comes after ".join(loop)
            check.note(("tasks", positions[loop[0]], "after", "tasks"), f"these tasks wait for each other: {words}")
            graph[loop[0]] = [name for name in graph[loop[0]] if name != loop[1]]
        else:
            return
