"""Files and locations: looking into them, testing them, and trying a layout on a file.

A console never reads a file itself: the engine takes a sample of it, and everything else is asked of that sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from core.engine.api.location_tests import LocationTestsApi

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pydantic import JsonValue


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A place where files can be looked for."""

    id: str
    """``uploads``, ``machine``, or ``location NAME``."""
    title: str
    protocol: str
    directory: str


@dataclass(frozen=True, slots=True)
class EntryView:
    """A file or directory."""

    path: str
    """To ask for it by; it may hold what must not be shown."""
    name: str
    """Clean text."""
    directory: bool
    size: int
    """Bytes; 0 for a directory."""
    modified: datetime | None


@dataclass(frozen=True, slots=True)
class Listing:
    """What is in a directory: its directories by name, then its files, the latest first."""

    place: str
    directory: str
    """Empty for the one that the place begins at."""
    title: str
    """The directory in clean text."""
    entries: tuple[EntryView, ...]
    left_out: int
    """How many more there are."""
    notes: tuple[str, ...] = ()
    """Why names were left out, in sentences."""


@dataclass(frozen=True, slots=True)
class SampleView:
    """The beginning of a file, which the engine keeps for looking into."""

    id: str
    name: str
    """Of the file, in clean text."""
    place: str
    path: str
    size: int
    """Bytes of the file."""
    read: int
    """Bytes of the sample."""

    @property
    def whole(self) -> bool:
        """Whether the sample is the whole file."""
        return self.read == self.size


@dataclass(frozen=True, slots=True)
class Recognised:
    """How a file seems to be written."""

    file: dict[str, JsonValue]
    """Settings as ``file`` of a layout takes them."""
    format: str
    """Empty where it has no columns."""
    doubts: tuple[str, ...]
    """What could be otherwise, in sentences."""
    about: tuple[tuple[str, str], ...] = ()
    """What a file of an industry format is about, as names and texts."""


@dataclass(frozen=True, slots=True)
class ColumnView:
    """One column of a file, and what stands in it in the first records."""

    position: int
    """From 1."""
    reference: str | int
    """What a layout calls it: its name where that is the only one of its kind and harmless, else its position."""
    title: str
    """Clean text: the name, or the position."""
    filled: int
    """How many of the records that were looked at have a value in it."""
    values: tuple[tuple[str, int], ...]
    """The commonest values, each with the number of records that have it; those that may be shown as they are."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """One record of a file as its cells, in clean text; or why it cannot be read."""

    line: int
    cells: tuple[str, ...]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class RawRows:
    """The first records of a file, as it is recognised."""

    columns: tuple[ColumnView, ...]
    rows: tuple[RawRow, ...]
    records: int
    """In the sample."""
    unreadable: int
    """Of them."""


@dataclass(frozen=True, slots=True)
class FieldProposal:
    """A field that a column may be meant for."""

    column: int
    """The position of the column, from 1."""
    field: str
    why: str
    """Such as ``a Dutch word for it``."""


@dataclass(frozen=True, slots=True)
class LayoutProblem:
    """One thing that is wrong with a layout, in a clean sentence."""

    message: str
    column: int | None = None
    """The position in the layout's columns, from 0; None where it is about the layout as a whole."""


@dataclass(frozen=True, slots=True)
class TriedReject:
    """Why a record would be rejected; clean text."""

    line: int | None
    field: str
    column: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class PassTrial:
    """What one pass of a layout would take of the sample of a file."""

    entity: str
    accepted: int
    rejected: int
    skipped: int
    """Lines without a record for it."""
    repeated: int
    """Records that are on an earlier line too."""


@dataclass(frozen=True, slots=True)
class ImportTrial:
    """What an import with a layout would make of the sample of a file."""

    fields: tuple[str, ...] = ()
    records: tuple[tuple[str, ...], ...] = ()
    """The first records, each with its fields in clean text."""
    rejects: tuple[TriedReject, ...] = ()
    """The first of them."""
    read: int = 0
    """Records of the sample, or of one pass over it; ``accepted + rejected == read``."""
    accepted: int = 0
    rejected: int = 0
    left_out: int = 0
    """Columns of the layout that were left out because something is wrong with them."""
    passes: tuple[PassTrial, ...] = ()
    """What each pass takes; one, where the layout has no passes."""
    problems: tuple[LayoutProblem, ...] = ()
    failure: str = ""
    """Why the file as a whole cannot be read."""


