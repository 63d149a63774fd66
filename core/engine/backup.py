"""A backup by hand, of a workspace on which no engine works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.load import load
from core.engine.lock import DataDirLock
from core.errors import Refused
from core.stop import StopToken
from core.store.backup import Backup, pack, rows_of

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


def write_backup(config_path: Path, target: Path, *, now: datetime) -> Backup:
    """Write a backup of a workspace on which no engine works.

    Raises:
        StoreBusy: an engine works on the data directory.
        Refused: the target exists.
        StoreError: something cannot be read or written; there is no target then.
    """
    config = load(config_path)
    if target.exists():
        raise Refused(f"{target} exists and is not overwritten.", advice="Name another file.")
    catalogue, journal = config.catalogue_file, config.journal_file
    with DataDirLock(config.data_dir):
        rows = rows_of(config, catalogue, journal)
        return pack(config, target, catalogue=catalogue, journal=journal, rows=rows, now=now, stop=StopToken())
