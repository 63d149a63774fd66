"""A file that a layout describes, read into its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.tasks.parts import FileParts, Part
from core.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.config.entities import Entity
    from core.config.layouts import ImportLayout, ImportPass
    from core.exchange.projection import LineFilter
    from core.exchange.reading import Digest
    from core.tasks.parts import Reading


def read_layout(reading: Reading, layout: ImportLayout) -> FileParts:
    """Stage the records of a file through a layout.

    Raises:
        DataError: the file does not go with the layout.
        EngineError: the disk or the memory does not suffice.
        StopRequested: a stop was asked for.
    """
    from core.exchange.rejecting import locate_rejects, write_rejects

    session, source, stop = reading.session, reading.source, reading.context.stop

    def locate(table: str) -> None:
        locate_rejects(session, table, source, layout, work_dir=reading.work, stop=stop)

    def write(table: str, target: Path) -> int:
        return write_rejects(session, table, source, layout, target, stop=stop)

    emptiness = f"only {'a header line' if layout.file.header else 'blank lines'}"
    walks = layout.walks
    parts = [_read(reading, layout, walk, number) for number, walk in enumerate(walks, start=1)]
    for part in parts[1:]:
        _keep_unreadable_once(reading, part)
    for part, walk in zip(parts, walks, strict=True):
        if walk.repeated == "first":
            _fold(reading, part, layout.of_pass(walk), locate)
    return FileParts(parts, emptiness, locate, write)


def _read(reading: Reading, layout: ImportLayout, walk: ImportPass, number: int) -> Part:
    from core.exchange.picking import DigestedFile
    from core.exchange.reading import read_file

    entity = reading.context.config.entities[walk.entity]
    own = layout.of_pass(walk)
    several = bool(layout.passes)
    part = Part(
        entity,
        f"staged {number}",
        f"rejects {number}",
        reading.task.assortment,
        full=not reading.task.delta,
        references={column.field: column.references for column in walk.columns},
        title=f"Pass {number}, {entity.name}" if several else "",
    )
    if several:
        reading.context.step(f"reading {reading.name}, pass {number} of {len(layout.walks)}")
    digest = _digest(reading, entity, own)
    result = read_file(
        reading.source,
        own,
        entity,
        connection=reading.session,
        work_dir=reading.work / f"pass-{number}",
        stop=reading.context.stop,
        staged=part.staged,
        rejects=part.rejects,
        source_name=reading.name,
        digest=digest,
        lines=_filter(walk),
    )
    part.fields, part.read, part.unread, part.skipped = result.fields, result.accepted, result.rejected, result.skipped
    if digest and result.places:
        part.digested = DigestedFile(reading.source, own, entity, digest, result.places, part.staged)
    return part


def _filter(walk: ImportPass) -> LineFilter | None:
    from core.exchange.projection import LineFilter

    if walk.only is None and walk.without_key == "reject":
        return None
    column, values = (walk.only.column, tuple(walk.only.values)) if walk.only else (None, ())
    return LineFilter(walk.without_key == "skip", column, values)


def _keep_unreadable_once(reading: Reading, part: Part) -> None:
    """Take the lines that cannot be read at all out of the rejects: those of the first pass have them."""
    from core.sql import quoted_name

    table = quoted_name(part.rejects)
    row = reading.session.execute(f"SELECT count(DISTINCT record) FROM {table} WHERE field IS NULL").fetchone()
    part.unread -= int(row[0]) if row else 0
    reading.session.execute(f"DELETE FROM {table} WHERE field IS NULL")


def _fold(reading: Reading, part: Part, layout: ImportLayout, locate: Callable[[str], None]) -> None:
    """Take the first of the records with the same key, and say where others say something else."""
    from core.store.catalogue import content_of, fold_repeated

    session, entity = reading.session, part.entity
    mapped = {column.field for column in layout.columns}
    content = "_content" if part.digested else content_of(entity, mapped)
    part.folded = fold_repeated(session, part.staged, entity, content, stop=reading.context.stop)
    part.read -= part.folded.records
    if part.folded.example is None:
        return
    session.execute(
        "CREATE OR REPLACE TEMP TABLE differing AS SELECT unnest(?::BIGINT[]) AS record, "
        "CAST(NULL AS BIGINT) AS line, CAST(NULL AS VARCHAR) AS raw",
        [list(part.folded.example)],
    )
    locate("differing")
    other, first = (
        session.execute("SELECT line FROM differing WHERE record = ?", [record]).fetchone() or (None,)
        for record in part.folded.example
    )
    part.warnings.append(
        f"{counted(part.folded.differing, 'line')} of {reading.name} "
        f"{'contradicts' if part.folded.differing == 1 else 'contradict'} an earlier line about the same "
        f"{entity.name.replace('_', ' ')}, of which the first was taken; line {other[0]} against line {first[0]}, "
        "to name one."
    )


def _digest(reading: Reading, entity: Entity, layout: ImportLayout) -> Digest | None:
    """What to stage of the records: all their fields where everything is new, else what finds the few that are."""
    from core.exchange.reading import Digest
    from core.store.catalogue import content_of, has_records

    if not has_records(reading.session, entity, reading.task.assortment):
        return None
    mapped = {column.field for column in layout.columns}
    checked = {*entity.key, *(field.name for field in entity.references)}
    fields = tuple(name for name in entity.fields if name in mapped & checked)
    return Digest(fields, content_of(entity, mapped))
