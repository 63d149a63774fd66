"""The task that fetches what suppliers share at 2BA, over its Product Data API (DP2)."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import StrictBool, StrictInt, StrictStr, StringConstraints, model_validator

from core.config.base import Identifier, setting
from core.config.tasks import ImportTask, Share, TaskBase


class TwoBaTask(TaskBase):
    """Products, articles and prices of one supplier at 2BA, or of each whose assortment is marked transfer (DP2)."""

    type: Literal["import-2ba"] = "import-2ba"
    link: Identifier = setting(title="Link", help="To 2BA, or to Artikelbeheer.nl.", refers="links")
    supplier: Annotated[StrictStr, StringConstraints(pattern=r"^\d{13}$")] | None = setting(
        None,
        title="GLN of the supplier",
        help="Empty: each assortment that is marked transfer, by the GLN of its owner.",
    )
    assortment: StrictStr = setting("", title="Assortment", help="Where the records of the one supplier go.")
    products: StrictBool = setting(
        True, title="Products", help="Also what their manufacturers say: texts, classes and features, files."
    )
    full_days: StrictInt = setting(
        7,
        title="Everything anew",
        help="When that was longer ago; else only what changed. Only then what is gone is archived. 0: each time.",
        unit="days",
        ge=0,
        le=366,
    )
    max_rejected: Share = setting(
        0.05, title="Rejects allowed", help="Share of the records; more fails the run and changes nothing."
    )
    max_archived: Share = setting(
        0.20,
        title="Archiving allowed",
        help="Share of an assortment; more stops the run before it changes anything of that supplier.",
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.assortment and self.supplier is None:
            raise ValueError("the assortments are those that are marked transfer: name a supplier, or no assortment")
        return self

    def as_import(self, assortment: str) -> ImportTask:
        """Return the import that takes what was fetched of a supplier."""
        return ImportTask.model_validate(
            {
                "id": self.id,
                "description": self.description,
                "sequence": self.sequence,
                "assortment": assortment,
                "layout": "etim-xchange",
                "file": "2ba",
                "allow_empty": True,
                "max_rejected": self.max_rejected,
                "max_archived": self.max_archived,
            }
        )
