"""Tasks, runs and the log as a screen shows them: immutable, clean text, times in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.engine.api.rights import Right
from core.runs import NO_COUNTS, Counts, Level, Progress, RunState, Trigger

if TYPE_CHECKING:
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
    type: str = ""
    """The type of its task, or ``revert``."""
    reverts: int | None = None
    """The run whose changes it puts back."""
    braked: bool = False
    """The brake on archiving stopped it: started with archiving confirmed, it would be carried out (IM7)."""


@dataclass(frozen=True, slots=True)
class ChainLink:
    """Another task that one builds on, or that builds on it."""

    task: str
    sequence: int
    steps: int
    """How far it is away: -1 comes right before, 2 comes after what comes right after."""
    why: str = ""
    """What joins the two, where nothing stands between them."""
    wrong: str = ""
    """What is wrong where their order contradicts that."""


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
    chain: tuple[ChainLink, ...] = ()
    """The tasks that this one builds on, and those that build on it, in order; the nearest of them where many do."""


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
    right: Right = Right.ADMINISTER
    """What whoever looks at this may do."""
    notice: str = ""
    """What the operator should know of the engine itself, such as a configuration that could not be reloaded."""
    attached: bool = False
    """The engine is a process of its own: it goes on when whoever looks at it leaves."""
    answers: bool = True
    """Whether that engine answers; where not, this is what it last told."""
    planned: bool = True
    """Whether the engine has planned: before, no task has its next moment yet."""
    history: int = 0
    """Rises whenever the history has something new: a run ended or was renamed, or one changed whose task is gone."""

    @property
    def read_only(self) -> bool:
        """Whether nothing may be changed."""
        return self.right is Right.VIEW

    @property
    def running(self) -> int:
        """How many runs are going."""
        return sum(1 for task in self.tasks if task.run and task.run.state in (RunState.RUNNING, RunState.STOPPING))
