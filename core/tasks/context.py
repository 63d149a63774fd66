"""What a run is handed by the engine, and all that its walk may use."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from core.runs import NO_COUNTS, Counts, Progress, RunState
from core.text import clean

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from core.config.model import Config
    from core.config.secrets import SecretReader
    from core.redaction import Redactor
    from core.stop import StopToken
    from core.store.catalogue import Catalogue
    from core.store.journal import Journal
    from core.store.journal.records import RejectRow
    from core.tasks.letters import Letter
    from core.tasks.turns import Turns

NO_PROGRESS = Progress("")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a walk that came to its end ended."""

    message: str
    state: RunState = RunState.SUCCEEDED
    counts: Counts = NO_COUNTS
    details: Mapping[str, Any] = field(default_factory=dict)
    """What the type of task tells beside the counts; kept as JSON."""


@dataclass(slots=True)
class RunContext:
    """One attempt to carry out one run.

    Everything that takes long looks at ``stop``; everything that another attempt must know is put into ``checkpoint``.
    """

    run: int
    fence: int
    task: str
    """The id of the task."""
    config: Config
    journal: Journal
    catalogue: Catalogue
    stop: StopToken
    log: logging.LoggerAdapter[logging.Logger]
    spool: Path
    """A directory of this run; it outlives a crash and is cleaned up by retention."""
    secrets: SecretReader
    report: Callable[[Progress], None]
    """Tells the engine how far the run is."""
    now: Callable[[], datetime]
    turns: Turns
    """Shared by the runs of the engine."""
    send: Callable[[str, Letter], None]
    """Tells a target of ``[alerts.targets]`` something.

    Raises:
        PendelError: it did not take it.
    """
    redactor: Redactor
    """Learns the secrets that a run uses, so that no message has them."""
    dry_run: bool = False
    resuming: bool = False
    """An earlier attempt was interrupted; ``checkpoint`` says how far it came."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """What was asked for with the start, such as ``confirm_archive``."""
    checkpoint: dict[str, Any] = field(default_factory=dict)
    counts: Counts = NO_COUNTS
    """What was done so far, for a run that is stopped or fails."""
    details: dict[str, Any] = field(default_factory=dict)
    """What a run that is stopped or fails wants to tell beside the counts."""
    rejects_before: list[RejectRow] = field(default_factory=list)
    """The rejects of files that the run dealt with before this walk; the journal has all of a run's in one go."""
    progress: Progress = NO_PROGRESS
    """What was reported last."""

    def save_checkpoint(self) -> None:
        """Make what stands in ``checkpoint`` survive a crash."""
        if not self.dry_run:
            self.journal.runs.set_checkpoint(self.run, self.checkpoint)

    def step(self, step: str, *, total: int = 0, unit: str = "", block: int = 0) -> Callable[[int, int], None]:
        """Begin a step, and return what is called with (done, total) while it goes on.

        ``block`` is how many are done at a time, where a stop waits for the end of that.
        """
        since = datetime.now(UTC)

        def advance(done: int, of: int = total) -> None:
            self.progress = Progress(step, done, of, unit, since, block)
            self.report(self.progress)

        advance(0)
        return advance

    def note_file(
        self,
        role: Literal["source", "rejects", "target"],
        name: str,
        location: str,
        *,
        size: int,
        sha256: str,
        kept: Path | None = None,
    ) -> None:
        """Write a file that the run read or wrote into the journal; ``kept`` is Pendel's own copy of it."""
        from core.store.journal.records import FileRow

        spooled = str(kept.relative_to(self.config.data_dir)) if kept is not None else ""
        self.journal.files.add(self.run, FileRow(role, clean(name), location, size, sha256, self.now(), spooled))

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Read, compare or select many records inside the ``with`` block; few runs do so at a time.

        Nothing in there may wait for others, nor ask for a turn. Writing needs none: the catalogue has one writer.

        Raises:
            StopRequested: a stop was asked for before the turn came.
        """
        before = self.progress

        def waits() -> None:
            self.report(replace(before, step=f"{before.step}, waiting for other runs"))

        with self.turns.turn(self.run, self.stop, waits):
            self.report(before)
            yield

    @property
    def known_hosts(self) -> Path:
        """Pendel's own file of SSH host keys."""
        return self.config.known_hosts_file

    @contextmanager
    def work_dir(self, name: str) -> Iterator[Path]:
        """Make a directory for what is needed only inside the ``with`` block."""
        import shutil

        path = self.spool / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)


@dataclass(slots=True)
class InnerContext(RunContext):
    """A part of a run: its own checkpoint, counts, details and spool inside those of the run."""

    save: Callable[[], None] = field(default=lambda: None)

    @classmethod
    def of(
        cls, context: RunContext, *, spool: Path, checkpoint: dict[str, Any], save: Callable[[], None]
    ) -> InnerContext:
        """Return the context of a part; ``save`` saves the checkpoint of the run, in which its own lies."""
        own: dict[str, Any] = {each.name: getattr(context, each.name) for each in fields(context)}
        spool.mkdir(exist_ok=True)
        return cls(**{**own, "spool": spool, "checkpoint": checkpoint, "details": {}, "save": save})

    def save_checkpoint(self) -> None:
        """Save the checkpoint of the run, in which this one lies."""
        self.save()
