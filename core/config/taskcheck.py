"""Whether a task goes with the layouts, locations, entities and schemes that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.attachments import ATTACHMENT
from core.config.auto_import import AutoImportTask
from core.config.checking import check_field, check_targets, find_entity
from core.config.entities import STANDARD_PUBLICATIONS, publication_field
from core.config.formats import READ_BY_LAYOUTS, header_columns
from core.config.report_tasks import ReportTask
from core.config.tasks import CsvExportTask, EtlTask, ExportTask, FeedTask, ImportTask
from core.text import listed, with_article

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.config.auto_import import AcceptRule
    from core.config.checking import Checking
    from core.config.outline import KeyPath
    from core.config.task_types import TaskSettings
    from core.config.tasks import RemotePath, TargetPath


def check_task(check: Checking, path: KeyPath, task: TaskSettings) -> None:
    """Note what a task names that is not there or does not fit, by its type."""
    _CHECKS[type(task)](check, path, task)


def _check_reference(check: Checking, path: KeyPath, table: str, name: str) -> bool:
    names = check.validated.names(table)
    if name in names:
        return True
    check.note(path, f"there is no such {table.removesuffix('s')}", name, sorted(names))
    return False


def _check_remote(check: Checking, path: KeyPath, remote: RemotePath | TargetPath | None) -> None:
    if remote is not None:
        _check_reference(check, (*path, "location"), "locations", remote.location)


def _check_use_of_layout(
    check: Checking, path: KeyPath, task: ImportTask | ExportTask | FeedTask | AcceptRule, kind: str
) -> None:
    if task.entity is not None:
        find_entity(check, path, task.entity)
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


def _check_publication(check: Checking, path: KeyPath, publication: str | None, entity: str) -> None:
    if publication is None or not check.knows("publications") or entity not in check.entities:
        return
    known = [*STANDARD_PUBLICATIONS, *check.validated.settings.engine.publications]
    if publication not in known:
        check.note((*path, "publication"), "this is no publication of the engine", publication, known)
    elif publication_field(publication) not in check.entities[entity].fields:
        message = f"records of {entity!r} are not published: set published = true for the entity"
        check.note((*path, "publication"), message, publication)


def _check_import(check: Checking, path: KeyPath, task: ImportTask) -> None:
    _check_use_of_layout(check, path, task, "import")
    layout = check.validated.settings.layouts.get(task.layout)
    of_layout = layout.walks[0].entity if layout is not None and layout.direction == "import" else ATTACHMENT
    if task.attachments is not None and (task.entity or of_layout) != ATTACHMENT:
        check.note((*path, "attachments"), f"only an import of the entity {ATTACHMENT!r} fetches files")
    _check_remote(check, (*path, "source"), task.source)


def _check_export(check: Checking, path: KeyPath, task: ExportTask | FeedTask) -> None:
    _check_use_of_layout(check, path, task, task.type)
    _check_publication(check, path, task.publication, task.entity)
    _check_remote(check, (*path, "target"), task.target)
    languages = check.validated.settings.engine.languages
    if task.language is not None and task.language not in languages and check.knows("languages"):
        message = f"this is none of the languages of the engine, {listed(languages, last='and')}"
        check.note((*path, "language"), message, task.language, languages)


def _check_csv_export(check: Checking, path: KeyPath, task: CsvExportTask) -> None:
    _check_remote(check, (*path, "target"), task.target)
    for position, part in enumerate(task.exports):
        place: KeyPath = (*path, "exports", position)
        entity = find_entity(check, place, part.entity)
        _check_publication(check, place, part.publication, part.entity)
        for index, name in enumerate(part.fields if entity else ()):
            if entity:
                check_field(check, (*place, "fields", index), name, entity, imports=False, without_language=False)


def _check_auto_import(check: Checking, path: KeyPath, task: AutoImportTask) -> None:
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


def _check_etl(check: Checking, path: KeyPath, task: EtlTask) -> None:
    _check_reference(check, (*path, "scheme"), "schemes", task.scheme)


def _check_report(check: Checking, path: KeyPath, task: ReportTask) -> None:
    _check_remote(check, (*path, "target"), task.target)
    check_targets(check, (*path, "mail"), task.mail)
    if task.entity is not None:
        find_entity(check, path, task.entity)
    if not _check_reference(check, (*path, "layout"), "layouts", task.layout):
        return
    layout = check.validated.settings.layouts.get(task.layout)
    if layout is not None and layout.direction != "report":
        check.note(
            (*path, "layout"), f"this layout is for {with_article(layout.direction)}, not for a report", task.layout
        )


_CHECKS: dict[type, Callable[..., None]] = {
    ImportTask: _check_import,
    ExportTask: _check_export,
    FeedTask: _check_export,
    CsvExportTask: _check_csv_export,
    AutoImportTask: _check_auto_import,
    EtlTask: _check_etl,
    ReportTask: _check_report,
}
