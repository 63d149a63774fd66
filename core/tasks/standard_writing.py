"""Records as a file of an industry format."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.errors import DataError
from core.tasks.exporting import cursor_of
from core.tasks.samples import show_written
from core.text import counted

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.config.industry_layouts import IndustryExportLayout
    from core.config.tasks import ExportTask
    from core.exchange.formats.contract import IndustryFormat, Writing, Written
    from core.exchange.writing import WriteResult
    from core.tasks.context import RunContext

_LEFT_OUT = "left out"
"""A cursor of its own: since when records were refused, and by which setting for texts that are too long."""
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_LOGGED = 20
_KEPT = 50


class StandardDocument:
    """Renders records as a file of an industry format; see :class:`core.tasks.exporting.Rendering`."""

    def __init__(self, context: RunContext, task: ExportTask, layout: IndustryExportLayout) -> None:
        from core.exchange.formats.registry import industry_format

        self._context = context
        self._task = task
        self._layout = layout
        self._format: IndustryFormat = industry_format(layout.format)
        self.tells_deleted = self._format.tells_deleted
        self.cursor = cursor_of(context, task)
        self._left_out = context.journal.cursors.get(task.id, _LEFT_OUT) if task.changes_only else None
        if self.cursor and self._left_out and self._left_out.set_by != layout.header.too_long:
            # What had no room may have it now: all that changed since then is sent again.
            self.cursor = replace(self.cursor, moment=min(self.cursor.moment, self._left_out.moment))

    def __call__(self, session: DuckDBPyConnection, selection: str, target: Path, watermark: datetime) -> WriteResult:
        """Write the file, hold it against the official schema where there is one, and see that nothing is missing."""
        from core.exchange.writing import WriteResult, csv_layout

        context = self._context
        writing = self._writing(session, selection, target, watermark)
        write = self._format.write
        assert write is not None  # noqa: S101 - a test holds the formats against what the settings offer
        written = write(writing)
        if context.dry_run:
            entity = context.config.entities[self._task.entity]
            show_written(context, session, selection, csv_layout(list(entity.fields), entity))
        self._count(writing, written)
        context.checkpoint["left_out"] = bool(writing.refused)
        self._validate(writing)
        for refusal in writing.refusals[:_LOGGED]:
            value = f" “{refusal.value}”" if refusal.value else ""
            context.log.warning(
                "Left out: %s %s%s%s %s.",
                refusal.entity,
                refusal.key,
                f", {refusal.field}" if refusal.field else "",
                value,
                refusal.reason,
            )
        if writing.refusals:
            context.details["refused"] = [asdict(each) for each in writing.refusals[:_KEPT]]
        return WriteResult(written.records, target.stat().st_size, tuple(_warnings(writing)))

    def delivered(self) -> None:
        """Note that the file has reached its target."""
        self._context.journal.sequences.set(self._counter, self._number)

    def cursor_moves(self) -> None:
        """Note since when records were left out, so that they are sent once another setting has room for them."""
        context = self._context
        setting, known = self._layout.header.too_long, self._left_out
        if context.checkpoint.get("left_out"):
            if known is None or known.set_by != setting:
                moment = self.cursor.moment if self.cursor else _BEGINNING
                context.journal.cursors.set(
                    self._task.id, moment, set_by=setting, at=context.now(), run=context.run, name=_LEFT_OUT
                )
        elif known is not None and known.set_by != setting:
            context.journal.cursors.clear(self._task.id, _LEFT_OUT)

    @property
    def _counter(self) -> str:
        return f"{self._task.id} files"

    @property
    def _number(self) -> int:
        return self._context.journal.sequences.last(self._counter) + 1 if self.cursor else 1

    def _writing(self, session: DuckDBPyConnection, selection: str, target: Path, watermark: datetime) -> Writing:
        from core.exchange.formats.contract import Writing
        from core.exchange.formats.supply import Supply

        context, task = self._context, self._task
        engine = context.config.engine
        work = context.spool / "writing"
        work.mkdir(exist_ok=True)
        records = Supply(
            session,
            context.config.entities,
            lambda entity, changes: self._select(session, selection, entity, watermark, changes=changes),
            {part.entity: part.columns for part in self._layout.parts},
            changes_only=self.cursor is not None,
            tells_deleted=self.tells_deleted,
            languages=engine.languages,
            stop=context.stop,
        )
        return Writing(
            target=target,
            settings=self._layout.header,
            records=records,
            entity=task.entity,
            changes_only=self.cursor is not None,
            made_at=context.now().astimezone(engine.zone),
            languages=[task.language] if task.language else engine.languages,
            sequence=self._number,
            stop=context.stop,
            work_dir=work,
        )

    def _select(
        self, session: DuckDBPyConnection, selection: str, entity: str, watermark: datetime, *, changes: bool
    ) -> str:
        """Return the relation of the records of an entity, in the snapshot: all, or those that changed."""
        from core.store.catalogue import select_records
        from core.tasks import leaving_out

        context, task = self._context, self._task
        own = entity == task.entity
        if own and changes is (self.cursor is not None):
            return selection
        return select_records(
            session,
            context.config.entities[entity],
            assortment=task.assortment,
            since=self.cursor.moment if changes and self.cursor else None,
            upto=watermark,
            with_archived=changes,
            where=leaving_out.condition(context, task, session) if own else None,
            publication=task.publication if own else None,
            name=f"{entity} {'changed' if changes else 'all'}",
        )

    def _count(self, writing: Writing, written: Written) -> None:
        """Refuse a file that has lost records, or has made some up."""
        told = written.records + writing.refused.get(writing.entity, 0) + writing.left_out
        given = writing.records.given(writing.entity)
        if told != given:
            raise DataError(
                f"{counted(given, 'record')} were to be written as {self._format.title}, "
                f"and {told:,} were written or refused; nothing was sent.",
                advice="This must not happen: please report it.",
            )

    def _validate(self, writing: Writing) -> None:
        """Hold the file against the official rules, where the operator has some on hand.

        Raises:
            DataError: it is not as they want it, or they cannot be used; nothing is sent.
        """
        from core.exchange.formats.contract import Reading
        from core.exchange.formats.official.checking import check_official
        from core.exchange.formats.official.verdict import MEND

        context = self._context
        directory = context.config.schemas_dir / self._layout.format
        if not directory.is_dir():
            return
        written = Reading(
            path=writing.target,
            name="The file",
            work_dir=writing.work_dir,
            entities=context.config.entities,
            languages=writing.languages,
            delta=writing.changes_only,
            stop=context.stop,
            today="",
        )
        context.step("checking it by the official rules")
        verdict = check_official(written, self._format, directory, exact=True)
        if verdict is None:
            return
        if verdict.unusable:
            raise DataError(
                f"The file cannot be checked: {verdict.unusable[0]}",
                advice=f"Nothing was sent. {MEND}, in {directory}, and start the task again: pendel check says what "
                "is wrong with all of them.",
            )
        for each in verdict.spare:
            context.log.warning("%s %s: %s.", each, MEND, directory)
        for fault in verdict.faults:
            context.log.error("%s: %s.", " and ".join(verdict.against), fault.rstrip("."))
        if verdict.faults:
            raise DataError(
                f"The file {verdict.in_words()}.",
                advice="Nothing was sent. Mend the records or the layout; the log has what else is wrong.",
            )
        if verdict.unfitting:
            context.log.info("The file was not held against a schema: %s.", verdict.unfitting)
        if verdict.against:
            context.log.info("The file is as %s wants it.", " and ".join(verdict.against))


def _warnings(writing: Writing) -> list[str]:
    refused = [f"{counted(count, 'record')} of {entity}" for entity, count in writing.refused.items()]
    found = []
    if refused:
        first = writing.refusals[0]
        found.append(
            f"Left out, because the format cannot take them: {', '.join(refused)}. "
            f"The first: {first.key}{f', {first.field}' if first.field else ''} {first.reason}."
        )
    found += [f"{what[:1].upper()}{what[1:]}: {counted(count, 'time')}." for what, count in writing.warned.items()]
    return found
