"""The signals that end a command, in one queue."""

from __future__ import annotations

import signal
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
NUDGE = 0.25
"""Seconds after which a waiting main thread looks for signals by itself."""


def taken_signals(*, always: Collection[int] = ()) -> SimpleQueue[int | None]:
    """Take SIGINT, SIGTERM and SIGHUP into a queue; one that is ignored, as under nohup, stays so.

    Each is taken once, and is the system's own again from then on, but for those that are to be taken ``always``. A
    handler runs between two instructions of the main thread, whatever locks that holds: it may do no more than this.
    """
    taken: SimpleQueue[int | None] = SimpleQueue()

    def take(number: int, _frame: object) -> None:
        if number not in always:
            signal.signal(number, signal.SIG_DFL)
        taken.put(number)

    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, take)
    return taken


def next_signal(taken: SimpleQueue[int | None]) -> int | None:
    """Wait in the main thread for the next signal that was taken.

    Handlers run in the main thread, which a signal does not wake where the system hands it to another thread: a wait
    without a time would never end then.
    """
    while True:
        try:
            return taken.get(timeout=NUDGE)
        except Empty:
            continue
