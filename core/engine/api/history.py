"""Runs, what they left behind, and cursors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from core.engine.api.views import LogLine, RunView
    from core.runs import Counts, RunState


@dataclass(frozen=True, slots=True)
class RunQuery:
    """Which runs are looked for; all by default."""

    task: str = ""
    """The id of a task, exactly."""
    states: tuple[RunState, ...] = ()
    since: datetime | None = None
    """Queued at this moment or later."""
    until: datetime | None = None
    """Queued before this moment."""
    words: str = ""
    """Each occurs in the task, type, state, number or message, or in the name of who asked."""


@dataclass(frozen=True, slots=True)
class RunPage:
    """Some runs, the latest first."""

    runs: tuple[RunView, ...]
    next_before: int | None
    """From where the runs before these begin, as ``before``; None where there are no more. A page of a narrow query
    may be empty and not the last."""


@dataclass(frozen=True, slots=True)
class RunFile:
    """A file that a run read or wrote."""

    role: str
    """``source``, ``rejects`` or ``target``."""
    name: str
    location: str
    """Where it came from or went to: the name of a location, or a directory."""
    size: int
    sha256: str
    at: datetime
    kept: Path | None
    """Pendel's own copy; None where it keeps none."""
    is_there: bool
    """Whether that copy is still there: retention takes it away."""


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """The value of one field before and after, as text; None where there is none."""

    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class SampleRecord:
    """One record that a dry run would touch."""

    kind: str
    """``new``, ``changed``, ``restored``, ``archived`` or ``written``."""
    key: str
    changes: tuple[FieldDifference, ...]
    """The fields that would differ; none of a record that would be archived."""
    entity: str = ""
    """Where the file has records of several; of what would be written, the file, where a run writes several."""


@dataclass(frozen=True, slots=True)
class Reject:
    """One rejected record, and why."""

    file: str
    line: int | None
    field: str
    column: str
    value: str
    reason: str
    entity: str = ""
    """Where the file has records of several."""


@dataclass(frozen=True, slots=True)
class RunPart:
    """What an import did to the records of one entity, where it brought those of several."""

    entity: str
    assortment: str
    counts: Counts
    words: str
    """All of it as a phrase."""


@dataclass(frozen=True, slots=True)
class RejectPage:
    """Some rejects of a run, in the order of its files."""

    rejects: tuple[Reject, ...]
    next_start: int | None
    """From where those after these begin, as ``start``; None where there are no more."""


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some lines of the log of a run, oldest first. Their numbers are those of the journal, and last."""

    lines: tuple[LogLine, ...]
    earlier: bool
    """Whether there are lines before these."""


@dataclass(frozen=True, slots=True)
class ArrivedFile:
    """A file of a watched folder that an automatic import dealt with."""

    name: str
    outcome: str
    """``imported``, ``checked`` or ``quarantined``."""
    recognised: str
    """What it was recognised as, in a sentence."""
    message: str
    place: str
    """Where it lies now, in the directory of the location; empty after a dry run."""


@dataclass(frozen=True, slots=True)
class RunDetails:
    """One run, whole; its rejects and its log are asked for in pages."""

    run: RunView
    attempts: int
    """How often it was begun: more than once where Pendel ended in the middle of it."""
    archive_confirmed: bool
    """Whether archiving was confirmed with the start."""
    forced: bool
    """Of a revert: whether it goes over what later runs changed."""
    files: tuple[RunFile, ...]
    samples: tuple[SampleRecord, ...]
    """Of a dry run: some records of each kind that it would touch."""
    rejects_kept: int
    """How many rejects can be asked for; the run may have had more (its counts say so), the rejects file has all."""
    send_again: str
    """What to do with the rejects file once it is mended, in a sentence; empty where nothing was rejected."""
    reverted_by: int | None
    """The run that put back what this one changed."""
    arrived: tuple[ArrivedFile, ...] = ()
    """Of an automatic import: the files that it dealt with, oldest first."""
    parts: tuple[RunPart, ...] = ()
    """By entity, where there are several."""


@dataclass(frozen=True, slots=True)
class RevertPart:
    """What a revert would do to the records of one entity and assortment."""

    entity: str
    assortment: str
    words: str
    """How many records, and what is done to them."""
    conflicts: int


@dataclass(frozen=True, slots=True)
class RevertConflict:
    """A record that a later run changed again."""

    entity: str
    key: str
    changed_by_run: int | None
    """The last run that changed it; None where it is gone."""


@dataclass(frozen=True, slots=True)
class RevertOutlook:
    """What a revert would do now."""

    run: int
    words: str
    parts: tuple[RevertPart, ...]
    conflicts: int
    """How many records later runs changed again; with any, a revert must be forced."""
    samples: tuple[RevertConflict, ...]
    """The first of them."""


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How one run of a task ended."""

    run: int
    state: RunState
    at: datetime
    """When it began, or was queued where it never did."""
    seconds: float | None
    """How long it took; None where it never began."""


@dataclass(frozen=True, slots=True)
class CursorView:
    """Up to which moment a task has seen changes (T11)."""

    moment: datetime
    set_by: str
    """``run``, or who set it by hand."""
    set_at: datetime
    run: int | None


class HistoryApi(Protocol):
    """Runs, what they left behind, and cursors."""

    def runs(self, query: RunQuery, *, before: int | None = None, limit: int = 100) -> RunPage:
        """Return the latest runs whose number is smaller than ``before``, those that are going among them."""

    def run(self, run_id: int) -> RunDetails:
        """Return one run, whole.

        Raises:
            Refused: there is no such run, or it is past retention.
        """

    def rejects(self, run_id: int, *, start: int = 0, limit: int = 200) -> RejectPage:
        """Return the rejects of a run, without the first ``start``."""

    def log(self, run_id: int, *, before: int | None = None, after: int | None = None, limit: int = 200) -> LogPage:
        """Return the latest lines of a run before a number, or the first ones after one."""

    def outcomes(self, task_id: str, limit: int = 40) -> tuple[RunOutcome, ...]:
        """Return how the last runs of a task ended, oldest first; dry runs and reverts are left out."""

    def revert_outlook(self, run_id: int) -> RevertOutlook:
        """Return what reverting a run would do, without doing it.

        Raises:
            Refused: it was reverted before, or nothing is known of what it changed.
        """

    def cursor(self, task_id: str) -> CursorView | None:
        """Return the cursor of a task; None where it has seen nothing yet."""

    def set_cursor(self, task_id: str, moment: datetime | None) -> None:
        """Set, or with ``None`` forget, the moment up to which a task has seen changes.

        Raises:
            Refused: the task is unknown, is no export or has a run that has not ended; or the moment has not come yet.
        """
