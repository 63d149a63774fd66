"""Files of formats that have types, read and written as a run does both."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from support.exchange_desk import Reject, make_entity

from core.config.layout_types import LayoutSettings
from core.exchange.source import Desk as SourceDesk
from core.exchange.source import open_source
from core.exchange.writing import write_file
from core.stop import StopToken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from support.exchange_desk import Desk

    from core.config.layouts import ExportLayout, ImportLayout
    from core.exchange.source import Source
    from core.exchange.staging import ReadResult
    from core.exchange.writing import WriteResult

LANGUAGES = ("nl", "en")
NUMBER = {"column": "number", "field": "number"}


def layout_of(form: str, direction: str, *columns: dict[str, Any], **file: Any) -> Any:
    """Return a layout of this format; ``file`` only where it is given."""
    table = {"direction": direction, "format": form, "entity": "article", "columns": list(columns)}
    return TypeAdapter[Any](LayoutSettings).validate_python({**table, "file": file} if file else table)


@dataclass
class TypedDesk:
    """Reads and writes files through layouts, with a connection that is shut in."""

    desk: Desk
    stop: StopToken = field(default_factory=StopToken)

    def write(self, layout: ExportLayout, name: str = "out") -> Path:
        """Write the relation ``selection``; return the file."""
        target = self.desk.directory / name
        self.written: WriteResult = write_file(
            layout,
            make_entity(),
            connection=self.desk.connection,
            selection="selection",
            target=target,
            language=None,
            languages=LANGUAGES,
            stop=self.stop,
        )
        return target

    def open(self, path: Path, layout: ImportLayout) -> Source:
        place = SourceDesk(
            path, path.name, make_entity(), self.desk.connection, self.desk.directory / "work", self.stop
        )
        self.source = open_source(layout, place)
        return self.source

    def read(self, path: Path, layout: ImportLayout) -> ReadResult:
        return self.open(path, layout).read("staged", "rejects")

    def read_cells(self, path: Path, form: str, columns: Sequence[str | int], **file: Any) -> list[tuple[Any, ...]]:
        """Return the text of these columns, in the fields of the entity that are text or any other kind of text."""
        fields = ["number", "name", "description.nl", "description.en"][: len(columns)]
        mapped = [{"column": column, "field": name} for column, name in zip(columns, fields, strict=True)]
        self.read(path, layout_of(form, "import", *mapped, **file))
        return self.desk.rows(", ".join(f'"{name}"' for name in fields))

    def rejects(self) -> list[Reject]:
        return self.desk.rejects()

    def mendable(self, name: str) -> Path:
        target = self.desk.directory / name
        self.source.write_rejects("rejects", target)
        return target
