"""A layout tried on the sample of a file, or on the first records of the catalogue, by the very code of a run.

What is wrong with one column is told of that column, and the others are tried without it: while somebody is at work
on a layout, most of it stands already.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from core.config.model import ConfigFile
from core.engine.api.files import ExportTrial, ImportTrial, LayoutProblem, TriedReject
from core.engine.desks.catalogue import in_words
from core.engine.desks.looking import readable_part, reading_of, rows_of
from core.errors import DataError, PendelError
from core.stop import StopToken
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from core.config.entities import Entity
    from core.config.layouts import ExportLayout, ImportLayout
    from core.engine.api.files import SampleView
    from core.engine.workspace import Workspace
    from core.exchange.source import Source

_SHOWN_RECORDS = 100
_SHOWN_REJECTS = 200
_EXPORTED = 50
_CELL = 200
_STAGED, _REJECTS, _GATHERED, _SHOWN = "tried", "tried_rejects", "gathered", "shown"


class Draft:
    """A layout as far as it is sound: its columns that nothing is wrong with, and what is wrong with the others."""

    def __init__(self, table: Mapping[str, Any], entities: Mapping[str, Entity]) -> None:
        self.problems: list[LayoutProblem] = []
        self.layout: ImportLayout | ExportLayout | None = None
        self.entity: Entity | None = None
        given = table.get("columns")
        self._table = dict(table)
        self._columns: list[Any] = list(given) if isinstance(given, list) else []
        self._places = list(range(len(self._columns)))
        layout = self._validated()
        if layout is not None and layout.entity not in entities:
            self.problems.append(LayoutProblem(f"There is no entity {clean(layout.entity)!r}."))
        elif layout is not None:
            self.layout, self.entity = layout, entities[layout.entity]

    @property
    def left_out(self) -> int:
        """How many columns were left out."""
        return len(self._columns) - len(self._places)

    def _validated(self) -> ImportLayout | ExportLayout | None:
        while self._places:
            table = {**self._table, "columns": [self._columns[place] for place in self._places]}
            data = {"version": 1, "engine": {}, "layouts": {"layout": table}}
            try:
                layout = ConfigFile.model_validate(data).layouts["layout"]
                if layout.direction != "feed":
                    return layout
                self.problems.append(LayoutProblem("This is a layout for feeds."))
                return None
            except ValidationError as error:
                if not self._note(error, data):
                    return None
        if not self._columns:
            self.problems.append(LayoutProblem("No column has a field yet."))
        return None

    def _note(self, error: ValidationError, data: dict[str, Any]) -> bool:
        """Note what pydantic found; return whether the rest can be tried without the columns that are wrong."""
        from core.config.problems import findings

        wrong: set[int] = set()
        whole = False
        for finding in findings(error, data):
            path = finding.path[2:]
            words = clean(finding.message + (f" (it says {finding.value})" if finding.value else ""))
            if path[:1] == ("columns",) and len(path) > 1 and isinstance(path[1], int):
                wrong.add(path[1])
                key = ".".join(map(str, path[2:3]))
                self.problems.append(LayoutProblem(f"{key}: {words}" if key else words, self._places[path[1]]))
            else:
                whole = True
                self.problems.append(LayoutProblem(f"{'.'.join(map(str, path))}: {words}".lstrip(": ")))
        self._places = [place for position, place in enumerate(self._places) if position not in wrong]
        return bool(wrong) and not whole

    def check(self, languages: Sequence[str]) -> None:
        """Leave out the columns in which the check of layouts finds something."""
        from core.exchange.checking import layout_faults

        if self.layout is None or self.entity is None:
            return
        found = layout_faults(self.layout, self.entity, languages)
        self.leave_out({fault.column: clean(fault.message) for fault in found if fault.column is not None})
        self.problems += [LayoutProblem(clean(fault.message)) for fault in found if fault.column is None]

    def leave_out(self, wrong: Mapping[int, str]) -> None:
        """Leave out columns, by their position among those that are left, each with the reason."""
        if self.layout is None or not wrong:
            return
        self.problems += [LayoutProblem(message, self._places[position]) for position, message in wrong.items()]
        keep = [position for position in range(len(self._places)) if position not in wrong]
        columns: list[Any] = [self.layout.columns[position] for position in keep]
        self._places = [self._places[position] for position in keep]
        self.layout = self.layout.model_copy(update={"columns": columns}) if columns else None


def try_import(
    workspace: Workspace, sample: SampleView, path: Path, table: Mapping[str, Any], work: Path
) -> ImportTrial:
    """Return what an import with this layout would make of a sample."""
    draft = Draft(table, workspace.config.entities)
    trial = ImportTrial()
    try:
        draft.check(workspace.config.engine.languages)
        if draft.layout is not None:
            trial = _imported(workspace, draft, sample, path, work)
    except PendelError as error:
        trial = ImportTrial(failure=str(error))
    return replace(trial, problems=tuple(draft.problems), left_out=draft.left_out)


def _imported(workspace: Workspace, draft: Draft, sample: SampleView, path: Path, work: Path) -> ImportTrial:
    from core.exchange.source import Desk, open_source

    layout, entity = draft.layout, draft.entity
    if layout is None or entity is None:
        return ImportTrial()
    if layout.direction != "import":
        raise DataError("This is a layout for exports.")
    part = readable_part(path, layout, whole=sample.whole, name=sample.name, work=work)
    with workspace.catalogue.session() as session:
        source = open_source(layout, Desk(part, sample.name, entity, session, work, StopToken()))
        _leave_out_missing(draft, source)
        if draft.layout is None or draft.layout.direction != "import":
            return ImportTrial()
        source.take(draft.layout)
        return _ImportWalk(workspace, source, sample).carry_out()


def _leave_out_missing(draft: Draft, source: Source) -> None:
    """Leave out columns that the file does not have."""
    from core.exchange.projection import column_position

    layout = draft.layout
    if layout is None or layout.direction != "import":
        return
    columns = source.columns()
    missing: dict[int, str] = {}
    for position, column in enumerate(layout.columns):
        if column.column is not None:
            try:
                column_position(column.column, columns, source.desk.name)
            except DataError as error:
                missing[position] = str(error)
    draft.leave_out(missing)


class _ImportWalk:
    """Reading and checking, as the import task does both, in a session of the catalogue."""

    def __init__(self, workspace: Workspace, source: Source, sample: SampleView) -> None:
        self._zone = workspace.config.engine.zone
        self._source = source
        self._session = source.desk.connection
        self._entity = source.desk.entity
        self._sample = sample

    def carry_out(self) -> ImportTrial:
        from core.store.catalogue import StagedPart, check_parts
        from core.tasks.rejects import gather_rejects, read_rejects

        stop, name = StopToken(), self._sample.name
        result = self._source.read(_STAGED, _REJECTS)
        staged = StagedPart(self._checked_entity(), _STAGED, _REJECTS)
        # Without its key nothing can be held against a record.
        if set(self._entity.key) <= set(result.fields):
            check_parts(self._session, [staged], stop=stop)
        refused = staged.rejected
        gather_rejects(self._session, [staged], _GATHERED)
        if result.rejected + refused:
            self._source.locate(_GATHERED)
        rejects = read_rejects(self._session, _GATHERED, name)[:_SHOWN_REJECTS]
        return ImportTrial(
            fields=result.fields,
            records=tuple(self._records(result.fields)),
            rejects=tuple(TriedReject(row.line, row.field, row.column, row.value, row.reason) for row in rejects),
            read=result.records,
            accepted=result.accepted - refused,
            rejected=result.rejected + refused,
        )

    def _checked_entity(self) -> Entity:
        """The entity; without references into the part of the file that is not here."""
        if self._sample.whole:
            return self._entity
        own = self._entity.name
        fields = {
            name: replace(field, refers_to=None) if field.refers_to == own else field
            for name, field in self._entity.fields.items()
        }
        return replace(self._entity, fields=fields)

    def _records(self, fields: Sequence[str]) -> list[tuple[str, ...]]:
        from core.sql import column_list, quoted_name

        rows = self._session.execute(
            f"SELECT {column_list(fields)} FROM {quoted_name(_STAGED)} ORDER BY _record LIMIT {_SHOWN_RECORDS}"
        ).fetchall()
        return [tuple(clean(in_words(_in_utc(value), self._zone), limit=_CELL) for value in row) for row in rows]


def _in_utc(value: Any) -> Any:
    """A value as the catalogue gives it: its times are UTC without saying so."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def try_export(workspace: Workspace, table: Mapping[str, Any], work: Path) -> ExportTrial:
    """Return the first records of the catalogue as this layout writes them."""
    draft = Draft(table, workspace.config.entities)
    trial = ExportTrial()
    try:
        draft.check(workspace.config.engine.languages)
        layout, entity = draft.layout, draft.entity
        if layout is not None and entity is not None:
            if layout.direction != "export":
                raise DataError("This is a layout for imports.")
            trial = _written(workspace, layout, entity, work)
    except PendelError as error:
        trial = ExportTrial(failure=str(error))
    return replace(trial, problems=tuple(draft.problems), left_out=draft.left_out)


