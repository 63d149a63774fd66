"""What a console knows of an engine: commands down, immutable snapshots up.

Commands return at once: they are accepted, or refused by raising :class:`core.errors.Refused` with a reason that can be
shown. Nothing here waits for a run, and no call is slow enough to be felt at a key press.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from core.runs import NO_COUNTS, Counts, Level, Progress, RunState, Trigger

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class RunView:
    """One run as a screen shows it. All text is clean; all times are aware, in UTC."""

    id: int
    task: str
    state: RunState
    trigger: Trigger
    requested_by: str
    queued_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    waits_for: str = ""
    """What a waiting run waits for, in words."""
    progress: Progress | None = None
    counts: Counts = NO_COUNTS
    message: str = ""
    """The outcome, or what went wrong and what to do, in a sentence or two."""
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class TaskView:
    """One task as a screen shows it."""

    id: str
    type: str
    description: str
    active: bool
    sequence: int
    frequency: str
    """In words."""
    system: bool
    """A task of Pendel's own; it cannot be edited or deleted."""
    next_run: datetime | None
    run: RunView | None
    """The run that is queued, waiting or running."""
    last_run: RunView | None
    """The latest run that ended; dry runs do not count."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the log; clean text on one line."""

    number: int
    """Rises by one with every line of this engine."""
    at: datetime
    level: Level
    text: str
    task: str = ""
    run: int | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of the engine at one moment."""

    revision: int
    """Rises whenever something that is shown changed."""
    tasks: tuple[TaskView, ...]
    """In the order of their sequence numbers; system tasks first."""
    log_number: int
    """The number of the latest line of the log; 0 before the first."""
    config_path: str
    zone: ZoneInfo
    read_only: bool = False
    notice: str = ""
    """What the operator should know of the engine itself, such as a configuration that could not be reloaded."""

    @property
    def running(self) -> int:
        """How many runs are going."""
        return sum(1 for task in self.tasks if task.run and task.run.state in (RunState.RUNNING, RunState.STOPPING))


class EngineApi(Protocol):
    """An engine as a console uses it."""

    def snapshot(self, since: int = -1) -> Snapshot | None:
        """Return the present state, or ``None`` where nothing changed since that revision."""

    def log_after(self, number: int, limit: int = 1000) -> Sequence[LogLine]:
        """Return the latest ``limit`` lines with a higher number, oldest first; those that left the ring are gone."""

    def runs(self, task: str | None = None, limit: int = 100) -> Sequence[RunView]:
        """Return runs, the latest first, from the journal."""

    def start_tasks(
        self, task_ids: Sequence[str], *, dry_run: bool = False, confirm_archive: bool = False
    ) -> list[int]:
        """Queue a run of each task, in sequence order, and return their numbers.

        ``confirm_archive`` lifts the brake on archiving (IM7) for these runs.
        """

    def stop_runs(self, run_ids: Sequence[int]) -> None:
        """Ask runs to stop: at once where they safely can, else at the end of the block."""

    def set_active(self, task_ids: Sequence[str], active: bool) -> None:
        """Switch tasks on or off, in the file and in the plan."""

    def revert_run(self, run_id: int, *, force: bool = False) -> int:
        """Queue a run that puts back what an import changed; return its number."""

    def reload(self) -> None:
        """Read the configuration again and plan anew."""

    def shutdown(self, *, stop_runs: bool) -> None:
        """Start nothing more; stop the runs that are going, or wait for them; then close."""
