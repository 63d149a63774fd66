"""The tasks of a CRM (DP5): flows of one kind, of which only what differs is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import StrictInt, StrictStr

from core.config.base import Identifier, Line, setting
from core.config.flow_kinds import CATALOGUE
from core.config.flows import FlowFilter, FlowTask
from core.config.tasks import TaskBase

if TYPE_CHECKING:
    from core.config.flow_kinds import KindName


class _CrmTask(TaskBase):
    link: Identifier = setting(
        title="Link", help="To a CRM whose definition, or link, says how it has such records.", refers="links"
    )
    assortment: StrictStr = setting("", title="Assortment", help="Of the catalogue.")
    since: Line | None = setting(
        None, title="First from", help='Where the first run begins: "2026-01-01". Empty: with all there is.'
    )
    block: StrictInt = setting(
        5000, title="Block", help="The catalogue is written after so many.", unit="records", ge=1, le=10_000
    )
    only: list[FlowFilter] = setting(list, title="Only records where", help="All of these hold.")
    defaults: dict[Line, StrictStr] = setting(
        dict, title="Defaults", help="What a record gets that lacks a field, such as currency."
    )

    def _flow(self, kind: KindName, source: str, target: str) -> FlowTask:
        return FlowTask.model_validate(
            {
                "id": self.id,
                "description": self.description,
                "active": self.active,
                "sequence": self.sequence,
                "kind": kind,
                "source": source,
                "target": target,
                "assortment": self.assortment,
                "since": self.since,
                "block": self.block,
                "only": self.only,
                "defaults": self.defaults,
            }
        )


class OpportunitiesTask(_CrmTask):
    """Opportunities of a CRM into the catalogue (DP5)."""

    type: Literal["import-opportunities"] = "import-opportunities"

    def as_flow(self) -> FlowTask:
        """Return the flow that it is."""
        return self._flow("opportunities", self.link, CATALOGUE)


class ContactsTask(_CrmTask):
    """Contacts of the catalogue into a CRM: updated there by their e-mail address, or created (DP5)."""

    type: Literal["update-contacts"] = "update-contacts"

    def as_flow(self) -> FlowTask:
        """Return the flow that it is."""
        return self._flow("contacts", CATALOGUE, self.link)


CrmTask = OpportunitiesTask | ContactsTask


def flow_of(task: TaskBase) -> FlowTask | None:
    """Return the flow that a task is; None where it is none."""
    if isinstance(task, FlowTask):
        return task
    return task.as_flow() if isinstance(task, OpportunitiesTask | ContactsTask) else None
