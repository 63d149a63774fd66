"""What can flow between two systems, told from what their connectors declare; neither of them is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.flow_kinds import CATALOGUE, KINDS
from core.errors import Refused
from core.links.connectors import DeclaredConnector, connector_named
from core.links.opening import settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.config.flow_kinds import KindName
    from core.config.model import Config
    from core.links.model.kinds import KindMapping


def why_not(source: str, target: str, config: Config) -> dict[KindName, str]:
    """Return why records of each kind cannot flow from a link, or the catalogue, to another; empty where they can.

    Raises:
        Refused: there is no such link, or both are the same.
        ConfigError: the definition of a connector cannot be used.
    """
    if source == target:
        raise Refused("A flow leads from one system to another.", advice="Choose two.")
    sides = (_Side(source, config), _Side(target, config))
    return {kind.name: sides[0].reads(kind.name) or sides[1].writes(kind.name) for kind in KINDS.values()}


class _Side:
    """One of the two systems."""

    def __init__(self, name: str, config: Config) -> None:
        self._name = name
        self._kinds: Mapping[KindName, KindMapping] | None = None
        if name == CATALOGUE:
            return
        self._settings = settings_of(name, config)
        connector = connector_named(self._settings.connector, config)
        self._title = connector.title
        self._kinds = connector.definition.kinds if isinstance(connector, DeclaredConnector) else {}

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
