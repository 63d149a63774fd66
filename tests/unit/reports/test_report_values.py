"""Values as somebody reads them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from core.config.reports import ReportColumn
from core.reports.values import Look

AT = dt.datetime(2026, 11, 23, 7, 5, 9)  # noqa: DTZ001 - as the views have it


@pytest.mark.parametrize(
    ("value", "kind", "format_", "words"),
    [
        (None, "text", "", ""),
        (True, "boolean", "", "yes"),
        (1234567, "integer", "", "1234567"),
        (1234567, "integer", "#,##0", "1,234,567"),
        (-1234.5, "decimal", "#,##0.00", "-1,234.50"),
        (Decimal("12.500000"), "decimal", "", "12.5"),
        (Decimal("100.000"), "decimal", "", "100"),
        (0.1 + 0.2, "decimal", "", "0.3"),
        (Decimal("0.125"), "decimal", "0.00", "0.13"),
        (Decimal("-0.001"), "decimal", "0.00", "0.00"),
        (Decimal("0.0345"), "decimal", "+0.0%", "+3.5%"),
        (Decimal("-0.1"), "decimal", "+0.0%", "-10.0%"),
        (0, "integer", "+0.0%", "0.0%"),
        (1e300, "decimal", "0.00", f"{1e300:.2f}".replace(f"{1e300:.0f}", f"1{'0' * 300}")),
        (float("nan"), "decimal", "0.00", "not a number"),
        (float("inf"), "decimal", "", "not a number"),
        (75, "decimal", "duration", "1 min 15 s"),
        (1500, "integer", "size", "1.5 kB"),
        (AT, "datetime", "", "2026-11-23 07:05"),
        (AT, "datetime", "%d-%m-%Y", "23-11-2026"),
        (AT.date(), "date", "", "2026-11-23"),
        ("two\n lines", "text", "", "two lines"),
        ("\x1b[1m", "text", "", "\\x1b[1m"),
    ],
)
def test_a_value_in_words(value: Any, kind: Any, format_: str, words: str) -> None:
    assert Look(kind, format_).words(value) == words


def test_a_decimal_comma() -> None:
    assert Look("decimal", "#,##0.00", ",").words(Decimal("-1234.5")) == "-1.234,50"
    assert Look("decimal", "", ",").words(Decimal("1.5")) == "1,5"


@pytest.mark.parametrize("format_", ["0.0x", "abc", "#,#", "0,00", "%", "", "+"])
def test_a_format_that_says_nothing_is_refused(format_: str) -> None:
    with pytest.raises(ValidationError, match="a format is that of a number"):
        ReportColumn(column="a", format=format_)


@pytest.mark.parametrize(
    ("kind", "format_", "excel"),
    [
        ("integer", "", "0"),
        ("decimal", "#,##0.00", "#,##0.00"),
        ("decimal", "+0.0%", "+0.0%;-0.0%;0.0%"),
        ("decimal", "", "General"),
        ("datetime", "", "yyyy-mm-dd hh:mm"),
        ("text", "", "General"),
    ],
)
def test_formats_of_excel(kind: Any, format_: str, excel: str) -> None:
    assert Look(kind, format_).excel_format == excel
