"""Where log lines go: a bounded ring for screens, the journal, and a rotating file.

Nobody who logs ever waits for a screen or a disk: one thread writes into the journal and one into the file. A run that
logs in a loop is cut short, for nobody reads thousands of lines a second, and they would drive those of all others out.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from core.engine.api import LogLine
from core.engine.log_file import FileLine, LogFile, line_of, source_of
from core.engine.log_writing import LINES_PER_SECOND, Shares, Writer
from core.errors import EngineError, PendelError
from core.runs import Level
from core.store.journal.records import LogRow
from core.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.store.journal import Journal

LOGGER = logging.getLogger("pendel")
_OURS = (LOGGER, logging.getLogger("core"))
"""The parts below the engine log under the names of their modules."""
LIBRARIES = ("apscheduler", "paramiko", "py.warnings")
"""Loggers of libraries whose warnings go to the file."""

RING_LINES = 20_000
FLUSH_SECONDS = 0.25


class LogRing:
    """The latest lines of the log, for any number of readers."""

    def __init__(self) -> None:
        self._lines: deque[LogLine] = deque(maxlen=RING_LINES)
        self._lock = threading.Lock()
        self._number = 0

    @property
    def number(self) -> int:
        """The number of the latest line."""
        return self._number

    def add(self, at: datetime, level: Level, text: str, task: str, run: int | None) -> None:
        """Append a line."""
        with self._lock:
            self._number += 1
            self._lines.append(LogLine(self._number, at, level, text, task, run))

    def after(self, number: int, limit: int) -> list[LogLine]:
        """Return the latest ``limit`` lines with a higher number, oldest first."""
        with self._lock:
            wanted = min(self._number - number, limit, len(self._lines))
            return list(islice(self._lines, len(self._lines) - wanted, None)) if wanted > 0 else []


class _Collector(logging.Handler):
    """Puts every line into the ring, and in line for the journal and the file."""

    def __init__(self, ring: LogRing, journal: Journal, file: LogFile, redact: Callable[[str], str]) -> None:
        super().__init__(logging.DEBUG)
        self._ring = ring
        self._journal = journal
        self._file = file
        self._redact = redact
        self._shares = Shares()
        self._rows: Writer[LogRow] = Writer("pendel-log", self._into_journal, pause=FLUSH_SECONDS, again=self._look)

    def emit(self, record: logging.LogRecord) -> None:
        self._tell_of_left_out(record.created)
        if not self._shares.admits(record):
            self._rows.wake()
            return
        line = line_of(record, self._redact)
        if record.levelno >= logging.INFO:
            task, run = getattr(record, "task", ""), getattr(record, "run", None)
            self._keep(LogRow(datetime.fromtimestamp(record.created, UTC), _level(record.levelno), line, task, run))
        self._file.put_record(record, line)

    def _keep(self, row: LogRow) -> None:
        self._ring.add(row.at, row.level, row.text, row.task, row.run)
        self._rows.put(row)

    def _tell_of_left_out(self, now: float) -> None:
        for task, run, number in self._shares.left_out(now):
            text = (
                f"{counted(number, 'line')} left out here, and kept nowhere: they were more than"
                f" {LINES_PER_SECOND:,} a second."
            )
            row = LogRow(datetime.fromtimestamp(now, UTC), Level.WARNING, text, task, run)
            self._keep(row)
            self._file.put(FileLine(now, "warning", source_of(LOGGER.name, task, run), text))

    def _look(self, *, end: bool = False) -> bool:
        """Tell of what was left out, once its second is over or at the ``end``; return whether more is to be told."""
        if self._shares.exceeded:
            self.acquire()
            try:
                self._tell_of_left_out(time.time() + end)
            finally:
                self.release()
        return self._shares.exceeded

    def flush(self) -> None:
        """Let the journal have every line that was written before this call."""
        self._rows.flush()

    def close(self) -> None:
        self._look(end=True)
        self._rows.close()
        super().close()

    def _into_journal(self, lines: list[LogRow], dropped: int) -> int:
        rows = lines
        if dropped:
            text = f"{counted(dropped, 'line')} could not be written into the journal; they are in the log file only."
            rows = [*lines, LogRow(datetime.now(UTC), Level.WARNING, text)]
        try:
            self._journal.logs.add(rows)
        except PendelError:
            # The file has them; the next lines may fit again.
            return dropped + len(lines)
        return 0


class LogSinks:
    """Attaches the sinks of one engine to the loggers, until it is closed.

    Raises:
        EngineError: the log file cannot be written.
    """

    def __init__(self, directory: Path, journal: Journal, redact: Callable[[str], str], *, debug: bool = False) -> None:
        self.ring = LogRing()
        self.path = directory / "pendel.log"
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._file = LogFile(self.path, redact)
        except OSError as error:
            raise EngineError(
                f"The log file {self.path} cannot be written: {error.strerror}.",
                advice="Check the disk, and that this user may write there.",
            ) from error
        self._collector = _Collector(self.ring, journal, self._file, redact)
        for logger in _OURS:
            logger.setLevel(logging.DEBUG if debug else logging.INFO)
            logger.propagate = False
            logger.addHandler(self._collector)
        for name in LIBRARIES:
            library = logging.getLogger(name)
            library.setLevel(logging.WARNING)
            library.propagate = False
            library.addHandler(self._file)

    def flush(self) -> None:
        """Let the journal and the file have every line that was written before this call."""
        self._collector.flush()
        self._file.lines.flush()

    def close(self) -> None:
        """Write what is left, and detach."""
        for name in LIBRARIES:
            logging.getLogger(name).removeHandler(self._file)
        for logger in _OURS:
            logger.removeHandler(self._collector)
        self._collector.close()
        self._file.close()


def run_log(task: str, run: int) -> logging.LoggerAdapter[logging.Logger]:
    """The log of one run."""
    return logging.LoggerAdapter(LOGGER, {"task": task, "run": run})


def _level(number: int) -> Level:
    if number >= logging.ERROR:
        return Level.ERROR
    if number >= logging.WARNING:
        return Level.WARNING
    return Level.INFO if number >= logging.INFO else Level.DEBUG
