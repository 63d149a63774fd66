"""Where log lines go: a bounded ring for screens, the journal, and a rotating file.

Nobody who logs ever waits for a screen or a disk: lines for the journal are collected and written by one thread.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING

from core.engine.api import LogLine
from core.errors import EngineError, PendelError
from core.runs import Level
from core.store.journal.records import LogRow
from core.text import clean

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
BACKLOG_LINES = 50_000
"""Lines that may wait for the journal; beyond that they are only in the file, and the journal says so."""
LINE_LENGTH = 2_000
FLUSH_SECONDS = 0.25
FILE_BYTES, FILE_COUNT = 10_000_000, 10


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
    """Puts every line into the ring, and in line for the journal."""

    def __init__(self, ring: LogRing, journal: Journal, redact: Callable[[str], str]) -> None:
        super().__init__(logging.INFO)
        self._ring = ring
        self._journal = journal
        self._redact = redact
        self._waiting: deque[LogRow] = deque()
        self._dropped = 0
        self._counting = threading.Lock()
        self._flushing = threading.Lock()
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._write, name="pendel-log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        text = _line(record, self._redact)
        at = datetime.fromtimestamp(record.created, UTC)
        level = _level(record.levelno)
        task, run = getattr(record, "task", ""), getattr(record, "run", None)
        self._ring.add(at, level, text, task, run)
        if len(self._waiting) < BACKLOG_LINES:
            self._waiting.append(LogRow(at, level, text, task, run))
        else:
            with self._counting:
                self._dropped += 1
        if not self._wake.is_set():
            self._wake.set()

    def close(self) -> None:
        self._closing.set()
        self._wake.set()
        self._thread.join(timeout=10)
        super().close()

    def _write(self) -> None:
        while not self._closing.is_set():
            self._wake.wait()
            # What follows soon goes into the same transaction.
            self._closing.wait(FLUSH_SECONDS)
            self._wake.clear()
            self.flush()
        self.flush()

    def flush(self) -> None:
        """Write what waits for the journal."""
        with self._flushing:
            self._flush()

    def _flush(self) -> None:
        lines = [self._waiting.popleft() for _ in range(len(self._waiting))]
        with self._counting:
            dropped, self._dropped = self._dropped, 0
        if dropped:
            text = f"{dropped:,} lines could not be written into the journal; they are in the log file only."
            lines.append(LogRow(datetime.now(UTC), Level.WARNING, text))
        if not lines:
            return
        try:
            self._journal.logs.add(lines)
        except PendelError:
            # The file has them; the next lines may fit again.
            with self._counting:
                self._dropped += dropped + len(lines) - bool(dropped)


class _FileFormatter(logging.Formatter):
    """One line a record, and a traceback below it where there is one; never a secret."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        run = getattr(record, "run", None)
        who = f"{getattr(record, 'task', '') or record.name}{f' run {run}' if run else ''}"
        lines = [f"{at} {record.levelname.lower():7} {who}: {_line(record, self._redact)}"]
        if record.exc_info:
            lines += map(clean, self._redact(self.formatException(record.exc_info)).splitlines())
        return "\n".join(lines)


class _File(RotatingFileHandler):
    """The log file. A disk that is full must not write over the console; the ring has the lines."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        """Let the line go."""

    def close(self) -> None:
        """Close the file, though what is left may not fit on the disk."""
        with suppress(OSError):
            super().close()


def _line(record: logging.LogRecord, redact: Callable[[str], str]) -> str:
    """The message of a record. Secrets go first: a cut would leave half of one standing."""
    try:
        message = record.getMessage()
    except (TypeError, ValueError, KeyError):
        # A message that does not fit its arguments is a slip in the code; it must not end the run that logs it.
        message = f"{record.msg} {record.args}"
    return clean(redact(message), limit=LINE_LENGTH)


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
            self._file = _File(
                self.path, maxBytes=FILE_BYTES, backupCount=FILE_COUNT, encoding="utf-8", errors="backslashreplace"
            )
        except OSError as error:
            raise EngineError(
                f"The log file {self.path} cannot be written: {error.strerror}.",
                advice="Check the disk, and that this user may write there.",
            ) from error
        self._collector = _Collector(self.ring, journal, redact)
        self._file.setFormatter(_FileFormatter(redact))
        for logger in _OURS:
            logger.setLevel(logging.DEBUG if debug else logging.INFO)
            logger.propagate = False
            for handler in (self._collector, self._file):
                logger.addHandler(handler)
        for name in LIBRARIES:
            library = logging.getLogger(name)
            library.setLevel(logging.WARNING)
            library.propagate = False
            library.addHandler(self._file)

    def flush(self) -> None:
        """Let the journal have every line that was written before this call."""
        self._collector.flush()

    def close(self) -> None:
        """Write what is left, and detach."""
        for name in LIBRARIES:
            logging.getLogger(name).removeHandler(self._file)
        for handler in (self._collector, self._file):
            for logger in _OURS:
                logger.removeHandler(handler)
            handler.close()


def run_log(task: str, run: int) -> logging.LoggerAdapter[logging.Logger]:
    """The log of one run."""
    return logging.LoggerAdapter(LOGGER, {"task": task, "run": run})


def _level(number: int) -> Level:
    if number >= logging.ERROR:
        return Level.ERROR
    if number >= logging.WARNING:
        return Level.WARNING
    return Level.INFO if number >= logging.INFO else Level.DEBUG
