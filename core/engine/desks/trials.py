"""A layout tried on the sample of a file, or on the first records of the catalogue, by the very code of a run.

What is wrong with one column is told of that column, and the others are tried without it: while somebody is at work
on a layout, most of it stands already.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from core.config.config_file import ConfigFile
from core.config.industry_layouts import IndustryLayout
from core.engine.api.files import ExportTrial, ImportTrial, LayoutProblem, PassTrial, TriedReject
from core.engine.desks.catalogue import in_words
from core.engine.desks.looking import readable_part, reading_of, rows_of
from core.errors import DataError, PendelError
from core.stop import StopToken
from core.text import clean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from core.config.entities import Entity
    from core.config.layouts import ExportLayout, ImportLayout, ImportPass
    from core.engine.api.files import SampleView
    from core.engine.workspace import Workspace
    from core.exchange.source import Source
    from core.tasks.parts import Part

_SHOWN_RECORDS = 100
_SHOWN_REJECTS = 200
_EXPORTED = 50
_CELL = 200
_STAGED, _REJECTS, _GATHERED, _SHOWN = "tried", "tried_rejects", "gathered", "shown"


class Draft:
    """A layout as far as it is sound: its columns that nothing is wrong with, and what is wrong with the others."""

    def __init__(
        self, table: Mapping[str, Any], entities: Mapping[str, Entity], settings: Mapping[str, Any] | None = None
    ) -> None:
        """``settings`` are those of a pass beside its entity and columns."""
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
        self._settings = dict(settings or {})
        self._check_settings()

    def _check_settings(self) -> None:
        from core.config.layouts import ImportPass

        if self.layout is None or not self._settings:
            return
        try:
            ImportPass.model_validate({"entity": self.layout.entity, "columns": self.layout.columns} | self._settings)
        except ValidationError as error:
            self._settings = {}
            self.problems += [
                LayoutProblem(clean(f"{'.'.join(map(str, each['loc']))}: {each['msg']}")) for each in error.errors()
            ]

    @property
    def walk(self) -> ImportPass:
        """The pass with the columns that are left of it."""
        from core.config.layouts import ImportPass

        columns = self.layout.columns if self.layout else []
        entity = self.layout.entity if self.layout else ""
        return ImportPass.model_validate({**self._settings, "entity": entity, "columns": columns})

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
            except ValidationError as error:
                if not self._note(error, data):
                    return None
            else:
                if layout.direction == "feed":
                    self.problems.append(LayoutProblem("This is the layout of a feed."))
                elif layout.direction == "report":
                    self.problems.append(LayoutProblem("This is the layout of a report."))
                elif isinstance(layout, IndustryLayout):
                    self.problems.append(
                        LayoutProblem("This is the layout of an industry format, which has no columns.")
                    )
                else:
                    return layout
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
    workspace: Workspace, sample: SampleView, path: Path, table: Mapping[str, Any], work: Path, chosen: int = 0
) -> ImportTrial:
    """Return what an import with this layout would make of a sample; of several passes, the ``chosen`` one, from 0."""
    tables = [*_passes_of(table)]
    chosen = max(0, min(chosen, len(tables) - 1))
    drafts = [Draft(each, workspace.config.entities, settings) for each, settings in tables]
    trial = ImportTrial()
    try:
        for draft in drafts:
            draft.check(workspace.config.engine.languages)
        if any(draft.layout is not None for draft in drafts):
            trial = _imported(workspace, drafts, chosen, sample, path, work)
    except PendelError as error:
        trial = ImportTrial(failure=str(error))
    problems = [
        problem if place == chosen else LayoutProblem(f"Pass {place + 1}: {problem.message}")
        for place, draft in enumerate(drafts)
        for problem in draft.problems
    ]
    return replace(trial, problems=tuple(dict.fromkeys(problems)), left_out=drafts[chosen].left_out)


def _passes_of(table: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield a table for each pass, as a layout that has nothing else; and what else the pass says."""
    passes = table.get("passes")
    if not isinstance(passes, list) or not passes:
        yield dict(table), {}
        return
    common = {key: value for key, value in table.items() if key not in ("passes", "entity", "columns")}
    for each in passes:
        own = each if isinstance(each, dict) else {}
        settings = {key: value for key, value in own.items() if key not in ("entity", "columns")}
        yield {**common, "entity": own.get("entity", ""), "columns": own.get("columns", [])}, settings


