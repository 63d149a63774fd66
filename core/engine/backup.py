"""Backup and restore of a workspace: one zip file that says what is in it, and is checked before it is trusted."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from core.config.load import load
from core.engine.lock import DataDirLock
from core.errors import EngineError, Refused, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.config.model import Config

MANIFEST = "manifest.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup as its manifest tells of it."""

    path: Path
    made_at: datetime
    config: str
    """The main configuration file, in the restored directory."""
    files: dict[str, str]
    """The name of each file and its SHA-256."""


def write_backup(config_path: Path, target: Path, *, now: datetime) -> Backup:
    """Write a backup of a workspace on which no engine works.

    Raises:
        StoreBusy: an engine works on the data directory.
        Refused: the target exists.
        EngineError: something cannot be read or written; there is no target then.
    """
    config = load(config_path)
    if target.exists():
        raise Refused(f"{target} exists and is not overwritten.", advice="Name another file.")
    partial = target.with_name(f".{target.name}.part")
    with DataDirLock(config.data_dir):
        _settle(config)
        try:
            sums = _pack(config, partial)
            manifest = {"format": FORMAT, "made_at": now.isoformat(), "config": _config_name(config), "files": sums}
            with zipfile.ZipFile(partial, "a") as archive:
                archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
            partial.replace(target)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise EngineError(
                f"The backup {target} cannot be written: {error.strerror or error}.",
                advice="Check the disk and the permissions.",
            ) from error
    return read_backup(target)


def read_backup(path: Path) -> Backup:
    """Return what a backup holds, after checking every file in it.

    Raises:
        Refused: it is no backup, or is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
            if manifest["format"] != FORMAT:
                raise Refused(f"{path} is a backup of a later Pendel.", advice="Restore it with that version.")
            for name, digest in manifest["files"].items():
                with archive.open(name) as file:
                    if file_digest(file, "sha256").hexdigest() != digest:  # type: ignore[arg-type]
                        raise Refused(f"{name} in the backup {path} is damaged.", advice="Take another backup.")
    except FileNotFoundError:
        raise Refused(f"There is no file {path}.") from None
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise Refused(f"{path} is not a backup of Pendel, or is damaged: {error}.") from None
    made_at = datetime.fromisoformat(manifest["made_at"])
    return Backup(path, made_at, str(manifest["config"]), dict(manifest["files"]))


def restore_backup(path: Path, directory: Path) -> Path:
    """Restore a backup into a new directory, and return the path of its configuration.

    The restored workspace is checked: its configuration is loaded, and both stores are opened.

    Raises:
        Refused: the backup is damaged, or the directory is not empty.
        PendelError: what was restored cannot be used.
    """
    backup = read_backup(path)
    if directory.exists() and any(directory.iterdir()):
        raise Refused(
            f"{directory} is not empty.", advice="Name a new directory; move its content into place afterwards."
        )
    directory.mkdir(parents=True, exist_ok=True)
    root = directory.resolve()
    with zipfile.ZipFile(path) as archive:
        for name in backup.files:
            target = root / PurePosixPath(name)
            if not target.resolve().is_relative_to(root):
                raise Refused(f"{path} names a file outside the directory; it is not restored.")
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(name) as source, target.open("wb") as file:
                shutil.copyfileobj(source, file, 1 << 20)
            target.chmod(0o600)
    config_path = root / backup.config
    config = load(config_path)
    config.data_dir.chmod(0o700)
    _settle(config)
    return config_path


def _settle(config: Config) -> None:
    """Bring what stands in the stores' write-ahead logs into their files; both are opened and checked by that."""
    journal, catalogue = config.journal_file, config.catalogue_file
    if journal.exists():
        with closing(sqlite3.connect(journal)) as connection:
            try:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                (verdict,) = connection.execute("PRAGMA quick_check").fetchone()
            except sqlite3.Error as error:
                raise StoreError(f"The journal {journal} cannot be read: {error}.") from error
        if verdict != "ok":
            raise StoreError(f"The journal {journal} is damaged: {verdict}.", advice="Restore an earlier backup.")
    if catalogue.exists():
        import duckdb

        try:
            with duckdb.connect(str(catalogue)) as database:
                database.execute("CHECKPOINT")
        except duckdb.Error as error:
            raise StoreError(f"The catalogue {catalogue} cannot be read: {error}.") from error


def _pack(config: Config, target: Path) -> dict[str, str]:
    sums: dict[str, str] = {}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path, name in _members(config):
            archive.write(path, name)
            with path.open("rb") as file:
                sums[name] = file_digest(file, "sha256").hexdigest()
    return sums


def _members(config: Config) -> Iterator[tuple[Path, str]]:
    """Yield every file that is kept, and its name in the backup: below the directory of the configuration."""
    base = config.base_dir
    for path in config.files:
        if not path.is_relative_to(base):
            raise Refused(f"{path} is included from outside {base} and cannot be kept.", advice="Move it there.")
        yield path, path.relative_to(base).as_posix()
    if not config.data_dir.resolve().is_relative_to(base.resolve()):
        raise Refused(
            f"The data directory {config.data_dir} lies outside {base}.",
            advice="Copy it by other means while the engine is stopped.",
        )
    prefix = PurePosixPath(config.data_dir.resolve().relative_to(base.resolve()).as_posix())
    for top in _kept(config):
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file():
                yield path, str(prefix / path.relative_to(config.data_dir).as_posix())


def _kept(config: Config) -> tuple[Path, ...]:
    """What of the data directory is kept. The key of the vault is not: who finds a backup must not find the secrets."""
    others = (config.data_dir / name for name in ("vault", "config-history", "rejects"))
    return (config.journal_file, config.catalogue_file, config.known_hosts_file, *others)


def _config_name(config: Config) -> str:
    return config.path.relative_to(config.base_dir).as_posix()
