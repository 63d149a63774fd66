"""A web server on loopback that keeps to HTTP, and one path for each way not to."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

MODIFIED = "Sat, 28 Nov 2026 12:00:00 GMT"


@dataclass
class WebSite:
    """What the server gives, and what it was asked for."""

    port: int
    files: dict[str, bytes] = field(default_factory=dict)
    """By path."""
    asked: Counter[str] = field(default_factory=Counter)
    """``GET /path``, and ``304 /path`` where that was the answer."""
    faults: dict[str, str] = field(default_factory=dict)
    """By path: what goes wrong there."""
    going: threading.Event = field(default_factory=threading.Event)
    """Set when an endless or slow answer has begun."""
    closing: threading.Event = field(default_factory=threading.Event)
    headers: dict[str, str] = field(default_factory=dict)
    """Sent with every file."""
    versions: bool = True
    """Whether it tells versions of files, and understands them."""

    def url(self, path: str, *, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


class _Handler(BaseHTTPRequestHandler):
    site: WebSite

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def _answer(self, *, body: bool) -> None:
        site = self.site
        site.asked[f"{self.command} {self.path}"] += 1
        fault = site.faults.get(self.path, "")
        if fault:
            getattr(self, f"_{fault.partition(' ')[0]}")(fault.partition(" ")[2])
            return
        content = site.files.get(self.path)
        if content is None:
            self._begin(404, 0)
            return
        etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        if site.versions and self.headers.get("If-None-Match") == etag:
            site.asked[f"304 {self.path}"] += 1
            self._begin(304, None, ETag=etag)
            return
        told = {"ETag": etag, "Last-Modified": MODIFIED} if site.versions else {}
        self._begin(200, len(content), **told)
        if body:
            self.wfile.write(content)

    def _begin(self, status: int, length: int | None, **headers: str) -> None:
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in {**self.site.headers, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Connection", "close")
        self.end_headers()

    def _status(self, code: str) -> None:
        self._begin(int(code), 0)

    def _once(self, code: str) -> None:
        del self.site.faults[self.path]
        self._begin(int(code), 0)

    def _cut(self, _: str) -> None:
        self._begin(200, 100_000)
        self.wfile.write(b"\xff\xd8\xff" + bytes(50_000))

    def _long(self, _: str) -> None:
        self._begin(200, 5)
        self.wfile.write(b"hello, and more than was announced")

    def _silent(self, _: str) -> None:
        self._begin(200, 100_000)
        self.wfile.write(b"\xff\xd8\xff")
        self.site.going.set()
        self.site.closing.wait(60)

    def _trickle(self, _: str) -> None:
        self._begin(200, 100_000)
        self.site.going.set()
        while not self.site.closing.wait(0.05):
            self.wfile.write(b"x")

    def _endless(self, _: str) -> None:
        self._begin(200, None)
        self.site.going.set()
        while not self.site.closing.is_set():
            self.wfile.write(bytes(65536))

    def _to(self, target: str) -> None:
        self._begin(302, 0, Location=target)

    def _gzip(self, _: str) -> None:
        import gzip

        packed = gzip.compress(bytes(3_000_000))
        self._begin(200, len(packed), Content_Encoding="gzip")
        self.wfile.write(packed)

    def _headless(self, _: str) -> None:
        if self.command == "HEAD":
            self._begin(405, 0)
            return
        self._begin(200, 3)
        self.wfile.write(b"abc")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Say nothing: who asked went away."""


@contextmanager
def web_site() -> Iterator[WebSite]:
    """Start a server."""
    handler = type("Handler", (_Handler,), {})
    with _Server(("127.0.0.1", 0), handler) as server:
        site = handler.site = WebSite(server.server_address[1])  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield site
        finally:
            site.closing.set()
            server.shutdown()
            thread.join()
