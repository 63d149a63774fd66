"""What a console knows of an engine: commands down, immutable snapshots up.

Commands are accepted, or refused by raising :class:`core.errors.Refused` with a reason that can be shown. Nothing here
waits for a run. Everything that crosses this border is a frozen dataclass, an enum or a plain value, so that a console
in another process can have it, too.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from core.engine.api.rights import Right
from core.engine.api.views import LogLine, RunView, Snapshot, TaskView

if TYPE_CHECKING:
    from core.engine.api.catalogue import CatalogueApi
    from core.engine.api.engine import EngineApi
    from core.engine.api.files import FilesApi
    from core.engine.api.flows import FlowsApi
    from core.engine.api.history import HistoryApi
    from core.engine.api.links import LinksApi
    from core.engine.api.settings import SettingsApi

__all__ = [
    "CatalogueApi",
    "EngineApi",
    "FilesApi",
    "FlowsApi",
    "HistoryApi",
    "LinksApi",
    "LogLine",
    "Right",
    "RunView",
    "SettingsApi",
    "Snapshot",
    "TaskView",
]

_PROTOCOLS = {
    f"{name.title()}Api": name for name in ("catalogue", "engine", "files", "flows", "history", "links", "settings")
}


def __getattr__(name: str) -> Any:
    # What the desks give and take is many dataclasses: 30 ms that the first paint of a console has no use for.
    if name in _PROTOCOLS:
        return getattr(import_module(f"{__name__}.{_PROTOCOLS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
