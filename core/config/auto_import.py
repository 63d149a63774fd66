"""The settings of automatic import: a watched folder, and what is done with what appears in it (IM11)."""

from __future__ import annotations

from typing import Literal

from pydantic import StrictBool, StrictInt, StrictStr, model_validator

from core.config.base import EntityName, Identifier, Settings, setting
from core.config.formats import FormatId
from core.config.frequency import Arrival, Frequency
from core.config.tasks import DELTA_HELP, INVALID_HELP, Share, TaskBase, settle_time


class AcceptRule(Settings):
    """What is imported from the folder, and how."""

    layout: Identifier | None = setting(
        None,
        title="Layout",
        refers="layouts",
        help="A file is taken whose header has all columns that the layout names. Empty: that of the format.",
    )
    format: FormatId | None = setting(
        None, title="Format", help="What the file must be recognised as, in place of the columns of the layout."
    )
    entity: EntityName | None = setting(
        None, title="Entity", help="Empty: that of the layout, or the first of the format.", refers="entities"
    )
    assortment: StrictStr = setting("", title="Assortment")
    delta: StrictBool = setting(True, title="Delta", help=DELTA_HELP)
    max_rejected: Share = setting(
        0.05, title="Rejects allowed", help="Share of the rows; a file with more goes into quarantine."
    )
    max_archived: Share = setting(
        0.20, title="Archiving allowed", help="Share of the assortment; a file that would archive more is held back."
    )
    allow_empty: StrictBool = setting(False, title="Take a file without records")
    if_invalid: Literal["warn", "refuse"] = setting("warn", title="When a file has faults", help=INVALID_HELP)

    @model_validator(mode="after")
    def _told_by_something(self) -> AcceptRule:
        if self.layout is None and self.format is None:
            raise ValueError("a layout or a format is needed, by which a file is told to be of this rule")
        return self

    @property
    def layout_name(self) -> str:
        """The layout that its files are read through."""
        return self.layout or self.format or ""


class AutoImportTask(TaskBase):
    """A folder whose files are recognised by their content, and imported or checked as they arrive (IM11)."""

    type: Literal["auto-import"] = "auto-import"
    frequency: Frequency = setting(
        Arrival, title="Frequency", help="As files arrive; or by a plan, which looks into the folder at its times."
    )
    location: Identifier | None = setting(
        None, title="Location", refers="locations", help="Where the folders are. Empty: the upload directory."
    )
    import_directory: StrictStr = setting(
        "AutoImport", title="Import folder", help="What appears there is imported. Empty: there is none."
    )
    check_directory: StrictStr = setting(
        "AutoCheck", title="Check folder", help="What appears there is only checked. Empty: there is none."
    )
    settle: StrictInt = settle_time()
    accept: list[AcceptRule] = setting(title="Accepted files", min_length=1)

    @model_validator(mode="after")
    def _two_folders(self) -> AutoImportTask:
        if not self.import_directory and not self.check_directory:
            raise ValueError("at least one of import_directory and check_directory is needed")
        if self.import_directory.strip("/") == self.check_directory.strip("/"):
            raise ValueError("import_directory and check_directory must be different folders")
        return self
