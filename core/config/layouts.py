"""Layouts: how the columns of a file and the fields of an entity go together."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StrictBool, StrictInt, StrictStr, field_validator, model_validator

from core.config.base import EntityName, FieldName, Settings, setting
from core.config.columns import _Column, _Layout
from core.config.typed_files import ExcelSettings, ParquetSettings
from core.config.values import TypedFormats, ValueFormats

Encoding = Literal["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "windows-1252", "latin-1"]
"""``utf-8`` takes a byte order mark when reading and writes none; ``utf-8-sig`` writes one. ``utf-16`` needs one when
reading and writes little endian with one; ``utf-16-le`` and ``utf-16-be`` take one and write none."""


class _Separators(Settings):
    delimiter: StrictStr = setting(
        ",", title="Delimiter", help='One character; a tab is "\\t".', min_length=1, max_length=1
    )
    quote: StrictStr = setting('"', title="Quote", help="Empty: quotes are plain text.", max_length=1)
    encoding: Encoding = setting("utf-8", title="Encoding")
    header: StrictBool = setting(True, title="Header line", help="No: columns are named by their position, from 1.")
    skip_lines: StrictInt = setting(0, title="Lines to skip", help="Before the header. When reading.", ge=0, le=1000)


class FileSettings(ValueFormats, _Separators):
    """How a text file is written: separators, encoding, numbers and dates."""

    null: StrictStr = setting("", title="No value", help="The text that stands for no value.")
    line_end: Literal["crlf", "lf"] = setting("lf", title="Line end", help="When writing.")

    @field_validator("delimiter", "quote")
    @classmethod
    def _usable(cls, char: str) -> str:
        if char in ("\n", "\r", "\0"):
            raise ValueError("this character cannot separate or quote values")
        return char

    @model_validator(mode="after")
    def _different_characters(self) -> FileSettings:
        if self.delimiter == self.quote:
            raise ValueError("delimiter and quote must be different characters")
        return self


class TextFileSettings(FileSettings):
    """Unicode text, as spreadsheets save it: UTF-16 and tabs unless set otherwise."""

    delimiter: StrictStr = setting("\t", title="Delimiter", min_length=1, max_length=1)
    encoding: Encoding = setting("utf-16", title="Encoding")


ColumnRef = StrictStr | Annotated[StrictInt, Field(ge=1)]
"""A column by its name in the header, or by its position from 1."""


class ImportColumn(_Column):
    """Where the value of one field comes from."""

    column: ColumnRef | None = setting(None, title="Column", help="Its name in the header, or its position from 1.")
    field: FieldName = setting(title="Field", refers="fields")
    required: StrictBool = setting(False, title="Required", help="A row without a value is rejected.")
    references: Literal["reject", "wait", "stub"] = setting(
        "reject",
        title="A reference to what is not there",
        help="Reject the row; wait for the end of the file, in which it may come later; or make a stub of it, that has "
        "only its key.",
    )
    strict_values: StrictBool = setting(
        False, title="Only listed values", help="A value that is not in the value list rejects the row."
    )

    @model_validator(mode="after")
    def _one_source(self) -> ImportColumn:
        given = [name for name in ("column", "constant", "expression") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("exactly one of column, constant or expression says where the value comes from")
        return self


class OnlyLines(Settings):
    """Which lines of a file have a record."""

    column: ColumnRef = setting(title="Column", help="Its name in the header, or its position from 1.")
    values: list[StrictStr] = setting(
        title="Values", help="A line has a record where this column has one of these.", min_length=1
    )


class ImportPass(Settings):
    """One walk over the lines of a file: what they say of one entity."""

    entity: EntityName = setting(title="Entity", refers="entities")
    only: OnlyLines | None = setting(None, title="Only some lines", help="Empty: every line has a record.")
    without_key: Literal["reject", "skip"] = setting(
        "reject", title="A line without a key", help="Reject it, or skip it: it has no record for this pass."
    )
    repeated: Literal["reject", "first"] = setting(
        "reject",
        title="A record on several lines",
        help="Reject all lines but the first, or take the first and skip the others.",
    )
    columns: list[ImportColumn] = setting(title="Columns", min_length=1)


class ExportColumn(_Column):
    """What stands in one column of the file."""

    column: StrictStr = setting(title="Column", help="Its name in the header.")
    field: FieldName | None = setting(None, title="Field", refers="fields")

    @model_validator(mode="after")
    def _one_source(self) -> ExportColumn:
        given = [name for name in ("field", "constant", "expression") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("exactly one of field, constant or expression says what stands in the column")
        return self


class _CsvFormat(Settings):
    format: Literal["csv"] = setting("csv", title="Format")
    file: FileSettings = setting(FileSettings, title="File")

    @property
    def names_columns(self) -> bool:
        """Whether the file itself names its columns."""
        return self.file.header

    @property
    def text(self) -> FileSettings:
        """How its lines are written."""
        return self.file

    @property
    def formats(self) -> ValueFormats:
        """How numbers and dates are written."""
        return self.file


class _TextFormat(_CsvFormat):
    format: Literal["text"] = setting(title="Format")  # type: ignore[assignment]
    file: TextFileSettings = setting(TextFileSettings, title="File")


class _ExcelFormat(Settings):
    format: Literal["excel"] = setting(title="Format")
    file: ExcelSettings = setting(ExcelSettings, title="File")

    @property
    def names_columns(self) -> bool:
        """Whether the sheet itself names its columns."""
        return self.file.header

    @property
    def formats(self) -> ValueFormats:
        """How numbers and dates are written in cells that are text."""
        return self.file


class _JsonLinesFormat(Settings):
    format: Literal["jsonl"] = setting(title="Format")

    names_columns: ClassVar[bool] = True

    @property
    def text(self) -> FileSettings:
        """How its lines are written: each is one value, for no JSON has this delimiter in it."""
        return JSON_LINES

    @property
    def formats(self) -> ValueFormats:
        """How numbers and dates are written: as JSON and ISO 8601 have it."""
        return _MACHINE


class _ParquetFormat(Settings):
    format: Literal["parquet"] = setting(title="Format")

    names_columns: ClassVar[bool] = True

    @property
    def formats(self) -> ValueFormats:
        """How numbers and dates are written in columns of text: with a decimal point and as ISO 8601."""
        return _MACHINE


JSON_LINES = FileSettings(delimiter="\x1f", quote="", header=False)
_MACHINE = TypedFormats()


class _ImportLayout(_Layout):
    direction: Literal["import"] = setting(title="Direction")
    entity: EntityName = setting("", title="Entity", help="Or set passes.", refers="entities")
    columns: list[ImportColumn] = setting(list, title="Columns", help="Or set passes.")
    passes: list[ImportPass] = setting(
        list,
        title="Passes",
        help="In place of entity and columns: several walks over the lines of one file, in this order, each for an "
        "entity of its own.",
        max_length=5,
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.passes and (self.entity or self.columns):
            raise ValueError("a layout has either an entity and columns, or passes; each pass has its own")
        if not self.passes and not (self.entity and self.columns):
            raise ValueError("an entity and at least one column are needed, or passes")
        return self

    @property
    def walks(self) -> tuple[ImportPass, ...]:
        """What is read of the file, in order: the passes, or the one entity as a pass."""
        # Each task with this layout asks, and the columns have been checked.
        return tuple(self.passes) or (ImportPass.model_construct(entity=self.entity, columns=self.columns),)

    def of_pass(self, walk: ImportPass) -> Self:
        """Return this layout with the columns of one pass."""
        return self.model_copy(update={"entity": walk.entity, "columns": walk.columns, "passes": []})


class _ExportLayout(_Layout):
    direction: Literal["export"] = setting(title="Direction")
    columns: list[ExportColumn] = setting(title="Columns", min_length=1)


class CsvImportLayout(_ImportLayout, _CsvFormat):
    """Reads CSV."""


class TextImportLayout(_ImportLayout, _TextFormat):
    """Reads Unicode text."""


class ExcelImportLayout(_ImportLayout, _ExcelFormat):
    """Reads a sheet of an Excel workbook."""


class JsonLinesImportLayout(_ImportLayout, _JsonLinesFormat):
    """Reads JSON Lines: an object a line. Columns are named by their path: ``price.gross``."""


class ParquetImportLayout(_ImportLayout, _ParquetFormat):
    """Reads Parquet."""


class CsvExportLayout(_ExportLayout, _CsvFormat):
    """Writes CSV."""


class TextExportLayout(_ExportLayout, _TextFormat):
    """Writes Unicode text."""


class ExcelExportLayout(_ExportLayout, _ExcelFormat):
    """Writes an Excel workbook of one sheet."""


class JsonLinesExportLayout(_ExportLayout, _JsonLinesFormat):
    """Writes JSON Lines; a column ``price.gross`` is the member ``gross`` of the object ``price``."""


class ParquetExportLayout(_ExportLayout, _ParquetFormat):
    """Writes Parquet."""

    file: ParquetSettings = setting(ParquetSettings, title="File")


LinesImportLayout = CsvImportLayout | TextImportLayout | JsonLinesImportLayout
"""Of files that are read line by line."""
ImportLayout = CsvImportLayout | TextImportLayout | ExcelImportLayout | JsonLinesImportLayout | ParquetImportLayout
ExportLayout = CsvExportLayout | TextExportLayout | ExcelExportLayout | JsonLinesExportLayout | ParquetExportLayout
