"""A quick look at a file that was recognised as of a format: what it says of itself, and what is wrong with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

from core.config.entities import build_entities
from core.config.standard import STANDARD_ENTITIES
from core.errors import DataError
from core.exchange.formats.contract import Facts, Inspection, Reading
from core.exchange.formats.registry import industry_format, known_formats
from core.exchange.formats.unpacking import is_zip, only_member
from core.stop import StopToken
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from core.config.formats import FormatId
    from core.exchange.formats.contract import IndustryFormat

BY_RULES = "By the official rules: "
"""Begins what was found by them."""
_SMALL = 100_000_000
"""Bytes that are unpacked for a look."""


def look(
    format_id: FormatId,
    path: Path,
    work_dir: Path,
    *,
    name: str,
    languages: Sequence[str],
    schemas: Path | None = None,
) -> Inspection | None:
    """Return what a file of a format is; None where the format is only recognised, or it would take too long.

    Its beginning is held against the official rules that lie in the directory of ``schemas`` for its format.

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
        found = form.inspect(reading)
        return found if schemas is None else _held_against(found, reading, form, schemas / format_id)
    except DataError as error:
        return Inspection(Facts(format_id, form.title), problems=(error.message,))


def in_rows(found: Inspection) -> list[tuple[str, str]]:
    """Return what was found as pairs of a name and a text, in the order in which it is shown; without the format."""
    rows = [_row(name, value) for name, value in found.facts.lines() if name != "format"]
    rows += [_row(name, value) for name, value in found.counts.items()]
    rows += [("Official rules", found.official)] if found.official else []
    return [*rows, *(("" if number else "Problem", text) for number, text in enumerate(found.problems))]


def _row(name: str, value: str) -> tuple[str, str]:
    return name[:1].upper() + name[1:], value


def _held_against(found: Inspection, reading: Reading, form: IndustryFormat, directory: Path) -> Inspection:
    from core.exchange.formats.official.checking import check_official
    from core.exchange.formats.official.verdict import MEND

    try:
        verdict = check_official(reading, form, directory, look=True)
    except DataError:
        # That it is broken was told by who looked at it.
        return found
    if verdict is None:
        return replace(found, official=f"none in {clean(str(directory))}")
    sample = f" ({verdict.sample})" if verdict.sample else ""
    against = f"{' and '.join(verdict.against)}{sample}" if verdict.against else "none fits"
    unfitting = [f"not held against a schema or template: {verdict.unfitting}"] if verdict.unfitting else []
    faults = verdict.number if verdict.against else ""
    official = "; ".join(filter(None, (against, faults, *unfitting)))
    broken = [f"{each} {MEND}: {clean(str(directory))}." for each in (*verdict.unusable, *verdict.spare)]
    problems = (*found.problems, *broken, *(f"{BY_RULES}{each}" for each in verdict.faults))
    return replace(found, official=official, problems=problems)


def _unpacked_size(path: Path) -> int:
    try:
        with ZipFile(path) as archive:
            return sum(each.file_size for each in archive.infolist())
    except (BadZipFile, OSError):
        return 0
