"""A layout while it is edited, without a widget: its columns beside those of a file, and what was changed."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.text import clean, counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from core.engine.api.files import ColumnView, FieldProposal

Values = dict[str, Any]
ORDER = ("column", "field", "required", "references", "convert", "values", "strict_values", "default", "constant",
         "expression", "format")  # fmt: skip
"""The settings of a column as they stand in the file, one after the other."""


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One line of the editor: a column of the file, a column of the layout, or both."""

    id: str
    title: str
    """What the column is called, or where the value comes from; clean text."""
    place: int | None
    """The position in the columns of the layout; None for a column of the file that has no field."""
    column: ColumnView | None = None
    """The column of the file."""
    field: str = ""
    proposal: FieldProposal | None = None
    how: str = ""
    """Conversions and the like, in a few words."""
    missing: bool = False
    """Whether the file that is looked at lacks the column."""


class LayoutDraft:
    """The settings of one layout, with every step to go back."""

    def __init__(self, name: str, values: Values, *, fingerprint: str = "", copied: bool = False) -> None:
        """``copied`` says that the values are those of another layout, and worth saving as they are."""
        self.name = name
        self.fingerprint = fingerprint
        """Of the table that it was read from; empty for a layout that is not written yet."""
        self.file_columns: Sequence[ColumnView] = ()
        self.proposals: dict[int, FieldProposal] = {}
        """By the position of the column in the file."""
        self.referring: frozenset[str] = frozenset()
        """The fields of the entity that refer to another record, as far as they are known."""
        self.passes: list[Values] = []
        """Each with its entity and columns; empty where the layout itself has those."""
        self.chosen = 0
        """The pass whose columns are edited, from 0."""
        self.columns: list[Values] = []
        """Of the layout, or of the chosen pass."""
        self._next_id = 0
        self.accept(values)
        self._base: Values = {} if copied else deepcopy(values)
        self._left: dict[str, Values] = {}
        self._steps: list[tuple[Values, list[Values], list[Values], list[int], int]] = []

    def accept(self, values: Values) -> None:
        """Take settings in place of the present ones."""
        self.values = deepcopy({key: value for key, value in values.items() if key not in ("columns", "passes")})
        self.passes = [{**each, "columns": _tables(each.get("columns"))} for each in _tables(values.get("passes"))]
        self._begin(_tables(values.get("columns")))

    def _begin(self, columns: list[Values]) -> None:
        """Edit the columns of the chosen pass; of a layout without passes, these."""
        self.chosen = max(0, min(self.chosen, len(self.passes) - 1))
        self.columns = self.passes[self.chosen]["columns"] if self.passes else columns
        self._ids = list(range(self._next_id, self._next_id + len(self.columns)))
        self._next_id += len(self.columns)

    # -- what it is -----------------------------------------------------------------------------------------------

    @property
    def is_new(self) -> bool:
        """Whether it is not written yet."""
        return not self.fingerprint

    @property
    def imports(self) -> bool:
        """Whether it reads files; else it writes them."""
        return bool(self.values.get("direction") == "import")

    @property
    def entity(self) -> str:
        """The entity whose fields it fills or shows."""
        return str((self.passes[self.chosen] if self.passes else self.values).get("entity", ""))

    @property
    def format(self) -> str:
        """The kind of file, such as ``csv`` or ``excel``."""
        return str(self.values.get("format", "csv"))

    @property
    def file(self) -> Values:
        """How the file is written."""
        found = self.values.get("file")
        return found if isinstance(found, dict) else {}

    def table(self) -> Values:
        """Return the settings as the configuration has them."""
        return deepcopy({**self.values, **({"passes": self.passes} if self.passes else {"columns": self.columns})})

    @property
    def base(self) -> Values:
        """The settings as they were read or saved."""
        return deepcopy(self._base)

    @property
    def changed(self) -> bool:
        """Whether anything differs from what was read or saved."""
        return self.table() != (self._base if self.passes else {"columns": [], **self._base})

    def saved(self, name: str, values: Values, fingerprint: str) -> None:
        """Note what stands in the file now."""
        self.name, self.fingerprint, self._base = name, fingerprint, deepcopy(values)

    # -- the rows -------------------------------------------------------------------------------------------------

    def rows(self) -> list[DraftRow]:
        """Return the columns of the file in their order, then what the layout has besides; of an export its columns."""
        if not self.imports or not self.file_columns:
            return [self._row(place) for place in range(len(self.columns))]
        shown: set[int] = set()
        rows: list[DraftRow] = []
        for column in self.file_columns:
            places = [place for place in range(len(self.columns)) if self._column_of(place) is column]
            shown.update(places)
            rows += [self._row(place) for place in places]
            if not places:
                proposal = self.proposals.get(column.position)
                rows.append(DraftRow(f"c{column.position}", column.title, None, column, "", proposal))
        return [*rows, *(self._row(place) for place in range(len(self.columns)) if place not in shown)]

    def row(self, row_id: str) -> DraftRow | None:
        """Return the row of that id."""
        return next((row for row in self.rows() if row.id == row_id), None)

    def _row(self, place: int) -> DraftRow:
        entry = self.columns[place]
        found = self._column_of(place)
        return DraftRow(
            id=f"m{self._ids[place]}",
            title=found.title if found and self.imports else source_words(entry),
            place=place,
            column=found,
            field=clean(str(entry.get("field") or "")),
            how=how_words(entry),
            missing=bool(self.imports and self.file_columns and "column" in entry and found is None),
        )

    def _column_of(self, place: int) -> ColumnView | None:
        reference = self.columns[place].get("column")
        if reference is None or not self.imports:
            return None
        if isinstance(reference, int):
            return next((column for column in self.file_columns if column.position == reference), None)
        name = reference.strip()
        return next((column for column in self.file_columns if column.reference == name), None)

    # -- changes --------------------------------------------------------------------------------------------------

    def remember(self) -> None:
        """Note the present state as one that :meth:`undo` goes back to."""
        self._steps.append(
            (deepcopy(self.values), deepcopy(self.passes), deepcopy(self.columns), list(self._ids), self.chosen)
        )

    def undo(self) -> bool:
        """Go back one step; return whether there was one."""
        if not self._steps:
            return False
        self.values, self.passes, columns, ids, self.chosen = self._steps.pop()
        self.columns, self._ids = (self.passes[self.chosen]["columns"] if self.passes else columns), ids
        return True

    def forget_step(self) -> None:
        """Forget the last state that was noted, where nothing has changed since."""
        if self._steps and self._steps[-1][:3] == (self.values, self.passes, self.columns):
            self._steps.pop()

    def choose_pass(self, number: int) -> None:
        """Edit the columns of another pass."""
        self.chosen = number
        self._begin(self.columns)

    def add_pass(self, entity: str) -> None:
        """Add a pass for another entity, and edit its columns; what the layout has becomes the first one."""
        if not self.passes:
            self.passes = [{"entity": self.values.pop("entity", ""), "columns": self.columns}]
        self.passes.append({"entity": entity, "columns": []})
        self.choose_pass(len(self.passes) - 1)

    def remove_pass(self) -> None:
        """Take the chosen pass out."""
        del self.passes[self.chosen]
        self._begin([])

    def turn_pass(self, key: str, usual: str, other: str) -> str:
        """Give a setting of the chosen pass its other word; return it."""
        own = self.passes[self.chosen]
        word = usual if own.get(key, usual) == other else other
        settings = {name: value for name, value in own.items() if name not in (key, "columns")}
        self.passes[self.chosen] = settings | ({key: word} if word != usual else {}) | {"columns": self.columns}
        return word

    def set_field(self, row: DraftRow, field: str) -> str:
        """Let a column go into a field, or show it; return the id of the row that it has now."""
        if row.place is not None:
            self.change(row.place, "field", field or None)
            return row.id
        if row.column is None:
            return row.id
        return self._insert(self._place_for(row.column), {"column": row.column.reference, "field": field})

    def accept_proposal(self, row: DraftRow) -> str | None:
        """Take the field that is proposed for a column; return the id of its row now, or None without a proposal."""
        if row.proposal is None or row.place is not None:
            return None
        return self.set_field(row, row.proposal.field)

    def accept_all(self) -> int:
        """Take every field that is proposed and not filled yet; return how many."""
        taken = {entry.get("field") for entry in self.columns}
        count = 0
        for row in self.rows():
            if row.proposal and row.proposal.field not in taken and self.accept_proposal(row):
                count += 1
        return count

    def add(self, entry: Values) -> str:
        """Add a column at the end; return the id of its row."""
        return self._insert(len(self.columns), entry)

    def remove(self, row: DraftRow) -> bool:
        """Take a column out of the layout; return whether there was anything to take out."""
        if row.place is None:
            return False
        del self.columns[row.place], self._ids[row.place]
        return True

    def move(self, row: DraftRow, step: int) -> bool:
        """Move a column in the layout; return whether it could be moved."""
        if row.place is None or not 0 <= row.place + step < len(self.columns):
            return False
        for entries in (self.columns, self._ids):
            moved: Any = entries.pop(row.place)
            entries.insert(row.place + step, moved)
        return True

    def change(self, place: int, key: str, value: Any) -> None:
        """Change one setting of a column; ``None``, False and what is empty take it out, but for a text."""
        entry = self.columns[place]
        if value is None or value is False or value in ([], {}):
            entry.pop(key, None)
        else:
            entry[key] = value
        self.columns[place] = {known: entry[known] for known in (*ORDER, *entry) if known in entry}

    def set_file(self, key: str, value: Any, *, usual: Any) -> None:
        """Change how the file is written; what is as usual is not written, unless it stood there."""
        file = dict(self.file)
        before = self._base.get("file")
        if value == usual and not (isinstance(before, dict) and key in before):
            file.pop(key, None)
        else:
            file[key] = value
        self.values["file"] = file

    def set_format(self, form: str, known: Collection[str]) -> None:
        """Change the kind of file; what the new kind has too (``known``) stays, and what it had before comes back."""
        self._left[self.format] = self.file
        kept = {key: value for key, value in self.file.items() if key in known}
        self.values["format"] = form
        self.put_file({**self._left.get(form, {}), **kept})

    def put_file(self, file: Values) -> None:
        """Put in how the file is written; where that says nothing, nothing is written of it."""
        if file:
            self.values["file"] = file
        else:
            self.values.pop("file", None)

    def _insert(self, place: int, entry: Values) -> str:
        self.columns.insert(place, {known: entry[known] for known in ORDER if known in entry})
        self._ids.insert(place, self._next_id)
        self._next_id += 1
        return f"m{self._next_id - 1}"

    def _place_for(self, column: ColumnView) -> int:
        """Behind what stands before it in the file."""
        found = [self._column_of(place) for place in range(len(self.columns))]
        before = [place for place, other in enumerate(found) if other and other.position <= column.position]
        return before[-1] + 1 if before else 0

    def fields_taken(self) -> set[str]:
        """Return the fields that have a column."""
        return {str(entry["field"]) for entry in self.columns if entry.get("field")}


