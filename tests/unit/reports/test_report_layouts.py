"""Layouts of reports: those that ship with Pendel, and what is found wrong before one is saved."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from core.config.entities import build_entities
from core.config.report_tasks import ReportTask
from core.config.reports import ReportLayout
from core.config.standard import STANDARD_ENTITIES
from core.reports.checking import report_faults
from core.reports.ready import READY, ready_layout

ENTITIES = build_entities(STANDARD_ENTITIES, {}, ["de", "en"])
SMALL = {name: ENTITIES[name] for name in ("article", "product")}


def layout(**changes: Any) -> dict[str, Any]:
    return {
        "direction": "report",
        "title": "Prices",
        "queries": [{"name": "prices", "sql": "SELECT number, gross_price FROM article"}],
        "blocks": [{"kind": "table", "query": "prices"}],
        **changes,
    }


@pytest.mark.parametrize("name", READY)
def test_the_ready_ones_are_good_in_every_language(name: str) -> None:
    made = ReportLayout.model_validate(ready_layout(name, ["de", "en"]))
    assert report_faults(made, SMALL) == []
    assert "nl" not in {word.strip('"') for word in str(made).replace(".", " ").split()}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"queries": [{"name": "prices", "sql": "DROP TABLE article"}]}, "is no SELECT"),
        ({"queries": [{"name": "prices", "sql": "SELECT nunber FROM article"}]}, "nunber"),
        ({"queries": [{"name": "prices", "sql": "SELECT number + DATE '2026-01-01' FROM article"}]}, "failed"),
        ({"blocks": [{"kind": "table", "query": "prices", "columns": [{"column": "gross"}]}]}, "no column 'gross'"),
        ({"blocks": [{"kind": "table", "query": "prices", "group_by": "brand"}]}, "no column 'brand'"),
        ({"blocks": [{"kind": "text", "text": "{prices.brand}"}]}, "no column 'brand'"),
        (
            {"blocks": [{"kind": "chart", "query": "prices", "category": "number", "values": ["number"]}]},
            "has no numbers for a chart",
        ),
    ],
)
def test_what_does_not_fit_is_found_without_data(changes: dict[str, Any], fault: str) -> None:
    (found,) = report_faults(ReportLayout.model_validate(layout(**changes)), SMALL)
    assert fault in found


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"blocks": []}, "at least 1 item"),
        ({"blocks": [{"kind": "table", "query": "price"}]}, "Did you mean 'prices'"),
        ({"blocks": [{"kind": "text", "text": "{prises.rows}"}]}, "{prises.rows} is not known"),
        ({"blocks": [{"kind": "text", "text": "{prices.rows:abc}"}]}, "a format is that of a number"),
        ({"title": "{prices.rows}"}, "is not known"),
        ({"queries": [{"name": "prices", "sql": "SELECT 1"}] * 2}, "two queries are named 'prices'"),
        ({"timeout": 0}, "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_a_layout(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault.replace("{", r"\{")):
        ReportLayout.model_validate(layout(**changes))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, "a report goes somewhere"),
        ({"file": "a", "target": {"location": "l", "path": "p"}}, "is enough"),
        ({"file": "a", "formats": []}, "at least 1 item"),
        ({"file": "a", "formats": ["pdf", "pdf"]}, "named twice"),
    ],
)
def test_what_cannot_be_a_task(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        ReportTask.model_validate({"id": "r", "description": "d", "sequence": 1, "layout": "l", **changes})
