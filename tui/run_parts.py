"""The parts of one run as lines of text: how it went, samples, rejects, files, log."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from core.runs import Level
from core.text import counted, file_size
from tui.run_words import (
    asked_by,
    counts_table,
    difference_in_words,
    reject_in_words,
    times,
    where_it_stops,
)
from tui.widgets.rows import Line, paragraph, wrapped
from tui.widgets.run_lines import labelled, run_page_head
from tui.words import full_time, planned

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from core.engine.api import LogLine, RunView, TaskView
    from core.engine.api.history import ArrivedFile, Reject, RunDetails, RunFile
    from tui.action import KeyOf
    from tui.words import Signs

_KINDS = {
    "new": "Would be new",
    "changed": "Would change",
    "restored": "Would come back from the archive",
    "archived": "Would be archived",
    "written": "Would be written",
}
_ROLES = {"source": "Read from", "target": "Written to", "rejects": "Rejects file in"}
_LEVELS = {Level.DEBUG: ("debug", "faint"), Level.INFO: ("info", ""), Level.WARNING: ("WARN", "warning")}
_INDENT = "  "
_QUARANTINED = "quarantined"


def outcome_lines(
    run: RunView,
    details: RunDetails | None,
    task: TaskView | None,
    *,
    width: int,
    now: datetime,
    zone: tzinfo,
    signs: Signs,
    key_of: KeyOf,
) -> list[Line]:
    """Return how a run went or goes, what can be done, when its task runs next, and its counts as a table."""
    lines = run_page_head(run, width=width, now=now, zone=zone, signs=signs, key_of=key_of)
    if not run.state.ended:
        lines += labelled("A stop", f"takes effect {where_it_stops(run)}", width)
    lines += labelled("Times", times(run, zone), width)
    lines += labelled("Asked", asked_by(run), width)
    if details is not None:
        lines += _circumstances(details, width)
    lines += labelled("Planned", planned(task, zone) if task else "its task is no longer in the configuration", width)
    title = "It would" if run.dry_run else "Records"
    table = counts_table(run) if any(run.counts.values()) else ["none was counted"]
    for number, row in enumerate(table):
        lines += labelled("" if number else title, row, width)
    for number, part in enumerate(details.parts if details else ()):
        place = f"{part.entity}, {part.assortment}" if part.assortment else part.entity
        lines += labelled("" if number else "Of these", f"{place}: {part.words}", width)
    return lines


def _circumstances(details: RunDetails, width: int) -> list[Line]:
    lines: list[Line] = []
    if details.attempts > 1:
        said = f"{details.attempts}: Pendel ended in the middle of it, and the run was taken up again."
        lines += labelled("Attempts", said, width)
    if details.archive_confirmed:
        lines += labelled("Brake", "Archiving was confirmed with the start.", width)
    if details.forced:
        lines += labelled("Forced", "It goes over what later runs changed.", width)
    if details.reverted_by is not None:
        lines += labelled("Reverted", f"Run {details.reverted_by} put back what this run changed.", width)
    return lines


def sample_lines(run: RunView, details: RunDetails | None, *, width: int, signs: Signs, key_of: KeyOf) -> list[Line]:
    """Return some of the records that a dry run would touch, with each field that would differ: old → new."""
    samples = details.samples if details else ()
    if not samples:
        if not run.dry_run:
            start = key_of("run.dry_run")
            said = f"Samples are shown of dry runs: they say what a run would change. {start} starts one."
            return _told(said, width)
        return _told("It has shown no record yet." if not run.state.ended else "It would touch no record.", width)
    counts = {part.entity: part.counts for part in details.parts} if details else {}
    lines: list[Line] = []
    for (kind, entity), found in groupby(samples, key=lambda sample: (sample.kind, sample.entity)):
        records = list(found)
        total = max(int(getattr(counts.get(entity, run.counts), kind, 0)), len(records))
        of_all = f", the first {len(records):,} of them" if total > len(records) else ""
        what = f"{_KINDS.get(kind, kind)}{f', {entity}' if entity else ''}: {total:,}{of_all}"
        lines += paragraph(what, width, "title")
        for record in records:
            lines += paragraph(f"{_INDENT}{record.key}", width, "label")
            for change in record.changes:
                said = difference_in_words(change, signs.arrow, new_record=kind in ("new", "written"))
                lines += _indented(said, width, depth=2)
    return lines


def reject_lines(run: RunView, details: RunDetails | None, rejects: Sequence[Reject], *, width: int) -> list[Line]:
    """Return the rejected records by file, where the file with them is, and what to do with it."""
    if not rejects:
        return _told("No record was rejected." if run.state.ended else "No record was rejected so far.", width)
    lines: list[Line] = []
    total = max(run.counts.rejected, len(rejects))
    lines += paragraph(f"{counted(total, 'record')} rejected", width, "title")
    if details is not None:
        for file in details.files:
            if file.role == "rejects":
                lines += labelled("File", _place(file), width)
        lines += labelled("To do", details.send_again, width)
        if total > details.rejects_kept:
            lines += labelled("", f"The first {details.rejects_kept:,} are listed here; the file has them all.", width)
    for name, found in groupby(rejects, key=lambda reject: reject.file):
        lines += paragraph(name, width, "title")
        for reject in found:
            lines += _indented(reject_in_words(reject), width)
    return lines


def file_lines(run: RunView, details: RunDetails | None, *, width: int, zone: tzinfo) -> list[Line]:
    """Return the files that a run read and wrote, with size, checksum, and whether Pendel still has its copy."""
    files = details.files if details else ()
    arrived = arrival_lines(details.arrived, width) if details else []
    if not files:
        if arrived:
            return arrived
        why = "A dry run keeps no files." if run.dry_run else "It has read or written no file."
        return _told(why, width)
    lines: list[Line] = arrived
    for file in files:
        lines += paragraph(file.name, width, "title")
        role = _ROLES.get(file.role, file.role)
        lines += _indented(f"{role} {file.location}, {full_time(file.at, zone)}, {file_size(file.size)}", width)
        lines += _indented(f"SHA-256 {file.sha256}", width)
        if file.role != "rejects":
            lines += _indented(f"Copy: {_place(file)}", width)
        elif not file.is_there:
            lines += _indented("It is no longer there.", width)
    return lines


def arrival_lines(arrived: Sequence[ArrivedFile], width: int) -> list[Line]:
    """Return what came of each file of a watched folder; those in quarantine first, for they want somebody."""
    lines: list[Line] = []
    for file in sorted(arrived, key=lambda file: file.outcome != _QUARANTINED):
        held = file.outcome == _QUARANTINED
        title = f"{file.name}: {'in quarantine' if held else file.outcome}"
        lines += paragraph(title, width, "warning" if held else "title")
        # Why a file is in quarantine says what it was recognised as, or that it was not.
        if not held:
            lines += _indented(file.recognised, width)
        lines += _indented(file.message, width)
        if file.place:
            lines += _indented(f"It is in {file.place}, with a report beside it.", width)
    return lines


def _place(file: RunFile) -> str:
    if file.kept is None:
        return "none is kept"
    return str(file.kept) if file.is_there else f"{file.kept} is no longer there; retention took it away"


def log_lines(lines: Sequence[LogLine], *, earlier: bool, width: int, zone: tzinfo) -> list[Line]:
    """Return the log of a run, each line broken where it must be."""
    if not lines:
        return _told("It has logged nothing, or its log is past retention.", width)
    found: list[Line] = [(("… earlier lines: g fetches them", "label"),)] if earlier else []
    for line in lines:
        word, role = _LEVELS.get(line.level, ("ERROR", "bad"))
        text = f"{line.at.astimezone(zone):%H:%M:%S} {word:<5} {line.text}"
        first, *rest = wrapped(text, width) or [""]
        found.append(((first, role),))
        found += [((_INDENT + row, role),) for row in wrapped(" ".join(rest), width - len(_INDENT))]
    return found


def _told(text: str, width: int) -> list[Line]:
    return paragraph(text, width)


def _indented(text: str, width: int, *, depth: int = 1) -> list[Line]:
    """Return a text set in from the edge, what goes over the end of a line further still."""
    return paragraph(text, width, indent=_INDENT * depth, hanging=_INDENT)
