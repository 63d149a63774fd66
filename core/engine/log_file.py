"""The log file."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING, NamedTuple

from core.engine.log_writing import Writer
from core.redaction import traceback_without_words
from core.text import clean, counted

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

FILE_BYTES, FILE_COUNT = 10_000_000, 10
LINE_LENGTH = 2_000
_PAUSE = 0.02
"""Seconds in which what comes is written together."""


class FileLine(NamedTuple):
    """What is written of one record."""

    at: float
    level: str
    who: str
    text: str
    traceback: Sequence[str] = ()

    def __str__(self) -> str:
        moment = datetime.fromtimestamp(self.at, UTC).isoformat(timespec="microseconds")
        line = f"{moment.removesuffix('+00:00')}Z {self.level:7} {self.who}: {self.text}"
        return "\n".join((line, *self.traceback, ""))


class LogFile(RotatingFileHandler):
    """The log file: one line a record, and below it where a fault came from; never a secret, nor what a fault says.

    A disk that is full must not write over the console: what does not fit is let go, the ring has the lines.
    """

    def __init__(self, path: Path, redact: Callable[[str], str]) -> None:
        super().__init__(path, encoding="utf-8", errors="backslashreplace", backupCount=FILE_COUNT)
        self._redact = redact
        self._size = path.stat().st_size
        self.lines: Writer[FileLine] = Writer("pendel-log-file", self._write, pause=_PAUSE)

    def emit(self, record: logging.LogRecord) -> None:
        """Have a record written."""
        self.put_record(record, line_of(record, self._redact))

    def put_record(self, record: logging.LogRecord, text: str) -> None:
        """Have a record written whose message is this text."""
        who = source_of(record.name, getattr(record, "task", ""), getattr(record, "run", None))
        traceback: list[str] = []
        if record.exc_info and record.exc_info[1] is not None:
            lines = traceback_without_words(record.exc_info[1])
            traceback = [clean(self._redact(line)) for line in lines]
        self.put(FileLine(record.created, record.levelname.lower(), who, text, traceback))

    def put(self, line: FileLine) -> None:
        """Have a line written."""
        self.lines.put(line)

    def _write(self, lines: list[FileLine], dropped: int) -> int:
        texts = [str(line) for line in lines]
        if dropped:
            words = f"{counted(dropped, 'line')} are missing here: the disk did not keep up."
            texts.append(str(FileLine(time.time(), "warning", "pendel", words)))
        with suppress(OSError, ValueError):
            for block in self._blocks(texts):
                if self.stream is None:
                    self.stream = self._open()
                self.stream.write(block)
            if self.stream is not None:
                self.stream.flush()
        return 0

    def _blocks(self, texts: Iterable[str]) -> Iterator[str]:
        """Yield what is written at once, and begin a new file where one is full."""
        block: list[str] = []
        for text in texts:
            size = len(text.encode("utf-8", "backslashreplace"))
            if self._size and self._size + size > FILE_BYTES:
                yield "".join(block)
                block = []
                self.doRollover()
                self._size = 0
            self._size += size
            block.append(text)
        yield "".join(block)

    def close(self) -> None:
        """Write what is left, though it may not fit on the disk, and close the file."""
        self.lines.close()
        with suppress(OSError):
            super().close()


def source_of(logger: str, task: str, run: int | None) -> str:
    """Return whose line it is, as the file says."""
    return f"{task or logger}{f' run {run}' if run else ''}"


def line_of(record: logging.LogRecord, redact: Callable[[str], str]) -> str:
    """Return the message of a record, clean. Secrets go first: a cut would leave half of one standing."""
    try:
        message = record.getMessage()
    except (TypeError, ValueError, KeyError):
        # A message that does not fit its arguments is a slip in the code; it must not end the run that logs it.
        message = f"{record.msg} {record.args}"
    return clean(redact(message), limit=LINE_LENGTH)
