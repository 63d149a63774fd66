"""The sheets of the layout editor: how the file is read, what is done with one column, its value list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from core.config.base import Settings
from core.config.columns import Conversion
from core.config.layouts import FileSettings, ImportColumn, TextFileSettings
from core.config.typed_files import ExcelSettings, ParquetSettings
from tui.screens.sheet import Entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.config.columns import Conversion
    from tui.layout_draft import DraftRow, LayoutDraft

CONVERSIONS: dict[Conversion, str] = {
    "trim": "white space at both ends is removed",
    "collapse": "runs of white space become one space",
    "upper": "capital letters",
    "lower": "small letters",
    "capitalize": "the first letter becomes a capital",
    "digits": "all but digits is removed",
    "strip_zeros": "leading zeros are removed",
    "strip_tags": "markup such as <b> is removed",
    "unescape": "HTML entities such as &amp; become characters",
    "empty_to_null": "blank text is no value",
}
_DELIMITERS = ((";", "; semicolon"), (",", ", comma"), ("\t", "tab"), ("|", "| bar"))
_QUOTES = (('"', '"'), ("'", "'"), ("", "none: quotes are plain text"))
_THOUSANDS = (("", "none"), (".", ". point"), (",", ", comma"), (" ", "space"), ("'", "' apostrophe"))
_YES_NO = (("yes", "yes"), ("no", "no"))
_TRUE = {"yes": True, "no": False}


_FORMATS = (
    ("csv", "CSV"),
    ("text", "Unicode text"),
    ("excel", "Excel"),
    ("jsonl", "JSON Lines"),
    ("parquet", "Parquet"),
)


def _usual(draft: LayoutDraft) -> Settings:
    return _usual_of(draft.format, imports=draft.imports)


def _usual_of(form: str, *, imports: bool) -> Settings:
    """How a file of the format is written unless said otherwise; of one that has nothing to say, no settings at all."""
    match form:
        case "excel":
            return ExcelSettings()
        case "parquet" if not imports:
            return ParquetSettings()
        case "jsonl" | "parquet":
            return Settings()
        case "text":
            return TextFileSettings()
        case _:
            return FileSettings()


def file_value(draft: LayoutDraft, key: str) -> Any:
    """Return a setting of how the file is written, the usual one where it says nothing."""
    return draft.file.get(key, getattr(_usual(draft), key))


def reading_entries(draft: LayoutDraft, doubts: Sequence[str] = ()) -> list[Entry]:
    """Return the settings of how the file is read or written."""
    known = type(_usual(draft)).model_fields
    choices: dict[str, tuple[tuple[str, str], ...]] = {
        "delimiter": _DELIMITERS,
        "quote": _QUOTES,
        "header": _YES_NO,
        "decimal": ((",", ", comma"), (".", ". point")),
        "thousands": _THOUSANDS,
        "line_end": (("lf", "LF"), ("crlf", "CR LF")),
        "fill_merged": _YES_NO,
    }
    for key in ("encoding", "compression"):
        if key in known:
            choices[key] = tuple((word, word) for word in get_args(known[key].annotation))

    def entry(key: str) -> Entry:
        info, value = known[key], file_value(draft, key)
        shown = ("yes" if value else "no") if isinstance(value, bool) else str(value)
        offered = choices.get(key, ())
        if offered and shown not in dict(offered):
            offered = (*offered, (shown, shown))
        return Entry(key, info.title or key, shown, offered, help=info.description or "")

    entries = [Entry("format", "Format", draft.format, _FORMATS, help="What kind of file it is.")]
    entries += [entry(key) for key in _SHOWN if key in known]
    if draft.imports:
        entries += [entry(key) for key in _WHEN_READING if key in known]
    else:
        entries += [entry(key) for key in _WHEN_WRITING if key in known]
    if "delimiter" in known:
        entries.append(Entry("other", "Other delimiter", "", help="Any one character, in place of those above."))
    if draft.imports:
        words = " ".join(doubts) or "From the first rows of the file."
        entries.append(Entry("again", "Recognise anew", "", opens=True, help=words))
    return entries


_SHOWN = ("sheet", "delimiter", "quote", "encoding", "header", "decimal", "thousands", "date", "datetime", "null")
_WHEN_READING = ("skip_lines", "skip_rows", "fill_merged")
_WHEN_WRITING = ("line_end", "compression")


def put_reading(draft: LayoutDraft, key: str, value: str) -> None:
    """Take a setting of how the file is read."""
    meant: Any = value
    if key == "format":
        draft.set_format(value, type(_usual_of(value, imports=draft.imports)).model_fields)
        return
    if key in ("header", "fill_merged"):
        meant = _TRUE[value]
    elif key in ("skip_lines", "skip_rows") or (key == "sheet" and value.isdecimal()):
        meant = int(value) if value.isdecimal() else value or 0
    elif key == "other":
        if not value:
            return
        key, meant = "delimiter", value[-1]
    draft.set_file(key, meant, usual=getattr(_usual(draft), key))


def column_entries(draft: LayoutDraft, place: int) -> list[Entry]:
    """Return the settings of one column."""
    column = draft.columns[place]
    entries: list[Entry] = []

    def text(key: str, label: str, help_line: str) -> Entry:
        return Entry(key, label, str(column.get(key) or ""), help=help_line)

    field = Entry("field", "Field", str(column.get("field") or ""), opens=True, help="Enter chooses another one.")
    if "constant" in column:
        entries.append(text("constant", "Constant", "The same value for each record."))
    elif "expression" in column:
        entries.append(
            text("expression", "SQL expression", "Over the fields of the record: round(gross_price * 0.62, 2)")
        )
    if not draft.imports:
        entries.append(text("column", "Name in the header", ""))
    if draft.imports or "field" in column:
        entries.append(field)
    from_file = "field" in column and "column" in column
    if draft.imports and "constant" not in column:
        entries.append(_yes_no("required", "Required", column, "A row without a value is rejected."))
    entries += _reference(draft, column)
    if from_file:
        words = ", ".join(map(str, _listed(column)))
        entries.append(Entry("convert", "Conversions", words, opens=True, help="Carried out in this order."))
        count = len(column.get("values") or {})
        entries.append(
            Entry("values", "Value list", f"{count} listed", opens=True, help="Values to replace by others.")
        )
    if from_file and draft.imports:
        entries.append(_yes_no("strict_values", "Only listed values", column, "Other values reject the row."))
    if "constant" not in column:
        entries.append(text("default", "Default", "Where there is no value."))
        entries.append(text("format", "Format", "Of a number, such as 0.00, or a date, such as %d-%m-%Y."))
    return entries


def _reference(draft: LayoutDraft, column: dict[str, Any]) -> list[Entry]:
    """What becomes of a record that refers to nothing, where the field refers to another record."""
    if not draft.imports or "column" not in column or column.get("field") not in draft.referring:
        return []
    info = ImportColumn.model_fields["references"]
    held = str(column.get("references") or info.default)
    choices = tuple((word, word) for word in get_args(info.annotation))
    return [Entry("references", "What is not there", held, choices, help=info.description or "")]


def _listed(column: dict[str, Any]) -> list[Any]:
    found = column.get("convert")
    return found if isinstance(found, list) else []


def _yes_no(key: str, label: str, column: dict[str, Any], help_line: str) -> Entry:
    return Entry(key, label, "yes" if column.get(key) else "no", _YES_NO, help=help_line)


def put_column(draft: LayoutDraft, place: int, key: str, value: str) -> None:
    """Take a setting of one column."""
    if key == "references":
        draft.change(place, key, value if value != ImportColumn.model_fields["references"].default else None)
    elif key in ("required", "strict_values"):
        draft.change(place, key, _TRUE[value])
    elif key in ("constant", "expression", "column"):
        draft.columns[place][key] = value
    else:
        draft.change(place, key, value or None)


def value_entries(draft: LayoutDraft, row: DraftRow) -> list[Entry]:
    """Return the value list of a column: what it has, then what stands in the file besides."""
    place = row.place or 0
    known = draft.columns[place].get("values") or {}
    counts = dict(row.column.values) if row.column else {}
    entries = [
        Entry(
            f"={old}",
            f"{old} ({counts[old]:,})" if old in counts else old,
            str(known.get(old, "")),
            help="What the value is replaced by; empty: it stays as it is.",
        )
        for old in [*counts, *(each for each in known if each not in counts)]
    ]
    return [*entries, Entry("+", "Another value", "", help="Type the value of the file, = and the new one: ST=PCE")]


class ValueList:
    """The value list of one column, while its sheet is open."""

    def __init__(self, draft: LayoutDraft, row: DraftRow) -> None:
        self._draft = draft
        self._row = row
        self._place = row.place or 0
        self._another = ""

    def entries(self) -> list[Entry]:
        """Return the entries of the sheet; what stood there stays where it was while it is changed."""
        found = value_entries(self._draft, self._row)
        return [*found[:-1], Entry("+", found[-1].label, self._another, help=found[-1].help)]

    def put(self, key: str, value: str) -> None:
        """Take a replacement."""
        values = dict(self._draft.columns[self._place].get("values") or {})
        if key == "+":
            old, equals, _ = self._another.partition("=")
            if equals and old.strip() in values:
                del values[old.strip()]
            self._another = value
            key, equals, value = value.partition("=")
            key, value = f"={key.strip()}", value.strip()
            if not equals or key == "=":
                value = ""
        if value:
            values[key[1:]] = value
        else:
            values.pop(key[1:], None)
        self._draft.change(self._place, "values", values)
