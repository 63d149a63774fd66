"""What all locations behind a network connection share: connecting step by step, timeouts, interruption, errors."""

from __future__ import annotations

import socket
import threading
import time
from abc import abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import ConnectionFailed, FileMissing, PendelError, StopRequested
from core.transfer.faults import connection_fault
from core.transfer.location import Location
from core.transfer.names import WireNames
from core.transfer.sockets import Lifeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from core.stop import StopToken

_STOP_GRACE = 1.0
"""Seconds in which a transfer may come to the end of its chunk and clean up, before its connection is cut."""
_IDLE = 15.0
"""Seconds after which a connection is tried before it is used again: servers close idle ones."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of connecting: what it is called, and what does it and says how it went."""

    name: str
    run: Callable[[], str]


class RemoteLocation(Location):
    """A location on a server. The connection is opened by the first call and used by all that follow."""

    def __init__(self, name: str, *, host: str, port: int, timeout: float, directory: str) -> None:
        super().__init__(name)
        self.host = host
        self.port = port
        self.timeout = timeout
        self.directory = directory
        self.server = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._lifeline = Lifeline()
        self._wire = WireNames()
        self._open = False
        self._used_at = 0.0

    @abstractmethod
    def connect_steps(self) -> Sequence[Step]:
        """Return the steps of connecting, in order; each raises an error of Pendel."""

    def connecting(self) -> Iterator[Step]:
        """Yield the steps of connecting, to be run one after the other; the connection is open after the last."""
        yield from self.connect_steps()
        self._open = True
        self._used_at = time.monotonic()

    @abstractmethod
    def _disconnect(self) -> None:
        """Close what is open, without waiting and without raising."""

    @abstractmethod
    def _alive(self) -> bool:
        """Whether the server still answers."""

    @abstractmethod
    def _protocol_fault(self, error: Exception, path: str) -> PendelError | None:
        """Return the error for an exception of the protocol's library, or None for one of the connection."""

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        self._open = False
        self._disconnect()
        self._lifeline = Lifeline()

    def look_up(self) -> str:
        """Find the address of the host; the first step of every connection."""
        with self.reporting():
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(address[0]) for *_, address in found))
        return f"{self.host} is {', '.join(addresses[:3])}."

    @contextmanager
    def reporting(self, path: str = "") -> Iterator[None]:
        """Turn what other libraries raise inside the ``with`` block into an error of Pendel."""
        try:
            yield
        except PendelError:
            raise
        except Exception as error:
            fault = self._protocol_fault(error, path)
            if fault is None and isinstance(error, (OSError, EOFError)):
                fault = connection_fault(error, self.server, self.timeout)
            if fault is None:
                raise
            raise fault from error

    @contextmanager
    def _talking(self, path: str = "") -> Iterator[None]:
        """Have a connection inside the ``with`` block; one that failed there is not used again."""
        self._connect()
        try:
            with self.reporting(path):
                yield
        except ConnectionFailed:
            self.close()
            raise
        finally:
            self._used_at = time.monotonic()

    def _connect(self) -> None:
        if self._open and time.monotonic() - self._used_at > _IDLE and not self._alive():
            self.close()
        if self._open:
            return
        try:
            for step in self.connecting():
                step.run()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def _interruptible(self, stop: StopToken) -> Iterator[None]:
        timer = threading.Timer(_STOP_GRACE, self._cut)
        timer.daemon = True
        with stop.interrupting(timer.start):
            try:
                yield
            except ConnectionFailed as error:
                if stop.requested:
                    raise StopRequested(stop.reason) from error
                raise
            finally:
                timer.cancel()
                if self._lifeline.was_cut:
                    self.close()

    def _cut(self) -> None:
        # Of the connection that there is when the time is over, which need not be the one of the beginning.
        self._lifeline.cut()

    def _no_directory(self) -> FileMissing:
        return FileMissing(
            f"The directory {self.directory} is not there on {self.server}.",
            advice="Check directory in the location's settings; an empty one means where the login begins.",
        )
