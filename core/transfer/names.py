"""Names of files: which ones are usable, what a wildcard matches, and how a name reads on the wire.

A name from a listing is text from outside. One that could leave a directory, act as a command or break a line is never
used: it is left out of every listing and reported. A backslash counts, because servers on Windows take it for a slash.
"""

from __future__ import annotations

import fnmatch
import unicodedata
from typing import TYPE_CHECKING

from core.errors import AccessDenied, FileMissing
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST_NAME = 255
"""Bytes of UTF-8; what Linux filesystems hold."""


def fault_of_name(name: str) -> str:
    """Return why a name cannot be used, as the end of a sentence, or an empty string."""
    if not name.strip("."):
        return "it is empty or holds only dots"
    if "/" in name or "\\" in name:
        return "it holds a slash or a backslash"
    categories = {unicodedata.category(char) for char in name}
    if categories & {"Cc", "Zl", "Zp"}:
        return "it holds control characters or line breaks"
    if "Cs" in categories:
        return "it is not valid text"
    if len(name.encode()) > _LONGEST_NAME:
        return f"it is longer than {_LONGEST_NAME} bytes"
    return ""


def checked_path(path: str) -> str:
    """Return a path that an operator gave, relative to a location's directory, without empty parts and ``.``.

    Raises:
        AccessDenied: it leads outside the directory, or holds a name that cannot be used.
    """
    advice = "Give a path inside the location's directory, such as prices.csv or out/prices.csv."
    if path.startswith("/"):
        raise AccessDenied(f"The path {clean(path)} begins at the root.", advice=advice)
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts:
        raise FileMissing("The path names no file.", advice=advice)
    for part in parts:
        if fault := fault_of_name(part):
            raise AccessDenied(
                f"The name {clean(part)!r} in the path {clean(path)} cannot be used: {fault}.", advice=advice
            )
    return "/".join(parts)


def split_path(path: str) -> tuple[str, str]:
    """Return the directory (empty for the location's own) and the name of a checked path."""
    directory, _, name = path.rpartition("/")
    return directory, name


def joined_path(directory: str, name: str) -> str:
    """Return the path of a name in a directory, which may be empty."""
    return f"{directory.rstrip('/') or '/'}/{name}".replace("//", "/") if directory else name


def is_wildcard(name: str) -> bool:
    """Whether a name holds ``*``, ``?`` or ``[``."""
    return any(char in name for char in "*?[")


def checked_pattern(pattern: str) -> tuple[str, str]:
    """Return the directory and the name or wildcard of a pattern.

    Raises:
        AccessDenied: as :func:`checked_path`, or a wildcard stands before the last part.
    """
    directory, name = split_path(checked_path(pattern))
    if is_wildcard(directory):
        raise AccessDenied(
            f"The path {clean(pattern)} has a wildcard in a directory.",
            advice="A wildcard can only stand in the last part of a path.",
        )
    return directory, name


def matches(name: str, wildcard: str) -> bool:
    """Whether a name fits a wildcard, case-sensitively. As in a shell, ``*`` does not match a hidden name."""
    if name == wildcard:
        return True
    if name.startswith(".") and not wildcard.startswith("."):
        return False
    return fnmatch.fnmatchcase(name, wildcard)


def temporary_path(path: str, token: str, ending: str = "part") -> str:
    """Return the hidden name beside ``path`` under which a file travels: ``.articles.csv.<token>.part``."""
    directory, name = split_path(path)
    room = _LONGEST_NAME - len(f"..{token}.{ending}".encode())
    short = name.encode()[:room].decode(errors="ignore")
    return joined_path(directory, f".{short}.{token}.{ending}")


def numbered_path(path: str, number: int) -> str:
    """Return ``path`` with a number before its ending: ``prices-2.csv``."""
    directory, name = split_path(path)
    stem, dot, ending = name.rpartition(".")
    return joined_path(directory, f"{stem}-{number}.{ending}" if dot and stem else f"{name}-{number}")


class WireNames:
    """Text for the bytes that a server calls its files by, and back.

    UTF-8 where it is that, Latin-1 else. A listed name goes back as the bytes it came in; any other as UTF-8, or as
    Latin-1 where the server is known not to speak UTF-8.
    """

    def __init__(self, *, utf8: bool = True) -> None:
        self.utf8 = utf8
        self._listed: dict[str, bytes] = {}

    def decode(self, raw: bytes) -> str:
        """Return the name that a server listed as ``raw``."""
        try:
            name = raw.decode()
        except UnicodeDecodeError:
            name = raw.decode("latin-1")
        if self._encoded(name) != raw:
            self._listed[name] = raw
        return name

    def encode(self, path: str) -> bytes:
        """Return the bytes for a path."""
        return b"/".join(self._listed.get(part) or self._encoded(part) for part in path.split("/"))

    def _encoded(self, name: str) -> bytes:
        if self.utf8:
            return name.encode()
        try:
            return name.encode("latin-1")
        except UnicodeEncodeError:
            return name.encode()


def usable(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the names that can be used, and a cleaned sentence about each of the others."""
    good: list[str] = []
    faults: list[str] = []
    for name in names:
        if fault := fault_of_name(name):
            faults.append(f"{clean(name, limit=120)!r} is left out: {fault}.")
        else:
            good.append(name)
    return good, faults
