"""What no table can know alone: whether the tables of a configuration fit one another."""

from __future__ import annotations

import graphlib
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from core.config.attachments import ATTACHMENT, FILLED
from core.config.entities import (
    RECORD_FIELDS,
    STANDARD_PUBLICATIONS,
    Entity,
    UnfitEntity,
    build_entities,
    publication_field,
)
from core.config.finding import Finding, shown
from core.config.formats import READ_BY_LAYOUTS, header_columns
from core.config.frequency import After, Arrival, Workday, window_problem
from core.text import listed, nearest, with_article

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from core.config.auto_import import AcceptRule, AutoImportTask
    from core.config.entities import EntitySettings, FieldSettings
    from core.config.layout_types import LayoutSettings
    from core.config.layouts import ImportPass
    from core.config.outline import KeyPath
    from core.config.report_tasks import ReportTask
    from core.config.tables import ConfigTables
    from core.config.task_types import TaskSettings
    from core.config.tasks import CsvExportTask, EtlTask, ExportTask, FeedTask, ImportTask, RemotePath, TargetPath

RESERVED_PREFIX = "system-"
"""Ids that begin so are those of Pendel's own tasks (T5)."""


@dataclass(frozen=True, slots=True)
class Validated:
    """The tables that are good by themselves, and what was left out because it is not."""

    settings: ConfigTables
    task_positions: list[int]
    """Where each task of ``settings`` stands among all tasks, from 0."""
    left_out: frozenset[KeyPath] = frozenset()
    task_ids_left_out: frozenset[str] = frozenset()

    def names(self, table: str) -> set[str]:
        """Return the names of all tables of a kind that are written, be they good or wrong."""
        wrong = {str(path[1]) for path in self.left_out if path[0] == table and len(path) == 2}
        return wrong.union(getattr(self.settings, table))


@dataclass(slots=True)
class _Check:
    validated: Validated
    standard: Mapping[str, EntitySettings]
    findings: list[Finding] = field(default_factory=list)
    entities: dict[str, Entity] = field(default_factory=dict)

    def note(self, path: KeyPath, message: str, value: str = "", choices: Iterable[str] = ()) -> None:
        """Add a finding; ``choices`` are the words of which the nearest to ``value`` is proposed."""
        self.findings.append(Finding(path, message, shown(value) if value else "", nearest(value, choices)))

    def knows(self, key: str) -> bool:
        """Whether a setting of the engine was good, so that others can be held against it."""
        return not {("engine",), ("engine", key)} & self.validated.left_out


def cross_check(
    validated: Validated, standard: Mapping[str, EntitySettings]
) -> tuple[dict[str, Entity], list[Finding]]:
    """Return all entities by name, and what does not fit; what was left out is not held against others."""
    check = _Check(validated, standard)
    _check_entities(check)
    for name, layout in validated.settings.layouts.items():
        _check_layout(check, ("layouts", name), layout)
    _check_targets(check, ("alerts", "to"), validated.settings.alerts.to)
    first_places: dict[str, int] = {}
    for position, task in zip(validated.task_positions, validated.settings.tasks, strict=True):
        path: KeyPath = ("tasks", position)
        if first_places.setdefault(task.id, position) != position:
            check.note((*path, "id"), f"another task, number {first_places[task.id] + 1}, has this id", task.id)
        elif task.id.startswith(RESERVED_PREFIX):
            check.note((*path, "id"), f"ids that begin with {RESERVED_PREFIX} are kept for system tasks", task.id)
        _check_planning(check, path, task)
        _check_targets(check, (*path, "alerts", "to"), (task.alerts and task.alerts.to) or [])
        _CHECKS[task.type](check, path, task)
    _check_loops(check)
    return check.entities, check.findings


def _check_entities(check: _Check) -> None:
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


def _entity(check: _Check, path: KeyPath, name: str) -> Entity | None:
    """Return the entity that a setting names; note where there is none."""
    entity = check.entities.get(name)
    declared = check.validated.names("entities")
    if entity is None and name not in declared:
        check.note((*path, "entity"), "there is no such entity", name, check.entities.keys() | declared)
    return entity


def _declared_fields(check: _Check, entity: Entity) -> dict[str, FieldSettings]:
    result: dict[str, FieldSettings] = {}
    for tables in (check.standard, check.validated.settings.entities):
        if entity.name in tables:
            result |= tables[entity.name].fields
    return result


