"""The settings of ETL schemes: SQL steps over the records of an assortment (ETL1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import StrictStr, model_validator

from core.config.base import Line, Settings, setting

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORD = re.compile(r"[a-z_][a-z0-9_]*")


class SchemeStep(Settings):
    """One statement of a scheme."""

    name: Line = setting(title="Name", help="By which runs and messages name the step.")
    sql: StrictStr = setting(
        title="SQL",
        help="One UPDATE, INSERT, DELETE, MERGE or CREATE TEMP TABLE … AS over entities: UPDATE article SET …",
        long=True,
        min_length=1,
    )


class SchemeSettings(Settings):
    """An ETL scheme: steps that are carried out in order, as a whole or not at all."""

    description: StrictStr = setting("", title="Description")
    steps: list[SchemeStep] = setting(title="Steps", min_length=1)

    @model_validator(mode="after")
    def _named_once(self) -> SchemeSettings:
        names = [step.name for step in self.steps]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two steps are named {twice!r}")
        return self

    def entities_among(self, known: Iterable[str]) -> tuple[str, ...]:
        """Return the entities whose names occur in the steps, which a run may read or write; perhaps some too many."""
        words = {word for step in self.steps for word in _WORD.findall(step.sql.lower())}
        return tuple(name for name in known if name in words)
