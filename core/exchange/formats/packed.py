"""Zip files of which several members belong together: unpacked within limits, and packed."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import DataError
from core.exchange.sql_errors import disk_errors
from core.text import clean, file_size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from core.stop import StopToken

_STEP = 1 << 20
_SMALL_ENOUGH = 4_000_000_000
"""Bytes to which a file may unpack."""
_MOST_MEMBERS = 10_000
_MOMENT = (1980, 1, 1, 0, 0, 0)
_ENCRYPTED = 0x1
_NOT_CONTENT = ("__macosx/", ".ds_store", "thumbs.db")


@dataclass(frozen=True, slots=True)
class Member:
    """A file that was in a zip file, or the source itself where that is none."""

    name: str
    """Without directories; cleaned, for messages."""
    path: Path
    size: int = 0
    """As the zip file announces it; what was unpacked may be less."""

    @property
    def stem(self) -> str:
        """Its name in lower case, without what stands behind the last dot."""
        return self.name.casefold().rpartition(".")[0] or self.name.casefold()


def is_zip(path: Path) -> bool:
    """Whether a file begins as a zip file does. Raises EngineError where it cannot be read."""
    with disk_errors(f"{clean(path.name)} cannot be read"), path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def unpack(
    path: Path, name: str, directory: Path, wanted: Callable[[str], bool], *, stop: StopToken, most_bytes: int = 0
) -> tuple[list[Member], list[str]]:
    """Unpack those members whose names, without directories, are ``wanted``; return them, and the names of the others.

    Of each member that is wanted no more than ``most_bytes`` are unpacked, if that is not 0. The names in a zip file
    come from outside, and are never made paths of.

    Raises:
        DataError: it is broken, encrypted, or unpacks to more than is read.
        EngineError: the disk is full.
        StopRequested: a stop was asked for.
    """
    members: list[Member] = []
    others: list[str] = []
    left = _SMALL_ENOUGH
    with disk_errors(f"{name} cannot be unpacked"):
        directory.mkdir(parents=True, exist_ok=True)
        try:
            with zipfile.ZipFile(path) as archive:
                listed = archive.infolist()
                if len(listed) > _MOST_MEMBERS:
                    raise DataError(f"{name} has {len(listed):,} members.", advice="No exchange file needs that.")
                for number, info in enumerate(listed, start=1):
                    if info.is_dir() or any(part in info.filename.casefold() for part in _NOT_CONTENT):
                        continue
                    base = clean(info.filename.replace("\\", "/").rpartition("/")[2], limit=100)
                    if not wanted(base):
                        others.append(base)
                        continue
                    if info.flag_bits & _ENCRYPTED:
                        raise DataError(
                            f"{name} is encrypted ({base}).", advice="Ask the sender for a file that opens without."
                        )
                    member = Member(base, directory / f"member-{number}", info.file_size)
                    left -= _copy(archive, info, member.path, min(left, most_bytes or left), stop=stop)
                    if left <= 0:
                        raise DataError(
                            f"{name} unpacks to more than the {file_size(_SMALL_ENOUGH)} that are read.",
                            advice="Ask the sender for smaller files.",
                        )
                    members.append(member)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError) as error:
            raise DataError(
                f"{name} is broken or cut off: {clean(str(error), limit=100)}.", advice="Fetch it again."
            ) from error
    return members, others


def _copy(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, most: int, *, stop: StopToken) -> int:
    copied = 0
    with archive.open(info) as source, target.open("wb") as out:
        while copied < most and (data := source.read(min(_STEP, most - copied))):
            stop.check()
            copied += len(data)
            out.write(data)
    return copied


def pack(target: Path, members: Sequence[Member], *, stop: StopToken) -> None:
    """Write a zip file of these members, all with the same moment: equal records make equal files.

    Raises:
        EngineError: a file cannot be read or written.
        StopRequested: a stop was asked for.
    """
    with (
        disk_errors(f"{clean(target.name)} cannot be written"),
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for member in members:
            info = zipfile.ZipInfo(member.name, _MOMENT)
            info.compress_type = zipfile.ZIP_DEFLATED
            large = member.path.stat().st_size >= zipfile.ZIP64_LIMIT
            with member.path.open("rb") as source, archive.open(info, "w", force_zip64=large) as out:
                while data := source.read(_STEP):
                    stop.check()
                    out.write(data)
