"""The connectors that there are: those of the configuration, and those that Pendel brings along.

Most are declared in TOML. One that is written in Python, because no declaration can say it, has the same two sides: it
says what a link must tell, and opens a link.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.model import placed
from core.errors import Refused
from core.links.declared import DeclaredConnector
from core.links.loading import load_connector, ready
from core.links.ready import ready_names

if TYPE_CHECKING:
    from core.config.links import ConnectorSettings
    from core.config.model import Config
    from core.links.contract import LinkConnector
    from core.links.model.connector import Connector

SUPEROFFICE = "superoffice-sync"
"""The one that is written in Python: an ERP Sync Connector of SuperOffice, at the address that a table says."""


def connector_named(name: str, config: Config) -> LinkConnector:
    """Return the connector that a link means by a name: of the configuration, or one that Pendel brings along.

    Raises:
        Refused: there is none of this name, or it needs an address.
        ConfigError: its definition cannot be used.
    """
    settings = config.connectors.get(name)
    return _ready(name) if settings is None else connector_of(settings, config)


def connector_of(settings: ConnectorSettings, config: Config) -> LinkConnector:
    """Return the connector that settings declare, which need not be those of the configuration.

    Raises:
        Refused, ConfigError: as :func:`connector_named`.
    """
    if settings.file is not None:
        return DeclaredConnector(_at(load_connector(placed(config.base_dir, settings.file)), settings.base_url))
    return _ready(settings.definition or "", settings.base_url)


def definition_names() -> list[str]:
    """Return the names of all that Pendel brings along, those that need an address before a link can use them too."""
    return sorted([*ready_names(), SUPEROFFICE])


def described(name: str) -> tuple[LinkConnector, bool]:
    """Return one that Pendel brings along, to be told of, and whether it can only be used once it has an address.

    Raises:
        Refused: there is none of this name.
    """
    return _brought_along(name), name == SUPEROFFICE


def _ready(name: str, base_url: str | None = None) -> LinkConnector:
    if name == SUPEROFFICE and not base_url:
        raise Refused(
            f"{SUPEROFFICE} needs the address of the connector.",
            advice=f'Write a table under [connectors] with definition = "{SUPEROFFICE}" and base_url.',
        )
    return _brought_along(name, base_url)


def _brought_along(name: str, base_url: str | None = None) -> LinkConnector:
    if name == SUPEROFFICE:
        from core.links.superoffice.connector import SyncConnector

        return SyncConnector(base_url or "")
    return DeclaredConnector(_at(ready(name), base_url))


def _at(definition: Connector, base_url: str | None) -> Connector:
    return definition.model_copy(update={"base_url": base_url}) if base_url else definition
