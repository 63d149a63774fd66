"""The task that shares records with the data pool Artikelbeheer.nl (DP3)."""

from __future__ import annotations

import string
from typing import Literal, Self

from pydantic import StrictBool, StrictInt, StrictStr, model_validator

from core.config.base import EntityName, Identifier, setting
from core.config.tasks import ExportTask, FileTemplate, TaskBase


def _named_in(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


class ArtikelbeheerTask(TaskBase):
    """Records that are published in the data pool, as an industry format into its folders (DP3)."""

    type: Literal["export-artikelbeheer"] = "export-artikelbeheer"
    entity: EntityName = setting("article", title="Entity", refers="entities")
    assortment: StrictStr | None = setting(
        None,
        title="Assortment",
        help="Empty: each that has records for the data pool, as a file of its own. A run by hand may choose one.",
    )
    layout: Identifier = setting(
        "dico-sales", title="Layout", help="Of a format of the industry: pab, dico-sales, bmecat, …", refers="layouts"
    )
    language: StrictStr | None = setting(None, title="Language", help="Of the texts. Empty: all of the engine.")
    changes_only: StrictBool = setting(
        False, title="Changes since", help="Only what changed after the cursor; needs an assortment."
    )
    delta: StrictBool = setting(
        True, title="Delta", help="No: the file is the whole truth, and the receiver counts what is missing as expired."
    )
    location: Identifier = setting(title="Location", help="Of the receiver, mostly by FTPS.", refers="locations")
    mode: Literal["import", "check"] = setting(
        "import", title="Folder", help="The receiver imports what lies in AutoImport, and only checks AutoCheck."
    )
    uploads: StrictStr = setting(
        "Uploads", title="Upload directory", help="In which the two folders lie; empty: in that of the location itself."
    )
    file: FileTemplate = setting(
        "{assortment}-{datetime}.xml", title="File name", help="{date} and the like are allowed.", min_length=1
    )
    reports: list[StrictStr] = setting(
        list,
        title="Reports of the check",
        help="Where the receiver may write it, behind AutoCheck; {file} is the file. Empty: none is fetched.",
    )
    wait: StrictInt = setting(
        10, title="Wait for the report", help="So long; then the run ends with a warning.", unit="minutes", ge=0, le=240
    )

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if self.changes_only and not self.delta:
            raise ValueError("a file of changes since the cursor is not the whole truth: set delta = true")
        if self.changes_only and self.assortment is None:
            raise ValueError("changes since the cursor are those of one assortment: name it")
        if self.assortment is None and not {"assortment", "sequence"} & _named_in(self.file):
            raise ValueError("each assortment is a file of its own: name it in the file name, {assortment}")
        if self.reports and self.mode != "check":
            raise ValueError('only a check has reports: set mode = "check"')
        return self

    @property
    def folder(self) -> str:
        """Where the file goes, in the directory of the location."""
        name = "AutoCheck" if self.mode == "check" else "AutoImport"
        return f"{self.uploads.strip('/')}/{name}".lstrip("/")

    def as_export(self, assortment: str | None = None, *, chosen: bool = False) -> ExportTask:
        """Return the export of one assortment; of one that was chosen by hand all of it, whatever was sent before."""
        return ExportTask.model_validate(
            {
                "id": self.id,
                "description": self.description,
                "sequence": self.sequence,
                "entity": self.entity,
                "assortment": self.assortment if assortment is None else assortment,
                "publication": "datapool",
                "layout": self.layout,
                "language": self.language,
                "changes_only": self.changes_only and not chosen,
                "delta": self.delta,
                "target": {"location": self.location, "path": f"{self.folder}/{self.file}"},
                "overwrite": True,
                "if_empty": "skip",
            }
        )
