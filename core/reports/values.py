"""Values as somebody reads them."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import TYPE_CHECKING, Any, Literal

from core.config.reports import NUMBER_FORMAT
from core.exchange.excel_dates import excel_date_format
from core.text import clean, file_size, plain_number, time_span

if TYPE_CHECKING:
    from core.config.reports import ReportColumn
    from core.reports.results import Kind

_DIGITS = 340
"""Of the largest number that there is, with twelve decimals."""

Align = Literal["left", "right", "center"]


@dataclass(frozen=True, slots=True)
class Look:
    """How the values of one column are written."""

    kind: Kind
    format: str = ""
    """As in the layout; empty: as the kind asks for."""
    decimal: str = "."
    align: Align = "left"

    def words(self, value: Any) -> str:
        """Return a value as clean text; nothing for none."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, int | float | Decimal):
            return self._number(value)
        if isinstance(value, dt.date):
            return self._moment(value)
        return clean(" ".join(str(value).split()))

    def _number(self, value: float | Decimal) -> str:
        if isinstance(value, float) and not math.isfinite(value):
            return "not a number"
        match = NUMBER_FORMAT.fullmatch(self.format)
        if match is None:
            if self.format == "duration":
                return time_span(float(value))
            if self.format == "size":
                return file_size(float(value))
            return self._plain(value)
        decimals = len(match["decimals"] or ".") - 1
        with localcontext(prec=_DIGITS):
            exact = Decimal(str(value)) * (100 if match["percent"] else 1)
            rounded = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        rounded = rounded or abs(rounded)  # no zero with a sign
        text = f"{rounded:{'+' if match['sign'] and rounded else ''}{',' if match['thousands'] else ''}.{decimals}f}"
        if self.decimal == ",":
            text = text.translate(str.maketrans(",.", ".,"))
        return text + match["percent"]

    def _plain(self, value: float | Decimal) -> str:
        if isinstance(value, int):
            return str(value)
        number: float | Decimal = value.__round__(6)
        return plain_number(number).replace(".", self.decimal)

    def _moment(self, value: dt.date) -> str:
        usual = "%Y-%m-%d %H:%M" if isinstance(value, dt.datetime) else "%Y-%m-%d"
        return clean(value.strftime(self._date_pattern or usual))

    @property
    def _date_pattern(self) -> str:
        return self.format if "%" in self.format and not NUMBER_FORMAT.fullmatch(self.format) else ""

    @property
    def excel_format(self) -> str:
        """The number format of a spreadsheet that comes nearest."""
        match = NUMBER_FORMAT.fullmatch(self.format)
        if self.kind in ("integer", "decimal"):
            if self.format == "size":
                return "#,##0"
            if match is None:
                return "0" if self.kind == "integer" else "General"
            number = f"{match['thousands'] or ''}0{match['decimals'] or ''}{match['percent']}"
            return f"+{number};-{number};{number}" if match["sign"] else number
        if self.kind not in ("date", "datetime"):
            return "General"
        usual = "yyyy-mm-dd hh:mm" if self.kind == "datetime" else "yyyy-mm-dd"
        return excel_date_format(self._date_pattern) or usual


def look_of(kind: Kind, column: ReportColumn | None, decimal: str) -> Look:
    """Return how a column is written: as its layout says, else as its kind asks for."""
    usual: Align = "right" if kind in ("integer", "decimal") else "left"
    if column is None:
        return Look(kind, "", decimal, usual)
    return Look(kind, column.format or "", decimal, column.align or usual)
