"""A backup of a workspace: one zip file that says what is in it, and is checked before it is trusted."""

from __future__ import annotations

import json
import os
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from core.config.load import load
from core.config.schema_files import schema_files
from core.errors import Refused, StoreError
from core.stop import StopToken
from core.store.attachment_backup import LIST, Kept, keep_contents, missing_contents, restore_contents
from core.store.attachments import AttachmentStore
from core.store.catalogue.faults import faults, opening_fault
from core.store.integrity import find_faults, rows_of_catalogue, rows_of_journal
from core.store.journal.database import plain_errors
from core.syncing import sync

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.config.model import Config

MANIFEST = "manifest.json"
FORMAT = 1
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup as its manifest tells of it."""

    path: Path
    made_at: datetime
    config: str
    """The main configuration file, in the restored directory."""
    data: str
    """The data directory, in the restored directory."""
    files: Mapping[str, str]
    """The name of each file and its SHA-256."""
    rows: Mapping[str, int] = field(default_factory=dict)
    """How many rows each table of the stores had."""
    attachments: int = 0
    """How many attachments it has, beside it."""
    attachments_size: int = 0
    """Their bytes."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A workspace that was restored."""

    config: Path
    data: Path
    in_place: bool
    """Whether the configuration names this data directory; else it is to be moved to where that says."""
    attachments: int = 0
    """How many were restored."""
    missing: int = 0
    """How many attachments were not beside the backup, or damaged."""


def pack(
    config: Config,
    target: Path,
    *,
    catalogue: Path,
    journal: Path,
    rows: Mapping[str, int],
    now: datetime,
    stop: StopToken,
) -> Backup:
    """Write a backup of a workspace with these two stores, which nobody writes to; a zip file, whole or not at all.

    Raises:
        Refused: a file of the configuration cannot be kept.
        StoreError: something cannot be read or written; there is no target then.
        StopRequested: a stop was asked for; there is no target then.
    """
    partial = target.with_name(f".{target.name}.part")
    data, sums = _data_name(config), {}
    try:
        with partial.open("wb") as file:
            partial.chmod(0o600)
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                for name, path in dict(_members(config, data, catalogue, journal)).items():
                    sums[name] = _add(archive, path, name, stop)
                attached = keep_contents(AttachmentStore(config.attachments_dir), target.parent, archive, stop)
                manifest = {
                    "format": FORMAT,
                    "made_at": now.isoformat(),
                    "config": config.path.relative_to(config.base_dir).as_posix(),
                    "data": data,
                    "files": sums,
                    "rows": dict(rows),
                    "attachments": asdict(attached),
                }
                archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
        sync(target.parent)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise StoreError(
            f"The backup {target} cannot be written: {error.strerror or error}.",
            advice="Check the disk and the permissions; the backups before it are as they were.",
        ) from error
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
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
            attached = Kept(**manifest["attachments"]) if "attachments" in manifest else Kept(0, 0, "")
            if attached.digest:
                with archive.open(LIST) as file:
                    if file_digest(file, "sha256").hexdigest() != attached.digest:  # type: ignore[arg-type]
                        raise Refused(f"{LIST} in the backup {path} is damaged.", advice="Take another backup.")
        return Backup(
            path,
            datetime.fromisoformat(manifest["made_at"]),
            str(manifest["config"]),
            str(manifest["data"]),
            dict(manifest["files"]),
            dict(manifest["rows"]),
            attached.files,
            attached.size,
        )
    except FileNotFoundError:
        raise Refused(f"There is no file {path}.") from None
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise Refused(f"{path} is not a backup of Pendel, or is damaged: {error}.") from None


def restore_backup(path: Path, directory: Path, *, stop: StopToken | None = None, attachments: bool = True) -> Restored:
    """Restore a backup into a new directory, and check it: the configuration is loaded, both stores are examined.

    Nothing outside the directory is touched, also where the configuration names a data directory elsewhere. The
    attachments come from beside the backup, each compared with its hash; without ``attachments``, they are only looked
    for.

    Raises:
        Refused: the backup is damaged, or the directory is not empty.
        StopRequested: a stop was asked for.
        PendelError: what was restored is not what was kept, or cannot be used.
    """
    stop = stop or StopToken()
    backup = read_backup(path)
    if directory.exists() and any(directory.iterdir()):
        raise Refused(
            f"{directory} is not empty.", advice="Name a new directory; move its content into place afterwards."
        )
    try:
        _unpack(backup, directory, stop)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be restored into {directory}: {error.strerror or error}.",
            advice="Check the disk and the permissions.",
        ) from error
    root = directory.resolve()
    config, data = load(root / backup.config), root / backup.data
    wrong = _differences(backup, config, data, stop)
    if wrong:
        raise StoreError(
            f"What was restored from {path} is not whole: {' '.join(wrong)}", advice="Restore an earlier backup."
        )
    in_place = config.data_dir.resolve() == data
    if not attachments:
        return Restored(config.path, data, in_place=in_place, missing=missing_contents(path))
    try:
        missing = restore_contents(path, data / config.attachments_dir.name, stop)
    except OSError as error:
        raise StoreError(
            f"The attachments of {path} cannot be restored: {error.strerror or error}.", advice="Check the disk."
        ) from error
    return Restored(config.path, data, in_place, backup.attachments - missing, missing)


