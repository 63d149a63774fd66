"""Every kind of layout there is in a configuration."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.config.feeds import FeedLayout
from core.config.industry_layouts import IndustryExportLayout, IndustryImportLayout
from core.config.layouts import ExportLayout, ImportLayout
from core.config.reports import ReportLayout

LayoutSettings = Annotated[
    Annotated[ImportLayout | IndustryImportLayout, Field(discriminator="format")]
    | Annotated[ExportLayout | IndustryExportLayout, Field(discriminator="format")]
    | Annotated[FeedLayout, Field(discriminator="format")]
    | ReportLayout,
    Field(discriminator="direction"),
]
"""One layout of the configuration, told apart by its ``direction`` and ``format``."""
