"""What a layout makes of a file, as a table to look at: the rows as they are recognised, the records, the rejects."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from rich.cells import cell_len

from core.text import counted, file_size
from tui.widgets.list_table import Column, Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.engine.api.files import ExportTrial, ImportTrial, LayoutProblem, RawRows, SampleView
    from tui.action import KeyOf

_WIDEST = 28
_NUMBER = 6


class View(StrEnum):
    """What is shown below the columns; the key goes round in this order."""

    ROWS = "rows"
    RECORDS = "records"
    REJECTS = "rejects"


IMPORT_VIEWS = (View.ROWS, View.RECORDS, View.REJECTS)
EXPORT_VIEWS = (View.RECORDS, View.ROWS)


@dataclass(frozen=True, slots=True)
class Look:
    """What the engine has said of a layout and a file, as far as it was asked."""

    sample: SampleView | None = None
    rows: RawRows | None = None
    failure: str = ""
    """Why the rows cannot be told."""
    imported: ImportTrial | None = None
    exported: ExportTrial | None = None

    def problems_of(self, place: int) -> list[str]:
        """Return what is wrong with one column of the layout."""
        return [problem.message for problem in self._problems if problem.column == place]

    @property
    def whole_problems(self) -> list[str]:
        """What is wrong with the layout as a whole."""
        return [problem.message for problem in self._problems if problem.column is None]

    @property
    def problem_count(self) -> int:
        """How many things are wrong."""
        return len(self._problems)

    @property
    def _problems(self) -> list[LayoutProblem]:
        trial = self.imported or self.exported
        return list(trial.problems) if trial else []


@dataclass(frozen=True, slots=True)
class Preview:
    """A table, with what stands above it, and what stands there where it is empty."""

    title: str
    columns: tuple[Column, ...] = (Column("none", "", 10, 0, grows=True),)
    rows: tuple[Row, ...] = ()
    empty: str = ""


def preview(look: Look, view: View, *, imports: bool, key_of: KeyOf, start: int = 0) -> Preview:
    """Return what to show; ``start`` is the first of the columns that are scrolled."""
    if not imports:
        return _exported(look.exported, view, start)
    if look.sample is None:
        choose = key_of("layout.file")
        return Preview(
            "No file is looked at", empty=f"Press {choose} to choose a file; its first rows stand here then."
        )
    if view is View.ROWS or look.failure:
        return _rows(look, start)
    trial = look.imported
    if trial is None:
        return Preview(_place(look.sample), empty="Working on it.")
    if view is View.RECORDS:
        title = f"{_count(trial)} {_place(look.sample)}"
        empty = trial.failure or ("No record passes." if trial.read else _nothing(look, key_of))
        return _table(
            title, [("#", True), *((name, False) for name in trial.fields)], _numbered(trial.records), empty, start
        )
    title = f"{counted(trial.rejected, 'record')} of {trial.read:,} rejected {_place(look.sample)}"
    cells = [
        (str(reject.line or ""), reject.column or reject.field, reject.value, reject.reason) for reject in trial.rejects
    ]
    columns = (
        Column("line", "Line", _NUMBER, 0, right=True),
        Column("column", "Column", 16, 1),
        Column("value", "Value", 16, 2),
        Column("reason", "Reason", 12, 0, grows=True),
    )
    rows = tuple(Row(f"r{number}", cell) for number, cell in enumerate(cells))
    return Preview(
        title, columns, rows, trial.failure or ("No record is rejected." if trial.read else _nothing(look, key_of))
    )


def _count(trial: ImportTrial) -> str:
    rejected = f", {trial.rejected:,} rejected" if trial.rejected else ""
    return f"{counted(trial.accepted, 'record')}{rejected}{_passes(trial)}{_without(trial.left_out)}"


def _passes(trial: ImportTrial) -> str:
    """What the passes took, where there are several."""
    if len(trial.passes) < 2:
        return ""
    return f" ({', '.join(f'{each.entity} {each.accepted:,}' for each in trial.passes)})"


def _without(left_out: int) -> str:
    return f", without {counted(left_out, 'column')} in error" if left_out else ""


def _nothing(look: Look, key_of: KeyOf) -> str:
    if look.imported and look.imported.left_out:
        reading = key_of("layout.reading")
        return f"No column of the layout can be tried: see what is marked with !, or how the file is read ({reading})."
    return " ".join(look.whole_problems) or "The file has no record that can be read."


def _place(sample: SampleView) -> str:
    part = "" if sample.whole else f", the first {file_size(sample.read)} of {file_size(sample.size)}"
    return f"of {sample.name}{part}"


def _rows(look: Look, start: int) -> Preview:
    if look.sample is None or look.rows is None:
        title = _place(look.sample) if look.sample else ""
        return Preview(f"Rows {title}", empty=look.failure or "Working on it.")
    rows = look.rows
    bad = f", {rows.unreadable:,} unreadable" if rows.unreadable else ""
    title = f"{counted(rows.records, 'row')}{bad} {_place(look.sample)}"
    width = len(rows.columns)
    cells = [
        (str(row.line), *((f"[{row.fault}] {row.cells[0]}",) + ("",) * (width - 1) if row.fault else row.cells))
        for row in rows.rows
    ]
    heads = [("Line", True), *((column.title, False) for column in rows.columns)]
    return _table(title, heads, cells, "The file has no rows.", start)


def _exported(trial: ExportTrial | None, view: View, start: int) -> Preview:
    if trial is None:
        return Preview("The file", empty="Working on it.")
    title = f"The first of {counted(trial.records, 'record')} of the catalogue{_without(trial.left_out)}"
    empty = trial.failure or "The catalogue has no record of this entity yet, so there is nothing to write."
    if view is View.ROWS:
        rows = tuple(Row(f"r{number}", (line,)) for number, line in enumerate(trial.lines))
        return Preview(title, (Column("line", "The file line by line", 20, 0, grows=True),), rows, empty)
    heads = [("#", True), *((name, False) for name in trial.columns)]
    return _table(title, heads, _numbered(trial.rows), empty, start)


def _numbered(records: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [(str(number), *record) for number, record in enumerate(records, start=1)]


def _table(
    title: str, heads: Sequence[tuple[str, bool]], cells: Sequence[tuple[str, ...]], empty: str, start: int
) -> Preview:
    """A table whose first column stands still while the others are scrolled."""
    start = max(0, min(start, len(heads) - 2))
    kept = [0, *range(1 + start, len(heads))]
    columns = []
    for rank, position in enumerate(kept):
        name, right = heads[position]
        longest = max((cell_len(row[position]) for row in cells), default=0)
        width = _NUMBER if position == 0 else max(3, min(_WIDEST, max(longest, cell_len(name))))
        columns.append(Column(f"c{position}", name, width, rank, right=right, grows=rank == len(kept) - 1))
    rows = tuple(Row(f"r{number}", tuple(row[position] for position in kept)) for number, row in enumerate(cells))
    return Preview(title, tuple(columns), rows, empty)
