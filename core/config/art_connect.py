"""The tasks of Art-Connect: invoices in, settings and new users out (DP4).

What Art-Connect itself takes is not public: the two documents that go there have layouts of Pendel's own, described in
``docs/art-connect.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import StrictInt, StrictStr

from core.config.base import Identifier, setting
from core.config.tasks import ImportTask, RemotePath, Share, TargetPath, TaskBase, settle_time

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRETS = "art-connect-"
"""How the names of secrets begin that may stand in a file for Art-Connect: a record of the catalogue, which anybody's
file may have brought, cannot have the other passwords of this house sent there."""


class InvoicesTask(TaskBase):
    """Invoices of suppliers that were created or changed since the cursor (DP4)."""

    type: Literal["artconnect-invoices"] = "artconnect-invoices"
    source: RemotePath = setting(
        title="Source", help="Where the invoices lie as DICO/SALES005; a wildcard: invoices/*.xml. They stay there."
    )
    layout: Identifier = setting(
        "dico-sales",
        title="Layout",
        help="Of DICO/SALES005; one of your own says what is taken otherwise.",
        refers="layouts",
    )
    assortment: StrictStr = setting("", title="Assortment")
    settle: StrictInt = settle_time()
    max_rejected: Share = setting(
        0.05, title="Rejects allowed", help="Share of the records of a file; one with more is left out."
    )

    def as_import(self) -> ImportTask:
        """Return the import that reads its files."""
        return ImportTask.model_validate(
            {
                "id": self.id,
                "description": self.description,
                "sequence": self.sequence,
                "assortment": self.assortment,
                "layout": self.layout,
                "source": self.source,
                "settle": self.settle,
                "if_missing": "succeed",
                "max_rejected": self.max_rejected,
            }
        )


class _Document(TaskBase):
    assortment: StrictStr | None = setting(None, title="Assortment", help="Of the records. Empty: all.")
    target: TargetPath = setting(title="Target", help="An existing file is overwritten.")


class SettingsTask(_Document):
    """Addresses, credentials and kinds of messages of all suppliers and points of sale, as one XML file (DP4)."""

    type: Literal["artconnect-settings"] = "artconnect-settings"


class UsersTask(_Document):
    """User accounts that are new since the cursor, as an XML file (DP4)."""

    type: Literal["artconnect-users"] = "artconnect-users"


ArtConnectTask = InvoicesTask | SettingsTask | UsersTask

ART_CONNECT: Mapping[str, type[ArtConnectTask]] = {
    "artconnect-invoices": InvoicesTask,
    "artconnect-settings": SettingsTask,
    "artconnect-users": UsersTask,
}
