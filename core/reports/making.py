"""From a layout and its parameters to a document: the one way for runs, dry runs and previews."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.reports.filling import fill
from core.reports.results import run_queries
from core.reports.views import Subject, Views
from core.store.catalogue import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from core.config.model import Config
    from core.config.report_tasks import ReportTask
    from core.config.reports import ReportLayout
    from core.reports.document import Document
    from core.reports.period import Spans
    from core.stop import StopToken
    from core.store.catalogue import Catalogue
    from core.store.journal import Journal


def make_document(
    layout: ReportLayout,
    task: ReportTask | None,
    spans: Callable[[datetime], Spans],
    *,
    config: Config,
    catalogue: Catalogue,
    journal: Journal,
    now: datetime,
    stop: StopToken,
    begin: Callable[[str], None] = lambda _: None,
) -> Document:
    """Return the report; all queries see one state of the catalogue, whose watermark ``spans`` is given.

    Raises:
        DataError: a query is not allowed, fails or takes too long, or a block does not fit its query.
        StoreError: a store cannot be read.
        StopRequested: the run was asked to stop.
    """
    entity = config.entities.get((task and task.entity) or layout.entity or "")
    assortment = task.assortment if task and task.assortment is not None else layout.assortment
    with catalogue.session() as session, snapshot(session) as watermark:
        period = spans(watermark)
        subject = Subject(period.runs, period.changes, task.id if task else "", entity, assortment)
        results = run_queries(
            session,
            layout,
            Views(config.entities, config.tasks),
            subject,
            journal=journal,
            stop=stop,
            begin=begin,
        )
    return fill(layout, subject, results, now=now, by=task.description if task else "")
