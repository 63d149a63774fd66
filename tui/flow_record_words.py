"""What the activity log has of a record, in lines: what came, what was sent, and what was answered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from core.text import clean
from tui.widgets.rows import Line, paragraph
from tui.words import full_time

if TYPE_CHECKING:
    from datetime import tzinfo

    from core.engine.api.flows import ActivityView

OUTCOME_ROLES = {"failed": "bad", "rejected": "bad"}


def activity_lines(entry: ActivityView, width: int, zone: tzinfo) -> list[Line]:
    """Return an entry whole, in lines of ``width`` columns."""
    role = OUTCOME_ROLES.get(entry.outcome, "good")
    lines = paragraph(f"{clean(entry.outcome)}, {full_time(entry.at, zone)}, run {entry.run}", width, role)
    if number_of(entry):
        lines += paragraph(f"At the source it is {entry.key}.", width)
    if entry.target_key:
        lines += paragraph(f"At the target it is {entry.target_key}.", width)
    if entry.message:
        lines += paragraph(entry.message, width, role)
    lines += paragraph("What came", width, "title")
    lines += _record_lines(entry.record, width)
    for number, request in enumerate(entry.sent, start=1):
        lines += paragraph(f"Request {number}", width, "title")
        lines += _request_lines(request, width)
    if not entry.sent:
        lines += paragraph("Nothing was sent", width, "title")
    return lines


def number_of(entry: ActivityView) -> str:
    """Return the number by which people know a record; empty where it is its key, or it has none."""
    number = str(entry.record.get("number") or "")
    return clean(number, limit=60) if number != entry.key else ""


def _record_lines(record: dict[str, Any], width: int) -> list[Line]:
    """Return the fields that have a value; lines of a document come one after the other."""
    lines: list[Line] = []
    for name, value in record.items():
        if isinstance(value, list):
            for number, each in enumerate(value, start=1):
                fields = each.items() if isinstance(each, dict) else [("", each)]
                words = ", ".join(f"{clean(str(key))} = {_value(found)}" for key, found in fields if _filled(found))
                lines += paragraph(f"{clean(name)} {number}: {words}", width, hanging="  ")
        elif _filled(value):
            lines += paragraph(f"{clean(name)} = {_value(value)}", width, hanging="  ")
    return lines


def _request_lines(request: dict[str, Any], width: int) -> list[Line]:
    query = request.get("query") or {}
    asked = "&".join(f"{key}={value}" for key, value in query.items()) if isinstance(query, dict) else str(query)
    target = f"{request.get('method', '')} {request.get('path', '')}{f'?{asked}' if asked else ''}"
    lines: list[Line] = paragraph(clean(target, limit=2000), width, "label")
    lines += _document_lines(request.get("body"), width)
    if (answer := request.get("answer")) not in (None, "", {}):
        lines += paragraph("Answer:", width)
        lines += _document_lines(answer, width)
    return lines


def _document_lines(found: Any, width: int) -> list[Line]:
    """Return JSON as it is written by hand, member by member."""
    if found in (None, "", {}, []):
        return []
    text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False, indent=1)
    return [
        row
        for line in text.splitlines()
        for row in paragraph(clean(line.replace(" ", "\u00a0", len(line) - len(line.lstrip()))), width, indent="  ")
    ]


def _filled(value: Any) -> bool:
    return value not in (None, "", [], {})


def _value(value: Any) -> str:
    return clean(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), limit=2000)
