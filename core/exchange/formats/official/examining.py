"""What is wrong with the official rules that an operator has dropped: told before a file is held against them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import DataError
from core.exchange.formats.official.codes import read_code_lists
from core.exchange.formats.official.dropped import dropped_into
from core.exchange.formats.official.verdict import MEND, Verdict
from core.exchange.formats.registry import industry_format, known_formats
from core.exchange.sql_errors import disk_errors
from core.stop import StopToken
from core.text import clean, listed, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.config.formats import FormatId
    from core.exchange.formats.official.dropped import Dropped


def examine(schemas: Path, work: Path) -> Iterator[tuple[Path, str]]:
    """Yield each directory in which something cannot be used, and what, in a sentence. ``work`` takes working files.

    Raises:
        EngineError: a file cannot be read.
    """
    with disk_errors(f"The directory {clean(str(schemas))} cannot be read"):
        directories = sorted(each for each in schemas.iterdir() if each.is_dir()) if schemas.is_dir() else []
    formats = {str(each): each for each in known_formats()}
    for directory in directories:
        if directory.name in formats:
            for fault in _faults(formats[directory.name], directory, work):
                yield directory, f"{fault} {MEND}; until then, exports may be held up"
        elif not directory.name.startswith((".", "~")):
            near = nearest(directory.name, formats)
            meant = f"{near} may be meant" if near else f"there are {listed(formats, last='and')}"
            yield directory, f"no format is called so, and nothing is held against what lies there; {meant}"


def _faults(format_id: FormatId, directory: Path, work: Path) -> Iterator[str]:
    dropped, form = dropped_into(directory), industry_format(format_id)
    verdict = Verdict()
    if dropped.codes is not None:
        read_code_lists(dropped.codes, work, verdict, stop=StopToken())
    yield from verdict.unusable
    yield from _faults_of_xsd(dropped)
    if format_id == "etim-xchange":
        from core.exchange.formats.official.json_check import Rules

        for path in dropped.json:
            try:
                Rules.read(path)
            except DataError as error:
                yield error.message
    if form.workbook:
        from core.exchange.formats.official.templates import read_template

        for path in dropped.templates:
            try:
                read_template(path, work, StopToken())
            except DataError as error:
                yield error.message


def _faults_of_xsd(dropped: Dropped) -> Iterator[str]:
    from core.exchange.formats.official.xsd import read_xsd

    found, included = [], set[str]()
    for path in dropped.xsd:
        try:
            schema = read_xsd(path)
        except DataError as error:
            yield error.message
        else:
            found.append(schema)
            included.update(schema.includes())
    for schema in found:
        # What others include need not be whole by itself.
        if schema.path.name not in included:
            try:
                schema.compiled()
            except DataError as error:
                yield error.message
