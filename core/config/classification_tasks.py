"""The task that fetches the ETIM classification over a link (DP1)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StrictStr, StringConstraints, field_validator

from core.config.base import Identifier, setting
from core.config.tasks import ImportTask, Share, TaskBase

EtimRelease = Annotated[StrictStr, StringConstraints(pattern=r"^(DYNAMIC|ETIM-\d{1,2}\.\d)$")]
EtimLanguage = Annotated[StrictStr, StringConstraints(pattern=r"^[A-Za-z]{2}(-[A-Za-z]{2})?$")]


class EtimTask(TaskBase):
    """Classes, features, values, units and groups of ETIM, as far as they changed (DP1)."""

    type: Literal["import-etim"] = "import-etim"
    link: Identifier = setting(title="Link", help="To the ETIM API.", refers="links")
    releases: list[EtimRelease] = setting(
        lambda: ["DYNAMIC"], title="Releases", help="DYNAMIC, or such as ETIM-10.0.", min_length=1
    )
    languages: list[EtimLanguage] = setting(
        list,
        title="Languages",
        help="As ETIM calls them: EN, nl-NL, nb-NO. Empty: those of the engine, as far as the account may have them.",
    )
    max_archived: Share = setting(
        0.20,
        title="Archiving allowed",
        help="Share of a kind of record; more stops the run before it changes anything.",
    )

    @field_validator("releases", "languages")
    @classmethod
    def _each_once(cls, given: list[str]) -> list[str]:
        if len({each.casefold() for each in given}) < len(given):
            raise ValueError("one is named twice")
        return given

    def as_import(self) -> ImportTask:
        """Return the import that takes what was fetched."""
        return ImportTask.model_validate(
            {
                "id": self.id,
                "description": self.description,
                "sequence": self.sequence,
                "layout": "etim-ixf",
                "file": "etim",
                "allow_empty": True,
                "max_archived": self.max_archived,
            }
        )
