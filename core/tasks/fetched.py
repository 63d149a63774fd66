"""What was fetched over a link, as the file that an import takes: a resumed run goes on from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.tasks.files import sha256_of
from core.text import clean, file_size

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.exchange.formats.contract import IndustryFormat
    from core.tasks.context import RunContext
    from core.tasks.parts import FileParts, Reading
    from core.tasks.pickup import SourceFile


class Fetched:
    """Files that are made of what a link gives; see :class:`core.tasks.import_walk.Source`."""

    def __init__(
        self, context: RunContext, link: str, form: IndustryFormat, make: Callable[[SourceFile, Path], None]
    ) -> None:
        """``make`` writes a file; it may lie there, unfinished, from an attempt that was interrupted."""
        self.name = f"the link {link}"
        self._context, self._form, self._make = context, form, make

    def fetch(self, file: SourceFile, number: int) -> None:
        """Make a file, unless an attempt before this one did."""
        context = self._context
        target = context.spool / f"{number:04d}-source"
        if file.spooled and target.exists() and target.stat().st_size == file.size:
            return
        self._make(file, target)
        file.size, file.spooled = target.stat().st_size, target.name
        if not context.dry_run:
            context.note_file("source", file.name, self.name, size=file.size, sha256=sha256_of(target), kept=target)
        context.log.info("Fetched %s over %s: %s.", clean(file.name), self.name, file_size(file.size))

    def read(self, reading: Reading) -> FileParts:
        """Read a file into its parts."""
        from core.tasks.standard_parts import read_as

        return read_as(reading, self._form)

    def clear(self, file: SourceFile) -> str:  # noqa: ARG002 - one shape for all sources
        """Nothing is to be done where it came from."""
        return ""
