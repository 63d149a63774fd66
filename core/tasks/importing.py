"""The import task: fetch, read, check, diff, brake, apply, finish (IM); the walk itself is in :mod:`.import_walk`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.tasks import pickup
from core.tasks.context import Outcome
from core.tasks.import_walk import ImportWalk
from core.tasks.pickup import SourceFile

if TYPE_CHECKING:
    from collections.abc import Collection

    from core.config.tasks import ImportTask
    from core.tasks.connection import Connection
    from core.tasks.context import RunContext
    from core.tasks.import_walk import Source
    from core.tasks.parts import FileParts, Reading


def run_import(context: RunContext, task: ImportTask) -> Outcome:
    """Import every file that the task finds, oldest first, each as a whole before the next.

    Raises:
        PendelError: a file could not be imported; what was committed before it stays.
    """
    with pickup.connect(context, task) as connection:
        files = [SourceFile(**known) for known in context.checkpoint.get("files", [])]
        if not files:
            found = pickup.find_files(context, task, connection)
            files = found.files
            if not files:
                message, state = pickup.nothing_to_take(context, task, found, connection)
                return Outcome(message, state)
        return ImportWalk(context, task, _Location(context, task, connection), files).carry_out()


def import_each(
    context: RunContext,
    task: ImportTask,
    connection: Connection,
    files: list[SourceFile],
    *,
    entities: Collection[str],
    what: str,
) -> tuple[Outcome, list[SourceFile]]:
    """Import files of which none holds up the others; return also those that were left out, and nothing of them is in.

    A file that brings records of others than ``entities`` is left out, for it is none of ``what``.

    Raises:
        PendelError: the location or the stores fail; what was committed before it stays.
    """
    source = _Location(context, task, connection)
    walk = ImportWalk(context, task, source, files, entities=entities, what=what, each_alone=True)
    return walk.carry_out(), walk.left_out


def import_from(context: RunContext, task: ImportTask, source: Source, name: str) -> Outcome:
    """Import what a source makes a file of, which is called ``name``; a resumed run goes on from that file.

    Raises:
        PendelError: it could not be imported; nothing of it was, or what was committed stays.
    """
    files = [SourceFile(**known) for known in context.checkpoint.get("files", [])]
    return ImportWalk(context, task, source, files or [SourceFile(name, name, 0, "")]).carry_out()


class _Location:
    """Files at a location; see :class:`Source`."""

    def __init__(self, context: RunContext, task: ImportTask, connection: Connection) -> None:
        self.name = connection.name
        self._context, self._task, self._connection = context, task, connection

    def fetch(self, file: SourceFile, number: int) -> None:
        """Copy the file."""
        pickup.fetch_file(self._context, self._connection, file, number)

    def read(self, reading: Reading) -> FileParts:
        """Read it as the task says what it is."""
        with self._context.turn():
            return read_parts(reading)

    def clear(self, file: SourceFile) -> str:
        """Delete or move it."""
        return pickup.clear_source(self._context, self._task, self._connection, file)


def read_parts(reading: Reading) -> FileParts:
    """Read a file into its parts, as the task says what it is."""
    from core.config.industry_layouts import IndustryImportLayout

    layout = reading.context.config.layout(reading.task.layout, "import")
    assert layout is not None and layout.direction == "import"  # noqa: S101, PT018 - checked when it was loaded
    if isinstance(layout, IndustryImportLayout):
        from core.tasks.standard_parts import read_standard

        return read_standard(reading, layout)
    from core.tasks.layout_parts import read_layout

    return read_layout(reading, layout)
