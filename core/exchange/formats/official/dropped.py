"""The files that an operator has dropped into the directory of a format, by what they are for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.errors import DataError
from core.exchange.sql_errors import disk_errors
from core.text import clean, file_size

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 16_000_000
"""Bytes of a dropped file; official ones have at most some hundred thousand."""
MOST_FILES = 200
CODES = "codes.csv"
"""Says which field has the codes of which list."""
_WORKBOOKS = (".xlsx", ".xlsm")


@dataclass(frozen=True, slots=True)
class Dropped:
    """What lies in the directory of a format."""

    xsd: list[Path] = field(default_factory=list)
    json: list[Path] = field(default_factory=list)
    templates: list[Path] = field(default_factory=list)
    """Workbooks that lie in the directory itself; lists of codes may be workbooks, too, and lie below it."""
    codes: Path | None = None

    def __bool__(self) -> bool:
        return bool(self.xsd or self.json or self.templates or self.codes)


def dropped_into(directory: Path) -> Dropped:
    """Return what lies in the directory of a format; nothing where it is not there.

    Raises:
        EngineError: it cannot be read.
    """
    with disk_errors(f"The directory {clean(str(directory))} cannot be read"):
        if not directory.is_dir():
            return Dropped()
        files = sorted(each for each in directory.iterdir() if each.is_file() and not each.name.startswith((".", "~")))
    files = files[:MOST_FILES]
    by = {kind: [each for each in files if each.suffix.lower() == kind] for kind in (".xsd", ".json", *_WORKBOOKS)}
    codes = directory / CODES
    return Dropped(
        by[".xsd"],
        by[".json"],
        [each for kind in _WORKBOOKS for each in by[kind]],
        codes if codes in files else None,
    )


def content_of(path: Path) -> bytes:
    """Return what is in a dropped file.

    Raises:
        DataError: it is larger than any official one.
        EngineError: it cannot be read.
    """
    with disk_errors(f"{clean(str(path))} cannot be read"):
        if path.stat().st_size > LARGEST:
            raise DataError(f"{clean(path.name)} is larger than {file_size(LARGEST)}.")
        return path.read_bytes()
