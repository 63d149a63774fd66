"""Receivers of messages on loopback: a web server that answers as it is told, and a mail server."""

from __future__ import annotations

import http.server
import json
import queue
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Receiver(http.server.ThreadingHTTPServer):
    """Answers with its ``status``; while it ``hangs``, not at all."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.asked: queue.Queue[Asked] = queue.Queue()
        self.answering = threading.Event()
        self.answering.set()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def next(self) -> Asked:
        """Wait for the next request."""
        return self.asked.get(timeout=PATIENCE)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asked may have gone away."""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Receiver

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        status = self.server.status
        self.server.asked.put(Asked(self.command, self.path, body))
        self.server.answering.wait(PATIENCE)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = _answer  # noqa: N815 - the names are the library's

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep quiet."""


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A web server."""
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.answering.set()
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def mail_server() -> Iterator[tuple[int, queue.Queue[Any]]]:
    """A mail server: its port, and the envelopes that it took."""
    from aiosmtpd.controller import Controller

    envelopes: queue.Queue[Any] = queue.Queue()

    class Handler:
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
            envelopes.put(envelope)
            return "250 OK"

    # The library connects to the port that it was given, which must be known therefore.
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(Handler(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port, envelopes
    finally:
        controller.stop()
