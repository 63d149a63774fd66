"""The page about reports says what the code does."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from support.catalogue_tools import opened

from core.config.entities import build_entities
from core.config.report_tasks import ReportTask
from core.config.reports import PLACEHOLDERS, ReportLayout
from core.config.standard import STANDARD_ENTITIES
from core.reports.checking import report_faults
from core.reports.period import Span
from core.reports.reference import QUALITY_COLUMNS, updated
from core.reports.views import OTHER_VIEWS, RECORD_VIEWS, REPORT_COLUMNS, TASK_COLUMNS, Subject, Views
from core.stop import StopToken
from core.store.journal.report_rows import MOMENT, ROW_SETS

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE = Path(__file__).parents[3] / "docs" / "reports.md"
ENTITIES = {name: entity for name, entity in build_entities(STANDARD_ENTITIES, {}, ["nl", "en"]).items()
            if name in ("article", "product")}  # fmt: skip


def test_the_list_of_views_is_up_to_date() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == updated(text), "run: python -m core.reports.reference"


def test_the_views_have_the_columns_that_are_listed(tmp_path: Path) -> None:
    declared: dict[str, Mapping[str, str]] = {
        name: {column.name: column.type for column in rows.columns} for name, rows in ROW_SETS.items()
    }
    for name, columns in (("tasks", TASK_COLUMNS), ("report", REPORT_COLUMNS), *QUALITY_COLUMNS.items()):
        declared[name] = {column: kind for column, (kind, _) in columns.items()}
    declared["days"] = {"day": "DATE"}
    span = Span(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 8, tzinfo=UTC), ZoneInfo("UTC"))
    with opened(tmp_path, ENTITIES) as catalogue, catalogue.session() as session:
        subject = Subject(span, span, entity=ENTITIES["article"])
        Views(ENTITIES, []).make(session, declared, subject, journal=None, stop=StopToken())
        for name, listed in declared.items():
            found = {row[0]: row[1] for row in session.execute(f"DESCRIBE SELECT * FROM {name}").fetchall()}
            assert found == {column: kind.replace(MOMENT, "TIMESTAMP") for column, kind in listed.items()}, name
    assert declared.keys() == {*ROW_SETS, *OTHER_VIEWS, *RECORD_VIEWS} - {"record", "record_changes"}


def test_the_examples_are_good() -> None:
    layout, task = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    made = ReportLayout.model_validate(tomllib.loads(layout)["layouts"]["failures"])
    assert report_faults(made, ENTITIES) == []
    assert ReportTask.model_validate(tomllib.loads(task)["tasks"][0]).layout == "failures"


def test_every_placeholder_is_told() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert all(f"`{{{name}}}`" in text for name in PLACEHOLDERS)
