"""A layout tried on the sample of a file, or on the first records of the catalogue, by the very code of a run.

What is wrong with one column is told of that column, and the others are tried without it: while somebody is at work
on a layout, most of it stands already.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from core.config.layouts import FileSettings
from core.config.model import ConfigFile
from core.engine.api.files import ExportTrial, ImportTrial, LayoutProblem, TriedReject
from core.engine.desks.catalogue import in_words
from core.engine.desks.looking import readable_part, rows_of
from core.errors import DataError, PendelError
from core.stop import StopToken
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from core.config.entities import Entity
    from core.config.layouts import ExportLayout, ImportLayout
    from core.engine.api.files import SampleView
    from core.engine.workspace import Workspace

_SHOWN_RECORDS = 100
_SHOWN_REJECTS = 200
_EXPORTED = 50
_CELL = 200
_STAGED, _REJECTS, _SHOWN = "tried", "tried_rejects", "shown"


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
    file = draft.layout.file if draft.layout else FileSettings()
    part = readable_part(path, file, whole=sample.whole, name=sample.name, work=work)
    _leave_out_missing(draft, part, sample.name)
    layout, entity = draft.layout, draft.entity
    if layout is None or entity is None:
        return ImportTrial()
    if layout.direction != "import":
        raise DataError("This is a layout for exports.")
    with workspace.catalogue.session() as session:
        return _ImportWalk(workspace, session, layout, entity, sample).carry_out(part, work)


def _leave_out_missing(draft: Draft, part: Path, name: str) -> None:
    """Leave out columns that the file does not have."""
    from core.exchange.encoding import open_text
    from core.exchange.projection import column_position
    from core.exchange.survey import record_reader

    layout = draft.layout
    if layout is None or layout.direction != "import":
        return
    head = record_reader(open_text(part, layout.file.encoding), layout.file, name=name).head
    missing: dict[int, str] = {}
    for position, column in enumerate(layout.columns):
        if column.column is not None:
            try:
                column_position(column.column, head, name)
            except DataError as error:
                missing[position] = str(error)
    draft.leave_out(missing)


class _ImportWalk:
    """Reading and checking, as the import task does both, in a session of the catalogue."""

    def __init__(
        self,
        workspace: Workspace,
        session: DuckDBPyConnection,
        layout: ImportLayout,
        entity: Entity,
        sample: SampleView,
    ) -> None:
        self._zone = workspace.config.engine.zone
        self._session = session
        self._layout = layout
        self._entity = entity
        self._sample = sample

    def carry_out(self, part: Path, work: Path) -> ImportTrial:
        from core.exchange.reading import read_file
        from core.exchange.rejecting import locate_rejects
        from core.store.catalogue import check_staged
        from core.tasks.rejects import read_rejects

        stop, name = StopToken(), self._sample.name
        result = read_file(
            part,
            self._layout,
            self._entity,
            connection=self._session,
            work_dir=work,
            stop=stop,
            staged=_STAGED,
            rejects=_REJECTS,
            source_name=name,
        )
        refused = 0
        # Without its key nothing can be held against a record.
        if set(self._entity.key) <= set(result.fields):
            refused = check_staged(self._session, _STAGED, _REJECTS, self._checked_entity(), stop=stop)
        if result.rejected + refused:
            locate_rejects(self._session, _REJECTS, part, self._layout, work_dir=work, stop=stop)
        rejects = read_rejects(self._session, _REJECTS, name)[:_SHOWN_REJECTS]
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
    text = b"".join(open_text(target, layout.file.encoding).chunks()).decode("utf-8", "replace")
    lines = tuple(clean(line, limit=1000) for line in text.splitlines())
    if not result.records:
        return ExportTrial(lines=lines, records=records)
    rows = rows_of(target, layout.file, name="The file")
    return ExportTrial(
        columns=tuple(column.title for column in rows.columns),
        rows=tuple(row.cells for row in rows.rows),
        lines=lines,
        records=records,
    )
