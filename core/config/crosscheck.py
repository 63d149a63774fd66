"""What no table can know alone: whether the tables of a configuration fit one another."""

from __future__ import annotations

import graphlib
from typing import TYPE_CHECKING

from core.config.attachments import ATTACHMENT
from core.config.entities import (
    STANDARD_PUBLICATIONS,
    Entity,
    UnfitEntity,
    build_entities,
    publication_field,
)
from core.config.formats import header_columns, of_industry
from core.config.frequency import After, Arrival, Workday, window_problem
from core.config.layoutcheck import Check, check_field, check_layout, entity_named
from core.text import listed, with_article

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from core.config.art_connect import InvoicesTask, SettingsTask, UsersTask
    from core.config.artikelbeheer import ArtikelbeheerTask
    from core.config.auto_import import AcceptRule, AutoImportTask
    from core.config.classification_tasks import EtimTask
    from core.config.crm_tasks import CrmTask
    from core.config.entities import EntitySettings
    from core.config.finding import Finding
    from core.config.flows import FlowTask
    from core.config.layout_types import LayoutSettings
    from core.config.layoutcheck import Validated
    from core.config.outline import KeyPath
    from core.config.report_tasks import ReportTask
    from core.config.superoffice import SuperOfficeSettings
    from core.config.task_types import TaskSettings
    from core.config.tasks import CsvExportTask, EtlTask, ExportTask, FeedTask, ImportTask, RemotePath, TargetPath
    from core.config.two_ba import TwoBaTask

RESERVED_PREFIX = "system-"
"""Ids that begin so are those of Pendel's own tasks (T5)."""


def cross_check(
    validated: Validated, standard: Mapping[str, EntitySettings]
) -> tuple[dict[str, Entity], list[Finding]]:
    """Return all entities by name, and what does not fit; what was left out is not held against others."""
    check = Check(validated, standard)
    _check_entities(check)
    for name, layout in validated.settings.layouts.items():
        check_layout(check, ("layouts", name), layout)
    _check_targets(check, ("alerts", "to"), validated.settings.alerts.to)
    if validated.settings.superoffice is not None:
        _check_superoffice(check, validated.settings.superoffice)
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


def _check_entities(check: Check) -> None:
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


def _check_superoffice(check: Check, settings: SuperOfficeSettings) -> None:
    if not settings.actors and ("superoffice", "actors") not in check.validated.left_out:
        check.note(
            ("superoffice",), "SuperOffice would see nothing: a table such as [superoffice.actors.Customer] is needed"
        )
    taken: dict[tuple[str, str], str] = {}
    for actor_type, actors in settings.actors.items():
        path: KeyPath = ("superoffice", "actors", actor_type)
        entity = entity_named(check, path, actors.entity)
        if entity is None:
            continue
        if len(entity.key) != 1:
            check.note((*path, "entity"), "an actor is known by one key, and this entity has several", actors.entity)
        elif entity.fields[entity.key[0]].type != "text":
            check.note(
                (*path, "entity"), "an actor is known by a text, and the key of this entity is none", actors.entity
            )
        other = taken.setdefault((actors.entity, actors.assortment), actor_type)
        if other != actor_type:
            check.note((*path, "assortment"), f"these records are seen as {other} already; another is needed")
        for key, name in actors.fields.items():
            check_field(check, (*path, "fields", key), name, entity, imports=True, without_language=False)
        if actors.fields and entity.key[0] not in actors.fields.values():
            check.note((*path, "fields"), f"the key of the entity is missing: {entity.key[0]}")


def _without(settings: EntitySettings, name: str, standard: EntitySettings | None) -> EntitySettings:
    """Return the declaration without a field that stands twice, or without what the field refers to."""
    fields = dict(settings.fields)
    if standard and name in standard.fields:
        del fields[name]
    else:
        fields[name] = fields[name].model_copy(update={"refers_to": None})
    return settings.model_copy(update={"fields": fields})


def _check_planning(check: Check, path: KeyPath, task: TaskSettings) -> None:
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


def _check_targets(check: Check, path: KeyPath, names: Sequence[str]) -> None:
    if ("alerts",) in check.validated.left_out:
        return
    targets = check.validated.settings.alerts.targets
    for position, name in enumerate(names):
        if name not in targets:
            check.note((*path, position), "there is no such target in [alerts.targets]", name, sorted(targets))


def _check_loops(check: Check) -> None:
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


