"""What an engine works with: the configuration, the stores and the secrets of one data directory."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.config.load import fingerprint, load
from core.config.resolving import SecretResolver
from core.config.vault import Vault
from core.engine.giving_way import step_back
from core.engine.lock import DataDirLock
from core.engine.logs import LOGGER
from core.redaction import Redactor
from core.store.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.config.model import Config
    from core.config.secrets import SecretReader
    from core.store.catalogue import Catalogue

THREADS = 2
"""Of the catalogue: the parts of one statement that go side by side."""


def utc_now() -> datetime:
    """Return the time of day."""
    return datetime.now(UTC)


class Workspace:
    """Holds the lock of the data directory until it is closed.

    Raises:
        ConfigError: the configuration cannot be used.
        StoreBusy: another engine works on the data directory.
        StoreError: the journal cannot be opened.
    """

    def __init__(self, config_path: Path, *, now: Callable[[], datetime] = utc_now, polite: bool = False) -> None:
        self.now = now
        self._polite = polite
        self.config: Config = load(config_path)
        data_dir = self.config.data_dir
        self._lock = DataDirLock(data_dir)
        try:
            self.journal = Journal(self.config.journal_file)
        except BaseException:
            self._lock.release()
            raise
        self.redactor = Redactor()
        self.vault = Vault(data_dir)
        self._catalogue: Catalogue | None = None
        self._opening = threading.Lock()

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue; opened when it is first needed, since DuckDB takes its time to load.

        Raises:
            StoreError: it cannot be opened.
        """
        with self._opening:
            if self._catalogue is None:
                from concurrent.futures import ThreadPoolExecutor

                # In a thread of its own, whose priority DuckDB's threads inherit whoever was the first to ask.
                with ThreadPoolExecutor(1, initializer=step_back if self._polite else None) as opening:
                    self._catalogue = opening.submit(self._opened).result()
            return self._catalogue

    def _opened(self) -> Catalogue:
        from core.store.catalogue import Catalogue

        self.config.spool_dir.mkdir(exist_ok=True)
        return Catalogue.open(
            self.config.catalogue_file,
            self.config.entities,
            spool=self.config.spool_dir,
            memory_limit_mb=self.config.engine.memory_limit,
            threads=THREADS,
        )

    @property
    def secrets(self) -> SecretReader:
        """Reads the secrets of the configuration; what was read appears in no log line from then on."""
        return SecretResolver(self.config, self.vault, learn=self.redactor.add)

    def reload(self) -> bool:
        """Read the configuration again; return whether it changed.

        Raises:
            ConfigError: it cannot be used; the one in use stays.
        """
        if fingerprint(self.config.path) == self.config.fingerprint:
            return False
        fresh = load(self.config.path)
        if fresh.data_dir != self.config.data_dir:
            # Journal, lock and catalogue are open where they are; the rest belongs beside them.
            LOGGER.warning("The changed data_dir counts from the next start; it stays %s.", self.config.data_dir)
            kept = fresh.engine.model_copy(update={"data_dir": str(self.config.data_dir)})
            fresh = replace(fresh, engine=kept)
        with self._opening:
            if self._catalogue is not None and fresh.entities != self.config.entities:
                self._catalogue.declare(fresh.entities)
            self.config = fresh
        return True

    def close(self) -> None:
        """Close the stores and let the next engine in."""
        with ExitStack() as last:
            # Whatever else fails: the next engine waits for the lock.
            last.callback(self._lock.release)
            last.callback(self.journal.close)
            with self._opening:
                if self._catalogue is not None:
                    self._catalogue.close()
                    self._catalogue = None
