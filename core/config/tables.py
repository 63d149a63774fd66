"""The tables of the file, each checked by the model of its kind alone: what a console starts with.

The whole shape of the file is :class:`core.config.config_file.ConfigFile`, which knows every kind, and is asked
where anything is wrong. A file mostly has few kinds, and the models of the others take their time to import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

from pydantic import Field, StrictStr

from core.config.access import AccessSettings
from core.config.alerts import AlertSettings, MonitoringSettings
from core.config.base import EntityName, Identifier, Settings, setting
from core.config.console import ConsoleSettings, KeyNames
from core.config.engine import EngineSettings, RetentionSettings
from core.config.entities import EntitySettings
from core.config.locations import LocationSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from core.config.layout_types import LayoutSettings
    from core.config.links import ConnectorSettings, LinkSettings
    from core.config.schemes import SchemeSettings
    from core.config.superoffice import SuperOfficeSettings
    from core.config.task_types import TaskSettings
else:
    LayoutSettings = SchemeSettings = SuperOfficeSettings = TaskSettings = ConnectorSettings = LinkSettings = Any


class ConfigTables(Settings):
    """The file, with what it includes; layouts, schemes, connectors, links and tasks are not looked into."""

    version: Literal[1] = setting(title="Version", help="Of the shape of this file.")
    include: list[StrictStr] = setting(
        list, title="Further files", help="Their tables and tasks are added; wildcards, relative to this file."
    )
    engine: EngineSettings = setting(title="Engine")
    retention: RetentionSettings = setting(RetentionSettings, title="Retention")
    access: AccessSettings = setting(AccessSettings, title="Access")
    console: ConsoleSettings = setting(ConsoleSettings, title="Console")
    alerts: AlertSettings = setting(AlertSettings, title="Alerts")
    monitoring: MonitoringSettings = setting(MonitoringSettings, title="Monitoring")
    superoffice: SuperOfficeSettings | None = None
    keys: dict[StrictStr, KeyNames] = setting(
        dict, title="Keys", help="Of the console, in place of its own: the name of an action, and its key or keys."
    )
    entities: dict[EntityName, EntitySettings] = setting(dict, title="Entities")
    locations: dict[Identifier, LocationSettings] = setting(dict, title="Locations")
    layouts: dict[Identifier, LayoutSettings] = Field(default_factory=dict)
    schemes: dict[Identifier, SchemeSettings] = Field(default_factory=dict)
    connectors: dict[Identifier, ConnectorSettings] = Field(default_factory=dict)
    links: dict[Identifier, LinkSettings] = Field(default_factory=dict)
    tasks: list[TaskSettings] = Field(default_factory=list)


class UnknownKind(LookupError):
    """A table says that it is of a kind that there is not, or does not say it."""


def checked_tables(data: Mapping[str, Any]) -> ConfigTables:
    """Return the tables of a file that is right.

    Raises:
        ValidationError: something is wrong; not everything that is.
        UnknownKind: as it says.
    """
    tables = ConfigTables.model_validate(data)
    layouts = {name: layout_model(table).model_validate(table) for name, table in tables.layouts.items()}
    tasks = [task_model(table).model_validate(table) for table in tables.tasks]
    found = {"layouts": layouts, "schemes": _schemes(tables), "superoffice": _superoffice(tables), "tasks": tasks}
    return tables.model_copy(update=found | _connectors_and_links(tables))


def _superoffice(tables: ConfigTables) -> SuperOfficeSettings | None:
    if tables.superoffice is None:
        return None
    from core.config.superoffice import SuperOfficeSettings

    return SuperOfficeSettings.model_validate(tables.superoffice)


def _schemes(tables: ConfigTables) -> dict[str, SchemeSettings]:
    if not tables.schemes:
        return {}
    from core.config.schemes import SchemeSettings

    return {name: SchemeSettings.model_validate(table) for name, table in tables.schemes.items()}


def _connectors_and_links(tables: ConfigTables) -> dict[str, dict[str, Any]]:
    if not tables.connectors and not tables.links:
        return {}
    from core.config.links import ConnectorSettings, LinkSettings

    return {
        "connectors": {name: ConnectorSettings.model_validate(table) for name, table in tables.connectors.items()},
        "links": {name: LinkSettings.model_validate(table) for name, table in tables.links.items()},
    }


def task_model(table: Any) -> type[Settings]:
    """Return the model of a task by its ``type``.

    Raises:
        UnknownKind: as it says.
    """
    match word := _word(table, "type"):
        case "auto-import":
            from core.config.auto_import import AutoImportTask

            return AutoImportTask
        case "flow":
            from core.config.flows import FlowTask

            return FlowTask
        case "report":
            from core.config.report_tasks import ReportTask

            return ReportTask
        case "import-etim":
            from core.config.classification_tasks import EtimTask

            return EtimTask
        case "import-2ba":
            from core.config.two_ba import TwoBaTask

            return TwoBaTask
        case "import-opportunities":
            from core.config.crm_tasks import OpportunitiesTask

            return OpportunitiesTask
        case "update-contacts":
            from core.config.crm_tasks import ContactsTask

            return ContactsTask
        case "export-artikelbeheer":
            from core.config.artikelbeheer import ArtikelbeheerTask

            return ArtikelbeheerTask
        case "artconnect-invoices" | "artconnect-settings" | "artconnect-users":
            from core.config.art_connect import ART_CONNECT

            return ART_CONNECT[str(word)]
    from core.config.tasks import FileTask

    return _told_by(get_args(FileTask), "type", word)


def layout_model(table: Any) -> type[Settings]:
    """Return the model of a layout by its ``direction`` and ``format``.

    Raises:
        UnknownKind: as it says.
    """
    return _told_by(_layouts(_word(table, "direction")), "format", _word(table, "format"))


def _layouts(direction: object) -> Iterator[type[Settings]]:
    """Yield the models of a direction, the usual ones first; the others are only imported where they are asked for."""
    match direction:
        case "import":
            from core.config.layouts import ImportLayout

            yield from get_args(ImportLayout)
            from core.config.industry_layouts import IndustryImportLayout

            yield IndustryImportLayout
        case "export":
            from core.config.layouts import ExportLayout

            yield from get_args(ExportLayout)
            from core.config.industry_layouts import INDUSTRY_EXPORTS

            yield from INDUSTRY_EXPORTS.values()
        case "feed":
            from core.config.feeds import FeedLayout

            yield from get_args(FeedLayout)
        case "report":
            from core.config.reports import ReportLayout

            yield ReportLayout


def _word(table: Any, key: str) -> object:
    return table.get(key) if isinstance(table, dict) else None


def _told_by(models: Iterable[type[Settings]], key: str, word: object) -> type[Settings]:
    for model in models:
        info = model.model_fields.get(key)
        if info is None or word in get_args(info.annotation):
            return model
    raise UnknownKind