def _check_field(
    check: _Check, path: KeyPath, name: str, entity: Entity, *, imports: bool, without_language: bool
) -> None:
    if name in entity.fields or not (check.knows("languages") and check.knows("publications")):
        return
    if name in RECORD_FIELDS:
        if imports:
            check.note(path, "this field is kept by Pendel itself and cannot be imported", name)
        return
    base, _, language = name.partition(".")
    declared = _declared_fields(check, entity).get(base)
    languages = check.validated.settings.engine.languages
    if declared is None:
        choices = [*entity.fields, *(() if imports else RECORD_FIELDS)]
        check.note(path, f"the entity {entity.name!r} has no such field", name, choices)
    elif not declared.translated:
        check.note(path, "this field has one value for all languages", name, [base])
    elif language:
        choices = [f"{base}.{each}" for each in languages]
        check.note(
            path, f"{language!r} is none of the languages of the engine, {listed(languages, last='and')}", name, choices
        )
    elif not without_language:
        example = f"{base}.{languages[0]}"
        check.note(path, f"this field has a value per language: name one of them, such as {example}", name)


def _check_layout(check: _Check, path: KeyPath, layout: LayoutSettings) -> None:
    if layout.direction == "report":
        if layout.entity:
            _entity(check, path, layout.entity)
        return
    if layout.direction == "export":
        entity = _entity(check, path, layout.entity)
        for position, column in enumerate(layout.columns if entity else ()):
            if entity and column.field is not None:
                place: KeyPath = (*path, "columns", position, "field")
                _check_field(check, place, column.field, entity, imports=False, without_language=True)
        return
    if layout.direction == "feed":
        if _entity(check, path, layout.entity) is not None:
            from core.config.feedcheck import check_feed

            check_feed(
                layout,
                path,
                entities=check.entities,
                note=check.note,
                check_field=partial(_check_field, check, imports=False, without_language=True),
                find_entity=partial(_entity, check),
            )
        return
    seen: dict[str, int] = {}
    for number, walk in enumerate(layout.walks):
        place = (*path, "passes", number) if layout.passes else path
        if seen.setdefault(walk.entity, number) != number:
            message = f"pass number {seen[walk.entity] + 1} is of this entity already"
            check.note((*place, "entity"), message, walk.entity)
        else:
            _check_pass(check, place, walk)


def _check_pass(check: _Check, path: KeyPath, walk: ImportPass) -> None:
    entity = _entity(check, path, walk.entity)
    if entity is None:
        return
    seen: dict[str, int] = {}
    for position, column in enumerate(walk.columns):
        place: KeyPath = (*path, "columns", position, "field")
        name = column.field
        _check_field(check, place, name, entity, imports=True, without_language=False)
        if walk.entity == ATTACHMENT and name in FILLED:
            check.note(place, "an import fills this field by the file itself; leave it out", name)
        if seen.setdefault(name, position) != position:
            check.note(place, f"this field has a value from column number {seen[name] + 1} already", name)
        field = entity.fields.get(name)
        if column.references != "reject" and field is not None and not field.refers_to:
            message = f"{name!r} refers to no other record"
            check.note((*path, "columns", position, "references"), message, column.references)
    missing = [name for name in entity.key if name not in seen]
    if missing:
        names = listed([repr(name) for name in missing], last="and")
        check.note((*path, "columns"), f"no column for the key of {entity.name!r}: {names}")


def _check_planning(check: _Check, path: KeyPath, task: TaskSettings) -> None:
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
    if isinstance(task.frequency, Arrival) and task.type != "auto-import":
        check.note((*path, "frequency", "kind"), "only an auto-import has a folder in which files arrive", "arrival")


def _check_targets(check: _Check, path: KeyPath, names: Sequence[str]) -> None:
    if ("alerts",) in check.validated.left_out:
        return
    targets = check.validated.settings.alerts.targets
    for position, name in enumerate(names):
        if name not in targets:
            check.note((*path, position), "there is no such target in [alerts.targets]", name, sorted(targets))


def _check_loops(check: _Check) -> None:
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


def _check_reference(check: _Check, path: KeyPath, table: str, name: str) -> bool:
    names = check.validated.names(table)
    if name in names:
        return True
    check.note(path, f"there is no such {table.removesuffix('s')}", name, sorted(names))
    return False


def _check_remote(check: _Check, path: KeyPath, remote: RemotePath | TargetPath | None) -> None:
    if remote is not None:
        _check_reference(check, (*path, "location"), "locations", remote.location)


def _check_use_of_layout(
    check: _Check, path: KeyPath, task: ImportTask | ExportTask | FeedTask | AcceptRule, kind: str
) -> None:
    if task.entity is not None:
        _entity(check, path, task.entity)
    if not _check_reference(check, (*path, "layout"), "layouts", task.layout):
        return
    layout = check.validated.settings.layouts.get(task.layout)
    if layout is None:
        return
    if layout.direction != kind:
        message = f"this layout is for {with_article(layout.direction)}, not for {with_article(kind)}"
        check.note((*path, "layout"), message, task.layout)
        return
    entity = layout.walks[0].entity if layout.direction == "import" else layout.entity
    if task.entity is not None and entity != task.entity and task.entity in check.entities:
        check.note((*path, "layout"), f"this layout is of {entity!r}, not of {task.entity!r}", task.layout)