def _check_reference(check: Check, path: KeyPath, table: str, name: str) -> bool:
    names = check.validated.names(table)
    if name in names:
        return True
    check.note(path, f"there is no such {table.removesuffix('s')}", name, sorted(names))
    return False


def _check_remote(check: Check, path: KeyPath, remote: RemotePath | TargetPath | None) -> None:
    if remote is not None:
        _check_reference(check, (*path, "location"), "locations", remote.location)


def _check_use_of_layout(
    check: Check, path: KeyPath, task: ImportTask | ExportTask | FeedTask | AcceptRule, name: str, kind: str
) -> LayoutSettings | None:
    """Check a layout that is named, and return it; None where there is none, or one that is wrong in itself."""
    if task.entity is not None:
        entity_named(check, path, task.entity)
    layout = _layout(check, name, kind)
    if layout is None:
        if name not in check.validated.names("layouts"):
            from core.config.industry_layouts import undeclared_layouts

            known = [*sorted(check.validated.names("layouts")), *undeclared_layouts(kind)]
            check.note((*path, "layout"), "there is no such layout", name, known)
        return None
    if layout.direction != kind:
        message = f"this layout is for {with_article(layout.direction)}, not for {with_article(kind)}"
        check.note((*path, "layout"), message, name)
        return layout
    if of_industry(layout):
        from core.config.industrycheck import check_use

        for place, message, value in check_use(task, path, layout):
            check.note(place, message, value)
        return layout
    entity = layout.walks[0].entity if layout.direction == "import" else layout.entity
    if task.entity is not None and entity != task.entity and task.entity in check.entities:
        check.note((*path, "layout"), f"this layout is of {entity!r}, not of {task.entity!r}", name)
    return layout


def _layout(check: Check, name: str, direction: str) -> LayoutSettings | None:
    """Return the layout that is meant by a name; None where there is none, or one that is wrong in itself."""
    declared = check.validated.settings.layouts
    if name in check.validated.names("layouts"):
        return declared.get(name)
    from core.config.industry_layouts import layout_named

    return layout_named(declared, name, direction)


def _check_publication(
    check: Check, path: KeyPath, publication: str | None, entity: str, key: str = "publication"
) -> None:
    if publication is None or not check.knows("publications") or entity not in check.entities:
        return
    known = [*STANDARD_PUBLICATIONS, *check.validated.settings.engine.publications]
    if publication not in known:
        check.note((*path, key), "this is no publication of the engine", publication, known)
    elif publication_field(publication) not in check.entities[entity].fields:
        message = f"records of {entity!r} are not published: set published = true for the entity"
        check.note((*path, key), message, publication)


def _check_import(check: Check, path: KeyPath, task: ImportTask) -> None:
    layout = _check_use_of_layout(check, path, task, task.layout, "import")
    # Of what is no layout, or none of an import, something else was said already.
    walks = layout.walks if layout is not None and layout.direction == "import" else None
    entities = [ATTACHMENT] if walks is None else [walk.entity for walk in walks]
    if layout is None or walks is None or not of_industry(layout):
        entities = [task.entity or entities[0]]
    if task.attachments is not None and ATTACHMENT not in entities:
        check.note((*path, "attachments"), f"only an import of the entity {ATTACHMENT!r} fetches files")
    _check_remote(check, (*path, "source"), task.source)


def _check_export(check: Check, path: KeyPath, task: ExportTask | FeedTask) -> None:
    _check_use_of_layout(check, path, task, task.layout, task.type)
    _check_publication(check, path, task.publication, task.entity)
    _check_remote(check, (*path, "target"), task.target)
    _check_language(check, path, task.language)


def _check_language(check: Check, path: KeyPath, language: str | None) -> None:
    languages = check.validated.settings.engine.languages
    if language is not None and language not in languages and check.knows("languages"):
        message = f"this is none of the languages of the engine, {listed(languages, last='and')}"
        check.note((*path, "language"), message, language, languages)


def _check_csv_export(check: Check, path: KeyPath, task: CsvExportTask) -> None:
    _check_remote(check, (*path, "target"), task.target)
    for position, part in enumerate(task.exports):
        place: KeyPath = (*path, "exports", position)
        entity = entity_named(check, place, part.entity)
        _check_publication(check, place, part.publication, part.entity)
        for index, name in enumerate(part.fields if entity else ()):
            if entity:
                check_field(check, (*place, "fields", index), name, entity, imports=False, without_language=False)


