"""The task that fills a report layout and sends the report (RE1)."""

from __future__ import annotations

from typing import Literal

from pydantic import StrictBool, StrictStr, field_validator, model_validator

from core.config.base import EntityName, Identifier, setting
from core.config.reports import Period, ReportFormat
from core.config.tasks import FileTemplate, TargetPath, TaskBase


class ReportTask(TaskBase):
    """A report to a location, a directory or people (RE)."""

    type: Literal["report"] = "report"
    layout: Identifier = setting(title="Layout", refers="layouts")
    period: Period | None = setting(None, title="Period", help="Empty: as in the layout.")
    entity: EntityName | None = setting(None, title="Entity", help="Empty: as in the layout.", refers="entities")
    assortment: StrictStr | None = setting(None, title="Assortment", help="Empty: as in the layout.")
    formats: list[ReportFormat] = setting(
        lambda: ["html"], title="Formats", help="Each is a file of its own.", min_length=1
    )
    file: FileTemplate | None = setting(
        None, title="File", help="In the export directory, without the ending; {date} and the like are allowed."
    )
    target: TargetPath | None = setting(None, title="Target", help="In place of a file; without the ending, too.")
    overwrite: StrictBool = setting(
        False, title="Overwrite an existing file", help="No: a run fails where its file is at the target already."
    )
    mail: list[Identifier] = setting(
        list, title="Sent to", help="Names of targets in [alerts.targets]; the files are attached."
    )
    if_empty: Literal["send", "skip"] = setting(
        "send", title="When there is nothing to tell", help="No table has a row: send the report, or nothing."
    )

    @field_validator("formats")
    @classmethod
    def _each_once(cls, formats: list[ReportFormat]) -> list[ReportFormat]:
        if len(set(formats)) < len(formats):
            raise ValueError("a format is named twice")
        return formats

    @model_validator(mode="after")
    def _some_target(self) -> ReportTask:
        if self.file is not None and self.target is not None:
            raise ValueError("one of file (in the export directory) and target (at a location) is enough")
        if self.file is None and self.target is None and not self.mail:
            raise ValueError("a report goes somewhere: set file, target or mail")
        return self