def rows_of(config: Config, catalogue: Path, journal: Path) -> dict[str, int]:
    """Return how many rows each table of two stores has that no engine works on; their logs are brought into them.

    Raises:
        StoreError: one of them cannot be read.
    """
    import duckdb

    rows: dict[str, int] = {}
    if catalogue.exists():
        try:
            with duckdb.connect(str(catalogue), config=_modest(config)) as database, faults("be read"):
                database.execute("CHECKPOINT")
                rows |= rows_of_catalogue(database)
        except duckdb.Error as error:
            raise opening_fault(error, catalogue) from error
    if journal.exists():
        with plain_errors(journal), closing(sqlite3.connect(journal)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            rows |= rows_of_journal(connection)
    return rows


def _differences(backup: Backup, config: Config, data: Path, stop: StopToken) -> list[str]:
    """Return what is wrong with the restored stores: rows that are not there, and what is not whole."""
    import duckdb

    catalogue, journal = data / config.catalogue_file.name, data / config.journal_file.name
    rows = rows_of(config, catalogue, journal)
    wrong = [
        f"{table} has {rows.get(table, 0)} rows and had {backup.rows.get(table, 0)}."
        for table in sorted(rows.keys() | backup.rows.keys())
        if rows.get(table) != backup.rows.get(table)
    ]
    if catalogue.exists() and journal.exists():
        try:
            with duckdb.connect(str(catalogue), read_only=True, config=_modest(config)) as database:
                wrong += find_faults(database, journal, stop)
        except duckdb.Error as error:
            raise opening_fault(error, catalogue) from error
    return wrong


def _modest(config: Config) -> dict[str, str | bool | int | float | list[str]]:
    """The memory that the catalogue itself may use, for one beside it."""
    return {"memory_limit": f"{config.engine.memory_limit}MB", "threads": 2}


def _unpack(backup: Backup, directory: Path, stop: StopToken) -> None:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    root = directory.resolve()
    names = [*backup.files, backup.config, backup.data]
    if not all((root / PurePosixPath(name)).resolve().is_relative_to(root) for name in names):
        raise Refused(f"{backup.path} names a file outside the directory; it is not restored.")
    (root / backup.data).mkdir(mode=0o700, parents=True, exist_ok=True)
    with zipfile.ZipFile(backup.path) as archive:
        for name in backup.files:
            target = root / PurePosixPath(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(name) as source, target.open("wb") as file:
                target.chmod(0o600)
                while chunk := source.read(_CHUNK):
                    stop.check()
                    file.write(chunk)


def _add(archive: zipfile.ZipFile, path: Path, name: str, stop: StopToken) -> str:
    """Add a file, and return its SHA-256, of what was read for the backup itself."""
    digest = sha256()
    info = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
    info.compress_type = zipfile.ZIP_DEFLATED
    with path.open("rb") as source, archive.open(info, "w", force_zip64=True) as packed:
        while chunk := source.read(_CHUNK):
            stop.check()
            digest.update(chunk)
            packed.write(chunk)
    return digest.hexdigest()


def left_out(config: Config) -> tuple[Path, ...]:
    """Return the schemas of feeds that a backup does not have, for they lie outside the configuration's directory."""
    return tuple(path for path in schema_files(config) if not path.is_relative_to(config.base_dir))


def _members(config: Config, data: str, catalogue: Path, journal: Path) -> Iterator[tuple[str, Path]]:
    """Yield every file that is kept, behind its name in the backup: below the directory of the configuration."""
    base, prefix = config.base_dir, PurePosixPath(data)
    for path in config.files:
        if not path.is_relative_to(base):
            raise Refused(f"{path} is included from outside {base} and cannot be kept.", advice="Move it there.")
        yield path.relative_to(base).as_posix(), path
    for path in schema_files(config):
        if path.is_relative_to(base):
            yield path.relative_to(base).as_posix(), path
    for path, name in ((journal, config.journal_file.name), (catalogue, config.catalogue_file.name)):
        if path.exists():
            yield str(prefix / name), path
    for top in _kept(config):
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file():
                yield str(prefix / path.relative_to(config.data_dir).as_posix()), path


def _kept(config: Config) -> tuple[Path, ...]:
    """What else of the data directory is kept.

    The key of the vault is not: who finds a backup must not find the secrets.
    """
    others = (config.data_dir / name for name in ("vault", "config-history", "rejects", "schemas"))
    return (config.known_hosts_file, *others)


def _data_name(config: Config) -> str:
    """Return the data directory in a backup: where it is beside the configuration, else ``data``."""
    base, data = config.base_dir.resolve(), config.data_dir.resolve()
    return data.relative_to(base).as_posix() if data.is_relative_to(base) and data != base else "data"
