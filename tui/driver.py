"""The way to and from the terminal, which may stall or vanish at any moment without anyone having to wait for it.

Textual's own driver hands its output to a thread through a queue of thirty entries, and blocks the event loop once that
is full; at the end it joins that thread. Its input thread spins when the terminal is gone. This driver replaces both.
"""

from __future__ import annotations

import codecs
import os
import re
import selectors
import signal
import sys
from queue import SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tui.terminal import encoding

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_WAITING = 128_000
"""Bytes that may wait for a terminal that does not read; further frames are not sent at all."""

DRAIN_SECONDS = 1.0
"""How long the end waits for a terminal to take the sequences that restore it."""

# What Textual's own widgets draw and sentences are written with, for terminals without Unicode.
_PLAIN = str.maketrans("─━│┃┌┐└┘├┤┬┴┼▔▁▏▕▎▊█▌▐▀▄…·›✓×●○▶▼▲“”‘’–", "--||+++++++++-_||||#||-_~.>+x*o>v^\"\"''-")


# A place, what is written there, and blanks at its end.
_ENDS_BLANK = re.compile(r"(\x1b\[\d+;(\d+)H)([^\n\x1b]*(?:\x1b\[[\d;]*m[^\n\x1b]*?)*?) {6}(?=\n|\x1b\[\d+;\d+H|\Z)")
_STYLE = re.compile(r"\x1b\[([\d;]*)m")


def without_trailing_blanks(frame: str, width: int) -> str:
    """Return a frame with the blanks that reach the right edge of the screen sent as one word, *erase to the end*.

    Only where no style is on, so that what is erased has the terminal's own background.
    """

    def shorter(match: re.Match[str]) -> str:
        place, column, text = match.groups()
        styles = _STYLE.findall(text)
        if styles and styles[-1] != "0":
            return match.group()
        end = int(column) - 1 + cell_len(_STYLE.sub("", text)) + 6
        return f"{place}{text.rstrip(' ')}\x1b[K" if end == width else match.group()

    return _ENDS_BLANK.sub(shorter, frame)


class TerminalLost(Message):
    """The terminal is gone: its line was closed, or its window."""


class TerminalBack(Message):
    """A terminal that had stalled reads again, and needs the whole picture."""


class TerminalWriter(Thread):
    """Writes to the terminal in a thread of its own. Nobody waits for it, and it may block for ever.

    ``put`` may be called from any thread and from signal handlers. While a terminal stalls, whole frames are dropped,
    never parts of one.
    """

    def __init__(self, fd: int, codec: str, *, on_back: Callable[[], None], on_lost: Callable[[], None]) -> None:
        super().__init__(daemon=True, name="terminal-output")
        self._fd = fd
        self._codec = codec
        self._on_back = on_back
        self._on_lost = on_lost
        self._queue: SimpleQueue[bytes | None] = SimpleQueue()
        self._accepted = 0
        self._written = 0
        self._dropping = False
        self._done = Event()

    def put(self, text: str, *, always: bool = False) -> None:
        """Send text; it is dropped while too much waits, unless it must go out ``always``."""
        if not always and (self._dropping or self._accepted - self._written > MAX_WAITING):
            self._dropping = True
            return
        data = self._encoded(text)
        self._accepted += len(data)
        self._queue.put(data)

    def finish(self, timeout: float) -> bool:
        """Send what waits and end; return whether the terminal took all of it in time."""
        self._queue.put(None)
        return self._done.wait(timeout)

    def run(self) -> None:
        """Write until the end, or until the terminal is gone."""
        try:
            while (data := self._queue.get()) is not None:
                self._write(data)
                if self._dropping and self._accepted == self._written:
                    self._dropping = False
                    self._on_back()
        except OSError:
            self._on_lost()
        self._done.set()

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            sent = os.write(self._fd, rest)
            self._written += sent
            rest = rest[sent:]

    def _encoded(self, text: str) -> bytes:
        if self._codec == "utf-8":
            return text.encode("utf-8", "replace")
        return text.translate(_PLAIN).encode(self._codec, "pendel-cells")


def _in_cells(error: UnicodeError) -> tuple[str, int]:
    # One question mark a column, so that what follows stays in its place.
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "?" * cell_len(error.object[error.start : error.end]), error.end


codecs.register_error("pendel-cells", _in_cells)


class TerminalDriver(LinuxDriver):
    """Textual's driver for Linux, with output that never blocks and input that notices the end of the line."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._writer: TerminalWriter | None = None
        self._ending = False
        # Python's own handlers may run between any two instructions; the loop's run between two callbacks.
        self._loop.add_signal_handler(signal.SIGTSTP, self._sigtstp_application)
        self._loop.add_signal_handler(signal.SIGCONT, self._sigcont_application)

    def start_application_mode(self) -> None:
        """Take the terminal."""
        self._ending = False
        self._writer = TerminalWriter(
            sys.__stdout__.fileno() if sys.__stdout__ else 1,
            encoding(),
            on_back=lambda: self.send_message(TerminalBack()),
            on_lost=lambda: self.send_message(TerminalLost()),
        )
        self._writer.start()
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def write(self, data: str) -> None:
        """Send data to the terminal, without waiting."""
        if self._writer is not None:
            self._writer.put(without_trailing_blanks(data, self._app.size.width), always=self._ending)

    def scroll(self, first: int, last: int, rows: int) -> None:
        """Let the terminal move what stands in these rows of the screen (from 0) up; down where ``rows`` is negative.

        The rows that come in are blank. With margins, index and reverse index, which every terminal has (VT100).
        """
        edge, step = (last, "\x1bD") if rows > 0 else (first, "\x1bM")
        # The style goes first: a terminal fills what comes in with the background that is on.
        self.write(f"\x1b[m\x1b[{first + 1};{last + 1}r\x1b[{edge + 1};1H{step * abs(rows)}\x1b[r")

    def stop_application_mode(self) -> None:
        """Give the terminal back as it was."""
        self._ending = True
        super().stop_application_mode()

    def _sigcont_application(self, *_: object) -> None:
        # A terminal that hangs up sends SIGCONT too, with nothing to come back to.
        if self._must_signal_resume:
            super()._sigcont_application()

    def close(self) -> None:
        """Wait a moment for the terminal to take what restores it, and no longer."""
        super().close()
        writer, self._writer = self._writer, None
        if writer is not None:
            self._app.terminal_answers = writer.finish(DRAIN_SECONDS)  # type: ignore[attr-defined]

    def _get_terminal_size(self) -> tuple[int, int]:
        # Not from COLUMNS and LINES, which do not follow the window.
        try:
            width, height = os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else 1)
        except OSError:
            width, height = 0, 0
        return width or 80, height or 24

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except OSError:
            self.send_message(TerminalLost())

    def run_input_thread(self) -> None:
        """Read keys until the end, or until the terminal is gone."""
        parser = XTermParser(self._debug)
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(0.1):
                    data = os.read(self.fileno, 4096)
                    if not data:
                        raise OSError("The terminal is gone.")
                    for event in parser.feed(decode(data)):
                        self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)
