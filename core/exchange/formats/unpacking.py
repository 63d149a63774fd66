"""Files of a format as they lie in a zip file: unpacked with limits, so that none fills the disk; and packed."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from core.errors import DataError
from core.exchange.sql_errors import disk_errors
from core.text import clean, counted, file_size

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from core.stop import StopToken

MOST_MEMBERS = 1000
LARGEST = 20_000_000_000
"""Bytes to which an archive may unpack."""
_RATIO = 1000
"""What text shrinks to at best; what unpacks to more times its size was made to do harm."""
_SMALL = 50_000_000
_STEP = 1 << 20
_MOMENT = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Member:
    """A file that was in an archive."""

    name: str
    """Without directories, as the archive has it."""
    path: Path
    size: int = 0
    """As the archive announces it; what was unpacked may be less."""

    @property
    def stem(self) -> str:
        """Its name in lower case, without its ending."""
        return PurePosixPath(self.name.casefold()).stem


def is_zip(path: Path) -> bool:
    """Whether a file begins as a zip file does."""
    with disk_errors(f"{clean(path.name)} cannot be read"), path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def unpack(path: Path, work_dir: Path, *, name: str, stop: StopToken, most: int = 0) -> list[Member]:
    """Unpack the files of a zip file into ``work_dir``, under names of our own; return them in the archive's order.

    Of each file no more than ``most`` bytes are unpacked, if that is not 0: for a look.

    Raises:
        DataError: it is broken, encrypted, has more than a thousand files, or unpacks to more than is taken.
        EngineError: the disk does not suffice.
        StopRequested: a stop was asked for.
    """
    members: list[Member] = []
    left = LARGEST
    try:
        with disk_errors(f"{name} cannot be unpacked"), zipfile.ZipFile(path) as archive:
            found = [each for each in archive.infolist() if not each.is_dir() and not _is_clutter(each.filename)]
            if len(found) > MOST_MEMBERS:
                raise DataError(f"{name} has {counted(len(found), 'file')} in it; at most {MOST_MEMBERS:,} are taken.")
            work_dir.mkdir(parents=True, exist_ok=True)
            for number, info in enumerate(found, start=1):
                own = clean(PurePosixPath(info.filename.replace("\\", "/")).name, limit=120)
                if info.flag_bits & 1:
                    raise DataError(f"{own} in {name} is encrypted.", advice="Ask the sender for one that is not.")
                target = work_dir / f"member-{number}"
                left -= _copy(archive, info, target, left, name, stop, most)
                members.append(Member(own, target, info.file_size))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error) as error:
        raise DataError(
            f"{name} is a broken zip file: {clean(str(error), limit=120)}.", advice="Fetch it again."
        ) from error
    return members


def _copy(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, left: int, name: str, stop: StopToken, most: int
) -> int:
    written = 0
    limit = min(left, max(_SMALL, info.compress_size * _RATIO))
    with archive.open(info) as source, target.open("wb") as out:
        while (not most or written < most) and (data := source.read(min(_STEP, most or _STEP))):
            stop.check()
            written += len(data)
            if written > limit:
                raise DataError(
                    f"{name} unpacks to more than {file_size(limit)}, which no such file does; nothing was imported.",
                    advice="Ask the sender what it is.",
                )
            out.write(data)
    return written


def _is_clutter(name: str) -> bool:
    return name.startswith("__MACOSX/") or PurePosixPath(name).name in (".DS_Store", "Thumbs.db")


def only_member(path: Path, work_dir: Path, *, name: str, stop: StopToken) -> Member:
    """Unpack a zip file that has one file in it.

    Raises:
        DataError: it has another number, or cannot be unpacked.
        EngineError: the disk does not suffice.
        StopRequested: a stop was asked for.
    """
    members = unpack(path, work_dir, name=name, stop=stop)
    if len(members) != 1:
        raise DataError(
            f"{name} has {counted(len(members), 'file')} in it, where one of this format is expected.",
            advice="Send each file by itself.",
        )
    return members[0]


def pack(target: Path, members: Sequence[Member], *, stop: StopToken) -> None:
    """Write a zip file of these files, all with the same moment: equal ones make equal archives.

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
