"""Which files make up a configuration, and what tells one state of them from another. Nothing here reads TOML."""

from __future__ import annotations

import glob
import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


def matching(path: Path, pattern: str) -> list[Path]:
    """Return the files that a pattern under ``include`` of the main file stands for, in their order."""
    found = [path.parent / name for name in sorted(glob.glob(pattern, root_dir=path.parent, recursive=True))]  # noqa: PTH207 - takes absolute patterns too
    return [each for each in found if not each.is_dir() and each.absolute() != path.absolute()]


def fingerprint_of(files: Iterable[tuple[Path, bytes]]) -> str:
    """Return the fingerprint of files, by their absolute paths and their contents."""
    digest = hashlib.sha256()
    for path, content in files:
        for part in (str(path).encode(errors="surrogateescape"), content):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


def fingerprint_on_disk(path: Path, patterns: Sequence[str]) -> str:
    """Return the fingerprint of a main file and of what it includes by these patterns, as the files are now.

    Raises:
        OSError: one of them cannot be read.
    """
    files = dict.fromkeys([path, *(found for pattern in patterns for found in matching(path, pattern))])
    return fingerprint_of((file.absolute(), file.read_bytes()) for file in files)
