"""What a run left behind, as the history shows it: its files, the samples of a dry run, rejected records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.engine.api.history import ArrivedFile, FieldDifference, Reject, RunFile, RunPart, SampleRecord
from core.store.journal.records import RejectRow
from core.tasks.tallies import Tallies
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from core.store.journal.records import FileRow
    from core.store.journal.runs import RunRow


def files_of(rows: Iterable[FileRow], data_dir: Path) -> tuple[RunFile, ...]:
    """Return the files of a run; those that Pendel keeps are below the data directory."""
    files = []
    for row in rows:
        kept = data_dir / row.spooled if row.spooled else None
        there = kept is not None and kept.is_file()
        files.append(RunFile(row.role, clean(row.name), clean(row.location), row.size, row.sha256, row.at, kept, there))
    return tuple(files)


def arrived_files(row: RunRow) -> tuple[ArrivedFile, ...]:
    """Return the files that an automatic import dealt with."""
    return tuple(
        ArrivedFile(
            name=clean(told["file"]),
            outcome=clean(told["outcome"]),
            recognised=clean(told["recognised"]),
            message=clean(told["message"]),
            place=clean(told["parked"]),
        )
        for told in row.details.get("arrivals", ())
    )


def samples_of(row: RunRow) -> tuple[SampleRecord, ...]:
    """Return the records that a dry run showed."""
    return tuple(
        SampleRecord(
            kind=kind,
            key=clean(", ".join(map(str, sample["key"]))),
            changes=tuple(
                FieldDifference(field, _text(old), _text(new)) for field, (old, new) in sample["changes"].items()
            ),
            entity=sample.get("entity", ""),
        )
        for kind, samples in row.details.get("samples", {}).items()
        for sample in samples
    )


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return None if value is None else clean(str(value))


def kept_in_details(row: RunRow) -> list[RejectRow]:
    """Return the rejects of a dry run, which stand with the run itself."""
    return [RejectRow(**reject) for reject in row.details.get("rejects", ())]


def reject_view(row: RejectRow) -> Reject:
    """Return a reject as it is shown."""
    return Reject(
        clean(row.file),
        row.line,
        clean(row.field),
        clean(row.column),
        clean(row.value),
        clean(row.reason),
        clean(row.entity),
    )


def parts_of(row: RunRow) -> tuple[RunPart, ...]:
    """Return what an import did by entity, where it brought the records of several."""
    tallies = Tallies(row.details.get("parts", ()))
    return tuple(
        RunPart(clean(each.entity), clean(each.assortment), each.counts, each.in_words()) for each in tallies.entries
    )
