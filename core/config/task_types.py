"""Every type of task there is in a configuration."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.config.art_connect import ArtConnectTask
from core.config.artikelbeheer import ArtikelbeheerTask
from core.config.auto_import import AutoImportTask
from core.config.classification_tasks import EtimTask
from core.config.crm_tasks import CrmTask
from core.config.flows import FlowTask
from core.config.report_tasks import ReportTask
from core.config.tasks import FileTask
from core.config.two_ba import TwoBaTask

TaskSettings = Annotated[
    FileTask
    | AutoImportTask
    | FlowTask
    | ReportTask
    | ArtConnectTask
    | ArtikelbeheerTask
    | EtimTask
    | TwoBaTask
    | CrmTask,
    Field(discriminator="type"),
]
"""One task of the configuration, told apart by its ``type``."""
