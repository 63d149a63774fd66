"""The formats of the industry by the ids under which settings name them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from typing_extensions import TypeIs

    from core.config.industry_layouts import IndustryLayout
    from core.config.layout_types import LayoutSettings

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
"""Formats that are lines of delimited columns, so that a layout of columns can read a file of them."""


def reads(format_id: FormatId) -> bool:
    """Whether files of a format can be imported without a layout of one's own."""
    from core.config.industry import TRAITS

    return bool(TRAITS[format_id].reads) if format_id in TRAITS else False


def of_industry(layout: LayoutSettings) -> TypeIs[IndustryLayout]:
    """Whether a layout is of a format of the industry; told without importing the models of all these."""
    return layout.direction in ("import", "export") and layout.format in get_args(FormatId)


def header_columns(layout: LayoutSettings) -> tuple[str, ...]:
    """Return the columns by which a file is told to be of a layout: those that it reads by a name in the header."""
    if layout.direction != "import":
        return ()
    if layout.format in ("csv", "text", "excel") and not layout.file.header:
        return ()
    columns = (column.column for walk in layout.walks for column in walk.columns)
    return tuple(dict.fromkeys(name.strip() for name in columns if isinstance(name, str)))
