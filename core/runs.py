"""What a run is, in the words that the journal, the engine and every screen share."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class RunState(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    """Accepted, and not looked at yet."""
    WAITING = "waiting"
    """For a slot, a lower sequence number, another task or the lock of an entity."""
    RUNNING = "running"
    STOPPING = "stopping"
    """A stop was asked for, and takes effect at the end of the block."""
    INTERRUPTED = "interrupted"
    """The process ended while it ran; it will be resumed or closed."""
    SUCCEEDED = "succeeded"
    WARNINGS = "warnings"
    """Succeeded with warnings."""
    FAILED = "failed"
    STOPPED = "stopped"
    SKIPPED = "skipped"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self in _ENDED

    @property
    def good(self) -> bool:
        """Whether the run did what it was to do."""
        return self in (RunState.SUCCEEDED, RunState.WARNINGS)


_ENDED = frozenset({RunState.SUCCEEDED, RunState.WARNINGS, RunState.FAILED, RunState.STOPPED, RunState.SKIPPED})


class Trigger(StrEnum):
    """Why there is a run."""

    PLANNED = "planned"
    MISSED = "missed"
    """Due while Pendel was not running, and made up for."""
    AFTER = "after"
    """Another task ended."""
    ARRIVAL = "arrival"
    """A file arrived in the folder of the task."""
    MANUAL = "manual"
    REVERT = "revert"
    """Puts back what another run changed."""


IMPORTS = ("import", "auto-import", "artconnect-invoices", "import-etim", "import-2ba")
"""The types of tasks whose runs bring files into the catalogue, and can be reverted."""
FLOWS = ("flow", "import-opportunities", "update-contacts")
"""The types of tasks that bring records from one system to another."""
FOLLOW_CHANGES = (
    "export", "feed", "export-artikelbeheer", "artconnect-invoices", "artconnect-users", "import-2ba", *FLOWS,
)  # fmt: skip
"""The types of tasks that can have a cursor (T11)."""
TAKE_ASSORTMENT = ("export-artikelbeheer",)
"""The types of tasks of which a run by hand may be for an assortment of choice."""


class Level(StrEnum):
    """How grave a line of the log is."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Counts:
    """What a run did, in records. Of an import, read + rejected is the number of records in its files."""

    read: int = 0
    """Accepted: each is new, changed, unchanged or restored."""
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    archived: int = 0
    restored: int = 0
    rejected: int = 0
    written: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(mine + theirs for mine, theirs in zip(self.values(), other.values(), strict=True)))

    def values(self) -> tuple[int, ...]:
        """The counts in the order of their declaration."""
        return tuple(asdict(self).values())

    def in_words(self) -> str:
        """The counts that are not zero: ``1,000 read, 12 changed``."""
        return ", ".join(f"{value:,} {name}" for name, value in asdict(self).items() if value)


NO_COUNTS = Counts()


def changes_records(run_type: str, counts: Counts) -> bool:
    """Whether a run changed records of the catalogue, by its type; of an export or a flow, by what it counted."""
    if run_type in FLOWS:
        # Counted of what the catalogue took; what another system took is not Pendel's to put back.
        return counts.written > 0
    return run_type in (*IMPORTS, "etl", "revert", "superoffice") or (run_type == "export" and counts.archived > 0)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is in its present step."""

    step: str
    done: int = 0
    total: int = 0
    """Zero where it is not known."""
    unit: str = ""
    """``bytes``, ``rows`` or ``blocks``."""
    since: datetime | None = None
    """The start of the step."""
    block: int = 0
    """How many make up a block, at whose end a stop takes effect; zero where it takes effect at once."""

    @property
    def block_number(self) -> int:
        """The block that is being worked on, from 1."""
        return self.done // self.block + 1 if self.block else 0

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return -(-self.total // self.block) if self.block else 0

    @property
    def block_end(self) -> int:
        """How much will be done at the end of the block that is being worked on."""
        return min(self.total, self.block_number * self.block)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asked for something: an operating system user, and from where."""

    user: str
    terminal: str = ""

    def __str__(self) -> str:
        return f"{self.user} ({self.terminal})" if self.terminal else self.user


ENGINE = Actor("pendel")
"""The engine itself: what it does by plan."""