def _imported(
    workspace: Workspace, drafts: Sequence[Draft], chosen: int, sample: SampleView, path: Path, work: Path
) -> ImportTrial:
    from core.exchange.source import Desk, open_source

    layout, entity = next((draft.layout, draft.entity) for draft in drafts if draft.layout and draft.entity)
    if layout.direction != "import":
        raise DataError("This is a layout for exports.")
    part = readable_part(path, layout, whole=sample.whole, name=sample.name, work=work)
    with workspace.catalogue.session() as session:
        source = open_source(layout, Desk(part, sample.name, entity, session, work, StopToken()))
        walk = _ImportWalk(workspace, source, sample)
        for number, draft in enumerate(drafts, start=1):
            if draft.layout is None or draft.layout.direction != "import" or draft.entity is None:
                continue
            source.turn_to(draft.layout, draft.entity, work / f"pass-{number}")
            _leave_out_missing(draft, source)
            if draft.layout is not None:
                source.take(draft.layout)
                walk.read(draft, number)
        return walk.trial(drafts[chosen])


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
        self._sample = sample
        self._parts: dict[Draft, Part] = {}

    def read(self, draft: Draft, number: int) -> None:
        """Read what one pass takes of the sample."""
        from core.tasks.layout_parts import fold, line_filter
        from core.tasks.parts import Part

        entity, walk = self._source.desk.entity, draft.walk
        part = Part(
            entity,
            f"{_STAGED} {number}",
            f"{_REJECTS} {number}",
            references={column.field: column.references for column in walk.columns},
            columns=self._source.labels(walk.columns),
        )
        result = self._source.read(part.staged, part.rejects, lines=line_filter(walk))
        part.fields, part.read = result.fields, result.accepted
        part.unread, part.skipped = result.rejected, result.skipped
        if walk.repeated == "first" and set(entity.key) <= set(result.fields):
            fold(self._session, part, walk, self._source, name=self._sample.name)
        self._parts[draft] = part

    def trial(self, chosen: Draft) -> ImportTrial:
        """Hold all that was read against each other and the catalogue, and tell of one pass."""
        from core.store.catalogue import check_parts
        from core.tasks.layout_parts import keep_unreadable_once
        from core.tasks.rejects import gather_rejects, read_rejects

        parts = list(self._parts.values())
        keep_unreadable_once(self._session, parts)
        names = {part.entity.name for part in parts}
        for part in parts:
            part.entity = self._checked(part.entity, names)
        # Without its key nothing can be held against a record.
        whole = [part for part in parts if set(part.entity.key) <= set(part.fields)]
        check_parts(self._session, whole, stop=StopToken())
        passes = tuple(
            PassTrial(part.entity.name, part.accepted, part.refused, part.skipped, part.folded.records)
            for part in parts
        )
        shown = self._parts.get(chosen)
        if shown is None:
            return ImportTrial(passes=passes)
        gather_rejects(self._session, [shown], _GATHERED)
        if shown.refused:
            self._source.locate(_GATHERED)
        rejects = read_rejects(self._session, _GATHERED, self._sample.name)[:_SHOWN_REJECTS]
        return ImportTrial(
            fields=shown.fields,
            records=tuple(self._records(shown)),
            rejects=tuple(TriedReject(row.line, row.field, row.column, row.value, row.reason) for row in rejects),
            read=shown.accepted + shown.refused,
            accepted=shown.accepted,
            rejected=shown.refused,
            passes=passes,
        )

    def _checked(self, entity: Entity, names: Collection[str]) -> Entity:
        """The entity; without references into the part of the file that is not here."""
        if self._sample.whole:
            return entity
        fields = {
            name: replace(field, refers_to=None) if field.refers_to in names else field
            for name, field in entity.fields.items()
        }
        return replace(entity, fields=fields)

    def _records(self, part: Part) -> list[tuple[str, ...]]:
        from core.sql import column_list, quoted_name

        rows = self._session.execute(
            f"SELECT {column_list(part.fields)} FROM {quoted_name(part.staged)} ORDER BY _record LIMIT {_SHOWN_RECORDS}"
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
