"""The previous versions of the configuration, in ``<data_dir>/config-history``.

Each change is one JSON file: when it was made, and for every file that it changed what stood there before and the
hash of what stood there after.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.config.files import replace_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KEPT = 50
"""So many changes are kept; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the configuration."""

    number: int
    saved_at: datetime
    before: Mapping[Path, bytes]
    """The content of each file that was changed."""
    hash_after: Mapping[Path, str]


class History:
    """The changes that were made to the configuration of one data directory."""

    def __init__(self, data_dir: Path) -> None:
        self._directory = data_dir / "config-history"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let one process at a time change the configuration."""
        self._directory.mkdir(parents=True, exist_ok=True)
        with (self._directory / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def changes(self) -> list[Change]:
        """Return all changes that are kept, the oldest first."""
        return [self._read(path) for path in self._paths()]

    def add(self, before: Mapping[Path, bytes], after: Mapping[Path, bytes]) -> Path:
        """Store what is about to be changed, and forget what is too old; return the file it is kept in."""
        self._directory.mkdir(parents=True, exist_ok=True)
        paths = self._paths()
        number = int(paths[-1].stem) + 1 if paths else 1
        record = {
            "saved_at": datetime.now(UTC).isoformat(),
            "files": [
                {"path": str(path), "before": content.decode("utf-8"), "hash_after": content_hash(after[path])}
                for path, content in before.items()
            ],
        }
        path = self._directory / f"{number:08}.json"
        replace_file(path, json.dumps(record, indent=1, ensure_ascii=False).encode(), mode=0o600)
        for old in paths[: max(len(paths) + 1 - KEPT, 0)]:
            old.unlink(missing_ok=True)
        return path

    def _paths(self) -> list[Path]:
        return sorted(self._directory.glob("*.json"))

    def _read(self, path: Path) -> Change:
        record = json.loads(path.read_bytes())
        files = [(Path(each["path"]), each) for each in record["files"]]
        return Change(
            number=int(path.stem),
            saved_at=datetime.fromisoformat(record["saved_at"]),
            before={file: each["before"].encode("utf-8") for file, each in files},
            hash_after={file: each["hash_after"] for file, each in files},
        )


def content_hash(content: bytes) -> str:
    """Return the hash by which a later content is told from this one."""
    return hashlib.sha256(content).hexdigest()
