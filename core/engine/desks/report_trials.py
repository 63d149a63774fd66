"""A report as text, from settings that need not be written yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from core.config.config_file import ConfigFile
from core.config.problems import findings
from core.config.report_tasks import ReportTask
from core.config.reports import ReportLayout
from core.engine.api.files import ReportTrial
from core.errors import PendelError
from core.stop import StopToken
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from core.engine.workspace import Workspace
    from core.reports.period import Spans

_NARROWEST, _WIDEST = 40, 240


def try_report(workspace: Workspace, layout: Mapping[str, Any], task: Mapping[str, Any], width: int) -> ReportTrial:
    """Return a report as it would be now, or why there is none."""
    from core.reports.making import make_document
    from core.reports.period import spans_of
    from core.reports.text import lines_of

    problems: list[str] = []
    asked, by = _validated(layout, task, problems)
    entity = (by and by.entity) or (asked and asked.entity)
    if entity and entity not in workspace.config.entities:
        problems.append(f"There is no entity {clean(entity)!r}.")
    if asked is None or problems:
        return ReportTrial(problems=tuple(problems))
    cursors = workspace.journal.cursors

    def spans(watermark: datetime) -> Spans:
        runs, changes = (cursors.get(by.id, name) if by else None for name in ("", "catalogue"))
        return spans_of(
            (by and by.period) or asked.period,
            now=workspace.now(),
            zone=workspace.config.engine.zone,
            watermark=watermark,
            runs_seen=runs.moment if runs else None,
            changes_seen=changes.moment if changes else None,
        )

    try:
        document = make_document(
            asked,
            by,
            spans,
            config=workspace.config,
            catalogue=workspace.catalogue,
            journal=workspace.journal,
            now=workspace.now(),
            stop=StopToken(),
        )
    except PendelError as error:
        return ReportTrial(problems=(clean(str(error)),))
    return ReportTrial(tuple(lines_of(document, max(_NARROWEST, min(width, _WIDEST)))))


def _validated(
    layout: Mapping[str, Any], task: Mapping[str, Any], problems: list[str]
) -> tuple[ReportLayout | None, ReportTask | None]:
    data: dict[str, Any] = {"version": 1, "engine": {}, "layouts": {"layout": dict(layout)}}
    if task:
        data["tasks"] = [{key: value for key, value in task.items() if key != "frequency"} | {"layout": "layout"}]
    try:
        settings = ConfigFile.model_validate(data)
    except ValidationError as error:
        for finding in findings(error, data):
            place = ".".join(str(part + 1) if isinstance(part, int) else part for part in finding.path[2:])
            problems.append(clean(f"{place}: {finding.message}".lstrip(": ")))
        return None, None
    asked = settings.layouts["layout"]
    by = settings.tasks[0] if settings.tasks else None
    if not isinstance(asked, ReportLayout) or not isinstance(by, ReportTask | None):
        problems.append(
            "This is no layout of a report." if not isinstance(asked, ReportLayout) else "This task makes no report."
        )
        return None, None
    return asked, by
