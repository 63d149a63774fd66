"""The formats that can be read or written, by their id; a module is imported when its format is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.config.formats import FormatId
    from core.exchange.formats.contract import IndustryFormat

_MODULES: dict[FormatId, str] = {
    "bmecat": "bmecat.plain",
    "dico-insbou": "dico.insbou",
    "dico-sales": "dico.sales",
    "etim-bmecat": "bmecat.etim",
    "fab-dis": "fabdis",
    "etim-csv": "etim.tables",
    "etim-ixf": "etim.ixf",
    "etim-xchange": "xchange",
    "icc": "icc",
    "pab": "pab",
}
"""Below this package: each has a constant ``FORMAT``. A new format joins by a line here."""


def industry_format(format_id: FormatId) -> IndustryFormat:
    """Return a format. Raises KeyError for one that is only recognised."""
    found: IndustryFormat = import_module(f"core.exchange.formats.{_MODULES[format_id]}").FORMAT
    return found


def known_formats() -> tuple[FormatId, ...]:
    """Return the ids of all formats that can be read or written."""
    return tuple(_MODULES)
