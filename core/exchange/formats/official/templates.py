"""Workbooks held against an official template: the names of the sheets, and the columns of each in their order."""

from __future__ import annotations

from collections.abc import Sequence  # noqa: TC003
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.config.typed_files import ExcelSettings
from core.errors import DataError
from core.exchange.formats.fabdis.columns import sheet_of
from core.exchange.formats.fabdis.sheets import code_of
from core.exchange.formats.official.dropped import LARGEST
from core.exchange.workbook import read_sheet
from core.text import clean, file_size, listed

if TYPE_CHECKING:
    from pathlib import Path

    from core.exchange.formats.official.verdict import Verdict
    from core.stop import StopToken

_MOST_SHEETS = 60
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Workbook:
    """The sheets of a workbook."""

    name: str
    sheets: dict[str, tuple[str, ...]]
    """The codes of the columns by the names of the sheets, in upper case."""


def check_template(
    document: Path, templates: Sequence[Path], work_dir: Path, verdict: Verdict, *, name: str, stop: StopToken
) -> None:
    """Note where the sheets and columns of a workbook are others than those of the template that is nearest to it.

    A sheet that the template has and the file has not is no fault: most are for those that need them.

    Raises:
        DataError: the file is no workbook.
        EngineError: a file cannot be read.
        StopRequested: a stop was asked for.
    """
    known, broken = [], list[str]()
    for path in templates:
        try:
            known.append(read_template(path, work_dir, stop))
        except DataError as error:
            broken.append(error.message)
    if known:
        verdict.spare += broken
    else:
        verdict.unusable += broken
    if not known:
        return
    own = _headers(document, work_dir, name, stop)
    template = max(known, key=lambda each: len(each.sheets.keys() & own.sheets.keys()))
    if not template.sheets.keys() & own.sheets.keys():
        verdict.unfitting = verdict.unfitting or "no template has any of the sheets of the file"
        return
    verdict.used(template.name)
    for sheet, columns in own.sheets.items():
        wanted = template.sheets.get(sheet)
        if wanted is None:
            verdict.add(f"sheet {sheet}", "the template has no such sheet")
        else:
            _compare(sheet, columns, wanted, verdict)


def read_template(path: Path, work_dir: Path, stop: StopToken) -> Workbook:
    """Return the sheets of a template.

    Raises:
        DataError: it is no workbook, or larger than any official one.
        EngineError: it cannot be read.
        StopRequested: a stop was asked for.
    """
    if path.stat().st_size > LARGEST:
        raise DataError(f"{clean(path.name)} is larger than {file_size(LARGEST)}.")
    return _headers(path, work_dir, clean(path.name, limit=80), stop)


def _headers(path: Path, work_dir: Path, name: str, stop: StopToken) -> Workbook:
    work_dir.mkdir(parents=True, exist_ok=True)
    target = work_dir / "header"
    first = read_sheet(path, ExcelSettings(), target, stop=stop, name=name, most_rows=1)
    found: dict[str, tuple[str, ...]] = {}
    for sheet in first.sheets[:_MOST_SHEETS]:
        read = read_sheet(path, ExcelSettings(sheet=sheet), target, stop=stop, name=name, most_rows=1)
        codes = tuple(filter(None, map(code_of, read.rows.names)))
        found.setdefault(sheet_of(sheet) or sheet.strip().upper(), codes)
    return Workbook(name, found)


def _compare(sheet: str, columns: Sequence[str], wanted: Sequence[str], verdict: Verdict) -> None:
    place = f"sheet {clean(sheet, limit=40)}"
    missing = [each for each in wanted if each not in columns]
    strange = [each for each in columns if each not in wanted]
    if missing:
        verdict.add(place, f"the columns {_some(missing)} of the template are not there")
    if strange:
        verdict.add(place, f"the template has no columns {_some(strange)}")
    common = [each for each in wanted if each in columns]
    ordered = [each for each in dict.fromkeys(columns) if each in wanted]
    if common != ordered:
        here, there = next(pair for pair in zip(ordered, common, strict=False) if pair[0] != pair[1])
        verdict.add(place, f"the column {here} stands where the template has {there}")


def _some(names: Sequence[str]) -> str:
    shown = [clean(each, limit=40) for each in names[:_SHOWN]]
    more = [f"{len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    return listed([*shown, *more], last="and")
