"""How a run is asked to stop, and how the parts that work for it notice."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.errors import StopRequested

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INSIST_SECONDS = 0.05


class StopToken:
    """A request to stop, shared between the one who asks and the run that works.

    Work looks at it between blocks and between chunks of a transfer with :meth:`check`, sleeps with :meth:`wait`, and
    registers with :meth:`interrupting` what ends a call that cannot look, such as a running SQL statement.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._interrupts: list[Callable[[], None]] = []
        self.reason = ""

    @property
    def requested(self) -> bool:
        """Whether a stop was asked for."""
        return self._event.is_set()

    def request(self, reason: str = "The run was asked to stop.") -> None:
        """Ask for a stop. The first reason counts; what is registered is interrupted at once."""
        # The lock is held while interrupting: what has left its `with` block, and may be closed, is not interrupted.
        with self._lock:
            if self._event.is_set():
                return
            self.reason = reason
            self._event.set()
            for interrupt in self._interrupts:
                interrupt()

    def check(self) -> None:
        """Raise :class:`StopRequested` where a stop was asked for."""
        if self._event.is_set():
            raise StopRequested(self.reason)

    def wait(self, seconds: float) -> None:
        """Sleep for so long; raise :class:`StopRequested` as soon as a stop is asked for."""
        self._event.wait(seconds)
        self.check()

    @contextmanager
    def interrupting(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """Call ``interrupt``, from the asking thread, if a stop is asked for inside the ``with`` block.

        It must return at once, and is never called after the block.
        A stop that was asked for before raises :class:`StopRequested` at the door.
        """
        with self._lock:
            self._interrupts.append(interrupt)
        try:
            self.check()
            yield
        finally:
            with self._lock:
                self._interrupts.remove(interrupt)

    @contextmanager
    def insisting(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """As :meth:`interrupting`, but interrupt again and again until the ``with`` block is left.

        For what forgets an interrupt that comes between two of its steps, as DuckDB does between two statements.
        """
        calling, left = threading.Lock(), threading.Event()

        def insist() -> None:
            while not left.is_set():
                with calling:
                    if not left.is_set():
                        interrupt()
                left.wait(INSIST_SECONDS)

        with self.interrupting(lambda: threading.Thread(target=insist, name="pendel-interrupt", daemon=True).start()):
            try:
                yield
            finally:
                with calling:
                    left.set()
