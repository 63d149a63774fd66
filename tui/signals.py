"""The signals that ask the console to end, in one hand from before it is drawn to the end of the process."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tui.ending import Ending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

_STOPS = (signal.SIGTERM, signal.SIGINT)
_NUDGE = 0.25
"""Seconds after which a waiting main thread looks for signals by itself."""


class EndNow(BaseException):
    """A signal that asks to wait no longer."""


class EndSignals:
    """Takes SIGTERM, SIGINT and SIGHUP from the moment it is made, and remembers what they asked for.

    They come at any moment: before the event loop runs, while it closes, and after it. Handlers of the loop go with it,
    and a signal between two owners is lost or kills the process. So these stay, and the phase decides what becomes of
    a signal: it is :meth:`told` to the console, then it is :meth:`raised`, and what comes in between is not forgotten.
    """

    def __init__(self) -> None:
        self._asked: Ending | None = None
        self._tell: Callable[[Ending], object] | None = None
        self._raises = False
        for number in (*_STOPS, signal.SIGHUP):
            signal.signal(number, self._take)

    @contextmanager
    def told(self, tell: Callable[[Ending], object]) -> Iterator[None]:
        """Tell the console, in the running loop, of every end that is asked for, also of one from before the block."""
        loop = asyncio.get_running_loop()
        # A handler runs between any two instructions of the main thread; what the loop calls, between two callbacks.
        self._tell = lambda ending: loop.call_soon_threadsafe(tell, ending)
        try:
            if self._asked:
                self._tell(self._asked)
            yield
        finally:
            self._tell = None

    @contextmanager
    def raised(self, *, already: Ending) -> Iterator[None]:
        """Break the block off with :class:`EndNow` when a stop is asked for; at its door, where that was before.

        The stop by which the console ended ``already`` is no news, and a vanishing terminal has nothing more to say.
        A stop is raised once: who asks for it again ends the process.
        """
        if already is Ending.TERMINATED:
            self._asked = None
        # Python's handlers run in the main thread, which a signal does not wake when the system hands it to another
        # thread, as it does with the second of two at once, or when it comes just before the main thread falls asleep.
        signal.signal(signal.SIGALRM, lambda *_: None)
        signal.setitimer(signal.ITIMER_REAL, _NUDGE, _NUDGE)
        self._raises = True
        try:
            if self._asked is Ending.TERMINATED:
                self._raise()
            yield
        finally:
            self._raises = False
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _take(self, number: int, _frame: FrameType | None) -> None:
        # SIGTERM and SIGINT ask for more than SIGHUP, which takes nothing back.
        if number in _STOPS:
            self._asked = Ending.TERMINATED
        elif self._asked is None:
            self._asked = Ending.LOST
        if self._tell is not None and self._asked is not None:
            self._tell(self._asked)
        elif self._raises and self._asked is Ending.TERMINATED:
            self._raise()

    def _raise(self) -> None:
        self._raises = False
        for number in _STOPS:
            signal.signal(number, signal.SIG_DFL)
        raise EndNow
