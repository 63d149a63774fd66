"""A line of 30 ms round trip and 1 Gbit/s to this machine itself."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUND_TRIP_MS = 30
RATE_MBIT = 1000
_ADDRESSES = ("10.203.77.1", "10.203.77.2")


@dataclass(frozen=True, slots=True)
class SlowLine:
    """Where the server listens and the client connects, and what their commands begin with."""

    how: str
    host: str
    port: int
    server_host: str
    server_port: int
    server: list[str] = field(default_factory=list)
    client: list[str] = field(default_factory=list)


@contextmanager
def slow_line(port: int) -> Iterator[SlowLine]:
    """Yield a line with the server in a network namespace, or behind a delaying proxy where that is not permitted."""
    name = f"pendel-{os.getpid()}"
    ours, theirs = f"pnd{os.getpid() % 100000}a", f"pnd{os.getpid() % 100000}b"
    inside = ["ip", "netns", "exec", name]
    netem = ["root", "netem", "delay", f"{ROUND_TRIP_MS / 2}ms", "rate", f"{RATE_MBIT}mbit", "limit", "20000"]
    commands = [
        ["ip", "netns", "add", name],
        ["ip", "link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", name],
        ["ip", "address", "add", f"{_ADDRESSES[0]}/30", "dev", ours],
        ["ip", "link", "set", ours, "up"],
        [*inside, "ip", "address", "add", f"{_ADDRESSES[1]}/30", "dev", theirs],
        [*inside, "ip", "link", "set", theirs, "up"],
        [*inside, "ip", "link", "set", "lo", "up"],
        ["tc", "qdisc", "add", "dev", ours, *netem],
        [*inside, "tc", "qdisc", "add", "dev", theirs, *netem],
    ]
    try:
        permitted = all(_succeeds(command) for command in commands)
        if permitted:
            how = "network namespace with tc netem"
            yield SlowLine(how, _ADDRESSES[1], port, _ADDRESSES[1], port, server=inside)
            return
    finally:
        _succeeds(["ip", "link", "delete", ours])
        _succeeds(["ip", "netns", "delete", name])
    # A process of its own, so that it takes no turns with what is measured.
    command = [sys.executable, __file__, str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            proxy_port = int(process.stdout.readline())
            yield SlowLine("delaying proxy on loopback", "127.0.0.1", proxy_port, "127.0.0.1", port)
        finally:
            process.terminate()


def _succeeds(command: list[str]) -> bool:
    try:
        return (
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
        )
    except FileNotFoundError:
        return False


class DelayingProxy:
    """Passes TCP connections on with half the round trip of delay each way, at the rate of the line."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def serve(self) -> None:
        """Pass connections on until the process ends."""
        while True:
            client, _ = self._listener.accept()
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                client.close()
                continue
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        """Read as fast as the line carries, and write each piece half a round trip later."""
        waiting: deque[tuple[float, bytes]] = deque()
        arrived = threading.Condition()

        def write() -> None:
            while True:
                with arrived:
                    while not waiting:
                        arrived.wait()
                    due, data = waiting.popleft()
                time.sleep(max(0.0, due - time.monotonic()))
                try:
                    if not data:
                        sink.shutdown(socket.SHUT_WR)
                        return
                    sink.sendall(data)
                except OSError:
                    return

        threading.Thread(target=write, daemon=True).start()
        free_at = time.monotonic()
        while True:
            try:
                data = source.recv(65_536)
            except OSError:
                data = b""
            free_at = max(free_at, time.monotonic()) + len(data) * 8 / (RATE_MBIT * 1e6)
            with arrived:
                waiting.append((free_at + ROUND_TRIP_MS / 2000, data))
                arrived.notify()
            if not data:
                return
            time.sleep(max(0.0, free_at - time.monotonic()))


if __name__ == "__main__":
    line = DelayingProxy(int(sys.argv[1]))
    print(line.port, flush=True)
    line.serve()
