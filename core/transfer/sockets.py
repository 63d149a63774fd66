"""TCP connections that can be ended from another thread."""

from __future__ import annotations

import errno
import socket
import threading
import time
import weakref
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


_RECEIVED_AHEAD = 256 * 1024


class Lifeline:
    """The sockets of one connection. Cutting it ends every call that blocks on one of them, at once."""

    def __init__(self) -> None:
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self.was_cut = False

    def hold(self, sock: socket.socket) -> None:
        """Add a socket."""
        self._sockets.add(sock)

    def cut(self) -> None:
        """End what blocks; from any thread."""
        self.was_cut = True
        for sock in list(self._sockets):
            # Not sock.shutdown(): that of a TLS socket throws its TLS state away under the thread that reads.
            with suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        """Give the ``with`` block so long, whatever it waits for, and cut it off then.

        Raises:
            TimeoutError: the time was over.
        """
        over = threading.Event()

        def cut() -> None:
            over.set()
            self.cut()

        timer = threading.Timer(seconds, cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        except Exception as error:
            if over.is_set():
                raise TimeoutError from error
            raise
        finally:
            timer.cancel()


class SshSocket(socket.socket):
    """A TCP socket as paramiko needs it.

    It gives up sending when nothing was taken for ``patience`` seconds; paramiko itself would try for ever. And it
    receives ahead, because paramiko asks for each packet in two pieces, and every call costs two changes of threads.
    """

    patience = 30.0
    _stuck_since: float | None = None
    _received = b""
    _taken = 0

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """Receive as :meth:`socket.socket.recv`."""
        if self._taken >= len(self._received):
            self._received = super().recv(_RECEIVED_AHEAD, flags)
            self._taken = 0
        piece = self._received[self._taken : self._taken + size]
        self._taken += len(piece)
        return piece

    def send(self, data: bytes, flags: int = 0, /) -> int:  # type: ignore[override]
        """Send as :meth:`socket.socket.send`; a ConnectionAbortedError ends the patience."""
        try:
            sent = super().send(data, flags)
        except TimeoutError:
            now = time.monotonic()
            if self._stuck_since is None:
                self._stuck_since = now
            if now - self._stuck_since > self.patience:
                # Not TimeoutError: that is what makes the caller try again.
                raise ConnectionAbortedError(errno.ECONNABORTED, "the server takes no more data") from None
            raise
        self._stuck_since = None
        return sent


def dial(host: str, port: int, *, timeout: float, lifeline: Lifeline) -> socket.socket:
    """Return a TCP connection to the first address of ``host`` that answers.

    Raises:
        OSError: as :func:`socket.create_connection`.
    """
    fault: OSError | None = None
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        sock = socket.socket(family, kind, protocol)
        lifeline.hold(sock)
        try:
            sock.settimeout(timeout)
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        except OSError as error:
            sock.close()
            fault = error
            if lifeline.was_cut:
                break
        else:
            return sock
    raise fault or OSError(f"{host} has no address")
