"""What is wrong with a report layout, found without any data: every query is bound, and every block filled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from core.errors import PendelError
from core.reports.filling import fill
from core.reports.period import Span
from core.reports.results import check_queries, run_queries
from core.reports.views import RECORD_VIEWS, Subject, Views
from core.stop import StopToken
from core.store.catalogue.schema import prepare_schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.config.entities import Entity
    from core.config.layout_types import LayoutSettings
    from core.config.reports import ReportLayout

_DAY = datetime(2026, 1, 2, tzinfo=UTC)


def layout_problems(layout: LayoutSettings, entities: Mapping[str, Entity], languages: Sequence[str]) -> list[str]:
    """Return what is wrong with a layout of any kind, in plain sentences."""
    from core.config.industry_layouts import IndustryLayout
    from core.exchange.checking import check_parts, check_passes
    from core.exchange.feeds.checking import check_feed_layout

    if layout.direction == "feed":
        return check_feed_layout(layout, entities, languages)
    if layout.direction == "report":
        return report_faults(layout, entities)
    if isinstance(layout, IndustryLayout):
        return check_parts(layout, entities, languages)
    return check_passes(layout, entities, languages)


def report_faults(layout: ReportLayout, entities: Mapping[str, Entity]) -> list[str]:
    """Return what is wrong with a layout, in plain sentences; an empty list where nothing is.

    A layout without an entity, whose views need one, is checked with any: its tasks name theirs.
    """
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {"enable_external_access": False, "threads": 1}
    views = Views(entities, [])
    entity = entities.get(layout.entity or "")
    with duckdb.connect(config=config) as session:
        try:
            used = {view for query in check_queries(session, layout, views) for view in query.views}
            if entity is None and used & RECORD_VIEWS.keys():
                entity = entities["article"]
            prepare_schema(session, entities)
            span = Span(_DAY - timedelta(days=1), _DAY, ZoneInfo("UTC"))
            subject = Subject(span, span, entity=entity)
            results = run_queries(session, layout, views, subject, journal=None, stop=StopToken())
            fill(layout, subject, results, now=_DAY)
        except PendelError as error:
            return [str(error)]
    return []
