"""The two sides of a flow, opened for one run."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from core.config.crm_tasks import flow_of
from core.config.flow_kinds import KINDS
from core.flows.catalogue_source import CatalogueSource
from core.flows.link_source import LinkSource
from core.flows.link_target import LinkTarget
from core.flows.links import kinds_of
from core.flows.record import Record, Unfit, shaped
from core.flows.twins import Twins
from core.links.clock import SystemClock
from core.links.contract import Surroundings
from core.links.opening import open_link, settings_of
from core.store.activity import ActivityLog

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import ExitStack

    from core.config.flow_kinds import KindName
    from core.config.flows import FlowTask
    from core.flows.sides import Source, Target
    from core.flows.value_lists import ValueLists
    from core.links.clock import Clock
    from core.links.contract import Link
    from core.links.model.kinds import KindMapping
    from core.tasks.context import RunContext


@dataclass(slots=True)
class Sides:
    """Source and target of one run, and what is kept between runs."""

    context: RunContext
    task: FlowTask
    source: Source
    target: Target
    activity: ActivityLog
    twins: Twins
    since: str = ""
    """The mark where the reading begins."""

    def kept(self, record: Mapping[str, Any]) -> Record:
        """Return a record that stood in the activity log; empty where it is none any more."""
        try:
            return shaped(KINDS[self.task.kind], record)
        except Unfit:
            return {}

    def keep_cursor(self, begun: datetime) -> None:
        """Keep where the next reading begins: all that was read is at the target, or in the list of failures."""
        context, source = self.context, self.source
        moment = source.watermark if isinstance(source, CatalogueSource) else begun
        with context.journal.transaction():
            context.journal.cursors.set(self.task.id, moment, set_by="run", at=context.now(), run=context.run)
            context.journal.flow_cursors.set(self.task.id, source.mark, moment)


def open_sides(context: RunContext, task: FlowTask, stack: ExitStack, clock: Clock | None = None) -> Sides:
    """Open both sides; they are closed with the stack.

    Raises:
        Refused: a link cannot be used, or a system does not have records of the kind.
        ConfigError, LinkError, ConnectionFailed, StoreError: as those that open.
    """
    activity = stack.enter_context(closing(ActivityLog(context.config.activity_file)))
    cursor = context.journal.cursors.get(task.id)
    first = cursor.moment if cursor else _moment(task.since)
    around = Surroundings(
        config=context.config,
        secrets=context.secrets,
        clock=clock or SystemClock(context.stop),
        redactor=context.redactor,
        stop=context.stop,
    )
    source: Source
    target: Target
    beside: LinkTarget | None = None
    if task.reads_catalogue:
        source = CatalogueSource(
            context.catalogue,
            context.config.entities,
            task.kind,
            assortment=task.assortment,
            language=context.config.engine.languages[0],
            since=first,
        )
    else:
        link, kinds, lists = _opened(task.source, around, stack, dry_run=context.dry_run)
        source = LinkSource(task.source, link, kinds, task.kind, lists, begin=first)
        beside = LinkTarget(task.source, link, kinds, lists)
    if task.writes_catalogue:
        from core.flows.catalogue_target import CatalogueTarget

        target = CatalogueTarget(
            context.catalogue,
            context.config.entities,
            assortment=task.assortment,
            language=context.config.engine.languages[0],
            run=context.run,
            fence=context.fence,
            block_rows=context.config.engine.block_rows,
            stop=context.stop,
            source=source.name,
            fields={task.kind: source.fields},
            dry_run=context.dry_run,
        )
        if not context.dry_run:
            context.catalogue.take_fence(context.run, context.fence)
    else:
        link, kinds, lists = _opened(task.target, around, stack, dry_run=context.dry_run)
        target = LinkTarget(task.target, link, kinds, lists, dry_run=context.dry_run)
    records = target.of(task.kind)
    source.prefer(records.takes if records is not None else ())
    mark = context.journal.flow_cursors.get(task.id, cursor.moment if cursor else None)
    return Sides(context, task, source, target, activity, _twins(context, task, source, target, beside), mark)


def _twins(context: RunContext, task: FlowTask, source: Source, target: Target, beside: LinkTarget | None) -> Twins:
    """Return the flows that lead the other way, as this one sees them; ``beside`` is what they write to."""
    config, records = context.config, target.of(task.kind)
    back = [
        each.id
        for each in filter(None, map(flow_of, config.tasks))
        if (each.kind, each.source, each.target) == (task.kind, task.target, task.source)
    ]
    if records is None:
        return Twins(context.journal.flow_records, (), (), ())
    written = beside.of(task.kind) if beside is not None and back else None
    priority = {name: link.priority for name, link in config.links.items()}
    return Twins(
        context.journal.flow_records,
        back,
        shown={*source.echoed} & {*records.fields},
        written={*records.echoed} & {*source.fields},
        takes=written.takes if written is not None else (),
        yields=priority.get(task.target, 0) > priority.get(task.source, 0),
    )


def _opened(
    name: str, around: Surroundings, stack: ExitStack, *, dry_run: bool
) -> tuple[Link, dict[KindName, KindMapping], ValueLists]:
    link = stack.enter_context(closing(open_link(name, around, inactive_too=dry_run)))
    settings = settings_of(name, around.config)
    lists = {key: each.values for key, each in settings.lists.items()}
    return link, kinds_of(link.kinds(), settings.sync), lists


def _moment(text: str | None) -> datetime | None:
    """Return the moment of a setting, which may be a day alone."""
    if text is None:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
