"""A file that a layout describes, read into its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.tasks.parts import FileParts, Part

if TYPE_CHECKING:
    from pathlib import Path

    from core.config.entities import Entity
    from core.config.layouts import ImportLayout
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
    return FileParts([_read(reading, layout)], emptiness, locate, write)


def _read(reading: Reading, layout: ImportLayout) -> Part:
    from core.exchange.picking import DigestedFile
    from core.exchange.reading import read_file

    entity = reading.context.config.entities[layout.entity]
    part = Part(entity, "staged", "rejects", reading.task.assortment, full=not reading.task.delta)
    digest = _digest(reading, entity, layout)
    result = read_file(
        reading.source,
        layout,
        entity,
        connection=reading.session,
        work_dir=reading.work,
        stop=reading.context.stop,
        staged=part.staged,
        rejects=part.rejects,
        source_name=reading.name,
        digest=digest,
    )
    part.fields, part.read, part.unread = result.fields, result.accepted, result.rejected
    if digest and result.places:
        part.digested = DigestedFile(reading.source, layout, entity, digest, result.places, part.staged)
    return part


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
