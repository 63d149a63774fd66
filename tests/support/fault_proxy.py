"""A TCP proxy on loopback that cuts, freezes or resets its connections after so many bytes."""

from __future__ import annotations

import selectors
import socket
import struct
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Kind = Literal["cut", "freeze", "reset"]
Direction = Literal["up", "down"]
"""Up is from the client to the server."""

_BLOCK = 16 * 1024


@dataclass(slots=True)
class _Pair:
    client: socket.socket
    server: socket.socket
    frozen: bool = False


class FaultProxy:
    """Passes connections on from ``listen_host`` to ``server_host``, port by port with the same number.

    With several ports it serves FTP, whose data channels have ports of their own. A fault that was set strikes once,
    when so many bytes have passed in its direction, and every connection of that moment; later ones pass unharmed.
    """

    def __init__(self, ports: Sequence[int], *, listen_host: str = "127.0.0.2", server_host: str = "127.0.0.1") -> None:
        self.host = listen_host
        self._server_host = server_host
        self._ports = ports
        self._open = ExitStack()
        self._pairs: list[_Pair] = []
        self._lock = threading.Lock()
        self._fault: tuple[Kind, Direction, int] | None = None
        self._passed = 0
        self._ending = threading.Event()
        self.struck = threading.Event()
        self.connections = 0
        self.bytes = {"up": 0, "down": 0}
        self._thread = threading.Thread(target=self._run, name="fault-proxy", daemon=True)

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            self._selector = opened.enter_context(selectors.DefaultSelector())
            for port in self._ports:
                listener = opened.enter_context(socket.create_server((self.host, port), backlog=50))
                listener.setblocking(False)
                self._selector.register(listener, selectors.EVENT_READ, None)
            self._thread.start()
            self._open = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()
        self._open.close()

    def fail(self, kind: Kind, direction: Direction, after: int) -> None:
        """Let ``kind`` happen when ``after`` bytes have passed in this direction from now on."""
        with self._lock:
            self._fault = (kind, direction, after)
            self._passed = 0
            self.struck.clear()

    def _run(self) -> None:
        while not self._ending.is_set():
            for key, _ in self._selector.select(0.05):
                if isinstance(key.data, tuple):
                    self._pass_on(*key.data)
                elif isinstance(key.fileobj, socket.socket):
                    self._accept(key.fileobj)
        for pair in list(self._pairs):
            self._drop(pair)

    def _accept(self, listener: socket.socket) -> None:
        client, _ = listener.accept()
        self.connections += 1
        try:
            server = socket.create_connection((self._server_host, listener.getsockname()[1]), timeout=5)
        except OSError:
            client.close()
            return
        pair = _Pair(client, server)
        self._pairs.append(pair)
        for sock, direction in ((client, "up"), (server, "down")):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(sock, selectors.EVENT_READ, (pair, direction))

    def _pass_on(self, pair: _Pair, direction: Direction) -> None:
        if pair.frozen or pair not in self._pairs:
            return
        source, target = (pair.client, pair.server) if direction == "up" else (pair.server, pair.client)
        try:
            data = source.recv(_BLOCK)
            if data:
                target.settimeout(10)
                target.sendall(data)
        except OSError:
            data = b""
        if not data:
            self._drop(pair)
            return
        self.bytes[direction] += len(data)
        with self._lock:
            strikes = False
            if self._fault and self._fault[1] == direction:
                self._passed += len(data)
                strikes = self._passed >= self._fault[2]
            kind = self._fault[0] if self._fault else None
            if strikes:
                self._fault = None
        if strikes and kind:
            self._strike(kind)

    def _strike(self, kind: Kind) -> None:
        self.struck.set()
        for pair in list(self._pairs):
            if kind == "freeze":
                pair.frozen = True
                self._selector.unregister(pair.client)
                self._selector.unregister(pair.server)
            else:
                self._drop(pair, reset=kind == "reset")

    def _drop(self, pair: _Pair, *, reset: bool = False) -> None:
        self._pairs.remove(pair)
        for sock in (pair.client, pair.server):
            if not pair.frozen:
                self._selector.unregister(sock)
            if reset:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()


@contextmanager
def held_ports(count: int, hosts: Sequence[str] = ("127.0.0.1", "127.0.0.2")) -> Iterator[list[int]]:
    """Yield ports on which nobody else can listen on any of ``hosts``, before the ``with`` block is left.

    A socket that is bound and does not listen keeps the system from giving its port away, and refuses connections.
    One with SO_REUSEADDR listens beside it, again and again; servers set that option.
    """
    with ExitStack() as held:
        found: list[int] = []
        while len(found) < count:
            first = held.enter_context(_bound(hosts[0], 0))
            port: int = first.getsockname()[1]
            try:
                for host in hosts[1:]:
                    held.enter_context(_bound(host, port))
            except OSError:
                continue
            found.append(port)
        yield found


def _bound(host: str, port: int) -> socket.socket:
    sock = socket.socket()
    try:
        sock.bind((host, port))
        # Only now: with the option, it would share the port with another holder.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    except BaseException:
        sock.close()
        raise
    return sock