def _tables(given: Any) -> list[Values]:
    """Return the tables of a list, copied; nothing else is kept."""
    return [dict(each) for each in deepcopy(given) if isinstance(each, dict)] if isinstance(given, list) else []


def source_words(entry: Values) -> str:
    """Return where a value comes from: ``Bruto``, ``column 3``, ``= EUR``, ``round(gross_price, 2)``."""
    column = entry.get("column")
    if column is not None:
        return f"column {column}" if isinstance(column, int) else clean(str(column), limit=200)
    if "constant" in entry:
        return f'= "{clean(str(entry["constant"]), limit=100)}"'
    return f"= {clean(str(entry.get('expression', '')), limit=100)}"


def how_words(entry: Values) -> str:
    """Return in a few words what is done to the values of a column."""
    return ", ".join(_how(entry))


def _how(entry: Values) -> Iterator[str]:
    if entry.get("required"):
        yield "required"
    if entry.get("references") in ("wait", "stub"):
        yield "waits for it" if entry["references"] == "wait" else "or a stub"
    # What an export writes in place of a field is not told by its header.
    if "column" in entry and "constant" in entry:
        yield f'= "{clean(str(entry["constant"]), limit=40)}"'
    if "column" in entry and "expression" in entry:
        yield f"= {clean(str(entry['expression']), limit=60)}"
    convert = entry.get("convert")
    yield from (clean(str(word)) for word in (convert if isinstance(convert, list) else ()))
    values = entry.get("values")
    if isinstance(values, dict) and values:
        yield counted(len(values), "value") + (" only" if entry.get("strict_values") else "")
    if "default" in entry:
        yield f'else "{clean(str(entry["default"]), limit=20)}"'
    if entry.get("format"):
        yield clean(str(entry["format"]), limit=20)
