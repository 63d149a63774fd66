"""Files and locations: looking into them, testing them, trying a layout on a file (:mod:`core.engine.api.files`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.engine.api.files import FieldProposal
from core.engine.api.rights import Right
from core.engine.desks import feed_trials, looking, trials
from core.engine.desks.location_tests import LocationTests
from core.engine.desks.places import Places
from core.engine.desks.samples import Samples
from core.errors import Refused
from core.text import clean, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import JsonValue

    from core.engine.api.files import (
        ExportTrial,
        FeedTrial,
        ImportTrial,
        Listing,
        PlaceView,
        RawRows,
        Recognised,
        ReportTrial,
        SampleView,
    )
    from core.engine.door import Door


_MOST_COLUMNS = 1000
"""Of a file, for which fields are proposed."""


class FilesDesk(LocationTests):
    """Files and locations: looking into them, testing them, and trying a layout on a file, as one actor may."""

    def __init__(self, door: Door) -> None:
        super().__init__(door)
        self._door = door
        self._places = Places(door.engine.workspace)
        self._samples = Samples(door.engine.workspace, self._places)

    def places(self) -> Sequence[PlaceView]:
        """Return where files can be looked for."""
        self._door.require(Right.ADMINISTER)
        return self._places.all()

    def browse(self, place: str, directory: str = "", *, limit: int = 1000) -> Listing:
        """Return what is in a directory of a place."""
        self._door.require(Right.ADMINISTER)
        return self._places.browse(place, directory, limit)

    def sample(self, place: str, path: str) -> SampleView:
        """Take the beginning of a file."""
        with self._door.command("file.look", f"{clean(path)} ({clean(place)})", needs=Right.ADMINISTER):
            return self._samples.take(place, path)

    def forget_sample(self, sample: str) -> None:
        """Delete a sample."""
        self._samples.forget(sample)

    def recognise(self, sample: str) -> Recognised:
        """Return how the file seems to be written."""
        self._door.require(Right.ADMINISTER)
        with self._samples.use(sample) as (view, path, work):
            return looking.recognise(path, work, view, self._door.engine.workspace.config)

    def rows(self, sample: str, file: dict[str, JsonValue], format: str = "csv") -> RawRows:  # noqa: A002 - the setting's name
        """Return the first records as these settings read them."""
        self._door.require(Right.ADMINISTER)
        layout = looking.reading_of(file, format)
        with self._samples.use(sample) as (view, path, work):
            part = looking.readable_part(path, layout, whole=view.whole, name=view.name, work=work)
            return looking.rows_of(part, layout, name=view.name, work=work)

    def propose(self, entity: str, columns: Sequence[str]) -> Sequence[FieldProposal]:
        """Return the fields of an entity that columns of these names may be meant for."""
        from core.exchange.matching import propose_fields

        self._door.require(Right.ADMINISTER)
        config = self._door.engine.workspace.config
        if entity not in config.entities:
            near = nearest(entity, config.entities)
            raise Refused(
                f"There is no entity {clean(entity, limit=70)!r}.", advice=f"Did you mean {near!r}?" if near else ""
            )
        found = propose_fields(columns[:_MOST_COLUMNS], config.entities[entity], config.engine.languages)
        return [FieldProposal(match.column + 1, match.field, match.why) for match in found]

    def try_import(self, sample: str, layout: dict[str, JsonValue], chosen: int = 0) -> ImportTrial:
        """Return what an import with a layout would make of the sample."""
        self._door.require(Right.ADMINISTER)
        with self._samples.use(sample) as (view, path, work):
            return trials.try_import(self._door.engine.workspace, view, path, layout, work, chosen)

    def try_export(self, layout: dict[str, JsonValue]) -> ExportTrial:
        """Return the first records of the catalogue as a layout writes them."""
        self._door.require(Right.ADMINISTER)
        with self._samples.work_dir() as work:
            return trials.try_export(self._door.engine.workspace, layout, work)

    def try_report(self, layout: dict[str, JsonValue], task: dict[str, JsonValue], *, width: int = 80) -> ReportTrial:
        """Return a report as text of that width, as it would be now."""
        from core.engine.desks.report_trials import try_report

        self._door.require(Right.OPERATE)
        return try_report(self._door.engine.workspace, layout, task, width)

    def try_feed(self, layout: dict[str, JsonValue]) -> FeedTrial:
        """Return the document that a feed layout makes of the first record of the catalogue."""
        self._door.require(Right.ADMINISTER)
        return feed_trials.try_feed(self._door.engine.workspace, layout)