@dataclass(frozen=True, slots=True)
class ExportTrial:
    """The first records of the catalogue as a layout writes them."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    lines: tuple[str, ...] = ()
    """The lines of the file, in clean text."""
    records: int = 0
    """How many the catalogue has."""
    left_out: int = 0
    """Columns of the layout that were left out because something is wrong with them."""
    problems: tuple[LayoutProblem, ...] = ()
    failure: str = ""
    """Why nothing can be written."""


@dataclass(frozen=True, slots=True)
class FeedTrial:
    """The document that a feed layout makes of the first record of the catalogue."""

    lines: tuple[str, ...] = ()
    """The document, an element or a member a line, in clean text."""
    records: int = 0
    """How many records of the entity the catalogue has."""
    failure: str = ""
    """Why it cannot be shown."""


LOOKED_AT = 1000
"""Records of a sample from which the values of its columns are told."""


@dataclass(frozen=True, slots=True)
class ReportTrial:
    """A report as it would be."""

    lines: tuple[str, ...] = ()
    """Clean text."""
    problems: tuple[str, ...] = ()
    """Why there is none, in sentences."""


class FilesApi(LocationTestsApi, Protocol):
    """Files and locations: looking into them, testing them, and trying a layout on a file.

    What reads files serves those who change settings and needs the right to administer. A layout is given as the table
    of the configuration that it would be.
    """

    def places(self) -> Sequence[PlaceView]:
        """Return where files can be looked for: the upload directory, the locations, this machine."""

    def browse(self, place: str, directory: str = "", *, limit: int = 1000) -> Listing:
        """Return what is in a directory of a place.

        Raises:
            Refused: there is no such place, or it keeps secrets.
            TransferError, ConnectionFailed: it cannot be looked into.
        """

    def sample(self, place: str, path: str) -> SampleView:
        """Take the beginning of a file, about 256 kB of it, and keep it until some other files were taken.

        An Excel workbook or a Parquet file is taken whole, up to 32 MB.

        Raises:
            Refused: the file is, or holds, a secret.
            TransferError, ConnectionFailed: it cannot be read.
        """

    def forget_sample(self, sample: str) -> None:
        """Delete a sample; one that is gone already is no fault."""

    def recognise(self, sample: str) -> Recognised:
        """Return how the file seems to be written.

        Raises:
            DataError: it is empty, or of no kind that is known.
            Refused: the sample is gone.
        """

    def rows(self, sample: str, file: dict[str, JsonValue], format: str = "csv") -> RawRows:  # noqa: A002 - the setting's name
        """Return the first records as these settings read them.

        Raises:
            DataError: the settings do not go with the file, or are none.
            Refused: the sample is gone.
        """

    def propose(self, entity: str, columns: Sequence[str]) -> Sequence[FieldProposal]:
        """Return the fields of an entity that columns of these names may be meant for."""

    def try_import(self, sample: str, layout: dict[str, JsonValue], chosen: int = 0) -> ImportTrial:
        """Return what an import with a layout would make of the sample; nothing is kept.

        Of a layout with passes, the records and rejects are those of the ``chosen`` one, from 0.

        Raises:
            Refused: the sample is gone.
        """

    def try_export(self, layout: dict[str, JsonValue]) -> ExportTrial:
        """Return the first records of the catalogue as a layout writes them."""

    def try_report(self, layout: dict[str, JsonValue], task: dict[str, JsonValue], *, width: int = 80) -> ReportTrial:
        """Return a report as text of that width, as it would be now; nothing is sent.

        ``task`` holds the settings of the task that is to make it; none where there is only the layout yet. The
        queries may take as long as the layout allows.
        """

    def try_feed(self, layout: dict[str, JsonValue]) -> FeedTrial:
        """Return the document that a feed layout makes of the first record of the catalogue."""
