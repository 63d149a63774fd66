"""The report task: ask, fill, write, deliver, send (RE1)."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from core.errors import PendelError
from core.reports.period import Span, Spans, spans_of
from core.runs import Counts, RunState
from core.store.journal.database import to_text
from core.tasks.connection import Connection, trying
from core.tasks.context import Outcome
from core.tasks.letters import Letter
from core.tasks.parcels import Parcel, addressed, deliver, file_path, kept_parcel, note_target, refuse_existing
from core.text import clean, listed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.config.report_tasks import ReportTask
    from core.config.reports import ReportFormat, ReportLayout
    from core.reports.document import Document
    from core.tasks.context import RunContext

_ENDINGS: dict[ReportFormat, str] = {"html": ".html", "pdf": ".pdf", "excel": ".xlsx", "csv": ".csv", "text": ".txt"}
_TEXT, _MAIL = "letter.txt", "letter.html"
CATALOGUE_CURSOR = "catalogue"
"""The name of the cursor up to which a report has seen changes of records; the other is about runs."""


@dataclass(frozen=True, slots=True)
class _Made:
    """A report whose files are in the spool; kept in the checkpoint."""

    title: str
    names: tuple[tuple[str, str], ...]
    """What each file is called where it arrives, and in the spool."""
    rows: tuple[tuple[str, int], ...]
    """Of each query."""
    written: int
    """Rows of all tables."""
    empty: bool
    cut: bool

    @classmethod
    def known(cls, kept: dict[str, Any], spool: Path) -> _Made | None:
        """Return what an earlier attempt made, or None where not all of it is there."""
        names = tuple((name, spooled) for name, spooled in kept["names"])
        if not all((spool / name).exists() for name in (*(spooled for _, spooled in names), _TEXT, _MAIL)):
            return None
        return cls(**kept | {"names": names, "rows": tuple((name, number) for name, number in kept["rows"])})


def run_report(context: RunContext, task: ReportTask) -> Outcome:
    """Make the report, and deliver and send it; a cursor moves only when all of that succeeded.

    Raises:
        PendelError: a query failed, nothing was sent; or the report did not reach everyone, and what it did stays.
    """
    layout = context.config.layouts[task.layout]
    assert layout.direction == "report"  # noqa: S101 - checked when the configuration was loaded
    with ExitStack() as open_:
        connection = open_.enter_context(_connection(context, task)) if task.file or task.target else None
        path = _path(context, task, layout, connection)
        kept = context.checkpoint.get("made")
        made = _Made.known(kept, context.spool) if kept else None
        if made is None:
            made = _make(context, task, layout, path)
            context.checkpoint["made"] = asdict(made)
            context.save_checkpoint()
        context.counts = Counts(written=made.written)
        context.details["queries"] = dict(made.rows)
        if made.empty and task.if_empty == "skip":
            _finish(context, task, layout)
            return _outcome(context, made, "Nothing to tell; no report was sent.")
        if context.dry_run:
            return _outcome(context, made, f"Would send {_content(made, task, connection)}. {_rows(made)}")
        if connection is not None:
            _deliver(context, task, connection, made, PurePosixPath(path).parent)
        _send(context, task, made)
        _finish(context, task, layout)
    return _outcome(context, made, f"Sent {_content(made, task, connection)}. {_rows(made)}")


def _connection(context: RunContext, task: ReportTask) -> Connection:
    return Connection.to(context, task.target.location) if task.target else Connection.to_exports(context)


def _outcome(context: RunContext, made: _Made, message: str) -> Outcome:
    if made.cut:
        message += " A table has more rows than a report takes, 100,000; the rest was left out."
    state = RunState.WARNINGS if made.cut else RunState.SUCCEEDED
    return Outcome(message, state, context.counts, dict(context.details))


def _content(made: _Made, task: ReportTask, connection: Connection | None) -> str:
    names = listed((clean(name) for name, _ in made.names), last="and")
    places = [connection.name] if connection else []
    return f"{names} to {listed([*places, *task.mail], last='and')}"


def _rows(made: _Made) -> str:
    told = ", ".join(f"{name} {number:,}" for name, number in made.rows)
    return f"Rows by query: {told}." if told else "It has no query."


def _path(context: RunContext, task: ReportTask, layout: ReportLayout, connection: Connection | None) -> str:
    """Return the path of the report without its ending, the same in every attempt of the run.

    Raises:
        TargetExists: a file is there, and may not be overwritten.
    """
    if known := context.checkpoint.get("path"):
        return str(known)
    template = (task.target.path if task.target else task.file) or "{task}-{date}"
    entity, assortment = task.entity or layout.entity or "", task.assortment or layout.assortment
    path = file_path(context, template, entity=entity, assortment=assortment)
    if connection is not None and not task.overwrite:
        for each in task.formats:
            for ending in (".csv", ".zip") if each == "csv" else (_ENDINGS[each],):
                refuse_existing(connection, _with_ending(path, ending))
    context.checkpoint["path"] = path
    context.save_checkpoint()
    return path


def _with_ending(path: str, ending: str) -> str:
    return path if path.endswith(ending) else path + ending


# -- making ---------------------------------------------------------------------------------------------------------


def _make(context: RunContext, task: ReportTask, layout: ReportLayout, path: str) -> _Made:
    from core.reports.text import as_text

    document = _filled(context, task, layout)
    names = []
    for form in task.formats:
        context.step(f"writing {form}")
        spooled = f"report{_ENDINGS[form]}"
        ending = _write(document, form, context.spool / spooled, context.stop.check)
        names.append((PurePosixPath(_with_ending(path, ending)).name, spooled))
    short = document.shortened()
    (context.spool / _TEXT).write_text(as_text(short), encoding="utf-8")
    _write_html(short, context.spool / _MAIL)
    return _Made(
        title=f"{document.title}: {document.subject}",
        names=tuple(names),
        rows=document.counts,
        written=sum(len(table.data) for table in document.tables),
        empty=document.empty,
        cut=document.cut,
    )


def _filled(context: RunContext, task: ReportTask, layout: ReportLayout) -> Document:
    from core.reports.making import make_document

    context.step("asking")
    with context.turn():
        return make_document(
            layout,
            task,
            lambda watermark: _spans(context, task, layout, watermark),
            config=context.config,
            catalogue=context.catalogue,
            journal=context.journal,
            now=context.now(),
            stop=context.stop,
            begin=lambda query: _begin(context, query),
        )


def _begin(context: RunContext, query: str) -> None:
    context.step(f"asking {query}")


def _spans(context: RunContext, task: ReportTask, layout: ReportLayout, watermark: datetime) -> Spans:
    """Return what the report looks back on; a resumed run looks back on what it did before."""
    zone = context.config.engine.zone
    if known := context.checkpoint.get("spans"):
        return Spans(
            *(Span(datetime.fromisoformat(since), datetime.fromisoformat(until), zone) for since, until in known)
        )
    runs, changes = (context.journal.cursors.get(task.id, name) for name in ("", CATALOGUE_CURSOR))
    spans = spans_of(
        task.period or layout.period,
        now=context.now(),
        zone=zone,
        watermark=watermark,
        runs_seen=runs.moment if runs else None,
        changes_seen=changes.moment if changes else None,
    )
    context.checkpoint["spans"] = [[to_text(each.since), to_text(each.until)] for each in (spans.runs, spans.changes)]
    context.save_checkpoint()
    return spans


def _write(document: Document, form: ReportFormat, path: Path, check: Callable[[], None]) -> str:
    """Write one format, and return the ending that its file has."""
    match form:
        case "html":
            _write_html(document, path)
        case "pdf":
            from core.reports.pdf import write_pdf

            write_pdf(document, path, check)
        case "excel":
            from core.reports.excel import write_excel

            write_excel(document, path, check)
        case "csv":
            from core.reports.csv import is_zipped, write_csv

            write_csv(document, path, check)
            return ".zip" if is_zipped(document) else ".csv"
        case "text":
            from core.reports.text import as_text

            path.write_text(as_text(document), encoding="utf-8")
    return _ENDINGS[form]


def _write_html(document: Document, path: Path) -> None:
    from core.reports.html import as_html

    with path.open("w", encoding="utf-8") as file:
        file.writelines(as_html(document))


# -- delivering -----------------------------------------------------------------------------------------------------


def _deliver(
    context: RunContext, task: ReportTask, connection: Connection, made: _Made, directory: PurePosixPath
) -> None:
    """Bring every file to the location, each once (EX5)."""
    known = [kept_parcel(context, each) for each in context.checkpoint.get("parcels", [])]
    parcels = [parcel for parcel in known if parcel]
    resumed = len(parcels)
    for number, (name, spooled) in enumerate(made.names):
        context.stop.check()
        if number >= len(parcels):
            size = (context.spool / spooled).stat().st_size
            parcel = Parcel(spooled, str(directory / name), size, made.written, to_text(context.now()))
            parcels.append(addressed(connection, parcel))
            _save(context, parcels)
        parcel = parcels[number]
        if parcel.delivered:
            continue
        sha256 = deliver(context, connection, parcel, overwrite=task.overwrite, look_first=number < resumed)
        parcels[number] = replace(parcel, delivered=True)
        with context.journal.transaction():
            note_target(context, connection, parcel, sha256)
            _save(context, parcels)


def _save(context: RunContext, parcels: list[Parcel]) -> None:
    context.checkpoint["parcels"] = [asdict(parcel) for parcel in parcels]
    context.save_checkpoint()


def _send(context: RunContext, task: ReportTask, made: _Made) -> None:
    """Send the report to every target that does not have it yet; what fails at one keeps none of the others from it.

    Raises:
        PendelError: what the first of them said that did not take it.
    """
    if not task.mail:
        return
    letter = Letter(
        made.title,
        (context.spool / _TEXT).read_text(encoding="utf-8"),
        (context.spool / _MAIL).read_text(encoding="utf-8"),
        tuple((name, context.spool / spooled) for name, spooled in made.names),
    )
    sent: list[str] = list(context.checkpoint.get("sent", []))
    failures: list[PendelError] = []
    for name in dict.fromkeys(task.mail):
        if name in sent:
            continue
        context.step(f"sending to {name}")
        if context.checkpoint.get("sending") == name:
            # Nobody can be asked whether it arrived; a report that comes twice is better than none.
            context.log.warning("The report may have been sent to %s before the interruption; it is sent again.", name)
        context.checkpoint["sending"] = name
        context.save_checkpoint()
        try:
            trying(context, f"Sending to {name}", partial(context.send, name, letter))
        except PendelError as error:
            context.stop.check()
            context.log.error("%s", error)  # noqa: TRY400 - a sentence for the operator
            failures.append(error)
        else:
            sent.append(name)
            context.log.info("Sent the report to %s.", name)
        context.checkpoint |= {"sent": sent, "sending": ""}
        context.save_checkpoint()
    if failures:
        raise failures[0]


def _finish(context: RunContext, task: ReportTask, layout: ReportLayout) -> None:
    """Move the cursors to where this report has seen everything."""
    if context.dry_run or (task.period or layout.period) != "since_last_run":
        return
    with context.journal.transaction():
        for name, (_, until) in zip(("", CATALOGUE_CURSOR), context.checkpoint["spans"], strict=True):
            context.journal.cursors.set(
                task.id,
                datetime.fromisoformat(until),
                set_by="run",
                at=context.now(),
                run=context.run,
                name=name,
            )
