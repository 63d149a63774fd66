"""Files on their way through the spool."""

from __future__ import annotations

import hashlib
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from core.stop import StopToken

CHUNK = 1 << 20


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def zipped(source: Path, name: str, target: Path, stop: StopToken) -> Path:
    """Write ``target``, a zip file that holds ``source`` under ``name``, and return it."""
    with (
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
        source.open("rb") as reader,
        archive.open(zipfile.ZipInfo.from_file(source, name), "w", force_zip64=True) as writer,
    ):
        while chunk := reader.read(CHUNK):
            stop.check()
            writer.write(chunk)
    return target
