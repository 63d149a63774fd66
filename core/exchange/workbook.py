"""Excel workbooks as rows of text: ``.xlsx``, ``.xlsm``, ``.xlsb``, ``.xls`` and ``.ods``, as calamine reads them.

The reading is done by a process of its own (:mod:`core.exchange.workbook_child`) that is held to limits: what it takes
goes back to the system, and a file that was made to do harm ends that process and no run but its own.

- A row with nothing in it is no record. The header is the first row with something in it, behind those to be skipped.
- Hidden rows and columns are read as all others; of a formula, the value that was saved with it.
- A date is read by the date system of the workbook and written down as ISO 8601, a span of time as ``30:00:00``.
- A number is written down with at most fifteen digits, as Excel shows it, and never with an exponent.
- A cell that is an error, such as ``#N/A``, rejects its record if the layout reads it; only ``.xlsx`` tells of those.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.config.layouts import FileSettings
from core.errors import DataError, EngineError
from core.exchange.projection import raw_column
from core.exchange.reading import csv_relation
from core.exchange.staging import RawRows
from core.sql import quoted_text
from core.text import clean, file_size, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.config.layouts import ImportColumn
    from core.config.typed_files import ExcelSettings
    from core.stop import StopToken

MEMORY = 3_000_000_000
"""Bytes that reading a workbook may take: enough for a full sheet of 1,048,576 rows and twenty columns."""
UNPACKED = 4_000_000_000
"""Bytes to which a workbook may unpack."""
ERRORS = ("#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA",
          "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!")  # fmt: skip
_CHILD = Path(__file__).with_name("workbook_child.py")
_ROWS = FileSettings(delimiter="\x1f")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook that was read."""

    rows: RawRows
    name: str
    sheets: tuple[str, ...]
    """The names of all sheets."""
    errors: int
    """How many of its cells are errors."""


def read_sheet(
    source: Path, settings: ExcelSettings, target: Path, *, stop: StopToken, name: str, most_rows: int = 0
) -> Sheet:
    """Read a sheet into ``target``, from which the rows are read as often as is asked for them.

    Raises:
        DataError: it is no workbook, is encrypted, broken or too large, or has no such sheet.
        EngineError: the disk does not suffice, or the process cannot be started.
        StopRequested: a stop was asked for.
    """
    order = {
        "path": str(source),
        "rows": str(target),
        "sheet": settings.sheet,
        "header": settings.header,
        "skip_rows": settings.skip_rows,
        "fill_merged": settings.fill_merged,
        "decimal": settings.decimal,
        "most_rows": most_rows,
        "memory": MEMORY,
        "unpacked": UNPACKED,
    }
    found = _answer(order, stop, name)
    leading = ("_record", "_line")
    relation = csv_relation(
        target, _ROWS, found["width"], header=False, line_end=b"\n", longest=found["longest"], leading=leading
    )
    rows = RawRows(tuple(found["names"]), found["width"], relation, found["records"], has_lines=True)
    return Sheet(rows, found["sheet"], tuple(found["sheets"]), found["errors"])


def refuse_empty(sheet: Sheet, name: str) -> None:
    """Refuse a sheet in which there is nothing at all, not even a header.

    Raises:
        DataError: it is such a one.
    """
    if sheet.rows.width == 0:
        raise DataError(
            f"The sheet {clean(sheet.name)!r} of {name} is empty.",
            advice=f"Set sheet in the layout: it has {_listed(sheet.sheets)}.",
        )


