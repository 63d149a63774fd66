"""The views of reports in words: the part of ``docs/reports.md`` that lists them.

``python -m core.reports.reference`` writes it anew into that file; a test says when that is due.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.reports.queries import FUNCTIONS
from core.reports.views import OTHER_VIEWS, RECORD_VIEWS, REPORT_COLUMNS, TASK_COLUMNS
from core.store.journal.report_rows import MOMENT, ROW_SETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BEGIN, END = "<!-- views: written by python -m core.reports.reference -->", "<!-- end of views -->"

QUALITY_COLUMNS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "record_fields": {
        "place": ("INTEGER", "The place of the field in its entity, from 0."),
        "field": ("VARCHAR", "Its name."),
        "title": ("VARCHAR", "Its title."),
        "type": ("VARCHAR", "Its type."),
        "records": ("BIGINT", "How many records there are."),
        "filled": ("BIGINT", "How many of them have a value."),
        "share": ("DOUBLE", "The share of these, from 0 to 1."),
        "invalid": ("BIGINT", "How many values cannot be right."),
    },
    "record_gtins": {
        "assortment": ("VARCHAR", "The assortment of the record."),
        "record": ("VARCHAR", "Its key."),
        "field": ("VARCHAR", "The field with the GTIN."),
        "gtin": ("VARCHAR", "The GTIN."),
        "invalid": ("BOOLEAN", "Whether it cannot be right."),
        "repeated": ("BOOLEAN", "Whether other records have it, too."),
        "problem": ("VARCHAR", "What is wrong with it, in words."),
    },
    "record_missing_texts": {
        "assortment": ("VARCHAR", "The assortment of the record."),
        "record": ("VARCHAR", "Its key."),
        "field": ("VARCHAR", "The field, without its language; only fields that some record has a text in."),
        "language": ("VARCHAR", "The language in which the text is missing."),
    },
    "record_references": {
        "assortment": ("VARCHAR", "The assortment of the record."),
        "record": ("VARCHAR", "Its key."),
        "field": ("VARCHAR", "The field that names another record."),
        "refers_to": ("VARCHAR", "The entity of that record."),
        "value": ("VARCHAR", "The key that it names."),
        "problem": ("VARCHAR", "is not there, or is archived."),
    },
}


def render() -> str:
    """Return the list of views as Markdown."""
    return "\n".join([BEGIN, "", *_lines(), END])


def _lines() -> Iterator[str]:
    for name, rows in ROW_SETS.items():
        yield from _view(name, rows.summary, {each.name: (each.type, each.help) for each in rows.columns})
    columns = {"tasks": TASK_COLUMNS, "days": {"day": ("DATE", "The day.")}, "report": REPORT_COLUMNS}
    for name, summary in OTHER_VIEWS.items():
        yield from _view(name, summary, columns[name])
    for name, summary in RECORD_VIEWS.items():
        yield from _view(name, summary, QUALITY_COLUMNS.get(name, {}))
    names = ", ".join(f"`{name}`" for name in sorted(FUNCTIONS) if name.isidentifier())
    yield from ("### Functions", "", f"Queries may use these functions, and operators: {names}.", "")


def _view(name: str, summary: str, columns: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    yield from (f"### `{name}`", "", summary, "")
    if columns:
        yield from ("| column | type | |", "|---|---|---|")
        for column, (kind, words) in columns.items():
            yield f"| `{column}` | {'TIMESTAMP' if kind == MOMENT else kind} | {words} |"
        yield ""


def updated(text: str) -> str:
    """Return a page with the list of views written anew."""
    head, _, rest = text.partition(BEGIN)
    return head + render() + rest.partition(END)[2]


if __name__ == "__main__":
    page = Path(__file__).parents[2] / "docs" / "reports.md"
    page.write_text(updated(page.read_text(encoding="utf-8")), encoding="utf-8")
