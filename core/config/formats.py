"""The formats of the industry by the ids under which settings name them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from core.config.layouts import LayoutSettings

FormatId = Literal[
    "bmecat",
    "etim-bmecat",
    "etim-ixf",
    "etim-csv",
    "etim-xchange",
    "dico-sales",
    "dico-insbou",
    "pab",
    "icc",
    "icf",
    "fab-dis",
]
"""What a file is recognised as by its content; ``core.exchange.recognition`` tells each."""

READ_BY_LAYOUTS = frozenset[FormatId]({"etim-csv", "icf"})
"""Formats that are lines of delimited columns, so that a layout can read a file of them."""


def header_columns(layout: LayoutSettings) -> tuple[str, ...]:
    """Return the columns by which a file is told to be of a layout: those that it reads by a name in the header."""
    if layout.direction != "import" or not layout.file.header:
        return ()
    names = (column.column.strip() for column in layout.columns if isinstance(column.column, str))
    return tuple(dict.fromkeys(names))
