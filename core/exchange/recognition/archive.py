"""The members of a zip file, looked at without unpacking more than their heads."""

from __future__ import annotations

import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.text import clean

if TYPE_CHECKING:
    from pathlib import Path

_LARGEST_DIRECTORY = 4 << 20
"""Bytes of a list of members that is read; one of a file that anybody sends has a few hundred."""
_END_RECORD, _LARGE_RECORD, _LARGE_LOCATOR = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Others cannot be unpacked a bounded piece at a time."""
_ENCRYPTED = 0x1
_NOT_CONTENT = ("__macosx/", ".ds_store", "thumbs.db")


@dataclass(frozen=True, slots=True)
class Member:
    """One file in a zip file."""

    name: str
    """As it stands in the zip file; from outside, never a path to write to."""
    size: int
    """As announced."""
    readable: bool
    """It is not encrypted, and packed by a method that can be looked into."""

    @property
    def base(self) -> str:
        """Its name without directories, in lower case."""
        return self.name.replace("\\", "/").rpartition("/")[2].casefold()


class Archive:
    """A zip file."""

    def __init__(self, path: Path, members: tuple[Member, ...], fault: str = "") -> None:
        self._path = path
        self.members = members
        self.fault = fault
        """Why nothing can be said of its members, as the end of a sentence; empty where that can be."""

    @property
    def files(self) -> tuple[Member, ...]:
        """The members that are content: no directories, and none of what systems add by themselves."""
        return tuple(
            member
            for member in self.members
            if not member.name.endswith("/") and not any(part in member.name.casefold() for part in _NOT_CONTENT)
        )

    def named(self, name: str) -> Member | None:
        """Return the member of this name, be its letters large or small."""
        return next((member for member in self.members if member.name.casefold() == name.casefold()), None)

    def ending(self, ending: str) -> list[Member]:
        """Return the files whose names end so."""
        return [member for member in self.files if member.base.endswith(ending)]

    def read(self, member: Member, size: int) -> bytes:
        """Return the first bytes of a member; nothing where it cannot be unpacked."""
        if not member.readable:
            return b""
        try:
            with zipfile.ZipFile(self._path) as archive, archive.open(member.name) as file:
                return file.read(size)
        except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError):
            return b""


def open_archive(path: Path) -> Archive:
    """List the members of a zip file."""
    if fault := _directory_fault(path):
        return Archive(path, (), fault)
    try:
        with zipfile.ZipFile(path) as archive:
            return Archive(
                path,
                tuple(
                    Member(
                        info.filename,
                        info.file_size,
                        not info.flag_bits & _ENCRYPTED and info.compress_type in _METHODS,
                    )
                    for info in archive.infolist()
                ),
            )
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
        return Archive(path, (), f"its list of members cannot be read: {clean(str(error), limit=100)}")


def _directory_fault(path: Path) -> str:
    """Say why the list of members is not to be read; empty where it may be (APPNOTE 6.3.10, 4.3.14 to 4.3.16)."""
    try:
        with path.open("rb") as file:
            end = file.seek(0, 2)
            file.seek(max(end - 65_557, 0))
            tail = file.read(65_557)
    except OSError as error:
        return f"it cannot be read: {clean(str(error.strerror))}"
    position = tail.rfind(_END_RECORD)
    if position < 0 or len(tail) - position < 22:
        return "it has no list of members: the file was cut off"
    (size,) = struct.unpack_from("<L", tail, position + 12)
    large = position - 76
    if (
        large >= 0
        and tail[position - 20 : position - 16] == _LARGE_LOCATOR
        and tail[large : large + 4] == _LARGE_RECORD
    ):
        (size,) = struct.unpack_from("<Q", tail, large + 40)
    return f"its list of members has {size:,} bytes" if size > _LARGEST_DIRECTORY else ""
