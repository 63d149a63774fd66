"""Every type of task there is in a configuration."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.config.auto_import import AutoImportTask
from core.config.report_tasks import ReportTask
from core.config.tasks import CsvExportTask, EtlTask, ExportTask, FeedTask, ImportTask

TaskSettings = Annotated[
    ImportTask | ExportTask | FeedTask | CsvExportTask | AutoImportTask | EtlTask | ReportTask,
    Field(discriminator="type"),
]
"""One task of the configuration, told apart by its ``type``."""