def _answer(order: dict[str, Any], stop: StopToken, name: str) -> dict[str, Any]:
    """Let the child read the sheet; return its answer."""
    stop.check()
    try:
        child = subprocess.Popen(
            [sys.executable, "-P", str(_CHILD), json.dumps(order)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except OSError as error:
        raise EngineError(
            f"{name} cannot be read: no process can be started ({clean(str(error.strerror))}).",
            advice="Look at the limits of the system for processes and memory.",
        ) from error
    with child, stop.interrupting(child.kill):
        said, complaint = child.communicate()
    stop.check()
    if child.returncode == -signal.SIGXCPU:
        raise DataError(f"{name} takes too long to be read.", advice="Ask the sender for a smaller file, or for CSV.")
    if child.returncode in (-signal.SIGABRT, -signal.SIGKILL, -signal.SIGSEGV):
        raise _too_large(name)
    try:
        answer: dict[str, Any] = json.loads(said)
    except ValueError:
        detail = clean(complaint.decode("utf-8", "replace").strip().rpartition("\n")[2], limit=200)
        if "No space left" in detail:
            raise EngineError(f"{name} cannot be read into the spool: the disk is full.", advice="Make room.") from None
        raise DataError(f"{name} cannot be read: {detail}.", advice="Open it in Excel and save it again.") from None
    if kind := answer.get("error"):
        raise _refusal(kind, answer, name)
    return answer


def _too_large(name: str) -> DataError:
    return DataError(
        f"{name} takes more than {file_size(MEMORY)} of memory to be read; nothing was imported.",
        advice="Ask the sender for a smaller file, or for CSV.",
    )


def _refusal(error: str, facts: dict[str, Any], name: str) -> DataError:
    match error:
        case "memory":
            return _too_large(name)
        case "password":
            return DataError(
                f"{name} is protected by a password.", advice="Ask the sender for a file that opens without one."
            )
        case "other":
            return DataError(
                f"{name} is no Excel workbook, whatever its name says.",
                advice="Look at what it is with pendel propose, and set format in the layout.",
            )
        case "unpacked":
            return DataError(
                f"{name} unpacks to {file_size(facts['size'])}, more than the {file_size(UNPACKED)} that are read.",
                advice="Ask the sender for a smaller file, or for CSV.",
            )
        case "errors":
            return DataError(
                f"{name} has more than {facts['most']:,} cells that are errors, such as #N/A.",
                advice="Ask the sender for a file whose formulas work.",
            )
        case "sheet":
            return DataError(
                f"{name} has no such sheet as the layout reads.", advice=f"It has {_listed(facts['sheets'])}."
            )
        case _:
            return DataError(
                f"{name} is broken or cut off: {clean(str(facts.get('detail', '')), limit=200)}.",
                advice="Fetch it again, or open it in Excel and save it again.",
            )


def _listed(names: Sequence[str]) -> str:
    shown = [f"“{clean(name, limit=40)}”" for name in names[:10]]
    return f"the sheet {shown[0]}" if len(shown) == 1 else f"the sheets {listed(shown)}"


def with_rejected_errors(sheet: Sheet, columns: Sequence[ImportColumn]) -> RawRows:
    """Return the rows, with those among the unreadable that have an error in a cell which the layout reads."""
    rows = sheet.rows
    named = {name.strip(): place for place, name in enumerate(rows.names, start=1)}
    read = {each.column if isinstance(each.column, int) else named.get((each.column or "").strip()) for each in columns}
    places = sorted(place for place in read if place is not None and place <= rows.width)
    if not sheet.errors or not places:
        return rows
    cells = ", ".join(
        f"{{'name': {quoted_text(rows.names[place - 1].strip() if rows.names else str(place))}, "
        f"'text': {raw_column(place)}}}"
        for place in places
    )
    unreadable = (
        'SELECT _record AS record, _line AS line, cell.name AS "column", cell.text AS value, '
        "'is an error in Excel' AS reason, CAST(NULL AS VARCHAR) AS raw, CAST(NULL AS VARCHAR) AS place "
        f"FROM (SELECT _record, _line, unnest([{cells}]) AS cell FROM {rows.relation}) "
        f"WHERE cell.text IN ({', '.join(map(quoted_text, ERRORS))})"
    )
    return replace(rows, unreadable=unreadable)