def _written(workspace: Workspace, layout: ExportLayout, entity: Entity, work: Path) -> ExportTrial:
    from core.exchange.encoding import open_text
    from core.exchange.writing import write_file
    from core.sql import quoted_name
    from core.store.catalogue import count_records, select_records, snapshot

    target = work / "written"
    with workspace.catalogue.session() as session, snapshot(session) as watermark:
        chosen: dict[str, Any] = {"assortment": None, "since": None, "upto": watermark, "with_archived": False}
        selection = select_records(session, entity, **chosen)
        session.execute(
            f"CREATE OR REPLACE TEMP VIEW {_SHOWN} AS SELECT * FROM {quoted_name(selection)} LIMIT {_EXPORTED}"
        )
        result = write_file(
            layout,
            entity,
            connection=session,
            selection=_SHOWN,
            target=target,
            language=None,
            languages=workspace.config.engine.languages,
            stop=StopToken(),
        )
        records = count_records(session, entity, **chosen)
    lines: tuple[str, ...] = ()
    if layout.format != "excel" and layout.format != "parquet":  # noqa: PLR1714 - mypy understands it so
        text = (
            b"".join(open_text(target, layout.text.encoding).chunks()).decode("utf-8", "replace") if result.size else ""
        )
        lines = tuple(clean(line, limit=1000) for line in text.splitlines())
    if not result.records:
        return ExportTrial(lines=lines, records=records)
    file = layout.file.model_dump(exclude_unset=True) if layout.format in ("csv", "text", "excel") else {}
    rows = rows_of(target, reading_of(file, layout.format), name="The file", work=work)
    lines = lines or tuple("  ".join(row.cells) for row in rows.rows)
    return ExportTrial(
        columns=tuple(column.title for column in rows.columns),
        rows=tuple(row.cells for row in rows.rows),
        lines=lines,
        records=records,
    )