def _check_auto_import(check: Check, path: KeyPath, task: AutoImportTask) -> None:
    if task.location is not None:
        _check_reference(check, (*path, "location"), "locations", task.location)
    from core.config.industrycheck import check_rule

    seen: dict[tuple[str, str], int] = {}
    for position, rule in enumerate(task.accept):
        place: KeyPath = (*path, "accept", position)
        layout = _check_use_of_layout(check, place, rule, rule.layout_name, "import")
        told_by: str = rule.format or ""
        if not told_by and layout is not None and layout.direction == "import" and of_industry(layout):
            told_by = layout.format
        told = (told_by, "format") if told_by else (rule.layout_name, "layout")
        if seen.setdefault(told, position) != position:
            message = f"rule number {seen[told] + 1} takes the same files already"
            check.note((*place, "format" if rule.format else "layout"), message, told[0])
        for where, message, value in check_rule(rule, place, layout):
            check.note(where, message, value)
        if layout is not None and layout.direction == "import" and not told_by and not header_columns(layout):
            message = "no file can be told to be of this layout: it reads no column by its name in a header line"
            check.note((*place, "layout"), message, rule.layout_name)


def _check_etl(check: Check, path: KeyPath, task: EtlTask) -> None:
    _check_reference(check, (*path, "scheme"), "schemes", task.scheme)


def _check_report(check: Check, path: KeyPath, task: ReportTask) -> None:
    _check_remote(check, (*path, "target"), task.target)
    _check_targets(check, (*path, "mail"), task.mail)
    if task.entity is not None:
        entity_named(check, path, task.entity)
    if not _check_reference(check, (*path, "layout"), "layouts", task.layout):
        return
    layout = check.validated.settings.layouts.get(task.layout)
    if layout is not None and layout.direction != "report":
        check.note(
            (*path, "layout"), f"this layout is for {with_article(layout.direction)}, not for a report", task.layout
        )


def _check_flow(check: Check, path: KeyPath, task: FlowTask) -> None:
    from core.config.flowcheck import check_flow

    check_flow(check, path, task)


def _check_invoices(check: Check, path: KeyPath, task: InvoicesTask) -> None:
    layout = _check_use_of_layout(check, path, task.as_import(), task.layout, "import")
    if layout is not None and layout.direction == "import" and layout.format not in ("dico-sales", "dico-insbou"):
        check.note((*path, "layout"), "invoices of Art-Connect are DICO/SALES005", task.layout)
    _check_remote(check, (*path, "source"), task.source)


def _check_link(check: Check, path: KeyPath, task: EtimTask | TwoBaTask) -> None:
    _check_reference(check, (*path, "link"), "links", task.link)


def _check_crm(check: Check, path: KeyPath, task: CrmTask) -> None:
    from core.config.flowcheck import check_rules, check_side

    flow = task.as_flow()
    if _check_reference(check, (*path, "link"), "links", task.link):
        check_side(check, (*path, "link"), task.link, flow.kind, reads=flow.writes_catalogue)
    check_rules(check, path, flow)


def _check_document(check: Check, path: KeyPath, task: SettingsTask | UsersTask) -> None:
    _check_remote(check, (*path, "target"), task.target)


def _check_artikelbeheer(check: Check, path: KeyPath, task: ArtikelbeheerTask) -> None:
    export = task.as_export()
    layout = _check_use_of_layout(check, path, export, task.layout, "export")
    _check_publication(check, path, export.publication, task.entity, "entity")
    _check_language(check, path, task.language)
    _check_reference(check, (*path, "location"), "locations", task.location)
    if layout is not None and layout.direction == "export" and not of_industry(layout):
        check.note((*path, "layout"), "the data pool takes formats of the industry, not tables", task.layout)


_CHECKS: dict[str, Callable[..., None]] = {
    "import": _check_import,
    "export": _check_export,
    "feed": _check_export,
    "csv-export": _check_csv_export,
    "auto-import": _check_auto_import,
    "etl": _check_etl,
    "flow": _check_flow,
    "report": _check_report,
    "import-etim": _check_link,
    "import-2ba": _check_link,
    "import-opportunities": _check_crm,
    "update-contacts": _check_crm,
    "artconnect-invoices": _check_invoices,
    "artconnect-settings": _check_document,
    "artconnect-users": _check_document,
    "export-artikelbeheer": _check_artikelbeheer,
}
