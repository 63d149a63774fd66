"""The log of the console, whichever screen draws it: what is kept, what passes the filters, and where the reader is."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.engine.api import LogLine
from core.runs import Level
from core.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

KEPT = 5000
"""Lines that are kept; as many again while the reader stands still."""
AT_ONCE = 2000
"""Lines that are taken at one look; of a flood, the latest."""

_LEVELS = tuple(Level)
_WORDS = {Level.DEBUG: "debug", Level.INFO: "info", Level.WARNING: "WARN", Level.ERROR: "ERROR"}


@dataclass(frozen=True, slots=True)
class Found:
    """Where a search has come to."""

    number: int
    """Of the line."""
    place: int
    """Among the lines that were found, from 1."""
    total: int
    went_round: bool
    """Whether it went on from the other end."""


class LogView:
    """One log for all screens, so that filters, a search and the place of the reader outlast a change of screens.

    Following, it keeps the latest lines. Paused, it keeps what was there, and the latest of what comes.
    """

    def __init__(self) -> None:
        self.least = Level.INFO
        self.task = ""
        self.run: int | None = None
        self.wrap = False
        self.hidden = False
        """Whether the screens leave the log out."""
        self.last_number = 0
        self.shown: list[LogLine] = []
        """The lines that pass the filters, oldest first."""
        self.following = True
        self.new = 0
        """Lines that came, and pass the filters, since the reader stands still."""
        self.top = 0
        """The number of the first line in view, while the reader stands still."""
        self.skipped = 0
        """How many rows of that line are above the view, where it is wrapped."""
        self.words = ""
        self.at: int | None = None
        """The number of the line that a search has come to."""
        self._pattern = re.compile("")
        self._held: deque[LogLine] = deque(maxlen=KEPT)
        self._fresh: deque[LogLine] = deque(maxlen=KEPT)
        """What came since the reader stands still."""

    # -- lines ----------------------------------------------------------------------------------------------------

    def take(self, lines: Sequence[LogLine]) -> bool:
        """Take new lines, oldest first; return whether there were any."""
        if not lines:
            return False
        gap = lines[0].number - self.last_number - 1
        if self.last_number and gap > 0:
            lines = [_left_out(gap, lines[0]), *lines]
        self.last_number = lines[-1].number
        admitted = [line for line in lines if self.admits(line)]
        if self.following:
            self._held.extend(lines)
            self.shown += admitted
            del self.shown[: bisect_left(self.shown, self._held[0].number, key=_number)]
            return True
        overflow = len(self._fresh) + len(lines) > KEPT
        self._fresh.extend(lines)
        self.new += len(admitted)
        if overflow:
            # Once: the line says up to where, and that place moves on.
            first = self._fresh[0]
            self._fresh[0] = _left_out(first.number - (self._held[-1].number if self._held else 0), first)
            self._filter()
        else:
            self.shown += admitted
        return True

    def admits(self, line: LogLine) -> bool:
        """Whether a line passes the filters."""
        if _LEVELS.index(line.level) < _LEVELS.index(self.least):
            return False
        if self.run is not None:
            return line.run == self.run
        return not self.task or line.task == self.task

    def _filter(self) -> None:
        fresh = [line for line in self._fresh if self.admits(line)]
        self.shown = [line for line in self._held if self.admits(line)] + fresh

    def _refilter(self) -> None:
        self._filter()
        self.new = sum(1 for line in self._fresh if self.admits(line))
        self.skipped = 0

    def only(self, *, task: str = "", run: int | None = None) -> None:
        """Show the lines of one task or one run; without either, of all."""
        self.task, self.run = task, run
        self._refilter()

    @property
    def has_lines(self) -> bool:
        """Whether there are lines at all, whatever the filters."""
        return bool(self._held or self._fresh)

    @property
    def narrowed(self) -> bool:
        """Whether only one task or run is shown."""
        return bool(self.task) or self.run is not None

    def next_severity(self) -> None:
        """Show only what is graver; after the gravest, everything."""
        self.least = _LEVELS[(_LEVELS.index(self.least) + 1) % len(_LEVELS)]
        self._refilter()

    # -- the place of the reader ----------------------------------------------------------------------------------

    def pause(self, top: int, skipped: int = 0) -> None:
        """Stand still, with the line of that number at the top, and so many of its rows above the view."""
        self.following = False
        self.top, self.skipped = top, skipped

    def follow(self) -> None:
        """Go to the end, and stay there."""
        self._held.extend(self._fresh)
        self._fresh.clear()
        self.following, self.new, self.skipped = True, 0, 0
        self._filter()

    def index_of(self, number: int) -> int:
        """Return where the line of that number is among those shown, or the one behind it."""
        return bisect_left(self.shown, number, key=_number)

    # -- searching ------------------------------------------------------------------------------------------------

    def look_for(self, words: str) -> None:
        """Mark every line that has these words, in capitals or not; empty: none."""
        self.words, self.at = words, None
        self._pattern = re.compile(re.escape(words), re.IGNORECASE)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return where the words stand in a text."""
        return [match.span() for match in self._pattern.finditer(text)] if self.words else []

    def has_words(self, line: LogLine) -> bool:
        """Whether a line has what is looked for."""
        return bool(self.words) and bool(self._pattern.search(self._said(line)))

    def find(self, step: int, *, start: int) -> Found | None:
        """Go to the next line that was looked for (``step`` 1) or the one before (-1); ``None`` where there is none.

        The first time, the search begins at the line numbered ``start``, which may be the one that is found.
        """
        numbers = [line.number for line in self.shown if self.has_words(line)]
        if not numbers:
            return None
        if self.at is not None:
            place = bisect_left(numbers, self.at + 1) if step > 0 else bisect_left(numbers, self.at) - 1
        else:
            place = bisect_left(numbers, start) if step > 0 else bisect_left(numbers, start + 1) - 1
        went_round = not 0 <= place < len(numbers)
        place %= len(numbers)
        self.at = numbers[place]
        return Found(self.at, place + 1, len(numbers), went_round)

    # -- as text --------------------------------------------------------------------------------------------------

    def text_of(self, line: LogLine, zone: tzinfo, *, date: bool = False) -> str:
        """Return a line as it reads, with its time in a zone."""
        local = line.at.astimezone(zone)
        time = f"{local:%Y-%m-%d %H:%M:%S}" if date else f"{local:%H:%M:%S}"
        return f"{time} {_WORDS[line.level]:<5} {self._said(line)}"

    def _said(self, line: LogLine) -> str:
        return f"{line.task}: {line.text}" if line.task and line.task != self.task else line.text

    def text(self, lines: Sequence[LogLine], zone: tzinfo) -> str:
        """Return lines as text for a clipboard or a file."""
        return "".join(f"{self.text_of(line, zone, date=True)}\n" for line in lines)

    def in_words(self) -> list[str]:
        """Return what is shown, in a few words each: whose lines, how grave, whether it goes on, what is looked for."""
        whose = f"run {self.run}" if self.run is not None else self.task or "all tasks"
        grave = {Level.DEBUG: "every line", Level.ERROR: "errors"}.get(self.least, f"{self.least} and graver")
        parts = [whose, grave, "following" if self.following else f"paused, {self.new:,} new"]
        return [*parts, f"search {self.words!r}"] if self.words else parts


def _number(line: LogLine) -> int:
    return line.number


def _left_out(number: int, before: LogLine) -> LogLine:
    verb = "is" if number == 1 else "are"
    text = f"{counted(number, 'line')} {verb} left out here; the log file and `pendel log` have all of them."
    # It takes the place of the last of them, so that every number stands once.
    return LogLine(before.number - 1, before.at, Level.WARNING, text)
