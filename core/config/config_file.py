"""The whole shape of the file: every kind of table that there is."""

from __future__ import annotations

from core.config.base import Identifier, setting
from core.config.layout_types import LayoutSettings
from core.config.links import ConnectorSettings, LinkSettings
from core.config.schemes import SchemeSettings
from core.config.superoffice import SuperOfficeSettings
from core.config.tables import ConfigTables
from core.config.task_types import TaskSettings


class ConfigFile(ConfigTables):
    """The file, with what it includes."""

    superoffice: SuperOfficeSettings | None = setting(None, title="Connector for SuperOffice")
    layouts: dict[Identifier, LayoutSettings] = setting(dict, title="Layouts")
    schemes: dict[Identifier, SchemeSettings] = setting(dict, title="ETL schemes")
    connectors: dict[Identifier, ConnectorSettings] = setting(dict, title="Connectors")
    links: dict[Identifier, LinkSettings] = setting(dict, title="Links")
    tasks: list[TaskSettings] = setting(list, title="Tasks")
