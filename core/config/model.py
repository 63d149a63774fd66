"""The configuration as the value that the rest of Pendel works with."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.errors import Refused
from core.text import clean, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from core.config.access import AccessSettings
    from core.config.alerts import AlertSettings, MonitoringSettings
    from core.config.console import ConsoleSettings
    from core.config.engine import EngineSettings, RetentionSettings
    from core.config.entities import Entity
    from core.config.layout_types import LayoutSettings
    from core.config.links import ConnectorSettings, LinkSettings
    from core.config.locations import LocationSettings
    from core.config.schemes import SchemeSettings
    from core.config.superoffice import SuperOfficeSettings
    from core.config.task_types import TaskSettings


DATA_DIR = "data"
"""The data directory where the configuration names none."""
JOURNAL = "journal.sqlite"
"""The name of the journal in the data directory."""


def placed(base_dir: Path, name: str) -> Path:
    """Return the path that a setting names: relative to the config file, ``~`` being the home directory."""
    # Path.expanduser raises an error of its own where there is no such user; the name then simply does not exist.
    return base_dir / os.path.expanduser(name)  # noqa: PTH111


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Config:
    """A configuration that was found good, whole and unchangeable; a new one takes its place after a change."""

    path: Path
    """The main file, absolute; not resolved where it is a symbolic link."""
    files: tuple[Path, ...]
    """Every file that was read, absolute, the main file first."""
    include: tuple[str, ...]
    """What the main file names further files by."""
    fingerprint: str
    """Of the names and contents of all files; it changes when any of them does."""
    engine: EngineSettings
    retention: RetentionSettings
    access: AccessSettings
    console: ConsoleSettings
    alerts: AlertSettings
    monitoring: MonitoringSettings
    superoffice: SuperOfficeSettings | None
    """None where no SuperOffice takes the catalogue for an ERP."""
    keys: Mapping[str, Sequence[str]]
    """The user's own keys, by the id of the action; the console checks them."""
    entities: Mapping[str, Entity]
    """Every entity by name, the standard ones too."""
    locations: Mapping[str, LocationSettings]
    layouts: Mapping[str, LayoutSettings]
    """Those that are declared; :meth:`layout` knows the others."""
    schemes: Mapping[str, SchemeSettings]
    connectors: Mapping[str, ConnectorSettings]
    links: Mapping[str, LinkSettings]
    tasks: tuple[TaskSettings, ...]
    """In file order."""
    _tasks_by_id: dict[str, TaskSettings] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_tasks_by_id", {task.id: task for task in self.tasks})

    @property
    def base_dir(self) -> Path:
        """The directory of the main file, which relative paths of the configuration begin at."""
        return self.path.parent

    @property
    def data_dir(self) -> Path:
        """Where journal, catalogue, spool, vault and backups are kept."""
        return placed(self.base_dir, self.engine.data_dir)

    @property
    def journal_file(self) -> Path:
        """Where the journal is kept."""
        return self.data_dir / JOURNAL

    @property
    def activity_file(self) -> Path:
        """Where the activity log of flows is kept; it is in no backup."""
        return self.data_dir / "activity.sqlite"

    @property
    def catalogue_file(self) -> Path:
        """Where the catalogue is kept."""
        return self.data_dir / "catalogue.duckdb"

    @property
    def spool_dir(self) -> Path:
        """Where the files of each run are, on their way, in a directory of the run."""
        return self.data_dir / "spool"

    @property
    def attachments_dir(self) -> Path:
        """Where the files of attachments are kept, by their content."""
        return self.data_dir / "attachments"

    @property
    def schemas_dir(self) -> Path:
        """Where the operator puts official schemas of formats, in a directory for each: ``bmecat``, ``dico-sales``."""
        return self.data_dir / "schemas"

    @property
    def backups_dir(self) -> Path:
        """Where the nightly backups are."""
        return self.data_dir / "backups"

    @property
    def socket_file(self) -> Path:
        """Where a running engine listens for consoles."""
        return placed(self.base_dir, self.access.socket) if self.access.socket else self.data_dir / "engine.sock"

    @property
    def known_hosts_file(self) -> Path:
        """The SSH host keys that were approved."""
        return self.data_dir / "known_hosts"

    @property
    def uploads_dir(self) -> Path:
        """Where import tasks look for a file named by ``file``."""
        return placed(self.base_dir, self.engine.uploads_dir)

    @property
    def exports_dir(self) -> Path:
        """Where export tasks write a file named by ``file``."""
        return placed(self.base_dir, self.engine.exports_dir)

    def layout(self, name: str, direction: str) -> LayoutSettings | None:
        """Return the layout that a task means by a name; None where there is none."""
        from core.config.industry_layouts import layout_named

        return layout_named(self.layouts, name, direction)

    def task(self, task_id: str) -> TaskSettings:
        """Return the task with this id.

        Raises:
            Refused: no task has it; the advice names the nearest id.
        """
        try:
            return self._tasks_by_id[task_id]
        except KeyError:
            near = nearest(task_id, self._tasks_by_id)
            raise Refused(
                f"No task has the id {clean(task_id, limit=70)!r}.", advice=f"Did you mean {near!r}?" if near else ""
            ) from None
