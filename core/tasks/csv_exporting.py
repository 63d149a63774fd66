"""The csv-export task: several kinds of data, each its own file, sent as soon as it is ready (CF)."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from core.config.layouts import FileSettings
from core.runs import Counts
from core.tasks.context import Outcome
from core.tasks.parcels import (
    Parcel,
    addressed,
    deliver,
    file_path,
    kept_parcel,
    laid_out,
    let_go,
    note_target,
    pack,
    refuse_existing,
    target_of,
)
from core.tasks.samples import show_written
from core.text import clean, counted

if TYPE_CHECKING:
    from core.config.tasks import CsvExportPart, CsvExportTask
    from core.tasks.connection import Connection
    from core.tasks.context import RunContext


def run_csv_export(context: RunContext, task: CsvExportTask) -> Outcome:
    """Write and deliver every file of the task, in the order of its settings.

    Raises:
        PendelError: a file could not be written or delivered; those before it are delivered and stay.
    """
    known = [kept_parcel(context, each) for each in context.checkpoint.get("parcels", [])]
    # Only the last of them can be one that was not delivered, or whose file is not whole.
    parcels = [parcel for parcel in known if parcel]
    resumed = len(parcels)
    with target_of(context, task) as connection:
        for number, part in enumerate(task.exports):
            context.stop.check()
            with ExitStack() as until_delivered:
                if number >= len(parcels):
                    parcel = _render(context, task, part, number, connection, until_delivered)
                    parcels.append(parcel if context.dry_run else addressed(connection, parcel))
                    _save(context, parcels)
                parcel = parcels[number]
                context.counts += Counts(written=parcel.records)
                if context.dry_run or parcel.delivered:
                    continue
                sha256 = deliver(context, connection, parcel, overwrite=task.overwrite, look_first=number < resumed)
            parcels[number] = replace(parcel, delivered=True)
            with context.journal.transaction():
                note_target(context, connection, parcel, sha256)
                _save(context, parcels)
            let_go(context, parcel)
    told = ", ".join(f"{clean(parcel.path)} ({counted(parcel.records, 'record')})" for parcel in parcels)
    return Outcome(
        f"{'Would send' if context.dry_run else 'Sent'} {told} to {connection.name}.",
        counts=context.counts,
        details=dict(context.details),
    )


def _save(context: RunContext, parcels: list[Parcel]) -> None:
    context.checkpoint["parcels"] = [asdict(parcel) for parcel in parcels]
    context.save_checkpoint()


def _render(
    context: RunContext,
    task: CsvExportTask,
    part: CsvExportPart,
    number: int,
    connection: Connection,
    until_delivered: ExitStack,
) -> Parcel:
    from core.exchange.writing import csv_layout, write_csv
    from core.store.catalogue import select_records, snapshot

    directory = (
        file_path(context, task.target.path, entity=part.entity, assortment=part.assortment) if task.target else ""
    )
    name = file_path(context, part.file, entity=part.entity, assortment=part.assortment, compress=task.compress)
    path = str(PurePosixPath(directory) / name)
    if not task.overwrite:
        refuse_existing(connection, path)
    written = context.spool / f"export-{number}"
    context.step(f"writing {clean(name)}")
    in_place = until_delivered.enter_context(laid_out(context, connection, written, path, compress=task.compress))
    entity = context.config.entities[part.entity]
    with context.turn(), context.catalogue.session() as session, snapshot(session) as watermark:
        selection = select_records(
            session,
            entity,
            assortment=part.assortment,
            since=None,
            upto=watermark,
            with_archived=False,
            publication=part.publication,
        )
        result = write_csv(
            part.fields,
            entity,
            connection=session,
            selection=selection,
            target=written,
            languages=context.config.engine.languages,
            file=FileSettings(delimiter=task.delimiter),
            stop=context.stop,
        )
        if context.dry_run:
            show_written(context, session, selection, csv_layout(part.fields, entity), file=clean(name))
    context.log.info("Wrote %s of %s.", counted(result.records, "record"), part.entity)
    parcel = pack(context, written, path, compress=task.compress, records=result.records, watermark=watermark)
    return replace(parcel, in_place=in_place)
