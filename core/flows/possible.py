"""What can flow between two systems: as their connectors declare it, or as a system says that only tells when asked."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from core.config.flow_kinds import CATALOGUE, KINDS
from core.errors import Refused
from core.links.connectors import connector_named
from core.links.declared import DeclaredConnector
from core.links.opening import open_link, settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.config.flow_kinds import KindName
    from core.links.contract import Surroundings
    from core.links.model.kinds import KindMapping


def why_not(source: str, target: str, around: Surroundings) -> dict[KindName, str]:
    """Return why records of each kind cannot flow from a link, or the catalogue, to another; empty where they can.

    Raises:
        Refused: there is no such link, both are the same, or one that must be asked is not tested.
        ConfigError: the definition of a connector cannot be used.
        LinkError, ConnectionFailed: a system that is asked does not answer.
    """
    if source == target:
        raise Refused("A flow leads from one system to another.", advice="Choose two.")
    sides = (_Side(source, around), _Side(target, around))
    return {kind.name: sides[0].reads(kind.name) or sides[1].writes(kind.name) for kind in KINDS.values()}


class _Side:
    """One of the two systems."""

    def __init__(self, name: str, around: Surroundings) -> None:
        self._name = name
        self._kinds: Mapping[KindName, KindMapping] | None = None
        if name == CATALOGUE:
            return
        self._settings = settings_of(name, around.config)
        connector = connector_named(self._settings.connector, around.config)
        self._title = connector.title
        if isinstance(connector, DeclaredConnector):
            self._kinds = connector.definition.kinds
        else:
            with closing(open_link(name, around, inactive_too=True)) as link:
                self._kinds = link.kinds()

    def reads(self, kind: KindName) -> str:
        """Return why records of a kind are not read from it."""
        if self._kinds is None:
            return ""
        if (found := self._kinds.get(kind)) is None or found.read is None:
            return f"{self._title} does not give them"
        sync = self._settings.sync.get(kind)
        return f"the link {self._name} does not read them" if sync and not sync.read else ""

    def writes(self, kind: KindName) -> str:
        """Return why records of a kind are not written to it."""
        if self._kinds is None:
            return ""
        if (found := self._kinds.get(kind)) is None or found.write is None:
            return f"{self._title} does not take them"
        sync = self._settings.sync.get(kind)
        return f"the link {self._name} does not write them" if sync and not sync.write else ""
