"""How files are written that have types of their own: Excel, JSON Lines, Parquet."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr, StringConstraints

from core.config.base import Settings, setting
from core.config.values import TypedFormats

SheetName = Annotated[StrictStr, StringConstraints(min_length=1, max_length=31, pattern=r"^[^\x00-\x1f\[\]:*?/\\]+$")]
"""The name of a sheet, as Excel allows it."""


class _Sheet(Settings):
    sheet: SheetName | Annotated[StrictInt, Field(ge=1, le=1000)] = setting(
        1, title="Sheet", help="Its name, or its number from 1."
    )
    header: StrictBool = setting(True, title="Header row", help="No: columns are named by their position, from 1.")
    skip_rows: StrictInt = setting(
        0, title="Rows to skip", help="Rows of the sheet before the header. When reading.", ge=0, le=100_000
    )
    fill_merged: StrictBool = setting(
        False,
        title="Fill merged cells",
        help="The value of merged cells counts for each of them, not for the first only. When reading.",
    )


class ExcelSettings(TypedFormats, _Sheet):
    """Which sheet of a workbook is read or written, and how numbers and dates stand in cells that are text."""


class ParquetSettings(Settings):
    """How a Parquet file is written."""

    compression: Literal["zstd", "snappy", "gzip", "none"] = setting("zstd", title="Compression")