def _check_publication(check: _Check, path: KeyPath, publication: str | None, entity: str) -> None:
    if publication is None or not check.knows("publications") or entity not in check.entities:
        return
    known = [*STANDARD_PUBLICATIONS, *check.validated.settings.engine.publications]
    if publication not in known:
        check.note((*path, "publication"), "this is no publication of the engine", publication, known)
    elif publication_field(publication) not in check.entities[entity].fields:
        message = f"records of {entity!r} are not published: set published = true for the entity"
        check.note((*path, "publication"), message, publication)


def _check_import(check: _Check, path: KeyPath, task: ImportTask) -> None:
    _check_use_of_layout(check, path, task, "import")
    layout = check.validated.settings.layouts.get(task.layout)
    of_layout = layout.walks[0].entity if layout is not None and layout.direction == "import" else ATTACHMENT
    if task.attachments is not None and (task.entity or of_layout) != ATTACHMENT:
        check.note((*path, "attachments"), f"only an import of the entity {ATTACHMENT!r} fetches files")
    _check_remote(check, (*path, "source"), task.source)


def _check_export(check: _Check, path: KeyPath, task: ExportTask | FeedTask) -> None:
    _check_use_of_layout(check, path, task, task.type)
    _check_publication(check, path, task.publication, task.entity)
    _check_remote(check, (*path, "target"), task.target)
    languages = check.validated.settings.engine.languages
    if task.language is not None and task.language not in languages and check.knows("languages"):
        message = f"this is none of the languages of the engine, {listed(languages, last='and')}"
        check.note((*path, "language"), message, task.language, languages)


def _check_csv_export(check: _Check, path: KeyPath, task: CsvExportTask) -> None:
    _check_remote(check, (*path, "target"), task.target)
    for position, part in enumerate(task.exports):
        place: KeyPath = (*path, "exports", position)
        entity = _entity(check, place, part.entity)
        _check_publication(check, place, part.publication, part.entity)
        for index, name in enumerate(part.fields if entity else ()):
            if entity:
                _check_field(check, (*place, "fields", index), name, entity, imports=False, without_language=False)


def _check_auto_import(check: _Check, path: KeyPath, task: AutoImportTask) -> None:
    if task.location is not None:
        _check_reference(check, (*path, "location"), "locations", task.location)
    seen: dict[tuple[str, str | None], int] = {}
    for position, rule in enumerate(task.accept):
        place: KeyPath = (*path, "accept", position)
        _check_use_of_layout(check, place, rule, "import")
        told_by = (rule.format, None) if rule.format else (rule.layout, rule.format)
        if seen.setdefault(told_by, position) != position:
            key = "format" if rule.format else "layout"
            message = f"rule number {seen[told_by] + 1} takes the same files already"
            check.note((*place, key), message, told_by[0])
        if rule.format is not None and rule.format not in READ_BY_LAYOUTS:
            message = "files of this format are recognised and named, but no layout can read them"
            check.note((*place, "format"), message, rule.format)
        layout = check.validated.settings.layouts.get(rule.layout)
        if layout is not None and layout.direction == "import" and not rule.format and not header_columns(layout):
            message = "no file can be told to be of this layout: it reads no column by its name in a header line"
            check.note((*place, "layout"), message, rule.layout)


def _check_etl(check: _Check, path: KeyPath, task: EtlTask) -> None:
    _check_reference(check, (*path, "scheme"), "schemes", task.scheme)


def _check_report(check: _Check, path: KeyPath, task: ReportTask) -> None:
    _check_remote(check, (*path, "target"), task.target)
    _check_targets(check, (*path, "mail"), task.mail)
    if task.entity is not None:
        _entity(check, path, task.entity)
    if not _check_reference(check, (*path, "layout"), "layouts", task.layout):
        return
    layout = check.validated.settings.layouts.get(task.layout)
    if layout is not None and layout.direction != "report":
        check.note(
            (*path, "layout"), f"this layout is for {with_article(layout.direction)}, not for a report", task.layout
        )


_CHECKS: dict[str, Callable[..., None]] = {
    "import": _check_import,
    "export": _check_export,
    "feed": _check_export,
    "csv-export": _check_csv_export,
    "auto-import": _check_auto_import,
    "etl": _check_etl,
    "report": _check_report,
}
