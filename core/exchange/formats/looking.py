"""A quick look at a file that was recognised as of a format: what it says of itself, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

from core.config.entities import build_entities
from core.config.standard import STANDARD_ENTITIES
from core.errors import DataError
from core.exchange.formats.contract import Facts, Inspection, Reading
from core.exchange.formats.registry import industry_format, known_formats
from core.exchange.formats.unpacking import is_zip, only_member
from core.stop import StopToken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from core.config.formats import FormatId

_SMALL = 100_000_000
"""Bytes that are unpacked for a look."""


def look(format_id: FormatId, path: Path, work_dir: Path, *, name: str, languages: Sequence[str]) -> Inspection | None:
    """Return what a file of a format is; None where the format is only recognised, or it would take too long.

    Raises:
        EngineError: the file cannot be read, or the disk does not suffice.
    """
    if format_id not in known_formats():
        return None
    form = industry_format(format_id)
    if form.inspect is None:
        return None
    stop = StopToken()
    try:
        source = path
        if form.unpacks and is_zip(path):
            if _unpacked_size(path) > _SMALL:
                return None
            source = only_member(path, work_dir / "unpacked", name=name, stop=stop).path
        reading = Reading(
            path=source,
            name=name,
            work_dir=work_dir,
            entities=build_entities(STANDARD_ENTITIES, {}, list(languages), []),
            languages=languages,
            delta=True,
            stop=stop,
            today="",
        )
        return form.inspect(reading)
    except DataError as error:
        return Inspection(Facts(format_id, form.title), problems=(error.message,))


def _unpacked_size(path: Path) -> int:
    try:
        with ZipFile(path) as archive:
            return sum(each.file_size for each in archive.infolist())
    except (BadZipFile, OSError):
        return 0
