"""How runs give way to a console in the same process, so that a key is answered while they work.

Two things are scarce there: Python's lock, for which a thread asks anew after each switch interval, and processors.
"""

from __future__ import annotations

import os
import sys
import threading

SWITCH_SECONDS = 0.0005
"""Python's own 5 ms are for throughput: a key passes through three threads, and would wait for each of them."""
NICENESS = 10
"""Added to that of the process for the threads of runs, and for those that they begin: DuckDB's and the survey's."""


def side_by_side() -> int:
    """Return how many runs may work on many records at a time: with DuckDB's own thread, one a processor."""
    return max(1, (os.cpu_count() or 1) - 1)


def switch_soon() -> None:
    """Let a thread that waits for Python's lock have it soon."""
    sys.setswitchinterval(min(SWITCH_SECONDS, sys.getswitchinterval()))


def step_back() -> None:
    """Let the other threads of this process go first, from now on: no user may take that back."""
    # Elsewhere niceness is of a whole process, and the number of a thread may be that of another one (setpriority(2)).
    if sys.platform == "linux":
        me = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, me, os.getpriority(os.PRIO_PROCESS, me) + NICENESS)
