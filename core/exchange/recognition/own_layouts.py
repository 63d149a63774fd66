"""Which of the operator's own layouts would take a file, by the names in its header."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.config.formats import header_columns
from core.config.industry_layouts import IndustryImportLayout
from core.exchange.detecting import DELIMITERS
from core.exchange.recognition.headers import header_of
from core.text import clean, counted, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from core.config.layout_types import LayoutSettings
    from core.config.layouts import LinesImportLayout


@dataclass(frozen=True, slots=True)
class LayoutFit:
    """How well the header of a file goes with a layout."""

    layout: str
    wanted: tuple[str, ...]
    """The columns that the layout reads by name."""
    missing: tuple[str, ...]
    """Those that the header lacks, or has more than once."""
    delimiter: str = ""
    """With which it would have them all, where the layout has another; empty: it was read as the layout reads it."""
    own_delimiter: str = ""

    @property
    def fits(self) -> bool:
        """Whether the layout can read the file."""
        return not self.missing and not self.delimiter

    def in_words(self) -> str:
        """Return the fit as a phrase: ``supplier-prices (12 of 12 columns)``."""
        if self.delimiter:
            return (
                f"{self.layout} (it has all {counted(len(self.wanted), 'column')}, but parted by "
                f"{_named(self.delimiter)} in place of {_named(self.own_delimiter)})"
            )
        words = f"{self.layout} ({len(self.wanted) - len(self.missing)} of {len(self.wanted)} columns"
        return (
            f"{words}, without {clean(listed(self.missing, last='and'), limit=120)})" if self.missing else f"{words})"
        )


def fits(path: Path, name: str, layouts: Mapping[str, LayoutSettings]) -> list[LayoutFit]:
    """Hold a file against layouts; the best fit first. Layouts that it has no column of are left out."""
    found: list[LayoutFit] = []
    for layout_name, layout in layouts.items():
        wanted = header_columns(layout)
        if layout.direction != "import" or isinstance(layout, IndustryImportLayout) or not wanted:
            continue
        missing = _missing(wanted, header_of(path, name, layout))
        if missing and (layout.format == "csv" or layout.format == "text"):  # noqa: PLR1714 - mypy narrows by each
            other = _delimiter(path, name, layout, wanted)
            if other:
                found.append(LayoutFit(layout_name, wanted, (), other, layout.text.delimiter))
                continue
        if len(missing) < len(wanted):
            found.append(LayoutFit(layout_name, wanted, missing))
    return sorted(found, key=lambda fit: (not fit.fits, len(fit.missing) / len(fit.wanted), -len(fit.wanted)))


def _delimiter(path: Path, name: str, layout: LinesImportLayout, wanted: Sequence[str]) -> str:
    """Return with which delimiter a file would have all columns, if the layout had that in place of its own."""
    others = (each for each in DELIMITERS if each != layout.text.delimiter)
    return next((each for each in others if not _missing(wanted, header_of(path, name, layout, each))), "")


def _missing(wanted: Sequence[str], header: Sequence[str]) -> tuple[str, ...]:
    return tuple(column for column in wanted if header.count(column) != 1)


def _named(delimiter: str) -> str:
    return "tabs" if delimiter == "\t" else f"“{delimiter}”"


def decided(found: Iterable[LayoutFit]) -> list[LayoutFit]:
    """Return the layouts that lay claim to a file: those that fit, but for one of which another reads more."""
    fitting = [fit for fit in found if fit.fits]
    return [
        fit for fit in fitting if not any(set(fit.wanted) < set(other.wanted) for other in fitting if other is not fit)
    ]
