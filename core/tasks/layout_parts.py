"""A file that a layout describes, read into its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.config.attachments import ATTACHMENT
from core.tasks.parts import FileParts, Part

if TYPE_CHECKING:
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
    from core.exchange.source import Desk, open_source

    entity = reading.context.config.entities[layout.entity]
    desk = Desk(reading.source, reading.name, entity, reading.session, reading.work, reading.context.stop)
    source = open_source(layout, desk)
    part = Part(entity, "staged", "rejects", reading.task.assortment, full=not reading.task.delta)
    result = source.read(part.staged, part.rejects, _digest(reading, entity, layout))
    part.fields, part.read, part.unread = result.fields, result.accepted, result.rejected
    part.digested = source.digested
    return FileParts([part], _emptiness(layout), source.locate, source.write_rejects, source.rejects_name(reading.name))


def _emptiness(layout: ImportLayout) -> str:
    match layout.format:
        case "parquet":
            return "only columns"
        case "jsonl":
            return "only blank lines"
        case "excel":
            return f"only {'a header row' if layout.file.header else 'empty rows'}"
        case _:
            return f"only {'a header line' if layout.file.header else 'blank lines'}"


def _digest(reading: Reading, entity: Entity, layout: ImportLayout) -> Digest | None:
    """What to stage of the records: all their fields where everything is new, else what finds the few that are."""
    from core.exchange.reading import Digest
    from core.store.catalogue import content_of, has_records

    # Of attachments, what their files are is compared, too, and does not stand in the imported file.
    if entity.name == ATTACHMENT or not has_records(reading.session, entity, reading.task.assortment):
        return None
    mapped = {column.field for column in layout.columns}
    checked = {*entity.key, *(field.name for field in entity.references)}
    fields = tuple(name for name in entity.fields if name in mapped & checked)
    return Digest(fields, content_of(entity, mapped))
