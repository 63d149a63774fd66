"""A file that a layout describes, read into its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.attachments import ATTACHMENT
from core.tasks.parts import FileParts, Part
from core.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.config.layouts import ImportLayout, ImportPass
    from core.exchange.projection import LineFilter
    from core.exchange.reading import Digest
    from core.exchange.source import Source
    from core.tasks.parts import Reading


def read_layout(reading: Reading, layout: ImportLayout) -> FileParts:
    """Stage the records of a file through a layout.

    Raises:
        DataError: the file does not go with the layout.
        EngineError: the disk or the memory does not suffice.
        StopRequested: a stop was asked for.
    """
    from core.exchange.source import Desk, open_source

    walks = layout.walks
    first = layout.of_pass(walks[0])
    entity = reading.context.config.entities[first.entity]
    desk = Desk(reading.source, reading.name, entity, reading.session, reading.work, reading.context.stop)
    source = open_source(first, desk)
    parts = []
    for number, walk in enumerate(walks, start=1):
        if number > 1:
            own = layout.of_pass(walk)
            source.turn_to(own, reading.context.config.entities[walk.entity], reading.work / f"pass-{number}")
        if layout.passes:
            reading.context.step(f"reading {reading.name}, pass {number} of {len(walks)}")
        parts.append(_read(reading, source, walk, number, f"Pass {number}, {walk.entity}" if layout.passes else ""))
    keep_unreadable_once(reading.session, parts)
    for part, walk in zip(parts, walks, strict=True):
        if walk.repeated == "first":
            fold(reading.session, part, walk, source, name=reading.name)
    return FileParts(parts, _emptiness(layout), source.locate, source.write_rejects, source.rejects_name(reading.name))


def _emptiness(layout: ImportLayout) -> str:
    if layout.passes:
        return "no line that a pass takes"
    match layout.format:
        case "parquet":
            return "only columns"
        case "jsonl":
            return "only blank lines"
        case "excel":
            return f"only {'a header row' if layout.file.header else 'empty rows'}"
        case _:
            return f"only {'a header line' if layout.file.header else 'blank lines'}"


def _read(reading: Reading, source: Source, walk: ImportPass, number: int, title: str) -> Part:
    entity = source.desk.entity
    part = Part(
        entity,
        f"staged {number}",
        f"rejects {number}",
        reading.task.assortment,
        full=not reading.task.delta,
        references={column.field: column.references for column in walk.columns},
        title=title,
        columns=source.labels(walk.columns),
    )
    digest = _digest(reading, entity, walk)
    result = source.read(part.staged, part.rejects, digest, line_filter(walk))
    part.fields, part.read, part.unread, part.skipped = result.fields, result.accepted, result.rejected, result.skipped
    part.digested = source.digested
    return part


def line_filter(walk: ImportPass) -> LineFilter | None:
    """Return which lines have a record for a pass; None where all have."""
    from core.exchange.projection import LineFilter

    if walk.only is None and walk.without_key == "reject":
        return None
    column, values = (walk.only.column, tuple(walk.only.values)) if walk.only else (None, ())
    return LineFilter(walk.without_key == "skip", column, values)


def keep_unreadable_once(session: DuckDBPyConnection, parts: Sequence[Part]) -> None:
    """Take lines that cannot be read at all out of the rejects of all parts but the first that has them."""
    from core.sql import quoted_name

    for place, part in enumerate(parts[1:], start=1):
        table = quoted_name(part.rejects)
        before = " UNION ALL ".join(
            f"SELECT record FROM {quoted_name(other.rejects)} WHERE field IS NULL" for other in parts[:place]
        )
        known = f"FROM {table} WHERE field IS NULL AND record IN ({before})"
        row = session.execute(f"SELECT count(DISTINCT record) {known}").fetchone()
        part.unread -= int(row[0]) if row else 0
        session.execute(f"DELETE {known}")


def fold(session: DuckDBPyConnection, part: Part, walk: ImportPass, source: Source, *, name: str) -> None:
    """Take the first of the records with the same key, and say where others say something else."""
    from core.store.catalogue import content_of, fold_repeated

    mapped = {column.field for column in walk.columns}
    content = "_content" if part.digested else content_of(part.entity, mapped)
    part.folded = fold_repeated(session, part.staged, part.entity, content, stop=source.desk.stop)
    part.read -= part.folded.records
    if part.folded.example is None:
        return
    session.execute(
        "CREATE OR REPLACE TEMP TABLE differing AS SELECT unnest(?::BIGINT[]) AS record, "
        "CAST(NULL AS BIGINT) AS line, CAST(NULL AS VARCHAR) AS place, CAST(NULL AS VARCHAR) AS raw",
        [list(part.folded.example)],
    )
    source.locate("differing")
    other, first = (
        (session.execute("SELECT line FROM differing WHERE record = ?", [record]).fetchone() or (None,))[0] or record
        for record in part.folded.example
    )
    part.warnings.append(
        f"{counted(part.folded.differing, 'line')} of {name} "
        f"{'contradicts' if part.folded.differing == 1 else 'contradict'} an earlier line about the same "
        f"{part.entity.name.replace('_', ' ')}, of which the first was taken; line {other} against line {first}, "
        "to name one."
    )


def _digest(reading: Reading, entity: Entity, walk: ImportPass) -> Digest | None:
    """What to stage of the records: all their fields where everything is new, else what finds the few that are."""
    from core.exchange.reading import Digest
    from core.store.catalogue import content_of, has_records

    # Of attachments, what their files are is compared, too, and does not stand in the imported file.
    if entity.name == ATTACHMENT or not has_records(reading.session, entity, reading.task.assortment):
        return None
    mapped = {column.field for column in walk.columns}
    checked = {*entity.key, *(field.name for field in entity.references)}
    fields = tuple(name for name in entity.fields if name in mapped & checked)
    return Digest(fields, content_of(entity, mapped))
