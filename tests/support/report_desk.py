"""What the tests of reports share: a document with everything in it, and queries over a small catalogue."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from core.config.reports import ReportLayout
from core.reports.filling import fill
from core.reports.period import Span
from core.reports.results import Result
from core.reports.views import Subject

if TYPE_CHECKING:
    from core.reports.document import Document

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
SPAN = Span(
    dt.datetime(2026, 11, 16, tzinfo=AMSTERDAM), dt.datetime(2026, 11, 23, tzinfo=AMSTERDAM), AMSTERDAM
)  # Monday to Monday
NOW = dt.datetime(2026, 11, 23, 7, 30, tzinfo=AMSTERDAM)

HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>'",
    '=HYPERLINK("http://evil","x")',
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|'!A0",
    "@SUM(1+1)",
    "\x1b[31mred\x07\x00",
    "line\r\nbreak\ttab",
    "\u202egnp.exe",
    "-12.50",
    "+31 20 123 45 67",
    "Zażółć gęślą jaźń, Größe, ĳs",
)

LAYOUT: dict[str, Any] = {
    "direction": "report",
    "title": "Articles of the week",
    "queries": [
        {"name": "articles", "sql": "SELECT 1"},
        {"name": "totals", "sql": "SELECT 1"},
        {"name": "days", "sql": "SELECT 1"},
        {"name": "none", "sql": "SELECT 1"},
    ],
    "blocks": [
        {"kind": "figures", "query": "totals", "columns": [{"column": "share", "title": "Filled", "format": "0.0%"}]},
        {"kind": "text", "text": "{articles.rows} articles, {totals.share:0%} filled, from {since} to {until}."},
        {
            "kind": "chart",
            "chart": "stacked",
            "query": "days",
            "title": "Runs per day",
            "category": "day",
            "values": ["good", "bad"],
        },
        {"kind": "heading", "text": "Articles by brand"},
        {
            "kind": "table",
            "query": "articles",
            "title": "Prices",
            "group_by": "brand",
            "limit": 4,
            "columns": [
                {"column": "number", "title": "Article", "total": "count"},
                {"column": "price", "title": "Price", "format": "#,##0.00", "total": "sum"},
                {"column": "change", "title": "Change", "format": "+0.0%"},
                {"column": "changed_at", "title": "When", "format": "%d-%m-%Y %H:%M"},
                {"column": "size", "format": "size", "align": "right"},
                {"column": "active"},
            ],
        },
        {"kind": "table", "query": "none", "title": "Nothing", "empty": "There is nothing."},
    ],
}


def results() -> dict[str, Result]:
    """What the queries of the layout found."""
    at = dt.datetime(2026, 11, 17, 8, 5)  # noqa: DTZ001 - as the views have it
    rows = [
        ("Acme", "A1", Decimal("1234.5000"), Decimal("0.0345"), at, 1500, True),
        ("Acme", "A2", Decimal("-7.25"), Decimal("-0.1"), at, None, False),
        ("Bits & Bytes <Ltd>", "B1", None, None, None, 2_500_000, None),
        ("Bits & Bytes <Ltd>", "B2", Decimal("0.005"), Decimal(0), at, 12, True),
        ("Żubr", "Ż1", Decimal(3), Decimal(1), at, 0, True),
    ]
    columns: dict[str, Any] = {
        "brand": "text",
        "number": "text",
        "price": "decimal",
        "change": "decimal",
        "changed_at": "datetime",
        "size": "integer",
        "active": "boolean",
    }
    days = [(f"{day} Nov", day % 4, day % 2) for day in range(16, 23)]
    return {
        "articles": Result(columns, rows),
        "totals": Result({"share": "decimal"}, [(0.8125,)]),
        "days": Result({"day": "text", "good": "integer", "bad": "integer"}, days),
        "none": Result({"a": "text"}),
    }


def document(layout: dict[str, Any] | None = None, found: dict[str, Result] | None = None) -> Document:
    """A filled report."""
    made = ReportLayout.model_validate(layout or LAYOUT)
    return fill(made, Subject(SPAN, SPAN, "weekly"), found or results(), now=NOW, by="Weekly report")


def one_table(rows: list[tuple[Any, ...]], kinds: dict[str, Any], **block: Any) -> Document:
    """A report with nothing but a table."""
    layout = {
        "direction": "report",
        "title": "One table",
        "queries": [{"name": "found", "sql": "SELECT 1"}],
        "blocks": [{"kind": "table", "query": "found", **block}],
    }
    return document(layout, {"found": Result(kinds, rows)})
